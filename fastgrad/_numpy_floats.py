"""NumPy's functions of the bits of numbers: mantissa and exponent, neighbours, distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import to_float
from ._numpy_elementwise import copysign, ldexp
from ._tensor import Tensor

_FAR = 100  # powers of 2 that make a normal number of a subnormal one


def _parts(x):
    """Return the exponent of numbers but 0, infinities and NaN, and the power of 2 of half of it.

    Both are constants to derivatives, for `floor` is one.
    """
    size = ops.absolute(x)
    tiny = size < 2.0**-900
    size = ops.select(tiny, size * 2.0**_FAR, size)
    size = ops.select(ops.logical_and(size > 0.0, ops.isfinite(size)), size, 1.0)
    exponent = ops.floor(ops.log2(size)) + 1.0  # or one off, where it is nearly whole
    half = ops.floor(0.5 * exponent)
    mantissa = size * ops.exp2(-half) * ops.exp2(half - exponent)
    exponent = exponent + ops.select(mantissa >= 1.0, 1.0, ops.select(mantissa < 0.5, -1.0, 0.0))
    return exponent - ops.select(tiny, float(_FAR), 0.0)


def frexp(x: Any, /) -> tuple[Tensor, Tensor]:
    """Take numbers apart into a mantissa between 0.5 and 1, and a power of 2.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    mantissa : Tensor, shape of x
        With the sign of x; x itself where it is 0, infinite or NaN.
    exponent : Tensor of int32, shape of x
        0 where x is 0, infinite or NaN.

    Examples
    --------
    >>> import fastgrad as fg
    >>> mantissa, exponent = fg.frexp([3.0, -0.25])
    >>> mantissa.tolist(), exponent.tolist()
    ([0.75, -0.5], [2, -1])
    """
    x = to_float(x)
    plain = ops.logical_and(ops.not_equal(x, 0.0), ops.isfinite(x))
    exponent = ops.select(plain, _parts(x), 0.0)
    mantissa = ops.select(plain, ldexp(ops.select(plain, x, 1.0), -exponent), x)
    return mantissa, fn.astype(exponent, np.int32)


def _limits(x):
    """Return the digits of a dtype in bits, and its smallest positive number."""
    return (53, 2.0**-1074) if x.dtype == np.float64 else (24, 2.0**-149)


def _distance(x, toward_zero):
    """Return the distance of finite numbers from the next one away from 0, or toward 0."""
    digits, least = _limits(x)
    exponent = _parts(x)
    if toward_zero is not None:
        power = ops.equal(ldexp(ops.absolute(x), -exponent), 0.5)
        exponent = exponent - ops.select(ops.logical_and(power, toward_zero), 1.0, 0.0)
    distance = ldexp(fn.ones_like(x), exponent - float(digits))
    return ops.select(x == 0.0, least, ops.maximum(distance, least))


def spacing(x: Any, /) -> Tensor:
    """Return the distance of numbers from the next ones, away from 0.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x
        With the sign of x; NaN for infinities. Its derivative is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.spacing(1.0).item() == 2.0**-52
    True
    """
    x = to_float(x)
    distance = copysign(_distance(x, None), x)
    return ops.select(ops.isfinite(x), distance, np.nan)


def nextafter(x1: Any, x2: Any, /) -> Tensor:
    """Return the numbers next to some, in the direction of others.

    Parameters
    ----------
    x1, x2 : array_like
        Operands, which broadcast.

    Returns
    -------
    Tensor
        The neighbours of `x1`; `x2` where both are the same. The derivative by `x1` is 1.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.nextafter(1.0, 2.0).item() == 1.0 + 2.0**-52
    True
    """
    x, y = to_float(x1), to_float(x2)
    largest = np.finfo(np.result_type(x.dtype, y.dtype)).max
    inward = ops.less(x * ops.select(y > x, 1.0, -1.0), 0.0)
    step = ops.select(y > x, 1.0, -1.0) * _distance(x, inward)
    moved = x + ops.masked_multiply(ops.select(ops.isfinite(x), 1.0, 0.0), step)
    moved = ops.select(ops.isinf(x), copysign(float(largest), x), moved)
    moved = ops.select(ops.equal(moved, 0.0), copysign(moved, x), moved)
    chosen = ops.select(ops.equal(x, y), y, moved)
    return ops.select(ops.logical_or(ops.isnan(x), ops.isnan(y)), x + y, chosen)


UFUNCS = {"frexp": frexp, "spacing": spacing, "nextafter": nextafter}
