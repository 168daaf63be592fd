"""SciPy's special functions that the rows of the op table can express."""

from __future__ import annotations

import math

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import to_float
from ._numpy_rounding import sinc
from ._numpy_served import NotServed
from ._struct_refuse import without_derivative
from ._structural import stop_gradient


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


def tandg(x, /):
    """Serve scipy.special.tandg."""
    return ops.tan(to_float(x) * (math.pi / 180.0))


def cotdg(x, /):
    """Serve scipy.special.cotdg."""
    return 1.0 / tandg(x)


def kn(n, x, /):
    """Serve scipy.special.kn."""
    return ops.kv(ops.trunc(to_float(n)), x)


def yn(n, x, /):
    """Serve scipy.special.yn."""
    return ops.yv(ops.trunc(to_float(n)), x)


# ----- distributions, as the incomplete gamma and beta functions that they are -----


def chdtr(v, x, /):
    """Serve scipy.special.chdtr."""
    return ops.gammainc(to_float(v) / 2.0, to_float(x) / 2.0)


def chdtrc(v, x, /):
    """Serve scipy.special.chdtrc."""
    return ops.gammaincc(to_float(v) / 2.0, to_float(x) / 2.0)


def chdtri(v, p, /):
    """Serve scipy.special.chdtri."""
    return 2.0 * ops.gammainccinv(to_float(v) / 2.0, p)


def gdtr(a, b, x, /):
    """Serve scipy.special.gdtr."""
    return ops.gammainc(b, to_float(a) * to_float(x))


def gdtrc(a, b, x, /):
    """Serve scipy.special.gdtrc."""
    return ops.gammaincc(b, to_float(a) * to_float(x))


def pdtr(k, m, /):
    """Serve scipy.special.pdtr."""
    return ops.gammaincc(_successes(k), m)


def pdtrc(k, m, /):
    """Serve scipy.special.pdtrc."""
    return ops.gammainc(_successes(k), m)


def _successes(k):
    """Return one more than a number of events, which is not negative."""
    k = to_float(k)
    return ops.select(k < 0.0, np.nan, ops.floor(k) + 1.0)


def fdtr(dfn, dfd, x, /):
    """Serve scipy.special.fdtr."""
    a, b = _freedom(dfn), _freedom(dfd)
    ratio = a * x
    all_of_it = ratio == np.inf
    ratio = ops.select(all_of_it, 1.0, ratio)
    share = ops.select(all_of_it, 1.0, ratio / (b + ratio))
    return ops.betainc(a / 2.0, b / 2.0, share)


def fdtrc(dfn, dfd, x, /):
    """Serve scipy.special.fdtrc."""
    a, b, x = _freedom(dfn), _freedom(dfd), to_float(x)
    return ops.betainc(b / 2.0, a / 2.0, ops.select(x < 0.0, np.nan, b / (b + a * x)))


def _freedom(x):
    """Return degrees of freedom, of which there are some, but not infinitely many."""
    x = to_float(x)
    return ops.select(ops.logical_or(x == 0.0, x == np.inf), np.nan, x)


def bdtr(k, n, p, /):
    """Serve scipy.special.bdtr."""
    k, n = ops.floor(to_float(k)), ops.trunc(to_float(n))
    below = ops.betainc(_inside(n - k, k == n), _successes(k), 1.0 - to_float(p))
    return ops.select(k == n, _certain(p, 1.0), below)


def bdtrc(k, n, p, /):
    """Serve scipy.special.bdtrc."""
    k, n = ops.floor(to_float(k)), ops.trunc(to_float(n))
    none, every = k < 0.0, k == n
    above = ops.betainc(_inside(k + 1.0, none), _inside(n - k, every), p)
    return ops.select(none, _certain(p, 1.0), ops.select(every, _certain(p, 0.0), above))


def _certain(p, value):
    """Return what does not depend on a probability, if it is one."""
    p = to_float(p)
    return ops.select(ops.logical_and(p >= 0.0, p <= 1.0), value, np.nan)


def nbdtr(k, n, p, /):
    """Serve scipy.special.nbdtr."""
    return ops.betainc(_wanted(n), _successes(ops.trunc(to_float(k))), p)


def nbdtrc(k, n, p, /):
    """Serve scipy.special.nbdtrc."""
    return ops.betainc(_successes(ops.trunc(to_float(k))), _wanted(n), 1.0 - to_float(p))


def _wanted(n):
    n = ops.trunc(to_float(n))
    return ops.select(n == 0.0, np.nan, n)


def _inside(x, outside):
    return ops.select(outside, 1.0, x)


# ----- functions that are no ufuncs -----


def polygamma(n, x):
    """Serve scipy.special.polygamma."""
    return ops.polygamma(n, x)


def zeta(x, q=None, out=None):
    """Serve scipy.special.zeta."""
    if out is not None:
        raise NotServed("with out")
    return 1.0 + ops.zetac(x) if q is None else ops.zeta(x, q)


