"""The whole engine again, in plain Python: the oracle of the tests, the baseline of the benchmarks.

Every formula is written by hand with `math`; nothing here knows of `csrc/fg_ops.def`. Scalars are
IEEE doubles: a pole gives an infinity, a value outside the domain NaN, and nothing raises.
"""
import math
import operator
from functools import partial
from math import copysign, inf, nan
from types import SimpleNamespace

POLES = {"log": {0: -inf}, "log2": {0: -inf}, "log10": {0: -inf}, "log1p": {-1: -inf},
         "atanh": {-1: -inf, 1: inf}}


def ieee(name):
    """Return the function of `math` with IEEE's results where Python's raises."""
    f, poles = getattr(math, name), POLES.get(name, {})
    def g(*args):
        try:
            return f(*args)
        except OverflowError:
            odd = name == "sinh" or (name == "pow" and args[1] % 2 == 1)
            return -inf if odd and args[0] < 0 else inf
        except ValueError:
            return poles.get(args[0], nan)
    return g


m = SimpleNamespace(**{name: ieee(name) for name in (
    "sqrt cbrt exp exp2 expm1 log log2 log10 log1p sin cos tan asin acos atan atan2 sinh cosh tanh "
    "asinh acosh atanh hypot erf erfc fmod pow").split()})


def quotient(x, y):
    return x / y if y else nan if x == 0 or x != x else copysign(inf, x) * copysign(1.0, y)


def raised(x, y):                               # x to the power of y
    return quotient(1.0, math.pow(x, -y)) if x == 0 and y < 0 else m.pow(x, y)


def whole(rounding, x):                         # keeps the sign of a zero
    return copysign(float(rounding(x)), x) if math.isfinite(x) else x


def larger(x, y):                               # NaN wins
    return x if x >= y or x != x else y


def smaller(x, y):
    return x if x <= y or x != x else y


def logistic(x):                                # 1 / (1 + exp(-x)) without overflow
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else m.exp(x) / (1.0 + m.exp(x))


def chosen(yes):                                # the partial of an operand that may be the value
    return 1.0 if yes else None


def flat(f):                                    # the row of an op whose derivative is zero
    return f, lambda *operands_and_value: (None,) * (len(operands_and_value) - 1)


LN2, LN10, ERF = math.log(2.0), math.log(10.0), 2.0 / math.sqrt(math.pi)

UNARY = {"negative": "neg", "absolute": "abs"}
BINARY = {"add": "add", "subtract": "sub", "multiply": "mul", "divide": "truediv", "power": "pow",
          "floor_divide": "floordiv", "remainder": "mod"}
COMPARISONS = {"less": "lt", "less_equal": "le", "greater": "gt", "greater_equal": "ge",
               "equal": "eq", "not_equal": "ne"}

