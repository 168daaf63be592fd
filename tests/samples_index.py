"""Samples of indexing: code that takes elements of arrays and assigns to them."""

import numpy as np
from sampling import S

V = np.array([0.5, 1.5, -2.5, 0.25, 3.0])
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
B = np.array([[0.3], [-1.1]])
C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1
D = np.linspace(-1.0, 2.0, 48).reshape(2, 3, 4, 2)
X = np.array(1.3)
TURNED = C[:, ::-1, ::2]
ROWS, COLUMNS = np.array([1, 0, 1]), np.array([2, 2, 0])
MASK = np.array([[True, False, True], [False, False, True]])


class Code(S):
    """Code that computes with plain arrays and with Tensors alike.

    Parameters
    ----------
    name : str
        The method of arrays that it is about.
    function : callable
        The code.
    *args
        Its arguments.
    """

    def __init__(self, name, function, *args):
        super().__init__(f"numpy.ndarray.{name}", *args)
        self.function = function

    def plain(self):
        return self.function

    def ours(self):
        return {self.name: self.function}


def taken(x, key):
    return x[key]


def assigned(x, value, key):
    x = x.copy()
    x[key] = value
    return x


def changed(x, value, key):
    """Change in place what an index names: a view's elements, or each named element once."""
    x = x.copy()
    x[key] *= value
    return x


def added_at(x, value, key):
    x = x.copy()
    np.add.at(x, key, value)
    return x


def written_through_a_view(x, value):
    x = x.copy()
    x.T[1:][..., 0] = value
    x.reshape(-1)[::2] += 1.0
    return x


def filled(x):
    y = np.zeros_like(x) * x
    for i in np.ndindex(x.shape):
        y[i] = y[i] + x[i] * x[i[0], i[1] - 1]
    return y


KEYS = [
    (V, 2), (V, -1), (V, slice(1, None, 2)), (V, slice(None, None, -2)), (V, ...), (V, None),
    (V, []), (V, [True, False, True, False, True]), (V, np.array([[0, 4], [4, -1]])),
    (A, (1, 2)), (A, (slice(None), 1)), (A, MASK), (A, (ROWS, COLUMNS)),
    (A, (ROWS[:, None], [0, 2])), (A, np.array(True)), (A, (0, MASK[0])),
    (A, np.ix_([0, 1], [2, 0])),
    (C, (..., 1)), (C, (None, 0, ..., None)), (C, (slice(None), [0, 2], slice(1, 3))),
    (C, ([1, 0], slice(None), [3, 1])), (C, (0, slice(None), [3, 1])), (C, MASK),
    (C, (..., [0, 0], None)), (C, ([[0], [1]], [[1, 2]])),
    (TURNED, (1, slice(None, None, -1))), (TURNED, ([0, 0], ..., 1)),
    (D, ([1], slice(None), [[0], [3]], 1)), (D, (slice(None), MASK[0], ..., [1, 0])),
]  # fmt: skip
ASSIGNED = [
    (V, X, 2), (V, V[:2], slice(0, 4, 2)), (V, X, [0, 3, 0]), (V, V[:3], [1, 1, 4]),
    (V, X, [True, False, True, False, True]), (A, A[0], MASK), (A, V[:3], 1), (A, B, slice(None)),
    (A, V[:3], (ROWS, COLUMNS)), (A, X, ...), (C, X, (0, ..., 1)), (C, B[..., None], [1, 0]),
    (C, V[:2], (slice(None), [0, 2], [3, 1])), (TURNED, B, (0, slice(1, None))), (C, C[::-1], ...),
    (A, B[:0], (slice(0), slice(0, 1))),
]  # fmt: skip
SAMPLES = [
    *(Code("__getitem__", taken, x, key) for x, key in KEYS),
    *(Code("__setitem__", assigned, *case) for case in ASSIGNED),
    *(Code("__imul__", changed, *case) for case in ASSIGNED if case[1].ndim == 0),
    Code("__setitem__", added_at, V, V[:3], [1, 1, 4]),
    Code("__setitem__", added_at, A, B, (slice(None), [0, 0])),
    Code("__setitem__", written_through_a_view, C, X),
    Code("__setitem__", filled, A),
]
