"""custom_vjp and custom_jvp: the rules are used, in every transform and at every order.

Rules have a factor of their own by which their use can be told, or are right and compared with the
function without a rule.
"""

import functools
import math
import pickle
from typing import NamedTuple

import numpy as np
import pytest
from in_threads import in_threads

import fastgrad as fg
from fastgrad._sparsity import pattern
from fastgrad.testing import check_grads

X = np.array([0.5, 1.5, -0.8])
V = np.array([1.0, -2.0, 0.5])


def close(a, b, rtol=1e-12):
    np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-12)


def sine_by_vjp(factor=1.0):
    sine = fg.custom_vjp(np.sin)
    sine.defvjp(lambda x: (np.sin(x), x), lambda x, g: (factor * np.cos(x) * g,))
    return sine


def sine_by_jvp(factor=1.0):
    sine = fg.custom_jvp(np.sin)
    sine.defjvp(lambda x, t: (np.sin(x[0]), factor * np.cos(x[0]) * t[0]))
    return sine


BOTH = pytest.mark.parametrize("sine", [sine_by_vjp, sine_by_jvp])


# ----- every transform, every order -----


@BOTH
def test_the_rule_is_used_at_order_one_to_three(sine):
    f = sine(10.0)
    close(f(0.5), math.sin(0.5))
    d1, d2, d3 = fg.grad(f), fg.grad(fg.grad(f)), fg.grad(fg.grad(fg.grad(f)))
    close(d1(0.5), 10 * math.cos(0.5))
    close(d2(0.5), -10 * math.sin(0.5))
    close(d3(0.5), -10 * math.cos(0.5))


@BOTH
def test_the_rule_is_used_by_every_transform(sine):
    f = sine(10.0)
    close(fg.jacfwd(f)(X), np.diag(10 * np.cos(X)))
    close(fg.jacrev(f)(X), np.diag(10 * np.cos(X)))
    close(fg.jacobian(f)(X), np.diag(10 * np.cos(X)))
    close(fg.jvp(f, (X,), (V,))[1], 10 * np.cos(X) * V)
    close(fg.vjp(f, X)[1](V)[0], 10 * np.cos(X) * V)
    close(fg.linearize(f, X)[1](V), 10 * np.cos(X) * V)
    total = lambda x: f(x).sum()
    close(fg.hessian(total)(X), np.diag(-10 * np.sin(X)))
    close(fg.hvp(total, (X,), (V,)), -10 * np.sin(X) * V)
    close(fg.jacfwd(fg.jacfwd(total))(X), np.diag(-10 * np.sin(X)))
    close(fg.jacrev(fg.jacfwd(total))(X), np.diag(-10 * np.sin(X)))
    close(fg.jacrev(fg.jacrev(total))(X), np.diag(-10 * np.sin(X)))


@BOTH
def test_vmap_and_grad_of_it_meet_in_either_order(sine):
    f = sine(10.0)
    close(fg.vmap(f)(X), np.sin(X))
    close(fg.vmap(fg.grad(f))(X), 10 * np.cos(X))
    close(fg.vmap(fg.grad(fg.grad(f)))(X), -10 * np.sin(X))
    close(fg.grad(lambda x: fg.vmap(f)(x).sum())(X), 10 * np.cos(X))
    close(fg.hessian(lambda x: fg.vmap(f)(x).sum())(X), np.diag(-10 * np.sin(X)))
    close(fg.jacfwd(lambda x: fg.vmap(fg.grad(f))(x))(X), np.diag(-10 * np.sin(X)))


@pytest.mark.parametrize("make", [fg.custom_vjp, fg.custom_jvp])
def test_a_shared_operand_of_vmap_gets_the_sum_of_its_gradients(make):
    product = make(lambda x, y: x * y)
    if make is fg.custom_vjp:
        product.defvjp(lambda x, y: (x * y, (x, y)), lambda k, g: (10 * g * k[1], 10 * g * k[0]))
    else:
        product.defjvp(lambda p, t: (p[0] * p[1], 10 * (p[0] * t[1] + t[0] * p[1])))
    f = lambda s: fg.vmap(lambda x: product(s, x))(X).sum()
    close(fg.grad(f)(2.0), 10 * X.sum())
    close(fg.jvp(f, (2.0,), (3.0,))[1], 30 * X.sum())
    both = lambda s, x: (fg.vmap(product, in_axes=(None, 0))(s, x) ** 2).sum()
    # each point: d/ds (s x)^2 by the rule is 2 s x * 10 x
    close(fg.grad(both, argnums=(0, 1))(2.0, X)[0], (2 * 2.0 * X * 10 * X).sum())
    close(fg.grad(both, argnums=(0, 1))(2.0, X)[1], 2 * 2.0 * X * 10 * 2.0)


