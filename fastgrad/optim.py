"""optim -- minimisers with torch.optim's interface.

A method is an `_update` of one parameter; all else, but for LBFGS, is done by the base class.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable
from typing import Any

import fastgrad as fg  # used inside functions only: the package is still being imported

__all__ = ["LBFGS", "SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]


def _options(arguments):
    """Return the options among a constructor's ``locals()``."""
    return {k: v for k, v in arguments.items() if k not in ("self", "params", "__class__")}


def _check(options):
    """Return options, or refuse values that no optimizer can use, in torch's words."""
    for name in ("lr", "momentum", "alpha", "eps", "weight_decay"):
        if not options.get(name, 0.0) >= 0.0:
            what = {"lr": "learning rate", "eps": "epsilon value"}.get(name, f"{name} value")
            raise ValueError(f"Invalid {what}: {options[name]}; give a number from 0 up")
    for i, beta in enumerate(options.get("betas", ())):
        if not 0.0 <= beta < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}; give 0 <= beta < 1")
    if options.get("line_search_fn") not in (None, "strong_wolfe"):
        raise ValueError("only 'strong_wolfe' is supported as line_search_fn, or None")
    if options.get("differentiable"):
        raise ValueError("differentiable=True is not supported; write p_new = p - lr * p.grad")
    return options


def _copied(value, dtype):
    """Return a copy of an entry of saved state, arrays as Tensors of a dtype."""
    if isinstance(value, list):
        return [_copied(v, dtype) for v in value]
    return fg.tensor(value, dtype=dtype) if hasattr(value, "__array__") else value


