"""Structural ops: the value of each and its gradient rule, side by side.

A structural op moves, joins or reduces whole arrays, so no scalar formula of the op table fits it.
Each is one object. Its `value` takes NumPy arrays and gives one NumPy array; its `vjp` has one rule
for each operand. In a rule these are in scope:

    g       the cotangent of the result, with its shape
    out     the result
    x, ...  the operands; those (or "out") not named in `reads` have only .shape .ndim .dtype .size
    *, ...  the static parameters the op was called with

and the rule gives the cotangent of its operand, with its shape. A rule uses only ops of fastgrad,
so that recording it gives the rule of the next order: no op here has a second formula. Where g is
0 a rule gives 0, also beside infinities and NaN: it multiplies by masked_multiply and masks by
select. A rule of None says that there is no derivative: the result is an index or a truth value.

Axes arrive as tuples of distinct numbers from 0 to ndim - 1 and shapes as tuples without -1;
the public functions see to that.
"""

from __future__ import annotations

import math

import numpy as np

from ._convert import checked_dtype
from ._ops import equal, exp, isfinite, isnan, logical_or, masked_multiply, not_equal, select
from ._recording import Structural
from ._tensor import later

# ----- helpers of values: NumPy arrays in, NumPy arrays out -----

_BLOCK = 128  # NumPy's own pairwise sum adds runs of this length one by one


def _sum_value(x, *, axis, keepdims):
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


def _logsumexp_value(x, *, axis, keepdims):
    """max + log(sum(exp(x - max))), where the terms at the maximum are counted, not added.

    So the logarithm is one of 1 + (something small), and its small digits are kept.
    """
    if not x.size:  # the sum of no exponentials is zero
        return np.full(np.sum(x, axis=axis, keepdims=keepdims).shape, -np.inf, x.dtype)
    top = np.max(x, axis=axis, keepdims=True)
    is_top = x == top
    count = np.sum(is_top, axis=axis, keepdims=True, dtype=x.dtype)
    shift = np.where(np.isfinite(top), top, np.zeros_like(top))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        rest = np.where(is_top, np.zeros_like(x), np.exp(x - shift))
        out = top + np.log(count) + np.log1p(_sum_value(rest, axis=axis, keepdims=True) / count)
    return out if keepdims else np.squeeze(out, axis)


def _norm_value(x, *, axis, keepdims):
    """sqrt(sum(x * x)), scaled where the squares would leave the range of the dtype."""
    info = np.finfo(x.dtype)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        out = np.sqrt(_sum_value(x * x, axis=axis, keepdims=keepdims))
        if np.all((out > (info.tiny / info.eps) ** 0.5) & np.isfinite(out)):
            return out
        scale = np.max(np.abs(x), axis=axis, keepdims=True, initial=0)
        scale = np.where((scale > 0) & np.isfinite(scale), scale, np.ones_like(scale))
        scaled = x / scale
        out = scale * np.sqrt(_sum_value(scaled * scaled, axis=axis, keepdims=True))
    return out if keepdims else np.squeeze(out, axis)


def _may_repeat(key):
    """Whether an index may name an element twice: only integer arrays can."""
    keys = key if isinstance(key, tuple) else (key,)
    for k in keys:
        if isinstance(k, np.ndarray) and k.dtype.kind in "iu":
            return True
    return False


def _positions(key, shape):
    """The number of the element, in C order, that each element of x[key] is."""
    return np.arange(math.prod(shape)).reshape(shape)[key]


def _put_add_value(g, *, key, shape):
    x = np.zeros(shape, g.dtype)
    if _may_repeat(key):
        np.add.at(x.reshape(-1), _positions(key, shape).reshape(-1), g.reshape(-1))
    else:
        x[key] = g
    return x


def _assign_value(x, value, *, key):
    x = x.copy(order="C")
    if _may_repeat(key):  # in C order, so that it is certain which of two values stays
        place = _positions(key, x.shape)
        while value.ndim > place.ndim and value.shape[0] == 1:  # NumPy allows these here
            value = value[0]
        x.reshape(-1)[place.reshape(-1)] = np.broadcast_to(value, place.shape).reshape(-1)
    else:
        x[key] = value
    return x


