"""NumPy's reductions of Tensors with all their options: where, initial, weights, NaN left out."""

from __future__ import annotations

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import axis_index, axis_tuple, to_float, to_tensor
from ._numpy_served import NotServed
from ._numpy_shape import along

_NONE = np._NoValue  # what NumPy's own functions pass on for an option that was not given


def _given(x):
    return x is not None and x is not _NONE


def _everywhere(where):
    return where is _NONE or where is True


def _filled(x, where, value):
    """Return x with a value where it is not to be looked at."""
    return x if _everywhere(where) else fn.where(where, x, value)


# ----- sums and products -----


def sum(a, axis=None, dtype=None, keepdims=False, initial=_NONE, where=True):
    """Serve numpy.sum."""
    result = fn.sum(_filled(to_tensor(a), where, 0), axis, dtype, keepdims=keepdims is True)
    return result + initial if _given(initial) else result


def prod(a, axis=None, dtype=None, keepdims=False, initial=_NONE, where=True):
    """Serve numpy.prod."""
    result = fn.prod(_filled(to_tensor(a), where, 1), axis, dtype, keepdims=keepdims is True)
    return result * initial if _given(initial) else result


def _counted(x, axis, where, keepdims):
    """Return how many elements are looked at."""
    if _everywhere(where):
        where = True
    mask = fn.broadcast_to(to_tensor(where), x.shape)
    return fn.sum(fn.astype(mask, x.dtype), axis, keepdims=keepdims)


def mean(a, axis=None, dtype=None, keepdims=False, *, where=True):
    """Serve numpy.mean."""
    keepdims = keepdims is True
    if _everywhere(where):
        return fn.mean(a, axis, dtype, keepdims=keepdims)
    x = to_float(a) if dtype is None else fn.astype(a, dtype)
    return sum(x, axis, keepdims=keepdims, where=where) / _counted(x, axis, where, keepdims)


def _squares(a, axis, dtype, ddof, keepdims, where, given_mean, correction):
    ddof = correction if _given(correction) else ddof
    x = to_float(a) if dtype is None else fn.astype(a, dtype)
    centre = given_mean if _given(given_mean) else mean(x, axis, None, True, where=where)
    squares = sum(ops.square(x - centre), axis, keepdims=keepdims, where=where)
    return squares / fn.clip(_counted(x, axis, where, keepdims) - ddof, 0.0, None)


def var(a, axis=None, dtype=None, ddof=0, keepdims=False, *, where=True, mean=_NONE,
        correction=_NONE):  # fmt: skip
    """Serve numpy.var."""
    keepdims = keepdims is True
    if _everywhere(where) and not _given(mean):
        ddof = correction if _given(correction) else ddof
        return fn.var(a, axis, dtype, ddof=ddof, keepdims=keepdims)
    return _squares(a, axis, dtype, ddof, keepdims, where, mean, correction)


def std(a, axis=None, dtype=None, ddof=0, keepdims=False, *, where=True, mean=_NONE,
        correction=_NONE):  # fmt: skip
    """Serve numpy.std."""
    keepdims = keepdims is True
    if _everywhere(where) and not _given(mean):
        ddof = correction if _given(correction) else ddof
        return fn.std(a, axis, dtype, ddof=ddof, keepdims=keepdims)
    return ops.sqrt(_squares(a, axis, dtype, ddof, keepdims, where, mean, correction))


def average(a, axis=None, weights=None, returned=False, *, keepdims=False):
    """Serve numpy.average."""
    x, keepdims = to_float(a), keepdims is True
    if weights is None:
        result = fn.mean(x, axis, keepdims=keepdims)
        total = fn.full_like(result, x.size / max(result.size, 1))
        return (result, total) if returned else result
    w = to_float(weights)
    if w.shape != x.shape:
        axes = axis_tuple(axis, x.ndim)
        if axis is None or w.shape != tuple(x.shape[i] for i in axes):
            raise TypeError(
                f"average: weights of shape {w.shape} fit neither the shape {x.shape} of a nor its "
                f"axis {axis}; give axis and weights of its length"
            )
        w = fn.reshape(w, tuple(n if i in axes else 1 for i, n in enumerate(x.shape)))
        w = fn.broadcast_to(w, x.shape)
    total = fn.sum(w, axis, keepdims=keepdims)
    result = fn.sum(x * w, axis, keepdims=keepdims) / total
    return (result, total) if returned else result


def count_nonzero(a, axis=None, *, keepdims=False):
    """Serve numpy.count_nonzero."""
    return fn.sum(fn.astype(ops.not_equal(a, 0), np.intp), axis, keepdims=keepdims)


# ----- extrema and truth values -----


def _extremum(reduce, choose):
    def function(a, axis=None, keepdims=False, initial=_NONE, where=True):
        x, keepdims = to_tensor(a), keepdims is True
        if not _everywhere(where):
            if not _given(initial):
                raise ValueError(
                    "reduction operation does not have an identity, so to use a where mask one has "
                    "to specify 'initial'"
                )
            x = fn.where(where, x, initial)
        if not _given(initial):
            return reduce(x, axis, keepdims=keepdims)
        if x.size == 0:
            return sum(x, axis, keepdims=keepdims) + initial
        return choose(reduce(x, axis, keepdims=keepdims), initial)

    function.__doc__ = f"Serve numpy.{reduce.__name__}."
    return function


max_, min_ = _extremum(fn.max, ops.maximum), _extremum(fn.min, ops.minimum)


