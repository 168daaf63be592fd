"""A complex value: two real Tensors, its parts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, NoReturn

import numpy as np

from . import _functions as fn
from ._arguments import to_tensor
from ._numpy_served import is_tracked
from ._tensor import Tensor, values, wrap

# What serves NumPy's ufuncs of complex values, by name: _complex_functions fills it.
UFUNCS: dict[str, Any] = {}

_WAY = "take .real, .imag, abs() or fastgrad.angle() of it, which are Tensors"


def _real(x):
    """Return a Tensor of floats of one of the two dtypes that parts have."""
    t = to_tensor(x)
    return t if t.dtype.kind == "f" else fn.astype(t, np.float64)


class ComplexTensor:
    """Complex numbers as a pair of real Tensors.

    Transforms such as `fastgrad.fft.rfft` give it, and arithmetic of Tensors with complex numbers.
    It has operators, indices and the commonest methods of an array; NumPy's functions that make
    sense of complex numbers take it. Gradients pass through both parts, so a loss has to be real.

    Parameters
    ----------
    real, imag : Tensor or array_like
        The parts, which broadcast; `imag` may be left out of complex numbers and of real ones.
        Tensors are not copied.

    Attributes
    ----------
    real, imag : Tensor
        The parts, of one shape and dtype.

    See Also
    --------
    fastgrad.fft : Where complex values come from.

    Notes
    -----
    The gradient of a real loss by z = x + iy is written as the complex number dL/dx + i dL/dy:
    a step against it makes the loss smaller.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor([1.0, 2.0], requires_grad=True)
    >>> z = x * (1 + 1j)
    >>> z
    complextensor([1.+1.j, 2.+2.j], grad_fn=<MulBackward>)
    >>> loss = (abs(z) ** 2).sum()
    >>> loss.backward()
    >>> x.grad
    tensor([4., 8.])
    """

    __array_priority__ = 2000
    __hash__: ClassVar[None] = None  # type: ignore[assignment]
    __slots__ = ("imag", "real")

    real: Tensor
    imag: Tensor

    def __init__(self, real: Any, imag: Any = None) -> None:
        if imag is None:
            whole = as_complex(real)
            real, imag = whole.real, whole.imag
        real, imag = _real(real), _real(imag)
        if real.dtype != imag.dtype:
            dtype = np.result_type(real.dtype, imag.dtype)
            real, imag = fn.astype(real, dtype), fn.astype(imag, dtype)
        if real.shape != imag.shape:
            shape = np.broadcast_shapes(real.shape, imag.shape)
            real, imag = fn.broadcast_to(real, shape), fn.broadcast_to(imag, shape)
        self.real, self.imag = real, imag

    @classmethod
    def _fastgrad_build(cls, children):
        """Make one of what takes the places of the parts in a result: numbers make NumPy's."""
        re, im = children
        if isinstance(re, Tensor) and isinstance(im, Tensor):
            return cls(re, im)
        if isinstance(re, (np.ndarray, np.floating, float)) and np.shape(re) == np.shape(im):
            whole = _joined(np.asarray(re), np.asarray(im))
            return whole if isinstance(re, np.ndarray) else whole[()]
        made = object.__new__(cls)
        made.real, made.imag = re, im
        return made

    # ----- what it is -----

    @property
    def shape(self) -> tuple[int, ...]:
        """Tuple of the lengths of the axes."""
        return self.real.shape

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.real.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.real.size

    @property
    def dtype(self) -> np.dtype:
        """complex128 or complex64."""
        return np.result_type(self.real.dtype, np.complex64)

    @property
    def requires_grad(self) -> bool:
        """Whether gradients pass through it."""
        return self.real.requires_grad or self.imag.requires_grad

    @property
    def T(self) -> ComplexTensor:
        """The value with its axes in reverse order."""
        return self._parts(fn.transpose)

    def __len__(self) -> int:
        return len(self.real)

    def __iter__(self) -> Iterator[ComplexTensor]:
        return map(ComplexTensor, self.real, self.imag)

    def __getitem__(self, key: Any) -> ComplexTensor:
        return ComplexTensor(self.real[key], self.imag[key])

    def __setitem__(self, key: Any, value: Any) -> None:
        whole = as_complex(value)
        self.real[key] = whole.real
        self.imag[key] = whole.imag

    def __repr__(self) -> str:
        text = np.array2string(
            self._value(), separator=", ", prefix="complextensor(", precision=4, suppress_small=True
        )
        part = self.real if self.real.requires_grad else self.imag
        dtype = "" if self.dtype == np.complex128 else f", dtype={self.dtype}"
        how = f", grad_fn=<{part.grad_fn.name()}>" if part.grad_fn is not None else ""
        return f"complextensor({text}{dtype}{how})"

    # ----- numbers out of it -----

    def _value(self):
        return _joined(values(self.real), values(self.imag))

    def numpy(self) -> np.ndarray:
        """Return the value as a NumPy array.

        Raises
        ------
        RuntimeError
            If a part requires a gradient: what is computed from the array would have none.
        """
        return _joined(self.real.numpy(), self.imag.numpy())

    def detach(self) -> ComplexTensor:
        """Return the same value, not tracked."""
        return self._parts(Tensor.detach)

    def tolist(self) -> Any:
        """Return the value as nested lists of Python's complex numbers, which are not tracked."""
        return _joined(np.asarray(self.real.tolist()), np.asarray(self.imag.tolist())).tolist()

    def item(self) -> complex:
        """Return the value of one element as a complex number of Python, which is not tracked."""
        return complex(self.real.item(), self.imag.item())

    def __complex__(self) -> complex:
        if self.requires_grad:
            raise TypeError(
                "complex() of a value that requires grad would silently cut it out of its graph: "
                f"use z.item() for the number alone; instead of cmath, NumPy's functions; or {_WAY}"
            )
        return self.item()

    def _refuse(self, wanted: str) -> NoReturn:
        raise TypeError(f"{wanted} of a complex value: {_WAY}")

    def __float__(self) -> float:
        self._refuse("float()")

    def __int__(self) -> int:
        self._refuse("int()")

    def __bool__(self) -> bool:
        return bool(self != 0)

    def __lt__(self, other: Any) -> NoReturn:
        self._refuse("the order")

    def __le__(self, other: Any) -> NoReturn:
        self._refuse("the order")

    def __gt__(self, other: Any) -> NoReturn:
        self._refuse("the order")

    def __ge__(self, other: Any) -> NoReturn:
        self._refuse("the order")

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.requires_grad:
            raise TypeError(
                "an array of a complex value that requires grad would silently have no gradient: "
                f"{_WAY}, or z.detach().numpy() if no gradient is wanted"
            )
        return self.numpy() if dtype is None else self.numpy().astype(dtype)

    def backward(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse: a loss is real."""
        raise RuntimeError(
            "grad can be implicitly created only for real scalar outputs but got "
            f"{self.dtype}: {_WAY}, and sum"
        )

    # ----- arithmetic -----

    def __neg__(self) -> ComplexTensor:
        return ComplexTensor(-self.real, -self.imag)

    def __pos__(self) -> ComplexTensor:
        return self.copy()

    def __abs__(self) -> Tensor:
        return _ufunc("absolute", self)

    def __add__(self, other: Any) -> Any:
        return _operator("add", self, other)

    def __radd__(self, other: Any) -> Any:
        return _operator("add", other, self)

    def __sub__(self, other: Any) -> Any:
        return _operator("subtract", self, other)

    def __rsub__(self, other: Any) -> Any:
        return _operator("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return _operator("multiply", self, other)

    def __rmul__(self, other: Any) -> Any:
        return _operator("multiply", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _operator("divide", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _operator("divide", other, self)

    def __pow__(self, other: Any) -> Any:
        return _operator("power", self, other)

    def __rpow__(self, other: Any) -> Any:
        return _operator("power", other, self)

    def __matmul__(self, other: Any) -> Any:
        return _operator("matmul", self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return _operator("matmul", other, self)

    def __eq__(self, other: object) -> Any:
        return _operator("equal", self, other)

    def __ne__(self, other: object) -> Any:
        return _operator("not_equal", self, other)

    # ----- methods of arrays -----

    def _parts(self, function, *args, **kwargs):
        return ComplexTensor(
            function(self.real, *args, **kwargs), function(self.imag, *args, **kwargs)
        )

    def conj(self) -> ComplexTensor:
        """Return the conjugate."""
        return ComplexTensor(fn.copy(self.real), -self.imag)

    def conjugate(self) -> ComplexTensor:
        """Return the conjugate."""
        return self.conj()

    def abs(self) -> Tensor:
        """Return the absolute value."""
        return abs(self)

    def angle(self) -> Tensor:
        """Return the angle, from -pi to pi."""
        return _ufunc("angle", self)

    def reshape(self, *shape: Any, **options: Any) -> ComplexTensor:
        """Return the elements in another shape."""
        return self._parts(fn.reshape, *shape, **options)

    def transpose(self, *axes: Any) -> ComplexTensor:
        """Return the value with its axes in another order."""
        return self._parts(fn.transpose, *axes)

    def ravel(self, order: str = "C") -> ComplexTensor:
        """Return the elements along one axis."""
        return self._parts(fn.ravel, order)

    flatten = ravel

    def squeeze(self, axis: Any = None) -> ComplexTensor:
        """Return the value without axes of length 1."""
        return self._parts(fn.squeeze, axis)

    def swapaxes(self, axis1: int, axis2: int) -> ComplexTensor:
        """Return the value with two axes exchanged."""
        return self._parts(fn.swapaxes, axis1, axis2)

    def copy(self) -> ComplexTensor:
        """Return a copy."""
        return self._parts(fn.copy)

    clone = copy

    def sum(self, axis: Any = None, keepdims: bool = False) -> ComplexTensor:
        """Return the sum over axes."""
        return self._parts(fn.sum, axis, keepdims=keepdims)

    def mean(self, axis: Any = None, keepdims: bool = False) -> ComplexTensor:
        """Return the mean over axes."""
        return self._parts(fn.mean, axis, keepdims=keepdims)

    def cumsum(self, axis: Any = None) -> ComplexTensor:
        """Return the sums so far along an axis."""
        return self._parts(fn.cumsum, axis)

    def dot(self, other: Any) -> ComplexTensor:
        """Return the product, as numpy.dot."""
        return np.dot(self, other)

    def prod(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refuse."""
        self._refuse("prod")

    # ----- NumPy -----

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        return UFUNCS["__array_ufunc__"](ufunc, method, inputs, options)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return UFUNCS["__array_function__"](function, args, kwargs)


def _joined(re, im):
    whole = np.empty(re.shape, np.result_type(re.dtype, np.complex64))
    whole.real, whole.imag = re, im
    return whole


def is_complex_value(x: Any) -> bool:
    """Return whether x is a complex value of fastgrad."""
    return isinstance(x, ComplexTensor)


def is_complex(x: Any) -> bool:
    """Return whether x is a complex number or array, or a nested list with one in it."""
    if isinstance(x, (list, tuple)):
        return any(map(is_complex, x))
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.kind == "c"
    return isinstance(x, (ComplexTensor, complex))


def as_complex(x: Any) -> ComplexTensor:
    """Return numbers, real or complex, as a complex value."""
    if isinstance(x, ComplexTensor):
        return x
    if isinstance(x, (list, tuple)) and is_complex(x):
        if is_tracked_complex(x) or any(isinstance(e, (Tensor, ComplexTensor)) for e in x):
            parts = [as_complex(e) for e in x]
            return ComplexTensor(
                fn.stack([p.real for p in parts]), fn.stack([p.imag for p in parts])
            )
        x = np.asarray(x)
    if is_complex(x):
        x = np.asarray(x)
        dtype = np.float32 if x.dtype == np.complex64 else np.float64
        return ComplexTensor(wrap(x.real.astype(dtype)), wrap(x.imag.astype(dtype)))
    t = _real(x)
    return ComplexTensor(t, wrap(np.zeros(t.shape, t.dtype)))


def is_tracked_complex(x: Any) -> bool:
    """Return whether something that requires a gradient is in x."""
    if isinstance(x, (list, tuple)):
        return any(map(is_tracked_complex, x))
    return x.requires_grad if isinstance(x, ComplexTensor) else is_tracked(x)


def _ufunc(name, *args):
    """Return what a ufunc or a row makes of operands of which one is complex."""
    if name not in UFUNCS:
        raise TypeError(f"fastgrad.{name} is not known of complex values: {_WAY}")
    return UFUNCS[name](
        *(
            x if isinstance(x, (int, float)) else as_complex(x) if is_complex(x) else to_tensor(x)
            for x in args
        )
    )


_NUMBERS = (Tensor, ComplexTensor, np.ndarray, np.generic, complex, float, int, list, tuple)


def _operator(name, *args):
    if not all(isinstance(x, _NUMBERS) for x in args):
        return NotImplemented
    return _ufunc(name, *args)


def complex_row(name: str, args: tuple[Any, ...]) -> Any:
    """Return what a row of the table makes of operands of which one is complex."""
    return _ufunc(name, *args)
