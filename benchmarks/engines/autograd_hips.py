"""HIPS autograd: functions of NumPy arrays."""

from . import at_each_call, functions, version

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


def w1b(problem):
    """Return the tutorial's example: autograd records it at each call."""
    return at_each_call(w1(problem))


def w2b(problem):
    """Return the perceptron in array operations; scalar by scalar it takes ten seconds."""
    return {"array code": lambda: w2(problem)["array code"]}


def w3a(problem):
    """Return Rosenbrock's function, element by element."""
    from autograd import value_and_grad

    numbers, function = problem.X.tolist(), value_and_grad(problem.loss)

    return at_each_call({"scalar by scalar": lambda: function(numbers)[1]})


def w3b(problem):
    """Return Rosenbrock's function in array operations."""
    import autograd.numpy as np
    from autograd import value_and_grad

    function = value_and_grad(
        lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    )

    return at_each_call({"array code": lambda: function(problem.X)[1]})


def w8(problem):
    """Return the integration, scalar by scalar: seconds for 1,000 steps."""
    return w3a(problem) if problem.STEPS <= 1000 else {}


def w10_hvp(problem):
    """Return the Hessian times a vector."""
    import autograd.numpy as np
    from autograd import hessian_vector_product

    product = hessian_vector_product(
        lambda x: np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)
    )

    return at_each_call({"array code": lambda: product(problem.X, problem.V)})


def w4(problem):
    """Return the mixture in array operations."""
    import autograd.numpy as np
    from autograd import grad
    from autograd.scipy.special import logsumexp

    function = grad(lambda p: problem.loss(np, logsumexp, p))

    return at_each_call({"array code": lambda: function(problem.PARAMETERS)})


def w5a(problem):
    """Return the sensitivities of all points at once."""
    import autograd.numpy as np
    from autograd import make_vjp
    from autograd.scipy.special import erfc

    m, columns = functions(np, erfc), tuple(problem.COLUMNS)

    def arrays():
        vjp, values = make_vjp(lambda numbers: problem.function(m, *numbers))(columns)
        return values, *vjp(np.ones_like(values))

    return at_each_call({"array code": arrays})


w5b = w5a


def w6(problem):
    """Return one recording and sweep for each residual."""
    import autograd.numpy as np
    from autograd import make_vjp

    columns, features = tuple(problem.PARAMETERS.T.copy()), problem.FEATURES.T.copy()

    def row(k):
        vjp, values = make_vjp(lambda p: problem.function(np, p, features)[k])(columns)
        return np.stack(vjp(np.ones_like(values)), axis=1)

    return at_each_call({"two sweeps": lambda: np.stack([row(0), row(1)], axis=1)})


def w7(problem):
    """Return a step."""
    import autograd.numpy as np
    from autograd import value_and_grad
    from autograd.scipy.special import logsumexp
    from problems.w7_digits import RATE, loss

    def prepare():
        parameters = problem.start()
        function = value_and_grad(lambda p: loss(np, logsumexp, p, *problem.BATCH))

        def step():
            for p, g in zip(parameters, function(parameters)[1]):
                p -= RATE * g
            return parameters

        return step

    return {"array code": prepare}


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
