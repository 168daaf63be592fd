"""The pattern of a Jacobian: which elements of a result depend on which elements of an argument.

A set of input elements is propagated to each element of each node, in C for rows; here are the
rules of structural ops. The numbers of the sets are moved about as the values would be.
"""

from __future__ import annotations

import ast
import functools
import math
from typing import Any, NamedTuple

import numpy as np

from ._grad_fn import CONST
from ._graph import Graph
from ._higher import seeded
from ._ops import ROWS
from ._sets import ALL, EMPTY, Dependence
from ._unroll import MOVED

DENSE_PRODUCT = 1 << 22  # up to so many factors a product of matrices looks at zeros in a constant


class Pattern(NamedTuple):
    """The places of a sparse matrix, row by row, the columns of a row in ascending order."""

    shape: tuple[int, int]
    indptr: np.ndarray
    indices: np.ndarray

    @property
    def rows(self) -> np.ndarray:
        """The row of each place."""
        return np.repeat(np.arange(self.shape[0], dtype=np.int32), np.diff(self.indptr))


@functools.cache
def through() -> np.ndarray:
    """Return for each row the bits of the operands by which it has a derivative."""
    return np.array(
        [
            sum(
                1 << k
                for k, text in enumerate(row["partials"])
                if not isinstance(seeded(ast.parse(text, mode="eval").body), ast.Constant)
            )
            for row in ROWS
        ],
        np.uint8,
    )


def pattern(graph: Graph, output: int, wrt: int, within: tuple[Any, ...] = ()) -> Pattern:
    """Return which elements of a node have a derivative by which elements of an input.

    Parameters
    ----------
    graph : Graph
    output, wrt : int
        The node, and that of the input.
    within : tuple
        Rules of custom functions that the graph is part of.

    Returns
    -------
    Pattern
        Of shape (elements of the node, elements of the input). Without values, so that it holds for
        all arguments; it never lacks a place, and may have places at which the derivative is zero.

    References
    ----------
    .. [1] Griewank, Walther, "Evaluating Derivatives", 2nd ed. (2008), section 7.1: propagation of
       index domains.
    """
    on = Dependence(graph, through(), wrt, [output])
    while (node := on.run()) >= 0:
        on.set(node, _elements(on, node, within))
    ends, indices = on.rows(on.get(output))
    indptr = np.concatenate([np.zeros(1, np.int64), ends])
    if indptr[-1] < np.iinfo(np.int32).max:
        indptr = indptr.astype(np.int32)
    n_in = math.prod(graph.type_of(wrt)[1])
    return Pattern((len(ends), n_in), indptr, indices)


def _elements(on, node, within):
    """Return the sets of the elements of a structural op."""
    graph = on.graph
    op, params = graph.call_of(node)
    dtype, shape = graph.type_of(node)
    operands = graph.look(node)[1]
    if op.vjp is None and op.jvp is None:
        return np.full(shape, EMPTY, np.int32)
    xs = [on.get(p) for p in operands]
    if dtype.kind != "f" or not any((x != EMPTY).any() for x in xs):
        return np.full(shape, EMPTY, np.int32)
    if hasattr(op, "rule") and op.rule not in within:
        return _by_rule(on, op, xs, math.prod(shape), (*within, op.rule)).reshape(shape)
    rule = RULES.get(op.name)
    if rule is not None:
        constants = [
            graph.constant_value(p) if graph.look(p)[0] == CONST else None for p in operands
        ]
        return np.broadcast_to(rule(on, op, xs, constants, params), shape)
    return np.full(shape, _all_of(on, *xs), np.int32)


def _by_rule(on, op, xs, size, within):
    """Return the sets of the elements of a custom function: its tangents say what they need."""
    found = np.full(size, EMPTY, np.int32)
    for place, k in enumerate(op.rule.wrt):
        graph = op.rule.push
        one = pattern(graph, graph.outputs[0], graph.inputs[len(op.reads) + place], within)
        found = on.pairs(found, on.groups(np.ravel(xs[k])[one.indices], one.indptr))
    return found


