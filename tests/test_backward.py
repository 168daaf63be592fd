"""backward and autograd.grad: what accumulates where, what is let go, and what is refused."""

import threading

import numpy as np
import pytest

import fastgrad as fg

SECOND_TIME = "Trying to backward through the graph a second time"


def leaf(value, **options):
    return fg.tensor(value, requires_grad=True, **options)


# ----- the tutorial -----


def test_the_example_of_the_tutorial_gives_its_numbers_to_the_letter():
    x, y, w = fg.tensor(1.0), fg.tensor(2.0), fg.tensor(1.0, requires_grad=True)
    loss = (w * x - y) ** 2
    assert repr(loss) == "tensor(1., grad_fn=<PowBackward>)"
    loss.backward()
    assert repr(w.grad) == "tensor(-2.)"
    with fg.no_grad():
        w -= 0.1 * w.grad
    assert repr(w) == "tensor(1.2000, requires_grad=True)"
    w.grad.zero_()
    assert repr(w.grad) == "tensor(0.)"
    (w * x - y).backward()
    assert repr(w.grad) == "tensor(1.)"
    w.grad = None
    assert w.grad is None
    assert x.grad is None and y.grad is None


# ----- accumulation -----


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_gradients_accumulate_into_one_object_in_place(value):
    w = leaf(value)
    fg.sum(w * 2).backward()
    first = w.grad
    fg.sum(w * 3).backward()
    assert w.grad is first
    np.testing.assert_array_equal(first, np.full(np.shape(value), 5.0))


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_grad_set_to_none_starts_anew_and_leaves_the_old_one_alone(value):
    w = leaf(value)
    fg.sum(w * 2).backward()
    old = w.grad
    w.grad = None
    fg.sum(w * 3).backward()
    assert w.grad is not old
    np.testing.assert_array_equal(old, np.full(np.shape(value), 2.0))
    np.testing.assert_array_equal(w.grad, np.full(np.shape(value), 3.0))


def test_two_leaves_and_the_seed_never_share_a_gradient():
    a, b, seed = leaf([1.0, 2.0]), leaf([3.0, 4.0]), fg.tensor([1.0, 1.0])
    (a + b).backward(seed)
    a.backward(seed)
    a.grad.zero_()
    np.testing.assert_array_equal(b.grad, [1, 1])
    np.testing.assert_array_equal(seed, [1, 1])


@pytest.mark.parametrize("value", [1.0, [1.0]])
def test_a_grad_used_in_an_expression_is_not_changed_under_its_hands(value):
    x, w = leaf(value), leaf(2.0)
    fg.sum(x * x).backward()
    product = fg.sum(x.grad * w)
    fg.sum(x * x).backward()
    product.backward()
    assert w.grad.item() == 2.0
    np.testing.assert_array_equal(x.grad, np.full(np.shape(value), 4.0))


@pytest.mark.parametrize(
    ("wrong", "error", "said"),
    [
        (3.0, TypeError, "assigned grad expected to be a Tensor or None"),
        (fg.tensor([1.0]), RuntimeError, r"\(1,\)"),
        (fg.tensor(1), RuntimeError, "int64"),
    ],
)
def test_a_grad_of_another_kind_cannot_be_assigned(wrong, error, said):
    w = leaf(1.0)
    with pytest.raises(error, match=said):
        w.grad = wrong
    assert w.grad is None


def test_a_tensor_cannot_be_its_own_grad():
    w = leaf(1.0)
    with pytest.raises(RuntimeError, match="can't assign Variable as its own grad"):
        w.grad = w


def test_an_assigned_grad_is_added_to():
    w = leaf(1.0)
    w.grad = fg.tensor(10.0)
    (w * 2).backward()
    assert w.grad.item() == 12.0


def test_a_gradient_has_the_dtype_of_its_leaf():
    single, double = leaf([1.0, 2.0], dtype=np.float32), leaf([3.0, 4.0])
    (single * double).sum().backward()
    assert single.grad.dtype == np.float32
    assert double.grad.dtype == np.float64


# ----- which leaves -----


def test_leaves_that_are_not_used_keep_none():
    used, unused, constant = leaf(1.0), leaf(1.0), fg.tensor(1.0)
    (used * constant).backward()
    assert used.grad.item() == 1.0
    assert unused.grad is None and constant.grad is None


