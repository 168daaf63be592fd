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


def _sorted_last(a, axis, keepdims):
    """Return the elements over axes, sorted along one last axis, and the shape of a reduction."""
    x = to_float(a)
    axes = axis_tuple(axis, x.ndim)
    kept = [i for i in range(x.ndim) if i not in axes]
    n = math.prod(x.shape[i] for i in axes)
    if not n:
        raise NotServed("of no element")
    lead = tuple(x.shape[i] for i in kept)
    shape = tuple(1 if i in axes else m for i, m in enumerate(x.shape)) if keepdims else lead
    return sort(fn.reshape(fn.transpose(x, [*kept, *axes]), (*lead, n))), n, shape


def _nan_if_any(x, result):
    """NaN stands last after sorting; it decides the result, as in NumPy."""
    last = x[..., -1]
    return select(isnan(last), last, result)


def median(a, axis=None, overwrite_input=False, keepdims=False):
    """Serve numpy.median."""
    x, n, shape = _sorted_last(a, axis, keepdims)
    low, high = (n - 1) // 2, n // 2
    middle = x[..., low] if low == high else (x[..., low] + x[..., high]) / 2
    return fn.reshape(_nan_if_any(x, middle), shape)


# (alpha, beta) of the methods of Hyndman and Fan that interpolate
_PLOTTING = {
    "linear": (1.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
}


def quantile(
    a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None
):
    """Serve numpy.quantile; there is no derivative by q."""
    if weights is not None or (isinstance(q, Tensor) and q.requires_grad):
        raise NotServed("with weights or with respect to q")
    q = np.asarray(values(q) if isinstance(q, Tensor) else q, float)
    if not ((q >= 0) & (q <= 1)).all():
        raise ValueError("Quantiles must be in the range [0, 1]")
    x, n, shape = _sorted_last(a, axis, keepdims)
    if method in _PLOTTING:
        alpha, beta = _PLOTTING[method]
        place = n * q + (alpha + q * (1 - alpha - beta)) - 1 if method != "linear" else (n - 1) * q
    elif method in ("lower", "higher", "midpoint", "nearest"):
        place = (n - 1) * q
        place = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}.get(
            method, lambda p: (np.floor(p) + np.ceil(p)) / 2
        )(place)
    else:
        raise NotServed(f"with method {method!r}")
    place = np.clip(place, 0, n - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, n - 1)
    found = []
    for i, j, t in zip(low.ravel().tolist(), high.ravel().tolist(), (place - low).ravel().tolist()):
        below, above = x[..., i], x[..., j]
        between = below + (above - below) * t if t < 0.5 else above - (above - below) * (1 - t)
        found.append(fn.reshape(_nan_if_any(x, between if t else below), shape))
    result = fn.stack(found) if found else wrap(np.zeros((0, *shape)))
    return fn.reshape(result, q.shape + shape)


def percentile(
    a, q, axis=None, overwrite_input=False, method="linear", keepdims=False, *, weights=None
):
    """Serve numpy.percentile; there is no derivative by q."""
    q = to_float(q) / 100
    return quantile(a, q, axis, overwrite_input, method, keepdims, weights=weights)


def ptp(a, axis=None, keepdims=False):
    """Serve numpy.ptp."""
    return fn.max(a, axis, keepdims=keepdims) - fn.min(a, axis, keepdims=keepdims)


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
    "median": median,
    "quantile": quantile,
    "percentile": percentile,
    "ptp": ptp,
    "searchsorted": searchsorted,
    "digitize": digitize,
    "bincount": bincount,
}
