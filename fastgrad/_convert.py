"""Into a Tensor and out of it: data, dtypes, NumPy arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._array import tensor
from ._nodes import detach as detached
from ._nodes import set_requires, tape
from ._tensor import Tensor, box_of, later, values, wrap

_KINDS = "fiub"


def checked_dtype(dtype: Any) -> np.dtype:
    """Return a dtype that a Tensor can have, or raise TypeError."""
    dtype = np.dtype(dtype)
    if dtype.kind not in _KINDS or (dtype.kind == "f" and dtype.itemsize not in (4, 8)):
        way = {
            "c": "take real and imaginary part as two real arrays, or use fastgrad.ComplexTensor",
            "f": "convert it with .astype(numpy.float64) or float32",
            "O": "make all entries numbers (an integer beyond 64 bits as a float) and all rows "
            "equally long",
        }.get(dtype.kind, "convert the data to numbers")
        raise TypeError(
            f"can't make a Tensor of dtype {dtype}; Tensors hold float64, float32, integers or "
            f"bools: {way}"
        )
    return dtype if dtype.isnative else dtype.newbyteorder("=")


def _array_of(data, dtype=None):
    """Return data as an ndarray of a dtype that a Tensor can have."""
    if isinstance(data, Tensor):
        array = values(data)
    elif isinstance(data, (np.ndarray, np.generic)):
        if type(data) is not np.ndarray and hasattr(data, "filled"):
            raise TypeError(
                "can't make a Tensor of a masked array: its mask would be lost; use .filled(value) "
                "or .data and .mask as two arrays"
            )
        array = np.asarray(data)
    else:
        if isinstance(data, (str, bytes)) or data is None:
            raise TypeError(
                f"can't make a Tensor of {type(data).__name__}; wanted numbers, nested lists of "
                "numbers or a NumPy array"
            )
        try:
            array = np.array(data)
        except ValueError as error:
            if "inhomogeneous" in str(error):
                raise ValueError(
                    "can't make a Tensor of ragged nested lists: all rows have to be equally long"
                ) from error
            raise
        except OverflowError as error:
            raise OverflowError(
                f"a number in the data does not fit: {error}; give it as a float"
            ) from error
    if array.dtype.kind == "O":
        kinds = {type(x).__name__ for x in array.flat}
        if kinds == {"int"} and dtype is not None:  # beyond 64 bits, but perhaps not for the dtype
            return array.astype(checked_dtype(dtype))
        if not array.ndim:
            raise TypeError(
                f"can't make a Tensor of {kinds.pop()} {data!r:.40}; wanted numbers of at most 64 "
                "bits, nested lists of them or a NumPy array, so convert it with float()"
            )
    kept = checked_dtype(array.dtype)
    return np.asarray(array, kept if dtype is None else checked_dtype(dtype))


def _tensor_of(data, dtype, requires_grad):
    """Make the Tensor of `tensor`, for anything but a float."""
    if type(data) is int and requires_grad and dtype is None:
        data = float(data)
    if isinstance(data, Tensor) and data.requires_grad:
        raise RuntimeError(
            "tensor() would copy a tracked Tensor out of its graph; use t.clone() to stay in the "
            "graph, or tensor(t.detach()) to leave it"
        )
    result = wrap(np.array(_array_of(data, dtype)))
    if requires_grad:
        require(result, True)
    return result


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """Return data as a Tensor; a Tensor of the right dtype as it is, an array sharing its memory.

    Parameters
    ----------
    data : scalar, array_like or Tensor
        Anything `tensor` takes.
    dtype : dtype, optional
        Default: that of the data.

    Returns
    -------
    Tensor, shape of data

    Examples
    --------
    >>> import fastgrad as fg
    >>> t = fg.tensor([1.0, 2.0])
    >>> fg.as_tensor(t) is t
    True
    """
    if isinstance(data, Tensor):
        return (
            data
            if dtype is None or np.dtype(dtype) == data.dtype
            else later.astype(data, dtype=checked_dtype(dtype))
        )
    return wrap(_array_of(data, dtype))


def from_numpy(array: np.ndarray) -> Tensor:
    """Make a Tensor that shares the memory of a NumPy array.

    Parameters
    ----------
    array : ndarray, any shape
        float64, float32, integers or bools, in the machine's byte order.

    Returns
    -------
    Tensor, shape of array
        A change of one is seen in the other. Changes made through NumPy are not counted: if
        backward needs a value that was changed so, its result is that of the new value.

    Raises
    ------
    TypeError
        If it is no ndarray, or of another dtype.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> a = np.zeros(2)
    >>> t = fg.from_numpy(a)
    >>> t[0] = 5.0
    >>> a
    array([5., 0.])
    """
    if not isinstance(array, np.ndarray):
        raise TypeError(
            f"expected np.ndarray (got {type(array).__name__}); use fastgrad.tensor(data)"
        )
    if checked_dtype(array.dtype) != array.dtype or not array.dtype.isnative:
        raise TypeError(
            f"can't share an array of dtype {array.dtype}: it is not in the machine's byte order; "
            "use fastgrad.tensor(array) for a copy"
        )
    return wrap(array.view(np.ndarray), scalar=False)


def numpy(self: Tensor) -> np.ndarray:
    """Return the value as a NumPy array, which shares memory where the Tensor has an axis.

    Raises
    ------
    RuntimeError
        If the Tensor requires a gradient: what is computed from the array would have none.
    """
    if self.requires_grad and tape().recording:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad while a function is recorded: its "
            "number would be the same in every replay. Use NumPy or fastgrad functions on the "
            "Tensor itself"
        )
    if self.requires_grad:
        raise RuntimeError(
            "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead: "
            "what NumPy computes from it has no gradient. In a list of Tensors, use fastgrad.stack"
        )
    return values(self)


def number(self: Tensor, wanted: str) -> Any:
    """Return the value for float(), int() or complex(): not of a tracked Tensor."""
    if self.requires_grad:
        raise RuntimeError(
            f"{wanted}() of a Tensor that requires grad would silently cut it out of its graph: "
            "use t.item() for the number alone, or a fastgrad function (fastgrad.sin instead of "
            "math.sin) for a result with a gradient"
        )
    if self.size != 1:
        raise TypeError(
            f"only one element tensors can be converted to Python scalars; got shape {self.shape}"
        )
    return self.item()


def index(self: Tensor) -> int:
    """Return the value of an integer Tensor for use as an index."""
    if self.dtype.kind not in "iub" or self.ndim:
        raise TypeError(
            f"only integer 0-d tensors can be used as an index; got dtype {self.dtype} and shape "
            f"{self.shape}; use int(t.item())"
        )
    return int(self.item())


def require(self: Tensor, on: bool) -> None:
    """Set requires_grad of a leaf."""
    on = bool(on)
    if on == self.requires_grad:
        return
    if on and self.dtype.kind != "f":
        raise RuntimeError(
            "Only Tensors of floating point and complex dtype can require gradients; this one is "
            f"{self.dtype}: use .astype(float) or give floats"
        )
    if not self.is_leaf:
        raise RuntimeError(
            "you can only change requires_grad flags of leaf variables. If you want to use a "
            "computed variable in a subgraph that doesn't require differentiation use "
            "var_no_grad = var.detach()."
        )
    box = box_of(self)
    if on and box is not None and box.view is not None:
        box.view = None  # a leaf stands for itself; memory stays shared
    set_requires(self, on)


def requires_grad_(self: Tensor, requires_grad: bool = True) -> Tensor:
    """Set `requires_grad` in place and return the Tensor."""
    require(self, requires_grad)
    return self


def detach(self: Tensor) -> Tensor:
    """Return a Tensor of the same value that is not tracked; an array shares its memory.

    While a function is recorded the value stays recorded, without a gradient.
    """
    if tape().recording and self.requires_grad:
        return later.stop_gradient(self)
    return detached(self)


def tolist(self: Tensor) -> Any:
    """Return the value as a Python number or nested lists of numbers; they are not tracked."""
    if self.requires_grad and tape().recording:
        numpy(self)
    return values(self).tolist()


def check_grad(self: Tensor, grad: Any) -> Tensor:
    """Return what `.grad` is set to, if it fits."""
    if not isinstance(grad, Tensor):
        raise TypeError(
            f"assigned grad expected to be a Tensor or None but got {type(grad).__name__}"
        )
    if grad is self:
        raise RuntimeError("can't assign Variable as its own grad; use t.detach().clone()")
    if grad.shape != self.shape or grad.dtype != self.dtype:
        raise RuntimeError(
            f"assigned grad has data of shape {grad.shape} and dtype {grad.dtype}; this Tensor has "
            f"{self.shape} and {self.dtype}"
        )
    return grad


def _rebuild(array, requires_grad):
    return tensor(array, requires_grad=requires_grad)


def reduce(self: Tensor) -> tuple:
    """Pickle: the value and whether a gradient is required; the graph stays behind."""
    if self.requires_grad and tape().recording:
        numpy(self)  # says that it cannot be taken out
    return _rebuild, (np.array(values(self)), self.requires_grad)


def shallow_copy(self: Tensor) -> Tensor:
    """Serve copy.copy: a leaf becomes a new leaf, a tracked result stays in its graph."""
    return _rebuild(*reduce(self)[1]) if self.is_leaf else later.copy(self)


def format_tensor(self: Tensor, spec: str) -> str:
    """Serve format() and f-strings: a scalar as its number, as in f"{loss:.3f}"."""
    if self.ndim == 0 and spec:
        return format(values(self).item(), spec)
    return object.__format__(self, spec)


def deepcopy(self: Tensor, memo: dict) -> Tensor:
    """Copy a leaf with its `.grad`; of a tracked result there is no graph to copy."""
    if not self.is_leaf:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
            "protocol at the moment; copy t.detach(), or use t.clone() to stay in the graph"
        )
    result = _rebuild(*reduce(self)[1])
    memo[id(self)] = result
    if self.grad is not None:
        result.grad = tensor(self.grad.detach())
    return result


later.tensor = _tensor_of
later.as_tensor = as_tensor
later.number = number
later.index = index
later.require = require
later.check_grad = check_grad
later.reduce = reduce

METHODS: dict[str, Any] = {
    "numpy": numpy,
    "detach": detach,
    "requires_grad_": requires_grad_,
    "tolist": tolist,
    "__copy__": shallow_copy,
    "__deepcopy__": deepcopy,
    "__format__": format_tensor,
}
