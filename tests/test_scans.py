"""Scans, and reductions of a part of the elements: derivatives where they are easy to get wrong."""

import itertools
import math

import numpy as np
import pytest
from differences import check_derivatives, gradient, tracked

import fastgrad as fg
import fastgrad.numpy as fnp
from fastgrad import _structural as structural

INF, NAN = math.inf, math.nan


# ----- scans -----


@pytest.mark.parametrize(
    "x", [[2.0], [0.0, 3.0, 4.0], [0.0, 3.0, 0.0, 5.0], [0.0] * 4, [1.0, -2.0, 0.5, 3.0]]
)
def test_derivatives_of_running_products_are_exact_at_zeros_at_every_order(x):
    n, x = len(x), np.array(x)

    def product(*without):
        return math.prod(v for k, v in enumerate(x) if k not in without)

    def total(t):
        return (fg.cumprod(t) * np.eye(n)[n - 1]).sum()  # the product of all

    np.testing.assert_array_equal(fg.grad(total)(x), [product(i) for i in range(n)])
    second = [[product(i, j) if i != j else 0.0 for j in range(n)] for i in range(n)]
    np.testing.assert_array_equal(fg.hessian(total)(x), second)
    third = np.array(fg.jacfwd(fg.hessian(total))(x))
    for i, j, k in itertools.product(range(n), repeat=3):
        assert third[i, j, k] == (product(i, j, k) if len({i, j, k}) == 3 else 0.0)


def test_elements_that_tie_for_a_running_extremum_share_its_gradient_evenly():
    x = np.array([1.0, 3.0, 3.0, 2.0, 3.0])
    for k, wanted in enumerate(
        ([1, 0, 0, 0, 0], [0, 1, 0, 0, 0], [0, 0.5, 0.5, 0, 0], [0, 0.5, 0.5, 0, 0])
    ):
        np.testing.assert_array_equal(gradient(lambda t, k=k: fg.cummax(t)[k], x), wanted)
        np.testing.assert_array_equal(gradient(lambda t, k=k: -fg.cummin(-t)[k], x), wanted)
    last = gradient(lambda t: fg.cummax(t)[4], x)
    np.testing.assert_allclose(last, gradient(fg.max, x), rtol=1e-15)
    np.testing.assert_array_equal(fg.hessian(lambda t: fg.cummax(t).sum())(x), 0.0)


def test_a_running_extremum_is_nan_from_the_first_nan_on_and_so_is_its_gradient_not_lost():
    x = np.array([1.0, NAN, 3.0, NAN])
    np.testing.assert_array_equal(fg.cummax(x), [1.0, NAN, NAN, NAN])
    np.testing.assert_array_equal(gradient(lambda t: fg.cummax(t)[2], x), [0, 1, 0, 0])
    np.testing.assert_array_equal(gradient(lambda t: fg.cummax(t)[3], x), [0, 0.5, 0, 0.5])


def test_running_sums_of_exponentials_keep_their_digits_and_start_from_nothing():
    x = np.array([-INF, -INF, 1000.0, 1001.0])
    wanted = [-INF, -INF, 1000.0, 1001.0 + math.log1p(math.exp(-1.0))]
    np.testing.assert_allclose(fg.logcumsumexp(x), wanted, rtol=1e-15)
    shares = np.exp([-1.0, 0.0]) / (1.0 + math.exp(-1.0))
    last = gradient(lambda t: fg.logcumsumexp(t)[3], x)
    np.testing.assert_allclose(last, [0.0, 0.0, *shares], rtol=1e-15)
    np.testing.assert_array_equal(gradient(lambda t: fg.logcumsumexp(t)[1], x), 0.0)
    check_derivatives(fg.logcumsumexp, np.array([-3.0, 0.5, 0.2, 1.0]), order=3)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of infinity times 0
def test_a_zero_cotangent_stays_zero_beside_infinities():
    x = np.array([2.0, INF, 0.0, NAN])
    np.testing.assert_array_equal(gradient(lambda t: fg.cumprod(t)[0], x), [1, 0, 0, 0])
    np.testing.assert_array_equal(gradient(lambda t: fg.cummin(t)[0], x), [1, 0, 0, 0])


