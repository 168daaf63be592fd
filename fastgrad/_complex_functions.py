"""What functions of NumPy make of complex values, by rows and functions of their parts."""

from __future__ import annotations

import functools
import inspect
import itertools
import math
from typing import Any, NoReturn

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import to_tensor
from ._complex import (
    UFUNCS,
    ComplexTensor,
    as_complex,
    complex_row,
    is_complex,
    is_tracked_complex,
)
from ._numpy_putting import CHANGES
from ._numpy_table import names
from ._structural import stop_gradient
from ._tensor import Tensor, wrap

_WAY = (
    "compute with .real and .imag, which are Tensors, or take abs(), fastgrad.angle() or .conj() "
    "first; z.detach().numpy() is the value for NumPy, without a gradient"
)


_names = functools.cache(names)


def _refuse(name: str, why: str = "is not known of complex values") -> NoReturn:
    raise TypeError(f"{name} {why}: {_WAY}")


# ----- single elements -----


def _add(a, b):
    if not is_complex(a):
        return ComplexTensor(a + b.real, fn.copy(b.imag))  # two values do not share memory
    if not is_complex(b):
        return ComplexTensor(a.real + b, fn.copy(a.imag))
    return ComplexTensor(a.real + b.real, a.imag + b.imag)


def _subtract(a, b):
    if not is_complex(a):
        return ComplexTensor(a - b.real, -b.imag)
    if not is_complex(b):
        return ComplexTensor(a.real - b, fn.copy(a.imag))
    return ComplexTensor(a.real - b.real, a.imag - b.imag)


def _multiply(a, b):
    if not is_complex(a):
        return ComplexTensor(a * b.real, a * b.imag)
    if not is_complex(b):
        return ComplexTensor(a.real * b, a.imag * b)
    return ComplexTensor(a.real * b.real - a.imag * b.imag, a.real * b.imag + a.imag * b.real)


def _divide(a, b):
    if not is_complex(b):
        return ComplexTensor(a.real / b, a.imag / b)
    # The larger part as a scale, so that no square leaves the range. The quotient does not depend
    # on it, so for derivatives it is a constant.
    scale = stop_gradient(1.0 / ops.maximum(ops.absolute(b.real), ops.absolute(b.imag)))
    re, im = b.real * scale, b.imag * scale
    scale = scale / (re * re + im * im)
    return _multiply(a, ComplexTensor(re * scale, -im * scale))


def _power(a, b):
    if isinstance(b, (int, float, np.integer, np.floating)) and b == int(b) and abs(b) <= 64:
        return _whole_power(as_complex(a), int(b))
    if is_complex(b):
        return _exp(_multiply(as_complex(b), _log(as_complex(a))))
    size, turn = ops.power(_absolute(a), b), angle(a) * b
    return ComplexTensor(size * ops.cos(turn), size * ops.sin(turn))


def _whole_power(z, n):
    if n < 0:
        return _reciprocal(_whole_power(z, -n))
    if n == 0:
        return ComplexTensor(fn.ones_like(z.real), fn.zeros_like(z.real))
    result = None
    while n:
        if n & 1:
            result = z if result is None else _multiply(result, z)
        n >>= 1
        if n:
            z = _multiply(z, z)
    return result


def _reciprocal(z):
    return _divide(1.0, z)


def _absolute(z):
    return ops.hypot(z.real, z.imag)


def _exp(z):
    size = ops.exp(z.real)
    return ComplexTensor(size * ops.cos(z.imag), size * ops.sin(z.imag))


def _log(z):
    return ComplexTensor(ops.log(_absolute(z)), angle(z))


def _sqrt(z):
    """The root whose real part is not negative, from the larger of its parts."""
    x, y = z.real, z.imag
    large = ops.sqrt((ops.absolute(x) + _absolute(z)) / 2.0)
    is_zero = large == 0.0
    small = ops.absolute(y) / (2.0 * ops.select(is_zero, 1.0, large))
    right = x >= 0.0
    im = ops.select(right, small, large)
    return ComplexTensor(ops.select(right, large, small), ops.select(y < 0.0, -im, im))


def _cosh(z):
    return ComplexTensor(ops.cosh(z.real) * ops.cos(z.imag), ops.sinh(z.real) * ops.sin(z.imag))


def _sinh(z):
    return ComplexTensor(ops.sinh(z.real) * ops.cos(z.imag), ops.cosh(z.real) * ops.sin(z.imag))


def _cos(z):
    return _cosh(ComplexTensor(-z.imag, z.real))


def _sin(z):
    turned = _sinh(ComplexTensor(-z.imag, z.real))
    return ComplexTensor(turned.imag, -turned.real)


