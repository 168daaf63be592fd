"""Graphs of the entries of a sparse Jacobian, in the order of its pattern.

Two forms. Of scalars: tangents or adjoints of one colour after the other, with seeds that are 1 or
not there, so that each entry becomes a formula of its own. Of arrays: products with the sums of
unit vectors of each colour, from which the entries are gathered.
"""

from __future__ import annotations

import functools
import math
import operator

import numpy as np

from . import _derive as derive
from . import _structural as structural
from ._coloring import Coloring, coloring
from ._grad_fn import ITEM
from ._graph import FLOAT64, Graph
from ._passes import jvp, vjp
from ._roll import rolled
from ._sparsity import Pattern, pattern
from ._unroll import NotScalars, unrolled

MOST_SCALARS = 400_000  # elements of arrays that are unrolled
MOST_NODES = 4_000_000  # nodes times colours of the form of scalars
WORTH = 3  # products that a colour has to save for a dense Jacobian to be compressed
SMALL = 60_000  # nodes times products of a graph of scalars up to which it pays in any case


def entries(graph: Graph, wrt: int, replayed: bool = True) -> tuple[Graph, Pattern]:
    """Return a graph of the entries of the Jacobian of output 0 by an input, and their places.

    Parameters
    ----------
    graph : Graph
        Of which output 0 is differentiated; the others stay outputs, after the entries.
    wrt : int
        Number of the input.
    replayed : bool
        Whether the graph runs many times, so that work on it pays.
    """
    found = pattern(graph, graph.outputs[0], graph.inputs[wrt])
    colors = coloring(found)
    return _entries(graph, wrt, found, colors, replayed), found


def _entries(graph, wrt, found, colors, replayed):
    if not len(found.indices):
        g = graph.copy()
        nothing = g.constant(np.zeros(0), graph.type_of(graph.outputs[0])[0])
        g.outputs = [nothing.node, *graph.outputs[1:]]
        return g
    try:
        most = MOST_SCALARS if replayed else 0
        return _of_scalars(graph, wrt, found, colors, replayed, most)
    except NotScalars:
        return _of_arrays(graph, wrt, found, colors)


def dense(graph: Graph, wrt: int, replayed: bool) -> Graph | None:
    """Return a graph of the Jacobian of the one output by an input by way of its entries.

    None if that does not pay: it does if most of the Jacobian is zero, so that colours are far
    fewer than columns or rows, and for small graphs of scalars.
    """
    (output,), x = graph.outputs, graph.inputs[wrt]
    out_shape, in_shape = graph.type_of(output)[1], graph.type_of(x)[1]
    n_out, n_in = math.prod(out_shape), math.prod(in_shape)
    products = min(n_out, n_in)
    small = replayed and products * len(graph) <= SMALL
    if products < WORTH and not small:
        return None
    found = pattern(graph, output, x)
    longest = int(np.diff(found.indptr).max(initial=0))
    if min(longest, n_out) * WORTH > n_in and not small:  # no fewer colours than the longest row
        return None
    colors = coloring(found)
    if max(colors.n_colors, 1) * WORTH <= products:
        g = _entries(graph, wrt, found, colors, replayed)
    elif small:
        try:
            g = _of_scalars(graph, wrt, found, colors, True, most=0)
        except NotScalars:
            return None
    else:
        return None
    full = g.var(g.outputs[0])
    if len(found.indices) < n_out * n_in:
        zeros = structural.broadcast_to(g.constant(0.0, full.dtype), shape=(n_out * n_in,))
        places = found.rows.astype(np.intp) * n_in + found.indices
        full = structural.scatter_set(zeros, places, full)
    g.outputs = [structural.reshape(full, shape=(*out_shape, *in_shape)).node]
    return g


def _colors_of_entries(found, colors):
    """Return the colour of each entry, and its row in forward mode, its column in reverse mode."""
    rows, columns = found.rows, found.indices
    return (colors.colors[columns], rows) if colors.forward else (colors.colors[rows], columns)


def _of_scalars(
    graph: Graph, wrt: int, found: Pattern, colors: Coloring, replayed: bool, most: int
) -> Graph:
    if len(graph.outputs) > 1:
        raise NotScalars
    g, (outs,) = unrolled(graph, [graph.outputs[0]], most)
    if colors.n_colors * len(g) > MOST_NODES or graph.type_of(graph.outputs[0])[0] != FLOAT64:
        raise NotScalars
    x = g.var(g.inputs[wrt])
    if x.dtype != FLOAT64:
        raise NotScalars
    xs, ys = _elements(g, x), outs.reshape(-1).tolist()
    one, zero, n = g.constant(1.0), g.constant(0.0), len(g)
    of_entry, _ = _colors_of_entries(found, colors)
    order = np.argsort(of_entry, kind="stable")
    ends = np.searchsorted(of_entry[order], np.arange(colors.n_colors + 1))
    made = np.full(len(order), zero.node, np.int64)
    for k in range(colors.n_colors):
        mine = order[ends[k] : ends[k + 1]]
        outputs = [ys[r] for r in found.rows[mine].tolist()]
        columns = found.indices[mine].tolist()
        if colors.forward:
            seeded = [node for c in dict.fromkeys(columns) for node in xs[c]]
            dots = jvp(g, outputs, seeded, [one] * len(seeded), n)
        else:
            seeded = list(dict.fromkeys(outputs))
            dots = _reverse(g, seeded, [one] * len(seeded), [xs[c] for c in columns], n)
        made[mine] = [zero.node if dot is None else dot.node for dot in dots]
    nodes = [g.var(k) for k in made.tolist()]
    g.outputs = [g.pack(nodes, FLOAT64, (len(nodes),)).node]
    return (rolled(g) if replayed else None) or g


def _elements(g, x):
    """Return for each element of an input the nodes that are it, which may be several."""
    if x.shape == ():
        return [[x.node]]
    op, arg, _ = g.columns()
    nodes = np.flatnonzero((op == ITEM) & (arg[:, 0] == x.node))
    found: list[list[int]] = [[] for _ in range(x.size)]
    for node, index in zip(nodes.tolist(), arg[nodes, 1].tolist()):
        found[index].append(node)
    return found


def _reverse(g, outputs, seeds, ins, n):
    """Return the adjoints of elements, each the sum of those of its nodes."""
    adjoints = iter(vjp(g, outputs, seeds, [node for nodes in ins for node in nodes], n))
    dots = []
    for nodes in ins:
        parts = [dot for _, dot in zip(nodes, adjoints) if dot is not None]
        dots.append(functools.reduce(operator.add, parts) if parts else None)
    return dots


def _of_arrays(graph: Graph, wrt: int, found: Pattern, colors: Coloring) -> Graph:
    first = derive.keep(graph, [0])
    seeded = graph.inputs[wrt] if colors.forward else graph.outputs[0]
    dtype, shape = graph.type_of(seeded)
    seeds = np.zeros((colors.n_colors, math.prod(shape)), dtype)
    seeds[colors.colors, np.arange(len(colors.colors))] = 1.0
    g, (columns,) = derive.products(
        first, [wrt], colors.forward, [seeds.reshape(colors.n_colors, *shape)]
    )
    of_entry, along = _colors_of_entries(found, colors)
    size = columns.size // colors.n_colors
    flat = structural.reshape(columns, shape=(columns.size,))
    data = structural.gather(flat, of_entry.astype(np.intp) * size + along)
    g.outputs = [data.node]
    if len(graph.outputs) > 1:
        g = derive.joined(g, derive.keep(graph, list(range(1, len(graph.outputs)))))
    return g
