"""NumPy functions called on Tensors: each is handed to fastgrad's function of that name.

Nothing detaches silently: on a tracked Tensor, a function that has no counterpart here is refused.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions, _ops
from ._convert import numpy
from ._tensor import Tensor, later, values, wrap


def _own(name):
    """Return fastgrad's function for a name of NumPy's, or None."""
    import fastgrad

    if name in fastgrad.__all__:
        return getattr(fastgrad, name)
    return later.arithmetic.get(name)


_RENAMED = {"true_divide": "divide", "absolute": "absolute", "mod": "remainder", "expit": "sigmoid",
            "amax": "max", "amin": "min", "concat": "concatenate"}  # fmt: skip


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


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
    """Serve a NumPy ufunc one of whose operands is a Tensor."""
    name = _RENAMED.get(ufunc.__name__, ufunc.__name__)
    function = _own(name)
    if method == "__call__" and function is not None and not options:
        return function(*inputs)
    if any(map(_is_tracked, (*inputs, *options.get("out", ())))):
        if method == "__call__":
            _refuse(ufunc.__name__, "with " + ", ".join(options) if options else "cannot be recorded")
        _refuse(f"{ufunc.__name__}.{method}", "cannot be recorded")
    out = options.get("out")
    if out is not None:
        options["out"] = tuple(map(_plain, out))
    result = getattr(ufunc, method)(*map(_plain, inputs), **options)
    if out is not None and isinstance(out[0], Tensor):
        return out[0]
    if isinstance(result, tuple):
        return tuple(wrap(np.asarray(r)) for r in result)
    return result if result is None else wrap(np.asarray(result))


def array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Serve any other NumPy function one of whose arguments is a Tensor."""
    name = _RENAMED.get(function.__name__, function.__name__)
    own = _own(name) if function.__module__ in ("numpy", "numpy.linalg") else None
    if own is not None:
        return own(*args, **kwargs)
    if _is_tracked(list(args)) or _is_tracked(list(kwargs.values())):
        _refuse(function.__name__, "cannot be recorded")
    return function(*map(_plain, args), **{k: _plain(v) for k, v in kwargs.items()})


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

METHODS = {
    "__array_ufunc__": array_ufunc,
    "__array_function__": array_function,
    "__array__": array,
    "__array_priority__": 1000,
}
__all__ = ["METHODS"]
_ = _ops
