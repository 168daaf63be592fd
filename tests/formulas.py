"""The formulas of the op table, evaluated by mpmath to as many digits as one likes.

A formula is C and Python at once, so what it needs is a namespace: the C functions that a row's
value may call, and the functions that `csrc/fg_rules.h` adds to them, in exact arithmetic.
"""

import mpmath
from mpmath import mpf

import fastgrad as fg
from fastgrad._ops import CODES, ROWS

DIGITS = 50
VARIABLES = "xyz"


def truncated(x):
    return mpmath.ceil(x) if x < 0 else mpmath.floor(x)


def fmod(x, y):
    return x - y * truncated(x / y)


def select(c, a, b):
    return a if c != 0 else b


C_FUNCTIONS = {
    "fabs": abs,
    "sqrt": mpmath.sqrt,
    "cbrt": lambda x: mpmath.sign(x) * mpmath.cbrt(abs(x)),
    "pow": mpmath.power,
    "exp": mpmath.exp,
    "exp2": lambda x: mpmath.power(2, x),
    "expm1": mpmath.expm1,
    "log": mpmath.log,
    "log2": lambda x: mpmath.log(x) / mpmath.log(2),
    "log10": lambda x: mpmath.log(x) / mpmath.log(10),
    "log1p": mpmath.log1p,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
    "tan": mpmath.tan,
    "asin": mpmath.asin,
    "acos": mpmath.acos,
    "atan": mpmath.atan,
    "atan2": mpmath.atan2,
    "hypot": mpmath.hypot,
    "sinh": mpmath.sinh,
    "cosh": mpmath.cosh,
    "tanh": mpmath.tanh,
    "asinh": mpmath.asinh,
    "acosh": mpmath.acosh,
    "atanh": mpmath.atanh,
    "erf": mpmath.erf,
    "erfc": mpmath.erfc,
    "tgamma": mpmath.gamma,
    "lgamma": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "fmod": fmod,
    "floor": mpmath.floor,
    "ceil": mpmath.ceil,
    "rint": mpmath.nint,
    "trunc": truncated,
    "isfinite": mpmath.isfinite,
    "isinf": mpmath.isinf,
    "isnan": mpmath.isnan,
}
RULES = {  # the names of csrc/fg_rules.h
    "select": select,
    "sign": mpmath.sign,
    "maximum": lambda x, y: select(x >= y, x, y),
    "minimum": lambda x, y: select(x <= y, x, y),
    "remainder": lambda x, y: x - y * mpmath.floor(x / y),
    "floor_divide": lambda x, y: mpmath.floor(x / y),
    "masked_multiply": lambda x, y: x * y,
    "logaddexp": lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
    "xlogy": lambda x, y: x * mpmath.log(y) if x else mpf(0),
    "xlog1py": lambda x, y: x * mpmath.log1p(y) if x else mpf(0),
    "softplus": lambda x: mpmath.log1p(mpmath.exp(x)),
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "logical_and": lambda x, y: x != 0 and y != 0,
    "logical_or": lambda x, y: x != 0 or y != 0,
    "logical_not": lambda x: x == 0,
}


def inverse(f, rising, low, high):
    """Return the point between low and high where a monotonic function takes a value."""

    def solve(*operands):
        *fixed, value = operands
        g = lambda x: (f(*fixed, x) - value) * (1 if rising else -1)
        a, b = mpf(low), mpf(high)
        for _ in range(60):
            middle = (a + b) / 2
            a, b = (a, middle) if g(middle) > 0 else (middle, b)
        return mpmath.findroot(g, (a, b), tol=mpf(10) ** (-2 * mpmath.mp.dps + 10), maxsteps=100)

    return solve


def gammainc(a, x):
    return mpmath.gammainc(a, 0, x, regularized=True)


def gammaincc(a, x):
    return mpmath.gammainc(a, x, mpmath.inf, regularized=True)


def betainc(a, b, x):
    return mpmath.betainc(a, b, 0, x, regularized=True)


def stdtr(df, t):
    tail = betainc(df / 2, mpf(1) / 2, df / (df + t * t)) / 2
    return tail if t < 0 else 1 - tail


def erfcx(x):
    return mpmath.exp(x * x) * mpmath.erfc(x)


def dawsn(x):
    return mpmath.sqrt(mpmath.pi) / 2 * mpmath.exp(-x * x) * mpmath.erfi(x)


def owens_t(h, a):
    part = lambda t: mpmath.exp(-h * h * (1 + t * t) / 2) / (1 + t * t)
    return mpmath.quad(part, [0, a]) / (2 * mpmath.pi)


def ndtri(p):
    return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)


