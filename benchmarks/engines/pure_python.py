"""Pure Python: tests/reference.py, the whole engine in one obvious file."""

import platform

import reference

from . import at_each_call

NAME = "pure Python"


def available():
    """Return the version of Python."""
    return platform.python_version()


def w1(problem):
    """Return the tutorial's example."""

    def values_each_time():
        x, y, w = (reference.Value(v) for v in (problem.X, problem.Y, problem.W))
        loss = (w * x - y) ** 2
        loss.backward()
        return w.grad

    return {"values made each time": values_each_time}


def w2(problem):
    """Return the perceptron, scalar by scalar."""

    def scalars():
        return reference.value_and_grad(
            lambda p: problem.loss(p, reference.relu), problem.PARAMETERS
        )[1]

    return {"scalar by scalar": scalars}


def w1b(problem):
    """Return the tutorial's example: the engine records it at each call."""
    return at_each_call(w1(problem))


def w2b(problem):
    """Return the perceptron: the engine records it at each call."""
    return at_each_call(w2(problem))


def w3a(problem):
    """Return a function of a list of numbers, recorded at each call."""
    numbers = problem.X.tolist()
    return at_each_call(
        {"scalar by scalar": lambda: reference.value_and_grad(problem.loss, numbers)[1]}
    )


w8 = w3a


def w9(problem):
    """Return the long chain."""

    def record(nodes):
        leaves = [reference.Value(v) for v in (problem.Y, problem.A, problem.B)]
        return problem.chain(*leaves, nodes), leaves

    def backward(recorded):
        end, leaves = recorded
        end.backward()
        return [v.grad for v in leaves]

    return problem.NODES, record, backward
