"""From a function to its graph: the function runs once, on Tensors, on a tape of its own.

What a running function may do with a Tensor that would freeze a number is decided here: comparisons
that Python acts on become guards, the rest is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from . import _structural as structural
from ._arguments import to_tensor
from ._graph import Graph
from ._lower import lower
from ._nodes import make_input, node_id, tape_of
from ._patching import patched
from ._paths import paths
from ._signature import is_recorded
from ._sweep import tape
from ._tape import begin_recording, end_recording, statement
from ._tensor import Tensor, later, values, wrap
from ._tree import Structure, flatten


class Trace(NamedTuple):
    """A function as a graph, and how arguments and results are packed."""

    graph: Graph
    result: Structure
    captured: list[Tensor]  # of outer recordings; they are inputs after the others
    values: list[np.ndarray]  # of the outputs, for the leaves it was traced with


def _input(x: Any) -> Tensor:
    """Return a tracked Tensor of a copy of a value, in the byte order of this machine."""
    x = np.asarray(values(x) if isinstance(x, Tensor) else x)
    t = wrap(np.array(x, x.dtype.newbyteorder("="), order="C"))
    make_input(t)
    return t


def trace(
    function: Callable[..., Any], leaves: list[Any], structure: Structure, open: bool = False
) -> Trace:
    """Run a function once and return its graph.

    Parameters
    ----------
    function : callable
        Of the arguments that `structure` makes of `leaves`: a pair of args and kwargs.
    leaves : list
        Recorded ones, by whose values the function runs, and static ones.
    structure : Structure
        Of the arguments.
    open : bool
        Whether tracked Tensors from outside of all recordings are captured, not refused.

    Returns
    -------
    Trace
        Inputs of the graph are the recorded leaves, in order, then what was captured.

    Raises
    ------
    TypeError
        If the function returns anything but numbers, arrays and containers of them.
    """
    outer = tape()
    try:
        on = begin_recording()
        on.open = open
        with patched(function):
            inside = [_input(x) if is_recorded(x) else x for x in leaves]
            nodes = [(node_id(t), t.dtype) for t, x in zip(inside, leaves) if is_recorded(x)]
            args, kwargs = structure.unflatten(inside)
            result = function(*args, **kwargs)
            outputs, packed = outputs_of(result, function)
            captured = list(on.captured.values())
            nodes += [(node_id(inner), inner.dtype) for _, inner in captured]
            graph = lower(on, nodes, outputs)
            found = [values(t) if t.requires_grad else np.array(values(t)) for t in outputs]
            return Trace(graph, packed, [outer for outer, _ in captured], found)
    finally:
        end_recording(outer)


def _name(function):
    return getattr(function, "__name__", type(function).__name__)


def outputs_of(result: Any, function: Callable[..., Any]) -> tuple[list[Tensor], Structure]:
    """Return what a function returned as Tensors of this recording, and its structure."""
    if result is None:
        raise TypeError(
            f"{_name(function)} returned None; a recorded function returns a number, an array or a "
            "container of them (with has_aux=True a pair): is a return missing?"
        )
    leaves, packed = flatten(result)
    outputs = []
    for k, x in enumerate(leaves):
        try:
            if isinstance(x, (str, bytes)):
                raise TypeError("it is no number")
            t = to_tensor(x)
        except (TypeError, ValueError) as error:
            where = paths(packed, "result")[k]
            raise TypeError(
                f"{_name(function)} returned {x!r:.40} ({type(x).__name__}) as {where}: {error}; a "
                "recorded function returns numbers, arrays and containers of them; with "
                "has_aux=True results beside the value are the second of a pair"
            ) from error
        if t.requires_grad:
            if tape_of(t) is not tape():
                node_id(t)  # refuses what is not of an outer recording
                t = capture(tape(), t)
            node_id(t)  # brings a view of changed memory up to date
        outputs.append(t)
    return outputs, packed


# ----- what a running function meets -----


def capture(on: Any, t: Tensor) -> Tensor:
    """Return what stands on this tape for a Tensor of an outer recording: an input more."""
    known = on.captured.get(id(t))
    if known is None:
        known = on.captured[id(t)] = t, _input(t)
    return known[1]


def _is_recorded(t):
    return t.requires_grad and tape_of(t) is not None and tape_of(t).recording


def _check_open(t):
    if tape_of(t).closed:
        node_id(t)  # says what is wrong


def _guard(t, value):
    _check_open(t)
    own = t if tape_of(t) is tape() else None
    node = node_id(t) if own is not None else node_id(capture(tape(), t))
    _, place = statement(tape())
    tape().guards.append((node, value, place))


def guard(t: Tensor, value: np.ndarray, place: tuple[str, int]) -> None:
    """Note that a Tensor of this recording has this value, for the statement at a place."""
    tape().guards.append((node_id(t), value, place))


def decide(t: Tensor) -> bool:
    """Serve bool(): the function takes a branch, and a replay must take the same."""
    array = values(t)
    if array.size != 1:
        raise ValueError(
            f"Boolean value of Tensor with shape {t.shape} is ambiguous; use .any() or .all(), or "
            "fastgrad.where instead of `if`"
        )
    if array.dtype.kind != "b":
        _check_open(t)
        t = t != 0
        array = values(t)
    _guard(t, array)
    return bool(array.item())


def concrete(t: Tensor) -> np.ndarray:
    """Return a value for good: a replay must find the same."""
    array = values(t)
    if _is_recorded(t):
        array = array.copy()
        _guard(t, array)
    return array


def item(t: Tensor) -> Any:
    """Serve .item(): of integers and truth values with a guard, of others not."""
    return _number(t, ".item()")


def _number(t, wanted):
    if t.size != 1:
        raise ValueError(
            f"a Tensor with {t.size} elements cannot be converted to Scalar; it has shape {t.shape}"
        )
    if t.dtype.kind == "f":
        _check_open(t)
        raise RuntimeError(
            f"{wanted} of a Tensor while a function is recorded would freeze a number: the result "
            "of a replay would silently not depend on it. Compute with the Tensor itself, with "
            "NumPy or fastgrad functions (numpy.sin, not math.sin); fastgrad.stop_gradient(x) cuts "
            "gradients"
        )
    return concrete(t).item()


def number(t: Tensor, wanted: str) -> Any:
    """Serve int(), float() and complex()."""
    if not _is_recorded(t):
        return _eager_number(t, wanted)
    return _number(t, f"{wanted}()")


def index(t: Tensor) -> int:
    """Serve a 0-d integer Tensor used as an index."""
    if _is_recorded(t) and t.dtype.kind in "iub" and not t.ndim:
        return int(concrete(t).item())
    return _eager_index(t)


def unhashable(t: Tensor) -> None:
    """Refuse hash(): in sets and keys of dicts a value decides, which a replay cannot follow."""
    raise TypeError(
        "a Tensor has no hash while a function is recorded: in a set, as a key of a dict or of a "
        "cache its value would decide, which changes from replay to replay; compare with == in a "
        "loop, or use int(x) of integers"
    )


_eager_number, _eager_index = later.number, later.index
later.number, later.index = number, index
later.decide, later.item, later.concrete = decide, item, concrete
later.capture = capture
later.unhashable = unhashable
later.stop_gradient = structural.stop_gradient
