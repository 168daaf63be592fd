"""Products of matrices in Programs: our own loops beside SciPy's BLAS, size by size.

    python benchmarks/matmul.py [--rounds N] [--isa avx2]

A Program multiplies a matrix (m, k) by one (k, n), the result by one (n, k), and so on: 64 products
in one run, so that what a call costs hardly counts. The two ways alternate in one process, BLAS
with one thread. The ratio is the time of our loops divided by that of BLAS: above 1, BLAS is
faster. Programs call BLAS from `fastgrad._loans.blas_from` multiplications on.
"""

import argparse
import os
import sys
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parent))  # also as `python -m benchmarks.matmul`

import numpy as np
import timing

PRODUCTS = 64
SHAPES = [(n, n, n) for n in (2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 256, 512)]
SHAPES += [(64, 784, 128), (64, 128, 10), (1, 784, 128), (1, 128, 10), (1000, 3, 3), (1000, 16, 16)]
SHAPES += [(4, 1000, 4), (2000, 64, 64)]


def chain(m, k, n, transposed):
    """Return a call that multiplies so often, and its result by NumPy."""
    import fastgrad as fg

    rng = np.random.default_rng(m + k + n)
    x = rng.normal(size=(m, k))
    b = rng.normal(size=(n, k) if transposed else (k, n)) / np.sqrt(k)
    c = rng.normal(size=(k, n) if transposed else (n, k)) / np.sqrt(n)

    def products(x, b, c):
        for _ in range(PRODUCTS // 2):
            x = (x @ b.T) @ c.T if transposed else (x @ b) @ c
        return x

    program = fg.record(products, x, b, c)
    return (lambda: program(x, b, c)), products(x, b, c)


def ways(call, wanted):
    """Return the two ways to run it, checked."""
    from fastgrad._loans import blas_from

    def way(worth):
        def run():
            blas_from(worth)
            return call()

        scale = np.abs(wanted).max()
        np.testing.assert_allclose(run(), wanted, rtol=0, atol=1e-10 * scale)
        return run

    return {"blas": way(1.0), "own": way(np.inf)}  # a program that was planned with BLAS has it


def main():
    """Measure all shapes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--isa", help="base, avx2 or avx512")
    options = parser.parse_args()
    if options.isa:
        os.environ["FASTGRAD_ISA"] = options.isa
    from fastgrad._loans import blas_from

    worth = blas_from(1.0)
    print(timing.machine(), f"BLAS is called from {worth:,.0f} multiplications on", sep="\n")
    columns = f"{'own':>9}{'BLAS':>9}{'ratio':>7}"
    print(f"{'m':>6}{'k':>6}{'n':>6}  {columns}     {columns}  with b transposed")
    for shape in SHAPES:
        print("".join(f"{length:6}" for length in shape), end="  ")
        for transposed in (False, True):
            times = timing.interleaved(ways(*chain(*shape, transposed)), options.rounds)
            own, blas = (median(times[way]) / PRODUCTS for way in ("own", "blas"))
            ratio = median(a / b for a, b in zip(times["own"], times["blas"]))
            print(f"{timing.show(own):>9}{timing.show(blas):>9}{ratio:7.2f}", end="     ")
        print(flush=True)


if __name__ == "__main__":
    main()
