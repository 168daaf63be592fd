"""NumPy's ufuncs that are no rows of the op table, in terms of rows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import to_float
from ._tensor import Tensor, later


def _with_nan(x, y, chosen):
    """Return a choice of two numbers, or the number of a pair of which one is NaN."""
    return ops.select(ops.isnan(x), y, ops.select(ops.isnan(y), x, chosen))


def fmax(x1: Any, x2: Any, /) -> Tensor:
    """Return the larger of two numbers, and of a number and NaN the number.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        The larger numbers; NaN where both are.

    Notes
    -----
    The gradient goes to the number that is chosen, to both evenly at ties.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fmax([1.0, float("nan")], 0.5)
    tensor([1.0000, 0.5000])
    """
    return _with_nan(x1, x2, ops.maximum(x1, x2))


def fmin(x1: Any, x2: Any, /) -> Tensor:
    """Return the smaller of two numbers, and of a number and NaN the number.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        The smaller numbers; NaN where both are.

    Notes
    -----
    The gradient goes to the number that is chosen, to both evenly at ties.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fmin([1.0, float("nan")], 0.5)
    tensor([0.5000, 0.5000])
    """
    return _with_nan(x1, x2, ops.minimum(x1, x2))


def fabs(x: Any, /) -> Tensor:
    """Return the absolute value as a floating-point number.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x
        The absolute values.

    Notes
    -----
    The derivative at 0 is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fabs([-1, 2])
    tensor([1., 2.])
    """
    return ops.absolute(to_float(x))


def positive(x: Any, /) -> Tensor:
    """Return a copy of an array.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x
        The same numbers.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.positive([1.0, -2.0])
    tensor([ 1., -2.])
    """
    return fn.copy(x)


def conjugate(x: Any, /) -> Any:
    """Return the conjugates of complex numbers; real ones are their own.

    Parameters
    ----------
    x : array_like or ComplexTensor
        Operand.

    Returns
    -------
    Tensor or ComplexTensor, shape of x
        The conjugates.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.conjugate(fg.ComplexTensor([1 + 2j]))
    complextensor([1.-2.j])
    """
    return later.complex_row("conjugate", (x,)) if later.is_complex(x) else fn.copy(x)


def deg2rad(x: Any, /) -> Tensor:
    """Convert angles from degrees to radians.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x
        The angles.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.deg2rad([0.0, 180.0])
    tensor([0.0000, 3.1416])
    """
    return to_float(x) * (math.pi / 180.0)


def rad2deg(x: Any, /) -> Tensor:
    """Convert angles from radians to degrees.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x
        The angles.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.rad2deg([0.0, 1.0])
    tensor([ 0.0000, 57.2958])
    """
    return to_float(x) * (180.0 / math.pi)


def float_power(x1: Any, x2: Any, /) -> Tensor:
    """Raise to a power in float64, also integers.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        `x1` to the power `x2`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.float_power(2, [-1, 3])
    tensor([0.5000, 8.0000])
    """
    return ops.power(fn.astype(x1, np.float64), fn.astype(x2, np.float64))


def logaddexp2(x1: Any, x2: Any, /) -> Tensor:
    """Return the logarithm to the base 2 of a sum of powers of 2.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        ``log2(2**x1 + 2**x2)``, without overflow.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.logaddexp2(2.0, 2.0)
    tensor(3.)
    """
    x1, x2 = to_float(x1), to_float(x2)
    return ops.logaddexp(x1 * math.log(2.0), x2 * math.log(2.0)) / math.log(2.0)


def heaviside(x1: Any, x2: Any, /) -> Tensor:
    """Return 0 for negative numbers and 1 for positive ones.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        The step of `x1`; `x2` where that is 0.

    Notes
    -----
    The derivative by `x1` is 0, also at the step.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.heaviside([-2.0, 0.0, 2.0], 0.5)
    tensor([0.0000, 0.5000, 1.0000])
    """
    x = to_float(x1)
    step = ops.select(x < 0.0, 0.0, ops.select(x > 0.0, 1.0, x * np.nan))
    return ops.select(x == 0.0, x2, step)


def signbit(x: Any, /) -> Tensor:
    """Say whether the sign of numbers is negative, also of zeros.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor of bool, shape of x
        Whether the sign is negative; that of a NaN is taken for positive.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.signbit([-1.0, -0.0, 0.0])
    tensor([ True,  True, False])
    """
    x = to_float(x)
    is_zero = x == 0.0
    return ops.logical_or(x < 0.0, ops.logical_and(is_zero, 1.0 / ops.select(is_zero, x, 1.0) < 0))


def copysign(x1: Any, x2: Any, /) -> Tensor:
    """Give numbers the signs of others.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        The absolute value of `x1` with the sign of `x2`.

    Notes
    -----
    The derivative by `x2` is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.copysign([1.0, -2.0], [-1.0, 1.0])
    tensor([-1.,  2.])
    """
    x1 = to_float(x1)
    signed = ops.select(ops.equal(signbit(x1), signbit(x2)), x1, -x1)
    # The derivative by x2 is 0; subtracted, for -0.0 + 0.0 would be 0.0.
    return signed - ops.masked_multiply(0.0, x2)


def logical_xor(x1: Any, x2: Any, /) -> Tensor:
    """Say where exactly one of two numbers is not 0.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        Whether it is so.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.logical_xor([1.0, 0.0], 1.0)
    tensor([False,  True])
    """
    return ops.not_equal(ops.not_equal(x1, 0), ops.not_equal(x2, 0))


def modf(x: Any, /) -> tuple[Tensor, Tensor]:
    """Split numbers into fractional and whole parts.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    tuple of two Tensors
        The fractional parts, with the signs of the numbers, and the whole parts.

    Notes
    -----
    The derivative of the fractional part is 1, that of the whole part 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.modf([1.5, -2.5])
    (tensor([ 0.5000, -0.5000]), tensor([ 1., -2.]))
    """
    x = to_float(x)
    whole = ops.trunc(x)
    rest = ops.select(ops.isinf(x), 0.0, x - ops.select(ops.isinf(x), 0.0, whole))
    return copysign(rest, x), whole


def divmod_(x1: Any, x2: Any, /) -> tuple[Tensor, Tensor]:
    """Divide, and return the whole quotient and the remainder.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        ``x1 // x2`` and ``x1 % x2``, a tuple.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.divmod([7.0, -7.0], 2.0)
    (tensor([ 3., -4.]), tensor([1., 1.]))
    """
    return ops.floor_divide(x1, x2), ops.remainder(x1, x2)


def ldexp(x1: Any, x2: Any, /) -> Tensor:
    """Multiply by a power of 2.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        ``x1 * 2**x2``.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.ldexp([1.0, 3.0], [2, -1])
    tensor([4.0000, 1.5000])
    """
    x = to_float(x1)
    most = (
        2200.0 if x.dtype == np.float64 else 300.0
    )  # from the smallest number to beyond the largest
    n = ops.clip(fn.astype(x2, x.dtype), -most, most)
    third = ops.floor(n / 3.0)  # 2**n alone may be infinite
    return x * ops.exp2(third) * ops.exp2(third) * ops.exp2(n - 2.0 * third)


UFUNCS = {
    "fmax": fmax,
    "fmin": fmin,
    "fabs": fabs,
    "positive": positive,
    "conjugate": conjugate,
    "deg2rad": deg2rad,
    "radians": deg2rad,
    "rad2deg": rad2deg,
    "degrees": rad2deg,
    "float_power": float_power,
    "logaddexp2": logaddexp2,
    "heaviside": heaviside,
    "signbit": signbit,
    "copysign": copysign,
    "logical_xor": logical_xor,
    "modf": modf,
    "divmod": divmod_,
    "ldexp": ldexp,
}
