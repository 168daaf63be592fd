"""W5b: an option on one Heston-like path of 30 Euler steps, with 7 derivatives, many points.

The increments are the same for all points. The variance enters as a smooth positive part, and so
does what the option pays. A step has 23 operations (5 for the positive part, 2 for the deviation, 6
for the logarithm of the price, 10 for the variance), start and end have 13.
"""

from functools import cached_property

import numpy as np

STEPS, STEP = 30, 1.0 / 30.0
STRIKE = 100.0
KINK, PAYOFF_KINK = 1e-8, 1e-2  # the squares of how far the positive parts are rounded off
INCREMENTS = np.random.default_rng(30).normal(size=(STEPS, 2)).tolist()
NAMES = "spot variance reversion level volatility correlation rate".split()
RANGES = (90, 110), (0.02, 0.06), (1, 3), (0.02, 0.06), (0.2, 0.5), (-0.8, -0.2), (0, 0.05)


def payoff(m, spot, variance, reversion, level, volatility, correlation, rate):
    """Return the discounted payoff, with functions of any engine: exp, log and sqrt."""
    log_spot, rest = m.log(spot), m.sqrt(1.0 - correlation * correlation)
    for a, b in INCREMENTS:
        positive = 0.5 * (variance + m.sqrt(variance * variance + KINK))
        deviation = m.sqrt(positive * STEP)
        log_spot = log_spot + (rate - 0.5 * positive) * STEP + deviation * a
        drift = reversion * (level - positive) * STEP
        variance = variance + drift + volatility * deviation * (correlation * a + rest * b)
    above = m.exp(log_spot) - STRIKE
    return 0.5 * (above + m.sqrt(above * above + PAYOFF_KINK)) / m.exp(rate)


def by_hand(spot, variance, reversion, level, volatility, correlation, rate):
    """Return the payoff and its derivatives by the adjoint of the steps, a row each."""
    log_spot, rest, path = np.log(spot), np.sqrt(1.0 - correlation * correlation), []
    for a, b in INCREMENTS:
        root = np.sqrt(variance * variance + KINK)
        positive = 0.5 * (variance + root)
        deviation = np.sqrt(positive * STEP)
        path.append((variance / root, positive, deviation))
        log_spot = log_spot + (rate - 0.5 * positive) * STEP + deviation * a
        drift = reversion * (level - positive) * STEP
        variance = variance + drift + volatility * deviation * (correlation * a + rest * b)
    end = np.exp(log_spot)
    root = np.sqrt((end - STRIKE) ** 2 + PAYOFF_KINK)
    discount = np.exp(-rate)
    value = 0.5 * (end - STRIKE + root) * discount
    by_log = 0.5 * (1.0 + (end - STRIKE) / root) * end * discount
    adjoint, by_reversion, by_level, by_volatility, by_first, by_second = np.zeros((6, len(spot)))
    for (a, b), (tilt, positive, deviation) in zip(reversed(INCREMENTS), reversed(path)):
        shock = correlation * a + rest * b
        by_reversion = by_reversion + adjoint * (level - positive) * STEP
        by_level = by_level + adjoint * reversion * STEP
        by_volatility = by_volatility + adjoint * deviation * shock
        pushed = adjoint * volatility * deviation
        by_first, by_second = by_first + pushed * a, by_second + pushed * b
        by_deviation = by_log * a + adjoint * volatility * shock
        by_positive = by_deviation * 0.5 * STEP / deviation
        by_positive = by_positive - STEP * (0.5 * by_log + reversion * adjoint)
        adjoint = adjoint + 0.5 * (1.0 + tilt) * by_positive
    by_correlation = by_first - by_second * correlation / rest
    by_rate = STEPS * STEP * by_log - value
    return (
        value,
        by_log / spot,
        adjoint,
        by_reversion,
        by_level,
        by_volatility,
        by_correlation,
        by_rate,
    )


class Heston:
    """One case: how many points."""

    KEY = "w5b"
    PREPARED = True
    TOLERANCE = 1e-10  # 30 steps one after the other

    def __init__(self, points, goals=()):
        self.TITLE = f"W5b: Heston-like path, 30 steps, value and 7 derivatives, {points:,} points"
        self.ROW = f"path of 703 nodes, 7 derivatives, {points:,} points"
        self.NODES = (23 * STEPS + 13) * points
        self.GOALS = goals
        random = np.random.default_rng(6)
        self.COLUMNS = [random.uniform(*ends, points) for ends in RANGES]

    function = staticmethod(payoff)

    def by_hand(self):
        """Return value and derivatives, written out."""
        return by_hand(*self.COLUMNS)

    @cached_property
    def GRADIENT(self):
        """Value and derivatives, a row each."""
        return np.stack(self.by_hand())


CASES = [
    Heston(1000),
    Heston(
        10_000,
        [
            ("W5b: at most 2 x C by hand", "time", "C by hand", 2.0),
            ("W5b: faster than heyoka", "time", "heyoka", 1.0),
            ("W5b: at most 1/8 of jax", "time", "jax", 1 / 8),
        ],
    ),
]
