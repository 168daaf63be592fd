"""NumPy's namespace, whose functions give Tensors: ``import fastgrad.numpy as np``.

Functions of arrays of floats are fastgrad's and take everything that NumPy's take, nested lists of
Tensors too. Constants, dtypes, random numbers and what has no gradient are NumPy's own.

>>> import fastgrad as fg
>>> import fastgrad.numpy as np
>>> x = fg.tensor([1.0, 2.0], requires_grad=True)
>>> y = np.zeros(3)
>>> y[0] = np.sum([x[0] ** 2, np.pi * x[1]])
>>> y.sum().backward()
>>> x.grad
tensor([2.0000, 3.1416])
"""

import numpy as _numpy

from .._numpy_namespace import numpy_names as _names
from . import fft as fft
from . import linalg as linalg

globals().update({name: thing for name, thing in _names().items() if "." not in name})

__all__ = sorted({*_numpy.__all__})
__version__ = _numpy.__version__


def __getattr__(name: str) -> object:
    return getattr(_numpy, name)


def __dir__() -> list[str]:
    return sorted({*dir(_numpy), *globals()})
