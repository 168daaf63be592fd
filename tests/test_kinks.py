"""Where a formula has no derivative, or holds 0 * inf: each case has one documented answer."""

import math
from math import inf, nan

import mpmath
import numpy as np
import pytest
from formulas import DIGITS, ROWS, derivative, differentiable, function, value_of

import fastgrad as fg
from fastgrad import _ops

TINY, HUGE = 5e-324, 1e300
LN2 = math.log(2)

# The row, its operands, its value, its local gradients.
CASES = [
    ("relu", [0.0], 0.0, [0.0]),
    ("relu", [-0.0], 0.0, [0.0]),
    ("relu", [TINY], TINY, [1.0]),
    ("relu", [-inf], 0.0, [0.0]),
    ("relu", [nan], nan, [1.0]),
    ("absolute", [0.0], 0.0, [0.0]),
    ("absolute", [-0.0], 0.0, [0.0]),
    ("absolute", [-TINY], TINY, [-1.0]),
    ("absolute", [-inf], inf, [-1.0]),
    ("sign", [0.0], 0.0, [0.0]),
    ("floor", [2.0], 2.0, [0.0]),
    ("rint", [2.5], 2.0, [0.0]),
    ("maximum", [2.0, 2.0], 2.0, [0.5, 0.5]),
    ("maximum", [0.0, -0.0], 0.0, [0.5, 0.5]),
    ("maximum", [inf, inf], inf, [0.5, 0.5]),
    ("maximum", [2.0, 3.0], 3.0, [0.0, 1.0]),
    ("minimum", [2.0, 2.0], 2.0, [0.5, 0.5]),
    ("minimum", [-inf, -inf], -inf, [0.5, 0.5]),
    ("minimum", [2.0, 3.0], 2.0, [1.0, 0.0]),
    ("clip", [-1.0, -1.0, 1.0], -1.0, [1.0, 0.0, 0.0]),
    ("clip", [1.0, -1.0, 1.0], 1.0, [1.0, 0.0, 0.0]),
    ("clip", [-2.0, -1.0, 1.0], -1.0, [0.0, 1.0, 0.0]),
    ("clip", [2.0, -1.0, 1.0], 1.0, [0.0, 0.0, 1.0]),
    ("clip", [2.0, 2.0, 2.0], 2.0, [1.0, 0.0, 0.0]),
    ("clip", [0.0, 1.0, -1.0], -1.0, [0.0, 0.0, 1.0]),  # an empty interval: its upper end
    ("clip", [inf, -inf, inf], inf, [1.0, 0.0, 0.0]),
    ("sqrt", [0.0], 0.0, [inf]),
    ("sqrt", [inf], inf, [0.0]),
    ("sqrt", [-1.0], nan, [nan]),
    ("cbrt", [0.0], 0.0, [inf]),
    ("cbrt", [-8.0], -2.0, [1 / 12]),
    ("log", [0.0], -inf, [inf]),
    ("log1p", [-1.0], -inf, [inf]),
    ("reciprocal", [0.0], inf, [-inf]),
    ("divide", [1.0, 0.0], inf, [inf, -inf]),
    ("arcsin", [1.0], math.pi / 2, [inf]),
    ("arccos", [-1.0], math.pi, [-inf]),
    ("arccosh", [1.0], 0.0, [inf]),
    ("arctanh", [1.0], inf, [inf]),
    ("power", [0.0, 0.0], 1.0, [0.0, 0.0]),
    ("power", [0.0, 1.0], 0.0, [1.0, 0.0]),
    ("power", [0.0, 2.0], 0.0, [0.0, 0.0]),
    ("power", [0.0, 0.5], 0.0, [inf, 0.0]),
    ("power", [0.0, -1.0], inf, [-inf, -inf]),
    ("power", [TINY, 0.0], 1.0, [0.0, math.log(TINY)]),
    ("power", [-2.0, 3.0], -8.0, [12.0, nan]),
    ("power", [-2.0, 2.0], 4.0, [-4.0, nan]),
    ("power", [-2.0, -1.0], -0.5, [-0.25, nan]),
    ("power", [-2.0, 0.0], 1.0, [0.0, nan]),
    ("power", [-2.0, 0.5], nan, [nan, nan]),
    ("power", [1.0, inf], 1.0, [inf, 0.0]),
    ("power", [3.0, 0.0], 1.0, [0.0, math.log(3)]),
    ("powm1", [0.0, 0.0], 0.0, [0.0, 0.0]),
    ("powm1", [0.0, 1.0], -1.0, [1.0, 0.0]),
    ("powm1", [0.0, 0.5], -1.0, [inf, 0.0]),
    ("powm1", [0.0, -1.0], inf, [-inf, -inf]),
    ("powm1", [TINY, 0.0], 0.0, [0.0, math.log(TINY)]),
    ("powm1", [-2.0, 3.0], -9.0, [12.0, nan]),
    ("powm1", [-2.0, 0.0], 0.0, [0.0, nan]),
    ("powm1", [3.0, 0.0], 0.0, [0.0, math.log(3)]),
    ("hypot", [0.0, 0.0], 0.0, [0.0, 0.0]),
    ("hypot", [-0.0, 0.0], 0.0, [0.0, 0.0]),
    ("hypot", [0.0, -5.0], 5.0, [0.0, -1.0]),
    ("hypot", [3 * HUGE, 4 * HUGE], 5 * HUGE, [0.6, 0.8]),
    ("arctan2", [0.0, 0.0], 0.0, [0.0, 0.0]),
    ("arctan2", [0.0, -0.0], math.pi, [0.0, 0.0]),
    ("arctan2", [0.0, -2.0], math.pi, [-0.5, 0.0]),
    ("arctan2", [3 * HUGE, 4 * HUGE], math.atan(0.75), [0.16 / HUGE, -0.12 / HUGE]),
    ("select", [1.0, 2.0, nan], 2.0, [0.0, 1.0, 0.0]),
    ("select", [0.0, inf, 3.0], 3.0, [0.0, 0.0, 1.0]),
    ("select", [-0.0, nan, 3.0], 3.0, [0.0, 0.0, 1.0]),
    ("select", [nan, 2.0, 3.0], 2.0, [0.0, 1.0, 0.0]),
    ("xlogy", [0.0, 2.0], 0.0, [LN2, 0.0]),
    ("xlogy", [0.0, 0.0], 0.0, [0.0, 0.0]),
    ("xlog1py", [0.0, 1.0], 0.0, [LN2, 0.0]),
    ("xlog1py", [0.0, -1.0], 0.0, [0.0, 0.0]),
    ("xlog1py", [2.0, -1.0], -inf, [-inf, inf]),
    ("xlogy", [0.0, -1.0], 0.0, [0.0, 0.0]),
    ("xlogy", [2.0, 0.0], -inf, [-inf, inf]),
    ("logaddexp", [inf, inf], inf, [0.5, 0.5]),
    ("logaddexp", [-inf, -inf], -inf, [0.5, 0.5]),
    ("logaddexp", [inf, -inf], inf, [1.0, 0.0]),
    ("logaddexp", [-inf, 3.0], 3.0, [0.0, 1.0]),
    ("logaddexp", [7.0, 7.0], 7.0 + LN2, [0.5, 0.5]),
    ("masked_multiply", [0.0, inf], 0.0, [inf, 0.0]),
    ("masked_multiply", [0.0, nan], 0.0, [nan, 0.0]),
    ("masked_multiply", [0.0, 3.0], 0.0, [3.0, 0.0]),
    ("masked_multiply", [inf, 0.0], nan, [0.0, inf]),
    ("sigmoid", [-inf], 0.0, [0.0]),
    ("sigmoid", [800.0], 1.0, [0.0]),
    ("softplus", [-inf], 0.0, [0.0]),
    ("softplus", [inf], inf, [1.0]),
    ("softplus", [0.0], LN2, [0.5]),
    ("tanh", [inf], 1.0, [0.0]),
    ("erf", [-inf], -1.0, [0.0]),
    ("remainder", [-inf, 2.0], nan, [1.0, nan]),
    ("remainder", [-1.0, inf], inf, [1.0, 1.0]),
    ("gammaln", [0.0], inf, [-inf]),
    ("digamma", [0.0], -inf, [inf]),
    ("rgamma", [0.0], 0.0, [1.0]),
    ("rgamma", [-1.0], 0.0, [-1.0]),
    ("rgamma", [-4.0], 0.0, [24.0]),
    ("rgamma", [-150.0], 0.0, [float(math.factorial(150))]),
    ("rgamma", [1.0], 1.0, [float(mpmath.euler)]),
    ("i0e", [0.0], 1.0, [0.0]),
    ("i1", [0.0], 0.0, [0.5]),
    ("i1e", [0.0], 0.0, [0.5]),
    ("j1", [0.0], 0.0, [0.5]),
    ("k0", [0.0], inf, [-inf]),
    ("k1", [0.0], inf, [-inf]),
    ("erfcx", [inf], 0.0, [0.0]),
    ("erfcx", [1e9], 1e-9 / math.sqrt(math.pi), [-1e-18 / math.sqrt(math.pi)]),
    ("dawsn", [-inf], 0.0, [0.0]),
    ("erfinv", [1.0], inf, [inf]),
    ("erfcinv", [0.0], inf, [-inf]),
    ("ndtr", [-inf], 0.0, [0.0]),
    ("ndtri", [0.0], -inf, [inf]),
    ("log_ndtr", [-inf], -inf, [inf]),
    ("log_ndtr", [inf], 0.0, [0.0]),
    ("expi", [0.0], -inf, [inf]),
    ("exp1", [0.0], inf, [-inf]),
    ("spence", [1.0], 0.0, [-1.0]),
    ("spence", [0.0], math.pi**2 / 6, [-inf]),
    ("ellipk", [0.0], math.pi / 2, [math.pi / 8]),
    ("ellipkm1", [1.0], math.pi / 2, [-math.pi / 8]),
    ("ellipe", [0.0], math.pi / 2, [-math.pi / 8]),
    ("wrightomega", [-inf], 0.0, [0.0]),
]
ids = [f"{name}({', '.join(map(str, point))})" for name, point, _, _ in CASES]