class Optimizer:
    """Hold parameters, their options and what is remembered of them: the base of the others.

    Parameters change in place: same object, same array, same dtype. One whose ``grad`` is None is
    left alone. `param_groups`, `state` and `defaults` are torch's; options may change at any time.

    Parameters
    ----------
    params : iterable of Tensor or of dict
        The leaves to change, of any shape. A dict is a group: ``"params"`` and options of its own.
    defaults : dict
        Options of groups without their own. `lr` is the step size, `weight_decay` a pull to 0,
        `eps` keeps a denominator from 0, `maximize` ascends. `foreach`, `fused` and `capturable`
        are hints without effect: there is one implementation. `differentiable` must be False.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, fg.Tensor):
            what = f"an iterable of Tensors or dicts, but got {type(params).__name__}; write [w]"
            raise TypeError(f"params argument given to the optimizer should be {what}")
        self.defaults = _check(defaults)
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list; is it a used-up generator?")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            options = (f"    {k}: {group[k]}\n" for k in sorted(group) if k != "params")
            text += f"\nParameter Group {i}\n{''.join(options)}"
        return text + ")"

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add ``{"params": ...}``, a Tensor or a list of them, with options of their own."""
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(f"param_group must be a dict with 'params', but got {param_group!r}")
        params = param_group["params"]
        if isinstance(params, set):
            raise TypeError("optimizer parameters need to be organized in ordered collections")
        params = [params] if isinstance(params, fg.Tensor) else list(params)
        for p in params:
            if not isinstance(p, fg.Tensor):
                what = f"one of the params is {type(p).__name__}; make it one with fg.tensor"
                raise TypeError(f"optimizer can only optimize Tensors, but {what}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor; x.detach() is a leaf")
        taken = {id(p) for group in self.param_groups for p in group["params"]}
        if not taken.isdisjoint(map(id, params)):
            raise ValueError("some parameters appear in more than one parameter group; keep one")
        if len(set(map(id, params))) < len(params):
            what = "optimizer contains a parameter group with duplicate parameters"
            warnings.warn(f"{what}, which step once for each; keep one", stacklevel=4)
        self.param_groups.append(_check({**self.defaults, **param_group, "params": params}))

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set gradients to None, or fill them with zeros, which `step` does not skip."""
        for p in (p for group in self.param_groups for p in group["params"]):
            if set_to_none:
                p.grad = None
            elif p.grad is not None:
                p.grad = p.grad.detach() if p.grad.requires_grad else p.grad
                p.grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Call `closure`, if any, for loss and gradients; move the parameters; return the loss."""
        with fg.enable_grad():
            loss = None if closure is None else closure()
        with fg.no_grad():
            for group in self.param_groups:
                lr, decay = float(group["lr"]), group.get("weight_decay")
                for p in (p for p in group["params"] if p.grad is not None):
                    grad = -p.grad if group.get("maximize") else p.grad.detach()
                    if decay and group.get("decoupled_weight_decay"):
                        p *= 1.0 - lr * decay
                    elif decay:
                        grad = grad + decay * p
                    self._update(p, grad, **{**group, "lr": lr})
        return loss

    def _update(self, p, grad, /, **options):
        """Move `p`; nothing records, `grad` has the weight decay in it and must not be changed."""
        raise NotImplementedError(f"{type(self).__name__} must define _update(p, grad, **options)")

    def _accumulate(self, p, name, keep, value):
        """Make a parameter's entry ``keep * entry + value``, in place, from 0; return it."""
        state = self.state[p]
        if state.get(name) is None:
            state[name] = value.clone()
        else:
            state[name] *= keep
            state[name] += value
        return state[name]

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of state and options, arranged as torch's: parameters are numbers."""
        params = (p for group in self.param_groups for p in group["params"])
        number = {id(p): i for i, p in enumerate(params)}
        state = {number[id(p)]: entries for p, entries in self.state.items()}
        groups = [{**g, "params": [number[id(p)] for p in g["params"]]} for g in self.param_groups]
        return copy.deepcopy({"state": state, "param_groups": groups})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a copy of what `state_dict` returned, in the dtype of the parameters."""
        old_groups, groups, parameter = state_dict["param_groups"], [], dict[int, Any]()
        if len(old_groups) != len(self.param_groups):
            what = "loaded state dict has a different number of parameter groups"
            raise ValueError(f"{what}: {len(old_groups)}, not {len(self.param_groups)}")
        for old, group in zip(old_groups, self.param_groups):
            n_old, n_new = len(old["params"]), len(group["params"])
            if n_old != n_new:
                what = "contains a parameter group that doesn't match the size of optimizer's group"
                raise ValueError(f"loaded state dict {what}: {n_old} parameters, not {n_new}")
            parameter.update(zip(old["params"], group["params"]))
            groups.append(_check({**group, **copy.deepcopy(old), "params": group["params"]}))
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for number, entries in state_dict["state"].items():
            p = parameter[number]
            state[p] = {k: _copied(v, None if k == "step" else p.dtype) for k, v in entries.items()}
        self.state, self.param_groups = state, groups


class SGD(Optimizer):
    """Descend the gradient ``g``: ``p -= lr * b``, where ``b`` is ``g`` or accumulates it.

    Parameters
    ----------
    params, lr, weight_decay, maximize, foreach, differentiable, fused
        See `Optimizer`.
    momentum, dampening, nesterov : float, float, bool
        ``b = momentum * b + (1 - dampening) * g``, first ``g`` [1]_; use ``g + momentum * b`` [2]_.

    References
    ----------
    .. [1] Polyak, "Some methods of speeding up the convergence of iteration methods" (1964).
    .. [2] Sutskever et al., "On the importance of initialization and momentum", ICML (2013).

    Examples
    --------
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> ((w - 3.0) ** 2).backward()
    >>> fg.optim.SGD([w], lr=0.25).step()
    >>> w.item()
    2.0
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0,
                 dampening: float = 0, weight_decay: float = 0, nesterov: bool = False, *,
                 maximize: bool = False, foreach: bool | None = None,
                 differentiable: bool = False, fused: bool | None = None) -> None:  # fmt: skip
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening: 0.9 and 0")
        super().__init__(params, _options(locals()))

    def _update(self, p, grad, /, lr, momentum, dampening, nesterov, **_):
        if momentum:
            share = 1.0 if "momentum_buffer" not in self.state[p] else 1.0 - dampening
            buffer = self._accumulate(p, "momentum_buffer", momentum, share * grad)
            grad = grad + momentum * buffer if nesterov else buffer
        p -= lr * grad


