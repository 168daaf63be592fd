"""NumPy's functions that make arrays, with NumPy's signatures and Tensors for results.

A Tensor can take what a plain array refuses: an element that depends on a tracked Tensor. So these
stand in for NumPy's own while a function is recorded, and in the namespace `fastgrad.numpy`.
"""

from __future__ import annotations

import functools
import itertools
import operator
from typing import Any

import numpy as np

from . import _creation as creation
from . import _structural as structural
from ._arguments import concrete, to_tensor
from ._nodes import make_cell
from ._numpy_served import holds_tensor
from ._ops import ceil, isfinite
from ._tensor import Tensor, values, wrap


def _made(array, name="array"):
    """Return a new array as a Tensor, if a Tensor can have its dtype."""
    if not isinstance(array, np.ndarray):
        return array
    if array.dtype.hasobject:
        raise TypeError(
            f"numpy.{name} of dtype object cannot be recorded: what is put into it would lose its "
            "gradient; use dtype=float, or a list and numpy.stack"
        )
    dtype = array.dtype
    if dtype.kind in "iub" or (dtype.kind == "f" and dtype.itemsize in (4, 8)):
        return wrap(array) if array.ndim else make_cell(wrap(array))
    return array


def _made_if_float(array):
    """Return a new array of floats as a Tensor; integers are indices and counts, they stay."""
    is_float = isinstance(array, np.ndarray) and array.dtype.kind == "f"
    return _made(array) if is_float else array


def _index(x):
    """Return a length or a shape with plain numbers in the place of Tensors."""
    if isinstance(x, (list, tuple)):
        return tuple(map(_index, x))
    if isinstance(x, Tensor):
        return operator.index(x) if x.ndim == 0 else tuple(concrete(x).tolist())
    return x


def _of_shape(original):
    """Return the function that makes a Tensor where `original` makes an array of a shape."""
    name = original.__name__

    @functools.wraps(original)
    def made(*args, **kwargs):
        kwargs.pop("like", None)
        args, kwargs = map(_index, args), {k: _index(v) for k, v in kwargs.items()}
        return _made(original(*args, **kwargs), name)

    return made


def _like(original):
    """Return the function that makes a Tensor where `original` makes an array like another."""
    name = original.__name__

    @functools.wraps(original)
    def made(prototype, *args, **kwargs):
        if isinstance(prototype, Tensor):
            prototype = values(prototype)  # of which only shape and dtype are read
        elif holds_tensor(prototype):
            prototype = values(to_tensor(prototype))
        kwargs = {k: _index(v) for k, v in kwargs.items()}
        return _made(original(prototype, *args, **kwargs), name)

    return made


def full(shape, fill_value, dtype=None, order="C", **options):
    """Serve numpy.full: one value everywhere, which may be a Tensor."""
    shape = _index(shape)
    if holds_tensor(fill_value):
        return creation.full(shape, fill_value, dtype)
    options.pop("like", None)
    return _made(np.full(shape, fill_value, dtype, order, **options), "full")


def full_like(a, fill_value, dtype=None, *ordering, shape=None, **options):
    """Serve numpy.full_like: one value everywhere, which may be a Tensor."""
    if shape is None:
        shape = a.shape if isinstance(a, (Tensor, np.ndarray)) else to_tensor(a).shape
    if dtype is None:
        dtype = a.dtype if isinstance(a, (Tensor, np.ndarray)) else to_tensor(a).dtype
    return full(shape, fill_value, dtype)


# ----- of data -----


def converted(data, dtype, always_copy, ndmin=0):
    """Return what holds Tensors as one Tensor of the dtype."""
    if dtype is not None and np.dtype(dtype).hasobject:
        raise TypeError(
            "an array of dtype object that holds Tensors cannot be recorded; leave dtype out, or "
            "keep them in a list"
        )
    t = to_tensor(data)
    if dtype is not None and t.dtype != np.dtype(dtype):
        t = structural.astype(t, dtype=np.dtype(dtype))
    elif t is data and always_copy:
        t = structural.copy(t)
    if t.ndim < ndmin:
        t = structural.reshape(t, shape=(1,) * (ndmin - t.ndim) + t.shape)
    return t


def array(object, dtype=None, *, copy=True, ndmin=0, **options):
    """Serve numpy.array: a copy; nested lists that hold Tensors are stacked."""
    if holds_tensor(object):
        copy = _whether(copy)
        made = converted(object, dtype, copy, ndmin)
        return make_cell(made) if copy and not made.ndim else made
    options.pop("like", None)
    return _made_if_float(np.array(object, dtype, copy=copy, ndmin=ndmin, **options))


