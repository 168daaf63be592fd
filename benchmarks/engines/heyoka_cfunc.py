"""heyoka: scalar graphs compiled by LLVM for the vector units of this processor."""

import numpy as np

from . import version

NAME = "heyoka"


def available():
    """Return the version, or None."""
    return version("heyoka")


def compiled(outputs, inputs, columns, compact=False):
    """Return a call that gives all outputs, a row each, of the columns of points."""
    import heyoka

    run = heyoka.cfunc(outputs, inputs, compact_mode=compact)
    results = np.empty((len(outputs), *columns.shape[1:]))
    one_thread = {"batch_parallel": False} if columns.ndim > 1 else {}
    return lambda: run(columns, outputs=results, **one_thread)


def with_gradient(value, variables):
    """Return an expression and its derivatives."""
    import heyoka

    tensors = heyoka.diff_tensors([value], diff_args=variables, diff_order=1)
    return [value, *tensors.gradient]


def symbols(letter, count):
    """Return variables whose names sort as they are numbered."""
    import heyoka

    return heyoka.make_vars(*[f"{letter}{k:04}" for k in range(count)])


def w3a(problem):
    """Return Rosenbrock's function, element by element: 1 s to compile."""

    def called():
        x = symbols("x", len(problem.X))
        run = compiled(with_gradient(problem.loss(x), x), x, problem.X, compact=True)
        return lambda: run()[1:]

    return {"cfunc": called}


def w5a(problem):
    """Return the sensitivities of points in columns."""
    import heyoka

    columns = np.stack(problem.COLUMNS)

    def mapped():
        x = symbols("x", len(columns))
        return compiled(with_gradient(problem.function(heyoka, *x), x), x, columns)

    return {"cfunc": mapped}


w5b = w5a


def w6(problem):
    """Return the Jacobians of observations in columns."""
    import heyoka

    columns = np.concatenate([problem.PARAMETERS, problem.FEATURES], axis=1).T.copy()

    def mapped():
        p, feature = symbols("p", 15), symbols("q", 2)
        both = problem.function(heyoka, p, feature)
        tensors = heyoka.diff_tensors(both, diff_args=p, diff_order=1)
        entries = list(np.ravel(tensors.jacobian))
        run = compiled(entries, [*p, *feature], columns)
        return lambda: run().reshape(2, 15, -1).transpose(2, 0, 1)

    return {"cfunc": mapped}
