"""A graph applied to Tensors: inside another recording, or where gradients flow on eagerly."""

from __future__ import annotations

import numpy as np

from . import _structural as structural
from ._array import apply
from ._grad_fn import CALL, CONST, ITEM, PACK
from ._graph import Graph
from ._machine import BranchTaken
from ._tensor import Tensor, later, wrap


def apply_graph(graph: Graph, inputs: list[Tensor]) -> list[Tensor]:
    """Return the outputs of a graph, recorded where a Tensor among the inputs is tracked.

    Raises
    ------
    BranchTaken
        If a guard does not hold.
    """
    guards: dict[int, list[tuple[int, int]]] = {}
    for number, (node, expected, _) in enumerate(graph.guards):
        guards.setdefault(node, []).append((number, expected))
    needed = graph.needed([*graph.outputs, *guards])
    to = dict(zip(graph.inputs, inputs))
    for node in range(len(graph)):
        if needed[node] and node not in to:
            to[node] = _value(graph, node, to)
        for number, expected in guards.get(node, ()):
            if not _holds(to[node], graph.constant_value(expected)):
                raise BranchTaken(number)
    return [_tensor(to[node]) for node in graph.outputs]


def _tensor(x):
    return x if isinstance(x, Tensor) else wrap(np.asarray(x))


def _value(graph, node, to):
    op, operands = graph.look(node)
    if op == CONST:
        number = graph.number(node)
        dtype, shape = graph.type_of(node)
        if number is not None and dtype == np.float64:
            return number
        return wrap(graph.constant_value(node))
    xs = tuple(to[k] for k in operands)
    if op == CALL:
        structural_op, params = graph.call_of(node)
        return structural_op(*xs, **params)
    if op == ITEM:
        key = np.unravel_index(graph.argument(node, 1), xs[0].shape)
        return structural.getitem(xs[0], key=tuple(int(i) for i in key))
    if op == PACK:
        shape = graph.type_of(node)[1]
        return structural.reshape(structural.stack(*xs, axis=0), shape=shape)
    return apply(op, xs)


def _holds(t, expected):
    """Say whether a guarded value is what it was; while recording that is a guard again."""
    value = later.concrete(t) if isinstance(t, Tensor) else np.asarray(t)
    return np.array_equal(value, expected, equal_nan=value.dtype.kind == "f")
