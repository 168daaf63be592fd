"""Code written for NumPy runs on Tensors: it records or is refused; nothing detaches silently."""

import importlib
import math
import sys
from unittest import mock

import numpy as np
import pytest
import scipy.linalg
import scipy.special
from differences import check_derivatives, gradient, tracked

import fastgrad as fg
from fastgrad._ops import ROWS

V = np.array([0.5, 1.5, 2.5])
W = np.array([2.0, -1.0, 0.25])
A = np.array([[1.0, 2.0], [3.0, 5.0]])
UFUNCS = [row for row in ROWS if isinstance(getattr(np, row["name"], None), np.ufunc)]


def inside(row, k):
    """Three numbers of the domain of operand k."""
    low, high = row["domains"][k]
    return low + (high - low) * np.array([0.31, 0.52, 0.87]) + 0.01 * k


# ----- ufuncs and operators -----


@pytest.mark.parametrize("row", UFUNCS, ids=lambda row: row["name"])
def test_a_ufunc_is_our_function_of_that_name(row):
    ufunc, ours = getattr(np, row["name"]), getattr(fg, row["name"])
    arrays = [inside(row, k) for k in range(row["arity"])]
    result = ufunc(*map(tracked, arrays))
    np.testing.assert_allclose(result.detach().numpy(), ufunc(*arrays), rtol=1e-14)
    assert result.requires_grad != row["is_test"]
    if not row["is_test"]:
        for k in range(row["arity"]):  # the others stay arrays
            for f in (ufunc, ours):

                def of_one(t, f=f, k=k):
                    return f(*arrays[:k], t, *arrays[k + 1 :])

                np.testing.assert_array_equal(
                    gradient(of_one, arrays[k]),
                    gradient(lambda t, k=k: ours(*arrays[:k], t, *arrays[k + 1 :]), arrays[k]),
                )


@pytest.mark.parametrize(
    "f",
    [
        lambda t: np.float64(2) * t,
        lambda t: np.float64(2) - t,
        lambda t: t / np.float64(2),
        lambda t: np.float32(2) ** t,
        lambda t: np.int64(3) * t,
        lambda t: np.array(2.0) * t,
        lambda t: np.ones(3) * t,
        lambda t: np.ones((2, 3)) - t,
        lambda t: np.ones(3) @ t,
        lambda t: np.ones((2, 3)) @ t,
        lambda t: t @ np.ones((3, 2)),
        lambda t: W / t,
        lambda t: [2.0, 3.0, 4.0] * t,
        lambda t: (1.0, 2.0, 3.0) + t,
        lambda t: np.multiply.outer(W, W) @ t,
        lambda t: np.true_divide(W, t),
        lambda t: np.mod(t, 0.4),
        lambda t: np.abs(t),
    ],
)
def test_numpys_numbers_and_arrays_may_stand_on_either_side(f):
    out = f(tracked(V))
    assert isinstance(out, fg.Tensor)
    check_derivatives(f, V, order=1)