@pytest.mark.parametrize("value", [-2.0, [-2.0, -1.0]])
def test_a_dead_relu_gives_zero_and_not_none(value):
    x = leaf(value)
    fg.sum(fg.relu(x) * 5).backward()
    np.testing.assert_array_equal(x.grad, np.zeros(np.shape(value)))


@pytest.mark.parametrize("seed", [0.0, -2.0])
def test_the_gradient_is_linear_in_the_seed_also_at_zero(seed):
    x = leaf(3.0)
    (x * x).backward(fg.tensor(seed))
    assert x.grad.item() == 6 * seed


def test_a_leaf_is_its_own_derivative():
    x = leaf(3.0)
    x.backward()
    x.backward()
    assert x.grad.item() == 2.0


def test_diamonds_and_repeated_operands_add_up():
    x = leaf(3.0)
    a, b = x * 2, x * 5
    (a * b + x * x + x / x - x + x**x).backward()
    assert x.grad.item() == pytest.approx(60 + 6 + 0 - 1 + 27 * (np.log(3) + 1), rel=1e-15)


def test_a_leaf_used_a_thousand_times_gets_a_thousand_contributions():
    x, v = leaf(2.0), leaf([1.0, 2.0])
    total = x * 0
    for k in range(1000):
        total = total + k * x + (v * k).sum()
    total.backward()
    assert x.grad.item() == 499500
    np.testing.assert_array_equal(v.grad, [499500, 499500])


def test_requires_grad_counts_from_when_it_is_set():
    x = fg.tensor(2.0)
    before = x * 5
    x.requires_grad_()
    (x * 3 + before).backward()
    assert x.grad.item() == 3
    x.requires_grad_(False)
    assert not (x * 3).requires_grad


# ----- several roots, seeds, inputs -----


def test_several_roots_are_added_up_also_if_one_is_made_of_another():
    x = leaf(2.0)
    square = x * x
    fg.autograd.backward([square, square * square, square])
    assert x.grad.item() == 4 + 32 + 4


def test_roots_of_several_shapes_take_a_seed_each():
    x = leaf([1.0, 2.0])
    fg.autograd.backward([x * x, x.sum()], [fg.tensor([1.0, 10.0]), None])
    np.testing.assert_array_equal(x.grad, [3, 41])


def test_gradient_seeds_a_vector_and_may_be_any_array_of_numbers():
    x = leaf([1.0, 2.0])
    for seed in (fg.tensor([1.0, 10.0]), np.array([1, 10]), [1, 10], np.float32([1, 10])):
        x.grad = None
        (x * x).backward(gradient=seed)
        np.testing.assert_array_equal(x.grad, [2, 40])


def test_inputs_restricts_what_is_accumulated():
    a, b, c = leaf(1.0), leaf(3.0), leaf(5.0)
    m = a * b
    loss = m * m
    loss.backward(inputs=[a], retain_graph=True)
    assert (a.grad.item(), b.grad) == (18, None)
    m.retain_grad()
    loss.backward(inputs=m, retain_graph=True)
    assert b.grad is None
    loss.backward(inputs=[b, b, c])
    assert (b.grad.item(), c.grad) == (6, None)


def test_inputs_may_be_a_result_on_the_way():
    a = leaf(3.0)
    m = a * 2
    (m * m).backward(inputs=[m])
    assert m.grad.item() == 12
    assert a.grad is None


@pytest.mark.parametrize(
    ("inputs", "error", "said"),
    [
        ([], RuntimeError, "cannot be empty"),
        ([1.0], TypeError, "inputs have to be Tensors, got float"),
        ([fg.tensor(1.0)], RuntimeError, "One of the differentiated Tensors does not require grad"),
    ],
)
def test_inputs_that_cannot_be_are_refused(inputs, error, said):
    loss = leaf(1.0) * 2
    for call in (lambda: loss.backward(inputs=inputs), lambda: fg.autograd.grad(loss, inputs)):
        with pytest.raises(error, match=said):
            call()
    loss.backward()


# ----- what cannot be differentiated -----


