"""Nodes of a recorded graph by name: what listings, reports and pictures call them."""

from __future__ import annotations

import os
import re

import numpy as np

from ._formulas import array_text, call_formula, number_text, value_formula
from ._grad_fn import CALL, CONST, ITEM, LEAF, PACK
from ._graph import Graph
from ._ops import ROWS
from ._paths import paths
from ._tree import Structure

_PLAIN = re.compile(r"[A-Za-z_]\w*(\[[^\[\]]*\]|\([^()]*\))*")  # needs no parentheses in a formula
_POSITION, _KEYWORD = re.compile(r"^x\[(\d+)\]"), re.compile(r"^\['(\w+)'\]")
_LONGEST = 40  # characters of a formula that takes the place of its name


def input_names(key: tuple) -> list[str]:
    """Return what the recorded inputs of a signature are called: x0 is the first argument.

    >>> from fastgrad._named import input_names
    >>> from fastgrad._recordings import Arguments
    >>> input_names(Arguments((1.0, {"w": 2.0, "n": 3}), {"rate": 0.1}).key())
    ['x0', "x1['w']", 'rate']
    """
    structure, leaves = key
    is_input = [type(shape) is tuple for shape in leaves[::2]]
    names = [path for path, given in zip(paths(structure, ("x", "")), is_input) if given]
    return [_KEYWORD.sub(r"\1", _POSITION.sub(r"x\1", name)) for name in names]


def place_text(place: tuple[str, int]) -> str:
    """Return a statement as ``file.py:12``, nothing if it is not known."""
    file, line = place
    return f"{os.path.basename(file)}:{line}" if line else ""


class Named:
    """A graph whose nodes have numbers and names.

    Parameters
    ----------
    graph : Graph
        A node that no output and no guard needs has no number, and neither has a number written in
        the code.
    inputs : list of str
        Names of the first inputs.
    """

    def __init__(self, graph: Graph, inputs: list[str]) -> None:
        self.graph, self.inputs = graph, inputs
        needed = graph.needed([*graph.outputs, *(guard[0] for guard in graph.guards)])
        order = dict.fromkeys(graph.inputs)
        order.update((node, None) for node in range(len(graph)) if needed[node])
        self.nodes = [node for node in order if graph.number(node) is None]
        self.number = {node: k for k, node in enumerate(self.nodes, 1)}
        self._given = dict(zip(graph.inputs, inputs))

    def is_literal(self, node: int) -> bool:
        """Return whether a node is a number written in the code."""
        return self.graph.number(node) is not None

    def name(self, node: int) -> str:
        """Return the name of a node, or the number that it is."""
        known = self._given.get(node)
        if known is not None:
            return known
        if self.is_literal(node):
            return number_text(self.graph.constant_value(node).item())
        return f"v{self.number[node]}" if node in self.number else f"v{node}'"

    def op(self, node: int) -> str:
        """Return the name of the op that makes a node; "input" and "constant" are none."""
        op = self.graph.look(node)[0]
        if op < len(ROWS):
            return ROWS[op]["name"]
        if op == CALL:
            return self.graph.call_of(node)[0].name
        return {LEAF: "input", CONST: "constant", ITEM: "getitem", PACK: "stack"}[op]

    def formula(self, node: int) -> str:
        """Return a node in terms of its operands; of an input or constant nothing."""
        return self._formula(node, self.operand)

    def operand(self, node: int) -> str | float | bool:
        """Return what a formula takes for an operand: its name, or the number that it is."""
        if not self.is_literal(node):
            return self.name(node)
        value = self.graph.constant_value(node).item()
        return value if isinstance(value, (bool, float)) else float(value)

    def _formula(self, node, operand):
        op, operands = self.graph.look(node)
        if op in (LEAF, CONST):
            return ""
        if op < len(ROWS):
            return value_formula(op, [operand(k) for k in operands])
        names = [self.name(k) if self.is_literal(k) else operand(k) for k in operands]
        if op == ITEM:
            shape = self.graph.type_of(operands[0])[1]
            index = np.unravel_index(self.graph.argument(node, 1), shape)
            return call_formula("getitem", names, {"key": tuple(int(i) for i in index)})
        params = self.graph.call_of(node)[1] if op == CALL else {}
        return call_formula(self.op(node), names, params)

    def predicate(self, node: int) -> str:
        """Return a node as its formula with operands that are short written out: ``x0[0] > 0``."""

        def written(k):
            text = self.formula(k)
            short = _PLAIN.fullmatch(text) and len(text) <= _LONGEST
            return text if short else self.operand(k)

        return self._formula(node, written) or self.name(node)

    def type(self, node: int) -> str:
        """Return dtype and shape, ``float64[3]``; of a plain float nothing."""
        dtype, shape = self.graph.type_of(node)
        return "" if shape == () and dtype == np.float64 else type_text(dtype, shape)

    def place(self, node: int) -> str:
        """Return the statement a node comes from."""
        return place_text(self.graph.place(node))

    def constant(self, node: int) -> str:
        """Return the value of an array constant in a few words."""
        return array_text(self.graph.constant_value(node))


def type_text(dtype: np.dtype, shape: tuple[int, ...]) -> str:
    """Return ``float64[2, 3]``, or the dtype alone for a number."""
    return f"{dtype}[{', '.join(map(str, shape))}]" if shape else str(dtype)


def output_names(result: Structure) -> list[str]:
    """Return where the outputs stand in what a function returns."""
    return paths(result, "return")
