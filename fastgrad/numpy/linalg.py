"""NumPy's namespace of linear algebra, whose functions give Tensors."""

import numpy as _numpy

from .._numpy_namespace import numpy_names as _names

_PREFIX = "linalg."
globals().update(
    {name[len(_PREFIX) :]: thing for name, thing in _names().items() if name.startswith(_PREFIX)}
)


def __getattr__(name: str) -> object:
    return getattr(_numpy.linalg, name)


def __dir__() -> list[str]:
    return sorted({*dir(_numpy.linalg), *globals()})
