"""Allocations that fail on demand, in a build that FASTGRAD_FAULTS=1 has made for it.

Each extension has its own copy of the core, and so of its counters.
"""

import contextlib
import ctypes
from pathlib import Path

import fastgrad as fg


def cores():
    """Return the copies of the core that allocate, by the name of their extension."""
    found = {}
    for path in sorted(Path(fg.__file__).parent.glob("_*.so")):
        core = ctypes.PyDLL(str(path))  # loaded already: this is what runs
        with contextlib.suppress(AttributeError):
            for name in ("count", "failed", "live"):
                getattr(core, f"fg_mem_{name}").restype = ctypes.c_long
            core.fg_mem_fail_after.argtypes = ctypes.c_long, ctypes.c_int
            found[path.name.split(".")[0]] = core
    return found


CORES = cores()


def live():
    """Return the number of blocks of memory that the cores have; one may free what another took."""
    return sum(core.fg_mem_live() for core in CORES.values())


def counts():
    """Return the number of allocations so far, by extension."""
    return {name: core.fg_mem_count() for name, core in CORES.items()}


def failed():
    """Return how many of them have failed on demand."""
    return sum(core.fg_mem_failed() for core in CORES.values())


def no_failures():
    """Let every allocation succeed that can."""
    for core in CORES.values():
        core.fg_mem_fail_after(-1, 0)


def fail_after(name, n, persistent):
    """Let one allocation of an extension fail after n that succeed, or that and all later ones."""
    CORES[name].fg_mem_fail_after(n, persistent)
