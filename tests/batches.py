"""What the tests of batches have in common."""

import numpy as np


def same(found, wanted):
    """Whether two results, packed alike, have the same bits; any NaN is as good as another."""
    if isinstance(found, (tuple, list)):
        assert len(found) == len(wanted)
        for f, w in zip(found, wanted):
            same(f, w)
        return
    found, wanted = np.asarray(found), np.asarray(wanted)
    assert found.dtype == wanted.dtype and found.shape == wanted.shape
    assert np.array_equal(found, wanted, equal_nan=found.dtype.kind == "f")
    numbers = found == found
    assert (np.signbit(found) == np.signbit(wanted))[numbers].all()
