"""NumPy's functions that solve linear equations, of Tensors: solve, inv, det, cholesky, lstsq."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from . import _functions as fn
from . import _structural as structural
from ._arguments import to_float
from ._ops import greater, logical_and, logical_not, select
from ._struct_factor import svd_parts
from ._struct_solve import of_lower, swap
from ._tensor import Tensor


def matrices(x: Any) -> Tensor:
    """Return stacked matrices of floats."""
    x = to_float(x)
    if x.ndim < 2:
        raise np.linalg.LinAlgError(
            f"{x.ndim}-dimensional array given. Array must be at least two-dimensional; the last "
            "two axes are those of a matrix, so give x[:, None] for a column"
        )
    return x


def square(x: Any) -> Tensor:
    """Return stacked square matrices of floats."""
    x = matrices(x)
    if x.shape[-1] != x.shape[-2]:
        raise np.linalg.LinAlgError(
            f"Last 2 dimensions of the array must be square, got shape {x.shape}; use pinv or "
            "lstsq for other matrices"
        )
    return x


def of_one_dtype(*xs: Tensor) -> list[Tensor]:
    """Return Tensors in the dtype that all of them have together."""
    dtype = np.result_type(*(x.dtype for x in xs))
    return [x if x.dtype == dtype else fn.astype(x, dtype) for x in xs]


def factorised(a: Tensor) -> Tensor:
    """Return the packed LU of matrices: what is computed with, and not differentiated."""
    return structural.lu(structural.stop_gradient(a))


def by_columns(solver: Any, a: Tensor, b: Tensor) -> Tensor:
    """Solve for right-hand sides as NumPy takes them: a vector, matrices, stacks that broadcast.

    Parameters
    ----------
    solver : callable
        Takes matrices and right-hand sides in stacks of one shape.
    a, b : Tensor
        Square matrices, and right-hand sides.
    """
    a, b = of_one_dtype(a, b)
    n = a.shape[-1]
    x = fn.reshape(b, (n, 1)) if b.ndim == 1 and b.size == n else b
    if x.ndim < 2 or x.shape[-2] != n:
        raise ValueError(
            f"shapes {a.shape} and {b.shape} do not match: the matrices have {n} rows; b is one "
            f"vector of {n} elements, or has {n} rows along its last axis but one"
        )
    outer = np.broadcast_shapes(a.shape[:-2], x.shape[:-2])
    if a.ndim == 2 and x.ndim > 2:  # one matrix: its factorisation serves all right-hand sides
        m = math.prod(outer) * x.shape[-1]
        wide = fn.reshape(fn.moveaxis(x, -2, 0), (n, m))
        found = fn.reshape(solver(a, wide), (n, *outer, x.shape[-1]))
        return fn.moveaxis(found, 0, -2)
    wide, x = (fn.broadcast_to(y, (*outer, *y.shape[-2:])) for y in (a, x))
    found = solver(wide, x)
    return fn.reshape(found, (*outer, n)) if b.ndim == 1 else found


def lu_solver(transposed: bool) -> Any:
    """Return a solver for `by_columns`."""
    return lambda a, b: structural.lu_solve(a, b, factorised(a), transposed=transposed)


def solve(a: Any, b: Any) -> Tensor:
    """Solve systems of linear equations ``a x = b``.

    Parameters
    ----------
    a : array_like, shape (..., n, n)
        Matrices.
    b : array_like, shape (n,) or (..., n, m)
        One vector, or columns; stacks broadcast.

    Returns
    -------
    Tensor, shape (..., n) or (..., n, m)
        The solutions.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is singular or not square.

    Notes
    -----
    Gradients solve with the transposed matrix, by the same factorisation.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.solve([[2.0, 0.0], [0.0, 4.0]], [1.0, 1.0])
    tensor([0.5000, 0.2500])
    """
    return by_columns(lu_solver(False), square(a), to_float(b))


def inv(a: Any) -> Tensor:
    """Return the inverses of matrices.

    Parameters
    ----------
    a : array_like, shape (..., n, n)
        Matrices.

    Returns
    -------
    Tensor, shape (..., n, n)
        The inverses.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is singular or not square.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.inv([[2.0, 0.0], [0.0, 4.0]]).tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    a = square(a)
    return lu_solver(False)(a, fn.broadcast_to(np.eye(a.shape[-1], dtype=a.dtype), a.shape))


