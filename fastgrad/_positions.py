"""Which elements an index with arrays names: their positions, counted in C order.

There are as many positions as elements in the result, and each is a sum: one term from every part
of the index. So what is not indexed costs nothing, and an array of the index may be a Tensor that
is being recorded, or one that has no value yet.
"""

from __future__ import annotations

import functools
import math
import operator
from typing import Any

import numpy as np

from . import _structural as structural
from ._array import is_symbolic
from ._ops import greater_equal, less, logical_or, select
from ._tensor import Tensor, values

_FAR_OUT = -(2.0**46)  # no position, also when positions or 63 more of it are added


def as_parts(key: Any) -> tuple[Any, ...]:
    """Return the parts of an index."""
    return key if isinstance(key, tuple) else (key,)


def is_dynamic(part: Any) -> bool:
    """Say whether a part of an index is an operand: it depends on what is recorded."""
    return (isinstance(part, Tensor) and part.requires_grad) or is_symbolic((part,))


def positions(shape: tuple[int, ...], key: Any) -> Any:
    """Return the positions that an index with arrays names in an array of a shape.

    Parameters
    ----------
    shape : tuple of int
        Of the array that is indexed.
    key : object
        An index as `normal_key` gives it.

    Returns
    -------
    ndarray or Tensor of int
        Of the shape that NumPy gives the result. A Tensor if a part of the index is one that is
        being recorded; where that is out of range, the position is negative.

    Raises
    ------
    IndexError
        If an index is out of range, or one too many.
    """
    parts = _expanded(shape, as_parts(key))
    _let_numpy_check(shape, parts)
    shared = [not (p is None or p is Ellipsis or isinstance(p, slice)) for p in parts]
    first, last = shared.index(True), len(parts) - shared[::-1].index(True)
    # the axes that arrays share stand where the arrays do; at the front if those are apart
    before = sum(p is not Ellipsis for p in parts[:first]) if all(shared[first:last]) else 0
    arrays: list[Any] = []
    others: list[Any] = []
    axis = 0
    for part, is_shared in zip(parts, shared):
        if part is not Ellipsis:
            (arrays if is_shared else others).append(_along(part, shape[axis:]))
        axis += _n_axes(part)
    ndim = max(index.ndim for index in arrays)
    after = len(others) - before
    terms = [_followed_by(after, index) for index in arrays]
    for k, index in enumerate(others):
        terms.append(_followed_by(len(others) - 1 - k + (ndim if k < before else 0), index))
    terms.sort(key=lambda index: isinstance(index, np.ndarray))
    found = functools.reduce(operator.add, terms)
    if isinstance(found, np.ndarray):
        return found
    return structural.astype(found, dtype=np.dtype(np.intp))


def _n_axes(part):
    """How many axes of the array a part of an index is for."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if getattr(part, "dtype", None) == np.bool_ else 1


def _expanded(shape, parts):
    """Return the parts with a slice for each axis that none of them is for."""
    dots = [i for i, p in enumerate(parts) if p is Ellipsis]
    missing = len(shape) - sum(map(_n_axes, parts))
    if missing < 0 or len(dots) > 1:
        return parts  # NumPy will refuse them
    added = (slice(None),) * missing
    if not dots:
        return (*parts, *added)
    # an Ellipsis for no axes stays, for it separates arrays
    return (*parts[: dots[0]], *(added or (Ellipsis,)), *parts[dots[0] + 1 :])


def _let_numpy_check(shape, parts):
    """Raise what NumPy raises for this index; as little as can be is indexed."""
    known = []
    for part in parts:
        if isinstance(part, slice):
            known.append(slice(0, 1))
        elif is_symbolic((part,)):
            known.append(np.zeros(part.shape, np.intp))
        else:
            known.append(values(part))
    np.broadcast_to(np.zeros((), bool), shape)[tuple(known)]


def _along(part, shape):
    """Return what a part of an index adds to positions, the axes from its own on being `shape`."""
    if part is None:
        return np.zeros(1, np.intp)
    stride = math.prod(shape[_n_axes(part) :])
    if isinstance(part, slice):
        return np.arange(*part.indices(shape[0])) * stride
    if is_dynamic(part):
        index = structural.astype(part, dtype=np.dtype(np.float64))
        index = select(less(index, 0.0), index + shape[0], index)
        outside = logical_or(less(index, 0.0), greater_equal(index, shape[0]))
        return select(outside, _FAR_OUT, index * stride)
    index = np.asarray(part)
    if index.dtype == np.bool_:
        return np.flatnonzero(index) * stride
    index = index.astype(np.intp)
    return np.where(index < 0, index + shape[0], index) * stride


def _followed_by(n, index):
    """Give an array n more axes of length 1."""
    if not n:
        return index
    shape = (*index.shape, *(1,) * n)
    if isinstance(index, np.ndarray):
        return index.reshape(shape)
    return structural.reshape(index, shape=shape)
