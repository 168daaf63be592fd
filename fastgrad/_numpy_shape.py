"""NumPy's functions that rearrange, repeat, split and join arrays, of Tensors.

Each has NumPy's signature without `out`. They are written in fastgrad's functions and in indexing,
so their derivatives are those of what they are made of.
"""

from __future__ import annotations

import operator
from itertools import chain

import numpy as np

from . import _functions as fn
from ._arguments import axis_index, concrete, to_tensor
from ._numpy_served import NotServed
from ._tensor import Tensor


def number(x):
    """Return a length, a shift or an axis as an int; of a Tensor it is one that is guarded."""
    return operator.index(x)


def numbers(x):
    """Return counts or indices as plain integers."""
    return np.asarray(concrete(x) if isinstance(x, Tensor) else x)


def rearranged(x, arrange):
    """Return what `arrange` makes of an array, by what it makes of the elements' numbers."""
    index = arrange(np.arange(x.size).reshape(x.shape))
    return fn.ravel(x)[index]


def along(axis, index):
    """Return the key of an index along one axis."""
    return (slice(None),) * axis + (index,)


# ----- order and repetition -----


def tile(A, reps):
    """Serve numpy.tile."""
    x = to_tensor(A)
    reps = tuple(map(number, reps)) if np.iterable(reps) else (number(reps),)
    ndim = max(len(reps), x.ndim)
    shape = (1,) * (ndim - x.ndim) + x.shape
    reps = (1,) * (ndim - len(reps)) + reps
    apart = fn.reshape(x, tuple(chain.from_iterable((1, n) for n in shape)))
    apart = fn.broadcast_to(apart, tuple(chain.from_iterable(zip(reps, shape))))
    return fn.copy(fn.reshape(apart, tuple(r * n for r, n in zip(reps, shape))))


def repeat(a, repeats, axis=None):
    """Serve numpy.repeat."""
    x = to_tensor(a)
    if axis is None:
        x, axis = fn.ravel(x), 0
    axis = axis_index(axis, x.ndim)
    return x[along(axis, np.repeat(np.arange(x.shape[axis]), numbers(repeats)))]


def roll(a, shift, axis=None):
    """Serve numpy.roll."""
    x = to_tensor(a)
    if axis is None:
        return fn.reshape(roll(fn.ravel(x), shift, 0), x.shape)
    shifts, axes = np.broadcast_arrays(numbers(shift), axis)
    for s, axis in zip(shifts.ravel().tolist(), axes.ravel().tolist()):
        axis = axis_index(axis, x.ndim)
        n = x.shape[axis]
        back = int(s % n) if n else 0
        if back:
            parts = (slice(n - back, None), slice(n - back))
            x = fn.concatenate([x[along(axis, part)] for part in parts], axis)
    return fn.copy(x) if x is a else x


def rot90(m, k=1, axes=(0, 1)):
    """Serve numpy.rot90."""
    x = to_tensor(m)
    first, second = (axis_index(a, x.ndim) for a in axes)
    if first == second:
        raise ValueError("Axes must be different.")
    k = number(k) % 4
    if k == 2:
        return fn.flip(x, (first, second))
    if k == 1:
        return fn.swapaxes(fn.flip(x, second), first, second)
    return fn.flip(fn.swapaxes(x, first, second), second) if k else x[:]


def fliplr(m):
    """Serve numpy.fliplr."""
    return fn.flip(m, 1)


def flipud(m):
    """Serve numpy.flipud."""
    return fn.flip(m, 0)


def rollaxis(a, axis, start=0):
    """Serve numpy.rollaxis."""
    x = to_tensor(a)
    axis = axis_index(axis, x.ndim)
    start = start + x.ndim if start < 0 else start
    return fn.moveaxis(x, axis, start - 1 if start > axis else start)


def matrix_transpose(x):
    """Serve numpy.matrix_transpose."""
    return fn.swapaxes(x, -1, -2)


def resize(a, new_shape):
    """Serve numpy.resize: the elements again and again, until the shape is full."""
    return rearranged(to_tensor(a), lambda i: np.resize(i, new_shape))


