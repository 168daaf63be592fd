"""Programs of float32: they compute in floats where all is float32, and give what NumPy gives."""

import formulas
import numpy as np
import pytest
import strategies as own
from hypothesis import given
from hypothesis import strategies as st
from new_process import python

import fastgrad as fg

F = np.float32
ROWS = formulas.ROWS
# In ULPs: logarithms are rounded before they are multiplied, and so is the operand of erfc.
WITHIN = {"xlogy": 2.0, "xlog1py": 2.0, "ndtr": 40.0}
LENGTHS = 1, 7, 16, 33, 600, 3000


def single(prog):
    """Whether a recorded function computes in floats."""
    return prog.stats()["single"]


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(F)


def ulps(got, exact):
    """How far float32 numbers are from numbers of float64, in ULPs; 0 where both are NaN."""
    with np.errstate(all="ignore"):
        wanted = np.asarray(exact, float)
        rounded = wanted.astype(F)
        same = (rounded == got) | (np.isnan(rounded) & np.isnan(got))
        return np.where(same, 0.0, np.abs(got - wanted) / np.spacing(np.abs(rounded)))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
@pytest.mark.parametrize("n", LENGTHS)
def test_a_row_on_floats_is_the_rounded_row_on_doubles(row, n):
    f = getattr(fg, row["name"])
    random = np.random.default_rng(n)
    xs = [random.uniform(lo, hi, n).astype(F) for lo, hi in row["domains"]]
    prog = fg.record(f, *xs)
    got = prog(*xs)
    exact = fg.record(f, *(x.astype(float) for x in xs))(*(x.astype(float) for x in xs))
    assert single(prog) and got.dtype in (F, bool)
    if got.dtype == bool:
        assert (got == exact).all()
    else:
        assert ulps(got, exact).max() < WITHIN.get(row["name"], 1.0) + 0.01


SPECIAL = F([0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-40, 1e38, -3e38, 1.0, -1.0, 2.5])


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_a_row_on_special_floats_is_the_rounded_row_on_doubles(row):
    f = getattr(fg, row["name"])
    xs = [x.ravel().copy() for x in np.meshgrid(*[SPECIAL] * len(row["domains"]))]
    with np.errstate(all="ignore"):
        got = fg.record(f, *xs)(*xs)
        exact = fg.record(f, *(x.astype(float) for x in xs))(*(x.astype(float) for x in xs))
    assert (got == exact).all() if got.dtype == bool else ulps(got, exact).max() < 1.51


def chain(x, y):
    z = x * y + 0.5
    z = np.where(z > 0.25, z, y - z) / (1.5 + x * x)
    return np.sqrt(abs(z)) - x


@given(own.arrays((40,), dtype=F), own.arrays((40,), dtype=F))
def test_arithmetic_has_the_bits_of_numpy(x, y):
    with np.errstate(all="ignore"):
        prog = fg.record(chain, x, y)
        np.testing.assert_array_equal(prog(x, y), chain(x, y))
    assert single(prog)


def test_what_leaves_the_range_of_floats_is_infinite():
    x = F([1e38, -1e38, 1e-30])
    prog = fg.record(lambda x: (x * 10, x * x, x / 1e30), x)
    with np.errstate(all="ignore"):
        for got, wanted in zip(prog(x), (x * F(10), x * x, x / F(1e30))):
            np.testing.assert_array_equal(got, wanted)
    assert single(prog)


ARRAY_FUNCTIONS = {
    "sum": lambda a, b: a.sum(),
    "sum of rows": lambda a, b: (a * b.T).sum(axis=1),
    "sum of columns": lambda a, b: (a * b.T).sum(axis=0),
    "mean": lambda a, b: a.mean(axis=0),
    "max": lambda a, b: a.max(axis=1) + b.min(),
    "norm": lambda a, b: np.linalg.norm(a, axis=1),
    "cumsum": lambda a, b: a.cumsum(axis=1),
    "product": lambda a, b: a @ b,
    "products": lambda a, b: np.tanh(a @ b) @ a,
    "transposed": lambda a, b: a.T @ b.T + 1.0,
    "vector": lambda a, b: a @ b[:, 0],
    "copies": lambda a, b: np.concatenate([a[::-1, 1:], b.T[:, :5]], axis=1).T,
    "gathered": lambda a, b: a[np.array([2, 0, 2]), 1:4] * 2.0,
    "broadcast": lambda a, b: a + b[:, :1].T,
    "softmax": lambda a, b: fg.softmax(a, axis=1) ** 2 + fg.logsumexp(b),
    "truth": lambda a, b: np.where((a > 0).any(axis=1), a.sum(axis=1), 0.0),
    "polynomial": lambda a, b: a**3 - 2 * a**2 + 1,
}