LENT = {  # the names of csrc/fg_lent.def, and functions beside them
    "gamma": mpmath.gamma,
    "gammaln": lambda x: mpmath.log(abs(mpmath.gamma(x))),
    "loggamma": mpmath.loggamma,
    "rgamma": mpmath.rgamma,
    "psi": mpmath.digamma,
    "polygamma": lambda n, x: mpmath.polygamma(int(n), x),
    "zeta": mpmath.zeta,
    "zetac": lambda x: mpmath.zeta(x) - 1,
    "beta": mpmath.beta,
    "betaln": lambda a, b: mpmath.log(abs(mpmath.beta(a, b))),
    "binom": mpmath.binomial,
    "poch": mpmath.rf,
    "gammainc": gammainc,
    "gammaincc": gammaincc,
    "gammaincinv": inverse(gammainc, True, 1e-9, 60),
    "gammainccinv": inverse(gammaincc, False, 1e-9, 60),
    "betainc": betainc,
    "betaincc": lambda a, b, x: 1 - betainc(a, b, x),
    "betaincinv": inverse(betainc, True, 1e-9, 1 - 1e-9),
    "betainccinv": inverse(lambda a, b, x: 1 - betainc(a, b, x), False, 1e-9, 1 - 1e-9),
    "erfinv": mpmath.erfinv,
    "erfcinv": lambda x: mpmath.erfinv(1 - x),
    "erfcx": erfcx,
    "erfi": mpmath.erfi,
    "dawsn": dawsn,
    "ndtr": mpmath.ncdf,
    "log_ndtr": lambda x: mpmath.log(mpmath.ncdf(x)),
    "ndtri": ndtri,
    "ndtri_exp": inverse(lambda x: mpmath.log(mpmath.ncdf(x)), True, -2000, 60),
    "owens_t": owens_t,
    "stdtr": stdtr,
    "stdtrit": inverse(stdtr, True, -60, 60),
    **{f"i{n}": lambda x, n=n: mpmath.besseli(n, x) for n in (0, 1)},
    **{f"i{n}e": lambda x, n=n: mpmath.exp(-abs(x)) * mpmath.besseli(n, x) for n in (0, 1)},
    **{f"k{n}": lambda x, n=n: mpmath.besselk(n, x) for n in (0, 1)},
    **{f"k{n}e": lambda x, n=n: mpmath.exp(x) * mpmath.besselk(n, x) for n in (0, 1)},
    **{f"j{n}": lambda x, n=n: mpmath.besselj(n, x) for n in (0, 1)},
    **{f"y{n}": lambda x, n=n: mpmath.bessely(n, x) for n in (0, 1)},
    "iv": mpmath.besseli,
    "ive": lambda n, x: mpmath.exp(-abs(x)) * mpmath.besseli(n, x),
    "kv": mpmath.besselk,
    "kve": lambda n, x: mpmath.exp(x) * mpmath.besselk(n, x),
    **dict.fromkeys(("jv", "jve"), mpmath.besselj),
    **dict.fromkeys(("yv", "yve"), mpmath.bessely),
    "expi": mpmath.ei,
    "exp1": mpmath.e1,
    "expn": mpmath.expint,
    "spence": lambda x: mpmath.re(mpmath.polylog(2, 1 - x)),
    "cosm1": lambda x: mpmath.cos(x) - 1,
    "powm1": lambda x, y: mpmath.power(x, y) - 1,
    "ellipk": mpmath.ellipk,
    "ellipkm1": lambda x: mpmath.ellipk(1 - x),
    "ellipe": mpmath.ellipe,
    "wrightomega": lambda x: mpmath.lambertw(mpmath.exp(x)),
}


def differentiable(row):
    """Return the operands by which a row has a derivative."""
    return [k for k, text in enumerate(row["partials"]) if text != "NAN"]


SMOOTH = [row for row in ROWS if not row["is_test"] and "NAN" not in row["partials"]]


def value_of(row):
    """Return the value of a row as a function of mpmath's numbers."""
    code = compile(row["value"], f"<value of {row['name']}>", "eval")
    names = {**C_FUNCTIONS, **RULES, **LENT}

    def value(*operands):
        found = eval(code, names, dict(zip(VARIABLES, map(mpf, operands))))
        return mpf(int(found)) if isinstance(found, bool) else found

    return value


def derivative(row, orders, point):
    """Return a partial derivative of a row's value, of the order given for each operand.

    It is a difference of values whose digits outnumber those lost in it, so it owes nothing to
    the local gradients of the table.
    """
    lent = row["value"].partition("(")[0] in LENT  # these take mpmath their time
    with mpmath.workdps(25 if lent else DIGITS):
        return mpmath.diff(value_of(row), tuple(map(mpf, point)), orders)


def relative_error(got, wanted, scale=None):
    """Return |got - wanted| as a fraction of the scale, by default |wanted|; 0 if both are 0."""
    with mpmath.workdps(DIGITS):
        error = abs(mpf(float(got)) - wanted)
        return float(error / abs(wanted if scale is None else scale)) if error else 0.0


def function(row):
    """Return the function of a row; fastgrad.clip is one of arrays, and takes more than numbers."""
    return getattr(fg._ops, row["name"])


__all__ = [
    "CODES", "LENT", "ROWS", "SMOOTH", "derivative", "differentiable", "function", "relative_error",
    "value_of",
]  # fmt: skip
