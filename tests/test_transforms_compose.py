"""Transforms of transforms: any order, any mixture, and no confusion of nested perturbations."""

import itertools
import math
from functools import partial

import mpmath
import numpy as np
import pytest
import reference
from hypothesis import given, settings
from hypothesis import strategies as st
from program_samples import V, X, close, energy
from strategies import SMOOTH, by_reference, numbers, programs
from test_random_programs import check, in_fastgrad, paths

import fastgrad as fg

STEP = 1e-5  # of central differences


def forward(f):
    """The derivative of a function of a number, by the tangent of one."""
    return lambda x: fg.jvp(f, (x,), (1.0,))[1]


def reverse(f):
    return lambda x: fg.vjp(f, x)[1](1.0)[0]


WAYS = {"fwd": forward, "rev": reverse, "grad": fg.grad, "jacfwd": fg.jacfwd, "jacrev": fg.jacrev}


def sequences(*names, up_to):
    """Every sequence of these transforms, of every length."""
    found = [c for n in range(1, up_to + 1) for c in itertools.product(names, repeat=n)]
    return pytest.mark.parametrize("ways", found, ids="-".join)


def derivative(f, ways):
    for way in ways:
        f = WAYS[way](f)
    return f


# ----- towers -----

TOWERS = {"sin": mpmath.sin, "exp": mpmath.exp, "tanh": mpmath.tanh}


@pytest.mark.parametrize("name", TOWERS)
@sequences("fwd", "rev", up_to=4)
def test_derivatives_to_the_fourth_order_are_those_of_mpmath(name, ways):
    with mpmath.workdps(40):
        wanted = float(mpmath.diff(TOWERS[name], mpmath.mpf(0.7), len(ways)))
    got = derivative(getattr(np, name), ways)(0.7)
    assert type(got) is float
    close(got, wanted, rtol=1e-13)


@pytest.mark.parametrize("way", WAYS)
def test_four_times_the_same_transform(way):
    close(derivative(np.tanh, [way] * 4)(0.3), float(mpmath.diff(mpmath.tanh, 0.3, 4)), rtol=1e-9)
    for n, wanted in enumerate([8.0, 12.0, 12.0, 6.0, 0.0]):
        assert derivative(lambda x: x**3, [way] * n)(2.0) == wanted


@pytest.mark.parametrize("outer", [fg.jacfwd, fg.jacrev], ids=lambda f: f.__name__)
@pytest.mark.parametrize("inner", [fg.jacfwd, fg.jacrev, fg.grad], ids=lambda f: f.__name__)
def test_every_pair_of_modes_gives_the_hessian(outer, inner):
    h = outer(inner(energy))(X)
    close(h, fg.hessian(energy)(X))
    close(h, h.T)
    g = fg.grad(energy)
    columns = [(g(X + STEP * e) - g(X - STEP * e)) / (2 * STEP) for e in np.eye(3)]
    close(h, np.array(columns), rtol=1e-8)


def test_third_derivatives_of_an_array_are_symmetric_and_right():
    t = fg.jacfwd(fg.jacrev(fg.grad(energy)))(X)
    for axes in itertools.permutations(range(3)):
        close(t, t.transpose(axes))
    h = fg.hessian(energy)
    for k, e in enumerate(np.eye(3)):
        close(t[:, :, k], (h(X + STEP * e) - h(X - STEP * e)) / (2 * STEP), rtol=1e-8)


def test_hvp_is_the_hessian_times_the_vector_however_it_is_made():
    wanted = fg.hessian(energy)(X) @ V
    close(fg.hvp(energy, (X,), (V,)), wanted)
    close(fg.jvp(fg.grad(energy), (X,), (V,))[1], wanted)
    close(fg.vjp(fg.grad(energy), X)[1](V)[0], wanted)
    close(fg.grad(lambda x: fg.grad(energy)(x) @ V)(X), wanted)
    close(fg.grad(lambda x: fg.jvp(energy, (x,), (V,))[1])(X), wanted)
    close(fg.linearize(fg.grad(energy), X)[1](V), wanted)


def test_the_gradient_of_hvp_is_a_third_derivative():
    third = fg.jacfwd(fg.hessian(energy))(X)
    g = fg.grad(lambda x: fg.hvp(energy, (x,), (V,)) @ V)(X)
    close(g, np.einsum("ijk,i,j->k", third, V, V))


