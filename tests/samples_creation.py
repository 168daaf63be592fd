"""Samples of functions that make arrays of others, or call functions on parts of them."""

import numpy as np
from sampling import S

X = np.array(1.3)
V = np.array([0.5, 1.5, 2.5])
W = np.array([2.5, 3.0, 0.75])
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1
SINGLE = A.astype(np.float32)


def scaled(x):
    return x * x.sum()


def total(x):
    return (x**2).sum()


def spread(x):
    return np.outer(x, x)


SAMPLES = [
    S("numpy.zeros_like", A).to(0),
    S("numpy.ones_like", SINGLE).to(0),
    S("numpy.zeros_like", A, np.float32, shape=(2, 2)).to(0),
    S("numpy.full_like", A, X),
    S("numpy.full_like", A, V),
    S("numpy.copy", C[:, ::-1]),
    S("numpy.linspace", X, np.array(2.0), 5),
    S("numpy.linspace", V, W, 4, axis=-1),
    S("numpy.linspace", V, 7.0, 3, endpoint=False),
    S("numpy.linspace", X, 2.0, 1),
    S("numpy.linspace", X, 2.0, 4, retstep=True),
    S("numpy.logspace", X, np.array(2.0), 4),
    S("numpy.logspace", V, W, 3, base=2.0, axis=1),
    S("numpy.logspace", X, np.array(0.2), 3, base=np.array(3.0)),
    S("numpy.geomspace", X, np.array(20.0), 4),
    S("numpy.geomspace", V, W, 3, axis=1),
    S("numpy.geomspace", -V, -W, 5, endpoint=False),
    S("numpy.apply_along_axis", scaled, 0, A),
    S("numpy.apply_along_axis", total, -1, C),
    S("numpy.apply_along_axis", spread, 1, A),
    S("numpy.apply_over_axes", np.sum, C, [0, 2]),
    S("numpy.apply_over_axes", np.cumsum, C, [0, -1]),
    S("numpy.apply_over_axes", lambda x, axis: x.sum(axis, keepdims=True), C, 1),
    S("numpy.piecewise", A, [A < 1, A > 2.5], [scaled, lambda x: -x, 3.0]),
    S("numpy.piecewise", X, [X > 1], [np.square, np.negative]),
    S("numpy.piecewise", A, [A[:, 0] > 2], [np.square, np.negative]),
]
