"""Sources of recordings: what a transform is applied to, and what it is itself.

A source finds, for arguments, a recording whose guards hold: a plain function is recorded afresh, a
Program has one recording, a lazily recorded function one for each signature and path, and a
transform transforms the recordings of its own source.
"""

from __future__ import annotations

import functools
import threading
import types
import warnings
from abc import abstractmethod
from collections.abc import Callable
from typing import Any, TypeVar

from ._errors import BranchChanged
from ._machine import BranchTaken, Call
from ._recordings import Arguments, Recording, record_call
from ._tree import LEAF, flatten

_Result = TypeVar("_Result")
Use = Callable[[Recording, Arguments], _Result]

MOST_PATHS = 256  # of one signature: a function with more has guards that hold once


class Source(Call):
    """A callable that has recordings."""

    @abstractmethod
    def replay(self, arguments: Arguments, use: Use[Any]) -> Any:
        """Return ``use(recording, arguments)`` for a recording whose guards hold."""

    def known(self) -> list[tuple[tuple[Any, ...], Recording]]:
        """Return signature and recording of each path that is recorded."""
        return []

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        """Be a method where a class has it."""
        return self if instance is None else types.MethodType(self, instance)

    def slow(self, *args: Any, **kwargs: Any) -> Any:
        """Serve a call with any arguments."""
        return self.replay(Arguments(args, kwargs), self._result)

    def _result(self, recording: Recording, arguments: Arguments) -> Any:
        result = recording(arguments.inputs())
        if arguments.are_plain():
            self._remember(recording)
        return result

    def _remember(self, recording: Recording) -> None:
        """Let the next call with plain arguments take the short way."""
        stays = recording.is_planned and not recording.captured and not self.is_fresh
        if stays:
            known = recording.result in _SHORT
            self.way = recording.machine, None if known else recording.result.unflatten

    is_fresh = False  # whether every call records anew


_SHORT = LEAF, flatten((0.0, 0.0))[1]  # the results that need nothing to pack them


class PlainFunction(Source):
    """A function, recorded at every call: always right."""

    is_fresh = True

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        functools.update_wrapper(self, function, updated=())

    def replay(self, arguments: Arguments, use: Use[Any]) -> Any:
        return _use_fresh(record_call(self.function, arguments), arguments, use)


def _use_fresh(made, arguments, use):
    """Use a recording for the arguments that it was made with.

    They take its path even if the program, which may add in another order, finds a predicate on the
    other side of a branch, by the last digit.
    """
    try:
        return use(made, arguments)
    except BranchTaken:
        return use(made.unguarded(), arguments)


class OneRecording(Source):
    """One recording; other arguments are refused, and other paths unless `paths` has them."""

    recording: Recording
    key: tuple[Any, ...]
    paths: Paths | None

    def __init__(
        self, recording: Recording, key: tuple[Any, ...], paths: Paths | None = None
    ) -> None:
        self.recording, self.key, self.paths = recording, key, paths

    def replay(self, arguments: Arguments, use: Use[Any]) -> Any:
        if arguments.key() != self.key:
            raise TypeError(self._difference(arguments))
        try:
            return use(self.recording, arguments)
        except BranchTaken as taken:
            if self.paths is not None:
                return self.paths.replay(arguments, use)
            raise branch_changed(self.recording, taken.number) from None

    def known(self) -> list[tuple[tuple[Any, ...], Recording]]:
        return [(self.key, self.recording), *(self.paths.known() if self.paths else ())]

    def _difference(self, arguments):
        structure, leaves = self.key
        wanted, given = len(self.recording.argument_structures), len(arguments.each)
        if given != wanted:
            return (
                f"{self.recording.name} was recorded with {wanted} positional "
                f"argument{'s' * (wanted != 1)} and called with {given}; call it as it was "
                "recorded, or record it for these: fastgrad.record(f, *arguments)"
            )
        if arguments.structure != structure:
            return (
                f"{self.recording.name} was recorded for arguments packed as {structure}, and "
                f"called with {arguments.structure}; record it for these: fastgrad.record(f, "
                "*arguments)"
            )
        return (
            f"{self.recording.name} was recorded for shapes, dtypes and static values {leaves}, "
            f"and called with {arguments.key()[1]}; record it for these: fastgrad.record(f, "
            "*arguments), or lazily for any: fastgrad.record(f)"
        )


def branch_changed(recording: Recording, number: int) -> BranchChanged:
    """Return the exception that says which recorded branch goes another way."""
    _, expected, place = recording.graph.guards[number]
    file, line = place
    value = recording.graph.constant_value(expected)
    return BranchChanged(
        f"{recording.name}: the arguments take another branch than the recorded one at {file}, "
        f"line {line}, where {_seen(value)} was recorded; use "
        'fastgrad.record(f, ..., branches="record") or @fastgrad.record, which record the new path '
        "too, or fastgrad.where, which computes both",
        file,
        line,
    )


def _seen(value):
    return repr(value.item()) if value.ndim == 0 else f"an array of shape {value.shape}"


class Paths(Source):
    """Recordings of a function for each signature and path, made when they are first needed."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.variants: dict[tuple[Any, ...], list[Recording]] = {}
        self._lock = threading.Lock()
        self._warned = False
        functools.update_wrapper(self, function, updated=())

    def replay(self, arguments: Arguments, use: Use[Any]) -> Any:
        key = arguments.key()
        known = self.variants.get(key, [])
        for recording in list(known):
            try:
                result = use(recording, arguments)
            except BranchTaken:
                continue
            self._move_to_front(known, recording)
            return result
        made = record_call(self.function, arguments)
        if not made.captured:
            self._keep(key, made)
        return _use_fresh(made, arguments, use)

    def known(self) -> list[tuple[tuple[Any, ...], Recording]]:
        with self._lock:
            return [(key, r) for key, recordings in self.variants.items() for r in recordings]

    def _move_to_front(self, known, recording):  # the signature may have been forgotten meanwhile
        if known[0] is not recording:
            with self._lock:
                known.remove(recording)
                known.insert(0, recording)

    def _forget_oldest(self, name):
        del self.variants[next(iter(self.variants))]
        if not self._warned:
            self._warned = True
            warnings.warn(
                f"{name} was called with more than {MOST_SIGNATURES} signatures; the oldest "
                "recordings are let go. An int is static and part of the signature: pass what "
                "changes from call to call as a float or an array",
                RuntimeWarning,
                stacklevel=2,
            )

    def _keep(self, key, made):
        with self._lock:
            known = self.variants.setdefault(key, [])
            while len(self.variants) > MOST_SIGNATURES:
                self._forget_oldest(made.name)
            if len(known) >= MOST_PATHS:
                places = sorted({g[2] for r in known for g in r.graph.guards})
                raise RuntimeError(
                    f"{made.name} has taken {len(known)} paths for one signature, the most that "
                    f"are kept; branches on values stand at {_places(places)}. Use fastgrad.where "
                    "there, or call a transform of the plain function, which records at every call"
                )
            known.insert(0, made)


MOST_SIGNATURES = 1024  # more are a sign that a number that changes is passed as a static one


def _places(places):
    return ", ".join(f"{file}, line {line}" for file, line in places[:4])


def source_of(function: Any) -> Source:
    """Return a source for anything callable."""
    if isinstance(function, Source):
        return function
    if not callable(function):
        raise TypeError(
            f"expected a function, got {type(function).__name__}; pass the function itself, not "
            "its result"
        )
    return PlainFunction(function)
