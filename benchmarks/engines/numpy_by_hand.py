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


def w4(problem):
    """Return what the problem's module has written out."""
    return at_each_call({"array code": problem.by_hand})


w5a = w5b = w6 = w4


def w7(problem):
    """Return a step that changes the parameters."""
    from problems.w7_digits import RATE, by_hand

    def prepare():
        parameters = problem.start()

        def step():
            _, gradient = by_hand(parameters, *problem.BATCH)
            for p, g in zip(parameters, gradient):
                g *= RATE
                p -= g
            return parameters

        return step

    return {"array code": prepare}