def angle(z: ComplexTensor, deg: bool = False) -> Tensor:
    """Return the angle of complex values; its derivative at 0 is 0."""
    turn = ops.arctan2(z.imag, z.real)
    return turn * (180.0 / math.pi) if deg else turn


def _equal(a, b):
    a, b = as_complex(a), as_complex(b)
    return ops.logical_and(ops.equal(a.real, b.real), ops.equal(a.imag, b.imag))


def _isfinite(z):
    return ops.logical_and(ops.isfinite(z.real), ops.isfinite(z.imag))


def _either(row):
    return lambda z: ops.logical_or(row(z.real), row(z.imag))


_ROWS: dict[str, Any] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "matmul": lambda a, b: _product("matmul", fn.matmul, a, b),
    "absolute": _absolute,
    "angle": angle,
    "conjugate": lambda z: z.conj(),
    "cos": _cos,
    "cosh": _cosh,
    "equal": _equal,
    "exp": _exp,
    "imag": lambda z: z.imag,
    "isfinite": _isfinite,
    "isinf": _either(ops.isinf),
    "isnan": _either(ops.isnan),
    "log": _log,
    "negative": lambda z: -z,
    "not_equal": lambda a, b: ops.logical_not(_equal(a, b)),
    "positive": lambda z: z,
    "real": lambda z: z.real,
    "reciprocal": _reciprocal,
    "sin": _sin,
    "sinh": _sinh,
    "sqrt": _sqrt,
    "square": lambda z: _multiply(z, z),
}


def numpy_ufunc(function: np.ufunc, method: str, inputs: Any, options: dict[str, Any]) -> Any:
    """Serve a ufunc of NumPy one of whose operands is a complex value."""
    name = function.__name__
    if method == "__call__" and not options and name in _ROWS:
        return complex_row(name, inputs)
    if name == "add" and method == "reduce" and set(options) <= {"axis", "keepdims"}:
        return fn_of("sum")(*inputs, **{"axis": 0, **options})
    called = f"numpy.{name}" + ("" if method == "__call__" else f".{method}")
    if is_tracked_complex(list(inputs)) or is_tracked_complex(list(options.values())):
        known = name in _ROWS and bool(options)
        _refuse(called + (f" with {', '.join(options)}" if known else ""))
    return wrapped(getattr(function, method)(*map(plain, inputs), **options))


# ----- functions of arrays -----

# These do with each part what they do with real numbers. In them, what is complex is the first
# argument, or those at the places that are given.
PARTWISE: dict[str, tuple[int, ...]] = dict.fromkeys(
    (
        "append array_split atleast_1d atleast_2d atleast_3d average broadcast_to column_stack "
        "compress concat concatenate copy cumsum cumulative_sum delete diag diagflat diagonal diff "
        "dsplit dstack ediff1d expand_dims flip fliplr flipud gradient hsplit hstack "
        "matrix_transpose mean moveaxis pad permute_dims ravel repeat reshape resize roll rollaxis "
        "rot90 split squeeze stack sum swapaxes take take_along_axis tile trace transpose "
        "trapezoid tril triu unstack vsplit vstack zeros_like"
    ).split(),
    (0,),
) | {"append": (0, 1), "where": (1, 2)}
# What these say would go into both parts.
_NOT_OF_PARTS = {"append", "constant_values", "end_values", "fill_value", "initial", "prepend"}
# These are linear in each of the first two arguments; of the first of some the conjugate is taken.
PRODUCTS = dict.fromkeys("convolve cross dot inner kron matmul outer tensordot".split()) | {
    "vdot": 0,
    "vecdot": 0,
    "correlate": 1,
}


def _part(x, which):
    """Return a part of an argument: of each element, if it is a list."""
    if isinstance(x, (list, tuple)):
        return type(x)(_part(e, which) for e in x)
    whole = as_complex(x)
    return whole.imag if which else whole.real


def _together(re, im):
    if isinstance(re, (list, tuple)):
        return type(re)(map(_together, re, im))
    return ComplexTensor(re, im)


def _partwise(name, own, places, args, kwargs):
    bound = inspect.signature(own).bind(*args, **kwargs)
    given = dict(bound.arguments)
    parameters = list(inspect.signature(own).parameters)
    split = [parameters[k] for k in places if parameters[k] in given]
    options = {k: v for n, v in given.items() for k, v in (v if n == "options" else {n: v}).items()}
    for n, x in options.items():
        if n not in split and (is_complex(x) or (n in _NOT_OF_PARTS and x is not None)):
            _refuse(f"numpy.{name} with {n}")
    results = []
    for which in (0, 1):
        bound.arguments.update({n: _part(given[n], which) for n in split})
        results.append(own(*bound.args, **bound.kwargs))
    return _together(*results)


