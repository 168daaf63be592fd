"""Compare the engines on the problems, and print one table.

    python benchmarks/compare.py [--problem w1 w2 w9] [--engine fastgrad torch ...] [--rounds N]

A gradient is checked before it is timed. See README.md for the method.
"""

import argparse
import json
import sys
from importlib import import_module
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.compare`

import timing

PROBLEMS = {"w1": "w1_tutorial", "w2": "w2_mlp", "w9": "w9_chain"}
ENGINES = "fastgrad_eager pure_python micrograd torch_eager autograd_hips jax_cpu xad".split()
QUANTITIES = {
    "record": "to record a node",
    "memory": "bytes a node",
    "backward": "backward, a node",
}


def calls(problem, engines, cells):
    """Return the calls to time; what cannot be timed says why in `cells`."""
    found = {}
    for engine in engines:
        make = getattr(engine, problem.KEY, None)
        reason = "no such problem" if not make else None if engine.available() else "not installed"
        if reason:
            cells[engine.NAME, "", "time"] = reason
            continue
        variant = ""
        try:
            for variant, call in make(problem).items():
                cells[engine.NAME, variant, "time"] = "wrong"
                if timing.correct(call(), problem.GRADIENT, problem.TOLERANCE):
                    found[engine.NAME, variant, "time"] = call
        except Exception as error:  # one engine's failure is a cell, not the end
            cells[engine.NAME, variant, "time"] = f"fails: {type(error).__name__}: {error}"
    return found


def time_in_turn(problem, engines, rounds):
    """Return the cells of a problem whose engines run interleaved, in this process."""
    cells = {}
    found = calls(problem, engines, cells)
    cells.update(timing.interleaved(found, rounds))
    return cells


def record_chain(module):
    """Return the figures that record_chain.py prints in a new process, or why there are none."""
    script = Path(__file__).with_name("record_chain.py")
    child = timing.run([script, module], capture_output=True, text=True)
    if child.returncode:
        reason = (child.stderr.splitlines() or [f"exit code {child.returncode}"])[-1]
        return {"record": f"fails: {reason}"}
    return json.loads(child.stdout.splitlines()[-1])


def time_in_children(problem, engines, rounds):
    """Return the cells of a problem that runs in a new process for each measurement."""
    cells = {}
    for _ in range(max(1, rounds // 3)):
        for engine in engines:
            if not engine.available():
                cells[engine.NAME, "", "record"] = "not installed"
                continue
            measured = record_chain(engine.__name__.split(".")[1])
            nodes = measured.pop("nodes", None)
            variant = f"{nodes:,} nodes" if nodes else ""
            for quantity, figure in measured.items():
                key = engine.NAME, variant, quantity
                if isinstance(figure, str):
                    cells[key] = figure
                else:
                    cells.setdefault(key, []).append(figure)
    return cells


def show(figure, quantity):
    """Return a figure with its unit."""
    return f"{figure:.1f} B" if quantity == "memory" else timing.show(figure)


def medians(cells, engine, quantity):
    """Return the median of an engine's first variant, or None."""
    for (name, _, what), times in cells.items():
        if name == engine and what == quantity:
            return None if isinstance(times, str) else median(times)
    return None


def print_table(title, cells):
    """Print one row for each engine, variant and quantity."""
    print(f"\n{title}")
    head = (
        f"{'engine':12} {'variant':24} {'':18} {'median':>9} {'min':>9} {'x fastgrad':>11} spread"
    )
    print(head, "-" * len(head), sep="\n")
    for quantity in dict.fromkeys(key[2] for key in cells):
        base = medians(cells, "fastgrad", quantity)
        for (name, variant, what), times in cells.items():
            if what != quantity:
                continue
            row = f"{name:12} {variant:24} {QUANTITIES.get(what, 'a call'):18}"
            if isinstance(times, str):
                print(row, times)
                continue
            middle, least = show(median(times), what), show(min(times), what)
            ratio = f"{median(times) / base:.2f}" if base else "-"
            print(f"{row} {middle:>9} {least:>9} {ratio:>11} {timing.spread(times):>6}")


def print_goals(problem, cells):
    """Print a line for each goal of the problem."""
    for text, quantity, peer, limit in problem.GOALS:
        figure = medians(cells, "fastgrad", quantity)
        other = medians(cells, peer, quantity) if peer else 1.0
        if figure is None or other is None:
            print(f"not measured  {text}")
            continue
        figure /= other
        shown = f"1/{1 / figure:.1f}" if peer else show(figure, quantity)
        print(f"{'reached' if figure <= limit else 'NOT REACHED':13} {text}: {shown}")


def main():
    """Measure what the command line asks for."""
    modules = [import_module(f"engines.{name}") for name in ENGINES]
    names = [engine.NAME for engine in modules]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    parser.add_argument(
        "--engine", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names)
    )
    parser.add_argument("--rounds", type=int, default=9, help="blocks of each call; default 9")
    options = parser.parse_args()
    engines = [engine for engine in modules if engine.NAME in options.engine]
    print(timing.machine())
    print(", ".join(f"{engine.NAME} {engine.available() or '-'}" for engine in engines))
    goals = []
    for key in options.problem:
        problem = import_module(f"problems.{PROBLEMS[key]}")
        measure = time_in_turn if hasattr(problem, "GRADIENT") else time_in_children
        cells = measure(problem, engines, options.rounds)
        print_table(f"{problem.TITLE} ({problem.NODES:,} nodes)", cells)
        goals.append((problem, cells))
    print()
    for problem, cells in goals:
        print_goals(problem, cells)


if __name__ == "__main__":
    main()
