"""Indexing, assignment, joining and casts: values as NumPy, gradients as the maps' adjoints."""

import numpy as np
import pytest
from differences import check_derivatives, check_linear, gradient, gradients, layouts, tracked
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fastgrad as fg

CUBE = np.arange(24.0).reshape(2, 3, 4) - 7.5
ROW = np.array([3.0, -1.0, 2.0, 5.0])

KEYS = {
    "an integer": 1,
    "a negative integer": -1,
    "all integers": (1, -2, 3),
    "a slice": slice(1, None),
    "a step backwards": (slice(None), slice(None, None, -2)),
    "an ellipsis": (Ellipsis, 2),
    "a new axis": (None, 1, slice(None), None),
    "nothing": (),
    "an empty slice": slice(0, 0),
    "integers that repeat": np.array([0, 1, 0, 0]),
    "negative integers that repeat": np.array([-1, 1, 0]),
    "two arrays of integers": (np.array([0, 1, 0]), np.array([2, 2, 2])),
    "arrays that broadcast": (np.array([[0], [1]]), np.array([0, 2, 0])),
    "arrays with a slice between them": (np.array([0, 1, 0]), slice(None), np.array([3, 3, 3])),
    "an array and a new axis": (None, slice(None), np.array([[2, 0], [2, 2]])),
    "no integers": np.array([], np.intp),
    "a mask": CUBE > 2,
    "a mask of the first axes": CUBE[..., 0] > 0,
    "a mask that is false": np.zeros((2, 3, 4), bool),
    "a mask and integers": (np.array([True, False]), np.array([0, 0, 2])),
    "a mask and a slice": (slice(None), np.array([True, False, True])),
    "a true number": np.True_,
}


@pytest.fixture(params=KEYS.values(), ids=KEYS)
def key(request):
    return request.param


def assigned(key, x, value):
    y = x.clone()
    y[key] = value
    return y


def test_an_index_gives_what_numpy_gives(key):
    for x in layouts(CUBE):
        np.testing.assert_array_equal(fg.as_tensor(x)[key].numpy(), CUBE[key])


def test_the_gradient_of_an_index_adds_at_every_use(key):
    seed = np.random.default_rng(0).standard_normal(CUBE[key].shape)
    wanted = np.zeros_like(CUBE)
    np.add.at(wanted, key, seed)
    for x in layouts(CUBE):
        np.testing.assert_allclose(gradient(lambda t: t[key], x, seed), wanted, rtol=0, atol=1e-15)


def test_an_index_is_linear_with_the_right_adjoint(key):
    check_linear(lambda x: x[key], CUBE)
    check_linear(lambda x: x[key], CUBE.astype(np.float32))


def test_derivatives_through_an_index_are_right_up_to_the_third(key):
    check_derivatives(lambda x: x[key] * x[key] * x[key], CUBE / 10, order=3)


def test_integers_may_come_as_lists_and_tensors():
    for index in ([0, 1, 0], fg.as_tensor(np.array([0, 1, 0]))):
        np.testing.assert_array_equal(gradient(lambda x, i=index: x[i], ROW), [2, 1, 0, 0])


def test_an_index_that_changes_later_does_not_change_the_gradient():
    index = np.array([0, 0, 1])
    x = tracked(ROW)
    y = x[index].sum()
    index[:] = 3
    np.testing.assert_array_equal(fg.autograd.grad(y, x)[0].numpy(), [2, 1, 0, 0])


@pytest.mark.parametrize("wrong", [4, -5, np.array([0, 4]), (0, 0), np.array([True, False])])
def test_an_index_out_of_range_raises_index_error(wrong):
    with pytest.raises(IndexError):
        fg.as_tensor(ROW)[wrong]


def test_an_assignment_gives_what_numpy_gives(key):
    wanted = CUBE.copy()
    wanted[key] = value = np.random.default_rng(1).standard_normal(CUBE[key].shape)
    for x in layouts(CUBE):
        np.testing.assert_array_equal(assigned(key, tracked(x), value).detach().numpy(), wanted)


