"""The frequencies of Fourier transforms, and spectra with frequency 0 in the middle."""

from __future__ import annotations

import functools
import operator
from typing import Any

import numpy as np

from . import _numpy_shape
from ._arguments import to_tensor
from ._complex import ComplexTensor, as_complex, is_complex
from ._complex_functions import FUNCTIONS
from ._tensor import Tensor, wrap

__all__ = ["fftfreq", "fftshift", "ifftshift", "rfftfreq"]


def _spaced(numbers, n, d):
    """Return numbers / (n d)."""
    return wrap(numbers * (1.0 / (n * d))) if isinstance(d, (int, float)) else numbers / (n * d)


def fftfreq(n: int, d: Any = 1.0, device: Any = None) -> Tensor:
    """Return the frequencies of the results of `fft`, as numpy.fft.fftfreq.

    Parameters
    ----------
    n : int
        Number of points.
    d : float or Tensor
        The distance of two of them.
    device : {None, "cpu"}
        As NumPy has it.

    Returns
    -------
    Tensor, shape (n,)

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.fftfreq(4, d=0.5)
    tensor([ 0.0000,  0.5000, -1.0000, -0.5000])
    """
    n = operator.index(n)
    half = (n - 1) // 2 + 1
    numbers = np.concatenate((np.arange(half), np.arange(-(n // 2), 0)))
    return _spaced(numbers.astype(np.float64), n, d)


def rfftfreq(n: int, d: Any = 1.0, device: Any = None) -> Tensor:
    """Return the frequencies of the results of `rfft`, as numpy.fft.rfftfreq.

    Parameters
    ----------
    n, d, device
        As for `fftfreq`.

    Returns
    -------
    Tensor, shape (n // 2 + 1,)

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.rfftfreq(4, d=0.5)
    tensor([0.0000, 0.5000, 1.0000])
    """
    n = operator.index(n)
    return _spaced(np.arange(n // 2 + 1).astype(np.float64), n, d)


def _rolled(x, axes, shift):
    x = as_complex(x) if is_complex(x) else to_tensor(x)
    if axes is None:
        axes = tuple(range(x.ndim))
    axes = axes if isinstance(axes, (tuple, list)) else (axes,)
    roll = functools.partial(
        _numpy_shape.roll, shift=tuple(shift(x.shape[a]) for a in axes), axis=tuple(axes)
    )
    return ComplexTensor(roll(x.real), roll(x.imag)) if isinstance(x, ComplexTensor) else roll(x)


def fftshift(x: Any, axes: Any = None) -> Any:
    """Return a spectrum with frequency 0 in the middle, as numpy.fft.fftshift.

    Parameters
    ----------
    x : array_like or ComplexTensor
        In the order of `fftfreq`.
    axes : int or sequence of int, optional
        Default: all.

    Returns
    -------
    Tensor or ComplexTensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.fftshift(fg.fft.fftfreq(4))
    tensor([-0.5000, -0.2500,  0.0000,  0.2500])
    """
    return _rolled(x, axes, lambda n: n // 2)


def ifftshift(x: Any, axes: Any = None) -> Any:
    """Return what `fftshift` has moved as it was, as numpy.fft.ifftshift.

    Parameters
    ----------
    x, axes
        As for `fftshift`.

    Returns
    -------
    Tensor or ComplexTensor

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.fft.ifftshift([-2, -1, 0, 1])
    tensor([ 0,  1, -2, -1])
    """
    return _rolled(x, axes, lambda n: -(n // 2))


FUNCTIONS.update({f"fft.{name}": globals()[name] for name in __all__})
