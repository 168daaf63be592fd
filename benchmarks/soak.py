"""Long runs: a million training steps in constant memory, ten million nodes on a small stack.

    python benchmarks/soak.py [--part training forward chain] [--steps N] [--nodes N]

Every part runs in a new process, with a stack of 1 MiB (`ulimit -s 1024`, set by this script):

training  the tutorial's loop with backward; prints the resident memory before and after
forward   the same loop without backward: each loss is dropped
chain     a chain of 10,000,000 nodes is recorded, swept (the gradient is checked) and freed
"""

import argparse
import gc
import importlib
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.soak`

import timing
from engines import fastgrad_eager
from problems import w9_chain

STACK = 1 << 20
GROWTH = 1 << 20  # what "constant memory" allows: caches of the interpreter settle late


def tape_statistics():
    """Return what the tape of this thread says of itself, or an empty text."""
    try:
        return f"; tape {importlib.import_module('fastgrad._core').tape().stats()}"
    except (ImportError, AttributeError):
        return ""


def steps_of_training(steps, backward):
    """Run the tutorial's loop."""
    import fastgrad as fg

    x, y, w = fg.tensor(1.0), fg.tensor(2.0), fg.tensor(1.0, requires_grad=True)
    for _ in range(steps):
        loss = (w * x - y) ** 2
        if backward:
            loss.backward()
            with fg.no_grad():
                w -= 0.1 * w.grad
            w.grad = None
    return w


def loop(steps, backward):
    """Print time and memory of many steps; return whether the memory stayed constant."""
    steps_of_training(1000, backward)
    before = timing.resident()
    print(f"  before      {before / 1e6:.2f} MB{tape_statistics()}")
    _, seconds = timing.elapsed(lambda: steps_of_training(steps, backward))
    after = timing.resident()
    print(f"  after       {after / 1e6:.2f} MB{tape_statistics()}")
    print(f"  {steps:,} steps in {seconds:.1f} s: {timing.show(seconds / steps)} a step")
    return after - before < GROWTH


def chain(nodes):
    """Print the times of recording, sweeping and freeing; return whether the gradient is right."""
    _, record, backward = fastgrad_eager.w9(w9_chain)
    before = timing.resident()
    recorded, seconds = timing.elapsed(lambda: record(nodes))
    print(f"  recorded    {seconds:.3f} s, {timing.show(seconds / nodes)} a node")
    print(
        f"  memory      {(timing.resident() - before) / nodes:.1f} bytes a node{tape_statistics()}"
    )
    gradient, seconds = timing.elapsed(lambda: [float(g) for g in backward(recorded)])
    print(f"  backward    {seconds:.3f} s, {timing.show(seconds / nodes)} a node")

    def free():
        recorded.clear()
        gc.collect()

    recorded = list(recorded)
    _, seconds = timing.elapsed(free)
    print(f"  freed       {seconds:.3f} s, {(timing.resident() - before) / 1e6:.1f} MB remain")
    return timing.correct(gradient, w9_chain.gradient(nodes), w9_chain.TOLERANCE)


PARTS = {
    "training": lambda options: loop(options.steps, backward=True),
    "forward": lambda options: loop(options.steps, backward=False),
    "chain": lambda options: chain(options.nodes),
}


def main():
    """Run each part in a child, or the part a child was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--steps", type=int, default=1_000_000)
    parser.add_argument("--nodes", type=int, default=10_000_000)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return 0 if PARTS[options.part[0]](options) else 1
    if not fastgrad_eager.available():
        return "fastgrad is not installed"
    print(timing.machine(), f"fastgrad {fastgrad_eager.available()}", sep="\n")
    failures = 0
    for part in options.part:
        print(f"{part}, stack limited to {STACK >> 10} KiB", flush=True)
        code = timing.run(
            [
                __file__,
                "--child",
                "--part",
                part,
                "--steps",
                options.steps,
                "--nodes",
                options.nodes,
            ],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (STACK, STACK)),
        ).returncode
        print(f"  {'passed' if code == 0 else f'FAILED, exit code {code}'}")
        failures += code != 0
    return failures


if __name__ == "__main__":
    sys.exit(main())
