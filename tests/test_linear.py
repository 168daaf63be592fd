"""Products of vectors and matrices, and norms: values as NumPy, derivatives right also at zero."""

import math

import numpy as np
import pytest
from differences import check_derivatives, check_linear, gradient, gradients, layouts, tracked

import fastgrad as fg

RNG = np.random.default_rng(0)


def arrays(*shapes):
    return [RNG.standard_normal(shape) for shape in shapes]


MATMUL = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (3, 4)),
    ((2, 3), (3, 4)),
    ((5, 2, 3), (3,)),
    ((3,), (5, 3, 2)),
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (5, 3, 4)),
    ((5, 1, 2, 3), (4, 3, 1)),
    ((1, 2, 3), (5, 3, 2)),
    ((2, 0), (0, 3)),
    ((0, 3), (3, 2)),
    ((0,), (0,)),
    ((0, 2, 3), (3, 1)),
]
DOT = [
    *MATMUL[:5],
    ((5, 2, 3), (3, 4)),
    ((2, 3), (5, 3, 4)),
    ((5, 2, 3), (6, 3, 4)),
    ((), (3,)),
    ((2, 3), ()),
    ((2, 0), (4, 0, 3)),
    ((0,), (0,)),
]
INNER = [
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((3,), (2, 3)),
    ((2, 3), (4, 3)),
    ((5, 2, 3), (4, 3)),
    ((), (2, 3)),
    ((2, 0), (3, 0)),
]
OUTER = [((3,), (4,)), ((2, 3), (4,)), ((), (3,)), ((0,), (3,))]
VDOT = [((3,), (3,)), ((2, 3), (3, 2)), ((), ()), ((0,), (0,))]
PRODUCTS = [
    (name, shapes)
    for name, cases in dict(matmul=MATMUL, dot=DOT, inner=INNER, outer=OUTER, vdot=VDOT).items()
    for shapes in cases
]


@pytest.mark.parametrize(("name", "shapes"), PRODUCTS)
def test_a_product_is_that_of_numpy(name, shapes):
    a, b = arrays(*shapes)
    wanted = getattr(np, name)(a, b)
    for left, right in zip(layouts(a), reversed(layouts(b))):
        ours = getattr(fg, name)(left, right)
        assert ours.shape == wanted.shape
        np.testing.assert_allclose(ours.numpy(), wanted, rtol=0, atol=1e-14)  # 3 terms of about 1


@pytest.mark.parametrize(("name", "shapes"), PRODUCTS)
def test_a_product_is_linear_in_each_operand_with_the_right_adjoint(name, shapes):
    a, b = arrays(*shapes)
    product = getattr(fg, name)
    check_linear(lambda x: product(x, b), a)
    check_linear(lambda y: product(a, y), b)
    check_linear(lambda x: product(x, b.astype(np.float32)), a.astype(np.float32))


@pytest.mark.parametrize(("name", "shapes"), PRODUCTS)
def test_derivatives_of_a_product_are_right_up_to_the_third(name, shapes):
    check_derivatives(lambda x, y: getattr(fg, name)(x, y) ** 2, *arrays(*shapes), order=3)


def test_methods_and_the_operator_are_the_same_products():
    a, b = arrays((2, 3), (3, 2))
    x = fg.as_tensor(a)
    for ours in (x @ b, x.dot(b), x.matmul(b), a @ fg.as_tensor(b)):
        np.testing.assert_allclose(ours.numpy(), a @ b, rtol=0, atol=1e-14)


def test_a_matrix_times_itself_gets_both_gradients():
    (a,) = arrays((3, 3))
    ones = np.ones((3, 3))
    np.testing.assert_allclose(gradient(lambda x: x @ x, a), ones @ a.T + a.T @ ones, atol=1e-14)


def test_two_dtypes_multiply_in_the_wider_and_get_gradients_in_their_own():
    a, b = arrays((2, 3), (3, 2))
    a = a.astype(np.float32)
    assert fg.matmul(a, b).dtype == np.float64
    assert [g.dtype for g in gradients(fg.matmul, a, b)] == [np.float32, np.float64]
    xs = [tracked(a), tracked(b)]
    recorded = fg.autograd.grad(fg.matmul(*xs).sum(), xs, create_graph=True)
    assert [g.dtype for g in recorded] == [np.float32, np.float64]


