"""SciPy's functions of Fourier transforms, of Tensors where the derivative is known."""

from scipy import fft as _fft

from .._scipy_fft import names as _names

globals().update(_names(_fft))

__all__ = list(_fft.__all__)


def __getattr__(name: str) -> object:
    return getattr(_fft, name)


def __dir__() -> list[str]:
    return sorted({*dir(_fft), *globals()})
