"""The attributes of arrays: which of them Tensors have, and what those do."""

import io
import pickle

import numpy as np
import pytest
from differences import check_derivatives, tracked

import fastgrad as fg

A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
V = np.array([0.5, 1.5, -2.5])
# What NumPy hands to code that reads memory without asking whether a gradient would be lost, and
# what only subclasses of its arrays need.
ABSENT = {"__array_interface__", "__array_struct__", "__buffer__"}
ABSENT |= {"__array_finalize__", "__array_wrap__"}
REFUSED = {"byteswap", "ctypes", "getfield", "setfield", "setflags"}
OF_CLASSES = {"__class_getitem__", "__setstate__"}
OLD = {"itemset", "newbyteorder", "ptp", "tostring", "__array_prepare__"}  # until NumPy 2


def test_each_attribute_of_arrays_is_one_of_tensors_or_refused_with_a_way_out():
    t = fg.tensor(A)
    public = {n for n in dir(np.ndarray) if n.startswith("__") or not n.startswith("_")}
    missing = {name for name in public if not hasattr(t, name)}
    assert missing == {n for n in ABSENT | REFUSED | OF_CLASSES | OLD if hasattr(np.ndarray, n)}
    for name in REFUSED:
        with pytest.raises(AttributeError, match=f"no {name}: use t"):
            getattr(t, name)


def changed(change):
    """The function that copies an array, changes the copy by a method and returns it."""

    def f(x):
        y = x * 1.0
        assert change(y, x) is None
        return y

    return f


# What a method gives; with the arrays by which it is differentiated.
METHODS = {
    "all, any": (lambda t: (t > 0).all() | (t > 4).any(axis=0), A),
    "argmax, argmin": (lambda t: t.argmax() + t.argmin(axis=1, keepdims=True), A),
    "argsort, argpartition": (lambda t: t.argsort(axis=0) + t.argpartition(0, axis=0), A),
    "astype": (lambda t: t.astype(np.float64, copy=False) * t.astype(float), A),
    "choose": (lambda t: t[0] * np.array([0, 1, 1]).choose([1.0, 2.0]), A),
    "clip": (lambda t: t.clip(0.0, 2.5) * t.clip(max=1.1) + t.clip(min=0.1), A),
    "compress": (lambda t: t.compress([True, False, True], axis=1) ** 2, A),
    "conj": (lambda t: t.conj() * t.conjugate(), A),
    "copy": (lambda t: t.copy() * t.copy(order="F") * t, A),
    "cumprod, cumsum": (lambda t: t.cumprod(axis=1) * t.cumsum(axis=0), A),
    "diagonal, trace": (lambda t: t.diagonal(1) * t.trace(), A),
    "dot": (lambda t: t.dot(t[0]) * t[:, 0], A),
    "fill": (changed(lambda y, t: y.fill(t[0, 1])), A),
    "flat": (lambda t: t.flat[2:] * t.flat[0], A),
    "flatten, ravel": (lambda t: t.flatten() * t.ravel("F"), A),
    "item": (lambda t: t * 2, A),
    "max, min": (lambda t: t.max(axis=1) * t.min(), A),
    "mean, std, var": (lambda t: t.mean(0) * t.std(axis=0, ddof=1) + t.var(), A),
    "mT": (lambda t: t.mT @ t * t.mT[0, 0], A),
    "nonzero": (lambda t: t[(t > 0.8).nonzero()] ** 2, A),
    "partition": (changed(lambda y, t: y.partition(1, axis=1)), V[None]),
    "prod, sum": (lambda t: t.prod(axis=0) * t.sum(axis=1, keepdims=True), A),
    "put": (changed(lambda y, t: y.put([5, 0], t[0, :2] ** 2)), A),
    "real, imag": (lambda t: t.real * t + t.imag, A),
    "repeat, take": (lambda t: t.repeat(2, axis=1) * t.take([0, 5, 1, 1, 2, 0]), A),
    "reshape": (lambda t: t.reshape(3, 2) * t.reshape((3, -1), order="F"), A),
    "round": (lambda t: t.round(1) * t, A + 0.031),
    "sort": (changed(lambda y, t: y.sort(axis=0)), A[::-1].copy()),
    "squeeze, swapaxes": (lambda t: t[None].squeeze() * t.swapaxes(0, 1).T, A),
    "transpose, T": (lambda t: t.transpose(1, 0) * t.T, A),
    "view": (lambda t: t.view() * t.view(np.float64), A),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_gives_what_that_of_arrays_gives(name):
    f, x = METHODS[name]
    if name == "mT" and not hasattr(x, name):
        pytest.skip("NumPy 2")
    wanted = f(x)
    for t in (fg.tensor(x), tracked(x)):
        got = f(t)
        assert isinstance(got, fg.Tensor)
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got.detach(), wanted, rtol=1e-14)
    if wanted.dtype.kind == "f":
        check_derivatives(f, x, order=2)


