"""Hooks: what they see, what they may change, how long they live, and what a failing one leaves."""

import gc

import numpy as np
import pytest

import fastgrad as fg


def leaf(value):
    return fg.tensor(value, requires_grad=True)


def seen(log, name="g"):
    """A hook that notes the gradient it is given."""

    def hook(g):
        log.append((name, g.tolist()))

    return hook


def double(g):
    return g * 2


# ----- what a hook sees and gives -----


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_hook_of_a_leaf_sees_its_gradient_and_may_replace_it(value):
    x, log = leaf(value), []
    x.register_hook(seen(log))
    x.register_hook(lambda g: g * 10)
    fg.sum(x * 3).backward()
    assert log == [("g", np.full(np.shape(value), 3.0).tolist())]
    np.testing.assert_array_equal(x.grad, np.full(np.shape(value), 30.0))


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_hook_of_a_result_changes_all_that_comes_after(value):
    x = leaf(value)
    y = x * 3
    y.register_hook(lambda g: g * 10)
    fg.sum(y * y).backward()
    np.testing.assert_array_equal(x.grad, 18 * 10 * np.array(value))


def test_hooks_of_the_root_run_in_their_order_each_on_the_result_of_the_one_before():
    x = leaf(1.0)
    y = x * 2
    y.register_hook(lambda g: None)
    for k in (3, 5, 7):
        y.register_hook(lambda g, k=k: g * 10 + k)
    y.backward()
    assert x.grad.item() == 2 * 1357


def test_a_hook_sees_the_sum_of_all_contributions_once():
    x, log = leaf(2.0), []
    y = x * x
    y.register_hook(seen(log))
    x.register_hook(seen(log, "x"))
    (y * 3 + y * y + x).backward()
    assert log == [("g", 3.0 + 2 * 4), ("x", 11.0 * 4 + 1)]


def test_hooks_run_from_the_root_to_the_leaves():
    x, log = leaf(2.0), []
    a = x * 2
    b = a * 3
    for name, t in (("x", x), ("a", a), ("b", b)):
        t.register_hook(seen(log, name))
    b.backward()
    assert [name for name, _ in log] == ["b", "a", "x"]


def test_one_function_registered_twice_runs_twice():
    x = leaf(1.0)
    handles = [x.register_hook(double) for _ in range(2)]
    (x * 1).backward()
    handles[0].remove()
    (x * 1).backward()
    assert x.grad.item() == 4 + 2


@pytest.mark.parametrize(
    ("result", "error", "said"),
    [
        (3.0, TypeError, "a hook returned float; wanted a Tensor or None"),
        (np.ones(2), TypeError, "a hook returned ndarray"),
        (fg.tensor(1.0), RuntimeError, r"shape \(\)"),
        (fg.tensor([[1.0, 2.0]]), RuntimeError, r"shape \(1, 2\)"),
        (fg.tensor([1, 2]), RuntimeError, "dtype int64"),
        (fg.tensor([1.0, 2.0], dtype=np.float32), RuntimeError, "dtype float32"),
    ],
)
def test_a_hook_that_returns_something_else_is_refused(result, error, said):
    x = leaf([2.0, 3.0])
    for t in (x, x * 1):
        handle = t.register_hook(lambda g: result)
        y = (t * t).sum()
        with pytest.raises(error, match=said):
            y.backward()
        assert x.grad is None
        handle.remove()


# ----- registering and removing -----


def test_a_removed_hook_runs_no_more_nor_one_whose_block_has_ended():
    x, log = leaf(2.0), []
    handle = x.register_hook(seen(log))
    kept = x.register_hook(double)
    (x * 3).backward()
    handle.remove()
    handle.remove()
    (x * 3).backward()
    assert len(log) == 1
    kept.remove()
    with x.register_hook(double):
        (x * 3).backward()
    (x * 3).backward()
    assert x.grad.item() == 6 + 6 + 6 + 3


def test_a_hook_may_remove_itself_and_add_others_for_the_next_time():
    x, log = leaf(2.0), []

    def hook(g):
        handle.remove()
        x.register_hook(seen(log, "late"))

    handle = x.register_hook(hook)
    (x * 1).backward()
    assert log == []
    (x * 1).backward()
    assert log == [("late", 1.0)]


def test_a_hook_registered_after_the_graph_was_built_runs():
    x = leaf(2.0)
    y = x * 3
    z = y * y
    x.register_hook(double)
    y.register_hook(double)
    z.backward()
    assert x.grad.item() == 36 * 4


def test_a_hook_runs_only_where_backward_comes_by():
    x, other, log = leaf(2.0), leaf(3.0), []
    x.register_hook(seen(log))
    beside = x * 5
    beside.register_hook(seen(log))
    (x * other).backward(inputs=[other])
    assert log == []
    (x * other).backward()
    assert len(log) == 1


