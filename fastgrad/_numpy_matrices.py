"""NumPy's diagonals, triangles and other matrices, of Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from ._arguments import to_tensor
from ._convert import as_tensor
from ._numpy_shape import number
from ._ops import masked_multiply
from ._tensor import Tensor, values


def _diagonal_key(rows, columns, offset):
    start, beside = max(-offset, 0), max(offset, 0)
    n = max(min(rows - start, columns - beside), 0)
    return np.arange(start, start + n), np.arange(beside, beside + n)


def diagonal(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Return the diagonal of a matrix, or of each in a stack.

    Parameters
    ----------
    a : array_like, two or more axes
        The matrices.
    offset : int
        How far above the main diagonal, below it if negative.
    axis1, axis2 : int
        The axes of the rows and of the columns.

    Returns
    -------
    Tensor
        The diagonals, along the last axis. Of a matrix that is dense a view.

    Raises
    ------
    ValueError
        If there are fewer than two axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.diagonal([[1.0, 2.0], [3.0, 4.0]])
    tensor([1., 4.])
    """
    x = to_tensor(a)
    if x.ndim < 2:
        raise ValueError(
            f"diag requires an array of at least two dimensions, got shape {x.shape}; use diag to "
            "make a matrix of a vector"
        )
    x = fn.moveaxis(x, (axis1, axis2), (-2, -1))
    height, width = x.shape[-2:]
    rows, columns = _diagonal_key(height, width, number(offset))
    if x.ndim > 2 or not values(x).flags.c_contiguous or not len(rows):
        return x[(..., rows, columns)]
    start = int(rows[0]) * width + int(columns[0])
    return fn.reshape(x, x.size)[start : start + (len(rows) - 1) * (width + 1) + 1 : width + 1]


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1, dtype: Any = None) -> Tensor:
    """Sum the diagonal of a matrix, or of each in a stack.

    Parameters
    ----------
    a : array_like, two or more axes
        The matrices.
    offset : int
        How far above the main diagonal, below it if negative.
    axis1, axis2 : int
        The axes of the rows and of the columns.
    dtype : dtype, optional
        Of the sum.

    Returns
    -------
    Tensor
        The sums.

    Raises
    ------
    ValueError
        If there are fewer than two axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.trace([[1.0, 2.0], [3.0, 4.0]])
    tensor(5.)
    """
    return fn.sum(diagonal(a, offset, axis1, axis2), -1, dtype)


def linalg_diagonal(x: Any, /, *, offset: int = 0) -> Tensor:
    """Return the diagonals of the matrices of the last two axes.

    Parameters
    ----------
    x : array_like, shape (..., m, n)
        The matrices.
    offset : int
        How far above the main diagonal, below it if negative.

    Returns
    -------
    Tensor, shape (..., k)
        The diagonals.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_api.linalg.diagonal(fg.ones((5, 2, 3))).shape
    (5, 2)
    """
    return diagonal(x, offset, -2, -1)


def linalg_trace(x: Any, /, *, offset: int = 0, dtype: Any = None) -> Tensor:
    """Sum the diagonals of the matrices of the last two axes.

    Parameters
    ----------
    x : array_like, shape (..., m, n)
        The matrices.
    offset : int
        How far above the main diagonal, below it if negative.
    dtype : dtype, optional
        Of the sums.

    Returns
    -------
    Tensor, shape (...)
        The sums.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_api.linalg.trace(fg.ones((2, 3, 3)))
    tensor([3., 3.])
    """
    return trace(x, offset, -2, -1, dtype)


