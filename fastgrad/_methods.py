"""The methods of Tensor that are written in Python, put together."""

from __future__ import annotations

from typing import Any

from . import _backward, _convert, _functions, _grad_fn, _inplace, _numpy, _numpy_methods
from . import _printing as _printing  # it sets repr
from ._tensor import Tensor, add_methods


def _transposed(self: Tensor) -> Tensor:
    """The Tensor with its axes in reverse order."""
    return _functions.transpose(self)


def _array_namespace(self: Tensor, *, api_version: str | None = None) -> Any:
    """Return the namespace of the Python array API standard, for Tensors."""
    from . import array_api

    return array_api.of_version(api_version)


methods = {
    **_convert.METHODS,
    **_inplace.METHODS,
    **_backward.METHODS,
    **_numpy.METHODS,
    **_numpy_methods.METHODS,
    **{name: getattr(_functions, name) for name in _functions.METHODS},
    "T": property(_transposed),
    "__array_namespace__": _array_namespace,
    "grad_fn": property(_grad_fn.grad_fn),
}
add_methods(methods)
