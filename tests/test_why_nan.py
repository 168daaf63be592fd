"""why_nan names the operation that made a NaN or an infinity, and no other."""

import inspect
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import programs
from test_random_programs import in_fastgrad

import fastgrad as fg

X = np.array([0.5, 1.5, 2.5])
HERE = Path(__file__).name


def line_of(f, text):
    lines, first = inspect.getsourcelines(f)
    return first + next(k for k, line in enumerate(lines) if text in line)


def why(f, x, *args):
    """Record f where it is finite and ask about x."""
    start = np.abs(x) + 0.5 if isinstance(x, np.ndarray) else abs(x) + 0.5
    return fg.record(f, np.where(np.isfinite(start), start, 1.0) + 0.0, *args).why_nan(x, *args)


def log_of_product(x):
    a = x * 2
    b = np.log(a)
    return np.sum(b * a)


def test_what_is_finite_gives_none():
    assert why(log_of_product, X) is None
    assert why(lambda x: np.exp(x), X) is None


@pytest.mark.parametrize(("bad", "kind"), [(-1.0, "NaN"), (0.0, "infinity")])
def test_the_operation_its_operands_and_its_line_are_named(bad, kind):
    x = np.array([1.0, bad, 2.0])
    found = why(log_of_product, x)
    assert (found.op, found.where, found.file) == ("log", "value", __file__)
    assert found.line == line_of(log_of_product, "np.log")
    (operand,) = found.operands.values()
    np.testing.assert_array_equal(operand, 2 * x)
    text = str(found)
    assert kind in text and "[1]" in text and f"{HERE}:{found.line}" in text


def test_the_first_of_two_is_named():
    def f(x):
        a = np.log(x[0])
        return a + np.sqrt(x[1])

    assert why(f, np.array([-1.0, -1.0])).op == "log"
    assert why(f, np.array([1.0, -1.0])).op == "sqrt"


def test_the_side_of_where_that_is_not_taken_is_not_blamed():
    f = lambda x: np.sum(np.where(x > 2, np.sqrt(x - 2), x))
    assert why(f, X) is None
    g = lambda x: np.sum(np.where(x > 2, np.sqrt(x - 2), x) + np.log(x - 1))
    found = why(g, np.array([0.5, 1.5, 2.5]))
    assert found.op == "log"


def test_what_is_overwritten_is_not_blamed():
    def f(x):
        y = np.full(3, np.nan)
        for k in range(3):
            y[k] = np.log(x[k])
        return np.sum(y)

    found = why(f, np.array([1.0, -1.0, 2.0]))
    assert found.op == "log" and list(found.operands.values()) == [-1.0]
    assert why(f, X) is None


def an_item(x):
    y, z = np.log(x), np.sqrt(x - 3)
    return y[0] + z[1]


def an_element_of_a_list(x):
    pair = np.array([np.log(x[0] - 9), np.sqrt(x[1])])
    return np.sum(np.where([False, True], pair, 0.0))


def elements_by_data(x):
    y, z, order = np.log(x), np.sqrt(x), np.argsort(x)
    return np.sum(y[order][1:]) + z[order][0]


def elements_put_by_data(x):
    y, z = np.log(x), np.zeros(3)
    z[np.argsort(x)[:2]] = y[:2]
    return z[1] + np.sqrt(x[1])


@pytest.mark.parametrize(
    "f", [an_item, an_element_of_a_list, elements_by_data, elements_put_by_data]
)
def test_an_element_that_is_not_used_is_not_blamed(f):
    x = np.array([5.0, -1.0, 3.0])
    assert why(f, x).op == "sqrt"


def test_what_is_not_linear_hands_the_blame_on():
    for f in (np.linalg.inv, np.cumprod):
        found = why(lambda x, f=f: np.sum(f(np.log(x).reshape(2, 2))), np.arange(4.0) - 1)
        assert found.op == "log"


def test_an_infinity_that_turns_finite_again_is_none():
    assert fg.record(lambda x: np.tanh(np.exp(x)) + x, 1.0).why_nan(400.0) is None


def test_an_input_that_is_not_finite_is_named_as_such():
    found = why(log_of_product, np.array([1.0, np.nan, 2.0]))
    assert (found.op, found.where, found.file, found.line) == ("input", "value", "", 0)
    assert "x0" in str(found) and "input" in str(found)


def test_a_constant_that_is_not_finite_is_named_as_such():
    c = np.array([1.0, np.inf, 1.0])
    found = why(lambda x: np.sum(x * c), X)
    assert found.op == "constant" and "inf" in str(found)


GRADIENTS = {
    "sqrt": (lambda x: np.sqrt(x).sum(), [1.0, 0.0, 4.0]),
    "power": (lambda x: (x**0.5).sum() * 2, [0.0, 1.0, 2.0]),
    "arcsin": (lambda x: np.arcsin(x - 1.5).sum() * 3, [0.5, 1.0, 2.0]),
    "cbrt": (lambda x: np.sum(np.cbrt(x * 2)), [0.0, 1.0, 2.0]),
}


