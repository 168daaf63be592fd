"""PyTorch, eager, on the CPU."""

from . import at_each_call, version

NAME = "torch"


def available():
    """Return the version, or None."""
    return version("torch")


def load():
    """Import torch, with one thread."""
    import torch

    torch.set_num_threads(1)
    return torch


def w1(problem):
    """Return the tutorial's example, float32, the default."""
    torch = load()

    def tensors_each_time():
        x, y = torch.tensor(problem.X), torch.tensor(problem.Y)
        w = torch.tensor(problem.W, requires_grad=True)
        loss = (w * x - y) ** 2
        loss.backward()
        return w.grad

    def plain_numbers():
        w = torch.tensor(problem.W, requires_grad=True)
        problem.loss(w, problem.X, problem.Y).backward()
        return w.grad

    x, y = torch.tensor(problem.X), torch.tensor(problem.Y)
    kept = torch.tensor(problem.W, requires_grad=True)

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
    """Return the perceptron, scalar by scalar, and in array operations."""
    torch = load()
    double = {"dtype": torch.float64}
    rows, labels = torch.tensor(problem.ROWS, **double), torch.tensor(problem.LABELS, **double)

    def scalars():
        parameters = [torch.tensor(p, requires_grad=True, **double) for p in problem.PARAMETERS]
        problem.loss(parameters, torch.relu).backward()
        return [p.grad for p in parameters]

    def arrays():
        parameters = torch.tensor(problem.PARAMETERS, requires_grad=True, **double)
        problem.array_loss(parameters, rows, labels, torch.relu).backward()
        return parameters.grad

    return {"scalar by scalar": scalars, "array code": arrays}


def w1b(problem):
    """Return the tutorial's example: torch records it at each call."""
    return at_each_call(w1(problem))


def w2b(problem):
    """Return the perceptron: torch records it at each call."""
    return at_each_call(w2(problem))


def w3a(problem):
    """Return Rosenbrock's function, element by element."""
    torch = load()

    def scalars():
        x = [torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in problem.X.tolist()]
        problem.loss(x).backward()
        return [v.grad for v in x]

    return at_each_call({"scalar by scalar": scalars})


def w3b(problem):
    """Return Rosenbrock's function in array operations."""
    torch = load()
    x = torch.tensor(problem.X, requires_grad=True)

    def arrays():
        x.grad = None
        problem.loss(x).backward()
        return x.grad

    return at_each_call({"array code": arrays})


def w8(problem):
    """Return the integration, scalar by scalar: half a second for 1,000 steps."""
    torch = load()

    def scalars():
        rates = torch.tensor(problem.X, requires_grad=True)
        problem.loss(rates.unbind()).backward()
        return rates.grad

    return at_each_call({"scalar by scalar": scalars}) if problem.STEPS <= 1000 else {}


def w10_dense(problem):
    """Return the Hessian."""
    torch = load()
    x, hessian = torch.tensor(problem.X), torch.func.hessian(problem.arrays)

    return at_each_call({"array code": lambda: hessian(x)})


def w10_hvp(problem):
    """Return the Hessian times a vector, reverse over reverse, and forward over reverse."""
    torch = load()
    x, v = torch.tensor(problem.X, requires_grad=True), torch.tensor(problem.V)
    still, gradient = x.detach(), torch.func.grad(problem.arrays)

    def reverse():
        (first,) = torch.autograd.grad(problem.arrays(x), x, create_graph=True)
        return torch.autograd.grad(first, x, v)[0]

    def forward():
        return torch.func.jvp(gradient, (still,), (v,))[1]

    return at_each_call({"reverse over reverse": reverse, "forward over reverse": forward})


def tracked(torch, arrays):
    """Return tensors whose gradients are wanted."""
    return [torch.tensor(a, requires_grad=True) for a in arrays]


def w4(problem):
    """Return the mixture in array operations."""
    torch = load()
    constants = [torch.tensor(a) for a in problem.CONSTANTS]
    parameters = tracked(torch, problem.PARAMETERS)

    def arrays():
        for p in parameters:
            p.grad = None
        problem.loss(torch, torch.logsumexp, parameters, constants).backward()
        return [p.grad for p in parameters]

    return at_each_call({"array code": arrays})


def w5a(problem):
    """Return the sensitivities of all points at once."""
    torch = load()
    columns = tracked(torch, problem.COLUMNS)

    def arrays():
        for c in columns:
            c.grad = None
        values = problem.function(torch, *columns)
        values.sum().backward()
        return values.detach(), *[c.grad for c in columns]

    return at_each_call({"array code": arrays})


w5b = w5a


def w6(problem):
    """Return two sweeps over all observations, and the transforms."""
    torch = load()
    (parameters,), features = tracked(torch, [problem.PARAMETERS]), torch.tensor(problem.FEATURES)
    still = parameters.detach()

    def sweeps():
        both = problem.function(torch, parameters.unbind(1), features.unbind(1))
        gradient = torch.autograd.grad
        rows = [gradient(r.sum(), parameters, retain_graph=True)[0] for r in both]
        return torch.stack(rows, 1)

    def one(p, feature):
        return torch.stack(problem.function(torch, p.unbind(), feature))

    forward = torch.func.vmap(torch.func.jacfwd(one))
    return at_each_call({"two sweeps": sweeps, "vmap(jacfwd)": lambda: forward(still, features)})


def w7(problem):
    """Return a step."""
    from problems.w7_digits import RATE

    torch = load()
    images, labels, _ = (torch.tensor(a) for a in problem.BATCH)

    def prepare():
        parameters = tracked(torch, problem.start())
        into, into_bias, out, out_bias = parameters

        def step():
            for p in parameters:
                p.grad = None
            hidden = torch.relu(torch.addmm(into_bias, images, into))
            scores = torch.addmm(out_bias, hidden, out)
            torch.nn.functional.cross_entropy(scores, labels).backward()
            with torch.no_grad():
                for p in parameters:
                    p.sub_(p.grad, alpha=RATE)
            return [p.detach() for p in parameters]

        return step

    return {"array code": prepare}


def w9(problem):
    """Return the long chain."""
    torch = load()

    def record(nodes):
        leaves = [
            torch.tensor(v, dtype=torch.float64, requires_grad=True)
            for v in (problem.Y, problem.A, problem.B)
        ]
        return problem.chain(*leaves, nodes), leaves

    def backward(recorded):
        end, leaves = recorded
        end.backward()
        return [v.grad for v in leaves]

    return problem.NODES, record, backward
