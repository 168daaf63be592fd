"""NumPy's products of Tensors but for einsum: tensordot, kron, cross; norms and covariances."""

from __future__ import annotations

import math
from itertools import chain
from typing import Any

import numpy as np

from . import _functions as fn
from ._arguments import axis_index, axis_tuple, to_float, to_tensor
from ._numpy_shape import number
from ._tensor import Tensor

# ----- products -----


def tensordot(a: Any, b: Any, axes: Any = 2) -> Tensor:
    """Sum products over axes of two arrays.

    Parameters
    ----------
    a, b : array_like
        The arrays.
    axes : int or pair of sequences of int
        How many of the last axes of `a` and the first of `b`; or which axes of `a` and which of
        `b`.

    Returns
    -------
    Tensor
        The other axes of `a`, then those of `b`.

    Raises
    ------
    ValueError
        If the axes are not equally long.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.tensordot([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0], 1)
    tensor([3., 7.])
    """
    a, b = to_tensor(a), to_tensor(b)
    if np.iterable(axes):
        of_a, of_b = (list(x) if np.iterable(x) else [x] for x in axes)
    else:
        axes = number(axes)
        of_a, of_b = list(range(-axes, 0)), list(range(axes))
    of_a, of_b = ([axis_index(i, x.ndim) for i in axes] for x, axes in ((a, of_a), (b, of_b)))
    if [a.shape[i] for i in of_a] != [b.shape[i] for i in of_b]:
        raise ValueError(
            f"shape-mismatch for sum: shapes {a.shape} and {b.shape} along axes {of_a} and {of_b}"
        )
    rows = [i for i in range(a.ndim) if i not in of_a]
    columns = [i for i in range(b.ndim) if i not in of_b]
    n = math.prod(a.shape[i] for i in of_a)
    kept = (*(a.shape[i] for i in rows), *(b.shape[i] for i in columns))
    left = fn.reshape(fn.transpose(a, rows + of_a), (math.prod(a.shape[i] for i in rows), n))
    right = fn.reshape(fn.transpose(b, of_b + columns), (n, math.prod(b.shape[i] for i in columns)))
    return fn.reshape(fn.matmul(left, right), kept)


def kron(a: Any, b: Any) -> Tensor:
    """Multiply every element of one array by the other array, as a whole.

    Parameters
    ----------
    a, b : array_like
        The arrays; the one with fewer axes gets more of length 1 on the left.

    Returns
    -------
    Tensor
        The Kronecker product: blocks ``a[i, j, ...] * b``.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.kron([1.0, 10.0], [1.0, 2.0])
    tensor([ 1.,  2., 10., 20.])
    """
    a, b = to_tensor(a), to_tensor(b)
    ndim = max(a.ndim, b.ndim)
    left, right = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    x = fn.reshape(a, tuple(chain.from_iterable((n, 1) for n in left)))
    y = fn.reshape(b, tuple(chain.from_iterable((1, n) for n in right)))
    return fn.reshape(x * y, tuple(n * m for n, m in zip(left, right)))


