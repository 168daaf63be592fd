"""W3: Rosenbrock's function of many variables, element by element (a) and in array operations (b).

sum 100 (x[i+1] - x[i]^2)^2 + (1 - x[i])^2: 8 operations a term (two squares, two differences, a
square more, a product, two sums), less one.
"""

import numpy as np


def start(size):
    """Return the point at which everybody evaluates."""
    return np.random.default_rng(3).uniform(-1.0, 1.5, size)


def elements(x):
    """Return the function of a sequence of numbers of any kind."""
    total = None
    for i in range(len(x) - 1):
        bend, slope = x[i + 1] - x[i] ** 2, 1.0 - x[i]
        term = 100.0 * bend**2 + slope**2
        total = term if total is None else total + term
    return total


def arrays(x):
    """Return the function of an array of any kind."""
    return (100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2).sum()


def gradient(x):
    """Return the gradient of a NumPy array, written out."""
    result = np.zeros_like(x)
    bend = x[1:] - x[:-1] ** 2
    result[1:] = 200.0 * bend
    result[:-1] -= 400.0 * x[:-1] * bend + 2.0 * (1.0 - x[:-1])
    return result


class Rosenbrock:
    """One case: the form of the function, how many variables, the goals."""

    PREPARED = True
    TOLERANCE = 1e-12  # three terms an element

    def __init__(self, key, form, loss, size, goals):
        self.KEY = key
        self.TITLE = f"{key.capitalize()}: Rosenbrock's function of {size:,} variables, {form}"
        self.ROW = f"Rosenbrock's function of {size:,} variables, {form}"
        self.NODES = 8 * (size - 1) - 1
        self.GOALS = goals
        self.X = start(size)
        self.GRADIENT = gradient(self.X)
        self.loss = loss


CASES = [
    Rosenbrock(
        "w3a",
        "element by element",
        elements,
        1000,
        [
            ("W3a: at most 1/3 of casadi's virtual machine", "time", "casadi", 1 / 3),
            ("W3a: at most 5 ms to the first gradient", "first", None, 5e-3),
        ],
    ),
    *(
        Rosenbrock(
            "w3b",
            "in array operations",
            arrays,
            size,
            [
                (f"W3b: {size:,} variables: at most 1.5 x C by hand", "time", "C by hand", 1.5),
                (f"W3b: {size:,} variables: at most 1/{less} of jax", "time", "jax", 1 / less),
            ],
        )
        for size, less in ((1000, 10), (10_000, 3))
    ),
]
