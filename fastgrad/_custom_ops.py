"""The op that a call of a custom function becomes, and its derivatives as graphs.

The operands are the numbers and arrays among the arguments, and what was captured of outer
recordings; the result is one of the outputs of a graph, the primal. Floats come packed in output 0,
so that their derivatives are one product. Before a graph is planned, `planned` puts the primal in
the place of the op.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from . import _structural as structural
from ._batching import Given, copy_into, unbatched
from ._custom_pickling import packed, unpacked
from ._derive import keep, with_vjp
from ._grad_fn import STRUCTURAL
from ._graph import Graph, Var
from ._inline import apply_graph
from ._passes import zeros
from ._recording import Structural
from ._tensor import Tensor, values, wrap


class Rule:
    """The derivatives of a custom function, of which one is given and the other derived.

    Attributes
    ----------
    name : str
        Of the function.
    wrt : tuple of int
        The operands that have a derivative.
    pull : Graph
        Of the operands and the cotangent of output 0, to the cotangent of each of `wrt`.
    push : Graph
        Of the operands and the tangent of each of `wrt`, to the tangent of output 0.
    """

    def __init__(self, name: str, wrt: tuple[int, ...]) -> None:
        self.name, self.wrt = name, wrt
        self.n_operands = 0
        self._why_none = (
            f"the rule of {name} differentiates {name} itself, which needs the rule; differentiate "
            f"{name}.__wrapped__ there"
        )
        self._pull: Any = None  # a graph, or what a pickle has made of it
        self._push: Any = None
        self._for_points: dict[tuple, Rule] = {}

    def set(self, n_operands: int, *, pull: Graph | None = None, push: Graph | None = None) -> None:
        """Give one of the two graphs."""
        self.n_operands, self._pull, self._push = n_operands, pull, push

    def split(self, why: str) -> Rule:
        """Return a rule with these graphs, and let this one say why it has none."""
        made = Rule(self.name, self.wrt)
        made.set(self.n_operands, pull=self._pull, push=self._push)
        self.set(self.n_operands)
        self._why_none = why
        return made

    @property
    def pull(self) -> Graph:
        self._pull = unpacked(self._pull) or self._transposed(unpacked(self._push))
        return self._pull

    @property
    def push(self) -> Graph:
        self._push = unpacked(self._push) or self._transposed(unpacked(self._pull))
        return self._push

    def __getstate__(self) -> dict:
        graphs = {"_pull": packed(self._pull), "_push": packed(self._push)}
        return self.__dict__ | graphs | {"_for_points": {}}

    def _transposed(self, graph):
        """Return the transpose of a graph that is linear in what comes after the operands."""
        if graph is None:
            raise RuntimeError(self._why_none)
        n = self.n_operands
        product = with_vjp(graph, list(range(n, len(graph.inputs))))
        made = Graph()
        given = [Given(made.add_input(*graph.type_of(node)), False) for node in graph.inputs[:n]]
        # it is linear, so where it is differentiated does not matter
        given += [Given(zeros(made, *graph.type_of(node)), False) for node in graph.inputs[n:]]
        seeds = product.inputs[len(graph.inputs) :]
        given += [Given(made.add_input(*product.type_of(node)), False) for node in seeds]
        found = copy_into(product, made, given, product.outputs[len(graph.outputs) :])
        made.outputs = [x.var.node for x in found.nodes]
        return made

    def for_points(self, n: int, batched: tuple[bool, ...]) -> Rule:
        """Return the rule of n points, of which some operands have an axis."""
        found = self._for_points.get((n, batched))
        if found is None:
            found = self._for_points.setdefault((n, batched), _PointsRule(self, n, batched))
        return found


class _PointsRule(Rule):
    """A rule for n points at once: its graphs are those of one point, along a new axis 0."""

    def __init__(self, one, n, batched):
        super().__init__(one.name, one.wrt)
        self.n_operands, self._one, self._n, self._batched = one.n_operands, one, n, batched

    @property
    def pull(self):
        self._pull = unpacked(self._pull)
        if self._pull is None:
            summed = [not self._batched[k] for k in self.wrt]
            self._pull = batched_graph(self._one.pull, self._n, (*self._batched, True), summed)
        return self._pull

    @property
    def push(self):
        self._push = unpacked(self._push)
        if self._push is None:
            dots = tuple(self._batched[k] for k in self.wrt)
            self._push = batched_graph(self._one.push, self._n, self._batched + dots, [False])
        return self._push


def batched_graph(graph: Graph, n: int, batched: Sequence[bool], summed: Sequence[bool]) -> Graph:
    """Return a graph of n points; each output is one row a point, or the sum of the rows."""
    made, given = Graph(), []
    for node, has_axis in zip(graph.inputs, batched):
        dtype, shape = graph.type_of(node)
        given.append(Given(made.add_input(dtype, (n, *shape) if has_axis else shape), has_axis))
    rows = [unbatched(x, n) for x in copy_into(graph, made, given, graph.outputs, n).nodes]
    outputs: list[Any] = [
        structural.sum(x, axis=(0,), keepdims=False) if add_up else x
        for x, add_up in zip(rows, summed)
    ]
    made.outputs = [x.node for x in outputs]
    return made


class CustomOp(Structural):
    """An op whose value is an output of a graph, and whose derivatives are those of a rule."""

    number = len(STRUCTURAL)  # one for all of them
    view, unview = False, None

    def __init__(self, primal: Graph, rule: Rule) -> None:
        self.name, self.rule = f"custom {rule.name}", rule
        self._primal: Any = primal  # or, out of a pickle, what becomes the graph when it is needed
        self.reads = range(len(primal.inputs))  # type: ignore[assignment]
        self._single: dict[int, Graph] = {}
        self._for_points: dict[tuple, CustomOp] = {}

    @property
    def primal(self) -> Graph:
        """The graph whose outputs are the results."""
        self._primal = unpacked(self._primal)
        return self._primal

    def __getstate__(self) -> dict:
        made: dict[str, Any] = {"_primal": packed(self._primal), "_single": {}, "_for_points": {}}
        return self.__dict__ | made

    def value(self, *arrays: np.ndarray, output: int) -> np.ndarray:
        """Return an output for these operands."""
        graph = self._single.get(output)
        if graph is None:
            graph = self._single[output] = keep(self.primal, [output])
        return values(apply_graph(graph, [wrap(x) for x in arrays])[0])

    def infer(self, *specs: Any, output: int) -> tuple[tuple[int, ...], np.dtype]:
        """Return shape and dtype of an output."""
        dtype, shape = self.primal.type_of(self.primal.outputs[output])
        return shape, dtype

    def lower(self, *specs: Any, output: int) -> Any:
        """Refuse: what is planned is the primal."""
        raise RuntimeError(f"{self.name} is part of a graph that was not expanded")

    def vjp(self, k: int, g: Any, out: Any, *xs: Any, output: int) -> Any:
        """Return the cotangent of an operand."""
        return self.cotangents([k], g, out, xs, {"output": output})[0]

    def cotangents(self, wanted, g, out, xs, params):
        """Return the cotangents of operands, all from one product."""
        places = {k: place for place, k in enumerate(self.rule.wrt)}
        for k in wanted:
            self._check(k, places, xs[k].dtype)
        found = applied(self.rule.pull, [*xs, g])
        return [found[places[k]] if k in places else None for k in wanted]

    def jvp(self, dots: Any, out: Any, *xs: Any, output: int) -> Any:
        """Return the tangent of an output."""
        if output or out.dtype.kind != "f":
            return None
        for k, dot in enumerate(dots):
            if dot is not None:
                self._check(k, self.rule.wrt, xs[k].dtype)
        graph = xs[0].graph
        moved = [
            zeros(graph, xs[k].dtype, xs[k].shape) if dots[k] is None else dots[k]
            for k in self.rule.wrt
        ]
        return applied(self.rule.push, [*xs, *moved])[0]

    def _check(self, k, places, dtype):
        if k not in places and dtype.kind == "f":
            raise TypeError(
                f"{self.rule.name} uses a value that is differentiated but is no argument of its "
                "rule: it comes from a closure or an argument in nondiff_argnums, for which the "
                "rule gives no derivative; pass it as an argument"
            )

    def batch(self, n: int, batched: tuple[bool, ...], *xs: Any, output: int) -> Any:
        """Return the results of n points."""
        found = self._for_points.get((n, batched))
        if found is None:
            graph = batched_graph(self.primal, n, batched, [False] * len(self.primal.outputs))
            made = CustomOp(graph, self.rule.for_points(n, batched))
            found = self._for_points.setdefault((n, batched), made)
        return found(*xs, output=output)


STRUCTURAL.append("custom")


def applied(graph: Graph, xs: Sequence[Any]) -> list[Any]:
    """Return the outputs of a graph for Vars, added to their graph, or for Tensors."""
    into = next((x.graph for x in xs if isinstance(x, Var)), None)
    if into is None:
        return apply_graph(graph, [x if isinstance(x, Tensor) else wrap(np.asarray(x)) for x in xs])
    given = [Given(x if isinstance(x, Var) else into.constant(x), False) for x in xs]
    return [x.var for x in copy_into(graph, into, given, graph.outputs).nodes]
