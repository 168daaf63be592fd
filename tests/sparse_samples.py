"""Functions with sparse derivatives: one for each structural op, and Rosenbrock's."""

import numpy as np

import fastgrad as fg

X = np.array([0.5, 1.5, -0.8, 2.0, -0.3, 1.1])


def close(got, wanted, tolerance=1e-12):
    np.testing.assert_allclose(got, wanted, rtol=tolerance, atol=tolerance)


def rosenbrock(x):
    return ((1.0 - x[:-1]) ** 2 + 100.0 * (x[1:] - x[:-1] ** 2) ** 2).sum()


def rosenbrock_elements(x):
    return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(x) - 1))


def rosenbrock_hessian(x):
    """Written out."""
    diagonal = np.zeros_like(x)
    diagonal[:-1] = 1200.0 * x[:-1] ** 2 - 400.0 * x[1:] + 2.0
    diagonal[1:] += 200.0
    above = -400.0 * x[:-1]
    return np.diag(diagonal) + np.diag(above, 1) + np.diag(above, -1)


A = np.array([[1.0, 0.0, 2.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0, 0.0, 1.0]])
INDEX = np.array([4, 0, 0, 2])


def filled(x):
    y = np.zeros(8)
    y[1:4] = x[:3] * x[1:4]
    y[5] = x[0]
    return y


def scattered(x):
    y = x * 1.0
    y[INDEX] = x[1:5] ** 2
    return y


# functions of six numbers that go through each structural op, and exact patterns of some of them
FUNCTIONS = {
    "elementwise": lambda x: np.sin(x) * x,
    "reshape": lambda x: (x.reshape(2, 3) ** 2).reshape(6),
    "transpose": lambda x: x.reshape(2, 3).T ** 2,
    "broadcast": lambda x: np.broadcast_to(x[:2], (3, 2)) * x.reshape(3, 2),
    "sums of nothing": lambda x: x * x + np.sum(np.ones((0, 6)) * x, axis=0),
    "no sums": lambda x: x * x + np.sum(np.ones((0, 6)) * x, axis=1).sum(),
    "matmul of nothing": lambda x: x * x + np.ones((6, 0)) @ x[:0],
    "no products": lambda x: x * x + (np.ones((0, 6)) @ x).sum(),
    "copy": lambda x: x.copy() ** 2,
    "getitem": lambda x: x[::-2] * x[1:4],
    "put_add": lambda x: fg.grad(lambda y: (y[1:] ** 3 * y[:-1]).sum())(x),
    "assign": filled,
    "gather": lambda x: x[INDEX] ** 2,
    "scatter_add": lambda x: fg.grad(lambda y: (y[INDEX] ** 3).sum())(x),
    "scatter_set": scattered,
    "concatenate": lambda x: np.concatenate([x[:2] ** 2, x[3:], x[:1] * x[5]]),
    "stack": lambda x: np.stack([x[:3], x[3:] ** 2, x[:3] * x[1:4]], axis=1),
    "sum": lambda x: (x.reshape(2, 3) ** 2).sum(axis=0),
    "max": lambda x: x.reshape(3, 2).max(axis=1) * x[0],
    "min": lambda x: x.reshape(2, 3).min(axis=0),
    "norm": lambda x: np.linalg.norm(x.reshape(3, 2), axis=1),
    "logsumexp": lambda x: fg.logsumexp(x.reshape(3, 2), axis=0),
    "cumsum": lambda x: np.cumsum(x**2),
    "matmul": lambda x: x.reshape(2, 3) @ (x.reshape(3, 2) ** 2),
    "matmul by a constant": lambda x: A @ x**2,
    "constant by matmul": lambda x: (x.reshape(1, 6) ** 2) @ A.T,
    "batched matmul": lambda x: x.reshape(3, 1, 2) @ np.ones((3, 2, 2)),
    "astype": lambda x: x.astype(np.float32).astype(np.float64) ** 2,
    "where": lambda x: np.where(x > 0, x, x[::-1] ** 2),
    "sort": lambda x: x[np.argsort(x)] ** 2,
    "stop_gradient": lambda x: x * fg.stop_gradient(x[::-1]),
    "prod": lambda x: np.prod(x.reshape(3, 2), axis=1),
    "tests": lambda x: (x > 0.0) * x + np.sign(x) + np.floor(x),
    "scalar": lambda x: (x[:2] ** 2).sum(),
    "constant rows": lambda x: np.concatenate([np.ones(2), x[2:3] ** 2, np.zeros(1)]),
    "nothing": lambda x: np.sign(x),
    "no rows": lambda x: x[:0] * 2.0,
}
