"""Threads: each has a tape of its own, and what belongs to another says so."""

import os
import queue
import sys
import sysconfig
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from in_threads import in_a_thread, in_threads
from new_process import python

import fastgrad as fg
from fastgrad._nodes import tape_of
from fastgrad._tape import tape


@pytest.fixture
def hasty():
    """Let threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


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


# ----- what several threads use -----


def test_one_program_called_by_eight_threads_gives_the_bits_of_one():
    """10^5 calls in each: of numbers, of arrays in regions, of a branch, with a gradient."""
    n, x = 100_000, np.linspace(0.1, 2.0, 5)
    numbers = fg.record(lambda a, b: np.exp(a) * np.sin(b) / (a + b), 1.0, 1.0)
    arrays = fg.value_and_grad(fg.record(lambda x: np.sum(np.exp(-x) * np.cumsum(x)), x))
    wanted = [(numbers(v, 2.0), arrays(v * x)) for v in (0.5, 1.5, 2.5)]

    def work(k):
        for i in range(n // 2):
            number, (value, gradient) = wanted[(i + k) % 3]
            v = (0.5, 1.5, 2.5)[(i + k) % 3]
            assert numbers(v, 2.0) == number
            if i % 16 == 0:
                found = arrays(v * x)
                assert found[0] == value and (found[1] == gradient).all()
            else:
                assert numbers(v, 2.0) == number

    in_threads(work)


def test_a_lazily_recorded_function_is_shared_while_its_paths_are_found(hasty):
    f = fg.record(lambda x, n: np.sum(x**n) if x[0] > 0 else -np.sum(np.sin(x)))
    x = np.linspace(0.5, 1.5, 4)
    plain = [lambda s, n: n * (s * x) ** (n - 1), lambda s, n: -np.cos(s * x)]

    def work(k):
        gradient = fg.grad(f)
        for i in range(40):
            s, n = (1, -1)[(i + k) % 2], 2 + (i // 2 + k) % 3
            found = gradient(s * x, n)
            np.testing.assert_allclose(found, plain[s < 0](s, n), rtol=1e-14)
            assert f.grad(s * x, n).tobytes() == found.tobytes()

    in_threads(work)


@pytest.mark.parametrize("value", [2.0, [1.0, 2.0]])
def test_constants_are_shared_whoever_uses_them_first(value, hasty):
    for _ in range(30):
        c = fg.tensor(value)

        def work(k, c=c):
            w = fg.tensor(float(k), requires_grad=True)
            (w * c * c).sum().backward()
            return w.grad.item()

        assert in_threads(work) == [float(np.sum(np.square(value)))] * 8


@pytest.mark.parametrize("value", [2.0, [1.0, 2.0]])
def test_a_leaf_that_threads_use_at_once_is_of_one_of_them(value, hasty):
    for _ in range(30):
        w = fg.tensor(value, requires_grad=True)

        def work(_, w=w):
            try:
                (w * w).sum().backward()
            except RuntimeError as error:
                return str(error)
            return None

        said = in_threads(work)
        assert said.count(None) == 1
        assert all("another thread" in text for text in said if text)
        np.testing.assert_array_equal(w.grad.numpy(), 2.0 * np.asarray(value))


@pytest.mark.parametrize("make", [fg.no_grad, fg.autograd.detect_anomaly])
def test_a_mode_is_of_the_thread_that_is_inside_of_it(make):
    mode, inside, done = make(), threading.Event(), threading.Event()

    def other():
        with make(), mode:  # goes back to what the outer one has set
            inside.set()
            assert done.wait(30)

    thread = threading.Thread(target=other)
    with mode:
        thread.start()
        assert inside.wait(30)
    assert fg.is_grad_enabled() and not tape().anomaly and not tape().check_nan
    done.set()
    thread.join()


@pytest.mark.parametrize("use", [lambda x: x > 0, lambda x: np.argmax(np.stack([x, x])) == 0])
@pytest.mark.parametrize("value", [1.5, np.array([1.5])])
def test_a_thread_in_a_recorded_function_cannot_decide_by_what_is_recorded(use, value):
    """It would be decided for good: a replay knows of no thread."""

    def f(x):
        return x * x if in_a_thread(lambda: bool(use(x))) else -x

    with pytest.raises(RuntimeError, match="another thread"):
        fg.record(f, value)


@pytest.mark.parametrize("threads", [2, 8])
def test_a_bound_call_runs_in_one_thread_at_a_time(threads, hasty):
    x = np.linspace(0.0, 1.0, 3000)
    call = fg.record(lambda x: np.sum(np.exp(x) * np.sin(x)), x).bind(x)
    wanted = call()

    def work(_):
        found = set()
        for _ in range(50):
            try:
                found.add(call())
            except RuntimeError as error:
                found.add(str(error))
        return found

    busy = "a bound call is running in another thread; bind one for each thread"
    assert set().union(*in_threads(work, threads)) <= {wanted, busy}


# ----- changes in place in another thread -----


@pytest.mark.parametrize("value", [2.0, [2.0, 2.0]])
@pytest.mark.parametrize("tracked", [False, True])
def test_a_leaf_that_another_thread_has_changed_has_its_new_value(value, tracked):
    c, w = fg.tensor(value, requires_grad=tracked), fg.tensor(3.0, requires_grad=True)
    before = (w * c).sum()  # this thread's tape knows c

    def change():
        with fg.no_grad():
            c.add_(1.0) if hasattr(c, "add_") else c.__iadd__(1.0)

    in_a_thread(change)
    after = (w * c).sum()
    n = np.size(value)
    assert (before.item(), after.item()) == (6.0 * n, 9.0 * n)
    after.backward()
    assert w.grad.item() == 3.0 * n
    if tracked:
        np.testing.assert_array_equal(c.grad.numpy(), np.full(np.shape(value), 3.0))


def test_a_result_is_not_changed_by_another_thread():
    y = fg.tensor([1.0, 2.0], requires_grad=True) * 2

    def change():
        with fg.no_grad():
            y[0] = 5.0

    with pytest.raises(RuntimeError, match="another thread"):
        in_a_thread(change)
    assert y.tolist() == [2.0, 4.0]


def test_a_leaf_may_be_set_to_require_a_gradient_by_another_thread():
    w, x = fg.tensor(3.0), fg.tensor(2.0, requires_grad=True)
    (w * x).backward()
    in_a_thread(lambda: w.requires_grad_())
    (w * x).backward()
    assert (w.grad.item(), x.grad.item()) == (2.0, 6.0)


def test_what_ends_with_an_old_gradient_finds_the_new_one():
    """An array's end may run anything: it must not find the gradient that ends."""
    w, seen = fg.tensor([1.0, 2.0], requires_grad=True), []
    for new in (None, fg.tensor([5.0, 6.0])):
        w.grad = fg.tensor([3.0, 4.0])
        weakref.finalize(w.grad.numpy(), lambda: seen.append(w.grad))
        w.grad = new
    assert seen[0] is None and seen[1].tolist() == [5.0, 6.0]


