"""What a transform is: a source whose recordings are those of another source, transformed."""

from __future__ import annotations

import operator
from abc import abstractmethod
from typing import Any

from . import _compressed as compressed
from . import _derive as derive
from ._recordings import Arguments, Recording
from ._sources import Source, Use, source_of
from ._tree import Structure, flatten


def pack(*results: Any) -> Structure:
    """Return the structure of a tuple of results, each given by its structure."""
    return flatten(tuple(s.unflatten([...] * n) for s, n in results))[1]


def numbers_of(argnums: Any, caller: str) -> tuple[int, ...]:
    """Return argnums as a tuple of int."""
    one = not isinstance(argnums, (tuple, list))
    try:
        found = tuple(operator.index(k) for k in ((argnums,) if one else argnums))
        if any(isinstance(k, bool) for k in ((argnums,) if one else argnums)):
            raise TypeError
    except TypeError:
        raise TypeError(
            f"{caller}: argnums is the number of an argument or a tuple of them, got "
            f"{argnums!r:.60}"
        ) from None
    if not found:
        raise ValueError(f"{caller}: argnums is empty; name at least one argument")
    return found


def positions(argnums: tuple[int, ...], n: int, caller: str) -> tuple[int, ...]:
    """Return argnums as positions among n arguments."""
    for k in argnums:
        if not -n <= k < n:
            raise ValueError(
                f"{caller}: argnums {k} is out of range for {n} positional arguments; name one "
                f"from 0 to {n - 1}, and pass it by position"
            )
    found = tuple(k % n for k in argnums)
    if len(set(found)) != len(found):
        raise ValueError(f"{caller}: argnums {argnums} names an argument twice; name each once")
    return found


def split_aux(
    caller: str, recording: Recording, has_aux: bool
) -> tuple[Structure, int, Structure | None, int]:
    """Return structure and number of outputs of the value, and of what goes with it."""
    n = len(recording.graph.outputs)
    if not has_aux:
        return recording.result, n, None, 0
    result = recording.result.unflatten(list(range(n)))
    if type(result) is not tuple or len(result) != 2:
        raise TypeError(
            f"{caller} with has_aux=True: {recording.name} has to return a tuple (value, aux), got "
            f"{recording.result}"
        )
    (value, packed), (aux, packed_aux) = map(flatten, result)
    return packed, len(value), packed_aux, len(aux)


def check_scalar(caller: str, recording: Recording, n_value: int) -> None:
    """Check that the value is one float."""
    graph = recording.graph
    if n_value == 1:
        dtype, shape = graph.type_of(graph.outputs[0])
        if shape == () and (dtype.kind == "f" or graph.number(graph.outputs[0]) is not None):
            return
        got = f"shape {shape}" if shape else f"dtype {dtype}"
    elif any(hasattr(getattr(t, "type", None), "_fastgrad_build") for t in recording.result.tokens):
        raise TypeError(
            f"{caller} needs a real scalar output, got a complex value; return .real, abs(z), or a "
            "sum of squares: (abs(z) ** 2).sum()"
        )
    else:
        got = f"{n_value} results"
    way = "jacrev or jacobian for a vector output" if n_value == 1 else "jacobian, or sum them"
    raise ValueError(f"{caller} needs a scalar output, got {got}; use fastgrad.{way}")


class Transform(Source):
    """A transform of a source.

    A subclass says with `make` how a recording is transformed, and with `caller` what it is called.
    """

    caller = "transform"

    def __init__(self, function: Any, argnums: Any = 0, has_aux: bool = False) -> None:
        self.inner = source_of(function)
        self.argnums, self.has_aux = argnums, bool(has_aux)
        self._numbers = numbers_of(argnums, self.caller)
        self._is_one = not isinstance(argnums, (tuple, list))
        self.is_fresh = self.inner.is_fresh
        name = getattr(function, "__name__", type(function).__name__)
        self.__name__ = f"{self.caller}({name})"
        self.__wrapped__ = function
        self.__doc__ = f"The {self.caller} of {name}, by argument {argnums}."

    def replay(self, arguments: Arguments, use: Use) -> Any:
        numbers = positions(self._numbers, len(arguments.each), self.caller)
        return self.inner.replay(
            arguments.with_floats(numbers),
            lambda recording, args: use(
                recording.transformed((self.caller, self._numbers, self._is_one, self.has_aux),
                                      lambda r: self.make(r, numbers)),
                args,
            ),
        )  # fmt: skip

    @abstractmethod
    def make(self, recording: Recording, numbers: tuple[int, ...]) -> Recording:
        """Return the transformed recording."""

    # ----- helpers of `make` -----

    def inputs(self, recording: Recording, numbers: tuple[int, ...]) -> list[int]:
        """Return the numbers of the inputs that are differentiated by."""
        return [k for a in numbers for k in recording.argument_inputs[a]]

    def like_arguments(
        self, recording: Recording, numbers: tuple[int, ...]
    ) -> tuple[Structure, int]:
        """Return the structure of something for each element of the arguments in argnums."""
        found = [
            (recording.argument_structures[a], len(recording.argument_inputs[a])) for a in numbers
        ]
        if isinstance(self.argnums, (tuple, list)):
            return pack(*found), sum(n for _, n in found)
        return found[0]