def test_the_recurrence_is_one_and_its_derivatives_are_recurrences():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((2, 2, 5))
    wanted = x.copy()
    for k in range(1, 5):
        wanted[:, k] += wanted[:, k - 1] * w[:, k]
    np.testing.assert_array_equal(structural.recurrence(x, w, axis=1).numpy(), wanted)
    check_derivatives(lambda *t: structural.recurrence(*t, axis=1) ** 2, x, w, order=3)
    with pytest.raises(ValueError, match="weights"):
        structural.recurrence.infer(fg.tensor(x), fg.tensor(w[:, :3]), axis=1)


@pytest.mark.parametrize("name", ["cumprod", "cummax", "cummin", "logcumsumexp"])
def test_a_scan_is_recorded_as_one_kernel(name):
    program = fg.record(getattr(fg, name), np.linspace(0.5, 2.0, 50))
    assert program.stats()["instructions"] <= 2
    x = np.linspace(2.0, 0.5, 50)
    np.testing.assert_array_equal(program(x), getattr(fg, name)(x).numpy())


@pytest.mark.parametrize("ufunc", [np.fmax, np.logical_xor, np.subtract, np.divide])
def test_other_ufuncs_accumulate_step_by_step(ufunc):
    x = np.array([3.0, 0.5, 2.0])
    np.testing.assert_array_equal(ufunc.accumulate(tracked(x)).detach(), ufunc.accumulate(x))


# ----- elements that are not looked at -----


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "var", "std", "max", "min"])
def test_elements_that_are_not_looked_at_have_no_gradient_whatever_they_are(name):
    x = np.array([1.0, INF, 4.0, NAN, 2.0, -INF])
    mask = np.isfinite(x)
    start = {"initial": 3.0} if name in ("max", "min") else {}

    def f(t):
        return getattr(np, name)(t, where=mask, **start)

    wanted = gradient(lambda t: getattr(np, name)(t, **start), x[mask])
    np.testing.assert_allclose(gradient(f, x)[mask], wanted, rtol=1e-14)
    np.testing.assert_array_equal(gradient(f, x)[~mask], 0.0)
    np.testing.assert_allclose(fg.grad(fg.record(f))(x), gradient(f, x), rtol=1e-14)
    second = fg.hessian(f)(x)
    np.testing.assert_array_equal(second[~mask], 0.0)
    np.testing.assert_array_equal(second[:, ~mask], 0.0)


@pytest.mark.parametrize(
    "name", "nansum nanprod nanmean nanvar nanstd nanmax nanmin nanmedian nancumsum".split()
)
def test_a_nan_that_is_left_out_has_gradient_zero(name):
    x = np.array([1.0, NAN, 4.0, 2.5])
    found = gradient(lambda t: getattr(np, name)(t).sum(), x)
    assert found[1] == 0.0
    full = name.removeprefix("nan")
    wanted = gradient(lambda t: getattr(np, full)(t).sum(), x[[0, 2, 3]])
    if "cum" not in name:
        np.testing.assert_allclose(found[[0, 2, 3]], wanted, rtol=1e-14)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["nanmean", "nanvar", "nanmax", "nanmin", "nanmedian"])
def test_where_all_are_nan_the_result_is(name):
    x = np.array([[NAN, NAN], [1.0, NAN]])
    np.testing.assert_array_equal(
        getattr(np, name)(tracked(x), axis=1).detach(), getattr(np, name)(x, axis=1)
    )
    with pytest.raises(ValueError, match="All-NaN"):
        np.nanargmax(tracked(x), axis=1)


def test_the_deviation_of_equal_elements_that_are_looked_at_has_gradient_zero():
    x = np.array([0.1, 7.0, 0.1, 0.1])
    mask = np.array([True, False, True, True])
    np.testing.assert_array_equal(gradient(lambda t: fg.std(t, where=mask), x), 0.0)
    assert fg.std(x, where=mask).item() == 0.0


# ----- quantiles -----


