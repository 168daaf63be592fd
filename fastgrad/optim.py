"""optim -- minimisers with torch.optim's interface.

A method is an `_update` of one parameter; all else, but for LBFGS, is done by the base class.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, ClassVar

import fastgrad as fg  # used inside functions only: the package is still being imported

from ._lbfgs import LBFGS as LBFGS
from ._optimizer import Optimizer as Optimizer
from ._optimizer import options_of

__all__ = ["LBFGS", "SGD", "Adam", "AdamW", "Optimizer", "RMSprop"]

for _name in ("LBFGS", "Optimizer"):
    globals()[_name].__module__ = "fastgrad.optim"


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
        super().__init__(params, options_of(locals()))

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
        super().__init__(params, options_of(locals()))

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

    _fixed: ClassVar[dict[str, Any]] = {"decoupled_weight_decay": True}

    def __init__(self, params: Iterable[Any], lr: float = 1e-3,
                 betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
                 weight_decay: float = 1e-2, amsgrad: bool = False, *, maximize: bool = False,
                 foreach: bool | None = None, capturable: bool = False,
                 differentiable: bool = False, fused: bool | None = None) -> None:  # fmt: skip
        super().__init__(params, **options_of(locals()), decoupled_weight_decay=True)


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
        super().__init__(params, options_of(locals()))

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