class Gradient(Transform):
    """Gradient of a scalar function, with its value if asked for."""

    def __init__(self, function: Any, argnums: Any, has_aux: bool, with_value: bool) -> None:
        self.with_value = with_value
        self.caller = "value_and_grad" if with_value else "grad"
        super().__init__(function, argnums, has_aux)

    def make(self, recording: Recording, numbers: tuple[int, ...]) -> Recording:
        value, n_value, aux, n_aux = split_aux(self.caller, recording, self.has_aux)
        check_scalar(self.caller, recording, n_value)
        wrt = self.inputs(recording, numbers)
        graph = derive.gradient(recording.graph, wrt)
        like = self.like_arguments(recording, numbers)
        if self.with_value:
            head = (value, 1) if aux is None else (pack((value, 1), (aux, n_aux)), 1 + n_aux)
            result = pack(head, like)
        else:
            n = len(graph.outputs)
            gradients = list(range(1 + n_aux, n))
            graph = derive.keep(graph, gradients + list(range(1, 1 + n_aux)))
            result = like[0] if aux is None else pack(like, (aux, n_aux))
        return recording.with_graph(graph, result, f"{self.caller}({recording.name})")


class Jacobian(Transform):
    """Jacobian; forward or reverse, or whichever takes fewer products."""

    def __init__(self, function: Any, argnums: Any, has_aux: bool, forward: bool | None) -> None:
        self.forward = forward
        self.caller = {True: "jacfwd", False: "jacrev", None: "jacobian"}[forward]
        super().__init__(function, argnums, has_aux)

    def make(self, recording: Recording, numbers: tuple[int, ...]) -> Recording:
        value, n_value, aux, n_aux = split_aux(self.caller, recording, self.has_aux)
        base = recording.graph
        n = len(base.outputs)
        wrt = self.inputs(recording, numbers)
        values = derive.keep(base, list(range(n_value)))
        check_floats(self.caller, recording.name, values)
        forward = derive.pick_forward(values, wrt) if self.forward is None else self.forward
        graph = None
        if self.forward is None and len(wrt) == n_value == 1:
            graph = compressed.dense(values, wrt[0], not self.is_fresh)
        if graph is None:
            graph = derive.jacobian(values, wrt, forward)
            graph = derive.keep(graph, list(range(n_value, len(graph.outputs))))
        like, n_like = self.like_arguments(recording, numbers)
        nested = flatten(value.unflatten([like.unflatten([...] * n_like)] * n_value))[1]
        if aux is not None:
            graph = derive.joined(graph, derive.keep(base, list(range(n_value, n))))
            nested = pack((nested, n_value * n_like), (aux, n_aux))
        return recording.with_graph(graph, nested, f"{self.caller}({recording.name})")


def check_floats(caller: str, name: str, graph: Any) -> None:
    """Check that all outputs have derivatives."""
    for node in graph.outputs:
        dtype, _ = graph.type_of(node)
        if dtype.kind != "f":
            raise TypeError(
                f"{caller}: {name} returns {dtype}, which has no derivative; return floats, or "
                "other results as the second of a pair with has_aux=True"
            )


class Hessian(Transform):
    """Hessian of a scalar function: the Jacobian, forward, of its gradient."""

    caller = "hessian"

    def make(self, recording: Recording, numbers: tuple[int, ...]) -> Recording:
        _, n_value, aux, n_aux = split_aux(self.caller, recording, self.has_aux)
        check_scalar(self.caller, recording, n_value)
        wrt = self.inputs(recording, numbers)
        base = recording.graph
        graph = None
        if len(wrt) == 1:
            gradient = derive.keep(derive.gradient(derive.keep(base, [0]), wrt), [1])
            graph = compressed.dense(gradient, wrt[0], not self.is_fresh)
        if graph is None:
            graph = derive.hessian(base, wrt)
        like, n_like = self.like_arguments(recording, numbers)
        nested = flatten(like.unflatten([like.unflatten([...] * n_like)] * n_like))[1]
        if aux is not None:
            graph = derive.joined(graph, derive.keep(base, list(range(1, 1 + n_aux))))
            nested = pack((nested, n_like * n_like), (aux, n_aux))
        return recording.with_graph(graph, nested, f"hessian({recording.name})")
