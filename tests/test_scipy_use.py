"""SciPy's solvers run on derivatives of plain NumPy functions and find the known answers."""

import numpy as np
import pytest
import scipy
from scipy import optimize

import fastgrad as fg

SCIPY = tuple(int(part) for part in scipy.__version__.split(".")[:2])

# ----- plain NumPy functions, which know nothing of derivatives -----


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def beale(x):
    powers = np.arange(1, 4)
    return np.sum((np.array([1.5, 2.25, 2.625]) - x[0] * (1.0 - x[1] ** powers)) ** 2)


def himmelblau(x):
    a, b = x
    return (a**2 + b - 11.0) ** 2 + (a + b**2 - 7.0) ** 2


def mccormick(x):
    return np.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - 1.5 * x[0] + 2.5 * x[1] + 1.0


def wood(x):
    a, b, c, d = x
    valleys = 100.0 * (a * a - b) ** 2 + (a - 1) ** 2 + (c - 1) ** 2 + 90.0 * (c * c - d) ** 2
    return valleys + 10.1 * ((b - 1) ** 2 + (d - 1) ** 2) + 19.8 * (b - 1) * (d - 1)


def poisson(x):
    """The log likelihood, with the sign changed, of counts whose means are exp(x)."""
    counts = np.array([3, 1, 7])
    return np.exp(x).sum() - counts @ x


def loop(x):
    """The sum of (x[k] - k)^2 / (1 + k), and a coupling of neighbours, one by one into an array."""
    terms = np.zeros(len(x))
    for k in range(len(x)):
        terms[k] = (x[k] - k) ** 2 / (1.0 + k)
        if k > 0:
            terms[k] += 0.5 * (x[k] - x[k - 1] - 1.0) ** 2
    return terms.sum()


# Function: (where to start, where it is least, how little that is).
PROBLEMS = {
    rosenbrock: ([1.3, 0.7, 0.8, 1.9, 1.2], [1.0] * 5, 0.0),
    beale: ([1.0, 0.2], [3.0, 0.5], 0.0),
    himmelblau: ([3.5, 2.5], [3.0, 2.0], 0.0),
    mccormick: ([-0.2, -1.0], [0.5 - np.pi / 3, -0.5 - np.pi / 3], -np.sqrt(3) / 2 - np.pi / 3),
    wood: ([0.5, 0.4, 1.3, 1.5], [1.0] * 4, 0.0),
    poisson: ([0.0, 0.5, 1.0], np.log([3, 1, 7]), 11.0 - 3 * np.log(3.0) - 7 * np.log(7.0)),
    loop: ([3.0, -1.0, 0.0, 2.0], [0.0, 1.0, 2.0, 3.0], 0.0),
}
ALL = pytest.mark.parametrize("function", PROBLEMS, ids=lambda f: f.__name__)


def check(found, function):
    _, where, least = PROBLEMS[function]
    # status 2: at the minimum a step changes the value by less than its rounding
    assert found.success or found.status == 2, found.message
    np.testing.assert_allclose(found.x, where, atol=1e-4)  # gradients below 1e-5 stop the solvers
    assert found.fun == pytest.approx(least, abs=1e-8)


def start(function):
    return np.array(PROBLEMS[function][0])


# ----- minimize without constraints -----


@pytest.mark.parametrize("method", ["CG", "BFGS", "L-BFGS-B", "TNC", "SLSQP"])
@ALL
def test_minimize_takes_value_and_gradient_of_a_program(function, method):
    program = fg.record(function, start(function))
    options = {"TNC": {"maxfun": 2000, "gtol": 1e-8, "ftol": 1e-16}, "SLSQP": {"ftol": 1e-14}}
    found = optimize.minimize(
        fg.value_and_grad(program),
        start(function),
        jac=True,
        method=method,
        options=options.get(method, {}),
    )
    check(found, function)


@ALL
def test_minimize_takes_the_gradient_of_a_function_that_is_not_recorded(function):
    found = optimize.minimize(function, start(function), jac=fg.grad(function), method="BFGS")
    check(found, function)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov"])
@ALL
def test_minimize_takes_products_with_the_hessian(function, method):
    program = fg.record(function, start(function))
    found = optimize.minimize(
        program,
        start(function),
        jac=program.grad,
        hessp=program.hvp,
        method=method,
        options={"xtol": 1e-12} if method == "Newton-CG" else {},
    )
    check(found, function)


def test_minimize_takes_products_with_the_hessian_of_a_function_that_is_not_recorded():
    found = optimize.minimize(
        beale,
        start(beale),
        jac=fg.grad(beale),
        hessp=lambda x, v: fg.hvp(beale, (x,), (v,)),
        method="trust-ncg",
    )
    check(found, beale)


@ALL
def test_minimize_takes_the_hessian(function):
    program = fg.record(function, start(function))
    found = optimize.minimize(
        program,
        start(function),
        jac=fg.grad(program),
        hess=fg.hessian(program),
        method="trust-exact",
    )
    check(found, function)


