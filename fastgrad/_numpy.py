"""NumPy functions called on Tensors: each is handed to fastgrad's function of that name.

Nothing detaches silently: on a tracked Tensor, a function that has no counterpart here is refused.
"""

from __future__ import annotations

import functools
import inspect
from typing import Any

import numpy as np

from . import _functions
from ._arguments import to_tensor
from ._convert import numpy
from ._inplace import add_at
from ._nodes import overwrite
from ._source import place
from ._tensor import Tensor, later, values, wrap


def _own(name):
    """Return fastgrad's function for a name of NumPy's, or None."""
    import fastgrad

    if name in fastgrad.__all__:
        return getattr(fastgrad, name)
    return later.arithmetic.get(name)


_RENAMED = {"true_divide": "divide", "absolute": "absolute", "mod": "remainder", "expit": "sigmoid",
            "amax": "max", "amin": "min", "concat": "concatenate"}  # fmt: skip
_OTHER_MEANING = {"select"}  # NumPy's function of this name is not ours
# Their results are indices, truth values or shapes, so nothing is lost on a tracked Tensor.
_WITHOUT_GRADIENT = set(
    "all allclose any argmax argmin argpartition argsort argwhere array_equal array_equiv can_cast "
    "common_type count_nonzero digitize flatnonzero iscomplexobj isclose isrealobj "
    "lexsort logical_xor min_scalar_type ndim nonzero result_type searchsorted shape signbit "
    "size".split()
)
_CHANGE_FIRST = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}


def _is_tracked(x):
    if isinstance(x, (list, tuple)):
        return any(map(_is_tracked, x))
    return isinstance(x, Tensor) and x.requires_grad


def _plain(x):
    if isinstance(x, (list, tuple)):
        return type(x)(map(_plain, x))
    return values(x) if isinstance(x, Tensor) else x


def _refuse(name, why):
    raise TypeError(
        f"numpy.{name} {why} on a Tensor that requires grad: its result would silently have no "
        "gradient. Use fastgrad functions, or t.detach().numpy() if no gradient is wanted"
    )


def _note_change(t, array, name):
    """NumPy has written into `array`, which stands for the untracked t: t counts its changes."""
    if isinstance(t, Tensor):
        overwrite(t, wrap(array), (name, *place()))


def _result(array, out):
    """Return what NumPy computed: in the caller's array, or as a Tensor if it can be one."""
    if out is not None or array is None:
        return out
    array = np.asarray(array)
    return wrap(array) if array.dtype.kind in "fiub" and array.dtype != np.float16 else array


@functools.cache
def _signature(function):
    return inspect.signature(function)


def _takes(function, args, kwargs):
    try:
        _signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
    """Serve a NumPy ufunc one of whose operands is a Tensor."""
    name = _RENAMED.get(ufunc.__name__, ufunc.__name__)
    function = _own(name)
    if method == "__call__" and function is not None and not options:
        return function(*inputs)
    if method == "at" and ufunc in (np.add, np.subtract) and any(map(_is_tracked, inputs)):
        t, key, value = inputs
        if isinstance(t, Tensor):
            value = to_tensor(value)
            return add_at(t, key, value if ufunc is np.add else -value, f"{ufunc.__name__}.at")
    out = options.get("out", ())
    tracked = any(map(_is_tracked, (*inputs, *out)))
    if tracked and not (ufunc.__name__ in _WITHOUT_GRADIENT and not options):
        if method == "__call__":
            _refuse(
                ufunc.__name__, "with " + ", ".join(options) if options else "cannot be recorded"
            )
        _refuse(f"{ufunc.__name__}.{method}", "cannot be recorded")
    plain = [_plain(x) for x in inputs]
    if out:
        options["out"] = tuple(map(_plain, out))
    result = getattr(ufunc, method)(*plain, **options)
    for t, array in zip(out, options.get("out", ())):
        _note_change(t, array, ufunc.__name__)
    if method == "at":
        _note_change(inputs[0], plain[0], ufunc.__name__)
    if isinstance(result, tuple):
        given = out or (None,) * len(result)
        return tuple(_result(r, t) for r, t in zip(result, given))
    return _result(result, out[0] if out else None)


def array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Serve any other NumPy function one of whose arguments is a Tensor."""
    name = _RENAMED.get(function.__name__, function.__name__)
    own = None
    if function.__module__ in ("numpy", "numpy.linalg") and name not in _OTHER_MEANING:
        own = _own(name)
    if name == "reshape" and len(args) > 2:
        args, kwargs = args[:2], {**kwargs, "order": args[2]}
    if own is not None and _takes(own, args, kwargs):
        return own(*args, **kwargs)
    tracked = _is_tracked(list(args)) or _is_tracked(list(kwargs.values()))
    has_out = "out" in kwargs or (own is not None and len(args) > 2)
    if tracked and (has_out or name not in _WITHOUT_GRADIENT):
        _refuse(function.__name__, "with these arguments" if own else "cannot be recorded")
    plain, options = [_plain(x) for x in args], {k: _plain(v) for k, v in kwargs.items()}
    result = function(*plain, **options)
    if isinstance(kwargs.get("out"), Tensor):
        _note_change(kwargs["out"], options["out"], name)
        return kwargs["out"]
    if name in _CHANGE_FIRST:
        _note_change(args[0] if args else None, plain[0] if args else None, name)
    return result


def array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
    """Serve numpy.asarray: not of a tracked Tensor."""
    plain = numpy(self)
    if dtype is not None and np.dtype(dtype) != plain.dtype:
        return plain.astype(dtype)
    return plain.copy() if copy else plain


def _bitwise(name, *operands):
    plain = [_plain(x) for x in operands]
    if not all(np.asarray(x).dtype.kind in "iub" for x in plain):
        raise TypeError(
            f"{name} of {', '.join(str(np.asarray(x).dtype) for x in plain)}: it takes integers "
            "and bools; compare floats first, as in (x > 0) & (x < 1)"
        )
    return wrap(np.asarray(getattr(np, name)(*plain)))


_BITWISE = ("bitwise_and", "bitwise_or", "bitwise_xor", "left_shift", "right_shift", "invert")


def bitwise(name: str, *operands: Any) -> Any:
    """Serve & | ^ << >> ~ of integer and bool Tensors."""
    for x in operands:
        if not isinstance(x, (Tensor, np.ndarray, np.generic, int, float)):
            return NotImplemented
    return _bitwise(name, *operands)


def matmul(a: Any, b: Any) -> Any:
    """Serve the operator @."""
    for x in (a, b):
        if not isinstance(x, (Tensor, np.ndarray, np.generic, int, float, list, tuple)):
            return NotImplemented
    return _functions.matmul(a, b)


later.bitwise = bitwise
later.matmul = matmul
later.arithmetic = {name: lambda *x, name=name: _bitwise(name, *x) for name in _BITWISE}
later.arithmetic["matmul"] = _functions.matmul

METHODS: dict[str, Any] = {
    "__array_ufunc__": array_ufunc,
    "__array_function__": array_function,
    "__array__": array,
    "__array_priority__": 1000,
}
