"""NumPy code as users write it gives the right gradient, or is refused: the table of idioms."""

import os
import subprocess
import sys
import types
from pathlib import Path

import idioms
import numpy as np
import pytest
import verdicts

import fastgrad as fg

PACKAGE = Path(fg.__file__).parents[1]
CREATION = {
    name: getattr(np, name)
    for name in "array asarray asanyarray ascontiguousarray zeros ones empty full zeros_like "
    "ones_like empty_like full_like eye identity arange linspace copy concatenate stack".split()
}
RIGHT = [idiom for idiom in idioms.TABLE if idiom.verdict == "right"]
NOT_RIGHT = [idiom for idiom in idioms.TABLE if idiom.verdict != "right"]
SEVERAL_PATHS = [idiom for idiom in RIGHT if len(idiom.points) > 2]


def over(table):
    return pytest.mark.parametrize("idiom", table, ids=lambda idiom: idiom.name.replace(" ", "-"))


def prepare(f, args, way):
    """f itself, which a transform records afresh; a Program; or a function recorded when called."""
    if way == "program":
        return fg.record(f, *verdicts.fresh(args))
    return f if way == "plain" else fg.record(f)


def agrees(idiom, function, args):
    """Assert that value and derivatives of a function are those of the idiom on plain NumPy."""
    value, wanted = verdicts.value(idiom.f, args), verdicts.wanted(idiom, args)
    found = verdicts.derivatives(function, args)
    assert verdicts.close(found, wanted), f"{found} for {wanted}"
    if not value.ndim:
        result, found = verdicts.gradients(function, args)
        assert isinstance(result, float)
        np.testing.assert_allclose(result, value, rtol=1e-13)
        assert verdicts.close(found, wanted), f"{found} for {wanted}"


# ----- the table -----


@over(idioms.TABLE)
def test_the_table_says_what_numpy_can_do(idiom):
    """Each function runs on plain NumPy; those whose gradient is tested have a finite one."""
    for args in idiom.points:
        before = verdicts.fresh(args)
        assert np.isfinite(verdicts.value(idiom.f, args)).all()
        if idiom.may_be_right:
            assert all(np.isfinite(j).all() for j in verdicts.wanted(idiom, args))
        for a, b in zip(args, before):
            assert a is b or np.array_equal(a, b)


def test_the_idioms_have_names_of_their_own():
    assert len({idiom.name for idiom in idioms.TABLE}) == len(idioms.TABLE) >= 58


@over(RIGHT)
def test_the_gradient_is_that_of_central_differences(idiom):
    for args in idiom.points:
        agrees(idiom, idiom.f, args)


@over(RIGHT)
def test_a_program_replayed_at_another_point_agrees(idiom):
    program = fg.record(idiom.f, *verdicts.fresh(idiom.points[0]))
    for args in (idiom.points[1], idiom.points[0], idiom.points[1]):
        agrees(idiom, program, args)
        np.testing.assert_allclose(
            np.asarray(program(*verdicts.fresh(args))), verdicts.value(idiom.f, args), rtol=1e-13
        )


@over(RIGHT)
def test_a_function_recorded_when_it_is_called_agrees_on_every_branch(idiom):
    recorded = fg.record(idiom.f)
    for args in (*idiom.points, *reversed(idiom.points)):
        agrees(idiom, recorded, args)
        np.testing.assert_allclose(
            np.asarray(recorded(*verdicts.fresh(args))), verdicts.value(idiom.f, args), rtol=1e-13
        )


@over([idiom for idiom in SEVERAL_PATHS if np.ndim(idiom.points[0][0]) == 1])
def test_a_batch_agrees_where_its_points_take_different_branches(idiom):
    points = [args[0] for args in idiom.points]
    if not verdicts.value(idiom.f, idiom.points[0]).ndim:
        found = fg.vmap(fg.grad(fg.record(idiom.f)))(np.array(points))
        wanted = [verdicts.wanted(idiom, args)[0] for args in idiom.points]
        assert verdicts.close(list(found), wanted)


@over(NOT_RIGHT)
@pytest.mark.parametrize("way", ["plain", "program", "lazy"])
def test_what_is_not_right_is_refused_and_leaves_nothing_behind(idiom, way):
    before = verdicts.value(idiom.f, idiom.points[0])
    for args in idiom.points[:2]:
        error = verdicts.raised(lambda args=args: agrees(idiom, prepare(idiom.f, args, way), args))
        if error is None:
            assert idiom.may_be_right, "the table says that this is refused"
        else:
            assert idiom.refuses(error), f"{type(error).__name__}: {error}"
    assert np.array_equal(verdicts.value(idiom.f, idiom.points[0]), before)


@over(idioms.TABLE)
def test_plain_numpy_is_untouched_by_a_recording(idiom):
    args = idiom.points[0]
    with np.errstate(all="ignore"):
        before = idiom.f(*verdicts.fresh(args))
    for transform in (fg.record, lambda f, *x: verdicts.derivatives(f, x)):
        error = verdicts.raised(
            lambda transform=transform: transform(idiom.f, *verdicts.fresh(args))
        )
        assert error is None or idiom.verdict != "right", error
    with np.errstate(all="ignore"):
        after = idiom.f(*verdicts.fresh(args))
    assert type(after) is type(before)
    np.testing.assert_array_equal(after, before)
    assert {name: getattr(np, name) for name in CREATION} == CREATION