@ALL
def test_the_derivatives_agree_with_the_differences_that_scipy_takes(function):
    x = start(function) + 0.05
    gradient, hessian = fg.grad(function)(x), fg.hessian(function)(x)
    differences = optimize.approx_fprime(x, function, 1e-7)
    second = optimize.approx_fprime(x, fg.grad(function), 1e-7)
    # forward differences err by the step times half the next derivative, which is below 1e5
    np.testing.assert_allclose(gradient, differences, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(hessian, second, rtol=1e-4, atol=1e-3)
    np.testing.assert_allclose(hessian, hessian.T, rtol=1e-12, atol=1e-12)


@pytest.mark.skipif(SCIPY < (1, 17), reason="older SciPy makes an array of its argument in C")
def test_the_functions_of_scipy_itself_are_differentiated():
    x = np.array([1.3, 0.7, 0.8, 1.9, 1.2])
    v = np.array([0.5, -1.0, 2.0, 0.1, -0.3])
    program = fg.record(optimize.rosen, x)
    np.testing.assert_allclose(program.grad(x), optimize.rosen_der(x), rtol=1e-13, atol=1e-12)
    np.testing.assert_allclose(program.hessian(x), optimize.rosen_hess(x), rtol=1e-13, atol=1e-12)
    np.testing.assert_allclose(
        program.hvp(x, v), optimize.rosen_hess_prod(x, v), rtol=1e-12, atol=1e-11
    )
    found = optimize.minimize(fg.value_and_grad(program), x, jac=True, method="BFGS")
    np.testing.assert_allclose(found.x, np.ones(5), atol=1e-5)


def test_what_changes_between_fits_is_an_argument():
    """One program fits several data sets, which `args` hands on."""
    t = np.linspace(0.0, 1.0, 30)

    def misfit(p, data):
        return np.mean((p[0] * np.exp(-p[1] * t) - data) ** 2)

    guess = np.array([1.0, 1.0])
    evaluate = fg.value_and_grad(fg.record(misfit, guess, np.zeros_like(t)))
    for right in ([2.0, 3.0], [0.5, 0.2]):
        data = right[0] * np.exp(-right[1] * t)
        found = optimize.minimize(
            evaluate, guess, args=(data,), jac=True, method="BFGS", options={"gtol": 1e-10}
        )
        np.testing.assert_allclose(found.x, right, atol=1e-6)


# ----- bounds and constraints -----


def test_bounds_hold_the_minimum_at_their_edge():
    program = fg.record(rosenbrock, np.zeros(2))
    found = optimize.minimize(
        fg.value_and_grad(program),
        [0.0, 0.0],
        jac=True,
        method="L-BFGS-B",
        bounds=[(None, 0.5), (None, None)],
    )
    assert found.success
    np.testing.assert_allclose(found.x, [0.5, 0.25], atol=1e-5)  # by hand: b = a^2, a at its edge
    assert found.fun == pytest.approx(0.25, abs=1e-9)


# Problem 71 of Hock and Schittkowski, "Test Examples for Nonlinear Programming Codes" (1981).
HS71 = np.array([1.0, 4.74299963, 3.82114998, 1.37940829])
HS71_COST = 17.0140172891563


def cost(x):
    return x[0] * x[3] * np.sum(x[:3]) + x[2]


def product_and_squares(x):
    return np.array([np.prod(x), x @ x])


def test_slsqp_takes_the_jacobians_of_the_constraints():
    x0 = np.array([1.0, 5.0, 5.0, 1.0])
    product = fg.record(lambda x: product_and_squares(x)[0] - 25.0, x0)
    squares = fg.record(lambda x: product_and_squares(x)[1] - 40.0, x0)
    found = optimize.minimize(
        fg.value_and_grad(fg.record(cost, x0)),
        x0,
        jac=True,
        method="SLSQP",
        bounds=[(1.0, 5.0)] * 4,
        constraints=[
            {"type": "ineq", "fun": product, "jac": product.grad},
            {"type": "eq", "fun": squares, "jac": fg.jacobian(squares)},
        ],
        options={"ftol": 1e-9},  # below 1e-11 SciPy itself gives up, also on derivatives by hand
    )
    assert found.success
    np.testing.assert_allclose(found.x, HS71, atol=1e-6)
    assert found.fun == pytest.approx(HS71_COST, abs=1e-8)


def test_trust_constr_takes_the_hessians_of_cost_and_constraints():
    x0 = np.array([1.0, 5.0, 5.0, 1.0])
    program = fg.record(cost, x0)
    both = fg.record(product_and_squares, x0)
    weighted = fg.record(lambda x, v: v @ product_and_squares(x), x0, np.ones(2))
    found = optimize.minimize(
        program,
        x0,
        jac=fg.grad(program),
        hess=fg.hessian(program),
        method="trust-constr",
        bounds=[(1.0, 5.0)] * 4,
        constraints=optimize.NonlinearConstraint(
            both, [25.0, 40.0], [np.inf, 40.0], jac=fg.jacobian(both), hess=fg.hessian(weighted)
        ),
        options={"gtol": 1e-9},
    )
    assert found.success
    # an interior point method: it stops where its barrier is 6e-6
    np.testing.assert_allclose(found.x, HS71, atol=5e-5)
    assert found.fun == pytest.approx(HS71_COST, abs=5e-5)


# ----- least squares -----

# Misra1a of the NIST Statistical Reference Datasets: y = b1 (1 - exp(-b2 x)), certified values.
VOLUME, PRESSURE = np.array(
    [
        [10.07, 77.6], [14.73, 114.9], [17.94, 141.1], [23.93, 190.8], [29.61, 239.9],
        [35.18, 289.0], [40.02, 332.8], [44.82, 378.4], [50.76, 434.8], [55.05, 477.3],
        [61.01, 536.8], [66.40, 593.1], [75.47, 689.1], [81.78, 760.0],
    ]
).T  # fmt: skip
CERTIFIED = [2.3894212918e2, 5.5015643181e-4]
CERTIFIED_ERRORS = [2.7070075241, 7.2668688436e-6]


def misra1a(pressure, b1, b2):
    return b1 * (1.0 - np.exp(-b2 * pressure))


@pytest.mark.parametrize("method", ["trf", "dogbox", "lm"])
def test_least_squares_finds_the_certified_answer(method):
    guess = np.array([500.0, 1e-4])
    program = fg.record(lambda b: misra1a(PRESSURE, b[0], b[1]) - VOLUME, guess)
    found = optimize.least_squares(
        program,
        guess,
        jac=fg.jacobian(program),
        method=method,
        x_scale=[100.0, 1e-4],
        xtol=1e-15,
        ftol=1e-15,
        gtol=1e-15,
    )
    assert found.success
    np.testing.assert_allclose(found.x, CERTIFIED, rtol=1e-8)
    assert 2 * found.cost == pytest.approx(1.2455138894e-1, rel=1e-9)


@pytest.mark.parametrize("recorded", [False, True])
def test_curve_fit_finds_the_certified_answer_and_its_errors(recorded):
    guess = [500.0, 1e-4]
    model = fg.record(misra1a, PRESSURE, *guess) if recorded else misra1a
    columns = fg.jacobian(model, argnums=(1, 2))
    found, covariance = optimize.curve_fit(
        misra1a,
        PRESSURE,
        VOLUME,
        guess,
        jac=lambda pressure, b1, b2: np.column_stack(columns(pressure, b1, b2)),
        xtol=1e-14,
        ftol=1e-14,
    )
    np.testing.assert_allclose(found, CERTIFIED, rtol=1e-7)
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), CERTIFIED_ERRORS, rtol=1e-5)


