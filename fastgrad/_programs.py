"""Program and record: a function recorded once, replayed many times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ._batches import batch
from ._bound import bind
from ._described import Described
from ._products import hvp, jvp, vjp
from ._recordings import Arguments, Recording, record_call
from ._sources import OneRecording, Paths
from ._transforms import grad, hessian, jacobian, value_and_grad


class Replays(Described):
    """What a Program and a lazily recorded function have in common: derivatives that replay."""

    _cached: dict[str, Any]

    def _derived(self, name, make):
        found = self._cached.get(name)
        if found is None:
            found = self._cached.setdefault(name, make(self))
        return found

    def value_and_grad(self, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        """Return the value and the gradient by the first argument.

        Parameters
        ----------
        *args, **kwargs
            Arguments of the function.
        out : ndarray, optional
            Where the gradient is written, if it is one array.

        Returns
        -------
        tuple
            ``(value, gradient)``.
        """
        value, gradient = self._derived("value_and_grad", value_and_grad)(*args, **kwargs)
        return value, _written(gradient, out)

    def grad(self, *args: Any, out: Any = None, **kwargs: Any) -> Any:
        """Return the gradient by the first argument; `out` as for `value_and_grad`."""
        return _written(self._derived("grad", grad)(*args, **kwargs), out)

    def jacobian(self, *args: Any, **kwargs: Any) -> Any:
        """Return the Jacobian by the first argument, of shape ``result.shape + argument.shape``."""
        return self._derived("jacobian", jacobian)(*args, **kwargs)

    def hessian(self, *args: Any, **kwargs: Any) -> Any:
        """Return the Hessian by the first argument, of shape ``argument.shape * 2``."""
        return self._derived("hessian", hessian)(*args, **kwargs)

    def hvp(self, *args: Any) -> Any:
        """Return the Hessian times a vector: as many vectors as arguments come after them."""
        primals, vectors = _halves(args, "hvp")
        return hvp(self, primals, vectors)

    def jvp(self, *args: Any) -> Any:
        """Return the Jacobian times a vector: as many vectors as arguments come after them."""
        primals, vectors = _halves(args, "jvp")
        return jvp(self, primals, vectors)[1]

    def vjp(self, *args: Any) -> Any:
        """Return a vector, the last argument, times the Jacobian: one array for one argument."""
        if len(args) < 2:
            raise TypeError(f"vjp takes the arguments and a cotangent, got {len(args)} values")
        found = vjp(self, *args[:-1])[1](args[-1])
        return found[0] if len(found) == 1 else found

    def batch(
        self,
        *arrays: Any,
        what: str = "value_and_grad",
        threads: int | None = None,
        return_status: bool = False,
    ) -> Any:
        """Compute many points.

        Parameters
        ----------
        *arrays : array_like or container of them
            The arguments, with the points along axis 0.
        what : {'value', 'grad', 'value_and_grad'}
            What to compute of each point.
        threads : int, optional
            In how many threads; results do not depend on it.
        return_status : bool
            Return the status of the points too: 0, or not 0 where a recorded branch would be taken
            otherwise and the rows are NaN. Without it such points raise BranchChanged.

        Returns
        -------
        ndarray, or tuple of them
            One row a point; of 'value_and_grad' the pair of values and gradients.
        """
        return batch(self, arrays, what, threads, return_status)

    def bind(self, *buffers: np.ndarray, out: np.ndarray | None = None) -> Any:
        """Return a call without arguments that reads buffers and writes the gradient into another.

        Parameters
        ----------
        *buffers : ndarray, float64, C-contiguous
            The arguments; the call reads what they hold then.
        out : ndarray, float64, C-contiguous, optional
            Where the gradient by the first argument is written.

        Returns
        -------
        callable
            Returns the value. It allocates nothing but the float.
        """
        return bind(self, buffers, out)


def _written(gradient, out):
    if out is None:
        return gradient
    wanted = np.shape(gradient)
    fits = isinstance(out, np.ndarray) and out.shape == wanted and out.dtype == np.float64
    if not fits or not out.flags.writeable or not out.flags.c_contiguous:
        got = f"{out.dtype} of shape {out.shape}" if isinstance(out, np.ndarray) else type(out).__name__
        raise ValueError(
            f"out has to be a writeable, C-contiguous float64 array of shape {wanted}, got {got}"
        )
    out[...] = gradient
    return out


def _halves(args, caller):
    if not args or len(args) % 2:
        raise TypeError(
            f"{caller} takes the arguments and as many vectors, got {len(args)} values; write "
            f"prog.{caller}(x, v)"
        )
    n = len(args) // 2
    return args[:n], args[n:]


class Program(Replays, OneRecording):
    """A function recorded for one signature and one path. Made by `fastgrad.record`.

    Immutable; any number of threads may call it at once.
    """

    def __init__(self, recording: Recording, key: tuple, paths: Paths | None = None) -> None:
        OneRecording.__init__(self, recording, key, paths)
        self._cached = {}
        self.__name__ = recording.name


class RecordedFunction(Replays, Paths):
    """A function that is recorded when a signature or a path is first met. Made by `fastgrad.record`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        Paths.__init__(self, function)
        self._cached = {}


def record(f: Any = None, *examples: Any, branches: str = "raise", **options: Any) -> Any:
    """Record a function, so that its value and derivatives replay without Python.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them. NumPy code runs as it is.
    *examples : float, array_like or container
        Arguments to record it with, now; only shapes, dtypes and the branches that are taken matter.
        Without them the function is recorded when it is called: once for each signature (shapes,
        dtypes, structure, static values) and for each path through its branches.
    branches : {'raise', 'record'}
        What a Program does with arguments that take another branch: raise BranchChanged, or record
        the new path too.
    **options
        Keyword arguments of `f` for the recording.

    Returns
    -------
    Program or RecordedFunction
        A callable with `value_and_grad`, `grad`, `jacobian`, `hessian`, `hvp`, `vjp`, `jvp`, `batch`
        and `bind`; the transforms of fastgrad replay it.

    Raises
    ------
    TypeError
        If `f` returns anything but numbers, arrays and containers of them.
    RuntimeError
        If `f` does something that would freeze a number, such as ``float(x)``.

    Notes
    -----
    Floats and arrays are recorded inputs; ints, bools, strings and other objects are static. What the
    function closes over is captured by value. A Python branch on a recorded value becomes a guard.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> def f(x):
    ...     return np.sum(x**2)
    >>> prog = fg.record(f, np.zeros(2))
    >>> prog.value_and_grad(np.array([1.0, 3.0]))
    (10.0, array([2., 6.]))
    >>> @fg.record
    ... def g(x, n):
    ...     return x**n
    >>> g(2.0, 3), fg.grad(g)(2.0, 3)
    (8.0, 12.0)
    """
    if branches not in ("raise", "record"):
        raise ValueError(f"branches={branches!r} is not known; give 'raise' or 'record'")
    if f is None and not examples and not options:
        return lambda function: record(function, branches=branches)
    if isinstance(f, Replays):
        f = getattr(f, "function", f)
    if not callable(f):
        raise TypeError(
            f"record takes a function first, got {type(f).__name__}; write fastgrad.record(f, x)"
        )
    if not examples and not options:
        return RecordedFunction(f)
    arguments = Arguments(examples, options)
    recording = record_call(f, arguments)
    if recording.captured:
        raise RuntimeError(
            "a Program cannot be recorded with values of an outer recording: pass them as arguments"
        )
    return Program(recording, arguments.key(), Paths(f) if branches == "record" else None)
