"""checkpoint: of eager Tensors, compute again what backward needs instead of keeping it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _array
from ._convert import as_tensor
from ._custom_packing import Results, is_tracked, results_of
from ._derive import keep, with_vjp
from ._expanding import planned
from ._grad_fn import STRUCTURAL
from ._inline import apply_graph
from ._recording import Call, Structural
from ._signature import is_recorded
from ._sweep import tape
from ._tensor import values, wrap
from ._trace import Trace, trace
from ._tree import flatten


class _CheckpointOp(Structural):
    """A function whose operands are kept and whose graph is not: the rule makes it anew."""

    name, number = "checkpoint", len(STRUCTURAL)
    view, unview, jvp, infer, batch, lower = False, None, None, None, None, None

    def __init__(self, function, leaves, structure):
        self.function, self.structure = function, structure
        self.static = [None if is_recorded(x) else x for x in leaves]
        self.is_operand = [is_recorded(x) for x in leaves]
        made, self.results = self.traced(leaves)
        self.captured, self.values = made.captured, made.values
        self.seen = _digest(made.values)
        self.reads = range(sum(self.is_operand) + len(self.captured))

    def traced(self, leaves: list[Any]) -> tuple[Trace, Results]:
        """Run the function; return it as a graph of operands, and what it gave."""
        results: Results

        def run(*args, **kwargs):
            nonlocal results
            found = self.function(*args, **kwargs)
            results, outputs = results_of(found, self.function)
            return outputs

        functools.update_wrapper(run, self.function)
        made = trace(run, leaves, self.structure, open=True)
        made.graph.guards = []  # they hold: the values are those of then
        return made, results

    def vjp(self, k, g, out, *xs):
        """Return the cotangent of an operand."""
        return self.cotangents([k], g, out, xs, {})[0]

    def cotangents(self, wanted, g, out, xs, params):
        """Return the cotangents of operands, from the graph of another run."""
        own = iter(xs)
        leaves = [next(own) if known else x for known, x in zip(self.is_operand, self.static)]
        made, results = self.traced(leaves)
        if not self.gave(made, results):
            name = getattr(self.function, "__name__", type(self.function).__name__)
            raise RuntimeError(
                f"checkpoint: {name} gave another result when backward ran it again; it has to "
                "depend on its arguments alone: draw random numbers outside, and pass them"
            )
        product = with_vjp(keep(made.graph, [0]), wanted)
        graph = keep(product, list(range(1, 1 + len(wanted))))
        if any(t.requires_grad for t in (*xs, g)):
            return apply_graph(graph, [*xs, g])
        found = planned(graph, graph.outputs, []).run([values(x) for x in (*xs, g)])
        return [wrap(np.asarray(x)) for x in found]

    def gave(self, made: Trace, results: Results) -> bool:
        """Return whether another run gave what the first one did."""
        digest = _digest(made.values)
        return (
            [id(t) for t in made.captured] == [id(t) for t in self.captured]
            and (results.structure, results.types) == (self.results.structure, self.results.types)
            and digest.shape == self.seen.shape
            and np.allclose(digest, self.seen, 1e-6, 0.0)
        )

    def record(self, leaves):
        """Return the result, its floats as one op on the tape."""
        operands = [as_tensor(x) for x in leaves if is_recorded(x)] + self.captured
        outputs = self.values
        del self.values
        packed = []
        if self.results.n_floats:
            noted = Call(self, {}, [values(t) for t in operands], outputs[0])
            packed = [_array.record(noted, tuple(operands), outputs[0], None)]
        return self.results.unpack(packed, [wrap(x) for x in outputs[len(packed) :]])


STRUCTURAL.append("checkpoint")


def _digest(arrays):
    """Return a few numbers by which results of two runs can be told apart.

    They are sums of what is above zero, of what is below, and of where NaN and the infinities are.
    The weights make places count; nothing cancels, so rounding changes none of them by much.
    """
    sums = []
    for x in arrays:
        x = np.asarray(x, float).ravel()
        weights = np.random.default_rng(0).uniform(1.0, 2.0, x.size)
        finite = np.where(np.isfinite(x), x, 0.0)
        parts = finite.clip(0.0), finite.clip(None, 0.0), np.isnan(x), x == np.inf, x == -np.inf
        sums.append([weights @ part for part in parts])
    return np.array(sums)


def checkpoint(f: Callable[..., Any]) -> Callable[..., Any]:
    """Let a function keep its arguments for backward, not what it computes on the way.

    Parameters
    ----------
    f : callable
        Of Tensors, numbers and containers of them, to the same. It has to give the same result when
        it is called again, and not to change its arguments.

    Returns
    -------
    callable
        The same function: `backward` runs it again where it needs values from inside.

    Raises
    ------
    RuntimeError
        In `backward`, if `f` gives another result then.

    Notes
    -----
    For eager Tensors, where memory grows with the number of operations: a chain of n operations,
    cut into k checkpointed parts, needs memory for about k + n / k results instead of n, and twice
    the time forward [1]_. Such a call is recorded, so `f` cannot take the number out of a Tensor
    (``float(x)``); gradients flow also to Tensors that `f` uses without being passed them.

    In transforms and recorded functions it is `f` itself: a program keeps no value longer than
    something needs it.

    References
    ----------
    .. [1] Griewank and Walther, "Algorithm 799: revolve", ACM Transactions on Mathematical
       Software 26 (2000).

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor([0.0, 1.0], requires_grad=True)
    >>> y = fg.checkpoint(lambda x: fg.exp(x * x) * x)(x)
    >>> y.sum().backward()
    >>> x.grad
    tensor([1.0000, 8.1548])
    """
    if not callable(f):
        raise TypeError(
            f"checkpoint takes a function, got {type(f).__name__}; write checkpoint(f)(x)"
        )

    @functools.wraps(f)
    def saving(*args: Any, **kwargs: Any) -> Any:
        leaves, structure = flatten((args, kwargs))
        if tape().recording or not is_tracked(leaves):
            return f(*args, **kwargs)
        return _CheckpointOp(f, leaves, structure).record(leaves)

    return saving
