"""A module of a user's, written for NumPy: it took names out of NumPy when it was imported."""

from numpy import array, empty_like, linspace, sqrt, zeros

NODES = linspace(0.0, 1.0, 3)


def squares(x):
    y = zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] ** 2
    return y


def pair(x):
    return array([x[0], sqrt(x[1])])


def doubled(x):
    y = empty_like(x)
    y[:] = 2 * x * NODES
    return y