def test_the_script_finds_what_the_table_says():
    done = subprocess.run(
        [sys.executable, idioms.__file__],
        env={**os.environ, "PYTHONPATH": str(PACKAGE)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(idioms.TABLE)} idioms, 0 not as the table says" in done.stdout


# ----- what users keep between calls -----


def test_a_constant_that_is_made_and_kept_while_recording_stays_good():
    """A cache whose first use is in a recording must hold nothing that ends with the recording."""
    kept = {}

    def f(x):
        if "weights" not in kept:
            kept["weights"] = np.ones(3) / 3
        return kept["weights"] @ x**2

    x = verdicts.V
    np.testing.assert_allclose(fg.grad(f)(x), 2 * x / 3)
    np.testing.assert_allclose(fg.record(f, x).grad(2 * x), 4 * x / 3)
    np.testing.assert_allclose(float(f(x)), np.sum(x**2) / 3)
    np.testing.assert_allclose(fg.grad(f)(x), 2 * x / 3)


def test_state_that_depends_on_the_input_and_is_kept_is_refused_later_or_right():
    """An object that remembers a recorded value may be read; it never gives a stale gradient."""
    kept = {}

    def f(x):
        if "first" not in kept:
            kept["first"] = x * 2
        return np.sum(kept["first"] * x)

    x = verdicts.V
    np.testing.assert_allclose(fg.grad(f)(x), 4 * x)
    with pytest.raises((RuntimeError, ValueError), match=r"record"):
        fg.grad(f)(x)  # 4 x would need the graph of the first call, 2 x would be silent


def test_arrays_of_a_closure_are_captured_by_value():
    weights = np.ones(3)
    program = fg.record(lambda x: np.sum(weights * x**2), verdicts.V)
    weights[:] = 0.0
    np.testing.assert_allclose(program.grad(verdicts.W), 2 * verdicts.W)


def test_a_plain_function_is_recorded_afresh_at_each_call():
    weights = np.ones(3)
    gradient = fg.grad(lambda x: np.sum(weights * x**2))
    weights[:] = 3.0
    np.testing.assert_allclose(gradient(verdicts.V), 6 * verdicts.V)


MODULE = """
from numpy import zeros

TABLE = zeros(2)

def fill(x):
    y = zeros(3)
    y[:2] = x[1:]
    return y
"""


def test_a_module_first_imported_while_recording_has_numpys_own_functions(tmp_path, monkeypatch):
    (tmp_path / "a_module_of_today.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)

    def f(x):
        import a_module_of_today

        return np.sum(a_module_of_today.fill(x) ** 2)

    wanted = np.array([0.0, 2 * verdicts.V[1], 2 * verdicts.V[2]])
    try:
        np.testing.assert_allclose(fg.grad(f)(verdicts.V), wanted)
        module = sys.modules["a_module_of_today"]
        assert module.zeros is np.zeros
        assert type(module.TABLE) is np.ndarray
        assert type(module.fill(verdicts.V)) is np.ndarray
        np.testing.assert_allclose(fg.grad(f)(verdicts.V), wanted)
    finally:
        sys.modules.pop("a_module_of_today", None)


def test_a_function_whose_globals_hold_numpys_names_is_as_good():
    scope = {"zeros": np.zeros, "array": np.array, "__builtins__": __builtins__}
    code = "def f(x):\n    y = zeros(2)\n    y[0] = x[0] * x[1]\n    return array([y[0], x[2]])\n"
    exec(code, scope)
    f = types.FunctionType(scope["f"].__code__, scope)
    found = fg.jacobian(f)(verdicts.V)
    np.testing.assert_allclose(found, [[1.5, 0.5, 0.0], [0.0, 0.0, 1.0]])


# ----- what a Tensor is, where code asks -----


def test_inside_a_recording_an_argument_is_a_tensor_and_no_ndarray():
    """So code that asks for an ndarray goes another way; code that asks for a shape does not."""
    seen = []

    def f(x):
        seen.append((isinstance(x, np.ndarray), isinstance(x, fg.Tensor), hasattr(x, "shape")))
        return np.sum(x)

    fg.grad(f)(verdicts.V)
    fg.record(f, verdicts.V)
    assert set(seen) == {(False, True, True)}
    assert isinstance(f(verdicts.V), np.floating)


@pytest.mark.parametrize("x", [verdicts.V, 2.0, np.array(2.0), np.float64(2.0)])
def test_results_are_pythons_numbers_and_numpys_arrays(x):
    value, gradient = fg.value_and_grad(lambda x: np.sum(np.zeros(3) + x))(x)
    assert type(value) is float
    assert type(gradient) is (np.ndarray if np.ndim(x) else float)
