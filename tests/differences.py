"""What the tests of array functions share: gradients, and central differences to check them by."""

import numpy as np

import fastgrad as fg

STEP = 1e-5  # of the central difference: it errs by about STEP**2 + 1e-16 / STEP = 1e-10
TOLERANCE = 1e-7  # leaves three digits for third derivatives that are large and for sums


def tracked(x):
    """The array as a Tensor that requires grad, in the layout of memory that it has."""
    return fg.from_numpy(x).requires_grad_()


def gradients(f, *arrays, seed=None):
    """The gradients of <seed, f(arrays)> by each array."""
    xs = [tracked(np.asarray(x)) for x in arrays]
    y = f(*xs)
    seed = np.ones(y.shape, y.dtype) if seed is None else seed
    return [g.numpy() for g in fg.autograd.grad(y, xs, fg.as_tensor(seed))]


def gradient(f, x, seed=None):
    return gradients(f, x, seed=seed)[0]


def check_derivatives(f, *arrays, order=2, seed=0):
    """Check a random directional derivative of f, and of that the next, up to an order."""
    rng = np.random.default_rng(seed)
    arrays = [np.asarray(x, np.float64) for x in arrays]
    weight = rng.uniform(0.5, 1.5, f(*map(fg.as_tensor, arrays)).shape)
    directions = [rng.uniform(0.5, 1.5, x.shape) for x in arrays]

    def slope(*xs):
        """The derivative along the directions of the weighted sum of f, as recorded."""
        outer = [x if x.requires_grad else tracked(x.numpy()) for x in xs]
        y = (f(*outer) * weight).sum()
        if not y.requires_grad:  # so it does not depend on xs, as derivatives of linear functions
            return fg.as_tensor(0.0)
        found = fg.autograd.grad(y, outer, create_graph=True, materialize_grads=True)
        return fg.stack([(g * v).sum() for g, v in zip(found, directions)]).sum()

    def total(t):
        moved = [fg.as_tensor(x + t * v) for x, v in zip(arrays, directions)]
        return float((f(*moved).detach().numpy() * weight).sum())

    got = float(slope(*[tracked(x) for x in arrays]).detach().numpy())
    wanted = (total(STEP) - total(-STEP)) / (2 * STEP)
    assert abs(got - wanted) <= TOLERANCE * (1 + abs(wanted)), (
        f"order left {order}: {got}, {wanted}"
    )
    if order > 1:
        check_derivatives(slope, *arrays, order=order - 1, seed=seed + 1)


def check_linear(f, *arrays, seed=0):
    """Check <w, f(v)> = <f'(w), v> for f linear in its arrays together."""
    rng = np.random.default_rng(seed)
    out = f(*map(fg.as_tensor, arrays)).numpy()
    w = rng.standard_normal(out.shape).astype(out.dtype)
    pulled = gradients(f, *arrays, seed=w)
    for x, g in zip(arrays, pulled):
        assert g.shape == x.shape
        assert g.dtype == x.dtype
    scale = 1 + float(np.abs(w * out).sum())
    eps = max(np.finfo(x.dtype).eps for x in (out, *arrays))
    tolerance = 50 * eps * scale  # two sums of at most some hundred terms
    both = float((w * out).sum()) - sum(float((x * g).sum()) for x, g in zip(arrays, pulled))
    assert abs(both) <= tolerance


def layouts(x):
    """The same array as it may lie in memory: dense, by columns, with gaps, backwards."""
    every_second = (Ellipsis, *(slice(None, None, 2) for _ in x.shape))  # so a 0-d array stays one
    gaps = np.zeros(tuple(2 * n for n in x.shape), x.dtype)[every_second]
    gaps[...] = x
    back = (Ellipsis, *(slice(None, None, -1) for _ in x.shape))
    return [x.copy(), x.copy(order="F"), gaps, x[back].copy()[back]]
