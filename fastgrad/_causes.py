"""Where numbers that are not finite come from.

From an output that is not finite the way leads down through the elements of operands that it is
made of and that are not finite either, to operations whose operands are finite. Of these the first
in the graph is the cause: not a branch of `where` that is not taken, and not what was overwritten.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from ._array import N_ROWS
from ._convert import as_tensor
from ._expanding import planned
from ._grad_fn import CALL, CONST, ITEM, PACK
from ._graph import Graph
from ._recording import Call
from ._tensor import values

_MOVES = {"gather", "scatter_add", "scatter_set"}  # they carry elements, as linear ops do


def first_cause(
    graph: Graph, outputs: list[int], bad: dict[int, np.ndarray], inputs: list[Any]
) -> int:
    """Return the first node that is not finite while its operands are.

    Parameters
    ----------
    graph : Graph
    outputs : list of int
        Nodes; one at least is not finite.
    bad : dict
        Of each node that is not finite where it is not.
    inputs : list of ndarray
        Of the graph.
    """
    matters = {node: bad[node] for node in outputs if node in bad}
    pending = [-node for node in matters]
    heapq.heapify(pending)
    first = len(graph)
    while pending:
        node = -heapq.heappop(pending)
        causes = _causes(graph, node, matters.pop(node), bad, inputs)
        if not causes:
            first = node
        for k, where in causes.items():
            if k in matters:
                matters[k] = matters[k] | where
            else:
                matters[k] = where
                heapq.heappush(pending, -k)
    return first


def _causes(graph, node, where, bad, inputs):
    """Return the operands that make some elements of a node not finite, and by which of theirs."""
    op, operands = graph.look(node)
    guilty = [k for k in dict.fromkeys(operands) if k in bad]
    if not guilty:
        return {}
    if op < N_ROWS:
        found = {k: _fitting(bad[k] & where, bad[k]) for k in guilty}
    elif op == ITEM:
        only = np.zeros(bad[guilty[0]].shape, bool)
        only.flat[graph.argument(node, 1)] = True
        found = {guilty[0]: only}
    elif op == PACK:
        found = {k: bad[k] for k, used in zip(operands, where.flat) if used and k in bad}
    elif op == CALL:
        found = _of_call(graph, node, where, operands, bad, inputs)
    found = {k: x for k, x in found.items() if x.any()}
    return found or {k: bad[k] for k in guilty}


def _fitting(where, own):
    """Return what matters of an operand that is perhaps one number for all elements."""
    return where if where.shape == own.shape else own & where.any()


def _of_call(graph, node, where, operands, bad, inputs):
    op, params = graph.call_of(node)
    if op.jvp != "linear" and op.name not in _MOVES:
        return {}
    call = Call(op, params, [graph.var(k) for k in operands], graph.var(node))
    wanted = [m for m, k in enumerate(operands) if k in bad]

    def fetch(m):
        k = operands[m]
        if graph.look(k)[0] == CONST:
            return as_tensor(graph.constant_value(k))
        return as_tensor(np.asarray(planned(graph, [k], []).run(inputs)[0]))

    seed = as_tensor(where.astype(graph.type_of(node)[0]))
    found: dict[int, np.ndarray] = {}
    for m, reached in zip(wanted, call.cotangents(seed, wanted, fetch)):
        k = operands[m]
        found[k] = found.get(k, False) | (bad[k] & (values(reached) != 0))
    return found
