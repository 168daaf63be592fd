"""Programs as text: the numbered listing, one line, and the recorded branches."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

from ._explained import table
from ._grad_fn import CONST, LEAF
from ._named import Named, input_names, output_names, place_text, type_text
from ._recordings import Recording

_MOST_ROWS = 2000  # of a listing
_FEW = 4  # inputs or outputs that one line names


class Guard(NamedTuple):
    """A recorded branch: a replay goes the same way only if the value is what it was.

    Attributes
    ----------
    file : str
    line : int
        Of the statement that decides.
    predicate : str
        What it decides on, in the names of the listing.
    expected : bool, int, float or ndarray
        The value while the function was recorded.
    """

    file: str
    line: int
    predicate: str
    expected: Any

    def __str__(self) -> str:
        where = f"{os.path.basename(self.file)}:{self.line}"
        return f"{where}: {self.predicate} is {_shown(self.expected)}"


def _shown(value):
    return repr(value) if not getattr(value, "shape", ()) else f"an array of shape {value.shape}"


def guards(key: tuple, recording: Recording) -> list[Guard]:
    """Return the branches of a recording, in the order in which they are checked."""
    if not recording.graph.guards:
        return []
    named = Named(recording.graph, input_names(key))
    return [_guard(named, guard) for guard in recording.graph.guards]


def _guard(named, guard):
    node, expected, (file, line) = guard
    value = named.graph.constant_value(expected)
    return Guard(file, line, named.predicate(node), value if value.ndim else value.item())


def listing(key: tuple, recording: Recording) -> str:
    """Return the recorded graph as text: inputs first, then a row a node, outputs last."""
    named = Named(recording.graph, input_names(key))
    rows: list[Any] = _order(named)
    shown, cut = rows, None
    if len(rows) > _MOST_ROWS:
        half = _MOST_ROWS // 2
        shown, cut = rows[:half] + rows[-half:], half
    cells = [row(named) for row in shown]
    cells += [
        ["", name, f"= {named.name(node)}", _type(named, node), ""]
        for name, node in zip(output_names(recording.result), recording.graph.outputs)
    ]
    lines = list(table(cells))
    if cut is not None:
        lines.insert(cut, f"  ... {len(rows) - _MOST_ROWS:,} rows are left out")
    return "\n".join([f"{recording.name}: {_summary(recording)}", *lines])


def _order(named):
    """Return the rows, each as a function that writes it."""
    graph, after = named.graph, {}
    for guard in graph.guards:
        after.setdefault(guard[0], []).append(guard)
    rows = []
    inputs = set(graph.inputs)
    waiting = [guard for node in graph.inputs for guard in after.get(node, ())]
    for node in named.nodes:
        if waiting and node not in inputs:
            rows += map(_guard_row, waiting)
            waiting = []
        rows.append(_node_row(node))
        if node not in inputs:
            rows += map(_guard_row, after.get(node, ()))
    return rows + list(map(_guard_row, waiting))


def _node_row(node):
    def row(named):
        op = named.graph.look(node)[0]
        formula = named.constant(node) if op == CONST else named.formula(node)
        remark = " input" if op == LEAF else " constant" if op == CONST else ""
        kind = _type(named, node) + remark if remark else named.type(node)
        return [
            named.number[node],
            named.name(node),
            f"= {formula}" if formula else "",
            kind,
            named.place(node),
        ]

    return row


def _guard_row(guard):
    def row(named):
        expected = _shown(_guard(named, guard).expected)
        return ["", "guard", f"{named.name(guard[0])} is {expected}", "", place_text(guard[2])]

    return row


def _type(named, node):
    return type_text(*named.graph.type_of(node))


def _summary(recording):
    graph = recording.graph
    sizes = len(graph.inputs), len(graph.outputs), nodes(recording), len(graph.guards)
    counts = zip(sizes, ("input", "output", "node", "guard"))
    return ", ".join(f"{n:,} {what}{'s' * (n != 1)}" for n, what in counts)


def nodes(recording: Recording) -> int:
    """Return of how many nodes an output or a guard is made, inputs included."""
    graph = recording.graph
    wanted = [*graph.inputs, *graph.outputs, *(guard[0] for guard in graph.guards)]
    return sum(graph.needed(wanted))


def one_line(key: tuple, recording: Recording) -> str:
    """Return ``f: x0 float64[3] -> float64, 12 nodes, 9 instructions``."""
    graph = recording.graph
    names = input_names(key) + ["captured"] * len(recording.captured)
    given = [f"{name} {type_text(*graph.type_of(k))}" for name, k in zip(names, graph.inputs)]
    made = [type_text(*graph.type_of(node)) for node in graph.outputs]
    planned = "not planned yet"
    if recording.is_planned:
        planned = f"{recording.machine.stats()['instructions']:,} instructions"
    return f"{recording.name}: {_few(given)} -> {_few(made)}, {nodes(recording):,} nodes, {planned}"


def _few(texts):
    if len(texts) > _FEW:
        texts = [*texts[:2], f"... ({len(texts) - 3:,} more)", texts[-1]]
    return ", ".join(texts) or "nothing"
