"""What a node of a recorded scalar function costs, from 1,000 nodes to 1,000,000.

    python benchmarks/nodes.py [--nodes 1000 10000 ...] [--rounds N]

The function is that of W8: Runge-Kutta steps, as many as make the nodes. Each size runs in a new
process. A row says, of one node of the function: the time to record it, to differentiate and to
plan it, all of that with the first gradient; the time of a replay that gives the value and the four
gradients; the bytes of the program, and what the whole process grew by. The gradient is checked
first. Costs should not grow with the number of nodes.
"""

import argparse
import json
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.nodes`

import timing
from engines import fastgrad_recorded
from problems import w8_lotka

FLAT = 2.0  # the largest cost a node may have, in smallest ones: caches are of several sizes
STAGES = "record", "transform", "plan"
COLUMNS = {
    "record": "record",
    "transform": "differentiate",
    "plan": "plan",
    "first": "all of it",
    "replay": "replay",
    "bytes": "program",
    "resident": "process",
}
IN_BYTES = {"bytes", "resident"}


def measure(nodes, rounds):
    """Return the figures for one size, a node."""
    import fastgrad as fg

    steps = max(1, round(nodes / 54.6))
    problem = w8_lotka.LotkaVolterra(steps)
    right = problem.GRADIENT  # by hand, before the clock starts
    fg.record(lambda x: (x * x).sum(), problem.X).grad(problem.X)  # loads what is loaded late
    before = timing.resident()

    def first():
        program = fg.record(problem.loss, problem.X)
        return program, program.value_and_grad(problem.X)[1]

    (program, gradient), seconds = timing.elapsed(first)
    resident = timing.resident() - before
    if not timing.correct(gradient, right, problem.TOLERANCE):
        return {"wrong": True}
    told = program.stats()
    times = timing.interleaved({"": lambda: program.value_and_grad(problem.X)}, rounds)[""]
    figures = {stage: told[f"{stage}_seconds"] for stage in STAGES}
    figures.update(first=seconds, replay=median(times), bytes=told["bytes"], resident=resident)
    return {
        "nodes": problem.NODES,
        "instructions": told["instructions"],
        "slots": told["slots"],
        **{name: figure / problem.NODES for name, figure in figures.items()},
    }


def child(nodes, rounds):
    """Return the figures of `measure`, from a new process."""
    arguments = [__file__, "--child", "--nodes", nodes, "--rounds", rounds]
    done = timing.run(arguments, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def print_row(row):
    """Print the figures of one size."""
    cells = [
        f"{row[name]:.1f} B" if name in IN_BYTES else timing.show(row[name]) for name in COLUMNS
    ]
    print(
        f"{row['nodes']:>11,} {row['instructions']:>12,} {row['slots']:>8,}",
        *(f"{cell:>13}" for cell in cells),
        flush=True,
    )


def print_flatness(rows):
    """Print how far the costs of a node are apart."""
    for name, title in COLUMNS.items():
        if name == "resident":  # whole pages: no measure of a small program
            continue
        costs = [row[name] for row in rows]
        apart = max(costs) / min(costs) if min(costs) > 0 else float("inf")
        verdict = "flat" if apart <= FLAT else "NOT FLAT"
        print(f"{verdict:9} {title}: the largest is {apart:.2f} x the smallest")


def main():
    """Measure each size in a child, or the size a child was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    sizes = [10**k for k in range(3, 7)]
    parser.add_argument("--nodes", nargs="+", type=int, default=sizes)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options.nodes[0], options.rounds)))
        return 0
    if not fastgrad_recorded.available():
        return "fastgrad is not installed"
    print(timing.machine(), f"fastgrad {fastgrad_recorded.available()}; all for one node", sep="\n")
    titles = (f"{title:>13}" for title in COLUMNS.values())
    print(f"{'nodes':>11} {'instructions':>12} {'slots':>8}", *titles)
    rows = []
    for nodes in options.nodes:
        row = child(nodes, options.rounds)
        if "wrong" in row:
            return f"the gradient of {nodes:,} nodes is wrong"
        print_row(row)
        rows.append(row)
    print_flatness(rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
