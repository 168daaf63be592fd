"""What ``fastgrad`` shows in a terminal. What stands after ``>>>`` is what runs."""

from __future__ import annotations

import gc
import math
import os
import platform
import statistics
import time
from importlib import resources
from itertools import repeat
from typing import Any

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


def example(tensor, parameter, exp):
    """Return the gradient of the tutorial's example."""
    x, y, w = tensor(1.0), tensor(2.0), parameter(1.0)
    loss = (w * x - y) ** 2
    loss.backward()
    return [w.grad]


def sum_of_squares(data):
    """Return a function like `example`: the fit's sum of squares, number by number."""

    def gradient(tensor, parameter, exp):
        b1, b2 = parameter(250.0), parameter(0.0005)
        loss = sum((b1 * (1.0 - exp(-b2 * x)) - y) ** 2 for x, y in data)
        loss.backward()
        return [b1.grad, b2.grad]

    return gradient


def parameter(value: float) -> fg.Tensor:
    """Return a scalar whose gradient is wanted."""
    return fg.tensor(value, requires_grad=True)


# Of each: a constant, a parameter, the exponential.
ENGINES: dict[str, tuple[Any, Any, Any]] = {
    "pure Python": (Value, Value, Value.exp),
    "fastgrad": (fg.tensor, parameter, fg.exp),
}


def bench(seconds: float = 0.1, rounds: int = 5) -> int:
    """Print gradients per second of both engines; return 0, or 1 if a gradient is wrong.

    Parameters
    ----------
    seconds : float, seconds
        Of one block of calls.
    rounds : int
        Blocks of each engine, in turn; what counts is the median.
    """
    data = [(float(x), float(y)) for x, y in zip(*misra1a())]
    problems = {
        "(w * x - y) ** 2": (3, example),
        f"Misra1a: sum of {len(data)} squares": (8 * len(data), sum_of_squares(data)),
    }
    print(f"{'gradients per second':28}{'nodes':>7}{'pure Python':>15}{'fastgrad':>15}{'ratio':>9}")
    for name, (nodes, gradient) in problems.items():
        results = {engine: list(map(float, gradient(*ops))) for engine, ops in ENGINES.items()}
        if not np.allclose(results["fastgrad"], results["pure Python"], rtol=1e-12, atol=0.0):
            print(f"{name:28}{nodes:7}  different gradients: please report it.")
            for engine, result in results.items():
                print(f"  {engine}: {result}")
            return 1
        slow, fast = _rates(gradient, seconds, rounds)
        print(f"{name:28}{nodes:7}{slow:15,.0f}{fast:15,.0f}{fast / slow:8.0f}x")
    print()
    print("Number by number; each time the graph is built, swept and let go. The results")
    print("were compared first: they agree to 12 digits. Pure Python is the class Value of")
    print("a tutorial, fastgrad/_tutorial.py.")
    print(_machine())
    return 0


def _rates(gradient, seconds, rounds):
    """Return the calls per second with each engine, timed in turn."""
    calls = {engine: _calls_in(seconds, gradient, ops) for engine, ops in ENGINES.items()}
    times: dict[str, list[float]] = {engine: [] for engine in ENGINES}
    for _ in range(rounds):
        for engine, ops in ENGINES.items():
            gc.collect()
            times[engine].append(min(_time(gradient, ops, calls[engine])) / calls[engine])
    return [1.0 / statistics.median(taken) for taken in times.values()]


def _time(gradient, ops, calls):
    """Return the seconds that calls take, by the clock and of the processor.

    The latter is less if somebody else had the processor in between.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in repeat(None, calls):
        gradient(*ops)
    return time.perf_counter() - wall, max(time.process_time() - cpu, 1e-9)


def _calls_in(seconds, gradient, ops):
    """Return how many calls take so many seconds."""
    calls = 1
    while (taken := _time(gradient, ops, calls)[0]) < seconds / 4:
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
