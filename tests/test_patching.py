"""While a function is recorded, NumPy's creation functions give Tensors; afterwards arrays."""

import functools
import math
import sys
import threading
import time
import types
from itertools import count
from math import sqrt
from unittest import mock

import numpy as np
import pytest
import scipy.spatial.distance
import scipy.special
from differences import check_derivatives, tracked
from numpy import zeros
from numpy import zeros as fresh
from scipy.special import logsumexp
from watched import needs_speed

import fastgrad as fg
from fastgrad import _math, _numpy_applying, _numpy_creation, _special
from fastgrad import _patching as patching

V = np.array([0.5, 1.5, 2.5])
ORIGINALS = {name: getattr(np, name) for name in dir(np) if name not in ("r_", "c_")}
RECORDING = threading.local()


@pytest.fixture(autouse=True)
def recorder(monkeypatch):
    """What the recorder of functions says about a thread, here as each test says it."""
    monkeypatch.setattr(patching, "is_recording", lambda: getattr(RECORDING, "on", False))
    yield
    RECORDING.on = False
    for name, original in ORIGINALS.items():
        assert getattr(np, name) is original, name
    assert zeros is fresh is ORIGINALS["zeros"]
    assert type(math.sin) is type(sqrt) is type(len)


def recorded(f, *args):
    """The result of f as it is while it is being recorded."""
    with patching.patched(f):
        RECORDING.on = True
        try:
            return f(*args)
        finally:
            RECORDING.on = False


def filled(x):
    y = np.zeros(3)
    y[0] = x[0] ** 2
    y[1:] = x[1:] * 2
    return np.sum(np.array([y[0], x[1] * x[2]])) + y.sum()


def filled_by_imported_name(x):
    y = zeros(2)
    for k in range(2):
        y[k] += x[k] * x[k + 1]
    return y


def helper(shape, creator):
    return creator(shape)


def with_local_import(x):
    from numpy import ones as unity

    y = unity((3, 2))
    y[:, 0] = x
    return y


def with_module_as_argument(x, xp=np):
    y = xp.empty((2, 3))
    y[0], y[1] = x, 1.0
    return y


class Model:
    make = staticmethod(lambda n: np.ones(n))

    def __call__(self, x):
        y = self.make(3)
        y[1] *= x[1]
        return y

    def method(self, x):
        return self(x) + self(x[::-1])


def closure():
    from numpy import full

    def inside(x):
        y = full(3, 2.0)
        y[2] = x[0]
        return y

    return inside


