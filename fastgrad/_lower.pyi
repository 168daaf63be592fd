from typing import Any

import numpy as np

from ._graph import Graph
from ._tape import Tape
from ._tensor import Tensor

def lower(tape: Tape, leaves: list[tuple[int, np.dtype[Any]]], outputs: list[Tensor]) -> Graph: ...
def first(guard: tuple[int, int, Any]) -> int: ...
