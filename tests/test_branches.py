"""Branches on recorded values: a replay that takes another one says so, or records it as well."""

import contextlib
import inspect
import re
import warnings

import numpy as np
import pytest
from verdicts import raised

import fastgrad as fg

X = np.array([0.5, 1.5, 2.5])
RNG = np.random.default_rng(5)


class Counted:
    """A function that counts how often Python runs it: while recording, and not in a replay."""

    def __init__(self, f):
        self.f, self.runs = f, 0

    def __call__(self, *args):
        self.runs += 1
        return self.f(*args)


def two_sides(x):
    if x[0] > 0:
        return np.sum(x**2)
    return np.prod(x) * 3


def line_of(f, text):
    """The number of the line of f that holds a text."""
    lines, first = inspect.getsourcelines(f)
    return first + next(k for k, line in enumerate(lines) if text in line)


def names_the_place(message, f, text):
    return "test_branches.py" in message and re.search(rf"\b{line_of(f, text)}\b", message)


def right(f, function, x):
    """Assert that a recorded function has value and gradient of f, recorded afresh."""
    value, gradient = fg.value_and_grad(function)(x)
    wanted, wanted_gradient = fg.value_and_grad(f)(x)
    assert value == pytest.approx(float(f(x)), rel=1e-13)
    assert value == pytest.approx(wanted, rel=1e-13)
    np.testing.assert_allclose(gradient, wanted_gradient, rtol=1e-12, atol=1e-14)


# ----- an explicit Program -----


def test_a_program_says_where_a_branch_has_changed():
    program = fg.record(two_sides, X)
    for use in (program, program.value_and_grad, program.grad, fg.grad(program)):
        with pytest.raises(fg.BranchChanged) as caught:
            use(-X)
        assert names_the_place(str(caught.value), two_sides, "if x[0] > 0")
        assert isinstance(caught.value, (RuntimeError, ValueError))
    right(two_sides, program, 2 * X)


def test_the_message_names_the_way_out():
    with pytest.raises(fg.BranchChanged, match=r"branches=|record"):
        fg.record(two_sides, X)(-X)


def test_every_way_to_run_a_program_watches_its_branches():
    program, v = fg.record(two_sides, X), np.ones(3)
    for run in (
        lambda: program.jacobian(-X),
        lambda: program.hessian(-X),
        lambda: program.hvp(-X, v),
        lambda: program.vjp(-X, 1.0),
        lambda: program.jvp(-X, v),
        lambda: fg.hessian(program)(-X),
        lambda: fg.jvp(program, (-X,), (v,)),
        lambda: fg.grad(lambda x: program(x) * 2)(-X),
    ):
        with pytest.raises(fg.BranchChanged):
            run()


def test_a_bound_call_watches_its_branches():
    x, out = X.copy(), np.zeros(3)
    call = fg.record(two_sides, X).bind(x, out=out)
    call()
    np.testing.assert_allclose(out, 2 * X)
    x[:] = -X
    with pytest.raises(fg.BranchChanged):
        call()
    x[:] = 2 * X
    call()
    np.testing.assert_allclose(out, 4 * X)


def test_a_program_that_records_branches_keeps_both():
    counted = Counted(two_sides)
    program = fg.record(counted, X, branches="record")
    for x in (X, -X, 2 * X, -2 * X):
        right(two_sides, program, x)
    assert counted.runs == 2


@pytest.mark.parametrize("branches", ["both", None, True, 3])
def test_what_to_do_at_a_branch_is_one_of_two_words(branches):
    with pytest.raises((TypeError, ValueError), match="branches"):
        fg.record(two_sides, X, branches=branches)


def test_guards_lists_each_branch_with_its_place_and_outcome():
    def f(x):
        y = x[0] if x[0] > 0 else x[1]
        if x[1] < 1:
            y = y * 2
        return y * x[2]

    program = fg.record(f, X)
    assert len(program.guards) == 2
    for guard, text in zip(program.guards, ("x[0] > 0", "x[1] < 1")):
        assert names_the_place(str(guard), f, text)
    assert "True" in str(program.guards[0])
    assert "False" in str(program.guards[1])
    assert len(fg.record(lambda x: np.sum(x), X).guards) == 0


