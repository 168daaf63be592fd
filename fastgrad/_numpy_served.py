"""What functions that stand in for NumPy's have in common."""

from __future__ import annotations

from types import FrameType
from typing import Any

from ._tensor import Tensor

OWN = {"numpy", "fastgrad"}
# They hand the arrays that they make to compiled code of theirs.
LIBRARIES = {
    "scipy", "pandas", "sklearn", "matplotlib", "numba", "torch", "jax", "jaxlib", "tensorflow",
    "autograd", "statsmodels", "xarray", "skimage", "sympy", "casadi", "h5py", "PIL", "networkx",
}  # fmt: skip


def package_of(frame: FrameType) -> str:
    """Return the name of the package that the code of a frame belongs to."""
    return (frame.f_globals.get("__name__") or "").partition(".")[0]


class NotServed(TypeError):
    """NumPy takes this call, but no gradient of it is known here."""


def is_tracked(x: Any) -> bool:
    """Return whether a Tensor that requires a gradient is in x."""
    if isinstance(x, (list, tuple)):
        return any(map(is_tracked, x))
    if isinstance(x, dict):
        return any(map(is_tracked, x.values()))
    return isinstance(x, Tensor) and x.requires_grad
