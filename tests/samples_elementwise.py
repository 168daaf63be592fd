"""Samples of functions of single elements: NumPy's ufuncs, and activations."""

import math

import numpy as np
from sampling import S

C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1
X = np.linspace(-2.3, 2.6, 12).reshape(3, 4)  # no zero
Y = np.array([1.7, -0.6, 0.9, -2.4])
P = np.linspace(0.3, 4.7, 12).reshape(3, 4)
U = np.linspace(-0.6, 0.65, 12).reshape(3, 4)
ENDS = np.array([0.0, -0.0, 1.0, -1.0, 0.5, 1e300, -5e-324, np.inf, -np.inf, np.nan])
FIRST, SECOND = (np.array(a).ravel() for a in np.meshgrid(ENDS, ENDS))
OF_ONE = (
    "negative positive absolute abs fabs sign square cbrt exp exp2 expm1 sin cos tan arctan atan "
    "sinh cosh tanh arcsinh asinh deg2rad rad2deg degrees radians conjugate conj floor ceil rint "
    "trunc sinc nan_to_num i0 real imag angle"
).split()
OF_POSITIVE = "sqrt log log2 log10 log1p reciprocal".split()
OF_TWO = (
    "add subtract multiply divide true_divide maximum minimum fmax fmin hypot arctan2 atan2 "
    "logaddexp logaddexp2 copysign heaviside"
).split()


def reduced(x, how="mean"):
    return {"none": x, "sum": np.sum(x), "mean": np.mean(x)}[how]


def huber_loss(x, y, reduction="mean", delta=1.0):
    r = np.abs(x - y)
    return reduced(np.where(r <= delta, 0.5 * r**2, delta * (r - 0.5 * delta)), reduction)


def smooth_l1_loss(x, y, reduction="mean", beta=1.0):
    each = huber_loss(x, y, "none", beta) / beta if beta else np.abs(x - y)
    return reduced(each, reduction)


def gelu(x, approximate="none"):
    if approximate == "none":
        return 0.5 * x * np.vectorize(math.erfc)(-x / math.sqrt(2))
    return 0.5 * x * (1 + np.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def elu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(x))


def celu(x, alpha=1.0):
    return np.where(x > 0, x, alpha * np.expm1(x / alpha))


def has(name):
    return hasattr(np, name)  # some are NumPy 2's


SAMPLES = [
    S("numpy.sin", C),
    S("numpy.sin", C[:, ::-1, ::2]),
    S("numpy.multiply", C, np.array(2.5)),
    S("numpy.arctan2", np.array(0.7), np.array(-0.3)),
    S("numpy.exp", np.zeros((0, 3))),
    *(S(f"numpy.{name}", X) for name in OF_ONE if has(name)),
    *(S(f"numpy.{name}", P) for name in OF_POSITIVE),
    *(
        S(f"numpy.{name}", U)
        for name in "arcsin arccos arctanh asin acos atanh".split()
        if has(name)
    ),
    *(S(f"numpy.{name}", P + 1.0) for name in ("arccosh", "acosh") if has(name)),
    *(S(f"numpy.{name}", X, Y) for name in OF_TWO if has(name)),
    *(S(f"numpy.{name}", P, Y) for name in ("power", "pow", "float_power") if has(name)),
    *(S(f"numpy.{name}", 3.1 * X, Y) for name in ("fmod", "remainder", "mod", "divmod")),
    S("numpy.floor_divide", 3.1 * X, Y),
    S("numpy.modf", 3.1 * X),
    S("numpy.frexp", 3.1 * X),
    S("numpy.ldexp", X, np.array([1, -2, 0, 5])),
    S("numpy.clip", X, -1.0, 1.5),
    S("numpy.spacing", X),
    S("numpy.nextafter", X, Y),
    # what the derivative is there, tests/test_kinks.py and tests/test_elementwise.py say
    *(S(f"numpy.{name}", ENDS).to(0) for name in OF_ONE if has(name) and name != "tan"),
    *(S(f"numpy.{name}", FIRST, SECOND).to(0) for name in OF_TWO if has(name)),
    *(
        S(f"numpy.{name}", ENDS).to(0)
        for name in "signbit isnan isinf isfinite isposinf isneginf logical_not frexp modf".split()
    ),
    *(
        S(f"numpy.{name}", FIRST, SECOND).to(0)
        for name in ("logical_xor", "less", "equal", "divmod")
    ),
    # ----- activations -----
    S("fastgrad.leaky_relu", X).like(lambda x: np.where(x > 0, x, 0.01 * x)),
    S("fastgrad.leaky_relu", X, negative_slope=0.3).like(
        lambda x, negative_slope: np.where(x > 0, x, negative_slope * x)
    ),
    S("fastgrad.elu", X).like(elu),
    S("fastgrad.elu", X, 0.7).like(elu),
    S("fastgrad.celu", X, 0.7).like(celu),
    S("fastgrad.selu", X).like(lambda x: 1.0507009873554805 * elu(x, 1.6732632423543772)),
    S("fastgrad.silu", X).like(lambda x: x / (1 + np.exp(-x))),
    S("fastgrad.mish", X).like(lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    S("fastgrad.gelu", X).like(gelu),
    S("fastgrad.gelu", X.astype(np.float32)).like(lambda x: gelu(x).astype(np.float32)),
    S("fastgrad.gelu", X, approximate="tanh").like(gelu),
    S("fastgrad.logsigmoid", X).like(lambda x: -np.log1p(np.exp(-x))),
    S("fastgrad.hardtanh", X).like(lambda x: np.clip(x, -1, 1)),
    S("fastgrad.relu6", 4 * X).like(lambda x: np.clip(x, 0, 6)),
    S("fastgrad.huber_loss", X, P).like(huber_loss),
    S("fastgrad.huber_loss", X, P, "sum", delta=2.0).like(huber_loss),
    S("fastgrad.huber_loss", X, P, reduction="none").like(huber_loss),
    S("fastgrad.smooth_l1_loss", X, P).like(smooth_l1_loss),
    S("fastgrad.smooth_l1_loss", X, P, "sum", beta=0).like(smooth_l1_loss),
    S("fastgrad.smooth_l1_loss", X, P, "none", beta=0.5).like(smooth_l1_loss),
]