def test_a_constant_has_no_backward():
    said = (
        "element 0 of tensors does not require grad and does not have a grad_fn.*requires_grad=True"
    )
    for constant in (
        fg.tensor(1.0),
        fg.tensor(1.0) * 2,
        leaf(1.0).detach(),
        fg.tensor([1.0]).sum(),
    ):
        with pytest.raises(RuntimeError, match=said):
            constant.backward()
    with pytest.raises(RuntimeError, match="element 1 of tensors does not require grad"):
        fg.autograd.backward([leaf(1.0) * 2, fg.tensor(1.0)])


def test_a_result_of_no_grad_has_no_backward():
    x = leaf(1.0)
    with fg.no_grad():
        y = x * 2
    with pytest.raises(RuntimeError, match="outside no_grad"):
        y.backward()


def test_a_vector_needs_a_seed_but_one_element_does_not():
    with pytest.raises(
        RuntimeError, match=r"grad can be implicitly created only for scalar outputs.*\.sum\(\)"
    ):
        (leaf([1.0, 2.0]) * 2).backward()
    x = leaf([[3.0]])
    (x * x).backward()
    np.testing.assert_array_equal(x.grad, [[6.0]])


@pytest.mark.parametrize("seed", [[1.0, 1.0, 1.0], 1.0, [[1.0, 1.0]]])
def test_a_seed_of_another_shape_is_refused_and_nothing_is_let_go(seed):
    x = leaf([1.0, 2.0])
    y = x * x
    with pytest.raises(RuntimeError, match=r"Mismatch in shape: grad_output\[0\] has a shape of"):
        y.backward(fg.tensor(seed))
    assert x.grad is None
    y.backward(fg.tensor([1.0, 1.0]))


@pytest.mark.parametrize("seed", [["a", "b"], [1j, 1j], [None, 1.0]])
def test_a_seed_of_no_numbers_is_refused(seed):
    with pytest.raises(TypeError):
        (leaf([1.0, 2.0]) * 2).backward(seed)


def test_as_many_seeds_as_roots_are_wanted():
    x = leaf(1.0)
    with pytest.raises(RuntimeError, match="got 2 tensors and 1 gradients"):
        fg.autograd.backward([x * 2, x * 3], [fg.tensor(1.0)])
    with pytest.raises(TypeError, match="at least one"):
        fg.autograd.backward([])


def test_a_tensor_of_another_thread_is_refused_with_the_way_out():
    x = leaf([2.0, 3.0])
    y, errors = (x * x).sum(), []

    def use():
        for call in (y.backward, lambda: y * 2, lambda: x + x, lambda: x[0]):
            try:
                call()
            except RuntimeError as error:
                errors.append(str(error))
        fresh = leaf(1.0)
        (fresh * float(y.item()) * x.detach()[0]).backward()
        errors.append(fresh.grad.item())

    thread = threading.Thread(target=use)
    thread.start()
    thread.join()
    assert all("another thread" in e and ".detach()" in e for e in errors[:-1])
    assert errors[4:] == [26.0]
    y.backward()
    np.testing.assert_array_equal(x.grad, [4, 6])


# ----- the graph is let go -----


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_second_backward_raises_and_changes_nothing(value):
    w = leaf(value)
    loss = fg.sum(w * w)
    loss.backward()
    with pytest.raises(RuntimeError, match=SECOND_TIME + ".*retain_graph=True"):
        loss.backward()
    np.testing.assert_array_equal(w.grad, 2 * np.array(value))


def test_retain_graph_allows_any_number_of_sweeps():
    w = leaf(2.0)
    loss = w**3
    for _ in range(3):
        loss.backward(retain_graph=True)
    loss.backward()
    assert w.grad.item() == 48
    with pytest.raises(RuntimeError, match=SECOND_TIME):
        loss.backward(retain_graph=True)


