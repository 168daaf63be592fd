"""SciPy's namespace, whose functions give Tensors where they can: ``fastgrad.scipy.special``."""

import importlib as _importlib

import scipy as _scipy

from . import fft as fft
from . import linalg as linalg
from . import special as special

_LATE = ("stats",)  # SciPy's take long to import


def __getattr__(name: str) -> object:
    if name in _LATE:
        return _importlib.import_module(f".{name}", __name__)
    return getattr(_scipy, name)
