"""The namespace of the Python array API standard, for Tensors: that of `t.__array_namespace__()`.

Code that is written for the standard, and takes its functions from its arguments, computes with
Tensors and has gradients. Tensors hold real numbers, so complex dtypes are absent.

>>> import fastgrad as fg
>>> x = fg.tensor([1.0, 4.0], requires_grad=True)
>>> xp = x.__array_namespace__()
>>> xp.sum(xp.sqrt(x)).backward()
>>> x.grad
tensor([0.5000, 0.2500])
"""

from __future__ import annotations

import functools
import math
import sys
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops
from ._arguments import to_tensor
from ._convert import from_numpy
from ._numpy_table import names, public
from ._tensor import Tensor, later

__array_api_version__ = "2024.12"
_VERSIONS = ("2021.12", "2022.12", "2023.12", "2024.12")

e: float = math.e
pi: float = math.pi
inf: float = math.inf
nan: float = math.nan
newaxis: None = None

_DTYPES = {
    "bool": ("bool",),
    "signed integer": ("int8", "int16", "int32", "int64"),
    "unsigned integer": ("uint8", "uint16", "uint32", "uint64"),
    "real floating": ("float32", "float64"),
    "complex floating": (),
}
_DTYPES["integral"] = _DTYPES["signed integer"] + _DTYPES["unsigned integer"]
_DTYPES["numeric"] = _DTYPES["integral"] + _DTYPES["real floating"]

# These are fastgrad's as they are: they take what the standard says, and more.
SAME = (
    "abs acos acosh add asin asinh atan atan2 atanh ceil clip conj copysign cos cosh divide equal "
    "exp expm1 floor floor_divide greater greater_equal hypot imag isfinite isinf isnan less "
    "less_equal log log10 log1p log2 logaddexp logical_and logical_not logical_or logical_xor "
    "maximum minimum multiply negative not_equal positive pow real reciprocal remainder round sign "
    "signbit sin sinh sqrt square subtract tan tanh trunc nextafter "
    "tril triu broadcast_to take take_along_axis matmul matrix_transpose tensordot vecdot concat "
    "flip moveaxis permute_dims repeat reshape roll squeeze stack tile unstack argmax argmin "
    "count_nonzero nonzero searchsorted where cumulative_prod cumulative_sum max mean min prod std "
    "sum var all any diff unique_all unique_counts unique_inverse unique_values"
).split()
LINALG = (
    "cholesky cross det diagonal eigh eigvalsh inv matmul matrix_norm matrix_power matrix_rank "
    "matrix_transpose outer pinv qr slogdet solve svd svdvals tensordot trace vecdot vector_norm"
).split()
CREATION = (
    "arange empty empty_like eye full full_like linspace ones ones_like zeros zeros_like".split()
)
BITS = {
    "bitwise_and": "bitwise_and",
    "bitwise_or": "bitwise_or",
    "bitwise_xor": "bitwise_xor",
    "bitwise_invert": "invert",
    "bitwise_left_shift": "left_shift",
    "bitwise_right_shift": "right_shift",
}
_OURS = {
    **public(),
    **{name: getattr(_ops, name) for name in _ops.CODES},
    **{name: getattr(fn, name) for name in fn.__all__},
}


def of_version(api_version: str | None = None) -> Any:
    """Return this namespace, if it is the one of a version of the standard.

    Parameters
    ----------
    api_version : str, optional
        Such as "2024.12"; by default the newest known.

    Raises
    ------
    ValueError
        If the version is not known.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_api.of_version("2024.12").__name__
    'fastgrad.array_api'
    """
    if api_version is not None and api_version not in _VERSIONS:
        raise ValueError(
            f"version {api_version!r} of the array API standard is not known; give one of "
            f"{', '.join(_VERSIONS)}, or none"
        )
    return sys.modules[__name__]


# ----- dtypes -----


def isdtype(dtype: Any, kind: Any) -> bool:
    """Say whether a dtype is of a kind, one of several, or another dtype.

    Parameters
    ----------
    dtype : dtype
        The dtype.
    kind : str, dtype or tuple of them
        Such as "real floating", "integral", "numeric" or "bool".

    Raises
    ------
    ValueError
        If the kind is not known.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_api.isdtype(fg.array_api.float32, ("integral", "real floating"))
    True
    """
    if isinstance(kind, tuple):
        return True in [isdtype(dtype, k) for k in kind]
    if not isinstance(kind, str):
        return np.dtype(dtype) == np.dtype(kind)
    if kind not in _DTYPES:
        raise ValueError(f"kind {kind!r} of dtypes is not known; give one of {', '.join(_DTYPES)}")
    return np.dtype(dtype).name in _DTYPES[kind]


def _dtype_of(x):
    return x.dtype if isinstance(x, Tensor) else x


def can_cast(from_: Any, to: Any, /) -> bool:
    """Say whether a dtype, or that of an array, can be cast to another without loss."""
    return np.can_cast(_dtype_of(from_), to)


def result_type(*arrays_and_dtypes: Any) -> np.dtype:
    """Return the dtype that a result of such arrays, dtypes and numbers has."""
    return np.result_type(*map(_dtype_of, arrays_and_dtypes))


