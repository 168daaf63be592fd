"""NumPy's functions that repeat, roll, turn and cut out elements of arrays, of Tensors.

They are written in fastgrad's functions and in indexing, so their derivatives are those of what
they are made of.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np

from . import _functions as fn
from ._arguments import axis_index, concrete, to_tensor
from ._tensor import Tensor


def number(x: Any) -> int:
    """Return a length, a shift or an axis as an int; of a Tensor it is one that is guarded."""
    return operator.index(x)


def numbers(x: Any) -> np.ndarray:
    """Return counts or indices as plain integers."""
    return np.asarray(concrete(x) if isinstance(x, Tensor) else x)


def rearranged(x: Tensor, arrange: Callable[[np.ndarray], np.ndarray]) -> Tensor:
    """Return what `arrange` makes of an array, by what it makes of the elements' numbers."""
    index = arrange(np.arange(x.size).reshape(x.shape))
    return fn.ravel(x)[index] if x.size else fn.reshape(x, index.shape)


def along(axis: int, index: Any) -> tuple[Any, ...]:
    """Return the key of an index along one axis."""
    return (slice(None),) * axis + (index,)


# ----- repetition -----


def tile(A: Any, reps: Any) -> Tensor:
    """Repeat an array as a whole.

    Parameters
    ----------
    A : array_like
        The array.
    reps : int or sequence of int
        How often along each axis; the shorter of `reps` and the shape is filled up with ones on the
        left.

    Returns
    -------
    Tensor
        The array, again and again.

    See Also
    --------
    repeat : Repeat each element.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.tile([1.0, 2.0], 2)
    tensor([1., 2., 1., 2.])
    """
    x = to_tensor(A)
    reps = tuple(map(number, reps)) if np.iterable(reps) else (number(reps),)
    ndim = max(len(reps), x.ndim)
    shape = (1,) * (ndim - x.ndim) + x.shape
    reps = (1,) * (ndim - len(reps)) + reps
    apart = fn.reshape(x, tuple(chain.from_iterable((1, n) for n in shape)))
    apart = fn.broadcast_to(apart, tuple(chain.from_iterable(zip(reps, shape))))
    return fn.copy(fn.reshape(apart, tuple(r * n for r, n in zip(reps, shape))))


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Repeat each element of an array.

    Parameters
    ----------
    a : array_like
        The array.
    repeats : int or array_like of int
        How often, the same for all or one number for each place along the axis.
    axis : int, optional
        The axis; by default the elements are taken in order, along one axis.

    Returns
    -------
    Tensor
        The array with each element, or slice, repeated. Gradients of repetitions are added.

    See Also
    --------
    tile : Repeat the array as a whole.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.repeat([1.0, 2.0], [1, 3])
    tensor([1., 2., 2., 2.])
    """
    x = to_tensor(a)
    if axis is None or not x.ndim:
        x, axis = fn.ravel(x), axis or 0
    axis = axis_index(axis, x.ndim)
    repeats = numbers(repeats) if isinstance(repeats, Tensor) else repeats
    return x[along(axis, np.repeat(np.arange(x.shape[axis]), repeats))]


def resize(a: Any, new_shape: Any) -> Tensor:
    """Fill a shape with the elements of an array, again and again.

    Parameters
    ----------
    a : array_like
        The array.
    new_shape : int or tuple of int
        The shape of the result.

    Returns
    -------
    Tensor, shape `new_shape`
        The elements in order; from the first on again where they do not suffice, zeros if there
        are none.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.resize([1.0, 2.0], (2, 3)).tolist()
    [[1.0, 2.0, 1.0], [2.0, 1.0, 2.0]]
    """
    x = to_tensor(a)
    if not x.size:
        return fn.zeros(np.resize(np.zeros(0), new_shape).shape, x.dtype)
    return rearranged(x, lambda i: np.resize(i, new_shape))


# ----- order -----


def roll(a: Any, shift: Any, axis: Any = None) -> Tensor:
    """Shift elements along axes; what leaves at the end comes back at the start.

    Parameters
    ----------
    a : array_like
        The array.
    shift : int or tuple of int
        By how many places.
    axis : int or tuple of int, optional
        Along which axes; by default the elements are shifted in order, along one axis.

    Returns
    -------
    Tensor, shape of a
        The shifted elements.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.roll([1.0, 2.0, 3.0], 1)
    tensor([3., 1., 2.])
    """
    x = to_tensor(a)
    if axis is None:
        return fn.reshape(roll(fn.ravel(x), shift, 0), x.shape)
    shifts, axes = np.broadcast_arrays(numbers(shift), axis)
    if axes.ndim > 1:
        raise ValueError("'shift' and 'axis' should be scalars or 1D sequences")
    for s, axis in zip(shifts.ravel().tolist(), axes.ravel().tolist()):
        axis = axis_index(axis, x.ndim)
        n = x.shape[axis]
        back = int(s % n) if n else 0
        if back:
            parts = (slice(n - back, None), slice(n - back))
            x = fn.concatenate([x[along(axis, part)] for part in parts], axis)
    return fn.copy(x) if x is a else x


def rot90(m: Any, k: int = 1, axes: Any = (0, 1)) -> Tensor:
    """Turn an array by quarters of a turn.

    Parameters
    ----------
    m : array_like, two or more axes
        The array.
    k : int
        How many quarters, from the first axis towards the second.
    axes : pair of int
        The axes of the plane in which it is turned.

    Returns
    -------
    Tensor
        The turned array; a view.

    Raises
    ------
    ValueError
        If `axes` are not two different axes of the array.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.rot90([[1.0, 2.0], [3.0, 4.0]]).tolist()
    [[2.0, 4.0], [1.0, 3.0]]
    """
    x = to_tensor(m)
    if len(axes) != 2:
        raise ValueError(f"len(axes) must be 2: a plane has two axes, got {tuple(axes)}")
    first, second = (axis_index(a, x.ndim) for a in axes)
    if first == second:
        raise ValueError(f"Axes must be different: a plane has two axes, got {tuple(axes)}")
    k = number(k) % 4
    if k == 2:
        return fn.flip(x, (first, second))
    if k == 1:
        return fn.swapaxes(fn.flip(x, second), first, second)
    return fn.flip(fn.swapaxes(x, first, second), second) if k else x[...]


def fliplr(m: Any) -> Tensor:
    """Reverse the order of the columns, along axis 1.

    Parameters
    ----------
    m : array_like, two or more axes
        The array.

    Returns
    -------
    Tensor, shape of m
        The reversed array; a view.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fliplr([[1.0, 2.0]]).tolist()
    [[2.0, 1.0]]
    """
    return _flipped(m, 1)


def flipud(m: Any) -> Tensor:
    """Reverse the order of the rows, along axis 0.

    Parameters
    ----------
    m : array_like, one or more axes
        The array.

    Returns
    -------
    Tensor, shape of m
        The reversed array; a view.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.flipud([1.0, 2.0])
    tensor([2., 1.])
    """
    return _flipped(m, 0)


def _flipped(m, axis):
    x = to_tensor(m)
    if x.ndim <= axis:
        raise ValueError(f"Input must be >= {axis + 1}-d; got shape {x.shape}")
    return fn.flip(x, axis)


# ----- parts -----


def delete(arr: Any, obj: Any, axis: int | None = None) -> Tensor:
    """Leave out elements of an array, or slices along an axis.

    Parameters
    ----------
    arr : array_like
        The array.
    obj : int, slice, or array_like of int or bool
        Which of them.
    axis : int, optional
        The axis; by default the elements are taken in order, along one axis.

    Returns
    -------
    Tensor
        The others.

    Raises
    ------
    IndexError
        If an index is out of range.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.delete([1.0, 2.0, 3.0], 1)
    tensor([1., 3.])
    """
    x = to_tensor(arr)
    if axis is None:
        x, axis = fn.ravel(x), 0
    axis = axis_index(axis, x.ndim)
    obj = numbers(obj) if isinstance(obj, Tensor) else obj
    return x[along(axis, np.delete(np.arange(x.shape[axis]), obj))]


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Tensor:
    """Insert elements into an array, or slices along an axis.

    Parameters
    ----------
    arr : array_like
        The array.
    obj : int, slice, or array_like of int or bool
        Before which of its elements, or slices.
    values : array_like
        What is inserted; it is broadcast, and takes the dtype of the array.
    axis : int, optional
        The axis; by default the elements are taken in order, along one axis.

    Returns
    -------
    Tensor
        A larger array.

    Raises
    ------
    IndexError
        If an index is out of range.
    ValueError
        If `values` do not fit.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.insert([1.0, 2.0], 1, 5.0)
    tensor([1., 5., 2.])
    """
    x, values = to_tensor(arr), to_tensor(values)
    if axis is None:
        x, axis = fn.ravel(x), 0
    obj = numbers(obj) if isinstance(obj, Tensor) else obj
    old, new = np.arange(x.size).reshape(x.shape), np.arange(values.size).reshape(values.shape)
    places = np.insert(old, obj, x.size + new, axis)
    return fn.concatenate([fn.ravel(x), fn.ravel(fn.astype(values, x.dtype))])[places]


def sliding_window_view(
    x: Any, window_shape: Any, axis: Any = None, *, subok: bool = False, writeable: bool = False
) -> Tensor:
    """Return all windows of a length that slide along axes of an array.

    Parameters
    ----------
    x : array_like
        The array.
    window_shape : int or tuple of int
        How long a window is along each of the axes.
    axis : int or tuple of int, optional
        The axes along which it slides; by default all.
    subok, writeable : bool
        Must be False: the windows are copies, into which a change would get lost.

    Returns
    -------
    Tensor
        Its first axes say where a window starts, its last ones are those of the window.

    Raises
    ------
    ValueError
        If a window is longer than the array, or the lengths do not fit the axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.sliding_window_view([1.0, 2.0, 4.0, 8.0], 2).sum(-1)
    tensor([ 3.,  6., 12.])
    """
    if writeable:
        raise ValueError(
            "windows that share memory cannot be written to: one element stands in several; write "
            "to the array that they are made of"
        )
    views = np.lib.stride_tricks.sliding_window_view
    return rearranged(to_tensor(x), lambda i: views(i, window_shape, axis))


VIEWS = {"rot90": rot90, "fliplr": fliplr, "flipud": flipud}
FUNCTIONS = {
    "tile": tile,
    "repeat": repeat,
    "resize": resize,
    "roll": roll,
    "delete": delete,
    "insert": insert,
    "sliding_window_view": sliding_window_view,
    "lib.stride_tricks.sliding_window_view": sliding_window_view,
}
