"""Fit the rates of a differential equation to noisy data: prey and predators, by least squares.

    python examples/ode_fit.py

The equation is solved by the classical Runge-Kutta method, in a plain Python loop on NumPy arrays.
`fg.record` unrolls the loop into a program, and `fg.jacobian` gives the exact derivatives of every
residual of that solution, which `scipy.optimize.least_squares` takes as `jac`.
"""

import numpy as np
from scipy.optimize import least_squares

import fastgrad as fg

TRUE = np.array([1.0, 0.35, 0.45, 0.12])  # growth, loss to predators, death, gain from prey
NAMES = "growth loss death gain".split()
START = np.array([2.0, 1.0])  # prey and predators at time 0
STEP = 0.05  # of time
EVERY = 10  # steps from one observation to the next
NOISE = 0.05


def slope(state, rates):
    """Return the change of prey and predators in a unit of time."""
    prey, predators = state
    growth, loss, death, gain = rates
    meetings = prey * predators
    return np.array([growth * prey - loss * meetings, gain * meetings - death * predators])


def observed(rates, observations):
    """Return the solution at every tenth step: a row of prey and predators each."""
    state, rows = START, []
    for step in range(1, EVERY * observations + 1):
        k1 = slope(state, rates)
        k2 = slope(state + STEP / 2 * k1, rates)
        k3 = slope(state + STEP / 2 * k2, rates)
        k4 = slope(state + STEP * k3, rates)
        state = state + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        if step % EVERY == 0:
            rows.append(state)
    return np.array(rows)


def main(steps=40, seed=0):
    """Fit `steps` observations; print and return the rates and their standard errors."""
    noise = NOISE * np.random.default_rng(seed).normal(size=(steps, 2))
    data = observed(TRUE, steps) + noise

    def residuals(rates):
        return (observed(rates, steps) - data).ravel() / NOISE

    guess = np.array([0.8, 0.5, 0.6, 0.2])
    program = fg.record(residuals, guess)
    fit = least_squares(program, guess, jac=fg.jacobian(program))
    errors = np.sqrt(np.diag(np.linalg.inv(fit.jac.T @ fit.jac)))

    print(f"{data.size} numbers, {fit.nfev} solutions, {fit.njev} Jacobians")
    print(f"chi squared {2 * fit.cost:.1f} for {data.size - guess.size} degrees of freedom")
    for name, value, error, true in zip(NAMES, fit.x, errors, TRUE):
        print(f"{name:7} {value:.4f} +- {error:.4f}, true {true}")
    return fit.x, errors


if __name__ == "__main__":
    main()
