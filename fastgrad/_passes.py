"""Graph to graph: vjp and jvp. Rows by the rules of the table in C, structural ops by their own."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator

import numpy as np

from ._diff import VARIABLES, Pass, Rules
from ._emit import spec
from ._grad_fn import CALL
from ._graph import Graph, Var
from ._higher import row_functions, seeded
from ._ops import CODES, ROWS
from ._recording import Call
from ._structural import no_derivative
from ._tensor import later

_BINARY = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_COMPARE = {ast.Lt: "less", ast.LtE: "less_equal", ast.Gt: "greater", ast.GtE: "greater_equal",
            ast.Eq: "equal", ast.NotEq: "not_equal"}  # fmt: skip


class _Steps:
    """The steps of one rule, read off its expression."""

    def __init__(self, rules, codes):
        self.rules, self.codes, self.steps = rules, codes, []

    def reference(self, e):
        if isinstance(e, ast.Constant):
            return self.rules.number(float(e.value))
        if isinstance(e, ast.Name):
            return self.rules.number(np.nan) if e.id == "NAN" else VARIABLES[e.id]
        if isinstance(e, ast.BinOp):
            return self._add(CODES[_BINARY[type(e.op)]], e.left, e.right)
        if isinstance(e, ast.UnaryOp):
            if isinstance(e.operand, ast.Constant):
                return self.rules.number(-float(e.operand.value))
            return self._add(CODES["negative"], e.operand)
        if isinstance(e, ast.Compare):
            return self._add(CODES[_COMPARE[type(e.ops[0])]], e.left, e.comparators[0])
        return self._add(self.codes[e.func.id], *e.args)

    def _add(self, op, *operands):
        references = tuple(self.reference(e) for e in operands)
        self.steps.append((op, references))
        return len(self.steps) - 1


def rule_steps(made: Rules | None = None) -> Iterator[tuple[int, int, list, int]]:
    """Yield op, operand, steps and the reference to the result of each rule of the table."""
    made = made or Rules()
    codes = {name: CODES[function.__name__] for name, function in row_functions().items()}
    for op, row in enumerate(ROWS):
        for k, text in enumerate(row["partials"]):
            expression = seeded(ast.parse(text, mode="eval").body)
            if not isinstance(expression, ast.Constant):
                steps = _Steps(made, codes)
                result = steps.reference(expression)
                yield op, k, steps.steps, result


@functools.cache
def rules() -> Rules:
    """Return the rules of all rows."""
    made = Rules()
    for rule in rule_steps(made):
        made.add(*rule)
    return made


def _depends(graph, node, wrt):
    """Return whether a node depends on others other than through a stop_gradient or the like."""
    stack, seen = [node], set()
    while stack:
        at = stack.pop()
        if at in wrt:
            return True
        op, operands, *_ = graph.look(at)
        if at not in seen and not (op == CALL and graph.call_of(at)[0].vjp is None):
            stack.extend(operands)
        seen.add(at)
    return False


def _fetch(graph, node, operands):
    return lambda k: graph.var(node if k < 0 else operands[k])


def vjp(
    graph: Graph, outputs: list[int], seeds: list[Var], wrt: list[int], n: int | None = None
) -> list[Var | None]:
    """Add adjoints to a graph.

    Parameters
    ----------
    graph : Graph
        It grows.
    outputs : list of int
        Nodes.
    seeds : list of Var
        The adjoint of each.
    wrt : list of int
        Nodes to differentiate by.
    n : int, optional
        The pass goes through the first n nodes, all by default.

    Returns
    -------
    list of Var or None
        The adjoint of each of `wrt`; None where no output depends on it.
    """
    on = Pass(graph, rules(), wrt, n)
    for node, seed in zip(outputs, seeds):
        if on.is_active(node):
            on.add(node, seed)
    while (node := on.reverse()) >= 0:
        op, params = graph.call_of(node)
        operands = graph.look(node)[1]
        wanted = [k for k, p in enumerate(operands) if on.is_active(p)]
        call = Call(op, params, [graph.var(p) for p in operands], graph.var(node))
        if op.vjp is None:
            continue
        if op is no_derivative and not _depends(graph, operands[0], set(wrt)):
            continue  # on the way to it stands what has no derivative by choice
        cotangents = call.cotangents(on.get(node), wanted, _fetch(graph, node, operands))
        for k, g in zip(wanted, cotangents):
            if g is not None:
                on.add(operands[k], g if isinstance(g, Var) else graph.constant(g))
    return [on.get(node) for node in wrt]


def jvp(
    graph: Graph, outputs: list[int], wrt: list[int], dots: list[Var], n: int | None = None
) -> list[Var | None]:
    """Add tangents to a graph, those of `wrt` being `dots`; return the tangent of each output."""
    on = Pass(graph, rules(), wrt, n)
    for node, dot in zip(wrt, dots):
        on.add(node, dot)
    while (node := on.forward()) >= 0:
        op, params = graph.call_of(node)
        operands = graph.look(node)[1]
        tangents = [on.get(p) for p in operands]
        if op.jvp is None or all(t is None for t in tangents):
            continue
        xs = [graph.var(p) if k in op.reads else spec(graph.var(p)) for k, p in enumerate(operands)]
        out = graph.var(node) if "out" in op.reads else spec(graph.var(node))
        dot = op.tangent(tangents, out, xs, params)
        if dot is not None:
            on.add(node, dot if isinstance(dot, Var) else graph.constant(dot))
    return [on.get(node) for node in outputs]


def zeros(graph: Graph, dtype: np.dtype, shape: tuple[int, ...]) -> Var:
    """Return zeros of a type."""
    zero = graph.constant(np.zeros((), dtype))
    return zero if shape == () else later.broadcast_to(zero, shape=shape)
