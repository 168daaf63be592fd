"""Functions that arrange the elements of a Tensor anew: shape, order of axes, joining."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _structural as structural
from ._arguments import (
    axis_index,
    axis_tuple,
    shape_of_size,
    shape_tuple,
    to_tensor,
    torch_names,
)
from ._sweep import tape
from ._tensor import Tensor, values


def _reading_order(x, order, allowed):
    """Return the axes of an array from the one that is read slowest to the one read fastest."""
    if order is not None and order not in allowed:
        raise ValueError(
            f"order {order!r} is not known here; give one of {', '.join(allowed)}: 'C' reads the "
            "last axis fastest, 'F' the first"
        )
    forward = tuple(range(x.ndim))
    if order in ("A", "K") and x.ndim > 1:
        if tape().recording and x.requires_grad:
            raise TypeError(
                f"order {order!r} follows how elements lie in memory, which a recording does not "
                "keep; give 'C' or 'F'"
            )
        array = values(x)
        if order == "K":
            return tuple(sorted(forward, key=lambda a: -abs(array.strides[a])))
        order = "F" if array.flags.fnc else "C"
    return forward[::-1] if order == "F" else forward


def reshape(
    x: Any, *sizes: Any, shape: Any = None, order: str = "C", copy: bool | None = None
) -> Tensor:
    """Give an array a new shape, with its elements in the same order.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    *sizes : int or tuple of int
        The new shape, as one tuple or as separate lengths; one of them may be -1.
    shape : int or tuple of int, optional
        The new shape, if given by name.
    order : {'C', 'F', 'A'}
        Whether the last axis is read and written fastest, or the first; 'A' reads as 'F' what lies
        so in memory, else as 'C'.
    copy : bool, optional
        Whether the result has memory of its own; by default only if it has to.

    Returns
    -------
    Tensor, shape `shape`
        The same elements.

    Raises
    ------
    ValueError
        If the number of elements differs, or a copy is forbidden and needed.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.reshape([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], (2, -1)).shape
    (2, 3)
    """
    x = to_tensor(x)
    if sizes and isinstance(sizes[-1], str):  # NumPy's third argument
        sizes, order = sizes[:-1], sizes[-1]
    if shape is None:
        if not sizes:
            raise TypeError("reshape() got no shape; give one, as in t.reshape(2, -1)")
        shape = sizes[0] if len(sizes) == 1 else sizes
    elif sizes:
        raise TypeError("reshape() got both separate lengths and shape=; give one of them")
    shape = shape_of_size(shape, x.size, "reshape")
    if order == "C" or _reading_order(x, order, "CFA") == tuple(range(x.ndim)):
        result = structural.reshape(x, shape=shape)
    else:
        result = transpose(structural.reshape(transpose(x), shape=shape[::-1]))
    if copy is None:
        return result
    shared = not x.size or np.may_share_memory(values(x), values(result))
    if not copy and not shared:
        raise ValueError(
            "Unable to avoid creating a copy while reshaping: the elements do not lie in this order"
        )
    return structural.copy(result) if copy and shared else result


def ravel(x: Any, order: str = "C") -> Tensor:
    """Return the elements of an array along one axis.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    order : {'C', 'F', 'A', 'K'}
        Whether the last axis is read fastest, or the first; 'A' reads as 'F' what lies so in
        memory, else as 'C'; 'K' reads as it lies there.

    Returns
    -------
    Tensor, shape (size of x,)
        The same elements.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.ravel([[1.0, 2.0], [3.0, 4.0]])
    tensor([1., 2., 3., 4.])
    """
    x = to_tensor(x)
    axes = _reading_order(x, order, "CFAK")
    if axes != tuple(range(x.ndim)):
        x = structural.transpose(x, axes=axes)
    flat = structural.reshape(x, shape=(x.size,))
    return flat if values(x).flags.c_contiguous else structural.copy(flat)


def flatten(x: Any, order: str = "C") -> Tensor:
    """Return a copy of the elements of an array along one axis.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    order : {'C', 'F', 'A', 'K'}
        Whether the last axis is read fastest, or the first; 'A' reads as 'F' what lies so in
        memory, else as 'C'; 'K' reads as it lies there.

    Returns
    -------
    Tensor, shape (size of x,)
        A copy of the elements.

    See Also
    --------
    ravel : The same without the copy.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.flatten([[1.0, 2.0], [3.0, 4.0]])
    tensor([1., 2., 3., 4.])
    """
    return structural.copy(ravel(x, order))


def transpose(x: Any, *order: Any, axes: Any = None) -> Tensor:
    """Put the axes of an array into another order.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    *order : int or tuple of int
        For each new axis the old one, as one tuple or as separate numbers; none reverses them.
    axes : tuple of int, optional
        The same, if given by name.

    Returns
    -------
    Tensor
        Axis ``i`` of the result is axis ``axes[i]`` of `x`.

    Raises
    ------
    ValueError
        If not every axis is named exactly once.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.transpose(fg.zeros((2, 3, 4)), (1, 0, 2)).shape
    (3, 2, 4)
    """
    x = to_tensor(x)
    if axes is None and order:
        axes = order[0] if len(order) == 1 else order
    if axes is None:
        return structural.transpose(x, axes=tuple(range(x.ndim))[::-1])
    axes = tuple(axis_index(a, x.ndim) for a in shape_tuple(axes))
    if sorted(axes) != list(range(x.ndim)):
        raise ValueError(
            f"axes {axes} don't match an array with {x.ndim} axes; name each of them once"
        )
    return structural.transpose(x, axes=axes)


def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """Exchange two axes of an array.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis1, axis2 : int
        The axes.

    Returns
    -------
    Tensor
        `x` with the two axes exchanged.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.swapaxes(fg.zeros((2, 3, 4)), 0, -1).shape
    (4, 3, 2)
    """
    x = to_tensor(x)
    i, j = axis_index(axis1, x.ndim), axis_index(axis2, x.ndim)
    axes = list(range(x.ndim))
    axes[i], axes[j] = j, i
    return structural.transpose(x, axes=tuple(axes))


def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """Move axes of an array to new places; the others stay in their order.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    source, destination : int or tuple of int
        Which axes, and where each of them goes.

    Returns
    -------
    Tensor
        `x` with its axes moved.

    Raises
    ------
    ValueError
        If an axis or a place is named twice, or their numbers differ.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.moveaxis(fg.zeros((2, 3, 4)), 0, -1).shape
    (3, 4, 2)
    """
    x = to_tensor(x)
    froms = [axis_index(a, x.ndim) for a in shape_tuple(source)]
    tos = [axis_index(a, x.ndim) for a in shape_tuple(destination)]
    if len(froms) != len(tos) or len(set(froms)) != len(froms) or len(set(tos)) != len(tos):
        raise ValueError(
            f"cannot move axes {source} to {destination}; give as many places as axes, each once"
        )
    axes = [a for a in range(x.ndim) if a not in froms]
    for to, a in sorted(zip(tos, froms)):
        axes.insert(to, a)
    return structural.transpose(x, axes=tuple(axes))


@torch_names
def squeeze(x: Any, axis: Any = None) -> Tensor:
    """Remove axes of length 1.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Which axes; by default all of length 1. Also accepted as ``dim``.

    Returns
    -------
    Tensor
        `x` without those axes.

    Raises
    ------
    ValueError
        If a named axis has another length than 1.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.squeeze(fg.zeros((1, 3, 1))).shape
    (3,)
    """
    x = to_tensor(x)
    if axis is None:
        axes = tuple(a for a in range(x.ndim) if x.shape[a] == 1)
    else:
        axes = axis_tuple(axis, x.ndim)
        for a in axes:
            if x.shape[a] != 1:
                raise ValueError(
                    "cannot select an axis to squeeze out which has size not equal to one: "
                    f"axis {a} of shape {x.shape}; name only axes of length 1, "
                    "or none for all of them"
                )
    return structural.reshape(x, shape=tuple(n for a, n in enumerate(x.shape) if a not in axes))


@torch_names
def expand_dims(x: Any, axis: Any) -> Tensor:
    """Insert axes of length 1.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int
        Where the new axes stand in the result. Also accepted as ``dim``.

    Returns
    -------
    Tensor
        `x` with more axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.expand_dims([1.0, 2.0], 0).shape
    (1, 2)
    """
    x = to_tensor(x)
    ndim = x.ndim + (len(axis) if isinstance(axis, (tuple, list)) else 1)
    axes = axis_tuple(axis, ndim)
    lengths = iter(x.shape)
    return structural.reshape(
        x, shape=tuple(1 if a in axes else next(lengths) for a in range(ndim))
    )


def broadcast_to(x: Any, shape: Any, subok: bool = False) -> Tensor:
    """Repeat an array along new axes and axes of length 1, without a copy.

    Parameters
    ----------
    x : array_like
        Array that broadcasts to `shape`.
    shape : int or tuple of int
        The new shape.
    subok : bool
        Without effect.

    Returns
    -------
    Tensor, shape `shape`
        The elements, repeated.

    Raises
    ------
    ValueError
        If `x` does not broadcast to `shape`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.broadcast_to([1.0, 2.0], (3, 2)).shape
    (3, 2)
    """
    x, shape = to_tensor(x), shape_tuple(shape)
    own = x.shape
    fits = all(n in (1, m) for n, m in zip(own[::-1], shape[::-1]))
    if len(own) > len(shape) or not fits or min(shape, default=0) < 0:
        raise ValueError(
            f"cannot broadcast shape {own} to {shape}; counted from the last, "
            "each length has to be the same or 1"
        )
    return structural.broadcast_to(x, shape=shape)


def expand(x: Any, *sizes: Any) -> Tensor:
    """Repeat an array along new axes and axes of length 1; -1 keeps a length.

    Parameters
    ----------
    x : array_like
        Array that broadcasts to the new shape.
    *sizes : int or tuple of int
        The new shape, as one tuple or as separate lengths.

    Returns
    -------
    Tensor
        The elements, repeated.

    Raises
    ------
    ValueError
        If `x` does not broadcast to the new shape, or a new axis is given as -1.

    See Also
    --------
    broadcast_to : The same with NumPy's signature.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.expand([[1.0], [2.0]], -1, 3).shape
    (2, 3)
    """
    x = to_tensor(x)
    shape = shape_tuple(sizes[0] if len(sizes) == 1 else sizes)
    new = len(shape) - x.ndim
    if -1 in shape[: max(new, 0)]:
        raise ValueError(
            f"cannot expand shape {x.shape} to {shape}: a new axis has no length that -1 could keep"
        )
    return broadcast_to(
        x, tuple(x.shape[a - new] if n == -1 and a >= new else n for a, n in enumerate(shape))
    )


@torch_names
def flip(x: Any, axis: Any = None) -> Tensor:
    """Reverse the order of the elements along axes.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    axis : int or tuple of int, optional
        Which axes; by default all. Also accepted as ``dim``.

    Returns
    -------
    Tensor, shape of x
        `x` reversed.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.flip([1.0, 2.0, 3.0])
    tensor([3., 2., 1.])
    """
    x = to_tensor(x)
    if not x.ndim and axis not in (None, ()):
        raise np.exceptions.AxisError(axis, 0)
    return structural.reverse(x, axis=axis_tuple(axis, x.ndim))
