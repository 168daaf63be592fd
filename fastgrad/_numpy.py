"""NumPy functions called on Tensors: each is handed to fastgrad's function of that name.

Nothing detaches silently: on a tracked Tensor, a function that has no counterpart here is refused.
"""

from __future__ import annotations

import functools
import inspect
import sys
from typing import Any

import numpy as np

from . import _functions, _ops
from ._arguments import concrete, to_tensor
from ._convert import numpy
from ._inplace import add_at
from ._nodes import overwrite
from ._numpy_served import LIBRARIES, NotServed, holds_tensor, is_tracked, package_of, refuse
from ._source import place
from ._tensor import Tensor, later, values, wrap

# Their results are indices, truth values or shapes, so nothing is lost on a tracked Tensor.
_WITHOUT_GRADIENT = set(
    "all allclose any argmax argmin argpartition argsort argwhere array_equal array_equiv "
    "count_nonzero digitize flatnonzero isclose lexsort logical_xor nonzero searchsorted "
    "signbit".split()
)
_OF_TYPE = set(  # these look at no numbers, or only show them
    "array2string array_repr array_str can_cast common_type diag_indices_from iscomplexobj "
    "isfortran isrealobj may_share_memory min_scalar_type ndim result_type shape shares_memory "
    "size tril_indices_from triu_indices_from".split()
)
_WITHOUT_GRADIENT |= _OF_TYPE
_LIBRARIES = LIBRARIES | {"numpy"}
_CHANGE_FIRST = {"copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"}
_PLACE_OF_OUT = {"concatenate": 2, "dot": 2}  # of functions whose signature is not known


def _plain(x, value=concrete):
    if isinstance(x, (list, tuple)):
        return type(x)(_plain(e, value) for e in x)
    return value(x) if isinstance(x, Tensor) else x


def _note_change(t, array, name):
    """NumPy has written into `array`, which stands for the untracked t: t counts its changes."""
    if isinstance(t, Tensor):
        overwrite(t, wrap(array), (name, *place()))


def _result(array, out=None):
    """Return what NumPy computed: in the caller's array, or as a Tensor if it can be one."""
    if out is not None or array is None:
        return out
    array = np.asarray(array)
    return wrap(array) if array.dtype.kind in "fiub" and array.dtype != np.float16 else array


def _results(x):
    """Return what NumPy computed, its arrays and numbers as Tensors."""
    if type(x) in (list, tuple):
        return type(x)(map(_results, x))
    return _result(x) if isinstance(x, (np.ndarray, np.generic)) else x


@functools.cache
def _signature(function):
    return inspect.signature(function)


def _in_order(function, args, kwargs):
    """Return arguments that were given by NumPy's names as arguments by position."""
    try:
        bound = _signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return args, kwargs
    return bound.args, bound.kwargs


def _takes(function, args, kwargs):
    try:
        _signature(function).bind(*args, **kwargs)
    except TypeError:
        return False
    return True


@functools.cache
def _place_of_out(function):
    """Return the names of NumPy's parameters, and which of them is `out`."""
    place = _PLACE_OF_OUT.get(function.__name__)
    if place is not None:
        return (), place
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:  # a compiled function that says nothing of itself
        return (), None
    names = tuple(p.name for p in parameters if p.kind == p.POSITIONAL_OR_KEYWORD)
    return names, names.index("out") if "out" in names else None


def _without_out(function, args, kwargs):
    """Return the arguments but for `out`, and that."""
    if "out" in kwargs:
        kwargs = dict(kwargs)
        return args, kwargs, kwargs.pop("out")
    if len(args) > 2:
        names, place = _place_of_out(function)
        if place is not None and len(args) > place:
            rest = dict(zip(names[place + 1 :], args[place + 1 :]))
            return args[:place], {**kwargs, **rest}, args[place]
    return args, kwargs, None


# ----- ufuncs -----

_UNSERVED: Any = (None, False, False)


def _served_ufunc(ufunc):
    served = table().of_ufunc(ufunc)
    if served is None and getattr(np, ufunc.__name__, None) is ufunc:
        function = later.arithmetic.get(ufunc.__name__)
        return None if function is None else (function, True, False)
    return served


@functools.cache
def table() -> Any:
    """Return the module that knows which function serves which; it is loaded when first used."""
    from . import _numpy_table

    return _numpy_table


