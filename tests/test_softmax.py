"""Sums of exponentials: right where a plain formula overflows, loses digits or meets -inf."""

import math

import mpmath
import numpy as np
import pytest
from differences import check_derivatives, gradient, layouts, tracked
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fastgrad as fg

CUBE = np.random.default_rng(0).standard_normal((2, 3, 4)) * 3
AXES = [None, 0, -1, (0, 2), ()]
INF = np.inf


def exactly(x):
    """logsumexp, softmax and log_softmax of a list of numbers, to 50 digits and then rounded."""
    with mpmath.workdps(50):
        terms = [mpmath.exp(v) for v in x]
        total = mpmath.fsum(terms)
        log_total = mpmath.log(total)
        return (
            float(log_total),
            [float(t / total) for t in terms],
            [float(v - log_total) for v in map(mpmath.mpf, x)],
        )


@given(hnp.arrays(np.float64, st.integers(1, 6), elements=st.floats(-700, 700)))
@settings(max_examples=200, deadline=None)
def test_results_agree_with_fifty_digits(x):
    total, weights, logs = exactly(x.tolist())
    # exp errs by 1 ulp and by half an ulp of its argument, here up to 1400; sums by 6 half ulps.
    units = 2.3e-16 * (6 + np.abs(x - x.max()) / 2)
    assert math.isclose(fg.logsumexp(x).item(), total, rel_tol=1e-15, abs_tol=1e-15)
    assert np.all(np.abs(fg.softmax(x).numpy() - weights) <= units * weights + 1e-300)
    np.testing.assert_allclose(fg.log_softmax(x).numpy(), logs, rtol=1e-15, atol=1e-15)


def test_the_logarithm_of_a_weight_near_one_keeps_its_digits():
    x = [0.0, 50.0]  # -log(1 + exp(-50))
    assert math.isclose(fg.log_softmax(x)[1].item(), -1.9287498479639178e-22, rel_tol=1e-15)
    assert math.isclose(fg.logsumexp([0.0, -50.0]).item(), 1.9287498479639178e-22, rel_tol=1e-15)


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_axes_are_reduced_as_by_numpys_sum(axis, dtype):
    x = CUBE.astype(dtype)
    total = np.sum(np.exp(x), axis=axis, keepdims=True)
    tolerance = dict(rtol=50 * np.finfo(dtype).eps, atol=50 * np.finfo(dtype).eps)
    for laid in layouts(x):
        t = fg.as_tensor(laid)
        kept = t.logsumexp(axis=axis, keepdims=True)
        np.testing.assert_allclose(kept.numpy(), np.log(total), **tolerance)
        assert t.logsumexp(axis).shape == np.sum(x, axis=axis).shape
        np.testing.assert_allclose(t.softmax(axis).numpy(), np.exp(x) / total, **tolerance)
        np.testing.assert_allclose(t.log_softmax(axis).numpy(), x - np.log(total), **tolerance)
        assert kept.dtype == t.softmax(axis).dtype == t.log_softmax(axis).dtype == dtype
    np.testing.assert_array_equal(t.softmax(dim=-1).numpy(), t.softmax(-1).numpy())


@pytest.mark.parametrize("f", [fg.logsumexp, fg.softmax, fg.log_softmax])
@pytest.mark.parametrize("axis", AXES)
def test_derivatives_are_right_up_to_the_third(f, axis):
    check_derivatives(lambda x: f(x, axis) ** 2, CUBE / 3, order=3)


def test_the_gradient_of_logsumexp_is_softmax():
    np.testing.assert_allclose(gradient(fg.logsumexp, CUBE), fg.softmax(CUBE).numpy(), rtol=1e-14)


def test_equal_elements_share_the_weight():
    for value in (0.0, 1e300, -1e300, 709.9):
        x = np.full(4, value)
        np.testing.assert_array_equal(fg.softmax(x).numpy(), 0.25)
        np.testing.assert_array_equal(gradient(fg.logsumexp, x), 0.25)
        np.testing.assert_allclose(fg.log_softmax(x).numpy(), -math.log(4), rtol=1e-15)