def test_an_assignment_is_linear_with_the_right_adjoint(key):
    value = np.random.default_rng(2).standard_normal(CUBE[key].shape)
    check_linear(lambda x, v: assigned(key, x, v), CUBE, value)


def test_derivatives_through_an_assignment_are_right_up_to_the_third(key):
    value = np.random.default_rng(3).standard_normal(CUBE[key].shape)
    check_derivatives(lambda x, v: assigned(key, x, v) ** 3, CUBE / 10, value, order=3)


@pytest.mark.parametrize("shape", [(), (1,), (4,), (3, 1), (1, 1, 1, 4)])
def test_an_assigned_value_that_broadcasts_gets_the_sum_of_its_gradients(shape):
    value = np.random.default_rng(4).standard_normal(shape)
    check_linear(lambda x, v: assigned(1, x, v), CUBE, value)
    check_linear(lambda x, v: assigned(np.array([1, 0]), x, v), CUBE, value)


def test_of_two_values_for_one_element_only_the_last_gets_gradient():
    seed = np.array([1.0, 10.0, 100.0, 1000.0])
    of_x, of_value = gradients(
        lambda x, v: assigned(np.array([2, 0, 2]), x, v), ROW, np.array([7.0, 8.0, 9.0]), seed=seed
    )
    np.testing.assert_array_equal(of_x, [0, 10, 0, 1000])
    np.testing.assert_array_equal(of_value, [0, 1, 100])


def test_which_of_two_values_stays_does_not_depend_on_how_they_lie_in_memory():
    index = np.array([[0, 1], [1, 0]])
    for values in layouts(np.array([[1.0, 2.0], [3.0, 4.0]])):
        assert assigned(index, tracked(ROW), values)[:2].tolist() == [4, 3]


def test_an_assignment_keeps_the_dtype_of_the_whole_and_the_gradients_theirs():
    of_x, of_value = gradients(
        lambda x, v: assigned(1, x, v), ROW.astype(np.float32), np.array(0.1)
    )
    assert of_x.dtype == np.float32
    assert of_value.dtype == np.float64
    assert assigned(1, fg.as_tensor(ROW.astype(np.float32)), 0.1).dtype == np.float32


def test_a_value_of_the_wrong_shape_is_refused():
    for key in (slice(1, 3), np.array([0, 1])):
        with pytest.raises(ValueError):
            assigned(key, tracked(ROW), np.ones(3))


@st.composite
def arrays_with_an_index(draw):
    shape = draw(hnp.array_shapes(min_dims=1, max_dims=3, max_side=4))
    index = draw(
        st.one_of(
            hnp.basic_indices(shape, allow_newaxis=True),
            hnp.integer_array_indices(shape),
            hnp.arrays(bool, shape),
        )
    )
    return np.arange(1.0, np.prod(shape) + 1).reshape(shape), index


@given(arrays_with_an_index())
@settings(max_examples=200, deadline=None)
def test_any_index_reads_writes_and_has_its_adjoint(array_and_index):
    x, key = array_and_index
    np.testing.assert_array_equal(fg.as_tensor(x)[key].numpy(), x[key])
    check_linear(lambda t: t[key], x)
    check_linear(lambda t, v: assigned(key, t, v), x, -np.asarray(x[key]))


# ----- joining -----


PARTS = {
    0: [(2, 3), (1, 3), (0, 3), (4, 3)],
    1: [(2, 1), (2, 3)],
    -1: [(2, 2, 3), (2, 2, 1)],
}


