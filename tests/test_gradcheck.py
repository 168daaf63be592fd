"""The checkers: they pass what is right and catch wrong rules; detect_anomaly finds the line."""

import sys

import numpy as np
import pytest

import fastgrad as fg
from fastgrad._recording import Structural
from fastgrad.autograd import detect_anomaly, gradcheck, gradgradcheck

POINT = [0.5, 1.5, -0.8]


def leaf(value=POINT):
    return fg.tensor(value, requires_grad=True)


def square_with(name, vjp):
    """An op x * x with a rule of its own."""
    return Structural(name, value=lambda x: x * x, vjp=(vjp,), reads=(0,))


right = square_with("right", lambda g, out, x: 2 * x * g)
off_by_a_thousandth = square_with("off", lambda g, out, x: 2.002 * x * g)
wrong_sign = square_with("sign", lambda g, out, x: -2 * x * g)
no_gradient = Structural("none", value=lambda x: x * x, vjp=(None,))
# The value of its rule is right; the rule's own derivative is off by a thousandth.
wrong_at_second_order = square_with(
    "second", lambda g, out, x: (2.002 * x - 0.002 * x.detach()) * g
)
forgets_the_seed = square_with("seed", lambda g, out, x: 2 * x * g.detach())
adds_a_constant = square_with("constant", lambda g, out, x: 2 * x * g + 0.01)


def test_both_pass_a_right_rule():
    assert gradcheck(right, leaf())
    assert gradgradcheck(right, leaf())


@pytest.mark.parametrize(
    "op", [off_by_a_thousandth, wrong_sign, no_gradient, adds_a_constant], ids=lambda op: op.name
)
def test_gradcheck_catches_a_wrong_rule(op):
    options = {"rtol": 1e-4}  # the difference itself is good to ten digits here
    with pytest.raises(
        RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"
    ):
        gradcheck(op, leaf(), **options)
    assert gradcheck(op, leaf(), raise_exception=False, **options) is False


@pytest.mark.parametrize(
    "op", [wrong_at_second_order, forgets_the_seed, off_by_a_thousandth], ids=lambda op: op.name
)
def test_gradgradcheck_catches_a_rule_that_is_wrong_only_at_second_order(op):
    if op is not off_by_a_thousandth:
        assert gradcheck(op, leaf(), rtol=1e-6)
        with pytest.raises(RuntimeError, match="Jacobian mismatch"):
            gradgradcheck(op, leaf(), rtol=1e-4)
        assert gradgradcheck(op, leaf(), raise_exception=False, rtol=1e-4) is False
    else:  # consistently wrong: its derivative is that of its rule, so this is gradcheck's business
        assert gradgradcheck(op, leaf(), rtol=1e-4)


def test_the_default_tolerance_catches_two_thousandths():
    doubled = square_with("doubled", lambda g, out, x: 2.004 * x * g)
    assert not gradcheck(doubled, leaf(), raise_exception=False)


def test_one_wrong_element_of_many_is_caught():
    bump = np.zeros(50)
    bump[37] = 0.01
    op = square_with("element", lambda g, out, x: (2 + bump) * x * g)
    x = leaf(np.linspace(1, 2, 50))
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        gradcheck(op, x)


def test_every_output_and_every_input_is_checked():
    x, y = leaf(), leaf([1.0, 2.0, 3.0])
    with pytest.raises(RuntimeError, match="output 1 with respect to input 1"):
        gradcheck(lambda x, y: (x * y, x * wrong_sign(y)), (x, y))
    assert gradcheck(lambda x, y: (x * y, x * wrong_sign(y)), (x, y.detach()))


def test_a_detached_part_is_caught():
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        gradcheck(lambda x: x * x.detach(), leaf())
    with pytest.raises(RuntimeError, match="Jacobian mismatch"):
        gradcheck(lambda x: x.detach() * 2, leaf())
    assert gradgradcheck(lambda x: fg.tensor(1.0), leaf())


def test_a_rule_that_gives_another_shape_says_so():
    op = Structural("bad", value=lambda x: x * x, vjp=(lambda g, out, x: g.sum(),))
    with pytest.raises(
        RuntimeError, match=r"rule of bad gave a cotangent of shape \(\) for operand 0"
    ):
        op(leaf()).sum().backward()


