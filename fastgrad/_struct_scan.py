"""Structural ops that go along an axis and make each element from the one before it.

A scan is ``out[k] = f(out[k - 1], x[k])``. Its derivative is the recurrence
``dot[k] = by_x[k] * x_dot[k] + by_out[k] * dot[k - 1]``, so a scan states two weights for each
element, and the op `recurrence`, whose derivatives are recurrences again, does the rest at every
order.
"""

from __future__ import annotations

import numpy as np

from . import _loans
from ._checks import axis_of
from ._lowering import SCANS, along, fresh, rounded
from ._ops import add, equal, isnan, logical_or, masked_multiply, select, sigmoid
from ._recording import Structural
from ._struct_index import assign, getitem, put_add, reverse
from ._struct_shape import astype, for_points


def _before(x, axis, first=None):
    """Return for each element the one before it; for the first one 0, or a number."""
    before = (slice(None),) * axis
    key = (*before, slice(1, None))
    found = put_add(getitem(x, key=(*before, slice(None, -1))), key=key, shape=x.shape)
    if first is None:
        return found
    return assign(found, np.array(first, x.dtype), key=(*before, slice(None, 1)))


# ----- the recurrence -----


def _recurrence_value(x, weight, *, axis):
    lowered = _lower_recurrence(x, weight, axis=axis)
    return _loans.run(lowered, (x, weight), x.dtype, x.shape)


def _infer_recurrence(x, weight, *, axis):
    axis_of(axis, x.ndim)
    if x.shape != weight.shape or x.dtype != weight.dtype or x.dtype.kind != "f":
        raise ValueError(
            f"recurrence of {x.dtype}{x.shape} with weights {weight.dtype}{weight.shape}"
        )
    return x.shape, x.dtype


def _back(g, weight, axis):
    """Return the sums of what comes after each element, weighted on the way: the adjoint."""
    weight = _before(reverse(weight, axis=(axis,)), axis)
    return reverse(recurrence(reverse(g, axis=(axis,)), weight, axis=axis), axis=(axis,))


def _recurrence_jvp(dots, out, x, weight, *, axis):
    by_x, by_weight = dots
    if by_weight is not None:
        by_weight = masked_multiply(by_weight, _before(out, axis))
        by_x = by_weight if by_x is None else add(by_x, by_weight)
    return recurrence(by_x, weight, axis=axis)


def _lower_recurrence(x, weight, *, axis):
    if not x.size:
        return fresh()
    return fresh(("recurrence", (0, 1), along(x.shape, axis)), *rounded(x.shape, x.dtype))


recurrence: Structural = Structural(  # out[k] = x[k] + out[k - 1] * weight[k]
    "recurrence",
    value=_recurrence_value,
    vjp=(
        lambda g, out, x, weight, *, axis: _back(g, weight, axis),
        lambda g, out, x, weight, *, axis: masked_multiply(
            _back(g, weight, axis), _before(out, axis)
        ),
    ),
    jvp=_recurrence_jvp,
    reads=(1, "out"),
    infer=_infer_recurrence,
    batch=lambda n, batched, x, weight, *, axis: recurrence(
        for_points(x, n, batched[0]), for_points(weight, n, batched[1]), axis=axis + 1
    ),
    lower=_lower_recurrence,
)

# ----- scans -----


def _scan(name, kernel, ufunc, weights=None):
    """Make an op of a ufunc's accumulate; weights(x, out, axis) gives by_x and by_out.

    Without weights both are 1: it is linear.
    """

    def infer(x, *, axis):
        axis_of(axis, x.ndim)
        return x.shape, ufunc.accumulate(np.zeros(1, x.dtype)).dtype

    def vjp(g, out, x, *, axis):
        if weights is None:
            return reverse(op(reverse(g, axis=(axis,)), axis=axis), axis=(axis,))
        by_x, by_out = weights(x, out, axis)
        return masked_multiply(_back(g, by_out, axis), by_x)

    def jvp(dots, out, x, *, axis):
        by_x, by_out = weights(x, out, axis)
        return recurrence(masked_multiply(dots[0], by_x), by_out, axis=axis)

    def lower(x, *, axis):
        if not x.size:
            return fresh()
        rounding = rounded(x.shape, infer(x, axis=axis)[1])
        return fresh(("scan", (0,), (SCANS[kernel], *along(x.shape, axis))), *rounding)

    op = Structural(
        name,
        value=lambda x, *, axis: ufunc.accumulate(x, axis=axis),
        vjp=(vjp,),
        jvp="linear" if weights is None else jvp,
        reads=() if weights is None else (0, "out"),
        infer=infer,
        batch=lambda n, batched, x, *, axis: op(x, axis=axis + 1),
        lower=lower,
    )
    return op


def _prod_weights(x, out, axis):
    """The product of the elements before, and the element: nothing is divided."""
    return _before(out, axis, 1.0), x


def _extremum_weights(x, out, axis):
    """Elements that have attained the extremum share its derivative evenly."""
    last = _before(out, axis)
    attained = logical_or(equal(x, out), isnan(x))
    same = logical_or(equal(out, last), isnan(last))
    count = recurrence(astype(attained, dtype=x.dtype), astype(same, dtype=x.dtype), axis=axis)
    share = select(attained, 1.0 / count, 0.0)
    return share, select(same, 1.0 - share, 0.0)


def _logsumexp_weights(x, out, axis):
    """The shares of the element and of those before in the sum of exponentials; 0 of nothing."""
    last = _before(out, axis, -np.inf)
    nothing = equal(out, -np.inf)
    return select(nothing, 0.0, sigmoid(x - last)), select(nothing, 0.0, sigmoid(last - x))


cumsum: Structural = _scan("cumsum", "sum", np.add)
cumprod: Structural = _scan("cumprod", "prod", np.multiply, _prod_weights)
cummax: Structural = _scan("cummax", "max", np.maximum, _extremum_weights)
cummin: Structural = _scan("cummin", "min", np.minimum, _extremum_weights)
logcumsumexp: Structural = _scan("logcumsumexp", "logsumexp", np.logaddexp, _logsumexp_weights)
