"""Gradients written out in C, compiled here for this processor, called through ctypes."""

import ctypes
import os
import platform
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

NAME = "C by hand"
FLAGS = {"-O3": "-O3 -march=native", "-ffast-math": "-O3 -march=native -ffast-math"}
if platform.machine() in {"x86_64", "AMD64"}:  # gcc takes half of AVX-512 if it is not told
    FLAGS["-ffast-math"] += " -mprefer-vector-width=512"
FASTEST_FIRST = list(reversed(FLAGS))


def compiler():
    """Return the C compiler to use, or None."""
    return shutil.which(os.environ.get("CC", "cc"))


def available():
    """Return the version of the compiler, or None."""
    if not compiler():
        return None
    told = subprocess.run([compiler(), "-dumpfullversion"], capture_output=True, text=True)
    return told.stdout.strip() or "?"


@cache
def library(flags):
    """Return the compiled functions."""
    folder = Path(tempfile.mkdtemp(prefix="by-hand-"))
    path = folder / "by_hand.so"
    source = Path(__file__).with_suffix(".c")
    made = folder / "by_hand.o"
    subprocess.run([compiler(), *flags.split(), "-fPIC", "-c", "-o", made, source], check=True)
    # Linked without the flags: with -ffast-math the library would let the whole process lose
    # numbers near zero.
    subprocess.run([compiler(), "-shared", "-o", path, made, "-lm"], check=True)
    loaded = ctypes.CDLL(str(path))
    shutil.rmtree(folder)
    return loaded


def variants(name, arguments, gradient, options=tuple(FLAGS)):
    """Return a call of a function for each set of compiler options."""

    def call(flags):
        function = getattr(library(flags), name)
        function.restype = ctypes.c_double
        ready = [
            ctypes.c_void_p(a.ctypes.data)
            if isinstance(a, np.ndarray)
            else ctypes.c_double(a)
            if isinstance(a, float)
            else ctypes.c_long(a)
            for a in (*arguments, gradient)
        ]
        held = arguments, gradient  # ctypes only sees addresses

        def run():
            function(*ready)
            return held[1]

        return run

    return {option: lambda flags=FLAGS[option]: call(flags) for option in options}


def w3a(problem):
    """Return Rosenbrock's function: the form does not matter here."""
    return variants("rosenbrock", (problem.X, len(problem.X)), np.empty_like(problem.X))


w3b = w3a


def w8(problem):
    """Return the integration and its adjoint."""
    from problems.w8_lotka import EVERY, START, STEP

    path = np.empty((problem.STEPS + 1, 2))
    path[0] = START
    data = np.array(problem.DATA)
    arguments = (problem.STEPS, EVERY, STEP, problem.X, data, path)
    return variants("lotka_volterra", arguments, np.empty(4))


def w4(problem):
    """Return the mixture of normals."""
    points = problem.CONSTANTS[0]
    sizes = points.shape[1], len(problem.PARAMETERS[0]), len(points)
    arguments = (*sizes, *problem.PARAMETERS, points)
    return variants("mixture", arguments, np.empty(problem.GRADIENT.size), FASTEST_FIRST)


def w5a(problem):
    """Return the sensitivities by adjoints, as an engine finds them, and by the known formulas."""
    columns, points = np.stack(problem.COLUMNS), len(problem.COLUMNS[0])
    rows = np.empty((6, points))
    adjoints = variants("black_scholes", (columns, points), rows, FASTEST_FIRST)
    closed = variants("black_scholes_closed", (columns, points), rows, FASTEST_FIRST)
    return adjoints | {f"closed, {option}": call for option, call in closed.items()}


def w5b(problem):
    """Return the path and its adjoint, a block of points at a time."""
    from problems.w5b_heston import INCREMENTS, KINK, PAYOFF_KINK, STEP, STEPS, STRIKE

    columns, points = np.stack(problem.COLUMNS), len(problem.COLUMNS[0])
    increments = np.array(INCREMENTS)
    arguments = (columns, points, STEPS, STEP, increments, STRIKE, KINK, PAYOFF_KINK)
    return variants("heston", arguments, np.empty((8, points)), FASTEST_FIRST)


def w6(problem):
    """Return the Jacobians, an observation at a time."""
    n = len(problem.FEATURES)
    arguments = (problem.PARAMETERS, problem.FEATURES, n)
    return variants("bundle", arguments, np.empty((n, 2, 15)), FASTEST_FIRST)
