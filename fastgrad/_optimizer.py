"""The base class of the minimisers: groups, checks, state, the step."""

from __future__ import annotations

import copy
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

import fastgrad as fg  # used inside functions only: the package is still being imported


def options_of(arguments):
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

    _fixed: ClassVar[dict[str, Any]] = {}  # options that a loaded state does not change

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        if isinstance(params, fg.Tensor):
            what = f"an iterable of Tensors or dicts, but got {type(params).__name__}; write [w]"
            raise TypeError(f"params argument given to the optimizer should be {what}")
        self.defaults: dict[str, Any] = _check(defaults)
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
            fixed = {"params": group["params"], **self._fixed}
            groups.append(_check({**group, **copy.deepcopy(old), **fixed}))
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for number, entries in state_dict["state"].items():
            p = parameter[number]
            state[p] = {k: _copied(v, None if k == "step" else p.dtype) for k, v in entries.items()}
        self.state, self.param_groups = state, groups