def delete(arr, obj, axis=None):
    """Serve numpy.delete."""
    x = to_tensor(arr)
    if axis is None:
        x, axis = fn.ravel(x), 0
    axis = axis_index(axis, x.ndim)
    obj = obj if isinstance(obj, slice) else numbers(obj)
    return x[along(axis, np.delete(np.arange(x.shape[axis]), obj))]


def insert(arr, obj, values, axis=None):
    """Serve numpy.insert into one axis."""
    x, values = to_tensor(arr), to_tensor(values)
    if axis is None:
        x, axis = fn.ravel(x), 0
    if x.ndim != 1 or values.ndim > 1:
        raise NotServed("into more than one axis")
    axis_index(axis, x.ndim)
    obj = obj if isinstance(obj, slice) else numbers(obj)
    added = np.insert(np.arange(x.size), obj, x.size + np.arange(values.size).reshape(values.shape))
    return fn.concatenate([x, fn.ravel(values)])[added]


def pad(array, pad_width, mode="constant", **options):
    """Serve numpy.pad with one constant, or with elements of the array."""
    x = to_tensor(array)
    if mode in ("edge", "reflect", "symmetric", "wrap") and options.get("reflect_type") != "odd":
        return rearranged(x, lambda i: np.pad(i, pad_width, mode, **options))
    value = to_tensor(options.pop("constant_values", 0))
    if mode != "constant" or options or value.ndim:
        raise NotServed(f"with mode {mode!r} and several constants or statistics")
    index = np.pad(np.arange(x.size).reshape(x.shape), pad_width, constant_values=x.size)
    elements = [fn.ravel(x), fn.reshape(value.astype(x.dtype), 1)]
    return fn.concatenate(elements)[index]


# ----- taking apart -----


def array_split(ary, indices_or_sections, axis=0):
    """Serve numpy.array_split."""
    x = to_tensor(ary)
    axis = axis_index(axis, x.ndim)
    n = x.shape[axis]
    sections = numbers(indices_or_sections)
    if sections.ndim:
        ends = [*sections.tolist(), n]
    elif sections <= 0:
        raise ValueError("number sections must be larger than 0.")
    else:
        each, more = divmod(n, int(sections))
        ends = np.cumsum([each + 1] * more + [each] * (int(sections) - more)).tolist()
    return [x[along(axis, slice(start, end))] for start, end in zip([0, *ends], ends)]


def split(ary, indices_or_sections, axis=0):
    """Serve numpy.split."""
    x = to_tensor(ary)
    sections = numbers(indices_or_sections)
    if not sections.ndim and x.shape[axis_index(axis, x.ndim)] % sections:
        raise ValueError("array split does not result in an equal division")
    return array_split(x, indices_or_sections, axis)


def _split_along(name, least, axis):
    def function(ary, indices_or_sections):
        x = to_tensor(ary)
        if x.ndim < least:
            raise ValueError(f"{name} only works on arrays of {least} or more dimensions")
        return split(x, indices_or_sections, min(axis, x.ndim - 1))

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"Serve numpy.{name}."
    return function


hsplit, vsplit, dsplit = (
    _split_along(*rule) for rule in [("hsplit", 1, 1), ("vsplit", 2, 0), ("dsplit", 3, 2)]
)


def unstack(x, /, *, axis=0):
    """Serve numpy.unstack."""
    x = to_tensor(x)
    return tuple(x[along(axis_index(axis, x.ndim), i)] for i in range(x.shape[axis]))


# ----- joining -----


def append(arr, values, axis=None):
    """Serve numpy.append."""
    return fn.concatenate([arr, values], axis)


def column_stack(tup):
    """Serve numpy.column_stack."""
    columns = [to_tensor(x) for x in tup]
    return fn.concatenate([fn.reshape(x, (x.size, 1)) if x.ndim < 2 else x for x in columns], 1)


def dstack(tup):
    """Serve numpy.dstack."""
    return fn.concatenate([atleast_3d(x) for x in tup], 2)


