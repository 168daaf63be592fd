"""optim -- minimisers with torch.optim's interface.

A method is one `_update` of one parameter; groups, state, weight decay and closures are the base class's.
LBFGS, which moves all parameters as one vector, has a `step` of its own.
"""

from __future__ import annotations

import copy
import math
import warnings
from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable
from typing import Any

import fastgrad as fg  # used inside functions only: the package imports this module last

__all__ = ["LBFGS", "SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]


_NON_NEGATIVE = {name: f"{name} value" for name in ("momentum", "alpha", "weight_decay")}
_NON_NEGATIVE |= {"lr": "learning rate", "eps": "epsilon value"}


def _options(arguments):
    """Return the options among a constructor's ``locals()``."""
    return {k: v for k, v in arguments.items() if k not in ("self", "params", "__class__")}


def _plain(value):
    """Return one-element Tensors and NumPy scalars, also in a group, as Python numbers: they keep float32 float32."""
    if isinstance(value, dict):
        return {k: v if k == "params" else _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    return value.item() if hasattr(value, "item") else value


def _check(options):
    """Refuse option values that no optimizer can use, in torch's words."""
    for name, what in _NON_NEGATIVE.items():
        value = options.get(name, 0.0)
        if math.prod(getattr(value, "shape", ())) != 1:
            raise ValueError(f"Tensor {name} must be 1-element, got shape {tuple(value.shape)}; make groups instead")
        if not _plain(value) >= 0.0:
            raise ValueError(f"Invalid {what}: {value}; give a number from 0 up (to ascend, maximize=True)")
    for i, beta in enumerate(options.get("betas", ())):
        if not 0.0 <= _plain(beta) < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {beta}; give a number from 0 up and below 1")
    if options.get("line_search_fn") not in (None, "strong_wolfe"):
        raise ValueError(f"only 'strong_wolfe' is supported, got {options['line_search_fn']!r}; or give None")
    if options.get("differentiable"):
        way_out = "write it out: loss.backward(create_graph=True), then new = p - lr * p.grad"
        raise ValueError(f"differentiable=True is not supported, an update is in place and not recorded; {way_out}")


def _copied(value, dtype):
    """Return a copy of an entry of saved state, arrays as Tensors of a dtype."""
    if isinstance(value, (list, tuple)):
        return [_copied(v, dtype) for v in value]
    return fg.tensor(value, dtype=dtype) if hasattr(value, "__array__") else copy.deepcopy(value)


class Optimizer:
    """Hold parameters, their options and what is remembered of them: the base of every optimizer.

    Parameters change in place: same object, same memory, same dtype. One whose ``grad`` is None is left alone.
    The attributes `param_groups`, `state` (by Tensor) and `defaults` are torch's; options may be changed any time.

    Parameters
    ----------
    params : iterable of Tensor or of dict
        The leaves to change, any shape, 0-d included. A dict is a group: ``"params"`` and options of its own.
    defaults : dict
        Options of a group without its own. In every method `lr` is the step size, `weight_decay` a pull towards
        zero, `eps` is added to a denominator, `maximize` ascends. `foreach`, `fused` and `capturable` are hints
        without effect: there is one implementation. ``differentiable=True`` is refused.
    """

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, fg.Tensor):
            wanted = "params argument given to the optimizer should be an iterable of Tensors or dicts"
            raise TypeError(f"{wanted}, but got {type(params).__name__}; put it in a list: [w]")
        _check(defaults)
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list; a generator gives its Tensors only once")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def __repr__(self) -> str:
        text = f"{type(self).__name__} ("
        for i, group in enumerate(self.param_groups):
            options = (f"    {name}: {group[name]}\n" for name in sorted(group) if name != "params")
            text += f"\nParameter Group {i}\n{''.join(options)}"
        return text + ")"

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own: a dict, copied, with ``"params"`` a Tensor or a list of them."""
        if not isinstance(param_group, dict) or "params" not in param_group:
            raise TypeError(f"param_group must be a dict, but got {param_group!r}; write {{'params': [w], 'lr': 0.1}}")
        params = param_group["params"]
        if isinstance(params, set):
            why = "the ordering of tensors in sets will change between runs. Please use a list instead."
            raise TypeError(f"optimizer parameters need to be organized in ordered collections, but {why}")
        params = [params] if isinstance(params, fg.Tensor) else list(params)
        for p in params:
            if not isinstance(p, fg.Tensor):
                kind = f"{type(p).__name__}; make it fg.tensor(value, requires_grad=True)"
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {kind}")
            if not p.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor; give its source, or x.detach().requires_grad_()")
            if any(p is q for group in self.param_groups for q in group["params"]):
                raise ValueError("some parameters appear in more than one parameter group; keep each in one of them")
        if len({id(p) for p in params}) < len(params):
            warnings.warn("optimizer contains a parameter group with duplicate parameters; keep one", stacklevel=4)
        group = {**self.defaults, **param_group, "params": params}
        _check(group)
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set all gradients to None, or fill them with zeros, which `step` still takes for gradients."""
        for p in (p for group in self.param_groups for p in group["params"]):
            if p.grad is None or set_to_none:
                p.grad = None
            else:
                p.grad = p.grad.detach() if p.grad.requires_grad else p.grad
                p.grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Move every parameter that has a gradient; return what `closure` returned.

        If given, `closure` is called first: it clears the gradients, computes the loss, calls its ``backward``
        and returns it.
        """
        with fg.enable_grad():
            loss = None if closure is None else closure()
        with fg.no_grad():
            for options in map(_plain, self.param_groups):
                decay = options["weight_decay"]
                for p in (p for p in options["params"] if p.grad is not None):
                    grad = -p.grad if options["maximize"] else p.grad.detach()
                    if decay and options.get("decoupled_weight_decay"):
                        p *= 1.0 - options["lr"] * decay
                    elif decay:
                        grad = grad + decay * p
                    self._update(p, grad, options)
        return loss

    def _update(self, p, grad, options):
        """Move one parameter; nothing records, `grad` has the weight decay in it and must not be changed."""
        raise NotImplementedError(f"{type(self).__name__} must define _update(p, grad, options) or step(closure=None)")

    def _accumulate(self, p, name, keep, value):
        """Make an entry of a parameter's state ``keep * entry + value``, in place, from 0; return it."""
        state = self.state[p]
        if state.get(name) is None:
            state[name] = value.clone()
        else:
            state[name] *= keep
            state[name] += value
        return state[name]

    def state_dict(self) -> dict[str, Any]:
        """Return a copy of state and options as torch arranges them, parameters replaced by their numbers."""
        number: dict[int, int] = {}
        for i, p in enumerate(p for group in self.param_groups for p in group["params"]):
            number.setdefault(id(p), i)
        groups = [{**group, "params": [number[id(p)] for p in group["params"]]} for group in self.param_groups]
        return copy.deepcopy({"state": {number[id(p)]: s for p, s in self.state.items()}, "param_groups": groups})

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from a copy of what `state_dict` returned, arrays cast to their parameter's dtype."""
        saved_groups, groups, parameter = state_dict["param_groups"], [], {}
        if len(saved_groups) != len(self.param_groups):
            sizes = f"{len(saved_groups)} saved, {len(self.param_groups)} here; build the groups as they were"
            raise ValueError(f"loaded state dict has a different number of parameter groups: {sizes}")
        for saved, group in zip(saved_groups, self.param_groups):
            if len(saved["params"]) != len(group["params"]):
                sizes = f"{len(saved['params'])} saved, {len(group['params'])} here; give the same parameters in order"
                what = "a parameter group that doesn't match the size of optimizer's group"
                raise ValueError(f"loaded state dict contains {what}: {sizes}")
            parameter.update(zip(saved["params"], group["params"]))
            groups.append({**group, **copy.deepcopy(saved), "params": group["params"]})
            _check(groups[-1])
        state = defaultdict(dict)
        for number, saved in state_dict["state"].items():
            p = parameter[number]
            state[p] = {k: _copied(v, None if k == "step" else p.dtype) for k, v in saved.items()}
        self.state, self.param_groups = state, groups


class SGD(Optimizer):
    """Descend the gradient: ``p -= lr * b``, where ``b`` is the gradient ``g`` or, with momentum, accumulates it.

    ``b = momentum * b + (1 - dampening) * g``, at first ``b = g`` [1]_; `nesterov` takes ``g + momentum * b`` [2]_.

    Parameters
    ----------
    params, lr, weight_decay, maximize, foreach, differentiable, fused
        See `Optimizer`.
    momentum, dampening, nesterov : float, float, bool
        Share kept of the last step; share left out of the gradient; whether to look ahead.

    References
    ----------
    .. [1] Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Comput. Math. 4 (1964).
    .. [2] Sutskever et al., "On the importance of initialization and momentum in deep learning", ICML (2013).

    Examples
    --------
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> ((w - 3.0) ** 2).backward()
    >>> fg.optim.SGD([w], lr=0.25).step()
    >>> w.item()
    2.0
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, momentum: float = 0, dampening: float = 0,
                 weight_decay: float = 0, nesterov: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, differentiable: bool = False,
                 fused: bool | None = None) -> None:  # fmt: skip
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening; try momentum=0.9, dampening=0")
        super().__init__(params, _options(locals()))

    def _update(self, p, grad, options):
        momentum = options["momentum"]
        if momentum:
            share = 1.0 if self.state[p].get("momentum_buffer") is None else 1.0 - options["dampening"]
            buffer = self._accumulate(p, "momentum_buffer", momentum, share * grad)
            grad = grad + momentum * buffer if options["nesterov"] else buffer
        p -= options["lr"] * grad


class Adam(Optimizer):
    """Scale each step by running averages ``m`` of the gradient and ``v`` of its square.

    Step t is ``p -= lr * m / (1 - beta1**t) / (sqrt(v / (1 - beta2**t)) + eps)`` [1]_.

    Parameters
    ----------
    params, lr, eps, weight_decay, maximize, foreach, capturable, differentiable, fused
        See `Optimizer`.
    betas : tuple of two float
        What the two averages keep at each step.
    amsgrad, decoupled_weight_decay : bool
        Divide by the largest ``v`` so far [2]_; decay as `AdamW` does.

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

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None,
                 maximize: bool = False, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None, decoupled_weight_decay: bool = False) -> None:  # fmt: skip
        super().__init__(params, _options(locals()))

    def _update(self, p, grad, options):
        beta1, beta2 = options["betas"]
        t = self._accumulate(p, "step", 1.0, fg.tensor(1.0)).item()
        mean = self._accumulate(p, "exp_avg", beta1, (1.0 - beta1) * grad)
        square = self._accumulate(p, "exp_avg_sq", beta2, (1.0 - beta2) * grad * grad)
        if options["amsgrad"]:
            square = fg.maximum(self.state[p].get("max_exp_avg_sq", square), square)
            self.state[p]["max_exp_avg_sq"] = square
        root = fg.sqrt(square) / math.sqrt(1.0 - beta2**t) + options["eps"]
        p -= options["lr"] / (1.0 - beta1**t) * mean / root


