"""Derived graphs: of a graph those of its gradient, its products with Jacobians, its Jacobian.

Each is a graph like any other, so they compose: a Hessian is the Jacobian of a gradient. Inputs are
those of the graph, then seeds or tangents.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from . import _structural as structural
from ._batching import Given, copy_into, unbatched
from ._graph import Graph, Var
from ._passes import jvp, vjp, zeros


def is_float(graph: Graph, node: int) -> bool:
    """Return whether a node can have a derivative."""
    return graph.type_of(node)[0].kind == "f"


def _or_zeros(graph, found, nodes):
    types = map(graph.type_of, nodes)
    return [(zeros(graph, *t) if x is None else x).node for x, t in zip(found, types)]


def gradient(graph: Graph, wrt: list[int]) -> Graph:
    """Return a graph of the outputs, then the gradients of output 0 by inputs number `wrt`."""
    g = graph.copy()
    nodes = [g.inputs[k] for k in wrt]
    dtype = g.type_of(g.outputs[0])[0]
    found = vjp(g, g.outputs[:1], [g.constant(1.0, dtype)], nodes)
    g.outputs += _or_zeros(g, found, nodes)
    return g


def with_vjp(graph: Graph, wrt: list[int]) -> Graph:
    """Return a graph of the outputs, then the cotangents; the seeds are inputs."""
    g = graph.copy()
    nodes = [g.inputs[k] for k in wrt]
    outputs = [node for node in g.outputs if is_float(g, node)]
    seeds = [g.add_input(*g.type_of(node)) for node in outputs]
    g.outputs += _or_zeros(g, vjp(g, outputs, seeds, nodes), nodes)
    return g


def with_jvp(graph: Graph, wrt: list[int]) -> Graph:
    """Return a graph of the outputs, then their tangents; those of `wrt` are inputs."""
    g = graph.copy()
    nodes = [g.inputs[k] for k in wrt]
    dots = [g.add_input(*g.type_of(node)) for node in nodes]
    g.outputs += _or_zeros(g, jvp(g, list(g.outputs), nodes, dots), g.outputs)
    return g


def keep(graph: Graph, outputs: list[int]) -> Graph:
    """Return the graph with some of its outputs, by number."""
    g = graph.copy()
    g.outputs = [graph.outputs[k] for k in outputs]
    return g


def _sizes(graph, nodes):
    return [math.prod(graph.type_of(node)[1]) for node in nodes]


def unit_seeds(shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
    """Return for arrays of these shapes the unit vectors of all together, along a new axis 0."""
    sizes = [math.prod(shape) for shape in shapes]
    n = sum(sizes)
    parts = np.split(np.eye(n), np.cumsum(sizes)[:-1], axis=1) if sizes else []
    return [part.reshape(n, *shape) for part, shape in zip(parts, shapes)]


class Products(NamedTuple):
    """A graph of products of a Jacobian with several vectors at once.

    Attributes
    ----------
    graph : Graph
        Its outputs are those of the function.
    columns : list of Var
        For each result of forward mode, or each input of reverse mode, the products along axis 0.
    """

    graph: Graph
    columns: list[Var]


def products(graph: Graph, wrt: list[int], forward: bool, seeds: list[np.ndarray]) -> Products:
    """Return a graph of the outputs, and the products with vectors.

    Parameters
    ----------
    graph : Graph
    wrt : list of int
        Numbers of inputs.
    forward : bool
        Whether the vectors are tangents of `wrt`, or cotangents of the float outputs.
    seeds : list of ndarray
        For each of them the vectors, along axis 0.
    """
    product = with_jvp(graph, wrt) if forward else with_vjp(graph, wrt)
    n_out, n = len(graph.outputs), len(seeds[0]) if seeds else 0
    g = Graph()
    given = [Given(g.add_input(*graph.type_of(node)), False) for node in graph.inputs]
    given += [Given(g.constant(seed), True) for seed in seeds]
    assert len(given) == len(product.inputs)
    columns = product.outputs[n_out:]
    if forward:
        columns = [c for c, node in zip(columns, graph.outputs) if is_float(graph, node)]
    made = copy_into(product, g, given, [*product.outputs[:n_out], *columns], n)
    g.outputs = [x.var.node for x in made.nodes[:n_out]]
    return Products(g, [unbatched(x, n) for x in made.nodes[n_out:]])


def jacobian(graph: Graph, wrt: list[int], forward: bool) -> Graph:
    """Return a graph of the outputs, then for each float output and each of `wrt` the Jacobian.

    Its shape is that of the output and then that of the input. Forward mode costs a product for
    each element of the inputs, reverse mode one for each element of the outputs.
    """
    ins = [graph.inputs[k] for k in wrt]
    outs = [node for node in graph.outputs if is_float(graph, node)]
    seeded = ins if forward else outs
    seeds = unit_seeds([graph.type_of(node)[1] for node in seeded])
    g, stacked = products(graph, wrt, forward, seeds)
    g.outputs += [
        block.node
        for k, out in enumerate(outs)
        for m, wrt_node in enumerate(ins)
        for block in [_block(graph, stacked, k, m, out, wrt_node, seeded, forward)]
    ]
    return g


def _block(graph, stacked, k, m, out, wrt, seeded, forward):
    """Return the Jacobian of one output by one input, from the products with unit vectors."""
    out_shape, in_shape = graph.type_of(out)[1], graph.type_of(wrt)[1]
    starts = np.cumsum([0, *_sizes(graph, seeded)])
    which, column = (m, stacked[k]) if forward else (k, stacked[m])
    rows = (slice(int(starts[which]), int(starts[which + 1])),)
    part = structural.getitem(column, key=rows)
    if not forward:
        return structural.reshape(part, shape=(*out_shape, *in_shape))
    part = structural.reshape(part, shape=(*in_shape, *out_shape))
    n_in, n_out = len(in_shape), len(out_shape)
    axes = (*range(n_in, n_in + n_out), *range(n_in))
    return structural.transpose(part, axes=axes)


def pick_forward(graph: Graph, wrt: list[int]) -> bool:
    """Return whether forward mode takes fewer products than reverse mode."""
    outs = [node for node in graph.outputs if is_float(graph, node)]
    return sum(_sizes(graph, [graph.inputs[k] for k in wrt])) < sum(_sizes(graph, outs))


def hessian(graph: Graph, wrt: list[int]) -> Graph:
    """Return a graph of the Jacobians, by each of `wrt`, of the gradients of output 0."""
    g = gradient(keep(graph, [0]), wrt)
    g = jacobian(keep(g, list(range(1, 1 + len(wrt)))), wrt, forward=True)
    return keep(g, list(range(len(wrt), len(g.outputs))))


def joined(first: Graph, second: Graph) -> Graph:
    """Return a graph of the outputs of two graphs of the same inputs."""
    g = first.copy()
    given = [Given(g.var(node), False) for node in g.inputs[: len(second.inputs)]]
    g.outputs += [x.var.node for x in copy_into(second, g, given, second.outputs).nodes]
    g.guards = sorted(set(g.guards), key=lambda guard: guard[0])
    return g
