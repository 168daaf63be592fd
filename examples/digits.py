"""Recognize handwritten digits: logistic regression with ten classes, fitted by L-BFGS-B.

    pip install fastgrad scikit-learn
    python examples/digits.py

The loss is a plain NumPy function of one flat array. `fg.record` runs it once and keeps what it
computed as a program; `fg.value_and_grad` of the program gives loss and gradient together, which is
what `scipy.optimize.minimize` takes with `jac=True`.
"""

import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_digits

import fastgrad as fg

CLASSES = 10
PENALTY = 1e-3


def load(seed=0, held_out=450):
    """Return images and labels for training, and images and labels held out for the test."""
    digits = load_digits()  # 1,797 images of 8 x 8 pixels, each from 0 to 16
    order = np.random.default_rng(seed).permutation(len(digits.target))
    images, labels = digits.data[order] / 16.0, digits.target[order]
    return images[held_out:], labels[held_out:], images[:held_out], labels[:held_out]


def scores(weights, images):
    """Return a score for each image and class."""
    matrix = weights.reshape(-1, CLASSES)  # a row for each pixel, and one for the biases
    return images @ matrix[:-1] + matrix[-1]


def make_loss(images, labels):
    """Return the loss as a function of the weights: mean of -log(probability), and a penalty."""
    rows = np.arange(len(labels))

    def loss(weights):
        s = scores(weights, images)
        top = np.max(s, axis=1, keepdims=True)  # so that exp does not overflow
        log_sum = top[:, 0] + np.log(np.sum(np.exp(s - top), axis=1))
        return np.mean(log_sum - s[rows, labels]) + PENALTY * np.sum(weights**2)

    return loss


def main(steps=200):
    """Fit, print what was reached, and return the accuracy on the images held out."""
    images, labels, test_images, test_labels = load()
    start = np.zeros((images.shape[1] + 1) * CLASSES)
    program = fg.record(make_loss(images, labels), start)
    fit = minimize(
        fg.value_and_grad(program), start, jac=True, method="L-BFGS-B", options={"maxiter": steps}
    )
    guessed = np.argmax(scores(fit.x, test_images), axis=1)
    accuracy = np.mean(guessed == test_labels)
    print(f"{start.size} weights, {len(labels)} images, {fit.nit} steps, {fit.nfev} gradients")
    print(f"loss {fit.fun:.4f}, largest element of the gradient {np.max(np.abs(fit.jac)):.1e}")
    print(f"{accuracy:.1%} of {len(test_labels)} images held out are recognized")
    return accuracy


if __name__ == "__main__":
    main()