@pytest.mark.parametrize(
    ("tensor", "hook", "error", "said"),
    [
        (fg.tensor(1.0), double, RuntimeError, "cannot register a hook on a tensor that doesn't"),
        (leaf(1.0), 3, TypeError, "a hook has to be callable, got int"),
    ],
)
def test_what_cannot_be_registered_is_refused(tensor, hook, error, said):
    with pytest.raises(error, match=said):
        tensor.register_hook(hook)


def test_a_hook_on_a_root_that_was_let_go_is_refused():
    y = leaf(2.0) * 3
    y.backward()
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        y.register_hook(double)


# ----- how long hooks live -----


def test_a_hook_of_a_dropped_result_still_runs():
    x, log = leaf(2.0), []

    def build():
        y = x * 3
        y.register_hook(seen(log))
        y.register_hook(double)
        return y * y

    z = build()
    gc.collect()
    z.backward()
    assert log == [("g", 12.0)]
    assert x.grad.item() == 72


def test_a_hook_of_a_dropped_leaf_still_runs():
    x, log = leaf(2.0), []

    def build():
        gone = leaf(5.0)
        gone.register_hook(seen(log))
        return x * gone

    z = build()
    gc.collect()
    z.backward(retain_graph=True)
    z.backward(create_graph=True)
    assert log == [("g", 2.0), ("g", 2.0)]
    x.grad = None


def test_a_hook_holds_its_tensor_only_until_the_graph_is_let_go():
    class Marker:
        alive = 0

        def __init__(self):
            Marker.alive += 1

        def __del__(self):
            Marker.alive -= 1

    def build():
        marker = Marker()
        y = leaf(2.0) * 3
        y.register_hook(lambda g, marker=marker: None)
        return y

    y = build()
    assert Marker.alive == 1
    y.backward()
    assert Marker.alive == 0
    z = build()
    del z
    assert Marker.alive == 0


@pytest.mark.parametrize("value", [2.0, [2.0, 1.0]])
def test_a_hook_survives_changes_of_its_leaf_under_no_grad(value):
    x = leaf(value)
    x.register_hook(double)
    for _ in range(3):
        fg.sum(x * x).backward()
        np.testing.assert_array_equal(x.grad, 4 * x.detach().numpy())
        with fg.no_grad():
            x -= 0.5
        x.grad = None
    x.data = x.detach() * 3
    fg.sum(x * x).backward()
    np.testing.assert_array_equal(x.grad, 4 * x.detach().numpy())


def test_a_hook_survives_changes_through_elements_views_and_data():
    x = leaf([2.0, 1.0])
    x.register_hook(double)
    for change in (lambda: x.__setitem__(0, 3.0), lambda: x[1:].__imul__(2)):
        with fg.no_grad():
            change()
        x.grad = None
        (x * x).sum().backward()
        np.testing.assert_array_equal(x.grad, 4 * x.detach().numpy())
    x.data[1] = -7.0
    x.grad = None
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [12, -28])


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_hook_runs_once_for_a_leaf_changed_between_two_uses(value):
    for sweep in (
        lambda y, x: y.backward(),
        lambda y, x: y.backward(create_graph=True),
        lambda y, x: fg.autograd.grad(y, x),
        lambda y, x: fg.autograd.grad(y, x, create_graph=True),
    ):
        x, log = leaf(value), []
        x.register_hook(seen(log))
        before = fg.sum(x * 3)
        with fg.no_grad():
            x += 1
        sweep(before + fg.sum(x * 5), x)
        assert log == [("g", np.full(np.shape(value), 8.0).tolist())]


def test_a_hook_registered_after_a_change_of_the_leaf_sees_older_graphs_too():
    x = leaf(2.0)
    y = x * 3
    with fg.no_grad():
        x += 1
    x.register_hook(double)
    y.backward()
    assert x.grad.item() == 6


def test_a_hook_survives_requires_grad_switched_off_and_on():
    x = leaf(2.0)
    x.register_hook(double)
    x.requires_grad_(False)
    assert not (x * 3).requires_grad
    x.requires_grad_()
    (x * 3).backward()
    assert x.grad.item() == 6


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_hook_stays_with_the_value_it_was_registered_on(value):
    x, log = leaf(value), []
    y = x * 2
    y.register_hook(seen(log, "before"))
    y *= 3
    y.register_hook(seen(log, "after"))
    fg.sum(y).backward()
    ones = np.ones(np.shape(value))
    assert log == [("after", ones.tolist()), ("before", (3 * ones).tolist())]
    np.testing.assert_array_equal(x.grad, 6 * ones)


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_retained_gradient_is_that_of_the_value_a_tensor_has_now(value):
    x = leaf(value)
    y = x * 2
    y.retain_grad()
    y *= 3
    assert y.retains_grad
    fg.sum(y * y).backward()
    np.testing.assert_array_equal(y.grad, 12 * np.array(value))


