"""Sums, products, extrema, moments: values as NumPy, derivatives right also at ties and zeros."""

import math

import numpy as np
import pytest
from differences import check_derivatives, check_linear, gradient, layouts, tracked
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import fastgrad as fg

RNG = np.random.default_rng(0)
CUBE = RNG.standard_normal((2, 3, 4))
AXES = [None, 0, 1, -1, (0,), (0, 2), (-1, 1), (0, 1, 2), ()]
SHAPES = [(), (1,), (5,), (0,), (2, 3), (3, 0), (0, 3), (2, 1, 4)]
REDUCTIONS = ["sum", "prod", "mean", "var", "std", "max", "min"]


def same(ours, wanted, ulps=16):
    """Equal shape and dtype, and values but for the rounding of some other order of operations."""
    wanted = np.asarray(wanted)
    assert ours.shape == wanted.shape
    assert ours.dtype == wanted.dtype
    eps = np.finfo(wanted.dtype).eps if wanted.dtype.kind == "f" else 0
    scale = np.nanmax(np.abs(wanted[np.isfinite(wanted)]), initial=0) if eps else 0
    np.testing.assert_allclose(
        ours.detach().numpy(), wanted, rtol=ulps * eps, atol=ulps * eps * scale
    )


def reductions_of(shape):
    """Each reduction with each axis that the shape has, where NumPy has a value too."""
    for name in REDUCTIONS:
        for axis in [None, *range(len(shape)), tuple(range(len(shape)))]:
            axes = range(len(shape)) if axis is None else np.atleast_1d(axis).astype(int)
            if name not in ("max", "min") or all(shape[a] for a in axes):
                yield name, axis


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_reduction_gives_what_numpy_gives(name, axis, keepdims, dtype):
    x = CUBE.astype(dtype)
    wanted = getattr(np, name)(x, axis=axis, keepdims=keepdims)
    for laid in layouts(x):
        same(getattr(fg, name)(laid, axis=axis, keepdims=keepdims), wanted)
        same(getattr(fg.as_tensor(laid), name)(axis=axis, keepdims=keepdims), wanted)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of the mean of nothing
def test_a_reduction_of_any_shape_gives_what_numpy_gives(shape):
    x = RNG.standard_normal(shape)
    for name, axis in reductions_of(shape):
        same(getattr(fg, name)(x, axis=axis), getattr(np, name)(x, axis=axis))


@pytest.mark.parametrize("shape", SHAPES)
def test_the_gradient_of_a_reduction_has_the_shape_of_its_operand(shape):
    x = RNG.standard_normal(shape)
    for name, axis in reductions_of(shape):
        assert gradient(lambda t, f=name, a=axis: getattr(fg, f)(t, axis=a), x).shape == shape


@pytest.mark.parametrize("name", REDUCTIONS)
@pytest.mark.parametrize("axis", [None, 1, (0, 2), ()])
@pytest.mark.parametrize("keepdims", [False, True])
def test_derivatives_of_a_reduction_are_right_up_to_the_third(name, axis, keepdims):
    if name == "std" and axis == ():
        pytest.skip("the deviation of a number from itself is 0 and has a kink there")
    reduce = getattr(fg, name)
    check_derivatives(lambda x: reduce(x, axis=axis, keepdims=keepdims) ** 2, CUBE, order=3)


@pytest.mark.parametrize("axis", [None, 1, (0, 2), ()])
def test_sum_and_mean_are_linear_with_the_right_adjoint(axis):
    for x in layouts(CUBE):
        check_linear(lambda t: t.sum(axis=axis), x)
        check_linear(lambda t: t.mean(axis=axis, keepdims=True), x)


def test_torchs_names_of_arguments_mean_the_same():
    x = fg.as_tensor(CUBE)
    for name in REDUCTIONS:
        same(getattr(x, name)(dim=1, keepdim=True), getattr(x, name)(axis=1, keepdims=True).numpy())
    same(x.cumsum(dim=-1), np.cumsum(CUBE, axis=-1))


def test_an_argument_given_by_two_names_is_refused():
    x = fg.as_tensor(CUBE)
    with pytest.raises(TypeError, match="both axis= and dim="):
        x.sum(axis=0, dim=0)
    with pytest.raises(TypeError, match="axis"):
        x.sum(0, dim=0)
    with pytest.raises(ValueError, match="ddof"):
        x.var(ddof=1, correction=1)


