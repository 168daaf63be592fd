"""Batches: any number of points, in any layout, in any number of threads, give the same bits."""

import re

import numpy as np
import pytest
from batches import same
from hypothesis import given, settings
from hypothesis import strategies as st
from program_samples import X, bent, close, energy
from strategies import programs

import fastgrad as fg

RNG = np.random.default_rng(8)
TILE = 512  # points of a tile of few numbers
SIZES = [0, 1, 2, 15, 16, 17, TILE - 1, TILE, TILE + 1, 2 * TILE, 3 * TILE + 5]
MANY = 5 * TILE + 3


def curve(x, y):
    return np.exp(x) * np.sin(y) - x / (y + 3.0), x * y


def first(x, y):
    return curve(x, y)[0]


def long(x):  # of an array that stays one
    return np.sum(np.sort(x) * np.arange(40.0)) * x[0]


PROGRAM = fg.record(first, 1.0, 1.0)
XS, YS = RNG.uniform(-2.0, 2.0, (2, MANY))
PATHS = fg.record(lambda x: np.exp(x) if x > 0.5 else (-x if x > -0.5 else np.sin(x)))


# ----- how many points, how many threads -----


@pytest.mark.parametrize("n", SIZES)
def test_a_row_does_not_depend_on_how_many_there_are(n):
    whole = PROGRAM.batch(XS, YS, threads=1)
    for threads in (1, 2, 3, 200, None):
        values, gradients = PROGRAM.batch(XS[:n], YS[:n], threads=threads)
        same((values, gradients), [w[:n] for w in whole])


@pytest.mark.parametrize(("f", "shape"), [(energy, (3,)), (long, (40,))])
def test_a_row_of_a_program_of_arrays_does_not_either(f, shape):
    points = RNG.standard_normal((600, *shape))
    program = fg.record(f, points[0])
    whole = program.batch(points, threads=1)
    for n, threads in [(1, 1), (17, 3), (511, 2), (600, 2), (600, 64), (599, None)]:
        same(program.batch(points[:n], threads=threads), [w[:n] for w in whole])


def test_each_point_has_the_bits_that_it_has_alone():
    values = PROGRAM.batch(XS, YS, what="value", threads=2)
    same(values, np.array([PROGRAM(x, y) for x, y in zip(XS.tolist(), YS.tolist())]))