@pytest.mark.parametrize("name", ARRAY_FUNCTIONS)
@pytest.mark.parametrize("shape", [(3, 6), (64, 70), (200, 300)])
def test_array_functions_are_near_those_of_doubles(name, shape):
    f = ARRAY_FUNCTIONS[name]
    a, b = normal(*shape), normal(*shape[::-1], seed=1)
    prog = fg.record(f, a, b)
    got = prog(a, b)
    assert single(prog) and got.dtype == F
    wanted = fg.record(f, a.astype(float), b.astype(float))(a.astype(float), b.astype(float))
    scale = np.abs(wanted).max() * max(1.0, np.log2(a.size))
    np.testing.assert_allclose(got, wanted, rtol=0, atol=3e-7 * scale)
    total = fg.record(lambda a, b: (f(a, b) * 0.5).sum(), a, b)
    in_doubles = fg.grad(lambda a, b: (f(a, b) * 0.5).sum(), argnums=(0, 1))
    exact_ones = in_doubles(a.astype(float), b.astype(float))
    for x, exact in zip(fg.grad(total, argnums=(0, 1))(a, b), exact_ones):
        assert x.dtype == F
        scale = np.abs(exact).max() * max(1.0, np.log2(a.size))
        np.testing.assert_allclose(x, exact, rtol=0, atol=1e-6 * scale + 1e-30)


@pytest.mark.parametrize("n", [10, 1000, 10**6])
def test_sums_are_as_near_as_those_of_numpy(n):
    x = np.random.default_rng(n).uniform(0.0, 1.0, n).astype(F)
    exact = x.astype(float).sum()
    got = fg.record(lambda x: (x * 1.0).sum(), x)(x)
    also = fg.record(lambda x: x[::2].sum() + x[1::2].sum(), x)(x)
    assert abs(got - exact) <= 4e-7 * exact and abs(also - exact) <= 4e-7 * exact


STAYS = {
    "float64 beside": (lambda x, y: x * y, normal(3), np.ones(3)),
    "a float64 number": (lambda x, y: x * y, normal(3), 2.0),
    "integers": (lambda x, y: x * y, normal(3), np.arange(3)),
    "a conversion": (lambda x, y: (x.astype(float) * 2.0).astype("f4") + y, normal(3), normal(3)),
    "a constant too large": (lambda x, y: x * y * 1e39, normal(3), normal(3)),
    "a constant too small": (lambda x, y: x * y * 1e-39, normal(3), normal(3)),
    "a constant as a result": (lambda x, y: (x * y, fg.as_tensor(0.1)), normal(3), normal(3)),
    "positions": (lambda x, y: x[x.argmax()] + y, normal(3), normal(3)),
}


@pytest.mark.parametrize("name", STAYS)
def test_what_floats_do_not_hold_stays_in_doubles(name):
    f, x, y = STAYS[name]
    prog = fg.record(f, x, y)
    got, wanted = prog(x, y), f(*map(fg.as_tensor, (x, y)))
    assert not single(prog)
    parts = zip(got, wanted) if isinstance(got, tuple) else [(got, wanted)]
    for a, b in parts:
        np.testing.assert_array_equal(a, b.numpy())


def density(x, y):
    z = x * y - 0.5 * np.exp(-x * x)
    return np.sin(z) * y + fg.softplus(x)


