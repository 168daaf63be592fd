"""The picture of the graph of a loss: what `explain` prints, on nodes and arrows."""

from __future__ import annotations

from ._array import N_ROWS
from ._drawing_parts import ABOVE, Arrow, Box, Picture, labelled, short
from ._explained import Explanation, check_loss, opened
from ._formulas import array_text, local_formula
from ._grad_fn import CONST, LEAF
from ._tensor import Tensor, values


def picture_of_loss(loss: Tensor, names: dict[int, str], max_nodes: int) -> Picture:
    """Return the picture; `names` are those of objects, by their id."""
    check_loss(loss, max_nodes, "draw")
    if loss.is_leaf:
        name = names.get(id(loss), "loss")
        box = Box(0, name, f"= {short(array_text(values(loss)))}", f"d{name}/d{name} = 1", "result")
        return Picture(name, [box], [], "")
    with opened(loss, names, max_nodes, _Drawn) as drawn:
        return drawn.picture()


class _Drawn(Explanation):
    """The same numbers and names as boxes and arrows."""

    def picture(self) -> Picture:
        adjoint: dict[int, Tensor] = {}
        for _ in self.backward_rows(sorted(self.operands, reverse=True), adjoint):
            pass
        boxes = [self.box(node, adjoint) for node in self.listed]
        arrows = [arrow for node in sorted(self.operands) for arrow in self.arrows(node)]
        remark = self.cut_line().strip() if self.cut else ""
        return Picture(self.name[self.top], boxes, arrows, remark.replace("explain(", "draw("))

    def box(self, node, adjoint):
        op, name = self.op_of(node), self.name[node]
        formula = f" = {self.formula(node)}" if node in self.operands else ""
        gradient = ""
        if node in adjoint and self.needs(node):
            gradient = short(
                f"d{self.name[self.top]}/d{name} = {array_text(values(adjoint[node]))}", ABOVE
            )
        kind = "result" if node == self.top else "op"
        if op in (LEAF, CONST):
            kind = "input" if self.needs(node) else "constant"
        value = f"= {array_text(self.value(node))}"
        return Box(self.number[node], short(name + formula), short(value), gradient, kind)

    def arrows(self, node):
        op, operands = self.op_of(node), self.operands[node]
        labels = {}
        if op < N_ROWS:
            for k, local in zip(self.wanted(node), self.local_gradients(node)):
                formula = local_formula(op, k, self.operand_names(node), self.name[node])
                labels[k] = labelled(formula, array_text(values(local)))
        for k, p in enumerate(operands):
            if p in self.number:
                yield Arrow(self.number[p], self.number[node], labels.get(k, ""))
