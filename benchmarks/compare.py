"""Compare the engines on the problems, and print one table.

    python benchmarks/compare.py [--problem w1 w2b w9 ...] [--engine fastgrad ...] [--rounds N]
                                 [--report]

A gradient is checked before it is timed. See README.md for the method.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.compare`

import measure
import report
import timing

PROBLEMS = {
    "w1": "w1_tutorial",
    "w1b": "w1b_recorded",
    "w2": "w2_mlp",
    "w2b": "w2b_recorded",
    "w3": "w3_rosenbrock",
    "w4": "w4_gmm",
    "w5a": "w5a_black_scholes",
    "w5b": "w5b_heston",
    "w6": "w6_bundle",
    "w7": "w7_digits",
    "w8": "w8_lotka",
    "w9": "w9_chain",
    "w10": "w10_second",
}
ENGINES = (
    "fastgrad_recorded fastgrad_eager pure_python micrograd torch_eager autograd_hips jax_cpu xad "
    "casadi_sx heyoka_cfunc numpy_by_hand c_by_hand"
).split()


def print_table(title, cells):
    """Print one row for each engine, variant and quantity."""
    print(f"\n{title}")
    head = (
        f"{'engine':13} {'variant':24} {'':19} {'median':>9} {'min':>9} {'x fastgrad':>11} spread"
    )
    print(head, "-" * len(head), sep="\n")
    for quantity in dict.fromkeys(key[2] for key in cells):
        base = measure.medians(cells, "fastgrad", quantity)
        for (name, variant, what), times in cells.items():
            if what != quantity:
                continue
            row = f"{name:13} {variant:24} {measure.QUANTITIES[what]:19}"
            if isinstance(times, str):
                print(row, times)
                continue
            middle, least = timing.show(median(times), what), timing.show(min(times), what)
            ratio = f"{median(times) / base:.2f}" if base else "-"
            print(f"{row} {middle:>9} {least:>9} {ratio:>11} {timing.spread(times):>6}")


def print_goals(problem, cells):
    """Print a line for each goal of the problem."""
    for text, quantity, peer, limit in problem.GOALS:
        figure = measure.medians(cells, "fastgrad", quantity)
        other = measure.medians(cells, peer, quantity) if peer else 1.0
        if figure is None or other is None:
            print(f"not measured  {text}")
            continue
        figure /= other
        shown = timing.show(figure, quantity) if not peer else f"{figure:.2f}"
        if peer and figure < 0.5:
            shown = f"1/{1 / figure:.1f}"
        print(f"{'reached' if figure <= limit else 'NOT REACHED':13} {text}: {shown}")


def main():
    """Measure what the command line asks for."""
    modules = [import_module(f"engines.{name}") for name in ENGINES]
    names = list(dict.fromkeys(engine.NAME for engine in modules))
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problem", nargs="+", choices=PROBLEMS, default=list(PROBLEMS))
    parser.add_argument(
        "--engine", nargs="+", choices=names, default=names, metavar="NAME", help=", ".join(names)
    )
    parser.add_argument("--rounds", type=int, default=9, help="blocks of each call; default 9")
    parser.add_argument(
        "--report", action="store_true", help="write the table of README.md, and the plot"
    )
    options = parser.parse_args()
    if options.report:
        report.load_plotting()  # before half an hour, not after it
    engines = [engine for engine in modules if engine.NAME in options.engine]
    print(timing.machine())
    versions = {engine.NAME: engine.available() or "-" for engine in engines}
    print(", ".join(f"{name} {version}" for name, version in versions.items()))
    goals, figures = [], {}
    for key in options.problem:
        module = import_module(f"problems.{PROBLEMS[key]}")
        for problem in getattr(module, "CASES", [module]):
            able = [engine for engine in engines if hasattr(engine, problem.KEY)]
            cells = measure.cells(problem, able, options.rounds)
            print_table(f"{problem.TITLE} ({problem.NODES:,} nodes)", cells)
            goals.append((problem, cells))
            figures.update(report.rows(problem, cells))
    print()
    for problem, cells in goals:
        print_goals(problem, cells)
    if options.report:
        report.save(figures, timing.machine(), versions)
        report.write()


if __name__ == "__main__":
    main()
