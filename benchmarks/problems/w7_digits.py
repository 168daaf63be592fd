"""W7: a perceptron 784-128-10 with softmax and cross-entropy: one step of gradient descent.

A call computes the loss of a batch and its gradient, and changes the parameters: it is the next
step from where the last one ended. The first one is compared with the step by hand.
"""

import numpy as np

INPUTS, HIDDEN, CLASSES = 784, 128, 10
RATE = 0.02


def loss(np, logsumexp, parameters, images, labels, rows):
    """Return the mean cross-entropy of a batch; `rows` counts the images."""
    into, into_bias, out, out_bias = parameters
    hidden = np.maximum(images @ into + into_bias, 0.0)
    scores = hidden @ out + out_bias
    return (logsumexp(scores, 1) - scores[rows, labels]).mean()


def by_hand(parameters, images, labels, rows):
    """Return the loss and the gradient, written out."""
    into, into_bias, out, out_bias = parameters
    hidden = np.maximum(images @ into + into_bias, 0.0)
    scores = hidden @ out + out_bias
    scores -= scores.max(1, keepdims=True)
    chances = np.exp(scores)
    total = chances.sum(1, keepdims=True)
    value = (np.log(total[:, 0]) - scores[rows, labels]).mean()
    chances /= total
    chances[rows, labels] -= 1.0
    chances /= len(labels)
    back = (chances @ out.T) * (hidden > 0.0)
    return value, (images.T @ back, back.sum(0), hidden.T @ chances, chances.sum(0))


class Perceptron:
    """One case: how many images, in which dtype."""

    KEY = "w7"
    PREPARED = True

    def __init__(self, batch, dtype, goals=()):
        random = np.random.default_rng(7)
        self.TITLE = f"W7: perceptron {INPUTS}-{HIDDEN}-{CLASSES}, a step, batch {batch}, {dtype}"
        self.ROW = f"perceptron {INPUTS}-{HIDDEN}-{CLASSES}, a step, batch {batch}, {dtype}"
        weights = INPUTS * HIDDEN + HIDDEN * CLASSES
        # Products and sums, the two layers' bias, relu; exp, log, sums and the mean.
        self.NODES = batch * (2 * weights + HIDDEN + 3 * CLASSES + 3)
        self.GOALS = goals
        self.TOLERANCE = 1e-12 if dtype == "float64" else 1e-6
        self.PARAMETERS = [
            random.normal(0.0, 0.05, (INPUTS, HIDDEN)).astype(dtype),
            np.zeros(HIDDEN, dtype),
            random.normal(0.0, 0.1, (HIDDEN, CLASSES)).astype(dtype),
            np.zeros(CLASSES, dtype),
        ]
        images = random.uniform(0.0, 1.0, (batch, INPUTS)).astype(dtype)
        self.BATCH = images, random.integers(0, CLASSES, batch), np.arange(batch)
        exact = [p.astype(float) for p in self.PARAMETERS]
        _, gradient = by_hand(exact, images.astype(float), *self.BATCH[1:])
        after = [p - RATE * g for p, g in zip(exact, gradient)]
        self.GRADIENT = np.concatenate([np.ravel(p) for p in after])  # not it, but what it leads to

    def start(self):
        """Return new arrays of parameters, for a call to change."""
        return [p.copy() for p in self.PARAMETERS]


CASES = [
    Perceptron(
        64, "float64", [("W7: batch 64, float64: at most NumPy", "time", "NumPy by hand", 1.0)]
    ),
    Perceptron(64, "float32", [("W7: batch 64, float32: at most jax", "time", "jax", 1.0)]),
    Perceptron(1, "float64", [("W7: batch 1, float64: at most jax", "time", "jax", 1.0)]),
]
