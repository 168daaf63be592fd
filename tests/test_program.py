"""A Program computes what its function computes, for other numbers, and explains itself."""

import pickle
from pathlib import Path

import numpy as np
import pytest
from program_samples import (
    V,
    X,
    bent,
    close,
    eager,
    energy,
    same_bits,
    three_lines,
    vector,
    vector_jacobian,
)
from watched import IS_WATCHED

import fastgrad as fg

W = np.array([0.3, -2.0])
HERE, SAMPLES = Path(__file__).name, Path(bent.__code__.co_filename).name


# ----- replay -----


def test_a_program_computes_for_other_numbers():
    prog = fg.record(energy, X)
    for x in (X, 2 * X, V):
        value = prog(x)
        assert type(value) is float
        same_bits(value, eager(energy, x))
    out = fg.record(vector, X)(V)
    assert type(out) is np.ndarray and out.flags.c_contiguous
    same_bits(out, eager(vector, V))


def test_a_program_does_not_call_the_function_again():
    calls = []
    prog = fg.record(lambda x: calls.append(1) or (x * x).sum(), X)
    n = len(calls)
    for x in (X, V):
        close(prog(x), x @ x)
        close(fg.grad(prog)(x), 2 * x)
        close(prog.hessian(x), 2 * np.eye(3))
    assert len(calls) == n


def test_a_lazily_recorded_function_is_recorded_once_a_signature():
    calls = []

    @fg.record
    def f(x, n=2):
        """Say what it does."""
        calls.append(1)
        return (x**n).sum()

    def recordings(*args):
        calls.clear()
        f(*args)
        return len(calls) > 0

    assert f.__name__ == "f" and f.__doc__ == "Say what it does."
    assert recordings(X) and not recordings(V)
    assert recordings(X, 3) and not recordings(V, 3)
    assert recordings(np.ones(2)) and recordings(X.astype(np.float32))
    assert not recordings(X) and not recordings(X, 3)
    assert recordings(2.0) and not recordings(3.0)
    close(f(V, 3), (V**3).sum())


def test_static_values_that_are_equal_but_of_different_types_are_told_apart():
    f = fg.record(lambda x, n: x * (10.0 if n is True else 1.0))
    assert [f(2.0, 1), f(2.0, True), f(2.0, 1)] == [2.0, 20.0, 2.0]


def test_containers_go_in_and_out():
    f = lambda p, xs: {"a": p["w"] * xs[0], "rest": [xs[1], (p["w"].sum(), None)], "n": 3}
    prog = fg.record(f, {"w": X}, (2.0, 1.0))
    out = prog({"w": V}, (3.0, 5.0))
    close(out["a"], 3 * V)
    assert out["rest"] == [5.0, (V.sum(), None)] and out["n"] == 3


def test_an_array_in_a_closure_is_a_constant():
    c = X.copy()
    prog = fg.record(lambda x: (x * c).sum(), X)
    c[:] = 0.0
    close(prog(V), V @ X)


def test_the_result_is_the_callers_own():
    prog = fg.record(lambda x: x, X)
    x = X.copy()
    out = prog(x)
    out[:] = 7.0
    assert (x == X).all() and (prog(x) == X).all()


@pytest.mark.parametrize(
    "args", [(np.ones(4),), (1.0,), (X, X), (), (X.astype(np.float32),), ([X],), (X > 0,), ("x",)]
)
def test_arguments_of_another_signature_are_refused_by_an_explicit_program(args):
    with pytest.raises((TypeError, ValueError)):
        fg.record(energy, X)(*args)


# ----- methods -----


class Scaled:
    def __init__(self, factor):
        self.factor = factor

    @fg.record
    def value(self, x):
        return self.factor * x

    @fg.record(branches="record")
    def bent(self, x):
        return self.factor * x if x[0] > 0 else -x


def test_a_method_is_recorded_for_each_object():
    for factor in (2.0, 3.0):
        same_bits(Scaled(factor).value(X), factor * X)
        same_bits(Scaled(factor).bent(np.abs(X)), factor * np.abs(X))
        same_bits(Scaled(factor).bent(-np.abs(X)), np.abs(X))


def test_what_is_recorded_already_can_be_recorded_again():
    for once in (fg.record(lambda x: 2 * x, X), fg.record(lambda x: 2 * x)):
        same_bits(fg.record(once, X)(X), 2 * X)


def test_value_and_grad_and_grad():
    prog = fg.record(energy, X)
    value, g = prog.value_and_grad(V)
    assert type(value) is float and g.flags.c_contiguous
    same_bits(value, prog(V))
    close(g, fg.grad(energy)(V))
    same_bits(prog.grad(V), g)
    same_bits(fg.grad(prog)(V), g)
    close([(prog(V + h) - prog(V - h)) / 2e-5 for h in 1e-5 * np.eye(3)], g, rtol=1e-8)