@BOTH
def test_right_rules_pass_check_grads_to_order_three(sine):
    f = sine()
    check_grads(f, (0.7,), order=3)
    check_grads(lambda x: f(np.exp(x)) @ X, (X,), order=2)


@BOTH
def test_wrong_rules_are_caught_by_check_grads(sine):
    with pytest.raises(AssertionError, match="order 1"):
        check_grads(sine(1.001), (X,))


# ----- recorded -----


@BOTH
def test_a_recorded_function_replays_the_rule(sine):
    f = sine(10.0)
    program = fg.record(lambda x: f(x * x).sum(), X)
    lazy = fg.record(lambda x: f(x * x).sum())
    for x in (X, 2 * X, -X / 3):
        wanted = 10 * np.cos(x * x) * 2 * x
        close(program(x), np.sin(x * x).sum())
        close(program.grad(x), wanted)
        close(fg.grad(lazy)(x), wanted)
        close(program.hessian(x), fg.hessian(lambda x: f(x * x).sum())(x))
        close(program.batch(np.stack([x, x]), what="grad"), [wanted, wanted])


@pytest.mark.parametrize("where", ["f", "rule"])
def test_a_branch_in_the_rule_is_a_guard_of_the_recording(where):
    def kinked(x):
        return np.sin(x) if where == "rule" or x > 1.0 else 2.0 * x

    f = fg.custom_vjp(kinked)
    f.defvjp(
        lambda x: (kinked(x), x),
        lambda x, g: ((g * 5.0 if x > 1.0 else g * 7.0) if where == "rule" else g * x,),
    )
    program = fg.record(f, 2.0)
    assert program(1.5) == math.sin(1.5)
    assert program.grad(1.5) == (5.0 if where == "rule" else 1.5)
    for call in (program, program.grad, program.hessian):
        with pytest.raises(fg.BranchChanged, match="test_custom_rules"):
            call(0.5)
    lazy = fg.record(f)
    assert [fg.grad(lazy)(x) for x in (2.0, 0.5, 1.5)] == (
        [5.0, 7.0, 5.0] if where == "rule" else [2.0, 0.5, 1.5]
    )
    xs = np.array([0.25, 2.0, 0.5, 1.5])
    close(fg.vmap(fg.grad(f))(xs), [7.0, 5.0, 7.0, 5.0] if where == "rule" else xs)


def test_a_branch_in_a_forward_rule_is_a_guard_too():
    f = fg.custom_jvp(lambda x: x)
    f.defjvp(lambda x, t: (f(x[0]), 5.0 * t[0] if x[0] > 1.0 else 7.0 * t[0]))
    lazy = fg.record(f)
    assert [fg.grad(lazy)(x) for x in (2.0, 0.5, 1.5)] == [5.0, 7.0, 5.0]
    with pytest.raises(fg.BranchChanged):
        fg.record(f, 2.0).grad(0.5)


@fg.custom_jvp
def twofold_exp(x):
    return np.exp(x)


@twofold_exp.defjvp
def _(x, t):
    y = twofold_exp(x[0])
    return y, 2.0 * y * t[0]


def test_a_pickled_program_keeps_its_rules_and_a_file_refuses_them(tmp_path):
    sine = sine_by_vjp(10.0)
    f = lambda x: (twofold_exp(x) * sine(x) * (2.0 if x[0] > 0 else 1.0)).sum()
    program = fg.record(lambda x: f(x) + fg.vmap(sine)(x).sum(), X)
    copy = pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(program))))
    for x in (X, 2 * X):
        assert copy(x) == program(x)
        assert (copy.grad(x) == program.grad(x)).all()
        assert (copy.hessian(x) == program.hessian(x)).all()
        assert fg.jvp(copy, (x,), (V,)) == fg.jvp(program, (x,), (V,))
        assert (copy.batch(x[None])[1] == program.grad(x)).all()
    with pytest.raises(fg.BranchChanged, match="test_custom_rules"):
        copy(-X)
    with pytest.raises(TypeError, match=r"custom twofold_exp.*a file holds no code"):
        program.save(tmp_path / "model.fgp")


