"""While a function is recorded, names of NumPy's functions mean functions that know Tensors.

`np.zeros(3)` in a user's function has to give something that takes tracked elements, and
`math.sin(x[0])` has to be recorded. So the attributes of the modules `numpy` and `math` are
exchanged, and the names that modules have imported from them, as long as anything in the process is
being recorded. What is put there looks who calls: other threads, NumPy itself and this package get
NumPy's result, and so does a library that is given constants.

Compiled modules take what `np.empty` gives for an array without looking. In them it is the name of
the module `numpy` that is exchanged, for a copy of the module as it was.
"""

from __future__ import annotations

import math
import sys
import threading
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cache, partial, wraps
from importlib.machinery import EXTENSION_SUFFIXES
from operator import is_
from typing import Any

import numpy as np

from ._numpy import of_lists
from ._numpy_served import LIBRARIES, OWN, holds_tensor, is_tracked, package_of, serve
from ._sweep import tape

_UNSCANNED = set(sys.stdlib_module_names) | OWN | (LIBRARIES - {"scipy"})
_COMPILED = tuple(EXTENSION_SUFFIXES)


def is_recording() -> bool:
    """Return whether this thread is recording a function."""
    return tape().recording


# ----- what is put in the place of a function -----


def _exchanged(original, ours):
    @wraps(original)
    def wrapper(*args, **kwargs):
        if is_recording() and _is_served(sys._getframe(1), wrapper, args, kwargs):
            return ours(*args, **kwargs)
        return original(*args, **kwargs)

    wrapper._fastgrad_original = original
    return wrapper


def _is_served(caller, wrapper, args, kwargs):
    """Return whether the code that calls an exchanged function is to get a Tensor."""
    names = caller.f_globals
    if len(sys.modules) != _scan.n_modules:  # a compiled module imported meanwhile may be calling
        with _lock:
            _exchange(_scan.look())
        used = caller.f_code.co_names
        if wrapper.__name__ not in used and not any(names.get(n) is wrapper for n in used):
            return False
    package = package_of(caller)
    if package in OWN:
        return False
    if package in LIBRARIES:
        return is_tracked(args) or is_tracked(kwargs)
    # What a module makes while it is imported stays when the recording has ended.
    return not (getattr(names.get("__spec__"), "_initializing", False) and _is_imported(caller))


def _is_imported(frame):
    """Return whether the import of a module has begun inside of the recording, not around it."""
    while frame is not None and frame.f_globals.get("__name__") != f"{__package__}._trace":
        if frame.f_globals.get("__name__") in ("importlib._bootstrap", "_frozen_importlib"):
            return True
        frame = frame.f_back
    return False


def _exchanged_method(original, ours):
    @wraps(original)
    def method(self, *args, **kwargs):
        if is_recording():
            result = ours(self, *args, **kwargs)
            if result is not NotImplemented:
                return result
        return original(self, *args, **kwargs)

    return method


# What serves is loaded when it is first called; most recordings need little of it.


def _creation(name):
    def ours(*args, **kwargs):
        from . import _numpy_applying, _numpy_creation

        function = _numpy_creation.FUNCTIONS.get(name) or _numpy_applying.FUNCTIONS[name]
        return function(*args, **kwargs)

    return ours


def _special(name):
    def ours(*args, **kwargs):
        from ._special import FUNCTIONS

        if holds_tensor(args) or holds_tensor(kwargs):
            return serve(f"scipy.special.{name}", FUNCTIONS[name], args, kwargs)
        return _by_name_of_special[name](*args, **kwargs)

    return ours


def _of_math(name, original):
    def ours(*args, **kwargs):
        from ._math import call

        return call(name, original, args, kwargs)

    return ours


def _vectorize_call(self, *args, **kwargs):
    from ._numpy_applying import vectorize_call

    return vectorize_call(self, *args, **kwargs)


def _index_trick(self, key):
    from ._numpy_creation import index_trick

    return index_trick(self, key)


