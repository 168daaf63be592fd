"""Integers and truth values that depend on the input are computed anew in a replay, or guarded.

They have no gradient, so the danger is another one: a recording that freezes them is silently wrong
at the next point. Each function here is right at every point, or refused.
"""

import re

import numpy as np
import pytest
from verdicts import raised

import fastgrad as fg

RNG = np.random.default_rng(11)
X = np.array([0.4, 1.3, 2.6])
TABLE = np.array([2.0, -1.0, 0.25, 3.0])
KNOTS = np.array([-10.0, -1.0, 0.0, 2.0])
POINTS = [X, -X, X[::-1].copy(), *RNG.uniform(-3, 3, (25, 3))]


def by_search(x):
    k = np.searchsorted(KNOTS, x[0]) - 1
    return TABLE[k] * (x[0] - KNOTS[k]) + x[1]


def by_digits(x):
    return np.sum(TABLE[np.digitize(x, KNOTS) - 1] * x)


def by_item(x):
    return x[1] * 2 if (x[0] > 0).item() else x[2]


def by_list(x):
    return sum(xi for xi, good in zip(x, (x > 0).tolist()) if good) + x[0]


def by_numpy(x):
    return np.sum(np.asarray(x > 0) * x)


def by_array(x):
    return np.sum(x[np.array(x > 0)]) + x[0]


def by_array_of_truth(x):
    return np.sum(np.array([xi > 0 for xi in x]) * x) + x[0]


def by_loop(x):
    total = x[0]
    for k in np.argsort(x):
        total = total * 0.5 + x[k]
    return total


def by_fill(x):
    counts = np.zeros(4, dtype=int)
    counts[np.argmax(x)] = 2
    return x[0] * counts[0] + x[1] * counts[1] + x[2] * counts[2]


def by_key(x):
    return x[max(range(3), key=lambda k: x[k])] * 2 + min(x, key=abs)


def by_position_in_a_list(x):
    return [x[0] * 2, x[1] ** 2, x[2] * 3][np.argmax(x)]


def by_dict(x):
    return {True: x[0] * 2, False: x[1] ** 2}[bool(x[2] > 0)]


def by_split(x):
    k = np.argmin(x)
    return np.sum(x[:k] ** 2) + np.sum(x[k:] * 3)


def by_range(x):
    return sum(x[k] * k for k in range(np.argmax(x) + 1)) + x[0]


