"""Samples of functions that sort, choose, take and put elements, and of sets."""

import numpy as np
from sampling import S

C = (np.arange(24.0) * 7 % 24).reshape(2, 3, 4) / 7 - 1.15
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
V = np.array([0.5, 2.5, 1.5, -0.75, 4.0])
TIES = np.array([3.0, 1.0, 1.0, 2.0, 3.0])
GAPS = np.array([[1.0, np.nan, 3.0, -2.0], [np.nan, 7.0, 0.5, 4.0]])
BACK = C[::-1, :, ::2]
SINGLE = A.astype(np.float32)
INTEGERS = np.array([[3, 0, -1], [2, 2, 5]])
WEIGHTS = [1, 0, 3, 2, 1]
METHODS = (
    "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen "
    "weibull linear median_unbiased normal_unbiased lower higher midpoint nearest"
).split()


def changed(change):
    """The function that changes a copy of its first argument and returns it."""

    def function(x, *args, **kwargs):
        x = x * 1.0
        change(x, *args, **kwargs)
        return x

    return function


def changing(name, *args, **kwargs):
    sample = S(f"numpy.{name}", *args, **kwargs)
    sample.reference = changed(sample.plain())
    sample.ours = lambda: {f"numpy.{name}": sample.reference}
    return sample


SAMPLES = [
    *(S("numpy.sort", x, axis=axis) for x in (C, BACK, SINGLE) for axis in (-1, 0, None)),
    S("numpy.sort", TIES).to(0), S("numpy.sort", np.zeros((0, 2))), S("numpy.sort", INTEGERS),
    S("numpy.argsort", TIES, kind="stable"), S("numpy.argsort", C, axis=1),
    S("numpy.lexsort", (TIES, np.array([0.0, 1.0, 0.0, 1.0, 0.0]))),
    *(S("numpy.median", C, axis=axis, keepdims=True) for axis in (None, 1, (0, 2))),
    S("numpy.median", TIES).to(0), S("numpy.median", SINGLE), S("numpy.median", INTEGERS, axis=0),
    S("numpy.median", BACK, axis=0), S("numpy.nanmedian", GAPS), S("numpy.nanmedian", GAPS, axis=1),
    *(S("numpy.quantile", V, [0.0, 0.31, 0.5, 0.83, 1.0], method=method)
      .since("numpy", 2 * (method == "closest_observation")) for method in METHODS),
    *(S("numpy.nanquantile", GAPS, 0.37, axis=1, method=method) for method in METHODS),
    S("numpy.quantile", C, [[0.2, 0.7], [0.11, 0.9]], axis=(2, 0), keepdims=True),
    S("numpy.quantile", BACK, 0.4, axis=1), S("numpy.quantile", SINGLE, 0.4).since("numpy", 2),
    S("numpy.quantile", V, np.array([0.1, 0.63])),
    S("numpy.quantile", V, np.array(0.37), method="hazen"),
    S("numpy.quantile", V, [0.3, 0.6], weights=WEIGHTS, method="inverted_cdf").since("numpy", 2),
    S("numpy.nanquantile", GAPS, 0.4, axis=1, weights=np.array([[1, 2, 1, 1], [2, 1, 3, 1]]),
      method="inverted_cdf").since("numpy", 2),
    S("numpy.percentile", C, [12.5, 71.0], axis=1), S("numpy.nanpercentile", GAPS, 71.0),
    S("numpy.take", C, [[0, 5], [5, -2]]), S("numpy.take", C, [1, 0, 1], axis=1),
    S("numpy.take", V, [1.5, True]), S("numpy.take", V, []),
    S("numpy.take", V, [-9, 9], mode="wrap"), S("numpy.take", V, [-9, 9], mode="clip"),
    S("numpy.take_along_axis", A, np.array([[2, 0], [1, 1]]), axis=1),
    S("numpy.take_along_axis", A, np.array([5, 0]), axis=None),
    S("numpy.compress", [True, False, True], A, axis=1), S("numpy.extract", A > 0.9, A),
    S("numpy.choose", [0, 1, 1], [A[0], A[1]]),
    S("numpy.choose", [0, 3, -1], [A[0], A[1]], mode="wrap"),
    S("numpy.trim_zeros", np.array([0.0, 1.0, 0.0, 2.0, 0.0])).eagerly().to(0),
    changing("put", A, [4, 0, -1], np.array([1.5, 2.5])), changing("putmask", A, A > 1, V),
    changing("put", A, [40, 0], V, mode="clip"), changing("place", A, A > 1, V[:2]),
    changing("copyto", A, np.array([1.5, 2.5, 3.5]), where=A > 1),
    changing("put_along_axis", A, np.array([[2], [0]]), np.array([[1.5], [2.5]]), 1),
    changing("put_along_axis", A, np.array([4, 0]), V[:2], None),
    changing("fill_diagonal", C[0], V[:2]),
    changing("fill_diagonal", C.reshape(12, 2), V, wrap=True),
    changing("fill_diagonal", np.zeros((3, 3, 3)), V[:3]), changing("fill_diagonal", C[0], []),
    changing("putmask", V, V > 1, []), changing("place", V, V > 9, []), changing("put", V, [], V),
    S("numpy.searchsorted", np.sort(V), C),
    S("numpy.searchsorted", np.sort(TIES), TIES, side="right"),
    S("numpy.searchsorted", np.sort(GAPS[0]), GAPS), S("numpy.searchsorted", INTEGERS[0][::-1], C),
    S("numpy.searchsorted", np.sort(GAPS[0]), GAPS, side="right"),
    S("numpy.searchsorted", V, C, sorter=np.argsort(V)),
    S("numpy.searchsorted", V, C, "right", sorter=np.argsort(V).tolist()),
    S("numpy.digitize", C, np.sort(V)), S("numpy.digitize", C, np.sort(V)[::-1].copy(), right=True),
    S("numpy.bincount", [1, 3, 1, 0, 3], weights=V, minlength=6),
    S("numpy.histogram", V, bins=3).to(0), S("numpy.histogram_bin_edges", V, bins=4),
    S("numpy.histogram", TIES, bins=[0.0, 1.5, 3.0, 4.0], weights=V).keep(0),
    S("numpy.histogram", V, bins=3, range=(0.0, 3.0), weights=V * 2, density=True).keep(0),
    S("numpy.unique", V), S("numpy.unique", TIES, True, True, True).to(0),
    S("numpy.unique", np.array([[1.0, 2.0], [0.5, 3.0]]), axis=0),
    S("numpy.unique_counts", V).then(tuple), S("numpy.unique_all", V).then(tuple),
    S("numpy.unique_inverse", V).then(tuple),
    S("numpy.isin", TIES, np.array([3.0, 2.0])), S("numpy.isin", TIES, [3.0, 2.0], invert=True),
    S("numpy.intersect1d", TIES, V + 0.5, return_indices=True).to(0),
    S("numpy.union1d", V, A), S("numpy.setdiff1d", V, np.array([0.5])).to(0),
    S("numpy.setxor1d", V, A[0] + 0.1),
]  # fmt: skip