CREATION = (
    "zeros ones empty identity eye tri zeros_like ones_like empty_like full full_like array "
    "asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite copy fromiter "
    "arange linspace logspace geomspace apply_along_axis apply_over_axes piecewise ndenumerate "
    "nditer isscalar"
).split()
MATH = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh degrees dist erf erfc exp "
    "exp2 expm1 fabs floor fmod fsum hypot isclose isfinite isinf isnan ldexp log log10 log1p log2 "
    "modf pow prod radians sin sinh sqrt sumprod tan tanh trunc"
).split()
SPECIAL = (
    "logsumexp softmax log_softmax softplus polygamma zeta multigammaln comb perm factorial diric"
).split()
_by_id: dict[int, Any] = {}  # of an original, and of a replacement: (original, replacement)
_by_name_of_special: dict[str, Any] = {}


def _add(original, ours):
    pair = (original, _exchanged(original, ours))
    _by_id.update({id(x): pair for x in pair})


@cache
def _methods():
    """Fill the table; return (class, name, original, replacement) of methods to exchange."""
    for name in CREATION:
        _add(getattr(np, name), _creation(name))
    for module in (np, np.linalg, np.fft):
        for function in vars(module).copy().values():
            if isinstance(function, type(np.sum)) and id(function) not in _by_id:
                _add(function, of_lists(function))
    for name in MATH:
        if hasattr(math, name):  # some are new
            _add(getattr(math, name), _of_math(name, getattr(math, name)))
    index_trick = next(c for c in type(np.r_).__mro__ if "__getitem__" in vars(c))
    return [  # so instances that were made before are served, too
        (owner, name, vars(owner)[name], _exchanged_method(vars(owner)[name], ours))
        for owner, name, ours in [
            (np.vectorize, "__call__", _vectorize_call),
            (index_trick, "__getitem__", _index_trick),
        ]
    ]


# ----- where the originals stand -----

_DICT: Any = vars(types.ModuleType)["__dict__"]
_namespace_of = _DICT.__get__  # also of a module that loads lazily, without loading it


class _Scan:
    """The places, (namespace, name, original, replacement), where something is to be exchanged.

    A module is looked through again only if the number of its names has changed.
    """

    def __init__(self):
        self.modules, self.n_modules = [], -1  # as of the last look
        self.namespaces, self.lengths = [], []
        self.known = {}  # id of a namespace: (namespace, its length, its places)
        self.places = []
        self.plain = types.ModuleType("numpy")  # NumPy as it is when nothing is exchanged

    def look(self):
        """Return the places, brought up to date."""
        special = sys.modules.get("scipy.special")
        if not _by_name_of_special and hasattr(special, "log_softmax"):
            for name in (name for name in SPECIAL if hasattr(special, name)):
                _by_name_of_special[name] = getattr(special, name)
                _add(getattr(special, name), _special(name))
            self.modules, self.known = [], {}
        modules = list(sys.modules.values())
        self.n_modules = len(modules)
        if not (
            len(modules) == len(self.modules)
            and all(map(is_, modules, self.modules))
            and list(map(len, self.namespaces)) == self.lengths
        ):
            self._look_again()
        main = sys.modules.get("__main__")
        return self.places + (_places_in(vars(main)) if main is not None else [])

    def _look_again(self):
        known, self.known, self.places = self.known, {}, []
        named = list(sys.modules.items())
        self.modules = [module for _, module in named]
        for name, module in named:
            if name == "__main__" or not isinstance(module, types.ModuleType):
                continue
            namespace = _namespace_of(module)
            if id(namespace) in self.known:  # a module of two names
                continue
            entry = known.get(id(namespace))
            if entry is None or entry[1] != len(namespace):
                entry = (namespace, len(namespace), self._places_of(name, namespace))
            self.known[id(namespace)] = entry
            self.places += entry[2]
        self.namespaces = [entry[0] for entry in self.known.values()]
        self.lengths = [entry[1] for entry in self.known.values()]

    def _places_of(self, name, namespace):
        if name in ("numpy", "numpy.linalg", "numpy.fft", "math"):
            return _places_in(namespace)
        file = namespace.get("__file__")
        if isinstance(file, str) and file.endswith(_COMPILED):
            return [(namespace, n, np, self.plain) for n, x in namespace.copy().items() if x is np]
        return [] if name.partition(".")[0] in _UNSCANNED else _places_in(namespace)


