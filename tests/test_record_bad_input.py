"""Bad input of recordings and transforms: a clear exception, and everything as it was."""

import re
import sys

import numpy as np
import pytest
from verdicts import raised

import fastgrad as fg

X = np.array([0.5, 1.5, 2.5])
CREATION = {name: getattr(np, name) for name in ("zeros", "array", "asarray", "empty", "ones")}
CLEAR = (TypeError, ValueError)


def square(x):
    return np.sum(x**2)


def by_name(*names):
    """Parametrize a test over transforms."""
    each = [lambda f, name=name: getattr(fg, name)(f) for name in names]
    return pytest.mark.parametrize("transform", each, ids=names)


@pytest.fixture(autouse=True)
def everything_works_afterwards():
    """Whatever a test did: NumPy is itself, eager Tensors record, and so does a new recording."""
    yield
    assert {name: getattr(np, name) for name in CREATION} == CREATION
    assert type(np.zeros(2)) is np.ndarray
    assert fg.is_grad_enabled()
    w = fg.tensor(X, requires_grad=True)
    (w * w).sum().backward()
    np.testing.assert_array_equal(w.grad.numpy(), 2 * X)
    assert (fg.tensor(2.0, requires_grad=True) > 1).requires_grad is False
    np.testing.assert_array_equal(fg.record(square, X).grad(2 * X), 4 * X)


# ----- what a function returns -----

RETURNS = {
    "None": lambda x: None,
    "string": lambda x: "a string",
    "object": lambda x: object(),
    "type": lambda x: float,
    "ragged": lambda x: np.array([[x[0]], [x[1], x[2]]]),
    "object array": lambda x: np.array([x[0], None, "a"], dtype=object),
    "complex": lambda x: 1j,
    "generator": lambda x: (xi for xi in x),
    "set": lambda x: {x[0]},
}


@pytest.mark.parametrize("name", RETURNS)
@by_name("grad", "jacrev", "jacfwd", "hessian", "value_and_grad")
def test_a_result_that_is_no_number_is_refused(name, transform):
    with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
        transform(RETURNS[name])(X)
    assert str(caught.value)


@pytest.mark.parametrize("name", ["string", "object", "ragged", "object array", "generator", "set"])
def test_such_a_result_is_refused_by_a_program_too(name):
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        fg.record(RETURNS[name], X).grad(X)


def test_what_is_no_function_is_refused():
    for nothing in (None, 3.0, "f", X):
        with pytest.raises(TypeError, match=r"callable|function"):
            fg.grad(nothing)
        with pytest.raises(TypeError, match=r"callable|function"):
            fg.record(nothing, X)


@by_name("grad", "value_and_grad", "hessian")
def test_the_gradient_of_a_vector_points_to_jacobians(transform):
    for result in (lambda x: x * 2, lambda x: x[:1], lambda x: {"a": x[0], "b": x[1]}):
        with pytest.raises(CLEAR, match=r"jac|scalar"):
            transform(result)(X)
    with pytest.raises(CLEAR, match=r"\(3,\).*(jacrev|jacobian)"):
        transform(lambda x: x * 2)(X)
    with pytest.raises(CLEAR, match=r"jacrev|jacobian"):
        transform(fg.record(lambda x: x * 2, X))(X)


@pytest.mark.parametrize("constant", [3.0, 3, np.float64(3), np.ones(())])
def test_the_gradient_of_a_constant_is_zero(constant):
    np.testing.assert_array_equal(fg.grad(lambda x: constant)(X), np.zeros(3))
    np.testing.assert_array_equal(fg.record(lambda x: constant, X).grad(X), np.zeros(3))


# ----- what is differentiated -----


@by_name("grad", "value_and_grad", "jacrev", "jacfwd", "hessian")
def test_integers_are_refused_in_arrays_and_promoted_as_numbers(transform):
    sentence = "Only Tensors of floating point"
    for integers in (np.array([1, 2]), np.array([True]), [np.array([1, 2]), 1.0]):
        with pytest.raises((TypeError, RuntimeError, ValueError), match=sentence):
            transform(lambda x: square(x[0]))(integers)
    assert fg.grad(lambda x: x**2)(3) == 6.0
    assert type(fg.grad(lambda x: x**2)(3)) is float
    assert fg.grad(lambda p: p["a"] ** 2 * p["b"])({"a": 3, "b": 2.0})["a"] == 12.0


