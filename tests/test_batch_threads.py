"""Batches in threads: progress, interruptions, other processes, the end of the interpreter."""

import itertools
import os
import re
import signal
import sys
import threading
import time
import types

import numpy as np
import pytest
from batches import same
from in_threads import in_a_thread, in_threads
from new_process import python
from watched import needs_speed

import fastgrad as fg

MANY = 2563
XS, YS = np.random.default_rng(8).uniform(-2.0, 2.0, (2, MANY))
PROGRAM = fg.record(lambda x, y: np.exp(x) * np.sin(y) - x / (y + 3.0), 1.0, 1.0)
PATHS = fg.record(lambda x: np.exp(x) if x > 0.5 else (-x if x > -0.5 else np.sin(x)))


def chain(length):
    """Return a function of a number that takes its time."""

    def f(x):
        for _ in range(length):
            x = np.sin(x)
        return x

    return fg.record(f, 1.0)


# ----- how many threads -----


@pytest.mark.parametrize("threads", [0, -1, True, False, 1.5, 2.0, "2", (2,), np.float64(2)])
def test_a_number_of_threads_that_is_none_is_refused(threads):
    for run in (
        lambda: PROGRAM.batch(XS, YS, threads=threads),
        lambda: fg.vmap(PROGRAM, threads=threads),
        lambda: fg.vmap(PROGRAM).bind(XS, YS, threads=threads),
    ):
        with pytest.raises(ValueError, match="threads is a number from 1 on, or None"):
            run()


def test_a_number_of_threads_may_be_one_of_numpy():
    same(PROGRAM.batch(XS, YS, threads=np.int64(2)), PROGRAM.batch(XS, YS))


def test_batches_in_threads_of_the_user_do_not_wait_for_each_other():
    wanted = PROGRAM.batch(XS, YS, threads=1)
    for found in in_threads(lambda _: [PROGRAM.batch(XS, YS, threads=4) for _ in range(20)]):
        for one in found:
            same(one, wanted)


def test_a_bound_batch_runs_in_one_thread_at_a_time():
    inside = []

    def again(done, total):
        if done < total:
            with pytest.raises(RuntimeError, match="bind one for each thread"):
                call()
            inside.append(done)

    call = fg.vmap(chain(300)).bind(np.zeros(600_000), progress=again)
    call()
    assert inside


# ----- progress -----


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_is_told_in_the_thread_that_calls(threads):
    told = []
    program, x = chain(300), np.zeros(600_000)
    tell = lambda done, total: told.append((done, total, threading.get_ident(), time.monotonic()))
    program.batch(x, what="value", progress=tell, threads=threads)
    done = [t[0] for t in told]
    assert done == sorted(set(done)) and done[-1] == len(x) and done[0] > 0
    assert {t[1:3] for t in told} == {(len(x), threading.get_ident())}
    assert all(b[3] - a[3] > 0.09 for a, b in itertools.pairwise(told[:-1]))


def test_progress_ends_at_all_points_whatever_paths_they_take():
    for x in (XS, XS[:0], XS[:1]):
        told = []
        PATHS.batch(x, progress=lambda *t, told=told: told.append(t))
        assert told[-1] == (len(x), len(x)) and len(told) == len(set(told))


@needs_speed
@pytest.mark.parametrize("threads", [1, 2])
def test_an_exception_of_progress_stops_the_batch(threads):
    program, x = chain(1000), np.zeros(2_000_000)

    def tell(done, total):
        raise LookupError(f"{done} of {total}")

    began = time.monotonic()
    with pytest.raises(LookupError, match="of 2000000"):
        program.batch(x, what="value", progress=tell, threads=threads)
    assert time.monotonic() - began < 1.0
    same(program.batch(x[:20], what="value", threads=threads), np.zeros(20))


@pytest.mark.parametrize("progress", [1, "bar", [], 0.5])
def test_a_progress_that_cannot_be_called_is_refused(progress):
    with pytest.raises(TypeError, match="progress is None, True for a bar, or a function"):
        PROGRAM.batch(XS, YS, progress=progress)


def test_a_bar_needs_tqdm(monkeypatch):
    monkeypatch.setitem(sys.modules, "tqdm", None)
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    with pytest.raises(ImportError, match=re.escape("pip install 'fastgrad[progress]'")):
        PROGRAM.batch(XS, YS, progress=True)