@pytest.mark.parametrize("axis", PARTS)
def test_concatenate_joins_as_numpy_and_each_part_gets_its_own_gradient(axis):
    rng = np.random.default_rng(5)
    parts = [rng.standard_normal(shape) for shape in PARTS[axis]]
    joined = fg.concatenate([fg.as_tensor(p) for p in parts], axis=axis)
    np.testing.assert_array_equal(joined.numpy(), np.concatenate(parts, axis=axis))
    check_linear(lambda *xs: fg.concatenate(xs, axis=axis), *parts)
    check_derivatives(lambda *xs: fg.concatenate(xs, axis=axis) ** 3, *parts, order=3)


@pytest.mark.parametrize("axis", [0, 1, 2, -1])
def test_stack_joins_as_numpy_and_each_part_gets_its_own_gradient(axis):
    parts = list(np.random.default_rng(6).standard_normal((3, 2, 4)))
    np.testing.assert_array_equal(fg.stack(parts, axis=axis).numpy(), np.stack(parts, axis=axis))
    check_linear(lambda *xs: fg.stack(xs, axis=axis), *parts)
    check_derivatives(lambda *xs: fg.stack(xs, axis=axis) ** 3, *parts, order=3)


def test_the_same_tensor_joined_twice_gets_both_gradients():
    seed = np.arange(8.0)
    np.testing.assert_array_equal(
        gradient(lambda x: fg.concatenate([x, x]), ROW, seed), seed[:4] + seed[4:]
    )
    np.testing.assert_array_equal(
        gradient(lambda x: fg.stack([x, x]).ravel(), ROW, seed), seed[:4] + seed[4:]
    )


def test_a_tensor_joins_with_a_list_that_holds_a_tensor_and_both_get_gradients():
    def f(t):
        return fg.concatenate([t * 2, [t @ t, 1.0]])

    x = np.array([1.0, 3.0])
    np.testing.assert_array_equal(f(fg.as_tensor(x)).numpy(), [2, 6, 10, 1])
    np.testing.assert_array_equal(gradient(f, x, np.array([1.0, 1, 10, 100])), [2 + 20, 2 + 60])


def test_nested_lists_of_tensors_are_stacked_with_their_gradients():
    x = np.array([2.0, 3.0])
    f = lambda t: fg.reshape([[t[0] * t[1], 1.0], [t[1], t[0]]], 4)
    np.testing.assert_array_equal(gradient(f, x, np.array([1.0, 5, 10, 100])), [103, 12])


def test_concatenate_along_no_axis_joins_all_elements():
    a, b = np.ones((2, 2)), np.zeros(3)
    np.testing.assert_array_equal(
        fg.concatenate((a, b), axis=None).numpy(), np.concatenate((a, b), axis=None)
    )


@pytest.mark.parametrize(
    "parts",
    [[ROW, ROW], [CUBE[0], CUBE[1]], [ROW, CUBE[0]], [CUBE, CUBE], [np.float64(1), ROW[:1]]],
)
def test_vstack_and_hstack_join_as_numpy(parts):
    for ours, theirs in ((fg.vstack, np.vstack), (fg.hstack, np.hstack)):
        try:
            wanted = theirs(parts)
        except ValueError:
            with pytest.raises(ValueError):
                ours(parts)
        else:
            np.testing.assert_array_equal(ours(parts).numpy(), wanted)
            check_linear(lambda *xs, f=ours: f(xs), *[np.asarray(p) for p in parts])


