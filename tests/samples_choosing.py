"""Samples of tests and choices, and of names of NumPy and SciPy for what other samples check."""

import numpy as np
from sampling import S

C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1
TIES = np.array([[1.0, 0.0, -2.0], [-2.0, 1.0, np.nan]])
V, W = np.array([0.5, 1.5, -0.7]), np.array([2.0, 0.25, 1.25])
TESTS = "equal not_equal less less_equal greater greater_equal logical_and logical_or".split()
SAMPLES = [
    *(S(f"numpy.{name}", TIES, np.array([1.0, 0.0, 0.0])) for name in TESTS),
    S("numpy.where", C > 0, C, C[:1] ** 2),
    S("numpy.where", TIES > 0, TIES, np.array(2.0)).to(0),
    S("numpy.select", [V > 0, W > 1], [V * 2, W], np.array(3.0)),
    S("numpy.nonzero", TIES).eagerly(),
    S("numpy.flatnonzero", TIES).eagerly(),
    S("numpy.argwhere", TIES).eagerly(),
    S("numpy.partition", C, 2),
    S("numpy.unique_values", V).eagerly(),
    S("scipy.special.cbrt", W),
    S("scipy.special.softplus", C),
    S("scipy.special.exp2", C),
    S("scipy.special.expm1", C),
    S("scipy.special.log1p", W),
]  # fmt: skip
