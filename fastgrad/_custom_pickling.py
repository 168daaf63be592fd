"""Graphs of custom functions inside of pickles."""

from __future__ import annotations

from typing import Any

from ._graph import Graph
from ._recordings import Recording
from ._saved import from_bytes, to_bytes
from ._tree import LEAF, flatten


def packed(graph: Graph | tuple | None) -> tuple[bytes, tuple] | None:
    """Return a graph as something that can be pickled: bytes, and the ops that they cannot hold."""
    if graph is None or isinstance(graph, tuple):
        return graph
    n = len(graph.inputs)
    result = flatten((0.0,) * len(graph.outputs))[1]
    inputs = [[k] for k in range(n)]
    recording = Recording(graph, result, inputs, [LEAF] * n, n, [], "graph")
    types = [graph.type_of(node) for node in graph.inputs]
    key = (flatten(((0.0,) * n, {}))[1], tuple(x for dtype, shape in types for x in (shape, dtype)))
    elsewhere: list[Any] = []
    return to_bytes(recording, key, elsewhere), tuple(elsewhere)


def unpacked(graph: Graph | tuple | None) -> Graph | None:
    """Return the graph: not while a pickle is read, for its ops may not be whole then."""
    return from_bytes(graph[0], None, graph[1])[0].graph if isinstance(graph, tuple) else graph
