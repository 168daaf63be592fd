"""Densities beyond the samples: covariances by their factors, frozen families, bad input, fits."""

import numpy as np
import pytest
import scipy.stats
from differences import check_derivatives
from new_process import python

import fastgrad as fg
from fastgrad import stats

X = np.array([[0.3, -1.2, 0.5], [1.1, 0.4, -0.2]])
M = np.array([[2.0, 0.4, -0.3], [0.4, 1.5, 0.2], [-0.3, 0.2, 0.9]])
MEAN = np.array([0.1, -0.2, 0.3])


def by_cholesky(x, mean, factor):
    return stats.multivariate_normal.logpdf(x, mean, stats.Covariance.from_cholesky(factor))


def test_a_normal_by_its_cholesky_factor_is_the_one_by_its_matrix():
    wanted = scipy.stats.multivariate_normal.logpdf(X, MEAN, M)
    factor = np.linalg.cholesky(M)
    np.testing.assert_allclose(by_cholesky(X, MEAN, factor).numpy(), wanted, rtol=1e-13)
    precision = stats.Covariance.from_precision(np.linalg.inv(M))
    got = stats.multivariate_normal.logpdf(X, MEAN, precision)
    np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-13)
    check_derivatives(lambda x, mean, f: by_cholesky(x, mean, fg.tril(f)), X, MEAN, factor)
    check_derivatives(
        lambda p: stats.multivariate_normal.logpdf(X, MEAN, stats.Covariance.from_precision(p)),
        np.linalg.inv(M),
    )
    check_derivatives(
        lambda d: stats.multivariate_normal.logpdf(X, MEAN, stats.Covariance.from_diagonal(d)),
        np.array([0.5, 1.5, 2.5]),
    )


def test_families_of_vectors_can_be_frozen():
    weights = [1.0, 2.0, 3.0]
    for name, parameters, x in (
        ("dirichlet", (weights,), [0.2, 0.3, 0.5]),
        ("multinomial", (3, [0.2, 0.8]), [1, 2]),
        ("multivariate_normal", (MEAN, M), X),
    ):
        density = "logpmf" if name == "multinomial" else "logpdf"
        ours, theirs = getattr(stats, name)(*parameters), getattr(scipy.stats, name)(*parameters)
        got, wanted = getattr(ours, density)(x), getattr(theirs, density)(x)
        np.testing.assert_allclose(got, wanted, rtol=1e-12)
        assert repr(getattr(stats, name)) == f"<fastgrad.stats.{name}>"
    assert repr(stats.norm) == "<fastgrad.stats.norm>"


def test_covariances_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"one-dimensional array; got shape \(3, 3\)"):
        stats.Covariance.from_diagonal(M)
    with pytest.raises(ValueError, match="singular covariance the density has no derivative"):
        stats.multivariate_normal.logpdf(X, MEAN, M, allow_singular=True)


def test_the_gradient_by_a_symmetric_covariance_is_that_of_its_parameters():
    def f(a):
        return stats.multivariate_normal.logpdf(X, MEAN, a @ a.T + np.eye(3))

    check_derivatives(f, np.array([[1.0, 0.2, 0.1], [0.3, 0.8, -0.4], [0.5, -0.1, 0.9]]))


def test_a_program_fits_a_gamma_distribution():
    rng = np.random.default_rng(0)
    data = rng.gamma(2.5, 1.5, 2000)
    loss = fg.record(lambda p: -stats.gamma.logpdf(data, fg.exp(p[0]), scale=fg.exp(p[1])).sum())
    found = scipy.optimize.minimize(fg.value_and_grad(loss), np.zeros(2), jac=True, method="BFGS")
    wanted = scipy.stats.gamma.fit(data, floc=0)
    np.testing.assert_allclose(np.exp(found.x), [wanted[0], wanted[2]], rtol=1e-4)


