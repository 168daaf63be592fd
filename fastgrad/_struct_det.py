"""Structural ops for determinants, of which singular matrices have derivatives too.

The derivative of a determinant is the adjugate, transposed: det(a) a^-1 where there is an inverse,
and a polynomial in the elements everywhere.
"""

from __future__ import annotations

import functools
import operator

import numpy as np

from ._checks import flag_of
from ._ops import absolute, greater, masked_multiply, select
from ._recording import Structural
from ._struct_factor import diagonal, on_diagonal, svd, svd_parts
from ._struct_index import getitem, put_add
from ._struct_matmul import matmul
from ._struct_reduce import max as max_of
from ._struct_reduce import min as min_of
from ._struct_shape import reshape, stop_gradient, swap
from ._struct_shape import sum as sum_of
from ._struct_solve import (
    batched_alike,
    check_lu,
    counted,
    identity_like,
    lu,
    lu_solve,
    solver,
    stretch,
)


def _total(x):
    """Sum over the last two axes."""
    return sum_of(x, axis=(x.ndim - 2, x.ndim - 1), keepdims=False)


# ----- the determinant -----


def _infer_det(a, packed, *, log):
    outer, _ = check_lu(a, packed)
    return (*outer, 2) if flag_of(log) else outer, a.dtype


def _det_weight(a, packed, log):
    """The derivative of the determinant, or of the logarithm, by each element."""
    if log:
        return lu_solve(a, identity_like(a), packed, transposed=True)
    return swap(adjugate(a, packed))


def _det_vjp(g, out, a, packed, *, log):
    g = getitem(g, key=(..., 1)) if log else g
    return masked_multiply(stretch(g), _det_weight(a, packed, log))


def _det_jvp(dots, out, a, packed, *, log):
    if dots[0] is None:
        return None
    moved = _total(masked_multiply(dots[0], _det_weight(a, packed, log)))
    return put_add(moved, key=(..., 1), shape=(*moved.shape, 2)) if log else moved


det: Structural = solver(  # or [sign, logarithm of the absolute value]
    "det",
    infer=_infer_det,
    steps=lambda a, packed, *, log: ((1,), (*counted(a)[:2], log), 0),
    vjp=(_det_vjp, None),
    jvp=_det_jvp,
    reads=(0, 1),
    batch=batched_alike(lambda: det),
)


# ----- its derivative -----

_NEAR = 2.0**-26  # of pivots: then what follows divides by no determinant


def _is_regular(a, packed):
    """Whether no pivot is small beside another, for each matrix; with axes of length 1."""
    n = a.shape[-1]
    pivots = absolute(getitem(packed, key=(..., slice(0, n * n, n + 1))))
    axis = {"axis": (pivots.ndim - 1,), "keepdims": False}
    return stretch(greater(min_of(pivots, **axis), _NEAR * max_of(pivots, **axis)))


def _by_determinant(x, adj, a, packed, regular):
    """The derivative of the adjugate p in a direction x: (tr(p x) p - p x p) / det(a)."""
    value = select(regular, stretch(det(a, packed, log=False)), 1.0)
    return (stretch(_total(swap(adj) * x)) * adj - matmul(matmul(adj, x), adj)) / value


def _products_of_others(s):
    """Return for i and j the product of all s[k] but for k = i and k = j; n from 2 on."""
    n = s.shape[-1]
    factors = []
    for k in range(n):
        left_out = (np.arange(n) == k) | (np.arange(n) == k)[:, None]
        factors.append(select(left_out, 1.0, stretch(getitem(s, key=(..., k)))))
    return functools.reduce(operator.mul, factors)


def _by_singular_values(x, a):
    """The same of any matrix u s v': what the adjugate of a diagonal matrix does, turned."""
    u, s, vt = svd_parts(svd(a, full=False), *a.shape[-2:])
    inner = matmul(matmul(swap(u), x), swap(vt))
    others = select(np.eye(a.shape[-1], dtype=bool), 0.0, _products_of_others(s))
    sums = matmul(others, stretch(diagonal(inner), 1))
    found = on_diagonal(reshape(sums, shape=sums.shape[:-1])) - others * inner
    turned = [_orientation(q) for q in (u, vt)]
    return stretch(turned[0] * turned[1]) * matmul(matmul(swap(vt), found), swap(u))


def _orientation(q):
    """1 or -1, the determinant of an orthogonal matrix: a constant."""
    q = stop_gradient(q)
    return getitem(det(q, lu(q), log=True), key=(..., 0))


def _adjugate_jvp(x, adj, a, packed):
    if a.shape[-1] < 2:
        return 0.0 * x
    regular = _is_regular(a, packed)
    found = _by_determinant(x, adj, a, packed, regular)
    return select(regular, found, _by_singular_values(x, a))


adjugate: Structural = solver(
    "adjugate",
    infer=lambda a, packed: (check_lu(a, packed) and a.shape, a.dtype),
    steps=lambda a, packed: ((1,), counted(a)[:2], 0),
    vjp=(
        # the derivative is a symmetric form of direction and cotangent, but for transposes
        lambda g, adj, a, packed: swap(_adjugate_jvp(swap(g), adj, a, packed)),
        None,
    ),
    jvp=lambda dots, adj, a, packed: (
        None if dots[0] is None else _adjugate_jvp(dots[0], adj, a, packed)
    ),
    reads=(0, 1, "out"),
    batch=batched_alike(lambda: adjugate),
)
