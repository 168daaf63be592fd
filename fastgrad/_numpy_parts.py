"""NumPy's functions that split arrays and join them, of Tensors."""

from __future__ import annotations

from itertools import chain
from typing import Any

import numpy as np

from . import _functions as fn
from ._arguments import axis_index, to_tensor
from ._numpy_axes import atleast_3d
from ._numpy_shape import along, numbers
from ._tensor import Tensor

# ----- taking apart -----


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Split an array into parts that need not be equally long.

    Parameters
    ----------
    ary : array_like
        The array.
    indices_or_sections : int or sequence of int
        How many parts, the first ones one longer if that does not divide the length; or the indices
        before which the array is cut.
    axis : int
        The axis along which it is split.

    Returns
    -------
    list of Tensor
        The parts; views.

    Raises
    ------
    ValueError
        If the number of parts is not positive.

    See Also
    --------
    split : Wants parts of one length.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.array_split([1.0, 2.0, 3.0], 2)
    [tensor([1., 2.]), tensor([3.])]
    """
    x = to_tensor(ary)
    axis = axis_index(axis, x.ndim)
    n = x.shape[axis]
    sections = numbers(indices_or_sections)
    if sections.ndim:
        ends = [*sections.tolist(), n]
    elif sections <= 0:
        raise ValueError(f"number sections must be larger than 0, got {sections}")
    else:
        each, more = divmod(n, int(sections))
        ends = np.cumsum([each + 1] * more + [each] * (int(sections) - more)).tolist()
    return [x[along(axis, slice(start, end))] for start, end in zip([0, *ends], ends)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Split an array into parts of one length, or at indices.

    Parameters
    ----------
    ary : array_like
        The array.
    indices_or_sections : int or sequence of int
        How many parts, which has to divide the length; or the indices before which the array is
        cut.
    axis : int
        The axis along which it is split.

    Returns
    -------
    list of Tensor
        The parts; views.

    Raises
    ------
    ValueError
        If the parts would not be equally long.

    See Also
    --------
    array_split : Lets the last parts be shorter.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.split([1.0, 2.0, 3.0], [1])
    [tensor([1.]), tensor([2., 3.])]
    """
    x = to_tensor(ary)
    sections = numbers(indices_or_sections)
    if not sections.ndim and x.shape[axis_index(axis, x.ndim)] % sections.item():
        raise ValueError(
            f"array split does not result in an equal division: shape {x.shape}, {sections} parts "
            f"along axis {axis}; use array_split"
        )
    return array_split(x, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Split an array along its second axis, a 1-D one along the only one.

    Parameters
    ----------
    ary : array_like, one or more axes
        The array.
    indices_or_sections : int or sequence of int
        As for `split`.

    Returns
    -------
    list of Tensor
        The parts; views.

    Raises
    ------
    ValueError
        If the array has no axis, or the parts would not be equally long.

    Examples
    --------
    >>> import fastgrad as fg
    >>> [part.tolist() for part in fg.hsplit([[1.0, 2.0], [3.0, 4.0]], 2)]
    [[[1.0], [3.0]], [[2.0], [4.0]]]
    """
    x = _of_axes("hsplit", ary, 1)
    return split(x, indices_or_sections, min(1, x.ndim - 1))


def vsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Split an array along its first axis.

    Parameters
    ----------
    ary : array_like, two or more axes
        The array.
    indices_or_sections : int or sequence of int
        As for `split`.

    Returns
    -------
    list of Tensor
        The parts; views.

    Raises
    ------
    ValueError
        If the array has fewer axes, or the parts would not be equally long.

    Examples
    --------
    >>> import fastgrad as fg
    >>> [part.tolist() for part in fg.vsplit([[1.0, 2.0], [3.0, 4.0]], 2)]
    [[[1.0, 2.0]], [[3.0, 4.0]]]
    """
    return split(_of_axes("vsplit", ary, 2), indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Tensor]:
    """Split an array along its third axis.

    Parameters
    ----------
    ary : array_like, three or more axes
        The array.
    indices_or_sections : int or sequence of int
        As for `split`.

    Returns
    -------
    list of Tensor
        The parts; views.

    Raises
    ------
    ValueError
        If the array has fewer axes, or the parts would not be equally long.

    Examples
    --------
    >>> import fastgrad as fg
    >>> [part.shape for part in fg.dsplit(fg.zeros((2, 3, 4)), 2)]
    [(2, 3, 2), (2, 3, 2)]
    """
    return split(_of_axes("dsplit", ary, 3), indices_or_sections, 2)


def _of_axes(name, ary, least):
    x = to_tensor(ary)
    if x.ndim < least:
        raise ValueError(
            f"{name} only works on arrays of {least} or more dimensions; got shape {x.shape}, so "
            "use split with an axis"
        )
    return x


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Tensor, ...]:
    """Take an array apart along an axis.

    Parameters
    ----------
    x : array_like, one or more axes
        The array.
    axis : int
        The axis.

    Returns
    -------
    tuple of Tensor
        The slices, without the axis; views.

    Raises
    ------
    ValueError
        If the array has no axis.

    See Also
    --------
    stack : The inverse.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.unstack([[1.0, 2.0], [3.0, 4.0]])
    (tensor([1., 2.]), tensor([3., 4.]))
    """
    x = to_tensor(x)
    if not x.ndim:
        raise ValueError("Input array must be at least 1-d; got a 0-d one")
    axis = axis_index(axis, x.ndim)
    return tuple(x[along(axis, i)] for i in range(x.shape[axis]))