def array_ufunc(self: Tensor, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
    """Serve a NumPy ufunc one of whose operands is a Tensor."""
    function, always, _ = _served_ufunc(ufunc) or _UNSERVED
    is_call = method == "__call__" and not options
    if is_call and always:
        return function(*inputs)
    name = ufunc.__name__
    if method == "at" and ufunc in (np.add, np.subtract) and any(map(is_tracked, inputs)):
        t, key, value = inputs
        if isinstance(t, Tensor):
            value = to_tensor(value)
            return add_at(t, key, value if ufunc is np.add else -value, f"{name}.at")
    out = options.get("out", ())
    tracked = is_tracked(inputs) or is_tracked(list(options.values()))
    if is_call and tracked and function is not None:
        return function(*inputs)
    if tracked and not (is_call and name in _WITHOUT_GRADIENT):
        return _tracked_ufunc(function, ufunc, method, inputs, options)
    plain = [_plain(x) for x in inputs]
    options = {k: _plain(x) for k, x in options.items()}
    result = getattr(ufunc, method)(*plain, **options)
    for t, array in zip(out, options.get("out", ())):
        _note_change(t, array, name)
    if method == "at":
        _note_change(inputs[0], plain[0], name)
    if isinstance(result, tuple):
        given = out or (None,) * len(result)
        return tuple(_result(r, t) for r, t in zip(result, given))
    return _result(result, out[0] if out else None)


def _tracked_ufunc(function, ufunc, method, inputs, options):
    """Return the result of a ufunc with a tracked Tensor among its operands, or refuse."""
    from . import _numpy_ufuncs as ufuncs

    name, options = ufunc.__name__, dict(options)
    out = options.pop("out", None)
    library = "numpy" if getattr(np, name, None) is ufunc else "scipy.special"
    full_name = f"{library}.{name}" if method == "__call__" else f"{library}.{name}.{method}"
    if name.endswith("(vectorized)"):  # what NumPy calls one that frompyfunc made
        refuse(f"{name!r}, made by numpy.frompyfunc,", "cannot be recorded; numpy.vectorize can")
    if function is None or method == "at":
        refuse(full_name, "cannot be recorded")
    try:
        if method == "__call__":
            return ufuncs.call(function, name, inputs, out, options)
        out = out[0] if isinstance(out, tuple) else out
        inputs = ufuncs.without_memory_of((out,), inputs)
        result = ufuncs.method(function, name, method, inputs, options)
        return result if out is None else ufuncs.write(out, result, full_name)
    except NotServed as error:
        refuse(full_name, f"{error.why} cannot be recorded")


# ----- other functions -----


def _own(function):
    """Return fastgrad's function for one of NumPy's, and whether it always serves."""
    served = table().functions().get(function)
    if function.__module__ == "numpy.fft":
        return _complex().FUNCTIONS[f"fft.{function.__name__}"], False, False
    return served


def array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    """Serve any other NumPy function one of whose arguments is a Tensor."""
    return call(function, args, kwargs, sys._getframe(1))


def _is_called_by_a_library(frame):
    while frame is not None:
        package = package_of(frame)
        if package != "fastgrad":
            return package in _LIBRARIES
        frame = frame.f_back
    return False


def call(function: Any, args: Any, kwargs: Any, caller: Any = None) -> Any:
    """Return what a function of NumPy makes of Tensors.

    For a frame of a library that is plain arrays where nothing is tracked.
    """
    name = function.__name__
    if _is_of_complex(args, kwargs):
        return _complex().numpy_function(function, args, kwargs)
    own, always, view = _own(function) or _UNSERVED
    given, named, out = _without_out(function, args, kwargs)
    named = {k: x for k, x in named.items() if x is not np._NoValue}  # what libraries pass on
    tracked = is_tracked(args) or is_tracked(kwargs)
    why = "cannot be recorded"
    in_library = not always and not tracked and _is_called_by_a_library(caller)
    if own is not None and (tracked or (out is None and (always or (view and not in_library)))):
        if not given:
            given, named = _in_order(function, given, named)
        try:
            if out is None:
                return own(*given, **named)
            return _written(own, name, given, named, out)
        except NotServed as error:
            why = f"{error.why} cannot be recorded"
        except TypeError:
            if _takes(own, given, named):
                raise
            why = "with these arguments"
    if tracked and name in _CHANGE_FIRST and args and isinstance(args[0], Tensor):
        return table().changes()[function](*args, **kwargs)
    if tracked and (out is not None or own is not None or name not in _WITHOUT_GRADIENT):
        refuse(f"{function.__module__}.{name}", why)
    if name in ("cumsum", "cumprod") and getattr(out, "ndim", None) == 0:
        raise ValueError(  # NumPy would write beyond it
            f"{name}: out= has no axes; give it the shape of the result, which has one"
        )
    value = values if name in _OF_TYPE else concrete
    plain = [_plain(x, value) for x in args]
    options = {k: _plain(v, value) for k, v in kwargs.items()}
    result = function(*plain, **options)
    if isinstance(out, Tensor):
        written = options["out"] if "out" in options else plain[_place_of_out(function)[1]]
        _note_change(out, written, name)
        return out
    if name in _CHANGE_FIRST:
        _note_change(args[0] if args else None, plain[0] if args else None, name)
    return result if own is None or in_library or out is not None else _results(result)


@functools.cache
def _complex():
    """Return the module that knows what functions make of complex values."""
    from . import _complex_functions, _fft

    assert _fft.__all__  # it adds its own
    return _complex_functions


def _is_of_complex(args, kwargs):
    """Whether a call is one of complex values, or of a tracked Tensor and complex numbers."""
    found = [x for x in (*args, *kwargs.values()) if is_complex(x)]
    return bool(found) and (any(map(_holds_value, found)) or is_tracked(args) or is_tracked(kwargs))


def _holds_value(x):
    if isinstance(x, (list, tuple)):
        return any(map(_holds_value, x))
    return hasattr(x, "_fastgrad_build")


def of_lists(original: Any) -> Any:
    """Return a function of NumPy that takes nested lists of Tensors as well as Tensors."""

    def function(*args, **kwargs):
        if holds_tensor(args) or holds_tensor(kwargs):
            return call(original, args, kwargs)
        return original(*args, **kwargs)

    return function


def _written(own, name, args, kwargs, out):
    from . import _numpy_ufuncs as ufuncs

    result = own(*ufuncs.without_memory_of((out,), args), **kwargs)
    if is_complex(result):
        raise NotServed("of complex results with out")
    return ufuncs.write(out, result, name)


def _is_of_scipy_fft(frame):
    return (frame.f_globals.get("__name__") or "").startswith("scipy.fft.")


def array(self: Tensor, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
    """Serve numpy.asarray: not of a tracked Tensor."""
    if self.requires_grad and _is_of_scipy_fft(sys._getframe(1)):
        refuse(
            "scipy.fft",
            "(but not fastgrad.scipy.fft) cannot be recorded outside of fastgrad.record",
        )
    plain = numpy(self)
    if dtype is not None and np.dtype(dtype) != plain.dtype:
        return plain.astype(dtype)
    return plain.copy() if copy else plain


_ON_TRUTH_VALUES = {
    "bitwise_and": _ops.logical_and,
    "bitwise_or": _ops.logical_or,
    "bitwise_xor": _ops.not_equal,
    "invert": _ops.logical_not,
}


def _bitwise(name, *operands):
    tensors = [to_tensor(x) for x in operands]
    if name in _ON_TRUTH_VALUES and all(t.dtype.kind == "b" for t in tensors):
        return _ON_TRUTH_VALUES[name](*tensors)
    if not all(t.dtype.kind in "iub" for t in tensors):
        raise TypeError(
            f"{name} of {', '.join(str(t.dtype) for t in tensors)}: it takes integers and bools; "
            "compare floats first, as in (x > 0) & (x < 1)"
        )
    plain = [_plain(x) for x in operands]
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


def is_complex(x: Any) -> bool:
    """Return whether an operand is a complex number, array or value, or a list with one in it."""
    if isinstance(x, (np.ndarray, np.generic)):
        return x.dtype.kind == "c"
    if isinstance(x, (list, tuple)):
        return any(map(is_complex, x))
    return isinstance(x, complex) or hasattr(x, "_fastgrad_build")


def complex_row(name: str, args: tuple[Any, ...]) -> Any:
    """Serve a row of the table one of whose operands is complex."""
    return _complex().complex_row(name, args)


later.is_complex = is_complex
later.complex_row = complex_row
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
