"""What the tape keeps: what living Tensors need, however long a loop runs and deep a chain is."""

import gc
import mmap
import os
import sys

import numpy as np
import pytest
from in_threads import in_a_thread
from watched import IS_WATCHED

import fastgrad as fg
from fastgrad._sweep import tape

# Bytes; recursion of 10**5 levels needs more. Python 3.13 itself frees objects 10**4 levels deep.
TINY_STACK = 256 * 1024 * (32 if sys.version_info[:2] == (3, 13) else 1)


def leaf(value):
    return fg.tensor(value, requires_grad=True)


def stats():
    gc.collect()
    tape().compact()
    return tape().stats()


# ----- loops -----


def train(steps, backward, keep):
    """Return what the tape holds after some steps, and at most in between."""
    w, x = leaf(0.5), fg.tensor(2.0)
    most, losses = 0, []
    for k in range(steps):
        loss = (w * x - 1.0) ** 2
        if backward:
            loss.backward()
            with fg.no_grad():
                w -= 0.01 * w.grad
            w.grad.zero_()
        if keep:
            losses.append(loss)
        if k % 1000 == 0:
            most = max(most, tape().stats()["nodes"])
    return tape().stats(), most


def test_a_loop_of_a_hundred_thousand_steps_runs_in_constant_memory():
    short, few = in_a_thread(lambda: train(100, True, False))
    long, many = in_a_thread(lambda: train(100_000, True, False))
    assert long == short
    assert many == few < 20


def test_a_loop_without_backward_leaves_garbage_but_a_bounded_amount():
    after, most = in_a_thread(lambda: train(100_000, False, False))
    assert most < 10_000
    assert after["bytes"] < 10**6


def test_kept_losses_cost_their_own_place_but_keep_no_graph():
    short, _ = in_a_thread(lambda: train(1000, True, True))
    long, most = in_a_thread(lambda: train(50_000, True, True))
    assert long["nodes"] == short["nodes"]
    assert most < 20
    assert long["tensors"] - short["tensors"] == 49_000
    assert long["bytes"] < 49_000 * 64


def test_kept_losses_keep_their_graph_as_long_as_it_is_not_swept():
    def run():
        w = leaf(0.5)
        losses = [w * w + 1.0 for _ in range(1000)]
        full = stats()["nodes"]
        for loss in losses:
            loss.backward()
        return full, stats()["nodes"]

    full, swept = in_a_thread(run)
    assert full >= 3000
    assert swept <= 1 + 1000


STEPS = {
    "a result that is dropped": lambda x: fg.sin(x) * x,
    "backward": lambda x: fg.sin(x).sum().backward(),
    "backward that creates a graph": lambda x: fg.sin(x).sum().backward(create_graph=True),
    "grad of grad": lambda x: fg.autograd.grad(
        fg.autograd.grad((x**3).sum(), x, create_graph=True)[0].sum(), x
    ),
    "indexing and joining": lambda x: fg.stack([*x, x[0] * x[1]]).sum(),
    "a hook": lambda x: (x * 2).register_hook(lambda g: g * 2),
    "a retained gradient": lambda x: (x * 2).retain_grad(),
    "what made it": lambda x: (x * x).grad_fn.next_functions,
    "a copy of it": lambda x: x.detach().clone().requires_grad_(),
}


def changed(x):
    y = x * 2
    y += x
    y[0] *= 3
    return y


def changed_through_views(x):
    y = x * 2
    y[1:] *= 2
    part = y[:2]
    part /= part.sum()
    y.reshape(3, 1)[0] += 1
    return y


def changed_and_needed(x):
    y = x * 2
    z = y * y
    y += 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.sum().backward()


def made_tracked(x):
    buffer = fg.zeros(3)
    part = buffer[:2]
    buffer[1:] = x[:2]
    return part.sum() + buffer.sum()


def updated(x):
    with fg.no_grad():
        x += 0.0
        x[0] *= 1.0
    x.data[1] = 1.0
    return x * x


def unused(x):
    with pytest.raises(RuntimeError, match="not have been used"):
        fg.autograd.grad(x.sum(), leaf(1.0))


def failing_hook(x):
    y = x * 2
    y.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y.sum().backward()


@pytest.mark.parametrize(
    "step",
    [*STEPS.values(), changed, changed_through_views, changed_and_needed, made_tracked, updated,
     unused, failing_hook],
    ids=[*STEPS, "changed", "changed through views", "changed and needed", "made tracked",
         "updated", "unused", "failing hook"],
)  # fmt: skip
def test_a_step_that_is_over_leaves_nothing_behind(step):
    def run():
        x = leaf([1.0, 2.0, 3.0])
        held = []
        for steps in (3, 300):
            for _ in range(steps):
                step(x)
            x.grad = None
            held.append(stats())
        return held

    few, many = in_a_thread(run)
    for what in ("nodes", "tensors", "array_bytes"):
        assert many[what] <= few[what] + (what == "nodes"), what


# ----- arrays -----


def test_arrays_on_the_way_are_released_by_backward():
    def run():
        x = leaf(np.ones(1000))
        y = fg.exp(fg.sin(x * 2))
        loss = y.sum()
        held = stats()["array_bytes"]
        loss.backward()
        return held, stats()["array_bytes"]

    held, after = in_a_thread(run)
    assert held >= 4 * 8000
    assert after <= 2 * 8000  # x, and y because it has a name


