"""Structural ops that read and write at an index: slices, or the positions of elements.

A basic index (int, slices, None, ...) is a parameter. Positions are an operand: the number of each
element, in C order, in the array it is taken from.
"""

from __future__ import annotations

import math

import numpy as np

from ._checks import of_array, place_of, shape_of
from ._lowering import copied, dense, fresh, into, moved, rounded, zeros
from ._ops import add, equal, select
from ._recording import Structural, zeros_of
from ._struct_shape import astype, broadcast_to, for_points, sum, sum_to

# ----- values -----


def _put_add_value(g, *, key, shape):
    x = np.zeros(shape, g.dtype)
    x[key] = g
    return x


def _assign_value(x, value, *, key):
    x = x.copy(order="C")
    x[of_array(key)] = value
    return x


def _check_positions(index, size):
    if index.size and not 0 <= index.min() <= index.max() < size:
        wrong = index[(index < 0) | (index >= size)].flat[0]
        raise IndexError(f"position {wrong} is out of bounds for an array of {size} elements")


def _gather_value(x, index):
    _check_positions(index, x.size)
    if x.flags.c_contiguous:
        return x.reshape(-1)[index]
    return x[np.unravel_index(index, x.shape)]


def _scatter_add_value(g, index, *, shape):
    x = np.zeros(shape, g.dtype)
    _check_positions(index, x.size)
    np.add.at(x.reshape(-1), index.reshape(-1), g.reshape(-1))
    return x


def _scatter_set_value(x, index, value):
    _check_positions(index, x.size)
    x = x.copy(order="C")
    x.reshape(-1)[index.reshape(-1)] = np.broadcast_to(value, index.shape).reshape(-1)
    return x


# ----- rules -----


def reverse(x, *, axis):
    """Reverse the order of the elements along some axes."""
    key = tuple(slice(None, None, -1 if a in axis else None) for a in range(x.ndim))
    return getitem(x, key=key)


def _in_points(key):
    """The same index for every point of axis 0."""
    return (slice(None), *(key if isinstance(key, tuple) else (key,)))


def _positions_in_points(index, n, batched, size):
    """The positions in n points of `size` elements each."""
    if index.dtype != np.intp:  # so that uint64 and the integers here do not make a float
        index = astype(index, dtype=np.dtype(np.intp))
    return add(index, (np.arange(n) * size).reshape(n, *(1,) * (index.ndim - batched)))


def _stays(x, index):
    """Which values that are written to positions of x are still there at the end."""
    order = np.arange(math.prod(index.shape), dtype=np.float64).reshape(index.shape)
    last = scatter_set(np.zeros(x.shape), index, order)
    return equal(gather(last, index), order)


def _scatter_set_rule(g, out, x, index, value):
    g = select(_stays(x, index), gather(g, index), 0.0)
    return g if value.shape == g.shape else sum(g, axis=tuple(range(g.ndim)), keepdims=False)


def _scatter_set_jvp(dots, out, x, index, value):
    dot, _, moved_in = dots
    return scatter_set(
        zeros_of(x) if dot is None else dot,
        index,
        np.zeros((), out.dtype) if moved_in is None else moved_in,
    )


def _batch_assign(n, batched, x, value, *, key):
    x = for_points(x, n, batched[0])
    if batched[1]:
        value = for_points(value, n, True, len(place_of(x.shape[1:], key)[0]))
    return assign(x, value, key=_in_points(key))


def _batch_gather(n, batched, x, index):
    if not batched[0]:
        return gather(x, index)
    return gather(x, _positions_in_points(index, n, batched[1], math.prod(x.shape[1:])))


def _batch_scatter_add(n, batched, g, index, *, shape):
    where = _positions_in_points(index, n, batched[1], math.prod(shape))
    return scatter_add(for_points(g, n, batched[0]), where, shape=(n, *shape))


def _batch_scatter_set(n, batched, x, index, value):
    x = for_points(x, n, batched[0])
    where = _positions_in_points(index, n, batched[1], math.prod(x.shape[1:]))
    if batched[2] or value.ndim:
        value = for_points(value, n, batched[2], where.ndim - 1)
        value = broadcast_to(value, shape=where.shape)
    return scatter_set(x, where, value)


# ----- shapes, and steps of programs -----


def _infer_getitem(x, *, key):
    return shape_of(place_of(x.shape, key)[0]), x.dtype


def _infer_put_add(g, *, key, shape):
    place = place_of(shape_of(shape), key)[0]
    if g.shape != place:
        raise ValueError(f"put_add of shape {g.shape} at a place of shape {place}")
    return shape, g.dtype


def _infer_assign(x, value, *, key):
    place = place_of(x.shape, key)[0]
    _check_dtypes("assign", x, value)
    lengths = value.shape[max(value.ndim - len(place), 0) :]
    extra = value.shape[: value.ndim - len(lengths)]
    if any(n != 1 for n in extra) or any(
        n not in (1, m) for n, m in zip(lengths, place[len(place) - len(lengths) :])
    ):
        raise ValueError(f"assign of shape {value.shape} to a place of shape {place}")
    return x.shape, x.dtype


