"""NumPy's functions that sort, choose and look up elements, of Tensors: sort, median, take, select.

Which element is taken is decided by values; the gradient goes to the element that was taken.
"""

from __future__ import annotations

import math
import operator

import numpy as np

from . import _functions as fn
from ._arguments import axis_index, axis_tuple, concrete, to_float, to_tensor
from ._numpy_served import NotServed
from ._numpy_shape import along
from ._ops import isnan, logical_not, select
from ._sweep import tape
from ._tensor import Tensor, values, wrap

# ----- taking -----


def _index(x):
    """Return integers to index by; truth values are 0 and 1 here, and no mask."""
    x = to_tensor(x)
    return fn.astype(x, np.intp) if x.dtype.kind == "b" or not x.size else x


def take_along_axis(arr, indices, axis=-1):
    """Serve numpy.take_along_axis."""
    x, indices = to_tensor(arr), _index(indices)
    if axis is None:
        x, axis = fn.ravel(x), 0
    axis = axis_index(axis, x.ndim)
    return x[along_axis_key(x, indices, axis)]


def along_axis_key(x, indices, axis):
    """Return the key of the elements that indices along one axis name."""
    if indices.ndim != x.ndim:
        raise ValueError("`indices` and `arr` must have the same number of dimensions")
    key = []
    for a, n in enumerate(x.shape):
        shape = tuple(n if b == a else 1 for b in range(x.ndim))
        key.append(indices if a == axis else np.arange(n).reshape(shape))
    return tuple(key)


def _fitted(indices, n, mode):
    """Return indices with those out of range wrapped or clipped."""
    if mode == "wrap":
        return indices % n
    return fn.clip(indices, 0, n - 1) if mode == "clip" else indices


def take(a, indices, axis=None, mode="raise"):
    """Serve numpy.take."""
    x, indices = to_tensor(a), _index(indices)
    if axis is None:
        x, axis = fn.ravel(x), 0
    axis = axis_index(axis, x.ndim)
    return x[along(axis, _fitted(indices, x.shape[axis], mode))]


def compress(condition, a, axis=None):
    """Serve numpy.compress: which elements there are is decided by values."""
    return take(a, np.flatnonzero(concrete(to_tensor(condition))), axis)


def extract(condition, arr):
    """Serve numpy.extract."""
    return compress(fn.ravel(condition), fn.ravel(arr))


def choose(a, choices, mode="raise"):
    """Serve numpy.choose."""
    index = _index(a)
    choices = [to_tensor(c) for c in choices]
    shape = np.broadcast_shapes(index.shape, *(c.shape for c in choices))
    index = fn.broadcast_to(_fitted(index, len(choices), mode), shape)
    options = fn.stack([fn.broadcast_to(c, shape) for c in choices])
    return take_along_axis(options, fn.expand_dims(index, 0), 0)[0]


def select_first(condlist, choicelist, default=0):
    """Serve numpy.select: of each element the first choice whose condition holds."""
    if len(condlist) != len(choicelist):
        raise ValueError("list of cases must be same length as list of conditions")
    result = default
    for condition, choice in zip(condlist[::-1], choicelist[::-1]):
        result = fn.where(condition, choice, result)
    return result


# ----- sorting -----


def sort(a, axis=-1, kind=None, order=None, *, stable=None):
    """Serve numpy.sort."""
    x = to_tensor(a)
    if axis is None:
        x, axis = fn.ravel(x), 0
    return take_along_axis(x, fn.argsort(x, axis), axis)


def partition(a, kth, axis=-1, kind="introselect", order=None):
    """Serve numpy.partition: sorted, it is parted at every place."""
    return sort(a, axis)


def argpartition(a, kth, axis=-1, kind="introselect", order=None):
    """Serve numpy.argpartition."""
    return fn.argsort(a, axis)


def argsort(a, axis=-1, kind=None, order=None, *, stable=None):
    """Serve numpy.argsort."""
    return fn.argsort(a, axis)


def flatnonzero(a):
    """Serve numpy.flatnonzero."""
    return fn.nonzero(fn.ravel(a))[0]


