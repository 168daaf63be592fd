"""SciPy's functions of linear algebra, of Tensors, with SciPy's signatures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _functions as fn
from . import _numpy_factor as factor
from . import _numpy_solve as solving
from . import _structural as structural
from ._arguments import to_float, to_tensor
from ._matrix_functions import expm, expm_frechet, sqrtm
from ._numpy_axes import atleast_1d, atleast_2d
from ._numpy_pad import pad
from ._numpy_served import NotServed
from ._numpy_solve import by_columns, lu_solver, matrices, of_one_dtype, square
from ._struct_solve import lower_part, lu_size, of_lower, swap, upper_part
from ._tensor import Tensor

_TRANSPOSED = {0: False, "N": False, 1: True, "T": True, 2: True, "C": True}


def _is_transposed(trans):
    if trans not in _TRANSPOSED:
        raise ValueError(f"trans is one of 0, 1, 2, 'N', 'T' and 'C', got {trans!r}")
    return _TRANSPOSED[trans]


def _from_triangle(a, lower):
    """Return the symmetric matrix that a triangle stands for."""
    return of_lower(a if lower else swap(a))


def inv(a, overwrite_a=False, check_finite=True, *, assume_a=None, lower=False):
    """Serve scipy.linalg.inv."""
    return solving.inv(_assumed(square(a), assume_a, lower))


def det(a, overwrite_a=False, check_finite=True):
    """Serve scipy.linalg.det."""
    return solving.det(a)


_SYMMETRIC = ("pos", "positive definite", "sym", "symmetric", "her", "hermitian")
_TRIANGLES = {"upper triangular": False, "lower triangular": True}


def _assumed(a, assume_a, lower):
    """Return the matrix that a solver reads under an assumption."""
    if assume_a in _SYMMETRIC:
        return _from_triangle(a, lower)
    if assume_a == "diagonal":
        return fn.where(np.eye(a.shape[-1], dtype=bool), a, 0.0)
    if assume_a in (None, "gen", "general"):
        return a
    if assume_a == "tridiagonal":
        places = np.arange(a.shape[-1])
        return fn.where(np.abs(places[:, None] - places) < 2, a, 0.0)
    if assume_a == "banded":  # all that is not 0 is the band
        return a
    if assume_a in _TRIANGLES:
        return lower_part(a) if _TRIANGLES[assume_a] else upper_part(a)
    raise ValueError(f"{assume_a} is not a recognized matrix structure")


def solve(
    a,
    b,
    lower=False,
    overwrite_a=False,
    overwrite_b=False,
    check_finite=True,
    assume_a=None,
    transposed=False,
):
    """Serve scipy.linalg.solve."""
    a, b = square(a), to_float(b)
    if assume_a in ("pos", "positive definite") and not transposed:
        return cho_solve((structural.cholesky(a if lower else swap(a)), True), b)
    if assume_a in _TRIANGLES:
        return solve_triangular(a, b, int(transposed), _TRIANGLES[assume_a])
    return by_columns(lu_solver(bool(transposed)), _assumed(a, assume_a, lower), b)


def solve_triangular(
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
    overwrite_b: bool = False,
    check_finite: bool = True,
) -> Tensor:
    """Solve systems of linear equations with a triangle of a matrix.

    Parameters
    ----------
    a : array_like, shape (..., n, n)
        Matrices, of which one triangle is read.
    b : array_like, shape (n,) or (..., n, m)
        One vector, or columns; stacks broadcast.
    trans : {0, 1, 2, 'N', 'T', 'C'}
        Solve with the transpose unless 0 or 'N'.
    lower : bool
        Read the lower triangle in the place of the upper one.
    unit_diagonal : bool
        Take the diagonal for ones.
    overwrite_b, check_finite : bool
        Taken as SciPy takes them, without effect.

    Returns
    -------
    Tensor, shape (..., n) or (..., n, m)
        The solutions.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a number on the diagonal is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.solve_triangular([[2.0, 0.0], [1.0, 1.0]], [2.0, 3.0], lower=True)
    tensor([1., 2.])
    """
    options = {"lower": bool(lower), "transposed": _is_transposed(trans),
               "unit": bool(unit_diagonal)}  # fmt: skip
    return by_columns(
        lambda a, b: structural.solve_triangular(a, b, **options), square(a), to_float(b)
    )


def cholesky(a, lower=False, overwrite_a=False, check_finite=True):
    """Serve scipy.linalg.cholesky, which reads the triangle that it gives."""
    return solving.cholesky(a, upper=not lower)


def cho_factor(a, lower=False, overwrite_a=False, check_finite=True):
    """Serve scipy.linalg.cho_factor; the other triangle, which is to be ignored, is that of `a`."""
    a = square(a)
    c = solving.cholesky(a, upper=not lower)
    return (c + (upper_part(a, 1) if lower else lower_part(a, -1)), bool(lower))


def cho_solve(c_and_lower, b, overwrite_b=False, check_finite=True):
    """Serve scipy.linalg.cho_solve."""
    c, lower = c_and_lower
    x = solve_triangular(c, b, 0 if lower else 1, lower)
    return solve_triangular(c, x, 1 if lower else 0, lower)


# ----- LU -----


def _lu_parts(packed, m, n):
    """Return L and U as one matrix, the order of the rows, and the pivots."""
    outer, size = packed.shape[:-1], m * n
    factors = fn.reshape(packed[..., :size], (*outer, n, m))
    order, pivots = packed[..., size : size + m], packed[..., size + m :]
    return swap(factors), fn.astype(order, np.int64), fn.astype(pivots, np.int32)


def _factors(a):
    """Return L below the diagonal and U, the order of the rows, and the pivots."""
    m, n = a.shape[-2:]
    packed = structural.lu(structural.stop_gradient(a))
    assert packed.shape[-1] == lu_size(m, n)
    value, order, pivots = _lu_parts(packed, m, n)
    rows = fn.reshape(order, (*order.shape, 1)) + fn.zeros((1, n), np.int64)
    moved = a[_rows_key(rows, a.ndim)] if a.ndim > 2 else a[order]
    return structural.lu_of(value, moved), order, pivots


def _rows_key(rows, ndim):
    """Return the key that takes rows of each matrix of a stack."""
    shape = rows.shape
    key = [
        np.arange(shape[k]).reshape([-1 if k == j else 1 for j in range(ndim)]) for k in range(ndim)
    ]
    key[ndim - 2] = rows
    return tuple(key)


def lu_factor(a, overwrite_a=False, check_finite=True):
    """Serve scipy.linalg.lu_factor."""
    factors, _, pivots = _factors(matrices(a))
    return factors, pivots


def lu(a, permute_l=False, overwrite_a=False, check_finite=True, p_indices=False):
    """Serve scipy.linalg.lu."""
    a = matrices(a)
    m, n = a.shape[-2:]
    k = min(m, n)
    factors, order, _ = _factors(a)
    eye = np.eye(m, k, dtype=a.dtype)
    left = lower_part(factors, -1)[..., :k] + eye
    right = upper_part(factors)[..., :k, :]
    inverse = fn.argsort(order, -1)
    if p_indices and not permute_l:
        return fn.astype(inverse, np.int32), left, right
    p = fn.astype(fn.expand_dims(inverse, -1) == np.arange(m), a.dtype)
    return (fn.matmul(p, left), right) if permute_l else (p, left, right)


def lu_solve(lu_and_piv, b, trans=0, overwrite_b=False, check_finite=True):
    """Serve scipy.linalg.lu_solve."""
    factors, pivots = lu_and_piv
    factors, b = square(factors), to_float(b)
    if factors.ndim > 2:
        raise NotServed("of stacks of matrices")
    if b.shape[:1] != factors.shape[:1]:
        raise ValueError(f"Shapes of lu {factors.shape} and b {b.shape} are incompatible")
    order = _order_of(pivots, factors.shape[0])
    if _is_transposed(trans):
        x = solve_triangular(factors, b, 1, False)
        x = solve_triangular(factors, x, 1, True, unit_diagonal=True)
        return x[fn.argsort(order)]
    x = solve_triangular(factors, b[order], 0, True, unit_diagonal=True)
    return solve_triangular(factors, x, 0, False)


def _order_of(pivots, n):
    """Return the order of rows that exchanges make."""
    order = fn.astype(np.arange(n), np.int64)
    pivots = fn.astype(pivots, np.int64)
    for k in range(n):
        there, here = order[pivots[k]], order[k]
        order = order.copy()
        order[k] = there
        order[pivots[k]] = here
    return order


# ----- factorisations -----


def qr(a, overwrite_a=False, lwork=None, mode="full", pivoting=False, check_finite=True):
    """Serve scipy.linalg.qr without pivoting."""
    if pivoting:
        raise NotServed("with pivoting=True")
    if mode == "r":
        a = matrices(a)
        r = factor.qr(a, "r")
        m, n = a.shape[-2:]
        rest = fn.zeros((*a.shape[:-2], max(m - n, 0), n), a.dtype)
        return (fn.concatenate([r, rest], -2) if m > n else r,)
    if mode not in ("full", "economic"):
        raise NotServed(f"with mode={mode!r}")
    return tuple(factor.qr(a, "complete" if mode == "full" else "reduced"))


def eigh(
    a,
    b=None,
    *,
    lower=True,
    eigvals_only=False,
    overwrite_a=False,
    overwrite_b=False,
    type=1,
    check_finite=True,
    subset_by_index=None,
    subset_by_value=None,
    driver=None,
):
    """Serve scipy.linalg.eigh, of one matrix or of a pair; without subsets by value."""
    if subset_by_value is not None:
        raise NotServed("with subset_by_value")
    if type != 1:
        raise NotServed(f"of type {type}")
    uplo = "L" if lower else "U"
    if b is None:
        values, vectors = factor.eigh(a, uplo)
    else:
        a, b = of_one_dtype(square(a), square(b))
        c = structural.cholesky(b if lower else swap(b))
        inner = solve_triangular(c, _from_triangle(a, lower), lower=True)
        inner = solve_triangular(c, swap(inner), lower=True)
        values, vectors = factor.eigh(0.5 * (inner + swap(inner)))
        vectors = solve_triangular(c, vectors, 1, lower=True)
    if subset_by_index is not None:
        (first, last), n = subset_by_index, values.shape[-1]
        if not 0 <= first <= last < n:
            raise ValueError(
                f"Requested eigenvalue indices are not valid. Valid range is [0, {n - 1}] and "
                f"start <= end, but start={first}, end={last} is given"
            )
        values, vectors = values[..., first : last + 1], vectors[..., first : last + 1]
    return values if eigvals_only else (values, vectors)


def eigvalsh(
    a,
    b=None,
    *,
    lower=True,
    overwrite_a=False,
    overwrite_b=False,
    type=1,
    check_finite=True,
    subset_by_index=None,
    subset_by_value=None,
    driver=None,
):
    """Serve scipy.linalg.eigvalsh."""
    return eigh(a, b, lower=lower, eigvals_only=True, type=type,
                subset_by_index=subset_by_index, subset_by_value=subset_by_value)  # fmt: skip


def svd(
    a,
    full_matrices=True,
    compute_uv=True,
    overwrite_a=False,
    check_finite=True,
    lapack_driver="gesdd",
):
    """Serve scipy.linalg.svd."""
    found = factor.svd(a, full_matrices, compute_uv)
    return tuple(found) if compute_uv else found


def svdvals(a, overwrite_a=False, check_finite=True):
    """Serve scipy.linalg.svdvals."""
    return factor.svdvals(a)


def pinv(a, *, atol=None, rtol=None, return_rank=False, check_finite=True):
    """Serve scipy.linalg.pinv."""
    return _pinv(matrices(a), atol, rtol, return_rank)


def pinvh(a, atol=None, rtol=None, lower=True, return_rank=False, check_finite=True):
    """Serve scipy.linalg.pinvh."""
    return _pinv(_from_triangle(square(a), lower), atol, rtol, return_rank)


def _pinv(a, atol, rtol, return_rank):
    if atol:
        raise NotServed("with atol")
    if rtol is None:
        rtol = max(a.shape[-2:]) * np.finfo(a.dtype).eps
    p = solving.pinv(a, rtol)
    return (p, factor.matrix_rank(a, rtol=rtol)) if return_rank else p


def lstsq(
    a, b, cond=None, overwrite_a=False, overwrite_b=False, check_finite=True, lapack_driver=None
):
    """Serve scipy.linalg.lstsq."""
    a = to_float(a)
    rcond = float(np.finfo(a.dtype).eps) if cond is None else cond
    x, rest, rank, s = solving.lstsq(a, b, rcond)
    rank = fn.astype(rank, np.int64)
    if lapack_driver == "gelsy":  # it finds neither
        return x, fn.zeros(0, x.dtype), rank, None
    if rest.size == 1 and x.ndim == 1:
        rest = rest[0]
    return x, rest, rank, s


# ----- special matrices -----


def norm(a, ord=None, axis=None, keepdims=False, check_finite=True):
    """Serve scipy.linalg.norm."""
    return fn.norm(a, ord, axis, keepdims)


def block_diag(*arrs):
    """Serve scipy.linalg.block_diag."""
    blocks = [atleast_2d(x) for x in arrs]
    lead = np.broadcast_shapes(*(b.shape[:-2] for b in blocks))
    widths = [b.shape[-1] for b in blocks]
    rows = []
    for k, b in enumerate(blocks):
        before, after = sum(widths[:k]), sum(widths[k + 1 :])
        b = fn.broadcast_to(b, (*lead, *b.shape[-2:]))
        rows.append(pad(b, (*[(0, 0)] * (b.ndim - 1), (before, after))))
    return fn.concatenate(rows, -2)


def toeplitz(c, r=None):
    """Serve scipy.linalg.toeplitz."""
    c = atleast_1d(c)
    r = c if r is None else atleast_1d(r)
    lead = np.broadcast_shapes(c.shape[:-1], r.shape[:-1])
    c, r = (fn.broadcast_to(x, (*lead, x.shape[-1])) for x in (c, r))
    rows, columns = np.arange(c.shape[-1])[:, None], np.arange(r.shape[-1])
    diagonals = fn.concatenate([fn.flip(c, -1), r[..., 1:]], -1)
    return diagonals[..., c.shape[-1] - 1 - rows + columns]


def circulant(c):
    """Serve scipy.linalg.circulant."""
    c = atleast_1d(c)
    n = c.shape[-1]
    return c[..., (np.arange(n)[:, None] - np.arange(n)) % n]


def hankel(c, r=None):
    """Serve scipy.linalg.hankel."""
    c = fn.ravel(c)
    r = fn.zeros_like(c) if r is None else fn.ravel(r)
    rows, columns = np.arange(c.size)[:, None], np.arange(r.size)
    return fn.concatenate([c, r[1:]])[rows + columns]


def khatri_rao(a, b):
    """Serve scipy.linalg.khatri_rao."""
    a, b = to_tensor(a), to_tensor(b)
    c = fn.expand_dims(a, -2) * fn.expand_dims(b, -3)
    return fn.reshape(c, (*c.shape[:-3], math.prod(c.shape[-3:-1]), c.shape[-1]))


def companion(a):
    """Serve scipy.linalg.companion."""
    a = to_float(a)
    if not a.ndim or a.shape[-1] < 2:
        raise ValueError("The length of `a` along the last axis must be at least 2.")
    n = a.shape[-1] - 1
    first = fn.expand_dims(-a[..., 1:] / a[..., :1], -2)
    rest = fn.broadcast_to(np.eye(n - 1, n, dtype=a.dtype), (*a.shape[:-1], n - 1, n))
    return fn.concatenate([first, rest], -2)


FUNCTIONS = {
    "block_diag": block_diag,
    "cho_factor": cho_factor,
    "cho_solve": cho_solve,
    "cholesky": cholesky,
    "circulant": circulant,
    "companion": companion,
    "det": det,
    "eigh": eigh,
    "eigvalsh": eigvalsh,
    "expm": expm,
    "expm_frechet": expm_frechet,
    "hankel": hankel,
    "inv": inv,
    "khatri_rao": khatri_rao,
    "lstsq": lstsq,
    "lu": lu,
    "lu_factor": lu_factor,
    "lu_solve": lu_solve,
    "norm": norm,
    "pinv": pinv,
    "pinvh": pinvh,
    "qr": qr,
    "solve": solve,
    "solve_triangular": solve_triangular,
    "sqrtm": sqrtm,
    "svd": svd,
    "svdvals": svdvals,
    "toeplitz": toeplitz,
}
