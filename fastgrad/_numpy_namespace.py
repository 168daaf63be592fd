"""NumPy's and SciPy's functions as drop-in namespaces have them: by the same names, of Tensors."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from . import _numpy_creation as creation
from . import _numpy_table, _scipy_linalg, _special
from ._arguments import to_tensor
from ._numpy import of_lists
from ._numpy_applying import FUNCTIONS as APPLYING
from ._numpy_applying import vectorize_call
from ._numpy_served import holds_tensor, serve
from ._tensor import wrap


def _as_tensors(x):
    """Return what NumPy computed, its arrays of floats as Tensors, which may be filled."""
    if type(x) in (list, tuple):
        return type(x)(map(_as_tensors, x))
    if (
        isinstance(x, (np.ndarray, np.generic))
        and x.dtype.kind == "f"
        and x.dtype.itemsize in (4, 8)
    ):
        return wrap(np.asarray(x))
    return x


def _function(original):
    served = of_lists(original)

    @functools.wraps(original)
    def function(*args, **kwargs):
        return _as_tensors(served(*args, **kwargs))

    return function


class Ufunc:
    """A ufunc of NumPy or SciPy whose result is a Tensor if a Tensor can hold it."""

    def __init__(self, ufunc: Any) -> None:
        functools.update_wrapper(self, ufunc)
        self._ufunc = ufunc

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the ufunc; nested lists of Tensors are stacked."""
        return self._apply(self._ufunc, args, kwargs)

    def _apply(self, function, args, kwargs):
        args = [to_tensor(x) if holds_tensor(x) else x for x in args]
        result = function(*args, **kwargs)
        return result if "out" in kwargs else _as_tensors(result)

    def reduce(self, *args: Any, **kwargs: Any) -> Any:
        """Serve ufunc.reduce."""
        return self._apply(self._ufunc.reduce, args, kwargs)

    def accumulate(self, *args: Any, **kwargs: Any) -> Any:
        """Serve ufunc.accumulate."""
        return self._apply(self._ufunc.accumulate, args, kwargs)

    def reduceat(self, *args: Any, **kwargs: Any) -> Any:
        """Serve ufunc.reduceat."""
        return self._apply(self._ufunc.reduceat, args, kwargs)

    def outer(self, *args: Any, **kwargs: Any) -> Any:
        """Serve ufunc.outer."""
        return self._apply(self._ufunc.outer, args, kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ufunc, name)

    def __repr__(self) -> str:
        return f"<fastgrad's {self._ufunc!r}>"


class vectorize(np.vectorize):
    """numpy.vectorize, whose functions take Tensors."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the function for each element."""
        result = vectorize_call(self, *args, **kwargs)
        return super().__call__(*args, **kwargs) if result is NotImplemented else result


class IndexTrick:
    """numpy.r_ or numpy.c_ for Tensors."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __getitem__(self, key: Any) -> Any:
        result = creation.index_trick(self._original, key)
        return _as_tensors(self._original[key]) if result is NotImplemented else result

    def __len__(self) -> int:
        return 0


def numpy_names() -> dict[str, Any]:
    """Return the names of `fastgrad.numpy` that are not NumPy's own, those of linalg with a dot."""
    found: dict[str, Any] = {}
    served = _numpy_table.names()
    others = [name for name in dir(np) if isinstance(getattr(np, name), np.ufunc)]
    for name in [*served, *others, *_numpy_table.changes_names()]:
        original = _numpy_table.resolved(np, name)
        if original is not None:
            found[name] = (Ufunc if isinstance(original, np.ufunc) else _function)(original)
    found.update({n: f for n, f in creation.FUNCTIONS.items() if hasattr(np, n)} | APPLYING)
    found.update(vectorize=vectorize, r_=IndexTrick(np.r_), c_=IndexTrick(np.c_))
    return found


def _of_scipy(name, original, ours):
    @functools.wraps(original)
    def function(*args, **kwargs):
        if holds_tensor(args) or holds_tensor(kwargs):
            return serve(name, ours, args, kwargs)
        return original(*args, **kwargs)

    return function


def special_names(special: Any) -> dict[str, Any]:
    """Return the names of `fastgrad.scipy.special` that are not SciPy's own."""
    ufuncs = [name for name in dir(special) if isinstance(getattr(special, name), np.ufunc)]
    return {name: Ufunc(getattr(special, name)) for name in ufuncs} | {
        name: _of_scipy(f"scipy.special.{name}", _numpy_table.resolved(special, name), ours)
        for name, ours in _special.FUNCTIONS.items()
        if hasattr(special, name)
    }


# ----- scipy.linalg -----


def linalg_names(linalg: Any) -> dict[str, Any]:
    """Return the names of `fastgrad.scipy.linalg` that are not SciPy's own."""
    return {
        name: _of_scipy(f"scipy.linalg.{name}", getattr(linalg, name), ours)
        for name, ours in _scipy_linalg.FUNCTIONS.items()
        if hasattr(linalg, name)
    }
