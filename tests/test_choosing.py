"""where and clip mix in nothing that was not chosen; indices are NumPy's and untracked."""

import numpy as np
import pytest
from differences import check_derivatives, gradient, gradients, layouts, tracked

import fastgrad as fg

ROW = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
CUBE = np.random.default_rng(0).integers(-3, 4, (2, 3, 4)).astype(float)


def test_where_chooses_as_numpy_and_broadcasts_all_three():
    condition = np.array([[True], [False]])
    a, b = np.arange(3.0), np.float64(7)
    np.testing.assert_array_equal(fg.where(condition, a, b).numpy(), np.where(condition, a, b))
    of_a, of_b = gradients(lambda x, y: fg.where(condition, x, y), a, np.array(b))
    np.testing.assert_array_equal(of_a, [1, 1, 1])
    np.testing.assert_array_equal(of_b, 3)


def test_numbers_are_true_conditions_unless_zero():
    for condition in ([1, 0, -2], [0.5, -0.0, np.nan], np.array([3, 0, 1], np.uint8)):
        np.testing.assert_array_equal(
            fg.where(condition, 1.0, 2.0).numpy(), np.where(condition, 1.0, 2.0)
        )


def test_the_branch_not_taken_leaves_no_nan_at_any_order():
    x = np.array([-1.0, 0.0, 4.0])
    t = tracked(x)
    y = fg.where(t > 0, fg.sqrt(t), t)
    for wanted in ([1, 1, 0.25], [0, 0, -1 / 32], [0, 0, 3 / 256]):
        (y,) = fg.autograd.grad(y.sum(), t, create_graph=True)
        np.testing.assert_allclose(y.detach().numpy(), wanted, rtol=1e-15)


def test_where_keeps_float32_beside_python_numbers():
    x = ROW.astype(np.float32)
    assert fg.where(x > 0, x, 0.0).dtype == np.float32
    assert fg.where(x > 0, x, 0.0).dtype == np.where(x > 0, x, 0.0).dtype
    assert gradient(lambda t: fg.where(t > 0, t, 0), x).dtype == np.float32


def test_where_of_integers_is_that_of_numpy():
    a = np.arange(3)
    ours = fg.where(a > 1, a, -a)
    assert ours.dtype == a.dtype
    np.testing.assert_array_equal(ours.numpy(), np.where(a > 1, a, -a))


def test_where_with_one_argument_gives_the_indices():
    for ours, wanted in zip(fg.where(CUBE > 0), np.where(CUBE > 0), strict=True):
        np.testing.assert_array_equal(ours.numpy(), wanted)
    with pytest.raises(ValueError, match="both"):
        fg.where(CUBE > 0, 1.0)


CLIPS = [
    dict(a_min=-1.0, a_max=1.0),
    dict(a_min=-1.0),
    dict(a_max=0.5),
    dict(min=-1.0, max=1.5),
    dict(min=0.0),
    dict(),
]


@pytest.mark.parametrize("ends", CLIPS)
def test_clip_limits_as_numpy(ends):
    full = {
        "a_min": ends.get("a_min", ends.get("min")),
        "a_max": ends.get("a_max", ends.get("max")),
    }
    wanted = np.clip(ROW, **full) if ends else ROW
    for x in (ROW, ROW.astype(np.float32)):
        ours = fg.clip(x, **ends)
        assert ours.dtype == x.dtype
        np.testing.assert_array_equal(ours.numpy(), wanted.astype(x.dtype))
        np.testing.assert_array_equal(fg.as_tensor(x).clip(**ends).numpy(), ours.numpy())


def test_the_derivative_of_clip_is_one_inside_and_at_the_ends():
    np.testing.assert_array_equal(gradient(lambda x: x.clip(-1.0, 1.0), ROW), [0, 1, 1, 1, 0])
    np.testing.assert_array_equal(gradient(lambda x: x.clip(max=1.0), ROW), [1, 1, 1, 1, 0])
    np.testing.assert_array_equal(gradient(lambda x: x.clip(min=0.0), ROW), [0, 0, 1, 1, 1])
    np.testing.assert_array_equal(gradient(lambda x: x.clip(), ROW), 1)


