"""Calls that do not fit what was recorded: tangents, cotangents, batches, other arguments."""

import numpy as np
import pytest

import fastgrad as fg

X = np.array([0.5, 1.5, 2.5])
CLEAR = (TypeError, ValueError)


def square(x):
    return np.sum(x**2)


# ----- tangents, cotangents, batches -----

TANGENTS = [
    (X, X[:2]),
    (X, X[None]),
    (X, 1.0),
    (2.0, X),
    (X, [1.0, 2.0]),
    (X, None),
    (X, "tangent"),
    ((X, X), (X,)),
    ({"a": X}, {"b": X}),
    ({"a": X}, X),
    ([X, X], (X, X[:1])),
]


@pytest.mark.parametrize("k", range(len(TANGENTS)))
def test_a_tangent_of_another_shape_or_structure_is_refused(k):
    primal, tangent = TANGENTS[k]
    with pytest.raises(CLEAR, match=r"tangent|shape|has to be|structure"):
        fg.jvp(lambda x: x, (primal,), (tangent,))


def test_the_number_of_tangents_is_that_of_primals():
    with pytest.raises(CLEAR, match=r"tangent|shape|has to be|structure"):
        fg.jvp(square, (X,), (X, X))
    with pytest.raises(CLEAR, match=r"tangent|shape|has to be|structure"):
        fg.jvp(square, (X,), ())
    with pytest.raises(CLEAR, match=r"tuple|list"):
        fg.jvp(square, X, X)
    with pytest.raises(CLEAR):
        fg.hvp(square, (X,), (X[:2],))


@pytest.mark.parametrize("cotangent", [X[:2], X[None], 1.0, None, "w", (X,), {"a": X}])
def test_a_cotangent_of_another_shape_or_structure_is_refused(cotangent):
    _, pull = fg.vjp(lambda x: x * 2, X)
    with pytest.raises(CLEAR):
        pull(cotangent)
    with pytest.raises(CLEAR):
        fg.record(lambda x: x * 2, X).vjp(X, cotangent)


BATCHES = [
    ({"in_axes": 0}, (2.0, X)),  # a number has no axis
    ({"in_axes": 1}, (X, X)),
    ({"in_axes": (0,)}, (X, X)),
    ({"in_axes": (0, 0, 0)}, (X, X)),
    ({"in_axes": (None, None)}, (X, X)),
    ({"in_axes": (0, 0)}, (X, X[:2])),  # different numbers of points
    ({"in_axes": (0, -2)}, (X, X)),
    ({"in_axes": "0"}, (X, X)),
    ({"in_axes": 0.5}, (X, X)),
    ({"in_axes": ({"a": 0}, 0)}, (X, X)),
    ({"out_axes": 1}, (X, X)),
    ({"out_axes": (0, 0)}, (X, X)),
    ({"out_axes": "last"}, (X, X)),
    ({"threads": -1}, (X, X)),
    ({"threads": "all"}, (X, X)),
]


@pytest.mark.parametrize("k", range(len(BATCHES)))
def test_axes_that_do_not_fit_are_refused_by_name(k):
    options, args = BATCHES[k]
    with pytest.raises((TypeError, ValueError, IndexError), match=r"axes|axis|points|size|threads"):
        fg.vmap(lambda x, y: x * y, **options)(*args)


# ----- another call than the example -----

OTHERS = {
    "shape": (X[:2], 2.0),
    "axes": (X[None], 2.0),
    "array for number": (X, X),
    "number for array": (1.0, 2.0),
    "structure": ([X], 2.0),
    "too few": (X,),
    "too many": (X, 2.0, 3.0),
    "none": (None, 2.0),
    "text": (X, "2.0"),
    "complex": (X, 2j),
    "complex array": (X * 1j, 2.0),
    "objects": (np.array([1.0, None, 2.0]), 2.0),
}


@pytest.mark.parametrize("name", OTHERS)
def test_a_program_refuses_arguments_unlike_its_example(name):
    program = fg.record(lambda x, a: square(x) * a, X, 2.0)
    for call in (program, program.value_and_grad, program.grad, fg.grad(program)):
        with pytest.raises(CLEAR) as caught:
            call(*OTHERS[name])
        assert len(str(caught.value)) > 15
    assert program(X, 2.0) == pytest.approx(2 * square(X), rel=1e-14)


def test_the_refusal_says_what_came_and_what_was_recorded():
    with pytest.raises(CLEAR, match=r"\(2,\)[^$]*\(3,\)|\(3,\)[^$]*\(2,\)"):
        fg.record(square, X).grad(X[:2])


def test_another_layout_or_byte_order_is_as_good():
    program = fg.record(square, X)
    for x in (X[::-1], np.repeat(X, 2)[::2], X.astype(">f8"), np.asfortranarray(X), list(X)):
        try:
            found = program.grad(x)
        except CLEAR:
            assert type(x) is list  # another structure: refused or read as an array
            continue
        np.testing.assert_array_equal(found, 2 * np.asarray(x, float))


@pytest.mark.parametrize("out", [np.zeros(2), np.zeros(3, int), np.zeros((3, 1)), [0.0] * 3, "out"])
def test_a_buffer_that_does_not_fit_is_refused(out):
    program = fg.record(square, X)
    with pytest.raises(CLEAR, match="out"):
        program.value_and_grad(X, out=out)
    with pytest.raises(CLEAR):
        program.bind(X.copy(), out=out)


def test_a_read_only_buffer_is_not_written_to():
    out = np.zeros(3)
    out.flags.writeable = False
    program = fg.record(square, X)
    with pytest.raises(CLEAR):
        program.value_and_grad(X, out=out)
    np.testing.assert_array_equal(out, 0.0)


@pytest.mark.parametrize("what", ["gradients", "", None, 3])
def test_a_batch_knows_what_it_can_compute(what):
    with pytest.raises(CLEAR, match="what"):
        fg.record(square, X).batch(X[None], what=what)


@pytest.mark.parametrize("points", [X, np.ones((2, 2)), np.ones((2, 3, 1)), 1.0, None])
def test_a_batch_has_one_row_a_point(points):
    with pytest.raises(CLEAR):
        fg.record(square, X).batch(points)


def test_a_good_call_does_not_open_the_way_for_a_wrong_one():
    pairs = fg.record(lambda xs: xs[0] * xs[1], [1.0, 2.0])
    assert pairs([2.0, 3.0]) == 6.0
    static = fg.record(lambda x, n: x**n, 2.0, 3)
    assert static(2.0, 3) == 8.0
    keyword = fg.record(lambda x, y: x - y, 1.0, y=2.0)
    assert keyword(5.0, y=3.0) == 2.0
    for program, args in ((pairs, (2.0, 3.0)), (static, (2.0,)), (keyword, (5.0, 3.0))):
        for call in (program, program.value_and_grad, fg.grad(program)):
            with pytest.raises(CLEAR):
                call(*args)