@pytest.mark.parametrize(
    "value", [1j, np.array([1j]), [1.0, 1j], np.ones(2, np.complex64), {"a": np.array(1j)}]
)
def test_complex_numbers_are_refused(value):
    with pytest.raises((TypeError, ValueError), match="complex"):
        fg.grad(lambda x: 0.0)(value)
    with pytest.raises((TypeError, ValueError), match="complex"):
        fg.jvp(lambda x: x, (value,), (value,))


@pytest.mark.parametrize(
    "value",
    [
        "text",
        True,
        object(),
        np.array(["a"]),
        np.array([1.0, None]),
        np.float16(1),
        np.ones(2, "f2"),
    ],
)
def test_what_has_no_gradient_cannot_be_differentiated(value):
    with pytest.raises((TypeError, ValueError, RuntimeError)) as caught:
        fg.grad(lambda x: 1.0)(value)
    assert len(str(caught.value)) > 20


@pytest.mark.parametrize("argnums", [2, -3, 99, (0, 2), (5,)])
def test_argnums_out_of_range_name_the_number_of_arguments(argnums):
    for f in (lambda x, y: square(x) * y, fg.record(lambda x, y: square(x) * y, X, 2.0)):
        with pytest.raises((ValueError, IndexError, TypeError), match="argnums"):
            fg.grad(f, argnums=argnums)(X, 2.0)


@pytest.mark.parametrize("argnums", [(0, 0), (1, 0, 1), (0, -2)])
def test_argnums_that_repeat_are_refused(argnums):
    with pytest.raises(ValueError, match="argnums"):
        fg.grad(lambda x, y: square(x) * y, argnums=argnums)(X, 2.0)


@pytest.mark.parametrize("argnums", ["x", 1.0, None, (0, "y"), {0: 1}, object(), (0.0,)])
def test_argnums_have_to_be_integers(argnums):
    with pytest.raises(TypeError, match="argnums"):
        fg.grad(lambda x, y: square(x) * y, argnums=argnums)(X, 2.0)


def test_argnums_may_be_negative_and_in_any_order():
    f = lambda x, y: square(x) * y
    assert fg.grad(f, argnums=-1)(X, 2.0) == square(X)
    by_y, by_x = fg.grad(f, argnums=(1, 0))(X, 2.0)
    assert by_y == square(X)
    np.testing.assert_allclose(by_x, 4 * X)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: square(x),
        lambda x: (square(x),),
        lambda x: (square(x), 1, 2),
        lambda x: None,
    ],
)
def test_has_aux_wants_a_pair(f):
    for transform in (fg.grad, fg.value_and_grad):
        with pytest.raises(CLEAR, match=r"has_aux|aux|pair"):
            transform(f, has_aux=True)(X)


def test_a_pair_without_has_aux_points_to_has_aux():
    with pytest.raises(CLEAR, match=r"has_aux|scalar"):
        fg.grad(lambda x: (square(x), "aux"))(X)


# ----- arguments are not changed -----


def _add(x):
    x += 1
    return square(x)


def _set(x):
    x[0] = 1.0
    return square(x)


def _set_through_a_view(x):
    y = x[1:]
    y *= 2
    return square(x)


def _set_in_asarray(x):
    y = np.asarray(x)
    y[:] = 0
    return square(x)


def _set_in_a_dict(p):
    p["x"][0] = 3.0
    return square(p["x"])


@pytest.mark.parametrize("f", [_add, _set, _set_through_a_view, _set_in_asarray])
@pytest.mark.parametrize("way", ["grad", "record", "lazy"])
def test_changing_an_argument_is_refused_and_points_to_a_copy(f, way):
    x = X.copy()
    transform = {"grad": fg.grad(f), "record": lambda x: fg.record(f, x), "lazy": fg.record(f)}[way]
    with pytest.raises((RuntimeError, ValueError), match="copy"):
        transform(x)
    np.testing.assert_array_equal(x, X)