def diag(v: Any, k: int = 0) -> Tensor:
    """Return the diagonal of a matrix, or the matrix with a diagonal.

    Parameters
    ----------
    v : array_like, 1-D or 2-D
        A vector that is to be a diagonal, or a matrix.
    k : int
        How far above the main diagonal, below it if negative.

    Returns
    -------
    Tensor
        The matrix with `v` on the diagonal and zeros elsewhere, or the diagonal of `v`.

    Raises
    ------
    ValueError
        If `v` is neither.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.diag([1.0, 2.0]).tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    x = to_tensor(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError(f"Input must be 1- or 2-d, got shape {x.shape}; use diagonal for stacks")
    n = x.size + abs(number(k))
    matrix = fn.zeros((n, n), x.dtype)
    matrix[_diagonal_key(n, n, number(k))] = x
    return matrix


def diagflat(v: Any, k: int = 0) -> Tensor:
    """Return the matrix with the elements of an array on a diagonal.

    Parameters
    ----------
    v : array_like
        The elements, in order.
    k : int
        How far above the main diagonal, below it if negative.

    Returns
    -------
    Tensor, 2-D
        The matrix, with zeros elsewhere.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.diagflat([[1.0, 2.0]], 1).tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]]
    """
    return diag(fn.ravel(v), k)


def tri(N: int, M: int | None = None, k: int = 0, dtype: Any = float) -> Tensor:
    """Return a matrix with ones in its lower triangle.

    Parameters
    ----------
    N, M : int
        Numbers of rows and columns; by default as many columns as rows.
    k : int
        Up to how far above the main diagonal, below it if negative.
    dtype : dtype
        Type, by default float64.

    Returns
    -------
    Tensor, shape (N, M)
        Ones in the triangle, zeros above it.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.tri(2).tolist()
    [[1.0, 0.0], [1.0, 1.0]]
    """
    return as_tensor(np.tri(number(N), M if M is None else number(M), number(k), dtype))


def tril(m: Any, k: int = 0) -> Tensor:
    """Return the lower triangle of a matrix, or of each in a stack.

    Parameters
    ----------
    m : array_like, shape (..., rows, columns)
        The matrices; a vector is taken for all rows of one.
    k : int
        Up to how far above the main diagonal, below it if negative.

    Returns
    -------
    Tensor
        The matrices, with zeros above the triangle.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.tril([[1.0, 2.0], [3.0, 4.0]]).tolist()
    [[1.0, 0.0], [3.0, 4.0]]
    """
    x = to_tensor(m)
    return fn.where(_triangle(x, number(k)), x, 0)


def triu(m: Any, k: int = 0) -> Tensor:
    """Return the upper triangle of a matrix, or of each in a stack.

    Parameters
    ----------
    m : array_like, shape (..., rows, columns)
        The matrices; a vector is taken for all rows of one.
    k : int
        From how far above the main diagonal on, below it if negative.

    Returns
    -------
    Tensor
        The matrices, with zeros below the triangle.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.triu([[1.0, 2.0], [3.0, 4.0]]).tolist()
    [[1.0, 2.0], [0.0, 4.0]]
    """
    x = to_tensor(m)
    return fn.where(_triangle(x, number(k) - 1), 0, x)


def _triangle(x, k):
    """Return a mask of the elements of a matrix that are not above a diagonal."""
    if not x.ndim:
        raise TypeError("a 0-d array has no triangle; give a matrix")
    return np.tri(*(x.shape[-2:] if x.ndim > 1 else x.shape * 2), k=k, dtype=bool)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """Return the powers of numbers as the columns of a Vandermonde matrix.

    Parameters
    ----------
    x : array_like, 1-D
        The numbers.
    N : int, optional
        How many powers, from 0 on; by default as many as numbers.
    increasing : bool
        Whether the power 0 is the first column; else it is the last one.

    Returns
    -------
    Tensor, shape (size of x, N)
        The powers.

    Raises
    ------
    ValueError
        If `x` is not 1-D.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.vander([2.0, 3.0], 3).tolist()
    [[4.0, 2.0, 1.0], [9.0, 3.0, 1.0]]
    """
    x = to_tensor(x)
    if x.ndim != 1:
        raise ValueError(f"x must be a one-dimensional array or sequence, got shape {x.shape}")
    n = x.size if N is None else number(N)
    if n < 0:
        raise ValueError(f"negative dimensions are not allowed; got N={n}")
    columns = [1 + masked_multiply(0.0, x)] if x.dtype.kind == "f" else [fn.ones_like(x)]
    for _ in range(1, n):
        columns.append(columns[-1] * x)
    columns = columns[:n]
    if not columns:
        return fn.zeros((x.size, 0), x.dtype)
    return fn.stack(columns if increasing else columns[::-1], 1)


FUNCTIONS = {
    "diagonal": diagonal,
    "linalg.diagonal": linalg_diagonal,
    "trace": trace,
    "linalg.trace": linalg_trace,
    "diag": diag,
    "diagflat": diagflat,
    "tri": tri,
    "tril": tril,
    "triu": triu,
    "vander": vander,
}
