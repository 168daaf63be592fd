"""The namespace of the array API standard: what is there, and that it keeps to the standard."""

import inspect

import numpy as np
import pytest
import scipy
from array_api_standard import STANDARD, standing
from differences import check_derivatives, tracked
from new_process import python

import fastgrad as fg

X = np.array([[0.5, 1.5, 2.5], [1.5, -0.25, 3.0]])
xp = fg.tensor(X).__array_namespace__()
NAMES = [(section, name) for section, names in STANDARD.items() for name in names.split()]


@pytest.mark.parametrize(("section", "name"), NAMES)
def test_each_name_of_the_standard_is_there_or_refused_with_a_reason(section, name):
    assert standing(section, name, xp, fg.tensor(X)) != "missing"


def test_the_namespace_is_that_of_the_versions_that_are_known():
    t = fg.tensor(X)
    assert xp is fg.array_api
    assert xp.__array_api_version__ == "2024.12"
    for version in ("2022.12", "2023.12", "2024.12", None):
        assert t.__array_namespace__(api_version=version) is xp
    with pytest.raises(ValueError, match=r"version '1999.12'"):
        t.__array_namespace__(api_version="1999.12")


# Calls with the standard's keywords, and the same of NumPy.
CALLS = {
    "concat": lambda xp, x: xp.concat([x, x], axis=None),
    "expand_dims": lambda xp, x: xp.expand_dims(x, axis=1),
    "permute_dims": lambda xp, x: xp.permute_dims(x, axes=(1, 0)),
    "reshape": lambda xp, x: xp.reshape(x, shape=(3, 2), copy=True),
    "flip": lambda xp, x: xp.flip(x, axis=1) * x,
    "roll": lambda xp, x: xp.roll(x, shift=1, axis=1),
    "squeeze": lambda xp, x: xp.squeeze(x[:1, ...], axis=0),
    "stack": lambda xp, x: xp.stack([x, 2 * x], axis=1),
    "tile, repeat": lambda xp, x: xp.tile(xp.repeat(x, 2, axis=1), (2, 1)),
    "unstack": lambda xp, x: xp.unstack(x, axis=1)[2],
    "moveaxis": lambda xp, x: xp.moveaxis(x, 0, 1),
    "broadcast_to": lambda xp, x: xp.broadcast_to(x, (4, 2, 3)),
    "sum, mean": lambda xp, x: xp.sum(x, axis=1, keepdims=True) * xp.mean(x, axis=(0, 1)),
    "max, min": lambda xp, x: xp.max(x, axis=0) * xp.min(x),
    "prod": lambda xp, x: xp.prod(x, axis=1, dtype=xp.float64),
    "std, var": lambda xp, x: xp.std(x, axis=0, correction=1) + xp.var(x, correction=1.0),
    "cumulative": lambda xp, x: xp.cumulative_sum(x, axis=1, include_initial=True),
    "diff": lambda xp, x: xp.diff(x, axis=1, n=1, prepend=x[:, :1]),
    "clip": lambda xp, x: xp.clip(x, min=0.7, max=2.0) + xp.clip(x, 1.1, 2.9),
    "where": lambda xp, x: xp.where(x > 1, x**2, -x),
    "take": lambda xp, x: xp.take(x, xp.asarray([2, 0]), axis=1),
    "take_along_axis": lambda xp, x: xp.take_along_axis(x, xp.argsort(x, axis=1), axis=1),
    "sort": lambda xp, x: xp.sort(x, axis=1),
    "matmul, vecdot": lambda xp, x: xp.matmul(x, x.T) * xp.vecdot(x, x, axis=-1),
    "tensordot": lambda xp, x: xp.tensordot(x, x, axes=([0], [0])),
    "tril, triu": lambda xp, x: xp.tril(x, k=-1) + xp.triu(x, k=1),
    "elements": lambda xp, x: xp.atan2(x, xp.asarray(2.0)) + xp.pow(xp.abs(x), 1.5) * xp.sign(x),
    "rounding": lambda xp, x: x * xp.round(x * 1.3) + xp.conj(x) * xp.real(x),
    "astype": lambda xp, x: xp.astype(x, xp.float64, copy=False) * 2,
    "linalg": lambda xp, x: xp.linalg.outer(x[0, :], x[1, :]) @ xp.linalg.matrix_transpose(x),
    "linalg.trace": lambda xp, x: xp.linalg.trace(x) + xp.linalg.diagonal(x, offset=1),
    "linalg.cross": lambda xp, x: xp.linalg.cross(x, x[::-1, :], axis=1),
    "linalg.vector_norm": lambda xp, x: xp.linalg.vector_norm(x, axis=1, keepdims=True, ord=2),
    "meshgrid": lambda xp, x: xp.meshgrid(x[0, :], x[1, :], indexing="ij")[1],
    "nonzero": lambda xp, x: xp.nonzero(x > 0)[1] + 0.0 * x[x > 0],
    "count_nonzero": lambda xp, x: xp.count_nonzero(x > 1, axis=0),
    "argmax": lambda xp, x: xp.argmax(x, axis=1, keepdims=True) + xp.argmin(x),
    "bits": lambda xp, x: xp.bitwise_and(xp.asarray(6), xp.bitwise_invert(xp.asarray([1, 2]))),
    "logical": lambda xp, x: xp.logical_xor(x > 0, xp.isnan(x)),
    "searchsorted": lambda xp, x: xp.searchsorted(xp.asarray([1.0, 2.0]), x, side="right"),
    "linspace": lambda xp, x: xp.linspace(0, 1, 5, endpoint=False),
    "eye": lambda xp, x: xp.eye(2, 3, k=1, dtype=xp.float32),
    "full": lambda xp, x: xp.full((2,), 3.0) + xp.ones_like(x[:, 0]) + xp.zeros(2),
    "arange": lambda xp, x: xp.arange(1, 7, 2),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_with_the_words_of_the_standard_gives_what_numpy_gives(name):
    if not hasattr(np, "isdtype"):
        pytest.skip("NumPy 2 has the names of the standard")
    f = CALLS[name]
    wanted = f(np, X)
    for t in (fg.tensor(X), tracked(X)):
        got = f(xp, t)
        assert isinstance(got, fg.Tensor)
        assert got.dtype == wanted.dtype
        np.testing.assert_allclose(got.detach(), wanted, rtol=1e-14)
    if f(xp, tracked(X)).requires_grad:
        check_derivatives(lambda x: f(xp, x), X, order=1)


def test_sorting_downwards_keeps_equal_elements_in_order():
    x = fg.tensor([2.0, 1.0, 2.0, 3.0])
    assert xp.argsort(x, descending=True).tolist() == [3, 0, 2, 1]
    assert xp.sort(x, descending=True).tolist() == [3.0, 2.0, 2.0, 1.0]
    assert xp.argsort(fg.tensor(X), axis=0, descending=True).tolist() == [[1, 0, 1], [0, 1, 0]]


def test_different_elements_pass_gradients_to_where_each_is_first():
    x = tracked(np.array([3.0, 1.0, 3.0, np.nan, np.nan]))
    found = xp.unique_all(x)
    np.testing.assert_array_equal(found.values.detach(), [1.0, 3.0, np.nan, np.nan])
    assert found.indices.tolist() == [1, 0, 3, 4]
    assert found.inverse_indices.tolist() == [1, 0, 1, 2, 3]
    assert found.counts.tolist() == [1, 2, 1, 1]
    assert xp.unique_counts(x)[1].tolist() == [1, 2, 1, 1]
    assert xp.unique_inverse(x).inverse_indices.tolist() == [1, 0, 1, 2, 3]
    (xp.unique_values(x) * fg.tensor([1.0, 10.0, 100.0, 1000.0])).sum().backward()
    assert x.grad.tolist() == [10.0, 1.0, 0.0, 100.0, 1000.0]


def test_what_there_is_of_dtypes_is_told():
    assert xp.isdtype(xp.float32, "real floating")
    assert xp.isdtype(fg.tensor(X).dtype, (xp.float64, "bool"))
    assert not xp.isdtype(xp.int8, "unsigned integer")
    assert not xp.isdtype(xp.float64, "complex floating")
    with pytest.raises(ValueError, match="kind 'float'"):
        xp.isdtype(xp.float64, "float")
    assert xp.can_cast(fg.tensor([1]), xp.float64)
    assert not xp.can_cast(xp.float64, xp.float32)
    assert xp.result_type(fg.tensor(X, dtype="f4"), xp.float32, 1.0) == xp.float32
    assert xp.finfo(fg.tensor(X)).bits == 64
    assert xp.iinfo(xp.int8).max == 127
    info = xp.__array_namespace_info__()
    assert info.devices() == [info.default_device()] == ["cpu"]
    assert info.default_dtypes()["real floating"] == fg.tensor(1.0).dtype
    assert set(info.dtypes(kind=("bool", "real floating"))) == {"bool", "float32", "float64"}
    assert len(info.dtypes()) == 11
    assert info.capabilities()["boolean indexing"]


def test_data_become_tensors_with_a_copy_or_without():
    t = tracked(X)
    assert xp.asarray(t) is t
    assert xp.asarray(t, copy=True).requires_grad
    assert xp.asarray([1, 2], dtype=xp.float32).dtype == np.float32
    a = X.copy()
    xp.asarray(a)[0, 0] = 7.0
    assert a[0, 0] == 7.0
    xp.asarray(a, copy=True)[0, 0] = 8.0
    assert a[0, 0] == 7.0
    assert xp.from_dlpack(a).tolist() == a.tolist()
    with pytest.raises(ValueError, match="copy=False"):
        xp.asarray([1.0], copy=False)
    for make in (xp.zeros, xp.asarray, xp.arange):
        assert make(2, device="cpu").device == "cpu"
        with pytest.raises(ValueError, match="'cpu' alone"):
            make(2, device="cuda")


def test_each_function_says_what_it_is():
    for name in (n for section, n in NAMES if section not in ("linalg", "attributes")):
        thing = getattr(xp, name, None)
        if inspect.isroutine(thing):
            assert inspect.getdoc(thing).splitlines()[0].endswith("."), name


# ----- libraries that ask for the namespace -----


def of_scipy(code, **environment):
    """Run code that uses SciPy in a new process; return what it prints, or how it failed."""
    head = "import sys, numpy as np, fastgrad as fg\nfrom scipy import special, stats, integrate\n"
    head += "from scipy import optimize\n"
    run = python("-c", head + code, **environment)
    return run.stdout.strip() or run.stderr.strip().splitlines()[-1]


SOLVED = """
f = lambda x: ((fg.as_tensor(x) - 2.0) ** 2).sum()
r = optimize.minimize(fg.value_and_grad(f), np.zeros(2), jac=True)
print(np.allclose(r.x, 2.0), type(r.x).__name__)
"""
LOST = """
t = fg.tensor([0.1, 0.2, 0.4], requires_grad=True)
for f in (special.erf, special.rgamma, stats.zscore, stats.skew, stats.entropy, stats.norm.pdf,
          stats.gmean, special.logsumexp, special.softmax, integrate.simpson):
    try:
        y = f(t)
    except (TypeError, RuntimeError, ValueError, AttributeError):
        continue
    assert isinstance(y, fg.Tensor) and y.requires_grad, f
print("never detached")
"""
RIGHT = """
x, v, h = np.array([0.1, 0.2, 0.4]), np.array([1.0, 0.3, -0.7]), 1e-6
for f in (stats.skew, stats.gmean, stats.variation, special.logsumexp,
          special.softmax, integrate.trapezoid, integrate.cumulative_trapezoid):
    t = fg.tensor(x, requires_grad=True)
    (np.square(f(t))).sum().backward()
    slope = (np.square(f(x + h * v)).sum() - np.square(f(x - h * v)).sum()) / (2 * h)
    assert abs((t.grad.numpy() * v).sum() - slope) < 1e-7 * (1 + abs(slope)), f
print("right")
"""


@pytest.mark.parametrize("switch", [None, "1"])
def test_scipy_with_and_without_its_support_of_the_standard_loses_no_gradient(switch):
    assert of_scipy(SOLVED, SCIPY_ARRAY_API=switch) == "True ndarray"
    assert of_scipy(LOST, SCIPY_ARRAY_API=switch) == "never detached"


@pytest.mark.skipif(scipy.__version__ < "1.16", reason="functions became functions of namespaces")
def test_functions_of_scipy_that_take_the_namespace_of_their_arguments_have_gradients():
    assert of_scipy(RIGHT, SCIPY_ARRAY_API="1") == "right"
