"""Changes in place: values as NumPy's, gradients of what was really computed, errors where a needed
value is gone. A program is plain NumPy, so NumPy itself runs it for the values and differences."""

import re

import numpy as np
import pytest
from differences import STEP, TOLERANCE

import fastgrad as fg

X = np.array([1.3, -0.7, 2.1, 0.4])
MODIFIED = "one of the variables needed for gradient computation has been modified by an inplace"
LEAF = "Variable that requires grad is being used in an in-place operation"


def leaf(value, **options):
    return fg.tensor(value, requires_grad=True, **options)


def check(program, x=X):
    """Compare a program's value with NumPy's and its gradient with central differences."""
    t = leaf(x)
    out = program(t)
    np.testing.assert_allclose(out.detach(), program(x.copy()), rtol=1e-14)
    weight = np.cos(np.arange(np.size(out.detach())) + 1.0).reshape(out.shape)
    (g,) = fg.autograd.grad((out * weight).sum(), t)
    wanted = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[i] = STEP
        wanted[i] = ((program(x + step) - program(x - step)) * weight).sum() / (2 * STEP)
    np.testing.assert_allclose(g, wanted, rtol=TOLERANCE, atol=TOLERANCE)


# ----- operators -----

OPERATORS = ["+=", "-=", "*=", "/=", "**=", "%=", "//="]
OTHERS = ["2.5", "x", "x * x + 3", "abs(x)[0]", "y", "y[0]", "y[::-1]", "np.array([3.0, 2, 5, 4])"]


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize("operator", OPERATORS)
def test_each_operator_gives_numpys_value_and_the_right_gradient(operator, other):
    def program(x):
        names = {"x": x, "np": np, "y": abs(x) + 1.5}
        exec(f"y {operator} {other}", names)
        return names["y"] * names["y"]

    if operator in ("*=", "/=", "**=", "%=") and other in ("y", "y[::-1]"):
        with pytest.raises(RuntimeError, match=MODIFIED):  # as in torch: what is needed is gone
            check(program)
    else:
        check(program)


@pytest.mark.parametrize("other", ["2.5", "x", "x * x + 3", "np.float64(3)"])
@pytest.mark.parametrize("operator", OPERATORS)
def test_each_operator_does_the_same_to_scalars(operator, other):
    def program(x):
        names = {"x": x, "np": np, "y": abs(x) + 1.5}
        exec(f"y {operator} {other}", names)
        return names["y"] * names["y"]

    check(program, np.array(1.3))


@pytest.mark.parametrize("value", [2.0, [2.0, 3.0]])
def test_an_operator_keeps_the_object_and_makes_it_a_result(value):
    w, y = leaf(3.0), fg.tensor(value)
    before = y
    y *= w
    assert y is before
    assert y.requires_grad and not y.is_leaf
    assert y.grad_fn.name() == "MulBackward"
    (y * y).sum().backward() if y.ndim else (y * y).backward()
    assert w.grad.item() == 2 * 3 * np.sum(np.square(value))


def test_a_matrix_product_in_place_has_its_gradient():
    def program(x):
        y = x * 1.0
        y @= x
        return y

    check(program, np.array([[1.0, 2.0], [3.0, 4.0]]))


def test_integers_and_bools_change_in_place_as_in_numpy():
    t = fg.tensor([1, 2, 6])
    for change in ("+= 1", "*= 3", "-= 2", "//= 2", "%= 5", "**= 2", "&= 6", "|= 8", "^= 3",
                   "<<= 1", ">>= 2"):  # fmt: skip
        a = t.numpy().copy()
        exec(f"a {change}", {"a": a})
        exec(f"t {change}", {"t": t})
        np.testing.assert_array_equal(t, a)
        assert t.dtype == np.int64
    mask = fg.tensor([True, False])
    mask &= fg.tensor([True, True])
    assert mask.tolist() == [True, False]