FUNCTIONS = {
    "a truth value as a number": lambda x: x[1] * (x[0] > 0) + np.sum((x > 1) * x),
    "a sum of truth values": lambda x: x[0] * (x > 0).sum() + np.mean(x > 1) * x[1],
    "astype of truth values": lambda x: np.sum((x > 0).astype(float) * x),
    "astype to integers": lambda x: np.sum(x.astype(int) * x),
    "an index as a number": lambda x: x[0] * np.argmax(x) + x[1] * x.argmin(),
    "indices as numbers": lambda x: np.sum(np.argsort(x) * x),
    "a comparison of indices": lambda x: x[0] * 2 if np.argmax(x) == 1 else x[1],
    "a plain array by an index": lambda x: TABLE[np.argmax(x)] * x[0],
    "a plain array by an order": lambda x: np.sum(TABLE[np.argsort(x)] * x),
    "a plain array by a mask": lambda x: np.sum(TABLE[:3][x > 0]) * x[0],
    "a plain array by truth": lambda x: TABLE[:2][(x[0] > 0).astype(int)] * x[1],
    "an element by an index": lambda x: x[np.argmax(x)] ** 2 + x[np.argmin(x) - 3],
    "elements by an order": lambda x: np.sum(x[np.argsort(x)] * TABLE[:3]),
    "elements by a filled array": by_fill,
    "an interval of knots": by_search,
    "bins": by_digits,
    "a search in the input": lambda x: x[0] * np.searchsorted(np.cumsum(np.exp(x)), 2.0),
    "an item": by_item,
    "a list": by_list,
    "asarray of a mask": by_numpy,
    "array of a mask": by_array,
    "array of a list of truth values": by_array_of_truth,
    "a loop over an order": by_loop,
    "a key of max and min": by_key,
    "a position in a list": by_position_in_a_list,
    "a key of a dict": by_dict,
    "the end of a slice": by_split,
    "the end of a range": by_range,
    "count_nonzero": lambda x: x[0] * np.count_nonzero(x > 0),
    "nonzero": lambda x: np.sum(x[np.nonzero(x > 0)[0]]) + x[0],
    "where with one argument": lambda x: np.sum(x[np.where(x > 0)[0]]) + x[0],
    "flatnonzero": lambda x: np.sum(x[np.flatnonzero(x > 0)] ** 2) + x[0],
    "argwhere": lambda x: np.sum(np.argwhere(x > 0)) * x[0],
    "argpartition": lambda x: x[np.argpartition(x, 1)[1]] * 2 + x[0],
    "lexsort": lambda x: np.sum(np.lexsort((x,)) * x),
    "isclose": lambda x: np.sum(np.isclose(np.floor(x), 1.0) * x),
    "array_equal": lambda x: x[0] * np.array_equal(np.sign(x), [1, 1, 1]) + x[1],
    "allclose": lambda x: x[0] * np.allclose(np.sign(x), [1, 1, 1]) + x[1],
    "signbit": lambda x: np.sum(np.signbit(x) * x),
    "logical functions": lambda x: np.sum(np.logical_and(x > 0, np.logical_not(x > 2)) * x),
    "operators of masks": lambda x: np.sum((((x > 0) & (x < 2)) | ~(x > -2)) ^ (x > 1)) * x[0],
    "all": lambda x: x[0] * np.all(x > 0) + x[1] * np.any(x > 2) + x[2] * (x > 0).all(),
    "floor, ceil, rint, sign": lambda x: (
        x[0] * np.sum(np.floor(x) + np.ceil(x) + np.rint(x) + np.sign(x))
    ),
    "isnan, isfinite": lambda x: (
        np.sum(np.isfinite(np.where(x > 0, x, np.inf)) * x) + x[0] * np.isnan(x[1])
    ),
    "where of a mask": lambda x: np.sum(np.where(x > 0, 1.0, 2.0) * x),
    "where of indices": lambda x: x[0] * np.where(np.argmax(x) > 0, 1, 3),
    "a running maximum": lambda x: x[np.argmax(x[: 1 + np.argmax(x)])] + x[0],
    "unique": lambda x: x[0] * len(np.unique(np.sign(x))),
    "histogram": lambda x: np.sum(np.histogram(x, bins=[-5, 0, 5])[0] * x[:2]),
    "bincount": lambda x: (
        x[0] * np.bincount(np.argsort(x))[0] + x[1] * np.bincount((x > 0) * 1)[-1]
    ),
    "integer division": lambda x: x[0] * (x[1] // 1) + x[0] * np.floor_divide(x[2], 1.0),
    "divmod": lambda x: divmod(x[0], 1.0)[0] * x[1] + divmod(x[1], 0.5)[1],
}
WAY_OUT = (
    r"requires? grad|record|float\(\)|int\(\)|item\(\)|array element|detach"
    r"|Tensor' object has no attribute"
)


def by_differences(f, x):
    """The gradient of f on plain NumPy; the points are not near an edge."""
    found = np.zeros(3)
    for k in range(3):
        e = np.zeros(3)
        e[k] = 1e-6
        found[k] = (float(f(x + e)) - float(f(x - e))) / 2e-6
    return found


def away_from_edges(f, points):
    """The points at which f is smooth enough for differences to be a gradient."""
    return [x for x in points if np.all(np.abs(by_differences(f, x)) < 1e3)]


def check(f, transform, points):
    """Assert that value and gradient of a recorded function are right at each point, or refused."""
    for x in points:
        value, gradient = transform(x)
        assert value == pytest.approx(float(f(x)), rel=1e-12, abs=1e-12)
        np.testing.assert_allclose(gradient, by_differences(f, x), rtol=1e-6, atol=1e-6)


def right_or_refused(name, run):
    """Run a check; a refusal has to say what it is about."""
    error = raised(run)
    if error is not None:
        assert isinstance(error, (RuntimeError, TypeError, ValueError, AttributeError, IndexError))
        assert re.search(WAY_OUT, f"{error} {error.__cause__ or ''}"), f"{name}: {error!r}"


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_points_tell_a_frozen_value_from_a_right_one(name):
    """At some point the function is not what it would be with the integers of the first point."""
    f = FUNCTIONS[name]
    points = away_from_edges(f, POINTS)
    assert len(points) > 15
    slopes = {tuple(np.round(by_differences(f, x), 1)) for x in points}
    assert len(slopes) > 1


@pytest.mark.parametrize("name", FUNCTIONS)
def test_recorded_when_called_it_is_right_at_every_point_or_refused(name):
    f = FUNCTIONS[name]
    points, transform = away_from_edges(f, POINTS), fg.value_and_grad(fg.record(f))
    right_or_refused(name, lambda: check(f, transform, [*points, *points]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_plain_function_is_right_at_every_point_or_refused(name):
    f = FUNCTIONS[name]
    right_or_refused(name, lambda: check(f, fg.value_and_grad(f), away_from_edges(f, POINTS)[:8]))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_program_is_right_or_says_that_a_branch_has_changed(name):
    f = FUNCTIONS[name]

    def run():
        program = fg.record(f, X)
        check(f, program.value_and_grad, [X])
        for x in away_from_edges(f, POINTS):
            error = raised(lambda x=x: check(f, program.value_and_grad, [x]))
            assert error is None or isinstance(error, fg.BranchChanged), repr(error)

    right_or_refused(name, run)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_batch_is_right_in_every_row_or_refused(name):
    f = FUNCTIONS[name]
    points = np.array(away_from_edges(f, POINTS))

    def run():
        values, gradients = fg.vmap(fg.value_and_grad(fg.record(f)))(points)
        np.testing.assert_allclose(values, [float(f(x)) for x in points], rtol=1e-12, atol=1e-12)
        wanted = [by_differences(f, x) for x in points]
        np.testing.assert_allclose(gradients, wanted, rtol=1e-6, atol=1e-6)

    right_or_refused(name, run)


@pytest.mark.parametrize("index", [[0.0, 3.0], [-4.0, 0.0], [1e9, 0.0]])
def test_a_computed_index_that_leaves_the_array_is_an_index_error(index):
    def f(x, places):
        return x[places.astype(int)].sum()

    program = fg.record(f, X, np.array([0.0, -3.0]))
    with pytest.raises(IndexError, match="out of bounds"):
        program(X, np.array(index))
    with pytest.raises(IndexError, match="out of bounds"):
        fg.grad(program)(X, np.array(index))


def test_two_computed_indices_that_leave_the_array_are_an_index_error():
    def f(x, places):
        k = places.astype(int)
        return x[k, k].sum()

    program = fg.record(f, np.ones((3, 3)), np.array([0.0, 1.0]))
    with pytest.raises(IndexError, match="out of bounds"):
        program(np.ones((3, 3)), np.array([7.0, 7.0]))