@settings(max_examples=100)
@given(programs(max_steps=8), st.integers(1, 40), st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_random_programs_give_each_point_its_bits(program, n, threads, seed):
    """Batches of drawn programs, at points between their columns, are loops over the points."""
    columns = np.array(program.columns)
    random = np.random.default_rng(seed)
    points = columns[random.integers(0, len(columns), 16 * n)]
    run = lambda x: program.run(lambda name: getattr(fg, name), list(x))[-1]
    recorded = fg.record(lambda *x: run(x) * 1.0, *points[0].tolist(), branches="record")
    found = fg.vmap(recorded, threads=threads)(*np.ascontiguousarray(points.T))
    wanted = {x.tobytes(): recorded(*x.tolist()) for x in columns}
    same(found, np.array([wanted[x.tobytes()] for x in points]))


# ----- layouts -----


def _misaligned(x):
    raw = np.zeros(x.nbytes + 1, np.uint8)
    raw[1:] = np.frombuffer(x.tobytes(), np.uint8)
    return np.frombuffer(raw.data, x.dtype, offset=1).reshape(x.shape)


def _read_only(x):
    x = x.copy()
    x.flags.writeable = False
    return x


LAYOUTS = {
    "strided": lambda x: np.repeat(x, 2, axis=0)[::2],
    "strided inside": lambda x: np.repeat(x, 2, axis=-1)[..., ::2],
    "backwards": lambda x: x[::-1].copy()[::-1],
    "columns": np.asfortranarray,
    "misaligned": _misaligned,
    "read-only": _read_only,
    "other byte order": lambda x: x.astype(">f8"),
    "all the same": lambda x: np.broadcast_to(x[:1].copy(), x.shape),
}


@pytest.mark.parametrize("n", [0, 1, 17, TILE, TILE + 1])
@pytest.mark.parametrize("name", LAYOUTS)
def test_the_layout_of_arguments_does_not_matter(name, n):
    rows = RNG.standard_normal((n, 3))
    for f, x in [(energy, rows), (lambda x: first(x, x), rows[:, 0].copy())]:
        if n == 0 and name == "all the same":
            continue
        other = LAYOUTS[name](x)
        dense = np.ascontiguousarray(other, float)
        recorded = fg.record(f)
        same(recorded.batch(other), recorded.batch(dense))
        call, kept = fg.vmap(recorded).bind(other), fg.vmap(recorded)(dense)
        same(call(), kept)
        same(call(), kept)


def test_dense_arguments_are_not_copied():
    small, large = np.zeros(2), np.zeros(MANY)
    large.flags.writeable = False
    call = fg.vmap(curve, in_axes=(0, None)).bind(large, small[:1].reshape(()))
    assert call._inputs[0] is large and np.shares_memory(call._inputs[1], small)


@pytest.mark.parametrize("dtype", ["f4", ">f4", "i4", "i8", "u1", "?"])
def test_arguments_of_other_dtypes_are_converted(dtype):
    points = RNG.integers(0, 2, (TILE + 9, 3)).astype(dtype)
    f = lambda x: np.sum(x * 1.5)
    found = fg.vmap(f)(points)
    assert found.dtype == (np.float32 if dtype.endswith("f4") else np.float64)
    same(found, np.array([f(x.astype(x.dtype.newbyteorder("="))) for x in points], found.dtype))
    same(fg.vmap(f).bind(points)(), found)


def test_integers_that_are_not_exact_are_refused_when_they_are_read():
    points = np.zeros(3, np.int64)
    call = fg.vmap(lambda n: n * 1.0).bind(points)
    same(call(), np.zeros(3))
    points[1] = 2**53 + 1
    with pytest.raises(OverflowError, match=r"2\*\*53"):
        call()


BAD = {
    "a masked array": (np.ma.masked_array([1.0, 2.0], [0, 1]), TypeError, "masked"),
    "complex": (np.ones(2, complex), TypeError, "complex"),
    "objects": (np.array([1.0, None]), TypeError, "object"),
    "float16": (np.ones(2, "f2"), TypeError, "float16"),
    "other points": (np.ones((2, 2)), TypeError, "recorded for shapes"),
    "a number": (1.0, ValueError, "no axis of points"),
    "a list": ([1.0, 2.0], ValueError, "no axis of points"),
    "None": (None, ValueError, "no argument has an axis of points; give at least an array"),
}


@pytest.mark.parametrize("name", BAD)
def test_arguments_that_are_no_points_are_refused(name):
    x, error, sentence = BAD[name]
    with pytest.raises(error, match=sentence):
        fg.record(lambda x: x * 2.0, 1.0).batch(x, what="value")


# ----- lanes -----


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf, 1e308, -0.0, 5e-324])
@pytest.mark.parametrize("at", [0, 7, TILE - 1, TILE, MANY - 1])
def test_a_point_does_not_disturb_its_neighbours(odd, at):
    x = XS.copy()
    x[at] = odd
    found, wanted = PROGRAM.batch(x, YS), PROGRAM.batch(XS, YS)
    others = np.arange(MANY) != at
    same([f[others] for f in found], [w[others] for w in wanted])
    same(found[0][at], np.float64(PROGRAM(float(x[at]), float(YS[at]))))


# ----- where results go -----


def test_results_are_written_where_out_says():
    values, gradients = np.full(MANY, 7.0), np.full(MANY, 7.0)
    found = PROGRAM.batch(XS, YS, out=(values, gradients))
    assert found[0] is values and found[1] is gradients
    same(found, PROGRAM.batch(XS, YS))
    found = PROGRAM.batch(XS, YS, out=(None, gradients))
    assert found[0] is not values and found[1] is gradients


def test_out_is_packed_as_the_result_is():
    f = lambda p: {"a": [p["x"] * 2.0, p["y"] @ p["y"]], "b": p["y"]}
    arguments = {"x": XS, "y": RNG.standard_normal((MANY, 2))}
    program = fg.record(f, {"x": 1.0, "y": np.zeros(2)})
    wanted = program.batch(arguments, what="value")
    out = {"b": np.empty((MANY, 2)), "a": [np.empty(MANY), np.empty(MANY)]}
    found = program.batch(arguments, what="value", out=out)
    assert found["b"] is out["b"] and found["a"][1] is out["a"][1]
    same([found["b"], *found["a"]], [wanted["b"], *wanted["a"]])
    with pytest.raises(ValueError, match="out"):
        program.batch(arguments, what="value", out=[out["b"], *out["a"]])


