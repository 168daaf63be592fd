"""gradcheck: analytic gradients against central differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._arguments import to_tensor
from ._backward import grad
from ._gradmode import enable_grad, no_grad
from ._tensor import Tensor, values


class GradcheckError(RuntimeError):
    """An analytic gradient differs from the numerical one."""


def _checked(inputs):
    """Return inputs as a list, and the positions of those that require a gradient."""
    inputs = [inputs] if isinstance(inputs, Tensor) else list(inputs)
    checked = [k for k, x in enumerate(inputs) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them do"
        )
    return inputs, checked


def _outputs(function, inputs):
    out = function(*inputs)
    outs = list(out) if isinstance(out, (list, tuple)) else [out]
    for o in outs:
        if not isinstance(o, Tensor):
            raise TypeError(
                f"gradcheck needs a function that returns Tensors, got {type(o).__name__}"
            )
    return [o for o in outs if o.dtype.kind == "f"]


def _numerical(function, inputs, k, eps):
    """Return the Jacobians [out size, in size] of all outputs by input k, by differences."""
    x = np.array(values(inputs[k]))
    columns = []
    with no_grad():
        for i in range(x.size):
            step = []
            for sign in (1.0, -1.0):
                moved = x.copy()
                moved.reshape(-1)[i] += sign * eps
                args = list(inputs)
                args[k] = to_tensor(moved)
                step.append(
                    [np.array(values(o), np.float64).reshape(-1) for o in _outputs(function, args)]
                )
            columns.append([(a - b) / (2 * eps) for a, b in zip(*step)])
    return [np.array([c[m] for c in columns]).T for m in range(len(columns[0]))] if columns else []


def _analytic(function, inputs, k):
    """Return the same Jacobians, row by row from the reverse sweep."""
    with enable_grad():
        outs = _outputs(function, inputs)
    jacobians = []
    for out in outs:
        rows = []
        for j in range(out.size):
            seed = np.zeros(out.size)
            seed[j] = 1.0
            if not out.requires_grad:
                rows.append(np.zeros(inputs[k].size))
                continue
            (g,) = grad(out, inputs[k], to_tensor(seed.reshape(out.shape).astype(out.dtype)),
                        retain_graph=True, materialize_grads=True)  # fmt: skip
            rows.append(np.array(values(g.detach()), np.float64).reshape(-1))
        jacobians.append(np.array(rows).reshape(out.size, inputs[k].size))
    return jacobians


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare the gradients of a function with central differences.

    Parameters
    ----------
    func : callable
        Takes Tensors and returns a Tensor or a sequence of Tensors.
    inputs : Tensor or sequence of Tensor
        Where; those that require a gradient are checked. float64 is advised.
    eps : float
        Step of the difference.
    atol, rtol : float
        Allowed absolute and relative difference.
    raise_exception : bool
        Raise instead of returning False.

    Returns
    -------
    bool
        Whether all Jacobians agree.

    Raises
    ------
    GradcheckError
        If one does not; it names output and input and shows both Jacobians.
    ValueError
        If no input requires a gradient.

    Notes
    -----
    The difference has an error of order ``eps**2`` plus rounding of order ``1e-16 / eps``; kinks
    closer than `eps` are seen as wrong gradients.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor([0.5, 2.0], requires_grad=True)
    >>> fg.autograd.gradcheck(lambda x: fg.sin(x) * x, (x,))
    True
    """
    inputs, checked = _checked(inputs)
    for k in checked:
        pairs = zip(_analytic(func, inputs, k), _numerical(func, inputs, k, eps))
        for m, (analytic, numerical) in enumerate(pairs):
            if not np.allclose(analytic, numerical, rtol=rtol, atol=atol, equal_nan=True):
                if not raise_exception:
                    return False
                raise GradcheckError(
                    f"Jacobian mismatch for output {m} with respect to input {k},\n"
                    f"numerical:{numerical}\nanalytical:{analytic}"
                )
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare the gradients of the gradients of a function with central differences.

    Parameters
    ----------
    func : callable
        Takes Tensors and returns a Tensor or a sequence of Tensors.
    inputs : Tensor or sequence of Tensor
        Where; those that require a gradient are checked.
    grad_outputs : Tensor or sequence of Tensor, optional
        Seeds of the first sweep; by default fixed numbers between 0.5 and 1.5.
    eps, atol, rtol, raise_exception
        As for `gradcheck`.

    Returns
    -------
    bool
        Whether all Jacobians of the gradient agree.

    Raises
    ------
    GradcheckError
        If one does not.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor([0.5, 2.0], requires_grad=True)
    >>> fg.autograd.gradgradcheck(lambda x: fg.sin(x) * x, (x,))
    True
    """
    inputs, checked = _checked(inputs)
    outs = _outputs(func, inputs)
    if grad_outputs is None:
        draw = np.random.default_rng(0)
        seeds = [to_tensor(draw.uniform(0.5, 1.5, o.shape).astype(o.dtype)) for o in outs]
    else:
        seeds = [grad_outputs] if isinstance(grad_outputs, Tensor) else list(grad_outputs)
    seeds = [s.detach().requires_grad_(True) for s in seeds]

    def gradient(*args):
        xs = [x.detach().requires_grad_(True) if k in checked and not x.requires_grad else x
              for k, x in enumerate(args[: len(inputs)])]  # fmt: skip
        with enable_grad():
            pairs = [
                (o, s) for o, s in zip(_outputs(func, xs), args[len(inputs) :]) if o.requires_grad
            ]
            if not pairs:
                return [to_tensor(np.zeros(xs[k].shape)) for k in checked]
            return grad([o for o, _ in pairs], [xs[k] for k in checked], [s for _, s in pairs],
                        create_graph=True, materialize_grads=True)  # fmt: skip

    return gradcheck(
        gradient, (*inputs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )
