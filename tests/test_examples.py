"""The examples, in a short form, reach what they promise."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import dblquad

import fastgrad as fg

FOLDER = Path(__file__).resolve().parents[1] / "examples"

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the examples are not here")


def load(name):
    """Return an example as a module."""
    spec = importlib.util.spec_from_file_location(f"example_{name}", FOLDER / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def central(function, x, step=1e-6):
    """Return the derivative of a function by each element of x; errs by about 1e-9 of its size."""
    moves = step * np.eye(x.size)
    columns = [(function(x + move) - function(x - move)) / (2 * step) for move in moves]
    return np.stack(columns, axis=-1)


def test_each_example_is_tested_here():
    text = Path(__file__).read_text(encoding="utf-8")
    names = {path.stem for path in FOLDER.glob("*.py")}
    assert names
    assert {name for name in names if f'load("{name}")' not in text} == set()


# ----- digits -----


@pytest.fixture(scope="module")
def digits():
    pytest.importorskip("sklearn")
    return load("digits")


def test_digits_held_out_are_recognized(digits, capsys):
    accuracy = digits.main(steps=60)  # 30 reach 95 %
    assert 0.94 < accuracy <= 1.0
    assert f"{accuracy:.1%} of 450 images" in capsys.readouterr().out


def test_one_step_does_not_recognize_as_many_digits(digits):
    assert digits.main(steps=1) < 0.9


def test_the_gradient_of_the_digits_loss_is_the_one_by_hand(digits):
    images, labels, _, _ = digits.load()
    weights = np.random.default_rng(0).normal(size=(images.shape[1] + 1) * digits.CLASSES)
    loss = digits.make_loss(images, labels)
    value, gradient = fg.value_and_grad(fg.record(loss, weights))(weights)

    scores = np.exp(digits.scores(weights, images))
    chances = scores / scores.sum(axis=1, keepdims=True)
    wrong = (chances - np.eye(digits.CLASSES)[labels]) / len(labels)
    by_hand = np.vstack([images.T @ wrong, wrong.sum(axis=0)]).ravel()
    by_hand += 2 * digits.PENALTY * weights
    assert value == pytest.approx(loss(weights), rel=1e-12)
    np.testing.assert_allclose(gradient, by_hand, atol=1e-12)  # sums of 1,347 numbers of size 1e-3


# ----- ode_fit -----


def test_the_fit_finds_the_rates_within_their_errors(capsys):
    ode_fit = load("ode_fit")
    rates, errors = ode_fit.main(steps=20)
    assert np.all(np.abs(rates - ode_fit.TRUE) < 4 * errors)
    assert np.all(errors < 0.02 * ode_fit.TRUE)
    assert "Jacobians" in capsys.readouterr().out


def test_more_data_make_the_errors_of_the_rates_smaller():
    ode_fit = load("ode_fit")
    assert np.all(ode_fit.main(steps=20)[1] < ode_fit.main(steps=10)[1])


def test_the_jacobian_of_the_solution_agrees_with_differences():
    ode_fit = load("ode_fit")

    def solution(rates):
        return ode_fit.observed(rates, 5).ravel()

    rates = np.array([0.8, 0.5, 0.6, 0.2])
    found = fg.jacobian(fg.record(solution, rates))(rates)
    np.testing.assert_allclose(found, central(solution, rates), rtol=1e-6, atol=1e-7)


# ----- hmc -----


def test_the_sampler_finds_the_posterior_within_its_errors(capsys):
    means, deviations, errors, (exact_means, exact_deviations) = load("hmc").main(steps=1500)
    assert np.all(errors < 0.05 * exact_deviations)  # so that the next line can fail
    assert np.all(np.abs(means - exact_means) < 4 * errors)
    np.testing.assert_allclose(deviations, exact_deviations, rtol=0.15)
    assert "school A" in capsys.readouterr().out


def test_the_exact_answer_is_the_integral_over_both_hyperparameters():
    hmc = load("hmc")

    def density(mu, tau):  # the effects integrated out: each school is normal about mu
        variance = hmc.ERROR**2 + tau**2
        log = -0.5 * np.sum(np.log(variance) + (hmc.EFFECT - mu) ** 2 / variance)
        return np.exp(log - 0.5 * (mu**2 + tau**2) / hmc.SPREAD**2 + 30.0)

    def integral(weight):
        return dblquad(lambda mu, tau: weight(mu, tau) * density(mu, tau), 0, 40, -25, 35)[0]

    total = integral(lambda mu, tau: 1.0)
    means, deviations = hmc.exact()
    for k, quantity in enumerate([lambda mu, tau: mu, lambda mu, tau: tau]):
        mean = integral(quantity) / total
        variance = integral(lambda mu, tau: (quantity(mu, tau) - mean) ** 2) / total  # noqa: B023
        assert means[k] == pytest.approx(mean, rel=1e-5)
        assert deviations[k] == pytest.approx(np.sqrt(variance), rel=1e-5)


def test_the_gradient_of_the_log_posterior_agrees_with_differences():
    hmc = load("hmc")
    q = np.random.default_rng(3).normal(size=2 + len(hmc.EFFECT))
    gradient = fg.value_and_grad(fg.record(hmc.log_posterior, q))(q)[1]
    np.testing.assert_allclose(gradient, central(hmc.log_posterior, q), rtol=1e-7, atol=1e-8)


def test_the_sampler_fails_with_a_wrong_gradient():
    hmc = load("hmc")
    right = fg.value_and_grad(fg.record(hmc.log_posterior, np.zeros(10)))

    def wrong(q):
        value, gradient = right(q)
        return value, -gradient

    start = np.zeros(10)
    with np.errstate(all="ignore"):  # the wrong one runs away, to infinity
        accepted = [hmc.sample(f, start, 50, np.random.default_rng(0))[1] for f in (right, wrong)]
    assert accepted[0] > 0.8
    assert accepted[1] < 0.5
