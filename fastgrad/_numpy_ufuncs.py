"""What a ufunc has beside its call: out, where, dtype, the methods reduce, accumulate, outer."""

from __future__ import annotations

import numpy as np

from . import _functions as fn
from . import _numpy_nan as nan
from . import _ops as ops
from ._arguments import axis_index, to_tensor
from ._inplace import check_holds
from ._numpy_served import NotServed
from ._numpy_shape import along, numbers
from ._tensor import Tensor, values


def write(out, result, name, widens=False):
    """Put a result into `out`, as NumPy does, and return `out`."""
    result = to_tensor(result)
    if not isinstance(out, Tensor):
        if result.requires_grad:
            raise NotServed("into a plain array")
        np.copyto(out, values(result), casting="same_kind")
        return out
    check_holds(out, result, name, widens)
    out[...] = result
    return out


def without_memory_of(out, inputs):
    """Return the inputs, those that `out` will overwrite as copies of what backward reads."""
    memory = [values(t) for t in out if isinstance(t, Tensor)]

    def apart(x):
        if isinstance(x, (list, tuple)):
            return type(x)(map(apart, x))
        if isinstance(x, Tensor) and (
            any(x is t for t in out) or any(np.may_share_memory(values(x), m) for m in memory)
        ):
            return fn.copy(x)
        return x

    return [apart(x) for x in inputs]


_OPTIONS = {"vecdot": {"axis", "keepdims"}}


def _along_axes(function, axes):
    """Return a generalized ufunc that is told which axes it works on, operand by operand."""

    def moved(*inputs):
        places = [axis if isinstance(axis, (tuple, list)) else (axis,) for axis in axes]
        xs = [fn.moveaxis(x, p, range(-len(p), 0)) for x, p in zip(inputs, places)]
        result = function(*xs)
        for p in places[len(xs) :]:
            result = fn.moveaxis(result, range(-len(p), 0), p)
        return result

    return moved


def call(function, name, inputs, out, options):
    """Serve a call of a ufunc with options: its results, written into `out`."""
    where, dtype = options.pop("where", True), options.pop("dtype", None)
    for harmless in ("casting", "order", "subok"):
        options.pop(harmless, None)
    if (axes := options.pop("axes", None)) is not None:
        function = _along_axes(function, axes)
    if unknown := set(options) - _OPTIONS.get(name, set()):
        raise NotServed(f"with {', '.join(unknown)}")
    out = tuple(out) if isinstance(out, tuple) else (out,)
    if dtype is not None:
        dtype = np.dtype(dtype)
        if dtype not in (np.float64, np.float32):
            raise NotServed(f"with dtype {dtype}")
        inputs = [fn.astype(x, dtype) for x in inputs]
    inputs = without_memory_of(out, inputs)
    results = function(*inputs, **options)
    several = isinstance(results, tuple)
    results = results if several else (results,)
    if len(out) != len(results):
        out = (None,) * len(results)
    if where is not True:
        if any(t is None for t in out):
            raise NotServed("with where but without out, so that some elements have no value,")
        results = [fn.where(where, r, fn.copy(t)) for r, t in zip(results, out)]
    finished = [r if t is None else write(t, r, name, True) for r, t in zip(results, out)]
    return tuple(finished) if several else finished[0]


# ----- methods -----


_REDUCTIONS = {
    "add": fn.sum,
    "multiply": fn.prod,
    "maximum": fn.max,
    "minimum": fn.min,
    "fmax": nan.nanmax,
    "fmin": nan.nanmin,
    "logical_or": fn.any,
    "logical_and": fn.all,
    "logaddexp": fn.logsumexp,
}
_SCANS = {
    "add": fn.cumsum,
    "multiply": fn.cumprod,
    "maximum": fn.cummax,
    "minimum": fn.cummin,
    "logaddexp": fn.logcumsumexp,
    "logical_or": fn.cummax,
    "logical_and": fn.cummin,
}


def reduce(name, array, axis=0, dtype=None, out=None, keepdims=False, **options):
    """Serve ufunc.reduce."""
    if name not in _REDUCTIONS:
        raise NotServed("of this ufunc")
    if dtype is not None:
        array = fn.astype(array, dtype)
    return _REDUCTIONS[name](array, axis=axis, keepdims=keepdims, **options)


def accumulate(function, name, array, axis=0, dtype=None, out=None):
    """Serve ufunc.accumulate."""
    x = to_tensor(array) if dtype is None else fn.astype(array, dtype)
    axis = axis_index(axis, x.ndim)
    if name.startswith("logical"):
        x = ops.not_equal(x, 0)
    if name in _SCANS:
        return _SCANS[name](x, axis)
    parts = [x[along(axis, slice(1))]] if x.shape[axis] else []
    for i in range(1, x.shape[axis]):
        parts.append(function(parts[-1], x[along(axis, slice(i, i + 1))]))
    return fn.concatenate(parts, axis) if parts else x


def reduceat(name, array, indices, axis=0, dtype=None, out=None):
    """Serve ufunc.reduceat."""
    x, starts = to_tensor(array), numbers(indices).tolist()
    axis = axis_index(axis, x.ndim)
    parts = []
    for start, end in zip(starts, [*starts[1:], x.shape[axis]]):
        if not 0 <= start < x.shape[axis]:
            raise IndexError(f"index {start} out-of-bounds in {name}.reduceat [0, {x.shape[axis]})")
        end = end if end > start else start + 1
        part = x[along(axis, slice(start, end))]
        parts.append(reduce(name, part, axis, dtype, keepdims=True))
    return fn.concatenate(parts, axis) if parts else x[along(axis, slice(0))]


def outer(function, a, b, **options):
    """Serve ufunc.outer."""
    a, b = to_tensor(a), to_tensor(b)
    return function(fn.reshape(a, a.shape + (1,) * b.ndim), b)


def method(function, name, which, inputs, options):
    """Serve a method of a ufunc, but for its `out`."""
    if which == "reduce":
        return reduce(name, *inputs, **options)
    if which == "accumulate":
        return accumulate(function, name, *inputs, **options)
    if which == "reduceat" and name in _REDUCTIONS:
        return reduceat(name, *inputs, **options)
    if which == "outer" and len(inputs) == 2 and not options:
        return outer(function, *inputs)
    raise NotServed("in this way")
