"""Each transform gives the derivatives of closed forms, in the containers that it was given."""

import math
from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from program_samples import X, close, vector, vector_jacobian

import fastgrad as fg

A = np.array([[1.0, 2.0, -1.0], [0.5, -0.3, 0.7]])

Point = namedtuple("Point", "x y")


@dataclass(frozen=True)
class Params:
    w: Any
    b: Any
    name: str = "linear"


def is_array(x, shape):
    return type(x) is np.ndarray and x.shape == shape and x.flags.c_contiguous


def rosenbrock(x):
    return ((1.0 - x[:-1]) ** 2 + 100.0 * (x[1:] - x[:-1] ** 2) ** 2).sum()


def rosenbrock_gradient(x):
    g = np.zeros_like(x)
    g[:-1] = -2 * (1 - x[:-1]) - 400 * x[:-1] * (x[1:] - x[:-1] ** 2)
    g[1:] += 200 * (x[1:] - x[:-1] ** 2)
    return g


def rosenbrock_hessian(x):
    h = np.zeros((x.size, x.size))
    for i in range(x.size - 1):
        h[i, i] += 2 - 400 * (x[i + 1] - 3 * x[i] ** 2)
        h[i, i + 1] = h[i + 1, i] = -400 * x[i]
        h[i + 1, i + 1] += 200
    return h


# ----- grad and value_and_grad -----


def test_grad_of_a_number_is_a_python_float():
    slope = fg.grad(np.sin)(0.5)
    assert type(slope) is float
    close(slope, math.cos(0.5))
    assert fg.grad(lambda x: x**3)(2) == 12.0  # a Python int is a float here


def test_grad_of_an_array_is_a_contiguous_array():
    for x in (X, np.asfortranarray(A), A.T, A[:, ::-1], X[::2]):
        g = fg.grad(lambda x: (x * x).sum())(x)
        assert is_array(g, x.shape)
        close(g, 2 * x)


def test_value_and_grad_gives_both():
    value, g = fg.value_and_grad(rosenbrock)(X)
    assert type(value) is float
    close(value, rosenbrock(X))
    close(g, rosenbrock_gradient(X))


def test_the_arguments_are_not_changed():
    x = X.copy()

    def f(x):
        x = x.copy()
        x[0] = 5.0
        return (x * x).sum()

    close(fg.grad(f)(x), [0.0, *2 * X[1:]])
    assert (x == X).all()


def test_argnums_selects_and_orders_the_arguments():
    f = lambda x, y, z: x * y**2 * z**3
    at = (2.0, 3.0, 0.5)
    wanted = [9 / 8, 12 / 8, 18 * 3 / 4]
    for k in range(3):
        close(fg.grad(f, argnums=k)(*at), wanted[k])
    close(fg.grad(f, argnums=-1)(*at), wanted[2])
    both = fg.grad(f, argnums=(2, 0))(*at)
    assert type(both) is tuple
    close(both, (wanted[2], wanted[0]))
    assert type(fg.grad(f, argnums=(1,))(*at)) is tuple


def test_keyword_arguments_are_passed_on_and_not_differentiated():
    f = lambda x, *, power, scale=1.0: scale * x**power
    close(fg.grad(f)(2.0, power=3, scale=0.5), 6.0)
    close(fg.grad(f)(2.0, power=2), 4.0)


def test_other_arguments_may_be_anything():
    f = lambda x, how, n, flag: (x**n if how == "power" else x) * (2.0 if flag else 1.0)
    assert fg.grad(f)(3.0, "power", 2, True) == 12.0
    assert fg.grad(f)(3.0, "none", 2, False) == 1.0


def test_has_aux_hands_the_second_result_through():
    f = lambda x: ((x * x).sum(), {"twice": 2 * x, "none": None, "first": x[0], "n": 3})
    g, aux = fg.grad(f, has_aux=True)(X)
    close(g, 2 * X)
    assert is_array(aux["twice"], (3,)) and (aux["twice"] == 2 * X).all()
    assert aux["none"] is None and aux["n"] == 3
    assert type(aux["first"]) is float and aux["first"] == 0.5
    (value, aux), g = fg.value_and_grad(f, has_aux=True)(X)
    close(value, X @ X)
    close(g, 2 * X)
    assert aux["n"] == 3
    _, pull, aux = fg.vjp(lambda x: (x * x, (2 * x, x > 1, x[0])), X, has_aux=True)
    assert (aux[0] == 2 * X).all() and (aux[1] == (X > 1)).all()
    close(pull(np.ones(3))[0], 2 * X)


