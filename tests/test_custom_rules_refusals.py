"""Rules of custom functions that make no sense are named, with what was wanted."""

# ruff: noqa: E501 (a table)

import numpy as np
import pytest

import fastgrad as fg

X = np.array([0.5, 1.5, -0.8])


def by_vjp(fwd, bwd):
    @fg.custom_vjp
    def scaled(x, y):
        return x * y

    scaled.defvjp(fwd, bwd)
    return scaled


def by_jvp(rule):
    @fg.custom_jvp
    def scaled(x, y):
        return x * y

    scaled.defjvp(rule)
    return scaled


def FWD(x, y):
    return x * y, None


@pytest.mark.parametrize(
    ("f", "error", "message"),
    [
        (fg.custom_vjp(np.multiply), TypeError, r"multiply has no rule yet.*defvjp\(fwd, bwd\)"),
        (fg.custom_jvp(np.multiply), TypeError, r"multiply has no rule yet.*defjvp\(rule\)"),
        (by_vjp(lambda x, y: x * y, lambda _, g: (g, g)), TypeError, r"fwd of scaled.* a pair"),
        (by_vjp(lambda x, y: None, lambda _, g: (g, g)), TypeError, r"fwd of scaled.* got NoneType"),
        (by_vjp(FWD, lambda _, g: g), TypeError, r"bwd of scaled.*tuple of 2 cotangents.*got Tensor"),
        (by_vjp(FWD, lambda _, g: (g,)), TypeError, r"tuple of 2 .*got a tuple of 1"),
        (by_vjp(FWD, lambda _, g: (g, g[:2])), ValueError, r"bwd of scaled.*shape \(2,\) for argument 1"),
        (by_vjp(FWD, lambda _, g: (g, g[0])), ValueError, r"shape \(\) for argument 1"),
        (by_vjp(FWD, lambda _, g: (g, [g])), TypeError, r"bwd of scaled.*packed as what it belongs to"),
        (by_vjp(FWD, lambda _, g: (g, "g")), TypeError, r"cotangent of argument 1 is str"),
        (by_jvp(lambda p, t: p[0]), TypeError, r"the rule of scaled.*a pair.*got Tensor"),
        (by_jvp(lambda p, t: (p[0], t[0][:2])), ValueError, r"tangent of shape \(2,\) for the result"),
        (by_jvp(lambda p, t: (p[0], [t[0]])), TypeError, r"tangent has to be packed"),
    ],
)  # fmt: skip
def test_rules_that_make_no_sense_are_named(f, error, message):
    with pytest.raises(error, match=message):
        fg.grad(lambda x: f(x, x).sum())(X)
    x = fg.tensor(X, requires_grad=True)
    with pytest.raises(error, match=message):
        f(x, x)


def test_what_is_no_function_is_refused():
    for make in (fg.custom_vjp, fg.custom_jvp):
        with pytest.raises(TypeError, match="takes a function, got float"):
            make(1.0)
    with pytest.raises(TypeError, match="bwd has to be a function, got NoneType"):
        fg.custom_vjp(np.sin).defvjp(np.sin, None)
    with pytest.raises(TypeError, match="the rule has to be a function"):
        fg.custom_jvp(np.sin).defjvp(None)
    with pytest.raises(TypeError, match="argnums"):
        fg.custom_vjp(np.sin, nondiff_argnums="x")
    with pytest.raises(ValueError, match="out of range"):
        fg.grad(fg.custom_vjp(np.sin, nondiff_argnums=3))(1.0)
