"""Pure Python: tests/reference.py, the whole engine in one obvious file."""

import platform

import reference

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
