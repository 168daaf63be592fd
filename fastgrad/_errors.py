"""Exceptions that users may want to catch by name."""

from __future__ import annotations

from typing import Any


class BranchChanged(RuntimeError):
    """A Program was called with arguments for which a recorded branch goes the other way.

    Attributes
    ----------
    file : str
        File of the statement that decided.
    line : int
        Its line.
    """

    file: str
    line: int

    def __init__(self, message: str, file: str = "<unknown>", line: int = 0) -> None:
        super().__init__(message)
        self.file, self.line = file, line

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.args[0], self.file, self.line)


BranchChanged.__module__ = "fastgrad"
