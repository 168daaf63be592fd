"""A graph of scalars as a graph of arrays: what was computed the same way many times, at once.

Two nodes are of one class if they are the same op of operands of the same classes. Elements of one
input are a class, each number that is used often is one, and all other numbers are one. A class of
many nodes becomes a row on an array: what a loop over elements has recorded becomes what NumPy
would have been told, to the bit.
"""

from __future__ import annotations

import collections
import struct
from typing import Any

import numpy as np

from . import _structural as structural
from ._grad_fn import CONST, ITEM, LEAF, PACK
from ._graph import FLOAT64, Graph
from ._ops import CODES, ROWS

FEW = 6  # nodes of a class that stay scalars
WORTH = 12  # nodes for each row or scalar that is left; arrays cost a call
SCALAR, TRUTH = 0, 1  # numbers of types
_COMMUTE = {CODES["add"], CODES["multiply"]}  # to the bit
_BOOL = np.dtype(np.bool_)


def rolled(graph: Graph) -> Graph | None:
    """Return a graph with the same inputs, outputs and guards that has far fewer nodes, or None.

    Notes
    -----
    Outputs are scalars or arrays packed from scalars, and nothing else works on arrays.
    """
    classes = _Classes(graph)
    if not classes.find() or not classes.worth():
        return None
    return _Rolling(classes).graph()


class _Classes:
    """The classes of the nodes that are needed.

    Attributes
    ----------
    of : list of int
        The class of each node, or -1. Class 0 are numbers that are used a few times.
    members : list of list of int
        Nodes of each class; operands of a class are of classes before it.
    place : ndarray of int
        Where in its class a node stands.
    """

    def __init__(self, graph):
        self.graph = graph
        self.op, self.arg, self.type = graph.columns()
        self.of = [-1] * len(graph)
        self.members: list[list[int]] = [[]]
        self.inputs: dict[int, int] = {}  # node of an input that is an array, or scalar: its class
        self.swapped: set[int] = set()  # nodes whose operands are read in the other order
        self.numbers = {0}  # classes of numbers
        self.place = np.zeros(len(graph), np.int64)

    def operands(self, node):
        arity = ROWS[self.op[node]]["arity"]
        xs = self.graph.look(node)[1] if arity > 2 else self.arg[node, :arity].tolist()
        return xs[::-1] if node in self.swapped else xs

    def find(self):
        """Sort nodes into classes; False if some belong into none."""
        graph, of, members = self.graph, self.of, self.members
        ends = {*graph.outputs}
        needed = graph.needed([*graph.outputs, *(g[0] for g in graph.guards)])
        known: dict[tuple, int] = {}
        most = sum(needed) // WORTH + 100
        ops, args, types = self.op.tolist(), self.arg.tolist(), self.type.tolist()
        arity = [row["arity"] for row in ROWS]
        rows = (self.op < len(ROWS)) & (np.frombuffer(needed, np.uint8) != 0)
        counts = np.bincount(self.arg[rows].reshape(-1), minlength=len(graph))
        numbers = {node: struct.pack("d", graph.number(node))
                   for node in np.flatnonzero(self.op == CONST).tolist()
                   if needed[node] and types[node] in (SCALAR, TRUTH)}  # fmt: skip
        uses = collections.Counter()
        for node, value in numbers.items():
            uses[value] += int(counts[node])
        for node, live in enumerate(needed):
            if not live or ops[node] == LEAF:
                continue
            op, (a, b) = ops[node], args[node]
            if node in numbers:
                key: tuple = (CONST, numbers[node])
                self.place[node] = node
            elif op == ITEM and ops[a] == LEAF:
                key = ITEM, a
                self.place[node] = b
            elif op == PACK and node in ends:
                continue
            elif op < len(ROWS) and types[node] in (SCALAR, TRUTH):
                xs = (a, b)[: arity[op]] if arity[op] < 3 else graph.look(node)[1]
                # an input that is a scalar is a class of its own
                kinds = [of[x] if ops[x] != LEAF else ~x for x in xs]
                if op in _COMMUTE and kinds[0] > kinds[1]:
                    kinds.reverse()
                    self.swapped.add(node)
                key = op, *kinds
            else:
                return False
            number = 0 if op == CONST and uses[numbers[node]] < FEW else known.get(key)
            if number is None:
                number = known[key] = len(members)
                members.append([])
                if number > most:  # too many for arrays to be worth their calls
                    return False
                if op == ITEM:
                    self.inputs[number] = a
                elif op == CONST:
                    self.numbers.add(number)
            of[node] = number
            members[number].append(node)
        return not any(graph.type_of(g[0])[1] for g in graph.guards)

    def is_row(self, number):
        """Whether the nodes of a class are rows."""
        return number not in self.numbers and number not in self.inputs

    def worth(self):
        """Whether arrays are fewer by far."""
        rows = [nodes for k, nodes in enumerate(self.members) if self.is_row(k)]
        left = sum(1 if len(nodes) >= FEW else len(nodes) for nodes in rows)
        return sum(map(len, rows)) >= WORTH * left + 100


