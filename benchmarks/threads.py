"""One Program in many threads: each call gives the bits of one thread; two cores do twice as much.

    python benchmarks/threads.py [--threads 8] [--calls 100000] [--rounds N]

The first part calls one Program of Rosenbrock's function from all threads at once, each at points
in an order of its own, with the interpreter changing threads as often as it can. Every value and
gradient is compared, bit by bit, with what one thread computed before. The second part times the
Program of W8 in one thread and in two.
"""

import argparse
import os
import sys
import threading
import time
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.threads`

import numpy as np
import timing
from engines import fastgrad_recorded
from problems import w3_rosenbrock, w8_lotka

POINTS = 1009  # a prime: any stride visits all
GOAL = 1.8


def at_once(functions):
    """Run each function in a thread of its own; return the seconds until all are done."""
    ready = threading.Barrier(len(functions) + 1)

    def run(function):
        ready.wait()
        function()

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    ready.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def bits(evaluate, x):
    """Return the bytes of value and gradient."""
    value, gradient = evaluate(x)
    return np.float64(value).tobytes() + gradient.tobytes()


def same_bits(threads, calls):
    """Return how many calls gave something else than one thread did."""
    import fastgrad as fg

    points = np.random.default_rng(8).uniform(-1.5, 1.5, (POINTS, 20))
    evaluate = fg.record(w3_rosenbrock.elements, points[0]).value_and_grad
    right = [bits(evaluate, x) for x in points]
    for x, known in zip(points, right):  # correct before anything else
        gradient = np.frombuffer(known)[1:]
        assert timing.correct(gradient, w3_rosenbrock.gradient(x), 1e-12)
    done, different = [0] * threads, [0] * threads

    def work(thread):
        for call in range(calls):
            k = (call + 1) * (thread + 1) % POINTS
            different[thread] += bits(evaluate, points[k]) != right[k]
            done[thread] += 1

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    seconds = at_once([lambda t=t: work(t) for t in range(threads)])
    sys.setswitchinterval(interval)
    print(f"{sum(done):,} calls in {threads} threads, {seconds:.1f} s: {sum(different)} differ")
    return sum(different) + (sum(done) != threads * calls)


def speed_of_two(rounds, seconds=0.5):
    """Return how many times as much two threads compute as one, in the median of the rounds."""
    import fastgrad as fg

    problem = w8_lotka.LotkaVolterra(1000)
    evaluate = fg.record(problem.loss, problem.X).value_and_grad
    assert timing.correct(evaluate(problem.X)[1], problem.GRADIENT, problem.TOLERANCE)
    calls = max(1, round(seconds / timing.per_call(lambda: evaluate(problem.X), 3)))

    def work():
        for _ in range(calls):
            evaluate(problem.X)

    ratios = []
    for _ in range(rounds):
        alone = at_once([work])
        ratios.append(2.0 * alone / at_once([work, work]))
    print(f"two threads: {median(ratios):.2f} x one (from {min(ratios):.2f} to {max(ratios):.2f})")
    return median(ratios)


def main():
    """Run both parts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=8)
    parser.add_argument("--calls", type=int, default=100_000, help="of each thread")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    if not fastgrad_recorded.available():
        return "fastgrad is not installed"
    print(timing.machine(), f"fastgrad {fastgrad_recorded.available()}", sep="\n")
    failures = same_bits(options.threads, options.calls)
    print(f"{'NOT REACHED' if failures else 'reached'}: bit-identical to one thread")
    if (os.cpu_count() or 1) < 2:
        print("not measured: two threads need two cores")
    else:
        ratio = speed_of_two(options.rounds)
        print(f"{'reached' if ratio >= GOAL else 'NOT REACHED'}: two threads {GOAL} x one")
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
