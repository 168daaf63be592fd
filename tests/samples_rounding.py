"""Samples of functions of single elements that are no ufuncs, and of comparisons."""

import numpy as np
from sampling import S

X = np.array(-1.37)
V = np.array([0.53, 1.26, -2.71, 0.0])
A = np.array([[1.02, 2.3, -0.57], [3.4, 5.1, 0.72]])
C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.13
NONE = np.zeros((0, 3))
TURNED = C[:, ::-1, ::2]
SINGLE = A.astype(np.float32)
SPECIAL = np.array([0.0, -0.0, 1.5, -2.5, np.inf, -np.inf, np.nan])

SAMPLES = [
    S("numpy.round", A),
    S("numpy.round", TURNED, 1).to(0),
    S("numpy.round", 173.0 * A, -1),
    S("numpy.round", SPECIAL).to(0),
    S("numpy.round", np.array([15, -25]), -1),
    S("numpy.around", X, 1),
    S("numpy.fix", A),
    S("numpy.fix", SPECIAL).to(0),
    S("numpy.sinc", V),
    S("numpy.sinc", TURNED),
    S("numpy.sinc", np.array([1e-9, 0.3183, 0.3184, -7.2])),
    S("numpy.sinc", NONE),
    S("numpy.nan_to_num", C),
    S("numpy.nan_to_num", SPECIAL).to(0),
    S("numpy.nan_to_num", SPECIAL, nan=1.0, posinf=2.0, neginf=-2.0).to(0),
    S("numpy.nan_to_num", SINGLE),
    S("numpy.angle", A),
    S("numpy.angle", SPECIAL, deg=True).to(0),
    S("numpy.real", TURNED),
    S("numpy.imag", A),
    S("numpy.real_if_close", A),
    S("numpy.iscomplex", A),
    S("numpy.isreal", A),
    S("numpy.isposinf", SPECIAL),
    S("numpy.isneginf", SPECIAL),
    S("numpy.isclose", SPECIAL, SPECIAL[::-1]),
    S("numpy.isclose", SPECIAL, SPECIAL, equal_nan=True),
    S("numpy.isclose", A, A[0], rtol=abs(V[:3]), atol=0.1),
    S("numpy.allclose", A, A),
    S("numpy.allclose", A, A[0]),
    S("numpy.array_equal", A, A[:1]),
    S("numpy.array_equal", SPECIAL, SPECIAL, equal_nan=True),
    S("numpy.array_equiv", A, A[:1]),
]
