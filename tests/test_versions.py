"""Versions: a value that was changed in place is missed by backward, or not needed, or an alias."""

import copy
import gc
import pickle
import sys

import numpy as np
import pytest

import fastgrad as fg

MODIFIED = "one of the variables needed for gradient computation has been modified by an inplace"


def leaf(value, **options):
    return fg.tensor(value, requires_grad=True, **options)


def here():
    """The number of the line from which this is called."""
    return sys._getframe(1).f_lineno


# ----- the error -----


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_the_error_names_both_ops_and_file_and_line_of_the_change(value):
    x = leaf(value)
    y = x * 2
    z = y * y
    y += 1
    line = here() - 1
    with pytest.raises(RuntimeError, match=MODIFIED) as caught:
        fg.sum(z).backward()
    said = str(caught.value)
    assert "MulBackward needs the result of multiply" in said
    assert f"changed by 'add' at {__file__}:{line}" in said
    assert "a = a + 1" in said and "a.clone()" in said
    assert x.grad is None


CHANGES = {
    "add": lambda y: y.__iadd__(1),
    "multiply": lambda y: y.__imul__(2),
    "assignment": lambda y: y.__setitem__(Ellipsis, 0.5),
    "zero_": lambda y: y.zero_(),
    "data": lambda y: setattr(y, "data", y.detach() * 2),
}


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("recording", [True, False])
def test_every_change_of_a_needed_value_is_noticed(name, recording, value):
    x = leaf(value)
    y = x * 2
    z = fg.sum(fg.sin(y))
    with fg.set_grad_enabled(recording):
        CHANGES[name](y)
    with pytest.raises(RuntimeError, match=f"{MODIFIED}.*SinBackward.*'{name}'.*test_versions.py"):
        z.backward()
    with pytest.raises(RuntimeError, match=MODIFIED):
        fg.autograd.grad(z, x, create_graph=True)


ALIASES = {
    "an element": lambda y: y.__setitem__(0, 9.0),
    "a slice": lambda y: y[1:].__iadd__(1),
    "a slice of a slice": lambda y: y[1:][:1].__iadd__(1),
    "another shape": lambda y: y.reshape(2, 1).__imul__(2),
    "a transpose": lambda y: y.reshape(1, 2).T.__imul__(2),
    "a detached alias": lambda y: y.detach().__iadd__(1),
    "data": lambda y: y.data.__setitem__(0, 9.0),
    "a view made under no_grad": lambda y: silent(y),
}


def silent(y):
    with fg.no_grad():
        y[:1].__iadd__(1)


@pytest.mark.parametrize("name", ALIASES)
def test_a_change_through_an_alias_is_noticed(name):
    y = leaf([2.0, 3.0]) * 2
    z = (y * y).sum()
    ALIASES[name](y)
    with pytest.raises(RuntimeError, match=MODIFIED):
        z.backward()


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_leaf_updated_before_backward_is_noticed(value):
    w = leaf(value)
    loss = fg.sum(w * w)
    with fg.no_grad():
        w -= 0.1
    with pytest.raises(RuntimeError, match=f"{MODIFIED}.*the value of a leaf.*'subtract'"):
        loss.backward()
    assert w.grad is None
    fg.sum(w * w).backward()
    np.testing.assert_array_equal(w.grad, 2 * w.detach().numpy())


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_a_changed_constant_is_noticed_where_it_is_needed(value):
    x, c = leaf(value), fg.tensor(value)
    product, total = fg.sum(x * c), fg.sum(x + c)
    c += 1
    total.backward()
    with pytest.raises(RuntimeError, match=MODIFIED):
        product.backward()
    fg.sum(x * c).backward()
    np.testing.assert_array_equal(x.grad, 1 + np.array(value) + 1)


