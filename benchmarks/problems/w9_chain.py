"""W9: a long chain of scalars: y = y * a, y = y + b, over and over, with y, a and b active.

Three numbers of each engine: nanoseconds to record a node, bytes a node (growth of the resident
memory), nanoseconds a node to go backward. Slow engines take fewer nodes.
"""

from itertools import repeat

KEY = "w9"
TITLE = "W9: record a chain of scalars, y = y * a; y = y + b; each in a new process"
ROW = "chain of scalars"
NODES = 1_000_000
TOLERANCE = 1e-8  # half a rounding error a node, 10,000,000 nodes

Y, A, B = 1.0, 1.0 - 2.0**-20, 0.125  # A keeps every adjoint a normal number
GOALS = [
    ("W9: at most 120 ns a node to record", "record", None, 120e-9),
    ("W9: at most 32 bytes a node", "memory", None, 32.0),
    ("W9: at most 10 ns a node to go backward", "backward", None, 10e-9),
]


def chain(y, a, b, nodes):
    """Return the end of the chain, for numbers of any kind."""
    for _ in repeat(None, nodes // 2):
        y = y * a
        y = y + b
    return y


def gradient(nodes):
    """Return the derivatives by y, a and b: y_n = y a^n + b (1 - a^n) / (1 - a), differentiated."""
    n = nodes // 2
    power, rest = A**n, 1.0 - A
    return [
        power,
        Y * n * A ** (n - 1) + B * ((1.0 - power) / rest - n * A ** (n - 1)) / rest,
        (1.0 - power) / rest,
    ]