def test_a_bar_is_moved_and_closed(monkeypatch):
    bars = []

    class Bar:
        def __init__(self, total, **options):
            self.total, self.n, self.is_open = total, 0, True
            bars.append(self)

        def __enter__(self):
            return self

        def __exit__(self, *error):
            self.is_open = False

        def update(self, more):
            self.n += more

    package, auto = types.ModuleType("tqdm"), types.ModuleType("tqdm.auto")
    auto.tqdm = Bar
    monkeypatch.setitem(sys.modules, "tqdm", package)
    monkeypatch.setitem(sys.modules, "tqdm.auto", auto)
    PROGRAM.batch(XS, YS, progress=True)
    assert [(b.total, b.n, b.is_open) for b in bars] == [(MANY, MANY, False)]


# ----- interruptions and processes -----


@needs_speed
@pytest.mark.parametrize("bound", [False, True])
@pytest.mark.parametrize("threads", [1, 2, 8])
def test_a_batch_can_be_interrupted(threads, bound, interrupts):
    program, x = chain(1000), np.full(4_000_000, 0.5)
    call = fg.vmap(program).bind(x, threads=threads)
    sent = []

    def interrupt():
        sent.append(time.monotonic())
        signal.raise_signal(signal.SIGINT)

    timer = threading.Timer(0.2, interrupt)
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        call() if bound else program.batch(x, what="value", threads=threads)
    took = time.monotonic() - sent[0]
    timer.join()
    assert took < 0.5  # a fifth of a second on a machine that is quiet
    x[50:] = 0.0
    few = program.batch(x[:100], what="value", threads=threads)
    same(few, np.array([program(v) for v in x[:100].tolist()]))


def script(text, timeout=60):
    """Run a script; return its exit code, or what it said."""
    found = python("-c", text, timeout=timeout)
    return found.returncode or found.stdout + found.stderr


COMMON = """
import os, sys, threading
import numpy as np
import fastgrad as fg
program, x = fg.record(lambda x: np.sin(x) * x, 1.0), np.linspace(0.0, 1.0, 100_000)
wanted = program.batch(x, threads=1)
def check(threads=4):
    found = program.batch(x, threads=threads)
    assert all((a == b).all() for a, b in zip(found, wanted))
check()
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_has_threads_of_its_own():
    text = """
child = os.fork()
if child == 0:
    check()
    grandchild = os.fork()
    if grandchild == 0:
        check()
        os._exit(0)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
check()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    assert script(COMMON + "import warnings\nwarnings.simplefilter('ignore')" + text) == ""


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's limits")
def test_what_a_helper_raises_reaches_the_caller():
    """One thread has its workspace already; the other gets no memory for one."""
    text = """
import resource
shared, scales = np.linspace(0.0, 1.0, 5_000_000), np.linspace(1.0, 2.0, 16)
heavy = fg.record(lambda a, x: np.sum(np.cumsum(a * x) * np.cumsum(x[::-1])), 1.0, shared)
calls = [fg.vmap(heavy, (0, None)).bind(scales, shared, threads=n) for n in (1, 2)]
right = calls[0]().copy()
with open("/proc/self/statm") as f:
    used = int(f.read().split()[0]) * resource.getpagesize()
limits = resource.getrlimit(resource.RLIMIT_AS)
resource.setrlimit(resource.RLIMIT_AS, (used + 10_000_000, limits[1]))
try:
    calls[1]()
except MemoryError as error:
    print("told")
resource.setrlimit(resource.RLIMIT_AS, limits)
assert (calls[1]() == right).all() and (calls[0]() == right).all()
"""
    assert script(COMMON + text) == "told\n"


def test_the_interpreter_ends_while_helpers_wait_or_work():
    assert script(COMMON + "import atexit\natexit.register(check)") == ""
    assert script(COMMON + "threading._register_atexit(check)") == ""
    text = "threading.Thread(target=lambda: [check() for _ in iter(int, 1)], daemon=True).start()"
    assert script(COMMON + text) == ""


def test_a_batch_outside_of_the_main_thread_has_helpers_too():
    same(in_a_thread(lambda: PROGRAM.batch(XS, YS, threads=3)), PROGRAM.batch(XS, YS, threads=1))