@pytest.mark.parametrize("n", LENGTHS)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_batch_is_its_points(n, threads):
    x, y = normal(2, n)
    prog = fg.record(density, F(0.5), F(1.5))
    got = prog.batch(x, y, what="value", threads=threads)
    assert single(prog) and got.dtype == F
    for k in {0, n // 2, n - 1}:
        assert got[k] == prog(x[k], y[k])
    value, slope = prog.batch(x, y, what="value_and_grad", threads=threads)
    np.testing.assert_array_equal(value, got)
    assert slope.dtype == F
    _, exact = fg.record(density, 0.5, 1.5).batch(
        x.astype(float), y.astype(float), what="value_and_grad"
    )
    np.testing.assert_allclose(slope, exact, rtol=1e-5, atol=1e-5)


def test_a_batch_of_arrays_runs_in_tiles_and_writes_in_place():
    rows, out = normal(1000, 3), np.empty(1000, F)
    prog = fg.record(lambda r: r[0] * r[1] + (r * r).sum(), rows[0])
    assert prog.batch(rows, what="value", out=out) is out
    np.testing.assert_allclose(out, rows[:, 0] * rows[:, 1] + (rows * rows).sum(1), rtol=1e-5)
    assert prog.known()[0][1].points_machine.stats()["scalar"]


def test_points_take_their_own_paths():
    def bent(x):
        return x * 2.0 if x > 0.5 else -x

    x = normal(300)
    got = fg.vmap(bent)(x)
    np.testing.assert_array_equal(got, np.where(x > F(0.5), x * F(2), -x))
    assert got.dtype == F


def test_a_guard_holds_or_another_path_is_recorded():
    prog = fg.record(lambda x: x.sum() if x[0] > 0 else x.prod())
    assert prog(F([1, 2])) == 3 and prog(F([-1, 2])) == -2 and prog(F([2, 2])) == 4


def test_bound_calls_read_and_write_float32():
    x, out = normal(5), np.empty(5, F)
    run = fg.record(lambda x: (x * x).sum(), x).bind(x, out=out)
    for _ in range(2):
        assert run() == pytest.approx((x * x).sum())
        np.testing.assert_array_equal(out, 2 * x)
        x += 1
    with pytest.raises(TypeError, match="float64 or float32"):
        fg.record(lambda x: (x * x).sum(), x).bind(x.astype("f2"))
    with pytest.raises(TypeError, match="out has to be a C-contiguous float32 array"):
        fg.record(lambda x: (x * x).sum(), x).bind(x, out=np.empty(5))


def test_a_program_that_was_saved_is_single_again(tmp_path):
    x = normal(5)
    prog = fg.record(lambda x: (x * x).sum(), x)
    prog.save(tmp_path / "p")
    again = fg.load(tmp_path / "p")
    assert again(x) == prog(x) and single(again)


@given(st.integers(1, 40), st.integers(1, 90), st.integers(1, 40))
def test_products_of_all_sizes(m, depth, n):
    a, b = normal(m, depth), normal(depth, n, seed=1)
    got = fg.record(lambda a, b: a @ b, a, b)(a, b)
    size = np.abs(a.astype(float)) @ np.abs(b.astype(float))
    assert (np.abs(got - a.astype(float) @ b) <= 1e-6 * size).all()


SCRIPT = """
import hashlib, sys
import numpy as np
import fastgrad as fg
found = hashlib.sha256()
for n in (3, 40, 1003):
    x, y = np.random.default_rng(n).normal(size=(2, n)).astype("f4")
    a = np.outer(x, y)[:, : 40 + n % 7].copy()
    def f(x, y, a):
        z = np.exp(x) * np.sin(y) + np.log1p(x * x)
        return z.sum() + np.tanh(a.T @ x).sum() + (a.T @ a).max()
    value, gradient = fg.value_and_grad(fg.record(f, x, y, a), argnums=(0, 1, 2))(x, y, a)
    for part in (value, *gradient):
        found.update(np.asarray(part).tobytes())
print(found.hexdigest())
"""


def test_instruction_sets_with_fma_give_the_same_bits():
    sets = [isa for isa in fg._core.instruction_sets() if isa != "base"]
    if len(sets) < 2:
        pytest.skip("this processor has one instruction set with FMA")
    found = set()
    for isa in sets:
        run = python("-c", SCRIPT, FASTGRAD_ISA=isa)
        assert run.returncode == 0, run.stderr
        found.add(run.stdout)
    assert len(found) == 1
