"""NumPy's namespace of Fourier transforms, whose functions give Tensors and complex values."""

import numpy as _numpy

from .._fft import *  # noqa: F403
from .._fft_frequencies import *  # noqa: F403


def __getattr__(name: str) -> object:
    return getattr(_numpy.fft, name)


def __dir__() -> list[str]:
    return sorted({*dir(_numpy.fft), *globals()})
