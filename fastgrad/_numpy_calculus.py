"""NumPy's differences, integrals, interpolation, convolution and polynomials, of Tensors."""

from __future__ import annotations

import operator

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import axis_index, axis_tuple, concrete, to_float, to_tensor
from ._numpy_order import searchsorted
from ._numpy_served import NotServed
from ._numpy_shape import along
from ._tensor import Tensor

# ----- differences and integrals -----


def diff(a, n=1, axis=-1, prepend=None, append=None):
    """Serve numpy.diff."""
    x = to_tensor(a)
    if operator.index(n) < 0:
        raise ValueError(f"order must be non-negative but got {n}")
    axis = axis_index(axis, x.ndim)
    ends = [None if e is None or e is np._NoValue else to_tensor(e) for e in (prepend, append)]
    one = tuple(1 if i == axis else m for i, m in enumerate(x.shape))
    before, after = (e if e is None or e.ndim else fn.broadcast_to(e, one) for e in ends)
    x = fn.concatenate([e for e in (before, x, after) if e is not None], axis) if n else x
    for _ in range(n):
        high, low = x[along(axis, slice(1, None))], x[along(axis, slice(-1))]
        x = ops.not_equal(high, low) if x.dtype.kind == "b" else high - low
    return x


def ediff1d(ary, to_end=None, to_begin=None):
    """Serve numpy.ediff1d."""
    steps = diff(fn.ravel(ary))
    ends = [None if e is None else fn.ravel(e) for e in (to_begin, to_end)]
    parts = [p for p in (ends[0], steps, ends[1]) if p is not None]
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
        spacings.append(diff(to_float(points)))
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


def gradient(f, *varargs, axis=None, edge_order=1):
    """Serve numpy.gradient."""
    x = to_float(f)
    axes = axis_tuple(axis, x.ndim) if not isinstance(axis, tuple) else axis
    if edge_order > 2:
        raise ValueError("'edge_order' greater than 2 not supported")
    found = []
    for a, h in zip(axes, _spacings(varargs, axes, x.shape)):
        if x.shape[a] < edge_order + 1:
            raise ValueError(
                "Shape of array too small to calculate a numerical gradient, at least (edge_order "
                "+ 1) elements are required."
            )
        found.append(fn.moveaxis(_slope(fn.moveaxis(x, a, -1), h, edge_order), -1, a))
    return found[0] if len(found) == 1 else tuple(found)


def trapezoid(y, x=None, dx=1.0, axis=-1):
    """Serve numpy.trapezoid."""
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


def interp(x, xp, fp, left=None, right=None, period=None):
    """Serve numpy.interp."""
    x, xp, fp = to_float(x), to_float(xp), to_float(fp)
    if xp.ndim != 1 or xp.shape != fp.shape or not xp.size:
        raise ValueError("fp and xp must be 1-D arrays of one length, which is not 0")
    if period is not None:
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
        start, height = xp[low], fp[low]
        slope = (fp[low + 1] - height) / (xp[low + 1] - start)
        inside = slope * (x - start) + height
    return ops.select(x < xp[0], left, ops.select(x > xp[-1], right, inside))


def unwrap(p, discont=None, axis=-1, *, period=2 * np.pi):
    """Serve numpy.unwrap."""
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


def convolve(a, v, mode="full"):
    """Serve numpy.convolve."""
    a, v = fn.ravel(a), fn.ravel(v)
    if not a.size or not v.size:
        raise ValueError("a cannot be empty" if not a.size else "v cannot be empty")
    if v.size > a.size:
        a, v = v, a
    n, m = a.size, v.size
    around = fn.zeros(m - 1, a.dtype)
    window = np.arange(n + m - 1)[:, None] + np.arange(m)
    full = fn.matmul(fn.concatenate([around, a, around])[window], fn.flip(v))
    if mode == "full":
        return full
    if mode == "same":
        return full[(m - 1) // 2 : (m - 1) // 2 + n]
    if mode == "valid":
        return full[m - 1 : n]
    raise ValueError(f"mode {mode!r}: give 'full', 'same' or 'valid'")


def correlate(a, v, mode="valid"):
    """Serve numpy.correlate."""
    a, v = fn.ravel(a), fn.ravel(v)
    if v.size > a.size:
        return fn.flip(convolve(fn.flip(a), v, mode))
    return convolve(a, fn.flip(v), mode)


# ----- polynomials, the highest power first -----


def polyval(p, x):
    """Serve numpy.polyval."""
    if isinstance(x, np.poly1d):
        raise NotServed("of a poly1d")
    x = to_tensor(x)
    result = fn.zeros_like(x)
    for coefficient in to_tensor(p):
        result = result * x + coefficient
    return result


def polyder(p, m=1):
    """Serve numpy.polyder."""
    if isinstance(p, np.poly1d) or operator.index(m) < 0:
        raise NotServed("of a poly1d, or of a negative order")
    p = to_tensor(p)
    for _ in range(m):
        p = p[:-1] * np.arange(p.size - 1, 0, -1)
    return p


def polyint(p, m=1, k=None):
    """Serve numpy.polyint."""
    if isinstance(p, np.poly1d) or operator.index(m) < 0:
        raise NotServed("of a poly1d, or of a negative order")
    p = to_float(p)
    constants = fn.ravel(0.0 if k is None else k)
    for i in range(m):
        c = constants[i if constants.size > 1 else 0]
        p = fn.concatenate([p / np.arange(p.size, 0, -1), fn.reshape(c, 1)])
    return p


def _aligned(a, b):
    a, b = (to_tensor(x) for x in (a, b))
    if max(a.ndim, b.ndim) > 1:
        raise NotServed("of arrays with several axes")
    a, b = fn.ravel(a), fn.ravel(b)
    n = max(a.size, b.size)
    return (fn.concatenate([fn.zeros(n - x.size, x.dtype), x]) for x in (a, b))


def polyadd(a1, a2):
    """Serve numpy.polyadd."""
    a, b = _aligned(a1, a2)
    return a + b


def polysub(a1, a2):
    """Serve numpy.polysub."""
    a, b = _aligned(a1, a2)
    return a - b


def polymul(a1, a2):
    """Serve numpy.polymul."""

    def trimmed(p):
        if to_tensor(p).ndim > 1:
            raise NotServed("of arrays with several axes")
        p = fn.ravel(p)
        used = np.flatnonzero(concrete(ops.not_equal(p, 0)))
        return p[used[0] if used.size else p.size - 1 :]

    return convolve(trimmed(a1), trimmed(a2))


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
    "polyval": polyval,
    "polyder": polyder,
    "polyint": polyint,
    "polyadd": polyadd,
    "polysub": polysub,
    "polymul": polymul,
}