# ----- joining -----


def append(arr: Any, values: Any, axis: int | None = None) -> Tensor:
    """Join an array and values after it.

    Parameters
    ----------
    arr : array_like
        The array.
    values : array_like
        What follows; with an axis it has the same shape as `arr` but for the length of that.
    axis : int, optional
        The axis; by default the elements of both are joined along one axis.

    Returns
    -------
    Tensor
        A larger array.

    Raises
    ------
    ValueError
        If the shapes do not match.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.append([1.0, 2.0], 3.0)
    tensor([1., 2., 3.])
    """
    return fn.concatenate([arr, values], axis)


def column_stack(tup: Any) -> Tensor:
    """Join arrays column after column; a 1-D array is a column.

    Parameters
    ----------
    tup : sequence of array_like
        Arrays with the same number of rows.

    Returns
    -------
    Tensor, two or more axes
        The columns.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.column_stack([[1.0, 2.0], [3.0, 4.0]]).tolist()
    [[1.0, 3.0], [2.0, 4.0]]
    """
    columns = [to_tensor(x) for x in tup]
    return fn.concatenate([fn.reshape(x, (x.size, 1)) if x.ndim < 2 else x for x in columns], 1)


def dstack(tup: Any) -> Tensor:
    """Join arrays along the third axis, which those with fewer get.

    Parameters
    ----------
    tup : sequence of array_like
        Arrays of one shape, but for the third axis; a 1-D array is a row.

    Returns
    -------
    Tensor, three or more axes
        The arrays, one behind the other.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.dstack([[1.0, 2.0], [3.0, 4.0]]).tolist()
    [[[1.0, 3.0], [2.0, 4.0]]]
    """
    return fn.concatenate([atleast_3d(x) for x in tup], 2)


def block(arrays: Any) -> Tensor:
    """Join blocks, given as nested lists.

    Parameters
    ----------
    arrays : array_like or nested lists of array_like
        The innermost lists are joined along the last axis, the lists around them along the one
        before, and so on; all lists are nested alike.

    Returns
    -------
    Tensor
        The blocks as one array.

    Raises
    ------
    ValueError
        If lists are empty or not nested alike, or shapes do not match.
    TypeError
        If there is a tuple in the place of a list.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.block([[fg.ones((2, 2)), fg.zeros((2, 1))]]).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]]
    """
    depth = _depth(arrays)
    ndim = max([depth, *(to_tensor(x).ndim for x in _leaves(arrays))])

    def joined(x, level):
        if isinstance(x, list):
            return fn.concatenate([joined(part, level + 1) for part in x], level - depth)
        x = to_tensor(x)
        return fn.reshape(x, (1,) * (ndim - x.ndim) + x.shape)

    return joined(arrays, 0) if depth else fn.copy(joined(arrays, 0))


def _depth(x):
    """How deep lists are nested, which has to be the same for all."""
    if isinstance(x, tuple):
        raise TypeError("numpy.block got a tuple. Only lists can be used to arrange blocks")
    if not isinstance(x, list):
        return 0
    if not x:
        raise ValueError("a list in numpy.block cannot be empty; leave it out")
    depths = {_depth(part) for part in x}
    if len(depths) > 1:
        raise ValueError("List depths are mismatched in numpy.block; nest all lists alike")
    return 1 + depths.pop()


def _leaves(x):
    return chain.from_iterable(map(_leaves, x)) if isinstance(x, list) else [x]


VIEWS = {
    "array_split": array_split,
    "split": split,
    "hsplit": hsplit,
    "vsplit": vsplit,
    "dsplit": dsplit,
    "unstack": unstack,
}
FUNCTIONS = {
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
