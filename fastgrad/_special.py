"""SciPy's special functions that the rows of the op table can express."""

from __future__ import annotations

import math

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import to_float
from ._numpy_served import NotServed

_SQRT2 = math.sqrt(2.0)


def ndtr(x, /):
    """Serve scipy.special.ndtr."""
    return 0.5 * ops.erfc(-to_float(x) / _SQRT2)


def entr(x, /):
    """Serve scipy.special.entr."""
    x = to_float(x)
    inside = x >= 0.0
    return ops.select(ops.isnan(x), x, ops.select(inside, -_x_log_x(x, inside), -np.inf))


def _x_log_x(x, inside):
    x = ops.select(inside, x, 1.0)
    return ops.xlogy(x, x)


def rel_entr(x, y, /):
    """Serve scipy.special.rel_entr."""
    x, y = to_float(x), to_float(y)
    inside = ops.logical_and(x > 0.0, y > 0.0)
    a, b = ops.select(inside, x, 1.0), ops.select(inside, y, 1.0)
    zero = ops.logical_and(x == 0.0, y >= 0.0)
    beyond = ops.select(zero, 0.0, ops.select(ops.isnan(x + y), np.nan, np.inf))
    return ops.select(inside, a * ops.log(a / b), beyond)


def kl_div(x, y, /):
    """Serve scipy.special.kl_div."""
    x, y = to_float(x), to_float(y)
    entropy = rel_entr(x, y)
    finite = ops.isfinite(entropy)
    return ops.select(finite, entropy - ops.select(finite, x - y, 0.0), entropy)


def logit(x, /):
    """Serve scipy.special.logit; exact also around a half, where it is 0."""
    x = to_float(x)
    middle = ops.absolute(x - 0.5) < 0.2
    m, e = ops.select(middle, x, 0.5), ops.select(middle, 0.5, x)
    return ops.select(middle, ops.log1p((2.0 * m - 1.0) / (1.0 - m)), ops.log(e) - ops.log1p(-e))


def log_expit(x, /):
    """Serve scipy.special.log_expit."""
    return -ops.softplus(-to_float(x))


def exp10(x, /):
    """Serve scipy.special.exp10."""
    return ops.power(10.0, to_float(x))


_SERIES = [1.0 / math.factorial(k + 1) for k in range(18)][::-1]


def exprel(x, /):
    """Serve scipy.special.exprel; around 0 a power series, so that its derivatives are right."""
    x = to_float(x)
    near = ops.absolute(x) < 1.0
    small, series = ops.select(near, x, 0.0), 0.0
    for coefficient in _SERIES:
        series = series * small + coefficient
    away = ops.select(near, 1.0, x)
    away = ops.select(x == np.inf, 1.0, away)
    return ops.select(near, series, ops.select(x == np.inf, x, ops.expm1(away) / away))


def boxcox(x, lmbda, /):
    """Serve scipy.special.boxcox."""
    return _boxcox(ops.log(x), to_float(lmbda))


def boxcox1p(x, lmbda, /):
    """Serve scipy.special.boxcox1p."""
    return _boxcox(ops.log1p(x), to_float(lmbda))


def _boxcox(log, power):
    end = ops.logical_and(log == -np.inf, power > 0.0)
    inside = ops.select(end, 0.0, log)
    limit = -1.0 / ops.select(end, power, 1.0)
    return ops.select(end, limit, inside * exprel(ops.masked_multiply(power, inside)))


def huber(delta, r, /):
    """Serve scipy.special.huber."""
    delta, r = to_float(delta), to_float(r)
    size = ops.absolute(r)
    loss = ops.select(size <= delta, 0.5 * ops.square(r), delta * (size - 0.5 * delta))
    return ops.select(delta < 0.0, np.inf, loss)


def pseudo_huber(delta, r, /):
    """Serve scipy.special.pseudo_huber."""
    delta, r = to_float(delta), to_float(r)
    none = delta == 0.0
    ratio = r / ops.select(none, 1.0, delta)
    root = ops.square(ratio) / (1.0 + ops.hypot(1.0, ratio))  # hypot(1, ratio) - 1, without loss
    return ops.select(none, 0.0, ops.select(delta < 0.0, np.inf, ops.square(delta) * root))


def sindg(x, /):
    """Serve scipy.special.sindg."""
    return ops.sin(to_float(x) * (math.pi / 180.0))


def cosdg(x, /):
    """Serve scipy.special.cosdg."""
    return ops.cos(to_float(x) * (math.pi / 180.0))


# ----- functions of arrays -----


def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    """Serve scipy.special.logsumexp; with weights that are not negative."""
    if return_sign:
        raise NotServed("with return_sign")
    a = to_float(a)
    if b is not None:
        b = to_float(b)
        a = a + ops.log(ops.select(b == 0.0, 1.0, b))
        a = ops.select(b == 0.0, -np.inf, a)
    return fn.logsumexp(a, axis, keepdims=keepdims)


def softmax(x, axis=None):
    """Serve scipy.special.softmax."""
    return fn.softmax(x, axis)


def log_softmax(x, axis=None):
    """Serve scipy.special.log_softmax."""
    return fn.log_softmax(x, axis)


def softplus(x, /):
    """Serve scipy.special.softplus, which SciPy has since 1.15."""
    return ops.softplus(to_float(x))


UFUNCS = {
    "ndtr": ndtr,
    "entr": entr,
    "rel_entr": rel_entr,
    "kl_div": kl_div,
    "logit": logit,
    "log_expit": log_expit,
    "exp10": exp10,
    "exprel": exprel,
    "boxcox": boxcox,
    "boxcox1p": boxcox1p,
    "huber": huber,
    "pseudo_huber": pseudo_huber,
    "sindg": sindg,
    "cosdg": cosdg,
}
FUNCTIONS = {
    "logsumexp": logsumexp,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "softplus": softplus,
}
