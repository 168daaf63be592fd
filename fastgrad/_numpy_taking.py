"""NumPy's functions that take elements, or choose among arrays, of Tensors.

Where indices are computed from what is recorded, they are data; how many elements there are is not.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import axis_index, concrete, to_tensor
from ._numpy_shape import along
from ._tensor import Tensor


def index_of(x: Any) -> Tensor:
    """Return integers to index by; truth values are 0 and 1 here, and no mask."""
    t = to_tensor(x)
    if t.dtype.kind == "f" and isinstance(x, (np.ndarray, Tensor)):  # numbers in lists are cut off
        raise TypeError(
            f"Cannot cast array data from {t.dtype} to {np.dtype(np.intp)} according to the rule "
            "'safe'; indices are integers, so give them as .astype(int)"
        )
    return t if t.dtype.kind in "iu" else fn.astype(t, np.intp)


def fitted(indices: Any, n: int, mode: str) -> Any:
    """Return indices with those out of range wrapped or clipped."""
    if mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"clipmode must be one of 'clip', 'raise', or 'wrap' (got {mode!r})")
    if mode == "wrap":
        return indices % n
    return fn.clip(indices, 0, n - 1) if mode == "clip" else indices


# ----- taking -----


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Tensor:
    """Take for each line along an axis the elements that a line of indices names.

    Parameters
    ----------
    arr : array_like
        Array.
    indices : array_like of int
        Indices, with as many axes as `arr`; the others broadcast.
    axis : int or None
        Axis to index along; None takes the elements in order, along one axis.

    Returns
    -------
    Tensor
        The elements. The gradient goes back to where each was.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.take_along_axis([[1.0, 2.0], [3.0, 4.0]], [[1], [0]], axis=1).tolist()
    [[2.0], [3.0]]
    """
    x, indices = to_tensor(arr), to_tensor(indices)
    if indices.dtype.kind not in "iu":
        raise IndexError(f"`indices` must be an integer array, not one of {indices.dtype}")
    if axis is None:
        if indices.ndim != 1:
            raise ValueError(
                f"when axis=None, `indices` must have a single dimension, not {indices.ndim}"
            )
        x, axis = fn.ravel(x), 0
    axis = axis_index(axis, x.ndim)
    return x[along_axis_key(x, indices, axis)]


def along_axis_key(x: Tensor, indices: Tensor, axis: int) -> tuple[Any, ...]:
    """Return the key of the elements that indices along one axis name."""
    if indices.ndim != x.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    key: list[Any] = []
    for a, n in enumerate(x.shape):
        shape = tuple(n if b == a else 1 for b in range(x.ndim))
        key.append(indices if a == axis else np.arange(n).reshape(shape))
    return tuple(key)


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Tensor:
    """Take elements, or slices along an axis.

    Parameters
    ----------
    a : array_like
        Array.
    indices : array_like of int
        Which ones.
    axis : int, optional
        Axis to index along; by default the elements are taken in order, along one axis.
    mode : {"raise", "wrap", "clip"}
        What becomes of indices that are out of range.

    Returns
    -------
    Tensor
        The elements. The gradient goes back to where each was.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.take([1.0, 2.0, 3.0], [2, 0])
    tensor([3., 1.])
    """
    x, indices = to_tensor(a), index_of(indices)
    if axis is None or (axis in (0, -1) and not x.ndim):
        x, axis = fn.ravel(x), 0
    axis = axis_index(axis, x.ndim)
    if not x.shape[axis] and indices.size:
        raise IndexError("cannot do a non-empty take from an empty axes; there is no element")
    return x[along(axis, fitted(indices, x.shape[axis], mode))]


def compress(condition: Any, a: Any, axis: int | None = None) -> Tensor:
    """Take the elements, or slices along an axis, for which a condition holds.

    Parameters
    ----------
    condition : array_like, one axis
        Truth values.
    a : array_like
        Array.
    axis : int, optional
        Axis to index along; by default the elements are taken in order, along one axis.

    Returns
    -------
    Tensor
        The elements. A recorded function takes as many as it did when it was recorded, or records
        another path.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.compress([True, False, True], [1.0, 2.0, 3.0])
    tensor([1., 3.])
    """
    mask = np.asarray(concrete(to_tensor(condition)))
    if mask.ndim != 1:
        raise ValueError(f"condition must be a 1-d array, not one of {mask.ndim} axes; ravel it")
    return take(a, np.flatnonzero(mask), axis)


def extract(condition: Any, arr: Any) -> Tensor:
    """Take the elements for which a condition holds.

    Parameters
    ----------
    condition : array_like
        Truth values.
    arr : array_like
        Array of the same size.

    Returns
    -------
    Tensor, one axis
        The elements, as of `compress`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.extract([[True, False], [False, True]], [[1.0, 2.0], [3.0, 4.0]])
    tensor([1., 4.])
    """
    return compress(fn.ravel(condition), fn.ravel(arr))


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Tensor:
    """Leave out zeros at the ends of an array.

    Parameters
    ----------
    filt : array_like
        Array.
    trim : str
        "f" for zeros at the front, "b" for those at the back.
    axis : int or tuple of int, optional
        Axes along which slices of zeros are left out; by default all.

    Returns
    -------
    Tensor
        What is left. Which elements are zero is a branch of a recorded function.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.trim_zeros([0.0, 1.0, 0.0, 2.0, 0.0])
    tensor([1., 0., 2.])
    """
    x = to_tensor(filt)
    if set(trim.lower()) - set("fb") or not trim:
        raise ValueError(f"unexpected character(s) in `trim`: {trim!r}; give 'f', 'b' or 'fb'")
    places = np.argwhere(concrete(ops.not_equal(x, 0)))
    key = [slice(None)] * x.ndim
    axes = range(x.ndim) if axis is None else np.atleast_1d(axis).tolist()
    for a in (axis_index(a, x.ndim) for a in axes):
        first, last = (places[:, a].min(), places[:, a].max() + 1) if len(places) else (0, 0)
        start = first if "f" in trim.lower() else 0
        stop = last if "b" in trim.lower() else x.shape[a]
        key[a] = slice(int(start), int(stop)) if len(places) else slice(0, 0)
    return x[tuple(key)]


def choose(a: Any, choices: Any, mode: str = "raise") -> Tensor:
    """Take each element from the one of several arrays that an index names.

    Parameters
    ----------
    a : array_like of int
        Which array.
    choices : sequence of array_like
        Arrays; all broadcast together.
    mode : {"raise", "wrap", "clip"}
        What becomes of indices that are out of range.

    Returns
    -------
    Tensor
        The chosen elements.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.choose([0, 1], [[1.0, 2.0], [3.0, 4.0]])
    tensor([1., 4.])
    """
    index = index_of(a)
    choices = [to_tensor(c) for c in choices]
    if mode == "raise" and index.size and not index.requires_grad:
        wrong = concrete(ops.logical_or(index < 0, index >= len(choices)))
        if np.any(wrong):
            raise ValueError("invalid entry in choice array; give mode='clip' or mode='wrap'")
    shape = np.broadcast_shapes(index.shape, *(c.shape for c in choices))
    index = fn.broadcast_to(fitted(index, len(choices), mode), shape)
    options = fn.stack([fn.broadcast_to(c, shape) for c in choices])
    return take_along_axis(options, fn.expand_dims(index, 0), 0)[0]


def select_first(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """Choose of each element the first alternative whose condition holds.

    Parameters
    ----------
    condlist : list of array_like of bool
        Conditions.
    choicelist : list of array_like
        As many alternatives; all broadcast together.
    default : array_like
        What is chosen where no condition holds.

    Returns
    -------
    Tensor
        The chosen elements. As of `where`, the others have no gradient, whatever they are.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> x = fg.tensor([0.0, 1.0, 2.0], requires_grad=True)
    >>> np.select([x < 1, x < 2], [x + 10, 20.0], 30.0).tolist()
    [10.0, 20.0, 30.0]
    """
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    if not len(condlist):
        raise ValueError("select with an empty condition list is not possible")
    result = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1]):
        condition = to_tensor(condition)
        if condition.dtype.kind != "b":
            raise TypeError(
                f"invalid entry in condlist: should be boolean ndarray, not {condition.dtype}; "
                "compare, as in x > 0"
            )
        result = fn.where(condition, choice, result)
    return result


FUNCTIONS = {
    "take_along_axis": take_along_axis,
    "take": take,
    "compress": compress,
    "extract": extract,
    "trim_zeros": trim_zeros,
    "choose": choose,
    "select": select_first,
}
