"""Fourier transforms along axes, by structural ops on the parts of what is complex."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from . import _fft_frequencies as _fft_frequencies  # so that all of numpy.fft is served
from . import _functions as fn
from . import _structural as structural
from ._arguments import axis_index, to_tensor
from ._complex import ComplexTensor, as_complex, is_complex
from ._complex_functions import FUNCTIONS
from ._tensor import Tensor

__all__ = [
    "fft",
    "fft2",
    "fftn",
    "hfft",
    "ifft",
    "ifft2",
    "ifftn",
    "ihfft",
    "irfft",
    "irfft2",
    "irfftn",
    "rfft",
    "rfft2",
    "rfftn",
]

_Transform: TypeAlias = Callable[..., Any]


# ----- what all transforms have in common -----


def _value(a, name, real=False):
    """Return an operand as a Tensor of floats, or as a complex value."""
    if is_complex(a):
        if real:
            raise TypeError(
                f"fft.{name} takes real numbers, got complex ones; take .real of them, or use "
                f"fft.{name[1:]}"
            )
        return as_complex(a)
    t = to_tensor(a)
    return t if t.dtype.kind == "f" else fn.astype(t, np.float64)


def _pair(x):
    """Return the parts along a new first axis."""
    if isinstance(x, ComplexTensor):
        return fn.stack((x.real, x.imag))
    return fn.stack((x, np.zeros(x.shape, x.dtype)))


def _whole(pair):
    return ComplexTensor(pair[0], pair[1])


def _checked(n):
    n = operator.index(n)
    if n < 1:
        raise ValueError(
            f"Invalid number of FFT data points ({n}) specified. A transform takes at least one; "
            "give n, which pads with zeros"
        )
    return n


def _fitted(x, n, axis):
    """Return n elements along an axis: the first ones, or all with zeros behind."""
    have = x.shape[axis]
    if have > n:
        return x[(slice(None),) * axis + (slice(n),)]
    if have == n:
        return x
    shape = list(x.shape)
    shape[axis] = n - have
    return fn.concatenate((x, np.zeros(shape, x.dtype)), axis)


def _scale(norm, inverse):
    """Return what a transform of n points is multiplied by, as a function of n."""
    if norm not in (None, "backward", "ortho", "forward"):
        raise ValueError(f'Invalid norm value {norm}; should be "backward", "ortho" or "forward".')
    if norm == "ortho":
        return lambda n: 1.0 / math.sqrt(n)
    return (lambda n: 1.0 / n) if inverse != (norm == "forward") else (lambda n: 1.0)


def _scaled(x, factor):
    return x if factor == 1.0 else x * factor


def _mirrored(half, n, axis, inverse):
    """Return all n results of a real operand from the first n // 2 + 1 of the forward transform."""
    re, im = half[0], half[1]
    rest = (slice(None),) * axis + (slice((n - 1) // 2, 0, -1),)
    # subtracted, for the negative of 0 has another angle
    first, last = (0.0 - im, im[rest]) if inverse else (im, 0.0 - im[rest])
    return fn.stack((fn.concatenate((re, re[rest]), axis), fn.concatenate((first, last), axis)))


def _axes_of(x, s, axes, real_result=False):
    """Return lengths and axes of a transform along several axes; SciPy's may be one number."""
    s, axes = ((n,) if isinstance(n, int) else n for n in (s, axes))
    if axes is None:
        axes = tuple(range(x.ndim)) if s is None else tuple(range(-len(s), 0))
    axes = [axis_index(a, x.ndim) for a in axes]
    if s is None:
        lengths = [x.shape[a] for a in axes]
        if real_result:
            lengths[-1] = 2 * (x.shape[axes[-1]] - 1)
    else:
        if len(s) != len(axes):
            raise ValueError("Shape and axes have different lengths.")
        lengths = [x.shape[a] if n is None or n == -1 else n for n, a in zip(s, axes)]
    return [_checked(n) for n in lengths], axes


def _complex_transform(a, name, s, axes, norm, inverse):
    x = _value(a, name)
    lengths, axes = _axes_of(x, s, axes)
    scale = _scale(norm, inverse)
    if not axes:
        return as_complex(x)
    pair = None
    for n, axis in zip(lengths[::-1], axes[::-1]):
        if pair is None and isinstance(x, Tensor):  # half of the work
            half = structural.rfft(_fitted(x, n, axis), pair=0, axis=axis + 1)
            pair = _mirrored(half, n, axis, inverse)
            continue
        pair = _fitted(_pair(x) if pair is None else pair, n, axis + 1)
        pair = structural.fft(pair, pair=0, axis=axis + 1, inverse=inverse)
    return _whole(_scaled(pair, math.prod(map(scale, lengths))))


def _real_transform(a, name, s, axes, norm):
    x = _value(a, name, real=True)
    lengths, axes = _axes_of(x, s, axes)
    scale = _scale(norm, False)
    n, axis = lengths[-1], axes[-1]
    pair = structural.rfft(_fitted(x, n, axis), pair=0, axis=axis + 1)
    for n, axis in zip(lengths[-2::-1], axes[-2::-1]):
        pair = _fitted(pair, n, axis + 1)
        pair = structural.fft(pair, pair=0, axis=axis + 1, inverse=False)
    return _whole(_scaled(pair, math.prod(map(scale, lengths))))


def _half_transform(a, name, s, axes, norm):
    x = _value(a, name)
    lengths, axes = _axes_of(x, s, axes, real_result=True)
    scale = _scale(norm, True)
    pair = _pair(x)
    for n, axis in zip(lengths[:-1], axes[:-1]):
        pair = _fitted(pair, n, axis + 1)
        pair = structural.fft(pair, pair=0, axis=axis + 1, inverse=True)
    n, axis = lengths[-1], axes[-1]
    pair = _fitted(pair, n // 2 + 1, axis + 1)
    result = structural.irfft(pair, pair=0, axis=axis + 1, n=n)
    return _scaled(result, math.prod(map(scale, lengths)))


def _one(n):
    return None if n is None else (_checked(n),)


_OTHER = {None: "forward", "backward": "forward", "forward": "backward", "ortho": "ortho"}


def _other(norm):
    if norm not in _OTHER:
        _scale(norm, False)  # raises
    return _OTHER[norm]


# ----- along one axis -----


def fft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> ComplexTensor:
    """Return the discrete Fourier transform along an axis, as numpy.fft.fft.

    Parameters
    ----------
    a : array_like or ComplexTensor
        Real or complex numbers.
    n : int, optional
        Number of points: elements beyond are left out, missing ones are 0. Default: all.
    axis : int
        The axis.
    norm : {"backward", "ortho", "forward"}, optional
        Which of the two directions is divided by n; "ortho": both by its root.

    Returns
    -------
    ComplexTensor

    Raises
    ------
    ValueError
        If there is no point.

    Notes
    -----
    Linear in real and imaginary part: the gradient is the transposed transform, and exact.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.fft([1.0, 0.0, 0.0, 0.0])
    complextensor([1.+0.j, 1.+0.j, 1.+0.j, 1.+0.j])
    """
    return _complex_transform(a, "fft", _one(n), (axis,), norm, False)


def ifft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> ComplexTensor:
    """Return the inverse transform along an axis, as numpy.fft.ifft.

    Parameters
    ----------
    a, n, axis, norm
        As for `fft`.

    Returns
    -------
    ComplexTensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.ifft(fg.fft.fft([1.0, 2.0, 3.0])).real
    tensor([1., 2., 3.])
    """
    return _complex_transform(a, "ifft", _one(n), (axis,), norm, True)


def rfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> ComplexTensor:
    """Return the first n // 2 + 1 results of the transform of real numbers, as numpy.fft.rfft.

    Parameters
    ----------
    a, n, axis, norm
        As for `fft`; `a` is real.

    Returns
    -------
    ComplexTensor

    Raises
    ------
    TypeError
        If `a` is complex.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.rfft([0.0, 1.0, 0.0, -1.0])
    complextensor([0.+0.j, 0.-2.j, 0.+0.j])
    """
    return _real_transform(a, "rfft", _one(n), (axis,), norm)


def irfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """Return the n real numbers that `rfft` gives `a` of, as numpy.fft.irfft.

    Parameters
    ----------
    a, axis, norm
        As for `fft`.
    n : int, optional
        How many. Default: 2 * (m - 1) for m elements of `a`.

    Returns
    -------
    Tensor

    Notes
    -----
    The imaginary part of the first element and, of an even n, of the last is ignored: its
    gradient is 0.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.irfft([1.0, 1j, -1.0])
    tensor([0., 0., 0., 1.])
    """
    return _half_transform(a, "irfft", _one(n), (axis,), norm)


def hfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> Tensor:
    """Return the transform of n numbers of which half are given, as numpy.fft.hfft.

    Parameters
    ----------
    a, n, axis, norm
        As for `irfft`; the others are conjugates of these, so the result is real.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.hfft([1.0, 2.0, 3.0])
    tensor([ 8., -2.,  0., -2.])
    """
    return irfft(as_complex(_value(a, "hfft")).conj(), n, axis, _other(norm))


def ihfft(a: Any, n: int | None = None, axis: int = -1, norm: str | None = None) -> ComplexTensor:
    """Return the numbers that `hfft` gives `a` of, as numpy.fft.ihfft.

    Parameters
    ----------
    a, n, axis, norm
        As for `rfft`.

    Returns
    -------
    ComplexTensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.ihfft([8.0, -2.0, 0.0, -2.0]).real
    tensor([1., 2., 3.])
    """
    return rfft(a, n, axis, _other(norm)).conj()


# ----- along several axes -----


def fftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> ComplexTensor:
    """Return the transform along several axes, as numpy.fft.fftn.

    Parameters
    ----------
    a : array_like or ComplexTensor
        Real or complex numbers.
    s : sequence of int, optional
        Number of points along each axis; -1 for all.
    axes : sequence of int, optional
        The axes; one that is named twice is transformed twice. Default: all, or the last ones.
    norm : {"backward", "ortho", "forward"}, optional
        As for `fft`.

    Returns
    -------
    ComplexTensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.fftn([[1.0, 2.0], [3.0, 4.0]]).real
    tensor([[10., -2.],
            [-4.,  0.]])
    """
    return _complex_transform(a, "fftn", s, axes, norm, False)


def ifftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> ComplexTensor:
    """Return the inverse transform along several axes, as numpy.fft.ifftn.

    Parameters
    ----------
    a, s, axes, norm
        As for `fftn`.

    Returns
    -------
    ComplexTensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.ifftn([[10.0, -2.0], [-4.0, 0.0]]).real
    tensor([[1., 2.],
            [3., 4.]])
    """
    return _complex_transform(a, "ifftn", s, axes, norm, True)


def rfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> ComplexTensor:
    """Return the transform of real numbers along several axes, the last halved, as numpy.fft.rfftn.

    Parameters
    ----------
    a, s, axes, norm
        As for `fftn`; `a` is real.

    Returns
    -------
    ComplexTensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.rfftn([[1.0, 2.0], [3.0, 4.0]]).shape
    (2, 2)
    """
    return _real_transform(a, "rfftn", s, axes, norm)


def irfftn(a: Any, s: Any = None, axes: Any = None, norm: str | None = None) -> Tensor:
    """Return the real numbers that `rfftn` gives `a` of, as numpy.fft.irfftn.

    Parameters
    ----------
    a, s, axes, norm
        As for `fftn`; of the last axis the default is 2 * (m - 1) points.

    Returns
    -------
    Tensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.irfftn(fg.fft.rfftn([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[1., 2.],
            [3., 4.]])
    """
    return _half_transform(a, "irfftn", s, axes, norm)


def _of_two_axes(function: _Transform) -> _Transform:
    name = function.__name__

    def call(a: Any, s: Any = None, axes: Any = (-2, -1), norm: str | None = None) -> Any:
        return function(a, s, axes, norm)

    call.__name__ = call.__qualname__ = name[:-1] + "2"
    call.__doc__ = f"""Return `{name}` along two axes, as numpy.fft.{call.__name__}.

    Parameters
    ----------
    a, s, axes, norm
        As for `{name}`; the default is the last two axes.

    Returns
    -------
    {"Tensor" if name == "irfftn" else "ComplexTensor"}

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.{call.__name__}([[2.0, 0.0], [0.0, 0.0]]).shape
    (2, 2)
    """
    return call


fft2: _Transform = _of_two_axes(fftn)
ifft2: _Transform = _of_two_axes(ifftn)
rfft2: _Transform = _of_two_axes(rfftn)
irfft2: _Transform = _of_two_axes(irfftn)


FUNCTIONS.update({f"fft.{name}": globals()[name] for name in __all__})
