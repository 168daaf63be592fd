"""Indexing: Tensors among the keys become arrays, and what NumPy refuses gets a way out."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _structural as structural
from ._tensor import Tensor, later, values


def _normal_part(part):
    if isinstance(part, Tensor):
        if part.dtype.kind == "f":
            raise IndexError(
                "tensors used as indices must be integer or bool tensors; got "
                f"{part.dtype}, so convert it with .astype(int)"
            )
        part = values(part)
        return part.item() if part.ndim == 0 and part.dtype.kind != "b" else part.copy()
    if isinstance(part, (list, np.ndarray)):
        part = np.asarray(part)
        if part.size == 0 and part.dtype.kind == "f":
            part = part.astype(np.intp)
        if part.dtype.kind not in "iub":
            raise IndexError(
                f"arrays used as indices must be of integer or bool type, not {part.dtype}"
            )
        return part.copy()  # the graph keeps it
    if isinstance(part, slice):
        return slice(
            *(
                values(e).item() if isinstance(e, Tensor) else e
                for e in (part.start, part.stop, part.step)
            )
        )
    return part


def normal_key(key: Any) -> Any:
    """Return an index made only of ints, slices, None, Ellipsis and integer or bool arrays."""
    if isinstance(key, tuple):
        return tuple(_normal_part(part) for part in key)
    return _normal_part(key)


def getitem(t: Tensor, key: Any) -> Tensor:
    """Return elements, as NumPy's indexing does: a view for slices, a copy for arrays and numbers.

    Raises
    ------
    IndexError
        If an index is out of range, of a wrong type, or one too many.
    """
    return structural.getitem(t, key=normal_key(key))


later.getitem = getitem
