"""NumPy's functions that make arrays, with NumPy's signatures and Tensors for results.

A Tensor can take what a plain array refuses: an element that depends on a tracked Tensor. So these
stand in for NumPy's own while a function is recorded, and in the namespace `fastgrad.numpy`.
"""

from __future__ import annotations

import functools
import itertools
import operator
import re
from typing import Any

import numpy as np

from . import _creation as creation
from . import _structural as structural
from ._arguments import axis_index, concrete, to_tensor
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


def _converted(data, dtype, always_copy, ndmin=0):
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
        made = _converted(object, dtype, copy, ndmin)
        return make_cell(made) if copy and not made.ndim else made
    options.pop("like", None)
    return _made_if_float(np.array(object, dtype, copy=copy, ndmin=ndmin, **options))


def asarray(a, dtype=None, order=None, *, copy=None, **options):
    """Serve numpy.asarray and its kin: a Tensor or an array as it is, other data as a Tensor."""
    if holds_tensor(a):
        return _converted(a, dtype, copy)
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
    return _converted(items, dtype, False)


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
    return result if dtype is None else structural.astype(result, dtype=np.dtype(dtype))


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


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """Serve numpy.logspace: powers of a base, the exponents in equal steps."""
    num = operator.index(num)
    if not holds_tensor((start, stop, base)):
        return _made_if_float(np.logspace(start, stop, num, endpoint, base, dtype, axis))
    result = _moved(to_tensor(base) ** creation.linspace(start, stop, num, endpoint), axis)
    return result if dtype is None else structural.astype(result, dtype=np.dtype(dtype))


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """Serve numpy.geomspace: numbers in equal ratios; Tensors for limits have one sign."""
    num = operator.index(num)
    if not holds_tensor((start, stop)):
        return _made_if_float(np.geomspace(start, stop, num, endpoint, dtype, axis))
    start, stop = to_tensor(start), to_tensor(stop)
    part = _fractions(num, endpoint, max(start.ndim, stop.ndim))
    result = _moved(start * (stop / start) ** part, axis)
    return result if dtype is None else structural.astype(result, dtype=np.dtype(dtype))


# ----- functions applied part by part -----


def apply_along_axis(func1d, axis, arr, *args, **kwargs):
    """Serve numpy.apply_along_axis: a function of 1-D slices, whose results are joined."""
    if holds_tensor(arr):
        arr = to_tensor(arr)
    elif not isinstance(arr, np.ndarray):
        arr = np.asarray(arr)
    axis = axis_index(axis, arr.ndim)
    last = np.moveaxis(arr, axis, -1)
    lead = last.shape[:-1]
    if 0 in lead:
        raise ValueError("Cannot apply_along_axis when any iteration dimensions are 0")
    results = [func1d(last[i], *args, **kwargs) for i in np.ndindex(lead)]
    joined = array(results)
    shape = joined.shape[1:]
    joined = joined.reshape(lead + shape)
    n = len(shape)
    return np.moveaxis(joined, range(len(lead), len(lead) + n), range(axis, axis + n))


def apply_over_axes(func, a, axes):
    """Serve numpy.apply_over_axes: a function of an array and an axis, axis after axis."""
    result = asarray(a)
    for axis in np.atleast_1d(np.asarray(axes)).tolist():
        axis = axis_index(axis, np.ndim(a) if not isinstance(a, Tensor) else a.ndim)
        reduced = func(result, axis)
        if reduced.ndim != result.ndim:
            reduced = np.expand_dims(reduced, axis)
            if reduced.ndim != result.ndim:
                raise ValueError(
                    "function is not returning an array of the correct shape: it got "
                    f"{result.shape}, and gave {reduced.ndim - 1} axes"
                )
        result = reduced
    return result


