"""fastgrad, eager Tensors."""

from . import at_each_call, version

NAME = "fastgrad"


def available():
    """Return the version, or None."""
    return version("fastgrad")


def w1(problem):
    """Return the tutorial's example: tensors made each time, from plain numbers, made once."""
    import fastgrad as fg

    def tensors_each_time():
        x, y, w = (
            fg.tensor(problem.X),
            fg.tensor(problem.Y),
            fg.tensor(problem.W, requires_grad=True),
        )
        loss = (w * x - y) ** 2
        loss.backward()
        return w.grad

    def plain_numbers():
        w = fg.tensor(problem.W, requires_grad=True)
        problem.loss(w, problem.X, problem.Y).backward()
        return w.grad

    x, y, kept = (
        fg.tensor(problem.X),
        fg.tensor(problem.Y),
        fg.tensor(problem.W, requires_grad=True),
    )

    def tensors_made_once():
        kept.grad = None
        problem.loss(kept, x, y).backward()
        return kept.grad

    return {
        "tensors made each time": tensors_each_time,
        "x and y plain numbers": plain_numbers,
        "tensors made once": tensors_made_once,
    }


def w2(problem):
    """Return the perceptron, scalar by scalar."""
    import fastgrad as fg

    def scalars():
        parameters = [fg.tensor(p, requires_grad=True) for p in problem.PARAMETERS]
        problem.loss(parameters, fg.relu).backward()
        return [p.grad for p in parameters]

    return {"scalar by scalar": scalars}


def w3a(problem):
    """Return a function of one array, recorded and swept at each call."""
    import fastgrad as fg

    def eager():
        x = fg.tensor(problem.X, requires_grad=True)
        problem.loss(x).backward()
        return x.grad

    return at_each_call({"eager": eager})


w3b = w8 = w3a


def w9(problem):
    """Return the long chain."""
    import fastgrad as fg

    def record(nodes):
        leaves = [fg.tensor(v, requires_grad=True) for v in (problem.Y, problem.A, problem.B)]
        return problem.chain(*leaves, nodes), leaves

    def backward(recorded):
        end, leaves = recorded
        end.backward()
        return [v.grad for v in leaves]

    return problem.NODES, record, backward
