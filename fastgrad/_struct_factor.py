"""Structural ops that factorise matrices: QR, eigenvectors of symmetric matrices, singular values.

Their results have several parts, packed along one axis; `qr_parts` and others take them apart. The
rules divide by differences of eigenvalues, or of squares of singular values: where those are 0,
vectors have no derivative. See `_quotients`.
"""

from __future__ import annotations

import functools

import numpy as np

from ._checks import flag_of, shape_of
from ._lowering import alias
from ._ops import logical_or, masked_multiply, not_equal, select
from ._recording import Structural
from ._struct_index import getitem
from ._struct_join import concatenate
from ._struct_matmul import matmul
from ._struct_reduce import any as any_of
from ._struct_shape import for_points, reshape, swap
from ._struct_solve import (
    counted,
    lower_part,
    matrix_of,
    of_lower,
    solve_triangular,
    solver,
    stretch,
    to_lower,
    upper_part,
)

# ----- packing -----


def parts_of(packed, *shapes):
    """Return arrays of these shapes that stand one after the other along the last axis."""
    found, start = [], 0
    for shape in shapes:
        end = start + int(np.prod(shape, dtype=int))
        part = getitem(packed, key=(..., slice(start, end)))
        found.append(reshape(part, shape=(*packed.shape[:-1], *shape)))
        start = end
    return found


def packed_of(outer, *arrays):
    """Return arrays one after the other along a last axis."""
    n = len(outer)
    flat = [reshape(x, shape=(*outer, int(np.prod(x.shape[n:], dtype=int)))) for x in arrays]
    starts = tuple(np.cumsum([0] + [x.shape[-1] for x in flat]).tolist())
    return concatenate(*flat, axis=n, starts=starts)


def diagonal(x):
    """Return the diagonals of square matrices."""
    n = x.shape[-1]
    flat = reshape(x, shape=(*x.shape[:-2], n * n))
    return getitem(flat, key=(..., slice(0, n * n, n + 1)))


def on_diagonal(x):
    """Return matrices that have a vector on their diagonal."""
    return select(np.eye(x.shape[-1], dtype=bool), stretch(x, 1), 0.0)


def _as_row(x):
    return reshape(x, shape=(*x.shape[:-1], 1, x.shape[-1]))


def _quotients(x, by, moves, squared=False):
    """Divide what is not on the diagonal by ``by[j] - by[i]``, or by the same of squares.

    Where that is 0 the quotient has no limit. It is infinite or NaN if something moves the vectors,
    0 if nothing does: so of eigenvalues alone all is well.
    """
    n = by.shape[-1]
    row, column = _as_row(by), stretch(by, 1)
    apart = (row - column) * (row + column) if squared else row - column
    inverse = 1.0 / select(np.eye(n, dtype=bool), np.inf, apart)
    return select(moves, x * inverse, masked_multiply(x, inverse))


def _is_moved(*xs):
    """Whether any element of the matrices is not 0, for each matrix of a stack."""
    found = [any_of(not_equal(x, 0.0), axis=(x.ndim - 2, x.ndim - 1), keepdims=True) for x in xs]
    return functools.reduce(logical_or, found)


# ----- QR -----


def _infer_qr(a, *, columns):
    outer, m, n = matrix_of(a)
    if type(columns) is not int or not n <= columns <= m:
        raise ValueError(f"qr of shape {a.shape} with {columns!r:.60} columns")
    return shape_of((*outer, m * columns + n * n)), a.dtype


def qr_parts(packed, m, n, columns):
    """Return Q and R."""
    return parts_of(packed, (m, columns), (n, n))


def _thin_qr(out, a, columns):
    if columns != a.shape[-1]:
        raise TypeError(
            "the columns of Q beyond those of the matrix are no function of it: any that complete "
            "the others will do, so they have no derivative; use mode='reduced' (of SciPy "
            "'economic')"
        )
    return qr_parts(out, *a.shape[-2:], columns)


def _by_r(x, r, transposed):
    """Return x R^-1 or x R^-T."""
    x = solve_triangular(r, swap(x), lower=False, transposed=not transposed, unit=False)
    return swap(x)


