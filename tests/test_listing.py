"""A program lists what it has recorded, its branches and its sizes."""

import inspect
import pickle
import re
from pathlib import Path

import numpy as np
import pytest

import fastgrad as fg

X = np.array([0.5, 1.5, 2.5])
HERE = Path(__file__).name


def line_of(f, text):
    lines, first = inspect.getsourcelines(f)
    return first + next(k for k, line in enumerate(lines) if text in line)


def two_lines(x, params, *, rate):
    a = np.sin(x) * params["w"]
    return {"sum": a.sum() * rate, "all": [a]}


def test_inputs_are_called_as_they_are_reached_and_outputs_too():
    prog = fg.record(two_lines, X, {"w": 2.0, "n": 3}, rate=0.5)
    lines = [line.split() for line in str(prog).splitlines()]
    assert [line[1] for line in lines[1:4]] == ["x0", "x1['w']", "rate"]
    assert [line[0] for line in lines[-2:]] == ["return['sum']", "return['all'][0]"]


def test_each_row_has_number_name_formula_and_statement():
    text = str(fg.record(two_lines, X, {"w": 2.0}, rate=0.5))
    line = line_of(two_lines, "np.sin")
    wanted = [
        rf"4 +v4 += sin\(x0\) +float64\[3\] +{HERE}:{line}",
        rf"5 +v5 += broadcast_to\(x1\['w'\], .*\) +float64\[3\] +{HERE}:{line}",
        rf"6 +v6 += v4 \* v5 +float64\[3\] +{HERE}:{line}",
        rf"7 +v7 += sum\(v6.*\) +{HERE}:{line + 1}",
        rf"8 +v8 += rate \* v7 +{HERE}:{line + 1}",
    ]
    for row in wanted:
        assert re.search(rf"^ +{row}$", text, flags=re.M), (row, text)


def test_what_no_result_needs_is_not_listed_but_inputs_are():
    prog = fg.record(lambda x, y: (np.exp(x), x + 1)[1], 1.0, 2.0)
    text = str(prog)
    assert "exp" not in text and "x1" in text


def test_a_branch_is_a_row_behind_what_it_decides_on():
    def f(x):
        if x[0] > 1:
            return x.sum()
        return x[1]

    lines = str(fg.record(f, X)).splitlines()
    (k,) = [k for k, line in enumerate(lines) if "guard " in line]
    name = lines[k].split()[1]
    assert lines[k].split()[2:] == ["is", "False", f"{HERE}:{line_of(f, 'x[0] > 1')}"]
    assert lines[k - 1].split()[1] == name and "> 1" in lines[k - 1]


def test_a_branch_on_an_input_stands_behind_the_inputs():
    prog = fg.record(lambda x, m: x[m].sum(), X, X > 1)
    lines = str(prog).splitlines()
    assert [line.split()[1] for line in lines[1:3]] == ["x0", "x1"]
    assert "guard" in lines[3] and "array of shape (3,)" in lines[3]


def test_array_constants_are_rows_and_numbers_are_not():
    text = str(fg.record(lambda x: (x * X).sum() + 2, X))
    assert "[0.5, 1.5, 2.5]" in text and "float64[3] constant" in text
    assert re.search(r"= v\d \+ 2", text)


def test_a_long_program_is_cut_in_the_middle():
    def f(x):
        for _ in range(3000):
            x = np.sin(x)
        return x

    text = str(fg.record(f, 1.0))
    assert "... 1,001 rows are left out" in text
    assert len(text.splitlines()) == 2003
    assert "v3001 " in text and "v1001 " not in text and "v2500 " in text
    assert "left out" not in str(fg.record(lambda x: np.sin(np.sin(x)), 1.0))


def test_repr_is_one_line_of_sizes():
    prog = fg.record(two_lines, X, {"w": 2.0}, rate=0.5)
    assert "not planned" in repr(prog)
    prog(X, {"w": 2.0}, rate=0.5)
    text = repr(prog)
    assert "\n" not in text
    assert "two_lines: x0 float64[3], x1['w'] float64, rate float64 -> " in text
    assert f"{prog.stats()['instructions']} instructions" in text
    many = fg.record(lambda xs: sum(xs), [1.0] * 50)
    assert len(repr(many)) < 200