# ----- roots -----


def pair(x):
    return np.array([x[0] * np.cos(x[1]) - 4.0, x[0] * x[1] - x[1] - 5.0])


def broyden_tridiagonal(x):
    """The residuals of Broyden's problem: a band of three."""
    padded = np.concatenate([np.zeros(1), x, np.zeros(1)])
    return (3.0 - 2.0 * x) * x - padded[:-2] - 2.0 * padded[2:] + 1.0


@pytest.mark.parametrize("method", ["hybr", "lm"])
def test_root_takes_the_jacobian(method):
    program = fg.record(pair, np.ones(2))
    found = optimize.root(program, [1.0, 1.0], jac=fg.jacobian(program), method=method)
    assert found.success
    np.testing.assert_allclose(found.x, [6.50409711, 0.90841421], atol=1e-8)  # SciPy's own example


def test_root_solves_a_banded_system():
    x = np.full(30, -1.0)
    program = fg.record(broyden_tridiagonal, x)
    jacobian = program.jacobian(x)
    above = np.triu(jacobian, 2), np.tril(jacobian, -2)
    assert not np.any(above)
    np.testing.assert_array_equal(np.diag(jacobian), 3.0 - 4.0 * x)  # by hand
    np.testing.assert_array_equal(np.diag(jacobian, 1), -2.0)
    np.testing.assert_array_equal(np.diag(jacobian, -1), -1.0)
    found = optimize.root(program, x, jac=program.jacobian, tol=1e-13)
    assert found.success
    np.testing.assert_allclose(broyden_tridiagonal(found.x), 0.0, atol=1e-9)


@pytest.mark.parametrize("method", ["newton", "halley"])
def test_root_scalar_takes_first_and_second_derivatives(method):
    def kepler(anomaly):  # eccentricity 0.8, mean anomaly 1
        return anomaly - 0.8 * np.sin(anomaly) - 1.0

    program = fg.record(kepler, 1.0)
    found = optimize.root_scalar(
        program, x0=1.5, fprime=fg.grad(program), fprime2=fg.grad(fg.grad(program)), method=method
    )
    assert found.converged
    assert found.root - 0.8 * np.sin(found.root) == pytest.approx(1.0, abs=1e-14)
    assert found.iterations <= 6  # quadratic at least: the derivatives are right
