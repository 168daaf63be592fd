"""repr of a Tensor, in torch's form."""

from __future__ import annotations

import numpy as np

from ._graph import grad_fn
from ._tensor import Tensor, later, values


def _number(x):
    """A 0-d float as torch writes it: 4 digits, none if it is whole."""
    x = float(x)
    if not np.isfinite(x):
        return repr(x)
    if x != 0 and not 1e-4 <= abs(x) < 1e8:
        return f"{x:.4e}"
    return f"{x:.0f}." if x == int(x) else f"{x:.4f}"


def _body(array):
    if array.ndim == 0:
        return _number(array) if array.dtype.kind == "f" else str(array.item())
    if array.size == 0:
        return "[]" if array.ndim == 1 else f"[], size={array.shape}"
    whole = array.dtype.kind == "f" and bool(np.all(np.isfinite(array) & (array == np.rint(array))))
    return np.array2string(
        array, separator=", ", prefix="tensor(", precision=4, floatmode="maxprec" if whole else "fixed"
    )


def represent(self: Tensor) -> str:
    """Return the value with dtype (if not the default) and where it comes from."""
    array = values(self)
    parts = [_body(array)]
    if array.dtype not in (np.float64, np.int64, np.bool_) or (
        array.size == 0 and array.dtype != np.float64
    ):
        parts.append(f"dtype={array.dtype}")
    fn = grad_fn(self)
    if fn is not None:
        parts.append(f"grad_fn={fn}")
    elif self.requires_grad:
        parts.append("requires_grad=True")
    return f"tensor({', '.join(parts)})"


later.repr = represent