class Adam(Optimizer):
    """Scale each step by running averages ``m`` of the gradient and ``v`` of its square [1]_.

    Step t is ``p -= lr * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)``.

    Parameters
    ----------
    params, lr, eps, weight_decay, maximize, foreach, capturable, differentiable, fused
        See `Optimizer`.
    betas, amsgrad, decoupled_weight_decay : (float, float), bool, bool
        What ``m`` and ``v`` keep; divide by the largest ``v`` so far [2]_; decay as `AdamW` does.

    References
    ----------
    .. [1] Kingma and Ba, "Adam: a method for stochastic optimization", ICLR (2015).
    .. [2] Reddi, Kale and Kumar, "On the convergence of Adam and beyond", ICLR (2018).

    Examples
    --------
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> (5.0 * w).backward()
    >>> fg.optim.Adam([w], lr=0.25, eps=0.0).step()
    >>> round(w.item(), 12)
    0.75
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3,
                 betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None, decoupled_weight_decay: bool = False):  # fmt: skip
        super().__init__(params, _options(locals()))

    def _update(self, p, grad, /, lr, betas, eps, amsgrad, **_):
        beta1, beta2 = betas
        t = self._accumulate(p, "step", 1.0, fg.tensor(1.0)).item()
        m = self._accumulate(p, "exp_avg", beta1, (1.0 - beta1) * grad)
        v = self._accumulate(p, "exp_avg_sq", beta2, (1.0 - beta2) * grad * grad)
        if amsgrad:
            v = fg.maximum(self.state[p].get("max_exp_avg_sq", v), v)
            self.state[p]["max_exp_avg_sq"] = v
        root = fg.sqrt(v) / math.sqrt(1.0 - beta2**t) + eps
        p -= lr / (1.0 - beta1**t) * m / root


class AdamW(Adam):
    """Adam with a weight decay that stays out of the averages: ``p *= 1 - lr * weight_decay`` [1]_.

    References
    ----------
    .. [1] Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR (2019).

    Examples
    --------
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> (0.0 * w).backward()
    >>> fg.optim.AdamW([w], lr=0.5, weight_decay=0.5).step()
    >>> w.item()
    0.75
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3,
                 betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, capturable: bool = False,
                 differentiable: bool = False, fused: bool | None = None) -> None:  # fmt: skip
        super().__init__(params, **_options(locals()), decoupled_weight_decay=True)


