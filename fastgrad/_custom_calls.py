"""A call of a custom function on tracked Tensors: the rule is traced, the call becomes one op."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from . import _array
from ._custom_ops import CustomOp, Rule
from ._custom_packing import Arguments
from ._custom_trace import Traced, trace_function
from ._recording import Call
from ._signature import is_recorded
from ._sweep import tape
from ._tensor import Tensor, values, wrap
from ._trace import guard


class Open:
    """A custom function whose rule is being traced: calls of it inside share the rule."""

    def __init__(self, function: Any, arguments: Arguments, captured: list[Tensor]) -> None:
        self.function, self.key = function, arguments.key()
        self.operand_ids = [id(x) for x in arguments.leaves if is_recorded(x)]
        self.rule = Rule(function.__name__, arguments.wrt())
        self.captured = captured  # as far as known
        self.calls = 0
        self.others_called = False  # with other operands than its own


class _Stack(threading.local):
    def __init__(self):
        self.open: list[Open] = []


_stack = _Stack()


def call(function: Any, arguments: Arguments, trace_rule: Callable[..., Traced]) -> Any:
    """Return the result of a custom function, as one op.

    Parameters
    ----------
    function : object
        With `__wrapped__` and `__name__`.
    arguments : Arguments
        At least one of which is tracked.
    trace_rule : callable
        ``trace_rule(arguments, rule, captured)`` traces the rule and sets the graph of `rule`;
        operands after the arguments are those of `captured` and what more the rule captures.
    """
    key = arguments.key()
    for outer in reversed(_stack.open):
        if outer.function is function and outer.key == key:
            return _call_inside(outer, function, arguments)
    captured: list[Tensor] = []
    while True:
        mine = Open(function, arguments, captured)
        _stack.open.append(mine)
        try:
            made = trace_rule(arguments, mine.rule, captured)
        finally:
            _stack.open.pop()
        if not mine.calls or len(made.captured) == len(captured):
            break
        captured = made.captured
    rule = mine.rule
    if made.guards and mine.others_called:
        rule = rule.split(
            f"the rule of {rule.name} calls {rule.name} and branches on values, so that its "
            f"derivatives of higher order are not known; call {rule.name}.__wrapped__ there, or "
            "choose with fastgrad.where"
        )
    return record(CustomOp(made.primal, rule), made, arguments)


def _call_inside(outer, function, arguments):
    """Return the result inside the function's own rule: the value comes from the function."""
    outer.calls += 1
    if [id(x) for x in arguments.leaves if is_recorded(x)] != outer.operand_ids:
        outer.others_called = True
    made = trace_function(function.__wrapped__, arguments, outer.captured)
    return record(CustomOp(made.primal, outer.rule), made, arguments)


def record(op: CustomOp, made: Traced, arguments: Arguments) -> Any:
    """Put a call on the tape; return the result."""
    operands = arguments.operands() + made.captured
    arrays = [values(t) for t in operands]
    recording = tape().recording
    outputs = []
    for k, value in enumerate(made.values):
        if value.dtype.kind == "f" or recording:
            noted = Call(op, {"output": k}, arrays, value)
            outputs.append(_array.record(noted, tuple(operands), value, None))
        else:
            outputs.append(wrap(value))
    if recording:
        for k, (value, place) in enumerate(made.guards, len(outputs)):
            noted = Call(op, {"output": k}, arrays, value)
            guard(_array.record(noted, tuple(operands), value, None), value, place)
    n = 1 if made.results.n_floats else 0
    return made.results.unpack(outputs[:n], outputs[n:])
