"""Gradients written out in C, compiled here for this processor, called through ctypes."""

import ctypes
import os
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

import numpy as np

NAME = "C by hand"
FLAGS = {"-O3": "-O3 -march=native", "-ffast-math": "-O3 -march=native -ffast-math"}


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
    command = [compiler(), *flags.split(), "-shared", "-fPIC", "-o", path, source, "-lm"]
    subprocess.run(command, check=True)
    loaded = ctypes.CDLL(str(path))
    shutil.rmtree(folder)
    return loaded


def variants(name, arguments, gradient):
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

    return {name: lambda flags=flags: call(flags) for name, flags in FLAGS.items()}


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