class RMSprop(Optimizer):
    """Divide by a running root mean square of the gradient: ``p -= lr * g / (sqrt(v) + eps)`` [1]_.

    Parameters
    ----------
    params, lr, eps, weight_decay, maximize, capturable, foreach, differentiable
        See `Optimizer`.
    alpha, momentum, centered : float, float, bool
        What the average ``v`` of ``g**2`` keeps; what a step keeps of the last; use variance [2]_.

    References
    ----------
    .. [1] Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera (2012).
    .. [2] Graves, "Generating sequences with recurrent neural networks", arXiv:1308.0850 (2013).

    Examples
    --------
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> (5.0 * w).backward()
    >>> fg.optim.RMSprop([w], lr=0.25, alpha=0.75, eps=0.0).step()
    >>> w.item()
    0.5
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-2, alpha: float = 0.99,
                 eps: float = 1e-8, weight_decay: float = 0, momentum: float = 0,
                 centered: bool = False, capturable: bool = False, foreach: bool | None = None,
                 maximize: bool = False, differentiable: bool = False) -> None:  # fmt: skip
        super().__init__(params, _options(locals()))

    def _update(self, p, grad, /, lr, alpha, eps, momentum, centered, **_):
        self._accumulate(p, "step", 1.0, fg.tensor(1.0))  # unused; torch's state has it
        v = self._accumulate(p, "square_avg", alpha, (1.0 - alpha) * grad * grad)
        if centered:
            m = self._accumulate(p, "grad_avg", alpha, (1.0 - alpha) * grad)
            v = (v - m * m).clip(0.0)  # rounding could take it below
        move = grad / (fg.sqrt(v) + eps)
        if momentum:
            move = self._accumulate(p, "momentum_buffer", momentum, move)
        p -= lr * move


_Trial = namedtuple("_Trial", "t loss grad slope")  # t: step length; slope: of the loss, along it


def _cubic_minimum(a, b, bounds=None):
    """Return where the cubic with the losses and slopes of two trials is least, or the middle."""
    a, b = (a, b) if a.t <= b.t else (b, a)
    low, high = bounds or (a.t, b.t)
    d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / ((a.t - b.t) or math.nan)
    square = d1 * d1 - a.slope * b.slope
    d2 = math.sqrt(square) if square >= 0.0 else math.nan
    share = (b.slope + d2 - d1) / ((b.slope - a.slope + 2.0 * d2) or math.nan)
    t = b.t - (b.t - a.t) * share
    return (low + high) / 2.0 if math.isnan(t) else min(max(t, low), high)


def _strong_wolfe(trial_at, start, t, d_norm, tolerance, max_trials):
    """Return a trial of low enough loss and flat enough slope: bracket, then zoom."""

    def too_high(trial):
        return trial.loss > start.loss + 1e-4 * trial.t * start.slope

    flat = -0.9 * start.slope
    last, new, n = start, trial_at(t), 0
    while n < max_trials:
        past = too_high(new) or (n > 1 and new.loss >= last.loss)
        if not past and abs(new.slope) <= flat:
            return new
        if past or new.slope >= 0.0:
            break
        t = _cubic_minimum(last, new, bounds=(new.t + 0.01 * (new.t - last.t), 10.0 * new.t))
        last, new, n = new, trial_at(t), n + 1
    bracket = [last if n < max_trials else start, new]
    low, near_end = int(bracket[0].loss > bracket[1].loss), False
    while n < max_trials and abs(bracket[1].t - bracket[0].t) * d_norm >= tolerance:
        left, right = sorted(trial.t for trial in bracket)
        t, margin = _cubic_minimum(*bracket), 0.1 * (right - left)
        near = min(right - t, t - left) < margin
        step_away = near and (near_end or not left < t < right)
        near_end = near and not step_away
        if step_away:
            t = right - margin if right - t < t - left else left + margin
        new, n = trial_at(t), n + 1
        if too_high(new) or new.loss >= bracket[low].loss:
            bracket[1 - low] = new
            low = int(bracket[0].loss > bracket[1].loss)
        elif abs(new.slope) <= flat:
            return new
        else:
            if new.slope * (bracket[1 - low].t - bracket[low].t) >= 0.0:
                bracket[1 - low] = bracket[low]
            bracket[low] = new
    return bracket[low]


class LBFGS(Optimizer):
    """Follow the quasi-Newton direction that the last steps and gradients give [1]_.

    Parameters
    ----------
    params, lr
        See `Optimizer`; one group only. A line search tries `lr` first.
    max_iter, max_eval, history_size : int
        Most iterations and calls of the closure in a `step`; how many steps are remembered.
    tolerance_grad, tolerance_change : float
        Largest gradient entry, and change of a parameter or of the loss, at which to stop.
    line_search_fn : {None, "strong_wolfe"}
        Whether to search for the step length.

    References
    ----------
    .. [1] Nocedal and Wright, "Numerical Optimization", Springer (2006), algorithms 3.5, 3.6, 7.4;
       safeguards and stopping rules as in Schmidt, "minFunc" (2005).

    Examples
    --------
    >>> w = fg.tensor([-1.0, 1.5], requires_grad=True)
    >>> opt = fg.optim.LBFGS([w], max_iter=100, line_search_fn="strong_wolfe")
    >>> def closure():
    ...     opt.zero_grad()
    ...     loss = (1.0 - w[0]) ** 2 + 100.0 * (w[1] - w[0] ** 2) ** 2
    ...     loss.backward()
    ...     return loss
    >>> loss_before = opt.step(closure)
    >>> [round(x, 3) for x in w.tolist()]
    [1.0, 1.0]
    """

    def __init__(self, params: Iterable[Any], lr: float = 1, max_iter: int = 20,
                 max_eval: int | None = None, tolerance_grad: float = 1e-7,
                 tolerance_change: float = 1e-9, history_size: int = 100,
                 line_search_fn: str | None = None) -> None:  # fmt: skip
        max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        super().__init__(params, _options(locals()))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        if self.param_groups:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Iterate to a tolerance or a limit; return the loss before. See `Optimizer.step`."""
        group = self.param_groups[0]
        params, search = group["params"], group["line_search_fn"]
        tolerance = group["tolerance_change"]
        state = self.state[params[0]]  # of all of them, where torch keeps it
        state.update({"func_evals": 0, "n_iter": 0, **state})
        last_eval = state["func_evals"] + group["max_eval"]

        def evaluate():
            with fg.enable_grad():
                loss = closure()
            state["func_evals"] += 1
            grads = [fg.zeros_like(p) if p.grad is None else p.grad.detach() for p in params]
            number = loss.item() if hasattr(loss, "item") else float(loss)
            return loss, number, fg.concatenate([grad.reshape(-1) for grad in grads])

        def move(t):
            start = 0
            for p, value in zip(params, here):
                stop = start + math.prod(p.shape)
                p[...] = value + t * d[start:stop].reshape(p.shape)
                start = stop

        def trial_at(t):
            move(t)
            _, loss, grad = evaluate()
            return _Trial(t, math.inf if math.isnan(loss) else loss, grad, float(grad @ d))

        with fg.no_grad():
            result, loss, grad = evaluate()
            for left in reversed(range(group["max_iter"])):
                if float(abs(grad).max()) <= group["tolerance_grad"]:
                    break
                state["n_iter"] += 1
                d, t = self._direction(state, grad), float(group["lr"])
                here = [p.detach().clone() for p in params]
                if state["n_iter"] == 1:
                    t *= 1.0 / max(1.0, float(abs(grad).sum()))
                state.update(d=d, t=t, prev_flat_grad=grad, prev_loss=loss)
                start = _Trial(0.0, loss, grad, float(grad @ d))
                if start.slope > -tolerance:
                    break
                if search:
                    most, d_norm = last_eval - state["func_evals"], float(abs(d).max())
                    t, loss, grad, _ = _strong_wolfe(trial_at, start, t, d_norm, tolerance, most)
                    state["t"] = t
                move(t)
                if left and not search:
                    _, loss, grad = evaluate()
                if state["func_evals"] >= last_eval or float(abs(t * d).max()) <= tolerance:
                    break
                if abs(loss - start.loss) < tolerance:
                    break
        return result

    def _direction(self, state, grad):
        """Remember the last step; return minus the gradient times their inverse Hessian."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
        else:
            y, s = grad - state["prev_flat_grad"], state["t"] * state["d"]
            ys = float(y @ s)
            if ys > 1e-10:
                for name, value in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / ys)):
                    state[name].append(value)
                    if len(state[name]) > self.param_groups[0]["history_size"]:
                        state[name].pop(0)
                state["H_diag"] = ys / float(y @ y)
        known = list(zip(state["old_dirs"], state["old_stps"], state["ro"]))
        d, shares = -grad, []
        for y, s, ro in reversed(known):
            shares.append(float(s @ d) * ro)
            d -= shares[-1] * y
        d *= state["H_diag"]
        for y, s, ro in known:
            d += (shares.pop() - float(y @ d) * ro) * s
        return d
