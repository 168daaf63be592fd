"""fastgrad, eager Tensors."""

from . import at_each_call, functions, version

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


def tracked(arrays):
    """Return Tensors whose gradients are wanted."""
    import fastgrad as fg

    return [fg.tensor(a, requires_grad=True) for a in arrays]


def w4(problem):
    """Return the mixture in array operations."""
    import numpy as np

    import fastgrad as fg

    def eager():
        parameters = tracked(problem.PARAMETERS)
        problem.loss(np, fg.logsumexp, parameters).backward()
        return [p.grad for p in parameters]

    return at_each_call({"array code, eager": eager})


def w5a(problem):
    """Return the sensitivities of all points at once, in array operations."""
    import numpy as np
    from scipy.special import erfc

    m = functions(np, erfc)

    def eager():
        columns = tracked(problem.COLUMNS)
        values = problem.function(m, *columns)
        values.sum().backward()
        return values.detach(), *[c.grad for c in columns]

    return at_each_call({"array code, eager": eager})


w5b = w5a


def w6(problem):
    """Return two sweeps over all observations."""
    import numpy as np

    import fastgrad as fg

    columns, features = problem.PARAMETERS.T.copy(), problem.FEATURES.T.copy()

    def sweeps():
        (parameters,) = tracked([columns])
        both = problem.function(fg, list(parameters), features)
        rows = [fg.autograd.grad(r.sum(), parameters, retain_graph=True)[0] for r in both]
        return np.stack([row.numpy() for row in rows]).transpose(2, 0, 1)

    return at_each_call({"two sweeps, eager": sweeps})


def w7(problem):
    """Return a step of the optimizer."""
    import numpy as np
    from problems.w7_digits import RATE, loss

    import fastgrad as fg

    def prepare():
        parameters = tracked(problem.PARAMETERS)
        optimizer = fg.optim.SGD(parameters, lr=RATE)

        def step():
            optimizer.zero_grad()
            loss(np, fg.logsumexp, parameters, *problem.BATCH).backward()
            optimizer.step()
            return [p.detach() for p in parameters]

        return step

    return {"array code, eager": prepare}


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
