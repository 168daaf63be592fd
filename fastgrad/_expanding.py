"""From a graph to its machine, with the values of custom functions in the places of their ops."""

from __future__ import annotations

from typing import Any

from ._batching import Given, copy_into
from ._graph import Graph
from ._machine import Machine


def planned(graph: Graph, outputs: list[int], guards: list[tuple[int, int, Any]]) -> Machine:
    """Return a machine of some nodes of a graph.

    Parameters
    ----------
    graph : Graph
        An op of it that has a graph of its own, its `primal`, is copied for this.
    outputs : list of int
        The nodes.
    guards : list of (int, int, place)
        Nodes and what they have to be, in the order of the nodes.
    """
    if not any(hasattr(op, "primal") for op, _ in graph.calls):
        return Machine(graph, outputs, guards)
    made = Graph()
    given = [Given(made.add_input(*graph.type_of(node)), False) for node in graph.inputs]
    wanted = [*outputs, *(g[0] for g in guards), *(g[1] for g in guards)]
    found = copy_into(graph, made, given, wanted, expand=_output)
    nodes = [x.var.node for x in found.nodes]
    n, m = len(outputs), len(guards)
    moved = zip(nodes[n : n + m], nodes[n + m :], (g[2] for g in guards))
    return Machine(made, nodes[:n], sorted(moved, key=lambda guard: guard[0]))


def _output(op, xs, params, into):
    """Return what an op with a primal gives, as a node of a graph; None for other ops."""
    primal = getattr(op, "primal", None)
    if primal is None:
        return None
    node = primal.outputs[params["output"]]
    given = [Given(x, False) for x in xs]
    return copy_into(primal, into, given, [node], expand=_output).nodes[0].var
