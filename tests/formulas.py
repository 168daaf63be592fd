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


def value_of(row):
    """Return the value of a row as a function of mpmath's numbers."""
    code = compile(row["value"], f"<value of {row['name']}>", "eval")
    names = {**C_FUNCTIONS, **RULES}

    def value(*operands):
        found = eval(code, names, dict(zip(VARIABLES, map(mpf, operands))))
        return mpf(int(found)) if isinstance(found, bool) else found

    return value


def derivative(row, orders, point):
    """Return a partial derivative of a row's value, of the order given for each operand.

    It is a difference of values whose digits outnumber those lost in it, so it owes nothing to
    the local gradients of the table.
    """
    with mpmath.workdps(DIGITS):
        return mpmath.diff(value_of(row), tuple(map(mpf, point)), orders)


def relative_error(got, wanted, scale=None):
    """Return |got - wanted| as a fraction of the scale, by default |wanted|; 0 if both are 0."""
    with mpmath.workdps(DIGITS):
        error = abs(mpf(float(got)) - wanted)
        return float(error / abs(wanted if scale is None else scale)) if error else 0.0


def function(row):
    """Return the function of a row; fastgrad.clip is one of arrays, and takes more than numbers."""
    return getattr(fg._ops, row["name"])


__all__ = ["CODES", "ROWS", "derivative", "function", "relative_error", "value_of"]
