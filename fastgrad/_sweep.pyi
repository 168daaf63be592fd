from collections.abc import Callable
from typing import Any

from ._core import Tape
from ._nodes import add_note as add_note
from ._nodes import call_of as call_of
from ._nodes import dependents as dependents
from ._nodes import item_index as item_index
from ._nodes import leaf_nodes as leaf_nodes
from ._nodes import leaf_owner as leaf_owner
from ._nodes import look as look
from ._nodes import node_id as node_id
from ._nodes import notes as notes
from ._nodes import owners as owners
from ._nodes import pin as pin
from ._nodes import tape as tape
from ._nodes import tape_of as tape_of
from ._nodes import tensor_at as tensor_at
from ._tensor import Tensor

class Watch:
    hooks: dict[int, Callable[[Tensor], Any]]
    retains: bool

class Buffer: ...

def watch(t: Tensor) -> Watch: ...
def unwatch(t: Tensor) -> None: ...
def rewatch(t: Tensor) -> None: ...
def is_watched(t: Tensor) -> bool: ...
def raise_freed() -> None: ...
def run_hooks(tape: Tape, node: int, g: Tensor) -> Tensor: ...
def add_to_grad(t: Tensor, g: Tensor) -> None: ...
def operand_value(tape: Tape, node: int, k: int) -> Any: ...
def sweep(
    roots: list[Tensor], seeds: list[Tensor], retain: bool, inputs: list[Tensor] | None = None
) -> list[Any]: ...
def backward(roots: list[Tensor], seeds: list[Tensor], retain: bool) -> None: ...