def test_out_receives_the_gradient():
    prog = fg.record(energy, X)
    out = np.empty(3)
    value, g = prog.value_and_grad(V, out=out)
    assert g is out
    same_bits(out, prog.grad(V))
    same_bits(value, prog(V))
    for wrong in (np.empty(4), np.empty(3, np.float32), [0.0] * 3, np.empty(6)[::2]):
        with pytest.raises((TypeError, ValueError)):
            prog.value_and_grad(V, out=wrong)
    frozen = np.empty(3)
    frozen.flags.writeable = False
    with pytest.raises((TypeError, ValueError)):
        prog.value_and_grad(V, out=frozen)


def test_out_may_be_the_argument_itself():
    prog = fg.record(energy, X)
    x = V.copy()
    prog.value_and_grad(x, out=x)
    same_bits(x, prog.grad(V))


def test_jacobian_hessian_and_products():
    prog = fg.record(vector, X)
    close(prog.jacobian(V), vector_jacobian(V))
    close(prog.vjp(V, W), W @ vector_jacobian(V))
    close(prog.jvp(V, X), vector_jacobian(V) @ X)
    prog = fg.record(energy, X)
    close(prog.hessian(X), fg.hessian(energy)(X))
    close(prog.hvp(X, V), prog.hessian(X) @ V)


def test_every_transform_takes_a_program():
    prog = fg.record(energy, X)
    close(fg.hessian(prog)(V), fg.hessian(energy)(V))
    close(fg.jacfwd(fg.jacrev(prog))(V), fg.hessian(energy)(V))
    close(fg.hvp(prog, (V,), (X,)), fg.hessian(energy)(V) @ X)
    close(fg.vmap(fg.grad(prog))(np.stack([X, V])), [fg.grad(energy)(x) for x in (X, V)])
    close(fg.vjp(prog, V)[1](1.0)[0], fg.grad(energy)(V))
    inside = lambda x: prog(2.0 * x) * x[0]
    close(fg.grad(inside)(X), fg.grad(lambda x: energy(2.0 * x) * x[0])(X))
    close(fg.record(inside, X)(V), energy(2 * V) * V[0])


def test_scipy_minimizes_a_program():
    from scipy.optimize import minimize

    f = lambda x: ((1.0 - x[:-1]) ** 2 + 100.0 * (x[1:] - x[:-1] ** 2) ** 2).sum()
    prog = fg.record(f, np.zeros(5))
    found = minimize(fg.value_and_grad(prog), np.zeros(5), jac=True, tol=1e-10)
    close(found.x, np.ones(5), rtol=1e-5)


# ----- fixed buffers -----


def test_a_bound_program_reads_and_writes_its_buffers():
    prog = fg.record(energy, X)
    x, g = np.zeros(3), np.zeros(3)
    call = prog.bind(x, out=g)
    for point in (X, V, 2 * X):
        x[:] = point
        value = call()
        assert type(value) is float
        same_bits(value, prog(point))
        same_bits(g, prog.grad(point))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_bound_call_takes_other_branches_too(dtype):
    x, g = X.astype(dtype), np.zeros(3, dtype)
    prog = fg.record(lambda x: (x * x).sum() if x[0] > 0 else 3 * x.sum(), x, branches="record")
    with_gradient, alone = prog.bind(x, out=g), prog.bind(x)
    for first in (0.5, -1.0, 2.0):
        x[0] = first
        assert with_gradient() == alone() == prog(x)
        close(prog(x), x @ x if first > 0 else 3 * x.sum(), rtol=1e-6)
        same_bits(g, 2 * x if first > 0 else np.full(3, 3.0, dtype))


@pytest.mark.skipif(IS_WATCHED, reason="what counts references allocates")
def test_a_bound_call_allocates_nothing():
    import tracemalloc

    x, g = X.copy(), np.zeros(3)
    call = fg.record(energy, X).bind(x, out=g)
    for _ in range(10):
        call()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        for _ in range(1000):
            call()
        peak = tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()
    assert peak < 500  # a float and the range of the loop, no array


def test_a_bound_call_keeps_its_buffers_alive():
    prog = fg.record(energy, X)
    call = prog.bind(X.copy(), out=np.zeros(3))
    same_bits(call(), prog(X))


@pytest.mark.parametrize(
    ("x", "out"),
    [
        (np.zeros(4), np.zeros(3)), (np.zeros(3), np.zeros(2)), (np.zeros(6)[::2], np.zeros(3)),
        (np.zeros(3, np.float32), np.zeros(3)), ([0.0] * 3, np.zeros(3)),
    ],
)  # fmt: skip
def test_buffers_that_do_not_fit_are_refused(x, out):
    with pytest.raises((TypeError, ValueError)):
        fg.record(energy, X).bind(x, out=out)


