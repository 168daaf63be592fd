"""Ctrl-C at any call: KeyboardInterrupt, and nothing of what was going on stays behind."""

import gc
import inspect
import math
import signal
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from fault_scripts import SCRIPTS, energy, numbers
from watched import needs_speed

import fastgrad as fg
from fastgrad._sweep import tape

PLACES = str(Path(fg.__file__).parent), str(Path(__file__).parent)
ORIGINALS = {name: getattr(np, name) for name in ("zeros", "array", "empty", "where")}
X = np.array([0.5, 1.5, -0.8])


def run(script):
    return script(lambda step: step())


def interrupted(script, at):
    """Run a script until a call of a Python function, counted from 0; return how many there were.

    There Python looks for signals. A negative number lets it run to its end.
    """
    calls = -1

    def trace(frame, event, _):
        nonlocal calls
        code = frame.f_code
        if (
            event == "call"
            and code.co_filename.startswith(PLACES)
            and not (
                code.co_flags
                & inspect.CO_GENERATOR  # it may be called to be closed, where nobody hears
            )
        ):
            calls += 1
            if calls == at:
                sys.settrace(None)
                raise KeyboardInterrupt
        return

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(script)
    except KeyboardInterrupt:
        assert calls == at
    finally:
        sys.settrace(before)
    return calls


def check_nothing_is_left(wanted):
    on = tape()
    assert not on.recording and on.grad_enabled and on.outer is None
    assert not on.anomaly and not on.check_nan
    assert small() == wanted
    assert {name: getattr(np, name) for name in ORIGINALS} == ORIGINALS
    assert type(math.sin) is type(len)


def small():
    x = fg.tensor(X, requires_grad=True)
    loss = energy(x)
    loss.backward()
    prog = fg.record(energy, X)
    return numbers(loss, x.grad, prog.value_and_grad(X), prog.batch(X[None]))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_an_interrupt_at_any_call_leaves_nothing_behind(script):
    check_interrupts(script, 40)


def check_interrupts(script, points):
    wanted = small()
    found = run(script)
    n = interrupted(script, -1) + 1
    gc.collect()
    nodes = tape().stats()["nodes"]
    for at in range(0, n, max(1, n // points)):
        interrupted(script, at)
        check_nothing_is_left(wanted)
    gc.collect()
    tape().compact()
    assert tape().stats()["nodes"] <= nodes + 1
    assert run(script) == found


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.__name__)
def test_an_interrupt_at_hundreds_of_calls_leaves_nothing_behind(script):
    check_interrupts(script, 300)


# ---- while compiled code runs: each of these takes most of a second ----

LARGE = np.linspace(0.1, 0.9, 300_000)
SQUARE = np.linspace(0.1, 0.9, 10_000).reshape(100, 100)


def region(x):
    """One instruction that goes over tiles."""
    for _ in range(300):
        x = np.sin(x) * x + 0.5
    return np.sum(x)


def products(x):
    """Many instructions, none of which takes a millisecond."""
    for _ in range(3000):
        x = (x @ SQUARE) * 0.02
    return np.sum(x)


def backward(x):
    t = fg.tensor(x, requires_grad=True)
    y = t
    for _ in range(800):
        y = y + t
    loss = y.sum()

    def run():
        t.grad = None
        loss.backward(retain_graph=True)
        return t.grad.numpy().copy()

    return run


LONG = {
    "region": lambda: partial(fg.record(region, LARGE), LARGE),
    "products": lambda: partial(fg.record(products, SQUARE), SQUARE),
    "bound": lambda: fg.record(region, LARGE[:100_000]).bind(LARGE[:100_000]),
    "batch": lambda: partial(fg.record(region, LARGE).batch, LARGE[None], what="value"),
    "backward": lambda: backward(LARGE),
}


def lateness(call, seconds):
    """Call on and on; return how long after the time of a signal it came to an end.

    Both in the processor's time. The system itself sends that signal: a thread would need the GIL.
    """

    def run():
        while True:
            call()

    before = signal.signal(signal.SIGVTALRM, signal.default_int_handler)
    try:
        due = time.process_time() + seconds
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        with pytest.raises(KeyboardInterrupt):
            run()
        return time.process_time() - due
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@needs_speed
@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="the system has no timer of that kind")
@pytest.mark.parametrize("what", LONG)
def test_an_interrupt_ends_compiled_code_soon_and_it_can_run_again(what):
    call = LONG[what]()
    wanted = call()
    began = time.process_time()
    np.testing.assert_array_equal(call(), wanted)
    whole = time.process_time() - began
    late = min(lateness(call, 0.2 * whole) for _ in range(3))
    assert late < 0.5 * whole
    assert late < 0.2
    np.testing.assert_array_equal(call(), wanted)
