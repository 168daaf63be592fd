"""Products of vectors and matrices, and norms."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _structural as structural
from ._arguments import axis_tuple, to_float, to_tensor, torch_names
from ._ops import absolute, not_equal, select
from ._struct_factor import svd_parts
from ._tensor import Tensor, later


def _check_lengths(name, a, b, i, j):
    """Check that axis i of a is as long as axis j of b."""
    if a.shape[i] != b.shape[j]:
        raise ValueError(
            f"{name}: shapes {a.shape} and {b.shape} do not match: axis {i % a.ndim} of the first "
            f"has length {a.shape[i]}, axis {j % b.ndim} of the second {b.shape[j]}; they are "
            "summed over together, so transpose or reshape one of them"
        )


def matmul(a: Any, b: Any) -> Tensor:
    """Multiply matrices; a 1-D array is a row on the left and a column on the right.

    Parameters
    ----------
    a : array_like, shape (..., m, k) or (k,)
        Left matrix, or a stack of them.
    b : array_like, shape (..., k, n) or (k,)
        Right matrix, or a stack of them.

    Returns
    -------
    Tensor, shape (..., m, n)
        The products, the stacks broadcast; without m, or n, for a 1-D operand.

    Raises
    ------
    ValueError
        If a length does not match, or an operand is 0-d.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.matmul([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    tensor([3., 7.])
    """
    if later.is_complex(a) or later.is_complex(b):
        return later.complex_row("matmul", (a, b))
    a, b = to_tensor(a), to_tensor(b)
    if not a.ndim or not b.ndim:
        raise ValueError(
            f"matmul: shapes {a.shape} and {b.shape}: an operand does not have enough dimensions; "
            "use * to multiply by a number"
        )
    _check_lengths("matmul", a, b, -1, max(-2, -b.ndim))
    left = structural.reshape(a, shape=(1, *a.shape)) if a.ndim == 1 else a
    right = structural.reshape(b, shape=(*b.shape, 1)) if b.ndim == 1 else b
    out = structural.matmul(left, right)
    if left is not a or right is not b:
        rows = () if left is not a else out.shape[-2:-1]
        columns = () if right is not b else out.shape[-1:]
        out = structural.reshape(out, shape=(*out.shape[:-2], *rows, *columns))
    return out


def _flat_product(a, b):
    """Sum over the last axis of a and the first of b: all other axes of a, then those of b."""
    k = a.shape[-1]
    rows = structural.reshape(a, shape=(a.size // k if k else _size(a.shape[:-1]), k))
    columns = structural.reshape(b, shape=(k, b.size // k if k else _size(b.shape[1:])))
    return structural.reshape(structural.matmul(rows, columns), shape=(*a.shape[:-1], *b.shape[1:]))


def _size(shape):
    return int(np.prod(shape, dtype=np.intp))


def dot(a: Any, b: Any) -> Tensor:
    """Sum products over the last axis of `a` and the last but one of `b`.

    Parameters
    ----------
    a : array_like, shape (..., k) or ()
        Left operand.
    b : array_like, shape (..., k, n), (k,) or ()
        Right operand.

    Returns
    -------
    Tensor
        A number for vectors, the product for matrices, ``a * b`` if one is a number; else the
        other axes of `a`, then those of `b`.

    Raises
    ------
    ValueError
        If the lengths of the two axes differ.

    See Also
    --------
    matmul : Broadcasts stacks of matrices.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.dot([1.0, 2.0], [3.0, 4.0])
    tensor(11.)
    """
    a, b = to_tensor(a), to_tensor(b)
    if not a.ndim or not b.ndim:
        return a * b
    axis = max(-2, -b.ndim)
    _check_lengths("dot", a, b, -1, axis)
    if a.ndim <= 2 and b.ndim <= 2:
        return matmul(a, b)
    if axis != -b.ndim:
        others = (*range(b.ndim - 2), b.ndim - 1)
        b = structural.transpose(b, axes=(b.ndim - 2, *others))
    return _flat_product(a, b)


def vdot(a: Any, b: Any) -> Tensor:
    """Sum the products of the elements of two arrays, each taken along one axis.

    Parameters
    ----------
    a, b : array_like
        Arrays of as many elements.

    Returns
    -------
    Tensor, shape ()
        The sum.

    Raises
    ------
    ValueError
        If the numbers of elements differ.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.vdot([[1.0, 2.0], [3.0, 4.0]], [[1.0, 0.0], [0.0, 1.0]])
    tensor(5.)
    """
    a, b = to_tensor(a), to_tensor(b)
    flat_a, flat_b = (structural.reshape(t, shape=(t.size,)) for t in (a, b))
    _check_lengths("vdot", flat_a, flat_b, 0, 0)
    return matmul(flat_a, flat_b)


def inner(a: Any, b: Any) -> Tensor:
    """Sum products over the last axes of both operands.

    Parameters
    ----------
    a, b : array_like, shape (..., k) or ()
        Operands.

    Returns
    -------
    Tensor
        The other axes of `a`, then those of `b`; ``a * b`` if one is a number.

    Raises
    ------
    ValueError
        If the lengths of the last axes differ.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.inner([[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    tensor([3., 7.])
    """
    a, b = to_tensor(a), to_tensor(b)
    if not a.ndim or not b.ndim:
        return a * b
    _check_lengths("inner", a, b, -1, -1)
    return _flat_product(a, structural.transpose(b, axes=(b.ndim - 1, *range(b.ndim - 1))))


def outer(a: Any, b: Any) -> Tensor:
    """Multiply every element of `a` by every element of `b`.

    Parameters
    ----------
    a, b : array_like
        Arrays, each taken along one axis.

    Returns
    -------
    Tensor, shape (size of a, size of b)
        The products.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.outer([1.0, 2.0], [3.0, 4.0]).tolist()
    [[3.0, 4.0], [6.0, 8.0]]
    """
    a, b = to_tensor(a), to_tensor(b)
    return structural.reshape(a, shape=(a.size, 1)) * structural.reshape(b, shape=(1, b.size))


@torch_names
def norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return a norm of vectors or matrices.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    ord : {None, number, inf, -inf, 'fro', 'nuc'}
        Which norm. Of a vector: None and 2 the root of the sum of squares, inf and -inf the maximum
        and the minimum of the absolute values, 0 the number of elements that are not 0, another
        number p ``sum(abs(x)**p)**(1/p)``. Of a matrix: None and 'fro' the root of the sum of
        squares, 1 and -1 the largest and the smallest sum of a column of absolute values, inf and
        -inf those of a row, 2 and -2 the largest and the smallest singular value, 'nuc' their sum.
    axis : int or pair of int, optional
        The axis along which the vectors lie, or the two axes (rows, columns) of the matrices. By
        default `x` is one vector or one matrix; without `ord` it may have any shape.
        Also accepted as ``dim``.
    keepdims : bool
        Keep the reduced axes, with length 1. Also accepted as ``keepdim``.

    Returns
    -------
    Tensor
        The norm.

    Raises
    ------
    ValueError
        If `ord` is not a norm of vectors, or of matrices, or the number of axes is neither 1 nor 2.

    Notes
    -----
    The derivatives of the root of the sum of squares are 0 at 0, at every order. It is scaled where
    the squares would overflow or vanish, so it does neither.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.norm([3.0, 4.0])
    tensor(5.)
    """
    x = to_float(x)
    keepdims = bool(keepdims)
    if ord is None and axis is None:
        return structural.norm(x, axis=axis_tuple(None, x.ndim), keepdims=keepdims)
    if axis is None:
        axis = tuple(range(x.ndim))
    axes = axis_tuple(axis, x.ndim)
    if len(axes) == 1:
        return _vector_norm(x, ord, axes, keepdims)
    if len(axes) == 2:
        rows, columns = (a % x.ndim for a in axis)
        return _matrix_norm(x, ord, rows, columns, keepdims)
    raise ValueError(
        f"norm of {len(axes)} axes (shape {x.shape}): improper number of dimensions to norm; "
        "give axis= one axis for vectors or two for matrices, or neither axis nor ord"
    )


def _vector_norm(x, ord, axes, keepdims):
    if ord is None or ord == 2:
        return structural.norm(x, axis=axes, keepdims=keepdims)
    if isinstance(ord, str):
        raise ValueError(f"invalid norm order {ord!r} for vectors; give a number, inf or -inf")
    if ord == 1:
        return structural.sum(absolute(x), axis=axes, keepdims=keepdims)
    if ord == np.inf:
        return _largest(absolute(x), axes[0], keepdims)
    if ord == -np.inf:
        return structural.min(absolute(x), axis=axes, keepdims=keepdims)
    if ord == 0:
        return structural.sum(not_equal(x, 0.0).astype(x.dtype), axis=axes, keepdims=keepdims)
    total = structural.sum(absolute(x) ** float(ord), axis=axes, keepdims=keepdims)
    away = not_equal(total, 0.0)
    with np.errstate(divide="ignore"):
        of_none = float(np.float64(0.0) ** (1.0 / ord))
    return select(away, select(away, total, 1.0) ** (1.0 / ord), of_none)


def _largest(sizes, axis, keepdims):
    """Return the largest of sizes, which is 0 of none."""
    reduction = structural.max if sizes.shape[axis] else structural.sum
    return reduction(sizes, axis=(axis,), keepdims=keepdims)


def _matrix_norm(x, ord, rows, columns, keepdims):
    if ord is None or ord == "fro":
        return structural.norm(x, axis=tuple(sorted((rows, columns))), keepdims=keepdims)
    if ord in (2, -2, "nuc"):
        return _singular_norm(x, ord, rows, columns, keepdims)
    if isinstance(ord, str) or abs(ord) not in (1, np.inf):
        raise ValueError(
            f"invalid norm order {ord!r} for matrices; give 'fro', 'nuc', 1, -1, 2, -2, inf or -inf"
        )
    summed, searched = (rows, columns) if abs(ord) == 1 else (columns, rows)
    sums = structural.sum(absolute(x), axis=(summed,), keepdims=True)
    if ord > 0:
        out = _largest(sums, searched, True)
    else:
        out = structural.min(sums, axis=(searched,), keepdims=True)
    if keepdims:
        return out
    return structural.reshape(out, shape=_kept(x, rows, columns, False))


def _kept(x, rows, columns, keepdims):
    """Return the shape that is left without two axes."""
    ones = (1,) if keepdims else ()
    return tuple(k for a, n in enumerate(x.shape) for k in (ones if a in (rows, columns) else (n,)))


def _singular_norm(x, ord, rows, columns, keepdims):
    others = tuple(a for a in range(x.ndim) if a not in (rows, columns))
    matrices = structural.transpose(x, axes=(*others, rows, columns))
    s = svd_parts(structural.svd(matrices, full=False), *matrices.shape[-2:])[1]
    if ord == 2:
        out = _largest(s, s.ndim - 1, False)
    else:
        reduction = structural.sum if ord == "nuc" else structural.min
        out = reduction(s, axis=(s.ndim - 1,), keepdims=False)
    return structural.reshape(out, shape=_kept(x, rows, columns, keepdims))
