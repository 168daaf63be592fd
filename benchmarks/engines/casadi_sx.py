"""CasADi, SX: scalar graphs run by its virtual machine."""

import numpy as np

from . import functions, version

NAME = "casadi"


def available():
    """Return the version, or None."""
    return version("casadi")


def on_buffers(function, inputs, output):
    """Return a call of a Function on fixed memory; `output` says which result is wanted."""
    buffer, run = function.buffer()
    results = [np.zeros(function.nnz_out(k)) for k in range(function.n_out())]
    for k, array in enumerate(inputs):
        buffer.set_arg(k, memoryview(array))
    for k, array in enumerate(results):
        buffer.set_res(k, memoryview(array))
    held = buffer, inputs, results  # the machine only borrows them

    def call():
        run()
        return held[2][output]

    return call


def replays(function, x):
    """Return both ways to run a function of one vector: fixed buffers, and an ordinary call."""
    import casadi

    def recorded():
        variables = casadi.SX.sym("x", len(x))
        loss = function(variables)
        return casadi.Function("f", [variables], [loss, casadi.gradient(loss, variables)])

    def called():
        compiled = recorded()
        return lambda: compiled(x)[1]

    return {"SX, raw buffers": lambda: on_buffers(recorded(), [x], 1), "SX, called": called}


def w1b(problem):
    """Return the tutorial's example: an ordinary call, and fixed buffers."""
    import casadi

    numbers = w, x, y = problem.W, problem.X, problem.Y

    def recorded():
        symbols = [casadi.SX.sym(name) for name in "wxy"]
        loss = problem.loss(*symbols)
        return casadi.Function("f", symbols, [loss, casadi.gradient(loss, symbols[0])])

    def called():
        compiled = recorded()
        return lambda: compiled(w, x, y)[1]

    def buffers():
        return on_buffers(recorded(), [np.array([v]) for v in numbers], 1)

    return {"SX, called": called, "SX, raw buffers": buffers}


def w2b(problem):
    """Return the perceptron, scalar by scalar."""
    import casadi

    def loss(p):
        return problem.loss(casadi.vertsplit(p), lambda v: casadi.fmax(v, 0.0))

    return replays(loss, problem.PARAMETERS)


def w3a(problem):
    """Return Rosenbrock's function, element by element."""
    import casadi

    return replays(lambda x: problem.loss(casadi.vertsplit(x)), problem.X)


w8 = w3a


def w3b(problem):
    """Return Rosenbrock's function, recorded in operations on vectors."""
    import casadi

    def loss(x):
        return 100.0 * casadi.sumsqr(x[1:] - x[:-1] ** 2) + casadi.sumsqr(1.0 - x[:-1])

    return replays(loss, problem.X)


def hessian(problem):
    """Return a Function that gives the nonzeros of the Hessian."""
    import casadi

    x = casadi.SX.sym("x", len(problem.X))
    return casadi.Function("h", [x], [casadi.hessian(problem.elements(casadi.vertsplit(x)), x)[0]])


def w10_dense(problem):
    """Return the Hessian with its zeros."""

    def called():
        compiled = hessian(problem)
        return lambda: compiled(problem.X).full()

    return {"SX, called": called}


def w10_sparse(problem):
    """Return the nonzeros, column by column: the matrix is symmetric."""
    return {"SX, raw buffers": lambda: on_buffers(hessian(problem), [problem.X], 0)}


def w10_hvp(problem):
    """Return the Hessian times a vector."""
    import casadi

    def buffers():
        x, v = (casadi.SX.sym(name, len(problem.X)) for name in "xv")
        gradient = casadi.gradient(problem.elements(casadi.vertsplit(x)), x)
        product = casadi.Function("p", [x, v], [casadi.jtimes(gradient, x, v)])
        return on_buffers(product, [problem.X, problem.V], 0)

    return {"SX, raw buffers": buffers}


def w5a(problem):
    """Return a function of one point, mapped over rows of points."""
    import casadi

    m = functions(casadi, lambda x: 1.0 - casadi.erf(x))
    rows = np.stack(problem.COLUMNS, axis=1)

    def mapped():
        x = casadi.SX.sym("x", len(problem.COLUMNS))
        value = problem.function(m, *casadi.vertsplit(x))
        one = casadi.Function("f", [x], [casadi.vertcat(value, casadi.gradient(value, x))])
        call = on_buffers(one.map(len(rows), "serial"), [rows], 0)
        return lambda: call().reshape(len(rows), -1).T

    return {"SX mapped, raw buffers": mapped}


w5b = w5a


def w6(problem):
    """Return the Jacobian of one observation, mapped over all."""
    import casadi

    def mapped():
        p, feature = casadi.SX.sym("p", 15), casadi.SX.sym("f", 2)
        both = problem.function(casadi, casadi.vertsplit(p), casadi.vertsplit(feature))
        by_columns = casadi.densify(casadi.jacobian(casadi.vertcat(*both), p)).T
        one = casadi.Function("f", [p, feature], [by_columns])
        data = [problem.PARAMETERS, problem.FEATURES]
        return on_buffers(one.map(len(problem.FEATURES), "serial"), data, 0)

    return {"SX mapped, raw buffers": mapped}
