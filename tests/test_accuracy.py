"""The mathematical functions are as near to the exact values as they say, with any instruction set.

`python tests/accuracy.py` looks at many more points and prints what it finds.
"""

import re

import pytest
from accuracy import FUNCTIONS, ROWS, SETS, measure
from formulas import C_FUNCTIONS

N_POINTS = 3000
# A C library is trusted with this, where there are no vector functions. What float32 has was
# computed in double and rounded.
LIBM, FLOAT32 = 4.0, 0.51


@pytest.fixture(scope="module")
def measured():
    return measure(FUNCTIONS, N_POINTS, SETS)


@pytest.mark.parametrize("isa", SETS)
@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_are_near_the_exact_values(measured, name, isa):
    rows, _ = measured
    promise = FUNCTIONS[name].within if isa != "base" else LIBM
    assert rows[name, "float64", isa].largest <= promise, rows[name, "float64", isa]
    assert rows[name, "float32", isa].largest <= FLOAT32, rows[name, "float32", isa]


def test_all_vectors_give_the_same_bits(measured):
    _, values = measured
    wide = [values[isa] for isa in SETS if isa != "base"]
    for key in values["base"]:
        assert len({found[key].tobytes() for found in wide}) <= 1, key


def test_every_row_that_is_a_function_of_c_is_measured():
    basic = set("fabs sqrt floor ceil rint trunc fmod isfinite isinf isnan".split())
    calls = {name: re.fullmatch(r"(\w+)\(x(, y)?\)", row["value"]) for name, row in ROWS.items()}
    own = {name for name, call in calls.items() if call and call[1] in C_FUNCTIONS.keys() - basic}
    assert own - set(FUNCTIONS) == set()
