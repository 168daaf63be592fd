"""Transforms into cosines and sines, with SciPy's signatures, by Fourier _fft.

Types 1 and 2 are the transform of the operand and its mirror image; type 3 is the transpose of
type 2; type 4 is every second result of type 2. The sines are cosines of what is turned around.
"""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from . import _fft
from . import _functions as fn
from ._arguments import axis_index, to_float
from ._complex import ComplexTensor
from ._fft_tables import turns
from ._tensor import Tensor

_ROOT = math.sqrt(2.0)


def _last(x, n):
    """Return n elements along the last axis."""
    have = x.shape[-1]
    n = have if n is None else operator.index(n)
    if n < 1:
        raise ValueError(
            f"invalid number of data points ({n}) specified; give n, which pads with zeros"
        )
    if n <= have:
        return x[..., :n]
    return fn.concatenate((x, np.zeros((*x.shape[:-1], n - have), x.dtype)), -1)


def _weights(n, places, by, dtype):
    weights = np.ones(n, dtype)
    weights[places] = by
    return weights


def _alternating(n, dtype):
    return _weights(n, slice(1, None, 2), -1.0, dtype)


def _cosines(x, kind):
    """Return the cosine transform of a type along the last axis, not normalised."""
    n = x.shape[-1]
    if kind == 1:
        if n < 2:
            raise ValueError("DCT-I is not defined for size < 2")
        return _fft.rfft(fn.concatenate((x, fn.flip(x[..., 1:-1], -1)), -1)).real
    if kind == 4:
        return _cosines(_last(x, 2 * n), 2)[..., 1::2]
    c, s = (a.astype(x.dtype) for a in turns(np.arange(n), 4 * n))
    if kind == 2:
        whole = _fft.rfft(fn.concatenate((x, fn.flip(x, -1)), -1))
        return whole.real[..., :n] * c + whole.imag[..., :n] * s
    whole = ComplexTensor(_last(x * c, n + 1), _last(x * s, n + 1))
    return _fft.irfft(whole, 2 * n, norm="forward")[..., :n]


def _sines(x, kind):
    n = x.shape[-1]
    if kind == 1:
        zero = np.zeros((*x.shape[:-1], 1), x.dtype)
        odd = fn.concatenate((zero, x, zero, fn.flip(-x, -1)), -1)
        return -_fft.rfft(odd).imag[..., 1 : n + 1]
    if kind == 2:
        return fn.flip(_cosines(x * _alternating(n, x.dtype), 2), -1)
    return _cosines(fn.flip(x, -1), kind) * _alternating(n, x.dtype)


def _transform(of_sines, inverse, x, type, n, axis, norm, orthogonalize):
    if type not in (1, 2, 3, 4):
        raise ValueError(f"Invalid type ({type}) specified; types are 1, 2, 3 and 4")
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(f"Invalid norm value {norm!r}, should be 'backward', 'ortho' or 'forward'")
    kind = {2: 3, 3: 2}.get(type, type) if inverse else type
    x = to_float(x)
    axis = axis_index(axis, x.ndim)
    x = _last(fn.moveaxis(x, axis, -1), n)
    n = x.shape[-1]
    points = 2 * (n if kind != 1 else n + 1 if of_sines else n - 1)
    ortho = (norm == "ortho") if orthogonalize is None else orthogonalize
    # The ends that have half of the weight of the others.
    ends = (0, -1) if kind == 1 else (-1,) if of_sines else (0,)
    before = ortho and (kind == 3 or (kind == 1 and not of_sines))
    after = ortho and (kind == 2 or (kind == 1 and not of_sines))
    if before:
        x = x * _weights(n, list(ends), _ROOT, x.dtype)
    y = (_sines if of_sines else _cosines)(x, kind)
    scale = 1.0
    if norm == "ortho":
        scale = 1.0 / math.sqrt(points)
    elif (norm == "forward") != inverse:
        scale = 1.0 / points
    if after:
        y = y * _weights(n, list(ends), 1.0 / _ROOT, x.dtype)
    if scale != 1.0:
        y = y * scale
    return fn.moveaxis(y, -1, axis)


def dct(
    x: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    orthogonalize: bool | None = None,
) -> Tensor:
    """Return the discrete cosine transform along an axis, as scipy.fft.dct.

    Parameters
    ----------
    x : array_like
        Real numbers.
    type : {1, 2, 3, 4}
        Which of them.
    n : int, optional
        Number of points: elements beyond are left out, missing ones are 0. Default: all.
    axis : int
        The axis.
    norm : {"backward", "ortho", "forward"}, optional
        Which of the two directions is divided; "ortho": both.
    orthogonalize : bool, optional
        Whether ends are weighted so that the matrix is orthogonal. Default: for "ortho".

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.dct([1.0, 0.0, 1.0]).numpy().round(12)
    array([4., 0., 2.])
    """
    return _transform(False, False, x, type, n, axis, norm, orthogonalize)


def idct(
    x: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    orthogonalize: bool | None = None,
) -> Tensor:
    """Return the inverse of `dct`, as scipy.fft.idct.

    Parameters
    ----------
    x, type, n, axis, norm, orthogonalize
        As for `dct`.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.idct([4.0, 0.0, 2.0])
    tensor([1., 0., 1.])
    """
    return _transform(False, True, x, type, n, axis, norm, orthogonalize)


def dst(
    x: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    orthogonalize: bool | None = None,
) -> Tensor:
    """Return the discrete sine transform along an axis, as scipy.fft.dst.

    Parameters
    ----------
    x, type, n, axis, norm, orthogonalize
        As for `dct`.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.dst([1.0, 0.0, 1.0]).numpy().round(12)
    array([2., 0., 4.])
    """
    return _transform(True, False, x, type, n, axis, norm, orthogonalize)


def idst(
    x: Any,
    type: int = 2,
    n: int | None = None,
    axis: int = -1,
    norm: str | None = None,
    orthogonalize: bool | None = None,
) -> Tensor:
    """Return the inverse of `dst`, as scipy.fft.idst.

    Parameters
    ----------
    x, type, n, axis, norm, orthogonalize
        As for `dct`.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.idst([2.0, 0.0, 4.0], type=3)
    tensor([ 1.0000, -0.5774,  2.0000])
    """
    return _transform(True, True, x, type, n, axis, norm, orthogonalize)
