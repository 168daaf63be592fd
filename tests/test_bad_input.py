"""Bad input: the right exception, with the way out; nothing crashes and nothing is lost."""

import math
import operator

import numpy as np
import pytest

import fastgrad as fg


def leaf(value):
    return fg.tensor(value, requires_grad=True)


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (1j, TypeError, "real and imaginary"),
        ([1j], TypeError, "real and imaginary"),
        ("1", TypeError, "wanted numbers"),
        (b"1", TypeError, "wanted numbers"),
        (["1"], TypeError, "convert the data to numbers"),
        (None, TypeError, "wanted numbers"),
        (object(), TypeError, "can't make a Tensor"),
        ([None, 1.0], TypeError, "can't make a Tensor"),
        ([[1.0], [2.0, 3.0]], ValueError, "ragged"),
        (np.float16(1), TypeError, "float32"),
        (np.array(["2020-01-01"], "datetime64[D]"), TypeError, "can't make a Tensor"),
        (np.ma.masked_array([1.0], [True]), TypeError, "masked"),
    ],
)
def test_what_is_no_real_number_is_refused(data, error, said):
    with pytest.raises(error, match=said):
        fg.tensor(data)


def test_integers_beyond_64_bits_are_taken_as_the_dtype_that_is_asked_for():
    assert fg.tensor([2**70, 1], dtype=float).tolist() == [2.0**70, 1.0]
    with pytest.raises(TypeError, match="integer beyond 64 bits as a float"):
        fg.tensor([2**70])
    with pytest.raises(OverflowError):
        fg.tensor([2**70], dtype=int)
    with pytest.raises(OverflowError):
        fg.tensor([10**400], dtype=float)


@pytest.mark.parametrize(
    ("use", "error", "said"),
    [
        (lambda: fg.tensor(leaf(1.0)), RuntimeError, "out of its graph"),
        (lambda: fg.from_numpy([1.0]), TypeError, "expected np.ndarray"),
        (lambda: fg.from_numpy(np.zeros(2, ">f8")), TypeError, "byte order"),
        (lambda: fg.argsort([1.0], order="x"), ValueError, "no fields"),
        (lambda: fg.gelu([1.0], approximate="x"), ValueError, "neither 'none' nor 'tanh'"),
        (lambda: fg.huber_loss([1.0], [0.0], delta=0.0), ValueError, "non-positive"),
        (lambda: fg.smooth_l1_loss([1.0], [0.0], beta=-1.0), ValueError, "negative values"),
        (lambda: fg.smooth_l1_loss([1.0], [0.0], beta=np.nan), ValueError, "nan"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(use, error, said):
    with pytest.raises(error, match=said):
        use()


def test_a_view_that_becomes_a_leaf_has_a_gradient_of_its_own():
    base = fg.tensor([1.0, 2.0, 3.0])
    view = base[1:].requires_grad_()
    (view**2).sum().backward()
    assert view.is_leaf and view.grad.tolist() == [4.0, 6.0]
    assert base.grad is None
    base[1] = 5.0  # the memory is still one
    assert view.tolist() == [5.0, 3.0]


def test_integers_cannot_require_a_gradient_but_a_python_int_becomes_a_float():
    with pytest.raises(RuntimeError, match="Only Tensors of floating point"):
        fg.tensor([1, 2], requires_grad=True)
    assert fg.tensor(3, requires_grad=True).dtype == np.float64
    assert fg.tensor(3).dtype.kind == "i"


@pytest.mark.parametrize(
    "use",
    [float, int, complex, math.sin, np.asarray, lambda t: t.numpy(), lambda t: np.array([t, t])],
)
def test_nothing_detaches_silently(use):
    t = leaf(2.0)
    with pytest.raises(RuntimeError, match=r"requires grad"):
        use(t * 1)
    assert use(t.detach()) is not None


@pytest.mark.parametrize("op", [operator.add, operator.mul, operator.pow, operator.matmul])
@pytest.mark.parametrize("other", ["1", None, {}, {1}, object()])
@pytest.mark.parametrize("value", [2.0, [1.0, 2.0]])
def test_an_operator_refuses_what_is_no_number(op, other, value):
    t = leaf(value)
    with pytest.raises(TypeError):
        op(t, other)
    with pytest.raises(TypeError):
        op(other, t)


def test_another_type_may_take_over_an_operator():
    class Other:
        def __radd__(self, left):
            return "taken"

    assert leaf(1.0) + Other() == "taken"


def test_shapes_that_do_not_broadcast_are_named():
    with pytest.raises(ValueError, match=r"\(3,\).*\(2,\).*reshape"):
        leaf([1.0, 2.0, 3.0]) * leaf([1.0, 2.0])
    with pytest.raises(ValueError, match=r"\(2,\)"):
        fg.tensor([1.0, 2.0]) + np.ones((3, 3))


@pytest.mark.parametrize("key", [3, -4, (0, 0), 1.5, "a", [5], fg.tensor([0.5]), [True, False]])
def test_a_wrong_index_is_an_index_error(key):
    t = leaf([1.0, 2.0, 3.0])
    with pytest.raises(IndexError):
        t[key]
    with pytest.raises(IndexError), fg.no_grad():
        t[key] = 0.0
    assert t.tolist() == [1.0, 2.0, 3.0]


def test_a_scalar_is_no_sequence():
    t = leaf(1.0)
    for use in (len, iter, list):
        with pytest.raises(TypeError, match="0-d"):
            use(t)
    with pytest.raises(TypeError, match=r"made by fastgrad.tensor"):
        fg.Tensor([1.0])


def test_the_truth_of_an_array_is_ambiguous():
    with pytest.raises(ValueError, match="ambiguous"):
        bool(leaf([1.0, 2.0]))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_follow_ieee(value):
    x = leaf(value)
    y = x * x
    y.backward()
    np.testing.assert_equal(x.grad.item(), 2 * value)
    np.testing.assert_equal(y.item(), value * value)


@pytest.mark.parametrize(
    "array",
    [
        np.arange(6.0).reshape(2, 3).T,
        np.arange(6.0)[::-2],
        np.asfortranarray(np.ones((2, 3))),
        np.frombuffer(b"x" + np.arange(3.0).tobytes(), np.uint8)[1:].view(np.float64),
        np.arange(3.0).astype(">f8"),
        np.zeros((0, 3)),
        np.broadcast_to(2.0, (2, 2)),
    ],
    ids=["transposed", "reversed", "Fortran", "misaligned", "swapped", "empty", "stride 0"],
)
def test_any_layout_of_memory_gives_the_same_numbers(array):
    x = fg.tensor(array, requires_grad=True)
    (x * x * 3.0).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), 6.0 * array)
    shared = fg.as_tensor(array)
    np.testing.assert_array_equal((shared * 2.0).numpy(), 2.0 * array)


def test_backward_from_what_has_no_graph_says_why():
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        fg.tensor(1.0).backward()
    with pytest.raises(RuntimeError, match="only for scalar outputs"):
        (leaf([1.0, 2.0]) * 2).backward()
    with pytest.raises(RuntimeError, match="shape"):
        (leaf([1.0, 2.0]) * 2).backward(fg.ones(3))
