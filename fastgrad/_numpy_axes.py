"""NumPy's functions that move axes and bring arrays to common ones, of Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from ._arguments import axis_index, to_tensor
from ._tensor import Tensor


def rollaxis(a: Any, axis: int, start: int = 0) -> Tensor:
    """Move an axis to the place before another.

    Parameters
    ----------
    a : array_like
        The array.
    axis : int
        The axis that is moved.
    start : int
        The axis before which it is put.

    Returns
    -------
    Tensor
        The array with its axes in another order; a view.

    See Also
    --------
    moveaxis : Says where the axis will stand.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.rollaxis(fg.zeros((2, 3, 4)), 2).shape
    (4, 2, 3)
    """
    x = to_tensor(a)
    axis = axis_index(axis, x.ndim)
    before = start + x.ndim if start < 0 else start
    if not 0 <= before <= x.ndim:
        raise np.exceptions.AxisError(
            f"'start' arg requires {-x.ndim} <= start < {x.ndim + 1}, but {start} was passed in"
        )
    return fn.moveaxis(x, axis, before - 1 if before > axis else before)


def matrix_transpose(x: Any, /) -> Tensor:
    """Exchange the last two axes of an array.

    Parameters
    ----------
    x : array_like, shape (..., m, n)
        A matrix, or a stack of them.

    Returns
    -------
    Tensor, shape (..., n, m)
        The transposed matrices; a view.

    Raises
    ------
    ValueError
        If the array has fewer than two axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.matrix_transpose(fg.zeros((2, 3, 4))).shape
    (2, 4, 3)
    """
    x = to_tensor(x)
    if x.ndim < 2:
        raise ValueError(f"Input array must be at least 2-dimensional, but it is {x.ndim}")
    return fn.swapaxes(x, -1, -2)


# ----- at least so many -----


def atleast_1d(*arys: Any) -> Any:
    """Give arrays without an axis one of length 1.

    Parameters
    ----------
    *arys : array_like
        The arrays.

    Returns
    -------
    Tensor or tuple of Tensor
        Each array, as it is if it has an axis.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.atleast_1d(1.0)
    tensor([1.])
    """
    return _each(lambda x: x if x.ndim else fn.reshape(x, 1), arys)


def atleast_2d(*arys: Any) -> Any:
    """Give arrays of fewer than two axes more of length 1; a 1-D array is a row.

    Parameters
    ----------
    *arys : array_like
        The arrays.

    Returns
    -------
    Tensor or tuple of Tensor
        Each array, as it is if it has two axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.atleast_2d([1.0, 2.0]).shape
    (1, 2)
    """
    return _each(lambda x: x if x.ndim > 1 else fn.reshape(x, (1, x.size)), arys)


def atleast_3d(*arys: Any) -> Any:
    """Give arrays of fewer than three axes more of length 1.

    Parameters
    ----------
    *arys : array_like
        The arrays.

    Returns
    -------
    Tensor or tuple of Tensor
        Each array: of shape (1, n, 1) if it is 1-D, (m, n, 1) if 2-D, as it is if it has three
        axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.atleast_3d([1.0, 2.0]).shape
    (1, 2, 1)
    """

    def deep(x):
        if x.ndim == 2:
            return fn.reshape(x, (*x.shape, 1))
        return x if x.ndim > 2 else fn.reshape(x, (1, x.size, 1))

    return _each(deep, arys)


def _each(function, arrays):
    results = [function(to_tensor(x)) for x in arrays]
    return results[0] if len(results) == 1 else tuple(results)


# ----- grids -----


def broadcast_arrays(*args: Any, subok: bool = False) -> tuple[Tensor, ...]:
    """Broadcast arrays against each other.

    Parameters
    ----------
    *args : array_like
        The arrays.
    subok : bool
        Without effect.

    Returns
    -------
    tuple of Tensor
        The arrays, all of one shape; elements share memory, so they cannot be written to.

    Raises
    ------
    ValueError
        If the shapes do not broadcast.

    Examples
    --------
    >>> import fastgrad as fg
    >>> [x.shape for x in fg.broadcast_arrays([1.0, 2.0], [[3.0], [4.0]])]
    [(2, 2), (2, 2)]
    """
    arrays = [to_tensor(x) for x in args]
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    return tuple(fn.broadcast_to(x, shape) for x in arrays)


def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Tensor, ...]:
    """Return the coordinates of the points of a grid.

    Parameters
    ----------
    *xi : array_like
        The coordinates along each axis of the grid.
    copy : bool
        Whether the results have memory of their own.
    sparse : bool
        Return arrays that broadcast against each other, in the place of full ones.
    indexing : {'xy', 'ij'}
        Whether the first coordinate varies along the second axis of the results, as in pictures, or
        along the first, as in matrices.

    Returns
    -------
    tuple of Tensor
        For each of `xi` the coordinates of all points.

    Raises
    ------
    ValueError
        If `indexing` is neither.

    Examples
    --------
    >>> import fastgrad as fg
    >>> [x.tolist() for x in fg.meshgrid([1.0, 2.0], [3.0, 4.0])]
    [[[1.0, 2.0], [1.0, 2.0]], [[3.0, 3.0], [4.0, 4.0]]]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Valid values for `indexing` are 'xy' and 'ij', got {indexing!r}")
    n = len(xi)
    axes = list(range(n))
    if indexing == "xy" and n > 1:
        axes[:2] = 1, 0
    xs = [to_tensor(x) for x in xi]
    shapes = [tuple(x.size if a == axis else 1 for a in range(n)) for x, axis in zip(xs, axes)]
    grids = [fn.reshape(x, shape) for x, shape in zip(xs, shapes)]
    if not sparse:
        grids = list(broadcast_arrays(*grids))
    return tuple(fn.copy(x) for x in grids) if copy else tuple(grids)


def ix_(*args: Any) -> tuple[Tensor, ...]:
    """Return an index of the rows, columns and so on that are in lists, at all places they cross.

    Parameters
    ----------
    *args : array_like of int or bool, 1-D
        Indices along each axis, or which of them.

    Returns
    -------
    tuple of Tensor
        The indices, each along an axis of its own.

    Raises
    ------
    ValueError
        If one is not 1-D.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.arange(6.0).reshape(2, 3)
    >>> x[fg.ix_([0, 1], [0, 2])].tolist()
    [[0.0, 2.0], [3.0, 5.0]]
    """
    keys = []
    for k, x in enumerate(map(to_tensor, args)):
        if x.ndim != 1:
            raise ValueError(f"Cross index must be 1 dimensional, got shape {x.shape}")
        index = fn.nonzero(x)[0] if x.dtype.kind == "b" else x
        keys.append(fn.reshape(index, (1,) * k + (index.size,) + (1,) * (len(args) - k - 1)))
    return tuple(keys)


VIEWS = {
    "rollaxis": rollaxis,
    "matrix_transpose": matrix_transpose,
    "linalg.matrix_transpose": matrix_transpose,
    "permute_dims": fn.transpose,
    "atleast_1d": atleast_1d,
    "atleast_2d": atleast_2d,
    "atleast_3d": atleast_3d,
    "broadcast_arrays": broadcast_arrays,
    "meshgrid": meshgrid,
    "ix_": ix_,
}