# ----- determinants -----


def _small_det(a):
    """Return the determinant of up to 3 rows as the polynomial that it is."""
    n = a.shape[-1]
    x = [[a[(..., i, j)] for j in range(n)] for i in range(n)]
    if n == 1:
        return x[0][0]
    if n == 2:
        return x[0][0] * x[1][1] - x[0][1] * x[1][0]
    minors = [x[1][j] * x[2][k] - x[1][k] * x[2][j] for j, k in ((1, 2), (2, 0), (0, 1))]
    return x[0][0] * minors[0] + x[0][1] * minors[1] + x[0][2] * minors[2]


def det(a: Any) -> Tensor:
    """Return the determinants of matrices.

    Parameters
    ----------
    a : array_like, shape (..., n, n)
        Matrices.

    Returns
    -------
    Tensor, shape (...)
        The determinants.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrices are not square.

    Notes
    -----
    Singular matrices have derivatives too: the gradient is the matrix of cofactors. Up to 3 rows
    derivatives of all orders are exact; of more rows those up to the second are right for all
    matrices, further ones for matrices that have no two equal singular values, or an inverse.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.grad(fg.linalg.det)(fg.tensor([[1.0, 2.0], [2.0, 4.0]])).tolist()
    [[4.0, -2.0], [-2.0, 1.0]]
    """
    a = square(a)
    if not a.shape[-1]:
        return 1.0 + fn.sum(a, (-2, -1))
    if a.shape[-1] <= 3:
        return _small_det(a)
    return structural.det(a, factorised(a), log=False)


@functools.cache
def _result_type(function, x):
    """Return the named tuple that a function of NumPy gives."""
    return type(function(np.eye(x)))


def named(function: Any, *parts: Any) -> Any:
    """Return parts as the named tuple that a function of NumPy gives."""
    return _result_type(function, 1)(*parts)


def slogdet(a: Any) -> Any:
    """Return sign and logarithm of the absolute value of determinants.

    Parameters
    ----------
    a : array_like, shape (..., n, n)
        Matrices.

    Returns
    -------
    sign : Tensor, shape (...)
        1, -1, or 0 of a singular matrix.
    logabsdet : Tensor, shape (...)
        The logarithm; -inf of a singular matrix.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrices are not square; of a singular matrix when the gradient is asked for.

    Examples
    --------
    >>> import fastgrad as fg
    >>> sign, logabsdet = fg.linalg.slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> sign, logabsdet
    (tensor(-1.), tensor(0.))
    """
    a = square(a)
    if not a.shape[-1]:
        zero = fn.sum(a, (-2, -1))
        parts = 1.0 + zero, zero
    else:
        both = structural.det(a, factorised(a), log=True)
        parts = both[..., 0], both[..., 1]
    return named(np.linalg.slogdet, *parts)


def cholesky(a: Any, /, *, upper: bool = False) -> Tensor:
    """Return the Cholesky factors of symmetric positive definite matrices.

    Parameters
    ----------
    a : array_like, shape (..., n, n)
        Matrices, of which the lower triangle is read; or the upper one, if `upper`.
    upper : bool
        Return U with ``a = U.T @ U`` in the place of L with ``a = L @ L.T``.

    Returns
    -------
    Tensor, shape (..., n, n)
        The factors.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix is not positive definite or not square.

    Notes
    -----
    The gradient is that of what is computed: an element of the triangle that is read stands for two
    of the matrix, one of the other triangle for none. For a symmetric gradient give
    ``(a + a.T) / 2``.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.cholesky([[4.0, 2.0], [2.0, 2.0]]).tolist()
    [[2.0, 0.0], [1.0, 1.0]]
    """
    a = square(a)
    return swap(structural.cholesky(swap(a))) if upper else structural.cholesky(a)


# ----- the pseudoinverse -----


