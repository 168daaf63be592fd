"""Functions that reduce the elements up to each one: running sums, products, extrema."""

from __future__ import annotations

from typing import Any

from . import _structural as structural
from ._arguments import axis_index, axis_tuple, to_float, to_tensor, torch_names
from ._reductions import as_type, truth
from ._tensor import Tensor


def _scanned(op, x, axis):
    if axis is None or x.ndim == 0:
        if axis is not None:
            axis_tuple(axis, 0)  # as NumPy, 0 and -1 are axes of a 0-d array
        x, axis = structural.reshape(x, shape=(x.size,)), 0
    return op(x, axis=axis_index(axis, x.ndim))


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
    return truth(_scanned(structural.cumsum, as_type(to_tensor(x), dtype), axis), dtype)


@torch_names
def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Multiply the elements of an array up to each one, along an axis.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int, optional
        Axis to multiply along; by default the elements are taken in order, along one axis.
        Also accepted as ``dim``.
    dtype : dtype, optional
        Type to multiply in; by default that of `x`, and for small integers as NumPy.

    Returns
    -------
    Tensor, shape of x, or (size of x,) without `axis`
        The partial products.

    Notes
    -----
    Nothing is divided, so derivatives of every order are exact also where elements are zero.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.cumprod([1.0, 2.0, 3.0])
    tensor([1., 2., 6.])
    """
    return truth(_scanned(structural.cumprod, as_type(to_tensor(x), dtype), axis), dtype)


@torch_names
def cummax(x: Any, axis: int | None = None) -> Tensor:
    """Return the largest of the elements of an array up to each one, along an axis.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int, optional
        Axis to go along; by default the elements are taken in order, along one axis.
        Also accepted as ``dim``.

    Returns
    -------
    Tensor, shape of x, or (size of x,) without `axis`
        The partial maxima; NaN from the first one on.

    Notes
    -----
    Of the elements up to a place, those that tie for the maximum share its gradient evenly. In
    NumPy this is ``numpy.maximum.accumulate``.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.cummax([1.0, 3.0, 2.0, 4.0])
    tensor([1., 3., 3., 4.])
    """
    return _scanned(structural.cummax, to_tensor(x), axis)


@torch_names
def cummin(x: Any, axis: int | None = None) -> Tensor:
    """Return the smallest of the elements of an array up to each one, along an axis.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int, optional
        Axis to go along; by default the elements are taken in order, along one axis.
        Also accepted as ``dim``.

    Returns
    -------
    Tensor, shape of x, or (size of x,) without `axis`
        The partial minima; NaN from the first one on.

    Notes
    -----
    Of the elements up to a place, those that tie for the minimum share its gradient evenly. In
    NumPy this is ``numpy.minimum.accumulate``.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.cummin([2.0, 3.0, 1.0, 4.0])
    tensor([2., 2., 1., 1.])
    """
    return _scanned(structural.cummin, to_tensor(x), axis)


@torch_names
def logcumsumexp(x: Any, axis: int | None = None) -> Tensor:
    """Return the logarithm of the sum of the exponentials of the elements up to each one.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int, optional
        Axis to go along; by default the elements are taken in order, along one axis.
        Also accepted as ``dim``.

    Returns
    -------
    Tensor, shape of x, or (size of x,) without `axis`
        ``log(cumsum(exp(x)))``, which neither overflows nor loses small terms.

    See Also
    --------
    logsumexp : Its last element.

    Notes
    -----
    Where all elements so far are -inf, the gradient is 0. In NumPy this is
    ``numpy.logaddexp.accumulate``.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.logcumsumexp([1000.0, -1000.0]).tolist()
    [1000.0, 1000.0]
    """
    return _scanned(structural.logcumsumexp, to_float(x), axis)