def _all_of(on, *xs):
    """Return the union of everything."""
    together = np.concatenate([x.reshape(-1) for x in xs])
    return on.groups(together, [0, together.size])[0]


def _moved(on, op, xs, constants, params):
    return op.value(*xs, **params)


def _same(on, op, xs, constants, params):
    return xs[0]


def _reduced(on, x, axis, keepdims):
    """Return the unions over some axes."""
    kept = [a for a in range(x.ndim) if a not in axis]
    lengths = [x.shape[a] for a in kept]
    n = math.prod(x.shape[a] for a in axis)
    count = math.prod(lengths)
    found = on.groups(x.transpose(*kept, *axis).reshape(-1), np.arange(count + 1) * n)
    return found.reshape(
        [1 if a in axis else x.shape[a] for a in range(x.ndim)] if keepdims else lengths
    )


def _reduction(on, op, xs, constants, params):
    return _reduced(on, xs[0], params["axis"], params["keepdims"])


def _scan(on, op, xs, constants, params):
    x = np.moveaxis(xs[0], params["axis"], 0)
    out = np.array(x)
    for k in range(1, len(x)):
        out[k] = on.pairs(out[k - 1], x[k])
    return np.moveaxis(out, 0, params["axis"])


def _recurrence(on, op, xs, constants, params):
    return _scan(on, op, [on.pairs(*xs)], constants, params)


def _matmul(on, op, xs, constants, params):
    a, b = xs
    if constants[0] is not None:
        return _by_constant(on, constants[0], b)
    if constants[1] is not None:
        swapped = (np.swapaxes(x, -1, -2) for x in (constants[1], a))
        return np.swapaxes(_by_constant(on, *swapped), -1, -2)
    rows, columns = _reduced(on, a, (a.ndim - 1,), True), _reduced(on, b, (b.ndim - 2,), True)
    return on.pairs(rows, columns)


def _by_constant(on, a, b):
    """Return the sets of a @ b for a matrix a that is known: its zeros hand on nothing."""
    outer = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    m, k, n = a.shape[-2], a.shape[-1], b.shape[-1]
    if math.prod(outer) * m * k * n > DENSE_PRODUCT:
        columns = _reduced(on, b, (b.ndim - 2,), True)
        return np.broadcast_to(columns, (*outer, m, n))
    factors = np.where(a[..., :, None, :] != 0, np.swapaxes(b, -1, -2)[..., None, :, :], EMPTY)
    return _reduced(on, factors, (factors.ndim - 1,), False)


def _gather(on, op, xs, constants, params):
    if constants[1] is None:
        return _all_of(on, xs[0])
    return xs[0].reshape(-1)[constants[1].astype(np.intp)]


def _scatter_add(on, op, xs, constants, params):
    shape = params["shape"]
    if constants[1] is None:
        return _all_of(on, xs[0])
    index = constants[1].astype(np.intp).reshape(-1)
    order = np.argsort(index, kind="stable")
    starts = np.searchsorted(index[order], np.arange(math.prod(shape) + 1))
    return on.groups(xs[0].reshape(-1)[order], starts).reshape(shape)


def _scatter_set(on, op, xs, constants, params):
    x, _, value = xs
    if constants[1] is None:
        return on.pairs(x, _all_of(on, value))
    return op.value(x, constants[1].astype(np.intp), value)


# by name; an op that is not here depends in all its elements on everything
RULES: dict[str, Any] = {
    **dict.fromkeys(MOVED, _moved),
    "astype": _same,
    "no_derivative": _same,
    **dict.fromkeys("sum max min norm logsumexp".split(), _reduction),
    **dict.fromkeys("cumsum cumprod cummax cummin logcumsumexp".split(), _scan),
    "recurrence": _recurrence,
    "matmul": _matmul,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "scatter_set": _scatter_set,
}

assert ALL != EMPTY == 0  # zeros, which put_add and scatter fill in, are empty sets
