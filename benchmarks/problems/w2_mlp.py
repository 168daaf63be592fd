"""W2: a multilayer perceptron 2-16-16-1, number by number, on 100 points of two half circles.

One call makes the 337 parameters, computes the hinge loss with weight decay over all points, goes
backward and reads every gradient. `loss` runs on any type of number; `array_loss` is the same in
array operations, for engines that know nothing else: it has no overhead for each node.
"""

import math
import random

import numpy as np

KEY = "w2"
TITLE = "W2: MLP 2-16-16-1 on 100 points, scalar by scalar: loss, backward, read 337 gradients"
ROW = "perceptron of 65,075 nodes, number by number, eager"
TOLERANCE = 1e-9  # sums of 100 terms, in another order

LAYERS = [(2, 16), (16, 16), (16, 1)]
DECAY = 1e-4
GOALS = [("W2a: at most 10 ms", "time", None, 10e-3)]


def make_data(points=100, seed=7):
    """Return two interleaved half circles with noise, labelled -1 and 1, and the parameters."""
    rng = random.Random(seed)
    rows, labels = [], []
    for k in range(points):
        angle, upper = math.pi * rng.random(), k % 2
        x, y = math.cos(angle), math.sin(angle)
        point = (x, y) if upper else (1.0 - x, 0.5 - y)
        rows.append([c + rng.gauss(0.0, 0.1) for c in point])
        labels.append(1.0 if upper else -1.0)
    count = sum((inputs + 1) * outputs for inputs, outputs in LAYERS)
    return rows, labels, [rng.uniform(-1.0, 1.0) for _ in range(count)]


ROWS, LABELS, PARAMETERS = make_data()
# A layer: products, sums, relu. A point: the layers but one relu, then times -label, plus 1, relu.
POINT_NODES = sum((2 * i + 1) * o for i, o in LAYERS) - 1 + 3
# All points and their sum, the squares of the parameters and their sum, the mix of the two.
NODES = len(ROWS) * POINT_NODES + len(ROWS) - 1 + 2 * len(PARAMETERS) - 1 + 3


def loss(parameters, relu):
    """Return the loss of a list of 337 numbers of any kind."""
    total = None
    for row, label in zip(ROWS, LABELS):
        values, k = row, 0
        for inputs, outputs in LAYERS:
            layer = []
            for _ in range(outputs):
                s = parameters[k + inputs]  # each neuron: its weights, then its bias
                for j in range(inputs):
                    s = s + parameters[k + j] * values[j]
                layer.append(relu(s) if outputs > 1 else s)
                k += inputs + 1
            values = layer
        error = relu(values[0] * -label + 1.0)
        total = error if total is None else total + error
    decay = None
    for p in parameters:
        decay = p * p if decay is None else decay + p * p
    return total * (1.0 / len(ROWS)) + decay * DECAY


def matrices(parameters):
    """Return a flat array of parameters as one matrix for each layer, the biases last."""
    ends = np.cumsum([(i + 1) * o for i, o in LAYERS])
    return [
        parameters[end - (i + 1) * o : end].reshape((o, i + 1)) for (i, o), end in zip(LAYERS, ends)
    ]


def array_loss(parameters, rows, labels, relu):
    """Return the loss of a flat array of 337 numbers, in array operations."""
    values = rows
    for m in matrices(parameters):
        values = values @ m[:, :-1].T + m[:, -1]
        values = relu(values) if m.shape[0] > 1 else values[:, 0]
    return relu(values * -labels + 1.0).sum() / len(ROWS) + (parameters * parameters).sum() * DECAY


def gradient_by_hand():
    """Return the gradient by backpropagation written out in NumPy."""
    p, labels = np.array(PARAMETERS), np.array(LABELS)
    ins, outs = [], [np.array(ROWS)]
    for m in matrices(p):
        ins.append(np.column_stack([outs[-1], np.ones(len(ROWS))]))
        outs.append(np.maximum(ins[-1] @ m.T, 0.0) if m.shape[0] > 1 else ins[-1] @ m.T)
    hinge = outs[-1][:, 0] * -labels + 1.0 > 0.0
    delta = (hinge * -labels / len(ROWS))[:, None]
    parts = []
    for layer, m in reversed(list(enumerate(matrices(p)))):
        parts.insert(0, (delta.T @ ins[layer]).ravel())
        delta = (delta @ m[:, :-1]) * (outs[layer] > 0.0)
    return (np.concatenate(parts) + 2.0 * DECAY * p).tolist()


GRADIENT = gradient_by_hand()
