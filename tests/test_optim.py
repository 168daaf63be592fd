"""fastgrad.optim: each method against its formula, torch's numbers, and what it promises."""

import copy
import inspect
import itertools
import pickle

import numpy as np
import pytest

import fastgrad as fg

METHODS = ["SGD", "Adam", "AdamW", "RMSprop", "LBFGS"]


def array(tensor):
    return np.array(tensor.detach().tolist())


def leaf(value):
    return fg.tensor(np.array(value), requires_grad=True)


def give_gradient(p, g):
    """Set ``p.grad`` to `g` through a backward pass."""
    p.grad = None
    (p * fg.tensor(np.asarray(g, array(p).dtype))).sum().backward()


def rosenbrock(w, b):
    return (1.0 - w[0]) ** 2 + 100.0 * (w[1] - w[0] ** 2) ** 2 + (b - w[0]) ** 2


class Descent:
    """Parameters, an optimizer of them and a loss: what the tests step, save and compare."""

    def __init__(self, method, options, loss=rosenbrock, start=((-1.2, 1.0), 0.5)):
        self.params = [leaf(value) for value in start]
        self.opt = getattr(fg.optim, method)(self.params, **options)
        self.loss, self.calls = loss, 0

    def closure(self):
        self.calls += 1
        self.opt.zero_grad()
        loss = self.loss(*self.params)
        loss.backward()
        return loss

    def run(self, steps):
        for _ in range(steps):
            self.opt.step(self.closure)
        return self

    @property
    def at(self):
        return np.concatenate([array(p).ravel() for p in self.params])


def every(**choices):
    """Return each combination of options."""
    return [dict(zip(choices, values)) for values in itertools.product(*choices.values())]


# ----- the formulas, in NumPy: from the papers, sums written out -----


def average(values, keep):
    """Return ``(1 - keep) * sum(keep**age * value)``."""
    return (1 - keep) * sum(keep**age * value for age, value in enumerate(reversed(values)))


def sgd(w, grads, lr, momentum, dampening, weight_decay, nesterov, maximize):
    past, dampening = [], dampening if momentum else 0
    for g in grads:
        past.append((-g if maximize else g) + weight_decay * w)
        later = sum(momentum**age * h for age, h in enumerate(reversed(past[1:])))
        buffer = momentum ** (len(past) - 1) * past[0] + (1 - dampening) * later
        w = w - lr * (past[-1] + momentum * buffer if nesterov else buffer)
    return w


def adam(w, grads, lr, betas, eps, weight_decay, amsgrad, maximize, decoupled):
    past, squares = [], []
    for t, g in enumerate(grads, 1):
        g = -g if maximize else g
        w, g = (w - lr * weight_decay * w, g) if decoupled else (w, g + weight_decay * w)
        past.append(g)
        squares.append(average([h**2 for h in past], betas[1]))
        v = np.max(squares, axis=0) if amsgrad else squares[-1]
        m_hat, v_hat = average(past, betas[0]) / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
        w = w - lr * m_hat / (np.sqrt(v_hat) + eps)
    return w


def rmsprop(w, grads, lr, alpha, eps, weight_decay, momentum, centered, maximize):
    past, moves = [], []
    for g in grads:
        past.append((-g if maximize else g) + weight_decay * w)
        variance = average([h**2 for h in past], alpha)
        if centered:
            variance = variance - average(past, alpha) ** 2
        moves.append(past[-1] / (np.sqrt(variance) + eps))
        w = w - lr * sum(momentum**age * move for age, move in enumerate(reversed(moves)))
    return w


def lbfgs(w, gradient, lr, steps, history_size):
    """Take steps of one length; the inverse Hessian is a matrix, built anew from the history."""
    pairs, g = [], gradient(w)
    for i in range(steps):
        inverse = np.eye(len(w))
        if pairs:
            s, y = pairs[-1]
            inverse *= (s @ y) / (y @ y)
        for s, y in pairs[-history_size:]:
            project = np.eye(len(w)) - np.outer(s, y) / (s @ y)
            inverse = project @ inverse @ project.T + np.outer(s, s) / (s @ y)
        s = -lr * (inverse @ g) * (min(1, 1 / np.abs(g).sum()) if i == 0 else 1)
        w, old = w + s, g
        g = gradient(w)
        pairs.append((s, g - old))
    return w


