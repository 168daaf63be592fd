"""NumPy's functions that call a function for parts of arrays, of Tensors."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ._arguments import axis_index, concrete, to_tensor
from ._numpy_creation import array, asarray, converted
from ._numpy_served import holds_tensor
from ._tensor import Tensor, wrap


def apply_along_axis(func1d: Any, axis: int, arr: Any, *args: Any, **kwargs: Any) -> Any:
    """Call a function for each 1-D slice along an axis, and join its results.

    Parameters
    ----------
    func1d : callable
        The function: of a 1-D Tensor, `args` and `kwargs`.
    axis : int
        The axis.
    arr : array_like
        The array.
    *args, **kwargs
        Passed on.

    Returns
    -------
    Tensor
        The results, whose axes stand in the place of `axis`.

    Raises
    ------
    ValueError
        If there is no slice.

    Notes
    -----
    A recording unrolls the loop; what works on whole arrays is faster.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.apply_along_axis(fg.sum, 1, fg.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([3., 7.])
    """
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


def apply_over_axes(func: Any, a: Any, axes: Any) -> Any:
    """Call a function of an array and an axis, axis after axis.

    Parameters
    ----------
    func : callable
        The function; an axis that it takes away is put back, with length 1.
    a : array_like
        The array.
    axes : int or sequence of int
        The axes.

    Returns
    -------
    Tensor
        What the last call gives.

    Raises
    ------
    ValueError
        If the function gives an array with another number of axes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.apply_over_axes(fg.sum, fg.ones((2, 3, 4)), [0, 2]).tolist()
    [[[8.0], [8.0], [8.0]]]
    """
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


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kwargs: Any) -> Any:
    """Compute elements by the function whose condition holds.

    Parameters
    ----------
    x : array_like
        The elements.
    condlist : list of array_like of bool
        Where each function is for; of several the last.
    funclist : list of callable or number
        The functions, each of those elements alone, and `args` and `kwargs`; one more than
        conditions is for all other elements, which are else 0.
    *args, **kwargs
        Passed on.

    Returns
    -------
    Tensor, shape of x
        The values. A recording guards the conditions.

    Raises
    ------
    ValueError
        If the numbers of conditions and functions do not fit.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor([-4.0, 4.0])
    >>> fg.piecewise(x, [x < 0], [fg.square, fg.sqrt])
    tensor([16.,  2.])
    """
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
        if mask.shape != x.shape[: mask.ndim]:
            raise IndexError(
                f"boolean index did not match indexed array: a condition has shape {mask.shape}, "
                f"and x {x.shape}"
            )
        mask = mask.reshape(mask.shape + (1,) * (x.ndim - mask.ndim))
        where = np.flatnonzero(np.broadcast_to(mask, x.shape))
        if not callable(function):
            result[where] = function
        elif where.size:
            result[where] = function(flat[where], *args, **kwargs)
    return result.reshape(x.shape)


# ----- numpy.vectorize -----


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
    joined = converted(list(results), np.dtype(otype) if otype else first.dtype, False)
    return joined.reshape(shape + first.shape)


FUNCTIONS = {
    "apply_along_axis": apply_along_axis,
    "apply_over_axes": apply_over_axes,
    "piecewise": piecewise,
}
