"""NumPy's functions of single elements that are no rows of the op table, in terms of rows."""

from __future__ import annotations

import math

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import to_float, to_tensor
from ._tensor import wrap


def _with_nan(x, y, chosen):
    """Return a choice of two numbers, or the number of a pair of which one is NaN."""
    return ops.select(ops.isnan(x), y, ops.select(ops.isnan(y), x, chosen))


def fmax(x1, x2, /):
    """Serve numpy.fmax."""
    return _with_nan(x1, x2, ops.maximum(x1, x2))


def fmin(x1, x2, /):
    """Serve numpy.fmin."""
    return _with_nan(x1, x2, ops.minimum(x1, x2))


def fabs(x, /):
    """Serve numpy.fabs."""
    return ops.absolute(to_float(x))


def positive(x, /):
    """Serve numpy.positive and numpy.conjugate."""
    return fn.copy(x)


def deg2rad(x, /):
    """Serve numpy.deg2rad."""
    return to_float(x) * (math.pi / 180.0)


def rad2deg(x, /):
    """Serve numpy.rad2deg."""
    return to_float(x) * (180.0 / math.pi)


def float_power(x1, x2, /):
    """Serve numpy.float_power."""
    return ops.power(fn.astype(x1, np.float64), fn.astype(x2, np.float64))


def logaddexp2(x1, x2, /):
    """Serve numpy.logaddexp2."""
    x1, x2 = to_float(x1), to_float(x2)
    return ops.logaddexp(x1 * math.log(2.0), x2 * math.log(2.0)) / math.log(2.0)


def heaviside(x1, x2, /):
    """Serve numpy.heaviside; its derivative by the first operand is 0."""
    x = to_float(x1)
    step = ops.select(x < 0.0, 0.0, ops.select(x > 0.0, 1.0, x * np.nan))
    return ops.select(x == 0.0, x2, step)


def signbit(x, /):
    """Serve numpy.signbit; the sign of a NaN is taken for positive."""
    x = to_float(x)
    is_zero = x == 0.0
    return ops.logical_or(x < 0.0, ops.logical_and(is_zero, 1.0 / ops.select(is_zero, x, 1.0) < 0))


def copysign(x1, x2, /):
    """Serve numpy.copysign."""
    x1 = to_float(x1)
    signed = ops.select(ops.equal(signbit(x1), signbit(x2)), x1, -x1)
    # The derivative by x2 is 0; subtracted, for -0.0 + 0.0 would be 0.0.
    return signed - ops.masked_multiply(0.0, x2)


def logical_xor(x1, x2, /):
    """Serve numpy.logical_xor."""
    return ops.not_equal(ops.not_equal(x1, 0), ops.not_equal(x2, 0))


def modf(x, /):
    """Serve numpy.modf."""
    x = to_float(x)
    whole = ops.trunc(x)
    rest = ops.select(ops.isinf(x), 0.0, x - ops.select(ops.isinf(x), 0.0, whole))
    return copysign(rest, x), whole


def divmod_(x1, x2, /):
    """Serve numpy.divmod."""
    return ops.floor_divide(x1, x2), ops.remainder(x1, x2)


def ldexp(x1, x2, /):
    """Serve numpy.ldexp."""
    return to_float(x1) * ops.exp2(to_float(x2))


# ----- functions that are no ufuncs -----


def round_(a, decimals=0):
    """Serve numpy.round; its derivative is 0."""
    x = to_tensor(a)
    if x.dtype.kind != "f":
        return fn.copy(x) if decimals >= 0 else round_(to_float(x), decimals).astype(x.dtype)
    if decimals == 0:
        return ops.rint(x)
    factor = 10.0 ** abs(decimals)
    return ops.rint(x * factor) / factor if decimals > 0 else ops.rint(x / factor) * factor


def fix(x):
    """Serve numpy.fix."""
    return ops.trunc(to_float(x))


_SERIES = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(12)][::-1]


def sinc(x):
    """Serve numpy.sinc; around 0 as a power series, so that its derivatives are right there."""
    y = to_float(x) * math.pi
    near = ops.absolute(y) < 1.0
    square, series = ops.square(ops.select(near, y, 0.0)), 0.0
    for coefficient in _SERIES:
        series = series * square + coefficient
    away = ops.select(near, 1.0, y)
    return ops.select(near, series, ops.sin(away) / away)