@BOTH
def test_the_pattern_of_a_sparse_jacobian_is_that_of_the_rule(sine):
    f = sine(10.0)
    wanted = [
        (lambda x: f(x), np.eye(4)),
        (lambda x: f(x[1:]) * x[0], np.eye(4)[1:] + [1, 0, 0, 0]),
    ]
    for g, places in wanted:
        graph = fg.record(g, np.arange(1.0, 5.0)).recording.graph
        found = pattern(graph, graph.outputs[0], graph.inputs[0])
        dense = np.zeros(found.shape)
        dense[found.rows, found.indices] = 1.0
        np.testing.assert_array_equal(dense, places)


def test_a_custom_function_can_be_drawn():
    program = fg.record(lambda x: sine_by_vjp(10.0)(x[0] * x[1]) + x[2], X)
    assert "custom" in fg.draw(program, X).dot()


def test_why_nan_names_a_custom_function():
    f = fg.custom_vjp(np.log)
    f.defvjp(lambda x: (np.log(x), x), lambda x, g: (g / (x * 0.0),))
    program = fg.record(lambda x: f(x).sum(), X)
    assert "custom log" in str(program.why_nan(X))
    assert "gradient" in str(program.why_nan(np.abs(X)))
    assert "custom" in str(program)


def test_a_branch_on_a_cotangent_or_tangent_is_refused():
    f = fg.custom_vjp(lambda x: x)
    f.defvjp(lambda x: (x, None), lambda _, g: (g if g > 0 else -g,))
    with pytest.raises(TypeError, match=r"bwd of <lambda> branches on a cotangent.*custom_rules"):
        fg.grad(f)(1.0)
    f = fg.custom_jvp(lambda x: x)
    f.defjvp(lambda x, t: (x[0], t[0] if t[0] > 0 else -t[0]))
    with pytest.raises(TypeError, match="branches on a tangent"):
        fg.grad(f)(1.0)


# ----- eager Tensors -----


@BOTH
def test_backward_of_eager_tensors_uses_the_rule(sine):
    f = sine(10.0)
    x = fg.tensor(X, requires_grad=True)
    y = f(x * 2)
    assert y.requires_grad
    close(y.detach().numpy(), np.sin(2 * X))
    (y * fg.tensor(V)).sum().backward()
    close(x.grad.numpy(), 20 * np.cos(2 * X) * V)
    s = fg.tensor(0.5, requires_grad=True)
    (g,) = fg.autograd.grad(f(s), s, create_graph=True)
    close(g.item(), 10 * math.cos(0.5))
    (h,) = fg.autograd.grad(g, s, create_graph=True)
    close(h.item(), -10 * math.sin(0.5))
    close(fg.autograd.grad(h, s)[0].item(), -10 * math.cos(0.5))


@BOTH
def test_without_a_tracked_argument_the_function_itself_is_called(sine):
    f = sine(10.0)
    assert type(f(0.5)) is np.float64
    assert type(f(X)) is np.ndarray
    assert not f(fg.tensor(0.5)).requires_grad
    with fg.no_grad():
        assert not f(fg.tensor(0.5, requires_grad=True)).requires_grad
    calls = []
    plain = fg.custom_vjp(lambda x: calls.append(x) or x)
    assert plain(2.0) == 2.0  # needs no rule
    assert calls == [2.0]


def test_changing_one_result_in_place_leaves_the_others():
    pair = fg.custom_vjp(lambda x: (x + 1.0, x * 2.0))
    pair.defvjp(lambda x: ((x + 1.0, x * 2.0), None), lambda _, g: (g[0] + 2.0 * g[1],))
    x = fg.tensor(X, requires_grad=True)
    a, b = pair(x)
    a *= 3.0
    (a * b).sum().backward()
    close(x.grad.numpy(), 3 * 2 * X + 3 * (X + 1) * 2)


def test_an_eager_rule_may_read_arguments_that_were_changed_only_if_they_were_not():
    f = sine_by_vjp()
    x = fg.tensor(X, requires_grad=True)
    y = x * 1.0
    z = f(y)
    y *= 2.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


# ----- containers, several arguments and results -----


class Pair(NamedTuple):
    a: object
    b: object


def spread_by_vjp(factor):
    """f(x, {"p": [s, n]}) with n an int; returns a Pair of floats of several shapes and an int."""
    plain = lambda x, d: Pair(x * d["p"][0], {"sum": x.sum() ** d["p"][1], "n": d["p"][1]})
    f = fg.custom_vjp(plain)

    def fwd(x, d):
        return plain(x, d), {"x": x, "rest": (d["p"][0], [d["p"][1], "text", None])}

    def bwd(kept, g):
        s, (n, text, nothing) = kept["rest"]
        assert text == "text" and nothing is None and type(g) is Pair
        from_sum = n * kept["x"].sum() ** (n - 1) * g.b["sum"]
        return factor * (s * g.a + from_sum), {"p": [factor * (g.a * kept["x"]).sum(), None]}

    f.defvjp(fwd, bwd)
    return f, plain


