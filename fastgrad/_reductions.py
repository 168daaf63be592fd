"""Functions that reduce axes of an array: sums, products, extrema."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _structural as structural
from ._arguments import axis_tuple, to_tensor, torch_names
from ._choosing import masked
from ._ops import add, maximum, minimum, multiply
from ._tensor import Tensor


def as_type(x: Tensor, dtype: Any) -> Tensor:
    """Return a Tensor as a dtype, if one was asked for."""
    return x if dtype is None or x.dtype == dtype else structural.astype(x, dtype=np.dtype(dtype))


def truth(total: Tensor, dtype: Any) -> Tensor:
    """Return a count of truth values as one, if that was asked for: True + True is True."""
    return as_type(total, bool) if dtype is not None and np.dtype(dtype) == bool else total


def count_of(x: Tensor, axes: tuple[int, ...]) -> int:
    """Return how many elements a reduction of these axes makes one of."""
    return math.prod(x.shape[a] for a in axes)


@torch_names
def sum(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = 0,
    where: Any = True,
) -> Tensor:
    """Sum the elements of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to sum over; by default all. Also accepted as ``dim``.
    dtype : dtype, optional
        Type to sum in; by default that of `x`, and for small integers as NumPy.
    keepdims : bool
        Keep the summed axes, with length 1. Also accepted as ``keepdim``.
    initial : array_like, 0-d
        What the sum starts from.
    where : array_like of bool
        Which elements to look at. The others have no gradient, whatever they are.

    Returns
    -------
    Tensor
        The sum; 0 where there is no element.

    Notes
    -----
    Pairwise along every axis: the rounding error grows with the logarithm of the length.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.sum([[1.0, 2.0], [3.0, 4.0]], axis=0)
    tensor([4., 6.])
    """
    x, _ = masked(as_type(to_tensor(x), dtype), where, 0)
    axes = axis_tuple(axis, x.ndim)
    _check_identity(x, axes, initial, where)
    total = structural.sum(x, axis=axes, keepdims=bool(keepdims))
    return truth(_started(add, total, initial, 0), dtype)


def _check_identity(x, axes, initial, where):
    if initial is None and (where is not True or not count_of(x, axes)):
        raise ValueError(
            "reduction operation does not have an identity, so to reduce nothing, or with a where "
            "mask, one has to specify 'initial': what the result is where no element is looked at"
        )


def _started(join, result, initial, none):
    """Return a reduction that starts from a number, which takes the dtype of the result."""
    if initial is None or (isinstance(initial, (int, float)) and initial == none):
        return result
    return join(result, as_type(_number(initial), result.dtype))


def _number(initial):
    x = to_tensor(initial)
    if x.ndim:
        raise ValueError(
            f"initial is one number, not an array of shape {x.shape}; join the result with the "
            "array, as in sum(x, axis) + initial"
        )
    return x


@torch_names
def prod(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = 1,
    where: Any = True,
) -> Tensor:
    """Multiply the elements of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to multiply over; by default all. Also accepted as ``dim``.
    dtype : dtype, optional
        Type to multiply in; by default that of `x`, and for small integers as NumPy.
    keepdims : bool
        Keep the multiplied axes, with length 1. Also accepted as ``keepdim``.
    initial : array_like, 0-d
        What the product starts from.
    where : array_like of bool
        Which elements to look at. The others have no gradient, whatever they are.

    Returns
    -------
    Tensor
        The product; 1 where there is no element.

    Notes
    -----
    One half of the elements times the other, until one is left. Nothing is divided, so derivatives
    of every order are exact also where elements are zero.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.prod([2.0, 3.0, 4.0])
    tensor(24.)
    """
    x = to_tensor(x)
    x = as_type(x, np.prod(np.ones(1, x.dtype)).dtype if dtype is None else dtype)
    x, _ = masked(x, where, 1)
    axes = axis_tuple(axis, x.ndim)
    _check_identity(x, axes, initial, where)
    product = _product(x, axes, bool(keepdims))
    return truth(_started(multiply, product, initial, 1), dtype)


def _product(x, axes, keepdims):
    n = count_of(x, axes)
    if n == 0:  # the sum of no element is 0, whatever x is
        return add(structural.sum(x, axis=axes, keepdims=keepdims), 1)
    kept = tuple(a for a in range(x.ndim) if a not in axes)
    shape = tuple(x.shape[a] for a in kept)
    rest = None
    part = structural.reshape(structural.transpose(x, axes=kept + axes), shape=(*shape, n))
    while n > 1:
        n, odd = divmod(n, 2)
        if odd:
            last = part[..., 2 * n :]
            rest = last if rest is None else rest * last
        part = part[..., :n] * part[..., n : 2 * n]
    if rest is not None:
        part = part * rest
    if count_of(x, axes) == 1:
        part = structural.copy(part)  # not a view
    if keepdims:
        shape = tuple(1 if a in axes else x.shape[a] for a in range(x.ndim))
    return structural.reshape(part, shape=shape)


def _extremum(op, join, least, x, axis, keepdims, initial, where):
    x = to_tensor(x)
    axes = axis_tuple(axis, x.ndim)
    if where is not True:
        _check_identity(x, axes, initial, where)
        x, _ = masked(x, where, as_type(_number(initial), x.dtype))
    if count_of(x, axes):
        return _started(join, op(x, axis=axes, keepdims=bool(keepdims)), initial, least)
    if initial is None:
        raise ValueError(
            f"{op.name} of no element has no value: shape {x.shape} is empty along axis {axis}; "
            "give initial=, or handle the empty array before"
        )
    nothing = as_type(structural.sum(x, axis=axes, keepdims=bool(keepdims)), x.dtype)
    return add(nothing, as_type(_number(initial), x.dtype))


@torch_names
def max(
    x: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Tensor:
    """Return the largest element of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to search; by default all. Also accepted as ``dim``.
    keepdims : bool
        Keep the searched axes, with length 1. Also accepted as ``keepdim``.
    initial : array_like, 0-d, optional
        Smallest value of the result, which an empty array has.
    where : array_like of bool
        Which elements to look at; it needs `initial`. The others have no gradient.

    Returns
    -------
    Tensor
        The maximum; NaN where an element is.

    Raises
    ------
    ValueError
        If there is no element, and no `initial`; if `where` is given without it.

    See Also
    --------
    argmax : Where it is.
    maximum : The larger of two arrays, element by element.

    Notes
    -----
    Elements that tie for the maximum share its gradient evenly; `initial` is as all of them.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.max([[1.0, 5.0], [3.0, 4.0]], axis=1)
    tensor([5., 4.])
    """
    op, join = structural.max, maximum
    return _extremum(op, join, -math.inf, x, axis, keepdims, initial, where)


@torch_names
def min(
    x: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Tensor:
    """Return the smallest element of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to search; by default all. Also accepted as ``dim``.
    keepdims : bool
        Keep the searched axes, with length 1. Also accepted as ``keepdim``.
    initial : array_like, 0-d, optional
        Largest value of the result, which an empty array has.
    where : array_like of bool
        Which elements to look at; it needs `initial`. The others have no gradient.

    Returns
    -------
    Tensor
        The minimum; NaN where an element is.

    Raises
    ------
    ValueError
        If there is no element, and no `initial`; if `where` is given without it.

    See Also
    --------
    argmin : Where it is.
    minimum : The smaller of two arrays, element by element.

    Notes
    -----
    Elements that tie for the minimum share its gradient evenly; `initial` is as all of them.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.min([[1.0, 5.0], [3.0, 4.0]], axis=1)
    tensor([1., 3.])
    """
    op, join = structural.min, minimum
    return _extremum(op, join, math.inf, x, axis, keepdims, initial, where)


amax = max  # NumPy's other names
amin = min
