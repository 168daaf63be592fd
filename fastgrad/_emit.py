"""Ops on Vars: what a row or a structural op does where an operand stands in a graph.

As for Tensors, broadcasting and casts become nodes, so that the operands of a row have one shape
and one dtype; constants are read as they are.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _structural as structural
from ._grad_fn import CALL
from ._graph import FLOAT64, Graph, Var
from ._ops import ROWS
from ._recording import Spec
from ._tensor import Tensor, later, values

_FLOAT32 = np.dtype(np.float32)
_BOOL = np.dtype(np.bool_)


def graph_of(operands: Any) -> Graph:
    """Return the graph of the Vars among operands."""
    return next(x.graph for x in operands if type(x) is Var)


def _is_weak(x):
    """A Python number takes the dtype of what it meets."""
    return type(x) in (float, int, bool)


def _dtype_of(x):
    return x.dtype if isinstance(x, (Var, Tensor)) else np.asarray(x).dtype


def _row_dtype(row, operands):
    """Return the dtype of the operands of a row, and of its result."""
    dtypes = [_dtype_of(x) for x in operands if not _is_weak(x)]
    common = np.result_type(*dtypes)
    if common.kind != "f" and any(type(x) is float for x in operands):
        common = FLOAT64
    if row["is_test"]:
        return common, _BOOL
    if row["name"] == "select":
        branches = [_dtype_of(x) for x in operands[1:] if not _is_weak(x)] or [FLOAT64]
        common = np.result_type(*branches)
        if common.kind != "f" and any(type(x) is float for x in operands[1:]):
            common = FLOAT64
        return common, common
    if common.kind != "f":
        ufunc = getattr(np, row["name"], None)
        keeps = isinstance(ufunc, np.ufunc) and f"{'l' * row['arity']}->l" in ufunc.types
        common = (
            (np.result_type(common, np.int8) if common == _BOOL else common) if keeps else FLOAT64
        )
    return common, common


def _fitted(graph, x, dtype, shape):
    """Return an operand as a Var of a row: of this shape, or a scalar constant."""
    if not isinstance(x, Var):
        if _is_weak(x):
            number = float(x) if dtype.kind != "f" or dtype == FLOAT64 else float(_FLOAT32.type(x))
            return graph.constant(number)
        a = values(x) if isinstance(x, Tensor) else np.asarray(x)
        if a.size == 1:
            return graph.constant(float(a.reshape(())))
        x = graph.constant(a)
    if x.dtype != dtype and x.dtype.kind == dtype.kind == "f":
        x = later.astype(x, dtype=dtype)
    if x.shape != shape and graph.number(x.node) is None:
        x = later.broadcast_to(x, shape=shape)
    return x


def emit_row(op: int, operands: tuple[Any, ...]) -> Any:
    """Add a row to the graph of its operands; NotImplemented if one of them is no number."""
    for x in operands:
        if not isinstance(x, (Var, Tensor, float, int, np.ndarray, np.generic)):
            return NotImplemented
    graph, row = graph_of(operands), ROWS[op]
    shape = np.broadcast_shapes(
        *(
            () if _is_weak(x) else np.shape(x) if not isinstance(x, (Var, Tensor)) else x.shape
            for x in operands
        )
    )
    dtype, result = _row_dtype(row, operands)
    chooses = row["name"] == "select"  # by an operand of another dtype
    fitted = tuple(
        _fitted(graph, x, x.dtype if k == 0 and chooses and isinstance(x, Var) else dtype, shape)
        for k, x in enumerate(operands)
    )
    return graph.row(op, fitted, result, shape)


def emit(op: Any, operands: tuple[Any, ...], params: dict[str, Any]) -> Var:
    """Add a structural op to the graph of its operands, or what it is without one."""
    graph = graph_of(operands)
    xs = tuple(x if isinstance(x, Var) else graph.constant(x) for x in operands)
    known = _known(graph, op, xs, params)
    if known is not None:
        return known
    shape, dtype = op.infer(*xs, **params)
    if xs and op.name in _IDENTITIES and xs[0].shape == shape and xs[0].dtype == dtype:
        return xs[0]
    return graph.call(op, xs, params, dtype, tuple(int(n) for n in shape))


# where shape and dtype are those of the operand, these are the operand
_IDENTITIES = {"reshape", "broadcast_to", "copy", "astype"}


def _known(graph, op, xs, params):
    """Elements of arrays and arrays of scalars have nodes of their own."""
    if op is structural.getitem:
        index = _flat_index(params["key"], xs[0].shape)
        if index is not None:
            return graph.item(xs[0], index)
    elif op is structural.stack and params["axis"] == 0 and xs and all(x.ndim == 0 for x in xs):
        if len({x.dtype for x in xs}) == 1:
            return graph.pack(list(xs), xs[0].dtype, (len(xs),))
    elif op is structural.transpose:
        return _transposed_again(graph, xs[0], params["axes"])
    elif op in (structural.stop_gradient, structural.no_derivative):
        return None if graph.number(xs[0].node) is None else xs[0]
    return None


def _transposed_again(graph, x, axes):
    """Return the transpose of a transpose as one, or as what was transposed; else None."""
    order = tuple(range(x.ndim))
    if type(axes) is not tuple or tuple(sorted(axes)) != order:
        return None  # the op says what is wrong
    source = x
    if graph.look(x.node)[0] == CALL and graph.call_of(x.node)[0] is structural.transpose:
        source = graph.var(graph.look(x.node)[1][0])
        first = graph.call_of(x.node)[1]["axes"]
        axes = tuple(first[a] for a in axes)
    if axes == order:
        return source
    return structural.transpose(source, axes=axes) if source is not x else None


def _flat_index(key, shape):
    """Return the place in C order of the one element that a key of integers takes, or None."""
    keys = key if isinstance(key, tuple) else (key,)
    if len(keys) != len(shape) or not all(type(k) is int for k in keys):
        return None
    index = 0
    for k, n in zip(keys, shape):
        if not -n <= k < n:
            return None  # the op says what is wrong
        index = index * n + k % n
    return index


def spec(x: Any) -> Spec:
    """Return shape and dtype of a Var."""
    return Spec(x)


later.emit = emit
later.emit_row = emit_row
