"""Formulas and values as text: a row of the op table in the names of its operands.

A row says ``y * pow(x, y - 1.0)``; of the node ``s ** 2`` that is ``2 * s``. Names are put in the
place of x, y, z and v, and what is known without knowing a value is worked out. The number beside
a formula never comes from here: it comes from the rule that backward follows.
"""

from __future__ import annotations

import ast
import functools
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ._higher import row_functions
from ._ops import ROWS

Known = float | bool  # an operand that is a number written in the code
_OPERANDS = ("x", "y", "z")
_PUBLIC = {"select": "where"}  # the name under which users know a row
_FOLDED: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le,
    ast.Gt: operator.gt, ast.GtE: operator.ge,
}  # fmt: skip


def number_text(x: float | bool) -> str:
    """Return a number as explanations write it: six digits, none after the point if it is whole."""
    return f"{x:.6g}" if isinstance(x, float) else str(x)


def array_text(array: np.ndarray) -> str:
    """Return a value in a few words: a number, a short list, or the first numbers and the shape.

    >>> import numpy as np
    >>> from fastgrad._formulas import array_text
    >>> array_text(np.eye(2)), array_text(np.ones((4, 5)))
    ('[[1, 0], [0, 1]]', '[1, 1, 1, ...] of shape (4, 5)')
    """
    if array.ndim and not array.size:
        return f"[] of shape {array.shape}"
    if array.size > 6:
        first = ", ".join(number_text(x) for x in array.flat[:3].tolist())
        return f"[{first}, ...] of shape {array.shape}"
    return _list_text(array.tolist())


def _list_text(x):
    return f"[{', '.join(map(_list_text, x))}]" if isinstance(x, list) else number_text(x)


@functools.cache
def _parsed(text):
    return ast.parse(text, mode="eval").body


@functools.cache
def _row_names():
    """What a function in a row is called in Python: pow is power."""
    return {name: function.__name__ for name, function in row_functions().items()}


def _constant(node):
    return node.value if isinstance(node, ast.Constant) else None


def _is(node, number):
    return isinstance(node, ast.Constant) and node.value == number


class _Fill(ast.NodeTransformer):
    """Puts names and numbers in the place of operands; simplifies on the way up if asked to."""

    def __init__(self, names, simplify):
        self.names, self.simplify = names, simplify

    def visit_Name(self, node):
        what = self.names[node.id]
        return ast.Name(what) if isinstance(what, str) else ast.Constant(what)

    def visit_UnaryOp(self, node):
        inner = self.visit(node.operand)
        known = _constant(inner)
        return ast.UnaryOp(ast.USub(), inner) if known is None else ast.Constant(-known)

    def visit_BinOp(self, node):
        return self.joined(self.visit(node.left), node.op, self.visit(node.right))

    def visit_Compare(self, node):
        left, right = self.visit(node.left), self.visit(node.comparators[0])
        a, b = _constant(left), _constant(right)
        if self.simplify and a is not None and b is not None:
            return ast.Constant(_FOLDED[type(node.ops[0])](a, b))
        return ast.Compare(left, node.ops, [right])

    def visit_Call(self, node):
        name = _row_names()[node.func.id]
        given = [self.visit(a) for a in node.args]
        if name == "power":
            return self.joined(given[0], ast.Pow(), given[1])
        known = [_constant(a) for a in given]
        if self.simplify and name == "select" and known[0] is not None:
            return given[1] if known[0] else given[2]
        if self.simplify and name == "masked_multiply" and known[0] == 0:
            return ast.Constant(0.0)
        if self.simplify and name == "logical_and":
            if any(k is not None and not k for k in known):
                return ast.Constant(False)
            for k, other in zip(known, reversed(given)):
                if k is not None:
                    return other
        return ast.Call(ast.Name(_PUBLIC.get(name, name)), given, [])

    def joined(self, left, op, right):
        """Return `left op right`, or less if that is the same for every value, NaN included."""
        if not self.simplify:
            return ast.BinOp(left, op, right)
        a, b, fold = _constant(left), _constant(right), _FOLDED.get(type(op))
        if fold and a is not None and b is not None and math.isfinite(fold(a, b)):
            return ast.Constant(fold(a, b))
        if isinstance(op, (ast.Mult, ast.Div, ast.Pow)) and _is(right, 1):
            return left
        if isinstance(op, ast.Mult) and _is(left, 1):
            return right
        if isinstance(op, ast.Pow) and _is(right, 0):
            return ast.Constant(1.0)
        return ast.BinOp(left, op, right)


