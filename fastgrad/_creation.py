"""Functions that make Tensors: filled, in steps, like another, copied."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from . import _structural as structural
from ._arguments import axis_index, shape_tuple, to_tensor
from ._convert import as_tensor
from ._ops import floor
from ._tensor import Tensor


def _made(array, requires_grad):
    t = as_tensor(array)
    return t.requires_grad_() if requires_grad else t


def zeros(shape: Any, dtype: Any = None, *, requires_grad: bool = False) -> Tensor:
    """Return a Tensor of zeros.

    Parameters
    ----------
    shape : int or tuple of int
        Its shape.
    dtype : dtype, optional
        Its type, by default float64.
    requires_grad : bool
        Whether gradients are computed by it.

    Returns
    -------
    Tensor, shape `shape`
        Zeros.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.zeros(3)
    tensor([0., 0., 0.])
    """
    return _made(np.zeros(shape_tuple(shape), dtype), requires_grad)


def ones(shape: Any, dtype: Any = None, *, requires_grad: bool = False) -> Tensor:
    """Return a Tensor of ones.

    Parameters
    ----------
    shape : int or tuple of int
        Its shape.
    dtype : dtype, optional
        Its type, by default float64.
    requires_grad : bool
        Whether gradients are computed by it.

    Returns
    -------
    Tensor, shape `shape`
        Ones.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.ones(3)
    tensor([1., 1., 1.])
    """
    return _made(np.ones(shape_tuple(shape), dtype), requires_grad)


def empty(shape: Any, dtype: Any = None, *, requires_grad: bool = False) -> Tensor:
    """Return a Tensor that is to be filled.

    Parameters
    ----------
    shape : int or tuple of int
        Its shape.
    dtype : dtype, optional
        Its type, by default float64.
    requires_grad : bool
        Whether gradients are computed by it.

    Returns
    -------
    Tensor, shape `shape`
        Zeros, so that no result depends on what was in memory.

    Examples
    --------
    >>> import fastgrad as fg
    >>> y = fg.empty(2)
    >>> y[0], y[1] = 1.0, 2.0
    >>> y
    tensor([1., 2.])
    """
    return zeros(shape, dtype, requires_grad=requires_grad)


def full(shape: Any, fill_value: Any, dtype: Any = None, *, requires_grad: bool = False) -> Tensor:
    """Return a Tensor with one value everywhere.

    Parameters
    ----------
    shape : int or tuple of int
        Its shape.
    fill_value : array_like
        The value; an array is broadcast. A tracked Tensor stays tracked.
    dtype : dtype, optional
        Its type, by default that of the value.
    requires_grad : bool
        Whether gradients are computed by it.

    Returns
    -------
    Tensor, shape `shape`
        The value, repeated.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.full(3, 2.0)
    tensor([2., 2., 2.])
    """
    value = to_tensor(fill_value)
    if dtype is not None and value.dtype != dtype:
        value = structural.astype(value, dtype=np.dtype(dtype))
    t = structural.copy(structural.broadcast_to(value, shape=shape_tuple(shape)))
    return t.requires_grad_() if requires_grad else t


def zeros_like(
    x: Any, dtype: Any = None, *, shape: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return a Tensor of zeros with the shape and type of another.

    Parameters
    ----------
    x : array_like
        The other.
    dtype : dtype, optional
        Another type.
    shape : int or tuple of int, optional
        Another shape.
    requires_grad : bool
        Whether gradients are computed by the result.

    Returns
    -------
    Tensor, shape of x or `shape`
        Zeros.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.zeros_like([1.0, 2.0])
    tensor([0., 0.])
    """
    x = to_tensor(x)
    return zeros(x.shape if shape is None else shape, dtype or x.dtype, requires_grad=requires_grad)


