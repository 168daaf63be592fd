"""Many points through one function.

Points are run together as long as they take the same path. A point for which a guard does not hold
waits for the recording of its own path.
"""

from __future__ import annotations

import contextlib
import operator
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._batch import Batch
from ._errors import BranchChanged
from ._helpers import cores
from ._machine import Machine
from ._paths import leaves_like
from ._points import Points, Rows
from ._progress import Report, check, reporting
from ._recordings import Arguments, Recording
from ._sources import MOST_PATHS, OneRecording, Source

WORTH_A_THREAD = 2e5  # operations for which another thread pays
BRANCH = -10  # the status of a point that takes another path


def checked_threads(threads: Any) -> int | None:
    """Return how many threads are wanted; None for as many as pay."""
    if threads is None:
        return None
    try:
        number = 0 if isinstance(threads, (bool, np.bool_)) else operator.index(threads)
    except TypeError:
        number = 0
    if number < 1:
        raise ValueError(f"threads is a number from 1 on, or None, got {threads!r:.40}")
    return number


class BatchCall:
    """A function of many points, with the memory of its results: a call without arguments.

    Attributes
    ----------
    status : ndarray of int8
        Of the points of the last call: 0, or why one failed.
    """

    def __init__(
        self,
        points: Points,
        source: Source,
        first: Recording,
        out: Any = None,
        axes: Callable[[Recording], Sequence[int]] | None = None,
        threads: int | None = None,
        progress: Any = None,
    ) -> None:
        self._points, self._source, self._first = points, source, first
        self._threads, self._progress = checked_threads(threads), progress
        check(progress)
        self._machine = first.points_machine
        along = [0] * len(first.output_types) if axes is None else axes(first)
        self._rows = Rows(first, points.n, out, along, points.leaves)
        self._inputs, shared = points.inputs(self._machine.dtype)
        self._batch = Batch(self._machine, self._inputs, shared, points.n, self._rows.written)
        self.status = self._batch.status

    def __call__(self) -> Any:
        """Compute all points, from what the arguments hold now; return the arrays of results."""
        self._points.refresh(self._inputs)
        return self._compute(False, False)

    def _compute(self, keep_status: bool, may_fail: bool) -> Any:
        """Compute all points.

        If `keep_status`, a point that fails has a status, otherwise an exception is raised; but one
        that takes a path that cannot be recorded has one only if `may_fail`.
        """
        with reporting(self._progress, self._points.n) as report:
            failed = self._run(self._machine, self._batch, report)
            if failed:
                self._other_paths(report, may_fail)
                if not keep_status:
                    _raise_first(self.status)
            self._rows.finish(self.status if failed else None)
            if report is not None:
                report.end()
        return self._rows.result

    def _run(self, machine: Machine, batch: Batch, report: Report | None) -> int:
        threads = self._threads
        if threads is None:
            work = machine.work * len(batch.status)
            threads = max(1, min(cores(), int(work / WORTH_A_THREAD)))
        return batch.run(threads, report)

    def _other_paths(self, report, may_fail):
        """Compute the points that wait for another path than the first, path by path."""
        points, status = self._points, self.status
        for _ in range(MOST_PATHS):
            waiting = np.flatnonzero(status == BRANCH)
            if not len(waiting):
                return
            try:
                recording = self._source.replay(points.at(int(waiting[0])), holding)
            except BranchChanged:
                if may_fail:
                    return
                raise
            order = in_order_of(self._first, recording)
            machine, n = recording.points_machine, len(waiting)
            inputs, shared = points.inputs(machine.dtype, waiting)
            rows = machine.rows(n)
            batch = Batch(machine, inputs, shared, n, rows)
            if report is not None:
                report.before = points.n - n
            self._run(machine, batch, report)
            if batch.status[0] == BRANCH:  # sums in another order: the last digit decided
                alone = recording.outputs(points.at(int(waiting[0])).inputs())
                for column, x in zip(rows, alone):
                    column[0] = x
                batch.status[0] = 0
            for whole, k in zip(self._rows.written, order):
                whole[waiting] = rows[k]
            status[waiting] = batch.status
        raise RuntimeError(f"the points take more than {MOST_PATHS} paths; use fastgrad.where")


def _raise_first(status):
    """Raise what the first point that failed has met."""
    failed = np.flatnonzero(status)
    if len(failed):
        k = int(failed[0])
        try:
            Machine.fail(int(status[k]))
        except Exception as error:
            raise type(error)(f"point {k}: {error}") from None


def first_recording(points: Points, source: Source) -> Recording:
    """Return a recording of the path of the first point, or if it has none, of any."""
    if points.n:
        try:
            return source.replay(points.at(0), holding)
        except BranchChanged:
            pass  # it is said of the point, when it has been run
    return source.replay(points.at(0), any_path)


def holding(recording: Recording, arguments: Arguments) -> Recording:
    """Return a recording if its guards hold for these arguments."""
    if recording.is_unguarded:
        raise BranchChanged(
            f"{recording.name}: a branch of a point is decided by the last digit of a sum, which "
            "differs between the function and its program; use fastgrad.where, or call the "
            "function for this point alone"
        )
    if recording.graph.guards:
        with contextlib.suppress(IndexError, OverflowError, np.linalg.LinAlgError):
            # the status will tell
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


def batch(
    program: Source,
    chosen: Source,
    arrays: tuple,
    threads: int | None,
    return_status: bool,
    out: Any,
    progress: Any,
) -> Any:
    """See `Program.batch`; `chosen` is the program or a transform of it."""
    threads = checked_threads(threads)
    points = Points(Arguments(arrays, {}), None)
    first = first_recording(points, chosen)
    call = BatchCall(points, chosen, first, out, None, threads, progress)
    result = call._compute(return_status, return_status and isinstance(program, OneRecording))
    if return_status:
        return (*result, call.status) if isinstance(result, tuple) else (result, call.status)
    return result