def finfo(type: Any, /) -> Any:
    """Return the limits of a floating-point dtype, or of that of an array."""
    return np.finfo(_dtype_of(type))


def iinfo(type: Any, /) -> Any:
    """Return the limits of an integer dtype, or of that of an array."""
    return np.iinfo(_dtype_of(type))


# ----- creation -----


def _on_device(function):
    """Let a function take the standard's `device`, of which there is one."""

    @functools.wraps(function)
    def made(*args, device=None, **kwargs):
        if device not in (None, "cpu"):
            raise ValueError(f"a Tensor is on the device 'cpu' alone; got {device!r}")
        return function(*args, **kwargs)

    return made


@_on_device
def asarray(obj: Any, /, *, dtype: Any = None, copy: bool | None = None) -> Tensor:
    """Return data as a Tensor: with or without a copy, or as it can be."""
    t = to_tensor(obj)
    result = t if dtype is None or t.dtype == dtype else fn.astype(t, dtype)
    shares = result is obj or isinstance(obj, np.ndarray)
    if copy is False and not shares:
        raise ValueError("these data are not a Tensor of this dtype; leave out copy=False")
    return fn.copy(result) if copy and shares else result


@_on_device
def from_dlpack(x: Any, /, *, copy: bool | None = None) -> Tensor:
    """Return an array of another library as a Tensor, with the same memory if it can be."""
    array = np.from_dlpack(x)
    return from_numpy(array.copy() if copy else array)


@_on_device
def astype(x: Any, dtype: Any, /, *, copy: bool = True) -> Tensor:
    """Return an array with another dtype."""
    return fn.astype(x, dtype, copy=copy)


def meshgrid(*arrays: Any, indexing: str = "xy") -> list[Tensor]:
    """Return the coordinates of the points of a grid."""
    return list(_OURS["meshgrid"](*arrays, indexing=indexing))


def broadcast_arrays(*arrays: Any) -> list[Tensor]:
    """Broadcast arrays against each other."""
    return list(_OURS["broadcast_arrays"](*arrays))


# ----- what the standard calls with other words -----


def expand_dims(x: Any, /, *, axis: Any = 0) -> Tensor:
    """Insert axes of length 1."""
    return fn.expand_dims(x, axis)


def argsort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Return the indices that sort an array along an axis."""
    if not descending:
        return fn.argsort(x, axis)
    last = to_tensor(x).shape[axis] - 1
    return last - fn.flip(fn.argsort(fn.flip(x, axis), axis), axis)


def sort(x: Any, /, *, axis: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Return an array sorted along an axis."""
    ordered = _OURS["sort"](x, axis)
    return fn.flip(ordered, axis) if descending else ordered


# ----- inspection -----


class Info:
    """What `__array_namespace_info__` gives."""

    def capabilities(self) -> dict[str, Any]:
        """Return what depends on the library."""
        return {
            "boolean indexing": True,
            "data-dependent shapes": True,
            "max dimensions": 64,
        }

    def default_device(self) -> str:
        """Return the device of new arrays."""
        return "cpu"

    def devices(self) -> list[str]:
        """Return all devices."""
        return ["cpu"]

    def default_dtypes(self, *, device: Any = None) -> dict[str, Any]:
        """Return the dtypes that new arrays have by default; complex ones there are none."""
        kinds = {"real floating": "float64", "integral": "int64", "indexing": "int64"}
        return {kind: np.dtype(name) for kind, name in kinds.items()}

    def dtypes(self, *, device: Any = None, kind: Any = None) -> dict[str, Any]:
        """Return the dtypes of a kind, by name."""
        kinds = kind if isinstance(kind, tuple) else (kind or "numeric",)
        kinds = ("bool", *kinds) if kind is None else kinds
        return {name: np.dtype(name) for k in kinds for name in _DTYPES[k]}


def __array_namespace_info__() -> Info:
    """Return what there is of devices, dtypes and capabilities."""
    return Info()


# ----- together; from here on `any`, `max`, `round` and others are those of arrays -----


def _on_bits(name, ours):
    def function(*operands):
        return later.arithmetic[ours](*operands)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Return what numpy.{ours} gives, of integers or bools."
    return function


_served = {name: served.function for name, served in names().items()}
linalg: SimpleNamespace = SimpleNamespace(
    **{name: _served[f"linalg.{name}"] for name in LINALG if f"linalg.{name}" in _served}
)
REFUSED = {  # what of the standard is not here, and why
    "complex64": "Tensors hold real numbers",
    "complex128": "Tensors hold real numbers",
    "fft": "its functions give complex numbers; see fastgrad.fft",
    **{name: "no function of fastgrad" for name in SAME if name not in _OURS},
    **{f"linalg.{n}": "no function of fastgrad" for n in LINALG if not hasattr(linalg, n)},
}
globals().update({name: _on_bits(name, ours) for name, ours in BITS.items()})
globals().update({name: _OURS[name] for name in SAME if name in _OURS})
globals().update({name: _on_device(getattr(fn, name)) for name in CREATION})
globals().update({name: np.dtype(name) for names in _DTYPES.values() for name in names})