def _stays(key, shape):
    """Which elements of a value assigned to x[key] are still there at the end."""
    place = _positions(key, shape)
    order = np.arange(place.size)
    last = np.zeros(math.prod(shape), np.intp)
    last[place.reshape(-1)] = order
    return last[place] == order.reshape(place.shape)


# ----- helpers of rules: Tensors in, Tensors out -----


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


def _share(g, out, x, *, axis, keepdims):
    """The rule of max and min: elements that attain the extremum share its cotangent evenly."""
    attained = logical_or(equal(x, with_axes(out, axis, x.ndim)), isnan(x))
    count = sum(astype(attained, dtype=x.dtype), axis=axis, keepdims=True)
    return select(attained, with_axes(g, axis, x.ndim) / count, 0.0)


def _logsumexp_rule(g, out, x, *, axis, keepdims):
    """g softmax(x); 0 where all elements are -inf."""
    # a constant, whose only purpose is to keep the exponentials in range
    shift = with_axes(out, axis, x.ndim).detach()
    weight = exp(x - select(isfinite(shift), shift, 0.0))
    total = sum(weight, axis=axis, keepdims=True)
    weight = weight / select(equal(total, 0.0), 1.0, total)
    return masked_multiply(with_axes(g, axis, x.ndim), weight)


def _norm_rule(g, out, x, *, axis, keepdims):
    """g x / out; 0 at x = 0, and so at every order."""
    out = with_axes(out, axis, x.ndim)
    away = not_equal(out, 0.0)
    direction = select(away, x / select(away, out, 1.0), 0.0)
    return masked_multiply(with_axes(g, axis, x.ndim), direction)


def _assigned_rule(g, out, x, value, *, key):
    """The cotangent of an assigned value: of two values for one element, only the last counts."""
    g = getitem(g, key=key)
    if _may_repeat(key):
        g = select(_stays(key, x.shape), g, 0.0)
    return sum_to(g, shape=value.shape)


def _inverse(axes):
    """The order of axes that undoes an order."""
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def _swap(x):
    """Transpose the last two axes."""
    return transpose(x, axes=(*range(x.ndim - 2), x.ndim - 1, x.ndim - 2))


def reverse(x, *, axis):
    """Reverse the order of the elements along some axes."""
    key = tuple(slice(None, None, -1 if a in axis else None) for a in range(x.ndim))
    return getitem(x, key=key)


# ----- shapes -----

reshape: Structural = Structural(
    "reshape",
    value=lambda x, *, shape: x.reshape(shape),
    vjp=(lambda g, out, x, *, shape: reshape(g, shape=x.shape),),
    view=True,
    unview=lambda base, value, *, shape: reshape(value, shape=base.shape),
)

transpose: Structural = Structural(
    "transpose",
    value=lambda x, *, axes: x.transpose(axes),
    vjp=(lambda g, out, x, *, axes: transpose(g, axes=_inverse(axes)),),
    view=True,
    unview=lambda base, value, *, axes: transpose(value, axes=_inverse(axes)),
)

broadcast_to: Structural = Structural(
    "broadcast_to",
    value=lambda x, *, shape: np.broadcast_to(x, shape),
    vjp=(lambda g, out, x, *, shape: sum_to(g, shape=x.shape),),
    view=True,
)

copy: Structural = Structural(
    "copy",
    value=lambda x: x.copy(),
    vjp=(lambda g, out, x: g,),
)

astype: Structural = Structural(
    "astype",
    value=lambda x, *, dtype: x.astype(checked_dtype(dtype)),
    vjp=(lambda g, out, x, *, dtype: astype(g, dtype=x.dtype),),
)

# ----- indexing and joining -----

getitem: Structural = Structural(
    "getitem",
    value=lambda x, *, key: x[key],
    vjp=(lambda g, out, x, *, key: put_add(g, key=key, shape=x.shape),),
    view=True,
    unview=lambda base, value, *, key: assign(base, value, key=key),
)