@pytest.mark.parametrize("argnums", [0, (0, 1)])
def test_has_aux_of_jacobians_and_hessians_hands_the_second_result_through(argnums):
    cubes = lambda x, y: (x**3 * y, {"sum": x.sum(), "y": 2 * y})
    total = lambda x, y: ((x**3 * y).sum(), {"sum": x.sum(), "y": 2 * y})
    by_x = np.diag(3 * X**2 * X), np.diag(6 * X * X)
    by_y = np.diag(X**3), np.diag(3 * X**2)
    for f in (cubes, fg.record(cubes, X, X)):
        found, aux = fg.jacobian(f, argnums=argnums, has_aux=True)(X, X)
        close(found[0] if argnums else found, by_x[0])
        close(found[1] if argnums else by_y[0], by_y[0])
        assert aux["sum"] == X.sum() and (aux["y"] == 2 * X).all()
    for f in (total, fg.record(total, X, X)):
        found, aux = fg.hessian(f, argnums=argnums, has_aux=True)(X, X)
        close(found[0][0] if argnums else found, by_x[1])
        close(found[1][0] if argnums else by_y[1], by_y[1])
        assert aux["sum"] == X.sum() and (aux["y"] == 2 * X).all()


def test_a_function_that_does_not_depend_on_its_argument_has_gradient_zero():
    assert fg.grad(lambda x: 3.0)(1.0) == 0.0
    assert fg.grad(lambda x, y: y * y)(1.0, 2.0) == 0.0
    g = fg.grad(lambda x: np.sum(np.ones(3)))(A)
    assert is_array(g, A.shape) and not g.any()


def test_the_identity_has_gradient_one():
    assert fg.value_and_grad(lambda x: x)(3.0) == (3.0, 1.0)


def test_empty_arrays_have_empty_gradients():
    assert is_array(fg.grad(lambda x: x.sum())(np.zeros((0, 3))), (0, 3))


def test_a_python_branch_is_followed_anew_at_every_call():
    slope = fg.grad(lambda x: x * x if x > 0 else -x)
    assert [slope(3.0), slope(-3.0), slope(2.0)] == [6.0, -1.0, 4.0]


def test_single_precision_stays_single():
    x = X.astype(np.float32)
    value, g = fg.value_and_grad(lambda x: (np.sin(x) * x).sum())(x)
    assert g.dtype == np.float32
    close(value, (np.sin(x) * x).sum(), rtol=1e-6)
    close(g, np.sin(x) + x * np.cos(x), rtol=1e-6)


def test_tensors_are_taken_as_arrays():
    g = fg.grad(lambda x: (x * x).sum())(fg.tensor(X))
    close(np.asarray(g), 2 * X)


# ----- containers -----

TREES = {
    "dict": {"w": X, "b": 2.0},
    "ordered": OrderedDict(b=2.0, w=X),
    "list": [X, 2.0],
    "tuple": (X, 2.0),
    "nested": {"layers": [(X, 0.5), (A, 1.0)], "scale": {"s": 2.0}, "none": None, "empty": []},
    "named tuple": Point(X, 2.0),
}


def squares(tree):
    """The sum of the squares of all leaves."""
    if tree is None or isinstance(tree, str):
        return 0.0
    if isinstance(tree, dict):
        return sum((squares(v) for v in tree.values()), 0.0)
    if isinstance(tree, (list, tuple)):
        return sum((squares(v) for v in tree), 0.0)
    return (tree * tree).sum()


def check_doubled(g, tree):
    assert type(g) is type(tree)
    if isinstance(tree, dict):
        assert list(g) == list(tree)
        for k in tree:
            check_doubled(g[k], tree[k])
    elif isinstance(tree, (list, tuple)):
        assert len(g) == len(tree)
        for a, b in zip(g, tree):
            check_doubled(a, b)
    elif tree is not None:
        close(g, 2 * np.asarray(tree))