FUNCTIONS = {
    "filling": filled,
    "an imported name": filled_by_imported_name,
    "an import in the function": with_local_import,
    "the module as an argument": with_module_as_argument,
    "the function as an argument": lambda x: helper(x.shape, np.zeros) + x,
    "an object that is called": Model(),
    "a method": Model().method,
    "a name in a closure": closure(),
    "partial": functools.partial(lambda a, x: np.array([a * x[0], x[1]]), 2.0),
    "array": lambda x: np.array([x[0] ** 2, x[1] * x[2]]),
    "array of arrays": lambda x: np.array([x, [1.0, 2.0, x[0]], np.ones(3)]),
    "array of numbers": lambda x: set_first(np.array([1.0, 2.0, 3.0]), x),
    "array of an array": lambda x: set_first(np.array(V), x),
    "array is a copy": lambda x: set_first(np.array(x), 2 * x) + x,
    "array, ndmin": lambda x: np.array(x[0], ndmin=2) * x,
    "array, dtype": lambda x: np.array([x[0], 2], dtype=float),
    "asarray": lambda x: np.asarray(x) * np.asarray([x[0], 1.0, x[2]]),
    "asarray of a list": lambda x: set_first(np.asarray([1.0, 2.0, 3.0]), x),
    "asanyarray": lambda x: np.asanyarray((x[0], x[1])),
    "ascontiguousarray": lambda x: np.ascontiguousarray(x[::-1]) * np.asfortranarray(x),
    "asarray_chkfinite": lambda x: np.asarray_chkfinite(x) ** 2,
    "copy": lambda x: set_first(np.copy(V), np.copy(x)),
    "zeros_like": lambda x: set_first(np.zeros_like(x), x),
    "zeros_like an array": lambda x: set_first(np.zeros_like(V), x),
    "ones_like": lambda x: set_first(np.ones_like(V, shape=5), x),
    "empty_like": lambda x: np.empty_like(V) + x,
    "full": lambda x: set_first(np.full(4, x[1]), x),
    "full_like": lambda x: set_first(np.full_like(V, 3.0), x) + np.full_like(V, x[0]),
    "eye": lambda x: set_first(np.eye(3), x) @ np.identity(3),
    "tri": lambda x: set_first(np.tri(3), x),
    "arange": lambda x: set_first(np.arange(3.0), x),
    "arange of Tensors": lambda x: np.arange(x[0], x[2], x[1] / 4),
    "linspace": lambda x: set_first(np.linspace(0, 1, 5), x),
    "linspace of Tensors": lambda x: np.linspace(x[0], x[1], 5, retstep=True)[1] * x,
    "linspace along": lambda x: np.linspace(x, 2.0, 4, axis=1),
    "logspace": lambda x: np.logspace(x[0], x[1], 4) + set_first(np.logspace(0, 1, 4), x),
    "geomspace": lambda x: np.geomspace(x[0], x[1], 4) + set_first(np.geomspace(1, 2, 4), x),
    "fromiter": lambda x: np.fromiter((t * t for t in x), float),
    "fromiter, some": lambda x: np.fromiter((x[0] * k for k in count()), float, 4),
    "apply_along_axis": lambda x: np.apply_along_axis(lambda t: t[::-1] * t[0], 0, outer(x)),
    "apply_along_axis to numbers": lambda x: np.apply_along_axis(np.sum, 1, outer(x)) ** 2,
    "apply_along_axis of arrays": lambda x: np.apply_along_axis(lambda a: a @ x, 1, np.eye(3)),
    "apply_over_axes": lambda x: np.apply_over_axes(np.sum, outer(x), [0, 1]),
    "piecewise": lambda x: np.piecewise(x, [x < 1, x > 2], [lambda t: t**2, np.sin, 3.0]),
    "piecewise of an array": lambda x: np.piecewise(V, [V < 1], [lambda t: t * x[0], 0.0]),
    "ndenumerate": lambda x: sum((i + 2 * j) * t for (i, j), t in np.ndenumerate(outer(x))),
    "ndindex": lambda x: sum(sum(i) * outer(x)[i] for i in np.ndindex(outer(x).shape)),
    "vectorize": lambda x: np.vectorize(lambda t: np.sin(t) if t > 1 else t)(x),
    "vectorize, made before": lambda x: VECTORIZED(outer(x), x),
    "vectorize, two results": lambda x: np.stack(np.vectorize(lambda t: (t * t, 2 * t))(x)),
    "vectorize, excluded": lambda x: EXCLUDED(np.arange(3), x),
    "vectorize, named": lambda x: VECTORIZED(1.0, b=x),
    "vectorize of indices": lambda x: np.vectorize(lambda k: x[k] ** 2)([0, 2]),
    "r_": lambda x: np.r_[x, 1.0, x[0], 0:3] ** 2,
    "c_": lambda x: np.c_[x, V, x * x],
    "a list given to a function": lambda x: np.sum([x[0], x[1] ** 2]) + np.mean([x[0], x[2]]),
    "lists of lists": lambda x: np.dot([[x[0], 1.0], [0.0, x[1]]], [x[0], x[2]]),
    "a norm of a list": lambda x: np.linalg.norm([x[0], x[1]]) + np.max([x[0], 0.1]),
    "a list and a keyword": lambda x: np.average(x, weights=[x[0], x[1], 1.0]),
    "a special function": lambda x: scipy.special.logsumexp(x) * scipy.special.softmax(x),
    "a special function of a list": lambda x: logsumexp([x[0], 2.0], b=[1.0, x[1]]),
    "math": lambda x: np.array([math.sin(x[0]) + math.exp(x[1]), sqrt(x[2]) * math.pi]),
    "math of two": lambda x: math.atan2(x[0], x[1]) + math.pow(x[1], 2) + math.log(x[2], x[1]),
    "math of many": lambda x: math.fsum(x) * math.prod(x, start=x[0]) + math.hypot(*x, 2.0),
    "math, sums of generators": lambda x: math.fsum(t * t for t in x) + math.dist(x, [0, 1, x[0]]),
    "math, whole numbers": lambda x: x[math.floor(x[1])] * math.ceil(x[2]) + math.modf(x[2])[0],
    "math, truth values": lambda x: (
        x[0] if math.isclose(x[1], 1.5, rel_tol=0.1) and not math.isnan(x[0]) else 1
    ),
    "isscalar": lambda x: x[0] * 2 if np.isscalar(x[0]) and not np.isscalar(x) else x,
}
VECTORIZED = np.vectorize(lambda a, b: a * b**2 if b > 1.0 else a, otypes=[float])
EXCLUDED = np.vectorize(lambda k, x: x[k] * k, excluded=[1])


