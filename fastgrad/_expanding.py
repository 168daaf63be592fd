"""What is planned of a graph: the same graph with the values of custom functions in their place."""

from __future__ import annotations

from ._batching import Given, copy_into
from ._graph import Graph


def expanded(graph: Graph) -> Graph:
    """Return a graph in which no op has a primal; the graph itself if none has one."""
    if not any(hasattr(op, "primal") for op, _ in graph.calls):
        return graph
    made = Graph()
    given = [Given(made.add_input(*graph.type_of(node)), False) for node in graph.inputs]
    n, predicates = len(graph.outputs), [guard[0] for guard in graph.guards]
    expected = [guard[1] for guard in graph.guards]
    found = copy_into(graph, made, given, [*graph.outputs, *predicates, *expected], expand=_output)
    nodes = [x.var.node for x in found.nodes]
    made.outputs = nodes[:n]
    pairs = zip(nodes[n:], nodes[n + len(predicates) :], graph.guards)
    made.guards = sorted(((p, e, guard[2]) for p, e, guard in pairs), key=lambda guard: guard[0])
    return made


def _output(op, xs, params, into):
    """Return what an op with a primal gives, as nodes of a graph; None for other ops."""
    primal = getattr(op, "primal", None)
    if primal is None:
        return None
    node = primal.outputs[params["output"]]
    return (
        copy_into(primal, into, [Given(x, False) for x in xs], [node], expand=_output).nodes[0].var
    )
