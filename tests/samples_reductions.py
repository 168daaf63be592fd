"""Samples of reductions and scans."""

import numpy as np
from sampling import S

C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.15
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
V = np.array([0.5, 1.5, 2.5, -0.75])
W = np.array([2.0, 0.5, 0.25, 3.0])
ZEROS = np.array([[0.0, 3.0, 4.0], [0.0, 2.0, 0.0]])
TIES = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
GAPS = np.array([[1.0, np.nan, 3.0, -2.0], [np.nan, np.nan, 0.5, 4.0]])
MASK = np.array([[True, False, True], [False, True, True]])
SINGLE = A.astype(np.float32)
EMPTY, NUMBER, INTEGERS = np.zeros((0, 3)), np.array(2.5), np.array([[3, 0, -1], [2, 2, 5]])
BACK = C[::-1, :, ::2]
MEAN = np.array([[1.0], [2.5]])


def every(name, *options, arrays=(A, C, BACK, NUMBER, SINGLE)):
    """A function with the options that all reductions have."""
    for x in arrays:
        yield S(name, x)
    yield S(name, C, axis=1)
    yield S(name, C, axis=(0, -1), keepdims=True)
    yield S(name, C, axis=())
    for kwargs in options:
        yield S(name, A, **kwargs)


def logcumsumexp(x, axis=None):
    return np.logaddexp.accumulate(x.ravel() if axis is None else x, axis=axis or 0)


WHERE = [{"where": MASK}, {"where": MASK, "axis": 1}]
START = [{"initial": 2.5, "axis": 0}, {"initial": 2.5, "where": MASK, "axis": 1}]
SAMPLES = [
    *every("numpy.sum", *WHERE, *START),
    S("numpy.sum", A, dtype=np.float32).to(0),
    *every("numpy.prod", *WHERE, *START),
    *every("numpy.mean", *WHERE),
    *every("numpy.var", *WHERE, {"ddof": 1}),
    S("numpy.var", A, correction=1.5, axis=1).since("numpy", 2),
    *(s for s in every("numpy.std", *WHERE, {"ddof": 1}, arrays=(A, C, BACK, SINGLE))
      if s.kwargs.get("axis") != ()),  # the deviation of a number from itself has a kink
    *every("numpy.max", *START), *every("numpy.min", *START),
    *every("numpy.amax"), *every("numpy.amin"), *every("numpy.ptp"),
    *every("numpy.any", *WHERE), *every("numpy.all", *WHERE), *every("numpy.count_nonzero"),
    S("numpy.var", A, axis=1, mean=MEAN).since("numpy", 2),
    S("numpy.std", A, axis=1, mean=MEAN, where=MASK).since("numpy", 2),
    S("numpy.sum", EMPTY), S("numpy.sum", EMPTY, axis=1), S("numpy.prod", EMPTY, axis=0),
    S("numpy.mean", EMPTY, axis=1), S("numpy.max", EMPTY, axis=0, initial=1.0),
    S("numpy.sum", INTEGERS, axis=0), S("numpy.prod", INTEGERS), S("numpy.mean", INTEGERS),
    S("numpy.max", INTEGERS, axis=1), S("numpy.std", INTEGERS, axis=0),
    S("numpy.prod", ZEROS), S("numpy.prod", ZEROS, axis=1),
    S("numpy.max", TIES, axis=1).to(0), S("numpy.min", TIES).to(0), S("numpy.ptp", TIES).to(0),
    *(S(f"numpy.{name}", C, axis=axis, keepdims=True)
      for name in ("argmax", "argmin") for axis in (None, 1)),
    S("numpy.argmax", TIES, axis=1), S("numpy.nanargmax", GAPS, axis=1),
    S("numpy.nanargmin", GAPS),
    *(S(f"numpy.{name}", GAPS, axis=axis)
      for name in "nansum nanprod nanmean nanvar nanstd nanmax nanmin".split()
      for axis in (None, 1)),
    S("numpy.nanvar", np.array([[3, 0], [1, 2]]), axis=0), S("numpy.nanvar", GAPS, axis=1, ddof=1),
    S("numpy.nanstd", C, correction=2.0).since("numpy", 2),
    S("numpy.nansum", GAPS, where=GAPS > 0, initial=2.0), S("numpy.nanmax", GAPS, initial=3.5),
    S("numpy.nanmin", GAPS, where=GAPS > 0, initial=9.0, axis=1, keepdims=True),
    S("numpy.nancumsum", GAPS, axis=1), S("numpy.nancumprod", GAPS),
    S("numpy.average", A), S("numpy.average", A, axis=1, weights=np.array([0.5, 1.0, 2.0])),
    S("numpy.average", A, weights=A**2 + 1, returned=True),
    S("numpy.average", C, axis=(2, 0), weights=np.arange(8.0).reshape(4, 2) + 1, keepdims=True)
    .since("numpy", 2),
    S("numpy.average", INTEGERS, axis=0, weights=[1, 3]),
    *(S(f"numpy.{name}", x, axis=axis)
      for name in ("cumsum", "cumprod") for x in (C, ZEROS, BACK) for axis in (None, 0, 1)),
    S("numpy.cumsum", SINGLE), S("numpy.cumprod", SINGLE, 1), S("numpy.cumprod", EMPTY, axis=0),
    S("numpy.cumprod", NUMBER), S("numpy.cumprod", INTEGERS, dtype=np.float64),
    S("numpy.cumulative_sum", A, axis=1, include_initial=True),
    S("numpy.cumulative_prod", V, include_initial=True),
    *(S(f"fastgrad.{name}", x, axis=axis).like(
        lambda x, axis, f=f: f.accumulate(x.ravel() if axis is None else x, axis=axis or 0))
      for name, f in (("cummax", np.maximum), ("cummin", np.minimum),
                      ("logcumsumexp", np.logaddexp))
      for x in (A, C) for axis in (None, 1)),
    S("fastgrad.cummax", TIES, axis=1).like(np.maximum.accumulate).to(0),
    S("fastgrad.logcumsumexp", np.array([-1000.0, 1000.0, 999.0])).like(logcumsumexp),
    S("numpy.add.reduce", C, axis=(0, 2)), S("numpy.multiply.reduce", A, axis=None, initial=2.0),
    S("numpy.maximum.reduce", A, where=MASK, initial=0.0, axis=1),
    S("numpy.logaddexp.reduce", A, axis=1), S("numpy.fmax.reduce", GAPS, axis=1),
    S("numpy.multiply.accumulate", ZEROS, axis=1), S("numpy.maximum.accumulate", A),
    S("numpy.minimum.accumulate", A, axis=1), S("numpy.logaddexp.accumulate", A, axis=1),
    S("numpy.subtract.accumulate", V), S("numpy.fmin.accumulate", GAPS[0]),
    S("numpy.add.reduceat", V, [0, 2, 1]), S("numpy.multiply.reduceat", C, [0, 2], axis=2),
    S("numpy.add.outer", V, W), S("numpy.power.outer", W, V),
]  # fmt: skip