def leaves(point):
    return [fg.tensor(x, requires_grad=True) for x in point]


def numbers(tensors):
    return [t.item() for t in tensors]


def close(got, wanted):
    np.testing.assert_allclose(got, wanted, rtol=4 * 2.0**-52, atol=0)


@pytest.mark.parametrize(("name", "point", "value", "slopes"), CASES, ids=ids)
def test_the_answer_at_a_kink_or_pole_is_the_documented_one(name, point, value, slopes):
    f = getattr(_ops, name)
    for xs in (leaves(point), leaves(np.full(3, x) for x in point)):
        y = f(*xs)
        seed = fg.as_tensor(np.ones(y.shape))
        close(y.detach().numpy(), np.full(y.shape, value))
        for options in ({"retain_graph": True}, {"create_graph": True}):
            for g, wanted in zip(fg.autograd.grad(y, xs, seed, **options), slopes):
                close(g.detach().numpy(), np.full(y.shape, wanted))


@pytest.mark.parametrize(("name", "point", "value", "slopes"), CASES, ids=ids)
def test_a_zero_adjoint_adds_nothing_even_at_a_pole(name, point, value, slopes):
    xs = leaves(point)
    y = getattr(_ops, name)(*xs)
    zero = fg.tensor(0.0)
    assert numbers(fg.autograd.grad(y, xs, zero, retain_graph=True)) == [0.0] * len(xs)
    assert numbers(fg.autograd.grad(y, xs, zero, create_graph=True)) == [0.0] * len(xs)


