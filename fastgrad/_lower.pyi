from typing import Any

import numpy as np

from ._core import Tape
from ._graph import Graph
from ._tensor import Tensor

def lower(tape: Tape, leaves: list[int], outputs: list[Tensor]) -> Graph: ...
def first(guard: tuple[int, int, Any]) -> int: ...
def dtype_and_shape(value: Any) -> tuple[np.dtype[Any], tuple[int, ...]]: ...