def test_ends_of_clip_broadcast_and_get_the_gradient_of_what_they_limit():
    x = np.array([[-5.0, 0.5, 5.0], [0.2, 9.0, 9.0]])
    low, high = np.array([-1.0, 0.0, 1.0]), np.array(2.0)
    seed = np.array([[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]])
    of_x, of_low, of_high = gradients(fg.clip, x, low, high, seed=seed)
    np.testing.assert_array_equal(of_x, [[0, 2, 0], [8, 0, 0]])
    np.testing.assert_array_equal(of_low, [1, 0, 0])
    np.testing.assert_array_equal(of_high, 4 + 16 + 32)
    check_derivatives(lambda a, b, c: fg.clip(a, b, c) ** 3, x, low, high, order=3)


def test_clip_of_integers_is_that_of_numpy():
    x = np.arange(-3, 4)
    for ends in ((-1, 1), (None, 1), (-1, None)):
        ours = fg.clip(x, *ends)
        assert ours.dtype == np.clip(x, *ends).dtype
        np.testing.assert_array_equal(ours.numpy(), np.clip(x, *ends))


def test_clip_refuses_an_end_by_two_names():
    with pytest.raises(ValueError, match="two names"):
        fg.clip(ROW, -1.0, min=-1.0)


def test_clip_without_a_limit_keeps_infinities():
    np.testing.assert_array_equal(fg.clip([-np.inf, 2.0], a_max=1.0).numpy(), [-np.inf, 1])
    np.testing.assert_array_equal(fg.clip([np.inf, -2.0], a_min=1.0).numpy(), [np.inf, 1])


def test_clip_passes_nan_on():
    np.testing.assert_array_equal(fg.clip([np.nan, 5.0], 0.0, 1.0).numpy(), [np.nan, 1])


@pytest.mark.parametrize("name", ["argmax", "argmin"])
@pytest.mark.parametrize("axis", [None, 0, 1, -1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_the_place_of_an_extremum_is_numpys_and_untracked(name, axis, keepdims):
    wanted = getattr(np, name)(CUBE, axis=axis, keepdims=keepdims)
    for x in layouts(CUBE):
        t = tracked(x)
        for ours in (
            getattr(fg, name)(t, axis, keepdims=keepdims),
            getattr(t, name)(dim=axis, keepdim=keepdims),
        ):
            assert not ours.requires_grad
            assert ours.dtype == wanted.dtype
            np.testing.assert_array_equal(ours.numpy(), wanted)


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_the_sorting_indices_are_numpys_stable_ones_and_untracked(axis):
    ours = fg.argsort(tracked(CUBE), axis)
    assert not ours.requires_grad
    np.testing.assert_array_equal(ours.numpy(), np.argsort(CUBE, axis, kind="stable"))


@pytest.mark.parametrize("axis", [None, 0, (0, 2), -1, ()])
@pytest.mark.parametrize("shape", [(2, 3, 4), (2, 0, 4)])
def test_any_and_all_are_numpys_and_untracked(axis, shape):
    x = np.resize(CUBE, shape)
    for name in ("any", "all"):
        for keepdims in (False, True):
            ours = getattr(fg, name)(tracked(x), axis, keepdims=keepdims)
            assert ours.dtype == np.bool_
            assert not ours.requires_grad
            wanted = getattr(np, name)(x, axis=axis, keepdims=keepdims)
            np.testing.assert_array_equal(ours.numpy(), wanted)


def test_the_indices_of_nonzero_elements_are_numpys_and_select_them():
    t = tracked(CUBE)
    indices = t.nonzero()
    for ours, wanted in zip(indices, np.nonzero(CUBE), strict=True):
        np.testing.assert_array_equal(ours.numpy(), wanted)
    assert (t[indices] != 0).all()
    with pytest.raises(ValueError, match="0-d"):
        fg.nonzero(3.0)


def test_indices_select_with_gradients():
    np.testing.assert_array_equal(gradient(lambda x: x[x.argmax()], ROW), [0, 0, 0, 0, 1])
    order = np.array([3.0, 1.0, 2.0])
    np.testing.assert_array_equal(
        gradient(lambda x: x[x.argsort()], order, np.arange(3.0)), [2, 0, 1]
    )
