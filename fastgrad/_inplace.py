"""Changing a Tensor in place: who may, what becomes of views, what backward is told.

An in-place change computes its result as any op does, and then gives the Tensor the new value and
the new node. The memory is written once; its version rises, so that a sweep which needs the old
value fails. A view that is changed becomes an assignment to its base; views of changed memory are
recorded anew when they are next used.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _ops
from . import _structural as structural
from ._arguments import to_tensor
from ._indexing import is_basic, normal_key
from ._nodes import adopt, follow, is_cell, make_room, overwrite, tape_of
from ._ops import CODES, ROWS
from ._positions import as_parts, is_dynamic, positions
from ._source import place
from ._sweep import tape
from ._tensor import Tensor, box_of, later, values, wrap

_ACCEPTED = (Tensor, np.ndarray, np.generic, float, int, list, tuple)


def _base(t):
    """Return the Tensor whose memory t is a view of, or t itself."""
    box = box_of(t)
    while box is not None and box.view is not None:
        t = box.view[0]
        box = box_of(t)
    return t


def _check_may_change(t):
    box = box_of(t)
    if box is not None and not box.array.flags.writeable:
        raise ValueError(
            "assignment destination is read-only: the memory was made so, or several elements of "
            "this Tensor share it (broadcast_to, expand); write to a copy (t = t.clone())"
        )
    if not tape().grad_enabled:
        return
    base = _base(t)
    if base.requires_grad and base.is_leaf:
        what = "a leaf" if base is t else "a view of a leaf"
        if tape().recording:
            raise RuntimeError(
                f"{what} Variable that requires grad is being used in an in-place operation: a "
                "recorded function cannot change its arguments; change a copy (x = x.copy()) and "
                "return it"
            )
        raise RuntimeError(
            f"{what} Variable that requires grad is being used in an in-place operation; update "
            "parameters inside `with fastgrad.no_grad():`, or write the result to a new name "
            "(w = w - step)"
        )


def _store(t, result, name):
    """Give t the value and the graph of `result`, its memory's other views included."""
    changed = (name, *place())
    if not result.requires_grad and not _base(t).requires_grad:
        overwrite(t, result, changed)
        return
    while box_of(t) is not None and box_of(t).view is not None:
        base, op, params, recorded = box_of(t).view
        if tape().grad_enabled and not recorded:
            raise RuntimeError(
                "A view was created in no_grad mode and is being modified inplace with grad mode "
                "enabled; make the view outside no_grad, or write to a copy (t = t.clone())"
            )
        if op.unview is None:
            raise RuntimeError(
                f"a view made by {op.name} cannot be changed in place while gradients are "
                "tracked; write to a copy (t = t.clone())"
            )
        result, t = op.unview(base, result, **params), base
    overwrite(t, result, changed)


def refresh(t: Tensor) -> None:
    """Bring the node of a Tensor up to date with memory that was changed through another Tensor."""
    stale = []
    while True:
        box = box_of(t)
        if box.stale:
            stale.append(t)
        if box.view is None:
            break
        t = box.view[0]
    on = tape()
    enabled, on.grad_enabled = on.grad_enabled, True  # a view is what its base is, also in no_grad
    try:
        for t in reversed(stale):
            if tape_of(t) not in (None, on):
                return  # using it will be refused
            box = box_of(t)
            again = None
            if box.view is not None:
                base, op, params, recorded = box.view
                again = op(base, **params) if recorded else None
            if again is not None and again.requires_grad:
                make_room(t)
                adopt(t, again)
            else:
                follow(t)
            box.refreshed()
    finally:
        on.grad_enabled = enabled


def _reads_itself(name):
    """Whether a local gradient reads the first operand, which is about to be overwritten."""
    from ._array import reads

    if name == "matmul":
        return True
    return name in CODES and any(
        reads(CODES[name], k, "x") for k in range(ROWS[CODES[name]]["arity"])
    )


def _is_number(t):
    """Whether NumPy would have a number here, which no one can change: the name gets a new one.

    Elements and sums are numbers; what numpy.zeros(()) and numpy.array(number) make are arrays.
    """
    return not t.ndim and not is_cell(t)


def check_holds(t: Tensor, result: Tensor, name: str, widens: bool = False) -> None:
    """Raise what NumPy raises if t cannot take the result of `name`; `widens` broadcasts it."""
    shape = np.broadcast_shapes(result.shape, t.shape) if widens else result.shape
    if shape != t.shape:
        raise ValueError(
            f"non-broadcastable output operand with shape {t.shape} doesn't match the broadcast "
            f"shape {shape} of {name}; write the result to a new name"
        )
    if not np.can_cast(result.dtype, t.dtype, "same_kind"):
        raise TypeError(
            f"{name} gives dtype {result.dtype}, which can't be cast to {t.dtype} in place; "
            "write it to a new name, or make the output with dtype=float"
        )


def inplace(t: Tensor, name: str, other: Any) -> Any:
    """Return t after ``t op= other``.

    Raises
    ------
    RuntimeError
        If t is a leaf that requires a gradient, or a view of one, outside `no_grad`.
    ValueError
        If the result has another shape than t.
    TypeError
        If the result does not fit the dtype of t, as for integers += float.
    """
    if not isinstance(other, _ACCEPTED):
        return NotImplemented
    if tape().recording and _is_number(t):
        function = getattr(_ops, name, None) or later.arithmetic[name]
        return function(t, to_tensor(other) if isinstance(other, (list, tuple)) else other)
    _check_may_change(t)
    if isinstance(other, (list, tuple)):
        other = to_tensor(other)
    tracked = t.requires_grad or (isinstance(other, Tensor) and other.requires_grad)
    old = t
    if tracked and tape().grad_enabled and _reads_itself(name):
        old = structural.copy(t)  # so that the value the rule reads outlives the change
    function = getattr(_ops, name, None) or later.arithmetic[name]
    result = function(old, other)
    check_holds(t, result, name)
    if result.dtype != t.dtype:
        result = structural.astype(result, dtype=t.dtype)
    _store(t, result, name)
    return t


