"""Samples of differences, integrals, interpolation, convolution, polynomials and covariances."""

import numpy as np
from sampling import S

C = (np.arange(24.0) * 7 % 24).reshape(2, 3, 4) / 7 - 1.15
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
S4 = np.array([[1.0, 2.0, -0.5, 0.3], [3.0, 5.0, 0.7, -1.0], [0.4, 0.1, 2.0, 1.0]])
V = np.array([0.5, 1.5, 2.5])
W = np.array([2.0, -1.0, 0.25, 3.0])
POINTS = np.array([0.0, 0.4, 1.3])
BACK = C[::-1, :, ::2]
ONE = np.array([1.5])

SAMPLES = [
    S("numpy.diff", C), S("numpy.diff", C, 2, axis=1), S("numpy.diff", BACK, axis=0),
    S("numpy.diff", A, prepend=np.array(0.5), append=np.array([[1.0], [2.0]])),
    S("numpy.diff", V, 5), S("numpy.diff", V, 0),
    S("numpy.ediff1d", A, to_begin=np.array([1.5]), to_end=V),
    S("numpy.gradient", W), S("numpy.gradient", W, 0.3, edge_order=2),
    S("numpy.gradient", S4, axis=np.int64(1)),
    S("numpy.gradient", W, np.array(0.3)), S("numpy.gradient", V, POINTS),
    S("numpy.gradient", V, POINTS, edge_order=2), S("numpy.gradient", S4, axis=(1, 0)),
    S("numpy.gradient", S4, 2.0, np.array([1.0, 2.0, 4.0, 4.5]), edge_order=2),
    S("numpy.gradient", W, np.array([0.0, 1.0, 2.0, 3.0])).keep(1),
    S("numpy.trapezoid", A), S("numpy.trapezoid", A, POINTS, axis=1),
    S("numpy.trapezoid", A, dx=np.array(0.5), axis=0), S("numpy.trapezoid", C, C**2, axis=1),
    S("numpy.interp", np.array([0.7, -1.0, 2.0, 9.0]), V, W[:3]),
    S("numpy.interp", S4, V, W[:3], left=-1.0, right=np.array(3.5)),
    S("numpy.interp", np.array([-0.4, 2.95, 4.2]), np.array([0.1, 1.5, 2.9]), V, period=3.0),
    S("numpy.interp", V, ONE, ONE * 2).to(0),
    S("numpy.interp", V, V, np.array([1.0, np.nan, 3.0])).to(0),  # exact at points
    S("numpy.interp", V, V, np.array([-np.inf, 2.0, np.inf])).to(0),
    S("numpy.unwrap", W * 4), S("numpy.unwrap", S4 * 0.7, axis=0, period=2.0),
    *(S(f"numpy.{name}", a, v, mode) for name in ("convolve", "correlate")
      for a, v in ((W, V), (V, W), (ONE, W)) for mode in ("full", "same", "valid")),
    S("numpy.convolve", np.linspace(0.0, 1.0, 100), np.linspace(1.0, 2.0, 17)),
    S("numpy.convolve", [1, 2, 3], [0, 1]), S("numpy.convolve", W.astype(np.float32), [1, 2]),
    S("numpy.polyval", W, A), S("numpy.polyval", W, np.array(0.7)), S("numpy.polyder", W, 2),
    S("numpy.polyder", W), S("numpy.polyint", W, 2, k=np.array([0.5, 3.0])), S("numpy.polyint", W),
    S("numpy.polyadd", W, V), S("numpy.polysub", V, W), S("numpy.polymul", W, V),
    S("numpy.polydiv", W, np.array([1.5, 0.5])), S("numpy.polydiv", V, W), S("numpy.poly", V),
    S("numpy.poly", np.array([1.0, np.inf, np.nan])).to(0),
    S("numpy.cov", S4), S("numpy.cov", S4, V[:, None] * W, rowvar=False, bias=True),
    S("numpy.cov", W), S("numpy.cov", S4, ddof=0, fweights=[1, 2, 0, 3]),
    S("numpy.cov", S4, aweights=np.array([0.5, 1.0, 2.0, 0.1])),
    S("numpy.cov", S4, fweights=[1, 2, 0, 3], aweights=np.array([0.5, 1.0, 2.0, 0.1])),
    S("numpy.corrcoef", S4), S("numpy.corrcoef", S4[0], W),
    S("numpy.corrcoef", S4, rowvar=False).to(0),
]  # fmt: skip
