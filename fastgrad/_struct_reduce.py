"""Structural ops that reduce axes, or put one in order: extrema, norms, truth, positions.

The derivative of a reduction by its operand is a weight for each element, stated once: its
cotangents are multiplied by it, its tangents too, and summed.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import axis_of
from ._lowering import along, fresh
from ._ops import equal, exp, isfinite, isnan, logical_or, masked_multiply, not_equal, select
from ._recording import Structural
from ._struct_shape import astype, reduction, stop_gradient, sum, sum_value, with_axes

# ----- values -----


def _logsumexp_value(x, *, axis, keepdims):
    """max + log(sum(exp(x - max))), where the terms at the maximum are counted, not added.

    So the logarithm is one of 1 + (something small), and its small digits are kept.
    """
    if not x.size:  # the sum of no exponentials is zero
        return np.full(np.sum(x, axis=axis, keepdims=keepdims).shape, -np.inf, x.dtype)
    top = np.max(x, axis=axis, keepdims=True)
    is_top = x == top
    count = np.sum(is_top, axis=axis, keepdims=True, dtype=x.dtype)
    shift = np.where(np.isfinite(top), top, np.zeros_like(top))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rest = np.where(is_top, np.zeros_like(x), np.exp(x - shift))
        out = top + np.log(count) + np.log1p(sum_value(rest, axis=axis, keepdims=True) / count)
    return out if keepdims else np.squeeze(out, axis)


def _norm_value(x, *, axis, keepdims):
    """sqrt(sum(x * x)), scaled where the squares would leave the range of the dtype."""
    info = np.finfo(x.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        out = np.sqrt(sum_value(x * x, axis=axis, keepdims=keepdims))
        if np.all((out > (info.tiny / info.eps) ** 0.5) & np.isfinite(out)):
            return out
        scale = np.max(np.abs(x), axis=axis, keepdims=True, initial=0)
        scale = np.where((scale > 0) & np.isfinite(scale), scale, np.ones_like(scale))
        scaled = x / scale
        out = scale * np.sqrt(sum_value(scaled * scaled, axis=axis, keepdims=True))
    return out if keepdims else np.squeeze(out, axis)


# ----- derivatives -----


def _extremum_weight(x, out, *, axis):
    """Elements that attain the extremum share its derivative evenly."""
    attained = logical_or(equal(x, out), isnan(x))
    count = sum(astype(attained, dtype=x.dtype), axis=axis, keepdims=True)
    return select(attained, 1.0 / count, 0.0)


def _norm_weight(x, out, *, axis):
    """x / out; 0 at x = 0, and so at every order."""
    away = not_equal(out, 0.0)
    return select(away, x / select(away, out, 1.0), 0.0)


def _logsumexp_weight(x, out, *, axis):
    """softmax(x); 0 where all elements are -inf."""
    # a constant, whose only purpose is to keep the exponentials in range
    shift = stop_gradient(out)
    weight = exp(x - select(isfinite(shift), shift, 0.0))
    total = sum(weight, axis=axis, keepdims=True)
    return weight / select(equal(total, 0.0), 1.0, total)


def _by_weight(weight, product=masked_multiply):
    """The rules of a reduction from its weights; product(derivative, weight) masks zeros."""

    def vjp(g, out, x, *, axis, keepdims):
        by_x = weight(x, with_axes(out, axis, x.ndim), axis=axis)
        return product(with_axes(g, axis, x.ndim), by_x)

    def jvp(dots, out, x, *, axis, keepdims):
        by_x = weight(x, with_axes(out, axis, x.ndim), axis=axis)
        return sum(product(dots[0], by_x), axis=axis, keepdims=keepdims)

    return {"vjp": (vjp,), "jvp": jvp, "reads": (0, "out")}


def _by_mask(g, weight):
    """A zero weight gives 0, also beside an infinite cotangent: the element was not chosen."""
    return masked_multiply(weight, g)


# ----- reductions -----


def _same(dtype):
    return dtype


def _float(dtype):
    if dtype.kind != "f":
        raise TypeError(f"wanted float64 or float32, got {dtype}")
    return dtype


def _extremum(name, ufunc):
    """The greatest or the least elements."""
    return reduction(
        name,
        value=lambda x, *, axis, keepdims: ufunc.reduce(x, axis=axis, keepdims=keepdims),
        dtype=_same,
        empty=False,
        **_by_weight(_extremum_weight, _by_mask),
    )


def _place(name, function):
    """Where an extremum is, among the elements of several axes together, in C order."""

    def value(x, *, axis, keepdims):
        kept = tuple(a for a in range(x.ndim) if a not in axis)
        shape = tuple(x.shape[a] for a in kept)
        n = math.prod(x.shape[a] for a in axis)
        out = function(x.transpose(kept + axis).reshape(*shape, n), axis=-1)
        return np.expand_dims(out, axis) if keepdims else out

    return reduction(
        name, value=value, dtype=lambda dtype: np.dtype(np.intp), empty=False, vjp=None
    )


def _truth(name, function):
    """What is true of the elements."""
    return reduction(
        name,
        value=lambda x, *, axis, keepdims: function(x, axis=axis, keepdims=keepdims),
        dtype=lambda dtype: np.dtype(np.bool_),
        vjp=None,
    )


max: Structural = _extremum("max", np.maximum)
min: Structural = _extremum("min", np.minimum)

norm: Structural = reduction(  # the root of the sum of squares
    "norm", value=_norm_value, dtype=_float, **_by_weight(_norm_weight)
)

logsumexp: Structural = reduction(
    "logsumexp", value=_logsumexp_value, dtype=_float, **_by_weight(_logsumexp_weight)
)

any: Structural = _truth("any", np.any)
all: Structural = _truth("all", np.all)
argmax: Structural = _place("argmax", np.argmax)
argmin: Structural = _place("argmin", np.argmin)

# ----- orders -----


def _infer_argsort(x, *, axis):
    axis_of(axis, x.ndim)
    return x.shape, np.dtype(np.intp)


def _infer_argwhere(x):
    raise ValueError("the shape of argwhere depends on values, so a graph cannot hold it")


argsort: Structural = Structural(
    "argsort",
    value=lambda x, *, axis: np.argsort(x, axis=axis, kind="stable"),
    vjp=None,
    infer=_infer_argsort,
    batch=lambda n, batched, x, *, axis: argsort(x, axis=axis + 1),
    lower=lambda x, *, axis: fresh(*([("argsort", (0,), along(x.shape, axis))] if x.size else [])),
)

argwhere: Structural = Structural("argwhere", value=np.argwhere, vjp=None, infer=_infer_argwhere)
