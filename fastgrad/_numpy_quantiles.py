"""NumPy's medians, quantiles and percentiles, of Tensors; also those that leave NaN out.

Elements are sorted along one axis, and places in that order are computed as numbers are: from how
many elements there are, which depends on values where NaN is left out, and from the quantile. So
they are data of a recorded function, not a branch.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import axis_tuple, concrete, to_float, to_tensor
from ._numpy_order import sort
from ._numpy_reductions import fitting
from ._numpy_served import NotServed
from ._numpy_taking import take_along_axis
from ._tensor import Tensor, values, wrap

# (alpha, beta) of the methods of Hyndman and Fan that are continuous in the quantile
_CONTINUOUS = {
    "linear": (1.0, 1.0),
    "interpolated_inverted_cdf": (0.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}
_STEPS = "inverted_cdf closest_observation lower higher nearest".split()  # always at an element
_OTHERS = [*_STEPS, "averaged_inverted_cdf", "midpoint"]


def _place(method, n, q):
    """Return where a quantile is among n sorted elements, from 0 on, and how near the next one."""
    if method in _CONTINUOUS:
        alpha, beta = _CONTINUOUS[method]
        at = (n - 1) * q if method == "linear" else n * q + (alpha + q * (1 - alpha - beta)) - 1
        return at, at - ops.floor(at)
    if method in ("lower", "higher", "nearest", "midpoint"):
        at = (n - 1) * q
        low, high = ops.floor(at), ops.ceil(at)
        if method == "midpoint":
            return low, ops.select(low == high, 0.0, 0.5)
        return {"lower": low, "higher": high, "nearest": ops.rint(at)}[method], None
    at = n * q - (1.5 if method == "closest_observation" else 1.0)
    low = ops.floor(at)
    if method == "averaged_inverted_cdf":
        return at, ops.select(at == low, 0.5, 1.0)
    stays = at == low
    if method == "closest_observation":
        stays = ops.logical_and(stays, ops.remainder(low, 2.0) == 1.0)
    return ops.select(stays, low, low + 1.0), None


def _lanes(a, axis):
    """Return the elements over axes along one last axis, and the shapes of a reduction."""
    x = to_float(a)
    axes = axis_tuple(axis, x.ndim)
    kept = [i for i in range(x.ndim) if i not in axes]
    lead = tuple(x.shape[i] for i in kept)
    n = math.prod(x.shape[i] for i in axes)
    shapes = {False: lead, True: tuple(1 if i in axes else m for i, m in enumerate(x.shape))}
    return fn.reshape(fn.transpose(x, [*kept, *axes]), (*lead, n)), shapes


def _at(x, place):
    """Return the elements of sorted lanes at places, as (lanes .., places)."""
    place = fn.astype(place, np.intp)
    if place.ndim == 1:
        return x[..., place if place.requires_grad else values(place)]
    return take_along_axis(x, place, -1)


def _count(x):
    """Return how many elements of each lane are numbers."""
    return fn.sum(fn.astype(ops.logical_not(ops.isnan(x)), x.dtype), -1, keepdims=True)


def _or_nan(x, result):
    """Return the result, but NaN where an element of sorted lanes is: there the last one is."""
    last = x[..., -1:]
    return ops.select(ops.isnan(last), last, result)


def _interpolated(x, n, place, weight):
    """Return what is at places of sorted lanes, of which the first n elements count."""
    low = fn.clip(ops.floor(place), 0.0, n - 1)
    if weight is None:
        return _at(x, low)
    # Of the two the nearer one is where the way begins, so that a whole way ends at an element.
    below, above = _at(x, low), _at(x, fn.clip(ops.floor(place) + 1.0, 0.0, n - 1))
    near = weight < 0.5
    way = ops.select(near, weight, weight - 1.0)
    return ops.select(near, below, above) + ops.masked_multiply(way, above - below)


def _median(a, axis, keepdims, leaves_nan_out):
    x, shapes = _lanes(a, axis)
    if not x.shape[-1]:
        return fn.mean(x, -1).reshape(shapes[bool(keepdims)])
    x = sort(x)
    if leaves_nan_out:
        n = ops.maximum(_count(x), 1.0)
        low, high = _at(x, ops.floor((n - 1) / 2)), _at(x, ops.floor(n / 2))
        middle = (low + high) / 2
    else:
        n = x.shape[-1]
        low, high = (n - 1) // 2, n // 2
        middle = x[..., low] if low == high else (x[..., low] + x[..., high]) / 2
        middle = _or_nan(x, fn.expand_dims(middle, -1))
    return fn.reshape(middle, shapes[bool(keepdims)])


def median(
    a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Tensor:
    """Return the median of the elements of an array over axes.

    Parameters
    ----------
    a : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Axes to reduce; by default all.
    overwrite_input : bool
        For NumPy's sake; the array stays as it is.
    keepdims : bool
        Keep the reduced axes, with length 1.

    Returns
    -------
    Tensor
        The median; NaN where an element is.

    Notes
    -----
    The gradient goes to the element in the middle, or in halves to the two that are. Of equal
    elements these are the ones that a stable sort puts there.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.median([3.0, 1.0, 2.0, 10.0])
    tensor(2.5000)
    """
    return _median(a, axis, keepdims, False)


def nanmedian(
    a: Any, axis: Any = None, overwrite_input: bool = False, keepdims: bool = False
) -> Tensor:
    """Return the median of the elements of an array over axes, but for NaN.

    Parameters
    ----------
    a, axis, overwrite_input, keepdims
        As for `median`.

    Returns
    -------
    Tensor
        The median; NaN where all elements are. Its gradient is that of `median`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanmedian([3.0, 1.0, float("nan")])
    tensor(2.)
    """
    return _median(a, axis, keepdims, True)


def _checked(q, method):
    """Return quantiles along one axis, and their shape."""
    if method not in _CONTINUOUS and method not in _OTHERS:
        raise ValueError(
            f"{method!r} is not a valid method. Use one of: {', '.join([*_CONTINUOUS, *_OTHERS])}"
        )
    if q.requires_grad and method not in _CONTINUOUS:
        raise NotServed(f"with respect to q by method {method!r}, which is a step function of it,")
    if not concrete(fn.all(ops.logical_and(q >= 0, q <= 1))):
        raise ValueError("Quantiles must be in the range [0, 1]")
    if q.ndim > 2:
        raise ValueError("q must be a scalar or 1d")
    return fn.ravel(q), q.shape


def _quantile(a, q, axis, method, keepdims, weights, leaves_nan_out):
    q, outer = _checked(q, method)
    if weights is not None and method != "inverted_cdf":
        raise ValueError(
            f"Only method 'inverted_cdf' supports weights. Got: {method}; name that one"
        )
    x, shapes = _lanes(a, axis)
    if not x.shape[-1]:
        if not leaves_nan_out:
            raise IndexError(
                "a quantile of no element: index -1 is out of bounds for axis 0 with size 0; "
                "handle the empty array before"
            )
        found = fn.mean(x, -1, keepdims=True) + fn.zeros(q.size, dtype=x.dtype)
    elif weights is not None:
        found = _weighted(a, x, q, axis, weights, leaves_nan_out)
    else:
        x = sort(x)
        n = ops.maximum(_count(x), 1.0) if leaves_nan_out else x.shape[-1]
        found = _interpolated(x, n, *_place(method, n, q))
        found = found if leaves_nan_out else _or_nan(x, found)
    is_element = weights is not None or method in _STEPS
    dtype = to_tensor(a).dtype if is_element else np.result_type(x.dtype, q.dtype)
    found = fn.astype(found, dtype)
    return fn.reshape(fn.moveaxis(found, -1, 0), outer + shapes[bool(keepdims)])


def _weighted(a, x, q, axis, weights, leaves_nan_out):
    """Return the elements before which the weights have come to the quantile."""
    w = to_tensor(weights)
    if w.requires_grad:
        raise NotServed("with respect to weights, of which a quantile is a step function,")
    w, _ = _lanes(fitting(w, to_tensor(a), axis), axis)
    if concrete(fn.any(w < 0)):
        raise ValueError("Weights must be non-negative.")
    order = fn.argsort(x)
    x, w = take_along_axis(x, order, -1), take_along_axis(w, order, -1)
    if leaves_nan_out:
        w = ops.select(ops.isnan(x), 0.0, w)
    reached = fn.cumsum(w, -1)
    reached = reached / reached[..., -1:]
    wrong = ops.isnan(reached[..., -1])
    if leaves_nan_out:  # of no number at all, none is weighted
        wrong = ops.logical_and(wrong, ops.logical_not(ops.isnan(x[..., 0])))
    if concrete(fn.any(wrong)):
        raise ValueError("Weights included NaN, inf or were all zero.")
    reached = ops.select(reached == 0.0, -1.0, reached)  # a weight of 0 is never chosen
    before = fn.expand_dims(reached, -2) < fn.expand_dims(q, -1)
    place = fn.sum(fn.astype(before, np.intp), -1)
    found = take_along_axis(x, fn.clip(place, 0, x.shape[-1] - 1), -1)
    return found if leaves_nan_out else _or_nan(x, found)


def _like(q, a):
    """Return quantiles as numbers; a number of Python takes the dtype of the array."""
    x = to_tensor(a)
    if type(q) in (int, float) and x.dtype.kind == "f":
        return wrap(np.asarray(q, x.dtype))
    return to_float(q)


def quantile(
    a: Any, q: Any, axis: Any = None, overwrite_input: bool = False, method: str = "linear",
    keepdims: bool = False, *, weights: Any = None,
) -> Tensor:  # fmt: skip
    """Return quantiles of the elements of an array over axes.

    Parameters
    ----------
    a : array_like, any shape
        Array.
    q : array_like
        Quantiles, from 0 to 1.
    axis : int or tuple of int, optional
        Axes to reduce; by default all.
    overwrite_input : bool
        For NumPy's sake; the array stays as it is.
    method : str
        One of NumPy's methods.
    keepdims : bool
        Keep the reduced axes, with length 1.
    weights : array_like, optional
        Weights of the elements, of the shape of `a` or of its axes `axis`; for the method
        "inverted_cdf".

    Returns
    -------
    Tensor, shape of q and then of the reduction
        The quantiles; NaN where an element is.

    Raises
    ------
    ValueError
        If a quantile is not in [0, 1], or the method is none.

    Notes
    -----
    The gradient goes to the one or two elements that a quantile is made of. Methods that
    interpolate have a derivative by `q`: the slope to the next element. By the other methods, and
    by `weights`, a quantile is a step function, and a derivative is refused.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.quantile([1.0, 2.0, 4.0], [0.5, 0.75])
    tensor([2., 3.])
    """
    return _quantile(a, _like(q, a), axis, method, keepdims, weights, False)


def percentile(
    a: Any, q: Any, axis: Any = None, overwrite_input: bool = False, method: str = "linear",
    keepdims: bool = False, *, weights: Any = None,
) -> Tensor:  # fmt: skip
    """Return percentiles of the elements of an array over axes.

    Parameters
    ----------
    a, axis, overwrite_input, method, keepdims, weights
        As for `quantile`.
    q : array_like
        Percentiles, from 0 to 100.

    Returns
    -------
    Tensor, shape of q and then of the reduction
        The percentiles, with the derivatives of `quantile`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.percentile([1.0, 2.0, 4.0], 75)
    tensor(3.)
    """
    return _quantile(a, _like(q, a) / 100, axis, method, keepdims, weights, False)


def nanquantile(
    a: Any, q: Any, axis: Any = None, overwrite_input: bool = False, method: str = "linear",
    keepdims: bool = False, *, weights: Any = None,
) -> Tensor:  # fmt: skip
    """Return quantiles of the elements of an array over axes, but for NaN.

    Parameters
    ----------
    a, q, axis, overwrite_input, method, keepdims, weights
        As for `quantile`.

    Returns
    -------
    Tensor, shape of q and then of the reduction
        The quantiles; NaN where all elements are.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanquantile([1.0, float("nan"), 2.0], 0.5)
    tensor(1.5000)
    """
    return _quantile(a, _like(q, a), axis, method, keepdims, weights, True)


def nanpercentile(
    a: Any, q: Any, axis: Any = None, overwrite_input: bool = False, method: str = "linear",
    keepdims: bool = False, *, weights: Any = None,
) -> Tensor:  # fmt: skip
    """Return percentiles of the elements of an array over axes, but for NaN.

    Parameters
    ----------
    a, q, axis, overwrite_input, method, keepdims, weights
        As for `percentile`.

    Returns
    -------
    Tensor, shape of q and then of the reduction
        The percentiles; NaN where all elements are.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nanpercentile([1.0, float("nan"), 2.0], 50)
    tensor(1.5000)
    """
    return _quantile(a, _like(q, a) / 100, axis, method, keepdims, weights, True)


FUNCTIONS = {
    "median": median,
    "quantile": quantile,
    "percentile": percentile,
    "nanmedian": nanmedian,
    "nanquantile": nanquantile,
    "nanpercentile": nanpercentile,
}
