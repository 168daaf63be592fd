"""NumPy's functions of polynomials, of Tensors: coefficients, the highest power first."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import concrete, to_float, to_tensor
from ._numpy_calculus import convolve
from ._numpy_served import NotServed
from ._tensor import Tensor


def _coefficients(p):
    if isinstance(p, np.poly1d):
        raise NotServed("of a poly1d")
    p = to_tensor(p)
    if p.ndim > 1:
        raise ValueError(
            f"a polynomial is a vector of coefficients, not of {p.ndim} axes; ravel it"
        )
    return fn.ravel(p)


def polyval(p: Any, x: Any) -> Tensor:
    """Evaluate a polynomial.

    Parameters
    ----------
    p : array_like, one axis
        Coefficients, the highest power first.
    x : array_like
        Where.

    Returns
    -------
    Tensor, shape of x
        The values.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.polyval([3.0, 0.0, 1.0], 2.0)
    tensor(13.)
    """
    if isinstance(x, np.poly1d) or isinstance(p, np.poly1d):
        raise NotServed("of a poly1d")
    x = to_tensor(x)
    result = fn.zeros_like(x)
    for coefficient in to_tensor(p):
        result = result * x + coefficient
    return result


def polyder(p: Any, m: int = 1) -> Tensor:
    """Differentiate a polynomial.

    Parameters
    ----------
    p : array_like, one axis
        Coefficients, the highest power first.
    m : int
        How often.

    Returns
    -------
    Tensor
        Coefficients of the derivative.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.polyder([3.0, 0.0, 1.0])
    tensor([6., 0.])
    """
    if operator.index(m) < 0:
        raise ValueError("Order of derivative must be positive (see polyint)")
    p = _coefficients(p)
    for _ in range(m):
        p = p[:-1] * np.arange(p.size - 1, 0, -1)
    return p


def polyint(p: Any, m: int = 1, k: Any = None) -> Tensor:
    """Integrate a polynomial.

    Parameters
    ----------
    p : array_like, one axis
        Coefficients, the highest power first.
    m : int
        How often.
    k : array_like, optional
        Constants of integration; by default 0.

    Returns
    -------
    Tensor
        Coefficients of the integral.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.polyint([6.0, 2.0], k=1.0)
    tensor([3., 2., 1.])
    """
    if operator.index(m) < 0:
        raise ValueError("Order of integral must be positive (see polyder)")
    p, constants = to_float(_coefficients(p)), fn.ravel(0.0 if k is None else k)
    if constants.size != 1 and constants.size < m:
        raise ValueError("k must be a scalar or a rank-1 array of length 1 or >m.")
    for i in range(m):
        c = constants[i if constants.size > 1 else 0]
        p = fn.concatenate([p / np.arange(p.size, 0, -1), fn.reshape(c, 1)])
    return p


def _aligned(a, b):
    a, b = _coefficients(a), _coefficients(b)
    n = max(a.size, b.size)
    return (fn.concatenate([fn.zeros(n - x.size, x.dtype), x]) for x in (a, b))


def polyadd(a1: Any, a2: Any) -> Tensor:
    """Add two polynomials.

    Parameters
    ----------
    a1, a2 : array_like, one axis
        Coefficients, the highest power first.

    Returns
    -------
    Tensor
        Coefficients of the sum.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.polyadd([1.0, 2.0], [5.0, 3.0, 1.0])
    tensor([5., 4., 3.])
    """
    a, b = _aligned(a1, a2)
    return a + b


def polysub(a1: Any, a2: Any) -> Tensor:
    """Subtract two polynomials.

    Parameters
    ----------
    a1, a2 : array_like, one axis
        Coefficients, the highest power first.

    Returns
    -------
    Tensor
        Coefficients of the difference.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.polysub([1.0, 2.0], [5.0, 3.0, 1.0])
    tensor([-5., -2.,  1.])
    """
    a, b = _aligned(a1, a2)
    return a - b


def _trimmed(p):
    """Return coefficients from the first that is not 0 on: a branch of a recorded function."""
    p = _coefficients(p)
    used = np.flatnonzero(concrete(ops.not_equal(p, 0)))
    return p[used[0] if used.size else p.size - 1 :]


def polymul(a1: Any, a2: Any) -> Tensor:
    """Multiply two polynomials.

    Parameters
    ----------
    a1, a2 : array_like, one axis
        Coefficients, the highest power first.

    Returns
    -------
    Tensor
        Coefficients of the product.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.polymul([1.0, 2.0], [1.0, 3.0])
    tensor([1., 5., 6.])
    """
    return convolve(_trimmed(a1), _trimmed(a2))


def polydiv(u: Any, v: Any) -> tuple[Tensor, Tensor]:
    """Divide two polynomials.

    Parameters
    ----------
    u, v : array_like, one axis
        Coefficients of the dividend and of the divisor, the highest power first.

    Returns
    -------
    tuple of two Tensors
        Coefficients of the quotient and of the remainder. Which of the first ones of the remainder
        are 0, and left out, is a branch of a recorded function.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.polydiv([1.0, 5.0, 7.0], [1.0, 2.0])
    (tensor([1., 3.]), tensor([1.]))
    """
    u, v = to_float(_coefficients(u)), to_float(_coefficients(v))
    scale, rest, left, found = 1.0 / v[0], u, [], []
    for _ in range(u.size - v.size + 1):
        found.append(scale * rest[:1])
        head = rest[: v.size] - found[-1] * v
        left.append(head[:1])
        rest = fn.concatenate([head[1:], rest[v.size :]])
    if not found:
        return fn.zeros(1, np.result_type(u.dtype, v.dtype)), u
    rest = fn.concatenate([*left, rest])
    small = np.asarray(concrete(ops.absolute(rest) <= 1e-8))[:-1]
    return fn.concatenate(found), rest[int(np.argmin([*small, False])) :]


def poly(seq_of_zeros: Any) -> Tensor:
    """Return the polynomial with given zeros.

    Parameters
    ----------
    seq_of_zeros : array_like, one axis
        Zeros.

    Returns
    -------
    Tensor
        Coefficients, the highest power first; that is 1.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.poly([1.0, 2.0])
    tensor([ 1., -3.,  2.])
    """
    zeros = to_tensor(seq_of_zeros)
    if zeros.ndim == 2 and zeros.shape[0] == zeros.shape[1] and zeros.size:
        raise NotServed("of a matrix, whose eigenvalues may be complex,")
    if zeros.ndim > 1:
        raise ValueError("input must be 1d or non-empty square 2d array.")
    zeros = to_float(fn.ravel(zeros))
    result, nothing = fn.ones(1, zeros.dtype), fn.zeros(1, zeros.dtype)
    for k in range(zeros.size):
        longer = fn.concatenate([result, nothing])
        result = longer - fn.concatenate([nothing, zeros[k] * result])
    return result


FUNCTIONS = {
    "polyval": polyval,
    "polyder": polyder,
    "polyint": polyint,
    "polyadd": polyadd,
    "polysub": polysub,
    "polymul": polymul,
    "polydiv": polydiv,
    "poly": poly,
}
