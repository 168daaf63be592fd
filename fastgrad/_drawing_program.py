"""The picture of a recorded graph: formulas on the nodes, and numbers if arguments are given."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _derive as derive
from . import _ops
from ._array import N_ROWS
from ._backward import grad
from ._convert import as_tensor
from ._drawing_parts import ABOVE, Arrow, Box, Picture, labelled, short
from ._expanding import planned
from ._formulas import array_text, local_formula
from ._grad_fn import CONST, LEAF
from ._gradmode import enable_grad
from ._named import Named, input_names
from ._ops import ROWS
from ._passes import vjp
from ._recordings import Arguments, Recording
from ._tensor import Tensor, values


def picture_of_recording(
    key: tuple, recording: Recording, arguments: Arguments | None, max_nodes: int
) -> Picture:
    """Return the picture; without arguments only formulas.

    Raises
    ------
    BranchTaken
        If the arguments take another path.
    """
    drawn = _Drawn(recording, Named(recording.graph, input_names(key)), max_nodes)
    if arguments is not None:
        given = [*arguments.inputs(), *recording.captured]
        recording.machine.run([_array(x) for x in given])  # the guards
        drawn.evaluate([_array(x) for x in given])
    return drawn.picture()


def _array(x):
    return np.array(values(x) if isinstance(x, Tensor) else x)


class _Drawn:
    def __init__(self, recording: Recording, named: Named, max_nodes: int) -> None:
        self.recording, self.named, self.graph = recording, named, recording.graph
        self.nodes = named.nodes
        self.left_out = len(self.nodes) - max_nodes
        if self.left_out > 0:
            self.nodes = self._nearest(max_nodes)
        self.value: dict[int, Any] = {}
        self.gradient: dict[int, Any] = {}
        self.guards: dict[int, str] = {}
        for node, expected, _ in self.graph.guards:
            self.guards[node] = str(self.graph.constant_value(expected).tolist())

    def _nearest(self, n):
        """Return the nodes whose numbers are highest, of those on the way to the outputs."""
        wanted = self.graph.needed(self.graph.outputs)
        found = [node for node in self.nodes if wanted[node]] or self.nodes
        return found[-n:]

    def evaluate(self, inputs):
        """Find the values, and of a scalar function the gradient by each node."""
        operands = [k for node in self.nodes for k in self.graph.look(node)[1]]
        known = list(dict.fromkeys([*self.nodes, *operands]))
        self.value = dict(zip(known, planned(self.graph, known, []).run(inputs)))
        outputs = self.graph.outputs
        if len(outputs) != 1 or self.graph.type_of(outputs[0])[1] or not self._flows(outputs[0]):
            return
        g = self.graph.copy()
        nodes = [node for node in self.nodes if self._flows(node)]
        dtype = g.type_of(outputs[0])[0]
        found = vjp(g, outputs, [g.constant(1.0, dtype)], nodes)
        nodes, found = zip(*[(k, x.node) for k, x in zip(nodes, found) if x is not None])
        self.gradient = dict(zip(nodes, planned(g, list(found), []).run(inputs)))

    def _flows(self, node):
        return derive.is_float(self.graph, node) and self.graph.look(node)[0] != CONST

    def picture(self) -> Picture:
        boxes = [self.box(node) for node in self.nodes]
        shown = set(self.nodes)
        arrows = [arrow for node in self.nodes for arrow in self.arrows(node, shown)]
        remark = f"... {self.left_out:,} nodes are left out" if self.left_out > 0 else ""
        return Picture(self.recording.name, boxes, arrows, remark)

    def box(self, node):
        named, op = self.named, self.graph.look(node)[0]
        name, formula = named.name(node), named.formula(node)
        kind = "result" if node in self.graph.outputs else "op"
        if op in (LEAF, CONST):
            kind = "input" if op == LEAF else "constant"
        if op == CONST:
            value = f"= {named.constant(node)}"
        elif node in self.value:
            value = f"= {_text(self.value[node])}"
        else:
            value = named.type(node)
        gradient = ""
        if node in self.gradient:
            gradient = short(f"d{self._result()}/d{name} = {_text(self.gradient[node])}", ABOVE)
        if node in self.guards:
            value += f", guard: {self.guards[node]}"
        return Box(
            node, short(f"{name} = {formula}" if formula else name), short(value), gradient, kind
        )

    def _result(self):
        return self.named.name(self.graph.outputs[0])

    def arrows(self, node, shown):
        op, operands = self.graph.look(node)
        for k, p in enumerate(operands):
            if p in shown:
                yield Arrow(p, node, self._label(op, k, node, operands))

    def _label(self, op, k, node, operands):
        if op >= N_ROWS or ROWS[op]["is_test"] or not self._flows(operands[k]):
            return ""
        own = self.named.name(node)
        formula = local_formula(op, k, [self.named.operand(p) for p in operands], own)
        if node not in self.value:
            return labelled(formula, "")
        return labelled(formula, _text(self._local(op, k, operands)))

    def _local(self, op, k, operands):
        """Return what the gradient 1 of a node becomes on the way to operand k."""
        xs = [self._operand(p) for p in operands]
        with enable_grad():
            xs[k] = xs[k].detach().clone().requires_grad_()
            out = getattr(_ops, ROWS[op]["name"])(*xs)
            ones = as_tensor(np.ones(out.shape, out.dtype))
            (found,) = grad(out, xs[k], ones, materialize_grads=True)
        return values(found)

    def _operand(self, p):
        return as_tensor(np.asarray(self.value[p], self.graph.type_of(p)[0]))


def _text(x):
    return array_text(np.asarray(x))
