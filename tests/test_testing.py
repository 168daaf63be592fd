"""check_grads passes what is right and catches planted errors, in the mode, order and argument."""

import re

import numpy as np
import pytest

import fastgrad as fg
from fastgrad.testing import check_grads

X = np.array([0.5, 1.5, -0.8])
MODES = ["fwd", "rev"]
BOTH = [("fwd",), ("rev",), ("fwd", "rev")]


# ----- rules to plant: of x * x, and of x * y -----


def square_by_vjp(pull):
    """x * x, whose gradient is ``pull(x, g)``."""
    square = fg.custom_vjp(lambda x: x * x)
    square.defvjp(lambda x: (x * x, x), lambda x, g: (pull(x, g),))
    return square


def square_by_jvp(push):
    """x * x, whose tangent is ``push(x, t)``."""
    square = fg.custom_jvp(lambda x: x * x)
    square.defjvp(lambda primals, dots: (primals[0] * primals[0], push(primals[0], dots[0])))
    return square


def product_by_vjp(factor_x, factor_y):
    product = fg.custom_vjp(lambda x, y: x * y)
    product.defvjp(
        lambda x, y: (x * y, (x, y)),
        lambda xy, g: (factor_x * g * xy[1], factor_y * g * xy[0]),
    )
    return product


def off_at_second_order(x, g):
    """2 * x * g, whose own derivative by x is 2.002 * g."""
    return (2.002 * x - 0.002 * fg.stop_gradient(x)) * g


right = {
    "fwd": square_by_jvp(lambda x, t: 2 * x * t),
    "rev": square_by_vjp(lambda x, g: 2 * x * g),
}
off = {
    "fwd": square_by_jvp(lambda x, t: 2.002 * x * t),
    "rev": square_by_vjp(lambda x, g: 2.002 * x * g),
}
off_second = {
    "fwd": square_by_jvp(off_at_second_order),
    "rev": square_by_vjp(off_at_second_order),
}


# ----- what is right passes -----


@pytest.mark.parametrize("modes", BOTH, ids=str)
@pytest.mark.parametrize(
    ("f", "args"),
    [
        (np.sin, (0.5,)),
        (lambda x: np.exp(x) / (1.0 + x * x), (X,)),
        (lambda x, y: np.sin(x) @ y, (X, X[::-1])),
        (lambda a: np.linalg.norm(a @ a.T), (np.arange(6.0).reshape(2, 3) + 1.0,)),
        (lambda x: (x.sum(), {"p": x**3}), (X,)),
        (lambda p: p["w"] @ X + p["b"][0] ** 2, ({"w": X, "b": [0.5]},)),
        (lambda x, n, name: x**n if name == "power" else x, (X, 3, "power")),
        (lambda x, i: x[i] * 2.0, (X, np.array([2, 0]))),
        (lambda x: (np.tanh(x), np.argmax(x)), (X,)),
        (lambda x: 3.0 * x, (1e6,)),
        (lambda x: 1e6 + np.sin(x), (0.3,)),
        (lambda x: np.log(x), (1e6,)),
    ],
)
def test_right_functions_pass(f, args, modes):
    check_grads(f, args, modes=modes)


def test_right_functions_pass_to_the_fourth_order():
    check_grads(lambda x: np.tanh(x) * x, (0.4,), order=4)


def test_right_functions_pass_in_single_precision():
    check_grads(lambda x, y: np.sin(x) * y, (X.astype(np.float32), np.float32(0.3)))


@pytest.mark.parametrize("mode", MODES)
def test_right_custom_rules_pass(mode):
    check_grads(right[mode], (X,), modes=[mode])
    check_grads(lambda x: right[mode](np.sin(x)) * 2.0, (X,), modes=[mode])


@pytest.mark.parametrize("mode", MODES)
def test_a_zero_derivative_passes(mode):
    check_grads(lambda x: fg.stop_gradient(2.0) + 0.0 * x, (X,), modes=[mode])


# ----- what is wrong is caught -----


@pytest.mark.parametrize("x", [0.7, X], ids=["scalar", "array"])
@pytest.mark.parametrize("mode", MODES)
def test_a_factor_that_is_off_by_a_thousandth_is_caught(mode, x):
    with pytest.raises(AssertionError, match=rf"order 1, mode {mode}, argument 0: <w, J v>"):
        check_grads(off[mode], (x,), order=1, modes=[mode])


@pytest.mark.parametrize("mode", MODES)
def test_it_is_caught_inside_a_larger_function(mode):
    with pytest.raises(AssertionError, match="order 1"):
        check_grads(lambda x: np.sin(off[mode](np.exp(x))).sum(), (X,), modes=[mode])


@pytest.mark.parametrize("x", [0.7, X], ids=["scalar", "array"])
@pytest.mark.parametrize("mode", MODES)
def test_a_second_derivative_that_is_off_by_a_thousandth_is_caught(mode, x):
    check_grads(off_second[mode], (x,), order=1, modes=[mode])
    wanted = rf"order 2, mode {mode} over {mode}, argument 0"
    with pytest.raises(AssertionError, match=wanted):
        check_grads(off_second[mode], (x,), order=2, modes=[mode])


