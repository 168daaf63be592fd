"""HIPS autograd: functions of NumPy arrays."""

from . import version

NAME = "autograd"


def available():
    """Return the version, or None."""
    return version("autograd")


def w1(problem):
    """Return the tutorial's example."""
    from autograd import value_and_grad

    function = value_and_grad(problem.loss)

    return {"value_and_grad": lambda: function(problem.W, problem.X, problem.Y)[1]}


def w2(problem):
    """Return the perceptron, scalar by scalar, and in array operations."""
    import autograd.numpy as np
    from autograd import value_and_grad

    def relu(x):
        return np.maximum(x, 0.0)

    rows, labels, array = map(np.array, (problem.ROWS, problem.LABELS, problem.PARAMETERS))
    scalars = value_and_grad(lambda p: problem.loss(list(p), relu))
    arrays = value_and_grad(lambda p: problem.array_loss(p, rows, labels, relu))

    return {
        "scalar by scalar": lambda: scalars(problem.PARAMETERS)[1],
        "array code": lambda: arrays(array)[1],
    }


def w9(problem):
    """Return the long chain."""
    from autograd import make_vjp

    def record(nodes):
        function = make_vjp(lambda y, a, b: problem.chain(y, a, b, nodes), (0, 1, 2))
        return function(problem.Y, problem.A, problem.B)

    def backward(recorded):
        vjp, _ = recorded
        return vjp(1.0)

    return problem.NODES // 10, record, backward
