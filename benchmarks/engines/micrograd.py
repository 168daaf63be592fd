"""micrograd, the engine of the tutorial."""

from . import version

NAME = "micrograd"


def available():
    """Return the version, or None."""
    return version("micrograd", "micrograd.engine")


def w1(problem):
    """Return the tutorial's example."""
    from micrograd.engine import Value

    def values_each_time():
        x, y, w = Value(problem.X), Value(problem.Y), Value(problem.W)
        loss = (w * x - y) ** 2
        loss.backward()
        return w.grad

    def plain_numbers():
        w = Value(problem.W)
        problem.loss(w, problem.X, problem.Y).backward()
        return w.grad

    return {"values made each time": values_each_time, "x and y plain numbers": plain_numbers}


def w2(problem):
    """Return the perceptron, scalar by scalar."""
    from micrograd.engine import Value

    def scalars():
        parameters = [Value(p) for p in problem.PARAMETERS]
        problem.loss(parameters, lambda v: v.relu()).backward()
        return [p.grad for p in parameters]

    return {"scalar by scalar": scalars}


def w9(problem):
    """Return the long chain; `backward` recurses, and fails on it."""
    from micrograd.engine import Value

    def record(nodes):
        leaves = [Value(v) for v in (problem.Y, problem.A, problem.B)]
        return problem.chain(*leaves, nodes), leaves

    def backward(recorded):
        end, leaves = recorded
        end.backward()
        return [v.grad for v in leaves]

    return problem.NODES // 10, record, backward
