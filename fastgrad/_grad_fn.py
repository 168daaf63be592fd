"""The graph as Python sees it: the ops behind a Tensor, by torch's names."""

from __future__ import annotations

from ._array import N_ROWS
from ._nodes import call_of, look, made_by, node_id, owners, pin, tape_of, tensor_at
from ._ops import ROWS
from ._tape import Tape
from ._tensor import Tensor

LEAF, CONST, FREED, ITEM, PACK, CALL = range(N_ROWS, N_ROWS + 6)

# Where torch's class is not named after NumPy's function.
_TORCH = {
    "subtract": "Sub", "multiply": "Mul", "divide": "Div", "power": "Pow", "negative": "Neg",
    "absolute": "Abs", "select": "Where", "clip": "Clamp", "getitem": "Index", "stack": "Stack",
    "arcsin": "Asin", "arccos": "Acos", "arctan": "Atan", "arctan2": "Atan2", "arcsinh": "Asinh",
    "arccosh": "Acosh", "arctanh": "Atanh", "broadcast_to": "Expand", "concatenate": "Cat",
    "assign": "IndexPut", "copy": "Clone", "astype": "ToCopy", "gather": "Index",
    "scatter_set": "IndexPut",
}  # fmt: skip


STRUCTURAL: list[str] = []  # names of structural ops, by their number


def _name(op):
    if op < N_ROWS:
        return ROWS[op]["name"]
    return {LEAF: "leaf", CONST: "constant", FREED: "freed", ITEM: "getitem", PACK: "stack"}[op]


def op_name(on: Tape, node: int) -> str:
    """Return the name of the op of a node; a leaf's is "leaf"."""
    op = look(on, node)[0]
    return call_of(on, node).op.name if op == CALL else _name(op)


def torch_name(name: str) -> str:
    """Return the name of torch's backward node for an op."""
    return _TORCH.get(name, name.title().replace("_", "")) + "Backward"


class GradFn:
    """What made a tracked Tensor."""

    def __init__(self, tensor: Tensor) -> None:
        self._tensor = tensor

    def name(self) -> str:
        """Return the name, as torch's, for instance ``"MulBackward"``."""
        op, structural = made_by(self._tensor)
        return torch_name(STRUCTURAL[structural] if op == CALL else _name(op))

    @property
    def next_functions(self) -> tuple[tuple[GradFn | Tensor, int], ...]:
        """The ops that made the operands a gradient flows to, each with 0; a leaf is itself.

        Empty once backward has let the graph go.
        """
        on = tape_of(self._tensor)
        found: list[tuple[GradFn | Tensor, int]] = []
        pin(on, True)  # node ids stay as they are
        try:
            node = node_id(self._tensor)
            holders = owners(on)
            for operand in look(on, node)[1] if node >= 0 else ():
                op, _, needs = look(on, operand)
                if needs and op == LEAF and operand in holders:
                    found.append((holders[operand], 0))
                elif needs and op != LEAF:
                    found.append((GradFn(tensor_at(on, operand, True)), 0))
        finally:
            pin(on, False)
        return tuple(found)

    def __repr__(self) -> str:
        return f"<{self.name()}>"


def grad_fn(self: Tensor) -> GradFn | None:
    """The op that made this Tensor, or None for a leaf."""
    return None if self.is_leaf else GradFn(self)
