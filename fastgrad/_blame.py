"""Which operation of a function a node of its derivative comes from.

A node of a derivative carries the statement of the operation that it comes from, not the operation.
A statement has few, and the rule of only one has such a step on such operands.
"""

from __future__ import annotations

import functools

from ._diff import VARIABLES
from ._grad_fn import CALL, CONST, LEAF
from ._graph import Graph
from ._ops import ROWS
from ._passes import rule_steps

_DEPTH = 8  # steps of a structural op's rule that are looked through


@functools.cache
def _rules_of() -> list[list]:
    """Return for each row the lists of steps of its rules."""
    found: list[list] = [[] for _ in ROWS]
    for op, _, steps, _ in rule_steps():
        found[op].append(steps)
    return found


def _matches(graph, node, steps, number, variables):
    """Return whether a node is a step of a rule, and how many variables have shown that it is."""
    op, operands = graph.look(node)
    code, references = steps[number]
    if op != code or len(operands) != len(references):
        return 0
    seen = 0
    for reference, k in zip(references, operands):
        if reference >= 0:
            inside = _matches(graph, k, steps, reference, variables)
            if not inside and graph.number(k) is None:
                return 0
            seen += inside
        elif reference in variables:
            if k != variables[reference]:
                return 0
            seen += 1
    return seen


def _has_step(graph, node, k):
    """Return whether a node is a step of the derivative of row k."""
    op, operands = graph.look(k)
    variables = dict(zip((VARIABLES[name] for name in "xyz"), operands))
    variables[VARIABLES["v"]] = k
    return any(
        _matches(graph, node, steps, number, variables)
        for steps in _rules_of()[op]
        for number in range(len(steps))
    )


def blamed(graph: Graph, node: int, n: int) -> int:
    """Return the operation, one of the first n nodes, whose derivative a later node is a step of.

    The node itself if none fits.
    """
    operands = graph.look(node)[1]
    place = graph.place_number(node)
    here = [k for k in range(n - 1, -1, -1) if graph.place_number(k) == place] if place else []
    here = [k for k in here if graph.look(k)[0] not in (LEAF, CONST)]
    for k in here:
        if graph.look(k)[0] < len(ROWS) and _has_step(graph, node, k):
            return k
    near = _near(graph, operands, n)
    touching = [k for k in here if near & {k, *graph.look(k)[1]}]
    calls = [k for k in touching if graph.look(k)[0] == CALL]
    return (calls or touching or [node])[0]


def _near(graph, operands, n):
    """Return the nodes of the function that a step uses, also by way of a few others."""
    found, level = set(), set(operands)
    for _ in range(_DEPTH):
        found |= {k for k in level if k < n}
        level = {p for k in level if k >= n for p in graph.look(k)[1]}
    return found
