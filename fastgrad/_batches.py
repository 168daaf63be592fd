"""Many points through one function: vmap, and the batches of Programs.

Points are run together as long as they take the same path. A point for which a guard does not hold
waits for the recording of its own path.
"""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from ._errors import BranchChanged
from ._graph import dense
from ._machine import Machine
from ._paths import leaves_like
from ._recordings import Arguments, Recording
from ._signature import is_recorded
from ._sources import MOST_PATHS, OneRecording, Source

WORTH_A_THREAD = 2e5  # operations for which a second thread pays


def run_points(
    machine: Machine, inputs: list[np.ndarray], shared: list[bool], n: int, threads: int | None
) -> tuple[list[np.ndarray], np.ndarray]:
    """Return the outputs of n points, a row each, and their status; in threads if it pays."""
    work = machine.work * n
    if threads is None:
        threads = max(1, min(os.cpu_count() or 1, int(work / WORTH_A_THREAD)))
    threads = max(1, min(threads, n // 32 or 1))
    if threads == 1:
        return machine.batch(inputs, shared, n)
    outputs, status = machine.rows(n), np.zeros(n, np.int8)
    # whole tiles for each thread, so that no result depends on their number
    ends = [min(n, (n * k // threads + 31) // 32 * 32) for k in range(threads + 1)]
    with ThreadPoolExecutor(threads) as pool:
        parts = [
            pool.submit(machine.batch, inputs, shared, n, start, stop, outputs, status)
            for start, stop in itertools.pairwise(ends)
        ]
        for part in parts:
            part.result()
    return outputs, status


class Points:
    """The arguments of many points: which leaves have an axis of points, and which are shared."""

    def __init__(self, arguments: Arguments, axes: list[int | None] | None) -> None:
        self.arguments = arguments
        leaves = arguments.leaves
        self.axes = [0 if is_recorded(x) else None for x in leaves] if axes is None else axes
        self.leaves: list[Any] = []
        sizes = {}
        names = arguments.names()
        n_positional = sum(n for _, n in arguments.each)
        for k, (x, axis) in enumerate(zip(leaves, self.axes)):
            if axis is None:
                self.leaves.append(x)
                continue
            if not is_recorded(x) or np.ndim(x) == 0:
                way = "pass it by position and " if k >= n_positional else ""
                way += "give it in_axes None" if axes else "give an array with an entry a point"
                raise ValueError(
                    f"{names[k]} has no axis of points: it is "
                    f"{'a scalar' if is_recorded(x) else type(x).__name__}; {way}"
                )
            x = np.asarray(x)
            if not -x.ndim <= axis < x.ndim:
                raise ValueError(
                    f"in_axes: axis {axis} of {names[k]} is out of range for shape {x.shape}"
                )
            moved = np.moveaxis(x, axis, 0)
            self.leaves.append(moved)
            sizes[names[k]] = moved.shape[0]
        if not sizes:
            raise ValueError(
                "vmap: no argument has an axis of points; give at least one in_axes that is not "
                "None"
            )
        if len(set(sizes.values())) > 1:
            raise ValueError(
                f"the arguments have different sizes along their axes of points: {sizes}; they "
                "have to be the same"
            )
        self.n = next(iter(sizes.values()))

    def at(self, k: int) -> Arguments:
        """Return the arguments of point k; of no point, those of one of zeros."""
        return self.arguments.with_leaves(
            [x if axis is None else _row(x, k) for x, axis in zip(self.leaves, self.axes)]
        )

    def inputs(self, rows: np.ndarray | slice) -> tuple[list[np.ndarray], list[bool]]:
        """Return the recorded leaves of some points as dense rows, and which are shared."""
        found, shared = [], []
        for x, axis in zip(self.leaves, self.axes):
            if is_recorded(x):
                shared.append(axis is None)
                part = np.asarray(x) if axis is None else x[rows]
                fits = part.dtype == np.float64 and part.flags.carray
                found.append(part if fits else dense(part))
        return found, shared


def _row(x, k):
    row = x[k] if len(x) else np.zeros(x.shape[1:], x.dtype)
    return float(row) if row.ndim == 0 and row.dtype == np.float64 else np.array(row)


def run_paths(
    points: Points, source: Source, threads: int | None, may_fail: bool = False
) -> tuple[Recording, list[np.ndarray], np.ndarray]:
    """Return a recording, the outputs of all points and their status, path by path.

    If `may_fail`, points that take a path without a recording are left with their status.
    """

    def find(k):
        try:
            return source.replay(points.at(k), holding)
        except BranchChanged:
            if not may_fail:
                raise
            return None

    first = find(0) if points.n else None
    if first is None:
        first = source.replay(points.at(0), any_path)
    recording, outputs = first, first.points_machine.rows(points.n)
    order = in_order_of(first, first)
    status = np.zeros(points.n, np.int8)
    rows: np.ndarray | slice = slice(None)
    waiting = np.arange(points.n)
    for _ in range(MOST_PATHS):
        inputs, shared = points.inputs(rows)
        found, failed = run_points(recording.points_machine, inputs, shared, len(waiting), threads)
        for whole, k in zip(outputs, order):
            whole[waiting[failed == 0]] = found[k][failed == 0]
        other = (failed != 0) & (failed != BRANCH)
        if other.any():
            recording.points_machine.fail(int(failed[other][0]))
        status[waiting] = failed
        rows = waiting = waiting[failed == BRANCH]
        if not len(waiting):
            break
        recording = find(int(waiting[0]))
        if recording is None:
            break
        order = in_order_of(first, recording)
    else:
        raise RuntimeError(f"the points take more than {MOST_PATHS} paths; use fastgrad.where")
    return first, outputs, status


BRANCH = -10


def holding(recording: Recording, arguments: Arguments) -> Recording:
    """Return a recording if its guards hold for these arguments."""
    recording.outputs(arguments.inputs())
    return recording


def any_path(recording: Recording, arguments: Arguments) -> Recording:
    """Return a recording, whichever path it takes."""
    return recording


def in_order_of(first: Recording, other: Recording) -> list[int]:
    """Return which outputs of another path stand beside the outputs of the first, in their order.

    Raises
    ------
    ValueError
        If the results of the two are packed differently, or have other shapes or dtypes.
    """
    numbers = list(range(len(other.graph.outputs)))
    try:
        order = leaves_like(first.result, other.result.unflatten(numbers), "the result")
    except ValueError as error:
        raise ValueError(
            f"points on different paths have results that are packed differently: {error}; return "
            "the same containers on each path"
        ) from None
    types = [other.output_types[k] for k in order]
    if types != first.output_types:
        wanted, got = ([(str(d), s) for d, s in found] for found in (first.output_types, types))
        raise ValueError(
            f"points on different paths have results of different shapes or dtypes: {wanted} and "
            f"{got}; they cannot stand in one array"
        )
    return order


def packed(recording: Recording, outputs: list[np.ndarray]) -> Any:
    """Return the outputs of points as the result is packed, in their dtypes."""
    leaves = [
        x if dtype == x.dtype else x.astype(dtype)
        for x, (dtype, _) in zip(outputs, recording.points_machine.outputs)
    ]
    return recording.result.unflatten(leaves)


def batch(
    source: Source, arrays: tuple, what: str, threads: int | None, return_status: bool
) -> Any:
    """See `Program.batch`."""
    from ._transforms import grad, value_and_grad

    makers = {"value": lambda s: s, "grad": grad, "value_and_grad": value_and_grad}
    if what not in makers:
        raise ValueError(f"what={what!r} is not known; give one of {', '.join(makers)}")
    if threads is not None and (not isinstance(threads, int) or threads < 1):
        raise ValueError(f"threads is a number from 1 on, or None, got {threads!r:.40}")
    chosen = makers[what](source)
    points = Points(Arguments(arrays, {}), None)

    may_fail = return_status and isinstance(source, OneRecording)
    recording, outputs, status = run_paths(points, chosen, threads, may_fail)
    result = packed(recording, outputs)
    if return_status:
        return (*result, status) if isinstance(result, tuple) else (result, status)
    return result