def _spread(value, shape):
    """Return a value that is assigned, broadcast to the shape of its place."""
    lengths = value.shape
    while len(lengths) > len(shape) and lengths[0] == 1:  # NumPy allows these here
        lengths = lengths[1:]
    if len(lengths) > len(shape) or any(
        n not in (1, m) for n, m in zip(lengths[::-1], shape[::-1])
    ):
        raise ValueError(
            f"a value of shape {value.shape} could not be broadcast to the shape {shape} of the "
            "elements that the index names"
        )
    if lengths != value.shape:
        value = structural.reshape(value, shape=lengths)
    return value if lengths == shape else structural.broadcast_to(value, shape=shape)


def setitem(t: Tensor, key: Any, value: Any) -> None:
    """Assign to elements, as NumPy does; recorded if t, value or the index is tracked."""
    _check_may_change(t)
    key = normal_key(key)
    value = to_tensor(value)
    if value.dtype != t.dtype:
        if not np.can_cast(value.dtype, t.dtype, "same_kind") and not (
            value.size
            and not value.requires_grad  # an integer has no gradient
            and t.dtype.kind in "iub"
            and _holds(t.dtype, later.concrete(value))
        ):
            raise TypeError(
                f"can't assign {value.dtype} to elements of a Tensor of dtype {t.dtype}; make the "
                "Tensor with dtype=float"
            )
        value = structural.astype(value, dtype=t.dtype)
    if box_of(t) is not None and not _is_tracked(t, key, value):
        changed = "assignment", *place()
        values(t)[key] = values(value)
        box_of(t).bump(changed)
        return
    if is_basic(key):
        result = structural.assign(t, value, key=key)
    else:
        where = positions(t.shape, key)
        if value.ndim:
            value = _spread(value, where.shape)
        result = structural.scatter_set(t, where, value)
    _store(t, result, "assignment")


def _holds(dtype, array):
    """Whether a dtype can hold the numbers of an array."""
    return np.all(array == array.astype(dtype))


def _is_tracked(t, key, value):
    """Whether a change of t must become a part of the graph."""
    if t.requires_grad:
        return True
    return tape().grad_enabled and (value.requires_grad or any(map(is_dynamic, as_parts(key))))


def add_at(t: Tensor, key: Any, value: Any, name: str = "add.at") -> None:
    """Add to elements in place, once for each time that the index names one.

    Raises
    ------
    RuntimeError
        If t is a leaf that requires a gradient, or a view of one, outside `no_grad`.
    TypeError
        If the dtype of the value does not fit that of t.
    ValueError
        If the value does not broadcast to the place.
    """
    _check_may_change(t)
    key = normal_key(key)
    value = to_tensor(value)
    if value.dtype != t.dtype:
        if not np.can_cast(value.dtype, t.dtype, "same_kind"):
            raise TypeError(
                f"{name} of {value.dtype} to elements of a Tensor of dtype {t.dtype}; make the "
                "Tensor with dtype=float"
            )
        value = structural.astype(value, dtype=t.dtype)
    if box_of(t) is not None and not _is_tracked(t, key, value):
        changed = name, *place()
        np.add.at(values(t), key, values(value))
        box_of(t).bump(changed)
        return
    where = None if is_basic(key) else positions(t.shape, key)
    shape = structural.getitem(t, key=key).shape if where is None else where.shape
    if value.ndim > len(shape):
        raise ValueError(
            f"{name}: a value of shape {value.shape} is not broadcastable to the shape {shape} of "
            "the elements that the index names"
        )
    value = _spread(value, shape)
    if where is None:
        change = structural.put_add(value, key=key, shape=t.shape)
    else:
        change = structural.scatter_add(value, where, shape=t.shape)
    _store(t, t + change, name)


def zero_(self: Tensor) -> Tensor:
    """Set all elements to 0 in place and return the Tensor."""
    _check_may_change(self)
    if self.requires_grad and tape().grad_enabled:
        zeros = structural.assign(self, np.zeros((), self.dtype), key=...)
    else:
        zeros = wrap(np.zeros(self.shape, self.dtype))
    _store(self, zeros, "zero_")
    return self


def get_data(self: Tensor) -> Tensor:
    """The value as an untracked Tensor (an array shares its memory); settable."""
    if tape().recording and self.requires_grad:
        raise RuntimeError(
            ".data of a Tensor while a function is recorded would silently cut gradients; use "
            "fastgrad.stop_gradient(x) if they are to end here, or x itself"
        )
    return self.detach()


def set_data(self: Tensor, value: Any) -> None:
    """Give the Tensor another value, unrecorded."""
    value = to_tensor(value).detach()
    if value.shape != self.shape or value.dtype != self.dtype:
        raise RuntimeError(
            f"data of shape {value.shape} and dtype {value.dtype} can't be set on a Tensor of "
            f"shape {self.shape} and dtype {self.dtype}; make a new Tensor"
        )
    overwrite(self, value, ("data", *place()))


later.inplace = inplace
later.setitem = setitem
later.refresh = refresh

METHODS: dict[str, Any] = {"zero_": zero_, "data": property(get_data, set_data)}
