"""Samples of log densities."""

import numpy as np
import scipy.stats
from sampling import S

REAL = np.array([-1.7, -0.4, 0.3, 1.2, 2.6])
POSITIVE = np.array([0.4, 0.7, 1.3, 2.9])
UNIT = np.array([0.1, 0.35, 0.8])
COUNTS = np.array([0, 1, 3, 7])
LOC, SCALE = np.array(0.3), np.array(1.7)
A, B = np.array(2.3), np.array(0.8)
COLUMN = np.array([[0.6], [1.9], [4.5]])
WIDE = np.array([-1.0, 0.0, 1.0, 5.0, np.nan])
M = np.array([[2.0, 0.4, -0.3], [0.4, 1.5, 0.2], [-0.3, 0.2, 0.9]])
FACTOR = np.linalg.cholesky(M)

# name: how many shape parameters, points inside
CONTINUOUS = {
    "norm": (0, REAL), "cauchy": (0, REAL), "laplace": (0, REAL), "logistic": (0, REAL),
    "gumbel_r": (0, REAL), "t": (1, REAL), "vonmises": (1, REAL), "lognorm": (1, POSITIVE),
    "gamma": (1, POSITIVE), "invgamma": (1, POSITIVE), "weibull_min": (1, POSITIVE),
    "chi2": (1, POSITIVE), "expon": (0, POSITIVE), "halfnorm": (0, POSITIVE),
    "halfcauchy": (0, POSITIVE), "rayleigh": (0, POSITIVE), "invgauss": (1, POSITIVE),
    "f": (2, POSITIVE), "beta": (2, UNIT), "uniform": (0, UNIT), "pareto": (1, POSITIVE + 1.5),
}  # fmt: skip
DISCRETE = {"poisson": [A], "bernoulli": [np.array(0.3)], "binom": [np.array(9.0), np.array(0.3)],
            "nbinom": [A, np.array(0.4)], "geom": [np.array(0.3)],
            "betabinom": [np.array(9.0), A, B]}  # fmt: skip
P = np.array([0.2, 0.5, 0.3])


def multinomial(name):
    """SciPy's function, with a last probability that brings the sum to 1."""
    function = getattr(scipy.stats.multinomial, name)
    return lambda x, n, p: function(x, n, np.append(p[:-1], 1.0 - p[:-1].sum()))


SAMPLES = []
for name, (n, x) in CONTINUOUS.items():
    density = f"scipy.stats.{name}.logpdf"
    shapes = [A, B][:n]
    SAMPLES += [
        S(density, x, *shapes),
        S(density, (x - 0.0) * SCALE + LOC, *shapes, LOC, SCALE),
        S(density, x * COLUMN, *([COLUMN, COLUMN + 1.0][:n]), scale=COLUMN).within(1e-12, 1e-7),
        S(density, np.array(x[1]), *shapes, loc=np.array(-0.1), scale=1.3),
        S(density, x[:0], *shapes),
        S(density, np.stack([x, x])[:, ::-1], *shapes),
        S(density, x, *shapes, scale=np.array([[-1.0], [0.0], [np.nan]])).to(0),
        S(f"scipy.stats.{name}.pdf", x, *shapes).to(1),
    ]
    if n:
        at_zero = S(density, x, *[np.array([[-1.0], [0.0], [np.nan]])] * n).to(0)
        SAMPLES.append(at_zero.since("scipy", 1, 12 * (name == "vonmises")))
    SAMPLES.append(S(density, (x if name == "vonmises" else WIDE), *shapes).to(0))
for name, shapes in DISCRETE.items():
    density, k = f"scipy.stats.{name}.logpmf", COUNTS + (name == "geom")
    k = np.array([0, 1, 1, 0]) if name == "bernoulli" else k
    fixed = (0,) if name in ("binom", "betabinom") else ()
    SAMPLES += [
        S(density, k, *shapes).keep(*fixed),
        S(density, k[:, None], *[s * np.array([1.0, 1.0]) for s in shapes]).keep(*fixed),
        S(density, k + 2, *shapes, loc=2).keep(*fixed),
        S(density, k[:0], *shapes).keep(*fixed),
        S(density, np.array([-1.0, 0.5, 2.0, 11.0, np.nan]), *shapes).to(0),
        S(density, k, *[np.array([[-0.5], [1.5], [np.nan]])] * len(shapes)).to(0),
        S(f"scipy.stats.{name}.pmf", k, *shapes).keep(*fixed).to(1),
    ]
SAMPLES += [
    S("scipy.stats.poisson.logpmf", 0, np.array(0.0)).to(0),
    S("scipy.stats.binom.logpmf", COUNTS, 9, np.array([[0.0], [1.0]])).to(0).since("scipy", 1, 12),
    S("scipy.stats.t.logpdf", REAL, np.array([[np.inf], [1e10]])).to(0),
    S("scipy.stats.dirichlet.logpdf", UNIT[:2], np.array([1.2, 0.7, 2.5])),
    S("scipy.stats.dirichlet.logpdf", [[0.2, 0.1], [0.3, 0.6], [0.5, 0.3]],
      np.array([1.2, 0.7, 2.5])),
    S("scipy.stats.dirichlet.pdf", UNIT[:2], np.array([1.2, 0.7, 2.5])).to(1),
    S("scipy.stats.multinomial.logpmf", [3, 1, 2], 6, P).like(multinomial("logpmf")),
    S("scipy.stats.multinomial.logpmf", [[3, 1, 0], [2, 1, 1]], 4, P).like(multinomial("logpmf")),
    S("scipy.stats.multinomial.logpmf", [[3, 1], [2, 3], [-1, 5]], 4, np.array([0.2, 0.8])).to(0),
    S("scipy.stats.multinomial.pmf", [3, 1, 2], 6, P).like(multinomial("pmf")).to(1),
    S("scipy.stats.multivariate_normal.logpdf", REAL[:3], REAL[1:4], M).keep(2),
    S("scipy.stats.multivariate_normal.logpdf", np.stack([REAL[:3], REAL[1:4]]), None, M).keep(1),
    S("scipy.stats.multivariate_normal.logpdf", REAL[:3], REAL[1:4], POSITIVE[:3]),
    S("scipy.stats.multivariate_normal.logpdf", REAL, LOC, SCALE),
    S("scipy.stats.multivariate_normal.logpdf", np.array(0.4)),
    S("scipy.stats.multivariate_normal.logpdf", REAL[:3], np.zeros(3), SCALE),
    S("scipy.stats.multivariate_normal.pdf", REAL[:3], REAL[1:4], POSITIVE[:3]).to(1),
]  # fmt: skip
