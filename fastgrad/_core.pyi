from typing import Any

import numpy as np

class Storage:
    changed: Any

class Box:
    view: Any
    def __init__(
        self, array: np.ndarray, storage: Storage | None = None, view: Any = None
    ) -> None: ...
    @property
    def array(self) -> np.ndarray: ...
    @property
    def storage(self) -> Storage: ...
    @property
    def stale(self) -> bool: ...
    def refreshed(self) -> None: ...
    def bump(self, changed: Any) -> None: ...

class Tape:
    grad_enabled: bool
    anomaly: bool
    check_nan: bool
    recording: bool
    def stats(self) -> dict[str, int]: ...
    def compact(self) -> None: ...

def tape() -> Tape: ...
