"""fastgrad, functions recorded once and replayed."""

import numpy as np

from . import functions, version

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


def w4(problem):
    """Return the mixture in array operations."""
    from scipy.special import logsumexp

    import fastgrad as fg

    def called():
        program = fg.record(
            lambda *p: problem.loss(np, logsumexp, p, problem.CONSTANTS), *problem.PARAMETERS
        )
        evaluate = fg.value_and_grad(program, argnums=(0, 1, 2))
        return lambda: evaluate(*problem.PARAMETERS)[1]

    return {"array code": called}


def w5a(problem):
    """Return the points as columns, into kept arrays, as rows, and as a program of all points."""
    from scipy.special import erfc

    import fastgrad as fg

    m, columns = functions(np, erfc), problem.COLUMNS
    every, rows = tuple(range(len(columns))), np.stack(columns, axis=1)

    def recorded(*example):
        return fg.record(lambda *numbers: problem.function(m, *numbers), *example)

    def vmap():
        program = recorded(*[float(c[0]) for c in columns])
        return fg.vmap(fg.value_and_grad(program, argnums=every), threads=1)

    def mapped():
        run = vmap()

        def call():
            values, gradients = run(*columns)
            return values, *gradients

        return call

    def bound():
        run = vmap().bind(*columns)

        def call():
            values, gradients = run()
            return values, *gradients

        return call

    def batch():
        program = fg.record(lambda row: problem.function(m, *row), rows[0])

        def call():
            values, gradients = program.batch(rows, threads=1)
            return values, *gradients.T

        return call

    def arrays():
        program = recorded(*columns)

        def total(*numbers):
            values = program(*numbers)
            return values.sum(), values

        run = fg.value_and_grad(fg.record(total, *columns), argnums=every, has_aux=True)

        def call():
            (_, values), gradients = run(*columns)
            return values, *gradients

        return call

    return {
        "vmap, columns": mapped,
        "vmap, bound": bound,
        "batch, rows": batch,
        "array code": arrays,
    }


w5b = w5a


def w6(problem):
    """Return the Jacobians of observations in rows, in columns, and of a function of 17 numbers."""
    import fastgrad as fg

    parameters, features = problem.PARAMETERS, problem.FEATURES
    turned = [np.ascontiguousarray(a.T) for a in (parameters, features)]

    def recorded():
        return fg.record(
            lambda p, feature: np.stack(problem.function(np, p, feature)),
            parameters[0], features[0],
        )  # fmt: skip

    def rows():
        run = fg.vmap(fg.jacobian(recorded()), threads=1)
        return lambda: run(parameters, features)

    def bound():
        return fg.vmap(fg.jacobian(recorded()), threads=1).bind(parameters, features)

    def columns():
        run = fg.vmap(fg.jacobian(recorded()), in_axes=1, out_axes=2, threads=1)
        return lambda: run(*turned).transpose(2, 0, 1)

    def numbers():
        every = [*turned[0], *turned[1]]
        program = fg.record(
            lambda *n: problem.function(np, n[:15], n[15:]), *[float(column[0]) for column in every]
        )
        run = fg.vmap(fg.jacobian(program, argnums=tuple(range(15))), threads=1)
        return lambda: np.array(run(*every)).transpose(2, 0, 1)

    return {
        "vmap, rows": rows,
        "vmap, bound": bound,
        "vmap, columns": columns,
        "vmap, numbers": numbers,
    }


def w7(problem):
    """Return a step whose gradient is recorded, and one that is recorded as a whole."""
    from problems.w7_digits import RATE, loss
    from scipy.special import logsumexp

    import fastgrad as fg

    def function(parameters, images, labels, rows):
        return loss(np, logsumexp, parameters, images, labels, rows)

    def gradient():
        parameters = problem.start()
        run = fg.value_and_grad(fg.record(function, parameters, *problem.BATCH))

        def step():
            _, gradients = run(parameters, *problem.BATCH)
            for p, g in zip(parameters, gradients):
                g *= RATE
                p -= g
            return parameters

        return step

    def whole():
        def moved(parameters, *batch):
            value, gradients = fg.value_and_grad(function)(parameters, *batch)
            return value, [p - RATE * g for p, g in zip(parameters, gradients)]

        parameters = problem.start()
        run = fg.record(moved, parameters, *problem.BATCH)

        def step():
            nonlocal parameters
            _, parameters = run(parameters, *problem.BATCH)
            return parameters

        return step

    return {"the step recorded": whole, "value_and_grad": gradient}