def test_a_step_of_newton_can_be_differentiated():
    def step(a):
        f = lambda x: a * x**2 - np.log(x)  # smallest where 2 a x^2 = 1
        x = 0.7
        for _ in range(6):
            x = x - fg.grad(f)(x) / fg.grad(fg.grad(f))(x)
        return x

    close(step(1.3), 1 / math.sqrt(2.6))
    close(fg.grad(step)(1.3), -0.5 * 2 * 2.6**-1.5)


# ----- closures: each derivative is by its own variable -----


@pytest.mark.parametrize("inner", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("outer", WAYS.values(), ids=WAYS)
def test_nested_derivatives_do_not_confuse_their_variables(outer, inner):
    assert outer(lambda x: x * inner(lambda y: x + y)(1.0))(1.0) == 1.0
    assert outer(lambda x: x * inner(lambda y: x * y)(2.0))(3.0) == 6.0
    assert outer(lambda x: inner(lambda y: y * y * x)(x))(3.0) == 12.0
    assert outer(lambda x: inner(lambda y: x * x)(5.0))(3.0) == 0.0


@pytest.mark.parametrize(("a", "b", "c"), list(itertools.product([forward, reverse], repeat=3)))
def test_three_levels_of_closures(a, b, c):
    # d/dx x * d/dy (y x * d/dz (x y z^2 at z = x) at y = 2) = d/dx 8 x^4 = 32 x^3
    f = lambda x: x * b(lambda y: y * x * c(lambda z: x * y * z * z)(x))(2.0)
    close(a(f)(1.5), 32 * 1.5**3)


def test_a_closure_over_an_array():
    f = lambda x: fg.grad(lambda y: (x * y * y).sum())(x).sum()  # sum of 2 x^2
    close(fg.grad(f)(X), 4 * X)
    h = fg.jacrev(lambda x: fg.jvp(lambda y: x * y, (x,), (V,))[1])(X)
    close(h, np.diag(V))


def test_a_tangent_may_depend_on_the_outer_variable():
    for way in (forward, reverse):
        close(way(lambda x: fg.jvp(np.sin, (0.5,), (x * x,))[1])(3.0), 6 * math.cos(0.5))
        close(way(lambda x: fg.vjp(np.sin, 0.5)[1](x * x)[0])(3.0), 6 * math.cos(0.5))


def test_a_pulled_back_cotangent_may_be_kept_for_later():
    def f(x):
        out, pull = fg.vjp(np.sin, x)
        return pull(1.0)[0] * pull(out)[0]  # cos(x) * cos(x) sin(x)

    x = 0.5
    wanted = -2 * math.cos(x) * math.sin(x) ** 2 + math.cos(x) ** 3
    close(forward(f)(x), wanted)
    close(reverse(f)(x), wanted)


def test_a_tracked_tensor_in_a_closure_gets_its_gradient_or_an_error():
    t = fg.tensor(3.0, requires_grad=True)
    try:
        g = fg.grad(lambda x: x * t)(2.0)
    except RuntimeError:
        return
    assert float(g) == 3.0


# ----- vmap in all places -----


def test_vmap_of_grad_is_the_gradient_at_each_point():
    xs = np.stack([X, 2 * X, X - 1])
    close(fg.vmap(fg.grad(energy))(xs), [fg.grad(energy)(x) for x in xs])
    close(fg.vmap(fg.hessian(energy))(xs), [fg.hessian(energy)(x) for x in xs])
    close(fg.vmap(fg.grad(np.sin))(X), np.cos(X))
    values, gradients = fg.vmap(fg.value_and_grad(energy))(xs)
    close(values, [energy(x) for x in xs])
    assert gradients.shape == (3, 3)


def test_the_gradient_goes_through_vmap():
    f = lambda x, s: fg.vmap(lambda a, b: np.sin(a) * b * s)(x, x[::-1]).sum()
    g, gs = fg.grad(f, argnums=(0, 1))(X, 2.0)
    close(g, 2 * (np.cos(X) * X[::-1] + np.sin(X[::-1])))
    close(gs, (np.sin(X) * X[::-1]).sum())
    close(fg.jvp(f, (X, 2.0), (V, 0.0))[1], g @ V)


def test_vmap_of_vmap_runs_over_all_pairs():
    outer = fg.vmap(fg.vmap(lambda a, b: a * np.sin(b), (None, 0)), (0, None))
    close(outer(X, V), np.outer(X, np.sin(V)))
    f = lambda x: fg.vmap(fg.vmap(np.exp))(x.reshape(2, 3)).sum()
    x = np.linspace(-1, 1, 6)
    close(fg.grad(f)(x), np.exp(x))


def test_vmap_with_a_closure_over_the_outer_point():
    f = lambda a: fg.vmap(lambda b: a * b)(X)
    close(fg.vmap(f)(V), np.outer(V, X))
    close(fg.jacfwd(f)(2.0), X)
    close(fg.jacrev(f)(2.0), X)


def test_vmap_over_tangents_and_cotangents_is_the_jacobian():
    f = lambda x: np.stack([energy(x), x[0] * x[2]])
    j = fg.jacrev(f)(X)
    pull = fg.vjp(f, X)[1]
    close(fg.vmap(lambda w: pull(w)[0])(np.eye(2)), j)
    close(fg.vmap(lambda v: fg.jvp(f, (X,), (v,))[1])(np.eye(3)), j.T)


def test_grad_of_vmap_of_grad():
    f = lambda s: fg.vmap(fg.grad(lambda x: np.sin(s * x)))(X).sum()  # sum of s cos(s x)
    s = 1.3
    close(fg.grad(f)(s), (np.cos(s * X) - s * X * np.sin(s * X)).sum())


# ----- custom rules -----


def custom_sine():
    """sin by custom_vjp; the rule has a factor of 10 by which its use can be told."""
    sine = fg.custom_vjp(np.sin)
    sine.defvjp(lambda x: (np.sin(x), {"x": x}), lambda kept, g: (10.0 * np.cos(kept["x"]) * g,))
    return sine


def custom_product():
    product = fg.custom_jvp(lambda x, y: x * y)

    def rule(primals, tangents):
        (x, y), (dx, dy) = primals, tangents
        return x * y, 10.0 * (dx * y + x * dy)

    product.defjvp(rule)
    return product


def test_custom_vjp_is_used_in_reverse_mode_at_every_order():
    sine = custom_sine()
    close(sine(0.5), math.sin(0.5))
    close(sine(X), np.sin(X))
    close(fg.grad(sine)(0.5), 10 * math.cos(0.5))
    close(fg.grad(fg.grad(sine))(0.5), -10 * math.sin(0.5))  # the rule itself is differentiated
    close(fg.jacrev(lambda x: sine(2.0 * x))(X), np.diag(20 * np.cos(2 * X)))
    close(fg.vmap(fg.grad(sine))(X), 10 * np.cos(X))
    close(fg.grad(lambda x: fg.vmap(sine)(x).sum())(X), 10 * np.cos(X))


def test_custom_jvp_is_used_in_both_modes():
    product = custom_product()
    assert product(3.0, 4.0) == 12.0
    assert fg.jvp(product, (3.0, 4.0), (1.0, 0.5)) == (12.0, 10 * (4.0 + 1.5))
    assert fg.grad(product, argnums=(0, 1))(3.0, 4.0) == (40.0, 30.0)
    close(fg.vmap(fg.grad(product))(X, V), 10 * V)
    close(fg.jacfwd(product)(X, V), np.diag(10 * V))
    assert fg.grad(fg.grad(product), argnums=1)(3.0, 4.0) == 10.0


def test_custom_rules_serve_as_decorators_and_take_several_arguments():
    @fg.custom_vjp
    def f(x, y):
        return x * y

    f.defvjp(lambda x, y: (x * y, (x, y)), lambda xy, g: (2.0 * g * xy[1], 3.0 * g * xy[0]))
    assert fg.grad(f, argnums=(0, 1))(5.0, 7.0) == (14.0, 15.0)
    assert f.__name__ == "f"


def test_a_custom_rule_can_keep_the_gradient_finite():
    @fg.custom_vjp
    def log1pexp(x):
        return np.log(1.0 + np.exp(x))

    log1pexp.defvjp(lambda x: (log1pexp(x), x), lambda x, g: (g * (1.0 - 1.0 / (1.0 + np.exp(x))),))
    assert fg.grad(log1pexp)(100.0) == 1.0


# ----- kinks: the same answer in every mode, at every order -----

# The function, the point, its derivatives of order 1, 2, 3.
KINKS = {
    "relu": (fg.relu, 0.0, (0, 0, 0)),
    "abs": (np.abs, 0.0, (0, 0, 0)),
    "abs beside": (abs, -2.0, (-1, 0, 0)),
    "abs times x": (lambda x: abs(x) * x, 0.0, (0, 0, 0)),
    "clip at its lower edge": (lambda x: np.clip(x, -1.0, 1.0), -1.0, (1, 0, 0)),
    "clip at its upper edge": (lambda x: np.clip(x, -1.0, 1.0), 1.0, (1, 0, 0)),
    "clip outside": (lambda x: np.clip(x, -1.0, 1.0), 2.0, (0, 0, 0)),
    "maximum tie": (lambda x: np.maximum(x**3, 3.0 * x - 2.0), 1.0, (3, 3, 3)),
    "maximum with itself": (lambda x: np.maximum(x, x), 5.0, (1, 0, 0)),
    "minimum tie": (lambda x: np.minimum(2.0 * x, 2.0), 1.0, (1, 0, 0)),
    "where": (lambda x: np.where(x > 0, x * x * x, 7.0 * x), 2.0, (12, 12, 6)),
    "where not taken": (lambda x: np.where(x > 0, np.sqrt(x), 0.0), 0.0, (0, 0, 0)),
    "where with a pole": (lambda x: np.where(x != 0, 1.0 / x, 2.0 * x), 0.0, (2, 0, 0)),
    "norm": (lambda x: np.linalg.norm(np.stack([3.0 * x, 4.0 * x])), 0.0, (0, 0, 0)),
    "max of an array": (lambda x: np.max(np.stack([x, 1.0 - x, 0.5])), 0.5, (0, 0, 0)),
    "power of a negative number": (lambda x: x**4, -2.0, (-32, 48, -48)),
    "power of zero": (lambda x: x**2, 0.0, (0, 2, 0)),
    "prod with a zero": (lambda x: np.prod(np.stack([x, x + 1.0, x - 2.0])), 0.0, (-2, -2, 6)),
    "prod with two zeros": (lambda x: np.prod(np.stack([x, x, x - 2.0])), 0.0, (0, -4, 6)),
    "prod with three zeros": (lambda x: np.prod(np.stack([x, x, 2.0 * x])), 0.0, (0, 0, 12)),
    "sqrt": (np.sqrt, 0.0, (math.inf,)),
    "hypot": (lambda x: np.hypot(x, 0.0), 0.0, (0,)),
}


@pytest.mark.parametrize("name", KINKS)
@sequences("fwd", "rev", up_to=3)
def test_a_kink_has_one_answer(name, ways):
    f, x, wanted = KINKS[name]
    if len(ways) <= len(wanted):
        assert derivative(f, ways)(x) == wanted[len(ways) - 1]


@pytest.mark.parametrize("axis", [None, 0])
def test_ties_of_an_array_are_shared_evenly(axis):
    x = np.array([2.0, 5.0, 5.0, 5.0, 5.0, 1.0])
    for f in (np.max, lambda x, axis: -np.min(-x, axis)):
        close(fg.grad(partial(f, axis=axis))(x), [0, 0.25, 0.25, 0.25, 0.25, 0])
        assert not fg.hessian(partial(f, axis=axis))(x).any()


# ----- random programs -----


def scales(program, column=0):
    """The sum of |products of local gradients| over all paths: what rounding is relative to."""
    inputs = [reference.Value(x) for x in program.columns[column]]
    total = program.run(by_reference, inputs)[-1]
    return np.array(paths(total, inputs))


def function_of(program):
    return lambda *xs: program.run(in_fastgrad, xs)[-1]


def slopes(program, column=0):
    """The gradient of one column in reverse mode, and the tangents in forward mode."""
    f, x = function_of(program), program.columns[column]
    n = len(x)
    rev = fg.grad(f, argnums=tuple(range(n)))(*x)
    fwd = [fg.jvp(f, x, tuple(map(float, e)))[1] for e in np.eye(n)]
    return rev, fwd


@given(programs(n_columns=1))
def test_both_modes_agree_with_the_reference(program):
    eager = [fg.tensor(x) for x in program.columns[0]]
    seen = [float(v) for v in program.run(in_fastgrad, eager)]
    for found in slopes(program):
        assert all(type(g) is float for g in found)
        check(program, 0, seen, found)


@given(programs(n_columns=1), st.data())
def test_the_two_modes_are_adjoint(program, data):
    x = program.columns[0]
    v = data.draw(st.tuples(*[numbers(-2, 2)] * len(x)))
    w = data.draw(numbers(-2, 2))
    f, scale = function_of(program), scales(program)
    pushed = fg.jvp(f, x, v)[1]
    pulled = fg.vjp(f, *x)[1](w)
    tolerance = 1e-12 * (1 + abs(w) * float(np.abs(v) @ scale))
    assert abs(w * pushed - sum(a * b for a, b in zip(v, pulled))) <= tolerance


@given(programs(n_columns=1), numbers(-2, 2), numbers(-2, 2))
def test_the_gradient_is_linear_in_the_seed(program, a, b):
    pull = fg.vjp(function_of(program), *program.columns[0])[1]
    one, two, both = (np.array(pull(w)) for w in (a, b, a + b))
    assert (np.abs(one + two - both) <= 1e-12 * (1 + (abs(a) + abs(b)) * scales(program))).all()
    assert (np.array(pull(2.0 * a)) == 2.0 * one).all()  # a power of two is exact


@given(programs(rows=SMOOTH, max_steps=4, n_columns=1))
@settings(max_examples=50)
def test_the_hessian_is_symmetric_and_the_difference_of_gradients(program):
    f, x = function_of(program), program.columns[0]
    n = len(x)
    nums = tuple(range(n))
    gradient = fg.grad(f, argnums=nums)
    h = np.array(fg.hessian(f, argnums=nums)(*x))
    other = np.array(fg.jacrev(fg.jacfwd(f, argnums=nums), argnums=nums)(*x))
    size = 1 + np.abs(h).max() + scales(program).max()
    assert np.abs(h - h.T).max() <= 1e-10 * size
    assert np.abs(h - other).max() <= 1e-10 * size
    ends = [
        [np.array(gradient(*(np.array(x) + s * STEP * e))) for s in (1, -1, 2, -2)]
        for e in np.eye(n)
    ]
    for k, (a, b, c, d) in enumerate(ends):
        near, far = (a - b) / (2 * STEP), (c - d) / (4 * STEP)
        # How far the two differ is four times the error of the near one, if they are of any use.
        allowed = 4 * np.abs(near - far).max() + 1e-6 * size
        assert np.abs(near - h[k]).max() <= allowed


@given(programs(n_columns=4))
def test_vmap_gives_at_each_point_what_that_point_gives_alone(program):
    columns = np.array(program.columns)
    f = function_of(program)
    nums = tuple(range(program.n_inputs))
    values, gradients = fg.vmap(fg.value_and_grad(f, argnums=nums))(*columns.T)
    for c, column in enumerate(columns):
        value, gradient = fg.value_and_grad(f, argnums=nums)(*column.tolist())
        scale = scales(program, c)
        assert abs(values[c] - value) <= 1e-12 * (1 + abs(value))
        assert (np.abs([g[c] for g in gradients] - np.array(gradient)) <= 1e-12 * (1 + scale)).all()


@given(programs(rows=SMOOTH, max_steps=5, n_columns=1))
def test_single_precision_gives_the_same_to_its_rounding(program):
    x = program.columns[0]
    f = function_of(program)
    nums = tuple(range(len(x)))
    single = [np.full(2, v, np.float32) for v in x]
    # The same numbers in double precision: what float32 made of the inputs is no error.
    exact = fg.grad(lambda *xs: f(*xs).sum(), argnums=nums)(*(s.astype(float) for s in single))
    found = fg.grad(lambda *xs: (f(*xs) * np.ones(2, np.float32)).sum(), argnums=nums)(*single)
    second = fg.hessian(f, argnums=nums)(*(float(s[0]) for s in single))
    bent = 1 + np.abs(np.array(second)).max() + scales(program).max()
    for a, b in zip(found, exact):
        assert a.dtype == np.float32
        assert (np.abs(a - b) <= 1e-4 * bent).all()


def test_a_tracked_tensor_that_is_returned_from_a_closure_is_refused():
    for w in (fg.tensor(3.0, requires_grad=True), fg.tensor(3.0, requires_grad=True) * 2):
        with pytest.raises(RuntimeError, match="no argument"):
            fg.value_and_grad(lambda x, w=w: w)(2.0)