def test_scalars_matrices_and_several_inputs_pass():
    a, b = leaf(0.7), leaf([[1.0, 2.0], [0.5, -1.0]])
    seed = fg.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert gradgradcheck(lambda a, b: a * b, (a, b), seed)
    assert not seed.requires_grad
    for f in (lambda a, b: fg.sin(a) * b @ b, lambda a, b: (a * a, b.sum() * a, b[0, 0] ** 3)):
        assert gradcheck(f, (a, b))
        assert gradgradcheck(f, (a, b))


def test_a_function_that_changes_in_place_passes():
    def f(x):
        y = x.clone()
        y[1:] *= x[0]
        y **= 2
        return y

    assert gradcheck(f, leaf([0.5, 1.5, 0.8]))
    assert gradgradcheck(f, leaf([0.5, 1.5, 0.8]))


def test_checks_leave_inputs_gradients_and_mode_alone():
    x = leaf()
    with fg.no_grad():
        assert gradcheck(right, x)
        assert gradgradcheck(right, x)
        assert not fg.is_grad_enabled()
    assert x.grad is None
    assert x.tolist() == POINT


@pytest.mark.parametrize("check", [gradcheck, gradgradcheck])
@pytest.mark.parametrize(
    ("f", "inputs", "error", "said"),
    [
        (right, fg.tensor(POINT), ValueError, "at least one input tensor to require gradient"),
        (lambda x: 3.0, leaf(), TypeError, "function that returns Tensors, got float"),
        (lambda x: (x, None), leaf(), TypeError, "function that returns Tensors, got NoneType"),
    ],
)
def test_what_cannot_be_checked_is_refused(check, f, inputs, error, said):
    with pytest.raises(error, match=said):
        check(f, inputs)


# ----- detect_anomaly -----


def here():
    """The number of the line from which this is called."""
    return sys._getframe(1).f_lineno


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_detect_anomaly_names_op_file_and_line(value):
    x = leaf(value)
    with detect_anomaly():
        y = x * 0
        z = y / y
        line = here() - 1
        with pytest.raises(
            RuntimeError, match="Function 'DivBackward' returned nan values"
        ) as caught:
            fg.sum(z * 3 + x).backward()
    assert f"{__file__}:{line}" in str(caught.value)
    assert x.grad is None


def test_detect_anomaly_names_the_structural_op_whose_rule_gives_nan():
    bad = Structural("bad", value=lambda x: x * x, vjp=(lambda g, out, x: g * np.nan,))
    x = leaf()
    with detect_anomaly():
        y = bad(x)
        line = here() - 1
        with pytest.raises(RuntimeError, match="Function 'BadBackward' returned nan") as caught:
            y.sum().backward()
    assert f"{__file__}:{line}" in str(caught.value)


def test_detect_anomaly_blames_no_op_for_a_nan_that_comes_from_elsewhere():
    x = leaf([2.0, 3.0])
    with detect_anomaly():
        (x * 2).backward(fg.tensor([np.nan, 1.0]))
    np.testing.assert_array_equal(x.grad, [np.nan, 2])


def test_detect_anomaly_lets_what_is_finite_or_infinite_pass():
    x = leaf([0.0, 4.0])
    with detect_anomaly():
        fg.sqrt(x).sum().backward()
    np.testing.assert_array_equal(x.grad, [np.inf, 0.25])


def test_detect_anomaly_may_remember_lines_alone():
    x = leaf(0.0)
    with detect_anomaly(check_nan=False):
        (x / x).backward()
    assert np.isnan(x.grad.item())


def test_detect_anomaly_ends_with_its_block_also_by_an_exception():
    x = leaf(0.0)
    with detect_anomaly():
        with detect_anomaly(check_nan=False):
            pass
        with pytest.raises(RuntimeError, match="returned nan values"):
            (x / x).backward()
    with pytest.raises(ZeroDivisionError), detect_anomaly():
        1 / 0
    (x / x).backward()
    assert np.isnan(x.grad.item())


def test_a_graph_recorded_before_detect_anomaly_is_checked_without_its_line():
    x = leaf(0.0)
    y = x / x
    with (
        detect_anomaly(),
        pytest.raises(RuntimeError, match="'DivBackward' returned nan values") as caught,
    ):
        y.backward()
    assert "recorded at" not in str(caught.value)
