"""Indexing: Tensors among the keys become arrays, and what NumPy refuses gets a way out."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from . import _structural as structural
from ._arguments import holds_tensor, to_tensor
from ._array import is_symbolic
from ._positions import as_parts, is_dynamic, positions
from ._tensor import Tensor, later, values, wrap


def _normal_tensor(part):
    kind = part.dtype.kind
    if kind == "f":
        raise IndexError(
            "tensors used as indices must be integer or bool tensors; got "
            f"{part.dtype}, so convert it with .astype(int)"
        )
    if kind == "b":
        return np.array(later.concrete(part))
    if is_symbolic((part,)):
        return part
    if part.ndim == 0:
        return int(later.concrete(part))
    return part if part.requires_grad else values(part)


def _normal_end(end):
    if end is None:
        return None
    return operator.index(later.concrete(end).item() if isinstance(end, Tensor) else end)


def _normal_part(part):
    if part is None or part is Ellipsis or type(part) is int:
        return part
    if isinstance(part, slice):
        return slice(_normal_end(part.start), _normal_end(part.stop), _normal_end(part.step))
    if isinstance(part, list) and holds_tensor(part):
        part = to_tensor(part)
    if isinstance(part, Tensor) or is_symbolic((part,)):
        return _normal_tensor(part)
    if isinstance(part, (list, np.ndarray, bool, np.bool_)):
        part = np.asarray(part)
        if part.size == 0 and part.dtype.kind == "f":
            part = part.astype(np.intp)
        if part.dtype.kind not in "iub":
            raise IndexError(
                f"arrays used as indices must be of integer or bool type, not {part.dtype}"
            )
        return int(part) if part.ndim == 0 and part.dtype.kind != "b" else part
    try:
        return operator.index(part)
    except TypeError:
        np.empty(0)[part]  # NumPy says what an index may be
        raise


def normal_key(key: Any) -> Any:
    """Return an index made only of int, slices of int, None, Ellipsis, and arrays.

    Arrays are ndarrays of integers or bools, or Tensors of integers that are being recorded.
    """
    if isinstance(key, tuple):
        return tuple(_normal_part(part) for part in key)
    return _normal_part(key)


def is_basic(key: Any) -> bool:
    """Say whether a normal index has no arrays."""
    return all(p is None or p is Ellipsis or type(p) in (int, slice) for p in as_parts(key))


def getitem(t: Tensor, key: Any) -> Tensor:
    """Return elements, as NumPy's indexing does: a view for slices, a copy for arrays and numbers.

    Raises
    ------
    IndexError
        If an index is out of range, of a wrong type, or one too many.
    """
    key = normal_key(key)
    if is_basic(key):
        return structural.getitem(t, key=key)
    if isinstance(t, Tensor) and not t.requires_grad and not any(map(is_dynamic, as_parts(key))):
        return wrap(np.asarray(values(t)[key]))
    return structural.gather(t, positions(t.shape, key))


later.getitem = getitem
