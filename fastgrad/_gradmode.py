"""Whether ops are recorded: context managers that are decorators too."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from ._sweep import tape
from ._tape import GradMode, set_grad_mode

_IN_PIECES = inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction


class _GradMode(GradMode):
    """Sets the mode inside a ``with`` block or a decorated function."""

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        if any(has_pieces(function) for has_pieces in _IN_PIECES):
            raise TypeError(
                "a generator or coroutine runs piece by piece, between which the mode would leak; "
                "use the context manager inside it"
            )

        @functools.wraps(function)
        def in_mode(*args: Any, **kwargs: Any) -> Any:
            with type(self)._again(self):
                return function(*args, **kwargs)

        return in_mode

    def _again(self):
        return type(self)()


class _Plain(_GradMode):
    """A mode without arguments can stand before a function as it is: ``@no_grad``."""

    _mode = True

    def __new__(cls, function: Callable[..., Any] | None = None) -> Any:
        self = super().__new__(cls)
        self.mode = cls._mode
        return self if function is None else self(function)


class no_grad(_Plain):
    """Record nothing: results require no gradient, and leaves may be changed in place.

    A context manager and a decorator; of this thread only.

    Examples
    --------
    >>> import fastgrad as fg
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> with fg.no_grad():
    ...     w -= 0.5
    >>> w
    tensor(0.5000, requires_grad=True)
    """

    _mode = False


class enable_grad(_Plain):
    """Record again inside `no_grad`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> with fg.no_grad(), fg.enable_grad():
    ...     (w * 2).requires_grad
    True
    """

    _mode = True


class set_grad_enabled(_GradMode):
    """Record or not, as `mode` says: from now on, for a ``with`` block or for a function.

    Parameters
    ----------
    mode : bool
        Whether to record.

    Examples
    --------
    >>> import fastgrad as fg
    >>> with fg.set_grad_enabled(False):
    ...     fg.is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        self.mode: bool = bool(mode)
        self.before: bool | None = is_grad_enabled()
        set_grad_mode(self.mode)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        tape().grad_enabled = bool(self.before)  # as a decorator it has no effect outside
        return super().__call__(function)

    def _again(self):
        return set_grad_enabled(self.mode)


def is_grad_enabled() -> bool:
    """Return whether ops on this thread are recorded.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.is_grad_enabled()
    True
    """
    return bool(tape().grad_enabled)
