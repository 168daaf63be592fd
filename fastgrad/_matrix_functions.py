"""SciPy's functions of matrices, of Tensors: the exponential and the square root."""

from __future__ import annotations

from typing import Any

from . import _structural as structural
from ._numpy_solve import of_one_dtype, square
from ._tensor import Tensor


def expm(A: Any) -> Tensor:
    """Return the exponentials of matrices.

    Parameters
    ----------
    A : array_like, shape (..., n, n)
        Matrices.

    Returns
    -------
    Tensor, shape (..., n, n)
        The exponentials.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrices are not square.

    Notes
    -----
    Its derivative is the exponential of a matrix of twice the size, at every order.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.expm([[0.0, 1.0], [0.0, 0.0]])[0]
    tensor([1.0000, 1.0000])
    """
    return structural.expm(square(A))


def expm_frechet(A, E, method=None, compute_expm=True, check_finite=True):
    """Serve scipy.linalg.expm_frechet: the exponential, and its derivative in a direction."""
    a, e = of_one_dtype(square(A), square(E))
    if a.shape != e.shape:
        raise ValueError(f"expected A and E to be the same shape, got {a.shape} and {e.shape}")
    found = structural.expm.tangent([e], None, [a], {})
    return (structural.expm(a), found) if compute_expm else found


def sqrtm(A: Any) -> Tensor:
    """Return the principal square roots of real matrices.

    Parameters
    ----------
    A : array_like, shape (..., n, n)
        Matrices without eigenvalues on the negative axis or at 0.

    Returns
    -------
    Tensor, shape (..., n, n)
        The roots whose eigenvalues have positive real parts: they are real.

    Raises
    ------
    numpy.linalg.LinAlgError
        If a matrix has no such root, where SciPy's result is complex or inexact, or is not square.

    Notes
    -----
    Its derivative is the root of a matrix of twice the size, at every order.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.sqrtm([[4.0, 1.0], [0.0, 4.0]])
    tensor([[2.0000, 0.2500],
            [0.0000, 2.0000]])
    """
    return structural.sqrtm(square(A))