def test_the_wrong_argument_is_named():
    args = (X, X[::-1].copy())
    check_grads(product_by_vjp(1.0, 1.0), args, modes=["rev"])
    for factors, name in [((1.001, 1.0), "0"), ((1.0, 1.001), "1")]:
        with pytest.raises(AssertionError, match=f"mode rev, argument {name}"):
            check_grads(product_by_vjp(*factors), args, modes=["rev"])


def test_the_wrong_leaf_of_a_container_is_named():
    product = product_by_vjp(1.0, 1.001)
    f = lambda scale, p: scale * product(p["x"], p["rest"][1])
    wanted = re.escape("argument 1['rest'][1]")
    with pytest.raises(AssertionError, match=wanted):
        check_grads(f, (2.0, {"x": 0.5, "rest": [1, 0.7]}), modes=["rev"])


def test_a_cotangent_cut_out_of_the_graph_is_caught():
    forgets = square_by_vjp(lambda x, g: 2 * x * fg.stop_gradient(g))
    check_grads(forgets, (X,), order=1, modes=["rev"])
    with pytest.raises(AssertionError, match=r"order 2, .*argument cotangent of result 0"):
        check_grads(forgets, (X,), modes=["rev"])


def test_a_rule_that_adds_a_constant_is_caught():
    adds = square_by_vjp(lambda x, g: 2 * x * g + 0.01)
    with pytest.raises(AssertionError, match="order 1"):
        check_grads(adds, (X,), modes=["rev"])


def test_a_derivative_that_is_nan_is_caught():
    broken = square_by_vjp(lambda x, g: g * np.nan)
    with pytest.raises(AssertionError, match="nan by vjp"):
        check_grads(broken, (0.5,), modes=["rev"])


def test_one_wrong_element_of_many_is_caught():
    factor = np.ones(100)
    factor[37] = 1.001
    broken = square_by_vjp(lambda x, g: 2 * x * g * factor)
    with pytest.raises(AssertionError, match="argument 0"):
        check_grads(broken, (np.linspace(0.5, 1.5, 100),), modes=["rev"])


def test_a_hidden_dependence_on_the_argument_is_caught():
    """stop_gradient gives a derivative of zero where the difference sees one."""
    f = lambda x: x * fg.stop_gradient(x)
    for mode in MODES:
        with pytest.raises(AssertionError, match=f"order 1, mode {mode}"):
            check_grads(f, (X,), modes=[mode])


def test_another_value_under_the_transform_is_caught():
    other = fg.custom_vjp(lambda x: x * x)
    other.defvjp(lambda x: (x * x + 0.01, x), lambda x, g: (2 * x * g,))
    with pytest.raises(AssertionError, match=r"result 0 is .* under the transform"):
        check_grads(other, (X,), order=1, modes=["rev"])


# ----- settings -----


def test_tolerances_can_be_given():
    check_grads(off["rev"], (X,), modes=["rev"], rtol=1e-2)
    check_grads(off["rev"], (X,), modes=["rev"], atol=1.0)
    with pytest.raises(AssertionError):
        check_grads(lambda x: x**3 * 1e3, (0.5,), order=1, rtol=0.0, atol=0.0, eps=0.1)


def test_the_step_can_be_given():
    x = 1e-7  # log has no value at x - 6e-6
    with pytest.raises(AssertionError):
        check_grads(lambda x: abs(x), (x,), order=1)
    check_grads(lambda x: abs(x), (x,), order=1, eps=1e-8)


@pytest.mark.parametrize(
    ("args", "options", "error", "message"),
    [
        ((1.0,), {"modes": ("forward",)}, ValueError, 'modes are "fwd" and "rev", got .*forward'),
        ((1.0,), {"modes": ()}, ValueError, 'modes are "fwd" and "rev"'),
        ((1.0,), {"order": 0}, ValueError, "order counts derivatives from 1, got 0"),
        (1.0, {}, TypeError, "args is a tuple of all arguments, got float"),
        (X, {}, TypeError, "args is a tuple of all arguments, got ndarray"),
        ((1, "a"), {}, ValueError, "nothing to check"),
        ((np.zeros(0), np.zeros((0, 2))), {}, ValueError, "nothing to check"),
    ],
)
def test_settings_that_make_no_sense_are_refused(args, options, error, message):
    with pytest.raises(error, match=message):
        check_grads(lambda *x: x[0], args, **options)


def test_a_function_without_a_float_result_is_refused():
    for f in (lambda x: (), lambda x: x > 0, lambda x: x[:0]):
        with pytest.raises(ValueError, match="returns no float"):
            check_grads(f, (X,))


def test_arrays_without_elements_may_stand_beside_others():
    check_grads(lambda x, y: (x**2, y, np.sum(y)), (X, np.zeros(0)))


def test_a_mode_can_be_given_as_one_word():
    check_grads(np.sin, (0.5,), modes="rev")