@pytest.mark.parametrize(
    "f",
    [
        fg.exp,
        fg.tanh,
        fg.sqrt,
        lambda y: y.norm(),
        lambda y: y.max(),
        lambda y: y.prod(),
        lambda y: fg.logsumexp(y),
        lambda y: y.reshape(1, 2) @ y.reshape(2, 1),
        lambda y: y / 2 / y,
    ],
)
def test_results_and_operands_that_rules_read_are_watched(f):
    y = leaf([1.0, 2.0]) * 1
    z = f(y)
    out = z.sum()
    (y if f not in (fg.exp, fg.tanh, fg.sqrt) else z).__iadd__(1)
    with pytest.raises(RuntimeError, match=MODIFIED):
        out.backward()


def test_a_value_that_only_the_second_derivative_needs_is_watched_until_then():
    x = leaf([1.0, 2.0])
    y = x * 1
    (g,) = fg.autograd.grad((y * y * y).sum(), x, create_graph=True)
    y += 1
    with pytest.raises(RuntimeError, match=MODIFIED):
        fg.autograd.grad(g.sum(), x)


def test_after_the_error_the_graph_is_as_it_was():
    x = leaf([1.0, 2.0])
    y, apart = x * 2, fg.exp(x)
    z = (y * y + apart).sum()
    y += 1
    for _ in range(2):
        with pytest.raises(RuntimeError, match=MODIFIED):
            z.backward()
    assert x.grad is None
    apart.sum().backward()
    np.testing.assert_array_equal(x.grad, np.exp([1.0, 2.0]))


# ----- no error where the value is not needed -----


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
@pytest.mark.parametrize(
    ("f", "slope"),
    [
        (lambda y: y + y, 2),
        (lambda y: 3 * y - 1, 3),
        (lambda y: -y / 4, -0.25),
        (lambda y: fg.sum(y), 1),
    ],
)
def test_a_changed_value_that_no_rule_reads_is_no_error(f, slope, value):
    x = leaf(value)
    y = x * 1
    z = f(y)
    y *= 100
    fg.sum(z).backward()
    np.testing.assert_array_equal(x.grad, np.full(np.shape(value), float(slope)))


def test_an_operand_may_change_if_the_rule_reads_the_result_and_the_other_way_round():
    x = leaf([1.0, 2.0])
    y = x * 1
    z = fg.exp(y)
    y += 1
    z.sum().backward()
    np.testing.assert_array_equal(x.grad, np.exp([1.0, 2.0]))
    x.grad = None
    s = fg.sin(x)
    s += 1
    s.sum().backward()
    np.testing.assert_array_equal(x.grad, np.cos([1.0, 2.0]))


def test_a_value_needed_only_for_a_gradient_nobody_wants_may_change():
    x, c = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    y = x * 1
    z = (y * c).sum()
    y += 1
    assert fg.autograd.grad(z, y, retain_graph=True, allow_unused=True)[0] is None
    (g,) = fg.autograd.grad(z, x)
    np.testing.assert_array_equal(g, [3, 4])


def test_a_change_of_a_copy_or_under_a_new_name_is_none_of_the_original():
    x = leaf([1.0, 2.0])
    y = x * 1
    z = (y * y).sum()
    for other in (y.clone(), y.copy(), y + 0, y[np.array([0, 1])], y[y > 0], y.flatten()):
        other *= 100
    first, _ = y
    first *= 100
    y = y * 100
    z.backward()
    np.testing.assert_array_equal(x.grad, [2, 4])


def test_an_index_or_mask_that_changes_later_does_not_change_the_gradient():
    x = leaf([1.0, 2.0, 3.0])
    index, mask = fg.tensor([0, 0]), fg.tensor([True, False, True])
    y = x.clone()
    y[index] = x[2]
    z = (x[index] * 3).sum() + x[mask].sum() + fg.where(mask, x, 0.0).sum() + y[0]
    index[:] = 1
    mask[:] = False
    z.backward()
    np.testing.assert_array_equal(x.grad, [8, 0, 3])


# ----- aliases -----


