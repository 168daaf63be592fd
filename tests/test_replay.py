"""Replays give the bits of the eager run: of random programs, from copies, files and threads."""

import copy
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given, settings
from in_threads import in_threads
from program_samples import V, X, bent, eager, energy, same_bits, three_lines, vector
from strategies import arrays, programs
from test_random_programs import in_fastgrad

import fastgrad as fg
from fastgrad import _sources
from fastgrad._recordings import Arguments


def counts(stats):
    return {name: n for name, n in stats.items() if isinstance(n, int)}


# ----- copies -----


@pytest.mark.parametrize("f", [energy, vector, three_lines, bent], ids=lambda f: f.__name__)
def test_pickled_copied_and_saved_programs_give_the_same_bits(f, tmp_path):
    prog = fg.record(f, np.abs(X))
    path = tmp_path / "model.fgp"
    prog.save(path)
    others = [pickle.loads(pickle.dumps(prog)), copy.copy(prog), copy.deepcopy(prog), fg.load(path)]
    # before anything is derived of one of them; times are those of this run, and differ
    assert all(counts(other.stats()) == counts(prog.stats()) for other in others)
    for other in others:
        assert str(other) == str(prog)
        for x in (np.abs(X), np.abs(V)):
            same_bits(other(x), prog(x))
            same_bits(other.jacobian(x), prog.jacobian(x))
        if f is not vector:
            same_bits(other.hessian(np.abs(V)), prog.hessian(np.abs(V)))
            same_bits(other.batch(np.abs([X, V]))[1], prog.batch(np.abs([X, V]))[1])
    with pytest.raises((TypeError, ValueError)):
        others[-1](np.ones(4))


def test_recording_twice_gives_the_same_listing():
    for f in (energy, vector, three_lines):
        assert str(fg.record(f, np.abs(X))) == str(fg.record(f, np.abs(V)))


# ----- threads -----


def test_eight_threads_get_the_same_bits():
    prog = fg.record(energy, X)
    xs = np.random.default_rng(0).standard_normal((100, 3))
    wanted = [prog.value_and_grad(x) for x in xs]

    def work(start):
        for k in range(start, start + 2000):
            value, g = prog.value_and_grad(xs[k % 100])
            if value != wanted[k % 100][0] or (g != wanted[k % 100][1]).any():
                return k
        return None

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [None] * 8


def test_threads_may_record_one_lazy_function_at_once():
    f = fg.record(lambda x, n: bent(x) * n)

    def work(k):
        x = X * (1.0 if k % 2 else -1.0)
        return [(float(f(x, n)), bent(x) * n) for n in range(1, 20)]

    with ThreadPoolExecutor(8) as pool:
        for pairs in pool.map(work, range(8)):
            np.testing.assert_allclose(*zip(*pairs), rtol=1e-12)


def test_threads_get_results_packed_as_for_their_own_arguments():
    f = fg.record(lambda x: (np.sin(x), np.cos(x)) if x.size > 3 else 3 * x)
    long, short = np.ones(20_000), np.ones(3)
    f(long)
    done = threading.Event()

    def work(k):
        if k == 0:
            found = [f(long) for _ in range(200)]
            done.set()
            return found
        found = []
        while not done.is_set():
            found = [*found[-100:], f(short)]
        return found

    pairs, arrays = in_threads(work, 2)
    assert {type(x) for x in pairs} == {tuple}
    assert {type(x) for x in arrays} == {np.ndarray}


def test_a_signature_may_be_forgotten_while_it_is_replayed(monkeypatch):
    monkeypatch.setattr(_sources, "MOST_SIGNATURES", 1)
    f = fg.record(lambda x: x * 2)
    f(1.0)

    def use(recording, arguments):
        f(np.ones(2))  # as another thread may do now
        return recording(arguments.inputs())

    with pytest.warns(RuntimeWarning, match="more than 1 signatures"):
        assert f.replay(Arguments((1.0,), {}), use) == 2.0


# ----- random programs -----


def function_of(program):
    return lambda *xs: program.run(in_fastgrad, xs)[-1]


@given(programs())
def test_a_replay_gives_the_bits_of_the_eager_run(program):
    f = function_of(program)
    prog = fg.record(f, *program.columns[0])
    for column in program.columns:
        same_bits(prog(*column), eager(f, *column))


@given(programs())
def test_a_replay_on_arrays_gives_the_bits_of_the_eager_run(program):
    f = function_of(program)
    columns = np.array(program.columns)
    prog = fg.record(f, *columns[:3].T.copy())
    for rows in (columns[:3], columns[2:]):
        inputs = list(rows.T.copy())
        out, wanted = prog(*inputs), eager(f, *inputs)
        assert out.dtype == wanted.dtype
        same_bits(out, wanted)


@given(programs())
@settings(max_examples=50)
def test_recording_a_random_program_twice_or_copying_it_changes_nothing(program):
    f = function_of(program)
    prog = fg.record(f, *program.columns[0])
    assert str(prog) == str(fg.record(f, *program.columns[1]))
    other = pickle.loads(pickle.dumps(prog))
    nums = tuple(range(program.n_inputs))
    gradient, other_gradient = fg.grad(prog, argnums=nums), fg.grad(other, argnums=nums)
    for column in program.columns:
        same_bits(other(*column), prog(*column))
        same_bits(other_gradient(*column), gradient(*column))


@given(arrays((3, 4)), arrays((4,)))
def test_a_replay_of_array_functions_gives_what_the_eager_run_gives(a, x):
    def f(a, x):
        y = np.tanh(a @ x) + a.sum(axis=1) * x.max()
        z = np.concatenate([y, x[::-1] * a[0]])
        return np.where(z > 0, z, np.exp(z)).cumsum() + np.linalg.norm(a)

    prog = fg.record(f, np.ones((3, 4)), np.ones(4))
    # sums of arrays are taken in another order: some rounding errors of the largest term
    wanted = eager(f, a, x)
    scale = np.max(np.abs(wanted), initial=1.0)
    np.testing.assert_allclose(prog(a, x), wanted, rtol=1e-14, atol=1e-14 * scale)


def test_copysign_of_zeros_keeps_their_signs():
    x, y = np.array([0.0, -0.0, 2.0, -0.0]), np.array([-1.0, -0.0, -0.0, 3.0])
    got = fg.record(np.copysign, x, y)(x, y)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(y))
    np.testing.assert_array_equal(got, np.copysign(x, y))
