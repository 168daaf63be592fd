"""What the array functions accept: array-likes, NumPy's axis or torch's dim, shapes with a -1."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

from ._convert import as_tensor
from ._structural import astype, stack
from ._tensor import Tensor, later, values

_Result = TypeVar("_Result")

_NUMPY_NAME = {"dim": "axis", "keepdim": "keepdims"}


def torch_names(function: Callable[..., _Result]) -> Callable[..., _Result]:
    """Let a function take torch's dim= and keepdim= for NumPy's axis= and keepdims=."""

    @functools.wraps(function)
    def accepting(*args, **kwargs):
        if "dim" in kwargs or "keepdim" in kwargs:
            for torch, numpy in _NUMPY_NAME.items():
                if torch in kwargs:
                    if numpy in kwargs:
                        raise TypeError(
                            f"{function.__name__}() got both {numpy}= and {torch}=, "
                            "which mean the same; give one of them"
                        )
                    kwargs[numpy] = kwargs.pop(torch)
        return function(*args, **kwargs)

    return accepting


def to_tensor(x: Any) -> Tensor:
    """Return `x` as a Tensor; a nested list that holds Tensors is stacked, and stays tracked."""
    if isinstance(x, (list, tuple)) and holds_tensor(x):
        return stack(*[to_tensor(e) for e in x], axis=0)
    return as_tensor(x)


def holds_tensor(x: Any) -> bool:
    """Say whether a nested list holds a Tensor."""
    return any(
        isinstance(e, Tensor) or (isinstance(e, (list, tuple)) and holds_tensor(e)) for e in x
    )


def to_float(x: Any) -> Tensor:
    """Return `x` as a Tensor of floating-point numbers; integers and truth values as float64."""
    x = to_tensor(x)
    return x if x.dtype.kind == "f" else astype(x, dtype=np.dtype(np.float64))


def concrete(t: Tensor) -> Any:
    """Return the value of a Tensor that decides a shape or a choice; a recording guards it."""
    return (getattr(later, "concrete", None) or values)(t)


def axis_index(axis: Any, ndim: int) -> int:
    """Return an axis as a number from 0 to ndim - 1."""
    index = operator.index(axis)
    if not -ndim <= index < ndim:
        raise np.exceptions.AxisError(index, ndim)
    return index % ndim


def axis_tuple(axis: Any, ndim: int) -> tuple[int, ...]:
    """Return axes as distinct numbers from 0 to ndim - 1, in increasing order; None is all."""
    if axis is None:
        return tuple(range(ndim))
    if not isinstance(axis, (tuple, list)):
        if ndim == 0 and axis in (0, -1):  # as NumPy, which reduces a 0-d array over its "axis"
            return ()
        return (axis_index(axis, ndim),)
    axes = sorted(axis_index(a, ndim) for a in axis)
    if len(set(axes)) != len(axes):
        raise ValueError(
            f"axis {tuple(axis)} of {ndim} axes names one of them twice; name each once"
        )
    return tuple(axes)


def shape_tuple(shape: Any) -> tuple[int, ...]:
    """Return a shape given as one number, or as several, as a tuple."""
    if isinstance(shape, Iterable):
        return tuple(operator.index(n) for n in shape)
    return (operator.index(shape),)


def shape_of_size(shape: Any, size: int, name: str) -> tuple[int, ...]:
    """Return a shape for `size` elements, in which one length may be given as -1."""
    wanted = shape_tuple(shape)
    known = math.prod(n for n in wanted if n != -1)
    if wanted.count(-1) == 1 and known > 0 and size % known == 0:
        return tuple(size // known if n == -1 else n for n in wanted)
    if known != size or min(wanted, default=0) < 0:
        raise ValueError(
            f"cannot {name} array of size {size} into shape {wanted}; the product of the lengths "
            "has to be the size, and one length may be -1 to be worked out"
        )
    return wanted
