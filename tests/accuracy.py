"""How near the mathematical functions are to the exact values, in ULPs.

python tests/accuracy.py                  100,000 points for each function, a few minutes
python tests/accuracy.py --points 10000 exp erf

Values go through the package, `fg.exp(array)`, once for each instruction set that the processor
has: in a process of its own, as FASTGRAD_ISA chooses when fastgrad is imported. Exact values are
mpmath's, computed once for all.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import formulas
import mpmath
import numpy as np

import fastgrad as fg

PRECISION = 160  # bits of the exact values
LARGEST = {"float64": 1024, "float32": 128}
SMALLEST = {"float64": -1074, "float32": -149}
ROWS = {row["name"]: row for row in formulas.ROWS}
SETS = fg._core.instruction_sets()
INF = np.inf


@dataclass
class Function:
    """Where to look at a function of the table, and how good it has to be.

    `core` is where the shape of the function is, `domain` where it is finite and not a constant,
    `near` are points at which something happens. `within`, in ULPs of float64, is what the
    package's own functions promise, subnormal results included.
    """

    core: tuple
    within: float
    domain: tuple = (-INF, INF)
    near: tuple = (0.0, 1.0, -1.0)


QUARTERS = tuple(np.pi / 4 * k for k in (1, 2, 3, 4, 6, 8, 100, 2**21, 2**33, 2**39))
POWERS = (0.0, 1.0, -1.0, 0.3466, 709.78, -708.4, -745.1)
ROOTS = (1.0, 2.0, 10.0, 0.70710678)

FUNCTIONS = {
    "exp": Function((-20, 20), 0.8, (-746, 710), POWERS),
    "exp2": Function((-30, 30), 0.8, (-1076, 1025)),
    "expm1": Function((-20, 20), 1.0, (-50, 710), POWERS),
    "log": Function((0.1, 10), 0.9, (0, INF), ROOTS),
    "log2": Function((0.1, 10), 1.0, (0, INF), ROOTS),
    "log10": Function((0.1, 10), 0.9, (0, INF), ROOTS),
    "log1p": Function((-0.9, 10), 0.9, (-1, INF), (0.0, -1.0, 0.41, -0.29)),
    "sin": Function((-20, 20), 0.9, near=(0.0, *QUARTERS)),
    "cos": Function((-20, 20), 0.9, near=(0.0, *QUARTERS)),
    "tan": Function((-20, 20), 1.0, near=(0.0, *QUARTERS)),
    "arcsin": Function((-1, 1), 0.8, (-1, 1), (0.0, 0.5, 1.0, -1.0)),
    "arccos": Function((-1, 1), 0.8, (-1, 1), (0.0, 0.5, 1.0, -1.0)),
    "arctan": Function((-5, 5), 0.8, near=(0.0, 0.41421356, 1.0, 2.41421356)),
    "arctan2": Function((-10, 10), 0.8),
    "sinh": Function((-5, 5), 0.9, (-711, 711), (0.0, 0.35, 22.0, 710.47)),
    "cosh": Function((-5, 5), 0.9, (-711, 711), (0.0, 0.35, 22.0, 710.47)),
    "tanh": Function((-5, 5), 0.9, (-25, 25), (0.0, 0.17, 0.5, 19.0)),
    "arcsinh": Function((-10, 10), 1.0, near=(0.0, 1.0, 2.0**30)),
    "arccosh": Function((1, 10), 1.0, (1, INF), (1.0, 2.0, 2.0**30)),
    "arctanh": Function((-1, 1), 1.0, (-1, 1), (0.0, 0.5, 1.0, -1.0)),
    "sigmoid": Function((-20, 20), 0.8, (-745, 40), POWERS),
    "softplus": Function((-20, 20), 1.0, (-745, INF), POWERS),
    "logaddexp": Function((-20, 20), 1.0),
    "erf": Function((-3, 3), 1.0, (-6.5, 6.5), (0.0, 1.0, -1.0, 5.9)),
    "erfc": Function((-3, 10), 1.0, (-6.5, 27.3), (0.0, 0.5, 1.0, 26.54)),
    "power": Function((0.01, 10), 1.0),
    "cbrt": Function((-10, 10), 0.6, near=(1.0, 8.0)),
    "hypot": Function((-10, 10), 0.8),
}


# ----- points -----


def spread(rng, n, dtype):
    """Return numbers of all magnitudes and both signs."""
    exponents = rng.integers(SMALLEST[dtype], LARGEST[dtype], n)
    return np.ldexp(rng.choice([-1.0, 1.0], n) * rng.uniform(0.5, 1.0, n), exponents + 1)


def points_of_one(f, rng, n, dtype):
    """Return a third of the core, a third of all magnitudes, a third near what is special."""
    close = rng.choice(f.near, n) * (1 + np.ldexp(rng.uniform(-1, 1, n), -rng.integers(1, 53, n)))
    close += np.ldexp(rng.uniform(-1, 1, n), -rng.integers(0, 60, n)) * (rng.uniform(size=n) < 0.5)
    core = rng.uniform(*f.core, n)
    x = np.choose(np.arange(n) % 3, [core, spread(rng, n, dtype), close])
    return [np.where((x > f.domain[0]) & (x < f.domain[1]), x, core)]


def points_of_two(name, f, rng, n, dtype):
    """Return pairs: half of the core, half of all magnitudes that give a finite result."""
    x, y = rng.uniform(*f.core, (2, n))
    far = np.arange(n) % 2 == 1
    if name == "power":  # far: a base of any size or near 1, and an exponent as large as it may be
        base = np.where(np.arange(n) % 4 == 1, np.abs(spread(rng, n, dtype)), 1 + 0.1 * y)
        most = (LARGEST[dtype] + 10) * np.log(2) / np.abs(np.log(base))
        x, y = np.where(far, base, x), np.where(far, most * rng.uniform(-1, 1, n), y)
    elif name == "logaddexp":  # where the two terms do not cancel
        x = np.where(np.maximum(x, y) < 1, 2 + np.abs(x), x)
        y = np.where(far, 30 * y, y)
    else:  # far: independent, or of about the same size
        x, y = np.where(far, spread(rng, n, dtype), x), np.where(far, spread(rng, n, dtype), y)
        similar = np.clip(x, -1e37, 1e37) * rng.uniform(-3, 3, n)
        y = np.where(np.arange(n) % 4 == 3, similar, y)
    return [x, y]


def points(name, dtype, n):
    """Return `n` points for a function, an array for each operand, always the same ones."""
    f, rng = FUNCTIONS[name], np.random.default_rng(zlib.crc32(f"{name} {dtype}".encode()))
    if ROWS[name]["arity"] == 2:
        drawn = points_of_two(name, f, rng, n, dtype)
    else:
        drawn = points_of_one(f, rng, n, dtype)
    with np.errstate(over="ignore"):
        drawn = [x.astype(dtype) for x in drawn]
    return [np.where(np.isfinite(x), x, np.ones_like(x)) for x in drawn]


# ----- values -----


def references(name, operands):
    """Return the exact values rounded, and what they lack, in ULPs of them."""
    dtype = operands[0].dtype
    rounded, rest = np.empty(len(operands[0]), dtype), np.empty(len(operands[0]))
    value = formulas.value_of(ROWS[name])
    with mpmath.workprec(PRECISION), np.errstate(over="ignore"):
        for k, point in enumerate(zip(*operands, strict=True)):
            exact = value(*map(float, point))
            rounded[k] = float(exact)
            if np.isfinite(rounded[k]):
                rest[k] = float((exact - float(rounded[k])) / float(np.spacing(abs(rounded[k]))))
            else:
                rest[k] = 0.0
    return rounded, rest


def errors(values, rounded, rest):
    """Return how far values are from exact ones, in ULPs."""
    with np.errstate(invalid="ignore"):
        ulps = (values.astype(float) - rounded) / np.spacing(np.abs(rounded)).astype(float)
    same = (values == rounded) | (np.isnan(values) & np.isnan(rounded))
    return np.where(same, np.abs(rest), np.abs(np.where(np.isnan(ulps), np.inf, ulps) - rest))


def evaluate(file):
    """Evaluate what a file of points asks for, in this process; write the values beside it.

    Some are asked for again one by one, as arrays and as numbers: their bits have to be the same.
    """
    found = {}
    with np.load(file) as asked:
        for key in asked.files:
            operands, f = list(asked[key]), getattr(fg, key.split()[0])
            found[key] = np.asarray(f(*operands))
            for k in range(0, len(operands[0]), len(operands[0]) // 50):
                alone = np.asarray(f(*(x[k : k + 1] for x in operands)))
                assert alone.tobytes() == found[key][k : k + 1].tobytes(), (key, k)
                if alone.dtype == float:
                    number = np.float64(f(*(float(x[k]) for x in operands)))
                    assert number.tobytes() == alone.tobytes(), (key, k)
    np.savez(file + ".values", **found)


def values_by_set(asked, sets):
    """Return {instruction set: {key: values}} for {key: operands}."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "points.npz")
        np.savez(file, **{key: np.stack(operands) for key, operands in asked.items()})
        for isa in sets:
            command = [sys.executable, __file__, "--evaluate", file]
            subprocess.run(command, check=True, env=os.environ | {"FASTGRAD_ISA": isa})
            with np.load(file + ".values.npz") as values:
                found[isa] = {key: values[key] for key in values.files}
    return found


