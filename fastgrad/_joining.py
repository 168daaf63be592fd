"""Functions that join arrays into one Tensor."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import accumulate
from typing import Any

import numpy as np

from . import _structural as structural
from ._arguments import axis_index, to_tensor, torch_names
from ._array import pack
from ._convert import checked_dtype
from ._tensor import Tensor


def _tensors(arrays, name, dtype=None, casting="same_kind"):
    """Return what is joined as Tensors, of one dtype if one is asked for."""
    if not isinstance(arrays, Iterable):
        raise TypeError(
            f"{name} needs a sequence of arrays, got {type(arrays).__name__}; put them in a list"
        )
    tensors = [to_tensor(x) for x in arrays]
    if not tensors:
        raise ValueError(f"{name} needs at least one array, got none")
    if dtype is None and casting == "same_kind":
        return tensors
    dtype = np.dtype(dtype or np.result_type(*(t.dtype for t in tensors)))
    for t in tensors:
        if not np.can_cast(t.dtype, dtype, casting):
            raise TypeError(
                f"Cannot cast array data from {t.dtype!r} to {dtype!r} according to the rule "
                f"{casting!r}; choose another dtype, or casting='unsafe'"
            )
    return [structural.astype(t, dtype=checked_dtype(dtype)) for t in tensors]


@torch_names
def concatenate(
    arrays: Any, axis: int | None = 0, *, dtype: Any = None, casting: str = "same_kind"
) -> Tensor:
    """Join arrays along an axis that they have.

    Parameters
    ----------
    arrays : sequence of array_like
        Arrays of the same shape but for the length of `axis`.
    axis : int or None
        The axis; None joins the elements of all along one axis. Also accepted as ``dim``.
    dtype : dtype, optional
        Of the result; by default one that holds the numbers of all arrays.
    casting : {'same_kind', 'safe', 'no', 'equiv', 'unsafe'}
        Which conversions of the arrays to `dtype` are allowed.

    Returns
    -------
    Tensor
        The arrays, one after the other.

    Raises
    ------
    ValueError
        If there is no array, one is 0-d, or the shapes do not match.
    TypeError
        If `casting` forbids a conversion to `dtype`.

    See Also
    --------
    stack : Join along a new axis.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.concatenate([[1.0, 2.0], fg.tensor([3.0])])
    tensor([1., 2., 3.])
    """
    tensors = _tensors(arrays, "concatenate", dtype, casting)
    if axis is None:
        tensors, axis = [structural.reshape(t, shape=(t.size,)) for t in tensors], 0
    for i, t in enumerate(tensors):
        if not t.ndim:
            raise ValueError(
                f"zero-dimensional arrays cannot be concatenated, and array {i} is one; use stack"
            )
    axis = axis_index(axis, tensors[0].ndim)
    for i, t in enumerate(tensors):
        if _without(t.shape, axis) != _without(tensors[0].shape, axis):
            raise ValueError(
                f"cannot concatenate along axis {axis}: array 0 has shape {tensors[0].shape}, "
                f"array {i} {t.shape}; all but this axis must match"
            )
    starts = (0, *accumulate(t.shape[axis] for t in tensors))
    return structural.concatenate(*tensors, axis=axis, starts=starts)


def _without(shape, axis):
    return (*shape[:axis], None, *shape[axis + 1 :]) if axis < len(shape) else shape


@torch_names
def stack(arrays: Any, axis: int = 0, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """Join arrays along a new axis.

    Parameters
    ----------
    arrays : sequence of array_like
        Arrays of one shape.
    axis : int
        Where the new axis stands in the result. Also accepted as ``dim``.
    dtype : dtype, optional
        Of the result; by default one that holds the numbers of all arrays.
    casting : {'same_kind', 'safe', 'no', 'equiv', 'unsafe'}
        Which conversions of the arrays to `dtype` are allowed.

    Returns
    -------
    Tensor
        Array ``i`` is at index ``i`` of the new axis.

    Raises
    ------
    ValueError
        If there is no array, or the shapes differ.
    TypeError
        If `casting` forbids a conversion to `dtype`.

    See Also
    --------
    concatenate : Join along an axis that the arrays have.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.stack([fg.tensor(1.0), fg.tensor(2.0)])
    tensor([1., 2.])
    """
    tensors = _tensors(arrays, "stack", dtype, casting)
    for i, t in enumerate(tensors):
        if t.shape != tensors[0].shape:
            raise ValueError(
                f"all input arrays must have the same shape: array 0 has {tensors[0].shape}, "
                f"array {i} {t.shape}; use concatenate to join arrays of different lengths"
            )
    axis = axis_index(axis, tensors[0].ndim + 1)
    scalars = pack(tensors) if axis == 0 else None
    return structural.stack(*tensors, axis=axis) if scalars is None else scalars


def vstack(arrays: Any, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """Join arrays row after row; a 1-D array is a row.

    Parameters
    ----------
    arrays : sequence of array_like
        Arrays of the same shape but for the first of two or more axes.
    dtype : dtype, optional
        Of the result; by default one that holds the numbers of all arrays.
    casting : {'same_kind', 'safe', 'no', 'equiv', 'unsafe'}
        Which conversions of the arrays to `dtype` are allowed.

    Returns
    -------
    Tensor
        The rows, one after the other.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.vstack([[1.0, 2.0], [[3.0, 4.0], [5.0, 6.0]]]).shape
    (3, 2)
    """
    rows = _tensors(arrays, "vstack", dtype, casting)
    return concatenate(
        [structural.reshape(t, shape=(1, t.size)) if t.ndim < 2 else t for t in rows]
    )


def hstack(arrays: Any, *, dtype: Any = None, casting: str = "same_kind") -> Tensor:
    """Join arrays column after column; 1-D arrays end to end.

    Parameters
    ----------
    arrays : sequence of array_like
        Arrays of the same shape but for the second axis (the first, if 1-D).
    dtype : dtype, optional
        Of the result; by default one that holds the numbers of all arrays.
    casting : {'same_kind', 'safe', 'no', 'equiv', 'unsafe'}
        Which conversions of the arrays to `dtype` are allowed.

    Returns
    -------
    Tensor
        The columns, one after the other.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.hstack([[1.0, 2.0], [3.0]])
    tensor([1., 2., 3.])
    """
    parts = _tensors(arrays, "hstack", dtype, casting)
    parts = [structural.reshape(t, shape=(1,)) if t.ndim < 1 else t for t in parts]
    return concatenate(parts, axis=0 if parts[0].ndim == 1 else 1)
