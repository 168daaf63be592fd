"""Gradients of gradients: the sweep records itself, to any order."""

import itertools
import math

import numpy as np
import pytest

import fastgrad as fg


def leaf(value):
    return fg.tensor(value, requires_grad=True)


def derivative(y, x):
    """The next derivative of the sum of y, recorded."""
    (g,) = fg.autograd.grad(fg.sum(y), x, create_graph=True)
    return g


def derivatives(f, x, n):
    """The derivatives of f at x from the first to the n-th; elementwise if x is an array."""
    x = leaf(x)
    y, found = f(x), []
    for _ in range(n):
        y = derivative(y, x)
        found.append(y.tolist())
    return found


# The n-th derivative of each, in closed form.
KNOWN = {
    "exp": (lambda x: fg.exp(2 * x), lambda x, n: 2**n * math.exp(2 * x)),
    "sin": (fg.sin, lambda x, n: math.sin(x + n * math.pi / 2)),
    "cos": (fg.cos, lambda x, n: math.cos(x + n * math.pi / 2)),
    "log": (fg.log, lambda x, n: -math.factorial(n - 1) * (-1 / x) ** n),
    "reciprocal": (lambda x: 1 / x, lambda x, n: math.factorial(n) * (-1 / x) ** n / x),
    "power": (lambda x: x**5, lambda x, n: math.perm(5, n) * x ** (5 - n)),
    "root": (fg.sqrt, lambda x, n: math.prod(0.5 - k for k in range(n)) * x ** (0.5 - n)),
    "products": (lambda x: x * x * x * x, lambda x, n: math.perm(4, n) * x ** (4 - n)),
    "quotient": (lambda x: x / (x * x), lambda x, n: math.factorial(n) * (-1 / x) ** n / x),
    "sinh": (fg.sinh, lambda x, n: math.cosh(x) if n % 2 else math.sinh(x)),
    "x exp(x)": (lambda x: x * fg.exp(x), lambda x, n: (x + n) * math.exp(x)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_derivatives_of_scalars_are_right_to_order_4(name):
    f, known = KNOWN[name]
    for n, found in enumerate(derivatives(f, 1.3, 4), 1):
        assert found == pytest.approx(known(1.3, n), rel=1e-13)  # some dozen roundings


@pytest.mark.parametrize("name", KNOWN)
def test_derivatives_of_arrays_are_those_of_their_elements(name):
    f, known = KNOWN[name]
    points = [[0.4, 1.3], [2.0, 0.7]]
    for n, found in enumerate(derivatives(f, points, 4), 1):
        wanted = [[known(x, n) for x in row] for row in points]
        np.testing.assert_allclose(found, wanted, rtol=1e-13)


def test_a_product_of_scalar_and_array_has_mixed_derivatives():
    a, v = leaf(1.5), leaf([2.0, -3.0])
    y = (fg.exp(a * v) * v).sum()
    by_a = derivative(y, a)
    by_a_v = derivative(by_a, v)
    by_a_v_a = derivative(by_a_v, a)
    e, u = np.exp(1.5 * v.detach().numpy()), v.detach().numpy()
    assert by_a.item() == pytest.approx((e * u**2).sum(), rel=1e-14)
    np.testing.assert_allclose(by_a_v.detach(), e * (2 * u + 1.5 * u**2), rtol=1e-14)
    # of sum_i e_i (2 u_i + a u_i^2) by a: each term u_i e_i (2 u_i + a u_i^2) + e_i u_i^2
    wanted = (e * u * (2 * u + 1.5 * u**2) + e * u**2).sum()
    assert by_a_v_a.item() == pytest.approx(wanted, rel=1e-14)


def test_mixed_derivatives_do_not_depend_on_their_order():
    x, y = leaf(0.7), leaf(1.9)
    z = fg.sin(x * y) / (x + y**2) + fg.hypot(x, y)
    xy, yx = derivative(derivative(z, x), y), derivative(derivative(z, y), x)
    assert xy.item() == pytest.approx(yx.item(), rel=1e-14)
    xyx, yxx = derivative(xy, x), derivative(derivative(derivative(z, x), x), y)
    assert xyx.item() == pytest.approx(yxx.item(), rel=1e-12)


# ----- through structure -----


def third_of_cubes(f, x):
    """The third derivative along (1, ..., 1) of the sum of cubes of f, for f that is linear."""
    x = leaf(x)
    y = (f(x) ** 3).sum()
    for _ in range(3):
        y = fg.autograd.grad(y, x, create_graph=True)[0].sum()
    return y.item()


@pytest.mark.parametrize(
    ("f", "wanted"),
    [
        (lambda x: x[1], 6.0),
        (lambda x: x[1:], 12.0),
        (lambda x: x[::-1], 18.0),
        (lambda x: x[np.array([0, 0, 2])], 18.0),
        (lambda x: x[np.array([True, False, True])], 12.0),
        (lambda x: fg.stack([x[0], x[2]]), 12.0),
        (lambda x: fg.stack([*x]), 18.0),
        (lambda x: fg.concatenate([x, x[:1]]), 24.0),
        (lambda x: x.reshape(3, 1).T, 18.0),
        (lambda x: x.cumsum(0), 6.0 * (1 + 8 + 27)),
        (lambda x: x.sum(), 6.0 * 27),
        (lambda x: x.mean(), 6.0),
        (lambda x: x @ np.array([1.0, 2.0, 3.0]), 6.0 * 216),
        (lambda x: fg.broadcast_to(x, (4, 3)), 6.0 * 12),
        (lambda x: x.max(), 6.0),
        (lambda x: fg.where(np.array([True, False, True]), x, 2 * x), 6.0 * (1 + 8 + 1)),
        (lambda x: x.astype(np.float64).copy().clone(), 18.0),
    ],
)
def test_the_third_derivative_of_a_cube_passes_through_structural_ops(f, wanted):
    assert third_of_cubes(f, [0.5, 1.5, 2.5]) == pytest.approx(wanted, rel=1e-14)


def test_the_third_derivative_passes_through_changes_in_place():
    def f(x):
        y = x.clone()
        y += 1
        y[0] *= 2
        y[1:] = y[1:][::-1]
        return y

    assert third_of_cubes(f, [0.5, 1.5, 2.5]) == pytest.approx(6.0 * (8 + 1 + 1), rel=1e-14)


def test_matrix_products_have_second_derivatives_in_both_operands():
    rng = np.random.default_rng(0)
    a, b = leaf(rng.standard_normal((2, 3))), leaf(rng.standard_normal((3, 2)))
    assert fg.autograd.gradgradcheck(lambda a, b: a @ b @ a, (a, b))


# ----- choices -----


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_choice_between_branches_gives_no_nan_at_any_order(n):
    x = leaf([-1.0, 0.0, 4.0])
    y = fg.where(x > 0, fg.sqrt(x), x * x * x)
    for _ in range(n):
        y = derivative(y, x)
    root = math.prod(0.5 - k for k in range(n)) * 4.0 ** (0.5 - n)
    cubes = [math.perm(3, n) * v ** (3 - n) if n <= 3 else 0.0 for v in (-1.0, 0.0)]
    np.testing.assert_allclose(y.detach(), [*cubes, root], rtol=1e-14, atol=0)


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_a_choice_of_scalars_gives_no_nan_at_any_order(n):
    x = leaf(0.0)
    y = fg.where(x > 0, fg.log(x) / x, fg.sin(x))
    for _ in range(n):
        y = derivative(y, x)
    assert y.item() == pytest.approx(math.sin(n * math.pi / 2), abs=1e-15)


def test_the_gradient_of_the_norm_has_finite_derivatives_at_zero():
    x = leaf([0.0, 0.0])
    g = derivative(x.norm(), x)
    np.testing.assert_array_equal(g.detach(), [0, 0])
    np.testing.assert_array_equal(derivative(g, x).detach(), [0, 0])


def test_kinks_have_the_derivatives_of_the_side_that_was_taken():
    x = leaf([-2.0, 0.0, 3.0])
    y = fg.relu(x) ** 2 + abs(x) * x + fg.maximum(x, 1.0) ** 3
    first = derivative(y, x)
    np.testing.assert_array_equal(first.detach(), [4, 0, 6 + 6 + 27])
    np.testing.assert_array_equal(derivative(first, x).detach(), [-2, 0, 2 + 2 + 18])


# ----- Hessians -----


def rosenbrock(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def rosenbrock_hessian(x):
    n = len(x)
    h = np.zeros((n, n))
    for i in range(n - 1):
        h[i, i] += 1200 * x[i] ** 2 - 400 * x[i + 1] + 2
        h[i + 1, i + 1] += 200
        h[i, i + 1] = h[i + 1, i] = -400 * x[i]
    return h


def test_the_hessian_of_rosenbrocks_function_is_right_row_by_row():
    point = np.array([0.7, -0.3, 1.2, 0.9, -1.1])
    x = leaf(point)
    g = derivative(rosenbrock(x), x)
    rows = [fg.autograd.grad(g[i], x, retain_graph=True)[0].numpy() for i in range(5)]
    np.testing.assert_allclose(rows, rosenbrock_hessian(point), rtol=1e-13, atol=1e-13)


def test_a_hessian_times_a_vector_is_one_double_backward():
    rng = np.random.default_rng(1)
    point, v = rng.standard_normal(30), rng.standard_normal(30)
    wanted = rosenbrock_hessian(point) @ v
    x = leaf(point)
    g = derivative(rosenbrock(x), x)
    for product in (
        fg.autograd.grad((g * v).sum(), x, retain_graph=True)[0],
        fg.autograd.grad(g, x, v)[0],
    ):
        np.testing.assert_allclose(product, wanted, rtol=1e-12, atol=1e-10)


def test_a_scalar_program_has_the_same_hessian_as_its_array_form():
    point = [0.7, -0.3, 1.2]
    xs = [leaf(v) for v in point]
    total = 0.0
    for a, b in itertools.pairwise(xs):
        total = total + 100 * (b - a**2) ** 2 + (1 - a) ** 2
    gradient = fg.autograd.grad(total, xs, create_graph=True)
    rows = [
        [h.item() for h in fg.autograd.grad(g, xs, retain_graph=True, materialize_grads=True)]
        for g in gradient
    ]
    np.testing.assert_allclose(rows, rosenbrock_hessian(np.array(point)), rtol=1e-13)


# ----- .grad, seeds and modes -----


@pytest.mark.parametrize("value", [3.0, [3.0]])
def test_create_graph_accumulates_into_grad_as_a_tracked_tensor(value):
    x = leaf(value)
    fg.sum(x**3).backward(create_graph=True)
    first = x.grad
    assert first.requires_grad
    fg.sum(x**2).backward(create_graph=True)
    assert x.grad.tolist() == (33.0 if np.ndim(value) == 0 else [33.0])
    assert first.tolist() == (27.0 if np.ndim(value) == 0 else [27.0])
    (second,) = fg.autograd.grad(fg.sum(x.grad), x)
    assert np.sum(second.numpy()) == 20
    x.grad = None


@pytest.mark.parametrize("value", [3.0, [3.0]])
def test_a_tracked_grad_stays_tracked_when_a_plain_gradient_is_added(value):
    x = leaf(value)
    fg.sum(x**3).backward(create_graph=True)
    fg.sum(x**2).backward()
    assert x.grad.requires_grad
    assert fg.autograd.grad(fg.sum(x.grad), x)[0].numpy().sum() == 18
    x.grad = None


def test_a_penalty_on_the_gradient_can_be_trained_on():
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    g, x.grad = x.grad, None
    (g * g).backward()
    assert x.grad.item() == 2 * 27 * 18


def test_create_graph_records_inside_no_grad_too():
    x = leaf(2.0)
    y = x**3
    with fg.no_grad():
        (g,) = fg.autograd.grad(y, x, create_graph=True)
        y.backward(create_graph=True)
        y.backward(create_graph=True)
    assert fg.autograd.grad(g, x)[0].item() == 12
    assert fg.autograd.grad(x.grad, x)[0].item() == 24
    x.grad = None


def test_a_seed_may_be_differentiated_too():
    x, v = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    (g,) = fg.autograd.grad(x * x, x, v, create_graph=True)
    by_x, by_v = fg.autograd.grad(g.sum(), [x, v])
    np.testing.assert_array_equal(by_x, [6, 8])
    np.testing.assert_array_equal(by_v, [2, 4])


def test_the_gradient_by_a_result_on_the_way_depends_on_what_made_it():
    x = leaf(2.0)
    y = x * x
    (g,) = fg.autograd.grad(y**3, y, create_graph=True)
    by_y, by_x = fg.autograd.grad(g, [y, x])
    assert (g.item(), by_y.item(), by_x.item()) == (48, 24, 96)


def test_a_constant_gradient_says_that_it_is_one():
    x = leaf(2.0)
    (g,) = fg.autograd.grad(x * 3, x, create_graph=True)
    assert g.item() == 3 and not g.requires_grad
    with pytest.raises(RuntimeError, match="does not require grad and does not have a grad_fn"):
        fg.autograd.grad(g, x)


def test_create_graph_keeps_the_graph_and_a_plain_sweep_of_it_lets_it_go():
    x = leaf(2.0)
    y = x**3
    (g,) = fg.autograd.grad(y, x, create_graph=True)
    assert fg.autograd.grad(g, x)[0].item() == 12
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        fg.autograd.grad(g, x)
    y.backward()
    assert x.grad.item() == 12


def test_backward_with_create_graph_honours_inputs():
    a, b = leaf(2.0), leaf(3.0)
    (a * a * b).backward(create_graph=True, inputs=[a])
    assert b.grad is None
    assert fg.autograd.grad(a.grad, b)[0].item() == 4
    a.grad = None


def test_newtons_method_reaches_the_minimum_of_rosenbrocks_function():
    x = leaf([-1.2, 1.0])
    for _ in range(10):
        g = derivative(rosenbrock(x), x)
        rows = [fg.autograd.grad(g[i], x, retain_graph=True)[0].numpy() for i in range(2)]
        with fg.no_grad():
            x -= np.linalg.solve(np.array(rows), g.detach().numpy())
    np.testing.assert_allclose(x.detach(), [1, 1], rtol=1e-12)


def test_gradgradcheck_agrees_for_functions_of_several_inputs():
    a, b = leaf([[0.5, 1.5], [0.3, 0.8]]), leaf([0.7, 1.1])
    for f in (
        lambda a, b: fg.tanh(a @ b),
        lambda a, b: fg.softmax(a * b, axis=1),
        lambda a, b: (a / b, fg.logsumexp(a, axis=0) * b),
        lambda a, b: fg.where(a > b, a**b, fg.arctan2(a, b)).prod(axis=0),
    ):
        assert fg.autograd.gradgradcheck(f, (a, b))


@pytest.mark.parametrize("f", [lambda x: x * 1.5, lambda x: 2.0 / x, lambda x: x**3.0, fg.sin])
@pytest.mark.parametrize("shape", [(), (2,)])
def test_the_gradient_of_single_precision_is_of_single_precision(f, shape):
    x = fg.from_numpy(np.full(shape, 0.5, np.float32)).requires_grad_()
    g = x
    for _ in range(3):
        y = f(x).sum() if g is x else (g * x).sum()
        (g,) = fg.autograd.grad(y, x, create_graph=True)
        assert g.dtype == np.float32
