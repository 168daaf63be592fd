"""Structural ops that give an array another shape, order or dtype, and the sum, their adjoint."""

from __future__ import annotations

import math

import numpy as np

from ._checks import axes_of, kept_shape, shape_of
from ._convert import checked_dtype
from ._lowering import alias, cast, dense, fresh, moved, reduced, rounded
from ._recording import Structural
from ._tensor import later

# ----- values -----

_BLOCK = 128  # NumPy's own pairwise sum adds runs of this length one by one


def sum_value(x, *, axis, keepdims):
    """The sum, pairwise along every axis.

    NumPy sums pairwise only along the axis that is contiguous in memory; along any other the
    rounding error grows with its length. Such an axis is first reduced block by block.
    """
    if x.size > _BLOCK and not (len(axis) == x.ndim and x.flags.forc):
        for a in axis:
            while x.shape[a] > _BLOCK and abs(x.strides[a]) != x.itemsize:
                x = _block_sums(x, a)
    return np.add.reduce(x, axis=axis, keepdims=keepdims)


def _block_sums(x, axis):
    whole = x.shape[axis] // _BLOCK * _BLOCK
    before = (slice(None),) * axis
    blocks = x[(*before, slice(whole))]
    blocks = blocks.reshape(x.shape[:axis] + (-1, _BLOCK) + x.shape[axis + 1 :]).sum(axis=axis + 1)
    if whole == x.shape[axis]:
        return blocks
    rest = x[(*before, slice(whole, None))].sum(axis=axis, keepdims=True)
    return np.concatenate((blocks, rest), axis=axis)


# ----- rules -----


def with_axes(g, axis, ndim):
    """Give a reduced Tensor its reduced axes back, with length 1 (if they are not there)."""
    if g.ndim == ndim:
        return g
    lengths = iter(g.shape)
    return reshape(g, shape=tuple(1 if a in axis else next(lengths) for a in range(ndim)))


def sum_to(x, *, shape):
    """Sum over the axes that broadcasting from `shape` has added or lengthened."""
    if x.shape == shape:
        return x
    added = x.ndim - len(shape)
    if added < 0:  # an assigned value may have more axes of length 1 than its place
        return reshape(sum_to(x, shape=shape[-added:]), shape=shape)
    axis = tuple(
        a for a in range(x.ndim) if a < added or (shape[a - added] == 1 and x.shape[a] != 1)
    )
    return reshape(sum(x, axis=axis, keepdims=True), shape=shape)