def test_minus_infinity_has_no_weight_and_no_gradient_at_any_order():
    x = np.array([-INF, 0.0, -INF, math.log(3)])
    assert math.isclose(fg.logsumexp(x).item(), math.log(4), rel_tol=1e-15)
    np.testing.assert_allclose(fg.softmax(x).numpy(), [0, 0.25, 0, 0.75], rtol=1e-15)
    np.testing.assert_allclose(
        fg.log_softmax(x).numpy(), [-INF, math.log(0.25), -INF, math.log(0.75)], rtol=1e-15
    )
    t = tracked(x)
    (g,) = fg.autograd.grad(fg.logsumexp(t), t, create_graph=True)
    np.testing.assert_allclose(g.detach().numpy(), [0, 0.25, 0, 0.75], rtol=1e-15)
    (h,) = fg.autograd.grad(g[1], t, create_graph=True)
    np.testing.assert_allclose(h.detach().numpy(), [0, 3 / 16, 0, -3 / 16], rtol=1e-14)
    found = gradient(fg.softmax, x, np.array([5.0, 1.0, 7.0, 0.0]))
    np.testing.assert_allclose(found, [0, 3 / 16, 0, -3 / 16], rtol=1e-14)
    found = gradient(lambda t: fg.log_softmax(t)[1], x)
    np.testing.assert_allclose(found, [0, 0.75, 0, -0.75], rtol=1e-14)


def test_the_logarithm_of_a_sum_of_zeros_is_minus_infinity_with_zero_gradient():
    x = np.array([[-INF, -INF], [0.0, -INF]])
    np.testing.assert_array_equal(fg.logsumexp(x, axis=1).numpy(), [-INF, 0])
    t = tracked(x)
    (g,) = fg.autograd.grad(fg.logsumexp(t, axis=1)[0], t, create_graph=True)
    np.testing.assert_array_equal(g.detach().numpy(), 0)
    np.testing.assert_array_equal(fg.autograd.grad(g.sum(), t)[0].numpy(), 0)


def test_infinite_weights_and_those_of_nothing_but_minus_infinity_are_nan():
    assert np.isnan(fg.softmax([-INF, -INF]).numpy()).all()
    np.testing.assert_array_equal(fg.softmax([0.0, INF]).numpy(), [0, np.nan])
    np.testing.assert_array_equal(fg.log_softmax([0.0, INF]).numpy(), [-INF, np.nan])
    assert fg.logsumexp([0.0, INF]).item() == INF
    for f in (fg.logsumexp, fg.softmax, fg.log_softmax):
        assert np.isnan(f([0.0, np.nan]).numpy()).all()


def test_a_row_that_is_not_used_leaves_no_nan_in_the_gradient():
    x = np.array([[0.0, 0.0], [0.0, INF], [np.nan, 1.0]])
    used = np.array([True, False, False])
    found = gradient(lambda t: fg.where(used, fg.logsumexp(t, axis=1), 0.0), x)
    np.testing.assert_array_equal(found, [[0.5, 0.5], [0, 0], [0, 0]])


def test_sums_of_no_exponentials_are_zero():
    assert fg.logsumexp(np.zeros(0)).item() == -INF
    np.testing.assert_array_equal(fg.logsumexp(np.zeros((2, 0)), axis=1).numpy(), [-INF, -INF])
    assert fg.logsumexp(np.zeros((2, 0)), axis=0).shape == (0,)
    assert (
        fg.softmax(np.zeros((2, 0)), axis=1).shape
        == fg.log_softmax(np.zeros((2, 0))).shape
        == (2, 0)
    )


def test_integers_are_taken_as_float64():
    for f in (fg.logsumexp, fg.softmax, fg.log_softmax):
        assert f([1, 2]).dtype == np.float64
        np.testing.assert_array_equal(f([1, 2]).numpy(), f([1.0, 2.0]).numpy())
