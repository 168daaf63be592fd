"""What of NumPy and SciPy is served: no name is unknown, and what is refused raises."""

import numpy as np
import operations
import pytest
import sampling
import scipy
from left_out import REFUSED

import fastgrad as fg

REFUSED_NAMES = sorted(operations.listed(REFUSED))


@pytest.mark.skipif(np.__version__ < "2", reason="has names that are gone since")
@pytest.mark.parametrize("space", operations.SPACES)
def test_each_name_has_samples_or_a_reason_to_have_none(space):
    assert operations.counted(space)["unknown"] == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("space", "name"), REFUSED_NAMES, ids=[".".join(n) for n in REFUSED_NAMES])
def test_what_is_refused_never_gives_a_number_without_a_gradient(space, name):
    function = sampling.resolved(f"fastgrad.{space}.{name}", None)
    if function is None:
        pytest.skip("this version has no such function")
    if name == "fiedler" and scipy.__version__ < "1.12":
        pytest.skip("of one number it is 0 here, whatever the number")
    for make in (lambda: fg.tensor(0.5, requires_grad=True), lambda: matrix()):
        for n in range(1, 5):
            args = [make() for _ in range(n)]
            try:
                found = sampling._flat(function(*args))
            except Exception:
                continue  # in words: tests/fuzz_api.py looks at those
            for y in found:
                is_float = getattr(getattr(y, "dtype", None), "kind", "") in "fc"
                assert not is_float or np.size(y) == 0 or getattr(y, "requires_grad", False)


def matrix():
    return fg.tensor([[2.0, 0.5], [0.25, 1.5]], requires_grad=True)