@pytest.mark.parametrize("name", [*REDUCTIONS, "cumsum"])
def test_an_axis_that_is_not_there_is_refused(name):
    for axis in (3, -4):
        with pytest.raises(IndexError, match="out of bounds for array of dimension 3"):
            getattr(fg, name)(CUBE, axis=axis)
    with pytest.raises(TypeError):
        getattr(fg, name)(CUBE, axis=0.5)


def test_an_axis_named_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        fg.sum(CUBE, axis=(0, -3))


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "max", "min", "cumsum"])
@pytest.mark.parametrize("dtype", [bool, np.int8, np.int32, np.int64])
def test_integers_and_truth_values_reduce_as_in_numpy(name, dtype):
    x = np.array([[1, 0, 2], [3, 1, 1]]).astype(dtype)
    for axis in (None, 0):
        same(getattr(fg, name)(x, axis=axis), getattr(np, name)(x, axis=axis))


def test_a_dtype_to_compute_in_is_as_in_numpy_and_gradients_come_back_in_the_old_one():
    x = CUBE.astype(np.float32)
    for name in ("sum", "mean", "prod", "var", "std", "cumsum"):
        same(getattr(fg, name)(x, dtype=np.float64), getattr(np, name)(x, dtype=np.float64))
        found = gradient(lambda t, f=name: getattr(fg, f)(t, dtype=np.float64), x)
        assert found.dtype == np.float32
    same(fg.mean(np.arange(4), dtype=np.float32), np.mean(np.arange(4), dtype=np.float32))


@pytest.mark.parametrize("shape", [(100_000, 3), (3, 100_000), (1000, 10, 30)])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_long_sum_along_any_axis_is_pairwise(shape, axis):
    x = np.random.default_rng(7).uniform(0, 1, shape).astype(np.float32)
    exact = np.sum(x, axis=axis, dtype=np.float64)
    # 128 terms one by one, then their sums pairwise: (128 / 8 + 17) / 2 units of 6e-8 at most, and
    # far less on average; one by one 100 000 terms err by 1e-4.
    np.testing.assert_allclose(fg.sum(x, axis=axis).numpy(), exact, rtol=2e-6)
    np.testing.assert_allclose(
        fg.sum(x[::-1, ::2], axis=axis).numpy(),
        np.sum(x[::-1, ::2], axis=axis, dtype=np.float64),
        rtol=2e-6,
    )


@given(st.integers(120, 400), st.integers(0, 3), st.sampled_from([(0,), (1,), (0, 1), ()]))
@example(256, 2, (0,))  # whole blocks alone
@settings(max_examples=60, deadline=None)
def test_a_sum_over_blocks_leaves_no_element_out(length, other, axis):
    x = np.arange(float(length * other)).reshape(length, other)  # sums are exact
    np.testing.assert_array_equal(fg.sum(x, axis=axis).numpy(), np.sum(x, axis=axis))
    np.testing.assert_array_equal(fg.sum(x.T, axis=axis).numpy(), np.sum(x.T, axis=axis))


# ----- products -----


def factor_products(x):
    """The gradient and the Hessian of a product, each element a product of the others."""
    n = len(x)
    others = lambda *out: math.prod(v for k, v in enumerate(x) if k not in out)
    hessian = [[others(i, j) if i != j else 0.0 for j in range(n)] for i in range(n)]
    return np.array([others(i) for i in range(n)]), np.array(hessian)


@pytest.mark.parametrize(
    "x",
    [[2.0], [2.0, 3.0], [0.0, 3.0, 4.0], [0.0, 3.0, 0.0, 5.0], [0.0] * 3, [1.0, 2, 0, 4, 5, 6, 0]],
)
def test_the_product_is_exact_with_zeros_at_first_and_second_order(x):
    t = tracked(np.array(x))
    first, second = factor_products(x)
    (g,) = fg.autograd.grad(t.prod(), t, create_graph=True)
    np.testing.assert_array_equal(g.detach().numpy(), first)
    for i in range(len(x)):
        if g.requires_grad:
            row = fg.autograd.grad(
                g[i], t, retain_graph=True, create_graph=True, materialize_grads=True
            )[0]
            np.testing.assert_array_equal(row.detach().numpy(), second[i])


def test_the_third_derivative_of_a_product_with_zeros_is_exact():
    x = np.array([0.0, 0.0, 0.0, 7.0])
    t = tracked(x)
    g = t.prod()
    for i in range(3):
        g = fg.autograd.grad(g, t, create_graph=True)[0][i]
    assert g.item() == 7.0


