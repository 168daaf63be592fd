"""The structural ops that are functions of matrices: the exponential, the square root."""

from __future__ import annotations

import numpy as np

from ._ops import equal, select
from ._recording import Structural
from ._struct_index import getitem
from ._struct_join import concatenate
from ._struct_reduce import norm
from ._struct_shape import stop_gradient, swap
from ._struct_solve import counted, matrix_of, solver


def _infer(a):
    matrix_of(a, is_square=True)
    return a.shape, a.dtype


def _length(x):
    """Return the norms of matrices, as constants, with 1 for 0."""
    length = stop_gradient(norm(x, axis=(x.ndim - 2, x.ndim - 1), keepdims=True))
    return select(equal(length, 0.0), 1.0, length)


def _derivative(function, a, x, length):
    """Return the derivative at a in a direction x: the function of [[a, x], [0, a]] has it.

    The direction is given a length before that suits the function.
    """
    n, axis = a.shape[-1], a.ndim - 1
    scale = _length(x) / length
    upper = concatenate(a, x / scale, axis=axis, starts=(0, n, 2 * n))
    lower = concatenate(0.0 * a, a, axis=axis, starts=(0, n, 2 * n))
    both = function(concatenate(upper, lower, axis=axis - 1, starts=(0, n, 2 * n)))
    return scale * getitem(both, key=(..., slice(n), slice(n, 2 * n)))


def _function(name, scratch, length):
    """Make the op: the kernel's scratch by the size, and a length of directions by the matrix."""
    op: Structural = solver(
        name,
        infer=_infer,
        steps=lambda a: ((0,), counted(a)[:2], scratch(a.shape[-1])),
        vjp=(lambda g, out, a: _derivative(op, swap(a), g, length(a)),),
        jvp=lambda dots, out, a: _derivative(op, a, dots[0], length(a)),
        reads=(0,),
        batch=lambda n, batched, a: op(a),
    )
    return op


# A direction of length 1 leaves the exponential scaled as the matrix needs it.
expm = _function("expm", lambda n: 6 * n**2 + n, lambda a: 1.0)
# A short one leaves the root's pivots as they are, and has no rounding but its own.
sqrtm = _function(
    "sqrtm", lambda n: 4 * n**2 + n, lambda a: float(np.finfo(a.dtype).eps) * _length(a)
)
