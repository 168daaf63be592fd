"""no_grad, enable_grad, set_grad_enabled: context managers and decorators, of one thread each."""

import threading

import numpy as np
import pytest
from in_threads import in_threads

import fastgrad as fg


def leaf(value=1.0):
    return fg.tensor(value, requires_grad=True)


@pytest.fixture(autouse=True)
def _recording():
    """Each test starts recording and has to end so."""
    assert fg.is_grad_enabled()
    yield
    left_on = fg.is_grad_enabled()
    fg.set_grad_enabled(True)
    assert left_on


def test_under_no_grad_results_require_no_gradient():
    w, v = leaf(), leaf([1.0, 2.0])
    with fg.no_grad():
        for t in (
            w * 2,
            v * 2,
            fg.sin(w),
            v[0],
            v[:1],
            v.sum(),
            v.reshape(2, 1),
            v @ v,
            fg.stack([w, w]),
        ):
            assert not t.requires_grad and t.is_leaf and t.grad_fn is None
        assert w.requires_grad and v.requires_grad
    assert (w * 2).requires_grad


def test_under_no_grad_a_new_leaf_may_require_a_gradient():
    with fg.no_grad():
        w = leaf(2.0)
        result = (w * 3).requires_grad_()
        with fg.enable_grad():
            y = result * w
    y.backward()
    assert (result.grad.item(), w.grad.item()) == (2, 6)


def test_no_grad_saves_nodes():
    from fastgrad._sweep import tape

    w = leaf([1.0, 2.0])
    w * 1
    before = tape().stats()["nodes"]
    with fg.no_grad():
        kept = [w * 2 + w[0] for _ in range(100)]
    assert tape().stats()["nodes"] == before
    assert len(kept) == 100


def test_modes_nest_and_each_ends_with_the_one_before():
    with fg.no_grad():
        assert not fg.is_grad_enabled()
        with fg.enable_grad():
            assert fg.is_grad_enabled()
            with fg.no_grad(), fg.no_grad():
                assert not fg.is_grad_enabled()
            with fg.set_grad_enabled(False):
                assert not fg.is_grad_enabled()
            assert fg.is_grad_enabled()
        assert not fg.is_grad_enabled()
        with fg.set_grad_enabled(True):
            assert fg.is_grad_enabled()
        assert not fg.is_grad_enabled()


def test_set_grad_enabled_acts_at_once_and_until_its_block_ends():
    fg.set_grad_enabled(False)
    assert not fg.is_grad_enabled()
    fg.set_grad_enabled(True)
    mode = fg.set_grad_enabled(False)
    assert not fg.is_grad_enabled()
    with mode:
        assert not fg.is_grad_enabled()
    assert fg.is_grad_enabled()


@pytest.mark.parametrize("flag", [True, False, 1, 0, np.True_])
def test_set_grad_enabled_takes_any_truth_value(flag):
    with fg.set_grad_enabled(flag):
        assert fg.is_grad_enabled() is bool(flag)


def test_one_object_may_be_entered_again_and_inside_itself():
    mode = fg.no_grad()
    for _ in range(2):
        with mode:
            with mode:
                assert not fg.is_grad_enabled()
            assert not fg.is_grad_enabled()
        assert fg.is_grad_enabled()


def test_an_exception_inside_ends_the_mode_and_passes():
    for mode in (fg.no_grad, lambda: fg.set_grad_enabled(False)):
        with pytest.raises(ZeroDivisionError), mode():
            1 / 0
        assert fg.is_grad_enabled()
    with fg.no_grad():
        with pytest.raises(ZeroDivisionError), fg.enable_grad():
            1 / 0
        assert not fg.is_grad_enabled()


# ----- decorators -----


@pytest.mark.parametrize(
    ("decorator", "inside"),
    [
        (fg.no_grad(), False),
        (fg.no_grad, False),
        (fg.enable_grad(), True),
        (fg.enable_grad, True),
    ],
)
def test_a_decorated_function_runs_in_the_mode_and_only_it(decorator, inside):
    @decorator
    def f(a, *, b=2):
        """Say what it does."""
        return a, b, fg.is_grad_enabled()

    for outside in (True, False):
        with fg.set_grad_enabled(outside):
            assert f(1, b=3) == (1, 3, inside)
            assert fg.is_grad_enabled() is outside
    assert f.__name__ == "f" and f.__doc__ == "Say what it does."


def test_set_grad_enabled_decorates_without_an_effect_outside():
    @fg.set_grad_enabled(False)
    def f():
        return fg.is_grad_enabled()

    assert fg.is_grad_enabled()
    assert f() is False
    assert fg.is_grad_enabled()


def test_a_decorated_function_may_recurse_and_fail():
    @fg.no_grad()
    def f(n):
        modes = [fg.is_grad_enabled()]
        with fg.enable_grad():
            return modes + (f(n - 1) if n else [1 / n])

    with pytest.raises(ZeroDivisionError):
        f(5)
    assert fg.is_grad_enabled()


def test_a_decorated_method_gets_its_object():
    class Model:
        @fg.no_grad()
        def predict(self, x):
            return self, (leaf() * x).requires_grad

    model = Model()
    assert model.predict(2.0) == (model, False)


def test_a_generator_is_refused_with_the_way_out():
    with pytest.raises(TypeError, match="context manager inside it"):

        @fg.no_grad()
        def numbers():
            yield 1


def test_a_coroutine_is_refused_as_a_generator_is():
    async def number():
        return 1

    async def numbers():
        yield 1

    for function in (number, numbers):
        with pytest.raises(TypeError, match="context manager inside it"):
            fg.no_grad()(function)


# ----- backward, threads -----


def test_backward_runs_under_no_grad():
    w = leaf(3.0)
    y = w * w
    with fg.no_grad():
        y.backward()
    assert w.grad.item() == 6


def test_backward_records_nothing_and_restores_the_mode():
    w = leaf([3.0, 1.0])
    for mode in (True, False):
        y = fg.exp(w).sum()
        with fg.set_grad_enabled(mode):
            y.backward()
            assert fg.is_grad_enabled() is mode
    assert not w.grad.requires_grad


def test_the_mode_of_one_thread_is_none_of_another():
    inside, leave, seen = threading.Event(), threading.Event(), []

    def other():
        seen.append(fg.is_grad_enabled())
        with fg.no_grad():
            inside.set()
            leave.wait(10)
            seen.append(fg.is_grad_enabled())
        seen.append((leaf() * 2).requires_grad)

    with fg.no_grad():
        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(10)
        with fg.enable_grad():
            leave.set()
            thread.join()
        assert not fg.is_grad_enabled()
    assert seen == [True, False, True]


def test_many_threads_differentiate_at_the_same_time():
    def work(k):
        w, v = leaf(float(k)), leaf(np.full(5000, float(k)))
        for _ in range(50):
            with fg.no_grad():
                w += 0.0
            w.grad = v.grad = None
            (w * w * (v * v).sum()).backward()
        return w.grad.item(), v.grad[0].item()

    assert in_threads(work) == [(2 * k * 5000.0 * k * k, 2.0 * k**3) for k in range(8)]


def test_a_block_that_has_not_begun_cannot_end():
    mode = fg.no_grad()
    with mode, mode:
        pass
    with pytest.raises(RuntimeError, match="a mode ends that has not begun"):
        mode.__exit__()
    assert fg.is_grad_enabled()