def test_arguments_results_and_residuals_are_containers():
    f, plain = spread_by_vjp(1.0)
    args = (X, {"p": [2.0, 3]})
    out, n = f(*args).b["sum"], f(*args).b["n"]
    assert (out, n) == (X.sum() ** 3, 3)
    check_grads(f, args, order=2)
    use = lambda g: lambda x, d: (g(x, d).a * V).sum() * g(x, d).b["sum"]
    for transform in (fg.grad, fg.jacfwd, fg.jacrev):
        found = transform(use(f), argnums=0)(*args)
        close(found, fg.grad(use(plain), argnums=0)(*args))
    tenfold, _ = spread_by_vjp(10.0)
    close(fg.grad(use(tenfold))(*args), 10 * fg.grad(use(plain))(*args))
    close(fg.vmap(lambda x: fg.grad(use(f))(x, args[1]))(np.stack([X, V])),
          [fg.grad(use(plain))(x, args[1]) for x in (X, V)])  # fmt: skip
    x, s = fg.tensor(X, requires_grad=True), fg.tensor(2.0, requires_grad=True)
    use(tenfold)(x, {"p": [s, 3]}).backward()
    close(x.grad.numpy(), 10 * fg.grad(use(plain))(*args))


def test_one_run_of_bwd_serves_all_results():
    f = fg.custom_vjp(lambda x: tuple(x * k for k in range(1, 5)))
    f.defvjp(
        lambda x: (tuple(x * k for k in range(1, 5)), None),
        lambda _, g: (np.exp(g[0] + 2 * g[1] + 3 * g[2] + 4 * g[3]),),  # not linear, to be counted
    )
    x = fg.tensor(1.0, requires_grad=True)
    (0.1 * sum(f(x))).backward()
    close(x.grad.item(), math.exp(1.0))
    close(fg.grad(lambda x: 0.1 * sum(f(x)))(1.0), math.exp(1.0))


def test_scalars_and_single_precision_keep_their_types():
    f = fg.custom_vjp(lambda x, s: (x * s, s * 2.0))
    f.defvjp(lambda x, s: ((x * s, s * 2.0), (x, s)),
             lambda k, g: (g[0] * k[1], (g[0] * k[0]).sum() + 2.0 * g[1]))  # fmt: skip
    x = X.astype(np.float32)
    same = fg.custom_vjp(lambda x, s: (x, s))
    same.defvjp(lambda x, s: ((x, s), None), lambda _, g: g)
    out = fg.record(same)(x, 2.0)
    assert out[0].dtype == np.float32 and type(out[1]) is float
    assert out[0].tobytes() == x.tobytes()
    g = fg.grad(lambda x, s: f(x, s)[0].sum() * f(x, s)[1], argnums=(0, 1))(x, 2.0)
    assert g[0].dtype == np.float32 and type(g[1]) is float
    close(g[0], np.full(3, 2.0 * 4.0), 1e-6)
    close(g[1], X.sum() * 4.0 + X.sum() * 2.0 * 2.0, 1e-6)


def test_none_is_a_cotangent_of_zeros():
    f = fg.custom_vjp(lambda x, d: x * d["a"] * d["b"])
    f.defvjp(lambda x, d: (x * d["a"] * d["b"], None), lambda _, g: (None, {"a": g, "b": None}))
    g = fg.grad(f, argnums=(0, 1))(2.0, {"a": 3.0, "b": 5.0})
    assert g == (0.0, {"a": 1.0, "b": 0.0})
    f.defvjp(lambda x, d: (x * d["a"] * d["b"], None), lambda _, g: (g, None))
    assert fg.grad(f, argnums=(0, 1))(2.0, {"a": 3.0, "b": 5.0}) == (1.0, {"a": 0.0, "b": 0.0})
    f = fg.custom_jvp(lambda x: (x, x * 2))
    f.defjvp(lambda x, t: ((x[0], x[0] * 2), (None, t[0])))
    assert fg.jvp(f, (1.0,), (3.0,)) == ((1.0, 2.0), (0.0, 3.0))


def test_integer_arguments_pass_through_the_rule():
    take = fg.custom_vjp(lambda x, i: x[i])
    take.defvjp(
        lambda x, i: (x[i], (x, i)),
        lambda k, g: (fg.vjp(lambda x: x[k[1]] * 10.0, k[0])[1](g)[0], None),
    )
    i = np.array([2, 0, 2])
    close(fg.grad(lambda x: (take(x, i) * V).sum())(X), [-20.0, 0.0, 15.0])
    program = fg.record(lambda x, i: take(x, i).sum(), X, i)
    close(program.grad(X, np.array([1, 1, 1])), [0.0, 30.0, 0.0])