class _Rolling:
    """The graph of arrays, as it grows class by class."""

    def __init__(self, classes):
        self.classes, self.old = classes, classes.graph
        self.into = Graph()
        self.inputs = {
            node: self.into.add_input(*self.old.type_of(node)) for node in self.old.inputs
        }
        self.into.places = list(self.old.places)
        self.arrays: dict[int, Any] = {k: self.inputs[node] for k, node in classes.inputs.items()}
        self.scalars: dict[int, Any] = {}

    def graph(self):
        classes, into = self.classes, self.into
        for number, nodes in enumerate(classes.members):
            if classes.is_row(number):
                into.set_here(self.old.place_number(nodes[0]))
                if len(nodes) < FEW:
                    classes.place[nodes] = np.arange(len(nodes))  # what tells them apart
                    for node in nodes:
                        self.scalars[node] = self.one(node)
                else:
                    self.arrays[number] = self.many(number, nodes)
        into.set_here(0)
        into.outputs = [self.output(node).node for node in self.old.outputs]
        for node, expected, place in self.old.guards:
            value = into.constant(self.old.constant_value(expected))
            into.guards.append((self.scalar(node).node, value.node, place))
        into.guards.sort(key=lambda guard: guard[0])
        return into

    def dtype(self, node):
        return FLOAT64 if self.classes.type[node] == SCALAR else _BOOL

    def one(self, node):
        operands = tuple(self.scalar(x) for x in self.classes.operands(node))
        return self.into.row(int(self.classes.op[node]), operands, self.dtype(node), ())

    def scalar(self, node):
        """Return a node as a scalar."""
        found = self.scalars.get(node, self.inputs.get(node))
        if found is None:
            number = self.classes.of[node]
            if number in self.classes.numbers:
                found = self.into.constant(self.old.constant_value(node)[()].item() * 1.0)
            else:
                found = self.into.item(self.arrays[number], int(self.classes.place[node]))
            self.scalars[node] = found
        return found

    def many(self, number, nodes):
        """Return the array of a class, in the order of its operands' elements."""
        classes = self.classes
        operands = np.array([classes.operands(node) for node in nodes])
        places = classes.place[operands]
        kinds = [classes.of[k] for k in operands[0].tolist()]
        for k, kind in enumerate(kinds):
            if kind and kind in classes.numbers:
                places[:, k] = 0  # all are the same number
        # by the first operand, then the next; by different numbers last
        keys = sorted(range(len(kinds)), key=lambda k: (kinds[k] == 0, k), reverse=True)
        order = np.lexsort(places.T[keys])
        differs = np.ones(len(nodes), bool)  # two of the same operands are one
        differs[1:] = (np.diff(places[order], axis=0) != 0).any(axis=1)
        classes.place[np.array(nodes)[order]] = np.cumsum(differs) - 1
        columns = [self.vector(column) for column in operands[order[differs]].T]
        shape = (int(differs.sum()),)
        return self.into.row(int(classes.op[nodes[0]]), tuple(columns), self.dtype(nodes[0]), shape)

    def vector(self, nodes):
        """Return an array of nodes of one class, or the number that all of them are."""
        classes, into, n = self.classes, self.into, len(nodes)
        first = int(nodes[0])
        number = classes.of[first]
        if number in classes.numbers:
            numbers = np.array([self.old.number(k) for k in nodes.tolist()])
            bits = numbers.view(np.int64)  # 0.0 and -0.0 are two
            return into.constant(float(numbers[0]) if (bits == bits[0]).all() else numbers)
        if (nodes == first).all():
            return structural.broadcast_to(self.scalar(first), shape=(n,))
        if number in self.arrays:
            return self.taken(self.arrays[number], classes.place[nodes])
        return into.pack([self.scalar(k) for k in nodes.tolist()], self.dtype(first), (n,))

    def taken(self, array, places):
        """Return elements of a class."""
        flat = array if array.ndim == 1 else structural.reshape(array, shape=(array.size,))
        key = steady(places)
        if key is None:
            return structural.gather(flat, places)
        return flat if key == slice(0, flat.size, 1) else structural.getitem(flat, key=key)

    def output(self, node):
        """Return an output: a scalar, or an array packed from them."""
        dtype, shape = self.old.type_of(node)
        if self.classes.op[node] != PACK:
            return self.scalar(node)
        operands = np.array(self.old.look(node)[1])
        of = np.array([self.classes.of[k] for k in operands.tolist()])
        many = np.isin(of, list(self.arrays))
        made = structural.broadcast_to(self.into.constant(0.0, dtype), shape=(len(operands),))
        if not many.all():
            few = self.into.pack(
                [self.scalar(k) for k in operands[~many].tolist()], dtype, (int((~many).sum()),)
            )
            made = _written(made, np.flatnonzero(~many), few)
        for number in np.unique(of[many]):
            mine = np.flatnonzero(of == number)
            places = self.classes.place[operands[mine]]
            turn = _turns(places)
            for k in range(turn.max() + 1):
                where = mine[turn == k]
                value = self.taken(self.arrays[int(number)], places[turn == k])
                made = _written(made, where, value)
        return structural.reshape(made, shape=shape)


def _turns(places):
    """Return for each of some places how often it has been there before."""
    order = np.argsort(places, kind="stable")
    _, starts, counts = np.unique(places[order], return_index=True, return_counts=True)
    turns = np.empty(len(places), np.int64)
    turns[order] = np.arange(len(places)) - np.repeat(starts, counts)
    return turns


def _written(array, places, value):
    key = steady(places)
    if key is None:
        return structural.scatter_set(array, places, value)
    return structural.assign(array, value, key=key)


def steady(places: np.ndarray) -> slice | None:
    """Return the slice that takes these places, if there is one."""
    steps = np.diff(places)
    first = int(places[0])
    if len(places) < 2:
        return slice(first, first + 1, 1)
    step = int(steps[0])
    if step == 0 or (steps != step).any():
        return None
    stop = int(places[-1]) + (1 if step > 0 else -1)
    return slice(first, None if stop < 0 else stop, step)
