"""The sweep that records itself: gradients of gradients, from the same rows and rules.

The local gradients of a row are read from the table's text, which is Python too, and evaluated on
Tensors; so the new nodes have rules of their own, to any order.
"""

from __future__ import annotations

import ast
import functools
import heapq
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _ops
from . import _structural as structural
from ._array import N_ROWS
from ._grad_fn import CALL, CONST, FREED, ITEM, LEAF
from ._ops import ROWS
from ._sweep import (
    call_of,
    dependents,
    give_back,
    item_index,
    leaf_nodes,
    leaf_owner,
    look,
    node_id,
    notes,
    pin,
    raise_freed,
    run_hooks,
    run_leaf_hooks,
    tape,
    tensor_at,
)
from ._tape import Tape
from ._tensor import Tensor, later, wrap

_VARIABLES = ("x", "y", "z")


@functools.cache
def row_functions() -> dict[str, Any]:
    """What the names in a formula mean: rows, by their own name or by that of their C function."""
    names = {row["name"]: getattr(_ops, row["name"]) for row in ROWS}
    for row in ROWS:
        value = ast.parse(row["value"], mode="eval").body
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            operands = tuple(getattr(a, "id", None) for a in value.args)
            if operands == _VARIABLES[: row["arity"]]:
                names.setdefault(value.func.id, names[row["name"]])
    return names


def _number(expression):
    try:
        return ast.literal_eval(expression)
    except ValueError:
        return None


def _call(name, *arguments):
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def seeded(local):
    """The expression of g times a local gradient; a choice is made between products."""
    g, number = ast.Name("g", ast.Load()), _number(local)
    if number == 0:
        return ast.Constant(0.0)
    if number == 1:
        return g
    if number == -1:
        return _call("negative", g)
    if isinstance(local, ast.Call) and local.func.id == "select":
        condition, a, b = local.args
        return _call("select", condition, seeded(a), seeded(b))
    if isinstance(local, ast.Call) and local.func.id == "masked_multiply":
        a, b = local.args
        return _call("masked_multiply", a, seeded(b))
    return _call("masked_multiply", g, local)


@functools.cache
def rule(op: int, k: int) -> tuple[Callable[..., Any], frozenset[str]] | None:
    """Return what operand k of a row gets, a function of g, x, y, z, v, and what it reads."""
    expression = seeded(ast.parse(ROWS[op]["partials"][k], mode="eval").body)
    if _number(expression) is not None:
        return None
    reads = frozenset(n.id for n in ast.walk(expression) if isinstance(n, ast.Name))
    parameters = ast.arguments(
        [], [ast.arg(n) for n in ("g", "x", "y", "z", "v")], None, [], [], None, []
    )
    body = ast.fix_missing_locations(ast.Expression(ast.Lambda(parameters, expression)))
    code = compile(body, f"<local gradient {k} of {ROWS[op]['name']}>", "eval")
    return eval(code, {**row_functions(), "NAN": np.nan}), reads


def _row_cotangents(on, node, op, operands, wanted, g):
    def value(place):
        return tensor_at(on, place, look(on, place)[2], node)

    for k in wanted:
        found = rule(op, k)
        if found is None:
            yield wrap(np.zeros(g.shape, g.dtype))
            continue
        function, reads = found
        values = [value(p) if n in reads else None for n, p in zip(_VARIABLES, operands)]
        values += [None] * (3 - len(values))
        cotangent = function(g, *values, value(node) if "v" in reads else None)
        # A number beside a float32 array is a double on the tape: it does not widen the gradient.
        yield cotangent if cotangent.dtype == g.dtype else later.astype(cotangent, dtype=g.dtype)


def _cotangents(on: Tape, node: int, wanted: list[int], g: Tensor) -> Any:
    """Yield the recorded cotangent of each wanted operand."""
    op, operands, _ = look(on, node)
    if op < N_ROWS:
        return _row_cotangents(on, node, op, operands, wanted, g)
    if op == CALL:

        def fetch(k):
            place = node if k < 0 else operands[k]
            return tensor_at(on, place, look(on, place)[2], node)

        return call_of(on, node).cotangents(g, wanted, fetch)
    if op == ITEM:
        shape = tensor_at(on, operands[0]).shape
        key = np.unravel_index(item_index(on, node), shape)
        return [structural.put_add(g, key=tuple(int(i) for i in key), shape=shape)]
    return [structural.getitem(g, key=k) for k in wanted]  # PACK


def recorded_sweep(
    roots: list[Tensor], seeds: list[Tensor], retain: bool, inputs: list[Tensor] | None
) -> Any:
    """Do what `_sweep.sweep` does, with every step recorded."""
    on = tape()
    enabled, on.grad_enabled = on.grad_enabled, True
    undo: list = []
    pin(on, True)  # from here on node ids stay as they are
    try:
        places = [node_id(t) for t in roots]
        if min(places) < 0:
            raise_freed()
        top = max(places)
        marked = None
        if inputs is not None:
            marked = [leaf_nodes(on, t, top) if t.is_leaf else [node_id(t)] for t in inputs]
            useful = dependents(on, [n for nodes in marked for n in nodes if 0 <= n <= top], top)
            if any(t.is_leaf and not nodes for t, nodes in zip(inputs, marked)):
                # of a changed leaf no node may be left: what led to it counts
                useful = bytearray(look(on, n)[2] for n in range(top + 1))
        adjoint: dict[int, Tensor] = {}
        pending: list[int] = []

        def add(node, g):
            if node in adjoint:
                adjoint[node] = adjoint[node] + g
            else:
                adjoint[node] = g
                heapq.heappush(pending, -node)

        for node, seed in zip(places, seeds):
            add(node, seed)
        leaves = []
        while pending:
            node = -heapq.heappop(pending)
            op, operands, needs = look(on, node)
            if op == FREED:
                raise_freed()
            if op == CONST or not needs:
                continue
            if op == LEAF:
                leaves.append(node)
                continue
            if any(not isinstance(n, tuple) for n in notes(on, node)):
                adjoint[node] = run_hooks(on, node, adjoint[node], undo)
            wanted = [
                k
                for k, p in enumerate(operands[:1] if op == ITEM else operands)
                if (look(on, p)[2] if marked is None else useful[p])
            ]
            for k, g in zip(wanted, _cotangents(on, node, wanted, adjoint[node])):
                add(operands[k], g)
        if marked is not None:
            return [_input_gradient(on, nodes, adjoint, undo) for nodes in marked]
        standing: dict[int, Any] = {}  # a leaf changed between two uses has two nodes, one gradient
        for node in reversed(leaves):
            leaf = leaf_owner(on, node)
            standing.setdefault(-node if leaf is None else id(leaf), (leaf, []))[1].append(node)
        pairs = [
            (leaf, _input_gradient(on, nodes, adjoint, undo)) for leaf, nodes in standing.values()
        ]
        return [(leaf, g) for leaf, g in pairs if leaf is not None]
    except BaseException:
        give_back(undo)
        raise
    finally:
        on.grad_enabled = enabled
        pin(on, False)


def _input_gradient(on, nodes, adjoint, undo):
    """Return the gradient of what stands at `nodes`, of a leaf through its hooks, or None."""
    nodes = [n for n in nodes if n in adjoint]
    if not nodes:
        return None
    g = functools.reduce(operator.add, [adjoint[n] for n in nodes])
    return run_leaf_hooks(on, nodes[-1], g, undo) if look(on, nodes[-1])[0] == LEAF else g