def test_changing_an_argument_in_a_container_is_refused_and_rebinding_it_is_not():
    parameters = {"x": X.copy()}
    with pytest.raises((RuntimeError, ValueError), match="copy"):
        fg.grad(_set_in_a_dict)(parameters)
    np.testing.assert_array_equal(parameters["x"], X)

    def rebinds(p):
        p["x"] = p["x"] * 2
        return square(p["x"])

    np.testing.assert_allclose(fg.grad(rebinds)(parameters)["x"], 8 * X)
    np.testing.assert_array_equal(parameters["x"], X)


# ----- what ends a recording early -----


class Unusual(Exception):
    pass


@pytest.mark.parametrize("error", [Unusual, KeyboardInterrupt, SystemExit, GeneratorExit])
def test_an_exception_of_the_function_comes_through_as_it_is(error):
    def f(x):
        y = np.zeros(3)
        y[0] = x[0] ** 2
        raise error("halfway")

    for transform in (fg.grad(f), lambda x: fg.record(f, x), fg.record(f), fg.hessian(f)):
        with pytest.raises(error, match="halfway"):
            transform(X)
        assert type(np.zeros(2)) is np.ndarray


def test_recursion_without_end_is_pythons_error():
    def f(x):
        return f(x * 1.0) + x[0]

    limit = sys.getrecursionlimit()
    for transform in (fg.grad(f), fg.record(f)):
        with pytest.raises(RecursionError):
            transform(X)
    assert sys.getrecursionlimit() == limit


def test_a_loop_that_a_generator_leaves_open_does_not_leave_a_recording_open():
    def endless(x):
        while True:
            yield x * np.ones(3)

    def f(x):
        return square(next(endless(x)))

    np.testing.assert_allclose(fg.grad(f)(X), 2 * X)


def test_a_tensor_that_escapes_its_recording_says_so():
    kept = []

    def f(x):
        kept.append(x)
        kept.append(x[0] * 2)
        return square(x)

    for transform in (fg.grad(f), lambda x: fg.record(f, x)):
        kept.clear()
        transform(X)
        for t in kept:
            for use in (lambda t=t: t * 2, lambda t=t: np.sin(t), lambda t=t: float(t.sum())):
                with pytest.raises((RuntimeError, ValueError), match="record"):
                    use()
            assert repr(t)
        for use in (float, fg.Tensor.item, bool):
            with pytest.raises(RuntimeError, match=r"outside of the recording .* has ended"):
                use(kept[1])
            with pytest.raises((RuntimeError, ValueError)):
                fg.grad(lambda x, t=t: np.sum(x * t))(X)
    kept.clear()


def test_a_tracked_tensor_of_outside_is_a_constant_or_refused():
    w = fg.tensor(X, requires_grad=True) * 2
    found = []
    error = raised(lambda: found.append(fg.grad(lambda x: np.sum(w * x))(X)))
    if error is not None:
        assert isinstance(error, (RuntimeError, ValueError))
        assert "detach" in str(error)
    else:
        np.testing.assert_array_equal(found[0], 2 * X)
    w.sum().backward()  # its own graph is still whole


@pytest.mark.parametrize(
    ("f", "error", "said"),
    [
        (lambda x: x if x > 1 else -x, ValueError, "ambiguous; use .any()"),
        (lambda x: x if x[:0] else -x, ValueError, "ambiguous"),
        (lambda x: float(x) * x, ValueError, "3 elements cannot be converted"),
        (lambda x: int(x) * x, ValueError, "3 elements cannot be converted"),
        (lambda x: fg.record(lambda y: x * y, X)(x), RuntimeError, "pass them as arguments"),
        (lambda x: x[..., ...], IndexError, "single ellipsis"),
        (lambda x: x[[0, 1], ..., ...], IndexError, "single ellipsis"),
        (lambda x: x[np.argsort(x), 0], IndexError, "too many indices"),
        (lambda x: x[np.argsort(x), [0]], IndexError, "too many indices"),
        (lambda x: x[[0, 9]], IndexError, "out of bounds"),
    ],
)
def test_what_one_array_cannot_be_is_refused_while_recording(f, error, said):
    with pytest.raises(error, match=re.escape(said)):
        fg.record(f, X)