# ----- how it is called -----


def test_nondiff_argnums_are_handed_to_the_rule():
    @functools.partial(fg.custom_vjp, nondiff_argnums=(0, 2))
    def apply(f, x, n):
        return f(x) ** n

    def fwd(f, x, n):
        return apply(f, x, n), x

    def bwd(f, n, x, g):
        return (g * n * 100.0 * f(x),)

    apply.defvjp(fwd, bwd)
    close(apply(np.sin, 0.5, 2), math.sin(0.5) ** 2)
    close(fg.grad(apply, argnums=1)(np.sin, 0.5, 2), 200 * math.sin(0.5))

    scale = fg.custom_jvp(lambda k, x: k * x, nondiff_argnums=0)
    scale.defjvp(lambda k, x, t: (scale(k, x[0]), k * 10.0 * t[0]))
    close(fg.grad(scale, argnums=1)(3, 0.5), 30.0)


def test_keyword_arguments_and_defaults_take_their_places():
    @fg.custom_vjp
    def f(x, y=2.0, n=3):
        return x * y * n

    f.defvjp(lambda x, y, n: (x * y * n, (x, y, n)), lambda k, g: (g * k[1], g * k[0], None))
    assert fg.grad(lambda x: f(n=1, y=5.0, x=x))(3.0) == 5.0
    assert fg.grad(lambda y: f(3.0, y=y))(7.0) == 3.0
    g = fg.custom_vjp(lambda *, x: x)
    with pytest.raises(TypeError, match="by keyword only, x"):
        g(x=1.0)


def test_it_looks_like_the_function():
    @fg.custom_jvp
    def f(x):
        """Say what it is."""
        return x

    assert (f.__name__, f.__doc__, f.__wrapped__(3.0)) == ("f", "Say what it is.", 3.0)
    assert repr(f) == "<custom_jvp f>"
    assert f.defjvp(lambda p, t: (p[0], 2 * t[0])) is not f
    assert fg.grad(f)(1.0) == 2.0


@fg.custom_vjp
def at_the_top(x):
    return x


at_the_top.defvjp(lambda x: (x, None), lambda _, g: (4.0 * g,))


def test_it_can_be_pickled_where_a_function_can():
    assert pickle.loads(pickle.dumps(at_the_top)) is at_the_top


@pytest.mark.parametrize("make", [fg.custom_vjp, fg.custom_jvp])
def test_it_can_be_made_of_an_object_without_a_name_or_a_signature(make):
    class Square:
        def __call__(self, x):
            return x * x

    rules = {
        fg.custom_vjp: (lambda x: (x * x, x), lambda x, g: (10.0 * x * g,)),
        fg.custom_jvp: (lambda x, t: (x[0] ** 2, 10.0 * x[0] * t[0]),),
    }[make]
    f = make(Square())
    (f.defvjp if make is fg.custom_vjp else f.defjvp)(*rules)
    assert f.__name__ == "Square"
    assert fg.grad(f)(3.0) == 30.0
    largest = make(max)  # whose signature nobody knows
    (largest.defvjp if make is fg.custom_vjp else largest.defjvp)(*rules)
    with pytest.raises(TypeError, match="max takes its arguments by position"):
        largest(1.0, key=abs)


def test_it_can_be_a_method():
    class Layer:
        def __init__(self, w):
            self.w = w

        @fg.custom_vjp
        def scaled(self, x):
            return self.w * x

        scaled.defvjp(lambda self, x: (self.w * x, self.w), lambda w, g: (None, 10.0 * w * g))

    assert Layer(3.0).scaled(2.0) == 6.0
    assert fg.grad(Layer(3.0).scaled)(2.0) == 30.0


# ----- threads -----


@BOTH
def test_threads_that_use_one_rule_at_once_do_not_meet(sine):
    f = sine(10.0)
    lazy = fg.record(lambda x: f(x).sum())

    def work(k):
        x = X * (k + 1)
        for _ in range(10):
            close(fg.grad(lazy)(x), 10 * np.cos(x))
            close(lazy.hessian(x), np.diag(-10 * np.sin(x)))
            close(fg.grad(lambda x: f(x).sum())(x), 10 * np.cos(x))
            t = fg.tensor(x, requires_grad=True)
            f(t).sum().backward()
            close(t.grad.numpy(), 10 * np.cos(x))

    in_threads(work)