def _whether(copy):
    """Return NumPy's own names of ways to copy, which SciPy gives, as True, False or None."""
    return {"ALWAYS": True, "NEVER": False, "IF_NEEDED": None}.get(getattr(copy, "name", ""), copy)


def asarray(a, dtype=None, order=None, *, copy=None, **options):
    """Serve numpy.asarray and its kin: a Tensor or an array as it is, other data as a Tensor."""
    if holds_tensor(a):
        return converted(a, dtype, _whether(copy))
    result = np.asarray(a, dtype, order) if copy is None else np.array(a, dtype, copy=copy)
    return result if isinstance(a, (np.ndarray, np.generic)) else _made_if_float(result)


def ascontiguousarray(a, dtype=None, **options):
    """Serve numpy.ascontiguousarray and asfortranarray: asarray with an axis at least."""
    t = asarray(a, dtype)
    return t if t.ndim else t.reshape(1)


def asarray_chkfinite(a, dtype=None, order=None):
    """Serve numpy.asarray_chkfinite: asarray of numbers, of which none is infinite or NaN."""
    t = asarray(a, dtype)
    if isinstance(t, Tensor) and t.dtype.kind == "f" and not _all_true(isfinite(t)):
        raise ValueError("array must not contain infs or NaNs")
    return t if isinstance(t, Tensor) else np.asarray_chkfinite(t)


def _all_true(t):
    """Return whether all elements are true, as a plain truth value."""
    return bool(structural.all(t, axis=tuple(range(t.ndim)), keepdims=False))


def copy(a, order="K", subok=False):
    """Serve numpy.copy."""
    return array(a, copy=True)


def fromiter(iter, dtype, count=-1, **options):
    """Serve numpy.fromiter: of an iterable of numbers, which may be Tensors."""
    items = list(iter if count < 0 else itertools.islice(iter, count))
    if not holds_tensor(items):
        return _made_if_float(np.fromiter(items, dtype, count))
    if len(items) < count:
        raise ValueError(f"iterator too short: Expected {count} but iterator had only {len(items)}")
    return converted(items, dtype, False)


# ----- ranges -----


def arange(*args, dtype=None, **options):
    """Serve numpy.arange; with Tensors among its limits the result follows them."""
    options.pop("like", None)
    if not holds_tensor(args) and not holds_tensor(options):
        return _made_if_float(np.arange(*args, dtype=dtype, **options))
    given = dict(zip(("start", "stop", "step", "dtype"), args), **options)
    start, stop, step = (given.get(k) for k in ("start", "stop", "step"))
    if stop is None:
        start, stop = 0, start
    start, step = 0 if start is None else start, 1 if step is None else step
    n = concrete(ceil((to_tensor(stop) - start) / step))  # the length is what is fixed
    result = start + np.arange(max(int(n), 0)) * step
    dtype = given.get("dtype", dtype)
    if dtype is None:  # that of all three, though the numbers come of two
        limits = (x if type(x) in (int, float) else to_tensor(x).dtype for x in (start, stop, step))
        dtype = np.result_type(*limits)
    return structural.astype(result, dtype=np.dtype(dtype))


def _fractions(num, endpoint, ndim):
    steps = num - 1 if endpoint else num
    return (np.arange(num) / max(steps, 1)).reshape(-1, *[1] * ndim)