@pytest.mark.parametrize("tree", TREES.values(), ids=TREES)
def test_gradients_come_in_the_containers_of_the_argument(tree):
    check_doubled(fg.grad(squares)(tree), tree)
    value, (g, h) = fg.value_and_grad(lambda a, b: squares(a) + b, argnums=(0, 1))(tree, 1.0)
    check_doubled(g, tree)
    assert h == 1.0 and type(value) is float


def test_the_gradient_of_a_dataclass_is_a_dataclass():
    @dataclass
    class Model:
        w: Any
        b: Any

    g = fg.grad(lambda m: (m.w * X).sum() * m.b)(Model(X, 2.0))
    assert type(g) is Model
    close(g.w, 2 * X)
    close(g.b, X @ X)


def test_a_string_in_another_container_is_static():
    f = lambda x, p: (p.w * x).sum() if p.name == "linear" else x.sum()
    close(fg.grad(f)(X, Params(2 * X, 1.0)), 2 * X)


# ----- vjp, jvp, linearize -----


def test_vjp_gives_the_value_and_pulls_back_any_cotangent():
    out, pull = fg.vjp(vector, X)
    close(out, vector(X))
    for w in ([1.0, 0.0], [0.3, -2.0], [0.0, 0.0]):
        (g,) = pull(np.array(w))
        assert is_array(g, (3,))
        close(g, w @ vector_jacobian(X))


def test_vjp_gives_one_cotangent_an_argument():
    out, pull = fg.vjp(lambda x, p: (p["a"] * x).sum() * p["b"], X, {"a": X, "b": 3.0})
    close(out, 3 * X @ X)
    gx, gp = pull(1.0)
    close(gx, 3 * X)
    close(gp["a"], 3 * X)
    close(gp["b"], X @ X)


def test_vjp_of_containers_takes_cotangents_in_the_same_containers():
    out, pull = fg.vjp(lambda x: {"s": x.sum(), "pair": (x * x, 2 * x)}, X)
    assert type(out["s"]) is float and type(out["pair"]) is tuple
    (g,) = pull({"s": 2.0, "pair": (X, np.ones(3))})
    close(g, 2 + 2 * X * X + 2)


@pytest.mark.parametrize("transform", [fg.vjp, fg.linearize])
@pytest.mark.parametrize("kind", ["array", "tensor", "recorded"])
def test_a_product_is_taken_where_the_point_was(transform, kind):
    cube = lambda x: x**3 if x[0] > 0 else x

    def product(x):
        point = 1.0 * x
        _, later = transform(cube, point)
        point -= 10.0
        found = later(np.ones(2))
        return found[0] if transform is fg.vjp else found

    x = np.array([1.0, 2.0])
    if kind == "tensor":
        x = fg.tensor(x)
    found = (fg.record(product) if kind == "recorded" else product)(x)
    close(np.asarray(found), [3.0, 12.0])


def test_jvp_gives_the_value_and_the_tangent():
    v = np.array([1.0, -2.0, 0.5])
    out, dot = fg.jvp(vector, (X,), (v,))
    close(out, vector(X))
    close(dot, vector_jacobian(X) @ v)
    out, dot = fg.jvp(np.sin, (0.5,), (2.0,))
    assert type(out) is float and type(dot) is float
    close(dot, 2 * math.cos(0.5))


def test_jvp_of_containers_gives_tangents_in_the_containers_of_the_result():
    f = lambda p, y: [p["x"] * y, Point(p["x"].sum(), 3.0)]
    out, dot = fg.jvp(f, ({"x": X}, 2.0), ({"x": np.ones(3)}, 0.5))
    close(out[0], 2 * X)
    close(dot[0], 2 + 0.5 * X)
    assert type(dot[1]) is Point
    assert dot[1] == (3.0, 0.0)  # a constant has tangent zero


