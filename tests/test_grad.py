"""autograd.grad: gradients as values, which touch no .grad."""

import numpy as np
import pytest

import fastgrad as fg


def leaf(value):
    return fg.tensor(value, requires_grad=True)


def test_gradients_come_as_a_tuple_and_no_grad_is_touched():
    a, b = leaf(2.0), leaf([3.0, 4.0])
    found = fg.autograd.grad((a * b * b).sum(), [b, a])
    assert isinstance(found, tuple)
    np.testing.assert_array_equal(found[0], [12, 16])
    assert found[1].item() == 25
    assert a.grad is None and b.grad is None
    assert not any(g.requires_grad for g in found)


def test_inputs_may_be_results_on_the_way_the_output_itself_and_named_twice():
    a = leaf(2.0)
    m = a * 3
    loss = m * m
    by_m, by_loss, by_a, again = fg.autograd.grad(loss, [m, loss, a, a])
    assert (by_m.item(), by_loss.item(), by_a.item(), again.item()) == (12, 1, 36, 36)


def test_a_gradient_by_a_result_does_not_count_what_was_made_beside_it():
    a = leaf(2.0)
    m = a * 3
    loss = m * a
    assert fg.autograd.grad(loss, m)[0].item() == 2


def test_outputs_are_added_up_each_times_its_seed():
    a = leaf(3.0)
    v = leaf([1.0, 2.0])
    (g,) = fg.autograd.grad([a * a, a * 5, a], a, [fg.tensor(2.0), None, 10.0])
    assert g.item() == 12 + 5 + 10
    (g,) = fg.autograd.grad(v * v, v, np.array([1.0, 10.0]))
    np.testing.assert_array_equal(g, [2, 40])


def test_gradients_of_all_shapes_keep_the_shape_of_their_input():
    for shape in [(), (1,), (0,), (2, 0, 3), (2, 3), (1, 1, 1)]:
        x = leaf(np.ones(shape))
        (g,) = fg.autograd.grad((x * 2).sum(), x)
        assert g.shape == shape
        np.testing.assert_array_equal(g, np.full(shape, 2.0))


def test_an_unused_input_raises_unless_it_is_allowed():
    a, unused = leaf(1.0), leaf([1.0, 2.0])
    said = "appears to not have been used in the graph. Set allow_unused=True.*input 1"
    with pytest.raises(RuntimeError, match=said):
        fg.autograd.grad(a * 2, [a, unused])
    assert fg.autograd.grad(a * 2, [a, unused], allow_unused=True)[1] is None


def test_materialize_grads_gives_zeros_for_an_unused_input_alone():
    a, unused = leaf(1.0), leaf([1.0, 2.0])
    by_a, zeros = fg.autograd.grad(a * 2, [a, unused], materialize_grads=True)
    assert by_a.item() == 2
    np.testing.assert_array_equal(zeros, [0, 0])
    with pytest.raises(ValueError, match="Expected allow_unused to be True or not passed"):
        fg.autograd.grad(a * 2, a, allow_unused=False, materialize_grads=True)


def test_a_zero_gradient_is_no_unused_input():
    x = leaf(-1.0)
    assert fg.autograd.grad(fg.relu(x), x)[0].item() == 0


def test_grad_lets_the_graph_go_unless_told_to_keep_it():
    x = leaf(3.0)
    y = x * x
    assert fg.autograd.grad(y, x, retain_graph=True)[0].item() == 6
    assert fg.autograd.grad(y, x)[0].item() == 6
    with pytest.raises(RuntimeError, match="Trying to backward through the graph a second time"):
        fg.autograd.grad(y, x)


def test_grad_leaves_alone_what_the_inputs_do_not_depend_on():
    a, b = leaf(2.0), leaf(3.0)
    left, right = a * a, b * b
    assert fg.autograd.grad(left * right, a)[0].item() == 36
    right.backward()
    assert b.grad.item() == 6


@pytest.mark.parametrize(
    ("outputs", "inputs", "seed", "error", "said"),
    [
        (fg.tensor(1.0), leaf(1.0), None, RuntimeError, "does not require grad and does not have"),
        (leaf(1.0) * 2, fg.tensor(1.0), None, RuntimeError, "One of the differentiated Tensors"),
        (leaf(1.0) * 2, [], None, RuntimeError, r"`inputs` argument to `grad\(\)` cannot be empty"),
        (leaf(1.0) * 2, 3.0, None, TypeError, "inputs have to be Tensors, got float"),
        (leaf(1.0) * 2, [None], None, TypeError, "inputs have to be Tensors, got NoneType"),
        ([], leaf(1.0), None, TypeError, "at least one"),
        (3.0, leaf(1.0), None, TypeError, "outputs have to be"),
        ([3.0], leaf(1.0), None, TypeError, "outputs have to be"),
        (leaf([1.0, 2.0]) * 2, leaf(1.0), None, RuntimeError, "only for scalar outputs"),
        (leaf([1.0, 2.0]) * 2, leaf(1.0), fg.ones(3), RuntimeError, "Mismatch in shape"),
        ([leaf(1.0) * 2], leaf(1.0), [None, None], RuntimeError, "got 1 tensors and 2 gradients"),
    ],
)
def test_what_cannot_be_differentiated_is_refused(outputs, inputs, seed, error, said):
    with pytest.raises(error, match=said):
        fg.autograd.grad(outputs, inputs, seed)


@pytest.mark.parametrize("value", [3.0, [3.0, 4.0]])
def test_a_leaf_changed_between_two_uses_has_one_gradient(value):
    w = leaf(value)
    before = fg.sum(w * 3)
    with fg.no_grad():
        w += 1
    (g,) = fg.autograd.grad(before + fg.sum(w * w), w, retain_graph=True)
    np.testing.assert_array_equal(g, 3 + 2 * (np.array(value) + 1))
    (g,) = fg.autograd.grad(before, w)
    np.testing.assert_array_equal(g, np.full(np.shape(value), 3.0))


def test_a_hundred_columns_of_a_jacobian_come_from_one_graph():
    x = leaf(np.linspace(0, 1, 100))
    y = fg.sin(x) * x.sum()
    rows = [fg.autograd.grad(y[i], x, retain_graph=True)[0].numpy() for i in range(100)]
    values, total = np.linspace(0, 1, 100), 50.0
    wanted = np.diag(np.cos(values) * total) + np.sin(values)[:, None]
    np.testing.assert_allclose(rows, wanted, rtol=1e-13)  # sums of a hundred terms
