"""Change each formula of the op table in each place, and see whether a test would notice.

    python tests/row_mutants.py

A formula is C and Python at once, so that a changed one need not be compiled: it is evaluated at
the points at which tests compare it with what owes nothing to it, and is noticed if it is not the
same there to the digits that they ask for. If it is the same also in the whole domain, at zeros and
at infinities, it counts as equal. What is left is listed; docs/mutation.md says why.
"""

import ast
import warnings
from collections import Counter

import numpy as np
import reference
import test_kinks
import test_ops
from formulas import ROWS, differentiable

import fastgrad as fg
from fastgrad._higher import row_functions

NAMES = {**row_functions(), "NAN": np.nan}
VARIABLES = "xyzv"
OPERATORS = [ast.Add, ast.Sub, ast.Mult, ast.Div]
COMPARISONS = [ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq]
TWINS = {"maximum": "minimum", "minimum": "maximum", "logical_and": "logical_or"}


def changes(node, names):
    """Yield what a part of a formula may be changed into, itself or its operands."""
    if isinstance(node, ast.BinOp):
        yield from (ast.BinOp(node.left, op(), node.right) for op in others(node.op, OPERATORS))
        yield from (node.left, node.right)
    elif isinstance(node, ast.Compare):
        left, (right,) = node.left, node.comparators
        for op in others(node.ops[0], COMPARISONS):
            yield ast.Compare(left, [op()], [right])
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Constant):
        x = node.value
        yield from map(ast.Constant, {x + 1.0, x - 1.0, 0.0, x * (1 + 1e-9), -x} - {x})
    elif isinstance(node, ast.Name) and node.id in names:
        yield from (ast.Name(other) for other in names if other != node.id)
        yield ast.UnaryOp(ast.USub(), node)
    elif isinstance(node, ast.Call):
        yield from node.args
        if len(node.args) > 1:
            yield ast.Call(node.func, [*node.args[:-2], node.args[-1], node.args[-2]], [])
        if node.func.id in TWINS:
            yield ast.Call(ast.Name(TWINS[node.func.id]), node.args, [])


def others(one, every):
    return [kind for kind in every if not isinstance(one, kind)]


def mutants(text, names):
    """Return the texts that differ from a formula in one place, without repetition."""
    tree = ast.parse(text, mode="eval")
    found = {
        unparsed(f"{text[: node.col_offset]}({ast.unparse(new)}){text[node.end_col_offset :]}")
        for node in ast.walk(tree.body)
        for new in changes(node, names)
    }
    return sorted(found - {unparsed(text)})


def unparsed(text):
    return ast.unparse(ast.parse(text, mode="eval"))


def evaluate(text, points):
    """Return the value of a formula at points, a dict of arrays."""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        found = eval(text, NAMES, points)
    found = found.numpy() if isinstance(found, fg.Tensor) else found
    return np.broadcast_to(np.asarray(found, float), np.shape(points["x"]))


def same(a, b, digits):
    """Whether no test would tell arrays apart; a zero's sign is no difference."""
    with np.errstate(all="ignore"):
        close = np.isfinite(a) & (np.abs(a - b) <= digits * np.abs(a))
    return bool(np.all(close | (a == b) | (np.isnan(a) & np.isnan(b))))


def points_of_values(row):
    """Return where a value is compared, and to how many digits."""
    if test_ops.oracle(row) is None:
        return test_ops.few_points(row), 8 * 2.0**-52
    most = test_ops.ULPS.get(row["name"], test_ops.ULP)
    return test_ops.points(row), 2 * most * 2.0**-52


def points_of_gradients(row, by_operand):
    """Return where a local gradient is compared: one array an operand."""
    name, arity = row["name"], row["arity"]
    found = [test_ops.few_points(row)]
    found += [[[x] for x in point] for n, point, *_ in test_kinks.CASES if n == name]
    if by_operand == arity - 1:
        ends = [(*fixed, end) for n, fixed, end, *_ in test_kinks.ENDS if n == name]
        found += [[[x] for x in point] for point in ends]
    if by_operand == arity - 1 and name in test_ops.BEYOND:
        found.append(test_ops.BEYOND[name])
    if name in reference.OPS:
        every = test_ops.points(row)
        found.append([x[:: 1 + len(x) // 400] for x in every])
    return [np.concatenate(xs) for xs in zip(*found)]


def anywhere(row, where):
    """Return more points: those compared, the domain, and zeros, infinities and the like."""
    return [np.concatenate(xs) for xs in zip(where, test_ops.points(row))]


def parts(row):
    """Yield each formula of a row: which, its text, its variables, where and how it is compared."""
    operands = VARIABLES[: row["arity"]]
    yield "value", row["value"], operands, *points_of_values(row)
    for k in [] if row["is_test"] else differentiable(row):
        where = points_of_gradients(row, k)
        yield f"d{operands[k]}", row["partials"][k], operands + "v", where, test_ops.RTOL


def fates(row):
    """Yield what becomes of each changed formula of a row, which it is, and its text."""
    for which, text, names, where, digits in parts(row):
        compared, more = (at(row, points) for points in (where, anywhere(row, where)))
        for mutant in mutants(text, names):
            try:
                noticed, differs = (
                    not same(evaluate(text, points), evaluate(mutant, points), digits)
                    for points in (compared, more)
                )
            except (TypeError, ValueError, ZeroDivisionError):
                noticed = True
            yield "noticed" if noticed else "not noticed" if differs else "equal", which, mutant


def at(row, where):
    """Return points, and the value of the row there, by the names of a formula's variables."""
    points = dict(zip(VARIABLES, map(np.asarray, where)))
    return {**points, "v": evaluate(row["value"], points)}


def not_noticed(row):
    return [(which, text) for fate, which, text in fates(row) if fate == "not noticed"]


def main():
    counts = Counter()
    for row in ROWS:
        for fate, which, mutant in fates(row):
            counts[fate] += 1
            if fate == "not noticed":
                print(f"{row['name']} {which}: {mutant}")
    print(sum(counts.values()), "changed formulas:", dict(counts))


if __name__ == "__main__":
    main()