NO_YES = [False, True]
EPS, DECAY, MOMENTUM = [1e-8, 0.1], [0, 0.2], [0, 0.9]
# fmt: off
OF_SGD = every(lr=[0.1], momentum=MOMENTUM, dampening=[0, 0.3], weight_decay=DECAY,
               nesterov=NO_YES, maximize=NO_YES)
OF_ADAM = every(lr=[0.1], betas=[(0.9, 0.99), (0.0, 0.5)], eps=EPS, weight_decay=DECAY,
                amsgrad=NO_YES, maximize=NO_YES)
OF_RMSPROP = every(lr=[0.1], alpha=[0.9], eps=EPS, weight_decay=DECAY, momentum=MOMENTUM,
                   centered=NO_YES, maximize=NO_YES)
# fmt: on
FORMULAS = [
    *(("SGD", sgd, o) for o in OF_SGD if o["momentum"] > 0 == o["dampening"] or not o["nesterov"]),
    *((method, adam, o) for method in ("Adam", "AdamW") for o in OF_ADAM),
    *(("RMSprop", rmsprop, o) for o in OF_RMSPROP),
]


@pytest.mark.parametrize(("method", "formula", "options"), FORMULAS)
@pytest.mark.parametrize("shape", [(), (3,), (2, 2)])
def test_seven_steps_are_the_formula(method, formula, options, shape):
    rng = np.random.default_rng(3)
    start, grads = rng.normal(size=shape), rng.normal(size=(7, *shape))
    p = leaf(start)
    opt = getattr(fg.optim, method)([p], **options)
    for g in grads:
        give_gradient(p, g)
        opt.step()
    extra = {"decoupled": method == "AdamW"} if formula is adam else {}
    # The order of the sums differs: a few ulp a step, and 1e3 more where a variance cancels.
    np.testing.assert_allclose(array(p), formula(start, grads, **options, **extra), rtol=1e-11)


@pytest.mark.parametrize("history_size", [1, 3, 100])
@pytest.mark.parametrize("lr", [1.0, 0.3])
def test_lbfgs_takes_the_step_of_the_dense_inverse_hessian(history_size, lr):
    a = np.diag([1.0, 2.0, 5.0]) + 0.3
    descent = Descent(
        "LBFGS",
        dict(lr=lr, max_iter=6, max_eval=100, history_size=history_size),
        lambda w, b: 0.5 * (w @ (fg.tensor(a) @ w)) + 0.0 * b,
        ((1.0, -2.0, 3.0), 0.0),
    ).run(1)
    expected = lbfgs(np.array([1.0, -2.0, 3.0]), lambda w: a @ w, lr, 6, history_size)
    # Near the minimum differences of gradients cancel: to 1e-9 of the start.
    np.testing.assert_allclose(descent.at[:3], expected, rtol=0, atol=1e-9)


# ----- torch's numbers -----

# Computed with torch 2.13.0 in float64: five steps, each with a closure, of torch.optim.<method>
# ([w, b], **options) on the function `rosenbrock` above, from w = [-1.2, 1.0] and b = 0.5.
WOLFE = {"line_search_fn": "strong_wolfe"}
# fmt: off
TORCH = [
    ("SGD", dict(lr=1e-4, momentum=0.9, dampening=0.1, weight_decay=0.01),
     [-1.00417106959458, 1.0793420556065152, 0.4959389276492331]),
    ("SGD", dict(lr=1e-4, momentum=0.9, nesterov=True),
     [-0.9898344416095843, 1.0845536684186958, 0.49451932908985075]),
    ("Adam", dict(lr=0.1, foreach=True),
     [-0.9699122471937552, 1.1959215528489289, 0.008311377792519836]),
    ("Adam", dict(lr=0.1, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1, amsgrad=True),
     [-0.9964024789920652, 1.168750646984498, 0.00901238938496346]),
    ("AdamW", dict(lr=0.1, weight_decay=0.1, fused=True),
     [-0.9294214545463649, 1.1252333885805539, -0.005325105342104647]),
    ("AdamW", dict(lr=0.1, amsgrad=True, maximize=True),
     [-1.6768782726160383, 0.5072373074855091, 0.9987336297588141]),
    ("RMSprop", dict(lr=0.01),
     [-1.0599214843161733, 1.1315433925703609, 0.19488531642261536]),
    ("RMSprop", dict(lr=0.01, alpha=0.9, momentum=0.5, centered=True, weight_decay=0.1),
     [-1.0585134108230814, 1.140834571705718, 0.3029270745989199]),
    ("LBFGS", dict(lr=0.1, max_iter=3, max_eval=25, **WOLFE),
     [-0.2692123048425103, 0.07104214796546988, -0.7428095153792063]),
    ("LBFGS", dict(lr=30, max_iter=2, max_eval=25, **WOLFE),
     [-0.09581896315199924, -0.03960438536318448, -0.12152938713304968]),
]
# fmt: on


