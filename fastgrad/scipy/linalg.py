"""SciPy's functions of linear algebra, of Tensors where the derivative is known."""

from scipy import linalg as _linalg

from .._numpy_namespace import linalg_names as _names

globals().update(_names(_linalg))

__all__ = list(_linalg.__all__)


def __getattr__(name: str) -> object:
    return getattr(_linalg, name)


def __dir__() -> list[str]:
    return sorted({*dir(_linalg), *globals()})
