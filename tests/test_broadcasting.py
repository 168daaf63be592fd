"""Shapes and dtypes of every row: broadcasting as NumPy's, float32 kept, integers as NumPy's."""

import zlib

import numpy as np
import pytest
from formulas import ROWS, SMOOTH, differentiable, function

import fastgrad as fg

SHAPES = [  # of the operands, as many as a row has
    [(), (), ()],
    [(3,), (), ()],
    [(), (3,), (3,)],
    [(2, 3), (3,), ()],
    [(2, 1), (1, 3), (2, 3)],
    [(1,), (1, 1), (2, 1)],
    [(1, 1), (), (4, 1, 1)],
    [(0,), (), (1,)],
    [(1, 3), (0, 1), (3,)],
    [(2, 0, 3), (3,), (1, 0, 1)],
    [(1,), (), ()],
]
WRONG = [[(2,), (3,), ()], [(2, 3), (2,), ()], [(0,), (2,), ()]]

rows = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
smooth_rows = pytest.mark.parametrize("row", SMOOTH, ids=lambda row: row["name"])
partial_rows = pytest.mark.parametrize(
    "row", [row for row in ROWS if "NAN" in row["partials"]], ids=lambda row: row["name"]
)
joint_rows = pytest.mark.parametrize(
    "row", [row for row in ROWS if row["arity"] > 1], ids=lambda row: row["name"]
)


def operands(row, shapes):
    """Return an array of each shape, drawn from the domain."""
    rng = np.random.default_rng(zlib.crc32(row["name"].encode()))
    return [np.array(rng.uniform(*domain, shape)) for domain, shape in zip(row["domains"], shapes)]


def tracked(arrays):
    return [fg.tensor(x, requires_grad=True) for x in arrays]


def summed(g, shape):
    """Sum over what broadcasting from a shape has added, as NumPy users do by hand."""
    g = g.sum(axis=tuple(range(g.ndim - len(shape))))
    longer = tuple(a for a, n in enumerate(shape) if n == 1 and g.shape[a] != 1)
    return g.sum(axis=longer, keepdims=True)


@rows
def test_operands_broadcast_as_numpys_do(row):
    for shapes in SHAPES:
        xs = operands(row, shapes)
        full = np.broadcast_arrays(*xs)
        wanted = function(row)(*[x.copy() for x in full]).numpy()
        assert wanted.shape == full[0].shape, shapes
        got = function(row)(*xs).numpy()
        np.testing.assert_array_equal(got, wanted, strict=True, err_msg=str(shapes))
        if row in SMOOTH:
            got = function(row)(*tracked(xs)).detach().numpy()
            np.testing.assert_array_equal(got, wanted, strict=True, err_msg=str(shapes))


@smooth_rows
def test_the_gradient_of_a_broadcast_operand_is_summed(row):
    for shapes in SHAPES:
        xs = operands(row, shapes)
        full = [x.copy() for x in np.broadcast_arrays(*xs)]
        seed = fg.as_tensor(np.random.default_rng(1).uniform(0.5, 2, full[0].shape))
        wide, narrow = tracked(full), tracked(xs)
        wanted = fg.autograd.grad(function(row)(*wide), wide, seed)
        for create_graph in (False, True):
            y = function(row)(*narrow)
            found = fg.autograd.grad(y, narrow, seed, create_graph=create_graph)
            for x, g, w in zip(xs, found, wanted):
                assert (g.shape, g.dtype) == (x.shape, np.float64), shapes
                w = w.numpy()
                bound = 12 * 2.0**-52 * summed(np.abs(w), x.shape)  # at most 12 terms, in any order
                assert np.all(np.abs(g.detach().numpy() - summed(w, x.shape)) <= bound), shapes


@smooth_rows
def test_the_gradient_of_one_tracked_operand_does_not_need_the_others_to_be(row):
    xs = operands(row, [(2, 3), (3,), (2, 1)])
    both = tracked(xs)
    wanted = fg.autograd.grad(function(row)(*both).sum(), both)
    for k, w in enumerate(wanted):
        mixed = [x if i != k else both[k] for i, x in enumerate(xs)]
        (g,) = fg.autograd.grad(function(row)(*mixed).sum(), both[k])
        np.testing.assert_array_equal(g.numpy(), w.numpy())


@partial_rows
def test_an_operand_with_a_derivative_has_it_beside_those_without(row):
    x = operands(row, [(2, 3), (3,), (2, 1)])
    for k in differentiable(row):
        leaf = fg.tensor(x[k], requires_grad=True)
        mixed = [leaf if i == k else a for i, a in enumerate(x)]
        (g,) = fg.autograd.grad(function(row)(*mixed).sum(), leaf)
        assert g.shape == x[k].shape
    for k in set(range(row["arity"])) - set(differentiable(row)):
        leaf = fg.tensor(x[k], requires_grad=True)
        y = function(row)(*[leaf if i == k else a for i, a in enumerate(x)])
        with pytest.raises(TypeError, match="no derivative"):
            y.sum().backward()


@joint_rows
def test_shapes_that_do_not_broadcast_raise_and_both_are_named(row):
    for shapes in WRONG:
        for kind in (np.float64, np.int64):
            xs = [np.ones(shape, kind) for shape in shapes[: row["arity"]]]
            with pytest.raises(ValueError, match="broadcast") as caught:
                function(row)(*xs)
            assert all(str(shape) in str(caught.value) for shape in shapes[:2])
        if row in SMOOTH:
            with pytest.raises(ValueError, match="broadcast"):
                function(row)(*tracked(operands(row, shapes)))