def test_a_gradient_is_not_written_over_an_argument():
    memory = np.zeros(5)
    with pytest.raises(ValueError, match="shares memory"):
        fg.record(energy, X).bind(memory[:3], out=memory[2:])


# ----- branches -----


def test_the_refusal_of_a_branch_can_be_pickled():
    program = fg.record(lambda x: x * 2 if x > 0 else x, 1.0)
    with pytest.raises(fg.BranchChanged) as caught:
        program(-1.0)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.file, again.line) == (
        str(caught.value), caught.value.file, caught.value.line
    )  # fmt: skip


def test_an_explicit_program_refuses_another_branch_and_names_its_line():
    prog = fg.record(bent, X)
    close(prog(2 * X), 4 * X @ X)
    line = bent.__code__.co_firstlineno + 2
    for call in (prog, prog.grad, prog.value_and_grad, fg.grad(prog), prog.hessian):
        with pytest.raises(fg.BranchChanged, match=rf"{SAMPLES}.*\b{line}\b"):
            call(-X)
    close(prog(X), X @ X)


def test_an_explicit_program_can_be_told_to_record_branches():
    prog = fg.record(bent, X, branches="record")
    for x in (X, -X, V, -V, X):
        close(prog(x), bent(x))
        close(prog.grad(x), 2 * x if x[0] > 0 else -np.ones(3))


def test_a_lazily_recorded_function_keeps_both_branches():
    calls = []

    @fg.record
    def f(x):
        calls.append(1)
        return bent(x)

    wanted = lambda x: 2 * x if x[0] > 0 else -np.ones(3)
    for x in (X, -X):
        close(f(x), bent(x))
        close(fg.grad(f)(x), wanted(x))
    n = len(calls)
    for x in (V, -V, 2 * X, -3 * X):
        close(f(x), bent(x))
        close(fg.grad(f)(x), wanted(x))
    assert len(calls) == n


def test_a_loop_that_ends_by_a_condition_is_guarded():
    @fg.record
    def halvings(x):
        n = 0.0
        while x > 1.0:
            x, n = x / 2.0, n + 1.0
        return x + n

    for x in (5.0, 0.5, 100.0, 5.5, 64.0):
        wanted, n = x, 0.0
        while wanted > 1.0:
            wanted, n = wanted / 2, n + 1.0
        close(halvings(x), wanted + n)
        close(fg.grad(halvings)(x), 0.5**n)


def test_guards_lists_the_branches_and_their_lines():
    assert len(fg.record(energy, X).guards) == 0
    (guard,) = fg.record(bent, X).guards
    assert SAMPLES in str(guard) and str(bent.__code__.co_firstlineno + 2) in str(guard)


def test_nan_takes_the_branch_that_python_takes():
    f = fg.record(bent)
    x = np.array([np.nan, 1.0, 2.0])
    f(X)
    same_bits(f(x), bent(x))


# ----- listing, sizes, NaN -----


def test_the_listing_is_numbered_and_names_the_lines():
    text = str(fg.record(three_lines, np.abs(X)))
    lines = text.splitlines()
    first = three_lines.__code__.co_firstlineno
    for word, line in [("sin", first + 1), ("log", first + 2), ("sum", first + 3)]:
        assert any(word in s and f"{SAMPLES}:{line}" in s for s in lines), (word, text)
    assert sum(s.split()[:1] != [] and s.split()[0].strip(":.)%").isdigit() for s in lines) >= 4


def test_stats_grow_with_the_function():
    small, large = (fg.record(f, X).stats() for f in (lambda x: x[0] * 2.0, energy))
    assert small and set(small) == set(large)
    counts = [k for k, v in small.items() if isinstance(v, int)]
    assert counts and sum(large[k] for k in counts) > sum(small[k] for k in counts)


def test_why_nan_names_the_operation_and_the_line():
    prog = fg.record(three_lines, np.abs(X))
    found = str(prog.why_nan(np.array([0.5, -0.5, 1.0])))
    assert "log" in found
    assert SAMPLES in found and str(three_lines.__code__.co_firstlineno + 2) in found


def test_why_nan_finds_an_infinity_in_the_gradient_alone():
    prog = fg.record(lambda x: np.sqrt(x).sum(), np.abs(X))
    x = np.array([1.0, 0.0, 4.0])
    assert np.isfinite(prog(x))
    found = str(prog.why_nan(x))
    assert "sqrt" in found and "grad" in found and HERE in found
