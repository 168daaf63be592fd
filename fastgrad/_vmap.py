"""vmap: a function of one point as a function of many, also inside of other transforms."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from . import _structural as structural
from ._batches import (
    BatchCall,
    any_path,
    checked_threads,
    first_recording,
    holding,
    in_order_of,
)
from ._batching import Given, copy_into, unbatched
from ._graph import Graph
from ._inline import apply_graph
from ._paths import leaves_like
from ._points import Points
from ._recordings import Arguments, Recording
from ._shape import moveaxis
from ._signature import is_recorded
from ._sources import Source, source_of
from ._sweep import tape
from ._tensor import Tensor, later, values, wrap
from ._tree import flatten


def _axes_of(in_axes, args):
    """Return the axis of points of each leaf of the positional arguments; None: shared."""
    if isinstance(in_axes, list):
        in_axes = tuple(in_axes)
    if not isinstance(in_axes, tuple):
        in_axes = (in_axes,) * len(args)
    if len(in_axes) != len(args):
        raise ValueError(
            f"vmap: in_axes has {len(in_axes)} entries and the call {len(args)} positional "
            "arguments; give an axis or None for each"
        )
    axes: list[int | None] = []
    for k, (axis, x) in enumerate(zip(in_axes, args)):
        leaves, structure = flatten(x)
        if axis is None or (isinstance(axis, int) and not isinstance(axis, bool)):
            axes += [axis if is_recorded(leaf) else None for leaf in leaves]
            continue
        axes += _nested_axes(axis, structure, f"vmap: in_axes[{k}]", "argument")
    return axes


def _nested_axes(axes, structure, name, of):
    try:
        found = leaves_like(structure, axes, name, none_is_missing=True)
    except ValueError as error:
        raise ValueError(f"{error}; give axes packed as the {of}, or one axis") from None
    for a in found:
        if a is not None and (isinstance(a, bool) or not isinstance(a, int)):
            raise TypeError(f"{name} holds axes (int) and None, got {a!r:.40}")
    return found


class Vmap:
    """A function of many points. Made by `fastgrad.vmap`."""

    def __init__(self, function: Any, in_axes: Any, out_axes: Any, threads: int | None) -> None:
        self.source: Source = source_of(function)
        self.in_axes, self.out_axes, self.threads = in_axes, out_axes, checked_threads(threads)
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arguments = Arguments(args, kwargs)
        axes = self._axes(arguments, args)
        if tape().recording or any(isinstance(x, Tensor) for x in arguments.leaves):
            return self._with_axes(self._of_tensors(arguments, axes))
        points = Points(arguments, axes)
        first = first_recording(points, self.source)
        call = BatchCall(points, self.source, first, None, self._out_axes, self.threads)
        return call()

    def bind(
        self,
        *arrays: np.ndarray,
        out: Any = None,
        threads: int | None = None,
        progress: Any = None,
    ) -> BatchCall:
        """Return a call without arguments that reads arrays and writes its results into others.

        Parameters
        ----------
        *arrays : ndarray, or anything that all points share
            The arguments. The call reads what the arrays hold then; numbers stay as they are. Those
            that are dense, of float64, with their points along axis 0 are read where they are;
            others are copied at each call.
        out : ndarray or container of them, optional
            Where the results are written, packed as they are, with None for arrays that are to be
            made. Of the shape and dtype of the result; no memory of an argument.
        threads : int, optional
            In how many threads; by default as `vmap` was told.
        progress : bool or callable, optional
            As of `Program.batch`, at each call.

        Returns
        -------
        callable
            Returns the results: the same arrays at each call. It makes no array itself, but where
            points take another path than the one that was recorded first.

        Raises
        ------
        TypeError
            If an argument with points is no array.

        Notes
        -----
        A plain function is recorded once, here. One thread at a time may make the call.

        Examples
        --------
        >>> import fastgrad as fg
        >>> import numpy as np
        >>> x, y = np.array([1.0, 2.0]), np.zeros(2)
        >>> call = fg.vmap(lambda x: x**2).bind(x, out=y)
        >>> call() is y, y
        (True, array([1., 4.]))
        >>> x += 1.0
        >>> call()
        array([4., 9.])
        """
        arguments = Arguments(arrays, {})
        axes = self._axes(arguments, arrays)
        for x, axis, name in zip(arguments.leaves, axes, arguments.names()):
            if isinstance(x, Tensor) or (axis is not None and not isinstance(x, np.ndarray)):
                raise TypeError(
                    f"bind: {name} has to be an array, got {type(x).__name__}; use "
                    "numpy.asarray(x, float)"
                )
        if tape().recording:
            raise RuntimeError("a call on fixed arrays cannot be part of a recording; call vmap")
        points = Points(arguments, axes)
        first = self.source.replay(points.at(0), any_path)
        threads = self.threads if threads is None else threads
        return BatchCall(points, self.source, first, out, self._out_axes, threads, progress)

    def _axes(self, arguments, args):
        axes = _axes_of(self.in_axes, args)
        return axes + [0 if is_recorded(x) else None for x in arguments.leaves[len(axes) :]]

    def _of_tensors(self, arguments, axes):
        """Inside a recording, or for eager Tensors: the batched graph applied to them."""
        points = TensorPoints(arguments, axes)
        first: Recording | None = None
        waiting = np.arange(points.n)
        rows: list[np.ndarray] = []
        parts: list[list[Tensor]] = []
        while first is None or len(waiting):
            if len(waiting):
                recording = self.source.replay(points.at(int(waiting[0])), holding)
            else:
                recording = self.source.replay(points.at(0), any_path)
            first = first or recording
            order = in_order_of(first, recording)
            some, holds = _run_tensors(recording, points, waiting)
            if len(waiting) and not holds.any():
                raise RuntimeError("a point does not take the path that was recorded for it")
            rows.append(waiting[holds])
            parts.append([some[k] for k in order])
            waiting = waiting[~holds]
        outputs = [_in_order(list(column), rows) for column in zip(*parts)]
        return first.result.unflatten(outputs)

    def _out_axes(self, recording):
        """Return the axis of points of each output."""
        return self._axes_like(recording.result, [shape for _, shape in recording.output_types])

    def _axes_like(self, structure, shapes):
        axes = [self.out_axes] * len(shapes)
        if not isinstance(self.out_axes, int):
            axes = _nested_axes(self.out_axes, structure, "vmap: out_axes", "result")
        for axis, shape in zip(axes, shapes):
            _check_out_axis(axis, shape)
        return axes

    def _with_axes(self, result):
        if self.out_axes == 0:
            return result
        leaves, structure = flatten(result)
        axes = self._axes_like(structure, [x.shape[1:] for x in leaves])
        return structure.unflatten([moveaxis(x, 0, a) for x, a in zip(leaves, axes)])


def _check_out_axis(axis, shape):
    if axis is None:
        raise ValueError(
            "vmap: out_axes None needs results that do not depend on the point; give an axis"
        )
    if not -len(shape) - 1 <= axis <= len(shape):
        raise ValueError(
            f"vmap: out_axes {axis} is out of range for results of a point of shape {shape}"
        )


class TensorPoints:
    """As Points, of Tensors; each mapped leaf has its points along axis 0."""

    def __init__(self, arguments: Arguments, axes: list[int | None]) -> None:
        self.axes, self.leaves = axes, []
        plain = [values(x) if isinstance(x, Tensor) else x for x in arguments.leaves]
        self.numbers = Points(arguments.with_leaves(plain), axes)
        self.n = self.numbers.n
        for x, axis in zip(arguments.leaves, axes):
            if axis is None:
                self.leaves.append(x)
            else:
                t = x if isinstance(x, Tensor) else wrap(np.asarray(x))
                self.leaves.append(moveaxis(t, axis, 0) if axis else t)

    def at(self, k: int) -> Arguments:
        """Return the arguments of point k, as numbers."""
        return self.numbers.at(k)

    def inputs(self, rows: np.ndarray) -> tuple[list[Tensor], list[bool]]:
        """Return the recorded leaves of some points, and which are shared."""
        found, shared = [], []
        for x, axis in zip(self.leaves, self.axes):
            if is_recorded(x):
                t = x if isinstance(x, Tensor) else wrap(np.asarray(x))
                if axis is not None and len(rows) != self.n:
                    t = t[rows]
                found.append(t)
                shared.append(axis is None)
        return found, shared


def _run_tensors(recording: Recording, points: TensorPoints, rows: np.ndarray) -> Any:
    """Return the outputs of the points that the guards let through, and which these are."""
    inputs, shared = points.inputs(rows)
    inputs += recording.captured
    shared += [True] * len(recording.captured)
    n = len(rows)
    graph = Graph()
    given = []
    for t, is_shared in zip(inputs, shared):
        given.append(Given(graph.add_input(np.dtype(t.dtype.type), t.shape), not is_shared))
    copied = copy_into(recording.graph, graph, given, recording.graph.outputs, n)
    guards = copied.guards
    graph.outputs = [unbatched(x, n).node for x in copied.nodes]
    graph.outputs += [given.var.node for given, _, _ in guards]
    found = apply_graph(graph, inputs)
    outputs, predicates = found[: len(copied.nodes)], found[len(copied.nodes) :]
    holds = np.ones(n, bool)
    for predicate, (_, expected, _) in zip(predicates, guards):
        same = later.concrete(predicate) == expected  # which points go this way is a guard again
        holds &= same.all(axis=tuple(range(1, same.ndim)))
    if not holds.all():
        outputs = [x[np.flatnonzero(holds)] for x in outputs]
    return outputs, holds


def _in_order(parts, order):
    """Join the rows of groups of points in the order of the points."""
    if len(parts) == 1:
        return parts[0]
    joined = np.concatenate(order)
    back = np.empty(len(joined), np.intp)
    back[joined] = np.arange(len(joined))
    starts = (0, *np.cumsum([p.shape[0] for p in parts]).tolist())
    return structural.concatenate(*parts, axis=0, starts=starts)[back]


def vmap(
    f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0, threads: int | None = None
) -> Any:
    """Return a function that applies another to many points at once.

    Parameters
    ----------
    f : callable
        Of one point.
    in_axes : int, None or tuple of them
        For each positional argument the axis that runs over the points; None for one that all
        points share. May be nested as the argument is. Keyword arguments have their points along
        axis 0.
    out_axes : int, or nested as the result
        Where the axis of points stands in the results.
    threads : int, optional
        In how many threads; results do not depend on it. By default as many as pay.

    Returns
    -------
    callable
        Of arguments with the axis of points, to results with one.

    Raises
    ------
    ValueError
        When called, if the numbers of points differ, an axis is out of range, or no argument has
        one.

    Notes
    -----
    `f` is recorded for a point. Points for which a Python branch goes another way are recorded for
    their own path and run together, so each point gets its own branch.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> fg.vmap(lambda x: x @ x)(np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([ 5., 25.])
    >>> fg.vmap(fg.grad(lambda x: x**3))(np.array([1.0, 2.0]))
    array([ 3., 12.])
    """
    if not callable(f):
        raise TypeError(f"vmap takes a function, got {type(f).__name__}")
    return Vmap(f, in_axes, out_axes, threads)
