"""Shapes and orders of axes: values as NumPy, gradients put back where they came from."""

import numpy as np
import pytest
from differences import check_derivatives, check_linear, gradient, layouts, tracked
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fastgrad as fg

CUBE = np.random.default_rng(0).standard_normal((2, 3, 4))

# Each by our function and by NumPy's, of CUBE.
SAME = {
    "reshape": (lambda x: fg.reshape(x, (4, 6)), lambda x: np.reshape(x, (4, 6))),
    "reshape by lengths": (lambda x: x.reshape(4, -1), lambda x: x.reshape(4, -1)),
    "reshape by one length": (lambda x: x.reshape(24), lambda x: x.reshape(24)),
    "reshape by name": (lambda x: fg.reshape(x, shape=(3, 8)), lambda x: np.reshape(x, (3, 8))),
    "reshape by columns": (
        lambda x: x.reshape((4, -1), order="F"),
        lambda x: x.reshape((4, -1), order="F"),
    ),
    "ravel": (lambda x: x.ravel(), lambda x: x.ravel()),
    "ravel by columns": (lambda x: fg.ravel(x, "F"), lambda x: np.ravel(x, "F")),
    "flatten": (lambda x: x.flatten(), lambda x: x.flatten()),
    "flatten by columns": (lambda x: x.flatten(order="F"), lambda x: x.flatten(order="F")),
    "transpose": (lambda x: x.transpose(), lambda x: x.transpose()),
    "transpose by None": (lambda x: fg.transpose(x, None), lambda x: np.transpose(x, None)),
    "transpose by a tuple": (lambda x: x.transpose((1, -1, 0)), lambda x: x.transpose((1, -1, 0))),
    "transpose by numbers": (lambda x: x.transpose(2, 0, 1), lambda x: x.transpose(2, 0, 1)),
    "transpose by name": (
        lambda x: fg.transpose(x, axes=[2, 0, 1]),
        lambda x: np.transpose(x, axes=[2, 0, 1]),
    ),
    "swapaxes": (lambda x: x.swapaxes(0, -1), lambda x: x.swapaxes(0, -1)),
    "moveaxis": (lambda x: fg.moveaxis(x, 0, -1), lambda x: np.moveaxis(x, 0, -1)),
    "moveaxis of two that change places": (
        lambda x: fg.moveaxis(x, (0, 1), (1, 0)),
        lambda x: np.moveaxis(x, (0, 1), (1, 0)),
    ),
    "moveaxis of two": (
        lambda x: fg.moveaxis(x, (0, 1), (-1, 0)),
        lambda x: np.moveaxis(x, (0, 1), (-1, 0)),
    ),
    "expand_dims": (lambda x: fg.expand_dims(x, 1), lambda x: np.expand_dims(x, 1)),
    "expand_dims twice": (
        lambda x: fg.expand_dims(x, (0, -1)),
        lambda x: np.expand_dims(x, (0, -1)),
    ),
    "squeeze of nothing": (lambda x: x.squeeze(), lambda x: x.squeeze()),
    "flip": (lambda x: fg.flip(x), lambda x: np.flip(x)),
    "flip of an axis": (lambda x: fg.flip(x, 1), lambda x: np.flip(x, 1)),
    "flip of two axes": (lambda x: fg.flip(x, (0, -1)), lambda x: np.flip(x, (0, -1))),
    "broadcast_to": (
        lambda x: fg.broadcast_to(x, (5, 2, 3, 4)),
        lambda x: np.broadcast_to(x, (5, 2, 3, 4)),
    ),
    "expand": (
        lambda x: x.expand(5, -1, -1, 4),
        lambda x: np.broadcast_to(x, (5, 2, 3, 4)),
    ),
}


@pytest.mark.parametrize("name", SAME)
def test_a_new_arrangement_is_that_of_numpy(name):
    ours, numpys = SAME[name]
    for x in layouts(CUBE):
        np.testing.assert_array_equal(ours(fg.as_tensor(x)).numpy(), numpys(CUBE), strict=True)
    single = CUBE.astype(np.float32)
    np.testing.assert_array_equal(ours(fg.as_tensor(single)).numpy(), numpys(single), strict=True)


@pytest.mark.parametrize("name", SAME)
def test_a_new_arrangement_is_linear_with_the_right_adjoint(name):
    for x in layouts(CUBE):
        check_linear(SAME[name][0], x)
    check_linear(SAME[name][0], CUBE.astype(np.float32))


@pytest.mark.parametrize("name", SAME)
def test_derivatives_through_a_new_arrangement_are_right_up_to_the_third(name):
    check_derivatives(lambda x: SAME[name][0](x) ** 3, CUBE, order=3)


@pytest.mark.parametrize("shape", [(), (1,), (0,), (0, 3), (1, 1)])
def test_small_and_empty_arrays_are_arranged_as_by_numpy(shape):
    x = np.ones(shape)
    pairs = [
        (fg.reshape(x, -1 if x.size else 0), x.reshape(-1)),
        (fg.ravel(x), np.ravel(x)),
        (fg.flatten(x), x.flatten()),
        (fg.transpose(x), np.transpose(x)),
        (fg.squeeze(x), np.squeeze(x)),
        (fg.expand_dims(x, 0), np.expand_dims(x, 0)),
        (fg.flip(x), np.flip(x)),
    ]
    for ours, numpys in pairs:
        np.testing.assert_array_equal(ours.numpy(), numpys, strict=True)
    for f in (fg.ravel, fg.transpose, fg.squeeze, fg.flip, lambda t: fg.expand_dims(t, 0)):
        assert gradient(f, x).shape == shape