def argwhere(a):
    """Serve numpy.argwhere."""
    x = fn.ravel(a) if not to_tensor(a).ndim else to_tensor(a)
    found = fn.stack(fn.nonzero(x), 1)
    return found if to_tensor(a).ndim else found[:, :0]


# ----- places among sorted numbers -----


def searchsorted(a, v, side="left", sorter=None):
    """Serve numpy.searchsorted: recorded, it counts the elements before each place."""
    a, v = to_tensor(a), to_tensor(v)
    if sorter is not None:
        a = a[sorter]
    if side not in ("left", "right"):
        raise ValueError(f"'{side}' is an invalid value for keyword 'side'")
    if not tape().recording:
        return wrap(np.asarray(np.searchsorted(values(a), values(v), side)))
    v = fn.expand_dims(v, -1)
    after = a >= v if side == "left" else a > v  # NaN is behind all
    return fn.sum(fn.astype(logical_not(after), np.intp), -1)


def digitize(x, bins, right=False):
    """Serve numpy.digitize."""
    bins = to_tensor(bins)
    side = "left" if right else "right"
    decreasing = bins.size > 1 and bool(concrete(bins[0] > bins[-1]))
    if decreasing:
        return bins.size - searchsorted(fn.flip(bins), x, side)
    return searchsorted(bins, x, side)


def bincount(x, /, weights=None, minlength=0):
    """Serve numpy.bincount: which number goes into which bin is decided by values."""
    bins = np.asarray(concrete(_index(x)))
    if weights is None:
        return wrap(np.bincount(bins, minlength=minlength))
    weights = to_float(weights)
    if bins.ndim != 1 or weights.shape != bins.shape or (bins < 0).any():
        raise ValueError("bincount: give 1-D integers that are not negative, and as many weights")
    result = fn.zeros(max(bins.max(initial=-1) + 1, operator.index(minlength)))
    np.add.at(result, bins, weights)
    return result


# ----- putting into a Tensor -----


def put(a, ind, v, mode="raise"):
    """Serve numpy.put."""
    ind, v = fn.ravel(_index(ind)), fn.ravel(v)
    if ind.size and v.size:
        places = np.unravel_index(values(_fitted(ind, a.size, mode)) % a.size, a.shape)
        a[places] = v[np.arange(ind.size) % v.size]


def put_along_axis(arr, indices, values, axis):
    """Serve numpy.put_along_axis."""
    if axis is None:
        raise NotServed("without axis")
    arr[along_axis_key(arr, _index(indices), axis_index(axis, arr.ndim))] = values


def putmask(a, mask, values):
    """Serve numpy.putmask."""
    where = np.nonzero(concrete(to_tensor(mask)))
    flat = fn.ravel(values)
    a[where] = flat[np.ravel_multi_index(where, a.shape) % flat.size]


def place(arr, mask, vals):
    """Serve numpy.place."""
    where = np.nonzero(concrete(to_tensor(mask)))
    flat = fn.ravel(vals)
    arr[where] = flat[np.arange(len(where[0])) % flat.size]


def copyto(dst, src, casting="same_kind", where=True):
    """Serve numpy.copyto."""
    dst[...] = src if where is True else fn.where(where, src, dst)


def fill_diagonal(a, val, wrap=False):
    """Serve numpy.fill_diagonal."""
    val = to_tensor(val)
    if a.ndim < 2 or wrap or val.ndim > 1:
        raise NotServed("with wrap, of fewer than two axes or with an array of them")
    n = operator.index(min(a.shape))
    where = np.arange(n)
    a[(where,) * a.ndim] = val[where % val.size] if val.ndim else val


CHANGES = {
    "put": put,
    "put_along_axis": put_along_axis,
    "putmask": putmask,
    "place": place,
    "copyto": copyto,
    "fill_diagonal": fill_diagonal,
}
FUNCTIONS = {
    "take_along_axis": take_along_axis,
    "take": take,
    "compress": compress,
    "extract": extract,
    "choose": choose,
    "select": select_first,
    "sort": sort,
    "partition": partition,
    "argpartition": argpartition,
    "argsort": argsort,
    "flatnonzero": flatnonzero,
    "argwhere": argwhere,
    "searchsorted": searchsorted,
    "digitize": digitize,
    "bincount": bincount,
}