def test_detach_and_data_share_the_memory_of_an_array():
    x = leaf([1.0, 2.0])
    y = x * 1
    d = y.detach()
    d[0] = 100.0
    assert y.tolist() == [100, 2] and x.tolist() == [1, 2]
    assert not d.requires_grad and d.is_leaf
    (y * y).sum().backward()
    np.testing.assert_array_equal(x.grad, [200, 4])


@pytest.mark.parametrize("change", ["y += 1", "y /= 0.5", "y[0] = 3.0", "y **= 2"])
def test_after_a_change_the_value_is_still_the_memory_that_aliases_see(change):
    x = leaf([1.0, 2.0])
    y = x * 1
    d, array = y.detach(), y.detach().numpy()
    exec(change, {"y": y})
    assert d.tolist() == y.tolist() == array.tolist()
    d[0] = 100.0
    assert (y * 1).tolist() == y.tolist() == [100, y[1].item()]
    array[0] = 50.0
    assert (y * y)[0].item() == 2500
    assert y[:1].sum().item() == 50


def test_a_detached_alias_has_a_graph_of_its_own():
    x, w = leaf([1.0, 2.0]), leaf(3.0)
    y = x * 1
    d = y.detach()
    d *= w
    assert y.tolist() == [3, 6]
    (y.sum() + d.sum()).backward()
    np.testing.assert_array_equal(x.grad, [1, 1])
    assert w.grad.item() == 3


def test_from_numpy_shares_memory_both_ways():
    array = np.array([1.0, 2.0])
    t = fg.from_numpy(array)
    array[0] = 5.0
    t += 1
    t[1] = 7.0
    assert t.tolist() == array.tolist() == [6, 7]
    t.requires_grad_()
    (t * t).sum().backward()
    with fg.no_grad():
        t -= t.grad
    assert array.tolist() == [-6, -7]
    assert t.grad.tolist() == [12, 14]


def test_tensor_copies():
    array = np.array([1.0, 2.0])
    for t in (fg.tensor(array), fg.tensor(fg.from_numpy(array))):
        t += 1
        assert array.tolist() == [1, 2]


def test_read_only_memory_stays_as_it_is():
    array = np.array([1.0, 2.0])
    array.setflags(write=False)
    t = fg.from_numpy(array)
    for change in CHANGES.values():
        with pytest.raises(ValueError, match="read-only"):
            change(t)
    assert array.tolist() == [1, 2]
    t.requires_grad_()
    (t * t).sum().backward()
    (t * t).sum().backward()
    assert t.grad.tolist() == [4, 8]


# ----- copies that leave the graph -----


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, np.bool_])
@pytest.mark.parametrize("shape", [(), (2,), (0, 3)])
def test_pickle_keeps_value_dtype_and_requires_grad(shape, dtype):
    t = fg.tensor(np.ones(shape, dtype))
    for grad in {False, np.dtype(dtype).kind == "f"}:
        t.requires_grad_(grad)
        again = pickle.loads(pickle.dumps(t))
        assert again.dtype == dtype and again.shape == shape
        assert again.requires_grad == grad and again.is_leaf
        assert again.tolist() == t.tolist()


def test_pickle_drops_the_graph():
    x = leaf([1.0, 2.0])
    again = pickle.loads(pickle.dumps(x * 2))
    assert again.is_leaf and again.requires_grad
    (again * 3).sum().backward()
    assert x.grad is None and again.grad.tolist() == [3, 3]


def test_deepcopy_copies_leaves_with_their_grad_and_their_identity():
    x = leaf([1.0, 2.0])
    (x * x).sum().backward()
    a, b = copy.deepcopy([x, x])
    assert a is b and a is not x
    assert a.grad.tolist() == [2, 4] and a.grad is not x.grad
    with fg.no_grad():
        a += 1
    assert x.tolist() == [1, 2]
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)


def test_a_changed_tensor_dies_before_its_graph_without_harm():
    x = leaf([1.0, 2.0])
    y = x * 1
    z = y * y
    y += 1
    del y
    gc.collect()
    with pytest.raises(RuntimeError, match=f"{MODIFIED}.*'add'"):
        z.sum().backward()
