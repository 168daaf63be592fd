"""repr of a Tensor, in torch's form."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ._grad_fn import grad_fn
from ._tensor import Tensor, later, values

_LINE = 80  # characters
_MANY = 1000  # elements; of more, only the edges are shown
_EDGE = 3


def _edges(array):
    """Return the elements that are shown, of an array with too many."""
    for axis, length in enumerate(array.shape):
        if length > 2 * _EDGE:
            array = array.take([*range(_EDGE), *range(length - _EDGE, length)], axis)
    return array


def _float_format(array: np.ndarray) -> Callable[[float], str]:
    """Return how torch writes each of these numbers: 4 digits, none if all are whole."""
    sizes = np.abs(array[np.isfinite(array) & (array != 0)].astype(np.float64))
    low, high = (sizes.min(), sizes.max()) if sizes.size else (1.0, 1.0)
    whole = bool(np.all(sizes == np.ceil(sizes)))
    if high / low > 1000 or high > 1e8 or (low < 1e-4 and not whole):
        return "{:.4e}".format
    if whole:
        return lambda x: f"{x:.0f}." if math.isfinite(x) else str(x)
    return "{:.4f}".format


def _padded(array: np.ndarray) -> tuple[Callable[[Any], str], int]:
    """Return how an element is written, and in how many characters at least."""
    if array.dtype.kind != "f":
        return str, max((len(str(x)) for x in array.reshape(-1).tolist()), default=1)
    write = _float_format(array)
    sized = array[np.isfinite(array) & (array != 0)].tolist()
    return write, max((len(write(x)) for x in sized), default=1)


def _rows(array, many, write, width, indent):
    """Return the text of an array whose first line stands behind `indent` characters."""
    if array.ndim == 0:
        return write(array.item()).rjust(width)
    cut = many and array.shape[0] > 2 * _EDGE
    shown = [*range(_EDGE), *range(-_EDGE, 0)] if cut else range(array.shape[0])
    parts = [_rows(array[i, ...], many, write, width, indent + 1) for i in shown]
    if cut:
        parts.insert(_EDGE, " ..." if array.ndim == 1 else "...")
    if array.ndim > 1:
        return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(parts) + "]"
    return "[" + _wrapped(parts, width, indent) + "]"


def _wrapped(parts, width, indent):
    n = max(1, (_LINE - indent) // (width + 2))
    lines = [", ".join(parts[i : i + n]) for i in range(0, len(parts), n)]
    return (",\n" + " " * (indent + 1)).join(lines)


def _body(array):
    indent = len("tensor(")
    if array.ndim == 0:
        return _padded(array)[0](array.item())
    if array.size == 0:
        return "[]" if array.ndim == 1 else f"[], size={array.shape}"
    many = array.size > _MANY
    return _rows(array, many, *_padded(_edges(array) if many else array), indent)


def represent(self: Tensor) -> str:
    """Return the value with dtype (if not the default) and where it comes from."""
    array = values(self)
    parts = []
    if array.dtype not in (np.float64, np.int64, np.bool_) or (
        array.size == 0 and array.dtype != np.float64
    ):
        parts.append(f"dtype={array.dtype}")
    fn = grad_fn(self)
    if fn is not None:
        parts.append(f"grad_fn={fn}")
    elif self.requires_grad:
        parts.append("requires_grad=True")
    text = "tensor(" + _body(array)
    for part in parts:
        room = _LINE - (len(text) - text.rfind("\n") + 1) - len(part) - 2
        text += f", {part}" if room >= 0 else f",\n       {part}"
    return text + ")"


later.repr = represent