def test_parts_of_two_dtypes_join_in_the_wider_and_get_gradients_in_their_own():
    narrow, wide = ROW.astype(np.float32), ROW
    assert fg.concatenate([narrow, wide]).dtype == np.float64
    assert fg.stack([narrow, np.arange(4)]).dtype == np.stack([narrow, np.arange(4)]).dtype
    dtypes = [g.dtype for g in gradients(lambda a, b: fg.concatenate([a, b]), narrow, wide)]
    assert dtypes == [np.float32, np.float64]
    xs = [tracked(narrow), tracked(wide)]
    recorded = fg.autograd.grad(fg.concatenate(xs).sum(), xs, create_graph=True)
    assert [g.dtype for g in recorded] == [np.float32, np.float64]


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: fg.concatenate([]), ValueError, "at least one array"),
        (lambda: fg.stack([]), ValueError, "at least one array"),
        (lambda: fg.concatenate(3.0), TypeError, "put them in a list"),
        (lambda: fg.concatenate([1.0, [2.0]]), ValueError, "use stack"),
        (lambda: fg.concatenate([np.ones(2), np.ones((2, 2))]), ValueError, "array 1"),
        (lambda: fg.concatenate([np.ones((2, 3)), np.ones((2, 2))]), ValueError, r"\(2, 2\)"),
        (lambda: fg.concatenate([np.ones(2)], axis=1), IndexError, "axis 1 is out of bounds"),
        (lambda: fg.stack([np.ones(2), np.ones(3)]), ValueError, "use concatenate"),
        (lambda: fg.stack([np.ones(2)], axis=2), IndexError, "axis 2 is out of bounds"),
    ],
)
def test_what_cannot_be_joined_is_refused_with_the_way_out(call, error, said):
    with pytest.raises(error, match=said):
        call()


# ----- copies and casts -----


def test_a_copy_shares_no_memory_and_passes_gradients():
    x = ROW.copy()
    for copied in (fg.as_tensor(x).copy(), fg.as_tensor(x).clone(), fg.copy(x)):
        assert not np.shares_memory(copied.numpy(), x)
        np.testing.assert_array_equal(copied.numpy(), x)
    check_derivatives(lambda t: t.clone() * t.copy() * t, ROW, order=3)


def test_a_cast_rounds_as_numpy_and_its_gradient_comes_back_in_the_old_dtype():
    x = ROW / 3
    single = fg.as_tensor(x).astype(np.float32)
    np.testing.assert_array_equal(single.numpy(), x.astype(np.float32))
    found = gradient(lambda t: t.astype("float32") * 0.1, x)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, np.float32(0.1))
    check_linear(lambda t: t.astype(np.float64), x.astype(np.float32))


def test_a_cast_to_integers_ends_the_graph():
    whole = tracked(ROW).astype(int)
    assert whole.dtype == np.int_
    assert not whole.requires_grad


# ----- adding in place at every use -----


def added(key, x, value, at=np.add.at):
    y = x.clone()
    assert at(y, key, value) is None
    return y


def test_adding_at_an_index_gives_what_numpy_gives_and_its_gradients(key):
    value = np.random.default_rng(5).standard_normal(CUBE[key].shape)
    for at in (np.add.at, np.subtract.at):
        wanted = CUBE.copy()
        at(wanted, key, value)
        for x in layouts(CUBE):
            found = added(key, tracked(x), value, at).detach().numpy()
            np.testing.assert_allclose(found, wanted, rtol=1e-15, atol=1e-15)
            np.testing.assert_array_equal(added(key, fg.tensor(x), value, at).numpy(), wanted)
        check_linear(lambda x, v, at=at: added(key, x, v, at), CUBE, value)


def test_a_value_added_at_an_index_broadcasts_as_numpy_and_is_refused_where_numpy_refuses():
    for value in (2.0, np.array([1.0]), np.arange(4.0), np.ones((3, 1))):
        index = np.array([1, 1, 0])
        wanted = CUBE[0].copy()
        np.add.at(wanted, index, value)
        np.testing.assert_array_equal(
            added(index, tracked(CUBE[0]), value).detach().numpy(), wanted
        )
    with pytest.raises(ValueError, match="could not be broadcast"):
        added(np.array([0, 1]), tracked(ROW), np.ones(3))
    with pytest.raises(TypeError, match="elements of a Tensor of dtype int"):
        added([0], fg.tensor([1, 2]), tracked(ROW[:1]))
    with pytest.raises(RuntimeError, match="leaf"):
        np.add.at(tracked(ROW), [0], 1.0)
    with pytest.raises(TypeError, match=r"add\.at cannot be recorded"):
        np.add.at(ROW.copy(), [0], tracked(ROW[:1]))
