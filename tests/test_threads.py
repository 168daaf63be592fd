"""Threads: each has a tape of its own, and what belongs to another says so."""

import os

import numpy as np
import pytest
from in_threads import in_a_thread, in_threads

import fastgrad as fg


@pytest.mark.parametrize("value", [2.0, [1.0, 2.0]])
@pytest.mark.parametrize(
    "use", [lambda t: t * 2, lambda t: fg.exp(t), lambda t: t.sum(), lambda t: t.sum().backward()]
)
def test_a_tracked_tensor_is_refused_by_another_thread(value, use):
    t = fg.tensor(value, requires_grad=True) * 1
    with pytest.raises(RuntimeError, match=r"another thread[\s\S]*detach\(\)"):
        in_a_thread(lambda: use(t))
    assert (t * t).sum().requires_grad  # here it is as good as before


def test_values_and_constants_are_everybodys():
    c, t = fg.tensor([1.0, 2.0]), fg.tensor(3.0, requires_grad=True)
    assert (t * c).requires_grad

    def run():
        w = fg.tensor(2.0, requires_grad=True)
        (w * c * t.detach()).sum().backward()
        return w.grad.item(), t.item(), repr(t)

    assert in_a_thread(run) == (9.0, 3.0, "tensor(3., requires_grad=True)")


def test_threads_at_once_compute_the_bits_of_one():
    x = np.linspace(0.1, 2.0, 50)

    def gradient(_=None):
        w = fg.tensor(x, requires_grad=True)
        for _ in range(30):
            s = w[0]
            for k in range(1, 10):
                s = s * w[k] + fg.sin(s)
            ((w * w).sum() * s).backward()
        return w.grad.numpy().tobytes()

    assert in_threads(gradient) == [gradient()] * 8


def test_a_tensor_may_be_dropped_by_another_thread():
    held = [fg.tensor(float(k), requires_grad=True) * 2 for k in range(100)]
    assert in_a_thread(held.clear) is None
    w = fg.tensor(3.0, requires_grad=True)
    (w * w).backward()
    assert w.grad.item() == 6.0


def test_a_tensor_outlives_its_thread():
    t = in_a_thread(lambda: fg.tensor(3.0, requires_grad=True) * 2)
    assert t.item() == 6.0
    with pytest.raises(RuntimeError, match="another thread"):
        t.backward()
    assert (t.detach() * 2).item() == 12.0


def test_no_grad_is_of_one_thread():
    with fg.no_grad():
        assert in_a_thread(fg.is_grad_enabled) is True
    assert fg.is_grad_enabled()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_goes_on():
    w = fg.tensor(3.0, requires_grad=True)
    y = w * w
    child = os.fork()
    if child == 0:
        y.backward()
        os._exit(0 if w.grad.item() == 6.0 else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    y.backward()
    assert w.grad.item() == 6.0
