"""A function as it was recorded for one signature and one path, and what is derived from it.

A Recording is a graph, how arguments are packed into its inputs, and how its outputs are packed
into a result. A transform of a recording is a recording again, so transforms compose without
running the function anew.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._expanding import planned
from ._graph import Graph
from ._inline import apply_graph
from ._machine import Machine
from ._paths import paths
from ._signature import differentiable, is_recorded, signature
from ._tensor import Tensor, wrap
from ._trace import trace
from ._tree import LEAF, Structure, flatten
from ._unroll import NotScalars, unrolled

MOST_SCALARS = 4000  # elements of the arrays of a point up to which it is unrolled for many points

_ROOT = ["argument", "keyword argument"]


class Arguments:
    """The arguments of a call as leaves, and where they stand.

    Attributes
    ----------
    leaves : list
        Recorded and static ones.
    structure : Structure
        Of (args, kwargs).
    each : list of (Structure, int)
        Of each positional argument, and its number of leaves.
    """

    __slots__ = ("each", "leaves", "structure")

    each: list[tuple[Structure, int]]
    leaves: list[Any]
    structure: Structure

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.each, self.leaves = [], []
        for x in args:
            own, structure = flatten(x)
            self.each.append((structure, len(own)))
            self.leaves += own
        self.leaves += flatten(kwargs)[0]
        self.structure = flatten((args, kwargs))[1]

    def with_floats(self, argnums: tuple[int, ...]) -> Arguments:
        """Return the arguments with the Python ints in `argnums` as floats.

        Raises
        ------
        RuntimeError, TypeError
            If one of them has no gradient.
        """
        leaves, at = list(self.leaves), 0
        for k, (structure, n) in enumerate(self.each):
            if k in argnums:
                own = self.leaves[at : at + n]
                leaves[at : at + n] = differentiable(own, structure, f"argument {k}")
            at += n
        return self.with_leaves(leaves)

    def with_leaves(self, leaves: list[Any]) -> Arguments:
        """Return arguments packed like these."""
        made = Arguments.__new__(Arguments)
        made.each, made.structure, made.leaves = self.each, self.structure, leaves
        return made

    def key(self) -> tuple[Any, ...]:
        """Return the signature."""
        return self.structure, signature(self.leaves, self.structure, _ROOT)

    def names(self) -> list[str]:
        """Return what each leaf is called in messages."""
        return paths(self.structure, _ROOT)

    def are_plain(self) -> bool:
        """Return whether each is a recorded leaf by itself: their shapes and dtypes say all."""
        return len(self.leaves) == len(self.each) and all(
            structure == LEAF and is_recorded(x)
            for (structure, _), x in zip(self.each, self.leaves)
        )

    def inputs(self) -> list[Any]:
        """Return the recorded leaves."""
        return [x for x in self.leaves if is_recorded(x)]

    def input_numbers(self) -> list[list[int]]:
        """Return for each positional argument the numbers of its inputs."""
        numbers, at, n = [], 0, 0
        for _, count in self.each:
            recorded = [is_recorded(x) for x in self.leaves[at : at + count]]
            numbers.append(list(range(n, n + sum(recorded))))
            at, n = at + count, n + sum(recorded)
        return numbers


class Recording:
    """A function recorded for one signature, on one path.

    Attributes
    ----------
    graph : Graph
        Its inputs are the recorded leaves of the arguments, then `captured`, then what a transform
        has added.
    result : Structure
        Of what the function returns.
    argument_inputs : list of list of int
        For each positional argument the numbers of its inputs.
    argument_structures : list of Structure
        Of the positional arguments.
    n_arguments : int
        How many inputs are arguments.
    captured : list of Tensor
        Tensors of outer recordings that the function uses.
    is_unguarded : bool
        Whether it is for one point alone, for its guards were left out.
    """

    graph: Graph
    result: Structure
    captured: list[Tensor]
    name: str
    argument_inputs: list[list[int]]
    argument_structures: list[Structure]
    record_seconds: float
    transform_seconds: float
    plan_seconds: float

    def __init__(
        self,
        graph: Graph,
        result: Structure,
        argument_inputs: list[list[int]],
        argument_structures: list[Structure],
        n_arguments: int,
        captured: list[Tensor],
        name: str,
    ) -> None:
        self.graph, self.result, self.captured, self.name = graph, result, captured, name
        self.n_arguments = n_arguments
        self.argument_inputs, self.argument_structures = argument_inputs, argument_structures
        self.record_seconds = self.transform_seconds = self.plan_seconds = 0.0
        self.is_unguarded = False
        self._machine: Machine | None = None
        self._points_machine: Machine | None = None
        self._transformed: dict[tuple[Any, ...], Recording] = {}
        self._lock = threading.RLock()

    def with_graph(self, graph: Graph, result: Structure, name: str) -> Recording:
        """Return a recording of the same arguments."""
        return Recording(
            graph, result, self.argument_inputs, self.argument_structures, self.n_arguments,
            self.captured, name,
        )  # fmt: skip

    def unguarded(self) -> Recording:
        """Return a recording that takes its path whatever the arguments are."""
        graph = self.graph.copy()
        graph.guards = []
        made = self.with_graph(graph, self.result, self.name)
        made.is_unguarded = True
        return made

    def transformed(
        self, key: tuple[Any, ...], make: Callable[[Recording], Recording]
    ) -> Recording:
        """Return ``make(self)``, made when first asked for by this key."""
        found = self._transformed.get(key)
        if found is None:
            with self._lock:
                found = self._transformed.get(key)
                if found is None:
                    start = time.perf_counter()
                    found = make(self)
                    found.transform_seconds = time.perf_counter() - start
                    self._transformed[key] = found
        return found

    def all_transformed(self) -> dict[tuple[Any, ...], Recording]:
        """Return what has been derived so far."""
        return dict(self._transformed)

    @property
    def output_types(self) -> list[tuple[np.dtype, tuple[int, ...]]]:
        """Dtype and shape of each output."""
        return [self.graph.type_of(node) for node in self.graph.outputs]

    @property
    def machine(self) -> Machine:
        """The planned graph."""
        found = self._machine
        if found is None:
            with self._lock:
                if self._machine is None:
                    start = time.perf_counter()
                    made = planned(self.graph, self.graph.outputs, self.graph.guards)
                    self.graph.settle()
                    self.plan_seconds = time.perf_counter() - start
                    self._machine = made
                found = self._machine
        return found

    @property
    def points_machine(self) -> Machine:
        """The planned graph for many points: of scalars if it can be, for these run in tiles."""
        found = self._points_machine
        if found is None:
            with self._lock:
                if self._points_machine is None:
                    self._points_machine = self._as_scalars() or self.machine
                found = self._points_machine
        return found

    def _as_scalars(self):
        g = self.graph
        if not g.calls and self.is_planned and self.machine.stats()["scalar"]:
            return None
        try:
            into, outs = unrolled(g, g.outputs, MOST_SCALARS, is_final=True)
        except NotScalars:
            return None
        packed = []
        for node, made in zip(g.outputs, outs):
            dtype, shape = g.type_of(node)
            nodes = [into.var(k) for k in made.reshape(-1).tolist()]
            packed.append((into.pack(nodes, dtype, shape) if shape else nodes[0]).node)
        made = planned(into, packed, into.guards)
        return made if made.stats()["scalar"] else None

    @property
    def is_planned(self) -> bool:
        """Whether there is a machine."""
        return self._machine is not None

    @property
    def batch_tile(self) -> int:
        """How many points a batch runs at once; 0 if there was none yet."""
        return 0 if self._points_machine is None else self._points_machine.stats()["tile"]

    def outputs(self, inputs: Sequence[Any]) -> list[Any]:
        """Return the outputs: numbers and arrays, or Tensors if one is among the inputs.

        Raises
        ------
        BranchTaken
            If a guard does not hold.
        """
        if self.captured:  # they stand after the arguments
            k = self.n_arguments
            inputs = [*inputs[:k], *self.captured, *inputs[k:]]
        for x in inputs:
            if isinstance(x, Tensor):
                tensors = [t if isinstance(t, Tensor) else wrap(np.array(t)) for t in inputs]
                return apply_graph(self.graph, tensors)
        return self.machine.run(list(inputs))

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """Return the result, packed."""
        return self.result.unflatten(self.outputs(inputs))


def record_call(
    function: Callable[..., Any], arguments: Arguments, name: str | None = None
) -> Recording:
    """Run a function once on its arguments and return the recording."""
    start = time.perf_counter()
    made = trace(function, arguments.leaves, arguments.structure)
    recording = Recording(
        made.graph,
        made.result,
        arguments.input_numbers(),
        [structure for structure, _ in arguments.each],
        len(arguments.inputs()),
        made.captured,
        str(name or getattr(function, "__name__", type(function).__name__)),
    )
    recording.record_seconds = time.perf_counter() - start
    return recording
