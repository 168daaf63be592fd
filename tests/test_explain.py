"""`fg.explain` shows the numbers that backward computes, in the user's names, without a trace."""

import random
import re
import threading
import time

import numpy as np
import pytest
import reference
from formulas import SMOOTH

import fastgrad as fg
from fastgrad import _nodes

TUTORIAL = """\
1. Forward pass: the value of each node
  1  w                = 1   leaf
  2  x                = 1   constant
  3  v3    = w * x    = 1
  4  y                = 2   constant
  5  v5    = v3 - y   = -1
  6  loss  = v5 ** 2  = 1
2. Local gradients: of each node with respect to its operands
  3  dv3/dw     = x       = 1
  5  dv5/dv3              = 1
  6  dloss/dv5  = 2 * v5  = -2
3. Backward pass: from the loss down, gradient times local gradient
  6  dloss/dloss                                       = 1
  6  dloss/dv5    = dloss/dloss * dloss/dv5  = 1 * -2  = -2
  5  dloss/dv3    = dloss/dv5 * dv5/dv3      = -2 * 1  = -2
  3  dloss/dw     = dloss/dv3 * dv3/dw       = -2 * 1  = -2
loss.backward() adds to the gradients of the leaves:
  w.grad += -2
"""


@pytest.fixture
def said(capsys):
    """Return what was printed since the last call."""
    return lambda: capsys.readouterr().out


def leaf(data):
    return fg.tensor(data, requires_grad=True)


def steps(text):
    """Return the lines of the three steps and of the end, each a list."""
    parts = re.split(r"^(?:[123]\. |\S).*\n", text, flags=re.M)[1:]
    return [[line.strip() for line in part.splitlines()] for part in parts]


def gradients(text):
    """Return {operand: its gradient} from the contributions of the backward pass."""
    found = {}
    for line in steps(text)[2]:
        operand = re.match(r"\d+\s+d\S+?/d(\S+)", line)[1]
        found[operand] = re.split(r"= |in all ", line)[-1]
    return found


def rows_of(lines):
    """Return {what: (formula or None, value)} of lines such as "3  dv3/dw  = x  = 1"."""
    found = {}
    for line in lines:
        what, *cells = re.split(r"\s{2,}", line)[1:]
        cells = [c[2:] for c in cells if c.startswith("= ")]
        found[what] = (cells[0] if len(cells) == 2 else None, cells[-1])
    return found


# ----- what it says -----


def test_the_tutorials_example_is_explained_to_the_letter(said):
    x, y = fg.tensor(1.0), fg.tensor(2.0)
    w = fg.tensor(1.0, requires_grad=True)
    loss = (w * x - y) ** 2
    fg.explain(loss)
    assert said() == TUTORIAL


def test_a_gradient_that_comes_on_two_ways_adds_up(said):
    a, b = leaf(2.0), leaf(5.0)
    loss = a * b + a
    fg.explain(loss)
    _, _, backward, end = steps(said())
    assert [line for line in backward if "/da " in line] == [
        "4  dloss/da      = dloss/dloss * dloss/da   = 1 * 1  = 1",
        "3  dloss/da     += dloss/dv3 * dv3/da       = 1 * 5  = 5  in all 6",
    ]
    assert end == ["a.grad += 6", "b.grad += 2"]


def test_an_operand_that_stands_twice_in_an_op_is_told_apart(said):
    a = leaf(3.0)
    loss = a * a
    fg.explain(loss)
    local = rows_of(steps(said())[1])
    assert local == {"dloss/da (operand 1)": ("a", "3"), "dloss/da (operand 2)": ("a", "3")}


def test_a_zero_gradient_against_an_infinite_local_one_says_that_it_adds_nothing(said):
    s = leaf(0.0)
    loss = fg.sqrt(s) * 0.0
    fg.explain(loss)
    assert "= 0 * inf  = 0  zero adds nothing" in said()


@pytest.mark.parametrize("row", SMOOTH, ids=lambda r: r["name"])
def test_each_formula_of_a_row_is_python_that_gives_the_number_beside_it(row, said):
    for share in (0.3, 0.6):
        operands = [leaf(lo + share * (hi - lo)) for lo, hi in row["domains"]]
        x, y, z = operands + [None] * (3 - row["arity"])
        out = getattr(fg, "where" if row["name"] == "select" else row["name"])(*operands)
        fg.explain(out)
        forward, local, _, _ = steps(said())
        names = {**vars(fg), "x": x, "y": y, "z": z, "out": out}
        shown = [rows_of(forward)["out"], *rows_of(local).values()]
        assert len(shown) == 1 + sum(f"dout/d{n}" in rows_of(local) for n in "xyz")
        for formula, value in shown:
            with fg.no_grad():
                number = eval(formula or value, names)
            assert fg.as_tensor(number).item() == pytest.approx(float(value), rel=1e-5)


