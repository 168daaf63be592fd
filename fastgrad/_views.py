"""Transposes that are never carried out: products of matrices read and write them as they lie.

The kernel of a product takes the steps from row to row and from column to column, so a transpose
that only products read is for them the memory of its operand with other steps. And a product that
only one transpose reads is computed transposed: (a @ b).T is b.T @ a.T.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from ._lowering import Lowered, Strided, alias


class Views(NamedTuple):
    """Transposes that stand in the memory of their operand, and products computed transposed."""

    aliases: set[int]
    flipped: set[int]


def views(graph: Any, calls: list[int], live: bytearray, kept: list[int]) -> Views:
    """Return what takes no step of its own.

    Parameters
    ----------
    graph : Graph
        Of the program.
    calls : list of int
        The structural ops that are needed.
    live : bytearray
        Which nodes are.
    kept : list of int
        Nodes whose values somebody wants to see.
    """
    ops = {node: graph.call_of(node) for node in calls}
    products = [node for node, (op, _) in ops.items() if op.name == "matmul"]
    moved = [node for node, (op, _) in ops.items() if op.name == "transpose"]
    aliases: set[int] = set()
    flipped: set[int] = set()
    if products and moved:
        uses = graph.uses(live)
        uses[kept] += 1
        for node in moved:
            (source,) = graph.look(node)[1]
            only = source in ops and ops[source][0].name == "matmul" and uses[source] == 1
            if only and _swaps(ops[node][1]["axes"]):
                aliases.add(node)
                flipped.add(source)
        reads = Counter(k for node in products for k in graph.look(node)[1])
        aliases.update(k for k in moved if k not in aliases and uses[k] == reads[k])
    return Views(aliases, flipped)


def _swaps(axes):
    """Whether an order of axes exchanges the last two."""
    return axes == (*range(len(axes) - 2), len(axes) - 1, len(axes) - 2)


def lowered(graph: Any, node: int, found: Views) -> Lowered:
    """Return the steps of a structural op, which may be such a view or read one."""
    op, params = graph.call_of(node)
    operands = graph.look(node)[1]
    if node in found.aliases:
        return alias()
    if op.name != "matmul":
        return op.lower(*map(graph.var, operands), **params)
    a, b = (_strided(graph, k, found) for k in operands)
    if node not in found.flipped:
        return op.lower(a, b)
    low = op.lower(_swapped(b), _swapped(a))
    steps = [(name, tuple(1 - k if k >= 0 else k for k in at), n) for name, at, n in low.steps]
    return low._replace(steps=steps)


def _strided(graph, node, found):
    """Return how a product finds an operand in memory."""
    if node in found.aliases:
        (source,) = graph.look(node)[1]
        if source not in found.flipped:
            x = graph.var(source)
            return Strided(x.shape, x.dtype).transpose(graph.call_of(node)[1]["axes"])
    x = graph.var(node)
    return Strided(x.shape, x.dtype)


def _swapped(x):
    return x.transpose((*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))
