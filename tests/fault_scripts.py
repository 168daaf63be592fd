"""What fastgrad does, in steps that are tried once more if there was no memory.

A script gets `again`, calls it with functions, each a step, and returns numbers. A step that fails
has to leave everything as it was, so the second try comes to the numbers of a run without failures.
"""

import os
import pickle
import tempfile

import numpy as np

import fastgrad as fg

A = np.array([[2.0, 0.5, 0.1], [0.5, 3.0, 0.2], [0.1, 0.2, 4.0]])
X = np.array([0.5, 1.5, -0.8])
MANY = np.linspace(0.1, 2.0, 300).reshape(100, 3)


def numbers(*found):
    """Return the bits of Tensors, arrays and numbers, in containers or not."""
    bits = []
    for x in found:
        if isinstance(x, list | tuple):
            bits += numbers(*x)
        elif isinstance(x, dict):
            bits += numbers(*x.values())
        else:
            x = x.detach().numpy() if isinstance(x, fg.Tensor) else np.asarray(x)
            bits.append((x.dtype.str, x.shape, x.tobytes()))
    return bits


def energy(x):
    return np.sum(np.sin(x) * x) + x @ (A @ x) * 0.5


def of_scalars(x):
    a, b = x[0], x[1]
    for _ in range(5):
        a = np.clip(a * 0.5 + b, -3, 3)
        b = np.sin(a) * b + np.where(a > b, a, x[2])
    return a * b


def bent(x):
    return (x * x).sum() if x[0] > 0 else (x * 3.0).sum()


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


# ----- eager -----


def eager_scalars(again):
    x = again(lambda: fg.tensor(0.7, requires_grad=True))
    w = again(lambda: fg.tensor(1.3, requires_grad=True))
    y = x
    for _ in range(70):  # until arrays of the tape grow
        y = again(lambda y=y: fg.sin(y) * w + 0.5)
    z = again(lambda: fg.clip(y, -1.0, 1.0) + fg.where(y > 0, y, x))
    again(lambda: z.backward(retain_graph=True))
    again(lambda: z.backward())
    return numbers(z, x.grad, w.grad)


def eager_arrays(again):
    x = again(lambda: fg.tensor(X, requires_grad=True))
    y = again(lambda: fg.tanh(A @ x) + x[0] * x[::-1])
    z = again(lambda: fg.stack([y[0], x[1], y.sum()]))
    loss = again(lambda: fg.concatenate([y, z]).reshape(2, 3).max(axis=0).sum() + (x * 2.0).mean())
    again(lambda: loss.backward())
    return numbers(loss, x.grad)


def eager_anomaly(again):
    def watched():
        with fg.autograd.detect_anomaly():
            x = fg.tensor(X, requires_grad=True)
            energy(x).backward()
        return x.grad

    return numbers(again(watched))


def eager_changes(again):
    x = again(lambda: fg.tensor(X, requires_grad=True))
    y = again(lambda: x * 2.0)
    v = again(lambda: y[1:])

    def add():
        nonlocal y
        y += x

    def scale():
        v[:] = v * 3.0

    def put():
        y[0] = x[2] * x[1]

    for step in (add, scale, put):
        again(step)
    loss = again(lambda: (y * y).sum() + v.sum())
    again(lambda: loss.backward())
    return numbers(loss, y, x.grad)


def eager_training(again):
    w = again(lambda: fg.tensor(np.full((3, 2), 0.1), requires_grad=True))
    losses = []
    for _ in range(4):
        loss = again(lambda: ((MANY[:10] @ w - 1.0) ** 2).mean())
        again(lambda loss=loss: loss.backward())

        def step():
            nonlocal w
            with fg.no_grad():
                w -= 0.1 * w.grad

        again(step)
        again(lambda: w.grad.zero_())
        losses.append(loss)
    return numbers(losses, w)


def eager_optimizer(again):
    w = again(lambda: fg.tensor(np.full((3, 2), 0.1), requires_grad=True))
    optimizer = again(lambda: fg.optim.Adam([w], lr=0.1))
    for _ in range(3):
        loss = again(lambda: ((MANY[:10] @ w - 1.0) ** 2).mean())
        again(optimizer.zero_grad)
        again(lambda loss=loss: loss.backward())
        state, kept = again(lambda: (optimizer.state_dict(), w.detach().numpy().copy()))

        def step(state=state, kept=kept):  # it goes parameter by parameter: begin where it began
            optimizer.load_state_dict(state)
            w.data = kept
            optimizer.step()

        again(step)
    return numbers(w)


def eager_hooks(again):
    x = again(lambda: fg.tensor(X, requires_grad=True))
    y = again(lambda: x * x)
    again(lambda: y.register_hook(lambda g: g * 2.0))
    again(lambda: y.retain_grad())
    loss = again(lambda: y.sum())
    again(lambda: loss.backward())
    return numbers(x.grad, y.grad)


def eager_second_order(again):
    x = again(lambda: fg.tensor(X, requires_grad=True))
    loss = again(lambda: energy(x))
    (g,) = again(lambda: fg.autograd.grad(loss, x, create_graph=True))
    (h,) = again(lambda: fg.autograd.grad((g * g).sum(), x))
    return numbers(loss, g, h)


