"""Functions that choose elements, or say which: where, clip, indices and truth values."""

from __future__ import annotations

import builtins
import operator
from typing import Any, overload

import numpy as np

from . import _ops as ops
from . import _structural as structural
from ._arguments import axis_index, axis_tuple, to_tensor, torch_names
from ._convert import as_tensor
from ._sweep import tape
from ._tensor import Tensor, later, values


def _operand(x):
    """A Python number stays one, so that it does not decide the dtype."""
    return x if isinstance(x, (int, float)) else to_tensor(x)


def is_recorded(*operands: Any) -> bool:
    """Say whether an operand is followed by a recording, which keeps integers and bools too."""
    return tape().recording and builtins.any(
        isinstance(x, Tensor) and x.requires_grad for x in operands
    )


def _all_integers(*operands: Any) -> bool:
    """Say whether operands are integers or truth values, so that NumPy's result is one of them."""
    return builtins.all(
        isinstance(x, int) or (isinstance(x, Tensor) and x.dtype.kind != "f") for x in operands
    )


@overload
def where(condition: Any) -> tuple[Tensor, ...]: ...
@overload
def where(condition: Any, x: Any, y: Any) -> Tensor: ...
def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """Choose elements of `x` where a condition holds and of `y` elsewhere.

    Parameters
    ----------
    condition : array_like
        Truth values; numbers are true unless 0.
    x, y : array_like, optional
        Values to choose from; the three broadcast together.

    Returns
    -------
    Tensor
        The chosen elements. Without `x` and `y`: ``nonzero(condition)``.

    Raises
    ------
    ValueError
        If only one of `x` and `y` is given.

    Notes
    -----
    The gradient goes to the chosen element alone. Infinities and NaN in the derivative of the other
    one do not reach it, at any order.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor([4.0, -1.0])
    >>> fg.where(x > 0, fg.sqrt(x), 0.0)
    tensor([2., 0.])
    """
    if x is None and y is None:
        return nonzero(condition)
    if x is None or y is None:
        raise ValueError(
            "where got only one of x and y; give both, or neither for the indices that are true"
        )
    condition = to_tensor(condition)
    if condition.dtype != np.bool_:
        condition = ops.not_equal(condition, 0)
    x, y = _operand(x), _operand(y)
    if _all_integers(x, y) and not is_recorded(condition, x, y):
        return as_tensor(np.where(values(condition), values(x), values(y)))
    return ops.select(condition, x, y)


def masked(x: Tensor, mask: Any, value: Any) -> tuple[Tensor, Tensor | None]:
    """Return x with a value where it is not to be looked at, and where it is; None: everywhere."""
    if mask is True:
        return x, None
    mask = to_tensor(mask)
    if mask.dtype.kind != "b":
        raise TypeError(f"where takes truth values, not {mask.dtype}; compare, as in where=(x > 0)")
    mask = structural.broadcast_to(mask, shape=x.shape)
    return where(mask, x, value), mask


def clip(
    x: Any, a_min: Any = None, a_max: Any = None, *, min: Any = None, max: Any = None
) -> Tensor:
    """Limit the elements of an array to an interval.

    Parameters
    ----------
    x : array_like
        Array.
    a_min, a_max : array_like, optional
        Ends of the interval, which broadcast against `x`; None is no limit.
    min, max : array_like, optional
        The same by their other names.

    Returns
    -------
    Tensor
        `x`, or the end of the interval that it is beyond.

    Raises
    ------
    ValueError
        If one end is given by both names.

    Notes
    -----
    The derivative by `x` is 1 inside and at the ends, 0 outside.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.clip([-2.0, 0.5, 2.0], 0.0, 1.0).tolist()
    [0.0, 0.5, 1.0]
    """
    if not (a_min is None or min is None) or not (a_max is None or max is None):
        raise ValueError("clip got an end of the interval by two names; give it by one")
    low = min if a_min is None else a_min
    high = max if a_max is None else a_max
    x = to_tensor(x)
    unlimited = (-np.inf, np.inf)
    if x.dtype.kind in "iu":
        unlimited = (int(np.iinfo(x.dtype).min), int(np.iinfo(x.dtype).max))
    low = unlimited[0] if low is None else _operand(low)
    high = unlimited[1] if high is None else _operand(high)
    if _all_integers(x, low, high) and not is_recorded(x, low, high):
        return as_tensor(np.clip(values(x), values(low), values(high)))
    return ops.clip(x, low, high)