def outer(x):
    return x[:, None] * V


def set_first(y, x):
    y[0] = x[0] ** 2 if y.ndim == 1 else x
    return y


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_plain_function_records_as_it_is(name):
    f = FUNCTIONS[name]
    recorded_f = functools.partial(recorded, f)
    out = recorded_f(tracked(V))
    assert isinstance(out, fg.Tensor)
    assert out.requires_grad
    if name != "empty_like":
        np.testing.assert_allclose(out.detach().numpy(), f(V), rtol=1e-14)
    check_derivatives(recorded_f, V, order=1)


PLAIN = [
    lambda: np.zeros((2, 3), np.float32),
    lambda: np.zeros(2, int),
    lambda: np.ones((), bool),
    lambda: np.empty(0),
    lambda: np.full((2, 2), 7),
    lambda: np.full(2, 7, float),
    lambda: np.zeros_like([[1, 2], [3, 4]]),
    lambda: np.ones_like(V, dtype=np.int8),
    lambda: np.full_like(V, 3, shape=(2, 1)),
    lambda: np.eye(2, 3, k=1, dtype=int),
    lambda: np.array([[1.5, 2.0]]),
    lambda: np.arange(0, 1, 0.25),
    lambda: np.linspace(0, 1, 4, endpoint=False),
    lambda: np.zeros(fg.tensor(3)),
    lambda: np.zeros((fg.tensor(3), 2)),
]


@pytest.mark.parametrize("k", range(len(PLAIN)))
def test_values_shapes_and_dtypes_are_numpys(k):
    wanted, got = PLAIN[k](), recorded(PLAIN[k])
    assert isinstance(got, fg.Tensor)
    assert not got.requires_grad
    assert got.dtype == wanted.dtype
    np.testing.assert_array_equal(got, wanted)


UNTOUCHED = [
    lambda: np.arange(3),
    lambda: np.array([1, 2]),
    lambda: np.array(["a"]),
    lambda: np.array([None, 1]),
    lambda: np.array([1j]),
    lambda: np.zeros(2, complex),
    lambda: np.ones(2, np.float16),
    lambda: np.asarray(V),
    lambda: np.linspace(0, 4, 5, dtype=int),
    lambda: np.asarray(np.float64(2.0)),
    lambda: np.vectorize(lambda k: k + 1)([1, 2]),
    lambda: np.r_[1:3, 5],
]


@pytest.mark.parametrize("k", range(len(UNTOUCHED)))
def test_what_takes_no_gradient_stays_numpys(k):
    wanted, got = UNTOUCHED[k](), recorded(UNTOUCHED[k])
    assert type(got) is np.ndarray
    assert got.dtype == wanted.dtype
    np.testing.assert_array_equal(got, wanted)


