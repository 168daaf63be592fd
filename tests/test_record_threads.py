"""Recordings in threads: each sees its own, and NumPy stays as it is for the others."""

import threading

import numpy as np
from in_threads import in_threads
from new_process import python

import fastgrad as fg

X = np.array([0.5, 1.5, 2.5])


def test_threads_that_record_at_once_do_not_meet():
    def make(k):
        def f(x):
            y = np.zeros(3)
            for i in range(3):
                y[i] = x[i] ** (k + 1) if x[i] > 0 else x[i] * k
            return np.sum(np.array([y[0], y[1] * y[2]])) * (k + 1)

        return f

    expected = [[fg.grad(make(k))(sign * X) for sign in (1, -1)] for k in range(8)]

    def work(k):
        lazy = fg.record(make(k))
        for round_ in range(10):
            for n, sign in enumerate((1, -1)):
                transform = fg.grad(make(k)) if round_ % 2 else fg.grad(lazy)
                np.testing.assert_array_equal(transform(sign * X), expected[k][n])
            assert fg.record(make(k), X).grad(X).shape == (3,)

    in_threads(work)


def test_a_thread_that_records_does_not_change_what_another_computes_with_numpy():
    inside, done = threading.Event(), threading.Event()

    def f(x):
        inside.set()
        assert done.wait(30)
        return np.sum(x**2)

    thread = threading.Thread(target=lambda: fg.grad(f)(X))
    thread.start()
    assert inside.wait(30)
    try:
        made = np.zeros(3), np.array([1.0, 2.0]), np.asarray(X), np.empty(2), np.full(2, 3.0)
        assert all(type(a) is np.ndarray for a in made)
        assert type(fg.tensor(1.0) * 2) is fg.Tensor
        w = fg.tensor(2.0, requires_grad=True)
        (w * w).backward()
        assert w.grad.item() == 4.0
    finally:
        done.set()
        thread.join()


def test_threads_that_have_the_number_of_an_ended_one_record_transforms():
    """By which SciPy finds what it has kept, while the system gives numbers again: a crash."""
    done = python(
        "-c",
        """
import threading
import numpy as np
import scipy.fft
import fastgrad as fg

threading.get_native_id = lambda: 1
found = []

def work():
    found.append(fg.grad(lambda x: (abs(scipy.fft.rfft(x)) ** 2).sum())(np.arange(4.0)))

for _ in range(200):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
np.testing.assert_array_equal(found, np.tile(found[0], (200, 1)))
""",
    )
    assert done.returncode == 0, done.stderr
