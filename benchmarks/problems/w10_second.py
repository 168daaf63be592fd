"""W10: second derivatives of Rosenbrock's function of 1,000 variables.

The Hessian is tridiagonal: as a dense matrix, as its 2,998 nonzeros row by row, and its product
with a vector, for which nobody needs the matrix.
"""

import numpy as np

from . import w3_rosenbrock

SIZE = 1000


def diagonals(x):
    """Return the diagonal of the Hessian and the one above it, written out."""
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    diagonal[1:] += 200.0
    return diagonal, -400.0 * x[:-1]


def dense(x):
    """Return the Hessian, written out."""
    diagonal, above = diagonals(x)
    return np.diag(diagonal) + np.diag(above, 1) + np.diag(above, -1)


def pattern(size):
    """Return rows and columns of the nonzeros, row by row."""
    rows, columns = np.indices((size, 3)).reshape(2, -1)
    columns += rows - 1
    inside = (columns >= 0) & (columns < size)
    return rows[inside], columns[inside]


class Second:
    """One case: what of the Hessian is wanted."""

    PREPARED = True
    NODES = 8 * (SIZE - 1) - 1
    TOLERANCE = 1e-12  # two terms an element
    X = w3_rosenbrock.start(SIZE)
    V = np.random.default_rng(10).normal(size=SIZE)
    ROWS, COLUMNS = pattern(SIZE)

    elements = staticmethod(w3_rosenbrock.elements)
    arrays = staticmethod(w3_rosenbrock.arrays)

    def __init__(self, key, what, derivative, goals=()):
        self.KEY = key
        self.TITLE = f"W10: Rosenbrock's function of {SIZE:,} variables: {what}"
        self.ROW = f"Rosenbrock's function of {SIZE:,} variables: {what}"
        self.GRADIENT = derivative
        self.GOALS = goals


HESSIAN = dense(Second.X)
CASES = [
    Second("w10_dense", "Hessian, a dense matrix", HESSIAN),
    Second(
        "w10_sparse",
        "Hessian, its nonzeros",
        HESSIAN[Second.ROWS, Second.COLUMNS],
        [("W10: sparse Hessian: at most 1/3 of casadi", "time", "casadi", 1 / 3)],
    ),
    Second(
        "w10_hvp",
        "Hessian times vector",
        HESSIAN @ Second.V,
        [("W10: Hessian times vector: at most 1/4 of jax", "time", "jax", 1 / 4)],
    ),
]