def test_what_tells_of_memory_tells_what_an_arrays_does():
    for x in (A, A.T, A[:, ::-1], A[0], A[0, 0]):
        t = fg.from_numpy(np.asarray(x))
        assert (t.strides, t.nbytes, t.itemsize) == (x.strides, x.nbytes, x.itemsize)
        assert t.flags.c_contiguous == x.flags.c_contiguous
        assert np.isfortran(t) == np.isfortran(x)
        assert t.tobytes() == x.tobytes()
    t = fg.tensor(A)
    assert t.base is None
    assert t[0].base is t
    assert t.reshape(-1).base is t
    assert t[0][1:].base is t
    assert t.device == "cpu"
    assert t.to_device("cpu") is t
    view = t.view()
    view[0, 0] = 9.0
    assert t[0, 0] == 9.0


def test_what_leaves_for_files_and_libraries_is_not_tracked(tmp_path):
    t = fg.tensor(A)
    t.tofile(tmp_path / "a")
    np.testing.assert_array_equal(np.fromfile(tmp_path / "a").reshape(2, 3), A)
    np.testing.assert_array_equal(pickle.loads(t.dumps()), A)
    t.dump(file := tmp_path / "b")
    np.testing.assert_array_equal(np.load(io.BytesIO(file.read_bytes()), allow_pickle=True), A)
    np.testing.assert_array_equal(np.from_dlpack(t), A)
    for leave in (
        lambda t: t.tobytes(),
        lambda t: t.dumps(),
        lambda t: t.tofile(tmp_path / "c"),
        np.from_dlpack,
    ):
        with pytest.raises(RuntimeError, match="requires grad"):
            leave(tracked(A))


@pytest.mark.parametrize(
    ("use", "error", "way"),
    [
        (lambda t: t.resize(3, 2), TypeError, "reshape"),
        (lambda t: t.view(np.int64), TypeError, "astype"),
        (lambda t: t.view(3, 2), TypeError, "reshape"),
        (lambda t: t[0].mT, ValueError, "ndim < 2"),
        (lambda t: t.to_device("cuda"), ValueError, "cpu"),
        (lambda t: t.reshape(2, 2), ValueError, "reshape array of size 6"),
        (lambda t: t.T.reshape(6, copy=False), ValueError, "Unable to avoid"),
        (lambda t: t.ravel("Q"), ValueError, "order"),
        (lambda t: t.astype(int, casting="safe"), TypeError, "according to the rule"),
        (lambda t: t.argsort(axis=2), ValueError, "axis 2"),
    ],
)
def test_what_a_method_refuses_it_refuses_with_numpys_exception_and_a_way_out(use, error, way):
    with pytest.raises(error, match=way):
        use(fg.tensor(A))


def test_an_order_of_memory_is_refused_in_a_recording_which_does_not_keep_it():
    fortran = np.asfortranarray(A)
    np.testing.assert_array_equal(fg.from_numpy(fortran).ravel("K"), fortran.ravel("K"))
    assert fg.grad(lambda x: (x.ravel("K") ** 2).sum())(V).tolist() == (2 * V).tolist()
    with pytest.raises(TypeError, match="order 'A' follows how elements lie in memory"):
        fg.grad(lambda x: (x.ravel("A") * np.arange(6.0)).sum())(fortran)