def _places_in(namespace):
    # Mostly there are none, so that is what is fast. A list: another thread may be adding names.
    if _by_id.keys().isdisjoint(map(id, list(namespace.values()))):
        return []
    items = namespace.copy().items()
    return [(namespace, name, *_by_id[id(x)]) for name, x in items if id(x) in _by_id]


def _functions_behind(f):
    """Return the Python functions that run when f is called, as far as it is a wrapper of them."""
    found: list[types.FunctionType] = []
    while f is not None and f not in found:
        if isinstance(f, partial):
            f = f.func
        elif isinstance(f, types.MethodType):
            f = f.__func__
        else:
            if isinstance(f, types.FunctionType):
                found.append(f)
            elif callable(f):
                method = type(f).__call__
                found += [method] if isinstance(method, types.FunctionType) else []
            f = getattr(f, "__wrapped__", None)
    return found


def _cells(function):
    """Return the cells of a function's closure, with what is in them."""
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append((cell, cell.cell_contents))
        except ValueError:  # empty: a name that is not bound yet
            continue
    return found


def _places_of_function(function):
    """Return the places that a function reads, and those of functions in its closure."""
    functions = _functions_behind(function)
    cells = [pair for f in functions for pair in _cells(f)]
    functions += [f for _, x in cells if callable(x) for f in _functions_behind(x)]
    namespaces = {id(f.__globals__): f.__globals__ for f in functions}
    places = [place for n in namespaces.values() for place in _places_in(n)]
    attributes = [(c, "cell_contents", *_by_id[id(x)]) for c, x in cells if id(x) in _by_id]
    return places, attributes


# ----- exchanging and putting back -----

_lock = threading.RLock()
_scan = _Scan()
_active: list[Any] = []  # the tapes that record, of all threads together
_seen_by_functions: list[Any] = []  # places that no module holds
_attributes: list[Any] = []  # (owner, attribute, original, replacement), exchanged


def _exchange(places):
    for namespace, name, original, replacement in places:
        if namespace.get(name) is original:
            namespace[name] = replacement


def _exchange_attributes(places):
    _attributes.extend(places)
    for owner, name, _, replacement in places:
        setattr(owner, name, replacement)


def _put_back():
    # Ctrl-C may end this anywhere; what is left to do is done before the next recording.
    # Modules imported meanwhile may hold replacements, so all are looked through once more.
    for namespace, name, original, replacement in _scan.look() + _seen_by_functions:
        if namespace.get(name) is replacement:
            namespace[name] = original
    for owner, name, original, _ in _attributes:
        setattr(owner, name, original)
    _seen_by_functions.clear()
    _attributes.clear()


def _scipy_fft():
    """Return a context in which `scipy.fft` knows Tensors, if it is loaded."""
    module = sys.modules.get("scipy.fft")
    if module is None or not hasattr(module, "set_backend"):
        return nullcontext()
    from ._scipy_fft import Backend

    return module.set_backend(Backend)


@contextmanager
def patched(function: Callable[..., Any] | None = None) -> Iterator[None]:
    """Exchange NumPy's creation functions inside a ``with`` block.

    Parameters
    ----------
    function : callable, optional
        What is recorded. The names that it sees are looked through also where no module holds
        them, as in code that was executed from a string.
    """
    on = tape()
    try:
        with _lock:
            _active[:] = [t for t in _active if not t.closed]
            if not _active:
                if _attributes:
                    _put_back()
                vars(_scan.plain).update(vars(np))
                _exchange_attributes(_methods())
            _active.append(on)
            _exchange(_scan.look())
            if function is not None:
                places, attributes = _places_of_function(function)
                _seen_by_functions.extend(places)
                _exchange(places)
                _exchange_attributes(attributes)
        with _scipy_fft():
            yield
    finally:
        with _lock:
            if on in _active:
                _active.remove(on)
            if not _active:
                _put_back()
