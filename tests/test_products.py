"""Products of matrices in programs: by BLAS and by our own loops, transposes read as they lie."""

import numpy as np
import pytest
import strategies as own
from hypothesis import given
from hypothesis import strategies as st
from in_threads import in_threads
from new_process import python

import fastgrad as fg
from fastgrad import _blas, _loans
from fastgrad import _derive as derive
from fastgrad._machine import Machine

ALWAYS, NEVER = 1.0, np.inf
ways = pytest.mark.parametrize("worth", [ALWAYS, NEVER], ids=["blas", "own loops"])


@pytest.fixture
def _worth(worth):
    before = _loans.blas_from(worth)
    yield
    _loans.blas_from(before)


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def kernels(program):
    """The names of the kernels that a program runs, in order."""
    ((_, recording),) = program.known()
    return recording.machine.kernels()


def kernels_of_gradient(program):
    """The same of the gradient with respect to all arguments."""
    ((_, recording),) = program.known()
    graph = derive.gradient(recording.graph, list(range(len(recording.graph.inputs))))
    return Machine(graph, graph.outputs, []).kernels()


# ----- values -----

SPECIAL = [0.0, -0.0, 1.0, np.inf, -np.inf, np.nan]


@st.composite
def products(draw):
    """Two arrays, orders of their axes, and numbers that are no usual ones in some places."""
    shapes, _ = draw(own.broadcasting(2))
    m, depth, n = (draw(st.sampled_from([0, 1, 2, 3, 4, 5, 8, 9, 17, 33])) for _ in "mkn")
    xs, orders = [], []
    for outer, inner in zip(shapes, ((m, depth), (depth, n))):
        shape = outer[-2:] + inner
        order = draw(st.permutations(range(len(shape))))
        laid = [shape[order.index(a)] for a in range(len(shape))]
        x = normal(*laid, seed=draw(st.integers(0, 99)))
        for _ in range(draw(st.integers(0, 3)) if x.size else 0):
            x.flat[draw(st.integers(0, x.size - 1))] = draw(st.sampled_from(SPECIAL))
        xs.append(x)
        orders.append(tuple(order))
    return xs, orders


@pytest.mark.filterwarnings("ignore:invalid value")  # NumPy's own product of infinities
@pytest.mark.parametrize("worth", [ALWAYS, NEVER], ids=["blas", "own loops"])
def test_a_recorded_product_is_that_of_numpy_whatever_the_layout(worth):
    @given(products())
    def check(drawn):
        (a, b), (p, q) = drawn
        wanted = np.matmul(a.transpose(p), b.transpose(q))
        program = fg.record(lambda a, b: fg.matmul(a.transpose(p), b.transpose(q)), a, b)
        np.testing.assert_allclose(program(a, b), wanted, rtol=1e-13, atol=1e-13)

    before = _loans.blas_from(worth)
    try:
        check()
    finally:
        _loans.blas_from(before)


@ways
@pytest.mark.usefixtures("_worth")
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_gradients_of_a_chain_of_products_are_those_of_einsum(dtype):
    x, w, v = (normal(*s, seed=k).astype(dtype) for k, s in enumerate([(5, 9), (7, 9), (4, 7)]))
    program = fg.record(lambda x, w, v: ((x @ w.T) @ v.T).sum(), x, w, v)
    ones = np.ones((5, 4))
    wanted = [
        np.einsum("ij,jk,kl->il", ones, v, w),
        np.einsum("ij,jk,il->kl", ones, v, x),
        np.einsum("ij,il,kl->jk", ones, x, w),
    ]
    for found, right in zip(fg.grad(program, (0, 1, 2))(x, w, v), wanted):
        assert found.dtype == dtype
        np.testing.assert_allclose(found, right, rtol=1e-13 if dtype == np.float64 else 1e-5)


@ways
@pytest.mark.usefixtures("_worth")
def test_what_was_in_the_workspace_before_is_not_read():
    program = fg.record(lambda a, b: fg.exp(a @ b) @ b, normal(6, 6), normal(6, 6))
    hot = np.full((6, 6), np.inf)
    assert np.isnan(program(hot, -hot)).all()
    a, b = normal(6, 6, seed=1), normal(6, 6, seed=2)
    np.testing.assert_allclose(program(a, b), np.exp(a @ b) @ b, rtol=1e-12)


# ----- steps -----


def test_products_read_transposes_as_they_lie():
    x, w = normal(5, 9), normal(7, 9)
    assert kernels(fg.record(lambda x, w: x @ w.T, x, w)) == ["matmul"]
    heads = normal(2, 3, 4, 5)  # points, places, heads, numbers
    scores = fg.record(lambda x: x.transpose(0, 2, 1, 3) @ x.transpose(0, 2, 3, 1), heads)
    assert kernels(scores) == ["matmul"]
    wanted = np.einsum("bqhd,bkhd->bhqk", heads, heads)
    np.testing.assert_allclose(scores(heads), wanted, rtol=1e-12, atol=1e-14)


