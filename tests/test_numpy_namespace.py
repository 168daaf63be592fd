"""fastgrad.numpy and fastgrad.scipy are NumPy and SciPy whose functions give Tensors."""

import numpy
import pytest
import scipy.fft
import scipy.linalg
import scipy.special
import scipy.stats
from differences import check_derivatives, tracked

import fastgrad as fg
import fastgrad.numpy as np
import fastgrad.scipy
import fastgrad.scipy.linalg as linalg
import fastgrad.scipy.special as special
from fastgrad._numpy_table import names, special_names

V = numpy.array([0.5, 1.5, 2.5])


def filled(x):
    y = np.zeros(3)
    y[0] = np.sum([x[0] ** 2, np.pi * x[1]])
    y[1:] = x[1:] * np.array([x[0], 2.0])
    return y


FUNCTIONS = {
    "filling": filled,
    "creation": lambda x: np.full(3, x[0]) + np.ones_like(x) * np.linspace(0, x[1], 3),
    "a constant that is filled": lambda x: set_first(np.tile([1.0, 2.0], 2), x),
    "an array that is filled": lambda x: set_first(np.sqrt(V), x),
    "ufuncs": lambda x: np.sin(x) * np.add(x, 1.0) + np.maximum([x[0], x[1], 1.0], 0.7),
    "reduce": lambda x: np.add.reduce([x[0], x[1]]) * np.multiply.outer(x, V),
    "accumulate": lambda x: np.multiply.accumulate(x) * np.add.reduceat(x, [0, 1, 0]),
    "functions of lists": lambda x: np.mean([x[0], x[1]]) + np.concatenate([[x[0]], [x[1]]]),
    "linalg": lambda x: np.linalg.norm([x[0], x[1]]) * np.linalg.norm(x, axis=0),
    "vectorize": lambda x: np.vectorize(lambda t: t**2 if t > 1 else t)(x),
    "vectorize of vectors": lambda x: np.vectorize(np.dot, signature="(n),(n)->()")(
        np.outer(V, x), x
    ),
    "vectorize to vectors": lambda x: np.vectorize(
        lambda a, b: (a * b, a.sum()), signature="(n),()->(n),()"
    )(x, [[2.0], [3.0]])[0],
    "vectorize, a decorator": lambda x: np.vectorize(otypes=[float])(lambda t: t * t)(x),
    "apply_along_axis of an array": lambda x: np.apply_along_axis(
        lambda row: row @ x**2, 1, numpy.outer(V, V)
    ),
    "fromiter": lambda x: np.fromiter((t * t for t in x), float, 2) * x[0],
    "arange": lambda x: np.arange(x[0], x[2] + 0.5) ** 2 * np.arange(x[1], -3.0, -x[2] * 0.7),
    "ndenumerate": lambda x: sum(i[0] * t * t for i, t in np.ndenumerate([x[0], x[1], 3.0])) * x,
    "two results of a dtype": lambda x: np.add(*np.divmod(x * 1.3, 0.7, dtype=numpy.float64)),
    "r_, c_": lambda x: np.r_[x, 1.0][:3] * np.c_[x, x][:, 0],
    "einsum": lambda x: np.einsum("i,j->ij", x, V),
    "out": lambda x: np.multiply(x, x, out=np.zeros(3)),
    "special": lambda x: special.logsumexp(x) * special.softmax(x) + special.ndtr(x),
    "special of lists": lambda x: special.logsumexp([x[0], 1.0]) + special.erf([x[0], x[1]]),
    "scipy.linalg": lambda x: linalg.norm(linalg.block_diag(x, x[:2])) * linalg.toeplitz(x),
    "toeplitz of two": lambda x: linalg.toeplitz(x, x[:2] ** 2),
}


def set_first(y, x):
    y[0] = x[0] ** 2
    return y


@pytest.mark.parametrize("name", FUNCTIONS)
def test_code_written_for_the_namespace_records(name):
    f = FUNCTIONS[name]
    out = f(tracked(V))
    assert isinstance(out, fg.Tensor)
    assert out.requires_grad
    numpy.testing.assert_allclose(out.detach(), numpy.asarray(f(V)), rtol=1e-13)
    check_derivatives(f, V, order=1)


