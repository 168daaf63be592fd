"""The arguments of many points, and the memory of their results."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._graph import dense, exact
from ._paths import leaves_like, paths
from ._recordings import Arguments, Recording
from ._signature import is_recorded

TRIES = 10_000  # of NumPy, to find out whether two strided arrays have an element in common


class Points:
    """The arguments of many points: which leaves have an axis of points, and which are shared."""

    def __init__(self, arguments: Arguments, axes: list[int | None] | None) -> None:
        self.arguments = arguments
        leaves = arguments.leaves
        self.axes = [0 if is_recorded(x) else None for x in leaves] if axes is None else axes
        self.leaves: list[Any] = []
        sizes = {}
        for k, (x, axis) in enumerate(zip(leaves, self.axes)):
            if axis is None:
                self.leaves.append(x)
                continue
            if not is_recorded(x) or np.ndim(x) == 0:
                raise ValueError(self._without_axis(k, explicit=axes is not None))
            if hasattr(x, "filled"):
                raise TypeError(
                    f"{self._name(k)} is a masked array, whose mask would be lost; pass "
                    "x.filled(value)"
                )
            x = np.asarray(x)
            if not -x.ndim <= axis < x.ndim:
                raise ValueError(
                    f"in_axes: axis {axis} of {self._name(k)} is out of range for shape {x.shape}"
                )
            moved = np.moveaxis(x, axis, 0) if axis else x
            self.leaves.append(moved)
            sizes[k] = moved.shape[0]
        if not sizes:
            way = "one in_axes that is not None" if axes else "an array with an entry a point"
            raise ValueError(f"no argument has an axis of points; give at least {way}")
        if len(set(sizes.values())) > 1:
            named = {self._name(k): n for k, n in sizes.items()}
            raise ValueError(
                f"the arguments have different sizes along their axes of points: {named}; they "
                "have to be the same"
            )
        self.n = next(iter(sizes.values()))

    def _name(self, k):
        return self.arguments.names()[k]

    def _without_axis(self, k, explicit):
        x = self.arguments.leaves[k]
        n_positional = sum(n for _, n in self.arguments.each)
        way = "pass it by position and " if k >= n_positional else ""
        way += "give it in_axes None" if explicit else "give an array with an entry a point"
        what = "a scalar" if is_recorded(x) else type(x).__name__
        return f"{self._name(k)} has no axis of points: it is {what}; {way}"

    def at(self, k: int) -> Arguments:
        """Return the arguments of point k; of no point, those of one of zeros."""
        return self.arguments.with_leaves(
            [x if axis is None else _row(x, k) for x, axis in zip(self.leaves, self.axes)]
        )

    def inputs(
        self, dtype: np.dtype[Any], rows: np.ndarray | None = None
    ) -> tuple[list[np.ndarray], list[bool]]:
        """Return the recorded leaves of some points or all as dense rows, and which are shared.

        `dtype` is that of the machine which reads them.

        What is dense already is not copied.
        """
        found, shared = [], []
        for x, axis in zip(self.leaves, self.axes):
            if is_recorded(x):
                shared.append(axis is None)
                part = np.asarray(x) if axis is None or rows is None else x[rows]
                found.append(part if is_dense(part, dtype) else dense(part, dtype))
        return found, shared

    def refresh(self, inputs: list[np.ndarray]) -> None:
        """Bring inputs that are copies to what the arguments hold now."""
        recorded = (x for x in self.leaves if is_recorded(x))
        for kept, x in zip(inputs, recorded):
            if isinstance(x, np.ndarray) and kept is not x and not is_dense(x, kept.dtype):
                np.copyto(kept, exact(x))


def is_dense(x: np.ndarray, dtype: np.dtype[Any]) -> bool:
    """Return whether a machine of a dtype can read an array where it is."""
    return bool(x.dtype == dtype and x.flags.c_contiguous and x.flags.aligned)


def _row(x, k):
    row = x[k] if len(x) else np.zeros(x.shape[1:], x.dtype)
    is_number = x.ndim == 1 and x.dtype == np.float64
    return float(row) if is_number else np.array(row, x.dtype)


class Rows:
    """The results of many points: rows that a machine writes, and the arrays that are returned.

    These are the same where the array that is returned is dense, of the machine's dtype, and has
    its points along axis 0.

    Attributes
    ----------
    written : list of ndarray
        For each output, dense, of the machine's dtype.
    """

    def __init__(
        self, recording: Recording, n: int, out: Any, axes: Sequence[int], inputs: list[Any]
    ) -> None:
        structure, types = recording.result, recording.output_types
        own = recording.points_machine.dtype
        given: list[Any] = [None] * len(types)
        names = [""] * len(types)
        if out is not None:
            given = leaves_like(structure, out, "out", none_is_missing=True)
            names = paths(structure, "out")
        arrays, self.written, self._views = [], [], []
        for x, name, (dtype, shape), axis in zip(given, names, types, axes):
            whole = list(shape)
            whole.insert(axis % (len(shape) + 1), n)
            if x is None:
                x = np.empty(whole, dtype)
            else:
                _check_out(x, name, tuple(whole), dtype)
            view = np.moveaxis(x, axis, 0) if axis else x
            in_place = is_dense(view, own) and type(view) is np.ndarray
            arrays.append(x)
            self._views.append(view)
            self.written.append(view if in_place else np.empty((n, *shape), own))
        if out is not None:
            _check_apart(given, names, inputs)
        self._structure, self._arrays = structure, arrays

    @property
    def result(self) -> Any:
        """The arrays, packed as the result of a point is; once they are written."""
        return self._structure.unflatten(self._arrays)

    def finish(self, status: np.ndarray | None) -> None:
        """Bring what is written to where it is returned.

        Parameters
        ----------
        status : ndarray, optional
            Of the points, if some failed: their rows are NaN, or 0 in a dtype without it.
        """
        for view, written in zip(self._views, self.written):
            if view is not written:
                if status is not None and view.dtype.kind != "f":
                    written[status != 0] = 0.0
                view[...] = written


def _check_out(x, name, shape, dtype):
    if not isinstance(x, np.ndarray):
        raise TypeError(f"{name} has to be an array, got {type(x).__name__}")
    if x.shape != shape or x.dtype != dtype:
        raise ValueError(
            f"{name} has to be of shape {shape} and {dtype}, got shape {x.shape} and {x.dtype}"
        )
    if not x.flags.writeable:
        raise ValueError(f"{name} is read-only; give an array that can be written")


def _check_apart(given, names, inputs):
    """Refuse arrays for results that share memory with each other or with arguments."""
    named = [(x, name) for x, name in zip(given, names) if x is not None]
    arguments = [x for x in inputs if isinstance(x, np.ndarray)]
    for k, (x, name) in enumerate(named):
        if any(np.may_share_memory(x, a, max_work=TRIES) for a in arguments):
            raise ValueError(f"{name} shares memory with an argument; use memory of its own")
        for other, other_name in named[:k]:
            if np.may_share_memory(x, other, max_work=TRIES):
                raise ValueError(f"{other_name} and {name} share memory; use memory of their own")
