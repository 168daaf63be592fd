"""Functions to record, with points for them, and how their results are compared."""

import numpy as np

import fastgrad as fg

X = np.array([0.5, 1.5, -0.8])
V = np.array([1.0, -2.0, 0.5])


def close(got, wanted, rtol=1e-12):
    np.testing.assert_allclose(got, wanted, rtol=rtol, atol=rtol)


def same_bits(got, wanted):
    """Equal numbers, NaN for NaN; an identity that was left out may lose the sign of a zero."""
    np.testing.assert_array_equal(np.asarray(got), np.asarray(wanted))


def eager(f, *args):
    """The value of a function of Tensors, without any recording."""
    return f(*map(fg.as_tensor, args)).numpy()


def energy(x):
    """A scalar function of three numbers without any symmetry."""
    return np.sin(x[0] * x[1]) * np.exp(x[2]) + (x**3).sum() / (1.0 + x[1] ** 2)


def vector(x):
    """Three numbers to two."""
    return np.stack([x[0] * np.sin(x[1]), np.exp(x[2]) * x[0]])


def vector_jacobian(x):
    return np.array([[np.sin(x[1]), x[0] * np.cos(x[1]), 0.0],
                     [np.exp(x[2]), 0.0, x[0] * np.exp(x[2])]])  # fmt: skip


def bent(x):
    """A function with a Python branch, two lines below its first."""
    if x[0] > 0:
        return (x * x).sum()
    return -x.sum()


def three_lines(x):
    a = np.sin(x)
    b = np.log(a)
    return (a * b).sum()