def multigammaln(a, d):
    """Serve scipy.special.multigammaln."""
    if not np.isscalar(d) or np.floor(d) != d:
        raise ValueError("d should be a positive integer (dimension)")
    a = to_float(a)
    if fn.any(a <= 0.5 * (d - 1)):
        raise ValueError(f"condition a > 0.5 * (d-1) ({0.5 * (d - 1):f}) not met")
    parts = [ops.gammaln(a - 0.5 * j) for j in range(int(d))]
    return sum(parts, d * (d - 1) * 0.25 * math.log(math.pi))


def comb(N, k, *, exact=False, repetition=False):
    """Serve scipy.special.comb, of floats."""
    if exact:
        raise NotServed("with exact")
    n, k = to_float(N), to_float(k)
    if repetition:  # nothing is chosen in one way, also out of nothing
        outside = ops.logical_and(k == 0.0, n >= 0.0)
        n = n + k - 1.0
    else:
        outside = ops.logical_not(ops.logical_and(k <= n, k >= 0.0))
    inside = ops.binom(ops.select(outside, 1.0, n), ops.select(outside, 1.0, k))
    return ops.select(outside, 1.0 if repetition else 0.0, inside)


def perm(N, k, exact=False):
    """Serve scipy.special.perm, of floats."""
    if exact:
        raise NotServed("with exact")
    n, k = to_float(N), to_float(k)
    outside = ops.logical_not(ops.logical_and(k <= n, k >= 0.0))
    n, k = ops.select(outside, 1.0, n), ops.select(outside, 1.0, k)
    return ops.select(outside, 0.0, ops.poch(n - k + 1.0, k))


def factorial(n, exact=False, extend="zero"):
    """Serve scipy.special.factorial, of floats."""
    if exact or extend != "zero":
        raise NotServed("with exact or extend")
    n = to_float(n)
    below = n < 0.0
    return ops.select(below, 0.0, ops.gamma(ops.select(below, 0.0, n) + 1.0))


def diric(x, n):
    """Serve scipy.special.diric; at its peaks a parabola, so that its derivatives are right."""
    x = to_float(x)
    whole = without_derivative(to_float(n), "diric has no derivative by its second operand")
    turns = ops.rint(x / (2.0 * math.pi))
    rest = x - (2.0 * math.pi) * turns
    sine = ops.sin(0.5 * x)
    near = ops.absolute(sine) < 1e-7
    odd = ops.remainder(turns * (whole - 1.0), 2.0) == 1.0
    peak = 1.0 - (ops.square(whole) - 1.0) / 24.0 * ops.square(rest)
    far = ops.sin(0.5 * whole * x) / (whole * ops.select(near, 1.0, sine))
    value = ops.select(near, ops.select(odd, -peak, peak), far)
    return ops.select(ops.logical_or(whole <= 0.0, whole != ops.floor(whole)), np.nan, value)


# ----- functions of arrays -----


def logsumexp(a, axis=None, b=None, keepdims=False, return_sign=False):
    """Serve scipy.special.logsumexp."""
    a = to_float(a)
    if b is None and not return_sign:
        return fn.logsumexp(a, axis, keepdims=keepdims)
    b = to_float(1.0 if b is None else b)
    shape = np.broadcast_shapes(a.shape, b.shape)
    a, b = fn.broadcast_to(a, shape), fn.broadcast_to(b, shape)
    if not a.size:
        size = fn.logsumexp(a, axis, keepdims=keepdims)
        return _with_sign(size, fn.zeros_like(size), return_sign)
    used = stop_gradient(ops.select(b == 0.0, -np.inf, a))
    top = fn.max(used, axis, keepdims=True)  # no result depends on it
    top = ops.select(ops.isfinite(top), top, 0.0)
    terms = ops.masked_multiply(b, ops.exp(a - top))
    total = fn.sum(terms, axis, keepdims=keepdims)
    none = total == 0.0
    size = ops.log(ops.absolute(ops.select(none, 1.0, total)))
    size = ops.select(none, -np.inf, size + fn.reshape(top, total.shape))
    return _with_sign(size, ops.sign(total), return_sign)


def _with_sign(size, sign, return_sign):
    if return_sign:
        return size, sign
    return ops.select(sign < 0.0, np.nan, size)


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
    "tandg": tandg,
    "cotdg": cotdg,
    "kn": kn,
    "yn": yn,
    "chdtr": chdtr,
    "chdtrc": chdtrc,
    "chdtri": chdtri,
    "gdtr": gdtr,
    "gdtrc": gdtrc,
    "pdtr": pdtr,
    "pdtrc": pdtrc,
    "fdtr": fdtr,
    "fdtrc": fdtrc,
    "bdtr": bdtr,
    "bdtrc": bdtrc,
    "nbdtr": nbdtr,
    "nbdtrc": nbdtrc,
}
FUNCTIONS = {
    "polygamma": polygamma,
    "zeta": zeta,
    "multigammaln": multigammaln,
    "comb": comb,
    "perm": perm,
    "factorial": factorial,
    "diric": diric,
    "sinc": sinc,
    "logsumexp": logsumexp,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "softplus": softplus,
}