@torch_names
def argmax(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
    """Return the index of the largest element of an array.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int, optional
        Axis to search; by default the elements are taken in order, along one axis.
        Also accepted as ``dim``.
    keepdims : bool
        Keep the searched axis, with length 1. Also accepted as ``keepdim``.

    Returns
    -------
    Tensor of int
        The index, of the first such element if several tie. It has no gradient.

    Raises
    ------
    ValueError
        If there is no element.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.argmax([1.0, 5.0, 3.0])
    tensor(1)
    """
    return _arg_extremum(structural.argmax, x, axis, keepdims)


@torch_names
def argmin(x: Any, axis: int | None = None, *, keepdims: bool = False) -> Tensor:
    """Return the index of the smallest element of an array.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int, optional
        Axis to search; by default the elements are taken in order, along one axis.
        Also accepted as ``dim``.
    keepdims : bool
        Keep the searched axis, with length 1. Also accepted as ``keepdim``.

    Returns
    -------
    Tensor of int
        The index, of the first such element if several tie. It has no gradient.

    Raises
    ------
    ValueError
        If there is no element.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.argmin([4.0, 2.0, 3.0])
    tensor(1)
    """
    return _arg_extremum(structural.argmin, x, axis, keepdims)


def _arg_extremum(op, x, axis, keepdims):
    x = to_tensor(x)
    axes = axis_tuple(None if axis is None else operator.index(axis), x.ndim)
    if 0 in (x.shape[a] for a in axes):
        raise ValueError(
            f"attempt to get {op.name} of an empty sequence: shape {x.shape}, axis {axis}; "
            "handle the empty array before"
        )
    return op(x, axis=axes, keepdims=bool(keepdims))


@torch_names
def argsort(
    x: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Tensor:
    """Return the indices that would sort an array along an axis.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or None
        Axis to sort along; None takes the elements in order, along one axis.
        Also accepted as ``dim``.
    kind, stable
        For NumPy's sake: every sort is stable.
    order
        Not of numbers.

    Returns
    -------
    Tensor of int, shape of x
        The indices, of equal elements in their order. They have no gradient.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.argsort([3.0, 1.0, 2.0])
    tensor([1, 2, 0])
    """
    x = to_tensor(x)
    if kind is not None:
        if stable is not None:
            raise ValueError("`kind` and `stable` parameters can't be provided at the same time.")
        if str(kind)[:1].lower() not in ("q", "h", "m", "s"):
            raise ValueError(
                f"sort kind must be one of 'quick', 'heap', or 'stable' (got {kind!r})"
            )
    if order is not None:
        raise ValueError("Cannot specify order when the array has no fields: a Tensor has none")
    if axis is None or not x.ndim:
        x, axis = structural.reshape(x, shape=(x.size,)), 0
    return structural.argsort(x, axis=axis_index(axis, x.ndim))


def nonzero(x: Any) -> tuple[Tensor, ...]:
    """Return the indices of the elements that are not 0.

    Parameters
    ----------
    x : array_like, one axis or more
        Array.

    Returns
    -------
    tuple of Tensor of int, shape (number of such elements,)
        For each axis of `x` the indices along it. They have no gradient.

    Raises
    ------
    ValueError
        If `x` is 0-d.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nonzero([0.0, 3.0, 4.0])
    (tensor([1, 2]),)
    """
    x = to_tensor(x)
    if not x.ndim:
        raise ValueError(
            "nonzero of a 0-d array has no indices; give it an axis, as in x.reshape(1)"
        )
    indices = structural.argwhere(later.concrete(x))  # how many there are is a fact of the values
    return tuple(structural.getitem(indices, key=(slice(None), a)) for a in range(x.ndim))


@torch_names
def any(x: Any, axis: Any = None, *, keepdims: bool = False, where: Any = True) -> Tensor:
    """Say whether any element of an array over axes is true, that is, not 0.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to search; by default all. Also accepted as ``dim``.
    keepdims : bool
        Keep the searched axes, with length 1. Also accepted as ``keepdim``.
    where : array_like of bool
        Which elements to look at.

    Returns
    -------
    Tensor of bool
        Truth values; false where there is no element.

    Examples
    --------
    >>> import fastgrad as fg
    >>> bool(fg.any([0.0, 2.0]))
    True
    """
    x, _ = masked(to_tensor(x), where, 0)
    return structural.any(x, axis=axis_tuple(axis, x.ndim), keepdims=bool(keepdims))


@torch_names
def all(x: Any, axis: Any = None, *, keepdims: bool = False, where: Any = True) -> Tensor:
    """Say whether all elements of an array over axes are true, that is, not 0.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to search; by default all. Also accepted as ``dim``.
    keepdims : bool
        Keep the searched axes, with length 1. Also accepted as ``keepdim``.
    where : array_like of bool
        Which elements to look at.

    Returns
    -------
    Tensor of bool
        Truth values; true where there is no element.

    Examples
    --------
    >>> import fastgrad as fg
    >>> bool(fg.all([0.0, 2.0]))
    False
    """
    x, _ = masked(to_tensor(x), where, 1)
    return structural.all(x, axis=axis_tuple(axis, x.ndim), keepdims=bool(keepdims))


later.any = any