@pytest.mark.parametrize("name", ["vjp", "hvp", "jvp"])
def test_a_program_says_how_many_vectors_it_takes(name):
    program = fg.record(lambda x, y: (x * y).sum(), X, X)
    for arguments in ((), (X,), (X, X, X)):
        with pytest.raises(CLEAR, match=rf"{name} takes|shape"):
            getattr(program, name)(*arguments)


def test_values_of_the_outer_recording_are_results_and_branches_of_the_inner_one():
    def f(x):
        y, total = x * 2.0, x.sum()
        inner = fg.record(lambda z: (z * 3.0 if total > 1 else z * 5.0, y))
        first, second = inner(x)
        return (first * second).sum()

    program = fg.record(f, X, branches="record")
    np.testing.assert_allclose(program.grad(X), 12 * X)
    np.testing.assert_allclose(program.grad(-X), -20 * X)


def test_a_recording_inside_a_recording_is_differentiated_through():
    def inner(x):
        return np.sum(x**3)

    def f(x):
        return np.sum(fg.grad(inner)(x) * x)

    np.testing.assert_allclose(fg.grad(f)(X), 9 * X**2)
    np.testing.assert_allclose(fg.record(f, X).grad(2 * X), 36 * X**2)
    program, lazy = fg.record(inner, X), fg.record(inner)
    np.testing.assert_allclose(fg.grad(lambda x: program(x * 2))(X), 24 * X**2)
    np.testing.assert_allclose(fg.grad(lambda x: lazy(x) * x[0])(X)[1], 3 * X[1] ** 2 * X[0])
    np.testing.assert_allclose(fg.grad(lambda x: np.sum(program.grad(x)))(X), 6 * X)


def test_a_recording_inside_a_recording_that_fails_leaves_the_outer_one_going():
    def f(x):
        y = np.zeros(3)
        with pytest.raises(Unusual):
            fg.grad(_raises)(x)
        with pytest.raises(Unusual):
            fg.record(_raises, X)
        y[:] = x * 2
        z = np.zeros(2)
        z[0] = y[0]
        return square(y) + z[0]

    np.testing.assert_allclose(fg.grad(f)(X), 8 * X + np.array([2.0, 0.0, 0.0]))


def _raises(x):
    raise Unusual("inside")


def test_backward_inside_a_recording_is_right_or_refused():
    def f(x):
        w = fg.tensor(2.0, requires_grad=True)
        (w * w).backward()
        return np.sum(x) * w.grad

    found = []
    error = raised(lambda: found.append(fg.grad(f)(X)))
    if error is not None:
        assert isinstance(error, RuntimeError)
        assert "record" in str(error)
    else:
        np.testing.assert_array_equal(found[0], [4.0, 4.0, 4.0])


def test_an_argument_that_cannot_be_part_of_a_signature_is_named():
    f = fg.record(lambda x, y: x)
    for bad, match in (({1, 2}, "set"), (np.ones(2, np.float16), "float16")):
        with pytest.raises(TypeError, match=rf"argument\[1\].*{match}"):
            f(1.0, bad)
        with pytest.raises(TypeError, match=rf"keyword argument\['y'\].*{match}"):
            f(1.0, y=bad)


def test_integers_that_doubles_do_not_tell_apart_are_refused():
    whole = fg.record(lambda x, n: x * n.sum(), 1.0, np.array([1, 2, 3]))
    assert whole(2.0, np.array([4, 5, 6])) == 30.0
    with pytest.raises(OverflowError, match=r"2\*\*53|range"):
        whole(1.0, np.array([2**53 - 1, 2**53 - 1, 3]))


def test_a_function_sees_numbers_of_another_byte_order_as_they_are():
    """A branch that depends on them is recorded as it goes."""
    x = np.array([1.0, 2.0, 3.0])
    f = lambda x: np.sum(x**2) if np.sum(x * 1.0) > 5.0 else -np.sum(x)
    for other in (x.astype(">f8"), x.astype("<f8"), x.astype(">f4")):
        assert fg.record(f, other)(other) == 14.0
        np.testing.assert_array_equal(fg.grad(f)(other), 2.0 * x)
