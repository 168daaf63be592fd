"""fastgrad, functions recorded once and replayed."""

import numpy as np

from . import version

NAME = "fastgrad"


def available():
    """Return the version, or None."""
    return version("fastgrad")


def replays(function, x):
    """Return the two ways to replay a function of one array: a call, and buffers bound before."""
    import fastgrad as fg

    def called():
        evaluate = fg.record(function, x).value_and_grad
        return lambda: evaluate(x)[1]

    def bound():
        gradient = np.empty_like(x)
        run = fg.record(function, x).bind(x, out=gradient)

        def call():
            run()
            return gradient

        return call

    return {"value_and_grad(x)": called, "bound buffers": bound}


def w1b(problem):
    """Return the tutorial's example: a Program, and a function recorded when first called."""
    import fastgrad as fg

    w, x, y = problem.W, problem.X, problem.Y

    def program():
        evaluate = fg.value_and_grad(fg.record(problem.loss, w, x, y))
        return lambda: evaluate(w, x, y)[1]

    def method():
        evaluate = fg.record(problem.loss, w, x, y).value_and_grad
        return lambda: evaluate(w, x, y)[1]

    def lazily():
        evaluate = fg.value_and_grad(fg.record(problem.loss))
        return lambda: evaluate(w, x, y)[1]

    return {
        "value_and_grad(program)": program,
        "program.value_and_grad": method,
        "recorded when called": lazily,
    }


def w2b(problem):
    """Return the perceptron, scalar by scalar."""
    import fastgrad as fg

    return replays(lambda p: problem.loss(list(p), fg.relu), problem.PARAMETERS)


def w3a(problem):
    """Return Rosenbrock's function, element by element."""
    return replays(problem.loss, problem.X)


w3b = w8 = w3a  # each is a function of one array


def w10_dense(problem):
    """Return the Hessian."""
    import fastgrad as fg

    def program(form):
        hessian = fg.record(form, problem.X).hessian
        return lambda: hessian(problem.X)

    return {
        "recorded from elements": lambda: program(problem.elements),
        "recorded from arrays": lambda: program(problem.arrays),
    }


def w10_sparse(problem):
    """Return the Hessian with its pattern found and coloured once."""
    import fastgrad as fg

    def program(form):
        hessian = fg.hessian(fg.record(form, problem.X), sparse=True)
        return lambda: hessian(problem.X).data

    return {
        "recorded from elements": lambda: program(problem.elements),
        "recorded from arrays": lambda: program(problem.arrays),
    }


def w10_hvp(problem):
    """Return the Hessian times a vector."""
    import fastgrad as fg

    def program(form):
        hvp = fg.record(form, problem.X).hvp
        return lambda: hvp(problem.X, problem.V)

    return {
        "recorded from elements": lambda: program(problem.elements),
        "recorded from arrays": lambda: program(problem.arrays),
    }