FUNCTIONS = {
    "sum": lambda t: np.sum(t),
    "sum along": lambda t: np.sum(t * A[:, :1], axis=0, keepdims=True),
    "mean": lambda t: np.mean(t, 0),
    "prod": lambda t: np.prod(t),
    "max": lambda t: np.max(t) * np.min(t),
    "amax": lambda t: np.amax(t) * np.amin(t),
    "var": lambda t: np.var(t, ddof=1) + np.std(t),
    "cumsum": lambda t: np.cumsum(t) ** 2,
    "concatenate": lambda t: np.concatenate([t * 2, [t @ t], np.ones(1)]),
    "concat": lambda t: np.concat([t, t]) if hasattr(np, "concat") else t,
    "stack": lambda t: np.stack([t, t**2], axis=1),
    "hstack": lambda t: np.hstack([t, t[0]]),
    "vstack": lambda t: np.vstack([t, W * t]),
    "where": lambda t: np.where(t > 1, t**2, -t),
    "clip": lambda t: np.clip(t, 1.0, 2.0) + np.clip(t, None, 3.0),
    "dot": lambda t: np.dot(t, W) + np.dot(A, t[:2]),
    "inner": lambda t: np.inner(W, t) * np.vdot(t, t),
    "outer": lambda t: np.outer(t, W),
    "matmul": lambda t: np.matmul(A, t[1:]),
    "norm": lambda t: np.linalg.norm(t),
    "norm along": lambda t: np.linalg.norm(np.outer(t, W), axis=1),
    "reshape": lambda t: np.reshape(t * t, (3, 1)) * t,
    "reshape, by columns": lambda t: np.reshape(np.outer(t, t[:2]), (2, 3), "F") * t,
    "transpose": lambda t: np.transpose(np.outer(t, W)),
    "ravel": lambda t: np.ravel(np.outer(t, W)),
    "squeeze": lambda t: np.squeeze(t[None]) * t,
    "expand_dims": lambda t: np.expand_dims(t, 0) * np.expand_dims(t, 1),
    "swapaxes": lambda t: np.swapaxes(np.outer(t, W), 0, 1),
    "moveaxis": lambda t: np.moveaxis(np.outer(t, W), 0, 1),
    "flip": lambda t: np.flip(t) * t,
    "broadcast_to": lambda t: np.broadcast_to(t, (2, 3)) * A[:, :1],
    "linspace": lambda t: np.linspace(t[0], 3 * t[1], 4),
    "copy": lambda t: np.copy(t) ** 2,
    "full_like": lambda t: np.full_like(W, 0.0) + np.full_like(t, 2.0) * t,
    "erf": lambda t: scipy.special.erf(t) + scipy.special.erfc(t) ** 2,
    "expit": lambda t: scipy.special.expit(t),
    "xlogy": lambda t: scipy.special.xlogy(W, t) + scipy.special.xlogy(t, V),
    "iteration": lambda t: sum(x * x for x in t),
    "unpacking": lambda t: (lambda x, y, z: x * y / z)(*t),
    "max of Python": lambda t: max(t) * min(t),
    "filling": lambda t: _filled(t),
    "in place": lambda t: _changed(t.copy()),
}


def _filled(t):
    y = fg.zeros(3)
    y[0] = t[0] ** 2
    y[1:] = t[1:] * 2
    return y


def _changed(t):
    t += 1
    t[0] *= 2
    return t


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_of_numpy_records(name):
    f = FUNCTIONS[name]
    out = f(tracked(V))
    assert isinstance(out, fg.Tensor)
    assert out.requires_grad
    check_derivatives(f, V, order=1)
    if name not in ("filling", "in place"):  # and its value is NumPy's
        np.testing.assert_allclose(out.detach().numpy(), f(V), rtol=1e-14)


def test_the_branch_not_taken_and_the_norm_at_zero_give_no_nan():
    x = np.array([1.0, 2.0, 6.0])
    wanted = np.array([1.0, 1.0, 0.25])
    np.testing.assert_array_equal(gradient(lambda t: np.where(t > 2, np.sqrt(t - 2), t), x), wanted)
    np.testing.assert_array_equal(gradient(lambda t: np.linalg.norm(t), np.zeros(3)), 0.0)


# ----- what is refused -----

REFUSED = [
    lambda t: np.polyfit(V, t, 1),
    lambda t: np.quantile(V, t / 9, method="lower"),
    lambda t: np.roots(t),
    lambda t: np.linalg.eigvals(np.outer(t, t)),
    lambda t: np.frompyfunc(abs, 1, 1)(t),
    lambda t: scipy.special.ber(t),
    lambda t: scipy.special.struve(1.0, t),
    lambda t: scipy.special.spherical_jn(1, t),
    lambda t: scipy.special.logsumexp(t),
    lambda t: scipy.linalg.norm(t),
]