def test_integers_multiply_as_in_numpy():
    a = np.arange(6).reshape(2, 3)
    for ours, wanted in ((fg.matmul(a, a.T), a @ a.T), (fg.inner(a, a), np.inner(a, a))):
        assert ours.dtype == wanted.dtype
        np.testing.assert_array_equal(ours.numpy(), wanted)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (
            lambda: fg.matmul(np.ones((2, 3)), np.ones((2, 3))),
            r"\(2, 3\) and \(2, 3\) do not match",
        ),
        (lambda: fg.matmul(np.ones(3), np.ones(2)), r"has length 3, axis 0 of the second 2"),
        (lambda: fg.matmul(2.0, np.ones(2)), r"use \*"),
        (lambda: fg.matmul(np.ones(2), 2.0), r"use \*"),
        (lambda: fg.matmul(np.ones((2, 2, 2)), np.ones((3, 2, 2))), "broadcast"),
        (lambda: fg.dot(np.ones((2, 3)), np.ones((2, 3))), "dot: shapes"),
        (lambda: fg.dot(np.ones((1, 2, 3)), np.ones((4, 2, 3))), "dot: shapes"),
        (lambda: fg.inner(np.ones(3), np.ones((3, 2))), "inner: shapes"),
        (lambda: fg.vdot(np.ones(3), np.ones((2, 2))), "vdot: shapes"),
    ],
)
def test_lengths_that_do_not_match_are_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()


# ----- norms -----

NORMS = [
    *[((4,), ord, axis) for ord in (None, 1, 2, np.inf, -np.inf) for axis in (None, 0, (0,))],
    *[((3, 4), ord, None) for ord in (None, "fro", 1, -1, np.inf, -np.inf)],
    *[((2, 3, 4), ord, axis) for ord in (None, 1, 2, np.inf, -np.inf) for axis in (0, -1)],
    *[((2, 3, 4), ord, axis) for ord in (None, "fro", 1, -1, np.inf) for axis in ((0, 1), (2, 0))],
    ((2, 3, 4), None, None),
    ((), None, None),
]


@pytest.mark.parametrize(("shape", "ord", "axis"), NORMS)
@pytest.mark.parametrize("keepdims", [False, True])
def test_a_norm_is_that_of_numpy(shape, ord, axis, keepdims):
    (x,) = arrays(shape)
    wanted = np.linalg.norm(x, ord=ord, axis=axis, keepdims=keepdims)
    for laid in layouts(x):
        ours = fg.norm(laid, ord=ord, axis=axis, keepdims=keepdims)
        assert ours.shape == np.shape(wanted)
        np.testing.assert_allclose(ours.numpy(), wanted, rtol=1e-15 * x.size)
        assert fg.as_tensor(laid.astype(np.float32)).norm(ord, axis, keepdims).dtype == np.float32


@pytest.mark.parametrize(("shape", "ord", "axis"), NORMS)
def test_derivatives_of_a_norm_are_right_up_to_the_third(shape, ord, axis):
    check_derivatives(lambda x: fg.norm(x, ord, axis) ** 2, *arrays(shape), order=3)


def test_a_norm_takes_torchs_names_and_integers():
    x = np.array([[3, 4], [6, 8]])
    assert fg.norm(x, dim=1, keepdim=True).tolist() == [[5.0], [10.0]]


@pytest.mark.parametrize("ord", [None, 1, 2, np.inf])
@pytest.mark.parametrize("shape", [(3,), (1,), ()])
def test_the_derivatives_of_a_norm_at_zero_are_zero(ord, shape):
    if shape == () and ord is not None:
        pytest.skip("a number has no axis for a norm of that order")
    t = tracked(np.zeros(shape))
    y = fg.norm(t, ord)
    assert y.item() == 0
    for _ in range(3 if ord in (None, 2) else 1):
        (g,) = fg.autograd.grad(y, t, create_graph=True)
        np.testing.assert_array_equal(g.detach().numpy(), np.zeros(shape))
        y = (g * g).sum() + g.sum()


