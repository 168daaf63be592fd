"""SciPy's namespace, whose functions give Tensors where they can: ``fastgrad.scipy.special``."""

import scipy as _scipy

from . import fft as fft
from . import linalg as linalg
from . import special as special


def __getattr__(name: str) -> object:
    return getattr(_scipy, name)
