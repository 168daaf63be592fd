"""W4: log-likelihood of a mixture of normals with a Wishart prior, in array operations.

The objective of the ADBench collection, without its constants. A component has a log weight, a mean
and the inverse factor Q of its covariance: logarithms of the diagonal, then what is below it, row
by row. The likelihood of x sums exp(weight + log det Q - |Q (x - mean)|^2 / 2) over components.
"""

import numpy as np


def log_likelihood(np, logsumexp, parameters, constants):
    """Return the objective, with the array module and the logsumexp of any engine.

    weights     (k,)
    means       (k, d)
    factors     (k, d (d + 1) / 2)
    points      (n, d)
    place       (d (d - 1) / 2, d d) puts what is below the diagonal where it belongs
    identity    (d, d)
    """
    (weights, means, factors), (points, place, identity) = parameters, constants
    n, d = points.shape
    logs, below = factors[:, :d], factors[:, d:]
    diagonal = np.exp(logs)
    roots = (below @ place).reshape((-1, d, d)) + diagonal[:, :, None] * identity
    turned = (points - means[:, None, :]) @ np.swapaxes(roots, 1, 2)
    each = (weights + logs.sum(1))[:, None] - 0.5 * (turned * turned).sum(2)
    prior = 0.5 * ((diagonal * diagonal).sum() + (below * below).sum())
    return logsumexp(each, 0).sum() - n * logsumexp(weights, 0) + prior


def softmax(x):
    """Return exp(x), scaled to a sum of one along the first axis."""
    grown = np.exp(x - x.max(0))
    return grown / grown.sum(0)


def gradient(parameters, constants):
    """Return the derivatives by weights, means and factors, written out."""
    (weights, means, factors), (points, place, identity) = parameters, constants
    n, d = points.shape
    logs, below = factors[:, :d], factors[:, d:]
    diagonal = np.exp(logs)
    roots = (below @ place).reshape(-1, d, d) + diagonal[:, :, None] * identity
    away = points - means[:, None, :]
    turned = away @ roots.transpose(0, 2, 1)
    share = softmax((weights + logs.sum(1))[:, None] - 0.5 * (turned * turned).sum(2))
    pull = -share[:, :, None] * turned
    by_root = pull.transpose(0, 2, 1) @ away
    total, (rows, columns) = share.sum(1), np.tril_indices(d, -1)
    by_logs = total[:, None] + diagonal * (np.diagonal(by_root, 0, 1, 2) + diagonal)
    return [
        total - n * softmax(weights),
        -(pull.sum(1)[:, None, :] @ roots)[:, 0],
        np.concatenate([by_logs, by_root[:, rows, columns] + below], 1),
    ]


class Mixture:
    """One case: dimensions, components, points."""

    KEY = "w4"
    PREPARED = True
    TOLERANCE = 1e-10  # sums over all points, in another order

    def __init__(self, d, k, n, goals=()):
        below = d * (d - 1) // 2
        self.TITLE = f"W4: mixture of {k} normals in {d} dimensions, {n:,} points, array code"
        self.ROW = f"mixture of {k} normals, {n:,} points, array code"
        # A point and component: away, Q times it, squares and their sum, the mix; then logsumexp.
        self.NODES = n * (k * (d + d * d + 2 * d - 1 + 3 + 3) + 2) + k * (3 * d + 2 * below + 4)
        self.GOALS = goals
        random = np.random.default_rng(4)
        self.PARAMETERS = (
            random.normal(size=k),
            random.uniform(0.0, 1.0, (k, d)),
            random.normal(0.0, 0.5, (k, d + below)),
        )
        place = np.zeros((below, d, d))
        place[np.arange(below), *np.tril_indices(d, -1)] = 1.0
        self.CONSTANTS = random.normal(size=(n, d)), place.reshape(below, d * d), np.eye(d)
        self.GRADIENT = np.concatenate([np.ravel(g) for g in self.by_hand()])

    def by_hand(self):
        """Return the gradient, written out."""
        return gradient(self.PARAMETERS, self.CONSTANTS)

    def loss(self, np, logsumexp, parameters, constants=None):
        """Return the objective of a triple of arrays of any kind."""
        return log_likelihood(np, logsumexp, parameters, constants or self.CONSTANTS)


CASES = [
    Mixture(10, 25, 1000, [("W4: at most 1/1.5 of jax", "time", "jax", 1 / 1.5)]),
    Mixture(10, 25, 10_000),
]