class _Spell(ast.NodeTransformer):
    """Turns numbers into words that `unparse` leaves as they are."""

    def visit_Constant(self, node):
        if not isinstance(node.value, bool) and math.copysign(1.0, node.value) < 0:
            return ast.UnaryOp(ast.USub(), ast.Name(number_text(-node.value)))
        return ast.Name(number_text(node.value))


def _text(expression):
    return ast.unparse(_Spell().visit(expression))


def _named(operands, own):
    return {**dict(zip(_OPERANDS, operands)), "v": own, "NAN": math.nan}


def value_formula(op: int, operands: list[str | Known]) -> str:
    """Return a row applied to operands, with Python's operator where there is one.

    >>> from fastgrad._formulas import value_formula
    >>> from fastgrad._ops import CODES
    >>> value_formula(CODES["power"], ["s", 2.0]), value_formula(CODES["tanh"], ["a"])
    ('s ** 2', 'tanh(a)')
    """
    row = ROWS[op]
    expression = _parsed(row["value"])
    read = [n.id for n in ast.walk(expression) if isinstance(n, ast.Name)]
    if row["name"] == "power" or read == list(_OPERANDS[: row["arity"]]):
        return _text(_Fill(_named(operands, None), False).visit(expression))
    given: list[ast.expr] = [
        ast.Name(a) if isinstance(a, str) else ast.Constant(a) for a in operands
    ]
    return _text(ast.Call(ast.Name(_PUBLIC.get(row["name"], row["name"])), given, []))


def local_formula(op: int, k: int, operands: list[str | Known], own: str) -> str:
    """Return the local gradient of a row by operand k, in terms of operands and its own name.

    >>> from fastgrad._formulas import local_formula
    >>> from fastgrad._ops import CODES
    >>> local_formula(CODES["power"], 0, ["s", 2.0], "loss")
    '2 * s'
    >>> local_formula(CODES["tanh"], 0, ["a"], "b")
    '1 - b * b'
    """
    return _text(_Fill(_named(operands, own), True).visit(_parsed(ROWS[op]["partials"][k])))


def call_formula(name: str, operands: list[str], params: Mapping[str, Any]) -> str:
    """Return a structural op with its parameters, as a call.

    >>> from fastgrad._formulas import call_formula
    >>> call_formula("getitem", ["t"], {"key": (0, slice(None, 2))})
    't[0, :2]'
    """
    if name == "getitem":
        return f"{operands[0]}[{_key_text(params['key'])}]"
    if name == "gather":
        return f"{operands[0]}.flat[{operands[1]}]"
    if name == "matmul":
        return " @ ".join(operands)
    given = [*operands[:4], "...", operands[-1]] if len(operands) > 6 else operands
    return f"{name}({', '.join([*given, *(f'{k}={_param_text(p)}' for k, p in params.items())])})"


def _key_text(key):
    if isinstance(key, tuple):
        return ", ".join(map(_key_text, key)) or "()"
    if isinstance(key, slice):
        ends = ["" if e is None else str(e) for e in (key.start, key.stop, key.step)]
        return ":".join(ends if ends[2] else ends[:2])
    return "..." if key is Ellipsis else _param_text(key)


def _param_text(value):
    if isinstance(value, np.ndarray):
        return array_text(value)
    if isinstance(value, tuple) and any(isinstance(v, (slice, np.ndarray)) for v in value):
        return f"({_key_text(value)})"
    text = str(value)
    return text if len(text) <= 40 else text[:36] + " ..."