def _qr_vjp(g, out, a, *, columns):
    q, r = _thin_qr(out, a, columns)
    by_q, by_r = qr_parts(g, *a.shape[-2:], columns)
    inner = matmul(r, swap(by_r)) - matmul(swap(by_q), q)
    return _by_r(by_q + matmul(q, of_lower(inner)), r, transposed=True)


def _qr_jvp(dots, out, a, *, columns):
    q, r = _thin_qr(out, a, columns)
    moved = _by_r(dots[0], r, transposed=False)
    inner = matmul(swap(q), moved)
    below = lower_part(inner, -1)
    turn = below - swap(below)
    by_q = matmul(q, turn - inner) + moved
    return packed_of(a.shape[:-2], by_q, upper_part(matmul(inner - turn, r)))


qr: Structural = solver(  # of matrices with as many rows as columns, or more
    "qr",
    infer=_infer_qr,
    steps=lambda a, *, columns: (
        (0,),
        (*counted(a), columns),
        a.shape[-2] * columns + a.shape[-1] + 32 * (columns + 1),
    ),
    vjp=(_qr_vjp,),
    jvp=_qr_jvp,
    reads=("out",),
    batch=lambda n, batched, a, *, columns: qr(a, columns=columns),
)


# ----- eigenvectors -----


def _infer_eigh(a):
    outer, n, _ = matrix_of(a, is_square=True)
    return shape_of((*outer, n + n * n)), a.dtype


def eigh_parts(packed, n):
    """Return the eigenvalues, and the eigenvectors as columns."""
    return parts_of(packed, (n,), (n, n))


def _eigh_vjp(g, out, a):
    n = a.shape[-1]
    values, vectors = eigh_parts(out, n)
    by_values, by_vectors = eigh_parts(g, n)
    inner = matmul(swap(vectors), by_vectors)
    inner = on_diagonal(by_values) + _quotients(inner, values, _is_moved(by_vectors))
    return to_lower(matmul(matmul(vectors, inner), swap(vectors)))


def _eigh_jvp(dots, out, a):
    values, vectors = eigh_parts(out, a.shape[-1])
    inner = matmul(matmul(swap(vectors), of_lower(dots[0])), vectors)
    turn = _quotients(inner, values, _is_moved(inner))
    return packed_of(a.shape[:-2], diagonal(inner), matmul(vectors, turn))


eigh: Structural = solver(  # of the symmetric matrix that the lower triangle stands for
    "eigh",
    infer=_infer_eigh,
    steps=lambda a: (
        (0,),
        counted(a)[:2],
        3 * a.shape[-1] ** 2 + 11 * a.shape[-1] + 4,
    ),
    vjp=(_eigh_vjp,),
    jvp=_eigh_jvp,
    reads=("out",),
    batch=lambda n, batched, a: eigh(a),
)


# ----- singular values -----


def _svd_shapes(m, n, full):
    k = min(m, n)
    return ((m, m), (k,), (n, n)) if full else ((m, k), (k,), (k, n))


def _infer_svd(a, *, full):
    outer, m, n = matrix_of(a)
    size = sum(int(np.prod(s, dtype=int)) for s in _svd_shapes(m, n, flag_of(full)))
    return shape_of((*outer, size)), a.dtype


def svd_parts(packed, m, n, full=False):
    """Return U, the singular values, and V transposed."""
    return parts_of(packed, *_svd_shapes(m, n, full))


def _thin_svd(out, a, full):
    m, n = a.shape[-2:]
    if full and m != n:
        raise TypeError(
            "the singular vectors beyond the first min(m, n) are no function of the matrix: any "
            "that complete the others will do, so they have no derivative; use "
            "full_matrices=False"
        )
    u, s, vt = svd_parts(out, m, n)
    return u, s, swap(vt)


def _away(s):
    """Whether singular values are not 0; there they have the derivative of an absolute value, 0."""
    return not_equal(s, 0.0)


def _across(x, u):
    """Return what is left of x where it is orthogonal to the columns of u."""
    return x - matmul(u, matmul(swap(u), x))


def _per(x, s):
    """Divide each column by a singular value; 0 / 0 is 0."""
    return masked_multiply(x, 1.0 / _as_row(s))