def test_asarray_of_an_array_is_that_array():
    assert recorded(lambda: np.asarray(V)) is V


REFUSED = [
    (lambda x: np.empty(3, object), "dtype=float"),
    (lambda x: np.array([x[0], 1.0], dtype=object), "object"),
    (lambda x: np.nditer(x), "ndenumerate"),
    (lambda x: np.vectorize(np.sum, signature="(n)->()")(np.outer(x, x)[:0]), "stack"),
    (lambda x: np.frompyfunc(lambda t: t, 1, 1)(x), "requires grad"),
    (lambda x: np.r_["0,2", x, x], "concatenate"),
]


@pytest.mark.parametrize("k", range(len(REFUSED)))
def test_what_cannot_be_recorded_says_what_to_use(k):
    f, words = REFUSED[k]
    with pytest.raises(TypeError, match=words):
        recorded(f, tracked(V))


def test_a_number_that_is_not_finite_is_found():
    with pytest.raises(ValueError, match="infs or NaNs"):
        recorded(lambda x: np.asarray_chkfinite(1 / (x - V[0])), tracked(V))


@pytest.mark.parametrize(
    ("f", "error"),
    [
        (lambda x: math.sqrt(-x[0]), ValueError),
        (lambda x: math.log(x[0] - 0.5), ValueError),
        (lambda x: math.exp(2000 * x[0]), OverflowError),
        (lambda x: math.floor(x[0] / 0), OverflowError),
        (lambda x: math.gamma(x[0]), RuntimeError),
    ],
)
def test_math_raises_what_it_raises_for_numbers(f, error):
    if error is not RuntimeError:
        with np.errstate(divide="ignore"), pytest.raises(error) as wanted:
            f(V)
    with pytest.raises(error) as found:
        recorded(f, tracked(V))
    if error is ValueError:
        assert str(found.value) == str(wanted.value)


def test_every_function_that_makes_arrays_is_exchanged():
    assert set(patching.CREATION) == {*_numpy_creation.FUNCTIONS, *_numpy_applying.FUNCTIONS}
    assert {*patching.SPECIAL, "sinc"} == set(_special.FUNCTIONS)  # which is NumPy's
    assert {name for name in patching.MATH if hasattr(math, name)} == set(_math.NAMES)


# ----- who gets what -----


def test_code_that_no_module_holds_is_served():
    namespace = {}
    exec(
        "from numpy import zeros as blank\n"
        "def inner(x):\n    y = blank(2)\n    y[0] = x[0]\n    return y\n"
        "def f(x):\n    return inner(x) * 2\n",
        namespace,
    )

    @functools.wraps(namespace["f"])
    def wrapped(x):
        return namespace["f"](x)

    for f in (namespace["f"], functools.partial(namespace["f"]), wrapped):
        assert recorded(f, tracked(V)).requires_grad
        assert namespace["blank"] is ORIGINALS["zeros"]


def test_the_functions_in_a_closure_are_served():
    namespace = {}
    exec(
        "import numpy\nfrom numpy import zeros\n"
        "def f(x):\n    y = zeros(2)\n    y[0] = x[0]\n    return y\n",
        namespace,
    )
    inner = namespace["f"]
    assert recorded(lambda x: inner(x) + 1, tracked(V)).requires_grad


def test_a_module_is_looked_through_again_when_it_has_changed():
    module = types.ModuleType("fastgrad_test_module")
    exec("def f(x):\n    y = make(2)\n    y[0] = x[0]\n    return y\n", module.__dict__)
    with mock.patch.dict(sys.modules, {module.__name__: module}):
        with pytest.raises(NameError):
            recorded(lambda: module.f(tracked(V)))
        module.make = np.zeros
        assert recorded(lambda: module.f(tracked(V))).requires_grad
        assert module.make is ORIGINALS["zeros"]
        again = types.ModuleType(module.__name__)
        again.__dict__.update(f=types.FunctionType(module.f.__code__, vars(again)), make=np.ones)
        sys.modules[module.__name__] = again
        assert recorded(lambda: again.f(tracked(V))).requires_grad
        assert again.make is ORIGINALS["ones"]


