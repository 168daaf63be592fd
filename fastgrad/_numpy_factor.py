"""NumPy's factorisations of matrices, of Tensors, and what is made of singular values."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from . import _structural as structural
from ._arguments import to_float, to_tensor
from ._numpy_served import NotServed
from ._numpy_solve import inv, matrices, named, square
from ._ops import greater
from ._struct_factor import eigh_parts, qr_parts, svd_parts
from ._struct_solve import of_lower, swap
from ._tensor import Tensor


def qr(a: Any, mode: str = "reduced") -> Any:
    """Factor matrices into one with orthonormal columns and an upper triangle.

    Parameters
    ----------
    a : array_like, shape (..., m, n)
        Matrices.
    mode : {'reduced', 'complete', 'r'}
        With min(m, n) columns of Q, or with m; or R alone.

    Returns
    -------
    Q : Tensor, shape (..., m, k)
        Orthonormal columns.
    R : Tensor, shape (..., k, n)
        Upper triangle.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the gradient is asked for and the first min(m, n) columns are linearly dependent.
    TypeError
        If the gradient of the columns is asked for that 'complete' adds where m > n.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.qr([[3.0], [4.0]]).R.tolist()
    [[-5.0]]
    """
    a = matrices(a)
    if mode not in ("reduced", "complete", "r"):
        if mode == "raw":
            raise NotServed("with mode='raw'")
        raise ValueError(f"Unrecognized mode {mode!r}; wanted 'reduced', 'complete' or 'r'")
    m, n = a.shape[-2:]
    k = min(m, n)
    left = a[..., :k] if n > m else a
    columns = m if mode == "complete" else k
    q, r = qr_parts(structural.qr(left, columns=columns), m, k, columns)
    if n > m:
        r = fn.concatenate([r, fn.matmul(swap(q), a[..., k:])], -1)
    if columns > k:
        r = fn.concatenate([r, fn.zeros((*a.shape[:-2], columns - k, n), a.dtype)], -2)
    return r if mode == "r" else named(np.linalg.qr, q, r)


def _symmetric(a, uplo):
    """Return what eigenvectors are computed of, given the triangle that is read."""
    if str(uplo).upper() not in ("L", "U"):
        raise ValueError(f"UPLO argument must be 'L' or 'U', got {uplo!r}")
    a = square(a)
    return swap(a) if str(uplo).upper() == "U" else a


def eigh(a: Any, UPLO: str = "L") -> Any:
    """Return eigenvalues and eigenvectors of symmetric matrices.

    Parameters
    ----------
    a : array_like, shape (..., n, n)
        Matrices, of which one triangle is read.
    UPLO : {'L', 'U'}
        Which one: the lower or the upper.

    Returns
    -------
    eigenvalues : Tensor, shape (..., n)
        In increasing order.
    eigenvectors : Tensor, shape (..., n, n)
        As columns, of length 1.

    Notes
    -----
    The gradient is that of what is computed: an element of the triangle that is read stands for two
    of the matrix, one of the other triangle for none. For a symmetric gradient give
    ``(a + a.T) / 2``. The vectors of equal eigenvalues may be any of a space, so they have no
    derivative: where one is asked for it is NaN or infinite. Functions of the eigenvalues alone
    that treat equal ones alike have their first derivative there too.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.eigh([[2.0, 0.0], [0.0, 1.0]]).eigenvalues.tolist()
    [1.0, 2.0]
    """
    a = _symmetric(a, UPLO)
    return named(np.linalg.eigh, *eigh_parts(structural.eigh(a), a.shape[-1]))


def eigvalsh(a: Any, UPLO: str = "L") -> Tensor:
    """Return the eigenvalues of symmetric matrices, in increasing order.

    Parameters
    ----------
    a : array_like, shape (..., n, n)
        Matrices, of which one triangle is read.
    UPLO : {'L', 'U'}
        Which one: the lower or the upper.

    Returns
    -------
    Tensor, shape (..., n)
        The eigenvalues.

    See Also
    --------
    eigh : Says what the gradient is.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.eigvalsh([[2.0, 0.0], [0.0, 1.0]]).tolist()
    [1.0, 2.0]
    """
    return eigh(a, UPLO)[0]


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """Return the singular value decompositions of matrices.

    Parameters
    ----------
    a : array_like, shape (..., m, n)
        Matrices.
    full_matrices : bool
        Return m singular vectors on the left and n on the right, in the place of min(m, n).
    compute_uv : bool
        Return the vectors too.
    hermitian : bool
        Read the lower triangle alone.

    Returns
    -------
    U : Tensor, shape (..., m, k)
        Left singular vectors as columns.
    S : Tensor, shape (..., min(m, n))
        Singular values, in decreasing order.
    Vh : Tensor, shape (..., k, n)
        Right singular vectors as rows.

    Raises
    ------
    TypeError
        If the gradient of the vectors of `full_matrices` is asked for, of matrices that are not
        square.

    Notes
    -----
    The vectors of equal singular values may be any of a space, so they have no derivative: where
    one is asked for it is NaN or infinite. A singular value that is 0 has the derivative 0, as an
    absolute value.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.svd([[0.0, 2.0], [1.0, 0.0]]).S.tolist()
    [2.0, 1.0]
    """
    a = of_lower(square(a)) if hermitian else matrices(a)
    m, n = a.shape[-2:]
    s = svd_parts(structural.svd(a, full=False), m, n)[1]
    if not compute_uv:
        return s
    full = bool(full_matrices) and m != n
    u, _, vt = svd_parts(structural.svd(a, full=full), m, n, full)
    return named(np.linalg.svd, u, s, vt)


def svdvals(x: Any, /) -> Tensor:
    """Return the singular values of matrices, in decreasing order.

    Parameters
    ----------
    x : array_like, shape (..., m, n)
        Matrices.

    Returns
    -------
    Tensor, shape (..., min(m, n))
        The singular values.

    See Also
    --------
    svd : Says what the gradient is.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.svdvals([[0.0, 2.0], [1.0, 0.0]]).tolist()
    [2.0, 1.0]
    """
    return svd(x, compute_uv=False)


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Tensor:
    """Return the number of singular values that are not small.

    Parameters
    ----------
    A : array_like, shape (..., m, n)
        Matrices; a vector or a number has rank 1, or 0 if all is 0.
    tol : array_like, optional
        Singular values up to this count as 0.
    hermitian : bool
        Read the lower triangle alone.
    rtol : array_like, optional
        The same times the largest; by default the larger of m and n times the rounding of the
        dtype.

    Returns
    -------
    Tensor of int, shape (...)
        The ranks, which have no derivative.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.matrix_rank([[1.0, 1.0], [1.0, 1.0]]).item()
    1
    """
    x = to_float(A)
    if x.ndim < 2:
        return fn.astype(fn.any(x != 0.0), np.int64)
    if tol is not None and rtol is not None:
        raise ValueError("`tol` and `rtol` can't be both set.")
    s = svd(x, compute_uv=False, hermitian=hermitian)
    if not s.shape[-1]:
        return fn.zeros(s.shape[:-1], np.int64)
    if tol is None:
        rtol = max(x.shape[-2:]) * np.finfo(x.dtype).eps if rtol is None else rtol
        rtol = np.asarray(rtol, x.dtype)[..., None]
        tol = fn.max(s, -1, keepdims=True) * rtol
    else:
        tol = fn.expand_dims(to_tensor(tol), -1)
    return fn.sum(greater(s, tol), -1, dtype=np.int64)


def cond(x: Any, p: Any = None) -> Tensor:
    """Return the condition numbers of matrices.

    Parameters
    ----------
    x : array_like, shape (..., m, n)
        Matrices.
    p : {None, 1, -1, 2, -2, inf, -inf, 'fro'}
        The norm: by default 2, by singular values; the others need an inverse.

    Returns
    -------
    Tensor, shape (...)
        The condition numbers.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrices have no element, or no inverse where one is needed.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.cond([[2.0, 0.0], [0.0, 1.0]])
    tensor(2.)
    """
    x = matrices(x)
    if not x.size:
        raise np.linalg.LinAlgError("cond is not defined on empty arrays")
    if p is None or p in (2, -2):
        s = svdvals(x)
        first, last = s[..., 0], s[..., -1]
        return last / first if p == -2 else first / last
    axes = (-2, -1)
    return fn.norm(x, p, axes) * fn.norm(inv(x), p, axes)


FUNCTIONS = {
    "linalg.cond": cond,
    "linalg.eigh": eigh,
    "linalg.eigvalsh": eigvalsh,
    "linalg.matrix_rank": matrix_rank,
    "linalg.qr": qr,
    "linalg.svd": svd,
    "linalg.svdvals": svdvals,
}