@pytest.mark.parametrize(("method", "options", "expected"), TORCH)
def test_five_steps_end_where_torch_ends(method, options, expected):
    # L-BFGS divides differences of gradients, so it loses digits that the others keep.
    rtol = 1e-9 if method == "LBFGS" else 1e-12
    np.testing.assert_allclose(Descent(method, options).run(5).at, expected, rtol=rtol)


# Read off torch 2.13.0.
SIGNATURES = {
    "SGD": "params, lr=0.001, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, "
    "maximize=False, foreach=None, differentiable=False, fused=None",
    "Adam": "params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, amsgrad=False, *, "
    "foreach=None, maximize=False, capturable=False, differentiable=False, fused=None, "
    "decoupled_weight_decay=False",
    "AdamW": "params, lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, amsgrad=False, "
    "*, maximize=False, foreach=None, capturable=False, differentiable=False, fused=None",
    "RMSprop": "params, lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0, momentum=0, "
    "centered=False, capturable=False, foreach=None, maximize=False, differentiable=False",
    "LBFGS": "params, lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-07, "
    "tolerance_change=1e-09, history_size=100, line_search_fn=None",
}


@pytest.mark.parametrize("method", METHODS)
def test_the_signature_is_torchs(method):
    signature = inspect.signature(getattr(fg.optim, method))
    bare = [p.replace(annotation=p.empty) for p in signature.parameters.values()]
    assert str(inspect.Signature(bare)) == f"({SIGNATURES[method]})"


def test_the_repr_lists_the_options_of_each_group_as_torchs_does():
    opt = fg.optim.LBFGS([leaf(1.0)], lr=0.5, max_iter=4)
    assert repr(opt) == (
        "LBFGS (\nParameter Group 0\n    history_size: 100\n    line_search_fn: None\n"
        "    lr: 0.5\n    max_eval: 5\n    max_iter: 4\n"
        "    tolerance_change: 1e-09\n    tolerance_grad: 1e-07\n)"
    )


# ----- state -----

STATEFUL = [
    ("SGD", {"lr": 1e-4}),
    ("SGD", {"lr": 1e-4, "momentum": 0.9}),
    ("Adam", {"lr": 0.1, "amsgrad": True}),
    ("RMSprop", {"momentum": 0.9, "centered": True}),
    ("LBFGS", {"lr": 0.1, "max_iter": 3}),
    ("LBFGS", {"max_iter": 3, "history_size": 2, **WOLFE}),
]


@pytest.mark.parametrize(("method", "options"), STATEFUL)
def test_a_saved_and_loaded_run_goes_on_as_the_uninterrupted_one(method, options):
    whole, half = Descent(method, options).run(8), Descent(method, options).run(4)
    rest = Descent(method, {}, start=[array(p) for p in half.params])
    saved = half.opt.state_dict()
    half.run(1)  # what was saved stays as it was
    rest.opt.load_state_dict(saved)
    half.opt.load_state_dict(saved)
    half.run(1)  # what was loaded is not shared
    assert rest.run(4).at.tolist() == whole.at.tolist()


@pytest.mark.parametrize(("method", "options"), STATEFUL)
def test_a_pickled_optimizer_goes_on_with_its_parameters(method, options):
    descent = Descent(method, options).run(3)
    other = copy.copy(descent)
    other.opt, other.params = pickle.loads(pickle.dumps((descent.opt, descent.params)))
    assert other.run(3).at.tolist() == descent.run(3).at.tolist()


def test_a_state_dict_numbers_the_parameters_through_the_groups():
    a, b, c = leaf([1.0, 2.0]), leaf(3.0), leaf([[4.0]])
    opt = fg.optim.Adam([{"params": [a]}, {"params": [b, c], "lr": 0.5}], lr=0.1)
    for p in (a, c):
        give_gradient(p, np.ones(array(p).shape))
    opt.step()
    saved = opt.state_dict()
    assert [group["params"] for group in saved["param_groups"]] == [[0], [1, 2]]
    assert [group["lr"] for group in saved["param_groups"]] == [0.1, 0.5]
    assert sorted(saved["state"]) == [0, 2]
    assert list(saved["state"][0]) == ["step", "exp_avg", "exp_avg_sq"]
    assert saved["state"][0]["step"].item() == 1.0
    np.testing.assert_allclose(array(saved["state"][2]["exp_avg"]), [[0.1]])


