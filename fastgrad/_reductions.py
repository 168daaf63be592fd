"""Functions that reduce axes of an array: sums, products, extrema, moments."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _structural as structural
from ._arguments import axis_index, axis_tuple, to_float, to_tensor, torch_names
from ._ops import square
from ._tensor import Tensor


def _as(x, dtype):
    return x if dtype is None or x.dtype == dtype else structural.astype(x, dtype=np.dtype(dtype))


def _truth(total, dtype):
    """Return a count of truth values as one, if that was asked for: True + True is True."""
    return _as(total, bool) if dtype is not None and np.dtype(dtype) == bool else total


def _count(x, axes):
    return math.prod(x.shape[a] for a in axes)


@torch_names
def sum(x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Tensor:
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
    x = _as(to_tensor(x), dtype)
    total = structural.sum(x, axis=axis_tuple(axis, x.ndim), keepdims=bool(keepdims))
    return _truth(total, dtype)


@torch_names
def mean(x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Tensor:
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
    x = _as(to_tensor(x), dtype) if dtype is not None else to_float(x)
    axes = axis_tuple(axis, x.ndim)
    return structural.sum(x, axis=axes, keepdims=bool(keepdims)) / _count(x, axes)


@torch_names
def prod(x: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Tensor:
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
    x = _as(x, np.prod(np.ones(1, x.dtype)).dtype if dtype is None else dtype)
    axes = axis_tuple(axis, x.ndim)
    n = _count(x, axes)
    if n == 0:  # the sum of no element is 0, whatever x is
        return structural.sum(x, axis=axes, keepdims=bool(keepdims)) + 1
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
    if _count(x, axes) == 1:
        part = structural.copy(part)  # not a view
    if keepdims:
        shape = tuple(1 if a in axes else x.shape[a] for a in range(x.ndim))
    return structural.reshape(part, shape=shape)


def _extremum(op, x, axis, keepdims):
    x = to_tensor(x)
    axes = axis_tuple(axis, x.ndim)
    if _count(x, axes) == 0:
        raise ValueError(
            f"{op.name} of no element has no value: shape {x.shape} is empty along axis {axis}; "
            "handle the empty array before, or join it with a value for this case"
        )
    return op(x, axis=axes, keepdims=bool(keepdims))


@torch_names
def max(x: Any, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Return the largest element of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to search; by default all. Also accepted as ``dim``.
    keepdims : bool
        Keep the searched axes, with length 1. Also accepted as ``keepdim``.

    Returns
    -------
    Tensor
        The maximum; NaN where an element is.

    Raises
    ------
    ValueError
        If there is no element.

    See Also
    --------
    argmax : Where it is.
    maximum : The larger of two arrays, element by element.

    Notes
    -----
    Elements that tie for the maximum share its gradient evenly.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.max([[1.0, 5.0], [3.0, 4.0]], axis=1)
    tensor([5., 4.])
    """
    return _extremum(structural.max, x, axis, keepdims)


@torch_names
def min(x: Any, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Return the smallest element of an array over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to search; by default all. Also accepted as ``dim``.
    keepdims : bool
        Keep the searched axes, with length 1. Also accepted as ``keepdim``.

    Returns
    -------
    Tensor
        The minimum; NaN where an element is.

    Raises
    ------
    ValueError
        If there is no element.

    See Also
    --------
    argmin : Where it is.
    minimum : The smaller of two arrays, element by element.

    Notes
    -----
    Elements that tie for the minimum share its gradient evenly.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.min([[1.0, 5.0], [3.0, 4.0]], axis=1)
    tensor([1., 3.])
    """
    return _extremum(structural.min, x, axis, keepdims)


amax = max  # NumPy's other names
amin = min


def _centred(x, axis, dtype, ddof, correction):
    """Return x minus its mean, the axes, and by how many to divide a sum of squares."""
    if correction is not None:
        if ddof != 0:
            raise ValueError(
                f"got both ddof={ddof} and correction={correction}, which mean the same; "
                "give one of them"
            )
        ddof = correction
    x = _as(to_tensor(x), dtype) if dtype is not None else to_float(x)
    axes = axis_tuple(axis, x.ndim)
    n = _count(x, axes)
    # Seen from the first element the rest is exactly 0 if all are equal, and so is its mean.
    first = tuple(slice(0, 1) if a in axes else slice(None) for a in range(x.ndim))
    x = x - structural.getitem(x.detach(), key=first)
    x = x - structural.sum(x, axis=axes, keepdims=True) / n
    return x, axes, n - ddof if n > ddof else 0


@torch_names
def var(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    correction: float | None = None,
    keepdims: bool = False,
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
    x, axes, divisor = _centred(x, axis, dtype, ddof, correction)
    return structural.sum(square(x), axis=axes, keepdims=bool(keepdims)) / divisor


@torch_names
def std(
    x: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    correction: float | None = None,
    keepdims: bool = False,
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
    x, axes, divisor = _centred(x, axis, dtype, ddof, correction)
    return structural.norm(x, axis=axes, keepdims=bool(keepdims)) / math.sqrt(divisor)


@torch_names
def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Sum the elements of an array up to each one, along an axis.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int, optional
        Axis to sum along; by default the elements are taken in order, along one axis.
        Also accepted as ``dim``.
    dtype : dtype, optional
        Type to sum in; by default that of `x`, and for small integers as NumPy.

    Returns
    -------
    Tensor, shape of x, or (size of x,) without `axis`
        The partial sums.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.cumsum([1.0, 2.0, 3.0])
    tensor([1., 3., 6.])
    """
    x = _as(to_tensor(x), dtype)
    if axis is None or x.ndim == 0:
        if axis is not None:
            axis_tuple(axis, 0)  # as NumPy, 0 and -1 are axes of a 0-d array
        x, axis = structural.reshape(x, shape=(x.size,)), 0
    return _truth(structural.cumsum(x, axis=axis_index(axis, x.ndim)), dtype)