put_add: Structural = Structural(  # the adjoint of getitem: zeros, with g added at key
    "put_add",
    value=_put_add_value,
    vjp=(lambda g, out, x, *, key, shape: getitem(g, key=key),),
)

assign: Structural = Structural(  # x, but with `value` at x[key]
    "assign",
    value=_assign_value,
    vjp=(
        lambda g, out, x, value, *, key: assign(g, np.zeros((), g.dtype), key=key),
        _assigned_rule,
    ),
)

concatenate: Structural = (
    Structural(  # operand i stands at starts[i] : starts[i + 1] along the axis
        "concatenate",
        value=lambda *xs, axis, starts: np.concatenate(xs, axis=axis),
        vjp=lambda i, g, out, *xs, axis, starts: getitem(
            g, key=(*(slice(None),) * axis, slice(starts[i], starts[i + 1]))
        ),
    )
)

stack: Structural = Structural(
    "stack",
    value=lambda *xs, axis: np.stack(xs, axis=axis),
    vjp=lambda i, g, out, *xs, axis: getitem(g, key=(*(slice(None),) * axis, i)),
)

# ----- reductions -----

sum: Structural = Structural(
    "sum",
    value=_sum_value,
    vjp=(
        lambda g, out, x, *, axis, keepdims: broadcast_to(
            with_axes(g, axis, x.ndim), shape=x.shape
        ),
    ),
)

max: Structural = Structural(
    "max",
    value=lambda x, *, axis, keepdims: np.maximum.reduce(x, axis=axis, keepdims=keepdims),
    vjp=(_share,),
    reads=(0, "out"),
)

min: Structural = Structural(
    "min",
    value=lambda x, *, axis, keepdims: np.minimum.reduce(x, axis=axis, keepdims=keepdims),
    vjp=(_share,),
    reads=(0, "out"),
)

norm: Structural = Structural(  # the root of the sum of squares
    "norm",
    value=_norm_value,
    vjp=(_norm_rule,),
    reads=(0, "out"),
)

logsumexp: Structural = Structural(
    "logsumexp",
    value=_logsumexp_value,
    vjp=(_logsumexp_rule,),
    reads=(0, "out"),
)

cumsum: Structural = Structural(
    "cumsum",
    value=lambda x, *, axis: np.cumsum(x, axis=axis),
    vjp=(
        lambda g, out, x, *, axis: reverse(
            cumsum(reverse(g, axis=(axis,)), axis=axis), axis=(axis,)
        ),
    ),
)

# ----- products -----

matmul: Structural = (
    Structural(  # of operands with two axes or more; the axes before the last two broadcast
        "matmul",
        value=np.matmul,
        vjp=(
            lambda g, out, a, b: sum_to(matmul(g, _swap(b)), shape=a.shape),
            lambda g, out, a, b: sum_to(matmul(_swap(a), g), shape=b.shape),
        ),
        reads=(0, 1),
    )
)

# ----- no gradient: indices and truth values -----

argmax: Structural = Structural(
    "argmax",
    value=lambda x, *, axis, keepdims: np.argmax(x, axis=axis, keepdims=keepdims),
    vjp=(None,),
)

argmin: Structural = Structural(
    "argmin",
    value=lambda x, *, axis, keepdims: np.argmin(x, axis=axis, keepdims=keepdims),
    vjp=(None,),
)

argsort: Structural = Structural(
    "argsort",
    value=lambda x, *, axis: np.argsort(x, axis=axis, kind="stable"),
    vjp=(None,),
)

argwhere: Structural = Structural(
    "argwhere",
    value=lambda x: np.argwhere(x),
    vjp=(None,),
)

any: Structural = Structural(
    "any",
    value=lambda x, *, axis, keepdims: np.any(x, axis=axis, keepdims=keepdims),
    vjp=(None,),
)

all: Structural = Structural(
    "all",
    value=lambda x, *, axis, keepdims: np.all(x, axis=axis, keepdims=keepdims),
    vjp=(None,),
)

# ---- what recording a row may need of its operands ----

later.astype = astype
later.broadcast_to = broadcast_to
later.copy = copy