def block(arrays):
    """Serve numpy.block."""

    def depth_of(x):
        return 1 + max(map(depth_of, x), default=0) if isinstance(x, list) else 0

    def leaves(x):
        return chain.from_iterable(map(leaves, x)) if isinstance(x, list) else [x]

    depth = depth_of(arrays)
    ndim = max([depth, *(to_tensor(x).ndim for x in leaves(arrays))])

    def joined(x, level):
        if isinstance(x, list):
            return fn.concatenate([joined(part, level + 1) for part in x], level - depth)
        if level != depth:
            raise ValueError("List depths are mismatched in numpy.block; nest all lists alike")
        x = to_tensor(x)
        return fn.reshape(x, (1,) * (ndim - x.ndim) + x.shape)

    return joined(arrays, 0)


# ----- axes -----


def _each(function, arrays):
    results = [function(to_tensor(x)) for x in arrays]
    return results[0] if len(results) == 1 else tuple(results)


def atleast_1d(*arys):
    """Serve numpy.atleast_1d."""
    return _each(lambda x: x if x.ndim else fn.reshape(x, 1), arys)


def atleast_2d(*arys):
    """Serve numpy.atleast_2d."""
    return _each(lambda x: x if x.ndim > 1 else fn.reshape(x, (1, x.size)), arys)


def atleast_3d(*arys):
    """Serve numpy.atleast_3d."""

    def deep(x):
        if x.ndim == 2:
            return fn.reshape(x, (*x.shape, 1))
        return x if x.ndim > 2 else fn.reshape(x, (1, x.size, 1))

    return _each(deep, arys)


def broadcast_arrays(*args, subok=False):
    """Serve numpy.broadcast_arrays."""
    arrays = [to_tensor(x) for x in args]
    shape = np.broadcast_shapes(*(x.shape for x in arrays))
    return tuple(fn.broadcast_to(x, shape) for x in arrays)


def meshgrid(*xi, copy=True, sparse=False, indexing="xy"):
    """Serve numpy.meshgrid."""
    if indexing not in ("xy", "ij"):
        raise ValueError("Valid values for `indexing` are 'xy' and 'ij'.")
    n = len(xi)
    axes = list(range(n))
    if indexing == "xy" and n > 1:
        axes[:2] = 1, 0
    xs = [to_tensor(x) for x in xi]
    shapes = [tuple(x.size if a == axis else 1 for a in range(n)) for x, axis in zip(xs, axes)]
    grids = [fn.reshape(x, shape) for x, shape in zip(xs, shapes)]
    if not sparse:
        grids = list(broadcast_arrays(*grids))
    return tuple(fn.copy(x) for x in grids) if copy else tuple(grids)


def ix_(*args):
    """Serve numpy.ix_."""
    keys = []
    for k, x in enumerate(map(to_tensor, args)):
        if x.ndim != 1:
            raise ValueError("Cross index must be 1 dimensional")
        index = fn.nonzero(x)[0] if x.dtype.kind == "b" else x
        keys.append(fn.reshape(index, (1,) * k + (index.size,) + (1,) * (len(args) - k - 1)))
    return tuple(keys)


VIEWS = {
    "rot90": rot90,
    "fliplr": fliplr,
    "flipud": flipud,
    "rollaxis": rollaxis,
    "matrix_transpose": matrix_transpose,
    "linalg.matrix_transpose": matrix_transpose,
    "permute_dims": fn.transpose,
    "array_split": array_split,
    "split": split,
    "hsplit": hsplit,
    "vsplit": vsplit,
    "dsplit": dsplit,
    "unstack": unstack,
    "atleast_1d": atleast_1d,
    "atleast_2d": atleast_2d,
    "atleast_3d": atleast_3d,
    "broadcast_arrays": broadcast_arrays,
    "meshgrid": meshgrid,
    "ix_": ix_,
}
FUNCTIONS = {
    "tile": tile,
    "repeat": repeat,
    "roll": roll,
    "resize": resize,
    "delete": delete,
    "insert": insert,
    "pad": pad,
    "concatenate": fn.concatenate,
    "concat": fn.concatenate,
    "stack": fn.stack,
    "hstack": fn.hstack,
    "vstack": fn.vstack,
    "row_stack": fn.vstack,
    "append": append,
    "column_stack": column_stack,
    "dstack": dstack,
    "block": block,
}
