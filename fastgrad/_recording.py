"""What a structural op is: an op on whole arrays, all that is known of it in one object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np

from . import _array
from ._array import is_symbolic
from ._convert import as_tensor
from ._grad_fn import STRUCTURAL
from ._lowering import Lowered
from ._nodes import check_unrecorded
from ._sweep import tape
from ._tensor import Tensor, box_of, later, values, wrap


class Spec:
    """What a rule may know of an operand whose value it does not read."""

    __slots__ = ("dtype", "ndim", "shape", "size")

    def __init__(self, array):
        self.shape, self.dtype = array.shape, array.dtype
        self.ndim, self.size = array.ndim, array.size


class Call:
    """One use of a structural op: what its node remembers until the sweep comes by."""

    __slots__ = ("op", "out", "params", "specs")

    def __init__(self, op, params, operands, out):
        self.op, self.params = op, params
        self.specs = [Spec(x) for x in operands]
        self.out = Spec(out)

    def cotangents(self, g: Any, wanted: list[int], fetch: Callable[[int], Any]) -> list[Any]:
        """Return the cotangents of the wanted operands.

        Parameters
        ----------
        g : Tensor
            Cotangent of the result.
        wanted : list of int
            Positions of operands.
        fetch : callable
            Gives the value of operand k, or of the result for -1; called for what the rule reads.
        """
        op = self.op
        out = fetch(-1) if "out" in op.reads else self.out
        xs = [fetch(k) if k in op.reads else spec for k, spec in enumerate(self.specs)]
        found = op.cotangents(wanted, g, out, xs, self.params)
        results = []
        for k, cotangent in zip(wanted, found):
            spec = self.specs[k]
            if cotangent is None:
                cotangent = as_tensor(np.zeros(spec.shape, spec.dtype))
            if cotangent.shape != spec.shape:
                raise RuntimeError(
                    f"the rule of {op.name} gave a cotangent of shape {cotangent.shape} for "
                    f"operand {k} of shape {spec.shape}"
                )
            if cotangent.dtype != spec.dtype:
                cotangent = later.astype(cotangent, dtype=spec.dtype)
            results.append(cotangent)
        return results


class Structural:
    """An op on whole arrays.

    Parameters
    ----------
    name : str
        What explanations and errors call it.
    value : callable
        ``value(*arrays, **params)`` gives the result as one ndarray.
    vjp : tuple of callable or None, or callable, or None
        ``vjp[k](g, out, *operands, **params)`` gives the cotangent of operand k, from ops of
        fastgrad alone; it is None, or gives None, where there is none. Of an op with any number of
        operands, one callable that takes k first. None alone: the result has no derivative.
    reads : tuple
        Positions of operands, or "out", whose values the rules read; the others come as a `Spec`.
    view : bool
        Whether the result may share memory with operand 0.
    unview : callable, optional
        Of a view that can be changed in place: ``unview(base, value, **params)`` is the base with
        `value` in the place of the view.
    jvp : callable, "linear" or None
        ``jvp(dots, out, *operands, **params)`` gives the tangent of the result, or None;
        ``dots[k]`` is that of operand k, or None, but not all are. Linear: the op of the tangents.
        None as for `vjp`.
    infer : callable
        ``infer(*specs, **params)`` gives shape and dtype of the result; raises TypeError,
        ValueError or IndexError for parameters and operands that do not fit, whatever they are.
    batch : callable or None
        ``batch(n, batched, *operands, **params)`` gives the results of n points along a new axis
        0, from ops of fastgrad; ``batched[k]`` says whether operand k has this axis: at least one.
    lower : callable or None
        ``lower(*specs, **params)`` gives the steps of a program, as a `Lowered`. None, as for
        `batch`, if the shape of the result depends on values.
    """

    def __init__(
        self,
        name: str,
        *,
        value: Callable[..., Any],
        vjp: Any,
        reads: tuple[int | str, ...] = (),
        view: bool = False,
        unview: Callable[..., Tensor] | None = None,
        jvp: Callable[..., Any] | Literal["linear"] | None = None,
        infer: Callable[..., tuple[tuple[int, ...], np.dtype[Any]]] | None = None,
        batch: Callable[..., Any] | None = None,
        lower: Callable[..., Lowered] | None = None,
    ) -> None:
        self.name, self.value, self.vjp, self.jvp = name, value, vjp, jvp
        self.reads, self.view, self.unview = reads, view, unview
        self.infer, self.batch, self.lower = infer, batch, lower
        self.number = len(STRUCTURAL)
        STRUCTURAL.append(name)

    def __repr__(self) -> str:
        return f"<structural op {self.name}>"

    def __call__(self, *operands: Any, **params: Any) -> Any:
        """Return the result, recorded if an operand requires a gradient."""
        if is_symbolic(operands):
            return later.emit(self, operands, params)
        tensors = tuple(as_tensor(x) for x in operands)
        arrays = [values(t) for t in tensors]
        value = np.asarray(self.value(*arrays, **params))
        on = tape()
        view = None
        if self.view and np.may_share_memory(value, arrays[0]):
            if box_of(tensors[0]) is None:  # a scalar has no memory to share
                value = value.copy()
            else:
                # under no_grad, a view of what is tracked stays outside the graph
                recorded = on.grad_enabled or not tensors[0].requires_grad
                view = (tensors[0], self, params, recorded)
        if (
            ((value.dtype.kind == "f" and self.vjp is not None) or on.recording)
            and any(t.requires_grad for t in tensors)
            and on.grad_enabled
        ):
            return _array.record(Call(self, params, arrays, value), tensors, value, view)
        check_unrecorded(tensors)
        if view is not None:
            return wrap(value, box_of(tensors[0]).storage, view, scalar=False)
        return wrap(value)

    def cotangents(
        self, wanted: list[int], g: Any, out: Any, xs: Sequence[Any], params: Any
    ) -> list:
        """Return the cotangent of each wanted operand, or None: what the rules in `vjp` give."""
        if callable(self.vjp):
            return [self.vjp(k, g, out, *xs, **params) for k in wanted]
        rules = [self.vjp[k] for k in wanted]
        return [None if rule is None else rule(g, out, *xs, **params) for rule in rules]

    def tangent(self, dots: Sequence[Any], out: Any, xs: Sequence[Any], params: Any) -> Any:
        """Return the tangent of the result, or None: `jvp`, and what "linear" stands for there."""
        if self.jvp is None:
            raise TypeError(f"the result of {self.name} has no derivative")
        if self.jvp != "linear":
            return self.jvp(dots, out, *xs, **params)
        return self(*(zeros_of(x) if d is None else d for d, x in zip(dots, xs)), **params)


def zeros_of(x: Any) -> np.ndarray:
    """Return zeros of the shape and dtype of x, that take no memory."""
    return np.broadcast_to(np.zeros((), x.dtype), x.shape)


later.concrete = values
