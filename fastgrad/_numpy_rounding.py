"""NumPy's functions of single elements that are no ufuncs, in terms of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import to_float, to_tensor
from ._numpy_elementwise import signbit
from ._tensor import Tensor, later, wrap


def round_(a: Any, decimals: int = 0) -> Tensor:
    """Round to a number of decimals, halves to even ones.

    Parameters
    ----------
    a : array_like
        Numbers.
    decimals : int
        How many decimals are kept; negative, how many digits before the point are not.

    Returns
    -------
    Tensor, shape of a
        The rounded numbers. Their derivative is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.round([0.26, 1.5, 2.5], 0)
    tensor([0., 2., 2.])
    """
    x = to_tensor(a)
    if x.dtype.kind != "f":
        return fn.copy(x) if decimals >= 0 else round_(to_float(x), decimals).astype(x.dtype)
    if decimals == 0:
        return ops.rint(x)
    factor = 10.0 ** abs(decimals)
    return ops.rint(x * factor) / factor if decimals > 0 else ops.rint(x / factor) * factor


def fix(x: Any) -> Tensor:
    """Round towards 0.

    Parameters
    ----------
    x : array_like
        Numbers.

    Returns
    -------
    Tensor, shape of x
        The whole parts. Their derivative is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fix([1.7, -1.7])
    tensor([ 1., -1.])
    """
    return ops.trunc(to_float(x))


_SERIES = [(-1.0) ** k / math.factorial(2 * k + 1) for k in range(12)][::-1]


def sinc(x: Any) -> Tensor:
    """Return ``sin(pi x) / (pi x)``, and 1 at 0.

    Parameters
    ----------
    x : array_like
        Numbers.

    Returns
    -------
    Tensor, shape of x
        The values; derivatives are exact to rounding near 0 too.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.sinc([0.0, 0.5])
    tensor([1.0000, 0.6366])
    """
    y = to_float(x) * math.pi
    near = ops.absolute(y) < 1.0
    square = ops.square(ops.select(near, y, 0.0))
    series: Any = 0.0
    for coefficient in _SERIES:
        series = series * square + coefficient
    away = ops.select(near, 1.0, y)
    return ops.select(near, series, ops.sin(away) / away)


def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Tensor:
    """Replace NaN and infinities by numbers.

    Parameters
    ----------
    x : array_like
        Numbers.
    copy : bool
        Whether a new Tensor is returned; else `x`, a Tensor, is changed in place.
    nan, posinf, neginf : array_like, optional
        What stands for NaN, by default 0, and for the infinities, by default the largest and the
        smallest number of the dtype.

    Returns
    -------
    Tensor, shape of x
        The numbers. Where one is replaced the derivative by `x` is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nan_to_num([1.0, float("nan")])
    tensor([1., 0.])
    """
    given, x = x, to_tensor(x)
    if x.dtype.kind != "f":
        return fn.copy(x) if copy else x
    limits = np.finfo(x.dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    result = ops.select(ops.isnan(x), nan, x)
    result = ops.select(x == np.inf, high, ops.select(x == -np.inf, low, result))
    if copy or not isinstance(given, Tensor):
        return result
    given[...] = result
    return given


def angle(z: Any, deg: bool = False) -> Tensor:
    """Return the angle of numbers in the complex plane.

    Parameters
    ----------
    z : array_like or ComplexTensor
        Numbers.
    deg : bool
        Return degrees in the place of radians.

    Returns
    -------
    Tensor, shape of z
        Of real numbers 0, or half a turn for negative ones; the derivative is 0 there, and at 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.angle([2.0, -2.0], deg=True)
    tensor([  0., 180.])
    """
    if later.is_complex(z):
        return later.complex_row("angle", (z, deg))
    z = to_float(z)
    half = ops.select(signbit(z), 180.0 if deg else math.pi, 0.0)
    return ops.select(ops.isnan(z), z, half + ops.masked_multiply(0.0, z))


def real(val: Any) -> Tensor:
    """Return the real part of numbers, which of real ones is themselves.

    Parameters
    ----------
    val : array_like or ComplexTensor
        Numbers.

    Returns
    -------
    Tensor, shape of val
        The numbers; a Tensor as it is.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.real([1.0, 2.0])
    tensor([1., 2.])
    """
    return later.complex_row("real", (val,)) if later.is_complex(val) else to_tensor(val)


def imag(val: Any) -> Tensor:
    """Return the imaginary part of numbers, which of real ones is 0.

    Parameters
    ----------
    val : array_like or ComplexTensor
        Numbers.

    Returns
    -------
    Tensor, shape of val
        The imaginary parts.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.imag([1.0, 2.0])
    tensor([0., 0.])
    """
    if later.is_complex(val):
        return later.complex_row("imag", (val,))
    return ops.masked_multiply(0.0, val)


def real_if_close(a: Any, tol: float = 100) -> Tensor:
    """Return real numbers as they are.

    Parameters
    ----------
    a : array_like
        Numbers.
    tol : float
        Without effect: imaginary parts are 0.

    Returns
    -------
    Tensor, shape of a
        The numbers.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.real_if_close([1.0, 2.0])
    tensor([1., 2.])
    """
    return to_tensor(a)


def iscomplex(x: Any) -> Tensor:
    """Say which numbers have an imaginary part: of real ones none.

    Parameters
    ----------
    x : array_like
        Numbers.

    Returns
    -------
    Tensor of bool, shape of x
        False everywhere.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.iscomplex([1.0, 2.0])
    tensor([False, False])
    """
    return wrap(np.zeros(to_tensor(x).shape, bool))


def isreal(x: Any) -> Tensor:
    """Say which numbers have no imaginary part: of real ones all.

    Parameters
    ----------
    x : array_like
        Numbers.

    Returns
    -------
    Tensor of bool, shape of x
        True everywhere.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.isreal([1.0, 2.0])
    tensor([True, True])
    """
    return wrap(np.ones(to_tensor(x).shape, bool))


def isposinf(x: Any) -> Tensor:
    """Say which numbers are the positive infinity.

    Parameters
    ----------
    x : array_like
        Numbers.

    Returns
    -------
    Tensor of bool, shape of x
        Whether they are.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.isposinf([1.0, float("inf")])
    tensor([False,  True])
    """
    return ops.equal(x, np.inf)


def isneginf(x: Any) -> Tensor:
    """Say which numbers are the negative infinity.

    Parameters
    ----------
    x : array_like
        Numbers.

    Returns
    -------
    Tensor of bool, shape of x
        Whether they are.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.isneginf([1.0, -float("inf")])
    tensor([False,  True])
    """
    return ops.equal(x, -np.inf)


# ----- comparisons -----


def isclose(
    a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False
) -> Tensor:
    """Say which numbers are equal within a tolerance.

    Parameters
    ----------
    a, b : array_like
        Numbers, which broadcast.
    rtol, atol : array_like
        The tolerance is ``atol + rtol * abs(b)``.
    equal_nan : bool
        Whether NaN is close to NaN.

    Returns
    -------
    Tensor of bool
        Whether they are.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.isclose([1.0, 2.0], [1.0 + 1e-9, 2.1])
    tensor([ True, False])
    """
    a, b = to_tensor(a), to_tensor(b)
    near = ops.absolute(a - b) <= atol + rtol * ops.absolute(b)
    result = ops.logical_or(ops.logical_and(near, ops.isfinite(b)), ops.equal(a, b))
    if equal_nan:
        result = ops.logical_or(result, ops.logical_and(ops.isnan(a), ops.isnan(b)))
    return result


def allclose(a: Any, b: Any, rtol: Any = 1e-05, atol: Any = 1e-08, equal_nan: bool = False) -> bool:
    """Say whether all numbers are equal within a tolerance.

    Parameters
    ----------
    a, b : array_like
        Numbers, which broadcast.
    rtol, atol : array_like
        The tolerance is ``atol + rtol * abs(b)``.
    equal_nan : bool
        Whether NaN is close to NaN.

    Returns
    -------
    bool
        Whether they are; a recording guards it.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.allclose([1.0, 2.0], [1.0, 2.0 + 1e-9])
    True
    """
    return bool(fn.all(isclose(a, b, rtol, atol, equal_nan)))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Say whether two arrays have the same shape and the same elements.

    Parameters
    ----------
    a1, a2 : array_like
        The arrays.
    equal_nan : bool
        Whether NaN is equal to NaN.

    Returns
    -------
    bool
        Whether they have; a recording guards it.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_equal([1.0, 2.0], [[1.0, 2.0]])
    False
    """
    try:
        a, b = to_tensor(a1), to_tensor(a2)
    except (TypeError, ValueError):  # no numbers
        return False
    if a.shape != b.shape:
        return False
    same = ops.equal(a, b)
    if equal_nan:
        same = ops.logical_or(same, ops.logical_and(ops.isnan(a), ops.isnan(b)))
    return bool(fn.all(same))


def array_equiv(a1: Any, a2: Any) -> bool:
    """Say whether two arrays have the same elements when they are broadcast.

    Parameters
    ----------
    a1, a2 : array_like
        The arrays.

    Returns
    -------
    bool
        Whether they have; a recording guards it.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_equiv([1.0, 2.0], [[1.0, 2.0]])
    True
    """
    try:
        return bool(fn.all(ops.equal(to_tensor(a1), to_tensor(a2))))
    except (TypeError, ValueError):  # they do not broadcast, or are no numbers
        return False


VIEWS = {"real": real, "real_if_close": real_if_close}
FUNCTIONS = {
    "around": round_,
    "round": round_,
    "round_": round_,
    "fix": fix,
    "sinc": sinc,
    "nan_to_num": nan_to_num,
    "angle": angle,
    "imag": imag,
    "iscomplex": iscomplex,
    "isreal": isreal,
    "isposinf": isposinf,
    "isneginf": isneginf,
    "isclose": isclose,
    "allclose": allclose,
    "array_equal": array_equal,
    "array_equiv": array_equiv,
}