def test_loaded_state_takes_the_dtype_of_its_parameter_and_steps_keep_theirs():
    old = Descent("Adam", {}).run(1).opt
    new = Descent("Adam", {}, start=(np.float32([-1.2, 1.0]), 0.5)).opt
    new.load_state_dict(old.state_dict())
    p, q = (opt.param_groups[0]["params"][0] for opt in (old, new))
    assert new.state[q]["exp_avg"].dtype == q.dtype != p.dtype
    assert new.state[q]["step"].dtype == old.state[p]["step"].dtype


def test_a_refused_state_dict_changes_nothing():
    opt = Descent("Adam", {}).run(1).opt
    bad, before = opt.state_dict(), repr(opt.state_dict())
    bad["param_groups"][0].update(lr=-1.0)
    with pytest.raises(ValueError, match="Invalid learning rate: -1"):
        opt.load_state_dict(bad)
    assert repr(opt.state_dict()) == before


# ----- parameters, gradients, groups -----


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("value", [2.0, [2.0, -1.0], [[2.0]]])
def test_a_step_changes_the_parameter_in_place_and_keeps_its_dtype(method, dtype, value):
    start = np.array(value, dtype)
    descent = Descent(method, {"lr": np.float64(0.1)}, lambda p: (p * p).sum(), [start])
    (p,) = descent.params
    memory = p.detach().numpy()
    descent.run(3)
    assert descent.opt.param_groups[0]["params"][0] is p
    assert p.is_leaf and p.requires_grad
    assert p.detach().numpy().dtype == dtype
    assert memory.tolist() == p.tolist() or not p.shape  # a scalar need not have an array
    assert np.all(np.abs(array(p)) < np.abs(start))


@pytest.mark.parametrize("method", METHODS)
def test_a_parameter_without_gradient_stays(method):
    descent = Descent(method, {"lr": 0.01}, lambda w, b: (w * w).sum(), ((1.0, 2.0), 0.5)).run(2)
    assert descent.at[2] == 0.5
    assert descent.at[0] != 1.0


def test_zero_grad_forgets_or_fills_with_zeros_that_step_does_not_skip():
    p = leaf([1.0, 2.0])
    opt = fg.optim.SGD([p], lr=0.1, weight_decay=1.0)
    (p * p).sum().backward(create_graph=True)
    opt.zero_grad(set_to_none=False)
    assert p.grad.tolist() == [0.0, 0.0]
    assert not p.grad.requires_grad
    opt.step()
    np.testing.assert_allclose(array(p), [0.9, 1.8])
    opt.zero_grad()
    assert p.grad is None
    opt.step()
    np.testing.assert_allclose(array(p), [0.9, 1.8])


def test_groups_move_with_their_own_options():
    a, b, c = leaf(1.0), leaf(1.0), leaf(1.0)
    mine = {"params": b, "lr": 0.5, "weight_decay": 1.0}
    opt = fg.optim.SGD([{"params": iter([a])}, mine], lr=0.1)
    opt.add_param_group({"params": [c], "maximize": True})
    for p in (a, b, c):
        give_gradient(p, 1.0)
    opt.step()
    assert [p.item() for p in (a, b, c)] == pytest.approx([0.9, 0.0, 1.1])
    assert list(mine) == ["params", "lr", "weight_decay"]
    opt.param_groups[0]["lr"] = 0.2
    opt.step()
    assert a.item() == pytest.approx(0.7)


def test_a_closure_records_and_its_loss_is_returned_though_nothing_records_outside():
    for method in METHODS:
        descent = Descent(method, {})
        with fg.no_grad():
            loss = descent.opt.step(descent.closure)
        assert loss.item() == pytest.approx(27.09)


