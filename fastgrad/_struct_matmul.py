"""The structural op that multiplies matrices."""

from __future__ import annotations

import functools
import math
import operator

import numpy as np

from ._checks import shape_of
from ._lowering import Strided, dense, fresh, rounded
from ._recording import Structural
from ._struct_shape import for_points, reshape, sum_to, swap


def _infer_matmul(a, b):
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(f"matmul of shapes {a.shape} and {b.shape}")
    outer = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return shape_of((*outer, a.shape[-2], b.shape[-1])), np.result_type(a.dtype, b.dtype)


def _vjp_left(g, out, a, b):
    if a.ndim == 2 and b.ndim > 2 and b.shape[-1] == 1:  # one matrix by many vectors
        return matmul(swap(_rows(swap(g))), _rows(swap(b)))
    return sum_to(matmul(g, swap(b)), shape=a.shape)


def _vjp_right(g, out, a, b):
    if b.ndim == 2 and a.ndim > 2:  # many matrices, or rows, by one
        return matmul(swap(_rows(a)), _rows(g))
    return sum_to(matmul(swap(a), g), shape=b.shape)


def _rows(x):
    """Return the rows of all matrices of a stack as those of one."""
    return reshape(x, shape=(math.prod(x.shape[:-1]), x.shape[-1]))


def _matmul_jvp(dots, out, a, b):
    by_a, by_b = dots
    terms = [] if by_a is None else [matmul(by_a, b)]
    terms += [] if by_b is None else [matmul(a, by_b)]
    return functools.reduce(operator.add, terms)


def _batch_matmul(n, batched, a, b):
    if batched == (True, False) and a.ndim == 3 and b.ndim == 2:  # one product of taller matrices
        rows = reshape(a, shape=(n * a.shape[1], a.shape[2]))
        return reshape(matmul(rows, b), shape=(n, a.shape[1], b.shape[1]))
    ndim = max(x.ndim - flag for x, flag in zip((a, b), batched))
    a, b = (for_points(x, n, True, ndim) if f else x for x, f in zip((a, b), batched))
    return matmul(a, b)


def _lower_matmul(a, b):
    """Return the step; an operand may be a `Strided`, in any order of axes."""
    shape, dtype = _infer_matmul(a, b)
    if 0 in shape:
        return fresh()
    outer = shape[:-2]
    inner, strides = [], []
    for x in (a, b):
        steps = x.strides if isinstance(x, Strided) else dense(x.shape)
        inner += steps[-2:]
        strides += (0,) * (len(shape) - x.ndim)
        strides += [0 if n == 1 else s for s, n in zip(steps[:-2], x.shape)]
    sizes = shape[-2], a.shape[-1], shape[-1]
    step = ("matmul", (0, 1), (*sizes, *inner, len(outer), *outer, *strides))
    return fresh(step, *rounded(shape, dtype))


matmul: Structural = (
    Structural(  # of operands with two axes or more; the axes before the last two broadcast
        "matmul",
        value=np.matmul,
        vjp=(_vjp_left, _vjp_right),
        jvp=_matmul_jvp,
        reads=(0, 1),
        infer=_infer_matmul,
        batch=_batch_matmul,
        lower=_lower_matmul,
    )
)
