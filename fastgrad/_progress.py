"""What a batch tells while it runs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

INTERVAL = 0.1  # seconds from one report to the next


class Report:
    """Passes on how many points are done: not too often, and never fewer than before.

    Attributes
    ----------
    before : int
        Points that are done, without those of the run that reports now.
    """

    def __init__(self, tell: Callable[[int, int], Any], total: int) -> None:
        self.tell, self.total = tell, total
        self.before = self.last = 0
        self.next = time.monotonic() + INTERVAL

    def __call__(self, done: int) -> None:
        """Report so many points of the run; all of them are reported by `end` only."""
        done += self.before
        now = time.monotonic()
        if now >= self.next and self.last < done < self.total:
            self.next, self.last = now + INTERVAL, done
            self.tell(done, self.total)

    def end(self) -> None:
        """Report that all is done."""
        self.tell(self.total, self.total)


@contextmanager
def reporting(progress: Any, total: int) -> Iterator[Report | None]:
    """Return a report to what was asked for: nothing, a bar on the terminal, a function."""
    if progress is None or progress is False:
        yield None
    elif progress is not True:
        yield Report(progress, total)
    else:
        with _bar()(total=total, unit=" points", unit_scale=True) as bar:
            yield Report(lambda done, _: bar.update(done - bar.n), total)


def check(progress: Any) -> None:
    """Refuse what is no progress, before anything runs."""
    if progress is True:
        _bar()
    elif progress is not None and progress is not False and not callable(progress):
        raise TypeError(
            "progress is None, True for a bar, or a function of (done, total), got "
            f"{type(progress).__name__}"
        )


def _bar():
    try:
        from tqdm.auto import tqdm
    except ImportError:
        raise ImportError(
            "progress=True shows a bar with tqdm, which is not installed: pip install "
            "'fastgrad[progress]', or pass a function of (done, total)"
        ) from None
    return tqdm
