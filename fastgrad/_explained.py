"""What `explain` prints: forward pass, local gradients, backward pass.

The forward pass is read off the tape. Local gradients and contributions are what the package's own
rules give, run on values from the loss down as backward runs them; so no formula stands here.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Iterator
from typing import Any

import numpy as np

from ._array import N_ROWS
from ._formulas import array_text, call_formula, local_formula, number_text, value_formula
from ._grad_fn import CALL, CONST, ITEM, LEAF, op_name
from ._higher import _cotangents as cotangents
from ._nodes import call_of, item_index, leaf_owner, node_id, notes, pin, tape
from ._shown import COUNTED, Shown, raise_freed
from ._shown import names_seen_from as names_seen_from
from ._tensor import Tensor, values, wrap

_WIDEST = 44  # columns to which a column of a table is padded


def explanation(loss: Tensor, names: dict[int, str], max_nodes: int) -> str:
    """Return what `explain` prints; `names` are those of objects, by their id."""
    check_loss(loss, max_nodes, "explain")
    if loss.is_leaf:
        return "\n".join(_leaf_alone(loss, names.get(id(loss), "loss")))
    with opened(loss, names, max_nodes, Explanation) as explained:
        return "\n".join(explained.lines())


@contextlib.contextmanager
def opened(loss: Tensor, names: dict[int, str], max_nodes: int, kind: type) -> Iterator[Any]:
    """Yield the explanation, of some kind, of a loss that is no leaf.

    Meanwhile the tape is pinned and records nothing.
    """
    on, top = tape(), node_id(loss)
    if top < 0:
        raise_freed()
    enabled, on.grad_enabled = on.grad_enabled, False
    pin(on, True)
    try:
        yield kind(on, top, names, max_nodes)
    finally:
        on.grad_enabled = enabled
        pin(on, False)


def check_loss(loss: Any, max_nodes: int, caller: str) -> None:
    """Check what is explained, or drawn."""
    if not isinstance(loss, Tensor):
        raise TypeError(f"{caller} takes the Tensor of a loss, got {type(loss).__name__}")
    if operator.index(max_nodes) < 1:
        raise ValueError(f"max_nodes is {max_nodes}; at least 1 node, the loss itself, is shown")
    if not loss.requires_grad:
        raise RuntimeError(
            "this Tensor does not require grad and does not have a grad_fn: there is no graph to "
            f"{caller}; set requires_grad=True on what it is computed from, and compute it outside "
            "no_grad"
        )
    if loss.size != 1:
        raise ValueError(
            f"{caller} needs a scalar loss, got shape {loss.shape}; {caller} one number of it, for "
            "instance loss.sum() or loss[0]"
        )


# ---- text ----


def _text(x):
    return array_text(values(x))


def table(rows):
    """Yield rows of cells as lines: numbers to the right, no empty columns."""
    rows = [[str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [row[0].rjust(widths[0])]
        cells += [c.ljust(min(w, _WIDEST)) for c, w in zip(row[1:], widths[1:]) if w]
        yield ("  " + "  ".join(cells)).rstrip()


_FORWARD = "1. Forward pass: the value of each node"
_LOCAL = "2. Local gradients: of each node with respect to its operands"
_BACKWARD = "3. Backward pass: from the loss down, gradient times local gradient"


def _leaf_alone(leaf, name):
    yield _FORWARD
    yield f"  1  {name}  = {_text(leaf)}  leaf"
    yield "2. Local gradients: none, for no op made it"
    yield _BACKWARD
    one = _text(wrap(np.ones(leaf.shape, leaf.dtype)))
    yield f"  1  d{name}/d{name}  = {one}"
    yield f"{name}.backward() adds to the gradients of the leaves:"
    yield f"  {name}.grad += {one}"


class Explanation(Shown):
    """The three steps as lines."""

    def lines(self):
        yield _FORWARD
        if self.cut:
            yield self.cut_line()
        yield from table([self.forward_row(node) for node in self.listed])
        below = sorted(self.operands, reverse=True)
        yield _LOCAL
        yield from table([row for node in reversed(below) for row in self.local_rows(node)])
        yield _BACKWARD
        adjoint: dict[int, Tensor] = {}
        rows = list(self.backward_rows(below, adjoint))
        if not any(row[2].startswith("+=") for row in rows):
            rows = [[*row[:2], row[2].strip(), *row[3:]] for row in rows]
        yield from table(rows)
        yield from self.leaf_lines(adjoint)
        yield from self.hook_line()

    def cut_line(self):
        count = self.left_out()
        if count == COUNTED:
            return f"  ... {count:,} nodes and more before these are left out; see max_nodes"
        all_of_them = count + len(self.found)
        return (
            f"  ... {count:,} nodes before these are left out; "
            f"explain({self.name[self.top]}, max_nodes={all_of_them}) shows all"
        )

    def forward_row(self, node):
        formula = f"= {self.formula(node)}" if node in self.operands else ""
        value = f"= {array_text(self.value(node))}"
        return [self.number[node], self.name[node], formula, value, self.remark(node)]

    def remark(self, node):
        remarks = []
        if node in self.cut:
            remarks.append("(what it is made of is left out)")
        elif self.op_of(node) in (LEAF, CONST):
            remarks.append("leaf" if self.needs(node) else "constant")
            if self.op_of(node) == LEAF and node not in self.holders:
                name = self.given.get(id(leaf_owner(self.on, node)))
                if name is not None:
                    remarks.append(f"an earlier value of {name}")
        if self.has_changed(node):
            remarks.append("changed in place since")
        return ", ".join(remarks)

    def formula(self, node):
        op, operands = self.op_of(node), self.operand_names(node)
        if op < N_ROWS:
            return value_formula(op, operands)
        operands = [o if isinstance(o, str) else number_text(o) for o in operands]
        if op == ITEM:
            shape = self.value(self.operands[node][0]).shape
            key = tuple(int(i) for i in np.unravel_index(item_index(self.on, node), shape))
            return call_formula("getitem", operands, {"key": key})
        params = call_of(self.on, node).params if op == CALL else {}
        return call_formula(op_name(self.on, node), operands, params)

    def wanted(self, node):
        return [k for k, p in enumerate(self.operands[node]) if self.needs(p)]

    def cotangents(self, node, g):
        return cotangents(self.on, node, self.wanted(node), g)

    def ratio(self, node, k):
        """Return how a local gradient is written."""
        operand = self.operands[node][k]
        which = f" (operand {k + 1})" if self.operands[node].count(operand) > 1 else ""
        return f"d{self.name[node]}/d{self.name[operand]}{which}"

    def local_rows(self, node):
        op, number = self.op_of(node), self.number[node]
        if op >= N_ROWS:
            for k in self.wanted(node):
                rule = f"= by the rule of {op_name(self.on, node)}"
                yield [number, self.ratio(node, k), rule, ""]
            return
        for k, local in zip(self.wanted(node), self.local_gradients(node)):
            formula = local_formula(op, k, self.operand_names(node), self.name[node])
            value = _text(local)
            yield [
                number,
                self.ratio(node, k),
                "" if formula == value else f"= {formula}",
                f"= {value}",
            ]

    def local_gradients(self, node):
        """Return what a gradient of 1 becomes, for each operand of a row that wants one."""
        value = self.value(node)
        return list(self.cotangents(node, wrap(np.ones(value.shape, value.dtype))))

    def backward_rows(self, below, adjoint):
        """Yield one row a contribution, and leave the sums in `adjoint`."""
        name, value = self.name[self.top], self.value(self.top)
        adjoint[self.top] = wrap(np.ones(value.shape, value.dtype))
        yield [
            self.number[self.top],
            f"d{name}/d{name}",
            "",
            "",
            f"= {_text(adjoint[self.top])}",
            "",
        ]
        for node in below:
            g = adjoint[node]
            is_row = self.op_of(node) < N_ROWS
            local = self.local_gradients(node) if is_row else []
            for i, (k, more) in enumerate(zip(self.wanted(node), self.cotangents(node, g))):
                operand = self.operands[node][k]
                again = operand in adjoint
                adjoint[operand] = adjoint[operand] + more if again else more
                upper = f"d{name}/d{self.name[node]}"
                how, product, remarks = f"rule of {op_name(self.on, node)} on {upper}", "", []
                if is_row:
                    how = f"{upper} * {self.ratio(node, k)}"
                    if g.ndim == 0:
                        product = f"= {_text(g)} * {_text(local[i])}"
                        if g.item() == 0 and not np.isfinite(local[i].item()):
                            remarks.append("zero adds nothing")
                if again:
                    remarks.append(f"in all {_text(adjoint[operand])}")
                yield [
                    self.number[node],
                    f"d{name}/d{self.name[operand]}",
                    f"{'+=' if again else ' ='} {how}",
                    product,
                    f"= {_text(more)}",
                    ", ".join(remarks),
                ]

    def leaf_lines(self, adjoint):
        """Yield what each leaf gets: of a Tensor with several values in use, the sum."""
        total: dict[str, Tensor] = {}
        for node in self.listed:
            if self.op_of(node) != LEAF or node not in adjoint:
                continue
            owner = leaf_owner(self.on, node)
            if owner is not None:
                name = self.given.get(id(owner), self.name[node])
                g = adjoint[node]
                total[name] = total[name] + g if name in total else g
        if self.cut:
            yield "What has reached leaves so far; the nodes left out may add to it:"
        else:
            yield f"{self.name[self.top]}.backward() adds to the gradients of the leaves:"
        for name, g in total.items():
            yield f"  {name}.grad += {_text(g)}"
        if not total:
            yield "  none of them is shown" if self.cut else "  none: their Tensors are gone"

    def hook_line(self):
        hooked = [
            self.name[node]
            for node in self.listed
            if any(getattr(note, "hooks", None) for note in notes(self.on, node))
        ]
        if hooked:
            who = ", ".join(hooked)
            yield f"Hooks of {who} did not run; in backward() what they return takes its place."