# fmt: off
ROSENBROCK = [
    ("SGD", dict(lr=1e-3, momentum=0.9), 8000, 1e-3),
    ("Adam", dict(lr=0.02), 8000, 1e-3),
    ("AdamW", dict(lr=0.02, weight_decay=0.0, amsgrad=True), 8000, 1e-3),
    ("RMSprop", dict(lr=1e-3, momentum=0.5), 8000, 2e-2),
    ("LBFGS", dict(lr=0.5, max_iter=200, tolerance_change=0.0), 1, 1e-6),
    ("LBFGS", dict(max_iter=100, tolerance_change=0.0, **WOLFE), 1, 1e-6),
]
# fmt: on


@pytest.mark.parametrize(("method", "options", "steps", "atol"), ROSENBROCK)
def test_each_method_finds_the_minimum_of_rosenbrocks_valley(method, options, steps, atol):
    np.testing.assert_allclose(Descent(method, options).run(steps).at, 1.0, atol=atol)


# ----- LBFGS -----


def test_every_step_of_the_line_search_satisfies_the_strong_wolfe_conditions():
    descent = Descent("LBFGS", {"max_iter": 1, "max_eval": 26, **WOLFE})
    for _ in range(60):
        before, loss = descent.at, descent.closure().item()
        g = np.concatenate([array(p.grad).ravel() for p in descent.params])
        descent.run(1)
        d = descent.at - before
        loss_after = descent.closure().item()
        g_after = np.concatenate([array(p.grad).ravel() for p in descent.params])
        assert loss_after <= loss + 1e-4 * (g @ d) + 1e-15
        assert abs(g_after @ d) <= 0.9 * abs(g @ d) + 1e-15
    assert loss_after < 1e-3


def test_lbfgs_takes_a_closure_that_clears_in_place_and_returns_a_number():
    descent, plain = Descent("LBFGS", WOLFE), Descent("LBFGS", WOLFE)

    def closure():
        descent.opt.zero_grad(set_to_none=False)
        loss = rosenbrock(*descent.params)
        loss.backward()
        return loss.item()

    descent.opt.step(closure)
    assert descent.at.tolist() == plain.run(1).at.tolist()


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_keeps_to_its_limits(search):
    options = dict(lr=1e-3, max_eval=7, history_size=3, line_search_fn=search)
    descent = Descent("LBFGS", options).run(4)
    state = descent.opt.state_dict()["state"][0]
    # A search begun with one call left uses two, as torch's does.
    assert descent.calls == state["func_evals"] <= 4 * (8 if search else 7)
    assert len(state["old_dirs"]) == len(state["old_stps"]) == len(state["ro"]) == 3
    assert Descent("LBFGS", {"tolerance_grad": 1e3, **options}).run(1).calls == 1
    assert Descent("LBFGS", {"max_iter": 3}).run(1).calls == 3


def test_the_line_search_comes_back_from_where_the_loss_is_not_a_number():
    def loss(w):
        return 1.0 / w + w if w.item() > 0.0 else w * float("nan")

    descent = Descent("LBFGS", {"lr": 10.0, **WOLFE}, loss, [5.0]).run(3)
    assert descent.at == pytest.approx([1.0], abs=1e-6)


# ----- refusals: torch's sentence, then the way out -----

REFUSED = [
    ("SGD", {"lr": -1.0}, "Invalid learning rate: -1.0; give a number from 0 up"),
    ("AdamW", {"weight_decay": float("nan")}, "Invalid weight_decay value: nan"),
    ("SGD", {"momentum": -0.5}, "Invalid momentum value: -0.5"),
    ("Adam", {"eps": -1e-8}, "Invalid epsilon value: -1e-08"),
    ("Adam", {"betas": (0.9, 1.0)}, "Invalid beta parameter at index 1: 1.0; give 0 <= beta < 1"),
    ("RMSprop", {"alpha": -0.1}, "Invalid alpha value: -0.1"),
    ("SGD", {"nesterov": True}, "Nesterov momentum requires a momentum and zero dampening"),
    ("SGD", {"differentiable": True}, "differentiable=True is not supported; write p_new = p"),
    ("LBFGS", {"line_search_fn": "armijo"}, "only 'strong_wolfe' is supported"),
]


@pytest.mark.parametrize(("method", "options", "message"), REFUSED)
def test_an_impossible_option_is_refused_also_in_a_group(method, options, message):
    with pytest.raises(ValueError) as error:
        getattr(fg.optim, method)([leaf(1.0)], **options)
    assert message in str(error.value)
    if "nesterov" not in options:  # a group may turn its momentum off
        with pytest.raises(ValueError) as error:
            getattr(fg.optim, method)([{"params": leaf(1.0), **options}])
        assert message in str(error.value)
