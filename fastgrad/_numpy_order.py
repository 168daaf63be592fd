"""NumPy's functions that sort, and that look up and count places among numbers, of Tensors.

Which element is taken is decided by values; the gradient goes to the element that was taken.
"""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from . import _functions as fn
from ._arguments import axis_index, concrete, to_float, to_tensor
from ._numpy_taking import index_of, take_along_axis
from ._ops import isfinite, isnan, logical_not, logical_or, masked_multiply, select
from ._sweep import tape
from ._tensor import Tensor, values, wrap

# ----- sorting -----


def sort(
    a: Any, axis: int | None = -1, kind: Any = None, order: Any = None, *, stable: Any = None
) -> Tensor:
    """Sort the elements of an array along an axis.

    Parameters
    ----------
    a : array_like
        Array.
    axis : int or None
        Axis to sort along; None takes the elements in order, along one axis.
    kind, stable
        For NumPy's sake: every sort is stable.
    order
        Not of numbers.

    Returns
    -------
    Tensor
        The elements, NaN last. The gradient goes back to where each was.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.sort([3.0, 1.0, 2.0])
    tensor([1., 2., 3.])
    """
    x = to_tensor(a)
    if axis is None:
        x, axis = fn.ravel(x), 0
    return take_along_axis(x, fn.argsort(x, axis, kind, order, stable=stable), axis)


def _check_kth(kth, n):
    for k in np.ravel(kth).tolist():
        if not -n <= operator.index(k) < n:
            raise ValueError(f"kth(={k}) out of bounds ({n})")


def partition(
    a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None
) -> Tensor:
    """Part the elements of an array along an axis, the smaller ones first.

    Parameters
    ----------
    a : array_like
        Array.
    kth : int or sequence of int
        Places at which it is parted.
    axis : int or None
        Axis to part along; None takes the elements in order, along one axis.
    kind, order
        For NumPy's sake.

    Returns
    -------
    Tensor
        The elements sorted, so parted at every place. The gradient goes back to where each was.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.partition([3.0, 1.0, 2.0], 1)
    tensor([1., 2., 3.])
    """
    x = to_tensor(a)
    _check_kth(kth, x.size if axis is None else x.shape[axis_index(axis, x.ndim)])
    return sort(x, axis)


def argpartition(
    a: Any, kth: Any, axis: int | None = -1, kind: str = "introselect", order: Any = None
) -> Tensor:
    """Return the indices that would part an array along an axis.

    Parameters
    ----------
    a, kth, axis, kind, order
        As for `partition`.

    Returns
    -------
    Tensor of int
        The indices that sort. They have no gradient.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.argpartition([3.0, 1.0, 2.0], 1)
    tensor([1, 2, 0])
    """
    x = to_tensor(a)
    _check_kth(kth, x.size if axis is None else x.shape[axis_index(axis, x.ndim)])
    return fn.argsort(x, axis)


def lexsort(keys: Any, axis: int = -1) -> Tensor:
    """Return the indices that sort by several keys, the last one first.

    Parameters
    ----------
    keys : sequence of array_like of one shape
        Keys; the last one is the most important.
    axis : int
        Axis to sort along.

    Returns
    -------
    Tensor of int
        The indices. They have no gradient.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.lexsort([[3.0, 1.0, 2.0], [0.0, 0.0, -1.0]])
    tensor([2, 1, 0])
    """
    keys = [to_tensor(key) for key in keys]
    if not keys:
        raise TypeError("need sequence of keys with len > 0 in lexsort")
    if len({key.shape for key in keys}) > 1:
        raise ValueError("all keys need to be the same shape")
    order = fn.argsort(keys[0], axis)
    for key in keys[1:] if keys[0].ndim else []:
        order = take_along_axis(order, fn.argsort(take_along_axis(key, order, axis), axis), axis)
    return order if keys[0].ndim else fn.reshape(order, ())


def flatnonzero(a: Any) -> Tensor:
    """Return the indices of the elements that are not 0, counted in C order.

    Parameters
    ----------
    a : array_like
        Array.

    Returns
    -------
    Tensor of int
        The indices. They have no gradient.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.flatnonzero([0.0, 3.0, 4.0])
    tensor([1, 2])
    """
    return fn.nonzero(fn.ravel(a))[0]