def test_a_recorded_function_lists_each_path():
    @fg.record
    def f(x):
        return x * 2 if x > 0 else x * 3

    assert "nothing is recorded" in str(f)
    f(1.0), f(-1.0)
    assert "2 * x0" in str(f) and "3 * x0" in str(f)
    assert "2 paths" in repr(f)
    assert {guard.expected for guard in f.guards} == {True, False}
    assert f.stats()["guards"] == 2


def test_an_outcome_of_a_length_or_an_array_is_a_guard_with_its_value():
    def f(x):
        return np.sum(x[x > 1]) * int(np.argmax(x))

    mask, index = fg.record(f, X).guards
    np.testing.assert_array_equal(mask.expected, X > 1)
    assert index.expected == 2 and index.predicate == "argmax(x0, axis=(0,), keepdims=False)"
    assert mask.predicate == "x0 > 1"
    assert mask.file == __file__ and mask.line == line_of(f, "np.sum")
    assert str(index).startswith(f"{HERE}:{index.line}: ") and str(index).endswith("is 2")


def test_a_guard_can_be_pickled():
    (guard,) = fg.record(lambda x: x if x > 1 else -x, 2.0).guards
    assert pickle.loads(pickle.dumps(guard)) == guard


def test_stats_count_what_is_derived():
    prog = fg.record(lambda x: np.sum(np.sin(x) * x), X)
    before = prog.stats()
    assert before["record_seconds"] > 0 < before["plan_seconds"]
    assert before["transform_seconds"] == 0
    assert (before["nodes"], before["inputs"], before["outputs"]) == (4, 1, 1)
    prog.hessian(X)
    after = prog.stats()
    assert after["transform_seconds"] > 0
    for name in ("instructions", "slots", "constants", "bytes", "bytes_per_node"):
        assert after[name] > before[name], name
    for name in ("nodes", "guards", "inputs", "outputs", "record_seconds"):
        assert after[name] == before[name], name


def test_stats_tell_programs_of_scalars_from_those_with_arrays():
    assert fg.record(lambda x: x * x, 1.0).stats()["scalar"] is True
    assert fg.record(lambda x: np.sum(np.exp(x)), X).stats()["scalar"] is False


def test_stats_tell_what_runs_tile_by_tile():
    prog = fg.record(lambda x: np.sum(np.exp(x) * np.sin(x)) + np.sum(x), np.zeros(10_000))
    (region,) = prog.stats()["regions"]
    assert region["points"] == 10_000 and 1 < region["tile"] < 10_000
    assert region["instructions"] == 3 and region["streams"] >= 2
    assert fg.record(lambda x: x * x, 1.0).stats()["regions"] == []


def test_stats_tell_how_many_points_of_a_batch_run_at_once():
    prog = fg.record(lambda x: x * x, 1.0)
    assert prog.stats()["batch_tile"] == 0
    prog.batch(np.ones(3))
    assert prog.stats()["batch_tile"] > 1
    large = fg.record(lambda x: np.sum(x * x), np.zeros(100_000))
    large.batch(np.ones((2, 100_000)))
    assert large.stats()["batch_tile"] == 1


def test_stats_tell_who_multiplies_and_with_which_instructions():
    small, large = (fg.record(lambda a: a @ a, np.zeros((n, n))).stats() for n in (4, 100))
    assert (small["blas"], large["blas"]) == (False, True)
    assert small["instruction_set"] in fg._core.instruction_sets()


@pytest.mark.parametrize("f", [lambda x: 1.0, lambda x: np.ones(2), lambda x: x])
def test_programs_that_compute_nothing_are_listed(f):
    prog = fg.record(f, 2.0)
    assert "return" in str(prog) and prog.guards == () and prog.stats()["outputs"] == 1
