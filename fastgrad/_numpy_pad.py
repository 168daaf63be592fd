"""NumPy's `pad`, of Tensors: axis by axis, an end before and an end after what is there."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from . import _structural as structural
from ._arguments import to_float, to_tensor
from ._numpy_quantiles import median
from ._numpy_shape import along, numbers, rearranged
from ._tensor import Tensor, values

_OPTIONS: dict[str, tuple[str, ...]] = {
    "constant": ("constant_values",),
    "empty": (),
    "edge": (),
    "wrap": (),
    "reflect": ("reflect_type",),
    "symmetric": ("reflect_type",),
    "linear_ramp": ("end_values",),
    "mean": ("stat_length",),
    "median": ("stat_length",),
    "maximum": ("stat_length",),
    "minimum": ("stat_length",),
}
_STATISTICS = {"mean": fn.mean, "median": median, "maximum": fn.amax, "minimum": fn.amin}


def pad(array: Any, pad_width: Any, mode: Any = "constant", **kwargs: Any) -> Tensor:
    """Make an array longer at the ends of its axes.

    Parameters
    ----------
    array : array_like
        The array.
    pad_width : int, pair of int, sequence of pairs, or dict
        How many elements are added before and after: for all axes one number or one pair, or a
        pair for each axis; a dict gives them for some axes.
    mode : str or callable
        What is added: 'constant' values, the 'edge', a 'linear_ramp' to a value, the 'maximum',
        'mean', 'median' or 'minimum', a reflection that leaves out the edge ('reflect') or repeats
        it ('symmetric'), what is at the other end ('wrap'), or anything ('empty', here zeros). A
        function is called with each vector along an axis, the pair, the axis and `kwargs`, and
        changes the ends in place.
    **kwargs
        `constant_values` and `end_values` as `pad_width`, by default 0; they may be Tensors;
        `stat_length`, as `pad_width`: how many elements at the end a statistic is of, by default
        all; `reflect_type`, 'even' or 'odd': the reflection, or twice the edge minus it.

    Returns
    -------
    Tensor
        The larger array, of the dtype of `array`.

    Raises
    ------
    ValueError
        If a width is negative, a mode or an option is not known, or an empty axis would have to be
        extended by what is not there.
    TypeError
        If a width is no integer.

    Notes
    -----
    Gradients flow to the elements that the ends are made of, and to the values that are given.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.pad([1.0, 2.0], 1)
    tensor([0., 1., 2., 0.])
    >>> fg.pad([1.0, 2.0, 4.0], (0, 2), mode="reflect", reflect_type="odd")
    tensor([1., 2., 4., 6., 7.])
    """
    x = to_tensor(array)
    widths = _widths(pad_width, x.ndim)
    if callable(mode):
        return _by_function(x, widths, mode, kwargs)
    if mode not in _OPTIONS:
        raise ValueError(f"mode {mode!r} is not supported; give one of {', '.join(_OPTIONS)}")
    if unknown := set(kwargs) - {*_OPTIONS[mode]}:
        raise ValueError(f"unsupported keyword arguments for mode {mode!r}: {unknown}")
    if not x.ndim:
        return fn.copy(x)
    if mode in ("constant", "empty"):
        return _with_constants(x, widths, kwargs.get("constant_values", 0))
    for axis, width in enumerate(widths):
        if not x.shape[axis] and any(width):
            raise ValueError(
                f"can't extend empty axis {axis} using modes other than 'constant' or 'empty'"
            )
    if mode == "linear_ramp":
        ends = _values(kwargs.get("end_values", 0), x.ndim)
        return _extended(x, widths, lambda x, axis, after, n: _ramp(x, axis, after, n, ends))
    if mode in _STATISTICS:
        length = kwargs.get("stat_length")
        lengths = None if length is None else _widths(length, x.ndim, "stat_length")
        if mode in ("maximum", "minimum") and lengths and not np.all(lengths):
            raise ValueError("stat_length of 0 yields no value for padding; give 1 or more")
        return _extended(
            x, widths, lambda x, axis, after, n: _statistic(mode, x, axis, after, n, lengths)
        )
    if kwargs.get("reflect_type") == "odd":
        for axis, width in enumerate(widths):
            x = _reflected(x, axis, width, mode == "symmetric")
        return x
    return rearranged(x, lambda i: np.pad(i, widths, mode))


def _widths(given, ndim, name="pad_width"):
    """Return a pair of numbers for each axis."""
    if isinstance(given, dict):
        pairs = np.zeros((ndim, 2), np.intp)
        for axis, width in given.items():
            pairs[axis] = width
        given = pairs
    pairs = numbers(given)
    if pairs.dtype.kind not in "iu":
        raise TypeError(f"`{name}` must be of integral type, got {pairs.dtype}")
    if pairs.size and pairs.min() < 0:
        raise ValueError(f"`{name}` can't contain negative values; cut with a slice, x[n:-n]")
    return np.broadcast_to(pairs, (ndim, 2)).tolist()


def _values(given, ndim):
    return fn.broadcast_to(to_tensor(given), (ndim, 2))


def _with_constants(x, widths, given):
    given = fn.astype(given, x.dtype, copy=False)
    if given.size == 1:
        shape = tuple(n + sum(width) for n, width in zip(x.shape, widths))
        key = tuple(slice(width[0], width[0] + n) for n, width in zip(x.shape, widths))
        if not given.requires_grad and not values(given).any():
            return structural.put_add(x, key=key, shape=shape)
        return structural.assign(fn.full(shape, fn.reshape(given, ())), x, key=key)
    each = _values(given, x.ndim)
    which = x.size + np.arange(each.size).reshape(each.shape)
    index = np.pad(np.arange(x.size).reshape(x.shape), widths, constant_values=which)
    return fn.concatenate([fn.ravel(x), fn.ravel(each)])[index]


def _by_function(x, widths, function, options):
    padded = _with_constants(x, widths, 0)
    for axis, width in enumerate(widths):
        vectors = fn.moveaxis(padded, axis, -1)
        for index in np.ndindex(vectors.shape[:-1]):
            function(vectors[(*index, ...)], tuple(width), axis, options)
    return padded


def _extended(x, widths, end):
    """Add to each axis what `end` makes of the array, the axis, which end it is and the width."""
    for axis, width in enumerate(widths):
        ends = [
            fn.astype(end(x, axis, after, n), x.dtype) if n else x[along(axis, slice(0))]
            for after, n in enumerate(width)
        ]
        x = fn.concatenate([ends[0], x, ends[1]], axis)
    return x


def _ramp(x, axis, after, n, ends):
    edge = x[along(axis, slice(-1, None) if after else slice(1))]
    value = ends[axis, after]
    part = fn.reshape(np.arange(n) / n, [-1 if a == axis else 1 for a in range(x.ndim)])
    ramp = value + (edge - value) * part
    ramp = ops.floor(ramp) if x.dtype.kind in "iu" else ramp
    return fn.flip(ramp, axis) if after else ramp


def _statistic(mode, x, axis, after, n, lengths):
    length = x.shape[axis]
    used = length if lengths is None else min(lengths[axis][after], length)
    part = x[along(axis, slice(length - used, None) if after else slice(used))]
    value = _STATISTICS[mode](part, axis, keepdims=True)
    value = ops.rint(to_float(value)) if x.dtype.kind in "iu" else value
    return fn.broadcast_to(value, (*x.shape[:axis], n, *x.shape[axis + 1 :]))


def _reflected(x, axis, width, repeats_edge):
    """Extend one axis by reflections through its edges, which are then through new edges.

    Two reflections are a shift, by twice what lies between the edges. So an element is one of the
    array, or one taken from twice the last, plus a multiple of the last minus the first.
    """
    n = x.shape[axis]
    if n == 1 and not repeats_edge:
        return rearranged(x, lambda i: np.pad(i, [width if a == axis else (0, 0) for a in
                                                  range(x.ndim)], "edge"))  # fmt: skip
    between = n if repeats_edge else n - 1
    at = np.concatenate([np.arange(-width[0], 0), np.arange(n, n + width[1])])
    shifts, at = np.divmod(at, 2 * between)
    turned = at >= n
    at = np.where(turned, 2 * between - repeats_edge - at, at)

    def times(factors, elements):
        factors = factors.reshape([-1 if a == axis else 1 for a in range(x.ndim)])
        return ops.masked_multiply(factors.astype(x.dtype), elements)

    first, last = x[along(axis, slice(1))], x[along(axis, slice(-1, None))]
    ends = times(2 * (shifts + turned), last) - times(2 * shifts, first)
    ends = ends + times(1 - 2 * turned, x[along(axis, at)])
    before, after = (ends[along(axis, part)] for part in (slice(width[0]), slice(width[0], None)))
    return fn.concatenate([before, x, after], axis)


FUNCTIONS = {"pad": pad}
