from collections.abc import Callable, Iterable, Sequence
from typing import Any, final

import numpy as np

from ._graph import Graph
from ._views import Views

_Type = tuple[np.dtype[Any], tuple[int, ...]]

KERNELS: dict[str, int]

def blas_from(worth: float) -> float: ...

@final
class Workspace: ...

@final
class Lowering:
    def __init__(self, graph: Graph, needed: Iterable[int], found: Views) -> None: ...

@final
class Machine:
    def __init__(
        self, graph: Graph, outputs: list[int], guards: Sequence[tuple[int, int, Any]]
    ) -> None: ...
    @property
    def inputs(self) -> list[_Type]: ...
    @property
    def outputs(self) -> list[_Type]: ...
    @property
    def guards(self) -> list[tuple[Any, int]]: ...
    @property
    def work(self) -> float: ...
    @staticmethod
    def fail(status: int) -> None: ...
    def stats(self) -> dict[str, Any]: ...
    def kernels(self) -> list[str]: ...
    def run(self, inputs: list[Any]) -> list[Any]: ...
    def rows(self, n: int) -> list[np.ndarray]: ...
    def fits(self, k: int, x: Any) -> bool: ...

class BranchTaken(Exception):
    number: int
    def __init__(self, number: int) -> None: ...

class Call:
    way: tuple[Machine, Callable[[list[Any]], Any] | None] | None
    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...

@final
class BoundCall:
    def __init__(
        self,
        machine: Machine,
        buffers: list[np.ndarray],
        out: np.ndarray | None,
        otherwise: Callable[[], Any],
    ) -> None: ...
    def __call__(self) -> Any: ...
