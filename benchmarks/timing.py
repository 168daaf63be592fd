"""What every benchmark needs: quiet threads, blocks of calls, memory, children, figures.

Import this module before NumPy: it fixes the number of threads. It also makes tests/reference.py
importable and, where no fastgrad is installed, the checkout that was built in place.
"""

import gc
import os
import platform
import statistics
import subprocess
import sys
import time
from itertools import repeat
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
sys.path += [str(CHECKOUT), str(CHECKOUT / "tests")]

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"
os.environ.pop("OPENBLAS_CORETYPE", None)  # a forced core type would slow NumPy down
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
os.environ.setdefault("NPROC", "1")  # the size of XLA's own pool of threads
os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ.setdefault("JAX_ENABLE_X64", "1")

import numpy as np  # noqa: E402  after the number of threads is fixed

BLOCK_SECONDS = 0.1


def elapsed(fn):
    """Return what fn returns, and the seconds it took.

    That is wall time, or CPU time where it is less: then somebody else had the core.
    """
    cpu, wall = time.process_time(), time.perf_counter()
    result = fn()
    wall = time.perf_counter() - wall
    return result, min(wall, time.process_time() - cpu)


def per_call(fn, calls):
    """Return the seconds of one call of fn, over a block of calls."""

    def block():
        for _ in repeat(None, calls):
            fn()

    gc.collect()  # nobody pays for the garbage of the one before
    return elapsed(block)[1] / calls


def block_size(fn):
    """Return how many calls of fn fill a block."""
    calls = 1
    while (seconds := per_call(fn, calls) * calls) < BLOCK_SECONDS / 4:
        calls *= 4
    return max(1, round(calls * BLOCK_SECONDS / seconds))


def interleaved(functions, rounds, limit=10.0):
    """Time the functions in turn, a block each, round after round.

    Parameters
    ----------
    functions : dict of callable
        By any key.
    rounds : int
        Blocks of each function.
    limit : float, seconds
        A function that has taken longer gets no further block.

    Returns
    -------
    dict of list of float
        Seconds a call, one for each block.
    """
    gc.collect()
    gc.freeze()  # big imported modules do not slow the collector
    calls = {key: block_size(fn) for key, fn in functions.items()}
    times = {key: [] for key in functions}
    for _ in range(rounds):
        for key, fn in functions.items():
            if sum(times[key]) * calls[key] < limit:
                times[key].append(per_call(fn, calls[key]))
    gc.unfreeze()
    return times


def spread(times):
    """Return the distance of the quartiles, in per cent of the median."""
    if len(times) < 2:
        return "-"
    low, _, high = statistics.quantiles(times, n=4, method="inclusive")
    return f"{(high - low) / statistics.median(times):.0%}"


def flat(got):
    """Return a number, an array, or a sequence of them and of sequences, as one flat array."""
    if isinstance(got, (list, tuple)):
        return np.concatenate([flat(g) for g in got])
    return np.ravel(np.asarray(got, dtype=float))


def correct(got, want, tolerance):
    """Return whether a gradient equals the one by hand, relative to the largest of each row."""
    got, want = flat(got), np.asarray(want)
    if got.size != want.size:
        return False
    scale = tolerance * np.max(np.abs(want), axis=-1, keepdims=True)
    return bool(np.all(np.abs(got.reshape(want.shape) - want) <= scale))


def resident():
    """Return the bytes of memory this process holds."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def run(arguments, **options):
    """Run Python in a child that finds the same packages; return the completed process."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, *map(str, arguments)], env=environment, **options)


def show(seconds, quantity="time"):
    """Return a time, or bytes, with its unit."""
    if quantity == "memory":
        return f"{seconds:.1f} B"
    for unit, factor in (("s ", 1.0), ("ms", 1e3), ("us", 1e6)):
        if seconds * factor >= 1.0:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def machine():
    """Return one line on the processor, the system and Python."""
    model = platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            model = next(
                line.split(":")[1].strip() for line in file if line.startswith("model name")
            )
    except (OSError, StopIteration):
        pass
    return (
        f"{model}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {platform.system()} "
        f"{platform.release()}; {platform.python_implementation()} {platform.python_version()}, "
        "one thread"
    )
