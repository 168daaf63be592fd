"""Threads that help with batches: made when they are first asked for, and kept.

Who asks never waits for one to come: it works too, and with no help it does everything itself. So
nothing can wait in a circle, and a process that has no threads left is only slower.
"""

from __future__ import annotations

import os
import threading
from queue import SimpleQueue
from typing import Any

MOST = 64


class Helpers:
    """Threads that wait for jobs."""

    def __init__(self) -> None:
        self.jobs: SimpleQueue[Any] = SimpleQueue()
        self.n = 0
        self.lock = threading.Lock()

    def ask(self, job: Any, n: int) -> None:
        """Let up to n threads call ``job.help()``, which raises nothing, when they are free."""
        n = min(n, MOST)
        if self.n < n:
            with self.lock:
                self._grow(n)
        for _ in range(min(n, self.n)):
            self.jobs.put(job)

    def _grow(self, n):
        while self.n < n:
            thread = threading.Thread(
                target=_serve, args=(self.jobs,), name=f"fastgrad-{self.n}", daemon=True
            )
            try:
                thread.start()
            except RuntimeError:  # no more are to be had, or the interpreter is about to end
                return
            self.n += 1


def _serve(jobs):
    while True:
        jobs.get().help()


_helpers = Helpers()


def ask(job: Any, n: int) -> None:
    """See `Helpers.ask`; of this process."""
    _helpers.ask(job, n)


def _begin_anew() -> None:
    """Forget the threads of the parent, which a forked process has not got."""
    global _helpers
    _helpers = Helpers()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "process_cpu_count"):  # from Python 3.13 on
        return os.process_cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