@given(
    hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=6), elements=st.integers(-2, 2))
)
@settings(max_examples=100, deadline=None)
def test_products_of_small_integers_are_those_of_numpy(x):
    for axis in (None, 0, -1):
        np.testing.assert_array_equal(fg.prod(x, axis=axis).numpy(), np.prod(x, axis=axis))


# ----- extrema -----


def test_ties_share_the_gradient_evenly():
    x = np.array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0]])
    thirds = [1 / 3, 1 / 3, 1 / 3]
    np.testing.assert_array_equal(gradient(lambda t: t.max(axis=1), x), [[0, 0.5, 0.5], thirds])
    np.testing.assert_array_equal(gradient(lambda t: t.min(axis=1), x), [[1, 0, 0], thirds])
    np.testing.assert_array_equal(gradient(fg.amax, x), [[0, 0.5, 0.5], [0, 0, 0]])
    np.testing.assert_array_equal(gradient(fg.amin, x), [[1, 0, 0], [0, 0, 0]])


def test_the_second_derivative_of_a_maximum_at_a_tie_is_zero():
    t = tracked(np.array([2.0, 2.0]))
    (g,) = fg.autograd.grad(t.max() * t[0], t, create_graph=True)
    row = fg.autograd.grad(g[0], t)[0]  # of [x0 / 2 + max, x0 / 2]
    np.testing.assert_array_equal(row.numpy(), [1.0, 0.5])


def test_infinities_are_found_and_get_the_gradient():
    x = np.array([-np.inf, 1.0, np.inf])
    np.testing.assert_array_equal(gradient(fg.max, x), [0, 0, 1])
    np.testing.assert_array_equal(gradient(fg.min, x), [1, 0, 0])


def test_an_extremum_with_nan_is_nan_and_no_gradient_gets_lost():
    x = np.array([1.0, np.nan, 3.0])
    for f in (fg.max, fg.min):
        assert math.isnan(f(x).item())
        np.testing.assert_array_equal(gradient(f, x), [0, 1, 0])


@pytest.mark.parametrize("name", ["max", "min", "argmax", "argmin"])
def test_an_extremum_of_nothing_is_refused(name):
    for shape, axis in [((0,), None), ((0, 3), 0), ((3, 0), 1)]:
        with pytest.raises(ValueError, match=r"shape \("):
            getattr(fg, name)(np.zeros(shape), axis=axis)
    assert getattr(fg, name)(np.zeros((0, 3)), axis=1).shape == (0,)


# ----- moments -----


@pytest.mark.parametrize("ddof", [0, 1, 1.5, 4, 5])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")  # NumPy's, of too few degrees of freedom
def test_variance_and_deviation_count_degrees_of_freedom_as_numpy(ddof):
    for name in ("var", "std"):
        wanted = getattr(np, name)(CUBE, axis=2, ddof=ddof)
        same(getattr(fg, name)(CUBE, axis=2, ddof=ddof), wanted)
        same(getattr(fg, name)(CUBE, axis=2, correction=ddof), wanted)


@pytest.mark.parametrize("value", [0.0, 0.1, -7.3e300, 5e-324])
def test_the_deviation_of_equal_elements_is_zero_with_all_its_derivatives(value):
    t = tracked(np.full(3, value))
    deviation = t.std()
    assert deviation.item() == 0
    for _ in range(3):
        (g,) = fg.autograd.grad(deviation, t, create_graph=True)
        np.testing.assert_array_equal(g.detach().numpy(), 0.0)
        deviation = (g * g).sum() + g.sum()


def test_the_variance_far_from_zero_keeps_its_digits():
    x = 1e8 + np.array([0.0, 1.0, 2.0, 3.0])
    assert fg.var(x).item() == 1.25
    np.testing.assert_array_equal(gradient(fg.var, x), [-0.75, -0.25, 0.25, 0.75])


# ----- running sums -----


@pytest.mark.parametrize("axis", [None, 0, 1, -1])
def test_running_sums_are_numpys_and_linear(axis):
    for x in layouts(CUBE):
        same(fg.cumsum(x, axis=axis), np.cumsum(x, axis=axis))
        check_linear(lambda t: t.cumsum(axis=axis), x)
    check_derivatives(lambda t: t.cumsum(axis=axis) ** 3, CUBE, order=3)


@pytest.mark.parametrize("shape", [(), (0,), (0, 3), (3, 0)])
def test_running_sums_of_few_elements_are_numpys(shape):
    x = np.ones(shape)
    for axis in (None, 0, -1):
        same(fg.cumsum(x, axis=axis), np.cumsum(x, axis=axis))
