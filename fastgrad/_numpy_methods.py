"""Methods that a Tensor has because arrays have them; they are NumPy's functions of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _ops as ops
from . import _structural as structural
from ._convert import as_tensor, numpy
from ._sweep import tape
from ._tensor import Tensor, box_of, values

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


def transposed_matrix(self: Tensor) -> Tensor:
    """The Tensor with its last two axes exchanged."""
    if self.ndim < 2:
        raise ValueError(f"matrix transpose with ndim < 2 is undefined: shape {self.shape}")
    return structural.transpose(self, axes=(*range(self.ndim - 2), self.ndim - 1, self.ndim - 2))


# ----- the memory -----


def base(self: Tensor) -> Tensor | None:
    """The Tensor whose memory this one is a view of, or None."""
    found, box = None, box_of(self)
    while box is not None and box.view is not None:
        found = box.view[0]
        box = box_of(found)
    return found


def strides(self: Tensor) -> tuple[int, ...]:
    """Bytes from one element to the next along each axis."""
    return np.asarray(values(self)).strides


def flags(self: Tensor) -> Any:
    """How the elements lie in memory, as flags of arrays say it."""
    return np.asarray(values(self)).flags


def view(self: Tensor, dtype: Any = None, type: Any = None) -> Tensor:
    """Return a Tensor that shares the memory of this one."""
    if isinstance(dtype, (int, tuple)):
        raise TypeError("view takes a dtype, as that of arrays does; use t.reshape for a shape")
    if type is not None or (dtype is not None and np.dtype(dtype) != self.dtype):
        raise TypeError(
            f"view of a Tensor of dtype {self.dtype} as another type would take its bits for other "
            "numbers, through which there is no gradient; use t.astype(dtype), or "
            "t.detach().numpy().view(dtype)"
        )
    return structural.getitem(self, key=...)


def resize(self: Tensor, *new_shape: Any, refcheck: bool = True) -> None:
    """Refuse: the shape of a Tensor does not change in place."""
    raise TypeError(
        "the shape of a Tensor does not change in place; use t.reshape(shape) for the same "
        "elements, or fastgrad.resize(t, shape)"
    )


def _of_array(name):
    """Return a method that does what an array's does, of a Tensor that is not tracked."""

    def method(self, *args, **kwargs):
        return getattr(np.asarray(numpy(self)), name)(*args, **kwargs)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"Do what ndarray.{name} does; the Tensor must not require grad."
    return method


_OF_ARRAYS = "tobytes tofile dump dumps __dlpack__ __dlpack_device__".split()
_REFUSED = {  # what arrays have and Tensors do not, and what there is in its place
    "byteswap": "t.detach().numpy().byteswap()",
    "ctypes": "t.detach().numpy().ctypes",
    "getfield": "t.detach().numpy().getfield",
    "setfield": "t[...] = value",
    "setflags": "t.clone() to write to what is read-only",
}


def _refused(name, way):
    def refuse(self):
        raise AttributeError(f"a Tensor has no {name}: use {way}")

    return property(refuse, doc=f"Refused; use {way}.")


def to_device(self: Tensor, device: Any, /, *, stream: Any = None) -> Tensor:
    """Return the Tensor itself: there is one device, "cpu"."""
    if device != "cpu" or stream is not None:
        raise ValueError(f"a Tensor is on the device 'cpu' alone; got {device!r}, stream {stream}")
    return self


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
    "mT": property(transposed_matrix),
    "base": property(base),
    "strides": property(strides),
    "flags": property(flags),
    "view": view,
    "resize": resize,
    "device": property(lambda self: "cpu", doc="Where the elements are."),
    "to_device": to_device,
    **{name: _of_array(name) for name in _OF_ARRAYS},
    **{name: _refused(name, way) for name, way in _REFUSED.items()},
    "itemsize": property(itemsize),
    "nbytes": property(nbytes),
    "__round__": rounded,
}