@pytest.mark.parametrize("exponent", [2, 3, 1, 0, -1, 0.5, -2.5])
def test_a_power_with_a_known_exponent_has_a_plain_formula(exponent, said):
    x = leaf(1.7)
    out = x**exponent
    fg.explain(out)
    formula, value = rows_of(steps(said())[1])["dout/dx"]
    assert "where" not in (formula or "")
    assert eval(formula or value, {"x": 1.7}) == pytest.approx(exponent * 1.7 ** (exponent - 1))


def test_a_negative_number_in_a_power_keeps_its_brackets(said):
    x = leaf(2.0)
    out = fg.power(-3.0, x)
    fg.explain(out)
    assert rows_of(steps(said())[0])["out"] == ("(-3) ** x", "9")


# ----- names -----


WEIGHT = fg.tensor(2.0, requires_grad=True)


def test_names_come_from_local_and_global_variables_lists_and_dicts(said):
    parameters, options = [leaf(1.0)], {"rate": leaf(3.0)}
    data = np.array([1.0, 2.0])
    out = (WEIGHT * parameters[0] * options["rate"] * data).sum()
    fg.explain(out)
    text = said()
    for name in ("WEIGHT", "parameters[0]", "options['rate']", "data", "out"):
        assert re.search(rf"^  \d+  {re.escape(name)} ", text, flags=re.M), name


def test_a_local_variable_hides_a_global_one_of_its_name(said):
    outer = WEIGHT

    def inner(hidden):
        WEIGHT = leaf(7.0)
        out = WEIGHT * hidden
        fg.explain(out)

    inner(outer)
    text = said()
    forward = rows_of(steps(text)[0])
    assert forward["WEIGHT"][1] == "7"
    assert forward["hidden"][1] == "2"


def test_a_loss_without_a_name_is_called_loss_and_numbers_in_the_code_are_no_nodes(said):
    w = leaf(2.0)
    fg.explain(3 * w + 1)
    lines = [" ".join(line.split()) for line in steps(said())[0]]
    assert lines == ["1 w = 2 leaf", "2 v2 = 3 * w = 6", "3 loss = v2 + 1 = 7"]


def test_a_variable_called_like_a_number_of_a_node_is_not_confused_with_one(said):
    v3 = leaf(2.0)
    out = (v3 * 2) * v3
    fg.explain(out)
    assert "node2  = v3 * 2" in said()


def test_a_constant_that_is_used_twice_is_one_node(said):
    data = np.array([1.0, 2.0])
    w = leaf([3.0, 4.0])
    out = ((w * data) + data).sum()
    fg.explain(out)
    assert said().count("constant") == 1


def test_two_values_of_one_leaf_are_told_apart_and_their_gradients_added(said):
    w = leaf(2.0)
    first = w * 3
    with fg.no_grad():
        w -= 1
    out = first + w * 10
    fg.explain(out)
    text = said()
    assert "leaf, an earlier value of w" in text
    assert steps(text)[3] == ["w.grad += 13"]
    out.backward()
    assert w.grad.item() == 13


# ----- arrays -----


def test_structural_ops_show_their_parameters_and_what_their_rule_gives(said):
    a = leaf([[1.0, 2.0], [3.0, 4.0]])
    b = leaf([1.0, -1.0])
    picked = a[1:, [0, 1, 1]]
    out = picked.sum() + (a @ b).max() + fg.concatenate([b, b * 2]).sum() + a.T[0, 1]
    fg.explain(out)
    text = said()
    for part in ("a.flat[v", "[[2, 3, 3]]", "axis=(0, 1), keepdims=False", " @ ",
                 "concatenate(b, v", "shape=(2, 1)", "axes=(1, 0)"):  # fmt: skip
        assert part in text, part
    out.backward()
    assert steps(text)[3] == [f"a.grad += {plain(a.grad)}", f"b.grad += {plain(b.grad)}"]


def plain(t):
    """Write a short Tensor as an explanation does."""
    return re.sub(r"\d+\.\d*", lambda m: f"{float(m[0]):.6g}", str(t.tolist()))


def test_long_arrays_are_shortened(said):
    a = leaf(np.arange(1000.0))
    out = (a * a).sum()
    fg.explain(out)
    text = said()
    assert "a.grad += [0, 2, 4, ...] of shape (1000,)" in text
    assert max(map(len, text.splitlines())) < 200