def test_everything_that_numpy_has_is_there():
    assert set(np.__all__) == set(numpy.__all__)
    for name in numpy.__all__:
        assert hasattr(np, name), name
    assert set(dir(numpy)) <= set(dir(np))
    assert np.float64 is numpy.float64
    assert np.pi == numpy.pi
    assert np.newaxis is None
    assert np.random is numpy.random
    assert np.testing.assert_allclose is numpy.testing.assert_allclose
    assert np.linalg.LinAlgError is numpy.linalg.LinAlgError
    assert np.linalg.eigh([[2.0]]).eigenvalues == [2.0]
    assert fastgrad.scipy.special.gamma(5.0) == 24.0
    assert set(dir(scipy.special)) <= set(dir(special))
    assert set(dir(scipy.linalg)) <= set(dir(linalg))
    assert fastgrad.scipy.optimize is scipy.optimize
    assert set(dir(numpy.fft)) <= set(dir(np.fft))
    assert set(dir(scipy.fft)) <= set(dir(fastgrad.scipy.fft))
    assert set(dir(scipy.stats)) <= set(dir(fastgrad.scipy.stats))
    assert len(np.r_) == len(numpy.r_)
    with pytest.raises(AttributeError, match="no_such_name"):
        np.no_such_name


def test_each_name_that_is_served_is_one_of_numpy_and_ours_here():
    for name in names():
        top, _, inner = name.partition(".")
        of_numpy, of_ours = getattr(numpy, top, None), getattr(np, top, None)
        if inner:
            of_numpy, of_ours = getattr(of_numpy, inner, None), getattr(of_ours, inner, None)
        assert of_numpy is None or of_ours is not of_numpy, name
    for name in special_names():
        of_scipy = getattr(scipy.special, name, None)
        assert of_scipy is None or getattr(special, name) is not of_scipy, name


def test_arrays_of_floats_become_tensors_and_integers_stay():
    assert isinstance(np.tile(V, 2), fg.Tensor)
    assert isinstance(np.sin(V), fg.Tensor)
    assert isinstance(np.median([1.0, 2.0]), fg.Tensor)
    assert type(np.arange(3)) is numpy.ndarray
    assert type(np.argsort(V)) is numpy.ndarray
    assert type(np.tile([1, 2], 2)) is numpy.ndarray
    assert np.allclose(V, V) is True
    assert np.shape(V) == (3,)
    assert np.add(2, 3) == 5
    assert all(isinstance(part, fg.Tensor) for part in np.split(V, 3))
    assert np.exp(1j * V).dtype == complex