@pytest.mark.parametrize("k", range(len(REFUSED)))
def test_what_cannot_be_recorded_is_refused_and_works_without_a_gradient(k):
    t = fg.tensor(V, requires_grad=True)
    with pytest.raises((TypeError, RuntimeError), match=r"requires grad[^$]*detach\(\)"):
        REFUSED[k](t)
    REFUSED[k](t.detach())


OUT = np.zeros(3)

REFUSED_OPTIONS = [
    lambda t: np.add(t, 1.0, out=OUT),
    lambda t: np.exp(t, where=V > 1),
    lambda t: np.add(t, 1.0, dtype=np.longdouble),
    lambda t: np.sum(t, out=np.zeros(())),
    lambda t: np.sum(t, 0, None, np.zeros(())),
    lambda t: np.dot(t, np.eye(3), OUT),
    lambda t: np.concatenate([t, t], out=np.zeros(6)),
    lambda t: np.divide.reduce(t),
    lambda t: np.add.accumulate(t, out=OUT),
    lambda t: np.multiply.at(t, [0], 1.0),
    lambda t: np.add.at(OUT, [0, 1, 2], t),
    lambda t: np.copyto(OUT, t),
    lambda t: np.put(OUT, [0], t[:1]),
    lambda t: np.putmask(OUT, V > 1, t),
]


@pytest.mark.parametrize("k", range(len(REFUSED_OPTIONS)))
def test_writing_somewhere_else_and_partial_ufuncs_are_refused(k):
    OUT[:] = 0.0
    t = fg.tensor(V, requires_grad=True)
    with pytest.raises(TypeError, match=r"requires grad.*detach\(\)"):
        REFUSED_OPTIONS[k](t)
    np.testing.assert_array_equal(OUT, 0.0)  # nothing was half done
    np.testing.assert_array_equal(t.detach().numpy(), V)


OVERWRITTEN = [
    lambda t: np.add(V, 1.0, out=t),
    lambda t: np.add(V, 1.0, t),
    lambda t: np.add.at(t, [0], 1.0),
    lambda t: np.cumsum(V, out=t),
    lambda t: np.copyto(t, 1.0),
    lambda t: np.put(t, [0], 1.0),
    lambda t: np.put_along_axis(t, np.array([0]), 1.0, 0),
]


@pytest.mark.parametrize("k", range(len(OVERWRITTEN)))
def test_no_function_of_numpy_overwrites_a_leaf(k):
    t = fg.tensor(V, requires_grad=True)
    with pytest.raises((TypeError, RuntimeError), match=r"leaf Variable that requires grad"):
        OVERWRITTEN[k](t)
    np.testing.assert_array_equal(t.detach().numpy(), V)


@pytest.mark.parametrize(
    "use",
    [
        lambda t: np.asarray(t),
        lambda t: np.array(t),
        lambda t: np.array([t[0] ** 2, t[1] * t[2]]),
        lambda t: np.array([t, t]),
        lambda t: np.array([t[0], 1.0], dtype=object),
        lambda t: np.asarray(t, dtype=float),
        lambda t: np.asfortranarray(t),
        lambda t: np.ma.masked_array(t),
        lambda t: np.mean([t[0], t[1]]),
        lambda t: V.dot(t),
        lambda t: V.__setitem__(slice(None), t),
        lambda t: np.fill_diagonal(np.zeros((3, 3)), t),
        lambda t: V[t],
        lambda t: math.sin(t[0]),
        lambda t: math.hypot(t[0], 1.0),
        lambda t: math.fsum(t),
        lambda t: np.vectorize(math.sin)(t),
        lambda t: f"{t[0]:.3f}" and float(t[0]),
    ],
)
def test_no_way_into_a_plain_array_or_number_is_silent(use):
    t = fg.tensor(V, requires_grad=True)
    before = V.copy()
    with pytest.raises(RuntimeError, match=r"requires grad[^$]*(detach|item)\(\)"):
        use(t)
    np.testing.assert_array_equal(V, before)