def piecewise(x, condlist, funclist, *args, **kwargs):
    """Serve numpy.piecewise: each function sees only the elements that it is for."""
    x = asarray(x)
    if not isinstance(condlist, (list, tuple)) or (
        len(condlist) and not isinstance(condlist[0], (list, tuple, np.ndarray, Tensor)) and x.ndim
    ):
        condlist = [condlist]
    masks = [np.asarray(concrete(to_tensor(c)), dtype=bool) for c in condlist]
    if len(funclist) == len(masks) + 1:
        masks.append(~np.logical_or.reduce(masks))
    elif len(funclist) != len(masks):
        raise ValueError(
            f"with {len(masks)} condition(s), either {len(masks)} or {len(masks) + 1} functions "
            f"are expected, got {len(funclist)}"
        )
    flat = to_tensor(x).reshape(-1)
    result = wrap(np.zeros(flat.shape, flat.dtype))
    for mask, function in zip(masks, funclist):
        where = np.flatnonzero(np.broadcast_to(mask, x.shape))
        if not callable(function):
            result[where] = function
        elif where.size:
            result[where] = function(flat[where], *args, **kwargs)
    return result.reshape(x.shape)


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


# ----- methods of NumPy's classes -----


def vectorize_call(self, *args, **kwargs):
    """Serve a call of a numpy.vectorize object: NotImplemented if no Tensor has to do with it."""
    if not callable(self.pyfunc):  # it is being used as a decorator
        return NotImplemented
    excluded = self.excluded
    named = [k for k in kwargs if k not in excluded]
    spread = [*(i for i in range(len(args)) if i not in excluded), *named]
    operands = [args[k] if isinstance(k, int) else kwargs[k] for k in spread]
    operands = [asarray(x) if holds_tensor(x) else np.asanyarray(x) for x in operands]
    has_tensor = holds_tensor(operands)
    cores = _core_shapes(self.signature, operands)
    shape = np.broadcast_shapes(*(x.shape[: x.ndim - len(c)] for x, c in zip(operands, cores)))
    if not operands or 0 in shape:
        if has_tensor:
            raise TypeError(
                "numpy.vectorize of Tensors cannot be recorded without operands or on none of their"
                " elements; use a loop and numpy.stack"
            )
        return NotImplemented
    operands = [np.broadcast_to(x, shape + c) for x, c in zip(operands, cores)]

    def call(index):
        elements = dict(zip(spread, (x[index] for x in operands)))
        positional = [elements.get(i, x) for i, x in enumerate(args)]
        return self.pyfunc(*positional, **{k: elements.get(k, x) for k, x in kwargs.items()})

    indices = np.ndindex(shape)
    first = call(next(indices))
    if not has_tensor and not holds_tensor(first):
        return NotImplemented
    results = [first, *map(call, indices)]
    if not isinstance(first, tuple):
        return _vectorized(results, self.otypes and self.otypes[0], shape)
    otypes = self.otypes or [None] * len(first)
    return tuple(_vectorized(r, o, shape) for r, o in zip(zip(*results), otypes))


def _core_shapes(signature, operands):
    """Return of each operand the lengths of the axes that a call sees, as "(m,n),(n)->(m)" says."""
    if signature is None:
        return [()] * len(operands)
    named = re.findall(r"\(([^)]*)\)", signature.partition("->")[0])
    names = [[word.strip() for word in group.split(",") if word.strip()] for group in named]
    if len(names) != len(operands):
        raise TypeError(f"the signature {signature!r} is not for {len(operands)} operands")
    lengths: dict[str, int] = {}
    for k, (x, axes) in enumerate(zip(operands, names)):
        if x.ndim < len(axes):
            raise ValueError(f"{x.ndim}-dimensional operand {k} does not have all of {axes}")
        for axis, n in zip(axes, x.shape[x.ndim - len(axes) :]):
            if lengths.setdefault(axis, n) != n:
                raise ValueError(f"inconsistent size for core dimension {axis!r}: {n} and others")
    return [tuple(lengths[axis] for axis in axes) for axes in names]


def _vectorized(results, otype, shape):
    """Join the results for all elements; as in NumPy, the first decides the dtype."""
    first = to_tensor(results[0])
    joined = _converted(list(results), np.dtype(otype) if otype else first.dtype, False)
    return joined.reshape(shape + first.shape)


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
    "apply_along_axis": apply_along_axis,
    "apply_over_axes": apply_over_axes,
    "piecewise": piecewise,
    "ndenumerate": ndenumerate,
    "nditer": nditer,
    "isscalar": isscalar,
}
