"""Every row of the op table, from the table alone: a new row is tested as soon as it is written.

Values are compared with the NumPy function of the same name, derivatives with differences of the
row's own value in exact arithmetic, whole ops with the reference engine.
"""

import itertools
import math
import re
import zlib

import mpmath
import numpy as np
import pytest
import reference
from formulas import (
    C_FUNCTIONS,
    LENT,
    ROWS,
    derivative,
    differentiable,
    function,
    relative_error,
    value_of,
)
from scipy import special

import fastgrad as fg

N_POINTS = 12  # of the domain, at which derivatives are compared
# A C library is trusted with 2 ulp, and so is NumPy, whose vectorised functions are its own; what
# is computed from basic operations alone is rounded as IEEE says, and equal.
ULP = 4
# Where the terms of logaddexp cancel NumPy's is 4 off, by itself; ndtr rounds what it hands to
# erfc, which loses x * x; zeta of a negative operand sums terms of both signs.
ULPS = {"logaddexp": 8, "ndtr": 2000, "zeta": 40, "polygamma": 40}
EXACT = set(
    "fabs sqrt fmod floor ceil rint trunc select sign maximum minimum remainder floor_divide "
    "masked_multiply logical_and logical_or logical_not isfinite isinf isnan".split()
)
# Local gradients are short formulas of functions good to some ulp: 1e-12 is 4500 ulp, of which
# differences such as 1 - v * v in the derivative of tanh take some at the ends of a domain.
RTOL = 1e-12

exact_erfc = np.vectorize(lambda x: float(mpmath.erfc(x)))
OTHERS = {  # what NumPy lacks
    "masked_multiply": lambda x, y: np.where(x == 0, 0.0, x * y),
    "xlogy": special.xlogy,
    "xlog1py": special.xlog1py,
    "select": lambda c, x, y: np.where(c != 0, x, y),
    "sigmoid": lambda x: np.where(x < -37, np.exp(x), special.expit(x)),  # SciPy's is soon 0
    "softplus": lambda x: np.logaddexp(x, 0.0),
    "relu": lambda x: np.maximum(x, 0.0),
    "erf": special.erf,
    "erfc": lambda x: exact_erfc(np.clip(x, -30, 30)),  # SciPy's errs by x * x ulp
}
SPECIAL = [
    0.0,
    0.1,
    0.5,
    1.0,
    1.5,
    2.0,
    2.5,
    3.0,
    7.3,
    np.pi,
    1e-8,
    20.0,
    36.7,
    700.0,
    709.9,
    745.5,
]
SPECIAL += [1e16, 2.0**53 + 2, 1e150, 1e300, 1.7e308, 1e-300, 2.3e-308, 1e-310, 5e-324, np.inf]
SPECIAL += [-x for x in SPECIAL] + [np.nan]
FEW = [0.0, -0.0, 1.5, -2.5, 1e300, -5e-324, np.inf, -np.inf, np.nan]

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
smooth_rows = pytest.mark.parametrize(
    "row", [row for row in ROWS if not row["is_test"]], ids=lambda row: row["name"]
)
known_rows = pytest.mark.parametrize(
    "row", [row for row in ROWS if row["name"] in reference.OPS], ids=lambda row: row["name"]
)


def is_lent(row):
    """Whether SciPy computes a row, or what is found in SciPy alone: sums of many terms."""
    return row["value"].partition("(")[0] in LENT


def oracle(row):
    """Return the function to compare a row with, or None if nobody else has it."""
    if is_lent(row):
        return getattr(special, row["name"])
    return OTHERS.get(row["name"]) or getattr(np, row["name"], None)


def random_points(row, n):
    """Return an array of n numbers of the domain for each operand; always the same.

    An order or the like, by which there is no derivative, may have to be a whole number.
    """
    rng = np.random.default_rng(zlib.crc32(row["name"].encode()))
    smooth = differentiable(row)
    return [
        rng.uniform(low, high, n)
        if k in smooth
        else rng.integers(math.ceil(low), math.floor(high) + 1, n).astype(float)
        for k, (low, high) in enumerate(row["domains"])
    ]


