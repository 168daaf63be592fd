"""NumPy's ways to say the same: names of arguments, axes of products, results in place."""

import numpy as np
import pytest
from differences import check_derivatives, tracked

import fastgrad as fg

V = np.array([0.5, 1.5, 2.5])
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1

BY_NAME = {
    "flip": lambda x: np.flip(m=x, axis=1),
    "squeeze": lambda x: np.squeeze(a=x[:1], axis=0),
    "expand_dims": lambda x: np.expand_dims(a=x, axis=1),
    "transpose": lambda x: np.transpose(a=x, axes=(1, 0)),
    "moveaxis": lambda x: np.moveaxis(a=x, source=0, destination=1),
    "swapaxes": lambda x: np.swapaxes(a=x, axis1=0, axis2=1),
    "ravel": lambda x: np.ravel(a=x, order="F"),
    "broadcast_to": lambda x: np.broadcast_to(array=x, shape=(2, 2, 3), subok=True),
    "clip": lambda x: np.clip(a=x, a_min=0.1, a_max=2.5),
    "sum": lambda x: np.sum(a=x, axis=1, keepdims=True),
    "pad": lambda x: np.pad(array=x, pad_width=1, mode="symmetric"),
    "tile": lambda x: np.tile(A=x, reps=2),
    "trace": lambda x: np.trace(a=x, offset=1),
    "triu": lambda x: np.triu(m=x, k=1),
    "diag": lambda x: np.diag(v=x, k=1),
    "reshape": lambda x: np.reshape(x, (3, 2), "F"),
    "round": lambda x: np.round(a=x * 1.02, decimals=1) * x,
}


@pytest.mark.parametrize("name", BY_NAME)
def test_arguments_are_known_by_numpys_names(name):
    f = BY_NAME[name]
    np.testing.assert_allclose(f(tracked(A)).detach(), f(A), rtol=1e-14)
    check_derivatives(f, A, order=1)


AXES = {
    "matmul": (lambda x: np.matmul(x, x, axes=[(1, 2), (2, 1), (0, 1)]), C),
    "vecdot": (lambda x: np.vecdot(x, x, axis=1), C),
    "vecdot, kept": (lambda x: np.vecdot(x, x[0], keepdims=True), A),
    "vecdot of axes": (lambda x: np.vecdot(x, x, axes=[0, 0, ()]), A),
}


@pytest.mark.skipif(not hasattr(np, "vecdot"), reason="NumPy 2")
@pytest.mark.parametrize("name", AXES)
def test_products_take_the_axes_that_they_work_on(name):
    f, x = AXES[name]
    np.testing.assert_allclose(f(tracked(x)).detach(), f(x), rtol=1e-13)
    check_derivatives(f, x, order=1)


def test_numbers_in_the_place_of_nan_are_written_in_place_if_that_is_asked_for():
    def f(x):
        y = x * np.array([1.0, np.nan, 2.0])
        assert np.nan_to_num(y, copy=False, nan=5.0) is y
        return y

    np.testing.assert_array_equal(f(tracked(V)).detach(), [0.5, 5.0, 5.0])
    check_derivatives(f, V, order=1)


def test_a_chain_of_products_is_multiplied_in_the_order_that_costs_least():
    row, column = fg.ones((1, 30)), fg.ones((30, 1))
    prog = fg.record(lambda x: np.linalg.multi_dot([x, row, column]), np.ones((30, 1)))
    assert "(30, 30)" not in str(prog)
    assert prog(np.ones((30, 1))).tolist() == [[30.0]] * 30
    many = [np.random.default_rng(k).normal(size=s) for k, s in enumerate([(2, 9), (9, 3), (3, 7)])]
    got = np.linalg.multi_dot([tracked(m) for m in many])
    np.testing.assert_allclose(got.detach(), np.linalg.multi_dot(many), rtol=1e-13)


def test_an_order_may_be_the_third_argument():
    wanted = np.reshape(A, (3, 2), "F")
    np.testing.assert_array_equal(fg.reshape(A, (3, 2), "F"), wanted)
    np.testing.assert_array_equal(fg.tensor(A).reshape((3, 2), order="F"), wanted)


def test_a_path_of_einsum_is_found_for_tensors():
    assert np.einsum_path("ij,jk", tracked(A), A.T)[0] == ["einsum_path", (0, 1)]
    assert fg.einsum_path("ij,jk", tracked(A), A.T)[0] == ["einsum_path", (0, 1)]


def test_what_only_tells_or_shows_takes_tracked_tensors():
    t = tracked(A)
    assert np.array2string(t) == np.array2string(A)
    assert np.shares_memory(t, t.T)
    assert not np.isfortran(t)
    assert [i.tolist() for i in np.triu_indices_from(t)] == [
        i.tolist() for i in np.triu_indices_from(A)
    ]


def test_padding_that_is_not_finite_stays_where_it_is():
    x = np.array([1.0, 2.0, np.inf])
    for mode in ("reflect", "symmetric"):
        with np.errstate(invalid="ignore"):
            wanted = np.pad(x, (1, 0), mode, reflect_type="odd")
        got = fg.pad(x, (1, 0), mode, reflect_type="odd")
        np.testing.assert_array_equal(got, wanted)