def test_a_zero_row_leaves_the_gradients_of_the_others_right():
    x = np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 2.0]])
    np.testing.assert_array_equal(
        gradient(lambda t: fg.norm(t, axis=1), x), [[0.6, 0.8], [0, 0], [0, 1]]
    )
    t = tracked(x)
    (g,) = fg.autograd.grad(fg.norm(t, axis=1).sum(), t, create_graph=True)
    (h,) = fg.autograd.grad(g[:, 0].sum(), t)  # (1 - (x0 / r)**2) / r and -x0 x1 / r**3
    np.testing.assert_allclose(
        h.numpy(), [[0.128, -0.096], [0, 0], [0.5, 0]], rtol=1e-14, atol=1e-16
    )


@pytest.mark.parametrize("scale", [1e-300, 1e-170, 1e170, 1e300])
def test_a_norm_neither_overflows_nor_vanishes_before_its_result_does(scale):
    x = scale * np.array([3.0, -4.0])
    assert math.isclose(fg.norm(x).item(), 5 * scale, rel_tol=1e-15)
    np.testing.assert_allclose(gradient(fg.norm, x), [0.6, -0.8], rtol=1e-15)
    assert math.isclose(fg.std(np.array([0.0, 2 * scale])).item(), scale, rel_tol=1e-15)


def test_a_row_that_is_not_used_leaves_no_nan_in_the_gradient():
    x = np.array([[3.0, 4.0], [0.0, np.inf], [np.nan, 1.0]])
    used = np.array([True, False, False])
    found = gradient(lambda t: fg.where(used, fg.norm(t, axis=1), 0.0), x)
    np.testing.assert_array_equal(found, [[0.6, 0.8], [0, 0], [0, 0]])


def test_a_norm_of_infinities_and_nan_follows_ieee():
    assert fg.norm([1.0, -np.inf]).item() == np.inf
    assert math.isnan(fg.norm([1.0, np.nan]).item())


def test_the_norm_of_nothing_is_zero():
    for shape, axis in [((0,), None), ((0, 3), 0), ((3, 0), 1)]:
        np.testing.assert_array_equal(
            fg.norm(np.zeros(shape), axis=axis).numpy(), np.linalg.norm(np.zeros(shape), axis=axis)
        )
    assert gradient(fg.norm, np.zeros(0)).shape == (0,)


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: fg.norm(np.ones(3), "fro"), ValueError, "for vectors"),
        (lambda: fg.norm(np.ones((2, 2)), "max"), ValueError, "for matrices"),
        (lambda: fg.norm(np.ones((2, 2)), 3), ValueError, "for matrices"),
        (lambda: fg.norm(np.ones((2, 2, 2)), 1), ValueError, "improper number of dimensions"),
        (lambda: fg.norm(np.ones((2, 2)), axis=2), IndexError, "out of bounds"),
        (lambda: fg.norm(np.ones((2, 2)), axis=(0, 0)), ValueError, "twice"),
    ],
)
def test_a_norm_that_does_not_exist_is_refused_with_the_way_out(call, error, said):
    with pytest.raises(error, match=said):
        call()


@pytest.mark.parametrize("order", [0, 0.5, 3, -1, -2.5])
def test_a_norm_of_any_order_is_that_of_numpy(order):
    x = np.array([[1.5, -2.0, 0.5], [3.0, 1.0, -4.0]])
    np.testing.assert_allclose(
        fg.norm(x, order, axis=1).numpy(), np.linalg.norm(x, order, axis=1), rtol=1e-14
    )
    t = fg.tensor(x, requires_grad=True)
    if order:
        assert fg.autograd.gradcheck(lambda t: fg.norm(t, order, axis=1), t)


def test_a_norm_of_order_three_has_gradient_zero_at_zero():
    t = fg.zeros(3, requires_grad=True)
    fg.norm(t, 3).backward()
    assert t.grad.tolist() == [0.0, 0.0, 0.0]
