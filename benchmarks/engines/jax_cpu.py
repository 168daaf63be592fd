"""JAX on the CPU, in double precision; compiling is not in the time."""

from . import functions, version

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


def compiled(function, *arguments):
    """Return a function that compiles `function` and returns its call on arrays of the device."""
    import jax

    def prepare():
        run = jax.jit(lambda *args: function(*args))  # a new function: nothing is in jax's cache
        arrays = [jax.device_put(a) for a in arguments]
        return lambda: jax.block_until_ready(run(*arrays))

    return prepare


def gradient_of(loss, x, variant="array code, jit"):
    """Return the variants of a function of one array."""
    import jax

    evaluate = compiled(jax.value_and_grad(loss), x)

    def prepare():
        call = evaluate()
        return lambda: call()[1]

    return {variant: prepare}


def w1b(problem):
    """Return the tutorial's example, called with numbers."""
    import jax

    def prepare():
        run = jax.jit(jax.value_and_grad(lambda w, x, y: problem.loss(w, x, y)))
        w, x, y = problem.W, problem.X, problem.Y
        return lambda: jax.block_until_ready(run(w, x, y))[1]

    return {"jit": prepare}


def w2b(problem):
    """Return the perceptron in array operations."""
    import jax
    import jax.numpy as np

    rows, labels = np.array(problem.ROWS), np.array(problem.LABELS)
    return gradient_of(
        lambda p: problem.array_loss(p, rows, labels, jax.nn.relu), problem.PARAMETERS
    )


def w3b(problem):
    """Return Rosenbrock's function; element by element jax takes a minute to compile."""
    return gradient_of(problem.loss, problem.X)


def w8(problem):
    """Return the integration as two nested scans; unrolled, jax does not finish compiling."""
    import jax.numpy as np
    from jax import lax
    from problems.w8_lotka import EVERY, START, step

    data = np.array(problem.DATA)

    def loss(rates):
        def one_step(point, _):
            return step(*point, *rates), None

        def to_the_next_datum(point, seen):
            point, _ = lax.scan(one_step, point, None, length=EVERY)
            return point, (point[0] - seen[0]) ** 2 + (point[1] - seen[1]) ** 2

        start = tuple(np.array(v) for v in START)
        return lax.scan(to_the_next_datum, start, data)[1].sum()

    return gradient_of(loss, problem.X, "scan, jit")


def w10_dense(problem):
    """Return the Hessian."""
    import jax

    return {"jit": compiled(jax.hessian(problem.arrays), problem.X)}


def product(problem):
    """Return the Hessian times a vector, forward over reverse."""
    import jax

    gradient = jax.grad(problem.arrays)
    return lambda x, v: jax.jvp(gradient, (x,), (v,))[1]


def w10_hvp(problem):
    """Return the Hessian times a vector."""
    return {"jit": compiled(product(problem), problem.X, problem.V)}


def w10_sparse(problem):
    """Return the nonzeros from products with three vectors: a column in three has a 1 in each."""
    import jax
    import jax.numpy as np

    times, columns = product(problem), np.array(problem.COLUMNS)
    colours = np.array([np.arange(len(problem.X)) % 3 == c for c in range(3)], dtype=float)

    def nonzeros(x):
        return jax.vmap(lambda v: times(x, v))(colours)[columns % 3, problem.ROWS]

    return {"jit, three products": compiled(nonzeros, problem.X)}


def w4(problem):
    """Return the mixture in array operations."""
    import jax
    import jax.numpy as np

    def loss(*parameters):
        return problem.loss(np, jax.scipy.special.logsumexp, parameters, problem.CONSTANTS)

    return {"array code, jit": compiled(jax.grad(loss, argnums=(0, 1, 2)), *problem.PARAMETERS)}


def w5a(problem):
    """Return the sensitivities of points in columns."""
    import jax
    import jax.numpy as np

    m, columns = functions(np, jax.scipy.special.erfc), problem.COLUMNS
    every = tuple(range(len(columns)))
    one = jax.value_and_grad(lambda *numbers: problem.function(m, *numbers), argnums=every)
    return {"vmap(value_and_grad), jit": compiled(jax.vmap(one), *columns)}


w5b = w5a


def w6(problem):
    """Return the Jacobians of observations in rows, by forward and by reverse mode."""
    import jax
    import jax.numpy as np

    def one(p, feature):
        return np.stack(problem.function(np, list(p), feature))

    data = problem.PARAMETERS, problem.FEATURES
    return {
        "vmap(jacrev), jit": compiled(jax.vmap(jax.jacrev(one)), *data),
        "vmap(jacfwd), jit": compiled(jax.vmap(jax.jacfwd(one)), *data),
    }


def w7(problem):
    """Return a step that gives its parameters away."""
    import jax
    import jax.numpy as np
    from problems.w7_digits import RATE, loss

    def moved(parameters, *batch):
        value, gradients = jax.value_and_grad(
            lambda p: loss(np, jax.scipy.special.logsumexp, p, *batch)
        )(parameters)
        return value, [p - RATE * g for p, g in zip(parameters, gradients)]

    def prepare():
        run = jax.jit(lambda *args: moved(*args), donate_argnums=0)
        parameters = [jax.device_put(p) for p in problem.start()]
        batch = [jax.device_put(a) for a in problem.BATCH]

        def step():
            nonlocal parameters
            _, parameters = jax.block_until_ready(run(parameters, *batch))
            return parameters

        return step

    return {"array code, jit": prepare}


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