def test_a_branch_on_what_does_not_depend_on_the_input_is_no_guard():
    weights = np.array([1.0, -1.0, 2.0])

    def f(x):
        if weights[0] > 0 and x.shape == (3,) and len(x) == 3 and x.ndim < 2:
            return np.sum(weights * x)
        return x[0]

    program = fg.record(f, X)
    assert len(program.guards) == 0
    right(f, program, -X)


def test_choices_without_a_branch_are_no_guards():
    def f(x):
        y = np.where(x > 1, x**2, -x) + np.maximum(x, 0.3) + np.clip(x, 0, 2)
        return np.sum(y * np.abs(x)) + np.max(x)

    program = fg.record(f, X)
    assert len(program.guards) == 0
    for x in (X, -X, X[::-1].copy()):
        right(f, program, x)


def test_the_first_branch_that_differs_is_the_one_that_is_named():
    def f(x):
        y = x[0]
        if x[1] > 0:
            y = y * x[1]
        if x[2] > 0:
            y = y * x[2]
        return y

    program = fg.record(f, X)
    with pytest.raises(fg.BranchChanged) as caught:
        program.grad(-X)
    assert names_the_place(str(caught.value), f, "x[1] > 0")


def test_what_comes_after_a_branch_that_differs_is_not_judged():
    """On the other side of the first branch the second condition may have no meaning."""

    def f(x):
        if x[0] > 0 and np.sqrt(x[0]) < 10:
            return np.sqrt(x[0]) * x[1]
        return x[1] * x[2]

    recorded = fg.record(f)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for x in (X, -X, 200 * X, X):
            right(f, recorded, x)


# ----- a lazily recorded function -----


def test_a_recorded_function_records_each_path_once():
    counted = Counted(two_sides)
    recorded = fg.record(counted)
    for x in (X, 2 * X, -X, -2 * X, X, -X):
        right(two_sides, recorded, x)
    assert counted.runs == 2


def test_signatures_and_paths_are_kept_side_by_side():
    counted = Counted(lambda x, how: np.sum(x) if how == "sum" and x[0] > 0 else np.prod(x))
    recorded = fg.record(counted)
    calls = [(X, "sum"), (-X, "sum"), (X, "prod"), (X[:2], "sum"), (-X, "prod")]
    for _ in range(3):
        for x, how in calls:
            wanted = np.sum(x) if how == "sum" and x[0] > 0 else np.prod(x)
            assert recorded(x, how) == pytest.approx(wanted, rel=1e-14)
    assert counted.runs == 4  # how == "prod" never looks at x[0]


def test_dtypes_and_static_values_are_part_of_the_signature():
    counted = Counted(lambda x, n, flag, nothing: np.sum(x) ** n if flag else np.sum(x))
    small = X.astype("f4")
    recorded = fg.record(counted)
    calls = [
        (X, 2, True, None),
        (X, 3, True, None),
        (X, 2, False, None),
        (small, 2, True, None),
    ]
    for _ in range(2):
        for args in calls:
            assert recorded(*args) == pytest.approx(float(counted.f(*args)), rel=1e-6)
    assert counted.runs == 4
    recorded(X, 2, 1, None)  # 1 == True, but it is another value
    recorded(2 * X, 2, True, None)
    assert counted.runs in (4, 5)


