"""What ``fastgrad`` shows in a terminal. What stands after ``>>>`` is what runs."""

from __future__ import annotations

import functools
import gc
import importlib
import importlib.util
import math
import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib import resources
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np

import fastgrad as fg

from ._tutorial import Value
from ._version import __version__

CERTIFIED = {"b1": 2.3894212918e02, "b2": 5.5015643181e-04, "sum of squares": 1.2455138894e-01}
CERTIFIED_DIGITS = 11
DIGITS_ASKED = 8
STARTS = ([500.0, 0.0001], [250.0, 0.0005])

EXAMPLE = """\
import fastgrad as fg
x, y = fg.tensor(1.0), fg.tensor(2.0)
w = fg.tensor(1.0, requires_grad=True)
loss = (w * x - y) ** 2
fg.explain(loss)
"""

BACKWARD = """\
loss.backward()
print(w.grad)
"""

DESCENT = """\
for step in range(1, 101):
    loss = (w * x - y) ** 2
    w.grad = None
    loss.backward()
    with fg.no_grad():
        w -= 0.1 * w.grad
    if step in (1, 2, 3, 10, 20, 50, 100):
        print(f"{step:4}  loss {loss.item():.2e}  w {w.item():.10f}")
"""

FIT = """\
from fastgrad.autograd import grad
from scipy.optimize import least_squares
def residuals(b):
    return b[0] * (1 - fg.exp(-b[1] * pressure)) - volume
def jacobian(b):
    b = fg.tensor(b, requires_grad=True)
    rows = [grad(r, b, retain_graph=True)[0] for r in residuals(b)]
    return fg.stack(rows).numpy()
def fit(start):
    return least_squares(lambda b: residuals(b).numpy(), start, jacobian,
                         x_scale="jac", ftol=1e-15, xtol=1e-15, gtol=1e-15)
"""