def test_a_retained_gradient_of_a_tensor_that_is_gone_harms_nothing():
    for change in (lambda y: y.__imul__(3), lambda y: None):
        x = leaf([2.0])
        y = x * 2
        y.retain_grad()
        change(y)
        z = (y * y).sum()
        del y
        fillers = [fg.tensor(1.0) for _ in range(300)]
        z.backward()
        assert all(t.grad is None for t in fillers)


# ----- retain_grad, autograd.grad, create_graph -----


@pytest.mark.parametrize("first", ["hook", "retain"])
def test_a_retained_gradient_is_the_one_that_hooks_have_made(first):
    x = leaf(2.0)
    y = x * 3
    if first == "retain":
        y.retain_grad()
    y.register_hook(lambda g: g * 10)
    y.retain_grad()
    (y * y).backward()
    assert y.grad.item() == 120
    assert x.grad.item() == 360


def test_hooks_work_in_autograd_grad():
    x = leaf(2.0)
    y = x * 3
    x.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: g * 100)
    by_x, by_y = fg.autograd.grad(y * y, [x, y])
    assert (by_x.item(), by_y.item()) == (36_000, 1200)
    assert x.grad is None


def test_a_hook_is_differentiated_with_create_graph_and_not_without():
    x, modes = leaf(2.0), []
    y = x * x

    def hook(g):
        modes.append((fg.is_grad_enabled(), g.requires_grad))
        return g * g * 3

    handle = y.register_hook(hook)
    (g,) = fg.autograd.grad(y * y, x, create_graph=True)
    (y * y).backward(retain_graph=True)
    handle.remove()
    assert g.item() == 24 * 2**5  # 3 (2 x^2)^2 2 x
    assert fg.autograd.grad(g, x)[0].item() == 120 * 2**4
    assert modes == [(True, True), (False, False)]


def test_a_retained_gradient_is_tracked_with_create_graph():
    x = leaf(2.0)
    y = x * x
    y.retain_grad()
    (y * y).backward(create_graph=True)
    assert fg.autograd.grad(y.grad, x)[0].item() == 8
    x.grad = y.grad = None


# ----- exceptions and nesting -----


def boom(g):
    raise ValueError("boom")


@pytest.mark.parametrize("create_graph", [False, True])
@pytest.mark.parametrize("on", ["leaf", "result", "root"])
def test_a_failing_hook_leaves_the_graph_whole_and_no_gradient_halfway(on, create_graph):
    x, z = leaf(2.0), leaf([5.0, 1.0])
    y = x * 3
    root = (y * y * z).sum()
    handle = {"leaf": z, "result": y, "root": root}[on].register_hook(boom)
    with pytest.raises(ValueError, match="boom"):
        root.backward(create_graph=create_graph)
    assert x.grad is None and z.grad is None
    assert fg.is_grad_enabled()
    handle.remove()
    root.backward(retain_graph=True)
    root.backward()
    assert x.grad.item() == 2 * 6 * 36
    np.testing.assert_array_equal(z.grad, [72, 72])


def test_a_hook_may_run_a_backward_of_its_own():
    x, q = leaf(2.0), leaf([7.0, 1.0])

    def hook(g):
        with fg.enable_grad():
            (q * q).sum().backward()
            (x * 100).backward()
        return g * 2

    y = x * 3
    y.register_hook(hook)
    (y * y).backward()
    np.testing.assert_array_equal(q.grad, [14, 2])
    assert x.grad.item() == 100 + 72


def test_a_hook_may_sweep_the_graph_it_stands_in():
    x, inner = leaf(2.0), []
    y = x * 3
    z = y * y

    def hook(g):
        handle.remove()
        inner.append(fg.autograd.grad(z, x, retain_graph=True)[0].item())

    handle = y.register_hook(hook)
    z.backward()
    assert inner == [36]
    assert x.grad.item() == 36


def test_nested_backwards_go_ten_levels_deep():
    x, depth = leaf(2.0), []

    def hook(g):
        depth.append(len(depth))
        if len(depth) < 10:
            with fg.enable_grad():
                y = x * 1
                y.register_hook(hook)
                (y * y).backward()

    y = x * 1
    y.register_hook(hook)
    (y * y).backward()
    assert x.grad.item() == 40


def test_a_hook_may_record_thousands_of_ops_while_the_sweep_waits():
    x = leaf(2.0)
    y = x * 3

    def hook(g):
        with fg.enable_grad():
            total = fg.tensor(0.0)
            for k in range(20_000):
                total = total + x * k
        return g + total.detach() * 0

    y.register_hook(hook)
    (y * y).backward()
    assert x.grad.item() == 36


def test_a_hook_that_changes_the_gradient_in_place_is_heeded():
    x = leaf([2.0, 3.0])
    y = x * 1

    def hook(g):
        g *= 2

    y.register_hook(hook)
    (y * 3).sum().backward()
    np.testing.assert_array_equal(x.grad, [6, 6])