def test_arrays_are_released_when_their_last_name_is_gone():
    def run():
        x = leaf(np.ones(1000))
        y = fg.exp(fg.sin(x * 2))
        held = stats()["array_bytes"]
        del y
        return held, stats()["array_bytes"]

    held, after = in_a_thread(run)
    assert held == 4 * 8000
    assert after <= 8000


def test_large_arrays_do_not_wait_for_the_tape_to_be_full():
    def run():
        x = leaf(np.ones(10**5))
        keep, most = [], 0
        for _ in range(500):
            keep.append((x * 2)[0])
            keep = keep[-2:]
            most = max(most, tape().stats()["array_bytes"])
        return most

    assert in_a_thread(run) < 100 * 8 * 10**5


def test_one_result_on_the_way_keeps_what_it_needs_and_no_more():
    def run():
        x = leaf(2.0)
        middle = x * x * x
        end = middle
        for _ in range(100):
            end = fg.sin(end)
        full = stats()["nodes"]
        del end
        part = stats()["nodes"]
        middle.backward()
        return full, part, x.grad.item()

    full, part, gradient = in_a_thread(run)
    assert full - part == 100
    assert gradient == 12


def test_a_leaf_that_is_gone_is_no_trouble_to_the_sweep():
    x = leaf(2.0)
    y = x * leaf(3.0) * leaf([1.0, 2.0]).sum()
    gc.collect()
    y.backward()
    assert x.grad.item() == 9


@pytest.mark.skipif(
    IS_WATCHED or not os.path.exists("/proc/self/statm"), reason="needs Linux's counts of memory"
)
def test_sweeps_inside_hooks_leave_nothing_behind():
    def size():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * mmap.PAGESIZE

    x, t = leaf(1.0), leaf(1.0)
    y, s = x, t * 1.0
    for _ in range(20000):
        y = y * 1.0
    s.register_hook(lambda _: fg.autograd.grad(y, x, retain_graph=True) and None)
    (s * 2.0).backward(retain_graph=True)
    before = size()
    for _ in range(60):
        (s * 2.0).backward(retain_graph=True)
    assert size() - before < 4 << 20  # each has arrays of half a megabyte


def test_a_thread_takes_its_tape_along_when_it_ends():
    kept = in_a_thread(lambda: leaf([1.0, 2.0]) * 3)
    assert kept.tolist() == [3, 6]
    assert kept.requires_grad
    del kept


# ----- depth -----


def powers(n):
    x = leaf(1.0)
    y = x
    for _ in range(n):
        y = y * 1.0000001
    y.backward()
    assert x.grad.item() == pytest.approx(1.0000001**n, rel=1e-8)  # n roundings of half an ulp
    del y
    return stats()


def test_a_chain_of_a_million_nodes_is_swept_and_freed_on_a_tiny_stack():
    assert in_a_thread(lambda: powers(10**6), TINY_STACK)["nodes"] <= 1


def test_a_chain_of_a_million_nodes_is_dropped_on_a_tiny_stack():
    def run():
        y = leaf(1.0)
        for _ in range(10**6):
            y = fg.sin(y)
        del y
        return stats()

    assert in_a_thread(run, TINY_STACK)["nodes"] <= 1


def arrays():
    y = x = leaf([1.0, 2.0])
    for _ in range(10_000):
        y = y + x
    y.sum().backward()
    return x.grad.tolist()


def views():
    y = x = leaf([1.0, 2.0])
    for _ in range(10_000):
        y = y[:]
    y.sum().backward()
    return x.grad.tolist()


def changed_views():
    x = leaf([1.0, 2.0])
    y = v = x * 1
    for _ in range(3000):
        v = v[:]
    v *= 2
    y.sum().backward()
    return x.grad.tolist()


def hooks():
    """Each hook keeps the result before it alive."""
    x = leaf(1.0)
    y = x * 1
    for _ in range(20_000):
        z = y * 1
        z.register_hook(lambda g, y=y: None)
        y = z
    y.backward()
    return x.grad.item()


def dropped_hooks():
    y = leaf(1.0) * 1
    for _ in range(20_000):
        z = y * 1
        z.register_hook(lambda g, y=y: None)
        y = z
    del y, z
    return stats()["nodes"] <= 1


def grads_of_grads():
    g = leaf(1.0)
    for _ in range(20_000):
        x = leaf(1.0)
        x.grad = g
        g = x
    del x, g
    return True


def recorded_sweep():
    y = x = leaf(1.0)
    for _ in range(3000):
        y = y * 1.5 - y * 0.5
    (g,) = fg.autograd.grad(y, x, create_graph=True)
    return g.item()


@pytest.mark.parametrize(
    ("build", "wanted"),
    [
        (arrays, [10_001, 10_001]),
        (views, [1, 1]),
        (changed_views, [2, 2]),
        (hooks, 1),
        (dropped_hooks, True),
        (grads_of_grads, True),
        (recorded_sweep, 1),
    ],
)
def test_nothing_recurses(build, wanted):
    assert in_a_thread(build, TINY_STACK) == wanted
