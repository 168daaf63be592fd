"""NumPy's powers and chains of matrices, and equations between tensors."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _functions as fn
from ._arguments import to_float, to_tensor
from ._numpy_shape import number
from ._numpy_solve import inv, solve, square
from ._ops import masked_multiply
from ._tensor import Tensor


def matrix_power(a: Any, n: int) -> Tensor:
    """Return powers of matrices with an integer exponent.

    Parameters
    ----------
    a : array_like, shape (..., m, m)
        Matrices.
    n : int
        Exponent; a negative one is that of the inverse.

    Returns
    -------
    Tensor, shape (..., m, m)
        The powers.

    Raises
    ------
    numpy.linalg.LinAlgError
        If the matrices are not square, or for a negative exponent singular.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.matrix_power([[1.0, 1.0], [0.0, 1.0]], -3).tolist()
    [[1.0, -3.0], [0.0, 1.0]]
    """
    n = number(n)
    if n < 0:
        return matrix_power(inv(a), -n)
    x = to_tensor(a)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        square(x)
    if n == 0:
        return fn.eye(x.shape[-1], dtype=x.dtype) + masked_multiply(0.0, x)
    while n % 2 == 0:
        n, x = n // 2, x @ x
    result = x
    while n > 1:
        n, x = n // 2, x @ x
        if n % 2:
            result = result @ x
    return result


def tensorsolve(a: Any, b: Any, axes: Any = None) -> Tensor:
    """Solve ``tensordot(a, x, x.ndim) = b`` for x.

    Parameters
    ----------
    a : array_like, shape ``b.shape + x.shape``
        Coefficients, as many for `b` as for x.
    b : array_like
        Right-hand side.
    axes : sequence of int, optional
        Axes of `a` that are moved to the end before.

    Returns
    -------
    Tensor
        x.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.tensorsolve(fg.reshape(2 * fg.eye(4), (4, 2, 2)), fg.ones(4)).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    a, b = to_float(a), to_float(b)
    if axes is not None:
        chosen = [k % a.ndim for k in axes]
        a = fn.transpose(a, [k for k in range(a.ndim) if k not in chosen] + chosen)
    shape = a.shape[b.ndim :]
    n = math.prod(shape)
    if a.size != n**2:
        raise np.linalg.LinAlgError(
            f"Input arrays must satisfy the requirement prod(a.shape[b.ndim:]) == "
            f"prod(a.shape[:b.ndim]), got shapes {a.shape} and {b.shape}"
        )
    return fn.reshape(solve(fn.reshape(a, (n, n)), fn.ravel(b)), shape)


def tensorinv(a: Any, ind: int = 2) -> Tensor:
    """Return the inverse of `a` for tensordot over `ind` axes.

    Parameters
    ----------
    a : array_like
        As many elements before its axis `ind` as from there on.
    ind : int
        Number of axes that come first.

    Returns
    -------
    Tensor, shape ``a.shape[ind:] + a.shape[:ind]``
        The inverse.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linalg.tensorinv(fg.reshape(2 * fg.eye(4), (4, 2, 2)), ind=1).shape
    (2, 2, 4)
    """
    a, ind = to_float(a), number(ind)
    if ind <= 0:
        raise ValueError("Invalid ind argument.")
    n = math.prod(a.shape[ind:])
    inverse = inv(fn.reshape(a, (a.size // n if n else 0, n)))
    return fn.reshape(inverse, a.shape[ind:] + a.shape[:ind])


FUNCTIONS = {
    "linalg.matrix_power": matrix_power,
    "linalg.tensorinv": tensorinv,
    "linalg.tensorsolve": tensorsolve,
}