def test_the_gradient_of_a_layer_moves_nothing():
    x, w = normal(5, 9), normal(7, 9)
    for layer in (lambda x, w: x @ w.T, lambda x, w: w @ x.T, lambda x, w: (w @ x.T).T):
        program = fg.record(lambda x, w, f=layer: fg.tanh(f(x, w)).sum(), x, w)
        assert [k for k in kernels_of_gradient(program) if k != "copy"] == ["matmul"] * 3
        assert kernels_of_gradient(program).count("copy") <= 1  # the cotangent 1, for each item


def test_a_transpose_that_others_read_is_carried_out():
    x, w = normal(5, 9), normal(7, 9)
    for reads in (
        lambda x, w: (x @ w.T, w.T),
        lambda x, w: x @ w.T + (w.T * 2.0).sum(),
        lambda x, w: ((x @ w.T).T, x @ w.T),
        lambda x, w: ((x @ w.T).T @ x, (x @ w.T).T.sum(axis=0)),
        lambda x, w: (fg.exp(w @ x.T).T, (w @ x.T).T),
    ):
        found, wanted = fg.record(reads, x, w)(x, w), plain(reads, x, w)
        for ours, right in zip(found, wanted) if type(found) is tuple else [(found, wanted)]:
            np.testing.assert_allclose(ours, right, rtol=1e-12, atol=1e-14)


def plain(function, *xs):
    """What a function gives without a recording."""
    found = function(*map(fg.as_tensor, xs))
    return tuple(t.numpy() for t in found) if type(found) is tuple else found.numpy()


def test_the_gradient_of_many_products_by_one_matrix_is_one_product():
    x, w = normal(8, 5, 9), normal(9, 3)
    program = fg.record(lambda w: fg.tanh(x @ w).sum(), w)
    found = fg.grad(program)(w)
    wanted = np.einsum("nij,nik->jk", x, 1.0 - np.tanh(x @ w) ** 2)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    assert kernels_of_gradient(program).count("matmul") == 2
    vectors = normal(8, 9, 1)
    program = fg.record(lambda a: (fg.tanh(a @ vectors)).sum(), normal(3, 9))
    a = normal(3, 9, seed=4)
    wanted = np.einsum("nij,nkj->ik", 1.0 - np.tanh(a @ vectors) ** 2, vectors)
    np.testing.assert_allclose(fg.grad(program)(a), wanted, rtol=1e-12, atol=1e-12)


# ----- BLAS -----


def test_a_program_in_threads_gives_the_bits_of_one_thread():
    a, b = normal(150, 150), normal(150, 150, seed=1)
    program = fg.record(lambda a, b: fg.tanh(a @ b.T) @ a, a, b)
    right = program(a, b).tobytes()
    found = in_threads(lambda k: {program(a, b).tobytes() for _ in range(20)})
    assert set().union(*found) == {right}


def test_a_run_counts_multiplications_as_work():
    program = fg.record(lambda a, b: a @ b, normal(20, 300), normal(300, 20))
    assert program.known()[0][1].machine.work > 20 * 300 * 20


@pytest.mark.parametrize("capsule", ["none", "of another kind"])
def test_without_a_blas_own_loops_multiply(monkeypatch, capsule):
    a, b = normal(70, 70), normal(70, 70, seed=1)
    monkeypatch.setattr(_loans, "capsule", lambda library, name: None)
    if capsule != "none":
        import scipy.linalg.cython_blas

        other = scipy.linalg.cython_blas.__pyx_capi__["daxpy"]
        monkeypatch.setattr(_loans, "capsule", lambda library, name: other)
    program = fg.record(lambda a, b: a @ b, a, b)
    np.testing.assert_allclose(program(a, b), a @ b, rtol=1e-12, atol=1e-12)


def test_a_scipy_that_cannot_be_loaded_is_none(monkeypatch):
    def broken(name):
        raise ImportError("no such library")

    monkeypatch.setattr(_blas, "_module", broken)
    _blas.capsule.cache_clear()
    assert _blas.capsule("blas", "dgemm") is None
    monkeypatch.undo()
    _blas.capsule.cache_clear()
    assert _blas.capsule("blas", "dgemm") is not None


SCRIPT = """
import sys
import numpy as np
import fastgrad as fg
a = np.ones((20, 20))
fg.record(lambda a: a @ a, a)(a)
assert not any(name.split(".")[0] == "scipy" for name in sys.modules), "for a small product"
a = np.ones((90, 90))
assert (fg.record(lambda a: a @ a, a)(a) == 90.0).all()
assert "scipy.linalg" not in sys.modules, "the whole of it for one function"
import scipy.linalg.cython_blas
module = scipy.linalg.cython_blas
assert "dgemm" in module.__pyx_capi__
assert np.allclose(scipy.linalg.solve(a + np.eye(90), a), a / 91.0)
from fastgrad import _blas
assert _blas._module("scipy.linalg.cython_blas") is module
"""


def test_scipy_is_loaded_for_large_products_only_and_works_as_ever_then():
    done = python("-c", SCRIPT)
    assert done.returncode == 0, done.stderr