@pytest.mark.parametrize("kind", ["array", "tensor", "recorded"])
@pytest.mark.parametrize("dtype", ["uint8", "bool", "int64", "float32", "float64"])
def test_vectors_of_any_dtype_are_floats_of_the_arguments(dtype, kind):
    def products(v):
        _, moved = fg.jvp(lambda x: -x, (np.ones(2),), (v,))
        return moved, fg.vjp(lambda x: x + x, np.ones(2))[1](v)[0]

    v = np.array([1, 0]).astype(dtype)
    if kind == "tensor":
        v = fg.tensor(v)
    moved, pulled = (fg.record(products) if kind == "recorded" else products)(v)
    for found, wanted in ((moved, [-1.0, 0.0]), (pulled, [2.0, 0.0])):
        assert found.dtype == np.float64
        close(np.asarray(found), wanted)


def test_linearize_gives_the_value_and_the_tangent_map():
    out, push = fg.linearize(vector, X)
    close(out, vector(X))
    for v in np.eye(3):
        close(push(v), vector_jacobian(X) @ v)
    out, push = fg.linearize(lambda x, y: x * y, 2.0, 3.0)
    assert out == 6.0
    close(push(1.0, 10.0), 23.0)


# ----- Jacobians and Hessians -----


@pytest.mark.parametrize("jac", [fg.jacfwd, fg.jacrev, fg.jacobian], ids=lambda f: f.__name__)
def test_jacobians_have_the_axes_of_the_result_then_those_of_the_argument(jac):
    j = jac(vector)(X)
    assert is_array(j, (2, 3))
    close(j, vector_jacobian(X))
    j = jac(lambda a: a @ X)(A)
    assert is_array(j, (2, 2, 3))
    close(j, np.einsum("ik,j->ikj", np.eye(2), X))
    close(jac(lambda x: x * X)(2.0), X)
    close(jac(lambda x: (x * x).sum())(X), 2 * X)
    slope = jac(np.sin)(0.5)
    assert type(slope) is float
    close(slope, math.cos(0.5))


@pytest.mark.parametrize("jac", [fg.jacfwd, fg.jacrev, fg.jacobian], ids=lambda f: f.__name__)
def test_jacobians_by_several_arguments_and_of_containers(jac):
    f = lambda x, y: {"p": x * y, "s": (x.sum(),)}
    j = jac(f, argnums=(0, 1))(X, 2.0)
    close(j["p"][0], 2 * np.eye(3))
    close(j["p"][1], X)
    close(j["s"][0][0], np.ones(3))
    assert j["s"][0][1] == 0.0
    j = jac(lambda p: p["a"] * p["b"])({"a": X, "b": 2.0})
    close(j["a"], 2 * np.eye(3))
    close(j["b"], X)


def test_hessian_of_an_array():
    h = fg.hessian(rosenbrock)(X)
    assert is_array(h, (3, 3))
    close(h, rosenbrock_hessian(X))
    h = fg.hessian(lambda a: (a**3).sum())(A)
    assert is_array(h, (2, 3, 2, 3))
    close(h.reshape(6, 6), np.diag(6 * A.reshape(-1)))
    second = fg.hessian(np.sin)(0.5)
    assert type(second) is float
    close(second, -math.sin(0.5))


def test_hessian_by_several_arguments_is_nested_twice():
    h = fg.hessian(lambda x, y: (x * x).sum() * y, argnums=(0, 1))(X, 3.0)
    close(h[0][0], 6 * np.eye(3))
    close(h[0][1], 2 * X)
    close(h[1][0], 2 * X)
    assert h[1][1] == 0.0
    h = fg.hessian(lambda p: p["a"] ** 2 * p["b"])({"a": 2.0, "b": 3.0})
    assert h == {"a": {"a": 6.0, "b": 4.0}, "b": {"a": 4.0, "b": 0.0}}


def test_hvp_is_the_hessian_times_the_vector():
    v = np.array([1.0, -2.0, 0.5])
    product = fg.hvp(rosenbrock, (X,), (v,))
    assert is_array(product, (3,))
    close(product, rosenbrock_hessian(X) @ v)


