"""Gradients written out in NumPy: the formulas that the others are checked against."""

from . import at_each_call, version

NAME = "NumPy by hand"


def available():
    """Return the version of NumPy."""
    return version("numpy")


def w3b(problem):
    """Return Rosenbrock's function."""
    from problems.w3_rosenbrock import arrays, gradient

    return at_each_call({"array code": lambda: (arrays(problem.X), gradient(problem.X))[1]})


def w10_dense(problem):
    """Return the Hessian."""
    from problems.w10_second import dense

    return at_each_call({"array code": lambda: dense(problem.X)})