def _moved(t, axis):
    return t if axis == 0 else np.moveaxis(t, 0, axis)


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0, **options):
    """Serve numpy.linspace; with Tensors for limits the result follows them."""
    num = operator.index(num)
    if not holds_tensor((start, stop)):
        result = np.linspace(start, stop, num, endpoint, retstep, dtype, axis)
        if retstep:
            return _made_if_float(result[0]), result[1]
        return _made_if_float(result)
    return creation.linspace(start, stop, num, endpoint, retstep, dtype, axis)


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10.0,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return powers of a base, whose exponents are in equal steps.

    Parameters
    ----------
    start, stop : array_like
        First and last exponent; of Tensors the result is a function.
    num : int
        How many numbers.
    endpoint : bool
        Whether `stop` is the last exponent, or the one after it.
    base : array_like
        The base.
    dtype : dtype, optional
        Type, by default float64.
    axis : int
        The axis along which the numbers lie, if `start` or `stop` is an array.

    Returns
    -------
    Tensor
        The powers.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.logspace(0.0, 2.0, 3)
    tensor([  1.,  10., 100.])
    """
    num = operator.index(num)
    if not holds_tensor((start, stop, base)):
        return _made_if_float(np.logspace(start, stop, num, endpoint, base, dtype, axis))
    result = _moved(to_tensor(base) ** creation.linspace(start, stop, num, endpoint), axis)
    return result if dtype is None else structural.astype(result, dtype=np.dtype(dtype))


def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Return numbers in equal ratios.

    Parameters
    ----------
    start, stop : array_like
        First and last number, of one sign; of Tensors the result is a function.
    num : int
        How many numbers.
    endpoint : bool
        Whether `stop` is the last number, or the one after it.
    dtype : dtype, optional
        Type, by default float64.
    axis : int
        The axis along which the numbers lie, if `start` or `stop` is an array.

    Returns
    -------
    Tensor
        The numbers.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.geomspace(1.0, 4.0, 3)
    tensor([1., 2., 4.])
    """
    num = operator.index(num)
    if not holds_tensor((start, stop)):
        return _made_if_float(np.geomspace(start, stop, num, endpoint, dtype, axis))
    if num < 0:
        raise ValueError(f"Number of samples, {num}, must be non-negative.")
    start, stop = to_tensor(start), to_tensor(stop)
    part = _fractions(num, endpoint, max(start.ndim, stop.ndim))
    result = _moved(start * (stop / start) ** part, axis)
    return result if dtype is None else structural.astype(result, dtype=np.dtype(dtype))


# ----- elements -----


def ndenumerate(arr):
    """Serve numpy.ndenumerate: pairs of an index and the element there."""
    if not holds_tensor(arr):
        return np.ndenumerate(arr)
    t = to_tensor(arr)
    return ((i, t[i]) for i in np.ndindex(t.shape))


def nditer(op, *args, **kwargs):
    """Serve numpy.nditer, which hands out pieces of memory: of plain arrays alone."""
    if holds_tensor(op):
        raise TypeError(
            "numpy.nditer of a Tensor would cut its elements out of the graph; use "
            "numpy.ndenumerate(t), or `for i in numpy.ndindex(t.shape)` and t[i]"
        )
    return np.nditer(op, *args, **kwargs)


def isscalar(element):
    """Serve numpy.isscalar: an element of a Tensor is a number, as one of an array is."""
    return element.ndim == 0 if isinstance(element, Tensor) else np.isscalar(element)


# ----- numpy.r_ and numpy.c_ -----


def index_trick(self, key):
    """Serve numpy.r_[...] and numpy.c_[...]: NotImplemented if no Tensor is in the brackets."""
    parts = key if isinstance(key, tuple) else (key,)
    if not holds_tensor(parts):
        return NotImplemented
    name = "c_" if self is np.c_ else "r_"
    if any(isinstance(part, str) for part in parts):
        raise TypeError(
            f"numpy.{name} with a string and Tensors cannot be recorded; use numpy.concatenate or "
            "numpy.stack"
        )
    parts = [np.r_[p] if isinstance(p, slice) else to_tensor(p) for p in parts]
    if self is np.c_:
        parts = [p.reshape(-1, 1) if p.ndim < 2 else p for p in parts]
    return np.concatenate([p.reshape(1) if p.ndim == 0 else p for p in parts], axis=-1)


FUNCTIONS: dict[str, Any] = {
    "zeros": _of_shape(np.zeros),
    "ones": _of_shape(np.ones),
    "empty": _of_shape(np.zeros),  # so that nothing recorded depends on what was in memory
    "identity": _of_shape(np.identity),
    "eye": _of_shape(np.eye),
    "tri": _of_shape(np.tri),
    "zeros_like": _like(np.zeros_like),
    "ones_like": _like(np.ones_like),
    "empty_like": _like(np.zeros_like),
    "full": full,
    "full_like": full_like,
    "array": array,
    "asarray": asarray,
    "asanyarray": asarray,
    "ascontiguousarray": ascontiguousarray,
    "asfortranarray": ascontiguousarray,
    "asarray_chkfinite": asarray_chkfinite,
    "copy": copy,
    "fromiter": fromiter,
    "arange": arange,
    "linspace": linspace,
    "logspace": logspace,
    "geomspace": geomspace,
    "ndenumerate": ndenumerate,
    "nditer": nditer,
    "isscalar": isscalar,
}