def swap(x):
    """Transpose the last two axes."""
    return transpose(x, axes=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def for_points(x, n, batched, ndim=None):
    """Give an operand of n points its leading axis, if it has none; and `ndim` axes after that."""
    shape = x.shape[1:] if batched else x.shape
    if ndim is not None:
        shape = (1,) * (ndim - len(shape)) + shape[max(len(shape) - ndim, 0) :]
    if batched:
        return x if x.shape == (n, *shape) else reshape(x, shape=(n, *shape))
    return broadcast_to(reshape(x, shape=shape) if x.shape != shape else x, shape=(n, *shape))


def _inverse(axes):
    """The order of axes that undoes an order."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def _infer_reshape(x, *, shape):
    if math.prod(shape_of(shape)) != x.size:
        raise ValueError(f"reshape of shape {x.shape} to {shape}: the numbers of elements differ")
    return shape, x.dtype


def _infer_transpose(x, *, axes):
    if type(axes) is not tuple or axes_of(tuple(sorted(axes)), x.ndim) != tuple(range(x.ndim)):
        raise ValueError(f"transpose of shape {x.shape}: {axes!r:.60} is no order of its axes")
    return tuple(x.shape[a] for a in axes), x.dtype


def _lower_transpose(x, *, axes):
    strides = dense(x.shape)
    return moved(tuple(x.shape[a] for a in axes), 0, tuple(strides[a] for a in axes))


def _infer_broadcast(x, *, shape):
    added = len(shape_of(shape)) - x.ndim
    if added < 0 or any(n not in (1, m) for n, m in zip(x.shape, shape[added:])):
        raise ValueError(f"shape {x.shape} does not broadcast to {shape}")
    return shape, x.dtype


def _lower_broadcast(x, *, shape):
    added = len(shape) - x.ndim
    strides = (s if n > 1 else 0 for s, n in zip(dense(x.shape), x.shape))
    return moved(shape, 0, (*(0,) * added, *strides))


def _infer_astype(x, *, dtype):
    if not isinstance(dtype, np.dtype):
        raise TypeError(f"astype takes a dtype, got {dtype!r:.60}")
    return x.shape, checked_dtype(dtype)


def _lower_astype(x, *, dtype):
    dtype = checked_dtype(dtype)
    if dtype == np.float64 or np.can_cast(x.dtype, dtype, "safe"):
        return alias()  # a double stands for what it stood for
    return fresh(*cast(0, x.size, dtype))


def _cast_rule(dot, out, x, dtype):
    """The derivative of a cast: none to integers or from them."""
    return astype(dot, dtype=dtype) if out.dtype.kind == x.dtype.kind == "f" else None


# ----- shapes -----

reshape: Structural = Structural(
    "reshape",
    value=lambda x, *, shape: x.reshape(shape),
    vjp=(lambda g, out, x, *, shape: reshape(g, shape=x.shape),),
    jvp="linear",
    infer=_infer_reshape,
    batch=lambda n, batched, x, *, shape: reshape(x, shape=(n, *shape)),
    lower=lambda x, *, shape: alias(),
    view=True,
    unview=lambda base, value, *, shape: reshape(value, shape=base.shape),
)

transpose: Structural = Structural(
    "transpose",
    value=lambda x, *, axes: x.transpose(axes),
    vjp=(lambda g, out, x, *, axes: transpose(g, axes=_inverse(axes)),),
    jvp="linear",
    infer=_infer_transpose,
    batch=lambda n, batched, x, *, axes: transpose(x, axes=(0, *(a + 1 for a in axes))),
    lower=_lower_transpose,
    view=True,
    unview=lambda base, value, *, axes: transpose(value, axes=_inverse(axes)),
)

broadcast_to: Structural = Structural(
    "broadcast_to",
    value=lambda x, *, shape: np.broadcast_to(x, shape),
    vjp=(lambda g, out, x, *, shape: sum_to(g, shape=x.shape),),
    jvp="linear",
    infer=_infer_broadcast,
    batch=lambda n, batched, x, *, shape: broadcast_to(
        for_points(x, n, True, len(shape)), shape=(n, *shape)
    ),
    lower=_lower_broadcast,
    view=True,
)

# ----- the same elements -----

copy: Structural = Structural(
    "copy",
    value=lambda x: x.copy(),
    vjp=(lambda g, out, x: g,),
    jvp="linear",
    infer=lambda x: (x.shape, x.dtype),
    batch=lambda n, batched, x: copy(x),
    lower=lambda x: alias(),
)

astype: Structural = Structural(
    "astype",
    value=lambda x, *, dtype: x.astype(checked_dtype(dtype)),
    vjp=(lambda g, out, x, *, dtype: _cast_rule(g, out, x, x.dtype),),
    jvp=lambda dots, out, x, *, dtype: _cast_rule(dots[0], out, x, dtype),
    infer=_infer_astype,
    batch=lambda n, batched, x, *, dtype: astype(x, dtype=dtype),
    lower=_lower_astype,
)

stop_gradient: Structural = Structural(  # what is a constant to derivatives
    "stop_gradient",
    value=lambda x: x,
    vjp=None,
    infer=lambda x: (x.shape, x.dtype),
    batch=lambda n, batched, x: stop_gradient(x),
    lower=lambda x: alias(),
    view=True,
)

# ----- sums -----


def reduction(name, *, value, dtype, empty=True, **rules):
    """Make an op that reduces axes: its rules but for derivatives follow from that.

    Parameters
    ----------
    name : str
        Its name, and that of its kernel.
    value : callable
        As for `Structural`; parameters are `axis`, a tuple, and `keepdims`.
    dtype : callable
        Gives the dtype of the result for that of the operand.
    empty : bool
        Whether there is a result of no elements.
    **rules
        Derivatives, as for `Structural`.
    """

    def infer(x, *, axis, keepdims):
        shape = kept_shape(x.shape, axis, keepdims)
        if not empty and any(x.shape[a] == 0 for a in axis):
            raise ValueError(f"{name} of no element: shape {x.shape} along {axis}")
        return shape, dtype(x.dtype)

    def batch(n, batched, x, *, axis, keepdims):
        return op(x, axis=tuple(a + 1 for a in axis), keepdims=keepdims)

    def lower(x, *, axis, keepdims):
        steps = reduced(name, x.shape, axis)
        shape, result = infer(x, axis=axis, keepdims=keepdims)
        return fresh(*steps, *(rounded(shape, result) if _may_round(name, x.dtype) else ()))

    op = Structural(name, value=value, infer=infer, batch=batch, lower=lower, **rules)
    return op


def _may_round(name, dtype):
    """Whether what a kernel gives may be no number of the dtype of the result."""
    return name in ("sum", "norm", "logsumexp") and dtype != np.float64


sum: Structural = reduction(
    "sum",
    value=sum_value,
    dtype=lambda dtype: np.add.reduce(np.zeros(1, dtype)).dtype,
    vjp=(
        lambda g, out, x, *, axis, keepdims: broadcast_to(
            with_axes(g, axis, x.ndim), shape=x.shape
        ),
    ),
    jvp="linear",
)

# ---- what recording a row may need of its operands ----

later.astype = astype
later.broadcast_to = broadcast_to
later.copy = copy
