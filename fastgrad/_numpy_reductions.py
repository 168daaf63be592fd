"""NumPy's averages, ranges and counts, and running sums that start from nothing, of Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import axis_index, concrete, to_float, to_tensor
from ._tensor import Tensor


def average(
    a: Any, axis: Any = None, weights: Any = None, returned: bool = False, *, keepdims: bool = False
) -> Any:
    """Average the elements of an array over axes, with weights.

    Parameters
    ----------
    a : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to average over; by default all.
    weights : array_like, optional
        Weights, of the shape of `a` or of its axes `axis`. There are derivatives by them too.
    returned : bool
        Return the sum of the weights as well.
    keepdims : bool
        Keep the averaged axes, with length 1.

    Returns
    -------
    Tensor, or tuple of two
        The average; with `returned` also the sum of the weights.

    Raises
    ------
    ZeroDivisionError
        If weights sum to 0.
    TypeError, ValueError
        If the shape of the weights fits neither `a` nor `axis`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.average([1.0, 4.0], weights=[2.0, 1.0])
    tensor(2.)
    """
    x = to_float(a)
    if weights is None:
        result = fn.mean(x, axis, keepdims=keepdims)
        total = fn.full_like(result, x.size / max(result.size, 1))
        return (result, total) if returned else result
    w = fitting(to_tensor(weights), x, axis)
    dtype = np.result_type(to_tensor(a).dtype, w.dtype, *([] if _is_float(a) else [np.float64]))
    x, w = fn.astype(x, dtype), fn.astype(w, dtype)
    total = fn.sum(w, axis, keepdims=keepdims)
    if concrete(fn.any(ops.equal(total, 0))):
        raise ZeroDivisionError(
            "Weights sum to zero, can't be normalized; use sum(a * weights) for what is not divided"
        )
    result = fn.sum(x * w, axis, keepdims=keepdims) / total
    return (result, total) if returned else result


def _is_float(a):
    return to_tensor(a).dtype.kind == "f"


def fitting(w: Tensor, x: Tensor, axis: Any) -> Tensor:
    """Return weights with the shape of the array that they are for."""
    if w.shape == x.shape:
        return w
    if axis is None:
        raise TypeError(
            f"Axis must be specified when shapes of a and weights differ: {x.shape}, {w.shape}; "
            "give axis, and weights of its length"
        )
    axes = [axis_index(i, x.ndim) for i in (axis if isinstance(axis, (tuple, list)) else (axis,))]
    if w.shape != tuple(x.shape[i] for i in axes):
        raise ValueError(
            "Shape of weights must be consistent with shape of a along specified axis: "
            f"{w.shape}, {x.shape}, {axis}"
        )
    w = fn.transpose(w, sorted(range(len(axes)), key=axes.__getitem__))
    w = fn.reshape(w, tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))
    return fn.broadcast_to(w, x.shape)


def ptp(a: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the largest minus the smallest element of an array over axes.

    Parameters
    ----------
    a : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to search; by default all.
    keepdims : bool
        Keep the searched axes, with length 1.

    Returns
    -------
    Tensor
        The range. Elements that tie for an end share its gradient evenly.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.ptp([3.0, 1.0, 5.0])
    tensor(4.)
    """
    return fn.max(a, axis, keepdims=keepdims) - fn.min(a, axis, keepdims=keepdims)


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Tensor:
    """Count the elements of an array over axes that are not 0.

    Parameters
    ----------
    a : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to count over; by default all.
    keepdims : bool
        Keep the counted axes, with length 1.

    Returns
    -------
    Tensor of int
        The number. It has no gradient.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.count_nonzero([0.0, 3.0, 4.0])
    tensor(2)
    """
    return fn.sum(fn.astype(ops.not_equal(a, 0), np.intp), axis, keepdims=keepdims)


def _from_start(cumulative, start, x, axis, dtype, include_initial):
    x = to_tensor(x)
    if x.ndim == 0:
        x = fn.reshape(x, (1,))
    if axis is None and x.ndim > 1:
        raise ValueError(
            "For arrays which have more than one dimension ``axis`` argument is required."
        )
    axis = axis_index(axis or 0, x.ndim)
    result = cumulative(x, axis, dtype)
    if not include_initial:
        return result
    first = tuple(1 if i == axis else n for i, n in enumerate(result.shape))
    return fn.concatenate([fn.full(first, start, dtype=result.dtype), result], axis)


def cumulative_sum(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """Sum the elements of an array up to each one, along an axis.

    Parameters
    ----------
    x : array_like
        Array.
    axis : int, optional
        Axis to sum along; it may be left out if there is only one.
    dtype : dtype, optional
        Type to sum in.
    include_initial : bool
        Put the sum of nothing, 0, before the others.

    Returns
    -------
    Tensor
        The partial sums.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.cumulative_sum([1.0, 2.0], include_initial=True)
    tensor([0., 1., 3.])
    """
    return _from_start(fn.cumsum, 0, x, axis, dtype, include_initial)


def cumulative_prod(
    x: Any, /, *, axis: int | None = None, dtype: Any = None, include_initial: bool = False
) -> Tensor:
    """Multiply the elements of an array up to each one, along an axis.

    Parameters
    ----------
    x : array_like
        Array.
    axis : int, optional
        Axis to multiply along; it may be left out if there is only one.
    dtype : dtype, optional
        Type to multiply in.
    include_initial : bool
        Put the product of nothing, 1, before the others.

    Returns
    -------
    Tensor
        The partial products, whose derivatives are exact also at zeros.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.cumulative_prod([2.0, 3.0], include_initial=True)
    tensor([1., 2., 6.])
    """
    return _from_start(fn.cumprod, 1, x, axis, dtype, include_initial)


FUNCTIONS = {
    "average": average,
    "ptp": ptp,
    "count_nonzero": count_nonzero,
    "cumulative_sum": cumulative_sum,
    "cumulative_prod": cumulative_prod,
}
