"""What the parameters of a structural op may be: checked before anything is made from them.

They may come from a file that somebody else wrote, so each check takes anything, and raises
TypeError, ValueError or IndexError.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np

from ._lowering import dense

MOST_AXES = 64  # NumPy's own limit
MOST_ELEMENTS = 2**53  # positions are kept as doubles


def shape_of(shape: Any) -> tuple[int, ...]:
    """Return a shape that an array can have."""
    if type(shape) is not tuple or any(type(n) is not int for n in shape):
        raise TypeError(f"a shape is a tuple of int, got {shape!r:.60}")
    if len(shape) > MOST_AXES or min(shape, default=0) < 0:
        raise ValueError(f"a shape has at most {MOST_AXES} lengths from 0 on, got {shape!r:.60}")
    if math.prod(n or 1 for n in shape) > MOST_ELEMENTS:
        raise ValueError(f"an array has at most 2**53 elements, got shape {shape!r:.60}")
    return shape


def axis_of(axis: Any, ndim: int) -> int:
    """Return an axis as a number from 0 to ndim - 1."""
    if type(axis) is not int:
        raise TypeError(f"an axis is an int, got {axis!r:.60}")
    if not 0 <= axis < ndim:
        raise ValueError(f"an axis of {ndim} is a number from 0 to {ndim - 1}, got {axis!r:.60}")
    return axis


def axes_of(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return axes as numbers from 0 to ndim - 1 that increase."""
    if type(axis) is not tuple:
        raise TypeError(f"axes are a tuple of int, got {axis!r:.60}")
    for a in axis:
        axis_of(a, ndim)
    if any(a >= b for a, b in itertools.pairwise(axis)):
        raise ValueError(f"axes increase, got {axis!r:.60}")
    return axis


def flag_of(flag: Any) -> bool:
    """Return True or False."""
    if type(flag) is not bool:
        raise TypeError(f"wanted True or False, got {flag!r:.60}")
    return flag


def kept_shape(shape: tuple[int, ...], axis: Any, keepdims: Any) -> tuple[int, ...]:
    """Return the shape that is left when axes are reduced."""
    axes = axes_of(axis, len(shape))
    if flag_of(keepdims):
        return tuple(1 if a in axes else n for a, n in enumerate(shape))
    return tuple(n for a, n in enumerate(shape) if a not in axes)


def basic_key(key: Any) -> tuple[Any, ...]:
    """Return an index as a tuple of int, slices of int and None, None and Ellipsis."""
    parts = key if type(key) is tuple else (key,)
    for part in parts:
        ends = (part.start, part.stop, part.step) if type(part) is slice else ()
        if not (type(part) in (int, slice) or part is None or part is Ellipsis) or any(
            not (type(e) is int or e is None) for e in ends
        ):
            raise TypeError(f"an index is made of int, slices, None and ..., got {part!r:.60}")
    return parts


def of_array(key: Any) -> tuple[Any, ...]:
    """Return an index that names an array also where `key` names a single element."""
    parts = key if type(key) is tuple else (key,)
    return parts if Ellipsis in parts else (*parts, ...)


def place_of(shape: tuple[int, ...], key: Any) -> tuple[tuple[int, ...], int, tuple[int, ...]]:
    """Return shape, start and strides, in elements, of what an index names in a dense array."""
    one = np.zeros(1, np.int8)  # seen as an array of the shape, of which no element is read
    whole = np.lib.stride_tricks.as_strided(one, shape, dense(shape))
    part = whole[of_array(basic_key(key))]
    start = part.ctypes.data - whole.ctypes.data  # __array_interface__ crashes without memory
    return part.shape, start if part.size else 0, part.strides