# Name: (value, partials by each operand, given the operands and the value v). A partial None means
# that the operand was not used: it gets nothing, where 0 times an infinite seed would be NaN.
OPS = {
    "add": (lambda x, y: x + y, lambda x, y, v: (1.0, 1.0)),
    "subtract": (lambda x, y: x - y, lambda x, y, v: (1.0, -1.0)),
    "multiply": (lambda x, y: x * y, lambda x, y, v: (y, x)),
    "divide": (quotient, lambda x, y, v: (quotient(1.0, y), -quotient(v, y))),
    "power": (raised, lambda x, y, v: (None if y == 0 else y * raised(x, y - 1.0),
                                       None if x == 0 and y >= 0 else v * m.log(x))),
    "masked_multiply": (lambda x, y: x * y if x else 0.0, lambda x, y, v: (y, x)),
    "fmod": (m.fmod, lambda x, y, v: (1.0, -whole(round, quotient(x - v, y)))),
    "remainder": (lambda x, y: x % y if y else nan,
                  lambda x, y, v: (1.0, -OPS["floor_divide"][0](x, y))),
    "floor_divide": flat(lambda x, y: x // y if y else quotient(x, y)),
    "negative": (lambda x: -x, lambda x, v: (-1.0,)),
    "absolute": (abs, lambda x, v: (OPS["sign"][0](x),)),
    "sign": flat(lambda x: x if x == 0 or x != x else copysign(1.0, x)),
    "square": (lambda x: x * x, lambda x, v: (2.0 * x,)),
    "sqrt": (m.sqrt, lambda x, v: (quotient(0.5, v),)),
    "cbrt": (m.cbrt, lambda x, v: (quotient(1.0, 3.0 * v * v),)),
    "reciprocal": (lambda x: quotient(1.0, x), lambda x, v: (-v * v,)),
    "exp": (m.exp, lambda x, v: (v,)),
    "exp2": (m.exp2, lambda x, v: (LN2 * v,)),
    "expm1": (m.expm1, lambda x, v: (m.exp(x),)),
    "log": (m.log, lambda x, v: (quotient(1.0, x),)),
    "log2": (m.log2, lambda x, v: (quotient(1.0, x * LN2),)),
    "log10": (m.log10, lambda x, v: (quotient(1.0, x * LN10),)),
    "log1p": (m.log1p, lambda x, v: (quotient(1.0, 1.0 + x),)),
    "logaddexp": (lambda x, y: x + LN2 if x == y else larger(x, y) + m.log1p(m.exp(-abs(x - y))),
                  lambda x, y, v: (0.5, 0.5) if x == y else (logistic(x - y), logistic(y - x))),
    "xlogy": (lambda x, y: 0.0 if x == 0 and y == y else x * m.log(y),
              lambda x, y, v: (None if x == 0 and y <= 0 else m.log(y),
                               x and x * quotient(1.0, y))),
    "xlog1py": (lambda x, y: 0.0 if x == 0 and y == y else x * m.log1p(y),
                lambda x, y, v: (None if x == 0 and y <= -1 else m.log1p(y),
                                 x and x * quotient(1.0, 1.0 + y))),
    "sin": (m.sin, lambda x, v: (m.cos(x),)),
    "cos": (m.cos, lambda x, v: (-m.sin(x),)),
    "tan": (m.tan, lambda x, v: (1.0 + v * v,)),
    "arcsin": (m.asin, lambda x, v: (quotient(1.0, m.sqrt(1.0 - x) * m.sqrt(1.0 + x)),)),
    "arccos": (m.acos, lambda x, v: (-quotient(1.0, m.sqrt(1.0 - x) * m.sqrt(1.0 + x)),)),
    "arctan": (m.atan, lambda x, v: (1.0 / (1.0 + x * x),)),
    "arctan2": (m.atan2, lambda x, y, v: (y / (h := m.hypot(x, y)) / h, -x / h / h)
                if x or y else (None, None)),
    "hypot": (m.hypot, lambda x, y, v: (x / v, y / v) if v else (None, None)),
    "sinh": (m.sinh, lambda x, v: (m.cosh(x),)),
    "cosh": (m.cosh, lambda x, v: (m.sinh(x),)),
    "tanh": (m.tanh, lambda x, v: (1.0 / m.cosh(x) / m.cosh(x),)),
    "arcsinh": (m.asinh, lambda x, v: (1.0 / m.hypot(1.0, x),)),
    "arccosh": (m.acosh, lambda x, v: (quotient(1.0, m.sqrt(x - 1.0) * m.sqrt(x + 1.0)),)),
    "arctanh": (m.atanh, lambda x, v: (quotient(1.0, (1.0 - x) * (1.0 + x)),)),
    "maximum": (larger, lambda x, y, v: (0.5, 0.5) if x == y else (
        chosen(not x < y), chosen(not y < x))),
    "minimum": (smaller, lambda x, y, v: (0.5, 0.5) if x == y else (
        chosen(not x > y), chosen(not y > x))),
    "clip": (lambda x, low, high: smaller(larger(x, low), high), lambda x, low, high, v: (
        chosen(low <= x <= high), chosen(x < low <= high), chosen(larger(x, low) > high))),
    "select": (lambda c, x, y: x if c else y, lambda c, x, y, v: (None, chosen(c), chosen(not c))),
    "floor": flat(lambda x: whole(math.floor, x)),
    "ceil": flat(lambda x: whole(math.ceil, x)),
    "rint": flat(lambda x: whole(round, x)),
    "trunc": flat(lambda x: whole(math.trunc, x)),
    "sigmoid": (logistic, lambda x, v: (logistic(x) * logistic(-x),)),
    "softplus": (lambda x: larger(x, 0.0) + m.log1p(m.exp(-abs(x))), lambda x, v: (logistic(x),)),
    "relu": (lambda x: larger(x, 0.0), lambda x, v: (chosen(not x <= 0),)),
    "erf": (m.erf, lambda x, v: (ERF * m.exp(-x * x),)),
    "erfc": (m.erfc, lambda x, v: (-ERF * m.exp(-x * x),)),
    "logical_and": flat(lambda x, y: bool(x and y)),
    "logical_or": flat(lambda x, y: bool(x or y)),
    "logical_not": flat(operator.not_),
    **{name: flat(getattr(math, name)) for name in ("isfinite", "isinf", "isnan")},
    **{name: flat(getattr(operator, dunder)) for name, dunder in COMPARISONS.items()},
}


class Value:
    """A number that remembers the operation and the operands that made it."""

    __slots__ = ("data", "grad", "op", "args")
    __array_ufunc__ = None                      # a NumPy number on the left leaves the work to us
    __hash__ = object.__hash__

    def __init__(self, data, op=None, args=()):
        self.data, self.grad, self.op, self.args = float(data), 0.0, op, args

    def __bool__(self):
        return bool(self.data)

    def backward(self, seed=1.0):
        """Add to the grad of every leaf the seed times its derivative; a zero adds nothing."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:                            # operands come before the values made of them
            value, operands_done = stack.pop()
            if operands_done:
                order.append(value)
            elif id(value) not in seen:
                seen.add(id(value))
                value.grad = 0.0 if value.args else value.grad   # a leaf accumulates
                stack.append((value, True))
                stack.extend([(a, False) for a in value.args])
        self.grad += seed
        for value in reversed(order):
            if value.args and value.grad != 0.0:
                partials = OPS[value.op][1](*[a.data for a in value.args], value.data)
                for a, p in zip(value.args, partials):
                    if p is not None:
                        a.grad += value.grad * p


def apply(op, *args):
    """Return the Value of an op of the table; plain numbers are constants."""
    args = tuple([a if isinstance(a, Value) else Value(a) for a in args])
    return Value(OPS[op][0](*[a.data for a in args]), op, args)


def value_and_grad(f, xs):
    """Return f of a list of numbers, and the list of its derivatives."""
    xs = [Value(x) for x in xs]
    y = apply("multiply", f(xs), 1.0)           # f may return a plain number
    y.backward()
    return y.data, [x.grad for x in xs]


for _op in OPS:                                 # exp(x), maximum(x, y), ...
    globals()[_op] = partial(apply, _op)
for _op, _dunder in {**UNARY, **BINARY, **COMPARISONS}.items():
    setattr(Value, f"__{_dunder}__", lambda *args, op=_op: apply(op, *args))
for _op, _dunder in BINARY.items():
    setattr(Value, f"__r{_dunder}__", lambda x, y, op=_op: apply(op, y, x))
