"""LBFGS, with the strong Wolfe line search."""

from __future__ import annotations

import math
from collections import namedtuple
from collections.abc import Callable, Iterable
from typing import Any

import fastgrad as fg  # used inside functions only: the package is still being imported

from ._optimizer import Optimizer, options_of

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
        super().__init__(params, options_of(locals()))

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