def special_points(row):
    """Return operands in all combinations of zeros, ties, huge and tiny numbers, inf and nan."""
    values = [SPECIAL if row["arity"] < 3 else FEW] * row["arity"]
    if is_lent(row) and row["arity"] > 1:  # far out some of SciPy's functions take their time
        near = [1.0, 30.0, *(x for x in FEW if abs(x) not in (1e300, 5e-324))]
        smooth = differentiable(row)
        values = [near if k in smooth else [0.0, 1.0, 2.0, 30.0] for k in range(row["arity"])]
    return list(np.array(list(itertools.product(*values))).T)


def few_points(row):
    return random_points(row, 4 if is_lent(row) else N_POINTS)


def points(row):
    return [np.concatenate(xs) for xs in zip(random_points(row, 100), special_points(row))]


def tracked(arrays, row=None):
    """Return Tensors, those tracked by which a row has a derivative."""
    smooth = range(3) if row is None else differentiable(row)
    return [fg.tensor(x, requires_grad=k in smooth) for k, x in enumerate(arrays)]


def gradients(y, xs, **options):
    """Return the gradient of each operand, zeros where there is none: then y is constant."""
    found = [fg.as_tensor(np.zeros(x.shape, x.dtype)) for x in xs]
    smooth = [k for k, x in enumerate(xs) if x.requires_grad]
    if y.requires_grad:
        seed = fg.as_tensor(np.ones(y.shape, y.dtype))
        by = [xs[k] for k in smooth]
        for k, g in zip(smooth, fg.autograd.grad(y, by, seed, materialize_grads=True, **options)):
            found[k] = g
    return found


def plain(tensors):
    return [t.detach().numpy() for t in tensors]


def assert_same(got, wanted):
    """Compare to the last bit, NaN equal to NaN; also the sign of a zero."""
    np.testing.assert_array_equal(got, wanted, strict=True)
    np.testing.assert_array_equal(
        np.signbit(got) & ~np.isnan(got), np.signbit(wanted) & ~np.isnan(wanted)
    )


def ulps(got, wanted):
    """Return the distances in units of the last place; infinite between finite and not finite."""
    same = (got == wanted) | (np.isnan(got) & np.isnan(wanted))
    with np.errstate(invalid="ignore", over="ignore"):
        distance = np.abs(got - wanted) / np.spacing(np.maximum(np.abs(wanted), 2.3e-308))
    return np.where(same, 0.0, np.where(np.isfinite(distance), distance, np.inf))


# ----- values -----


@rows
def test_the_value_is_that_of_numpys_function(row):
    found = oracle(row)
    if found is None:
        pytest.skip("neither NumPy nor SciPy has it; see the next test")
    xs = points(row)
    with np.errstate(all="ignore"):
        wanted = np.asarray(found(*xs))
    got = function(row)(*xs).numpy()
    assert got.dtype == wanted.dtype
    if row["is_test"]:
        np.testing.assert_array_equal(got, wanted)
        return
    exact = set(re.findall(r"\w+(?=\()", row["value"])) <= EXACT
    distance = ulps(got, wanted)
    worst = np.argmax(distance)
    most = 0 if exact else ULPS.get(row["name"], ULP)
    assert distance[worst] <= most, [x[worst] for x in xs]
    if exact and not re.search("maximum|minimum", row["value"]):  # which zero is larger is open
        assert_same(got, wanted)


@rows
def test_the_value_is_that_of_the_formula_in_exact_arithmetic(row):
    xs = few_points(row)
    got = function(row)(*xs).numpy()
    names = set(re.findall(r"\w+(?=\()", row["value"]))
    for k, point in enumerate(zip(*xs)):
        with mpmath.workdps(50):
            wanted = value_of(row)(*point)
        # of a sum or difference of such values, as in softplus, the terms are not larger than 1
        scale = max(abs(wanted), 1) if len(names) > 1 else None
        if is_lent(row):  # of SciPy, which promises nothing
            assert relative_error(got[k], wanted, max(abs(wanted), 1)) <= 1e-13, point
        else:
            assert relative_error(got[k], wanted, scale) <= ULP * 2.0**-52, point