MADE = {
    "arange": lambda np, s: np.arange(s),
    "arange from 0": lambda np, s: np.arange(0, s),
    "arange by keywords": lambda np, s: np.arange(stop=s, step=0.5, start=0),
    "arange and None": lambda np, s: np.arange(s, None),
    "arange of integers": lambda np, s: np.arange(s, 7, dtype=int),
    "array": lambda np, s: np.array([s, 1.0], dtype="f4"),
    "fromiter": lambda np, s: np.fromiter([s, 1.0], "f4"),
    "linspace of integers": lambda np, s: np.linspace(-s, 0.0, 4, dtype=int),
    "linspace, step": lambda np, s: np.linspace(0.0, s, 0, retstep=True)[1],
    "linspace of numbers, step": lambda np, s: np.linspace(0.0, 1.0, 3, retstep=True)[1] * s,
    "like a list": lambda np, s: np.zeros_like([s, s]) + np.full_like([s, 1.0], 2),
    "ndenumerate": lambda np, s: [t for _, t in np.ndenumerate([[1.0, 2.0]])],
    "reduce": lambda np, s: np.add.reduce([s, 1.0], dtype="f4"),
    "reduceat of nothing": lambda np, s: np.add.reduceat([s, 1.0], []),
    "mean of integers": lambda np, s: np.mean([s * -3.0, 1.0], dtype=int),
    "mean of small ones": lambda np, s: np.mean([s, 7.0], dtype=numpy.int32),
    "variance of no element": lambda np, s: np.var(np.array([s])[:0], where=numpy.zeros(0, bool)),
    "median of no element": lambda np, s: np.median(np.array([s])[:0]),
    "quantile of no element": lambda np, s: np.nanquantile(np.array([s])[:0], 0.5, keepdims=True),
    "variance of nothing": lambda np, s: np.var([s, 1.0], where=[False, False]),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", MADE)
def test_what_is_made_of_tensors_has_the_values_and_the_dtype_of_numpy(name):
    wanted = numpy.asarray(MADE[name](numpy, 2.5))
    for s in (tracked(numpy.array(2.5)), fg.tensor(2.5)):
        made = MADE[name](np, s)
        got = made.detach().numpy() if isinstance(made, fg.Tensor) else numpy.asarray(made)
        assert got.dtype == wanted.dtype
        numpy.testing.assert_array_equal(got, wanted)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda t: np.fromiter([t[0], t[1]], float, 3), ValueError),
        (lambda t: np.vectorize(numpy.dot, signature="(n),(n)->()")(t), TypeError),
        (lambda t: np.vectorize(numpy.dot, signature="(m,n),(n)->()")(t, t), ValueError),
        (lambda t: np.vectorize(numpy.dot, signature="(n),(n)->()")(t, t[:2]), ValueError),
        (lambda t: np.vectorize(numpy.sin)(V[:0]), ValueError),
        (lambda t: np.lexsort([]), TypeError),
        (lambda t: np.lexsort([t, t[:2]]), ValueError),
        (lambda t: np.select([], []), ValueError),
        (lambda t: linalg.solve_triangular(np.outer(t, t), t, "x"), ValueError),
        (lambda t: fastgrad.scipy.fft.dct(t[:1], 1), (ValueError, RuntimeError)),
    ],
)
def test_calls_that_numpy_refuses_are_refused(call, error):
    for x in (V, tracked(V)):
        with pytest.raises(error):
            call(x)


def test_vectorize_of_no_element_leaves_plain_arrays_to_numpy_and_refuses_tensors():
    double = np.vectorize(lambda t: 2 * t, otypes=[float])
    assert numpy.shape(double(V[:0])) == (0,)
    with pytest.raises(TypeError, match="none of their elements"):
        double(tracked(V)[:0])


def test_a_plain_out_takes_what_is_not_tracked():
    out = numpy.zeros(3)
    assert np.multiply(fg.tensor(V), 2.0, out=out) is out
    numpy.testing.assert_array_equal(out, 2 * V)
    with pytest.raises(TypeError, match="into a plain array"):
        np.multiply(tracked(V), 2.0, out=out)


def test_a_ufunc_keeps_what_ufuncs_have():
    assert np.add.nin == 2
    assert np.add.__name__ == "add"
    assert "add" in repr(np.add)
    a = numpy.zeros(2)
    np.add.at(a, [0, 0], 1.0)
    np.sin([0.0, 0.0], out=a)
    assert a.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("use", "name"),
    [
        (lambda t: np.linalg.eigvals(np.outer(t, t)), "eigvals"),
        (lambda t: np.roots(t), "roots"),
        (lambda t: special.ber(t), "scipy.special.ber"),
        (lambda t: special.struve(1.0, [t[0], 1.0]), "scipy.special.struve"),
        (lambda t: special.comb(t, 1.0, exact=True), "scipy.special.comb with exact"),
    ],
)
def test_what_is_not_served_is_refused_on_tensors(use, name):
    if "weights" in name and int(numpy.__version__.split(".")[0]) < 2:
        pytest.skip("NumPy 2 has weights")
    with pytest.raises(TypeError, match=f"{name}.*requires grad"):
        use(tracked(V))


def test_scipys_linear_algebra_refuses_what_it_cannot_record():
    with pytest.raises((TypeError, RuntimeError), match="requires grad"):
        linalg.schur(np.outer(tracked(V), V))


@pytest.mark.parametrize("name", ["ALWAYS", "IF_NEEDED"])
def test_arrays_are_made_by_numpys_own_names_of_ways_to_copy(name):
    """SciPy gives them."""
    copy = getattr(np._CopyMode, name)
    assert fg.grad(lambda x: np.array([x, 2 * x], copy=copy).sum())(1.5) == 3.0
    assert fg.grad(lambda x: np.array(x, copy=copy).sum() * 2.0)(np.ones(2)).tolist() == [2.0, 2.0]