# ----- a branch not taken -----

BRANCHES = {  # each is infinite, NaN or without a derivative at the point where it is not taken
    "sqrt": (lambda x: fg.where(x > 0, fg.sqrt(x), 0.0), [0.0, -1.0]),
    "log": (lambda x: fg.where(x > 0, fg.log(x), 0.0), [0.0, -1.0]),
    "1/x": (lambda x: fg.where(x == 0, 0.0, 1 / x), [0.0]),
    "the first": (lambda x: fg.where(x < 1, 0.0, fg.arccosh(x)), [0.5, -inf]),
    "overflow": (lambda x: fg.where(x > 700, 0.0, fg.exp(x) * fg.exp(x)), [701.0, inf]),
    "nested": (lambda x: fg.where(x > 0, fg.where(x > 1, fg.log(x - 1), 0.0), 0.0), [1.0, -3.0]),
    "a product": (lambda x: fg.where(x > 0, x * fg.log(x) / fg.sqrt(x), 0.0), [0.0, -2.0]),
    "a power": (lambda x: fg.where(x > 0, x**-2.5, 0.0), [0.0, -2.0]),
    "nan inside": (lambda x: fg.where(x > 0, x * (nan * x), 0.0), [-2.0]),
    "inf inside": (lambda x: fg.where(x > 0, fg.tanh(x * inf), 0.0), [0.0, -2.0]),
}