def _product(name, own, a, b, *args, **kwargs):
    """The sum of the products of parts; what is real has one."""
    conjugated = PRODUCTS[name]
    operands = []
    for k, x in enumerate((a, b)):
        parts = _two(x)
        if k == conjugated and len(parts) == 2:
            parts = parts[0], -parts[1]
        operands.append(parts)
    return _sum_of_products(lambda *xs: own(*xs, *args, **kwargs), operands)


def _two(x):
    if not is_complex(x):
        return (to_tensor(x),)
    whole = as_complex(x)
    return whole.real, whole.imag


def _sum_of_products(product, operands):
    total = [None, None]
    for chosen in itertools.product(*map(enumerate, operands)):
        power = sum(k for k, _ in chosen)  # of i
        term = product(*(part for _, part in chosen))
        before = total[power % 2]
        if power % 4 >= 2:
            term = -term
        total[power % 2] = term if before is None else before + term
    return ComplexTensor(*total)


def _einsum(subscripts, *operands, **options):
    if not isinstance(subscripts, str):
        _refuse("numpy.einsum of operands and lists of axes")
    own = fn_of("einsum")
    return _sum_of_products(lambda *xs: own(subscripts, *xs, **options), list(map(_two, operands)))


def _norm(x, ord=None, axis=None, keepdims=False):
    if ord is not None and not (ord == 2 and isinstance(axis, int)):
        _refuse(f"numpy.linalg.norm of order {ord}")
    parts = (fn.norm(p, None, axis, keepdims) for p in (x.real, x.imag))
    return ops.hypot(*parts)


def _isclose(a, b, rtol=1e-05, atol=1e-08, equal_nan=False):
    if equal_nan:
        _refuse("numpy.isclose with equal_nan")
    a, b = as_complex(a), as_complex(b)
    near = _absolute(a - b) <= atol + rtol * _absolute(b)
    return ops.logical_or(ops.logical_and(near, _isfinite(b)), _equal(a, b))


def _of_type(answer):
    return lambda x: answer


FUNCTIONS: dict[str, Any] = {  # _fft adds its own
    "allclose": lambda *args, **kwargs: bool(fn.all(_isclose(*args, **kwargs))),
    "angle": angle,
    "einsum": _einsum,
    "imag": lambda z: z.imag,
    "iscomplex": lambda z: z.imag != 0.0,
    "iscomplexobj": _of_type(True),
    "isclose": _isclose,
    "isreal": lambda z: z.imag == 0.0,
    "isrealobj": _of_type(False),
    "linalg.norm": _norm,
    "ndim": lambda z: z.ndim,
    "real": lambda z: z.real,
    "shape": lambda z: z.shape,
    "size": lambda z, axis=None: z.size if axis is None else z.shape[axis],
}


def fn_of(name: str) -> Any:
    """Return what serves a function of NumPy for real numbers, made for complex ones."""
    own = _names()[name].function
    if name in PARTWISE:
        return lambda *args, **kwargs: _partwise(name, own, PARTWISE[name], args, kwargs)
    if name in PRODUCTS:
        return lambda *args, **kwargs: _product(name, own, *args, **kwargs)
    return own


def numpy_function(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Serve any other function of NumPy one of whose arguments is a complex value."""
    name = function.__name__
    module = function.__module__
    dotted = f"{module}.{name}".removeprefix("numpy.") if module.startswith("numpy.") else name
    if kwargs.get("out") is not None:
        _refuse(f"{module}.{name}", "of complex values with out cannot be recorded")
    if dotted in FUNCTIONS:
        return FUNCTIONS[dotted](*args, **kwargs)
    if dotted in PARTWISE or dotted in PRODUCTS:
        return fn_of(dotted)(*args, **kwargs)
    if dotted in CHANGES and args and isinstance(args[0], ComplexTensor):
        _refuse(f"{module}.{name}", "into a complex value is not known; write z[key] = value")
    if is_tracked_complex(list(args)) or is_tracked_complex(list(kwargs.values())):
        _refuse(f"{module}.{name}")
    return wrapped(function(*map(plain, args), **{k: plain(v) for k, v in kwargs.items()}))


def plain(x: Any) -> Any:
    """Return an argument as NumPy knows it; nothing in it is tracked."""
    if isinstance(x, (list, tuple)):
        return type(x)(map(plain, x))
    return x.numpy() if isinstance(x, (ComplexTensor, Tensor)) else x


def wrapped(x: Any) -> Any:
    """Return what NumPy computed, arrays of numbers as Tensors and complex values."""
    if type(x) in (list, tuple):
        return type(x)(map(wrapped, x))
    if not isinstance(x, (np.ndarray, np.generic)):
        return x
    return as_complex(x) if x.dtype.kind == "c" else wrap(np.asarray(x))


UFUNCS.update(_ROWS, __array_ufunc__=numpy_ufunc, __array_function__=numpy_function)
