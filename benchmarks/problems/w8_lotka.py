"""W8: a Lotka-Volterra system integrated by the classical Runge-Kutta method, unrolled.

The squared distance from data at every tenth step, differentiated by the four rates. A step has 54
operations (4 times 7 for the rates, 12 for the points between, 14 for the new point), a datum 6.
"""

from functools import cached_property

import numpy as np

STEP, EVERY = 0.01, 10
START = 1.0, 0.5
TRUE_RATES = 1.0, 0.35, 0.45, 0.12
RATES = np.array([1.1, 0.4, 0.4, 0.1])


def slopes(x, y, a, b, c, d):
    """Return dx/dt and dy/dt of prey and predators."""
    meetings = x * y
    return a * x - b * meetings, d * meetings - c * y


def step(x, y, *rates):
    """Return the point one step later, for numbers of any kind."""
    half, sixth = 0.5 * STEP, STEP / 6.0
    k1, l1 = slopes(x, y, *rates)
    k2, l2 = slopes(x + half * k1, y + half * l1, *rates)
    k3, l3 = slopes(x + half * k2, y + half * l2, *rates)
    k4, l4 = slopes(x + STEP * k3, y + STEP * l3, *rates)
    return (
        x + sixth * (k1 + 2.0 * k2 + 2.0 * k3 + k4),
        y + sixth * (l1 + 2.0 * l2 + 2.0 * l3 + l4),
    )


def tangent_step(z, sensitivity, rates):
    """Return the point one step later, and its derivatives by the rates, a 2 x 4 matrix."""
    a, b, c, d = rates

    def slope(z, s):
        (x, y), jacobian = z, np.array([[a - b * z[1], -b * z[0]], [d * z[1], d * z[0] - c]])
        by_rates = np.array([[x, -x * y, 0.0, 0.0], [0.0, 0.0, -y, x * y]])
        return np.array([a * x - b * x * y, d * x * y - c * y]), jacobian @ s + by_rates

    k1, s1 = slope(z, sensitivity)
    k2, s2 = slope(z + STEP / 2 * k1, sensitivity + STEP / 2 * s1)
    k3, s3 = slope(z + STEP / 2 * k2, sensitivity + STEP / 2 * s2)
    k4, s4 = slope(z + STEP * k3, sensitivity + STEP * s3)
    return (
        z + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4),
        sensitivity + STEP / 6 * (s1 + 2 * s2 + 2 * s3 + s4),
    )


class LotkaVolterra:
    """One case: how many steps."""

    KEY = "w8"
    PREPARED = True
    TOLERANCE = 1e-9  # rounding errors of thousands of steps

    def __init__(self, steps, goals=()):
        self.STEPS = steps
        self.TITLE = f"W8: Runge-Kutta on Lotka-Volterra, {steps:,} steps unrolled, 4 gradients"
        self.ROW = f"Runge-Kutta, {steps:,} steps unrolled (jax: scans)"
        self.NODES = 54 * steps + 6 * (steps // EVERY) - 1
        self.GOALS = goals
        self.X = RATES

    @cached_property
    def DATA(self):
        """What is seen at every tenth step, with other rates: rows of x and y."""
        point, data = START, []
        for count in range(1, self.STEPS + 1):
            point = step(*point, *TRUE_RATES)
            if count % EVERY == 0:
                data.append(point)
        return data

    @cached_property
    def GRADIENT(self):
        """The gradient by the variational equations of the same method."""
        z, sensitivity, result = np.array(START), np.zeros((2, 4)), np.zeros(4)
        for count in range(1, self.STEPS + 1):
            z, sensitivity = tangent_step(z, sensitivity, RATES)
            if count % EVERY == 0:
                result += 2.0 * (z - self.DATA[count // EVERY - 1]) @ sensitivity
        return result

    def loss(self, rates):
        """Return the loss of a sequence of four numbers of any kind."""
        a, b, c, d = rates
        (x, y), data, total = START, iter(self.DATA), None
        for count in range(1, self.STEPS + 1):
            x, y = step(x, y, a, b, c, d)
            if count % EVERY == 0:
                seen_x, seen_y = next(data)
                error = (x - seen_x) ** 2 + (y - seen_y) ** 2
                total = error if total is None else total + error
        return total


def goals(steps):
    """Return the goals: ten times the steps cost ten times as much."""
    first, further = 20e-6 * steps, 0.15e-6 * steps
    return [
        (f"W8: {steps:,} steps: {first * 1e3:g} ms to the first gradient", "first", None, first),
        (f"W8: {steps:,} steps: {further * 1e3:g} ms for each further", "time", None, further),
    ]


CASES = [LotkaVolterra(steps, goals(steps)) for steps in (1000, 10_000)]