def _svd_vjp(g, out, a, *, full):
    m, n = a.shape[-2:]
    u, s, v = _thin_svd(out, a, full)
    by_u, by_s, by_vt = svd_parts(g, m, n)
    by_v = swap(by_vt)
    turn_u, turn_v = matmul(swap(u), by_u), matmul(swap(v), by_v)
    moves = _is_moved(by_u, by_v)
    turn_u = _quotients(turn_u - swap(turn_u), s, moves, squared=True)
    turn_v = _quotients(turn_v - swap(turn_v), s, moves, squared=True)
    inner = turn_u * _as_row(s) + turn_v * stretch(s, 1)
    inner = inner + on_diagonal(select(_away(s), by_s, 0.0))
    found = matmul(matmul(u, inner), swap(v))
    if m > n:
        found = found + matmul(_per(_across(by_u, u), s), swap(v))
    if n > m:
        found = found + matmul(u, swap(_per(_across(by_v, v), s)))
    return found


def _svd_jvp(dots, out, a, *, full):
    m, n = a.shape[-2:]
    u, s, v = _thin_svd(out, a, full)
    moved = dots[0]
    inner = matmul(matmul(swap(u), moved), v)
    row, column, moves = _as_row(s), stretch(s, 1), _is_moved(moved)
    turn_u = _quotients(inner * row + column * swap(inner), s, moves, squared=True)
    turn_v = _quotients(column * inner + swap(inner) * row, s, moves, squared=True)
    by_u, by_v = matmul(u, turn_u), matmul(v, turn_v)
    if m > n:
        by_u = by_u + _per(_across(matmul(moved, v), u), s)
    if n > m:
        by_v = by_v + _per(_across(matmul(swap(moved), u), v), s)
    by_s = select(_away(s), diagonal(inner), 0.0)
    return packed_of(a.shape[:-2], by_u, by_s, swap(by_v))


def _svd_scratch(m, n, full):
    k = min(m, n)
    vectors = m * m + n * n if full else (m + n) * k
    return m * n + vectors + 5 * k * k + 10 * k + 32 * (m + n) + 1 + 8 * k


svd: Structural = solver(
    "svd",
    infer=_infer_svd,
    steps=lambda a, *, full: (
        (0,),
        (*counted(a), full),
        _svd_scratch(a.shape[-2], a.shape[-1], full),
    ),
    vjp=(_svd_vjp,),
    jvp=_svd_jvp,
    reads=("out",),
    batch=lambda n, batched, a, *, full: svd(a, full=full),
)


# ----- the pseudoinverse -----


def _infer_pinv(p, a):
    outer, m, n = matrix_of(a)
    if p.shape != (*outer, n, m) or p.dtype != a.dtype:
        raise ValueError(f"no pseudoinverse of shape {a.shape}: {p.shape} of {p.dtype}")
    return p.shape, p.dtype


def _pinv_vjp(g, p, _, a):
    g, tall = swap(g), swap(p)
    by_inverse = matmul(matmul(tall, swap(g)), tall)
    by_rows = matmul(g - matmul(a, matmul(p, g)), matmul(p, tall))
    by_columns = matmul(matmul(tall, p), g - matmul(matmul(g, p), a))
    return by_rows + by_columns - by_inverse


def _pinv_jvp(dots, p, _, a):
    dot = dots[1]
    if dot is None:
        return None
    tall, turned = swap(p), swap(dot)
    by_inverse = matmul(matmul(p, dot), p)
    by_rows = matmul(matmul(p, tall), turned - matmul(matmul(turned, a), p))
    by_columns = matmul(turned - matmul(p, matmul(a, turned)), matmul(tall, p))
    return by_rows + by_columns - by_inverse


def _batch_pinv(n, batched, p, a):
    return pinv(*(for_points(x, n, b) for x, b in zip((p, a), batched)))


pinv: Structural = Structural(  # the pseudoinverse p of a, as a function of a while its rank stays
    "pinv",
    value=lambda p, a: p,
    infer=_infer_pinv,
    lower=lambda p, a: alias(),
    vjp=(None, _pinv_vjp),
    jvp=_pinv_jvp,
    reads=(1, "out"),
    batch=_batch_pinv,
)