def test_out_may_be_a_part_of_an_array():
    """Columns, backwards, other dtypes: through memory between, to the same bits."""
    table = np.full((MANY, 4), 7.0)
    out = table[::-1, 1], table[:, 3]
    same(PROGRAM.batch(XS, YS, out=out), PROGRAM.batch(XS, YS))
    assert (table[:, [0, 2]] == 7.0).all()
    single = fg.vmap(lambda x: (x * 2, x > 0))
    x = XS.astype("f4")
    out = np.empty(MANY, "f4"), np.empty(MANY, bool)
    single.bind(x, out=out)()
    same(out, single(x))


def test_out_has_its_points_along_the_axis_of_the_results():
    points = RNG.standard_normal((MANY, 3))
    run = fg.vmap(lambda x: (x * 2.0, x[0] - x[1]), out_axes=(1, 0))
    out = np.empty((3, MANY)), np.empty(MANY)
    found = run.bind(points, out=out)()
    assert found[0] is out[0]
    same(found, run(points))
    same(found, (2.0 * points.T, points[:, 0] - points[:, 1]))


WRONG = {
    "shape": (lambda: np.empty(MANY - 1), ValueError, r"shape \(2563,\) and float64, got shape"),
    "axes": (lambda: np.empty((MANY, 1)), ValueError, "of shape"),
    "dtype": (lambda: np.empty(MANY, "f4"), ValueError, "got shape .* and float32"),
    "byte order": (lambda: np.empty(MANY, ">f8"), ValueError, "of shape"),
    "read-only": (lambda: _read_only(np.empty(MANY)), ValueError, "read-only"),
    "list": (lambda: [0.0] * MANY, ValueError, "out"),
    "number": (lambda: 1.0, TypeError, "has to be an array, got float"),
    "a Tensor": (lambda: fg.zeros(MANY), TypeError, "has to be an array, got Tensor"),
    "an argument": (lambda: XS, ValueError, "out shares memory with an argument"),
    "a part of one": (lambda: XS[::-1], ValueError, "out shares memory with an argument"),
}


@pytest.mark.parametrize("name", WRONG)
def test_an_out_that_does_not_fit_is_refused(name):
    make, error, sentence = WRONG[name]
    before = XS.copy()
    for run in (
        lambda: PROGRAM.batch(XS, YS, what="value", out=make()),
        lambda: fg.vmap(first).bind(XS, YS, out=make()),
    ):
        with pytest.raises(error, match=sentence):
            run()
    same(XS, before)


def test_two_results_do_not_go_to_the_same_memory():
    memory = np.empty(MANY + 1)
    with pytest.raises(ValueError, match=re.escape("out[0] and out[1] share memory")):
        PROGRAM.batch(XS, YS, out=(memory[1:], memory[:-1]))


# ----- bound -----


def test_a_bound_batch_reads_its_arrays_anew_and_keeps_its_results():
    x, y = XS.copy(), YS.copy()
    run = fg.vmap(fg.value_and_grad(PROGRAM, argnums=(0, 1)))
    call = run.bind(x, y, threads=2)
    kept = call()
    same(kept, run(x, y))
    x *= 0.5
    y[::3] = 1.0
    again = call()
    assert again[0] is kept[0] and again[1][1] is kept[1][1]
    same(kept, run(x, y))


def test_a_bound_batch_of_a_plain_function_records_it_once():
    times = []
    call = fg.vmap(lambda x: times.append(0) or x * 2.0).bind(XS)
    for _ in range(3):
        same(call(), 2.0 * XS)
    assert len(times) == 1


def test_a_bound_batch_follows_points_to_other_paths():
    x, out = np.zeros(MANY), np.empty(MANY)
    call = fg.vmap(PATHS).bind(x, out=out, threads=3)
    for values in (XS, -XS, np.full(MANY, 2.0), np.sort(XS)):
        x[:] = values
        assert call() is out
        same(out, np.array([PATHS(v) for v in values.tolist()]))


def test_a_bound_batch_of_a_program_may_be_bound_before_its_arrays_are_filled():
    program = fg.record(lambda x: np.log(x) if x > 0 else x, 1.0)
    x = np.zeros(3)
    call = fg.vmap(program).bind(x)
    with pytest.raises(fg.BranchChanged):
        call()
    x[:] = 1.0
    same(call(), np.zeros(3))


