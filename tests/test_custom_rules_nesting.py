"""Custom functions whose rules call them, each other, and values of outer recordings."""

import math

import numpy as np
import pytest

import fastgrad as fg

X = np.array([0.5, 1.5, -0.8])
V = np.array([1.0, -2.0, 0.5])


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def sine_by_vjp(factor):
    sine = fg.custom_vjp(np.sin)
    sine.defvjp(lambda x: (np.sin(x), x), lambda x, g: (factor * np.cos(x) * g,))
    return sine


# ----- functions that call themselves, and each other -----


def test_a_rule_may_call_the_function_and_its_derivatives_use_the_rule_again():
    exp = fg.custom_jvp(np.exp)
    exp.defjvp(lambda x, t: ((y := exp(x[0])), 2.0 * y * t[0]))
    d = exp
    for order in range(1, 5):
        d = fg.grad(d)
        close(d(0.5), 2.0**order * math.exp(0.5))
    close(fg.hessian(lambda x: exp(x).sum())(X), np.diag(4 * np.exp(X)))
    close(fg.vmap(fg.grad(fg.grad(exp)))(X), 4 * np.exp(X))
    close(fg.hessian(lambda x: fg.vmap(exp)(x).sum())(X), np.diag(4 * np.exp(X)))
    exp = fg.custom_vjp(np.exp)
    exp.defvjp(lambda x: ((y := exp(x)), y), lambda y, g: (2.0 * y * g,))
    close(fg.grad(fg.grad(fg.grad(exp)))(0.5), 8 * math.exp(0.5))
    exp.defvjp(lambda x: (exp(x), x), lambda x, g: (2.0 * exp(x) * g,))  # called by bwd
    close(fg.grad(fg.grad(fg.grad(exp)))(0.5), 8 * math.exp(0.5))
    close(fg.jacfwd(fg.jacfwd(exp))(0.5), 4 * math.exp(0.5))


def test_a_function_may_call_itself_with_another_static_argument():
    @fg.custom_jvp
    def power(x, n):
        return 1.0 if n == 0 else x * power(x, n - 1)

    power.defjvp(
        lambda p, t: (power(*p), 10.0 * p[1] * power(p[0], p[1] - 1) * t[0] if p[1] else 0.0)
    )
    assert power(2.0, 3) == 8.0
    assert fg.grad(power)(2.0, 3) == 120.0
    assert fg.grad(fg.grad(power))(2.0, 3) == 10 * 3 * 10 * 2 * 2.0


def test_higher_orders_of_a_rule_that_calls_its_function_elsewhere_and_branches_are_refused():
    f = fg.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (f(x), x), lambda x, g: (f(x + 1.0) * g if x > 0 else g,))
    assert fg.grad(f)(1.0) == 4.0
    with pytest.raises(RuntimeError, match=r"branches on values.*<lambda>.__wrapped__"):
        fg.grad(fg.grad(f))(1.0)


def test_a_rule_that_differentiates_its_own_function_is_refused():
    f = fg.custom_vjp(lambda x: x * x)
    f.defvjp(lambda x: (f(x), x), lambda x, g: (fg.grad(f)(x) * g,))
    with pytest.raises(RuntimeError, match="which needs the rule; differentiate <lambda>"):
        fg.grad(f)(1.0)
    f.defvjp(lambda x: (f(x), x), lambda x, g: (fg.grad(f.__wrapped__)(x) * g,))
    assert fg.grad(f)(3.0) == 6.0


def test_one_custom_function_may_use_another():
    sine = sine_by_vjp(10.0)
    twice = fg.custom_jvp(lambda x: sine(sine(x)))
    twice.defjvp(lambda p, t: fg.jvp(lambda x: 3.0 * sine(sine(x)), p, t))
    close(fg.grad(twice)(0.5), 300 * math.cos(math.sin(0.5)) * math.cos(0.5))
    outer = lambda x: sine(x) * twice(x)
    d = 10 * math.cos(0.5) * 3 * math.sin(math.sin(0.5))
    d += math.sin(0.5) * 300 * math.cos(math.sin(0.5)) * math.cos(0.5)
    close(fg.grad(outer)(0.5), d)


# ----- closures over outer recordings -----


@pytest.mark.parametrize("make", [fg.custom_vjp, fg.custom_jvp])
def test_a_rule_may_read_a_value_of_an_outer_recording(make):
    def outer(s):
        f = make(lambda x: s * x**2)
        if make is fg.custom_vjp:
            f.defvjp(lambda x: (f(x), x), lambda x, g: (10.0 * s * x * g,))
        else:
            f.defjvp(lambda p, t: (f(p[0]), 10.0 * s * p[0] * t[0]))
        return fg.grad(f)(3.0) + fg.grad(fg.grad(f))(3.0) * 2.0

    assert outer(2.0) == 10 * 2 * 3 + 2 * 10 * 2
    assert fg.grad(outer)(2.0) == 10 * 3 + 2 * 10
    assert fg.jvp(outer, (2.0,), (1.0,))[1] == 50.0
    close(fg.vmap(outer)(X), 50 * X)
    assert fg.record(outer, 1.0).grad(2.0) == 50.0