def _check_dtypes(name, x, value):
    if value.dtype != x.dtype:
        raise TypeError(f"{name} of {value.dtype} to elements of {x.dtype}")


def _check_index(name, index, size):
    if index.dtype.kind not in "iu":
        raise TypeError(f"{name} takes positions of an integer dtype, got {index.dtype}")
    if index.size and not size:
        raise IndexError(f"{name}: {index.size} positions in an array without elements")


def _infer_gather(x, index):
    _check_index("gather", index, x.size)
    return index.shape, x.dtype


def _infer_scatter_add(g, index, *, shape):
    _check_index("scatter_add", index, math.prod(shape_of(shape)))
    if g.shape != index.shape:
        raise ValueError(f"scatter_add of shape {g.shape} at positions of shape {index.shape}")
    return shape, g.dtype


def _infer_scatter_set(x, index, value):
    _check_index("scatter_set", index, x.size)
    _check_dtypes("scatter_set", x, value)
    if value.shape not in (index.shape, ()):
        raise ValueError(f"scatter_set of shape {value.shape} at positions of {index.shape}")
    return x.shape, x.dtype


def _lower_put_add(g, *, key, shape):
    place, start, strides = place_of(shape, key)
    n = math.prod(shape)
    steps = zeros(n) if math.prod(place) < n else []
    return fresh(*steps, *copied(0, place, (0, dense(place)), (start, strides)))


def _lower_assign(x, value, *, key):
    place, start, strides = place_of(x.shape, key)
    steps = [0 if n == 1 else s for n, s in zip(value.shape, dense(value.shape))]
    steps = [0] * (len(place) - len(steps)) + steps[max(len(steps) - len(place), 0) :]
    return into(*copied(1, place, (0, steps), (start, strides)))


def _lower_gather(x, index):
    return fresh(("gather", (0, 1), (index.size, x.size))) if index.size else fresh()


def _lower_scatter_add(g, index, *, shape):
    n = math.prod(shape)
    if not index.size:
        return fresh(*zeros(n))
    return fresh(*zeros(n), ("scatter_add", (0, 1), (index.size, n)), *rounded(shape, g.dtype))


def _lower_scatter_set(x, index, value):
    if not index.size:
        return into()
    return into(("scatter_set", (2, 1), (index.size, x.size, 1 if value.size > 1 else 0)))


# ----- basic indices -----

getitem: Structural = Structural(
    "getitem",
    value=lambda x, *, key: x[key],
    vjp=(lambda g, out, x, *, key: put_add(g, key=key, shape=x.shape),),
    jvp="linear",
    infer=_infer_getitem,
    batch=lambda n, batched, x, *, key: getitem(x, key=_in_points(key)),
    lower=lambda x, *, key: moved(*place_of(x.shape, key)),
    view=True,
    unview=lambda base, value, *, key: assign(base, value, key=key),
)

put_add: Structural = Structural(  # the adjoint of getitem: zeros, with g added at key
    "put_add",
    value=_put_add_value,
    vjp=(lambda g, out, x, *, key, shape: getitem(g, key=key),),
    jvp="linear",
    infer=_infer_put_add,
    batch=lambda n, batched, g, *, key, shape: put_add(g, key=_in_points(key), shape=(n, *shape)),
    lower=_lower_put_add,
)

assign: Structural = Structural(  # x, but with `value` at x[key]
    "assign",
    value=_assign_value,
    vjp=(
        lambda g, out, x, value, *, key: assign(g, np.zeros((), g.dtype), key=key),
        lambda g, out, x, value, *, key: sum_to(getitem(g, key=key), shape=value.shape),
    ),
    jvp="linear",
    infer=_infer_assign,
    batch=_batch_assign,
    lower=_lower_assign,
)

# ----- positions -----

gather: Structural = Structural(  # the elements of x at positions, with their shape
    "gather",
    value=_gather_value,
    vjp=(lambda g, out, x, index: scatter_add(g, index, shape=x.shape), None),
    jvp=lambda dots, out, x, index: gather(dots[0], index),
    reads=(1,),
    infer=_infer_gather,
    batch=_batch_gather,
    lower=_lower_gather,
)

scatter_add: Structural = Structural(  # the adjoint of gather: zeros, with g added at positions
    "scatter_add",
    value=_scatter_add_value,
    vjp=(lambda g, out, x, index, *, shape: gather(g, index), None),
    jvp=lambda dots, out, x, index, *, shape: scatter_add(dots[0], index, shape=shape),
    reads=(1,),
    infer=_infer_scatter_add,
    batch=_batch_scatter_add,
    lower=_lower_scatter_add,
)

scatter_set: Structural = Structural(  # x, but with `value` at positions; of two, the last stays
    "scatter_set",
    value=_scatter_set_value,
    vjp=(
        lambda g, out, x, index, value: scatter_set(g, index, np.zeros((), g.dtype)),
        None,
        _scatter_set_rule,
    ),
    jvp=_scatter_set_jvp,
    reads=(1,),
    infer=_infer_scatter_set,
    batch=_batch_scatter_set,
    lower=_lower_scatter_set,
)