@pytest.mark.parametrize("shape", [(0,), (0, 3), (2, 0, 1), (1,), (1, 1)])
def test_arrays_of_any_size_are_explained(shape, said):
    a = leaf(np.ones(shape))
    out = (fg.tanh(a * 2) / a).sum() + fg.concatenate([a, a]).sum()
    fg.explain(out)
    assert "a.grad += " in said()


def test_a_loss_of_one_element_and_any_dtype_is_explained(said):
    a = leaf(np.ones((1, 1), np.float32))
    out = fg.exp(a) * 2
    fg.explain(out)
    out.backward()
    assert steps(said())[3] == [f"a.grad += [[{a.grad.item():.6g}]]"]


def test_scalars_packed_into_an_array_and_elements_taken_out_again_are_explained(said):
    a, b = leaf(2.0), leaf(3.0)
    row = fg.stack([a, b, a * b])
    out = row[2] * row[0] + row.sum()
    fg.explain(out)
    text = said()
    assert "row[2]" in text
    out.backward()
    assert steps(text)[3] == [f"a.grad += {a.grad.item():g}", f"b.grad += {b.grad.item():g}"]


# ----- against backward -----


def random_program(seed):
    """Return leaves, intermediate values and a loss: ops of the table on what was made before."""
    rng = random.Random(seed)
    rows = [r for r in SMOOTH if r["name"] in set(reference.OPS) - {"masked_multiply"}]
    leaves = [leaf(rng.uniform(-2, 2)) for _ in range(3)]
    leaves.append(leaf([rng.uniform(-2, 2) for _ in range(3)]))
    made = []
    for _ in range(12):
        row = rng.choice(rows)
        operands = [rng.choice(leaves + made + [rng.uniform(0.5, 2)]) for _ in row["domains"]]
        operands[0] = rng.choice(leaves + made)
        name = "where" if row["name"] == "select" else row["name"]
        value = getattr(fg, name)(*operands)
        if isinstance(value, fg.Tensor) and value.requires_grad and value.size:
            made.append(value)
    return leaves, made, sum(m.sum() for m in made if m.requires_grad)


@pytest.mark.parametrize("seed", range(40))
def test_every_gradient_on_the_way_is_the_one_backward_computes(seed, said):
    leaves, made, loss = random_program(seed)
    any(map(fg.Tensor.retain_grad, made))
    with np.errstate(all="ignore"):
        fg.explain(loss, max_nodes=1000)
        loss.backward()
    shown = gradients(said())
    names = {f"leaves[{i}]": t for i, t in enumerate(leaves)}
    names.update({f"made[{i}]": t for i, t in enumerate(made)})
    assert sum(name in shown for name in names) > len(made) / 2
    for name, t in names.items():
        assert (name in shown) == (t.grad is not None), name
        if name in shown:
            numbers = [
                float(x) for x in re.findall(r"-?(?:inf|nan|[\d.]+(?:e[-+]\d+)?)", shown[name])
            ]
            want = np.ravel(t.grad.numpy())
            np.testing.assert_allclose(numbers, want, rtol=1e-5, err_msg=f"seed {seed}, {name}")


# ----- no trace -----


def test_explaining_leaves_no_trace(said):
    calls = []
    a = leaf([1.0, 2.0])
    hidden = fg.tanh(a) * a
    loss = (hidden @ hidden) + a[0]
    hidden.register_hook(lambda g: calls.append("hidden"))
    a.register_hook(lambda g: calls.append("a"))
    a.grad = fg.tensor([5.0, 5.0])
    before = _nodes.tape().stats()
    fg.explain(loss)
    first = said()
    fg.explain(loss)
    assert said() == first
    assert "Hooks of a, hidden did not run" in first
    assert _nodes.tape().stats() == before
    assert calls == []
    assert a.grad.tolist() == [5.0, 5.0]
    assert fg.is_grad_enabled()
    loss.backward()
    assert calls == ["hidden", "a"]


def test_explaining_keeps_the_mode():
    loss = leaf(2.0) * 3
    with fg.no_grad():
        fg.explain(loss)
        assert not fg.is_grad_enabled()


def test_explaining_inside_a_hook_does_not_disturb_the_sweep(said):
    a = leaf(2.0)
    hidden = a * 3
    loss = hidden * hidden

    def hook(g):
        fg.explain(loss)
        return g + 0 * a.detach()

    hidden.register_hook(hook)
    loss.backward()
    assert a.grad.item() == 36
    assert "a.grad += 36" in said()