@rows
def test_a_scalar_has_the_bits_of_an_array_element_and_recording_changes_none(row):
    f, xs = function(row), points(row)
    wanted = f(*xs).numpy()
    if not row["is_test"]:
        assert_same(f(*tracked(xs, row)).detach().numpy(), wanted)
    some = slice(0, None, 1 + len(wanted) // 500)
    few = list(zip(*[x[some].tolist() for x in xs]))
    for made in (float, fg.tensor, np.array, lambda x: fg.tensor(x, requires_grad=True)):
        results = [f(*map(made, point)) for point in few]
        assert_same(np.array([result.item() for result in results]), wanted[some])


@rows
def test_a_float32_result_is_the_float64_one_rounded_once(row):
    with np.errstate(over="ignore"):
        xs = [x.astype(np.float32) for x in points(row)]
        wanted = function(row)(*[x.astype(np.float64) for x in xs]).numpy()
        if not row["is_test"]:
            wanted = wanted.astype(np.float32)
    assert_same(function(row)(*xs).numpy(), wanted)
    if not row["is_test"]:
        assert_same(function(row)(*tracked(xs, row)).detach().numpy(), wanted)
        single = function(row)(*tracked([x[3] for x in xs], row))
        assert (single.dtype, single.item()) == (np.float32, wanted[3])


# ----- derivatives -----


@smooth_rows
def test_the_local_gradients_are_the_derivatives_of_the_value(row):
    xs = few_points(row)
    operands = tracked(xs, row)
    found = plain(gradients(function(row)(*operands), operands))
    units = np.eye(row["arity"], dtype=int).tolist()
    for point, *got in zip(zip(*xs), *found):
        for k in differentiable(row):
            wanted = derivative(row, tuple(units[k]), point)
            scale = max(abs(wanted), 1) if is_lent(row) else None
            assert relative_error(got[k], wanted, scale) <= RTOL, (k, point)


# On both sides of where a formula changes, and in the branches that no domain reaches.
BEYOND = {
    "erfcx": [[-5.0, 19.9, 20.0, 25.0, 300.0]],
    "dawsn": [[-300.0, -20.0, -19.9, 5.0, 19.9, 20.0, 25.0]],
    "spence": [[0.9895, 0.9905, 1.0095, 1.0105]],
    "ellipk": [[-0.0105, -0.0095, 0.0095, 0.0105]],
    "ellipe": [[-0.0105, -0.0095, 0.0095, 0.0105]],
    "ellipkm1": [[0.9895, 0.9905, 1.0095, 1.0105]],
    "log_ndtr": [[-30.0, -0.01, 0.01, 6.0]],
    "ndtri_exp": [[-1e5, -30.0, -0.7, -0.69, -0.001]],
    "rgamma": [[-9.5, 0.49, 0.51, 9.0]],
    "i0e": [[-0.5, -5.0]],
    "i1e": [[-0.5, -5.0]],
    "iv": [[2.0, 3.0], [-1.5, -0.5]],
    "ive": [[2.0, 3.0], [-1.5, -0.5]],
    "expn": [[0.0, 0.0, 1.0, 1.9], [0.5, 2.0, 0.7, 0.7]],
}


@pytest.mark.parametrize("name", BEYOND)
def test_the_local_gradients_beyond_the_domain_are_the_derivatives_of_the_value(name):
    row = next(row for row in ROWS if row["name"] == name)
    operands = tracked([np.array(x) for x in BEYOND[name]], row)
    found = plain(gradients(function(row)(*operands), operands))
    last = (*[0] * (row["arity"] - 1), 1)
    for *point, got in zip(*BEYOND[name], found[-1]):
        with mpmath.workdps(60):
            wanted = mpmath.diff(value_of(row), tuple(point), last)
        # just below 20, dawsn is known to some ulp and 1 - 2 * x * v loses three digits
        assert relative_error(got, wanted) <= 2 * RTOL, point


@smooth_rows
def test_the_second_derivatives_are_those_of_the_value(row):
    xs = few_points(row)
    operands = tracked(xs, row)
    first = gradients(function(row)(*operands), operands, create_graph=True)
    second = [plain(gradients(g, operands, retain_graph=True)) for g in first]
    units = np.eye(row["arity"], dtype=int)
    pairs = list(itertools.product(differentiable(row), repeat=2))
    for n, point in enumerate(zip(*xs)):
        wanted = {(i, j): derivative(row, tuple((units[i] + units[j]).tolist()), point)
                  for i, j in pairs if i <= j}  # fmt: skip
        # relative to the largest: 1 / v - x * x / v**3 in hypot loses what y is smaller than x
        scale = max([*map(abs, wanted.values()), int(is_lent(row))])
        for i, j in pairs:
            error = relative_error(second[i][j][n], wanted[min(i, j), max(i, j)], scale)
            assert error <= RTOL, (i, j, point)


@smooth_rows
def test_scalars_arrays_and_recorded_sweeps_have_the_same_gradients_to_the_last_bit(row):
    f, xs = function(row), points(row)
    operands = tracked(xs, row)
    y = f(*operands)
    wanted = plain(gradients(y, operands, retain_graph=True))
    for got, g in zip(plain(gradients(y, operands, create_graph=True)), wanted):
        np.testing.assert_array_equal(got, g)
    some = slice(0, None, 1 + len(wanted[0]) // 200)
    recorded, swept = [], []
    for point in zip(*[x[some].tolist() for x in xs]):
        scalars = tracked(point, row)
        y = f(*scalars)
        recorded.append([g.item() for g in gradients(y, scalars, create_graph=True)])
        if y.requires_grad:
            y.backward()
        swept.append([0.0 if t.grad is None else t.grad.item() for t in scalars])
    np.testing.assert_array_equal(np.transpose(recorded), [g[some] for g in wanted])
    np.testing.assert_array_equal(np.transpose(swept), [g[some] for g in wanted])


@smooth_rows
def test_a_float32_gradient_is_the_float64_one_rounded_once(row):
    # at operands that float32 holds; the value is rounded before a local gradient reads it
    xs = [x.astype(np.float32) for x in random_points(row, 50)]
    operands, doubles = tracked(xs, row), tracked([x.astype(np.float64) for x in xs], row)
    found = gradients(function(row)(*operands), operands)
    wanted = gradients(function(row)(*doubles), doubles)
    for k, (got, g) in enumerate(zip(plain(found), plain(wanted))):
        assert got.dtype == np.float32
        if "v" in re.findall(r"\w+", row["partials"][k]):
            np.testing.assert_allclose(got, g, rtol=1e-4)
        else:
            assert_same(got, g.astype(np.float32))


@known_rows
def test_a_scalar_op_is_that_of_the_reference_engine(row):
    f, its = function(row), getattr(reference, row["name"])
    xs = points(row)
    some = slice(0, None, 1 + len(xs[0]) // 400)
    found, expected = [], []
    for point in zip(*[x[some].tolist() for x in xs]):
        operands, values = tracked(point), list(map(reference.Value, point))
        got, wanted = f(*operands), its(*values)
        if not row["is_test"]:
            got.backward()
            wanted.backward()
        found.append([got.item(), *(0.0 if t.grad is None else t.grad.item() for t in operands)])
        expected.append([wanted.data, *(value.grad for value in values)])
    # tanh' is 1 - tanh**2 in the table and 1 / cosh**2 in the reference, which has more digits
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-15)


@rows
def test_a_row_of_the_table_is_a_function_that_says_what_it_does(row):
    f = function(row)
    assert (f.__name__, f.__module__) == (row["name"], "fastgrad")
    summary, *rest = f.__doc__.splitlines()
    assert summary == row["doc"]
    partials = [row["partials"][k] for k in differentiable(row)]
    for text in (row["value"], *(() if row["is_test"] else partials)):
        assert any(f"``{text}``" in line for line in rest)
    assert row["name"] in fg.__all__


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row["is_test"]], ids=lambda row: row["name"]
)
def test_the_value_of_a_test_is_a_bool_without_gradient(row):
    for xs in (random_points(row, 5), [1.0] * row["arity"], [2] * row["arity"]):
        y = function(row)(*xs)
        assert y.dtype == np.bool_
        assert not y.requires_grad
    y = function(row)(*tracked(random_points(row, 5)))
    assert not y.requires_grad


def test_a_wrong_local_gradient_is_noticed():
    row = next(row for row in ROWS if row["name"] == "tanh")
    wanted = derivative(row, (1,), (0.5,))
    assert relative_error(1 - np.tanh(0.5) ** 2, wanted) <= RTOL
    assert relative_error((1 - np.tanh(0.5) ** 2) * (1 + 1e-11), wanted) > RTOL


def test_the_namespace_of_formulas_is_what_rows_may_call():
    called = {name for row in ROWS for name in re.findall(r"\w+(?=\()", row["value"])}
    assert called & C_FUNCTIONS.keys()
    for row in ROWS:
        value_of(row)(*[sum(domain) / 2 + 0.125 for domain in row["domains"]])