def test_a_quantile_is_at_an_element_also_beside_infinities():
    x = np.array([-INF, 1.0, 2.0, 3.0, INF])
    np.testing.assert_array_equal(fg.quantile(x, [0.0, 0.25, 0.5, 1.0]), [-INF, 1.0, 2.0, INF])
    np.testing.assert_array_equal(gradient(lambda t: fg.quantile(t, 0.25), x), [0, 1, 0, 0, 0])


def test_the_derivative_by_a_quantile_is_the_slope_to_the_next_element():
    x = np.array([5.0, 1.0, 2.0])
    assert gradient(lambda q: fg.quantile(x, q), np.array(0.3)) == 2.0
    assert gradient(lambda q: fg.quantile(x, q), np.array(0.8)) == 6.0
    assert gradient(lambda q: fg.percentile(x, q), np.array(80.0)) == pytest.approx(0.06)


def test_a_derivative_of_a_step_function_is_refused():
    x, w = np.array([5.0, 1.0, 2.0]), tracked(np.ones(3))
    with pytest.raises(TypeError, match="step function"):
        np.quantile(x, tracked(np.array(0.3)), method="nearest")
    with pytest.raises(TypeError, match="step function"):
        fnp.quantile(x, 0.5, weights=w, method="inverted_cdf")


def test_how_many_numbers_there_are_is_data_of_a_recorded_quantile():
    def f(t):
        return np.nanquantile(t, 0.4) * np.nanmedian(t)

    program = fg.record(f, np.array([1.0, NAN, 4.0, 2.5]))
    for x in ([NAN, NAN, 2.0, 1.0], [3.0, 1.0, 2.0, 7.0]):
        x = np.array(x)
        assert program(x) == pytest.approx(f(x), rel=1e-14)
        np.testing.assert_allclose(fg.grad(program)(x), gradient(f, x), rtol=1e-14)


# ----- what is not accepted -----


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda t: np.sum(t, where=np.ones(3, int)), TypeError),
        (lambda t: np.sum(t, where=np.ones((2, 3), bool)), ValueError),
        (lambda t: np.sum(t, initial=np.ones(2)), ValueError),
        (lambda t: np.max(t, where=t > 0), ValueError),
        (lambda t: np.max(t[:0]), ValueError),
        (lambda t: np.mean(t, axis=1), np.exceptions.AxisError),
        (lambda t: np.cumprod(t, axis=3), np.exceptions.AxisError),
        (lambda t: np.var(t, ddof=1, correction=1), (ValueError, TypeError)),  # NumPy 1
        (lambda t: np.average(t, weights=[1.0, -1.0, 0.0]), ZeroDivisionError),
        (lambda t: np.average(t, weights=[1.0, 2.0]), TypeError),
        (lambda t: np.average(t, axis=0, weights=[1.0, 2.0]), ValueError),
        (lambda t: np.quantile(t, 1.5), ValueError),
        (lambda t: np.quantile(t, 0.5, method="no"), ValueError),
        (lambda t: np.partition(t, 3), ValueError),
        (lambda t: np.take(t, 3), IndexError),
        (lambda t: np.choose([0, 3, 1], [t, t]), ValueError),
        (lambda t: np.put(t * 1, [5], 1.0), IndexError),
        (lambda t: np.fill_diagonal(t * 1, 1.0), ValueError),
        (lambda t: np.interp(t, [0.0, 1.0], [1.0]), ValueError),
        (lambda t: np.convolve(t, t, "no"), ValueError),
        (lambda t: np.cov(t, fweights=[0.5, 1.0, 1.0]), TypeError),
        (lambda t: np.cov(t, aweights=[-1.0, 1.0, 1.0]), ValueError),
        (lambda t: np.digitize(t, [0.0, 2.0, 1.0]), ValueError),
        (lambda t: np.polyder(t, -1), ValueError),
    ],
)
def test_what_numpy_refuses_is_refused_with_the_same_exception(call, error):
    x = np.array([1.0, 2.0, 0.5])
    for t in (x, tracked(x)):
        with pytest.raises(error):
            call(t)
