"""Structural ops that join arrays."""

from __future__ import annotations

import functools
from itertools import accumulate

import numpy as np

from ._checks import axis_of, shape_of
from ._lowering import copied, dense, fresh
from ._recording import Structural
from ._struct_index import getitem
from ._struct_shape import for_points


def _promoted(name, xs):
    """Return the dtype of arrays joined."""
    if not xs:
        raise ValueError(f"{name} needs at least one array, got none")
    return functools.reduce(np.promote_types, (x.dtype for x in xs))


def _points(n, batched, xs):
    return [for_points(x, n, b) for x, b in zip(xs, batched)]


def _infer_concatenate(*xs, axis, starts):
    dtype = _promoted("concatenate", xs)
    first = xs[0].shape
    axis_of(axis, len(first))
    others = first[:axis] + first[axis + 1 :]
    if any(x.ndim != len(first) or x.shape[:axis] + x.shape[axis + 1 :] != others for x in xs):
        raise ValueError(f"concatenate along {axis} of shapes {[x.shape for x in xs]}"[:200])
    if starts != (0, *accumulate(x.shape[axis] for x in xs)):
        raise ValueError(f"concatenate: the operands do not start at {starts!r:.60}")
    return shape_of((*first[:axis], starts[-1], *first[axis + 1 :])), dtype


def _infer_stack(*xs, axis):
    dtype = _promoted("stack", xs)
    first = xs[0].shape
    axis_of(axis, len(first) + 1)
    if any(x.shape != first for x in xs):
        raise ValueError(f"stack of shapes {[x.shape for x in xs]}"[:200])
    return shape_of((*first[:axis], len(xs), *first[axis:])), dtype


def _lower_concatenate(*xs, axis, starts):
    first = xs[0].shape
    strides = dense((*first[:axis], starts[-1], *first[axis + 1 :]))
    places = [(start * strides[axis], strides) for start in starts]
    return fresh(
        *(
            step
            for k, (x, place) in enumerate(zip(xs, places))
            for step in copied(k, x.shape, (0, dense(x.shape)), place)
        )
    )


def _lower_stack(*xs, axis):
    shape = xs[0].shape
    strides = dense((*shape[:axis], len(xs), *shape[axis:]))
    kept = strides[:axis] + strides[axis + 1 :]
    return fresh(
        *(
            step
            for k in range(len(xs))
            for step in copied(k, shape, (0, dense(shape)), (k * strides[axis], kept))
        )
    )


concatenate: Structural = (
    Structural(  # operand i stands at starts[i] : starts[i + 1] along the axis
        "concatenate",
        value=lambda *xs, axis, starts: np.concatenate(xs, axis=axis),
        vjp=lambda i, g, out, *xs, axis, starts: getitem(
            g, key=(*(slice(None),) * axis, slice(starts[i], starts[i + 1]))
        ),
        jvp="linear",
        infer=_infer_concatenate,
        batch=lambda n, batched, *xs, axis, starts: concatenate(
            *_points(n, batched, xs), axis=axis + 1, starts=starts
        ),
        lower=_lower_concatenate,
    )
)

stack: Structural = Structural(
    "stack",
    value=lambda *xs, axis: np.stack(xs, axis=axis),
    vjp=lambda i, g, out, *xs, axis: getitem(g, key=(*(slice(None),) * axis, i)),
    jvp="linear",
    infer=_infer_stack,
    batch=lambda n, batched, *xs, axis: stack(*_points(n, batched, xs), axis=axis + 1),
    lower=_lower_stack,
)