def nan_to_num(x, copy=True, nan=0.0, posinf=None, neginf=None):
    """Serve numpy.nan_to_num; where an element is replaced its derivative is 0."""
    x = to_tensor(x)
    if x.dtype.kind != "f":
        return fn.copy(x)
    limits = np.finfo(x.dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    x = ops.select(ops.isnan(x), nan, x)
    return ops.select(x == np.inf, high, ops.select(x == -np.inf, low, x))


def angle(z, deg=False):
    """Serve numpy.angle of real numbers: 0, or half a turn for negative ones."""
    z = to_float(z)
    half = ops.select(signbit(z), 180.0 if deg else math.pi, 0.0)
    return ops.select(ops.isnan(z), z, half + ops.masked_multiply(0.0, z))


def real(val):
    """Serve numpy.real."""
    return to_tensor(val)


def imag(val):
    """Serve numpy.imag."""
    return ops.masked_multiply(0.0, val)


def real_if_close(a, tol=100):
    """Serve numpy.real_if_close."""
    return to_tensor(a)


def iscomplex(x):
    """Serve numpy.iscomplex."""
    return wrap(np.zeros(to_tensor(x).shape, bool))


def isreal(x):
    """Serve numpy.isreal."""
    return wrap(np.ones(to_tensor(x).shape, bool))


def isposinf(x):
    """Serve numpy.isposinf."""
    return ops.equal(x, np.inf)


def isneginf(x):
    """Serve numpy.isneginf."""
    return ops.equal(x, -np.inf)


# ----- comparisons -----


def isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Serve numpy.isclose."""
    a, b = to_tensor(a), to_tensor(b)
    near = ops.absolute(a - b) <= atol + rtol * ops.absolute(b)
    result = ops.logical_or(ops.logical_and(near, ops.isfinite(b)), ops.equal(a, b))
    if equal_nan:
        result = ops.logical_or(result, ops.logical_and(ops.isnan(a), ops.isnan(b)))
    return result


def allclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    """Serve numpy.allclose: a truth value of Python's, so a recording guards it."""
    return bool(fn.all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1, a2, equal_nan=False):
    """Serve numpy.array_equal: a truth value of Python's, so a recording guards it."""
    try:
        a, b = to_tensor(a1), to_tensor(a2)
    except (TypeError, ValueError):  # no numbers
        return False
    if a.shape != b.shape:
        return False
    same = ops.equal(a, b)
    if equal_nan:
        same = ops.logical_or(same, ops.logical_and(ops.isnan(a), ops.isnan(b)))
    return bool(fn.all(same))


def array_equiv(a1, a2):
    """Serve numpy.array_equiv: a truth value of Python's, so a recording guards it."""
    try:
        return bool(fn.all(ops.equal(a1, a2)))
    except (TypeError, ValueError):  # they do not broadcast, or are no numbers
        return False


UFUNCS = {
    "fmax": fmax,
    "fmin": fmin,
    "fabs": fabs,
    "positive": positive,
    "conjugate": positive,
    "deg2rad": deg2rad,
    "radians": deg2rad,
    "rad2deg": rad2deg,
    "degrees": rad2deg,
    "float_power": float_power,
    "logaddexp2": logaddexp2,
    "heaviside": heaviside,
    "signbit": signbit,
    "copysign": copysign,
    "logical_xor": logical_xor,
    "modf": modf,
    "divmod": divmod_,
    "ldexp": ldexp,
}
VIEWS = {"real": real, "real_if_close": real_if_close}
FUNCTIONS = {
    "around": round_,
    "round": round_,
    "round_": round_,
    "fix": fix,
    "sinc": sinc,
    "nan_to_num": nan_to_num,
    "angle": angle,
    "imag": imag,
    "iscomplex": iscomplex,
    "isreal": isreal,
    "isposinf": isposinf,
    "isneginf": isneginf,
    "isclose": isclose,
    "allclose": allclose,
    "array_equal": array_equal,
    "array_equiv": array_equiv,
}