def misra1a() -> tuple[np.ndarray, np.ndarray]:
    """Return pressure and volume, 14 observations each."""
    path = resources.files("fastgrad").joinpath("data/misra1a.csv")
    lines = [line for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    volume, pressure = np.array([line.split(",") for line in lines[1:]], float).T
    return pressure, volume


def tour() -> int:
    """Print all of it; return 0, or 1 if something is not as it should be."""
    print(f"fastgrad {__version__}: gradients of ordinary Python code at the speed of C")
    _heading("1", "The tutorial's example, with every number")
    names: dict[str, Any] = {"__name__": "tour"}
    _run(EXAMPLE, names)
    print()
    _run(BACKWARD, names)

    _heading("2", "Gradient descent: against the gradient, to the minimum")
    _run(DESCENT, names)
    print("The minimum is at w = 2, where w x = y.")

    _heading("3", "Real data with a certified answer")
    print("Misra1a of NIST: 14 volumes of gas adsorbed at a pressure, and the model")
    print("volume = b1 (1 - exp(-b2 pressure)). scipy fits it with gradients of fastgrad.")
    print()
    names["pressure"], names["volume"] = misra1a()
    _run(FIT, names)
    print()
    good = show_fits([names["fit"](start) for start in STARTS])

    _heading("4", "Gradients per second")
    return bench() or (0 if good else 1)


def _heading(number, text):
    print(f"\n\n{number}. {text}\n{'-' * (len(text) + 3)}\n")


def _run(code, names):
    """Show code as one would type it, and run it."""
    for line in code.splitlines():
        print(f"{'...' if line.startswith(' ') else '>>>'} {line}")
    exec(compile(code, "<tour>", "exec"), names)


# ---- the fit ----


def digits(got: float, certified: float) -> float:
    """Return how many decimal digits agree: minus the logarithm of the relative error [1]_.

    References
    ----------
    .. [1] McCullough, "Assessing the Reliability of Statistical Software: Part I", The American
       Statistician 52 (1998): the LRE.
    """
    error = abs(got - certified) / abs(certified)
    return CERTIFIED_DIGITS if error == 0 else min(CERTIFIED_DIGITS, -math.log10(error))


def show_fits(fits: list) -> bool:
    """Print fits beside the certified answer; return whether enough digits agree."""
    rows = [[*fit.x, 2 * fit.cost] for fit in fits]
    certified = list(CERTIFIED.values())
    agree = [min(digits(row[k], certified[k]) for row in rows) for k in range(3)]
    print(f"{'':22}" + "".join(f"{name:>18}" for name in CERTIFIED))
    for start, row in zip(STARTS, rows):
        print(f"from {start[0]:3.0f}, {start[1]:<12}" + "".join(f"{x:18.10E}" for x in row))
    print(f"{'certified by NIST':22}" + "".join(f"{x:18.10E}" for x in certified))
    print(f"{'digits that agree':22}" + "".join(f"{math.floor(d):18}" for d in agree))
    enough = min(agree) >= DIGITS_ASKED
    if not enough:
        print(f"That is less than {DIGITS_ASKED} digits: please report it.")
    return enough


# ---- the comparison ----


class Problem(NamedTuple):
    """A loss of a few parameters, with what a comparison needs of it."""

    title: str
    nodes: int
    start: tuple[float, ...]
    loss: Callable[..., Any]  # of parameters; how an engine makes a constant; its exponential
    by_hand: Callable[..., Any]  # the gradient at many points, of a column a parameter


def example(parameters, constant, exp):
    """Return the loss of the tutorial's example."""
    (w,), x, y = parameters, constant(1.0), constant(2.0)
    return (w * x - y) ** 2


def sum_of_squares(pressure: np.ndarray, volume: np.ndarray) -> Problem:
    """Return what the fit minimizes, number by number."""
    data = list(zip(pressure.tolist(), volume.tolist()))

    def squares(parameters, constant, exp):
        b1, b2 = parameters
        return sum((b1 * (1.0 - exp(-b2 * x)) - y) ** 2 for x, y in data)

    def by_hand(b1, b2):
        decay = np.exp(-np.outer(b2, pressure))
        twice = 2.0 * (b1[:, None] * (1.0 - decay) - volume)
        slope = b1[:, None] * pressure * decay
        return (twice * (1.0 - decay)).sum(1), (twice * slope).sum(1)

    title = f"the fit of Misra1a, a sum of {len(data)} squares"
    return Problem(title, 8 * len(data), (250.0, 0.0005), squares, by_hand)


def parameter(value: float) -> fg.Tensor:
    """Return a scalar whose gradient is wanted."""
    return fg.tensor(value, requires_grad=True)


# Of each: a constant, a parameter, the exponential.
ENGINES: dict[str, tuple[Any, Any, Any]] = {
    "pure Python": (Value, Value, Value.exp),
    "fastgrad": (fg.tensor, parameter, fg.exp),
}
POINTS = 10_000


def _torch():
    """Return the row of ENGINES for torch, if it is installed."""
    if importlib.util.find_spec("torch") is None:
        return {}
    torch = importlib.import_module("torch")
    constant = functools.partial(torch.tensor, dtype=torch.float64)
    return {"torch": (constant, functools.partial(constant, requires_grad=True), torch.exp)}


def _eager(problem, engine):
    """Return a call that builds the graph, sweeps it, and gives the gradient."""
    constant, active, exp = engine

    def gradient():
        parameters = [active(value) for value in problem.start]
        problem.loss(parameters, constant, exp).backward()
        return [p.grad for p in parameters]

    return gradient


def _calls(problem, engines):
    """Return {what is timed: a call, at how many points it gives the gradient}."""
    calls = {name: (_eager(problem, engine), 1) for name, engine in engines.items()}
    start, count = problem.start, len(problem.start)
    program = fg.record(lambda *numbers: problem.loss(numbers, float, fg.exp), *start)
    gradient = fg.grad(program, argnums=tuple(range(count)) if count > 1 else 0)
    calls["fastgrad, recorded"] = lambda: gradient(*start), 1
    spread = np.linspace(1.0, 1.1, POINTS)  # the first point is the one of the others
    columns, many = [value * spread for value in start], fg.vmap(gradient, threads=1)
    calls[f"fastgrad, {POINTS:,} points a call"] = lambda: many(*columns), POINTS
    calls[f"NumPy by hand, {POINTS:,} points"] = lambda: problem.by_hand(*columns), POINTS
    return calls


def _same(results):
    """Return whether all agree at the first point, and those of many points at each."""
    parts = [r if isinstance(r, (list, tuple)) else [r] for r in results]
    tables = [np.array([np.ravel(g) for g in part], float) for part in parts]
    first, many = tables[0], [t for t in tables if t.shape[1] > 1]
    return all(np.allclose(t[:, :1], first, rtol=1e-11, atol=0.0) for t in tables) and all(
        np.allclose(t, many[0], rtol=1e-9, atol=0.0) for t in many
    )


def bench(seconds: float = 0.1, rounds: int = 5, peers: bool = False) -> int:
    """Print gradients per second; return 0, or 1 if a gradient is wrong.

    Parameters
    ----------
    seconds : float, seconds
        Of one block of calls.
    rounds : int
        Blocks of each call, in turn; what counts is the median.
    peers : bool
        Whether torch takes part, if it is installed.
    """
    engines = {**ENGINES, **(_torch() if peers else {})}
    print("gradients per second, and times as many as pure Python")
    for problem in (
        Problem("(w * x - y) ** 2", 3, (1.0,), example, lambda w: (2.0 * (w * 1.0 - 2.0) * 1.0,)),
        sum_of_squares(*misra1a()),
    ):
        calls = _calls(problem, engines)
        print(f"\n{problem.title}: {problem.nodes} nodes", flush=True)
        results = [call() for call, _ in calls.values()]
        if not _same(results):
            print("  different gradients: please report it.")
            for name, result in zip(calls, results):
                print(f"  {name}: {result}")
            return 1
        rates = _rates(calls, seconds, rounds)
        for name, rate in rates.items():
            ratio = rate / rates["pure Python"]
            print(f"  {name:34}{rate:15,.0f}{ratio:10,.{0 if ratio > 9.5 else 1}f}x")
    print()
    print("Number by number, in one thread. Pure Python is the class Value of a tutorial,")
    print("fastgrad/_tutorial.py; there, and where nothing else is said, each gradient")
    print("builds the graph, sweeps it and lets it go. The results were compared first.")
    print(_machine())
    return 0


def _rates(calls, seconds, rounds):
    """Return the gradients per second of each call, timed in turn."""
    counts = {name: _calls_in(seconds, call) for name, (call, _) in calls.items()}
    times: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, (call, points) in calls.items():
            gc.collect()
            times[name].append(min(_time(call, counts[name])) / counts[name] / points)
    return {name: 1.0 / statistics.median(taken) for name, taken in times.items()}


def _time(call, calls):
    """Return the seconds that calls take, by the clock and of the processor.

    The latter is less if somebody else had the processor in between.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in repeat(None, calls):
        call()
    return time.perf_counter() - wall, max(time.process_time() - cpu, 1e-9)


def _calls_in(seconds, call):
    """Return how many calls take so many seconds."""
    calls = 1
    while (taken := _time(call, calls)[0]) < seconds / 4:
        calls *= 4
    return max(1, round(calls * seconds / taken))


def _machine():
    """Return the processor and what runs on it."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            model = next(line.split(":")[1] for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return (
        f"{model.strip()}, {os.cpu_count()} cores, {platform.system()}\n"
        f"{platform.python_implementation()} {platform.python_version()}, "
        f"NumPy {np.__version__}, fastgrad {__version__}"
    )