def eager_checkpoint(again):
    x = again(lambda: fg.tensor(X, requires_grad=True))
    y = again(lambda: fg.checkpoint(lambda x: np.sin(A @ x) * x)(x))
    loss = again(lambda: (y * y).sum())
    again(lambda: loss.backward())
    return numbers(loss, x.grad)


# ----- programs -----


def program(again, f=energy, x=X):
    prog = again(lambda: fg.record(f, x))
    return numbers(
        again(lambda: prog(x)),
        again(lambda: prog.value_and_grad(x)),
        again(lambda: prog.hessian(x)),
        again(lambda: prog(x * 0.5)),
        again(lambda: prog.value_and_grad(x * 0.5)),
    )


def program_of_scalars(again):
    return program(again, of_scalars)


def program_of_floats(again):
    return program(again, lambda x: np.sum(np.exp(x) * x) * np.float32(2.0), X.astype(np.float32))


def program_of_large_arrays(again):
    prog = again(lambda: fg.record(lambda x: np.sum(np.tanh(x) * x), np.ones(20_000)))
    return numbers(again(lambda: prog.value_and_grad(np.full(20_000, 0.5))))


def program_with_branches(again):
    f = again(lambda: fg.record(bent))
    g = again(lambda: fg.grad(f))
    return numbers([again(lambda x=x, h=h: h(x)) for x in (X, -X, X) for h in (f, g)])


def program_in_buffers(again):
    prog = again(lambda: fg.record(energy, X))
    x, out = X.copy(), np.zeros(3)
    bound = again(lambda: prog.bind(x, out=out))
    found = []
    for scale in (1.0, 2.0):
        x[:] = X * scale
        again(bound)
        found.append(out.copy())
    return numbers(found)


def program_of_its_own_rule(again):
    @fg.custom_vjp
    def cube(x):
        return x * x * x

    cube.defvjp(lambda x: (x * x * x, x), lambda x, g: (3.0 * x * x * g,))
    return program(again, lambda x: cube(x).sum() * 2.0)


def transforms(again):
    f = lambda x: np.sin(A @ x) * x
    return numbers(
        again(lambda: fg.jacrev(f)(X)),
        again(lambda: fg.jacfwd(f)(X)),
        again(lambda: fg.jvp(f, (X,), (X,))),
        again(lambda: fg.vjp(f, X)[1](X)),
        again(lambda: fg.hvp(energy, (X,), (X,))),
        again(lambda: fg.grad(lambda x: fg.hessian(energy)(x).sum())(X)),
    )


def sparse(again):
    x = np.linspace(0.5, 1.5, 12)
    found = again(lambda: fg.hessian(rosenbrock, sparse=True)(x))
    return numbers(found.data, found.indices, found.indptr)


# ----- many points -----


def batch(again, f=energy, threads=1):
    prog = again(lambda: fg.record(f, X))
    return numbers(
        again(lambda: prog.batch(MANY, threads=threads)),
        again(lambda: prog.batch(MANY, what="value", threads=threads)),
    )


def batch_of_scalars(again):
    return batch(again, of_scalars)


def batch_in_threads(again):
    return batch(again, of_scalars, 2)


def batch_with_branches(again):
    prog = again(lambda: fg.record(bent, branches="record"))
    points = MANY * np.where(np.arange(100) % 3, 1.0, -1.0)[:, None]
    return numbers(again(lambda: prog.batch(points, what="grad")))


def vmap(again):
    f = again(lambda: fg.vmap(fg.grad(energy)))
    x = again(lambda: fg.tensor(MANY[:4], requires_grad=True))
    y = again(lambda: f(x))
    again(lambda: (y * y).sum().backward())
    return numbers(again(lambda: f(MANY)), y, x.grad)


# ----- files, texts -----


def files(again):
    prog = again(lambda: fg.record(energy, X))
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "a.fgp")
        for _ in range(2):  # a new file, an old one
            again(lambda: prog.save(path))
        other = again(lambda: fg.load(path))
        found.append(again(lambda: other.value_and_grad(X)))
        assert os.listdir(folder) == ["a.fgp"]
    pickled = again(lambda: pickle.loads(pickle.dumps(prog)))
    found.append(again(lambda: pickled.hessian(X)))
    return numbers(found)


def texts(again):
    prog = again(lambda: fg.record(of_scalars, X))
    again(lambda: str(prog))
    again(lambda: fg.draw(prog, X).svg())
    return numbers(again(lambda: prog.value_and_grad(X)))


SCRIPTS = [
    eager_scalars, eager_arrays, eager_anomaly, eager_changes, eager_training, eager_optimizer,
    eager_hooks, eager_second_order, eager_checkpoint, program, program_of_scalars,
    program_of_floats, program_of_large_arrays, program_with_branches, program_in_buffers,
    program_of_its_own_rule, transforms, sparse, batch, batch_of_scalars, batch_in_threads,
    batch_with_branches, vmap, files, texts,
]  # fmt: skip