def test_a_module_imported_meanwhile_is_put_right_afterwards():
    module = types.ModuleType("fastgrad_test_module")

    def f():
        sys.modules[module.__name__] = module
        exec("from numpy import zeros", module.__dict__)
        return np.zeros(2)

    with mock.patch.dict(sys.modules):
        assert isinstance(recorded(f), fg.Tensor)
        assert module.zeros is ORIGINALS["zeros"]


def test_numpy_itself_and_compiled_modules_get_arrays():
    rng = np.random.default_rng(0)

    def f():
        drawn = [rng.normal(size=3), rng.permutation(3), np.random.random_sample(4)]  # noqa: NPY002
        return [*drawn, scipy.spatial.distance.pdist(V[:, None]), np.linalg.inv(np.diag(V))]

    for array in recorded(f):
        assert type(array) is np.ndarray
    assert sys.modules["numpy.random._generator"].np is np


def test_a_library_is_served_only_where_it_is_given_tensors():
    namespace = {"__name__": "scipy.something", "np": np}
    exec("def make(x):\n    return np.zeros(3), np.asarray(x)\n", namespace)
    made, taken = recorded(namespace["make"], tracked(V))
    assert type(made) is np.ndarray
    assert taken.requires_grad


def test_another_thread_gets_arrays_meanwhile():
    made = {}

    def other():
        made["other"] = np.zeros(2)
        made["imported"] = zeros(2)

    def f():
        thread = threading.Thread(target=other)
        thread.start()
        thread.join(timeout=60)
        return np.zeros(2)

    assert isinstance(recorded(f), fg.Tensor)
    assert type(made["other"]) is type(made["imported"]) is np.ndarray


def test_all_is_put_back_when_the_last_of_many_recordings_ends():
    inside, leave = threading.Barrier(2, timeout=60), threading.Event()
    errors = []

    def first():
        def f():
            inside.wait()
            leave.wait(timeout=60)
            assert isinstance(np.zeros(1), fg.Tensor)  # the other's end has put nothing back

        try:
            recorded(f)
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=first)
    thread.start()
    inside.wait()
    assert isinstance(recorded(lambda: np.ones(1)), fg.Tensor)
    assert np.ones is not ORIGINALS["ones"]
    assert type(np.ones(1)) is np.ndarray  # this thread does not record any more
    leave.set()
    thread.join(timeout=60)
    assert not errors
    assert np.ones is ORIGINALS["ones"]


def test_recordings_may_be_nested_and_end_by_an_exception():
    def fails():
        with patching.patched():
            assert np.zeros is not ORIGINALS["zeros"]
        assert np.zeros is not ORIGINALS["zeros"]
        return 1 / 0

    with pytest.raises(ZeroDivisionError):
        recorded(fails)
    assert np.zeros is ORIGINALS["zeros"]


def test_a_name_that_was_given_another_meaning_meanwhile_keeps_it():
    namespace = {"zeros": np.zeros}
    exec("def f():\n    global zeros\n    zeros = 3\n", namespace)
    recorded(namespace["f"])
    assert namespace["zeros"] == 3


@needs_speed
def test_entering_again_costs_less_than_recording():
    modules = {}
    for k in range(1500):
        modules[f"fastgrad_test_{k}"] = module = types.ModuleType(f"fastgrad_test_{k}")
        vars(module).update({f"name{i}": i for i in range(60)}, zeros=np.zeros if k % 9 else None)
    with mock.patch.dict(sys.modules, modules):
        times = []
        for _ in range(30):
            began = time.perf_counter()
            with patching.patched(filled):
                pass
            times.append(time.perf_counter() - began)
    assert min(times) < 0.003  # ten times what it is where nothing else runs
