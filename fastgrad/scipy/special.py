"""SciPy's special functions, of Tensors where the derivative is known; others refuse them.

>>> import fastgrad as fg
>>> import fastgrad.scipy.special as special
>>> x = fg.tensor(0.5, requires_grad=True)
>>> special.entr(x).backward()
>>> x.grad
tensor(-0.3069)
"""

from scipy import special as _special

from .._numpy_namespace import special_names as _names

globals().update(_names(_special))

__all__ = list(_special.__all__)


def __getattr__(name: str) -> object:
    return getattr(_special, name)


def __dir__() -> list[str]:
    return sorted({*dir(_special), *globals()})