@dataclass
class Row:
    """One line of the table: the largest error, the share that is not the nearest, the worst x."""

    largest: float
    not_nearest: float
    worst: tuple


def measure(names, n, sets, dtypes=("float64", "float32")):
    """Return {(function, dtype, instruction set): Row}, and all values as {set: {key: values}}."""
    asked = {f"{name} {dtype}": points(name, dtype, n) for name in names for dtype in dtypes}
    exact = {key: references(key.split()[0], operands) for key, operands in asked.items()}
    values = values_by_set(asked, sets)
    rows = {}
    for key, operands in asked.items():
        for isa in sets:
            off = errors(values[isa][key], *exact[key])
            k = int(np.argmax(off))
            wrong = float(np.mean(values[isa][key] != exact[key][0]))
            rows[(*key.split(), isa)] = Row(off[k], wrong, tuple(float(x[k]) for x in operands))
    return rows, values


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="functions, all if none is named")
    parser.add_argument("--points", type=int, default=100_000, help="for each of them")
    parser.add_argument("--evaluate", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.evaluate:
        evaluate(options.evaluate)
        return
    print(f"{options.points} points a function; mpmath {mpmath.__version__}, {PRECISION} bits")
    print(f"{'function':10} {'dtype':8} {'set':7} {'max ULP':>8} {'not nearest':>12}  worst at")
    for name in options.names or FUNCTIONS:
        rows, _ = measure([name], options.points, SETS)
        for (_, dtype, isa), row in rows.items():
            at = ", ".join(f"{x:.17g}" for x in row.worst)
            share = f"{100 * row.not_nearest:.3f} %"
            print(f"{name:10} {dtype:8} {isa:7} {row.largest:8.4f} {share:>12}  {at}", flush=True)


if __name__ == "__main__":
    main()