@pytest.mark.parametrize(
    ("t", "statement", "error", "said"),
    [
        (
            fg.tensor([1, 2]),
            "t += 1.5",
            TypeError,
            "float64, which can't be cast to int64 in place",
        ),
        (fg.tensor([1, 2]), "t /= 2", TypeError, "can't be cast to int64 in place"),
        (fg.tensor(3), "t += 0.5", TypeError, "can't be cast to int64 in place"),
        (fg.tensor([True]), "t += 1", TypeError, "can't be cast to bool in place"),
        (fg.tensor([1, 2]), "t[0] = 0.5", TypeError, "can't assign float64"),
        (
            fg.ones(2),
            "t += [[1.0, 1], [1, 1]]",
            ValueError,
            r"shape \(2,\) doesn't match.*\(2, 2\)",
        ),
        (fg.tensor(1.0), "t += [1.0, 2.0]", ValueError, "non-broadcastable output operand"),
        (fg.ones(2), "t += [1.0, 2, 3]", ValueError, r"could not be broadcast.*\(2,\) \(3,\)"),
        (fg.ones(2), "t[:] = [1.0, 2, 3]", ValueError, "could not broadcast input array"),
        (fg.ones(2), "t[2] = 1.0", IndexError, "index 2 is out of bounds"),
        (fg.ones(2), "t[0, 0] = 1.0", IndexError, "too many indices"),
        (fg.ones(2), "t[0.5] = 1.0", IndexError, ""),
        (fg.ones(2), "t[0] = 'a'", TypeError, "can't make a Tensor of str"),
        (fg.ones(2), "t[0] = 1j", TypeError, "complex"),
        (fg.ones(2), "t += 'a'", TypeError, "unsupported operand"),
        (fg.ones(2), "t += None", TypeError, "unsupported operand"),
        (fg.ones(2), "del t[0]", ValueError, "cannot delete items"),
        (fg.ones(1).expand(3), "t += 1", ValueError, r"read-only.*t.clone\(\)"),
        (fg.ones(1).expand(3), "t[0] = 1", ValueError, "read-only"),
        (leaf([1.0]).expand(3) * 1, "t.expand(2, 3).zero_()", ValueError, "read-only"),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(t, statement, error, said):
    before = t.tolist()
    with pytest.raises(error, match=said or None):
        exec(statement, {"t": t})
    assert t.tolist() == before


def test_float32_stays_float32():
    w = leaf(3.0)
    t = fg.tensor([1.0, 2.0], dtype=np.float32)
    t *= w
    t[0] = fg.tensor(0.5)
    t += np.array([1.0, 1.0])
    assert t.dtype == np.float32
    t.sum().backward()
    assert w.grad.item() == 2 and w.grad.dtype == np.float64


# ----- leaves -----


@pytest.mark.parametrize("value", [1.0, [1.0, 2.0]])
@pytest.mark.parametrize("statement", ["w += 1", "w *= w", "w[...] = 0", "w.zero_()", "w **= 2"])
def test_a_leaf_that_requires_grad_is_changed_under_no_grad_only(statement, value):
    w = leaf(value)
    with pytest.raises(RuntimeError, match=f"a leaf {LEAF}.*fastgrad.no_grad"):
        exec(statement, {"w": w})
    assert w.tolist() == value
    scope = {"w": w}
    with fg.no_grad():
        exec(statement, scope)
    assert scope["w"] is w
    assert w.is_leaf and w.requires_grad
    fg.sum(w * 3).backward()
    np.testing.assert_array_equal(w.grad, np.full(np.shape(value), 3.0))


@pytest.mark.parametrize(
    "view", [lambda w: w[1:], lambda w: w[1:][:1], lambda w: w.reshape(2, 1), lambda w: w.T]
)
def test_a_view_of_a_leaf_is_changed_under_no_grad_only(view):
    w = leaf([1.0, 2.0])
    v = view(w)
    with pytest.raises(RuntimeError, match=f"a view of a leaf {LEAF}"):
        v += 1
    with fg.no_grad():
        v += 1
    assert w.tolist() != [1.0, 2.0]
    with fg.no_grad():
        silent = view(w)
    with pytest.raises(RuntimeError, match=f"a view of a leaf {LEAF}"):
        silent += 1


def test_a_view_made_under_no_grad_stays_outside_the_graph_and_unchanged():
    y = leaf([1.0, 2.0]) * 1
    with fg.no_grad():
        v = y[:1]
    with pytest.raises(
        RuntimeError, match="A view was created in no_grad mode and is being modified"
    ):
        v *= 2
    with fg.no_grad():
        y *= 3
    assert v.tolist() == [3.0] and not v.requires_grad


@pytest.mark.parametrize("value", [3.0, [3.0, -2.0]])
def test_a_training_loop_goes_on_from_the_updated_leaf(value):
    w, plain = leaf(value), np.array(value)
    for _ in range(20):
        fg.sum(w * w - w).backward()
        with fg.no_grad():
            w -= 0.1 * w.grad
        w.grad.zero_()
        plain = plain - 0.1 * (2 * plain - 1)
    np.testing.assert_allclose(w.detach(), plain, rtol=1e-14)


def test_updates_through_elements_views_data_and_aliases_are_seen_by_the_next_step():
    w, plain = leaf([3.0, -2.0]), np.array([3.0, -2.0])
    alias, array = w.detach(), w.detach().numpy()
    updates = [
        lambda g: w.__setitem__(0, w[0] - g[0]),
        lambda g: w[:1].__isub__(g[:1]),
        lambda g: w.data.__setitem__(0, (w.detach() - g)[0]),
        lambda g: alias[:1].__isub__(g[:1]),
        lambda g: array.__setitem__(0, array[0] - g[0].item()),
        lambda g: setattr(w, "data", w.detach() - g * np.array([1.0, 0])),
    ]
    for update in updates:
        w.grad = None
        (w * w).sum().backward()
        np.testing.assert_array_equal(w.grad, 2 * plain)
        with fg.no_grad():
            update(0.25 * w.grad)
        plain[0] -= 0.5 * plain[0]
        assert w.tolist() == plain.tolist()
    assert w.is_leaf


# ----- views, assignments, aliases -----

PROGRAMS = """
y = x.copy(); y += 1; y[0] *= 2
y = x * 1; v = y[1:]; u = v[1:]; u *= 10
y = x * 1; v = y[1:]; u = v[1:]; u *= x[0]; y = v * v
y = x * 1; v = y[1:]; u = v[1:]; v += x[0]; y *= x[1]; u *= u.sum(); y = u * v[1:]
y = x * 1; v = y[::2]; y *= y[1]; y = v + v * v
y = x * 1; p = y[:3]; q = y[1:]; p *= 2; q *= 3; p += q; y = y * y
y = x * 1; m = y.reshape(2, 2); m[0] *= x[0]; m.T[1] += x[1] * x[1]
y = x * 1; m = y.reshape(2, 2).T; y[1] = x[3] * 2; y = m * m
y = x * 1; m = y.reshape(2, 2); m[:] = m.T; y = y * x
y = x * 1; m = y.reshape(2, 2); m += m.T; y = y * y
y = x * 1; y[:] = y[::-1]; y = y * x
y = x * 1; y[1:] = y[:-1]; y = y * x
y = x * 1; y[:-1] += y[1:]; y = y * x
y = x * 1; y += y[0]; y = y * y
y = x * 1; y -= y[1:2]; y = y * y
y = x * 1; y[1] = x[0] * x[2]
y = x * 1; y[-1] = 5.0
y = x * 1; y[1:3] = x[0] * x[:2]
y = x * 1; y[...] = x[0]
y = x * 1; y[None, 1:3] = x[2]
y = x * 1; y[[3, 0]] = x[1:3] * x[0]
y = x * 1; y[[1, 1]] = x[2:] * x[0]
y = x * 1; y[[3, 0]] *= x[1]
y = x * 1; y[y > 1] = x[1] * 2
y = x * 1; y[y > 1] *= x[:2]
y = x * 1; y[x > 1] = 0.0
y = np.zeros(4); y = x * 0 + y; y[0] = x[0] ** 2; y[1:] = x[1:] * 2
y = x * 1; y[1:][1:][0] = x[0] * 7
y = x.reshape(2, 2) * 1; y[0], y[1] = y[1] + x[0], y[0] * 2
y = x.reshape(2, 2) * 1; y[:, 0] += y[:, 1]; y[1, 1] **= 2
y = x * 1; y /= x; y += 1; y **= 2; y /= 3; v = y[1:]; v *= x[0]
y = x * 1; z = y + y; y += x; y = y * z
y = x * 1; y *= 0; y += x[0]
y = x * 1; s = y.sum(); y *= s; y += y.mean()
y = x.reshape(2, 2) * 1; v = y[0]; y = y * 2; v *= 3; y = y + v
""".strip().splitlines()


@pytest.mark.parametrize("source", PROGRAMS)
def test_a_program_of_changes_has_numpys_value_and_the_right_gradient(source):
    code = compile(source, "<program>", "exec")

    def program(x):
        names = {"x": x, "np": np}
        exec(code, names)
        return names["y"]

    check(program)


def test_changes_of_rows_while_iterating_reach_the_whole():
    def program(x):
        y = x * 1
        for row in y:
            row *= x[0]
        return y * y

    check(program, X.reshape(2, 2))


def test_a_changed_view_outlives_its_base():
    def part(x):
        y = x * 1.0
        v = y[1:3]
        v *= 2
        return v

    check(lambda x: part(x) ** 2)


@pytest.mark.parametrize("change", ["b[0] = w", "b[:2] *= w", "v *= w", "u[:] = w", "b += w"])
def test_untracked_memory_becomes_tracked_with_all_its_views(change):
    def build():
        w = leaf(3.0)
        b = fg.tensor([1.0, 2.0, 5.0])
        v = b[:2]
        u = v[:1]
        exec(change, {"w": w, "b": b, "v": v, "u": u})
        return w, b, v, u

    *_, expected = build()
    for use in (
        lambda b, v, u: u.sum(),
        lambda b, v, u: (u * 1).sum(),
        lambda b, v, u: u[0],
        lambda b, v, u: next(iter(v)),
        lambda b, v, u: fg.stack([u, u]).sum() / 2,
        lambda b, v, u: v[:1].reshape(1, 1)[0, 0],
        lambda b, v, u: fg.zeros(1).__iadd__(u)[0],
        lambda b, v, u: b[0],
    ):
        w, b, v, u = build()
        assert u.requires_grad and not u.is_leaf
        with pytest.raises(
            RuntimeError, match=re.escape("Can't call numpy() on Tensor that requires")
        ):
            u.numpy()
        out = use(b, v, u)
        assert out.item() == expected[0].item()
        out.backward()
        assert w.grad.item() == 1.0


@pytest.mark.parametrize("use", [lambda v: v.backward(), lambda v: v.register_hook(print)])
def test_a_view_is_brought_up_to_date_under_no_grad_too(use):
    x = leaf([1.0, 2.0])
    y = x * 1
    v = y[:1]
    y *= 10
    with fg.no_grad():
        use(v)
    if x.grad is None:
        v.backward()
    np.testing.assert_array_equal(x.grad, [10, 0])


def test_additions_at_places_are_numpys_and_seen_by_who_needs_the_value():
    for key, value in (([0, 0, 2], X[:3]), ((slice(None),), 2.0), ([], 1.0), (X > 0, X[0])):
        wanted = X.copy()
        np.add.at(wanted, key, value)
        for t in (fg.tensor(X), fg.tensor(X).reshape(2, 2).reshape(4), leaf(X) * 1.0):
            np.add.at(t, key, value)
            np.testing.assert_array_equal(t.detach(), wanted)
    t, w = fg.tensor(X), leaf(X)
    y = (t * w).sum()  # it needs t
    np.add.at(t, [0, 0], 1.0)
    with pytest.raises(RuntimeError, match=MODIFIED):
        y.backward()
    with pytest.raises(ValueError, match="not broadcastable"):
        np.add.at(w * 1.0, [0, 1], [[1.0, 2.0]])


def test_integers_refuse_what_is_tracked_whatever_its_value():
    t = fg.tensor([3.0, 2.5], requires_grad=True)
    for k in range(2):
        with pytest.raises(TypeError, match="can't assign float64"):
            fg.tensor([1, 2])[0] = t[k]
    with pytest.raises(TypeError, match="can't assign float64"):
        fg.grad(_through_integers)(np.ones(2))


def _through_integers(x):
    z = np.zeros(2, dtype=int)
    z[0] = x[0]
    return np.sum(z * x)
