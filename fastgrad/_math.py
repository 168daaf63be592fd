"""Python's module math on Tensors, for functions that are recorded as they are."""

from __future__ import annotations

import math

import numpy as np

from . import _functions as fn
from . import _numpy_elementwise as elementwise
from . import _ops as ops
from ._arguments import concrete, to_tensor
from ._numpy_served import holds_tensor
from ._tensor import values


def _all_finite(args):
    return all(np.isfinite(values(to_tensor(x))).all() for x in args)


def _checked(name, function):
    """Return a function that raises what math's own raises outside its domain."""

    def checked(*args):
        result = function(*args)
        if not np.isfinite(values(result)).all() and _all_finite(args):
            getattr(math, name)(*(values(to_tensor(x)).item() for x in args))
        return result

    return checked


def _log(x, base=None):
    return ops.log(x) if base is None else ops.log(x) / ops.log(to_tensor(base))


def _whole(function):
    """Return a function whose result is an int of Python, which a replay must find again."""

    def whole(x):
        t = to_tensor(x)
        if not _all_finite([t]):
            return math.floor(values(t).item())  # raises
        return int(concrete(fn.astype(function(t), np.int64)))

    return whole


def _truth(function):
    return lambda x: bool(function(x))


def _isclose(a, b, *, rel_tol=1e-09, abs_tol=0.0):
    a, b = to_tensor(a), to_tensor(b)
    scale = rel_tol * ops.maximum(ops.absolute(a), ops.absolute(b))
    return bool(ops.absolute(a - b) <= ops.maximum(scale, abs_tol)) or bool(ops.equal(a, b))


def _prod(iterable, *, start=1):
    return fn.prod(to_tensor(list(iterable))) * start


_ROWS = {
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan",
    "atan2": "arctan2", "atanh": "arctanh", "fabs": "absolute", "pow": "power",
    **{name: name for name in "cbrt cos cosh erf erfc exp exp2 expm1 fmod log10 log1p log2 sin "
       "sinh sqrt tan tanh".split()},
}  # fmt: skip
_SERVED = {
    **{name: _checked(name, getattr(ops, row)) for name, row in _ROWS.items()},
    "log": _checked("log", _log),
    "copysign": elementwise.copysign,
    "degrees": elementwise.rad2deg,
    "radians": elementwise.deg2rad,
    "ldexp": elementwise.ldexp,
    "modf": elementwise.modf,
    "hypot": lambda *coordinates: fn.norm(to_tensor(list(coordinates))),
    "dist": lambda p, q: fn.norm(to_tensor(list(p)) - to_tensor(list(q))),
    "fsum": lambda iterable: fn.sum(to_tensor(list(iterable))),
    "prod": _prod,
    "sumprod": lambda p, q: fn.vdot(list(p), list(q)),
    "floor": _whole(ops.floor),
    "ceil": _whole(ops.ceil),
    "trunc": _whole(ops.trunc),
    "isnan": _truth(ops.isnan),
    "isinf": _truth(ops.isinf),
    "isfinite": _truth(ops.isfinite),
    "isclose": _isclose,
}


def call(name, original, args, kwargs):
    """Return what a function of math makes of Tensors, or of numbers."""
    if name in ("fsum", "prod", "sumprod", "dist"):  # they take iterables, read but once
        args = tuple(x if isinstance(x, (int, float)) else list(x) for x in args)
    if holds_tensor(args) or holds_tensor(kwargs):
        return _SERVED[name](*args, **kwargs)
    return original(*args, **kwargs)


NAMES = [name for name in _SERVED if hasattr(math, name)]