def argwhere(a: Any) -> Tensor:
    """Return the indices of the elements that are not 0, a row each.

    Parameters
    ----------
    a : array_like
        Array.

    Returns
    -------
    Tensor of int, shape (number of such elements, number of axes)
        The indices. They have no gradient.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.argwhere([0.0, 3.0, 4.0]).tolist()
    [[1], [2]]
    """
    x = to_tensor(a)
    found = fn.stack(fn.nonzero(x if x.ndim else fn.ravel(x)), 1)
    return found if x.ndim else found[:, :0]


# ----- places among sorted numbers -----


def searchsorted(a: Any, v: Any, side: Any = "left", sorter: Any = None) -> Tensor:
    """Return where numbers would stand among sorted ones.

    Parameters
    ----------
    a : array_like, one axis
        Sorted numbers.
    v : array_like
        Numbers to find a place for.
    side : {"left", "right"}
        Before or behind equal ones.
    sorter : array_like of int, optional
        Indices that sort `a`.

    Returns
    -------
    Tensor of int, shape of v
        The places. They have no gradient.

    Notes
    -----
    A recorded function counts the elements before each place, so `a` should not be long there.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.searchsorted([1.0, 2.0, 3.0], [2.0, 9.0])
    tensor([1, 3])
    """
    a, v = to_tensor(a), to_tensor(v)
    if a.ndim != 1:
        raise ValueError(f"object of too small depth for desired array: a has {a.ndim} axes, not 1")
    if sorter is not None:
        a = a[_sorter_of(sorter, a.size)]
    if side not in ("left", "right"):
        raise ValueError(f"search side must be 'left' or 'right' (got {side!r})")
    if not tape().recording:
        return wrap(np.asarray(np.searchsorted(values(a), values(v), side)))
    column = fn.expand_dims(v, -1)
    after = a >= column if side == "left" else a > column
    place = fn.sum(fn.astype(logical_not(after), np.intp), -1)
    if a.dtype.kind != "f":
        return place
    last = fn.sum(fn.astype(isnan(a), np.intp))  # NaN is behind all, and was counted as before
    if not last.requires_grad and not values(last):
        return place
    return place - (last if side == "left" else select(isnan(v), 0, last))


def _sorter_of(sorter, n):
    sorter = to_tensor(sorter)
    if sorter.dtype.kind not in "iu":
        raise TypeError(f"sorter must only contain integers, not {sorter.dtype}; give an argsort")
    if sorter.shape != (n,):
        raise ValueError(f"sorter.size must equal a.size, {n}; got shape {sorter.shape}")
    if not sorter.requires_grad and concrete(fn.any(logical_or(sorter < 0, sorter >= n))):
        raise ValueError(f"Sorter index out of range: each is at least 0 and below {n}")
    return sorter


def digitize(x: Any, bins: Any, right: bool = False) -> Tensor:
    """Return in which bin each number is.

    Parameters
    ----------
    x : array_like
        Numbers.
    bins : array_like, one axis
        Ends of the bins, increasing or decreasing.
    right : bool
        Whether a bin has its right end instead of its left one.

    Returns
    -------
    Tensor of int, shape of x
        The numbers of the bins. They have no gradient.

    Raises
    ------
    ValueError
        If the ends neither increase nor decrease.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.digitize([0.5, 2.5], [0.0, 1.0, 2.0])
    tensor([1, 3])
    """
    bins = to_tensor(bins)
    if bins.ndim != 1:
        raise ValueError("object of too small depth for desired array: bins has one axis")
    side = "left" if right else "right"
    if concrete(fn.all(bins[1:] >= bins[:-1])):
        return searchsorted(bins, x, side)
    if not concrete(fn.all(bins[1:] <= bins[:-1])):
        raise ValueError("bins must be monotonically increasing or decreasing; sort them")
    return bins.size - searchsorted(fn.flip(bins), x, side)


# ----- counting -----


def bincount(x: Any, /, weights: Any = None, minlength: int = 0) -> Tensor:
    """Count how often each integer is there, or add up its weights.

    Parameters
    ----------
    x : array_like of int, one axis
        Integers that are not negative.
    weights : array_like, shape of x, optional
        Weights; the result is linear in them.
    minlength : int
        Least length of the result.

    Returns
    -------
    Tensor
        Element k is the number of k, or the sum of their weights. Which integers there are is a
        branch of a recorded function.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.bincount([0, 2, 2], weights=[1.0, 0.5, 0.25]).tolist()
    [1.0, 0.0, 0.75]
    """
    bins = np.asarray(concrete(index_of(x)))
    counts = np.bincount(bins, minlength=minlength)  # it checks them
    if weights is None:
        return wrap(counts)
    weights = to_float(weights)
    if weights.shape != bins.shape:
        raise ValueError("The weights and list don't have the same length; give one for each")
    result = fn.zeros(counts.size)
    np.add.at(result, bins, weights)
    return result


