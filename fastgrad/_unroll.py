"""A graph of arrays as a graph of scalars: each array becomes the nodes of its elements.

Node 0 of the result is the number 0, so what an op fills with zeros is filled with that.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ._grad_fn import CALL, CONST, ITEM, LEAF, PACK
from ._graph import FLOAT64, Graph
from ._ops import CODES

# ops that move elements and do not compute with them
MOVED = set("reshape transpose broadcast_to copy getitem put_add assign concatenate stack".split())
_BOOL = np.dtype(np.bool_)
_FLOAT32 = np.dtype(np.float32)


class NotScalars(Exception):
    """A graph has ops that are no arithmetic on the elements of arrays, or too many elements."""


def unrolled(
    graph: Graph, outputs: list[int], most: int, is_final: bool = False
) -> tuple[Graph, list[np.ndarray]]:
    """Return a graph of scalars, and the nodes of the elements of some outputs.

    Parameters
    ----------
    graph : Graph
    outputs : list of int
        Nodes.
    most : int
        Number of elements of arrays above which they stay arrays.
    is_final : bool
        Whether nobody will differentiate it: then what stops gradients need not.

    Raises
    ------
    NotScalars
        If there is none. Guards other than on scalars have none either.
    """
    wanted = [*outputs, *(g[0] for g in graph.guards)]
    needed = graph.needed(wanted)
    nodes = [i for i in range(len(graph)) if needed[i]]
    ops = [graph.look(i)[0] for i in nodes]
    arrays = any(
        op == CALL or (op not in (LEAF, CONST, PACK, ITEM) and graph.var(i).ndim)
        for i, op in zip(nodes, ops)
    )
    real = _real_dtype(graph, nodes) if is_final else FLOAT64
    for i in nodes:
        if graph.type_of(i)[0] not in (real, _BOOL):
            _check_index(graph, i)
    if not arrays:
        return _copy(graph, outputs)
    if sum(math.prod(graph.type_of(i)[1]) for i in nodes) > most:
        raise NotScalars
    into = Graph()
    zero = into.constant(0.0)
    assert zero.node == 0
    into.places = list(graph.places)
    work = _Work(graph, into, is_final, real)
    for node in graph.inputs:
        work.inputs[node] = into.add_input(*graph.type_of(node))
    for node in nodes:
        into.set_here(graph.place_number(node))
        work.add(node)
    into.set_here(0)
    for node, expected, place in graph.guards:
        if graph.type_of(node)[1] != ():
            raise NotScalars
        value = into.constant(graph.constant_value(expected))
        into.guards.append((int(work.elements(node)[()]), value.node, place))
    return into, [work.elements(node) for node in outputs]


def _real_dtype(graph, nodes):
    """Return float32 if something is computed in it, else float64."""
    computed = (graph.type_of(i)[0] for i in nodes if graph.look(i)[0] != CONST)
    return _FLOAT32 if any(dtype == _FLOAT32 for dtype in computed) else FLOAT64


def _check_index(graph, node):
    """Integers may be there as constant positions only, and beside float32 numbers of float64."""
    if graph.look(node)[0] != CONST or graph.type_of(node)[0].kind not in "iuf":
        raise NotScalars


def _copy(graph, outputs):
    g = graph.copy()
    found = []
    for node in outputs:
        op, operands = g.look(node)
        shape = g.type_of(node)[1]
        if shape == ():
            found.append(np.array(node))
        elif op == PACK:
            found.append(np.array(operands, np.int64).reshape(shape))
        else:
            n = math.prod(shape)
            found.append(
                np.array([g.item(g.var(node), k).node for k in range(n)], np.int64).reshape(shape)
            )
    return g, found


class _Work:
    """The nodes of the elements of each node so far."""

    def __init__(self, graph, into, is_final, real):
        self.graph, self.into, self.is_final, self.real = graph, into, is_final, real
        self.inputs: dict[int, Any] = {}
        self.made: dict[int, np.ndarray] = {}

    def elements(self, node):
        """Return the nodes of the elements, in the shape of the array."""
        found = self.made.get(node)
        if found is None:  # an input or a constant that is needed as a whole
            n, shape = math.prod(self.graph.type_of(node)[1]), self.graph.type_of(node)[1]
            if node in self.inputs:
                x = self.inputs[node]
                nodes = [x.node] if shape == () else [self.into.item(x, k).node for k in range(n)]
            else:
                nodes = [
                    self.number(v) for v in self.graph.constant_value(node).reshape(-1).tolist()
                ]
            found = self.made[node] = np.array(nodes, np.int64).reshape(shape)
        return found

    def number(self, x):
        return self.into.constant(float(x)).node

    def add(self, node):
        graph = self.graph
        op, operands = graph.look(node)
        shape = graph.type_of(node)[1]
        if op in (LEAF, CONST):
            return
        if op == CALL:
            found = self.call(node, operands)
        elif op == ITEM:
            found = self.elements(operands[0]).reshape(-1)[graph.argument(node, 1)]
        elif op == PACK:
            found = np.array([self.elements(p)[()] for p in operands], np.int64)
        else:
            found = self.row(op, [self.elements(p) for p in operands], graph.type_of(node)[0])
        self.made[node] = np.broadcast_to(np.asarray(found, np.int64).reshape(shape), shape)

    def row(self, op, xs, dtype):
        into, var = self.into, self.into.var
        shape = np.broadcast_shapes(*(x.shape for x in xs))
        columns = [np.broadcast_to(x, shape).reshape(-1).tolist() for x in xs]
        nodes = [
            into.row(op, tuple(map(var, operands)), dtype, ()).node
            for operands in zip(*columns, strict=True)
        ]
        return np.array(nodes, np.int64).reshape(shape)

    def call(self, node, operands):
        op, params = self.graph.call_of(node)
        name = op.name
        if name in MOVED:
            return op.value(*(self.elements(p) for p in operands), **params)
        if name in ("stop_gradient", "no_derivative"):
            if not self.is_final:
                raise NotScalars  # the scalars would have derivatives again
            return self.elements(operands[0])
        if name == "astype":
            if self.graph.type_of(node)[0] != self.real:
                raise NotScalars
            x = self.elements(operands[0])
            if self.graph.type_of(operands[0])[0] != _BOOL:
                return x
            one, zero = (np.array(self.number(k)) for k in (1.0, 0.0))
            return self.row(CODES["select"], [x, one, zero], self.real)
        if name == "sum":
            return self.sums(self.elements(operands[0]), **params)
        if name == "matmul":
            return self.products(*(self.elements(p) for p in operands))
        if (
            name in ("gather", "scatter_add", "scatter_set")
            and self.graph.look(operands[1])[0] == CONST
        ):
            return self.at_positions(name, operands, params)
        raise NotScalars

    def add_all(self, nodes):
        """Add pairwise, as sums of arrays are."""
        add = functools.partial(self.into.row, CODES["add"], dtype=self.real, shape=())
        terms = [self.into.var(k) for k in nodes] or [self.into.var(0)]
        while len(terms) > 1:
            pairs = [add((a, b)) for a, b in zip(terms[::2], terms[1::2])]
            terms = pairs + terms[len(pairs) * 2 :]
        return terms[0].node

    def sums(self, x, *, axis, keepdims):
        kept = [a for a in range(x.ndim) if a not in axis]
        sizes = [math.prod(x.shape[a] for a in axes) for axes in (kept, axis)]
        rows = x.transpose(*kept, *axis).reshape(sizes)
        return np.array([self.add_all(row) for row in rows.tolist()], np.int64)

    def products(self, a, b):
        outer = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        shape = (*outer, a.shape[-2], b.shape[-1], a.shape[-1])
        if math.prod(shape) > len(self.into) + 10_000:
            raise NotScalars
        left = np.broadcast_to(a[..., :, None, :], shape)
        right = np.broadcast_to(np.swapaxes(b, -1, -2)[..., None, :, :], shape)
        return self.sums(
            self.row(CODES["multiply"], [left, right], self.real),
            axis=(len(shape) - 1,),
            keepdims=False,
        )

    def at_positions(self, name, operands, params):
        index = self.graph.constant_value(operands[1]).astype(np.intp)
        x = self.elements(operands[0])
        if name == "gather":
            return x.reshape(-1)[index]
        if name == "scatter_set":
            out = x.reshape(-1).copy()
            value = self.elements(operands[2])
            out[index.reshape(-1)] = np.broadcast_to(value, index.shape).reshape(-1)
            return out
        sums: list[list[int]] = [[] for _ in range(math.prod(params["shape"]))]
        for k, node in zip(index.reshape(-1).tolist(), x.reshape(-1).tolist()):
            sums[k].append(node)
        return np.array([self.add_all(nodes) for nodes in sums], np.int64)