class AdamW(Adam):
    """Adam with a weight decay that stays out of the averages: ``p *= 1 - lr * weight_decay`` [1]_.

    Parameters are Adam's.

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

    def __init__(self, params: Iterable[Any], lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
                 eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, capturable: bool = False, differentiable: bool = False,
                 fused: bool | None = None) -> None:  # fmt: skip
        super().__init__(params, **_options(locals()), decoupled_weight_decay=True)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        super().load_state_dict(state_dict)
        for group in self.param_groups:  # the state may be Adam's
            group["decoupled_weight_decay"] = True


class RMSprop(Optimizer):
    """Divide each step by a running root mean square of the gradient: ``p -= lr * g / (sqrt(v) + eps)`` [1]_.

    ``v`` averages ``g**2``; if `centered`, the square of the average of ``g`` is taken from it [2]_.

    Parameters
    ----------
    params, lr, eps, weight_decay, maximize, capturable, foreach, differentiable
        See `Optimizer`.
    alpha, momentum, centered : float, float, bool
        What the averages keep at each step; share kept of the last step; whether to centre.

    References
    ----------
    .. [1] Tieleman and Hinton, "Lecture 6.5: rmsprop", Coursera: Neural Networks for Machine Learning (2012).
    .. [2] Graves, "Generating sequences with recurrent neural networks", arXiv:1308.0850 (2013).

    Examples
    --------
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> (5.0 * w).backward()
    >>> fg.optim.RMSprop([w], lr=0.25, alpha=0.75, eps=0.0).step()
    >>> w.item()
    0.5
    """

    def __init__(self, params: Iterable[Any], lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
                 weight_decay: float = 0, momentum: float = 0, centered: bool = False, capturable: bool = False,
                 foreach: bool | None = None, maximize: bool = False,
                 differentiable: bool = False) -> None:  # fmt: skip
        super().__init__(params, _options(locals()))

    def _update(self, p, grad, options):
        alpha = options["alpha"]
        self._accumulate(p, "step", 1.0, fg.tensor(1.0))  # unused; torch's state has it
        square = self._accumulate(p, "square_avg", alpha, (1.0 - alpha) * grad * grad)
        if options["centered"]:
            mean = self._accumulate(p, "grad_avg", alpha, (1.0 - alpha) * grad)
            square = (square - mean * mean).clip(0.0)  # rounding could take it below
        move = grad / (fg.sqrt(square) + options["eps"])
        if options["momentum"]:
            move = self._accumulate(p, "momentum_buffer", options["momentum"], move)
        p -= options["lr"] * move


# A step length, and there the loss, its gradient and its slope along the direction: numbers but for the gradient.
_Trial = namedtuple("_Trial", "t loss grad slope")


def _cubic_minimum(a, b, bounds=None):
    """Return where the cubic with the losses and slopes of two trials is least; the middle if nowhere."""
    a, b = (a, b) if a.t <= b.t else (b, a)
    low, high = bounds or (a.t, b.t)
    d1 = a.slope + b.slope - 3.0 * (a.loss - b.loss) / ((a.t - b.t) or math.nan)
    square = d1 * d1 - a.slope * b.slope
    d2 = math.sqrt(square) if square >= 0.0 else math.nan
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / ((b.slope - a.slope + 2.0 * d2) or math.nan))
    return (low + high) / 2.0 if math.isnan(t) else min(max(t, low), high)


def _strong_wolfe(trial_at, start, t, d_norm, tolerance, max_trials):
    """Return a trial with a low enough loss and a flat enough slope: bracket, then zoom. NaN is too high."""

    def too_high(trial):
        return not trial.loss <= start.loss + 1e-4 * trial.t * start.slope

    def flat(trial):
        return abs(trial.slope) <= -0.9 * start.slope

    last, new, n = start, trial_at(t), 0
    while n < max_trials:
        past = too_high(new) or (n > 1 and new.loss >= last.loss)
        if not past and flat(new):
            return new
        if past or new.slope >= 0.0:
            break
        t = _cubic_minimum(last, new, bounds=(new.t + 0.01 * (new.t - last.t), 10.0 * new.t))
        last, new, n = new, trial_at(t), n + 1
    bracket = [last if n < max_trials else start, new]
    low, near_end = int(not bracket[0].loss <= bracket[1].loss), False
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
            low = int(not bracket[0].loss <= bracket[1].loss)
        elif flat(new):
            return new
        else:
            if new.slope * (bracket[1 - low].t - bracket[low].t) >= 0.0:
                bracket[1 - low] = bracket[low]
            bracket[low] = new
    return bracket[low]


class LBFGS(Optimizer):
    """Follow the quasi-Newton direction that the last steps and gradients give (algorithms 3.5, 3.6, 7.4 of [1]_).

    Parameters
    ----------
    params, lr
        See `Optimizer`; one group only. A line search tries `lr` first.
    max_iter, max_eval, history_size : int
        Most iterations and closure calls (None: ``max_iter * 5 // 4``) in a `step`; how many steps are remembered.
    tolerance_grad, tolerance_change : float
        Stop when no entry of the gradient is larger, or when the change of the parameters or of the loss is not.
    line_search_fn : {None, "strong_wolfe"}
        Whether to search for the step length.

    References
    ----------
    .. [1] Nocedal and Wright, "Numerical Optimization", Springer (2006); safeguards as in Schmidt, "minFunc" (2005).

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

    def __init__(self, params: Iterable[Any], lr: float = 1, max_iter: int = 20, max_eval: int | None = None,
                 tolerance_grad: float = 1e-7, tolerance_change: float = 1e-9, history_size: int = 100,
                 line_search_fn: str | None = None) -> None:  # fmt: skip
        max_eval = max_iter * 5 // 4 if max_eval is None else max_eval
        super().__init__(params, _options(locals()))

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        if self.param_groups:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups); give it one list")
        super().add_param_group(param_group)

    def step(self, closure: Callable[[], Any]) -> Any:
        """Iterate until a tolerance or a limit is met; return the loss before. `closure` as in `Optimizer.step`."""
        options = _plain(self.param_groups[0])
        params, search, tolerance = options["params"], options["line_search_fn"], options["tolerance_change"]
        state = self.state[params[0]]  # of all of them, where torch keeps it
        state.update({"func_evals": 0, "n_iter": 0, **state})
        last_eval = state["func_evals"] + options["max_eval"]

        def evaluate():
            with fg.enable_grad():
                result = closure()
            state["func_evals"] += 1
            flat = [(fg.zeros_like(p) if p.grad is None else p.grad.detach()).reshape(-1) for p in params]
            return result, float(_plain(result)), fg.concatenate(flat)

        def move(t):
            start = 0
            for p, value in zip(params, here):
                stop = start + math.prod(p.shape)
                p[...] = value + t * d[start:stop].reshape(p.shape)
                start = stop

        def trial_at(t):
            move(t)
            _, loss, grad = evaluate()
            return _Trial(t, loss, grad, float(grad @ d))

        with fg.no_grad():
            result, loss, grad = evaluate()
            for left in reversed(range(options["max_iter"])):
                if float(abs(grad).max()) <= options["tolerance_grad"]:
                    break
                state["n_iter"] += 1
                d, t, here = self._direction(state, grad), options["lr"], [p.detach().clone() for p in params]
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
        """Remember the last step; return minus the gradient times the inverse Hessian of the remembered ones."""
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
        d, known, shares = -grad, list(zip(state["old_dirs"], state["old_stps"], state["ro"])), []
        for y, s, ro in reversed(known):
            shares.append(float(s @ d) * ro)
            d -= shares[-1] * y
        d *= state["H_diag"]
        for y, s, ro in known:
            d += (shares.pop() - float(y @ d) * ro) * s
        return d
