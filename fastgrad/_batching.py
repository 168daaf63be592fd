"""Graph into graph: the nodes of one as nodes of another, for one point or for n points at once.

Each node is shared, the same for all points, or has the points along a new axis 0. What is shared
is computed once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from . import _structural as structural
from ._emit import emit
from ._grad_fn import CALL, CONST, ITEM, LEAF, PACK
from ._graph import Graph, Var
from ._struct_shape import for_points


class Given(NamedTuple):
    """What stands for an input: a Var of the other graph, and whether it has the axis of points."""

    var: Var
    batched: bool


class Copied(NamedTuple):
    """What became of the nodes that were asked for, and of guards that points decide one by one."""

    nodes: list[Given]
    guards: list[tuple[Given, Any, Any]]  # predicate, expected value, place


def copy_into(
    graph: Graph,
    into: Graph,
    given: list[Given],
    nodes: list[int],
    n: int | None = None,
    expand: Callable[..., Var | None] | None = None,
) -> Copied:
    """Add what `nodes` of a graph need to another graph.

    Parameters
    ----------
    graph, into : Graph
        From and to; `into` grows.
    given : list of Given
        For each input of `graph`.
    nodes : list of int
        Nodes of `graph` that are wanted.
    n : int, optional
        Number of points, if an input is batched.
    expand : callable, optional
        ``expand(op, xs, params, into)`` gives what stands for a structural op, or None for the op.
    """
    guards = graph.guards
    needed = graph.needed([*nodes, *(g[0] for g in guards), *(g[1] for g in guards)])
    places = _joined_places(graph, into)
    to: dict[int, Given] = dict(zip(graph.inputs, given))
    spread: dict[int, Var] = {}  # what all points share, repeated for each
    for node in range(len(graph)):
        if needed[node] and node not in to:
            into.set_here(places[graph.place_number(node)])
            to[node] = _copied(graph, into, node, to, n, expand, spread)
    into.set_here(0)
    apart = []
    for node, expected, place in guards:
        if to[node].batched:
            apart.append((to[node], graph.constant_value(expected), place))
        elif into.number(to[node].var.node) is None:
            into.guards.append((to[node].var.node, to[expected].var.node, place))
    into.guards.sort(key=lambda g: g[0])
    return Copied([to[node] for node in nodes], apart)


def _joined_places(graph, into):
    known = {place: k for k, place in enumerate(into.places)}
    numbers = []
    for place in graph.places:
        if place not in known:
            known[place] = len(into.places)
            into.places.append(place)
        numbers.append(known[place])
    return numbers


def _copied(graph, into, node, to, n, expand, spread):
    op, operands = graph.look(node)
    dtype, shape = graph.type_of(node)
    if op == LEAF:
        raise AssertionError("an input that nothing stands for")
    if op == CONST:
        number = graph.number(node)
        if number is not None and shape == () and dtype.kind == "f" and dtype.itemsize == 8:
            return Given(into.constant(number), False)
        return Given(into.constant(graph.shared_constant(node)), False)
    xs = [to[k] for k in operands]
    if not any(x.batched for x in xs):
        alone = [x.var for x in xs]
        return Given(_alone(graph, into, node, op, alone, dtype, shape, expand), False)
    return Given(_batched(graph, into, node, op, xs, dtype, shape, n, spread), True)


def _alone(graph, into, node, op, xs, dtype, shape, expand):
    if op == CALL:
        structural_op, params = graph.call_of(node)
        found = expand(structural_op, xs, params, into) if expand else None
        if found is not None:
            return found
        return emit(structural_op, tuple(xs), params)
    if op == ITEM:
        return into.item(xs[0], graph.argument(node, 1))
    if op == PACK:
        return into.pack(xs, dtype, shape)
    return into.row(op, tuple(xs), dtype, shape)


def _batched(graph, into, node, op, xs, dtype, shape, n, spread):
    if op == CALL:
        structural_op, params = graph.call_of(node)
        if structural_op.batch is None:
            raise TypeError(
                f"{structural_op.name} has a result whose shape depends on values, which may "
                "differ from point to point; choose with fastgrad.where instead"
            )
        return structural_op.batch(n, tuple(x.batched for x in xs), *(x.var for x in xs), **params)
    if op == ITEM:
        x = xs[0].var
        flat = structural.reshape(
            x, shape=(n, x.size // n if n else graph.var(graph.look(node)[1][0]).size)
        )
        return structural.getitem(flat, key=(slice(None), graph.argument(node, 1)))
    if op == PACK:
        columns = [unbatched(x, n) for x in xs]
        return structural.reshape(structural.stack(*columns, axis=1), shape=(n, *shape))
    fitted = tuple([_fitted(into, x, n, spread) for x in xs])
    return into.row(op, fitted, dtype, (n, *shape))


def _fitted(into, x, n, spread):
    """Return an operand of a row for all points: what they share repeated, a number as it is."""
    if x.batched or into.number(x.var.node) is not None:
        return x.var
    node = x.var.node
    if node not in spread:
        spread[node] = unbatched(x, n)
    return spread[node]


def unbatched(given: Given, n: int) -> Var:
    """Return the values of n points, also of what they share."""
    return for_points(given.var, n, given.batched)
