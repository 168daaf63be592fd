from collections.abc import Callable
from typing import Any, final

import numpy as np

from ._machine import Machine

@final
class Batch:
    status: np.ndarray
    def __init__(
        self,
        machine: Machine,
        inputs: list[np.ndarray],
        shared: list[bool],
        n: int,
        outputs: list[np.ndarray],
    ) -> None: ...
    def run(self, threads: int, report: Callable[[int], Any] | None = None) -> int: ...
    def help(self) -> None: ...