def ones_like(
    x: Any, dtype: Any = None, *, shape: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return a Tensor of ones with the shape and type of another.

    Parameters
    ----------
    x : array_like
        The other.
    dtype : dtype, optional
        Another type.
    shape : int or tuple of int, optional
        Another shape.
    requires_grad : bool
        Whether gradients are computed by the result.

    Returns
    -------
    Tensor, shape of x or `shape`
        Ones.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.ones_like([3.0, 2.0])
    tensor([1., 1.])
    """
    x = to_tensor(x)
    return ones(x.shape if shape is None else shape, dtype or x.dtype, requires_grad=requires_grad)


def empty_like(
    x: Any, dtype: Any = None, *, shape: Any = None, requires_grad: bool = False
) -> Tensor:
    """Return a Tensor that is to be filled, with the shape and type of another.

    Parameters
    ----------
    x : array_like
        The other.
    dtype : dtype, optional
        Another type.
    shape : int or tuple of int, optional
        Another shape.
    requires_grad : bool
        Whether gradients are computed by the result.

    Returns
    -------
    Tensor, shape of x or `shape`
        Zeros, so that no result depends on what was in memory.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.empty_like([3.0, 2.0]).shape
    (2,)
    """
    return zeros_like(x, dtype, shape=shape, requires_grad=requires_grad)


def full_like(
    x: Any,
    fill_value: Any,
    dtype: Any = None,
    *,
    shape: Any = None,
    requires_grad: bool = False,
) -> Tensor:
    """Return a Tensor with one value everywhere and the shape and type of another.

    Parameters
    ----------
    x : array_like
        The other.
    fill_value : array_like
        The value; an array is broadcast.
    dtype : dtype, optional
        Another type.
    shape : int or tuple of int, optional
        Another shape.
    requires_grad : bool
        Whether gradients are computed by the result.

    Returns
    -------
    Tensor, shape of x or `shape`
        The value, repeated.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.full_like([3.0, 2.0], 5)
    tensor([5., 5.])
    """
    x = to_tensor(x)
    shape = x.shape if shape is None else shape
    return full(shape, fill_value, dtype or x.dtype, requires_grad=requires_grad)


def arange(
    start: Any, stop: Any = None, step: Any = 1, dtype: Any = None, *, requires_grad: bool = False
) -> Tensor:
    """Return numbers from a start up to a stop, which is left out, in equal steps.

    Parameters
    ----------
    start : number
        First number; with no `stop` this is the stop, and 0 the start.
    stop : number, optional
        End, not included.
    step : number
        Distance of two numbers.
    dtype : dtype, optional
        Type; by default int for integers, float64 for others.
    requires_grad : bool
        Whether gradients are computed by the result.

    Returns
    -------
    Tensor, shape (n,)
        The numbers.

    See Also
    --------
    linspace : By the number of steps, which rounding cannot change.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.arange(3)
    tensor([0, 1, 2])
    """
    if stop is None:
        start, stop = 0, start
    return _made(np.arange(start, stop, step, dtype=dtype), requires_grad)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
    *,
    requires_grad: bool = False,
) -> Any:
    """Return numbers in equal steps from a start to a stop.

    Parameters
    ----------
    start, stop : array_like
        First and last number; of Tensors the result is a function.
    num : int
        How many numbers.
    endpoint : bool
        Whether `stop` is the last number, or the one after it.
    retstep : bool
        Return the step too.
    dtype : dtype, optional
        Type, by default float64.
    axis : int
        The axis along which the numbers lie, if `start` or `stop` is an array.
    requires_grad : bool
        Whether gradients are computed by the result.

    Returns
    -------
    Tensor, shape (num,)
        The numbers. With `retstep` a pair, of them and the step.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.linspace(0.0, 4.0, 3)
    tensor([0., 2., 4.])
    """
    if isinstance(start, Tensor) or isinstance(stop, Tensor):
        start, stop = to_tensor(start), to_tensor(stop)
        part = np.linspace(0.0, 1.0, num, endpoint).reshape(-1, *[1] * max(start.ndim, stop.ndim))
        t = start * (1.0 - part) + stop * part
        others = list(range(1, t.ndim))
        others.insert(axis_index(axis, t.ndim), 0)
        t = structural.transpose(t, axes=tuple(others)) if axis else t
        if dtype is not None:
            t = floor(t) if np.dtype(dtype).kind in "iu" else t
            t = structural.astype(t, dtype=np.dtype(dtype))
        t = t.requires_grad_() if requires_grad else t
        steps = num - 1 if endpoint else num
        return (t, (stop - start) / (steps if steps > 0 else math.nan)) if retstep else t
    found, step = np.linspace(start, stop, num, endpoint, dtype=dtype, axis=axis, retstep=True)
    t = _made(found, requires_grad)
    return (t, as_tensor(step)) if retstep else t


def eye(
    n: int, m: int | None = None, k: int = 0, dtype: Any = None, *, requires_grad: bool = False
) -> Tensor:
    """Return a matrix with ones on a diagonal and zeros elsewhere.

    Parameters
    ----------
    n, m : int
        Numbers of rows and columns; by default as many columns as rows.
    k : int
        Which diagonal: 0 the main one, positive above it, negative below.
    dtype : dtype, optional
        Type, by default float64.
    requires_grad : bool
        Whether gradients are computed by the result.

    Returns
    -------
    Tensor, shape (n, m)
        The matrix.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.eye(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return _made(np.eye(n, m, k, dtype or np.float64), requires_grad)


def identity(n: int, dtype: Any = None, *, requires_grad: bool = False) -> Tensor:
    """Return a square matrix with ones on its diagonal and zeros elsewhere.

    Parameters
    ----------
    n : int
        Number of rows and columns.
    dtype : dtype, optional
        Type, by default float64.
    requires_grad : bool
        Whether gradients are computed by the result.

    Returns
    -------
    Tensor, shape (n, n)
        The matrix.

    See Also
    --------
    eye : Also of other shapes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.identity(2).tolist()
    [[1.0, 0.0], [0.0, 1.0]]
    """
    return eye(n, dtype=dtype, requires_grad=requires_grad)


def copy(x: Any, order: str = "K") -> Tensor:
    """Return a copy of an array, through which gradients pass.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    order : str
        Without effect.

    Returns
    -------
    Tensor, shape of x
        The copy.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.copy([1.0, 2.0])
    tensor([1., 2.])
    """
    return structural.copy(to_tensor(x))


clone = copy  # torch's name


def astype(
    x: Any, dtype: Any, order: str = "K", casting: Any = "unsafe", *, copy: bool = True
) -> Tensor:
    """Return a copy of an array with another type of numbers.

    Parameters
    ----------
    x : array_like, any shape
        Array.
    dtype : dtype
        The type.
    order : str
        Without effect.
    casting : {'unsafe', 'same_kind', 'safe', 'no', 'equiv'}
        Which conversions are allowed.
    copy : bool
        Whether to copy also what is of that type.

    Returns
    -------
    Tensor, shape of x
        The copy. Gradients pass between types of floating-point numbers and end at others.

    Raises
    ------
    TypeError
        If `casting` forbids the conversion, or a Tensor cannot have the type.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.astype([1.5, 2.5], int)
    tensor([1, 2])
    """
    x, dtype = to_tensor(x), np.dtype(dtype)
    if casting != "unsafe" and not np.can_cast(x.dtype, dtype, casting):
        raise TypeError(
            f"Cannot cast array from {x.dtype!r} to {dtype!r} according to the rule {casting!r}; "
            "leave casting out to allow it"
        )
    return x if not copy and x.dtype == dtype else structural.astype(x, dtype=dtype)