def cross(
    a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None
) -> Tensor:
    """Return the vectors that stand on two others, as long as their parallelogram is large.

    Parameters
    ----------
    a, b : array_like
        Vectors of length 3, or 2 if the third component is 0, along an axis; they broadcast.
    axisa, axisb, axisc : int
        The axis of the vectors in `a`, in `b` and in the result.
    axis : int, optional
        The same for all three.

    Returns
    -------
    Tensor
        The cross products; the third component alone if both have length 2.

    Raises
    ------
    ValueError
        If the vectors have another length.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    tensor([0., 0., 1.])
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = fn.moveaxis(a, axisa, 0), fn.moveaxis(b, axisb, 0)
    if len(a) not in (2, 3) or len(b) not in (2, 3):
        raise ValueError(
            f"incompatible dimensions for cross product (dimension must be 2 or 3): got {len(a)} "
            f"and {len(b)}"
        )
    z = a[0] * b[1] - a[1] * b[0]
    if len(a) == len(b) == 2:
        return z
    (a0, a1, a2), (b0, b1, b2) = ((x[0], x[1], x[2] if len(x) == 3 else 0) for x in (a, b))
    parts = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, z]
    return fn.stack([fn.broadcast_to(p, z.shape) for p in parts], axisc)


def linalg_cross(x1: Any, x2: Any, /, *, axis: int = -1) -> Tensor:
    """Return the vectors that stand on two others, all of length 3.

    Parameters
    ----------
    x1, x2 : array_like
        The vectors; they broadcast.
    axis : int
        The axis along which they lie.

    Returns
    -------
    Tensor
        The cross products.

    Raises
    ------
    ValueError
        If the vectors have another length.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_api.linalg.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0])
    tensor([0., 0., 1.])
    """
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if not x1.shape[axis] == x2.shape[axis] == 3:
        raise ValueError(
            "Both input arrays must be (arrays of) 3-dimensional vectors, but they are "
            f"{x1.shape[axis]} and {x2.shape[axis]} dimensional instead."
        )
    return cross(x1, x2, axis=axis)


def linalg_outer(x1: Any, x2: Any, /) -> Tensor:
    """Multiply every element of a vector by every element of another.

    Parameters
    ----------
    x1, x2 : array_like, 1-D
        The vectors.

    Returns
    -------
    Tensor, 2-D
        The products.

    Raises
    ------
    ValueError
        If one is not 1-D.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_api.linalg.outer([1.0, 2.0], [3.0]).tolist()
    [[3.0], [6.0]]
    """
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if x1.ndim != 1 or x2.ndim != 1:
        raise ValueError(
            f"Input arrays must be one-dimensional, but they are {x1.ndim=} and {x2.ndim=}."
        )
    return fn.outer(x1, x2)


def _with_axes(name, *operands):
    """Check that operands have at least so many axes."""
    for k, (x, least) in enumerate(operands):
        if x.ndim < least:
            raise ValueError(
                f"{name}: Input operand {k} does not have enough dimensions: shape {x.shape}, "
                f"wanted {least} or more axes"
            )


def vecdot(x1: Any, x2: Any, /, *, axis: int = -1, keepdims: bool = False) -> Tensor:
    """Sum the products of the elements of vectors.

    Parameters
    ----------
    x1, x2 : array_like
        The vectors, along an axis; the others broadcast.
    axis : int
        The axis.
    keepdims : bool
        Keep it, with length 1.

    Returns
    -------
    Tensor
        The sums.

    Raises
    ------
    ValueError
        If the vectors are not equally long.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.vecdot([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    tensor([3., 7.])
    """
    x1, x2 = to_tensor(x1), to_tensor(x2)
    _with_axes("vecdot", (x1, 1), (x2, 1))
    if axis != -1:
        x1, x2 = fn.moveaxis(x1, axis, -1), fn.moveaxis(x2, axis, -1)
    if x1.shape[-1] != x2.shape[-1]:
        raise ValueError(
            f"vecdot: lengths {x1.shape[-1]} and {x2.shape[-1]} do not match: shapes {x1.shape} "
            f"and {x2.shape}"
        )
    sums = fn.sum(x1 * x2, -1)
    return fn.expand_dims(sums, axis) if keepdims else sums


def matvec(x1: Any, x2: Any, /) -> Tensor:
    """Multiply matrices by vectors.

    Parameters
    ----------
    x1 : array_like, shape (..., m, n)
        The matrices.
    x2 : array_like, shape (..., n)
        The vectors.

    Returns
    -------
    Tensor, shape (..., m)
        The products.

    Raises
    ------
    ValueError
        If lengths do not match, or there are too few axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.matvec([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    tensor([3., 7.])
    """
    x1, x2 = to_tensor(x1), to_tensor(x2)
    _with_axes("matvec", (x1, 2), (x2, 1))
    return fn.squeeze(fn.matmul(x1, fn.expand_dims(x2, -1)), -1)


def vecmat(x1: Any, x2: Any, /) -> Tensor:
    """Multiply vectors by matrices.

    Parameters
    ----------
    x1 : array_like, shape (..., n)
        The vectors.
    x2 : array_like, shape (..., n, m)
        The matrices.

    Returns
    -------
    Tensor, shape (..., m)
        The products.

    Raises
    ------
    ValueError
        If lengths do not match, or there are too few axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.vecmat([1.0, 1.0], [[1.0, 2.0], [3.0, 4.0]])
    tensor([4., 6.])
    """
    x1, x2 = to_tensor(x1), to_tensor(x2)
    _with_axes("vecmat", (x1, 1), (x2, 2))
    return fn.squeeze(fn.matmul(fn.expand_dims(x1, -2), x2), -2)


# ----- norms -----


def vector_norm(x: Any, /, *, axis: Any = None, keepdims: bool = False, ord: Any = 2) -> Tensor:
    """Return a norm of the elements along axes, taken for vectors.

    Parameters
    ----------
    x : array_like
        The elements.
    axis : int or tuple of int, optional
        The axes; by default all.
    keepdims : bool
        Keep them, with length 1.
    ord : number, inf or -inf
        Which norm: as of `norm` of vectors.

    Returns
    -------
    Tensor
        The norms.

    Raises
    ------
    ValueError
        If `ord` is no norm of vectors, or an axis is named twice.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_api.linalg.vector_norm([[3.0, 0.0], [4.0, 0.0]], axis=(0, 1))
    tensor(5.)
    """
    x = to_float(x)
    axes = axis_tuple(axis, x.ndim)
    others = [a for a in range(x.ndim) if a not in axes]
    kept = tuple(x.shape[a] for a in others)
    vectors = fn.reshape(
        fn.transpose(x, (*others, *axes)), (*kept, math.prod(x.shape[a] for a in axes))
    )
    norms = fn.norm(vectors, ord, -1)
    return fn.expand_dims(norms, axes) if keepdims and axes else norms


def matrix_norm(x: Any, /, *, keepdims: bool = False, ord: Any = "fro") -> Tensor:
    """Return a norm of the matrices of the last two axes.

    Parameters
    ----------
    x : array_like, shape (..., m, n)
        The matrices.
    keepdims : bool
        Keep the two axes, with length 1.
    ord : str, number, inf or -inf
        Which norm: as of `norm` of matrices.

    Returns
    -------
    Tensor, shape (...)
        The norms.

    Raises
    ------
    ValueError
        If `ord` is no norm of matrices, or there are fewer than two axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_api.linalg.matrix_norm([[1.0, -2.0], [3.0, 4.0]], ord=1)
    tensor(6.)
    """
    return fn.norm(x, ord, (-2, -1), keepdims)


FUNCTIONS = {
    "tensordot": tensordot,
    "linalg.tensordot": tensordot,
    "kron": kron,
    "cross": cross,
    "linalg.cross": linalg_cross,
    "vecdot": vecdot,
    "linalg.vecdot": vecdot,
    "matvec": matvec,
    "vecmat": vecmat,
    "linalg.matmul": fn.matmul,
    "linalg.outer": linalg_outer,
    "linalg.norm": fn.norm,
    "linalg.vector_norm": vector_norm,
    "linalg.matrix_norm": matrix_norm,
}
