"""Structural ops that are Fourier transforms along an axis, none of them normalised.

A complex array is a real one with an axis more, `pair`, of length 2: real parts, imaginary parts.
It comes before the axis that is transformed; `axis` counts it. All three ops are linear in it, and
so are their rules: each is the transposed transform of the cotangent.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import axis_of, flag_of, shape_of
from ._fft_tables import lanes_of, plan
from ._lowering import WORK, fresh, rounded
from ._ops import multiply
from ._recording import Structural

_COMPLEX, _REAL, _HALF = range(3)  # the kinds of the kernel
_GAP = 24  # FG_FFT_GAP


# ----- values -----


def _complex(z, pair):
    re, im = np.moveaxis(z, pair, 0)
    whole = np.empty(re.shape, np.result_type(re.dtype, np.complex64))
    whole.real, whole.imag = re, im
    return whole


def _parts(x, pair, dtype):
    return np.stack((x.real, x.imag), axis=pair).astype(dtype, copy=False)


def _fft_value(z, *, pair, axis, inverse):
    x = _complex(z, pair)
    if inverse:
        return _parts(np.fft.ifft(x, axis=axis - 1, norm="forward"), pair, z.dtype)
    return _parts(np.fft.fft(x, axis=axis - 1), pair, z.dtype)


def _rfft_value(x, *, pair, axis):
    return _parts(np.fft.rfft(x, axis=axis - 1), pair, x.dtype)


def _irfft_value(z, *, pair, axis, n):
    out = np.fft.irfft(_complex(z, pair), n, axis=axis - 1, norm="forward")
    return out.astype(z.dtype, copy=False)


# ----- what fits, and programs -----


def _check(x, pair, axis, ndim):
    if x.dtype.kind != "f":
        raise TypeError(f"wanted float64 or float32, got {x.dtype}")
    if axis_of(pair, ndim) >= axis_of(axis, ndim):
        raise ValueError(f"the parts, axis {pair}, come before what is transformed, axis {axis}")


def _check_pair(z, pair, axis):
    _check(z, pair, axis, z.ndim)
    if z.shape[pair] != 2:
        raise ValueError(f"axis {pair} of shape {z.shape} holds two parts: real and imaginary")


def _length(n):
    if n < 1:
        raise ValueError(f"Invalid number of FFT data points ({n}) specified.")
    return n


def _infer_fft(z, *, pair, axis, inverse):
    _check_pair(z, pair, axis)
    _length(z.shape[axis])
    flag_of(inverse)
    return z.shape, z.dtype


def _infer_rfft(x, *, pair, axis):
    _check(x, pair, axis, x.ndim + 1)
    half = _length(x.shape[axis - 1]) // 2 + 1
    shape = (*x.shape[: axis - 1], half, *x.shape[axis:])
    return shape_of((*shape[:pair], 2, *shape[pair:])), x.dtype


def _infer_irfft(z, *, pair, axis, n):
    _check_pair(z, pair, axis)
    if type(n) is not int or z.shape[axis] != _length(n) // 2 + 1:
        raise ValueError(f"{z.shape[axis]} are no half of {n!r:.30} points, n // 2 + 1")
    shape = (*z.shape[:axis], n, *z.shape[axis + 1 :])
    return shape_of((*shape[:pair], *shape[pair + 1 :])), z.dtype


def _lower(kind, inverse, n, shape, pair, axis, out, dtype):
    """Return the step; `shape` is that with parts, of the operand or of the result."""
    if 0 in out:
        return fresh()
    outer = math.prod(shape[:pair])
    between, inner = math.prod(shape[pair + 1 : axis]), math.prod(shape[axis + 1 :])
    length, factors, table = plan(n, kind != _COMPLEX)
    lanes = lanes_of(length, between, inner)
    head = (kind, int(inverse), outer, between, n, inner, lanes, length, len(factors))
    step = ("fft", (0, WORK), (*head, *factors, *table.tolist()))
    return fresh(step, *rounded(out, dtype), work=4 * (length * lanes + _GAP))


def _lower_fft(z, *, pair, axis, inverse):
    return _lower(_COMPLEX, inverse, z.shape[axis], z.shape, pair, axis, z.shape, z.dtype)


def _lower_rfft(x, *, pair, axis):
    shape, dtype = _infer_rfft(x, pair=pair, axis=axis)
    return _lower(_REAL, False, x.shape[axis - 1], shape, pair, axis, shape, dtype)


def _lower_irfft(z, *, pair, axis, n):
    out, dtype = _infer_irfft(z, pair=pair, axis=axis, n=n)
    return _lower(_HALF, True, n, z.shape, pair, axis, out, dtype)


# ----- derivatives -----


def _times(z, n, axis, once, twice):
    """Multiply half of n results: the first and, of an even n, the last by `once`.

    The others stand for two, themselves and their conjugates.
    """
    weight = np.full(n // 2 + 1, twice, z.dtype)
    weight[0] = once
    if n % 2 == 0:
        weight[-1] = once
    return multiply(z, weight.reshape(-1, *(1,) * (z.ndim - axis - 1)))


fft: Structural = Structural(
    "fft",
    value=_fft_value,
    vjp=(
        lambda g, out, z, *, pair, axis, inverse: fft(g, pair=pair, axis=axis, inverse=not inverse),
    ),
    jvp="linear",
    infer=_infer_fft,
    batch=lambda n, batched, z, *, pair, axis, inverse: fft(
        z, pair=pair + 1, axis=axis + 1, inverse=inverse
    ),
    lower=_lower_fft,
)

rfft: Structural = Structural(  # of real numbers: the first n // 2 + 1 results
    "rfft",
    value=_rfft_value,
    vjp=(
        lambda g, out, x, *, pair, axis: irfft(
            _times(g, x.shape[axis - 1], axis, 1.0, 0.5), pair=pair, axis=axis, n=x.shape[axis - 1]
        ),
    ),
    jvp="linear",
    infer=_infer_rfft,
    batch=lambda n, batched, x, *, pair, axis: rfft(x, pair=pair + 1, axis=axis + 1),
    lower=_lower_rfft,
)

irfft: Structural = Structural(  # n real numbers; imaginary parts that they cannot have are ignored
    "irfft",
    value=_irfft_value,
    vjp=(
        lambda g, out, z, *, pair, axis, n: _times(
            rfft(g, pair=pair, axis=axis), n, axis, 1.0, 2.0
        ),
    ),
    jvp="linear",
    infer=_infer_irfft,
    batch=lambda m, batched, z, *, pair, axis, n: irfft(z, pair=pair + 1, axis=axis + 1, n=n),
    lower=_lower_irfft,
)
