"""JAX on the CPU, in double precision; compiling is not in the time."""

from . import version

NAME = "jax"


def available():
    """Return the version, or None."""
    return version("jax")


def w1(problem):
    """Return the tutorial's example: traced at each call, and compiled once."""
    import jax

    traced = jax.value_and_grad(problem.loss)
    compiled = jax.jit(traced)

    return {
        "traced at each call": lambda: traced(problem.W, problem.X, problem.Y)[1],
        "jit": lambda: jax.block_until_ready(compiled(problem.W, problem.X, problem.Y)[1]),
    }


def w2(problem):
    """Return the perceptron in array operations; number by number jax takes minutes to compile."""
    import jax
    import jax.numpy as np

    rows, labels, array = map(np.array, (problem.ROWS, problem.LABELS, problem.PARAMETERS))
    compiled = jax.jit(
        jax.value_and_grad(lambda p: problem.array_loss(p, rows, labels, jax.nn.relu))
    )

    return {"array code, jit": lambda: jax.block_until_ready(compiled(array)[1])}


def w9(problem):
    """Return the long chain, traced."""
    import jax

    def record(nodes):
        return jax.vjp(
            lambda y, a, b: problem.chain(y, a, b, nodes), problem.Y, problem.A, problem.B
        )

    def backward(recorded):
        _, vjp = recorded
        return jax.block_until_ready(vjp(1.0))

    return problem.NODES // 100, record, backward