def test_a_list_of_tensors_is_pointed_to_stack():
    t = fg.tensor(V, requires_grad=True)
    with pytest.raises(RuntimeError, match=r"fastgrad\.stack"):
        np.array([t[0], t[1]])
    np.testing.assert_array_equal(
        gradient(lambda t: fg.stack([t[0] ** 2, t[1] * t[2]]), V), [1.0, 2.5, 1.5]
    )


def test_an_element_of_an_array_takes_no_tracked_number():
    t, a = fg.tensor(V, requires_grad=True), np.zeros(3)
    with pytest.raises((RuntimeError, ValueError)) as caught:
        a[0] = t[0]
    error = caught.value
    assert "requires grad" in str(error) or "requires grad" in str(error.__cause__)
    np.testing.assert_array_equal(a, 0.0)
    a += t.detach()
    with pytest.raises(TypeError, match="requires grad"):
        a += t


def test_an_object_array_of_tensors_keeps_them_tracked():
    x = fg.tensor(V, requires_grad=True)
    a = np.empty(2, object)
    a[0], a[1] = x[0], x[1]
    (a * 2).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, 2.0, 0.0])
    with pytest.raises(TypeError, match="object"):
        x * np.array([None, 1, 2])


# ----- all of NumPy: a function records, says where or whether, or is refused -----

CALLS = [
    (V,),
    (A,),
    (V, V + 1),
    (A, A + 1),
    (A, 0),
    (A, 1, 0),
    (V, (3,)),
    (V, 1, 2),
    ([V, V],),
    (np.array([0, 1, 1]), V),
    (V > 1, V, V),
]
NOT_OF_VALUES = {"zeros_like", "ones_like", "empty_like", "full_like"}


def dispatching():
    kinds = (np.ufunc, type(np.sum))
    for module in (np, np.linalg, np.fft):
        for name in sorted(dir(module)):
            f = getattr(module, name)
            if isinstance(f, kinds) and not name.startswith("_") and "save" not in name:
                yield pytest.param(f, id=f"{module.__name__}.{name}")


def like(args, make):
    def one(x):
        if isinstance(x, list):
            return [one(e) for e in x]
        return make(x.copy()) if isinstance(x, np.ndarray) and x.dtype == float else x

    return [one(x) for x in args]


def leaves_of(result):
    if isinstance(result, (list, tuple)):
        return [x for r in result for x in leaves_of(r)]
    return [result]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("f", list(dispatching()))
def test_no_function_of_numpy_detaches(f):
    for args in CALLS:
        if f is np.linalg.norm and isinstance(args[-1], tuple):
            continue  # an order that NumPy takes and nobody means
        try:
            wanted = leaves_of(f(*like(args, np.array)))
        except Exception:
            continue  # not a call that NumPy itself takes
        try:
            found = leaves_of(f(*like(args, lambda x: fg.tensor(x, requires_grad=True))))
        except (TypeError, RuntimeError) as error:
            if "requires grad" not in str(error) and "arguments" not in str(error):
                raise
            found = []
        except (NotImplementedError, ValueError):
            found = []  # refused as well, for another reason
        for x in found:
            is_real = isinstance(x, (float, np.floating)) or (
                isinstance(x, (fg.Tensor, np.ndarray)) and x.dtype.kind in "fc"
            )
            is_real = is_real and np.size(x) > 0
            assert not is_real or f.__name__ in NOT_OF_VALUES or x.requires_grad
        if f.__name__ == "empty_like":
            continue
        plain = leaves_of(f(*like(args, fg.tensor)))
        for x, w in zip(plain, wanted, strict=True):
            if isinstance(w, (np.ndarray, np.generic, float, int)):
                np.testing.assert_allclose(np.asarray(x), w, rtol=1e-12)


