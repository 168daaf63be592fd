"""What shares memory in NumPy shares it in a recording, and what does not there does not here."""

import random

import numpy as np
import pytest
from differences import gradient as eager_gradient

import fastgrad as fg

X = np.array([1.5, 2.0, 3.0, 4.5])


def compare(x):
    u = x * 1.0
    inner = u[1:-1]
    u += 1.0
    return np.sum(np.where(x[1:-1] < inner, x[1:-1] ** 2, 0.0))


def decide(x):
    u = x * 1.0
    last = u[2:]
    u[2:] = 9.0
    return x.sum() if (x[2:] < last).all() else x[0]


def ravel_a_column(x):
    a = np.outer(x, x)
    c = a[:, 1].ravel()
    c /= c.sum()
    return a.sum()


def ravel_a_reverse(x):
    a = x * 1.0
    b = a[::-1].ravel()
    b *= 2
    return a[0] + b[0]


def plus_is_a_copy(x):
    v = x * 1.0
    w = +v
    w += 1
    return v.sum() * w[0]


def product_over_one(x):
    a = np.outer(x, x)
    p = a[None].prod(0)
    p *= 2
    return a.sum()


def diagonal_is_a_view(x):
    a = np.outer(x, x)
    d = a.diagonal()
    a *= 2
    return d.sum() + np.diag(a)[1]


def diagonal_beside(x):
    a = np.outer(x, x[:3]) * 1.0
    d = np.diagonal(a, -1)
    a *= 2
    return (d * d).sum()


def array_without_axes(x):
    a = np.zeros(())
    b = a
    a += x[0]
    a += x[1]
    return b * x[1]


def array_of_a_number(x):
    a = np.array(x[0])
    b = a
    a += x[1]
    return b * a


def number_gets_a_new_name(x):
    a = x[0]
    b = a
    a += x[1]
    return b * a


FUNCTIONS = [
    compare, decide, ravel_a_column, ravel_a_reverse, plus_is_a_copy, product_over_one,
    diagonal_is_a_view, diagonal_beside, array_without_axes, array_of_a_number,
    number_gets_a_new_name,
]  # fmt: skip


def differences(f, x, h=2.0**-12):
    return np.array([(f(x + e) - f(x - e)) / (2 * h) for e in h * np.eye(len(x))])


@pytest.mark.parametrize("f", FUNCTIONS, ids=lambda f: f.__name__)
def test_a_function_with_aliases_gives_what_numpy_gives(f):
    program = fg.record(f, X)
    for x in (X, X + 0.25):
        for value, g in (fg.value_and_grad(f)(x), program.value_and_grad(x)):
            assert value == pytest.approx(f(x), rel=1e-13)
            np.testing.assert_allclose(g, differences(f, x), rtol=1e-6, atol=1e-6)


def walk(seed, steps=14):
    """A function that makes views and changes them, at random."""

    def f(x):
        draw = random.Random(seed)
        arrays = [x * 1.0, x[::-1] * 2.0, np.zeros_like(x)]
        for _ in range(steps):
            a, b = draw.choice(arrays), draw.choice(arrays)
            i, j, what = draw.randrange(4), draw.randrange(4), draw.randrange(14)
            if what == 0:
                arrays.append(a * b)
            elif what == 1:
                a += b
            elif what == 2:
                a *= 0.5
            elif what == 3:
                a[i] = b[j]
            elif what == 4:
                a[[i, j]] = b[[j, i]]
            elif what == 5:
                arrays.append(a[::-1])
            elif what == 6:
                arrays.append(a.reshape(2, 2).T.reshape(4))
            elif what == 7:
                arrays.append(a.reshape(2, 2).ravel())
            elif what == 8:
                a[i] += b[j] * 0.5
            elif what == 9:
                a[1:] -= a[:-1]
            elif what == 10:
                arrays.append(np.where(a > b, a, b * 0.5))
            elif what == 11:
                arrays.append(np.concatenate([a[:2], b[2:]]))
            elif what == 12:
                arrays.append(+a)
            else:
                number = a[i]
                number += b[j]
                a[j] = number * 0.5
        return sum((k + 1) * (a * a).sum() for k, a in enumerate(arrays))

    return f


@pytest.mark.parametrize("seed", range(60))
def test_random_views_and_changes_give_what_numpy_gives(seed):
    f, x = walk(seed), np.random.default_rng(seed).normal(size=4)
    program = fg.record(f, x)
    value, g = fg.value_and_grad(f)(x)
    assert value == pytest.approx(f(x), rel=1e-12, abs=1e-12)
    assert program.value_and_grad(x)[0] == value
    scale = 1.0 + abs(value)
    np.testing.assert_allclose(g, differences(f, x), rtol=1e-4, atol=1e-4 * scale)


def test_what_cannot_be_followed_is_refused():
    for f, way in (
        (lambda x: x.sum() * len(set(np.round(x))), "hash"),
        (lambda x: {1.0: x[1]}.get(np.floor(x[0]), -1.0) + x[0], "hash"),
        (lambda x: (x.data**2).sum(), "stop_gradient"),
    ):
        for transform in (fg.grad, lambda f: fg.record(f, X)):
            with pytest.raises((TypeError, RuntimeError), match=way):
                transform(f)(X)


def test_views_keep_their_gradients_eagerly_too():
    def f(t):
        u = t * 1.0
        column = u.reshape(2, 2)[:, 1].ravel()
        column *= 3.0
        return (u * u).sum() + column.sum()

    np.testing.assert_allclose(eager_gradient(f, X), 2 * X + [0, 3, 0, 3])


def test_an_array_without_axes_that_shares_memory_can_become_tracked():
    memory, w = np.array(1.0), fg.tensor(2.0, requires_grad=True)
    t = fg.from_numpy(memory)
    t += w
    assert t.item() == 3.0 == memory
    (t * t).backward()
    assert w.grad.item() == 6.0
