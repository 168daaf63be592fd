"""The structural op that is the exponential of matrices."""

from __future__ import annotations

from ._ops import equal, select
from ._recording import Structural
from ._struct_index import getitem
from ._struct_join import concatenate
from ._struct_reduce import norm
from ._struct_shape import stop_gradient, swap
from ._struct_solve import counted, matrix_of, solver


def _infer_expm(a):
    matrix_of(a, is_square=True)
    return a.shape, a.dtype


def _derivative(a, x):
    """Return the derivative at a in a direction x: the exponential of [[a, x], [0, a]] has it.

    The direction is given a length of 1 before, so that the exponential is scaled as a needs it.
    """
    n, axis = a.shape[-1], a.ndim - 1
    length = stop_gradient(norm(x, axis=(axis - 1, axis), keepdims=True))
    length = select(equal(length, 0.0), 1.0, length)
    upper = concatenate(a, x / length, axis=axis, starts=(0, n, 2 * n))
    lower = concatenate(0.0 * a, a, axis=axis, starts=(0, n, 2 * n))
    both = expm(concatenate(upper, lower, axis=axis - 1, starts=(0, n, 2 * n)))
    return length * getitem(both, key=(..., slice(n), slice(n, 2 * n)))


expm: Structural = solver(
    "expm",
    infer=_infer_expm,
    steps=lambda a: ((0,), counted(a)[:2], 6 * a.shape[-1] ** 2 + a.shape[-1]),
    vjp=(lambda g, out, a: _derivative(swap(a), g),),
    jvp=lambda dots, out, a: _derivative(a, dots[0]),
    reads=(0,),
    batch=lambda n, batched, a: expm(a),
)
