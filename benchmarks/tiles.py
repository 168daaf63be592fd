"""What an operation costs for each point: by instruction set, length of the program, and points.

    python benchmarks/tiles.py [--isa base avx2 avx512] [--rounds N]

A region is a recorded function of two arrays, 4, 16 or 64 elementwise operations long: products
and sums in turn. A batch is a program of two numbers and 64 such operations, run at many points.
Figures are nanoseconds for each operation of the function and point, whatever instructions it
became. Each instruction set is measured in a process of its own, with FASTGRAD_ISA set to it.
At the end float32 is compared with float64, and two threads with one.
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.tiles`

import numpy as np
import timing
from engines import fastgrad_recorded

LENGTHS = 4, 16, 64
POINTS = [10**k for k in range(2, 7)]
GOAL = 1.8


def chain(x, y, operations):
    """Return x after so many products and sums with y."""
    for k in range(operations):
        x = x + y if k % 2 else x * y
    return x


def calls():
    """Return {(row, points): (a call, its operations, what it gives)}."""
    import fastgrad as fg

    made, long = {}, LENGTHS[-1]
    number = fg.record(lambda row: chain(row[0], row[1], long), np.ones(2))
    for n in POINTS:
        rows = np.random.default_rng(n).uniform(-1.0, 1.0, (n, 2))
        x, y = rows.T.copy()
        for length in LENGTHS:
            program = fg.record(lambda x, y, length=length: chain(x, y, length), x, y)
            call = lambda p=program, x=x, y=y: p(x, y)
            made[f"region of {length}", n] = call, length, chain(x, y, length)
        for what in ("value", "value_and_grad"):
            call = lambda rows=rows, what=what: number.batch(rows, what=what, threads=1)
            made[f"batch of {long}, {what}", n] = call, long, chain(x, y, long)
    return made


def measure(rounds):
    """Return {row: the figures of all numbers of points}, in nanoseconds."""
    found, figures = calls(), {}
    for (row, n), (call, _, want) in found.items():
        got = call()[0] if row.endswith("grad") else call()
        if not timing.correct(got, want, 1e-12):
            raise ArithmeticError(f"{row}, {n:,} points: wrong")
    times = timing.interleaved({key: call for key, (call, *_) in found.items()}, rounds)
    for (row, n), taken in times.items():
        figures.setdefault(row, []).append(median(taken) * 1e9 / n / found[row, n][1])
    return figures


def in_child(isa, rounds):
    """Return what `measure` gives in a new process with an instruction set."""
    os.environ["FASTGRAD_ISA"] = isa
    child = timing.run([__file__, "--child", "--rounds", rounds], capture_output=True, text=True)
    if child.returncode:
        return (child.stderr.splitlines() or [f"exit code {child.returncode}"])[-1]
    return json.loads(child.stdout.splitlines()[-1])


def curved(x, y):
    """Return functions of x and y, for which memory is no limit."""
    return np.exp(-x * x) * np.sin(y) + np.log1p(y * y) * np.tanh(x)


def speed_of_floats(rounds, n=POINTS[-1]):
    """Return {what: how many times as fast float32 is as float64}, by the medians of both."""
    import fastgrad as fg

    calls, long = {}, LENGTHS[-1]
    for dtype in (np.float64, np.float32):
        rows = np.random.default_rng(0).uniform(-1.0, 1.0, (n, 2)).astype(dtype)
        x, y = rows.T.copy()
        for length in LENGTHS:
            program = fg.record(lambda x, y, length=length: chain(x, y, length), x, y)
            calls[f"region of {length}", dtype] = lambda p=program, x=x, y=y: p(x, y)
        slope = fg.value_and_grad(fg.record(lambda x, y: curved(x, y).sum(), x, y), argnums=(0, 1))
        calls["region of functions, value_and_grad", dtype] = lambda p=slope, x=x, y=y: p(x, y)
        number = fg.record(lambda row: chain(row[0], row[1], long), rows[0])
        for what in ("value", "value_and_grad"):
            call = lambda p=number, rows=rows, what=what: p.batch(rows, what=what, threads=1)
            calls[f"batch of {long}, {what}", dtype] = call
    times = {key: median(taken) for key, taken in timing.interleaved(calls, rounds).items()}
    return {row: times[row, np.float64] / times[row, np.float32] for row, _ in calls}


def speed_of_two(rounds, n=POINTS[-1]):
    """Return how many times as much two threads compute as one, in the best of the rounds."""
    import fastgrad as fg

    program = fg.record(lambda x, y: chain(x, y, LENGTHS[-1]), 1.0, 1.0)
    x, y = np.random.default_rng(0).uniform(-1.0, 1.0, (2, n))
    mapped = fg.vmap(fg.value_and_grad(program))
    bound = [mapped.bind(x, y, threads=threads) for threads in (1, 2)]
    runs = {
        "batch": lambda threads: program.batch(x, y, threads=threads),
        "vmap, bound": lambda threads: bound[threads - 1](),
    }
    ratios = {}
    for name, run in runs.items():
        best = [float("inf")] * 2
        for _ in range(rounds):
            for k in range(2):
                began = time.perf_counter()
                run(k + 1)
                best[k] = min(best[k], time.perf_counter() - began)
        ratios[name] = best[0] / best[1]
    return ratios


def main():
    """Print a table for each instruction set, and what float32 and a second thread bring."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--isa", nargs="+", default=["base", "avx2", "avx512"])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.rounds)))
        return 0
    if not fastgrad_recorded.available():
        return "fastgrad is not installed"
    print(timing.machine(), f"fastgrad {fastgrad_recorded.available()}", sep="\n")
    for isa in options.isa:
        figures = in_child(isa, options.rounds)
        print(f"\n{isa + ', ns':26}" + "".join(f"{n:>11,}" for n in POINTS) + "  points")
        if isinstance(figures, str):
            print(figures)
            continue
        for row, cells in figures.items():
            print(f"{row:26}" + "".join(f"{cell:11.3f}" for cell in cells))
    os.environ.pop("FASTGRAD_ISA")
    print()
    for row, ratio in speed_of_floats(options.rounds).items():
        print(f"{row}, {POINTS[-1]:,} points: float32 {ratio:.2f} x float64")
    if (os.cpu_count() or 1) < 2:
        print("not measured: two threads need two cores")
        return 0
    for name, ratio in speed_of_two(options.rounds).items():
        reached = "reached" if ratio >= GOAL else "NOT REACHED"
        print(f"{reached:13} {name}: two threads {GOAL} x one: {ratio:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