def test_a_bound_batch_takes_arrays_only():
    for x in ([1.0, 2.0], fg.tensor([1.0, 2.0])):
        with pytest.raises((TypeError, ValueError), match="argument"):
            fg.vmap(lambda x: x * 2.0).bind(x)
    scaled = fg.vmap(lambda x, k, how: x * k if how == "times" else x, in_axes=(0, None, None))
    same(scaled.bind(XS, 3.0, "times")(), 3.0 * XS)
    with pytest.raises(RuntimeError, match="part of a recording"):
        fg.record(lambda t: fg.vmap(lambda x: x * 2.0).bind(XS)() + t, 1.0)


# ----- paths and failures -----


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_points_of_different_paths_stay_in_order(threads):
    wanted = np.array([PATHS(x) for x in XS.tolist()])
    out = np.empty(MANY)
    assert PATHS.batch(XS, what="value", threads=threads, out=out) is out
    same(out, wanted)
    same(PATHS.batch(XS, threads=threads), PATHS.batch(XS, threads=1))
    same(fg.vmap(PATHS, threads=threads)(XS), wanted)


@pytest.mark.parametrize("failing", [[1], [0], [0, 1, 2], []])
@pytest.mark.parametrize("what", ["value", "grad", "value_and_grad"])
def test_a_batch_tells_which_points_take_another_path(what, failing):
    prog = fg.record(bent, X)
    xs = np.array([X, X + 1.0, X + 2.0])
    xs[failing, 0] = -1.0
    *found, status = prog.batch(xs, what=what, return_status=True)
    assert np.flatnonzero(status).tolist() == failing
    for rows, f in zip(found, {"grad": [prog.grad]}.get(what, [prog, prog.grad])):
        for k, row in enumerate(rows):
            close(row, np.full(row.shape, np.nan) if k in failing else f(xs[k]))


def test_a_batch_of_no_points_takes_no_path():
    prog = fg.record(bent, X)
    assert prog.batch(np.empty((0, 3)), what="value").shape == (0,)
    gradients, status = prog.batch(np.empty((0, 3)), what="grad", return_status=True)
    assert gradients.shape == (0, 3) and status.shape == (0,)
    assert fg.vmap(prog)(np.empty((0, 3))).shape == (0,)


def test_a_batch_with_status_still_refuses_arguments_that_do_not_fit():
    with pytest.raises(TypeError, match="was recorded for shapes"):
        fg.record(energy, X).batch(np.ones((2, 4)), return_status=True)


def test_rows_of_points_that_fail_are_nan_also_in_out():
    program = fg.record(lambda x: (x * 2.0, np.floor(x) > 1.0) if x < 1 else (x, x > 0), 0.5)
    out = np.full(MANY, 7.0), np.full(MANY, True)
    *found, status = program.batch(XS, what="value", return_status=True, out=out, threads=2)
    assert found[0] is out[0] and found[1] is out[1]
    assert ((status != 0) == (XS >= 1.0)).all() and (status != 0).any()
    same(out[0], np.where(status != 0, np.nan, 2.0 * XS))
    assert not out[1].any()


def test_a_point_whose_index_is_out_of_range_fails_alone():
    table = np.arange(5.0)
    program = fg.record(lambda x: fg.tensor(table)[np.floor(x).astype(int)] @ x, np.ones(2))
    points = np.array([[0.5, 1.5], [7.0, 1.0], [2.0, 3.0], [np.nan, 1.0]] * 50)
    values, gradients, status = program.batch(points, return_status=True, threads=2)
    assert (status != 0).tolist() == [False, True, False, True] * 50
    assert np.isnan(values[1::2]).all() and np.isnan(gradients[1::2]).all()
    same(values[::2], program.batch(points[::2].copy(), what="value"))
    for _ in range(2):
        with pytest.raises((IndexError, OverflowError), match="point 1: "):
            program.batch(points, threads=2)


def test_a_branch_on_a_sum_that_rounds_otherwise_is_taken_as_alone():
    """In a batch the sum of a small array may end in another digit than that of one point."""
    points = RNG.standard_normal((400, 11))
    total = fg.record(lambda x: np.sum(x * x), points[0])
    alone, together = [total(x) for x in points], fg.vmap(total)(points)
    lower = [k for k in range(400) if together[k] < alone[k]]
    for k in lower[:3]:
        bound = alone[k]
        f = fg.record(lambda x, bound=bound: x[0] if np.sum(x * x) >= bound else -x[0])
        assert fg.vmap(f)(points[k : k + 1]).tolist() == [f(points[k])]