def test_a_part_that_two_graphs_share_is_gone_after_the_first():
    w = leaf(2.0)
    shared = w * w
    one, other, apart = shared * 3, shared * w, w * 7
    one.backward()
    with pytest.raises(RuntimeError, match=SECOND_TIME):
        other.backward()
    assert w.grad.item() == 12
    apart.backward()
    assert w.grad.item() == 19


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_new_op_on_a_freed_result_has_a_value_but_no_way_back(value):
    w = leaf(value)
    y = w * w
    fg.sum(y).backward()
    z = fg.sum(y * 2)
    assert z.item() == 2 * np.sum(np.square(value))
    for call in (
        lambda: z.backward(),
        lambda: fg.autograd.grad(fg.sum(y * 2), w),
        lambda: fg.autograd.grad(fg.sum(y * 2), w, materialize_grads=True),
        lambda: fg.autograd.grad(fg.sum(y * 2 + w), w, create_graph=True),
        lambda: fg.sum(y * w).backward(inputs=[w]),
    ):
        with pytest.raises(RuntimeError, match=SECOND_TIME):
            call()
    np.testing.assert_array_equal(w.grad, 2 * np.array(value))


def test_the_gradient_by_a_freed_result_itself_is_right():
    w = leaf(2.0)
    y = w * w
    y.backward()
    assert fg.autograd.grad(y * 3, y)[0].item() == 3


def test_a_freed_part_is_never_taken_for_constant_though_the_leaf_was_renewed():
    w = leaf(2.0)
    y = w * w
    y.backward()
    with fg.no_grad():
        w += 1
    with pytest.raises(RuntimeError, match=SECOND_TIME):
        fg.autograd.grad(y * w, w)


# ----- results on the way -----


def test_the_grad_of_a_result_is_none_and_says_how_to_get_it():
    b = leaf(1.0) * 2
    (b * b).backward()
    with pytest.warns(UserWarning, match=r"not a leaf Tensor.*use .retain_grad\(\)"):
        assert b.grad is None


@pytest.mark.parametrize("value", [3.0, [3.0, 4.0]])
def test_retain_grad_keeps_the_gradient_of_a_result(value):
    a = leaf(value)
    b = a * 2
    assert not b.retains_grad
    b.retain_grad()
    assert b.retains_grad
    loss = fg.sum(b * b)
    loss.backward(retain_graph=True)
    np.testing.assert_array_equal(b.grad, 4 * np.array(value))
    loss.backward()
    np.testing.assert_array_equal(b.grad, 8 * np.array(value))
    np.testing.assert_array_equal(a.grad, 16 * np.array(value))


def test_retain_grad_works_on_the_root_and_changes_nothing_on_a_leaf():
    a = leaf(3.0)
    a.retain_grad()
    assert not a.retains_grad
    b = a * 2
    b.retain_grad()
    b.backward()
    assert (b.grad.item(), a.grad.item()) == (1, 2)
    with pytest.raises(
        RuntimeError, match="can't retain_grad on Tensor that has requires_grad=False"
    ):
        fg.tensor(1.0).retain_grad()


def test_only_leaves_change_requires_grad():
    y = leaf(1.0) * 2
    with pytest.raises(
        RuntimeError, match="you can only change requires_grad flags of leaf variables"
    ):
        y.requires_grad = False
    with pytest.raises(RuntimeError, match="Only Tensors of floating point"):
        fg.tensor([1, 2]).requires_grad_()
    with pytest.raises(RuntimeError, match="Only Tensors of floating point"):
        fg.tensor([1, 2], requires_grad=True)
    assert fg.tensor(1, requires_grad=True).dtype == np.float64


# ----- NaN and infinity -----


def test_infinities_follow_ieee_but_a_zero_adjoint_adds_nothing():
    x = leaf([0.0, 4.0])
    fg.sqrt(x).sum().backward()
    np.testing.assert_array_equal(x.grad, [np.inf, 0.25])
    x.grad = None
    (fg.sqrt(x) * fg.tensor([0.0, 1.0])).sum().backward()
    np.testing.assert_array_equal(x.grad, [0, 0.25])


def test_a_nan_stays_where_it_is():
    x = leaf([np.nan, 1.0])
    (x * x).sum().backward()
    np.testing.assert_array_equal(x.grad, [np.nan, 2])


def test_a_graph_can_be_walked_down_to_its_leaves():
    x = fg.tensor([1.0, 2.0], requires_grad=True)
    top = (x * 2.0).sum().grad_fn
    ((product, place),) = top.next_functions
    assert (top.name(), product.name(), place) == ("SumBackward", "MulBackward", 0)
    ((leaf, _),) = product.next_functions
    assert leaf is x
