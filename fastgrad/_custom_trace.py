"""The rules of custom functions, traced into graphs of the operands that the op of a call has."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ._arguments import to_tensor
from ._batching import Given, copy_into
from ._custom_ops import Rule
from ._custom_packing import Arguments, Results, results_of
from ._graph import Graph
from ._passes import zeros
from ._paths import leaves_like, paths
from ._structural import astype
from ._sweep import tape, tape_of
from ._tensor import Tensor, later
from ._trace import Trace, trace
from ._tree import Structure, flatten


class Traced(NamedTuple):
    """A call as a graph of the operands: the arguments, then what was captured."""

    primal: Graph  # outputs: packed floats, other results, then predicates of guards
    captured: list[Tensor]
    results: Results
    values: list[np.ndarray]  # of the outputs before the predicates
    guards: list[tuple[np.ndarray, tuple[str, int]]]  # expected values of predicates, places


class _Part:
    """A function traced on some inputs, its guards taken off the graph, to be copied elsewhere."""

    def __init__(
        self,
        run: Callable[..., list[Tensor]],
        like: Callable[..., Any],
        inputs: Sequence[Any],
        captured: Sequence[Tensor],
    ) -> None:
        def running(*given):
            for t in captured:
                later.capture(tape(), t)
            return run(*given)

        functools.update_wrapper(
            running, like
        )  # errors name it, and what it reads is looked through
        made: Trace = trace(running, list(inputs), flatten((tuple(inputs), {}))[1])
        self.graph, self.captured, self.values = made.graph, made.captured, made.values
        self.guards, self.graph.guards = self.graph.guards, []
        self.expected = [
            (self.graph.constant_value(expected), place) for _, expected, place in self.guards
        ]

    def copied(
        self, into: Graph, own: Sequence[Any], captured: dict[int, Any], nodes: list[int]
    ) -> list:
        """Return Vars of nodes, for Vars of the inputs and, by id, of what is captured."""
        xs = [*own, *(captured[id(t)] for t in self.captured)]
        found = copy_into(self.graph, into, [Given(x, False) for x in xs], nodes)
        return [x.var for x in found.nodes]

    def predicates(self) -> list[int]:
        """Return the nodes that guards look at."""
        return [node for node, _, _ in self.guards]

    def check_free_of(self, number: int, what: str, name: str) -> None:
        """Check that no guard looks at what comes from an input."""
        needed = self.graph.needed(self.predicates())
        if self.guards and needed[self.graph.inputs[number]]:
            places = ", ".join(f"{file}, line {line}" for _, (file, line) in self.expected[:3])
            raise TypeError(
                f"{name} branches on a {what} ({places}): a rule is recorded before there is one, "
                "and is linear in it; branch on the arguments, or choose with fastgrad.where"
            )


class _Operands:
    """The operands of the op: types, and a Var of each in a new graph."""

    def __init__(self, arguments: Arguments, *parts: _Part) -> None:
        self.own = [(t.dtype, t.shape) for t in arguments.operands()]
        self.captured = list({id(t): t for part in parts for t in part.captured}.values())

    def __len__(self):
        return len(self.own) + len(self.captured)

    def new_graph(self) -> tuple[Graph, list, dict[int, Any]]:
        """Return a graph of these inputs: Vars of the arguments, and of the captured by id."""
        graph = Graph()
        own = [graph.add_input(*t) for t in self.own]
        return graph, own, {id(t): graph.add_input(t.dtype, t.shape) for t in self.captured}


def _name(function):
    return getattr(function, "__name__", type(function).__name__)


def _pair(made, caller, wanted):
    if not isinstance(made, (tuple, list)) or len(made) != 2:
        raise TypeError(f"{caller} has to return a pair {wanted}, got {_described(made)}")
    return made


def trace_function(function: Any, arguments: Arguments, captured: list[Tensor]) -> Traced:
    """Trace a function without a rule."""
    results: Results

    def run(*leaves):
        nonlocal results
        found = function(*arguments.merge(arguments.structure.unflatten(leaves)))
        results, outputs = results_of(found, function)
        return outputs

    part = _Part(run, function, arguments.leaves, captured)
    operands = _Operands(arguments, part)
    graph, own, outer = operands.new_graph()
    found = part.copied(graph, own, outer, part.graph.outputs + part.predicates())
    graph.outputs = [x.node for x in found]
    return Traced(graph, operands.captured, results, part.values, part.expected)


# ----- custom_vjp -----


def trace_vjp(
    fwd: Callable, bwd: Callable, arguments: Arguments, rule: Rule, captured: list[Tensor]
) -> Traced:
    """Trace the two functions of a reverse rule, and set the graph of `rule`."""
    results: Results
    kept: list[Any]
    saved: list[bool]
    structure: Structure

    def forward(*leaves):
        nonlocal results, kept, saved, structure
        made = fwd(*arguments.merge(arguments.structure.unflatten(leaves)))
        result, residuals = _pair(made, f"fwd of {rule.name} ({_name(fwd)})", "(result, residuals)")
        results, outputs = results_of(result, fwd)
        kept, structure = flatten(residuals)
        saved = [_is_own(x) for x in kept]
        own = [x for x, own in zip(kept, saved) if own]
        return [*outputs, *own]

    first = _Part(forward, fwd, arguments.leaves, captured)
    n_kept = sum(saved)
    n_visible = len(first.graph.outputs) - n_kept
    visible, kept_nodes = first.graph.outputs[:n_visible], first.graph.outputs[n_visible:]
    kept_values = first.values[n_visible:]

    def backward(*given):
        given = iter(given)
        leaves = [next(given) if own else x for own, x in zip(saved, kept)]
        cotangents = results.cotangents(next(given))
        found = bwd(*arguments.others, structure.unflatten(leaves), cotangents)
        return _cotangents(found, arguments, f"bwd of {rule.name} ({_name(bwd)})")

    parts = [first]
    if results.n_floats:
        example = np.ones_like(first.values[0])
        second = _Part(backward, bwd, [*kept_values, example], captured)
        second.check_free_of(n_kept, "cotangent", f"bwd of {rule.name}")
        parts.append(second)
    operands = _Operands(arguments, *parts)

    graph, own, outer = operands.new_graph()
    found = first.copied(graph, own, outer, visible + first.predicates())
    expected = list(first.expected)
    if results.n_floats:
        if second.guards:
            values = first.copied(graph, own, outer, kept_nodes)
            values.append(zeros(graph, *first.graph.type_of(visible[0])))
            found += second.copied(graph, values, outer, second.predicates())
            expected += second.expected
        pull, own, outer = operands.new_graph()
        values = first.copied(pull, own, outer, kept_nodes)
        values.append(pull.add_input(*first.graph.type_of(visible[0])))
        gradients = second.copied(pull, values, outer, second.graph.outputs)
        pull.outputs = [x.node for x in gradients]
        rule.set(len(operands), pull=pull)
    graph.outputs = [x.node for x in found]
    return Traced(graph, operands.captured, results, first.values[:n_visible], expected)


def _is_own(x):
    """Return whether a residual depends on the arguments: it is tracked by the recording of fwd."""
    return isinstance(x, Tensor) and x.requires_grad and tape_of(x) is tape()


def _described(x):
    if isinstance(x, (tuple, list)):
        return f"a {type(x).__name__} of {len(x)}"
    return type(x).__name__


def _cotangents(found, arguments, name):
    """Return the cotangents of the float leaves of the arguments as Tensors of their types."""
    n = len(arguments.names)
    if not isinstance(found, (tuple, list)) or len(found) != n:
        raise TypeError(
            f"{name} has to return a tuple of {n} cotangents, one for each argument"
            f"{' not in nondiff_argnums' if arguments.others else ''}, got {_described(found)}; "
            "None stands for zeros"
        )
    return _like(
        tuple(found),
        arguments.structure,
        arguments.float_leaves(),
        arguments.names,
        name,
        "cotangent",
    )


def _like(found, structure, likes, names, name, what):
    """Return the leaves of cotangents or tangents as Tensors of the types of what they belong to.

    `likes` has dtype and shape for each leaf, or None for one without a derivative.
    """
    try:
        leaves = leaves_like(structure, found, "", none_is_missing=True)
    except ValueError as error:
        raise TypeError(
            f"{name}: a {what} has to be packed as what it belongs to: {error}"
        ) from None
    made = []
    for k, (x, like) in enumerate(zip(leaves, likes)):
        if like is None:
            continue
        dtype, shape = like
        if x is None:
            made.append(to_tensor(np.zeros(shape, dtype)))
            continue
        where = paths(structure, names)[k]
        try:
            t = to_tensor(x)
        except (TypeError, ValueError) as error:
            raise TypeError(
                f"{name}: the {what} of {where} is {type(x).__name__}: {error}"
            ) from None
        if t.shape != shape:
            raise ValueError(
                f"{name} gave a {what} of shape {t.shape} for {where}, which has shape {shape}; "
                "the shapes have to be the same"
            )
        made.append(t if t.dtype == dtype else astype(t, dtype=dtype))
    return made


# ----- custom_jvp -----


def trace_jvp(push: Callable, arguments: Arguments, rule: Rule, captured: list[Tensor]) -> Traced:
    """Trace the function of a forward rule, and set the graph of `rule`."""
    n_leaves = len(arguments.leaves)
    likes = arguments.float_leaves()
    results: Results
    name = f"the rule of {rule.name} ({_name(push)})"

    def run(*given):
        nonlocal results
        dots = iter(given[n_leaves:])
        primals = arguments.structure.unflatten(given[:n_leaves])
        tangents = arguments.structure.unflatten(
            [_no_tangent(x) if like is None else next(dots)
             for x, like in zip(arguments.leaves, likes)]
        )  # fmt: skip
        found = push(*arguments.others, primals, tangents)
        result, tangent = _pair(found, name, "(result, tangent of the result)")
        results, outputs = results_of(result, push)
        floats = results.float_leaves()
        moved = _like(tangent, results.structure, floats, "the result", name, "tangent")
        return [*outputs, *results.pack_floats(moved)]

    examples = [np.ones(like[1], like[0]) for like in likes if like is not None]
    part = _Part(run, push, [*arguments.leaves, *examples], captured)
    n_own = len(arguments.operands())
    for k in range(n_own, n_own + len(examples)):
        part.check_free_of(k, "tangent", name)
    operands = _Operands(arguments, part)
    n_visible = len(part.graph.outputs) - bool(results.n_floats)

    graph, own, outer = operands.new_graph()
    own += [zeros(graph, *like) for like in likes if like is not None]
    nodes = part.graph.outputs[:n_visible] + part.predicates()
    graph.outputs = [x.node for x in part.copied(graph, own, outer, nodes)]

    if results.n_floats:
        moving, own, outer = operands.new_graph()
        own += [moving.add_input(*like) for like in likes if like is not None]
        nodes = part.graph.outputs[n_visible:]
        moving.outputs = [x.node for x in part.copied(moving, own, outer, nodes)]
        rule.set(len(operands), push=moving)
    return Traced(graph, operands.captured, results, part.values[:n_visible], part.expected)


def _no_tangent(x):
    return np.zeros(x.shape) if isinstance(x, (np.ndarray, Tensor)) else 0.0
