"""Truth values in recordings are NumPy's: True + True is True, whatever a program counts in."""

import numpy as np
import pytest

import fastgrad as fg

X = np.array([0.5, 2.0, -1.0])
POINTS = [X, -X, np.zeros(3), np.array([3.0, 3.0, 0.5])]

# Functions of the masks x > 0 and x > 1 that NumPy gives a mask for.
OF_TWO_MASKS = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "where": lambda a, b: np.where(a, b, a),
    "absolute": lambda a, b: abs(a) + b,
    "in turn": lambda a, b: (a + b) * (a + a) + b,
    "einsum": lambda a, b: np.einsum("i,j->i", a, b),
}


@pytest.mark.parametrize("name", OF_TWO_MASKS)
def test_sums_and_products_of_masks_stay_masks(name):
    def f(x):
        return OF_TWO_MASKS[name](x > 0, x > 1)

    program = fg.record(f, X)
    for x in POINTS:
        wanted, got = f(x), program(x)
        assert got.dtype == wanted.dtype == bool
        np.testing.assert_array_equal(got, wanted)


# Functions of a mask whose results have dtypes that NumPy alone decides.
OF_A_MASK = {
    "stacked with True": lambda a: np.stack([a[0], True]),
    "True stacked with it": lambda a: np.array([True, a[0], a[1]]),
    "stacked in columns": lambda a: np.stack([a[0], True, False], axis=-1),
    "square": lambda a: a**2,
    "power": lambda a: np.power(a, 2),
    "cube": lambda a: a**3,
    "to a truth value": lambda a: a**True,
}


@pytest.mark.parametrize("name", OF_A_MASK)
@pytest.mark.parametrize("way", ["recorded", "eager", "points"])
def test_results_of_a_mask_have_numpys_dtype(name, way):
    f = lambda x: OF_A_MASK[name](x > 0)
    wanted = f(X)
    if way == "points":
        got = fg.vmap(f)(np.array([X, X]))[0]
    else:
        got = np.asarray(f(fg.tensor(X)) if way == "eager" else fg.record(f, -X)(X))
    assert got.dtype == wanted.dtype
    np.testing.assert_array_equal(got, wanted)


def test_the_square_of_one_truth_value_is_that_of_numpys_scalars():
    assert (fg.tensor(X)[0] > 0) ** 2 == 1
    assert ((fg.tensor(X)[0] > 0) ** 2).dtype == ((X[0] > 0) ** 2).dtype
    with pytest.raises(TypeError):
        pow(fg.tensor(X) > 0, 2, 3)


def test_a_gradient_counts_a_mask_once():
    f = fg.record(lambda x: (x * ((x > 0) + (x > 1))).sum(), X)
    value, gradient = fg.value_and_grad(f)(X)
    assert value == 2.5
    np.testing.assert_array_equal(gradient, [1.0, 1.0, 0.0])


def test_sparse_and_dense_jacobians_agree_on_masks():
    def f(x):
        return x * ((x > 0) + (x > 1))

    dense = fg.jacobian(f)(X)
    np.testing.assert_array_equal(dense, np.diag([1.0, 1.0, 0.0]))
    np.testing.assert_array_equal(fg.jacobian(f, sparse=True)(X).toarray(), dense)


@fg.record
def branching(x):
    return x[1] if ((x > 0) + (x > 1))[0] == True else x[2]  # noqa: E712


@pytest.mark.parametrize("x", POINTS)
def test_a_guard_on_a_sum_of_masks_takes_pythons_branch(x):
    assert branching(x) == (x[1] if x[0] > 0 else x[2])


@pytest.mark.parametrize("flag", [np.array(True), np.array(False)])
def test_an_input_that_is_a_truth_value_stays_one(flag):
    got = fg.record(lambda x: x + x, np.array(True))(flag)
    assert isinstance(got, bool)
    assert got == flag


def test_points_that_are_truth_values_stay_truth_values():
    flags = np.array([True, False, True])
    got = fg.vmap(lambda x: x + x)(flags)
    assert got.dtype == bool
    np.testing.assert_array_equal(got, flags)


def totals(x):
    return fg.sum(x > 0, dtype=bool), fg.cumsum(x > 0, dtype=bool)


@pytest.mark.parametrize(
    "found", [totals(fg.tensor(X)), fg.record(totals, X)(X)], ids=["eager", "recorded"]
)
def test_a_sum_of_truth_values_asked_for_as_one_is_one(found):
    total, partial = map(np.asarray, found)
    assert total.dtype == partial.dtype == bool
    assert total
    np.testing.assert_array_equal(partial, [True, True, True])
