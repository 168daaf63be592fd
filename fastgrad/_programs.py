"""Program and record: a function recorded once, replayed many times."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ._batches import batch
from ._bound import bind
from ._described import Described
from ._files import read_whole, write_whole
from ._products import HessianProduct, jvp, vjp
from ._recordings import Arguments, Recording, record_call
from ._saved import MAGIC, from_bytes, to_bytes
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

    def jacobian(self, *args: Any, sparse: bool = False, **kwargs: Any) -> Any:
        """Return the Jacobian by the first argument, of shape ``result.shape + argument.shape``.

        With `sparse` it is a `scipy.sparse.csr_array` of shape ``(result.size, argument.size)``.
        """
        if sparse:
            return self._derived("jacobian, sparse", _sparse_jacobian)(*args, **kwargs)
        return self._derived("jacobian", jacobian)(*args, **kwargs)

    def hessian(self, *args: Any, sparse: bool = False, **kwargs: Any) -> Any:
        """Return the Hessian by the first argument, of shape ``argument.shape * 2``.

        With `sparse` it is a `scipy.sparse.csr_array` of shape ``(argument.size, argument.size)``.
        """
        if sparse:
            return self._derived("hessian, sparse", _sparse_hessian)(*args, **kwargs)
        return self._derived("hessian", hessian)(*args, **kwargs)

    def hvp(self, *args: Any) -> Any:
        """Return the Hessian times a vector: as many vectors as arguments come after them."""
        return self._derived("hvp", HessianProduct)(*args)

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
        out: Any = None,
        progress: Any = None,
    ) -> Any:
        """Compute many points.

        Parameters
        ----------
        *arrays : array_like or container of them
            The arguments, with the points along axis 0. Those that are dense, of float64, are read
            where they are; others are copied once.
        what : {'value', 'grad', 'value_and_grad'}
            What to compute of each point.
        threads : int, optional
            In how many threads; results do not depend on it. By default as many as pay.
        return_status : bool
            Return the status of the points too: 0, or not 0 for a point that failed, whose rows are
            NaN (0 in integers and truth values). It would take another branch than the recorded
            one, or has an index out of bounds. Without it such points raise an exception.
        out : ndarray or container of them, optional
            Where the results are written, packed as they are, with None for arrays that are to be
            made. Of the shape and dtype of the result; no memory of an argument.
        progress : bool or callable, optional
            A function that is called as ``progress(done, total)``, some times a second and at the
            end, in the thread that calls; or True for a bar, which needs tqdm.

        Returns
        -------
        ndarray, or tuple of them
            One row a point; of 'value_and_grad' the pair of values and gradients.

        Raises
        ------
        BranchChanged
            If a point takes another branch, as far as the program cannot record it.
        KeyboardInterrupt
            At once, also in many threads; what `out` holds then is not defined.

        See Also
        --------
        fastgrad.vmap : Points along other axes, arguments that all points share; `bind`.

        Examples
        --------
        >>> import fastgrad as fg
        >>> import numpy as np
        >>> prog = fg.record(lambda x, y: x * y**2, 1.0, 1.0)
        >>> x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 1.0, 0.0])
        >>> prog.batch(x, y)
        (array([4., 2., 0.]), array([4., 1., 0.]))
        >>> values = np.empty(3)
        >>> prog.batch(x, y, what="value", out=values) is values
        True
        """
        makers = {"value": None, "grad": grad, "value_and_grad": value_and_grad}
        if what not in makers:
            raise ValueError(f"what={what!r} is not known; give one of {', '.join(makers)}")
        make = makers[what]
        chosen = self if make is None else self._derived(what, make)
        return batch(self, chosen, arrays, threads, return_status, out, progress)

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

    def __copy__(self) -> Any:
        return self  # as functions do

    def __deepcopy__(self, memo: Any) -> Any:
        return self


def _sparse_jacobian(source):
    return jacobian(source, sparse=True)


def _sparse_hessian(source):
    return hessian(source, sparse=True)


def _written(gradient, out):
    if out is None:
        return gradient
    wanted = np.shape(gradient)
    fits = isinstance(out, np.ndarray) and out.shape == wanted and out.dtype == np.float64
    if not fits or not out.flags.writeable or not out.flags.c_contiguous:
        got = (
            f"{out.dtype} of shape {out.shape}"
            if isinstance(out, np.ndarray)
            else type(out).__name__
        )
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

    Immutable; any number of threads may call it at once, with or without a GIL, and get the same
    bits. It can be saved, and pickled for other processes.
    """

    __name__: str

    def __init__(
        self, recording: Recording, key: tuple[Any, ...], paths: Paths | None = None
    ) -> None:
        OneRecording.__init__(self, recording, key, paths)
        self._cached = {}
        self.__name__ = recording.name

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the program to a file, from which `fastgrad.load` reads it.

        Parameters
        ----------
        path : path_like
            The file. An old one is replaced once the new one is complete.

        Raises
        ------
        TypeError
            If a static argument is no int, float, bool, str or bytes, or a container of arguments
            or results no dict, list, tuple, OrderedDict, defaultdict, named tuple or dataclass.
        OSError
            If the file cannot be written; an old one is left as it was.

        See Also
        --------
        load : Read it back.

        Notes
        -----
        The file holds the recorded operations and constants, and for messages the names and lines
        of the source files. It holds no code: of classes the names, and of a function recorded with
        ``branches="record"`` this one path. Saving twice gives the same bytes.

        Examples
        --------
        >>> import fastgrad as fg
        >>> import numpy as np, os, tempfile
        >>> prog = fg.record(lambda x: np.sum(x**2), np.zeros(2))
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = os.path.join(folder, "model.fgp")
        ...     prog.save(path)
        ...     fg.load(path).grad(np.array([1.0, 3.0]))
        array([2., 6.])
        """
        write_whole(path, to_bytes(self.recording, self.key))

    def __reduce__(self) -> tuple[Any, ...]:
        elsewhere: list = []
        data = to_bytes(self.recording, self.key, elsewhere)
        function = None if self.paths is None else self.paths.function
        return _unpickled, (data, tuple(elsewhere), function)


def _unpickled(data: bytes, elsewhere: tuple = (), function: Any = None) -> Program:
    """Return the program of a pickle."""
    recording, key = from_bytes(data, None, elsewhere)
    return Program(recording, key, None if function is None else Paths(function))


class RecordedFunction(Replays, Paths):
    """A function that is recorded for each signature and path. Made by `fastgrad.record`."""

    def __init__(self, function: Callable[..., Any]) -> None:
        Paths.__init__(self, function)
        self._cached = {}

    def __reduce__(self) -> str | tuple[Any, ...]:
        name = getattr(self, "__qualname__", "")
        found: Any = sys.modules.get(getattr(self, "__module__", None) or "")
        for part in name.split("."):
            found = getattr(found, part, None)
        # where @fastgrad.record stands above the function, its name is that of this object
        return name if found is self else (record, (self.function,))


def load(path: str | os.PathLike[str], types: Mapping[str, type] | None = None) -> Program:
    """Read a program that `Program.save` has written.

    Parameters
    ----------
    path : path_like
        The file.
    types : mapping, optional
        Classes of the named tuples and dataclasses that arguments and results are packed in, by
        their names, with the module or without it. Others are looked up in the modules that are
        imported already.

    Returns
    -------
    Program
        It gives the bits that the saved one gives.

    Raises
    ------
    ValueError
        If the file is damaged, no program, or of a newer version; or a class is not found.
    OSError
        If it cannot be read.

    See Also
    --------
    Program.save : Write it.

    Notes
    -----
    The file is not trusted: every number in it is checked, and loading imports no module and runs
    no code. A program, once loaded, computes what the file says, which may take time and memory.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import os, tempfile
    >>> prog = fg.record(lambda x: x**3, 1.0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     prog.save(os.path.join(folder, "cube.fgp"))
    ...     cube = fg.load(os.path.join(folder, "cube.fgp"))
    >>> cube(2.0), cube.grad(2.0)
    (8.0, 12.0)
    """
    recording, key = from_bytes(read_whole(path, 64, MAGIC), types)
    return Program(recording, key)


def record(f: Any = None, *examples: Any, branches: str = "raise", **options: Any) -> Any:
    """Record a function, so that its value and derivatives replay without Python.

    Parameters
    ----------
    f : callable
        Of floats, arrays and containers of them. NumPy code runs as it is.
    *examples : float, array_like or container
        Arguments to record it with, now; only shapes, dtypes and the branches that are taken
        matter. Without them the function is recorded when it is called: once for each signature
        (shapes, dtypes, structure, static values) and for each path through its branches.
    branches : {'raise', 'record'}
        What a Program does with arguments that take another branch: raise BranchChanged, or record
        the new path too.
    **options
        Keyword arguments of `f` for the recording.

    Returns
    -------
    Program or RecordedFunction
        A callable with `value_and_grad`, `grad`, `jacobian`, `hessian`, `hvp`, `vjp`, `jvp`,
        `batch` and `bind`; the transforms of fastgrad replay it.

    Raises
    ------
    TypeError
        If `f` returns anything but numbers, arrays and containers of them.
    RuntimeError
        If `f` does something that would freeze a number, such as ``float(x)``.

    Notes
    -----
    Floats and arrays are recorded inputs; ints, bools, strings and other objects are static. What
    the function closes over is captured by value. A Python branch on a recorded value becomes a
    guard.

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