@pytest.mark.parametrize("order", [1, 2, 3])
@pytest.mark.parametrize(("f", "points"), BRANCHES.values(), ids=BRANCHES)
def test_no_infinity_of_a_branch_not_taken_reaches_the_gradient(f, points, order):
    for start in (*points, np.array(points)):
        x = fg.tensor(start, requires_grad=True)
        y = f(x)
        for _ in range(order):
            seed = fg.as_tensor(np.ones(x.shape))
            if not y.requires_grad:  # the derivative of a constant
                break
            (y,) = fg.autograd.grad(y, x, seed, create_graph=True, materialize_grads=True)
        np.testing.assert_array_equal(y.detach().numpy(), np.zeros(x.shape))


def test_the_branch_taken_keeps_its_derivatives():
    x = fg.tensor(4.0, requires_grad=True)
    y = fg.where(x > 0, fg.sqrt(x), x / 0.0)
    derivatives = []
    for _ in range(3):
        (y,) = fg.autograd.grad(y, x, create_graph=True)
        derivatives.append(y.item())
    assert derivatives == [0.25, -0.03125, 0.01171875]


@pytest.mark.parametrize("name", ["hypot", "arctan2"])
def test_second_derivatives_at_the_origin_are_zero_and_not_nan(name):
    xs = leaves([0.0, 0.0])
    first = fg.autograd.grad(getattr(fg, name)(*xs), xs, create_graph=True)
    for g in first:
        second = fg.autograd.grad(g, xs, retain_graph=True, materialize_grads=True)
        assert numbers(second) == [0.0, 0.0]


# ----- a zero that is no kink -----


@pytest.mark.parametrize("exponent", [0, 1, 2, 3, 4])
@pytest.mark.parametrize("base", [0.0, -2.0, 1.5])
def test_every_derivative_of_an_integer_power_is_exact_also_at_and_below_zero(base, exponent):
    x = fg.tensor(base, requires_grad=True)
    y = x**exponent
    for order in range(1, 6):
        factor = math.perm(exponent, order)
        (y,) = fg.autograd.grad(y, x, create_graph=True, materialize_grads=True)
        assert y.item() == (factor * base ** (exponent - order) if factor else 0.0)
        if not y.requires_grad:
            break


def smooth(row, point, orders):
    """Return whether a derivative from the left and from the right of a point are one number."""
    value = value_of(row)
    with mpmath.workdps(DIGITS):
        a, b = (mpmath.diff(value, point, orders, direction=side) for side in (1, -1))
        return mpmath.isfinite(a) and abs(a - b) <= 1e-9 * (1 + abs(a))


