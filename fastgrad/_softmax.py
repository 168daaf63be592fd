"""Sums of exponentials, and weights from them, that neither overflow nor lose digits."""

from __future__ import annotations

from typing import Any

from . import _structural as structural
from ._arguments import axis_tuple, to_float, torch_names
from ._ops import exp, isfinite, select
from ._tensor import Tensor


def _below_top(x, axes):
    """Return x minus its maximum, which is a constant here: no result depends on it."""
    if not x.size:
        return x
    top = structural.max(x.detach(), axis=axes, keepdims=True)
    return x - select(isfinite(top), top, 0.0)


@torch_names
def logsumexp(x: Any, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Return the logarithm of the sum of the exponentials of the elements over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to sum over; by default all. Also accepted as ``dim``.
    keepdims : bool
        Keep the summed axes, with length 1. Also accepted as ``keepdim``.

    Returns
    -------
    Tensor
        ``log(sum(exp(x)))``; -inf where there is no element, or all are -inf.

    See Also
    --------
    softmax : Its gradient.

    Notes
    -----
    Where all elements are -inf, the gradient is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.logsumexp([1000.0, -1000.0])
    tensor(1000.)
    """
    x = to_float(x)
    return structural.logsumexp(x, axis=axis_tuple(axis, x.ndim), keepdims=bool(keepdims))


@torch_names
def softmax(x: Any, axis: Any = None) -> Tensor:
    """Return the exponentials of the elements, divided by their sum over axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes along which the result sums to 1; by default all. Also accepted as ``dim``.

    Returns
    -------
    Tensor, shape of x
        Weights: 0 where `x` is -inf; NaN where it is +inf, or all elements are -inf.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.softmax([1000.0, 1000.0]).tolist()
    [0.5, 0.5]
    """
    x = to_float(x)
    axes = axis_tuple(axis, x.ndim)
    weight = exp(_below_top(x, axes))
    return weight / structural.sum(weight, axis=axes, keepdims=True)


@torch_names
def log_softmax(x: Any, axis: Any = None) -> Tensor:
    """Return the logarithm of `softmax`, with the digits that taking it would lose.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes along which the exponentials of the result sum to 1; by default all.
        Also accepted as ``dim``.

    Returns
    -------
    Tensor, shape of x
        ``x - logsumexp(x)``.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.log_softmax([0.0, 1000.0]).tolist()
    [-1000.0, 0.0]
    """
    x = to_float(x)
    axes = axis_tuple(axis, x.ndim)
    x = _below_top(x, axes)
    return x - structural.logsumexp(x, axis=axes, keepdims=True)
