"""The part of a graph that is shown, and what its nodes are called.

A graph can have millions of nodes; a reader sees those nearest to the loss. They are found from the
loss down, in the order in which backward visits them, so all that is shown is final but for the
gradients of the lowest.
"""

from __future__ import annotations

import heapq
from itertools import islice
from types import FrameType
from typing import Any

import numpy as np

from ._grad_fn import CONST, FREED, ITEM, LEAF
from ._nodes import look, owners, tensor_at
from ._tape import Tape
from ._tensor import Tensor, values

COUNTED = 10_000  # nodes left out are counted up to this many
_LOOKED_INTO = 100  # elements of a list or dict of the caller that may give a name


def raise_freed() -> None:
    """Say what to do about a graph that is gone."""
    raise RuntimeError(
        "Trying to backward through the graph a second time: backward has been through it already "
        "and has let it go, so there is nothing left to explain. Call explain(loss) before "
        "loss.backward(), or keep the graph with loss.backward(retain_graph=True)"
    )


def names_seen_from(frame: FrameType) -> dict[int, str]:
    """Return {id: name} of the Tensors and arrays among a function's local and global variables."""
    found: dict[int, str] = {}
    scopes = [dict(frame.f_locals)]
    scopes.append({n: v for n, v in dict(frame.f_globals).items() if n not in scopes[0]})
    variables = [(n, v) for s in scopes for n, v in s.items() if not n.startswith("_")]
    for name, value in variables:
        if isinstance(value, (Tensor, np.ndarray)):
            found.setdefault(id(value), name)
    for name, value in variables:
        if type(value) in (list, tuple, dict):
            pairs = value.items() if type(value) is dict else enumerate(value)
            for key, element in islice(pairs, _LOOKED_INTO):
                if isinstance(element, (Tensor, np.ndarray)):
                    found.setdefault(id(element), f"{name}[{key!r}]")
    return found


class Shown:
    """Nodes from the loss down, with their numbers and names.

    The tape has to stay pinned as long as it is used.

    Parameters
    ----------
    on : Tape
        Of this thread.
    top : int
        The node of the loss.
    names : dict
        Names of Tensors and arrays, by their id.
    limit : int
        Of how many nodes to show at most.
    """

    def __init__(self, on: Tape, top: int, names: dict[int, str], limit: int) -> None:
        self.on, self.top, self.given = on, top, names
        self.holders = owners(on)
        self.literals: dict[int, Any] = {}  # node: the number written in the code, or None
        self.operands: dict[int, list[int]] = {}  # of the ops whose making is shown
        self.found = {top}
        self.cut = self._walk(limit)  # the ops that are shown without it
        self._name_nodes()

    def _walk(self, limit):
        """Take in nodes from the top down, all operands of one at a time, while there is room."""
        pending = [-self.top]
        while pending:
            node = -pending[0]
            op, operands = self.op_of(node), self.operands_of(node)
            if op == FREED:
                raise_freed()
            new = self._new(operands, self.found, limit - len(self.found))
            if len(self.found) + len(new) > limit:
                break
            heapq.heappop(pending)
            if op not in (LEAF, CONST):
                self.operands[node] = operands
            self.found |= new
            for p in new:
                heapq.heappush(pending, -p)
        return {-p for p in pending if self.op_of(-p) not in (LEAF, CONST)}

    def op_of(self, node):
        return look(self.on, node)[0]

    def operands_of(self, node):
        op, operands, _ = look(self.on, node)
        return operands[:1] if op == ITEM else operands

    def needs(self, node):
        return look(self.on, node)[2]

    def value(self, node):
        return values(tensor_at(self.on, node))

    def has_changed(self, node):
        """Whether the memory of an array was changed in place since the node was made."""
        try:
            tensor_at(self.on, node, False, node)
        except RuntimeError:
            return self.value(node).ndim > 0
        return False

    def literal(self, node):
        """Return the number that a node without a name is, None if it is something else."""
        if node not in self.literals:
            op, _, needs = look(self.on, node)
            number = None
            if op in (LEAF, CONST) and not needs and self.given_name(node) is None:
                value = self.value(node)
                number = value.item() if value.ndim == 0 else None
            self.literals[node] = number
        return self.literals[node]

    def given_name(self, node):
        """Return the name of the caller's variable that holds a node, or a constant array."""
        name = self.given.get(id(self.holders.get(node)))
        if name is None and self.op_of(node) in (LEAF, CONST) and not self.needs(node):
            name = self.given.get(id(self.value(node)))
        return name

    def _name_nodes(self):
        """Give every node a number and a name; a constant that was taken twice, one for both."""
        given = {node: self.given_name(node) for node in self.found}
        if given[self.top] is None and "loss" not in given.values():
            given[self.top] = "loss"
        taken = set(given.values()) - {None}
        letter = "node" if any(n[0] == "v" and n[1:].isdigit() for n in taken) else "v"
        self.number: dict[int, int] = {}
        self.name: dict[int, str] = {}
        first: dict[str, int] = {}
        for node in sorted(self.found):
            name = given[node]
            if name in first:
                self.number[node], self.name[node] = self.number[first[name]], name
                continue
            self.number[node] = len(first) + 1
            self.name[node] = name or f"{letter}{self.number[node]}"
            first[self.name[node]] = node
        self.listed = sorted(first.values())

    def operand_names(self, node):
        """Return the operands as they stand in a formula: names, and numbers as they are."""
        return [self.name.get(p, self.literal(p)) for p in self.operands[node]]

    def _new(self, operands, known, room):
        """Return the operands that are nodes of their own and not known, or the first too many."""
        new = (p for p in dict.fromkeys(operands) if p not in known and self.literal(p) is None)
        return set(islice(new, room + 1))

    def left_out(self) -> int:
        """Return how many nodes are not shown, counted up to COUNTED."""
        pending, seen = list(self.cut), set(self.found)
        last = len(seen) + COUNTED
        while pending and len(seen) < last:
            new = self._new(self.operands_of(pending.pop()), seen, last - len(seen))
            seen |= new
            pending.extend(new)
        return min(len(seen), last) - len(self.found)
