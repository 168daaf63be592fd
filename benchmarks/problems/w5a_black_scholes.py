"""W5a: price of a European call by Black and Scholes with its five sensitivities, many points.

24 operations a point: 7 for the logarithm with its drift, 2 for the deviation, 2 for the arguments
of the normal distribution, 3 for each of its two values, 7 for discount, products and difference.
"""

from functools import cached_property

import numpy as np
from scipy.special import erfc

HALF_ROOT = 0.5**0.5
RANGES = (80.0, 120.0), (80.0, 120.0), (0.0, 0.05), (0.1, 0.5), (0.1, 2.0)


def price(m, spot, strike, rate, volatility, time):
    """Return the price, with functions of any engine: exp, log, sqrt and erfc."""
    deviation = volatility * m.sqrt(time)
    drift = (rate + 0.5 * volatility * volatility) * time
    first = (m.log(spot / strike) + drift) / deviation
    second = first - deviation
    exercised = 0.5 * m.erfc(-HALF_ROOT * second)
    discounted = strike * m.exp(-rate * time)
    return spot * (0.5 * m.erfc(-HALF_ROOT * first)) - discounted * exercised


def by_hand(spot, strike, rate, volatility, time):
    """Return price and sensitivities by the known formulas, a row each."""
    root = np.sqrt(time)
    deviation = volatility * root
    drift = (rate + 0.5 * volatility * volatility) * time
    first = (np.log(spot / strike) + drift) / deviation
    delta = 0.5 * erfc(-HALF_ROOT * first)
    by_strike = -np.exp(-rate * time) * (0.5 * erfc(-HALF_ROOT * (first - deviation)))
    exercised = -strike * by_strike
    density = spot * np.exp(-0.5 * first * first) / np.sqrt(2.0 * np.pi)
    return (
        spot * delta - exercised,
        delta,
        by_strike,
        time * exercised,
        density * root,
        rate * exercised + 0.5 * density * volatility / root,
    )


class BlackScholes:
    """One case: how many points."""

    KEY = "w5a"
    PREPARED = True
    TOLERANCE = 1e-12  # a few functions one after the other

    def __init__(self, points, goals=()):
        self.TITLE = f"W5a: Black-Scholes, price and 5 sensitivities, {points:,} points"
        self.ROW = f"Black-Scholes, 5 sensitivities, {points:,} points"
        self.NODES = 24 * points
        self.GOALS = goals
        random = np.random.default_rng(5)
        self.COLUMNS = [random.uniform(*ends, points) for ends in RANGES]

    function = staticmethod(price)

    def by_hand(self):
        """Return price and sensitivities, written out."""
        return by_hand(*self.COLUMNS)

    @cached_property
    def GRADIENT(self):
        """Price and sensitivities, a row each."""
        return np.stack(self.by_hand())


CASES = [
    BlackScholes(10_000),
    BlackScholes(
        1_000_000,
        [
            ("W5a: at most 1.2 x C by hand", "time", "C by hand", 1.2),
            ("W5a: faster than heyoka", "time", "heyoka", 1.0),
            ("W5a: at most 1/5 of jax", "time", "jax", 1 / 5),
        ],
    ),
]
