"""Transforms refuse what has no derivative or does not fit, and say what to do instead."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import fastgrad as fg

X = np.array([0.5, 1.5, -0.8])


@dataclass
class Params:
    w: Any
    b: Any
    name: str = "linear"


def vector(x):
    """Three numbers to two."""
    return np.stack([x[0] * np.sin(x[1]), np.exp(x[2]) * x[0]])


@pytest.mark.parametrize("argnums", [3, -4, (0, 3), (0, 0), "x", 0.5, True, ()])
def test_argnums_that_name_no_argument_are_refused(argnums):
    with pytest.raises((TypeError, ValueError, IndexError), match="argnums"):
        fg.grad(lambda x, y, z: x * y * z, argnums=argnums)(1.0, 2.0, 3.0)


def test_has_aux_wants_a_pair():
    for call in (
        lambda: fg.grad(lambda x: x * x, has_aux=True)(1.0),
        lambda: fg.vjp(lambda x: x * x, 1.0, has_aux=True),
        lambda: fg.jvp(lambda x: x * x, (1.0,), (1.0,), has_aux=True),
    ):
        with pytest.raises(TypeError, match=r"has_aux.*\(value, aux\), got"):
            call()


def test_a_result_that_is_no_scalar_is_refused_with_the_way_out():
    with pytest.raises(ValueError, match=r"scalar output, got shape \(3,\).*jac"):
        fg.grad(lambda x: x * 2.0)(X)
    with pytest.raises((TypeError, ValueError), match="scalar"):
        fg.grad(lambda x: (x, x))(1.0)
    with pytest.raises((TypeError, ValueError), match="None"):
        fg.grad(lambda x: None)(1.0)


def test_a_scalar_with_axes_is_no_scalar():
    with pytest.raises(ValueError, match=r"got shape \(1,\)"):
        fg.grad(lambda x: x * 2.0)(np.ones(1))


@pytest.mark.parametrize(
    "transform",
    [fg.grad, fg.hessian, lambda f: lambda x: fg.hvp(f, (x,), (x,))],
    ids=["grad", "hessian", "hvp"],
)
@pytest.mark.parametrize(
    "f",
    [lambda x: x.sum() > 0, lambda x: np.argmax(x), lambda x: x * 2.0, lambda x: (x[0], x[1])],
    ids=["bool", "int", "vector", "two"],
)
def test_what_is_no_float_alone_has_neither_gradient_nor_hessian(transform, f):
    with pytest.raises(ValueError, match="needs a scalar output"):
        transform(f)(X)


def test_what_cannot_be_recorded_is_an_error():
    for f in (math.sin, lambda x: float(x) * 2.0, lambda x: x.item() * x):
        with pytest.raises((RuntimeError, TypeError)):
            fg.grad(f)(1.0)


def test_an_exception_of_the_function_comes_through_and_leaves_nothing_behind():
    with pytest.raises(ZeroDivisionError):
        fg.grad(lambda x: x * (1 // 0))(1.0)
    assert fg.grad(np.sin)(0.0) == 1.0
    t = fg.tensor(2.0, requires_grad=True)
    (t * t).backward()
    assert t.grad.item() == 4.0


def test_a_tensor_that_leaks_out_of_a_recording_is_an_error_not_a_wrong_gradient():
    leaked = []
    fg.grad(lambda x: leaked.append(x * 1.5) or x * x)(2.0)
    with pytest.raises(RuntimeError):
        fg.grad(lambda x: x * leaked[0])(3.0)


@pytest.mark.parametrize("arg", [np.arange(3), np.array([True, False])])
def test_integer_arrays_are_refused_with_the_sentence_of_torch(arg):
    wanted = "Only Tensors of floating point and complex dtype can require gradients"
    with pytest.raises(RuntimeError, match=wanted):
        fg.grad(lambda x: x.sum())(arg)


@pytest.mark.parametrize("arg", ["text", True, {"w": 1.0, "how": "max"}, 1j, np.array(["a"])])
def test_arguments_without_a_gradient_are_refused(arg):
    with pytest.raises(TypeError):
        fg.grad(lambda x: 1.0)(arg)


def test_a_string_in_a_differentiated_container_is_refused_by_its_name():
    with pytest.raises(TypeError, match=r"\.name is 'linear'"):
        fg.grad(lambda p: (p.w * X).sum())(Params(X, 1.0))


def test_a_container_that_contains_itself_is_refused():
    ring = [1.0]
    ring.append(ring)
    with pytest.raises(ValueError, match="contains itself"):
        fg.grad(lambda x: x[0])(ring)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fg.jvp(vector, (X,), (np.ones(2),)),
        lambda: fg.jvp(vector, (X,), (1.0,)),
        lambda: fg.jvp(vector, (X,), (X, X)),
        lambda: fg.jvp(vector, (X,), ([X],)),
        lambda: fg.vjp(vector, X)[1](np.ones(3)),
        lambda: fg.vjp(vector, X)[1]([1.0, 2.0]),
        lambda: fg.vjp(lambda x: (x, x), X)[1](X),
        lambda: fg.hvp(lambda x: (x**3).sum(), (X,), (np.ones(2),)),
    ],
)
def test_tangents_and_cotangents_of_another_shape_are_refused(call):
    with pytest.raises((TypeError, ValueError), match=r"shape|has to be"):
        call()


def test_jvp_wants_tuples():
    with pytest.raises(TypeError, match="tuple"):
        fg.jvp(np.sin, 0.5, 1.0)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fg.vmap(lambda x, y: x * y)(np.ones(3), np.ones(4)),
        lambda: fg.vmap(lambda x: x)(1.0),
        lambda: fg.vmap(lambda x: x, in_axes=None)(X),
        lambda: fg.vmap(lambda x: x, in_axes=1)(X),
        lambda: fg.vmap(lambda x, y: x, in_axes=(0,))(X, X),
    ],
)
def test_vmap_over_axes_that_do_not_fit_is_refused(call):
    with pytest.raises((TypeError, ValueError, IndexError), match=r"axes|axis|size"):
        call()