BRANCHES = {
    "bool": lambda x: x[0] * 2 if bool(x[0] > 1) else x[1],
    "truth of a number": lambda x: x[1] * 2 if np.floor(x[0]) else x[2],
    "not": lambda x: x[0] * 2 if not x[0] > 1 else x[1],
    "and": lambda x: x[0] * 2 if x[0] > 0 and x[1] > 0 else x[1],
    "or": lambda x: x[0] * 2 if x[0] > 1 or x[1] > 2 else x[1],
    "chain": lambda x: x[0] * 2 if 0 < x[0] < 1 else x[1],
    "equal": lambda x: x[0] * 2 if np.floor(x[0]) == 1 else x[1],
    "not equal": lambda x: x[0] * 2 if np.floor(x[0]) != np.floor(x[1]) else x[1],
    "in": lambda x: x[0] * 2 if 1.0 in np.floor(x) else x[1],
    "not in": lambda x: x[0] * 2 if 2 not in np.floor(x) else x[1],
    "in a list": lambda x: x[0] * 2 if np.floor(x[0]) in [0.0, 2.0] else x[1],
    "any": lambda x: x[0] * 2 if np.any(x > 2) else x[1],
    "all": lambda x: x[0] * 2 if (x > 0).all() else x[1],
    "any of Python": lambda x: x[0] * 2 if any(xi > 2 for xi in x) else x[1],
    "length of a mask": lambda x: x[0] * len(x[x > 1]),
    "length in a loop": lambda x: sum(xi**2 for xi in x[x > 0]) + x[0],
    "array of truth": lambda x: np.sum(x[(x > 0) & (x < 2)]) + x[0],
    "nonzero": lambda x: np.sum(x[np.nonzero(x > 1)]) + x[0],
    "max": lambda x: max(x) * min(x),
    "sorted": lambda x: sorted(x)[1] * 3 + x[0],
    "while": lambda x: _halved(x[0]) * x[1],
    "argmax as an index": lambda x: x[np.argmax(x)] * 2 + x[0],
    "array_equal": lambda x: x[0] * 2 if np.array_equal(np.floor(x), [0, 1, 2]) else x[1],
    "allclose": lambda x: x[0] * 2 if np.allclose(np.floor(x), [0, 1, 2]) else x[1],
    "isnan": lambda x: x[0] * 2 if np.isnan(x).any() else x[1],
    "sign": lambda x: x[1] * 2 if np.sign(x[0]) < 0 else x[1],
}


def _halved(y):
    while abs(y) > 1:
        y = y / 2
    return y


@pytest.mark.parametrize("name", BRANCHES)
def test_each_kind_of_branch_is_right_on_every_side(name):
    """Points on all sides, each met first in a recording, then in a replay."""
    f = BRANCHES[name]
    recorded, points = fg.record(f), [*RNG.uniform(-4, 4, (40, 3)), X, -X, X[::-1].copy()]
    for x in (*points, *points):
        right(f, recorded, x)


@pytest.mark.parametrize("name", BRANCHES)
def test_an_explicit_program_is_right_or_says_that_a_branch_has_changed(name):
    f = BRANCHES[name]
    program = fg.record(f, X)
    for x in RNG.uniform(-4, 4, (40, 3)):
        try:
            value = program(x)
        except fg.BranchChanged:
            continue
        assert value == pytest.approx(float(f(x)), rel=1e-13)
    right(f, program, X)


def test_an_int_of_a_recorded_integer_is_refused_or_guarded():
    def f(x):
        n = int(np.argmax(x))
        return x[n] ** 2 + n

    recorded = fg.record(f)
    for x in (X, X[::-1].copy(), X):
        error = raised(lambda x=x: right(f, recorded, x))
        assert error is None or re.search(r"int\(\)|record", str(error))


def test_a_loop_over_a_recorded_count_is_refused_or_guarded():
    def f(x):
        return sum(x[i] for i in range(np.count_nonzero(x > 1))) + x[0]

    recorded = fg.record(f)
    for x in (X, -X, 3 * X, X):
        error = raised(lambda x=x: right(f, recorded, x))
        assert error is None or re.search(r"int|record", str(error))


