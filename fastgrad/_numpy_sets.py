"""NumPy's functions of arrays as sets, of Tensors.

The elements that are kept are elements of the arrays, and have their gradients. How many there are
depends on values: which neighbours are equal, once they are sorted, is a branch of a recorded
function, and where they were is data.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import axis_index, concrete, to_tensor
from ._numpy_order import sort
from ._numpy_taking import take
from ._tensor import Tensor, wrap


class UniqueAllResult(NamedTuple):
    """What `unique_all` gives."""

    values: Tensor
    indices: Tensor
    inverse_indices: Tensor
    counts: Tensor


class UniqueCountsResult(NamedTuple):
    """What `unique_counts` gives."""

    values: Tensor
    counts: Tensor


class UniqueInverseResult(NamedTuple):
    """What `unique_inverse` gives."""

    values: Tensor
    inverse_indices: Tensor


def _begins(s, equal_nan):
    """Return where in a sorted array other elements begin."""
    differ = ops.not_equal(s[1:], s[:-1])
    if equal_nan and s.dtype.kind == "f":
        both = ops.logical_and(ops.isnan(s[1:]), ops.isnan(s[:-1]))
        differ = ops.logical_and(differ, ops.logical_not(both))
    return np.concatenate([np.ones(min(s.size, 1), bool), np.asarray(concrete(differ))])


def _distinct(x, equal_nan):
    """Return elements that differ, sorted, where each is first, where all are, and how often."""
    order = fn.argsort(x)
    first = _begins(x[order], equal_nan)
    places = np.flatnonzero(first)
    index = order[places]
    inverse = wrap(np.cumsum(first) - 1)[fn.argsort(order)]
    return x[index], index, inverse, wrap(np.diff([*places, x.size]))


def unique(
    ar: Any, return_index: bool = False, return_inverse: bool = False, return_counts: bool = False,
    axis: int | None = None, *, equal_nan: bool = True, sorted: bool = True,
) -> Any:  # fmt: skip
    """Return the elements of an array that differ, sorted.

    Parameters
    ----------
    ar : array_like
        Array.
    return_index, return_inverse, return_counts : bool
        Return also where each element is first, which of them every element of the array is, and
        how often each is there.
    axis : int, optional
        Axis whose slices are the elements; by default numbers are.
    equal_nan : bool
        Whether all NaN are one.
    sorted : bool
        For NumPy's sake: they are.

    Returns
    -------
    Tensor, or tuple of Tensors
        The elements; the gradient of each goes to the first that is equal.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.unique([3.0, 1.0, 3.0])
    tensor([1., 3.])
    """
    x = to_tensor(ar)
    if axis is None:
        found, index, inverse, counts = _distinct(fn.ravel(x), equal_nan)
        inverse = fn.reshape(inverse, x.shape)
    else:
        axis = axis_index(axis, x.ndim)
        plain = np.unique(concrete(x), True, True, True, axis, equal_nan=equal_nan)
        index, inverse, counts = map(wrap, plain[1:])
        found = take(x, index, axis)
    wanted = [(index, return_index), (inverse, return_inverse), (counts, return_counts)]
    extra = [y for y, is_wanted in wanted if is_wanted]
    return (found, *extra) if extra else found


def unique_all(x: Any) -> UniqueAllResult:
    """Return the elements of an array that differ, sorted, and all that `unique` gives of them.

    Parameters
    ----------
    x : array_like
        Array.

    Returns
    -------
    named tuple of Tensors
        ``values``, ``indices``, ``inverse_indices`` and ``counts``. Every NaN is another one.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.unique_all([3.0, 1.0, 3.0]).counts
    tensor([1, 2])
    """
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x: Any) -> UniqueCountsResult:
    """Return the elements of an array that differ, sorted, and how often each is there.

    Parameters
    ----------
    x : array_like
        Array.

    Returns
    -------
    named tuple of Tensors
        ``values`` and ``counts``. Every NaN is another one.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.unique_counts([3.0, 1.0, 3.0]).values
    tensor([1., 3.])
    """
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: Any) -> UniqueInverseResult:
    """Return the elements of an array that differ, sorted, and which of them every element is.

    Parameters
    ----------
    x : array_like
        Array.

    Returns
    -------
    named tuple of Tensors
        ``values`` and ``inverse_indices``. Every NaN is another one.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.unique_inverse([3.0, 1.0, 3.0]).inverse_indices
    tensor([1, 0, 1])
    """
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


def unique_values(x: Any) -> Tensor:
    """Return the elements of an array that differ, sorted.

    Parameters
    ----------
    x : array_like
        Array.

    Returns
    -------
    Tensor
        The elements, as of `unique`. Every NaN is another one.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.unique_values([3.0, 1.0, 3.0])
    tensor([1., 3.])
    """
    return unique(x, equal_nan=False)


def isin(
    element: Any, test_elements: Any, assume_unique: bool = False, invert: bool = False, *,
    kind: str | None = None,
) -> Tensor:  # fmt: skip
    """Say of each element whether it is in an array.

    Parameters
    ----------
    element : array_like
        Elements.
    test_elements : array_like
        Array.
    assume_unique, kind
        For NumPy's sake.
    invert : bool
        Say whether it is not.

    Returns
    -------
    Tensor of bool, shape of element
        Truth values.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.isin([1.0, 2.0], [2.0, 3.0]).tolist()
    [False, True]
    """
    x = fn.expand_dims(to_tensor(element), -1)
    found = fn.any(ops.equal(x, fn.ravel(test_elements)), -1)
    return ops.logical_not(found) if invert else found


def _each(ar, assume_unique):
    return fn.ravel(ar) if assume_unique else unique(ar)


def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """Return the elements that are in both of two arrays, sorted.

    Parameters
    ----------
    ar1, ar2 : array_like
        Arrays.
    assume_unique : bool
        Whether the elements of each differ.
    return_indices : bool
        Return also where they are first in each array.

    Returns
    -------
    Tensor, or tuple of three
        The elements, which are those of the first array.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.intersect1d([3.0, 1.0, 2.0], [2.0, 3.0, 4.0])
    tensor([2., 3.])
    """
    parts, places = [], []
    for ar in (ar1, ar2):
        flat = fn.ravel(ar)
        part, index = (
            (flat, wrap(np.arange(flat.size))) if assume_unique else unique(flat, return_index=True)
        )
        parts.append(part)
        places.append(index)
    both = fn.concatenate(parts)
    order = fn.argsort(both)
    s = both[order]
    same = np.flatnonzero(concrete(ops.equal(s[1:], s[:-1])))
    found = s[same]
    if not return_indices:
        return found
    return found, places[0][order[same]], places[1][order[same + 1] - parts[0].size]


def union1d(ar1: Any, ar2: Any) -> Tensor:
    """Return the elements that are in one of two arrays, sorted.

    Parameters
    ----------
    ar1, ar2 : array_like
        Arrays.

    Returns
    -------
    Tensor
        The elements; of equal ones that of the first array.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.union1d([3.0, 1.0], [2.0, 3.0])
    tensor([1., 2., 3.])
    """
    return unique(fn.concatenate([fn.ravel(ar1), fn.ravel(ar2)]))


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Tensor:
    """Return the elements of one array that are not in another, sorted.

    Parameters
    ----------
    ar1, ar2 : array_like
        Arrays.
    assume_unique : bool
        Whether the elements of each differ; then those of the first stay in their order.

    Returns
    -------
    Tensor
        The elements.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.setdiff1d([3.0, 1.0, 2.0], [2.0])
    tensor([1., 3.])
    """
    x = _each(ar1, assume_unique)
    return x[np.flatnonzero(concrete(isin(x, ar2, invert=True)))]


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Tensor:
    """Return the elements that are in just one of two arrays, sorted.

    Parameters
    ----------
    ar1, ar2 : array_like
        Arrays.
    assume_unique : bool
        Whether the elements of each differ.

    Returns
    -------
    Tensor
        The elements.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.setxor1d([3.0, 1.0], [2.0, 3.0])
    tensor([1., 2.])
    """
    s = sort(fn.concatenate([_each(ar1, assume_unique), _each(ar2, assume_unique)]))
    first = np.append(_begins(s, False), True)
    return s[np.flatnonzero(first[:-1] & first[1:])]


FUNCTIONS = {
    "unique": unique,
    "unique_all": unique_all,
    "unique_counts": unique_counts,
    "unique_inverse": unique_inverse,
    "unique_values": unique_values,
    "isin": isin,
    "intersect1d": intersect1d,
    "union1d": union1d,
    "setdiff1d": setdiff1d,
    "setxor1d": setxor1d,
}
