"""`why_nan`: which operation of a program made a NaN or an infinity.

Every node is evaluated: the value first, then derivatives by argument 0.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from . import _derive as derive
from ._batch import Batch
from ._blame import blamed
from ._causes import first_cause
from ._expanding import planned
from ._formulas import array_text, number_text
from ._graph import Graph
from ._named import Named, place_text
from ._recordings import Arguments, Recording
from ._tensor import Tensor, values

_AT_ONCE = 1 << 22  # elements of nodes that are held at once
_SEEDS = 1 << 8  # products with the Jacobian that are computed at once


class NotFinite(NamedTuple):
    """The operation that made the first NaN or infinity.

    Attributes
    ----------
    where : {'value', 'gradient'}
        What became NaN or infinite first.
    op : str
        Name of the operation; "input" or "constant" if such a number came in.
    file : str
    line : int
        Of its statement; "" and 0 if it has none.
    formula : str
        In the names of the listing.
    operands : dict of str to float or ndarray
        Value of each operand.
    result : float or ndarray
        What it made.
    primal : str
        In the gradient: the operation of the value, whose derivative it is a part of.
    """

    where: str
    op: str
    file: str
    line: int
    formula: str
    operands: dict[str, Any]
    result: Any
    primal: str

    def __str__(self) -> str:
        kind = "NaN" if np.isnan(self.result).any() else "infinity"
        place = f" at {place_text((self.file, self.line))}" if self.line else ""
        if self.op in ("input", "constant"):
            origin = f"{self.op} {self.formula} = {_text(self.result)}"
            return f"{kind} comes in with the {origin}{place}"
        lines = [f"{self.op} makes the first {kind} of the {self.where}{place}"]
        if self.primal:
            lines[0] = f"the derivative of {self.op} makes the first {kind} of the gradient{place}"
            lines.append(f"  {self.primal}")
        lines.append(f"  {self.formula} = {_text(self.result)}")
        lines += [f"  {name} = {_text(x)}" for name, x in self.operands.items()]
        return "\n".join([*lines, *self._element()])

    def _element(self) -> Iterator[str]:
        """Yield the line about the first element that is not finite."""
        if np.ndim(self.result):
            at = tuple(map(int, np.argwhere(~np.isfinite(self.result))[0]))
            same = {n: x for n, x in self.operands.items() if np.shape(x) == self.result.shape}
            given = ", ".join(f"{name} = {_text(x[at])}" for name, x in same.items())
            index, given = ", ".join(map(str, at)), f", where {given}" if given else ""
            yield f"  first at [{index}]: {_text(self.result[at])}{given}"


def _text(x):
    return array_text(x) if isinstance(x, np.ndarray) else number_text(float(x))


def why_nan(recording: Recording, arguments: Arguments, names: list[str]) -> NotFinite | None:
    """Return what made the value, or else the gradient by argument 0, NaN or infinite.

    Raises
    ------
    BranchTaken
        If the arguments take another path.
    """
    inputs = [_array(x) for x in [*arguments.inputs(), *recording.captured]]
    outputs = recording.machine.run(inputs)
    graph = recording.graph
    if not all(map(_finite, outputs)):
        return _found(Named(graph, names), graph.outputs, inputs, "value", len(graph))
    wrt = recording.argument_inputs[0] if recording.argument_inputs else []
    wrt = [k for k in wrt if derive.is_float(graph, graph.inputs[k])]
    floats = [k for k, node in enumerate(graph.outputs) if derive.is_float(graph, node)]
    if not wrt or not floats:
        return None
    values_only = derive.keep(graph, floats)
    for product, given in _products(values_only, wrt, inputs):
        named = Named(product, names)
        return _found(named, product.outputs, given, "gradient", len(graph))
    return None


def _array(x):
    return np.array(values(x) if isinstance(x, Tensor) else x)


def _finite(x):
    return math.isfinite(x) if isinstance(x, (int, float)) else bool(np.isfinite(x).all())


def _products(graph, wrt, inputs):
    """Yield a graph of derivatives and inputs, one for each column or row that is not finite."""
    if len(graph.outputs) == 1 and graph.type_of(graph.outputs[0])[1] == ():
        made = derive.gradient(graph, wrt)
        if not all(map(_finite, planned(made, made.outputs, []).run(inputs))):
            yield made, inputs
        return
    forward = derive.pick_forward(graph, wrt)
    made = derive.with_jvp(graph, wrt) if forward else derive.with_vjp(graph, wrt)
    machine = planned(made, made.outputs, [])
    seeded = made.inputs[len(graph.inputs) :]
    shapes = [made.type_of(node)[1] for node in seeded]
    shared = [True] * len(inputs) + [False] * len(seeded)
    dense = [np.ascontiguousarray(x, machine.dtype) for x in inputs]
    total = sum(math.prod(shape) for shape in shapes)
    for start in range(0, total, _SEEDS):
        seeds = _unit_seeds(shapes, start, min(total, start + _SEEDS), machine.dtype)
        n = len(seeds[0])
        found = machine.rows(n)
        Batch(machine, [*dense, *seeds], shared, n, found).run(1)
        bad = np.zeros(n, bool)
        for column in found:
            bad |= ~np.isfinite(column.reshape(n, -1)).all(axis=1)
        if bad.any():
            k = int(bad.argmax())
            yield made, [*inputs, *(seed[k] for seed in seeds)]


def _unit_seeds(shapes, start, stop, dtype):
    """Return some of the unit vectors of arrays of these shapes together."""
    sizes = [math.prod(shape) for shape in shapes]
    rows = np.zeros((stop - start, sum(sizes)), dtype)
    rows[np.arange(stop - start), np.arange(start, stop)] = 1.0
    parts = np.split(rows, np.cumsum(sizes)[:-1], axis=1)
    return [np.ascontiguousarray(p).reshape(len(rows), *s) for p, s in zip(parts, shapes)]


def _found(named: Named, outputs: list[int], inputs: list[Any], where: str, n: int) -> NotFinite:
    graph = named.graph
    bad = _not_finite(graph, outputs, inputs)
    node = first_cause(graph, outputs, bad, inputs)
    operands = list(dict.fromkeys(graph.look(node)[1]))
    result, *given = planned(graph, [node, *operands], []).run(inputs)
    primal = blamed(graph, node, n) if node >= n else node
    file, line = graph.place(node)
    return NotFinite(
        where,
        named.op(primal),
        file if line else "",
        line,
        named.formula(node) or named.name(node),
        {named.name(k): x for k, x in zip(operands, given) if not named.is_literal(k)},
        result,
        f"{named.name(primal)} = {named.formula(primal)}" if primal != node else "",
    )


def _not_finite(graph: Graph, outputs: list[int], inputs: list[Any]) -> dict[int, np.ndarray]:
    """Return for the nodes that are not finite where they are not."""
    needed = graph.needed(outputs)
    floats = [k for k in range(len(graph)) if needed[k] and derive.is_float(graph, k)]
    found, part, size = {}, [], 0
    for k, node in enumerate(floats):
        part.append(node)
        size += math.prod(graph.type_of(node)[1])
        if size >= _AT_ONCE or k == len(floats) - 1:
            for m, x in zip(part, planned(graph, part, []).run(inputs)):
                if not _finite(x):
                    found[m] = ~np.isfinite(x)
            part, size = [], 0
    return found