@rows
def test_memory_of_any_layout_gives_the_same_result(row):
    xs = operands(row, [(4, 3)] * 3)
    wanted = function(row)(*xs).numpy()
    for order in (np.asfortranarray, lambda x: np.repeat(x, 2, axis=1)[:, ::2],
                  lambda x: x[::-1, ::-1].copy()[::-1, ::-1]):  # fmt: skip
        strange = [order(x) for x in xs]
        np.testing.assert_array_equal(function(row)(*strange).numpy(), wanted)
        if row in SMOOTH:
            leaves = [fg.from_numpy(x).requires_grad_() for x in strange]
            np.testing.assert_array_equal(function(row)(*leaves).detach().numpy(), wanted)
            gradients = fg.autograd.grad(function(row)(*leaves).sum(), leaves)
            dense = tracked(xs)
            for g, w in zip(gradients, fg.autograd.grad(function(row)(*dense).sum(), dense)):
                np.testing.assert_array_equal(g.numpy(), w.numpy())


# ----- dtypes -----


@smooth_rows
def test_float32_stays_float32_beside_python_numbers(row):
    xs = [x.astype(np.float32) for x in operands(row, [(3,)] * 3)]
    for k in range(row["arity"]):
        for number in (1.5, 1, True):
            mixed = [number if i != k else x for i, x in enumerate(xs)]
            assert function(row)(*mixed).dtype == np.float32
            mixed[k] = fg.tensor(xs[k], requires_grad=True)
            y = function(row)(*mixed)
            assert y.dtype == np.float32
            (g,) = fg.autograd.grad(y.sum(), mixed[k])
            assert g.dtype == np.float32


@smooth_rows
def test_float32_beside_other_arrays_promotes_as_in_numpy(row):
    promoted = {"float64": "float64", "int64": "float64", "int32": "float64", "int16": "float32",
                "uint8": "float32", "bool": "float32"}  # fmt: skip
    if row["arity"] == 1:
        return
    single = fg.tensor(np.ones(3, np.float32), requires_grad=True)
    for other, wanted in promoted.items():
        for x in (np.ones(3, other), np.ones((), other)):
            xs = [single, *[x] * (row["arity"] - 1)]
            assert function(row)(single.detach(), *xs[1:]).dtype == wanted, other
            assert function(row)(*reversed(xs)).dtype == wanted, other
            y = function(row)(*xs)
            assert y.dtype == wanted, other
            (g,) = fg.autograd.grad(y, single, fg.as_tensor(np.ones(3)))
            assert g.dtype == np.float32


@rows
def test_integers_give_numpys_integers_or_else_float64(row):
    own = {"select": lambda c, x, y: np.where(c != 0, x, y)}
    numpys = own.get(row["name"]) or getattr(np, row["name"], None)
    ours = {"select": fg.where, "clip": fg.clip}.get(row["name"]) or function(row)
    for kind in ("int64", "int32", "int8", "uint16"):
        xs = [np.array(x, kind) for x in ([1, 2, 7, 3], [3, 2, 1, 2], [5, 1, 5, 0])][: row["arity"]]
        got = ours(*xs).numpy()
        wanted = None
        if numpys is not None:
            with np.errstate(all="ignore"):
                wanted = numpys(*xs)
        if wanted is None or wanted.dtype.kind not in "iub":
            wanted = function(row)(*[x.astype(np.float64) for x in xs]).numpy()
        np.testing.assert_array_equal(got, wanted, strict=True)


@smooth_rows
def test_integers_beside_a_tracked_tensor_become_its_floats(row):
    x = fg.tensor([1.5, 2.5], requires_grad=True)
    others = [np.array([2, 3])] * (row["arity"] - 1)
    y, wanted = function(row)(x, *others), function(row)(x, *[o.astype(float) for o in others])
    assert y.requires_grad
    np.testing.assert_array_equal(y.detach().numpy(), wanted.detach().numpy(), strict=True)


@rows
def test_python_floats_follow_ieee_and_warn_of_nothing(row):
    for x in (0.0, -1.0, 1e300, np.inf):
        y = function(row)(*[x] * row["arity"])
        arrays = function(row)(*[np.array([x])] * row["arity"]).numpy()
        np.testing.assert_array_equal(y.numpy(), arrays[0])
        assert y.dtype == arrays.dtype


@rows
def test_an_operand_that_is_no_real_number_is_refused(row):
    for wrong in ("1", None, object(), [[1.0], [2.0, 3.0]], np.float16(1)):
        for k in range(row["arity"]):
            for other in (1.0, fg.tensor([1.0]), fg.tensor(2.0, requires_grad=True)):
                xs = [other] * row["arity"]
                xs[k] = wrong
                with pytest.raises((TypeError, ValueError)):
                    function(row)(*xs)


def test_a_function_takes_its_operands_by_position_only():
    with pytest.raises(TypeError):
        fg.add(x=1.0, y=2.0)
    with pytest.raises(TypeError):
        fg.add(1.0)
    with pytest.raises(TypeError):
        fg.sin(1.0, 2.0)
