from collections.abc import Callable
from typing import Any, final

import numpy as np

class Tape:
    grad_enabled: bool
    anomaly: bool
    check_nan: bool
    recording: bool
    open: bool
    guards: list[tuple[int, Any, tuple[str, int]]]
    captured: dict[int, tuple[Any, Any]]
    constants: dict[int, tuple[np.ndarray, np.ndarray, int]]
    @property
    def outer(self) -> Tape | None: ...
    @property
    def closed(self) -> bool: ...
    @property
    def places(self) -> list[Any]: ...
    def stats(self) -> dict[str, int]: ...
    def compact(self) -> None: ...

@final
class Seat: ...

@final
class Watch:
    hooks: dict[int, Callable[[Any], Any]]
    retains: bool

def tape() -> Tape: ...
def set_grad_mode(mode: bool) -> None: ...

class Mode:
    def __enter__(self) -> None: ...
    def __exit__(self, kind: object = None, error: object = None, trace: object = None) -> None: ...

class GradMode(Mode):
    mode: bool
    before: bool | None

class AnomalyMode(Mode):
    check_nan: bool

def begin_recording() -> Tape: ...
def end_recording(outer: Tape) -> None: ...
def statement(tape: Tape) -> tuple[int, tuple[str, int]]: ...
def file_and_line(place: Any) -> tuple[str, int]: ...