def test_sparse_results_are_csr_arrays_of_the_same_numbers():
    from scipy.sparse import csr_array

    x = np.linspace(-1.0, 1.0, 12)
    h = fg.hessian(rosenbrock, sparse=True)(x)
    assert isinstance(h, csr_array) and h.nnz <= 3 * 12 - 2
    close(h.toarray(), rosenbrock_hessian(x))
    f = lambda x: x[1:] * np.sin(x[:-1])
    j = fg.jacobian(f, sparse=True)(x)
    wanted = np.zeros((11, 12))
    wanted[np.arange(11), np.arange(11)] = x[1:] * np.cos(x[:-1])
    wanted[np.arange(11), np.arange(1, 12)] = np.sin(x[:-1])
    assert isinstance(j, csr_array) and j.nnz == 22
    close(j.toarray(), wanted)


# ----- vmap -----


def test_vmap_is_the_loop_over_the_first_axis():
    xs = np.stack([X, 2 * X, X - 1, X**2])
    out = fg.vmap(vector)(xs)
    assert is_array(out, (4, 2))
    close(out, np.stack([vector(x) for x in xs]))
    out = fg.vmap(rosenbrock)(xs)
    assert is_array(out, (4,))
    close(out, [rosenbrock(x) for x in xs])


def test_vmap_takes_axes_for_each_argument_and_result():
    f = lambda x, y, s: (x @ y * s, x)
    xs, y = np.arange(12.0).reshape(3, 4), np.arange(3.0)
    a, b = fg.vmap(f, in_axes=(1, None, 0), out_axes=(0, 1))(xs, y, np.arange(4.0))
    close(a, (y @ xs) * np.arange(4.0))
    close(b, xs)
    a, b = fg.vmap(f, in_axes=(-1, None, None), out_axes=(0, -1))(xs, y, 2.0)
    close(a, 2 * y @ xs)
    close(b, xs)


def test_vmap_goes_into_containers():
    tree = {"a": np.arange(4.0), "b": [np.ones((4, 3))]}
    out = fg.vmap(lambda t: {"sum": t["a"] + t["b"][0].sum(), "b": t["b"]})(tree)
    close(out["sum"], np.arange(4.0) + 3)
    assert out["b"][0].shape == (4, 3)
    shared = {"a": 0, "b": None}
    out = fg.vmap(lambda t: t["a"] * t["b"], in_axes=(shared,))({"a": np.arange(4.0), "b": 2.0})
    close(out, 2 * np.arange(4.0))


def test_vmap_repeats_a_result_that_does_not_depend_on_the_point():
    a, b = fg.vmap(lambda x, y: (y * 2.0, x), in_axes=(0, None))(np.arange(3.0), 5.0)
    assert a.tolist() == [10.0] * 3 and b.tolist() == [0.0, 1.0, 2.0]


# ----- stop_gradient, checkpoint -----


def test_stop_gradient_is_a_constant_to_every_transform():
    f = lambda x: (x * fg.stop_gradient(x)).sum()
    close(fg.grad(f)(X), X)
    close(fg.jvp(f, (X,), (np.ones(3),))[1], X.sum())
    assert not fg.hessian(f)(X).any()
    assert fg.stop_gradient(2.0) == 2.0
    close(fg.vmap(fg.stop_gradient)(X), X)
    g = fg.grad(lambda p: fg.stop_gradient(p)["a"] * p["a"])({"a": 3.0})
    assert g == {"a": 3.0}


def test_checkpoint_changes_no_derivative():
    inner = lambda x, p: np.sin(x) * p["s"]
    plain = lambda x: (inner(np.exp(x), {"s": x})).sum()
    saved = lambda x: (fg.checkpoint(inner)(np.exp(x), {"s": x})).sum()
    assert fg.value_and_grad(saved)(X)[0] == fg.value_and_grad(plain)(X)[0]
    close(fg.grad(saved)(X), fg.grad(plain)(X))
    close(fg.jvp(saved, (X,), (X,))[1], fg.jvp(plain, (X,), (X,))[1])
    close(fg.hessian(saved)(X), fg.hessian(plain)(X))
    close(fg.checkpoint(np.sin)(0.5), math.sin(0.5))