@pytest.mark.parametrize("row", [r for r in ROWS if not r["is_test"]], ids=lambda row: row["name"])
def test_a_local_gradient_that_happens_to_be_zero_still_has_derivatives(row):
    rng = np.random.default_rng(5)
    units = np.eye(row["arity"], dtype=int)
    for zero, (low, high) in enumerate(row["domains"]):
        if not low < 0 < high:
            continue
        point = [float(rng.uniform(*domain)) for domain in row["domains"]]
        by = differentiable(row)
        if zero not in by:
            continue
        point[zero] = 0.0
        operands = [fg.tensor(x, requires_grad=k in by) for k, x in enumerate(point)]
        xs = [operands[k] for k in by]
        y = function(row)(*operands)
        first = fg.autograd.grad(y, xs, create_graph=True)
        for i, g in zip(by, first):
            options = {"retain_graph": True, "materialize_grads": True}
            found = numbers(fg.autograd.grad(g, xs, **options)) if g.requires_grad else [0.0] * 3
            second = dict(zip(by, found))
            for j in by:
                orders = tuple((units[i] + units[j]).tolist())
                if smooth(row, point, units[i].tolist()) and smooth(row, point, orders):
                    wanted = float(derivative(row, orders, point))
                    assert second[j] == pytest.approx(wanted, rel=1e-12, abs=1e-15), (i, j, point)


# The row, parameters without a derivative, the point, its value, its slope.
ENDS = [
    ("gammainc", [1.0], 0.0, 0.0, 1.0),
    ("gammainc", [2.0], 0.0, 0.0, 0.0),
    ("gammainc", [0.5], 0.0, 0.0, inf),
    ("gammainc", [2.0], inf, 1.0, 0.0),
    ("gammaincc", [1.0], 0.0, 1.0, -1.0),
    ("gammaincc", [2.0], inf, 0.0, 0.0),
    ("gammaincinv", [2.0], 1.0, inf, inf),
    ("gammainccinv", [2.0], 0.0, inf, -inf),
    ("betainc", [1.0, 3.0], 0.0, 0.0, 3.0),
    ("betainc", [2.0, 1.0], 1.0, 1.0, 2.0),
    ("betainc", [2.0, 2.0], 0.0, 0.0, 0.0),
    ("jv", [0.0], 0.0, 1.0, 0.0),
    ("jv", [1.0], 0.0, 0.0, 0.5),
    ("iv", [2.0], 0.0, 0.0, 0.0),
    ("kv", [1.0], 0.0, inf, -inf),
    ("expn", [3.0], 0.0, 0.5, -1.0),
    ("stdtr", [2.0], inf, 1.0, 0.0),
    ("zeta", [2.0], 0.0, inf, -inf),
    ("polygamma", [1.0], 0.0, inf, -inf),
]


@pytest.mark.parametrize(("name", "parameters", "end", "value", "slope"), ENDS)
def test_the_answer_at_an_end_is_the_limit(name, parameters, end, value, slope):
    x = fg.tensor(end, requires_grad=True)
    y = getattr(fg, name)(*parameters, x)
    close(y.item(), value)
    close(fg.autograd.grad(y, x, create_graph=True)[0].item(), slope)
    y.backward()
    close(x.grad.item(), slope)


def test_a_zero_adjoint_on_the_way_has_derivatives_of_its_own():
    # at a minimum of (sin(x) - c)**2 the adjoint of sin(x) is 0, its derivative is not
    x = fg.tensor(0.7, requires_grad=True)
    y = (fg.sin(x) - math.sin(0.7)) ** 2
    found = []
    for _ in range(4):
        (y,) = fg.autograd.grad(y, x, create_graph=True)
        found.append(y.item())
    s, c = math.sin(0.7), math.cos(0.7)
    assert found == pytest.approx([0, 2 * c * c, -6 * s * c, 6 * s * s - 8 * c * c], rel=1e-14)
