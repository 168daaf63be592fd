"""Sample a posterior by Hamiltonian Monte Carlo, and check it against quadrature: eight schools.

    python examples/hmc.py

Eight schools tried a coaching programme; each reports an effect and its standard error [1]_. The
true effects come from one normal distribution, whose mean `mu` and spread `tau` are wanted too.
The log posterior is a plain NumPy function, recorded once; every step of the sampler replays its
value and gradient. Given `tau` everything else is normal: sums over a grid of `tau` give the exact
answer [2]_.

.. [1] Rubin, "Estimation in parallel randomized experiments", J. Educ. Stat. 6 (1981).
.. [2] Gelman et al., "Bayesian Data Analysis", 3rd ed. (2013), section 5.4.
"""

import numpy as np

import fastgrad as fg

EFFECT = np.array([28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0])
ERROR = np.array([15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0])
SPREAD = 5.0  # prior: mu is normal and tau half normal, both with this standard deviation
NAMES = "mu", "tau", "school A"


def log_posterior(q):
    """Return the log density, up to a constant, at q = (mu / SPREAD, log tau, effects).

    The effects are standardized: a school's is mu + tau * q[k]. So all of q is of the size of 1.
    """
    mu, tau, z = SPREAD * q[0], np.exp(q[1]), q[2:]
    prior = -0.5 * (q[0] ** 2 + (tau / SPREAD) ** 2 + np.sum(z**2))
    likelihood = -0.5 * np.sum(((EFFECT - (mu + tau * z)) / ERROR) ** 2)
    return prior + likelihood + q[1]  # d tau = tau d log tau


def sample(evaluate, q, draws, rng, step=0.3, leaps=10):
    """Return the draws of Hamiltonian Monte Carlo, one a row, and the rate of acceptance.

    `evaluate` gives the log density and its gradient.
    """
    value, gradient = evaluate(q)
    rows, accepted = [], 0
    for _ in range(draws):
        momentum = rng.normal(size=q.size)
        size = step * rng.uniform(0.6, 1.2)  # another length each time: no orbit closes
        energy = value - 0.5 * momentum @ momentum
        new_q, new_value, new_gradient = q, value, gradient
        for _ in range(leaps):
            momentum = momentum + 0.5 * size * new_gradient
            new_q = new_q + size * momentum
            new_value, new_gradient = evaluate(new_q)
            momentum = momentum + 0.5 * size * new_gradient
        if np.log(rng.uniform()) < new_value - 0.5 * momentum @ momentum - energy:
            q, value, gradient = new_q, new_value, new_gradient
            accepted += 1
        rows.append(q)
    return np.array(rows), accepted / draws


def quantities(draws):
    """Return mu, tau and the effect of the first school for each draw: three columns."""
    mu, tau = SPREAD * draws[:, 0], np.exp(draws[:, 1])
    return np.column_stack([mu, tau, mu + tau * draws[:, 2]])


def exact():
    """Return means and standard deviations of the three quantities, by sums over a grid of tau."""
    tau = 8 * SPREAD * (np.arange(20_000)[:, None] + 0.5) / 20_000  # the middles of its cells
    precision = 1.0 / (ERROR**2 + tau**2)  # of each effect, given mu and tau
    total = precision.sum(axis=1) + 1.0 / SPREAD**2
    mean = precision @ EFFECT / total
    log_weight = 0.5 * (np.log(precision).sum(axis=1) - np.log(total))
    log_weight += 0.5 * (total * mean**2 - precision @ EFFECT**2) - 0.5 * tau[:, 0] ** 2 / SPREAD**2
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    shrink = (tau**2 * precision)[:, 0]  # how far the first effect goes from mu to what is seen
    school = shrink * EFFECT[0] + (1.0 - shrink) * mean
    school_variance = shrink * ERROR[0] ** 2 + (1.0 - shrink) ** 2 / total
    first = np.column_stack([mean, tau[:, 0], school])
    second = first**2 + np.column_stack([1.0 / total, 0.0 * total, school_variance])
    means = weight @ first
    return means, np.sqrt(weight @ second - means**2)


def standard_errors(values, batches=20):
    """Return the standard error of each column's mean, from the means of batches of draws."""
    means = [batch.mean(axis=0) for batch in np.array_split(values, batches)]
    return np.std(means, axis=0, ddof=1) / np.sqrt(batches)


def main(steps=20_000, seed=1):
    """Sample; print and return means, standard deviations, standard errors and what is exact."""
    start = np.zeros(2 + len(EFFECT))
    evaluate = fg.value_and_grad(fg.record(log_posterior, start))
    draws, accepted = sample(evaluate, start, steps, np.random.default_rng(seed))
    values = quantities(draws[steps // 10 :])  # the first tenth finds its way
    means, deviations, errors = values.mean(axis=0), values.std(axis=0), standard_errors(values)
    right = exact()

    print(f"{steps} draws, {accepted:.0%} accepted")
    print(f"{'':9}{'mean':>8} {'+-':>6} {'exact':>8}{'sd':>10} {'exact':>8}")
    for row in zip(NAMES, means, errors, right[0], deviations, right[1]):
        print("{:9}{:8.3f} {:6.3f} {:8.3f}{:10.3f} {:8.3f}".format(*row))
    return means, deviations, errors, right


if __name__ == "__main__":
    main()
