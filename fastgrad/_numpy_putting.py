"""NumPy's functions that put elements into a Tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import axis_index, concrete, to_tensor
from ._lowering import dense
from ._numpy_taking import along_axis_key, fitted, index_of


def _places(flat, shape):
    """Return the key of elements by their numbers in C order, which are in range or too large."""
    strides = dense(shape)
    return tuple(
        flat // step if a == 0 else flat // step % n
        for a, (n, step) in enumerate(zip(shape, strides))
    )


def _repeated(v, n):
    """Return the elements of v, again and again, until there are n."""
    v = fn.ravel(v)
    return v if v.size == n else v[np.arange(n) % v.size]


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Set elements of a Tensor, by their numbers in C order.

    Parameters
    ----------
    a : Tensor
        What is changed.
    ind : array_like of int
        Which elements.
    v : array_like
        Their new values, repeated if there are too few.
    mode : {"raise", "wrap", "clip"}
        What becomes of indices that are out of range.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.zeros(3)
    >>> fg.put(x, [0, 2], [1.0, 2.0])
    >>> x
    tensor([1., 0., 2.])
    """
    ind = fn.ravel(index_of(ind))
    if not ind.size or not fn.ravel(v).size:
        return
    ind = fitted(ind, a.size, mode)
    if not ind.requires_grad and concrete(fn.any(ops.logical_or(ind >= a.size, ind < -a.size))):
        raise IndexError(f"an index is out of bounds for size {a.size}; use mode='wrap' or 'clip'")
    ind = fn.where(ind < 0, ind + a.size, ind)
    a[_places(ind, a.shape)] = _repeated(v, ind.size)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> None:
    """Set for each line along an axis the elements that a line of indices names.

    Parameters
    ----------
    arr : Tensor
        What is changed.
    indices : array_like of int
        Indices, with as many axes as `arr`; the others broadcast.
    values : array_like
        New values, which broadcast against the indices.
    axis : int or None
        Axis to index along; None counts the elements in C order.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.zeros((2, 2))
    >>> fg.put_along_axis(x, [[1], [0]], 5.0, axis=1)
    >>> x.tolist()
    [[0.0, 5.0], [5.0, 0.0]]
    """
    indices = to_tensor(indices)
    if indices.dtype.kind not in "iu":
        raise IndexError(f"`indices` must be an integer array, not one of {indices.dtype}")
    if axis is None:
        if indices.ndim != 1:
            raise ValueError("when axis=None, `indices` must have a single dimension")
        put(arr, indices, fn.broadcast_to(values, indices.shape))
        return
    arr[along_axis_key(arr, indices, axis_index(axis, arr.ndim))] = values


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Set the elements of a Tensor for which a mask holds to those of another array.

    Parameters
    ----------
    a : Tensor
        What is changed.
    mask : array_like of bool, shape of a
        Which elements.
    values : array_like
        Element k of them, in C order and repeated, is what element k of `a` is set to.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor([1.0, 2.0, 3.0])
    >>> fg.putmask(x, x > 1, [7.0, 8.0])
    >>> x
    tensor([1., 8., 7.])
    """
    mask = _mask_of(a, mask)
    if mask.size and fn.ravel(values).size:
        new = fn.reshape(_repeated(values, a.size), a.shape)
        a[...] = fn.where(mask, new, a)


def _mask_of(a, mask):
    mask = to_tensor(mask)
    if mask.size != a.size:
        raise ValueError(
            f"mask and data must be the same size, not {mask.size} and {a.size}; broadcast the mask"
        )
    return fn.reshape(ops.not_equal(mask, 0), a.shape)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """Set the elements of a Tensor for which a mask holds, one after the other.

    Parameters
    ----------
    arr : Tensor
        What is changed.
    mask : array_like of bool, shape of arr
        Which elements.
    vals : array_like
        Their new values in order, repeated if there are too few.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor([1.0, 2.0, 3.0])
    >>> fg.place(x, x > 1, [7.0, 8.0])
    >>> x
    tensor([1., 7., 8.])
    """
    mask, vals = _mask_of(arr, mask), fn.ravel(vals)
    if not vals.size:
        if concrete(fn.any(mask)):
            raise ValueError("Cannot insert from an empty array!")
        return
    nth = fn.reshape(fn.cumsum(fn.astype(mask, np.intp)), arr.shape) - 1
    arr[...] = fn.where(mask, vals[nth % vals.size], arr)


def copyto(dst: Any, src: Any, casting: Any = "same_kind", where: Any = True) -> None:
    """Set a Tensor to the elements of another array, where a condition holds.

    Parameters
    ----------
    dst : Tensor
        What is changed.
    src : array_like
        New values, which broadcast.
    casting : str
        Which conversions of the dtype are allowed.
    where : array_like of bool
        Which elements.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.zeros(3)
    >>> fg.copyto(x, 5.0, where=[True, False, True])
    >>> x
    tensor([5., 0., 5.])
    """
    src = to_tensor(src)
    if not np.can_cast(src.dtype, dst.dtype, casting) and src.ndim:
        raise TypeError(
            f"Cannot cast array data from {src.dtype} to {dst.dtype} according to the rule "
            f"'{casting}'; use src.astype"
        )
    if where is not True and to_tensor(where).dtype.kind != "b":
        raise TypeError(f"where takes truth values, not {to_tensor(where).dtype}; compare")
    dst[...] = src if where is True else fn.where(where, src, dst)


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Set the diagonal of a Tensor.

    Parameters
    ----------
    a : Tensor, two axes or more
        What is changed; more than two axes have one length.
    val : array_like
        New elements, repeated if there are too few.
    wrap : bool
        Let the diagonal of a tall matrix begin again below its end.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.zeros((2, 2))
    >>> fg.fill_diagonal(x, [1.0, 2.0])
    >>> x.tolist()
    [[1.0, 0.0], [0.0, 2.0]]
    """
    if a.ndim < 2:
        raise ValueError("array must be at least 2-d; use diag for a matrix of a vector")
    end = None
    if a.ndim == 2:
        step = a.shape[1] + 1
        end = None if wrap else a.shape[1] * a.shape[1]
    elif len(set(a.shape)) > 1:
        raise ValueError("All dimensions of input must be of equal length")
    else:
        step = sum(dense(a.shape))
    flat = np.arange(a.size)[:end:step]
    if fn.ravel(val).size:
        a[_places(flat, a.shape)] = _repeated(val, flat.size)


CHANGES = {
    "put": put,
    "put_along_axis": put_along_axis,
    "putmask": putmask,
    "place": place,
    "copyto": copyto,
    "fill_diagonal": fill_diagonal,
}
