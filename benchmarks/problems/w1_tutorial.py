"""W1: the tutorial's example, (w * x - y) ** 2 at x = 1, y = 2, w = 1.

One call makes x, y and w, computes the loss, goes backward and reads w's gradient.
"""

KEY = "w1"
TITLE = "W1: (w * x - y) ** 2, eager: build, forward, backward, read w.grad"
ROW = "the tutorial's example, eager"
NODES = 3  # a product, a difference, a power

X, Y, W = 1.0, 2.0, 1.0
GRADIENT = [2.0 * (W * X - Y) * X]  # by hand: d/dw (w x - y)^2
TOLERANCE = 1e-12  # every number is a small integer

GOALS = [
    # text, what is measured, compared with (None: nothing), limit
    ("W1a: at most 1/15 of micrograd", "time", "micrograd", 1 / 15),
    ("W1a: at most 1/80 of torch", "time", "torch", 1 / 80),
]


def loss(w, x, y):
    """Return the loss, for numbers of any kind."""
    return (w * x - y) ** 2