# ----- letting go -----


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


def test_what_another_thread_drops_goes_when_this_one_looks():
    def run():
        held = [fg.tensor(np.ones(1000), requires_grad=True) * 2.0 for _ in range(100)]
        in_a_thread(held.clear)
        found = tape().stats()
        return found["nodes"], found["tensors"], found["array_bytes"]

    assert in_a_thread(run) == (0, 0, 0)


def test_what_another_thread_drops_goes_at_the_next_operation():
    def run():
        w = fg.tensor(np.ones(1000), requires_grad=True)
        held = [w * float(k) for k in range(100)]
        weak = weakref.ref(held[0].detach().numpy())
        in_a_thread(held.clear)
        alive = weak() is not None
        _ = w * 2.0
        return alive, weak() is not None

    alive, is_left = in_a_thread(run)
    # without a GIL the thread that has made a Tensor may end it itself, as soon as it is dropped
    assert not is_left and (alive or not getattr(sys, "_is_gil_enabled", lambda: True)())


def test_dropping_while_the_thread_of_the_tape_works_changes_nothing(hasty):
    """Results, leaves, retained gradients and hooked Tensors go to threads that drop them."""
    given, x = queue.SimpleQueue(), np.linspace(0.1, 1.0, 20)

    def drop():
        while given.get() is not None:
            pass

    def run():
        w, total = fg.tensor(x, requires_grad=True), 0.0
        for k in range(200):
            y = w * float(k) + fg.tensor(x, requires_grad=True)
            y.retain_grad()
            s = w[k % 20]
            s.register_hook(lambda g: g * 1.0)
            z = (fg.sin(y) * s).sum()
            for t in (y, s, fg.tensor(x) * w, w * w):
                given.put(t)
            del y, s, t
            z.backward()
            total += z.item()
        return total, w.grad.numpy().tobytes()

    alone = run()
    threads = [threading.Thread(target=drop) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        assert [run() for _ in range(3)] == [alone] * 3
    finally:
        for _ in threads:
            given.put(None)
        for thread in threads:
            thread.join()


def test_hooks_of_a_tensor_that_another_thread_drops_still_run():
    w, seen = fg.tensor(3.0, requires_grad=True), []
    y = w * 2.0
    y.register_hook(seen.append)
    y.retain_grad()
    z, held = y * y, [y]
    del y
    in_a_thread(held.clear)
    z.backward()
    assert w.grad.item() == 24.0 and [g.item() for g in seen] == [12.0]


def test_the_tape_of_a_thread_that_has_ended_lets_go_in_any():
    def make():
        base = [fg.tensor(np.ones(1000), requires_grad=True) for _ in range(50)]
        return base[:1], [t * 2.0 for t in base] + base[1:]

    kept, dropped = in_a_thread(make)
    on = tape_of(kept[0])
    assert on is not tape() and on.stats()["tensors"] == 100
    chunks = [[dropped.pop() for _ in range(12)] for _ in range(8)]
    in_threads(lambda k: chunks[k].clear())
    dropped.clear()
    assert on.stats()["tensors"] == 1
    assert on.stats()["nodes"] == 1


def test_a_pool_may_end_while_its_tensors_live(hasty):
    for _ in range(5):
        with ThreadPoolExecutor(8) as pool:
            made = list(
                pool.map(lambda k: fg.tensor([float(k)], requires_grad=True) * 2, range(64))
            )
        assert [t.item() for t in made] == [2.0 * k for k in range(64)]
        parts = [made[k::8] for k in range(8)]
        del made
        in_threads(lambda k: parts[k].clear())  # noqa: B023


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


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_lets_go_of_what_other_threads_have_made():
    text = """
import os, threading, warnings
import fastgrad as fg
warnings.simplefilter("ignore")
held, go, made = [], threading.Event(), threading.Event()
def other():
    held.extend(fg.tensor([float(k)], requires_grad=True) * 2 for k in range(100))
    made.set()
    go.wait()
thread = threading.Thread(target=other)
thread.start()
made.wait()
child = os.fork()
held.clear()
w = fg.tensor(3.0, requires_grad=True)
(w * w).backward()
assert w.grad.item() == 6.0
if child == 0:
    os._exit(0)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
go.set()
thread.join()
"""
    found = python("-c", text, timeout=60)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")


# ----- the first time -----


def test_the_extensions_leave_the_gil_off_where_it_is_off():
    text = "import sys, fastgrad; print(getattr(sys, '_is_gil_enabled', lambda: True)())"
    found = python("-W", "error", "-c", text, PYTHON_GIL=None)
    has_gil = not sysconfig.get_config_var("Py_GIL_DISABLED") or sys.version_info < (3, 14)
    assert (found.stdout.strip(), found.returncode) == (str(has_gil), 0), found.stderr


def test_threads_that_import_and_use_all_for_the_first_time_at_once():
    text = """
import sys, threading
sys.setswitchinterval(1e-6)
start, found, errors = threading.Barrier(8), [None] * 8, []
def work(k):
    try:
        start.wait()
        import fastgrad as fg
        from fastgrad.scipy import special
        import numpy as np
        x = fg.tensor([0.5, 1.5], requires_grad=True)
        y = special.digamma(x) + special.gammaln(x) * special.erfc(x) + special.zeta(3.0, x)
        y.sum().backward()
        A = np.array([[3.0, 1.0], [1.0, 2.0]])
        solved = fg.grad(lambda a: np.sum(np.linalg.solve(a, np.sort(a[0]))))(A)
        f = fg.fft.fft(fg.tensor([1.0, 2.0, 4.0])).real
        found[k] = x.grad.tolist(), solved.tolist(), f.tolist(), fg.quantile(x, 0.3).item()
    except BaseException as error:
        errors.append(repr(error))
threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
for t in threads: t.start()
for t in threads: t.join()
assert not errors, errors
assert "nan" not in repr(found[0]) and found == [found[0]] * 8, found
"""
    found = python("-c", text, timeout=120)
    assert (found.returncode, found.stdout + found.stderr) == (0, "")