def test_a_failed_explanation_leaves_no_trace_either():
    b = leaf([1.0, 2.0]) * 2
    loss = (b * b).sum()
    b.zero_()
    before = _nodes.tape().stats()
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation.*zero_"):
        fg.explain(loss)
    assert _nodes.tape().stats() == before
    assert fg.is_grad_enabled()


def test_a_changed_value_that_no_gradient_reads_is_marked(said):
    b = leaf([1.0, 2.0]) * 2
    loss = (b + 1).sum()
    b.zero_()
    fg.explain(loss)
    assert "changed in place since" in said()


# ----- what cannot be explained -----


def test_a_graph_that_is_gone_says_to_explain_first_or_to_keep_it(said):
    w = leaf(1.0)
    loss = w * 2
    loss.backward()
    with pytest.raises(RuntimeError, match=r"a second time.*before.*retain_graph=True"):
        fg.explain(loss)
    loss = w * 3
    loss.backward(retain_graph=True)
    fg.explain(loss)
    assert "w.grad += 3" in said()


def test_a_graph_of_which_a_part_is_gone_says_so():
    w = leaf(1.0)
    part = w * 2
    part.backward()
    loss = part + w
    with pytest.raises(RuntimeError, match="a second time"):
        fg.explain(loss)


@pytest.mark.parametrize(
    ("make", "error", "match"),
    [
        (lambda: leaf([1.0, 2.0]) * 2, ValueError, r"scalar loss, got shape \(2,\).*loss.sum\(\)"),
        (lambda: leaf([]), ValueError, r"got shape \(0,\)"),
        (lambda: fg.tensor(1.0), RuntimeError, "does not require grad.*requires_grad=True"),
        (lambda: 3.0, TypeError, "got float"),
    ],
)
def test_what_is_no_loss_with_a_graph_is_refused(make, error, match, said):
    with pytest.raises(error, match=match):
        fg.explain(make())
    with pytest.raises(ValueError, match="max_nodes is 0"):
        fg.explain(leaf(1.0) * 2, max_nodes=0)
    assert said() == ""


def test_the_graph_of_another_thread_is_refused():
    found = []
    loss = leaf(1.0) * 2

    def explain():
        try:
            fg.explain(loss)
        except RuntimeError as error:
            found.append(str(error))

    thread = threading.Thread(target=explain)
    thread.start()
    thread.join()
    assert "another thread" in found[0]


def test_a_leaf_alone_is_explained_and_gets_no_node(said):
    w = leaf(4.0)
    before = _nodes.tape().stats()
    fg.explain(w)
    assert steps(said()) == [["1  w  = 4  leaf"], [], ["1  dw/dw  = 1"], ["w.grad += 1"]]
    assert _nodes.tape().stats() == before


# ----- long graphs -----


def chain(length):
    w = leaf(1.0)
    y = w * 1.0
    for _ in range(length - 1):
        y = y * 1.0
    return w, y


def test_a_long_graph_is_cut_and_says_how_to_see_the_rest(said):
    w, y = chain(200)
    fg.explain(y)
    text = said()
    assert len(steps(text)[0]) == 51  # with the line about the rest
    found = re.search(r"(\d+) nodes before these are left out; explain\(y, max_nodes=(\d+)\)", text)
    assert int(found[1]) == 201 - 50
    fg.explain(y, max_nodes=int(found[2]))
    text = said()
    assert "left out" not in text
    assert steps(text)[3] == ["w.grad += 1"]
    y.backward()
    assert w.grad.item() == 1


def test_what_is_shown_of_a_cut_graph_has_its_whole_gradient(said):
    w = leaf(0.5)
    a = fg.sin(w)
    b = fg.cos(a)
    c = a * b
    d = c + b
    fg.explain(d, max_nodes=4)
    text = said()
    b.retain_grad()
    d.backward()
    assert "What has reached leaves so far" in text
    assert "w.grad" not in text
    assert float(gradients(text)["b"]) == pytest.approx(b.grad.item(), rel=1e-5)


def test_an_op_of_more_operands_than_are_shown_is_cut(said):
    parts = [leaf(float(i)) for i in range(300)]
    out = fg.stack(parts).sum()
    fg.explain(out)
    assert "300 nodes before these are left out" in said()
    fg.explain(out, max_nodes=302)
    text = said()
    assert "stack(parts[0], parts[1], parts[2], parts[3], ..., v300" in text
    assert len(steps(text)[3]) == 300


def test_a_graph_of_a_million_nodes_is_cut_in_no_time(said):
    _, y = chain(1_000_000)
    began = time.process_time()
    fg.explain(y)
    assert time.process_time() - began < 1.0  # it takes 0.1 s; walking through all of it, 10 s
    assert "10,000 nodes and more" in said()