def histogram_bin_edges(a: Any, bins: Any = 10, range: Any = None, weights: Any = None) -> Tensor:
    """Return the ends of the bins of a histogram.

    Parameters
    ----------
    a, bins, range, weights
        As for `histogram`.

    Returns
    -------
    Tensor, one axis
        The ends: of the smallest and the largest element they are differentiable functions.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.histogram_bin_edges([1.0, 2.0, 5.0], 2)
    tensor([1., 3., 5.])
    """
    x = fn.ravel(a)
    if weights is not None and to_tensor(weights).shape != to_tensor(a).shape:
        raise ValueError("weights should have the same shape as a.")
    if isinstance(bins, str):
        plain = np.asarray(concrete(x)), bins, range, weights
        return wrap(np.histogram_bin_edges(*plain))
    if to_tensor(bins).ndim > 1:
        raise ValueError("`bins` must be 1d, when an array")
    if to_tensor(bins).ndim == 1:
        edges = to_tensor(bins)
        if concrete(fn.any(edges[1:] < edges[:-1])):
            raise ValueError("`bins` must increase monotonically, when an array; sort them")
        return edges
    n = operator.index(bins)
    if n < 1:
        raise ValueError("`bins` must be positive, when an integer")
    low, high = range if range is not None else (fn.min(x), fn.max(x)) if x.size else (0.0, 1.0)
    if not concrete(isfinite(low - high)):
        raise ValueError("the range of a histogram is not finite; give range=, or leave NaN out")
    if concrete(to_tensor(low > high)):
        raise ValueError("max must be larger than min in range parameter.")
    if concrete(to_tensor(low == high)):
        low, high = low - 0.5, high + 0.5
    edges = fn.linspace(low, high, n + 1)
    return fn.astype(edges, x.dtype) if x.dtype.kind == "f" else edges


def histogram(
    a: Any, bins: Any = 10, range: Any = None, density: bool | None = None, weights: Any = None
) -> tuple[Tensor, Tensor]:
    """Count the elements of an array in each of several bins, or add up their weights.

    Parameters
    ----------
    a : array_like
        Array.
    bins : int or array_like
        Number of bins of one width, or their ends.
    range : tuple of two, optional
        First and last end; by default the smallest and the largest element.
    density : bool, optional
        Divide by the width of the bins and by the total.
    weights : array_like, shape of a, optional
        Weights of the elements; the result is linear in them.

    Returns
    -------
    tuple of two Tensors
        The counts, or sums of weights, and the ends of the bins.

    Notes
    -----
    In which bin an element is, is a step function of it: it has no gradient.

    Examples
    --------
    >>> import fastgrad as fg
    >>> counts, ends = fg.histogram([1.0, 2.0, 5.0], bins=2, weights=[1.0, 0.5, 2.0])
    >>> counts
    tensor([1.5000, 2.0000])
    """
    x, edges = fn.ravel(a), histogram_bin_edges(a, bins, range, weights)
    n = edges.size - 1
    place = searchsorted(edges, x, "right") - 1
    place = fn.where(x == edges[-1], n - 1, place)
    inside = fn.astype((place >= 0) & (place < n), np.intp if weights is None else np.float64)
    if weights is not None:
        weights = fn.ravel(weights)
        inside = fn.where(inside > 0, weights, fn.zeros_like(weights))
    counts = fn.zeros(n, inside.dtype)
    if n:
        np.add.at(counts, fn.clip(place, 0, n - 1), inside)
    if weights is not None:
        counts = counts + masked_multiply(0.0, fn.sum(x))  # by x the derivative is 0
    if density:
        counts = counts / (edges[1:] - edges[:-1]) / fn.sum(counts)
    return counts, edges


FUNCTIONS = {
    "sort": sort,
    "partition": partition,
    "argpartition": argpartition,
    "lexsort": lexsort,
    "flatnonzero": flatnonzero,
    "argwhere": argwhere,
    "searchsorted": searchsorted,
    "digitize": digitize,
    "bincount": bincount,
    "histogram": histogram,
    "histogram_bin_edges": histogram_bin_edges,
}