@pytest.mark.parametrize("first", [1.0, np.nan])
def test_a_comparison_with_nan_is_a_side_like_any_other(first):
    def f(x):
        return x[1] * 2 if x[0] > 0 else x[2] * 3

    recorded = fg.record(f)
    points = [np.array([a, 5.0, 7.0]) for a in (first, np.nan, 1.0, -1.0, np.nan)]
    for x in points:
        wanted = [0.0, 2.0, 0.0] if x[0] > 0 else [0.0, 0.0, 3.0]
        np.testing.assert_array_equal(fg.grad(recorded)(x), wanted)
    program = fg.record(f, np.array([1.0, 5.0, 7.0]))
    with pytest.raises(fg.BranchChanged):
        program(np.array([np.nan, 5.0, 7.0]))


def test_a_nan_is_true_and_minus_zero_is_false_as_in_python():
    def f(x):
        return x[1] * 2 if x[0] else x[2] * 3

    for start in (1.0, 0.0):
        recorded = fg.record(f)
        for a in (start, np.nan, -0.0, 0.0, 5e-324, -np.inf):
            x = np.array([a, 5.0, 7.0])
            np.testing.assert_array_equal(
                fg.grad(recorded)(x), [0.0, 2.0, 0.0] if a else [0.0, 0.0, 3.0]
            )


def test_a_comparison_of_neighbours_in_floating_point_is_exact():
    def f(x):
        return x[0] * 2 if x[0] > x[1] else x[1] * 3

    recorded = fg.record(f)
    near = np.nextafter(1.0, 2.0)
    for a, b in [(1.0, near), (near, 1.0), (1.0, 1.0), (-0.0, 0.0), (np.inf, np.inf)]:
        found = fg.grad(recorded)(np.array([a, b]))
        np.testing.assert_array_equal(found, [2.0, 0.0] if a > b else [0.0, 3.0])


# ----- too many paths -----


def test_too_many_paths_are_refused_or_warned_about_and_never_wrong():
    def f(x):
        total = 0.0
        for k in range(13):
            total = total + (x[k] * 2 if x[k] > 0 else x[k] ** 2)
        return total

    counted = Counted(f)
    recorded, rng = fg.record(counted), np.random.default_rng(1)
    said = None
    for _ in range(4000):
        x = rng.uniform(-1, 1, 13)
        try:
            found = recorded(x)
        except Exception as error:
            said = str(error)
            break
        assert found == pytest.approx(float(f(x)), rel=1e-13)
    assert said is not None, f"{counted.runs} paths were recorded without a word"
    assert re.search(r"path|branch|variant", said)
    assert re.search(r"where|select|static|grad\(|limit|max", said)


# ----- batches -----


def expected_rows(f, points):
    """Value and gradient of each row, each recorded afresh."""
    rows = [fg.value_and_grad(f)(x) for x in points]
    return np.array([v for v, _ in rows]), np.array([g for _, g in rows])


@pytest.mark.parametrize("name", BRANCHES)
def test_vmap_regroups_points_by_path(name):
    f, points = BRANCHES[name], RNG.uniform(-3, 3, (50, 3))
    values, gradients = fg.vmap(fg.value_and_grad(fg.record(f)))(points)
    wanted_values, wanted_gradients = expected_rows(f, points)
    np.testing.assert_allclose(values, wanted_values, rtol=1e-13)
    np.testing.assert_allclose(gradients, wanted_gradients, rtol=1e-13)


def test_vmap_records_each_path_once_whatever_the_number_of_points():
    counted, points = Counted(two_sides), RNG.uniform(-3, 3, (500, 3))
    batched = fg.vmap(fg.grad(fg.record(counted)))
    batched(points)
    batched(points[::-1].copy())
    assert counted.runs == 2
    np.testing.assert_allclose(batched(points), expected_rows(two_sides, points)[1], rtol=1e-13)


def test_vmap_of_a_plain_function_with_branches_is_right_row_by_row():
    points = RNG.uniform(-3, 3, (20, 3))
    found = fg.vmap(fg.grad(two_sides))(points)
    np.testing.assert_allclose(found, expected_rows(two_sides, points)[1], rtol=1e-13)


