"""Means, variances and standard deviations of the elements of an array over axes."""

from __future__ import annotations

import math
from typing import Any

from . import _structural as structural
from ._arguments import axis_tuple, to_float, to_tensor, torch_names
from ._choosing import masked
from ._ops import divide, isfinite, maximum, select, square
from ._reductions import as_type, count_of
from ._tensor import Tensor


def _floats(x, dtype):
    return as_type(to_tensor(x), dtype) if dtype is not None else to_float(x)


def _counted(x, axes, mask, keepdims):
    """Return how many elements are looked at: a number, or of a mask an array."""
    if mask is None:
        return count_of(x, axes)
    return structural.sum(structural.astype(mask, dtype=x.dtype), axis=axes, keepdims=keepdims)


@torch_names
def mean(
    x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False, where: Any = True
) -> Tensor:
    """Average the elements of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to average over; by default all. Also accepted as ``dim``.
    dtype : dtype, optional
        Type to compute in; by default that of `x`, and float64 for integers.
    keepdims : bool
        Keep the averaged axes, with length 1. Also accepted as ``keepdim``.
    where : array_like of bool
        Which elements to look at. The others have no gradient, whatever they are.

    Returns
    -------
    Tensor
        The mean; NaN where there is no element.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.mean([1.0, 2.0, 6.0])
    tensor(3.)
    """
    x, keepdims = _floats(x, dtype), bool(keepdims)
    axes = axis_tuple(axis, x.ndim)
    x, mask = masked(x, where, 0.0)
    total = structural.sum(x, axis=axes, keepdims=keepdims)
    if x.dtype.kind != "f":  # asked for integers, NumPy divides and rounds toward 0
        return as_type(to_float(total) / _counted(to_float(x), axes, mask, keepdims), x.dtype)
    return total / _counted(x, axes, mask, keepdims)


def _first(x, axes, mask):
    """Return an element to subtract from all: if these are equal, the rest is exactly 0."""
    x = x.detach()
    if mask is None:
        key = tuple(slice(0, 1) if a in axes else slice(None) for a in range(x.ndim))
        return structural.getitem(x, key=key)
    if not count_of(x, axes):
        return 0.0
    top = structural.max(select(mask, x, -math.inf), axis=axes, keepdims=True)
    return select(isfinite(top), top, 0.0)


def deviations(
    x: Any, axis: Any, dtype: Any, ddof: float, correction: Any, keepdims: bool, where: Any,
    mean: Any,
) -> tuple[Tensor, tuple[int, ...], Any]:  # fmt: skip
    """Return x minus its mean, the axes, and by how many to divide a sum of squares."""
    if correction is not None:
        if ddof != 0:
            raise ValueError(
                f"ddof and correction can't be provided simultaneously: got ddof={ddof} and "
                f"correction={correction}, which mean the same; give one of them"
            )
        ddof = correction
    x = _floats(x, dtype)
    axes = axis_tuple(axis, x.ndim)
    x, mask = masked(x, where, 0.0)
    if mean is None:
        x = x - _first(x, axes, mask)
        if mask is not None:
            x = select(mask, x, 0.0)
        mean = structural.sum(x, axis=axes, keepdims=True) / _counted(x, axes, mask, True)
    x = x - mean
    n = _counted(x, axes, mask, keepdims)
    if mask is None:
        return x, axes, n - ddof if n > ddof else 0
    return select(mask, x, 0.0), axes, maximum(n - ddof, 0.0)


@torch_names
def var(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    correction: float | None = None,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
) -> Tensor:
    """Return the variance of the elements of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to reduce; by default all. Also accepted as ``dim``.
    dtype : dtype, optional
        Type to compute in; by default that of `x`, and float64 for integers.
    ddof, correction : float
        The sum of squares is divided by the number of elements minus this. Two names for one
        number. It is 0 by default as in NumPy, not 1 as in torch.
    keepdims : bool
        Keep the reduced axes, with length 1. Also accepted as ``keepdim``.
    where : array_like of bool
        Which elements to look at. The others have no gradient, whatever they are.
    mean : array_like, optional
        The mean, computed with ``keepdims=True``; a derivative by it is one of its own.

    Returns
    -------
    Tensor
        The variance; NaN or infinite where there are not more elements than `ddof`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.var([1.0, 2.0, 3.0], ddof=1)
    tensor(1.)
    """
    keepdims = bool(keepdims)
    d, axes, n = deviations(x, axis, dtype, ddof, correction, keepdims, where, mean)
    return divide(structural.sum(square(d), axis=axes, keepdims=keepdims), n)


@torch_names
def std(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    correction: float | None = None,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
) -> Tensor:
    """Return the standard deviation of the elements of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to reduce; by default all. Also accepted as ``dim``.
    dtype : dtype, optional
        Type to compute in; by default that of `x`, and float64 for integers.
    ddof, correction : float
        The sum of squares is divided by the number of elements minus this. Two names for one
        number. It is 0 by default as in NumPy, not 1 as in torch.
    keepdims : bool
        Keep the reduced axes, with length 1. Also accepted as ``keepdim``.
    where : array_like of bool
        Which elements to look at. The others have no gradient, whatever they are.
    mean : array_like, optional
        The mean, computed with ``keepdims=True``; a derivative by it is one of its own.

    Returns
    -------
    Tensor
        The standard deviation; NaN or infinite where there are not more elements than `ddof`.

    Notes
    -----
    Where all elements are equal its derivatives are 0, at every order, as those of `norm` are.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.std([1.0, 3.0])
    tensor(1.)
    """
    keepdims = bool(keepdims)
    d, axes, n = deviations(x, axis, dtype, ddof, correction, keepdims, where, mean)
    return divide(structural.norm(d, axis=axes, keepdims=keepdims), n**0.5)
