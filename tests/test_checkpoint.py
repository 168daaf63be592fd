"""checkpoint: the same gradients for less memory, and nothing silent where it cannot be so."""

import math
import tracemalloc

import numpy as np
import pytest

import fastgrad as fg

X = np.array([0.5, 1.5, -0.8])
V = np.array([1.0, -2.0, 0.5])


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)


def block(x, w):
    for _ in range(10):
        x = np.sin(x * w) + x
    return x


def test_checkpoint_of_eager_tensors_gives_the_same_gradients():
    grads = []
    for f in (block, fg.checkpoint(block)):
        x, w = fg.tensor(X, requires_grad=True), fg.tensor(0.7, requires_grad=True)
        (f(f(x, w), w) * fg.tensor(V)).sum().backward()
        grads.append((x.grad.numpy(), w.grad.item()))
    close(grads[1][0], grads[0][0])
    close(grads[1][1], grads[0][1])
    x = fg.tensor(0.3, requires_grad=True)
    y = fg.checkpoint(lambda x: np.sin(x) * x)(x)
    (g,) = fg.autograd.grad(y, x, create_graph=True)
    close(fg.autograd.grad(g, x)[0].item(), 2 * math.cos(0.3) - 0.3 * math.sin(0.3))


def test_checkpoint_of_what_has_no_float_gives_it_as_it_is():
    x = fg.tensor(X, requires_grad=True)
    assert fg.checkpoint(lambda x: x > 0.0)(x).tolist() == [True, True, False]
    assert fg.checkpoint(lambda x: {"at": np.argmax(x)})(x)["at"].item() == 1


def test_checkpoint_lets_gradients_flow_to_what_the_function_closes_over():
    w = fg.tensor(0.7, requires_grad=True)
    v = w * 2.0
    x = fg.tensor(X, requires_grad=True)
    fg.checkpoint(lambda x: {"y": np.sin(x * v).sum() * w, "n": 3})(x)["y"].backward()
    other = fg.tensor(0.7, requires_grad=True)
    z = fg.tensor(X, requires_grad=True)
    (np.sin(z * (other * 2.0)).sum() * other).backward()
    close(w.grad.item(), other.grad.item())
    close(x.grad.numpy(), z.grad.numpy())


def test_checkpoint_runs_the_function_again_in_backward_only():
    runs = []
    x = fg.tensor(X, requires_grad=True)
    y = fg.checkpoint(lambda x: runs.append(1) or np.exp(x))(x)
    assert len(runs) == 1
    y.sum().backward()
    assert len(runs) == 2


RUNS = {  # what a function gives in its first and in its second run
    "numbers": (lambda x: x * 2.0, lambda x: x * 3.0),
    "order": (lambda x: x * 1.0, lambda x: x[::-1] * 1.0),
    "sign": (lambda x: x * 1.0, lambda x: x * np.array([-1.0, 1.0, 1.0])),
    "beside NaN": (lambda x: x * [1.0, 2.0, np.nan], lambda x: x * [1.0, 3.0, np.nan]),
    "beside inf": (lambda x: x * [1.0, 2.0, np.inf], lambda x: x * [1.0, 3.0, np.inf]),
    "place of NaN": (lambda x: x * [1.0, 0.0, np.nan], lambda x: x * [1.0, np.nan, 0.0]),
    "sign of inf": (lambda x: x * [1.0, np.inf, 0.0], lambda x: x * [1.0, -np.inf, 0.0]),
    "shape": (lambda x: x * 1.0, lambda x: (x * 1.0).reshape(3, 1)),
    "packing": (lambda x: (x * 1.0, x * 2.0), lambda x: [x * 1.0, x * 2.0]),
    "how many": (lambda x: x * 1.0, lambda x: (x * 1.0, x * 2.0)),
    "dtype": (lambda x: (x * 1.0, x > 0), lambda x: (x * 1.0, fg.astype(x > 0, int))),
}


@pytest.mark.parametrize("name", RUNS)
def test_checkpoint_of_a_function_that_changes_its_mind_is_refused(name):
    runs = iter(RUNS[name])
    x = fg.tensor(X, requires_grad=True)
    y = fg.checkpoint(lambda x: next(runs)(x))(x)
    loss = (y[0] if isinstance(y, tuple) else y).sum()
    with pytest.raises(RuntimeError, match="gave another result when backward ran it again"):
        loss.backward()


def test_checkpoint_takes_the_same_nan_and_inf_for_the_same():
    x = fg.tensor(X, requires_grad=True)
    fg.checkpoint(lambda x: x * [2.0, np.nan, np.inf])(x).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [2.0, np.nan, np.inf])


def test_checkpoint_uses_custom_rules_and_branches():
    sine = fg.custom_vjp(np.sin)
    sine.defvjp(lambda x: (np.sin(x), x), lambda x, g: (10.0 * np.cos(x) * g,))
    x = fg.tensor(0.5, requires_grad=True)
    fg.checkpoint(lambda x: sine(x) if x > 0 else x)(x).backward()
    close(x.grad.item(), 10 * math.cos(0.5))


def test_checkpoint_saves_memory():
    def peak(f):
        x = fg.tensor(np.linspace(0, 1, 20_000), requires_grad=True)
        w = fg.tensor(0.7, requires_grad=True)
        tracemalloc.start()
        y = x
        for _ in range(20):
            y = f(y, w)
        y.sum().backward()
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    plain, saved = peak(block), peak(fg.checkpoint(block))
    # 20 parts of 30 results each: 600 against about 20 + 2 * 30
    assert saved < plain / 4


def test_checkpoint_refuses_what_is_no_function_and_keeps_what_one_is_called():
    with pytest.raises(TypeError, match="checkpoint takes a function, got float"):
        fg.checkpoint(1.0)
    assert fg.checkpoint(block).__name__ == "block"
    assert type(fg.checkpoint(np.sin)(0.5)) is np.float64