def test_a_batch_of_a_program_regroups_its_points_or_says_which_rows_differ():
    points = RNG.uniform(-3, 3, (40, 3))
    wanted, _ = expected_rows(two_sides, points)
    program = fg.record(two_sides, X, branches="record")
    values, gradients = program.batch(points, what="value_and_grad")[:2]
    np.testing.assert_allclose(values, wanted, rtol=1e-13)
    np.testing.assert_allclose(gradients, expected_rows(two_sides, points)[1], rtol=1e-13)


def test_a_batch_has_no_wrong_row_where_a_branch_differs():
    """Without the function at hand, as after loading, a row of another path is an error or NaN."""
    points = np.array([X, -X, 2 * X])
    program = fg.record(two_sides, X)
    result = None

    def run():
        nonlocal result
        result = program.batch(points, what="value")

    error = raised(run)
    if error is not None:
        assert isinstance(error, fg.BranchChanged)
        assert names_the_place(str(error), two_sides, "if x[0] > 0")
    else:
        values = np.asarray(result[0] if isinstance(result, tuple) else result)
        np.testing.assert_allclose(values[[0, 2]], [np.sum(X**2), np.sum(4 * X**2)])
        assert np.isnan(values[1]) or values[1] == pytest.approx(np.prod(-X) * 3)


# ----- where branches meet transforms -----


def test_a_branch_inside_an_inner_gradient_is_watched():
    def f(x):
        return np.sum(fg.grad(two_sides)(x) ** 2)

    recorded = fg.record(f)
    for x in (X, -X, X):
        right(f, recorded, x)
    with pytest.raises(fg.BranchChanged):
        fg.record(f, X)(-X)


def test_a_branch_on_a_gradient_is_a_branch():
    def f(x):
        slope = fg.grad(lambda y: y**3)(x[0])
        return x[1] * 2 if slope > 3 else x[2] * slope

    recorded = fg.record(f)
    for x in (X, 4 * X, -X, -4 * X):
        right(f, recorded, x)


def test_hessians_and_products_follow_the_path_of_each_point():
    recorded = fg.record(two_sides)
    for x in (X, -X, X, -X):
        np.testing.assert_allclose(fg.hessian(recorded)(x), fg.hessian(two_sides)(x), rtol=1e-12)
        found = fg.jvp(recorded, (x,), (np.ones(3),))[1]
        assert found == pytest.approx(np.sum(fg.grad(two_sides)(x)), rel=1e-12)


def test_a_path_that_raises_does_so_at_every_call_and_spoils_nothing():
    def f(x):
        if x[0] < 0:
            raise ValueError("negative")
        return np.sum(x**2)

    recorded = fg.record(f)
    for _ in range(2):
        right(f, recorded, X)
        with pytest.raises(ValueError, match="negative"):
            recorded(-X)
    with pytest.raises(ValueError, match="negative"):
        fg.vmap(recorded)(np.array([X, -X]))
    np.testing.assert_allclose(fg.vmap(recorded)(np.array([X, 2 * X])), [8.75, 35.0])


def test_a_branch_that_the_last_digit_decides_is_taken_as_the_function_took_it():
    """A program may add in another order; its own arguments take its path all the same."""

    def f(x):
        return np.sum(x * x) if np.sum(x) > 0.5 else -np.sum(x * x)

    random, differs = np.random.default_rng(0), 0
    for _ in range(60):
        x = random.normal(size=11) * 10.0 ** random.integers(0, 16, size=11)
        x[-1] = 0.5 - x[:-1].sum()
        wanted = f(fg.tensor(x)).item()
        assert fg.record(f)(x) == pytest.approx(wanted, rel=1e-12)
        np.testing.assert_allclose(fg.grad(f)(x), np.copysign(2.0, wanted) * x)
        try:
            fg.record(f, x)(x)
        except fg.BranchChanged:
            differs += 1
            with contextlib.suppress(fg.BranchChanged):
                assert fg.vmap(f)(np.array([x, x]))[0] == pytest.approx(wanted, rel=1e-12)
    assert differs > 5