def pinv(a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = 1e-15) -> Tensor:
    """Return the pseudoinverses of matrices.

    Parameters
    ----------
    a : array_like, shape (..., m, n)
        Matrices.
    rcond, rtol : float or array_like, optional
        Singular values up to this, times the largest, count as 0. None for `rtol` is the larger
        size times the rounding of the dtype.
    hermitian : bool
        Read the lower triangle alone.

    Returns
    -------
    Tensor, shape (..., n, m)
        The pseudoinverses.

    Notes
    -----
    The derivative is that along matrices of the same rank, at every order; where the rank changes,
    the pseudoinverse jumps. Singular values that are cut off have to be zero, but for rounding,
    where a gradient is wanted: else a ValueError is raised.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.pinv([[2.0], [0.0]]).tolist()
    [[0.5, 0.0]]
    """
    a = matrices(a)
    a = of_lower(a) if hermitian else a
    m, n = a.shape[-2:]
    if rcond is None:
        rcond = max(m, n) * np.finfo(a.dtype).eps if rtol is None else rtol
    if not a.size:
        return swap(a)
    u, s, vt = svd_parts(structural.svd(structural.stop_gradient(a), full=False), m, n)
    largest = fn.max(s, -1, keepdims=True)
    cut = largest * np.asarray(rcond, a.dtype)[..., None]
    large = greater(s, cut)
    rounding = 1e3 * np.finfo(a.dtype).eps
    if a.requires_grad and np.max(rcond, initial=0.0) > rounding:
        lost = logical_and(logical_not(large), greater(s, rounding * largest))
        if fn.any(lost):
            raise ValueError(
                f"the derivative is not known where rcond, {rcond}, cuts off singular values that "
                "are not zero; give a smaller one, or a matrix that is of that rank"
            )
    scale = select(large, 1.0 / select(large, s, 1.0), 0.0)
    p = structural.matmul(swap(vt) * fn.expand_dims(scale, -2), swap(u))
    return structural.pinv(p, a)


def lstsq(a: Any, b: Any, rcond: float | None = None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return the solutions of least squares, the shortest ones.

    Parameters
    ----------
    a : array_like, shape (m, n)
        Matrix.
    b : array_like, shape (m,) or (m, k)
        One right-hand side, or columns.
    rcond : float, optional
        Singular values up to this, times the largest, count as 0; by default the larger of m and n
        times the rounding of the dtype; -1 for the rounding.

    Returns
    -------
    x : Tensor, shape (n,) or (n, k)
        Least-squares solutions.
    residuals : Tensor, shape (1,), (k,) or (0,)
        Sums of squares of ``b - a @ x``; of no element if the rank is less than n, or m <= n.
    rank : Tensor, shape ()
        Rank of `a`.
    s : Tensor, shape (min(m, n),)
        Singular values.

    Notes
    -----
    Solved by the pseudoinverse, whose derivative holds as long as the rank does.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.lstsq([[1.0], [1.0]], [1.0, 3.0])[0]
    tensor([2.0000])
    """
    a, b = of_one_dtype(to_float(a), to_float(b))
    if a.ndim != 2 or b.ndim not in (1, 2) or b.shape[0] != a.shape[0]:
        raise np.linalg.LinAlgError(
            f"Incompatible dimensions: wanted a of shape (m, n) and b of (m,) or (m, k), got "
            f"{a.shape} and {b.shape}"
        )
    m, n = a.shape
    eps = float(np.finfo(a.dtype).eps)
    rcond = max(m, n) * eps if rcond is None else eps if rcond < 0 else rcond
    x = fn.matmul(pinv(a, rcond), b)
    s = svd_parts(structural.svd(a, full=False), m, n)[1]
    rank = fn.astype(fn.sum(greater(s, rcond * fn.max(s))) if s.size else fn.zeros(()), np.int32)
    rest = fn.zeros((0,), a.dtype)
    if m > n and rank == n:
        rest = fn.sum((b - fn.matmul(a, x)) ** 2, 0, keepdims=b.ndim == 1)
    return x, rest, rank, s


FUNCTIONS = {
    "linalg.cholesky": cholesky,
    "linalg.det": det,
    "linalg.inv": inv,
    "linalg.lstsq": lstsq,
    "linalg.pinv": pinv,
    "linalg.slogdet": slogdet,
    "linalg.solve": solve,
}