@pytest.mark.parametrize("op", GRADIENTS)
def test_an_infinite_gradient_is_blamed_on_the_operation_whose_derivative_it_is(op):
    f, x = GRADIENTS[op]
    prog, x = fg.record(f, np.ones(3)), np.array(x)
    assert np.isfinite(prog(x)) and not np.isfinite(prog.grad(x)).all()
    found = prog.why_nan(x)
    assert (found.op, found.where, found.file) == (op, "gradient", __file__)
    assert found.line == f.__code__.co_firstlineno
    assert "derivative" in str(found) and "gradient" in str(found) and op in str(found)


def test_the_line_of_the_gradient_is_that_of_the_value():
    def f(x):
        a = x * x
        b = np.sqrt(a)
        return b.sum()

    found = fg.record(f, X).why_nan(np.zeros(3))
    assert found.op == "sqrt" and found.line == line_of(f, "np.sqrt")


@pytest.mark.parametrize("n", [2, 5])
def test_jacobians_are_searched_in_either_mode(n):
    f = lambda x: np.sqrt(x)[:2] * x[0] if n == 5 else np.concatenate([np.sqrt(x), x, x])
    x = np.linspace(1.0, 0.0, n)
    x[1] = 0.0
    prog = fg.record(f, np.ones(n))
    assert np.isfinite(prog(x)).all() and not np.isfinite(prog.jacobian(x)).all()
    found = prog.why_nan(x)
    assert (found.op, found.where) == ("sqrt", "gradient")


def test_jacobians_of_arrays_without_elements_are_searched():
    found = why(lambda x: (np.sqrt(x), x[:0]), np.array([4.0, 0.0]))
    assert (found.op, found.where) == ("sqrt", "gradient")
    assert why(lambda x: (np.sqrt(x), x[:0]), np.array([4.0, 1.0])) is None


def test_results_in_containers_and_functions_of_ints_are_searched():
    found = fg.record(lambda p: {"a": np.log(p["w"]), "b": 1}, {"w": 1.0}).why_nan({"w": -1.0})
    assert found.op == "log" and found.operands == {"x0['w']": -1.0}
    assert fg.record(lambda x, n: x * n, 2.0, 3).why_nan(2.0, 3) is None
    assert fg.record(lambda x: np.argmax(x), X).why_nan(X) is None


def test_a_recorded_function_records_what_it_needs():
    @fg.record
    def f(x):
        return np.log(x) if x < 0 else np.sqrt(x)

    assert f.why_nan(2.0) is None
    assert f.why_nan(-2.0).op == "log"
    assert f.why_nan(0.0).op == "sqrt"


def test_a_program_asked_about_another_branch_says_so():
    prog = fg.record(lambda x: np.log(x) if x > 0 else x, 1.0)
    with pytest.raises(fg.BranchChanged):
        prog.why_nan(-1.0)


def test_float32_overflows_where_it_does():
    x = np.full(3, 30.0, np.float32)
    prog = fg.record(lambda x: np.exp(x * 3).sum(), np.ones(3, np.float32))
    assert prog.why_nan(x).op == "exp"
    assert prog.why_nan(x / 3) is None


def test_a_large_program_takes_seconds_and_not_minutes():
    def f(x):
        for _ in range(25_000):
            x = x * 1.0001 + np.sin(x) * 1e-3
        return np.log(x)

    prog = fg.record(f, 1.0)
    start = time.perf_counter()
    assert prog.why_nan(-1.0).op == "log"
    assert prog.why_nan(1.0) is None
    assert time.perf_counter() - start < 30


# ----- random programs -----


@given(programs(), st.sampled_from([1e3, 1e150, -1e3, 0.0]))
@settings(max_examples=60)
def test_of_a_random_program_an_operation_on_finite_numbers_is_blamed(program, factor):
    """Run step by step, outside of any graph, far from the points it was drawn for."""
    point = [x * factor for x in program.columns[0]]
    with np.errstate(all="ignore"):
        seen = [float(x) for x in program.run(in_fastgrad, list(map(fg.tensor, point)))]
    prog = fg.record(lambda *xs: program.run(in_fastgrad, xs)[-1], *program.columns[0])
    found = prog.why_nan(*point)
    if np.isfinite(seen[-1]):
        assert found is None or found.where == "gradient"
        return
    guilty = set()
    for k, step in enumerate(program.steps, program.n_inputs):
        given = [seen[i] if isinstance(i, int) else i for i in step.operands]
        if np.isfinite(given).all() and not np.isfinite(seen[k]):
            guilty.add(step.op)
    sums = [seen[program.results[0]], *seen[program.n_inputs + len(program.steps) :]]
    if np.isfinite([seen[i] for i in program.results]).all() and not np.isfinite(sums).all():
        guilty.add("add")
    assert found.where == "value" and found.op in guilty
    assert np.isfinite(list(found.operands.values())).all() and not np.isfinite(found.result)
