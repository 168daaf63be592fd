"""NumPy's differences, integrals, interpolation and convolution, of Tensors."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import axis_index, to_float, to_tensor
from ._numpy_order import searchsorted
from ._numpy_shape import along
from ._tensor import Tensor, values

# ----- differences and integrals -----


def diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """Return the differences of neighbours along an axis.

    Parameters
    ----------
    a : array_like, one axis or more
        Array.
    n : int
        How often differences are taken.
    axis : int
        Axis to go along.
    prepend, append : array_like, optional
        What is joined to the array before.

    Returns
    -------
    Tensor
        The differences, shorter by `n` along the axis.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.diff([1.0, 4.0, 9.0])
    tensor([3., 5.])
    """
    x = to_tensor(a)
    if operator.index(n) == 0:
        return x
    if not x.ndim:
        raise ValueError("diff requires input that is at least one dimensional; reshape it")
    if operator.index(n) < 0:
        raise ValueError(f"order must be non-negative but got {n!r}")
    axis = axis_index(axis, x.ndim)
    ends = [None if e is None else to_tensor(e) for e in (prepend, append)]
    one = tuple(1 if i == axis else m for i, m in enumerate(x.shape))
    before, after = (e if e is None or e.ndim else fn.broadcast_to(e, one) for e in ends)
    x = fn.concatenate([e for e in (before, x, after) if e is not None], axis)
    for _ in range(n):
        high, low = x[along(axis, slice(1, None))], x[along(axis, slice(-1))]
        x = ops.not_equal(high, low) if x.dtype.kind == "b" else high - low
    return x


def ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Tensor:
    """Return the differences of neighbours among the elements in C order.

    Parameters
    ----------
    ary : array_like
        Array.
    to_end, to_begin : array_like, optional
        What is joined to the differences behind and before.

    Returns
    -------
    Tensor, one axis
        The differences.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.ediff1d([1.0, 4.0, 9.0], to_begin=0.0)
    tensor([0., 3., 5.])
    """
    steps = diff(fn.ravel(ary))
    ends = [None if e is None else fn.ravel(e) for e in (to_begin, to_end)]
    if any(e is not None and not np.can_cast(e.dtype, steps.dtype, "same_kind") for e in ends):
        raise TypeError(
            f"dtype of `to_end` and `to_begin` must be compatible with input `ary` of "
            f"{steps.dtype} under the `same_kind` rule; use ary.astype(float)"
        )
    parts = [fn.astype(p, steps.dtype) for p in (ends[0], steps, ends[1]) if p is not None]
    return fn.concatenate(parts) if len(parts) > 1 else steps


def _spacings(varargs, axes, shape):
    """Return for each axis the distances of its points: a number, or an array one shorter."""
    if not varargs:
        return [1.0] * len(axes)
    if len(varargs) == 1 and to_tensor(varargs[0]).ndim == 0:
        return list(varargs) * len(axes)
    if len(varargs) != len(axes):
        raise TypeError("invalid number of arguments: give one spacing, or one for each axis")
    spacings = []
    for given, axis in zip(varargs, axes):
        points = to_tensor(given)
        if points.ndim == 0:
            spacings.append(given)
            continue
        if points.shape != (shape[axis],):
            raise ValueError("when 1d, distances must match the length of the corresponding axis")
        steps = diff(to_float(points))
        # Where all are equal NumPy knows, and looks at the outer samples alone.
        equal = not steps.requires_grad and steps.size and np.ptp(values(steps)) == 0
        spacings.append(float(steps[0]) if equal else steps)
    return spacings


def _slope(x, h, edge_order):
    """Return the derivative along the last axis: second order inside, as asked at the ends."""
    uniform = not (isinstance(h, Tensor) and h.ndim)
    h1, h2 = (h, h) if uniform else (h[:-1], h[1:])
    left, middle, right = x[..., :-2], x[..., 1:-1], x[..., 2:]
    if uniform:
        inside = (right - left) / (2.0 * h)
        first, second, last, before = h, h, h, h
    else:
        inside = (
            -(h2 / (h1 * (h1 + h2))) * left
            + ((h2 - h1) / (h1 * h2)) * middle
            + (h1 / (h2 * (h1 + h2))) * right
        )
        first, second, last, before = h[0], h[min(1, h.size - 1)], h[-1], h[max(-2, -h.size)]
    if edge_order == 1:
        start = (x[..., 1] - x[..., 0]) / first
        end = (x[..., -1] - x[..., -2]) / last
    else:
        start = (
            -(2.0 * first + second) / (first * (first + second)) * x[..., 0]
            + (first + second) / (first * second) * x[..., 1]
            - first / (second * (first + second)) * x[..., 2]
        )
        end = (
            last / (before * (before + last)) * x[..., -3]
            - (last + before) / (before * last) * x[..., -2]
            + (2.0 * last + before) / (last * (before + last)) * x[..., -1]
        )
    return fn.concatenate([fn.expand_dims(start, -1), inside, fn.expand_dims(end, -1)], -1)


def gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    """Return the derivative of samples by differences: of second order inside.

    Parameters
    ----------
    f : array_like
        Samples.
    *varargs : array_like
        The distance of samples, or their places; one for all axes or one for each.
    axis : int or tuple of int, optional
        Axes along which the derivative is taken; by default all.
    edge_order : {1, 2}
        Order at the ends.

    Returns
    -------
    Tensor, or tuple of them
        The derivative along each axis. There are derivatives by places and distances too.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.gradient([1.0, 4.0, 9.0], 0.5)
    tensor([ 6.,  8., 10.])
    """
    x = to_float(f)
    axes = range(x.ndim) if axis is None else axis if isinstance(axis, (tuple, list)) else (axis,)
    axes = tuple(axis_index(a, x.ndim) for a in axes)
    if len(set(axes)) != len(axes):
        raise ValueError("repeated axis")
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    found = []
    for a, h in zip(axes, _spacings(varargs, axes, x.shape)):
        if x.shape[a] < edge_order + 1:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, at least (edge_order "
                "+ 1) elements are required."
            )
        slope = _slope(fn.moveaxis(x, a, -1), h, edge_order)
        found.append(fn.astype(fn.moveaxis(slope, -1, a), x.dtype))
    return found[0] if len(found) == 1 else tuple(found)


def trapezoid(y: Any, x: Any = None, dx: Any = 1.0, axis: int = -1) -> Tensor:
    """Integrate samples along an axis by the trapezoidal rule.

    Parameters
    ----------
    y : array_like
        Samples.
    x : array_like, optional
        Where they are.
    dx : array_like
        Their distance, without `x`.
    axis : int
        Axis to integrate along.

    Returns
    -------
    Tensor
        The integral. There are derivatives by `x` and `dx` too.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.trapezoid([1.0, 2.0, 3.0], dx=0.5)
    tensor(2.)
    """
    y = to_tensor(y)
    along_y = axis_index(axis, y.ndim)
    pairs = y[along(along_y, slice(1, None))] + y[along(along_y, slice(-1))]
    if x is None:
        return fn.sum(dx * pairs / 2.0, axis)
    x = to_tensor(x)
    d = diff(x, axis=-1 if x.ndim == 1 else axis)
    if x.ndim == 1:
        d = fn.reshape(d, tuple(d.size if i == along_y else 1 for i in range(y.ndim)))
    return fn.sum(d * pairs / 2.0, axis)


# ----- interpolation -----


def interp(
    x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: float | None = None
) -> Tensor:
    """Interpolate between points on straight lines.

    Parameters
    ----------
    x : array_like
        Where.
    xp, fp : array_like, one axis
        The points; `xp` increases, unless there is a period.
    left, right : array_like, optional
        Values before the first and behind the last point; by default those of the points.
    period : float, optional
        Period of `x` and `xp`.

    Returns
    -------
    Tensor, shape of x
        The values. There are derivatives by `x`, by the points and by `left` and `right`; at a
        point that by `x` is the slope of the line behind it.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.interp([0.5, 9.0], [0.0, 1.0], [10.0, 20.0])
    tensor([15., 20.])
    """
    x, xp, fp = (fn.astype(y, np.float64) for y in (x, xp, fp))
    if xp.ndim != 1 or fp.ndim != 1:
        raise ValueError(f"Data points must be 1-D sequences, not of {xp.ndim} and {fp.ndim} axes")
    if not xp.size:
        raise ValueError("array of sample points is empty")
    if xp.shape != fp.shape:
        raise ValueError("fp and xp are not of the same length.")
    if period is not None:
        if period == 0:
            raise ValueError("period must be a non-zero value")
        period = abs(period)
        x, xp, left, right = ops.remainder(x, period), ops.remainder(xp, period), None, None
        order = fn.argsort(xp)
        xp, fp = xp[order], fp[order]
        xp = fn.concatenate([xp[-1:] - period, xp, xp[:1] + period])
        fp = fn.concatenate([fp[-1:], fp, fp[:1]])
    left, right = fp[0] if left is None else left, fp[-1] if right is None else right
    inside = fn.broadcast_to(fp[0], x.shape)
    if xp.size > 1:
        low = fn.clip(searchsorted(xp, x, "right") - 1, 0, xp.size - 2)
        start, end, height, top = xp[low], xp[low + 1], fp[low], fp[low + 1]
        none = start == end  # the last of several equal points: there NumPy gives the last value
        slope = ops.select(none, 0.0, top - height) / ops.select(none, 1.0, end - start)
        last = x >= end  # at a point its value is exact, also if a slope is NaN or infinite
        steps = ops.masked_multiply(x - ops.select(last, end, start), slope)
        inside = steps + ops.select(last, top, height)
    return ops.select(x < xp[0], left, ops.select(x > xp[-1], right, inside))


def unwrap(
    p: Any, discont: float | None = None, axis: int = -1, *, period: float = 2 * np.pi
) -> Tensor:
    """Add periods to the elements along an axis, so that no step is larger than half of one.

    Parameters
    ----------
    p : array_like
        Array.
    discont : float, optional
        Steps up to this stay as they are; half a period at least.
    axis : int
        Axis to go along.
    period : float
        Period.

    Returns
    -------
    Tensor
        The elements. The numbers of periods are constants of the derivative.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.unwrap([0.0, 5.0, 1.0], period=4)
    tensor([0., 1., 1.])
    """
    x = to_float(p)
    axis = axis_index(axis, x.ndim)
    steps = diff(x, axis=axis)
    half = period / 2
    wrapped = ops.remainder(steps + half, period) - half
    wrapped = ops.select(ops.logical_and(wrapped == -half, steps > 0), half, wrapped)
    least = half if discont is None else np.maximum(discont, half)
    change = ops.select(ops.absolute(steps) < least, 0.0, wrapped - steps)
    rest = x[along(axis, slice(1, None))] + fn.cumsum(change, axis)
    return fn.concatenate([x[along(axis, slice(1))], rest], axis)


# ----- convolution -----


def _full(a, v):
    """Return the whole convolution of a with the shorter v, as a product of two matrices.

    The rows of one are pieces of a that overlap, `block` elements further each; the columns of the
    other are v, one element further each. Both stay small if the block is as long as the root of
    the result.
    """
    n, m = a.size + v.size - 1, v.size
    block = math.isqrt(n - 1) + 1
    rows, width = -(-n // block), m + block - 1
    before, after = fn.zeros(m - 1, a.dtype), fn.zeros(rows * block - a.size, a.dtype)
    pieces = np.arange(rows)[:, None] * block + np.arange(width)
    around = fn.zeros(block - 1, v.dtype)
    shifted = np.arange(width)[:, None] - np.arange(block) + block - 1
    left = fn.concatenate([before, a, after])[pieces]
    right = fn.concatenate([around, fn.flip(v), around])[shifted]
    return fn.ravel(fn.matmul(left, right))[:n]


def convolve(a: Any, v: Any, mode: str = "full") -> Tensor:
    """Convolve two vectors.

    Parameters
    ----------
    a, v : array_like, one axis
        Vectors.
    mode : {"full", "same", "valid"}
        Where the shorter vector touches the longer one, a part of that as long as the longer one,
        or where it lies inside of it.

    Returns
    -------
    Tensor
        The convolution.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.convolve([1.0, 2.0, 3.0], [1.0, 1.0])
    tensor([1., 3., 5., 3.])
    """
    a, v = to_tensor(a), to_tensor(v)
    if max(a.ndim, v.ndim) > 1:
        raise ValueError("object too deep for desired array: convolve takes vectors; ravel them")
    a, v = fn.ravel(a), fn.ravel(v)
    if not a.size or not v.size:
        raise ValueError("a cannot be empty" if not a.size else "v cannot be empty")
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got {mode!r})")
    if v.size > a.size:
        a, v = v, a
    n, m = a.size, v.size
    full = _full(a, v)
    if mode == "full":
        return full
    return full[(m - 1) // 2 : (m - 1) // 2 + n] if mode == "same" else full[m - 1 : n]


def correlate(a: Any, v: Any, mode: str = "valid") -> Tensor:
    """Correlate two vectors: convolve one with the other one backwards.

    Parameters
    ----------
    a, v : array_like, one axis
        Vectors.
    mode : {"valid", "same", "full"}
        As for `convolve`.

    Returns
    -------
    Tensor
        The correlation.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.correlate([1.0, 2.0, 3.0], [0.0, 1.0])
    tensor([2., 3.])
    """
    a, v = to_tensor(a), to_tensor(v)
    if max(a.ndim, v.ndim) > 1:
        raise ValueError("object too deep for desired array: correlate takes vectors; ravel them")
    if not a.ndim or not v.ndim:
        raise ValueError("object of too small depth for desired array: correlate takes vectors")
    a, v = fn.ravel(a), fn.ravel(v)
    if v.size > a.size:
        return fn.flip(convolve(fn.flip(a), v, mode))
    return convolve(a, fn.flip(v), mode)


FUNCTIONS = {
    "diff": diff,
    "ediff1d": ediff1d,
    "gradient": gradient,
    "trapezoid": trapezoid,
    "trapz": trapezoid,
    "interp": interp,
    "unwrap": unwrap,
    "convolve": convolve,
    "correlate": correlate,
}
