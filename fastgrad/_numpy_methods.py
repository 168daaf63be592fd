"""Methods that a Tensor has because arrays have them; they are NumPy's functions of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _ops as ops
from . import _structural as structural
from ._convert import as_tensor
from ._sweep import tape
from ._tensor import Tensor, values

_SAME = (  # t.take(...) is numpy.take(t, ...)
    "argpartition choose conj conjugate diagonal put repeat round searchsorted take trace"
).split()


def _method(name):
    function = getattr(np, name)

    def method(self, *args, **kwargs):
        return getattr(np, name)(self, *args, **kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"Return numpy.{function.__name__} of the Tensor."
    return method


def compress(self: Tensor, condition: Any, axis: int | None = None) -> Any:
    """Return the slices along an axis for which a condition holds."""
    return np.compress(condition, self, axis)


def fill(self: Tensor, value: Any) -> None:
    """Set all elements to one value, in place."""
    self[...] = value


def sort(self: Tensor, axis: int = -1, kind: Any = None, order: Any = None) -> None:
    """Sort the elements along an axis, in place."""
    self[...] = np.sort(self, axis)


def partition(self: Tensor, kth: Any, axis: int = -1) -> None:
    """Sort the elements along an axis, in place; so each is where it parts the others."""
    self[...] = np.sort(self, axis)


def real(self: Tensor) -> Tensor:
    """The Tensor itself: it holds real numbers."""
    return self


def imag(self: Tensor) -> Tensor:
    """Zeros: a Tensor holds real numbers."""
    return ops.masked_multiply(0.0, self)


def flat(self: Tensor) -> Tensor:
    """The elements along one axis, in C order; a change of them is one of the Tensor."""
    if not values(self).flags.c_contiguous:
        raise AttributeError(
            "flat of a Tensor whose elements do not lie in C order would be a copy; use t.ravel() "
            "to read, or t.T, t[...] and numpy.ndindex(t.shape) to write"
        )
    return structural.reshape(self, shape=(self.size,))


def itemsize(self: Tensor) -> int:
    """Bytes of one element."""
    return self.dtype.itemsize


def nbytes(self: Tensor) -> int:
    """Bytes of all elements."""
    return self.size * self.dtype.itemsize


def rounded(self: Tensor, digits: int | None = None) -> Any:
    """Serve round(): with a number of digits a Tensor, without one an int of Python."""
    if digits is not None:
        return np.round(self, digits)
    whole = ops.rint(self)
    if tape().recording or not self.requires_grad:
        whole = structural.astype(as_tensor(whole), dtype=np.dtype(np.int64))
    return int(whole)


METHODS: dict[str, Any] = {
    **{name: _method(name) for name in _SAME},
    "compress": compress,
    "fill": fill,
    "sort": sort,
    "partition": partition,
    "real": property(real),
    "imag": property(imag),
    "flat": property(flat),
    "itemsize": property(itemsize),
    "nbytes": property(nbytes),
    "__round__": rounded,
}
