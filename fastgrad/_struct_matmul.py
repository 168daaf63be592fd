"""The structural op that multiplies matrices."""

from __future__ import annotations

import functools
import operator

import numpy as np

from ._checks import shape_of
from ._lowering import dense, fresh, rounded
from ._recording import Structural
from ._struct_shape import for_points, reshape, sum_to, swap


def _infer_matmul(a, b):
    if a.ndim < 2 or b.ndim < 2 or a.shape[-1] != b.shape[-2]:
        raise ValueError(f"matmul of shapes {a.shape} and {b.shape}")
    outer = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return shape_of((*outer, a.shape[-2], b.shape[-1])), np.result_type(a.dtype, b.dtype)


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
    shape, dtype = _infer_matmul(a, b)
    if 0 in shape:
        return fresh()
    outer = shape[:-2]
    strides = []
    for x in (a, b):
        lengths = (1,) * (len(shape) - x.ndim) + x.shape
        strides += [0 if n == 1 else s for s, n in zip(dense(lengths)[:-2], lengths)]
    m, k, n = shape[-2], a.shape[-1], shape[-1]
    step = ("matmul", (0, 1), (0, 0, m, k, n, len(outer), *outer, *strides))
    return fresh(step, *rounded(shape, dtype))


matmul: Structural = (
    Structural(  # of operands with two axes or more; the axes before the last two broadcast
        "matmul",
        value=np.matmul,
        vjp=(
            lambda g, out, a, b: sum_to(matmul(g, swap(b)), shape=a.shape),
            lambda g, out, a, b: sum_to(matmul(swap(a), g), shape=b.shape),
        ),
        jvp=_matmul_jvp,
        reads=(0, 1),
        infer=_infer_matmul,
        batch=_batch_matmul,
        lower=_lower_matmul,
    )
)
