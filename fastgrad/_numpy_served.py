"""What functions that stand in for NumPy's have in common."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, NoReturn

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

    def __init__(self, why: str) -> None:
        name = sys._getframe(1).f_code.co_name.strip("_")
        super().__init__(f"{name} {why} cannot be recorded; NumPy does it of t.detach().numpy()")
        self.why = why


def holds_tensor(x: Any) -> bool:
    """Return whether x is a Tensor, or a nested list, tuple or dict with one in it."""
    if isinstance(x, (list, tuple)):
        return any(map(holds_tensor, x))
    if isinstance(x, dict):
        return any(map(holds_tensor, x.values()))
    return isinstance(x, Tensor)


def is_tracked(x: Any) -> bool:
    """Return whether a Tensor that requires a gradient is in x."""
    if isinstance(x, (list, tuple)):
        return any(map(is_tracked, x))
    if isinstance(x, dict):
        return any(map(is_tracked, x.values()))
    return isinstance(x, Tensor) and x.requires_grad


def refuse(name: str, why: str) -> NoReturn:
    """Raise the error of a call whose result would have no gradient."""
    raise TypeError(
        f"{name} {why} on a Tensor that requires grad: its result would silently have no gradient. "
        "Use fastgrad functions, or t.detach().numpy() if no gradient is wanted"
    )


def serve(name: str, function: Any, args: Any, kwargs: Any) -> Any:
    """Return what `function` makes in the place of the one that is called `name`, or refuse."""
    try:
        return function(*args, **kwargs)
    except NotServed as error:
        refuse(name, f"{error.why} cannot be recorded")