def test_a_frozen_family_keeps_its_parameters():
    scale = fg.tensor(2.0, requires_grad=True)
    family = stats.norm(1.0, scale=scale)
    assert float(family.logpdf(0.5).detach()) == pytest.approx(
        scipy.stats.norm(1.0, 2.0).logpdf(0.5), rel=1e-14
    )
    family.logpdf(0.5).backward()
    assert scale.grad.item() == pytest.approx(-0.5 + 0.25 / 8)
    assert float(stats.poisson(3.0).pmf(2)) == pytest.approx(scipy.stats.poisson(3.0).pmf(2))
    with pytest.raises(AttributeError, match="logpmf"):
        _ = family.logpmf


@pytest.mark.parametrize(
    ("call", "match"),
    [
        (lambda: stats.gamma.logpdf(1.0), "a, loc, scale"),
        (lambda: stats.norm.logpdf(1.0, 0.0, 1.0, 2.0), "got 4 by position|got 3 by position"),
        (lambda: stats.norm.logpdf(1.0, mean=2.0), "mean"),
        (lambda: stats.norm.logpdf(1.0, 0.0, loc=2.0), "loc"),
        (lambda: stats.binom.logpmf(1, 3), "n, p, loc"),
    ],
)
def test_wrong_parameters_raise_as_a_call_does(call, match):
    with pytest.raises(TypeError, match=match):
        call()


@pytest.mark.parametrize(
    ("x", "alpha"),
    [([0.5, 0.6], [1.0, 2.0]), ([0.5, 0.5], [1.0, -2.0]), ([0.2, 0.3, 0.3, 0.2], [1.0, 2.0]),
     ([0.5, 0.5], [[1.0, 2.0]]), ([0.0, 1.0], [0.5, 2.0]), ([-0.5, 1.5], [1.5, 2.0])],
)  # fmt: skip
def test_dirichlet_refuses_what_scipy_refuses(x, alpha):
    with pytest.raises(ValueError, match=r".") as scipys:
        scipy.stats.dirichlet.logpdf(x, alpha)
    with pytest.raises(type(scipys.value)):
        stats.dirichlet.logpdf(x, alpha)


def test_a_program_of_dirichlet_gives_minus_infinity_beyond_the_simplex():
    prog = fg.record(lambda x: stats.dirichlet.logpdf(x, [1.5, 2.5]), np.array([0.25, 0.75]))
    assert prog(np.array([0.5, 0.5])) == pytest.approx(
        scipy.stats.dirichlet.logpdf([0.5, 0.5], [1.5, 2.5])
    )


@pytest.mark.parametrize(
    ("x", "mean", "cov", "error"),
    [
        (X, MEAN, -M, np.linalg.LinAlgError),
        (X, MEAN, M[:2], ValueError),
        (X, MEAN[:2], M, ValueError),
        (X[:, :2], MEAN, M, ValueError),
        (X, MEAN, M[None], ValueError),
    ],
)
def test_a_normal_refuses_what_does_not_fit(x, mean, cov, error):
    with pytest.raises(error):
        stats.multivariate_normal.logpdf(x, mean, cov)


def test_outside_of_the_support_derivatives_are_zero_and_no_nan():
    a = fg.tensor(2.0, requires_grad=True)
    x = fg.tensor([-1.0, 0.5], requires_grad=True)
    stats.gamma.logpdf(x, a).sum().backward()
    assert x.grad.tolist() == [0.0, 1.0]
    assert np.isfinite(a.grad.item())
    p = fg.tensor(0.0, requires_grad=True)
    stats.bernoulli.logpmf(0, p).backward()
    assert p.grad.item() == -1.0


def test_scipys_own_densities_refuse_a_tracked_tensor():
    x = fg.tensor(0.5, requires_grad=True)
    with pytest.raises((TypeError, RuntimeError), match=r"requires? grad"):
        scipy.stats.norm.logpdf(x)


def test_importing_fastgrad_does_not_import_scipy_stats():
    python(
        "-c", "import sys, fastgrad; fastgrad.stats.norm; assert 'scipy.stats' not in sys.modules"
    )