def test_shapes_and_comparisons_need_no_detour():
    t = fg.tensor(A, requires_grad=True)
    assert np.shape(t) == (2, 2)
    assert np.ndim(t) == 2
    assert np.size(t) == 4
    assert np.allclose(t, A)
    assert np.array_equal(t, t)
    assert not np.iscomplexobj(t)
    assert np.argmax(t) == 3
    assert np.count_nonzero(t) == 4
    assert np.all(t == A)


# ----- a Tensor that requires no gradient is an array -----


def test_an_untracked_tensor_goes_wherever_an_array_goes():
    t = fg.tensor(V)
    np.testing.assert_allclose(t, V)
    np.testing.assert_array_equal(np.asarray(t), V)
    np.testing.assert_array_equal(np.array([t, t]), [V, V])
    np.testing.assert_array_equal(scipy.linalg.toeplitz(t), scipy.linalg.toeplitz(V))
    np.testing.assert_allclose(scipy.special.gamma(t), scipy.special.gamma(V))
    assert math.sin(t[0]) == math.sin(V[0])
    assert math.fsum(t) == math.fsum(V)
    assert np.asarray(t, np.float32).dtype == np.float32
    a = np.zeros(3)
    a[:] = t
    a[0] = t[1]
    a += t
    np.testing.assert_array_equal(a, [2.0, 3.0, 5.0])
    np.testing.assert_array_equal(np.arange(4)[fg.tensor([1, 3])], [1, 3])
    assert [10, 20, 30][fg.tensor(1)] == 20


def test_testing_a_detached_tensor_is_as_testing_an_array():
    t = fg.tensor(V, requires_grad=True)
    np.testing.assert_allclose((t * 2).detach(), V * 2)
    with pytest.raises(AssertionError):
        np.testing.assert_allclose(t.detach(), V + 1)


@pytest.mark.parametrize(
    "write",
    [
        lambda c: np.add(c, 1.0, out=c),
        lambda c: np.add(c, 1.0, c),
        lambda c: np.add.at(c, [0], 1.0),
        lambda c: np.copyto(c, 7.0),
        lambda c: np.put(c, [0], 7.0),
        lambda c: np.concatenate([V[:1], V[1:]], out=c),
        lambda c: np.cumsum(V, out=c),
    ],
)
def test_what_numpy_writes_into_a_tensor_is_seen_by_backward(write):
    """A constant that backward needs was changed: its old value is gone, so there is an error."""
    w, c = fg.tensor(V, requires_grad=True), fg.tensor(W)
    y = (w * c).sum()
    write(c)
    with pytest.raises(RuntimeError, match="modified by an inplace"):
        y.backward()
    (w * c).sum().backward()
    np.testing.assert_array_equal(w.grad, c)


def test_numpy_writes_into_a_scalar_too():
    c = fg.tensor(1.0)
    assert np.add(c, 1.0, out=c) is c
    assert c.item() == 2.0
    np.copyto(c, 5.0)
    assert c.item() == 5.0


def test_modules_may_record_while_imported_and_be_imported_while_recording(tmp_path, monkeypatch):
    (tmp_path / "fastgrad_test_outer.py").write_text(
        "import numpy as np, fastgrad as fg\n"
        "def f(x):\n"
        "    import fastgrad_test_inner\n"
        "    y = np.zeros(2)\n"
        "    y[0] = x\n"
        "    return y\n"
        "program = fg.record(f, 2.0)\n"
    )
    (tmp_path / "fastgrad_test_inner.py").write_text("import numpy as np\nmade = np.zeros(2)\n")
    monkeypatch.syspath_prepend(tmp_path)
    with mock.patch.dict(sys.modules):
        module = importlib.import_module("fastgrad_test_outer")
        assert module.program(3.0).tolist() == [3.0, 0.0]
        assert type(sys.modules["fastgrad_test_inner"].made) is np.ndarray