@pytest.mark.parametrize("make", [fg.custom_vjp, fg.custom_jvp])
def test_a_derivative_by_what_is_no_argument_is_refused(make):
    def outer(s):
        f = make(lambda x: s * x)
        if make is fg.custom_vjp:
            f.defvjp(lambda x: (s * x, None), lambda _, g: (s * g,))
        else:
            f.defjvp(lambda p, t: (s * p[0], s * t[0]))
        return fg.value_and_grad(lambda x: f(x))(3.0)[0]

    for transform in (fg.grad, fg.jacfwd, fg.jacrev):
        with pytest.raises(TypeError, match=r"<lambda> uses a value .* pass it as an argument"):
            transform(outer)(2.0)
    w = fg.tensor(2.0, requires_grad=True)
    f = fg.custom_vjp(lambda x: w * x)
    f.defvjp(lambda x: (w * x, None), lambda _, g: (w * g,))
    with pytest.raises(RuntimeError, match="pass it as an argument"):
        f(fg.tensor(3.0, requires_grad=True))


# ----- a rule that is the derivative of the function changes nothing -----


def own_vjp(f):
    made = fg.custom_vjp(f)
    made.defvjp(lambda *args: (f(*args), args), lambda args, g: fg.vjp(f, *args)[1](g))
    return made


def own_jvp(f):
    made = fg.custom_jvp(f)
    made.defjvp(lambda primals, tangents: fg.jvp(f, primals, tangents))
    return made


def filled(x):
    y = np.zeros(4)
    y[0] = x[0] * x[1]
    y[1:] = np.sin(x)
    return y


FUNCTIONS = {
    "product": lambda x: np.tanh(np.outer(X, V) @ x),
    "branch": lambda x: np.sin(x[0]) * x if x[1] > 0 else x**3 + 1.0,
    "norm": lambda x: np.linalg.norm(x) * x,
    "loop": lambda x: sum(k * x**k for k in range(1, 4)),
    "several": lambda x: {"a": x * x[0], "b": (np.sin(x).sum(), x[:0]), "n": np.argmax(x)},
    "filled": filled,
}


def scalar(f):
    """Return a scalar function of x that uses all floats of f(x)."""

    def of(x):
        y = f(x)
        parts = [y["a"], y["b"][0], y["b"][1]] if isinstance(y, dict) else [y]
        return sum((np.sin(part + k)).sum() for k, part in enumerate(parts))

    return of


def many(f):
    """Return a scalar function of x that calls f at three points, on both sides of the branch."""
    return lambda x: (fg.vmap(scalar(f))(np.stack([x, -x, x * x])) ** 2).sum()


TRANSFORMS = {
    "grad": lambda f: fg.grad(scalar(f)),
    "jvp": lambda f: lambda x: fg.jvp(scalar(f), (x,), (V,))[1],
    "hessian": lambda f: fg.hessian(scalar(f)),
    "jacfwd of jacfwd": lambda f: fg.jacfwd(fg.jacfwd(scalar(f))),
    "jacrev of jacfwd": lambda f: fg.jacrev(fg.jacfwd(scalar(f))),
    "third order": lambda f: fg.grad(lambda x: fg.hessian(scalar(f))(x).sum()),
    "grad of record": lambda f: fg.grad(fg.record(scalar(f))),
    "vmap of grad": lambda f: lambda x: fg.vmap(fg.grad(scalar(f)))(np.stack([x, -x])),
    "hessian of vmap": lambda f: fg.hessian(many(f)),
}


@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("make", [own_vjp, own_jvp])
def test_the_own_derivative_as_a_rule_changes_nothing(make, name, transform):
    f, t = FUNCTIONS[name], TRANSFORMS[transform]
    np.testing.assert_allclose(t(make(f))(X), t(f)(X), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("name", sorted(set(FUNCTIONS) - {"filled"}))
@pytest.mark.parametrize("make", [own_vjp, own_jvp, fg.checkpoint])
def test_nor_does_it_for_eager_tensors(make, name):
    found = []
    for f in (FUNCTIONS[name], make(FUNCTIONS[name])):
        x = fg.tensor(X, requires_grad=True)
        (g,) = fg.autograd.grad(scalar(f)(x), x, create_graph=True)
        (h,) = fg.autograd.grad((g * fg.tensor(V)).sum(), x)
        found.append((g.detach().numpy(), h.numpy()))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("by_jvp", [True, False])
def test_the_integers_of_a_result_have_no_tangent(by_jvp):
    parts = lambda x: (np.floor(x).astype(int), x * x)
    if by_jvp:
        f = fg.custom_jvp(parts)
        f.defjvp(lambda x, t: (parts(x[0]), (None, 20 * x[0] * t[0])))
    else:
        f = fg.custom_vjp(parts)
        f.defvjp(lambda x: (parts(x), x), lambda x, g: (20 * x * g[1],))
    both = lambda x: f(x)[1] + f(x)[0] * x
    assert fg.jvp(both, (3.5,), (1.0,)) == (12.25 + 10.5, 73.0)
    assert fg.grad(both)(3.5) == 73.0