def test_squeeze_removes_the_axes_named_and_no_other():
    x = np.ones((1, 3, 1, 2))
    for axis in (None, 0, -2, (0, 2), ()):
        assert fg.squeeze(x, axis).shape == np.squeeze(x, axis).shape
    assert fg.as_tensor(x).squeeze(dim=0).shape == (3, 1, 2)
    check_linear(lambda t: t.squeeze(0), x)
    with pytest.raises(ValueError, match=r"axis 1 of shape \(1, 3, 1, 2\)"):
        fg.squeeze(x, 1)


BROADCASTS = [
    ((), (3,)),
    ((), (2, 3)),
    ((1,), (4,)),
    ((3,), (2, 3)),
    ((2, 1), (2, 3)),
    ((1, 1), (2, 3)),
    ((1, 3, 1), (2, 2, 3, 2)),
    ((1,), (0,)),
    ((3,), (0, 3)),
    ((2, 3), (2, 3)),
]


@pytest.mark.parametrize(("shape", "to"), BROADCASTS)
def test_the_gradient_of_repeating_is_the_sum_over_the_repeats(shape, to):
    x = np.random.default_rng(1).standard_normal(shape)
    np.testing.assert_array_equal(fg.broadcast_to(x, to).numpy(), np.broadcast_to(x, to))
    check_linear(lambda t: fg.broadcast_to(t, to), x)
    check_linear(lambda t: fg.expand(t, *to), x)
    np.testing.assert_array_equal(
        gradient(lambda t: fg.broadcast_to(t, to), x), np.full(shape, np.prod(to) / max(x.size, 1))
    )


@given(hnp.mutually_broadcastable_shapes(num_shapes=2, max_dims=3, max_side=3, min_side=0))
@settings(max_examples=100, deadline=None)
def test_operands_that_broadcast_get_gradients_of_their_own_shape(shapes):
    a, b = (np.full(s, 2.0) for s in shapes.input_shapes)
    check_linear(lambda x, y: x + y, a, b)
    np.testing.assert_array_equal(
        gradient(lambda x: x * b, a),
        np.full(a.shape, 2.0 * np.prod(shapes.result_shape) / max(a.size, 1)),
    )


@given(st.permutations(range(4)))
@settings(max_examples=24, deadline=None)
def test_a_transposed_gradient_comes_back_in_the_first_order(axes):
    x = np.arange(24.0).reshape(2, 3, 4, 1)
    seed = x.transpose(axes)
    np.testing.assert_array_equal(gradient(lambda t: t.transpose(axes), x, seed), x)


def test_flatten_copies_and_a_change_of_it_leaves_the_rest():
    x = fg.as_tensor(np.zeros(3))
    y = x.flatten()
    y[0] = 1.0
    assert x.tolist() == [0, 0, 0]


def test_the_adjoint_of_a_view_is_a_tensor_of_its_own():
    x = tracked(CUBE.copy())
    y = x.reshape(6, 4).transpose()
    (g,) = fg.autograd.grad((y * y).sum(), x)
    np.testing.assert_array_equal(g.numpy(), 2 * CUBE)


WRONG = [
    (lambda: fg.reshape(CUBE, (5, 5)), ValueError, r"array of size 24 into shape \(5, 5\)"),
    (lambda: fg.reshape(CUBE, (-1, -1)), ValueError, r"\(-1, -1\)"),
    (lambda: fg.reshape(CUBE, (-1, 5)), ValueError, r"one length may be -1"),
    (lambda: fg.reshape(CUBE, (-2, -12)), ValueError, r"\(-2, -12\)"),
    (lambda: fg.reshape(np.zeros(0), (0, -1)), ValueError, r"\(0, -1\)"),
    (lambda: fg.reshape(CUBE, (2.0, 12)), TypeError, "float"),
    (lambda: fg.reshape(CUBE), TypeError, "no shape"),
    (lambda: fg.reshape(CUBE, 24, shape=24), TypeError, "one of them"),
    (lambda: fg.reshape(CUBE, 24, order="K"), ValueError, "'K'"),
    (lambda: fg.transpose(CUBE, (0, 1)), ValueError, "name each of them once"),
    (lambda: fg.transpose(CUBE, (0, 1, 1)), ValueError, "name each of them once"),
    (lambda: fg.transpose(CUBE, (0, 1, 3)), IndexError, "axis 3 is out of bounds"),
    (lambda: fg.swapaxes(CUBE, 0, 3), IndexError, "axis 3 is out of bounds"),
    (lambda: fg.moveaxis(CUBE, (0, 1), 0), ValueError, "as many places as axes"),
    (lambda: fg.moveaxis(CUBE, (0, 0), (0, 1)), ValueError, "each once"),
    (lambda: fg.expand_dims(CUBE, 4), IndexError, "axis 4 is out of bounds"),
    (lambda: fg.squeeze(CUBE, 3), IndexError, "axis 3 is out of bounds"),
    (lambda: fg.flip(CUBE, 3), IndexError, "axis 3 is out of bounds"),
    (lambda: fg.broadcast_to(CUBE, (2, 3)), ValueError, r"shape \(2, 3, 4\) to \(2, 3\)"),
    (lambda: fg.broadcast_to(CUBE, (2, 3, 5)), ValueError, "the same or 1"),
    (lambda: fg.broadcast_to(1.0, (-1,)), ValueError, r"to \(-1,\)"),
    (lambda: fg.expand(CUBE, -1, 2, 3, 4), ValueError, "a new axis has no length"),
    (lambda: fg.expand(CUBE, 3, -1, -1), ValueError, "cannot broadcast"),
]


@pytest.mark.parametrize(("call", "error", "said"), WRONG)
def test_an_impossible_arrangement_is_refused_with_the_way_out(call, error, said):
    with pytest.raises(error, match=said):
        call()
