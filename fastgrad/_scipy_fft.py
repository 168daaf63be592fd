"""SciPy's module of Fourier transforms called on Tensors."""

from __future__ import annotations

import functools
from typing import Any

from . import fft
from ._complex import is_complex_value
from ._numpy_served import NotServed, holds_tensor, serve

_SIGNATURE = ("overwrite_x", "workers")  # what changes no number


def _without_effort(function, name, place):
    """Let a function take SciPy's arguments that say how it is to be computed."""

    @functools.wraps(function)
    def call(*args, plan=None, **kwargs):
        if plan is not None:
            raise NotServed("with a plan")
        kwargs = {k: v for k, v in kwargs.items() if k not in _SIGNATURE}
        return function(*args[:place], *args[place + 2 :], **kwargs)

    return call


# Of each, the place of the arguments that are left out.
FUNCTIONS: dict[str, Any] = (
    {
        name: _without_effort(getattr(fft, name), name, 4)
        for name in fft.__all__
        if name.rstrip("n2").endswith("fft")
    }
    | {
        name: _without_effort(getattr(fft, name), name, 5)
        for name in ("dct", "idct", "dst", "idst")
    }
    | {name: getattr(fft, name) for name in ("fftfreq", "rfftfreq", "fftshift", "ifftshift")}
)


def holds(x: Any) -> bool:
    """Return whether x is or holds a Tensor or a complex value."""
    if isinstance(x, (list, tuple)):
        return any(map(holds, x))
    return is_complex_value(x) or holds_tensor(x)


def names(module: Any) -> dict[str, Any]:
    """Return the names of `fastgrad.scipy.fft` that are not SciPy's own."""

    def served(name, ours):
        original = getattr(module, name)

        @functools.wraps(original)
        def function(*args, **kwargs):
            if holds(args) or holds(list(kwargs.values())):
                return serve(f"scipy.fft.{name}", ours, args, kwargs)
            return original(*args, **kwargs)

        return function

    return {name: served(name, ours) for name, ours in FUNCTIONS.items()}


class _Nothing(dict[Any, Any]):
    """A dict that keeps nothing.

    Where SciPy would keep contexts, by the system's number of a thread: the next thread of that
    number would enter one that points into memory of a thread that has ended.
    """

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


class Backend:
    """What serves `scipy.fft` while a function is recorded; SciPy asks it before its own."""

    __ua_domain__ = "numpy.scipy.fft"
    __ua_cache__ = _Nothing()

    @staticmethod
    def __ua_function__(method: Any, args: Any, kwargs: Any) -> Any:
        """Serve a function of SciPy's, or leave it to SciPy."""
        if not (holds(args) or holds(list(kwargs.values()))):
            return NotImplemented
        name = method.__name__
        if name not in FUNCTIONS:
            raise TypeError(
                f"scipy.fft.{name} cannot be recorded on a Tensor: use the transforms that "
                "fastgrad.fft has"
            )
        return serve(f"scipy.fft.{name}", FUNCTIONS[name], args, kwargs)