def any_(a, axis=None, keepdims=False, *, where=True):
    """Serve numpy.any."""
    x = ops.not_equal(a, 0)
    return fn.any(_filled(x, where, False), axis, keepdims=keepdims is True)


def all_(a, axis=None, keepdims=False, *, where=True):
    """Serve numpy.all."""
    x = ops.not_equal(a, 0)
    return fn.all(_filled(x, where, True), axis, keepdims=keepdims is True)


# ----- running sums and products -----


def running(function, x, axis):
    """Return what an associative function of two makes of the elements up to each one."""
    n, step = x.shape[axis], 1
    while step < n:
        head = x[along(axis, slice(step))]
        tail = function(x[along(axis, slice(step, None))], x[along(axis, slice(-step))])
        x = fn.concatenate([head, tail], axis)
        step *= 2
    return x


def _flat_unless(x, axis):
    return (fn.ravel(x), 0) if axis is None else (x, axis_index(axis, x.ndim))


def cumprod(a, axis=None, dtype=None):
    """Serve numpy.cumprod; nothing is divided, so it is exact also at zeros."""
    x = to_tensor(a)
    x = fn.astype(x, np.cumprod(np.ones(1, x.dtype)).dtype if dtype is None else dtype)
    return running(ops.multiply, *_flat_unless(x, axis))


def _from_start(cumulative, start):
    def function(x, /, *, axis=None, dtype=None, include_initial=False):
        x = to_tensor(x)
        if axis is None and x.ndim > 1:
            raise ValueError("For arrays which have more than one dimension ``axis`` is required.")
        axis = axis_index(axis or 0, x.ndim)
        result = cumulative(x, axis, dtype)
        if not include_initial:
            return result
        first = tuple(1 if i == axis else n for i, n in enumerate(result.shape))
        return fn.concatenate([fn.full(first, start, result.dtype), result], axis)

    function.__doc__ = f"Serve numpy.cumulative_{'prod' if start else 'sum'}."
    return function


cumulative_sum, cumulative_prod = _from_start(fn.cumsum, 0), _from_start(cumprod, 1)


# ----- NaN left out -----


def _numbers_of(a, where):
    """Return an array and where it is a number that counts."""
    x = to_tensor(a)
    mask = ops.logical_not(ops.isnan(x))
    return x, mask if _everywhere(where) else ops.logical_and(mask, where)


def nansum(a, axis=None, dtype=None, keepdims=False, initial=_NONE, where=True):
    """Serve numpy.nansum."""
    x, mask = _numbers_of(a, where)
    return sum(x, axis, dtype, keepdims, initial, mask)


def nanprod(a, axis=None, dtype=None, keepdims=False, initial=_NONE, where=True):
    """Serve numpy.nanprod."""
    x, mask = _numbers_of(a, where)
    return prod(x, axis, dtype, keepdims, initial, mask)


def nanmean(a, axis=None, dtype=None, keepdims=False, *, where=True):
    """Serve numpy.nanmean."""
    x, mask = _numbers_of(a, where)
    return mean(x, axis, dtype, keepdims, where=mask)


def nanvar(a, axis=None, dtype=None, ddof=0, keepdims=False, *, where=True, mean=_NONE,
           correction=_NONE):  # fmt: skip
    """Serve numpy.nanvar."""
    x, mask = _numbers_of(a, where)
    x = fn.where(mask, x, 0.0)
    return _squares(x, axis, dtype, ddof, keepdims is True, mask, mean, correction)


def nanstd(a, axis=None, dtype=None, ddof=0, keepdims=False, *, where=True, mean=_NONE,
           correction=_NONE):  # fmt: skip
    """Serve numpy.nanstd."""
    return ops.sqrt(nanvar(a, axis, dtype, ddof, keepdims, where=where, mean=mean,
                           correction=correction))  # fmt: skip


def _nan_extremum(reduce, least):
    def function(a, axis=None, keepdims=False, initial=_NONE, where=True):
        if _given(initial):
            raise NotServed("with initial")
        x, mask = _numbers_of(a, where)
        keepdims = keepdims is True
        found = reduce(fn.where(mask, x, least), axis, keepdims=keepdims)
        return ops.select(fn.any(mask, axis, keepdims=keepdims), found, np.nan)

    function.__doc__ = f"Serve numpy.nan{reduce.__name__}."
    return function


nanmax, nanmin = _nan_extremum(fn.max, -np.inf), _nan_extremum(fn.min, np.inf)


def nancumsum(a, axis=None, dtype=None):
    """Serve numpy.nancumsum."""
    x, mask = _numbers_of(a, True)
    return fn.cumsum(fn.where(mask, x, 0), axis, dtype)


def nancumprod(a, axis=None, dtype=None):
    """Serve numpy.nancumprod."""
    x, mask = _numbers_of(a, True)
    return cumprod(fn.where(mask, x, 1), axis, dtype)


FUNCTIONS = {
    "sum": sum,
    "prod": prod,
    "mean": mean,
    "var": var,
    "std": std,
    "average": average,
    "count_nonzero": count_nonzero,
    "max": max_,
    "min": min_,
    "amax": max_,
    "amin": min_,
    "any": any_,
    "all": all_,
    "cumsum": fn.cumsum,
    "cumprod": cumprod,
    "cumulative_sum": cumulative_sum,
    "cumulative_prod": cumulative_prod,
    "nansum": nansum,
    "nanprod": nanprod,
    "nanmean": nanmean,
    "nanvar": nanvar,
    "nanstd": nanstd,
    "nanmax": nanmax,
    "nanmin": nanmin,
    "nancumsum": nancumsum,
    "nancumprod": nancumprod,
}
