"""All that a structural op knows of itself agrees with its value, over one table of samples."""

import itertools

import kernels
import numpy as np
import pytest
from differences import STEP, TOLERANCE, tracked
from structural_samples import (
    F32,
    I64,
    OF_MATRICES,
    SAMPLES,
    SHAPES,
    array,
    called,
    directions,
    followed,
    is_differentiable,
    tangent,
    unpack,
    variants,
)

import fastgrad as fg
from fastgrad import _structural as structural
from fastgrad._grad_fn import STRUCTURAL
from fastgrad._nodes import make_input
from fastgrad._positions import positions
from fastgrad._recording import Spec
from fastgrad._tape import begin_recording, end_recording
from fastgrad._tensor import values

REFUSALS = (TypeError, ValueError, IndexError)

every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=map(called, SAMPLES))
differentiable = pytest.mark.parametrize(
    "sample", found := list(filter(is_differentiable, SAMPLES)), ids=map(called, found)
)


def test_the_table_has_samples_of_every_op_that_a_graph_can_hold():
    ops = {n for n in STRUCTURAL if getattr(getattr(structural, n, None), "lower", None)}
    assert ops == {name for name, _, _ in SAMPLES}


@every_sample
def test_infer_gives_the_shape_and_dtype_of_the_value(sample):
    op, xs, params, value = unpack(sample)
    assert op.infer(*map(Spec, xs), **params) == (value.shape, value.dtype)


def test_operands_may_stand_in_any_order_of_memory():
    for op, xs, params, value in map(unpack, SAMPLES):
        found = op.value(*[np.array(x, order="F") for x in xs], **params)
        eps = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0.0
        np.testing.assert_allclose(found, value, rtol=99 * eps, atol=99 * eps, err_msg=op.name)


@every_sample
def test_the_steps_of_an_op_compute_its_value(sample):
    op, xs, params, value = unpack(sample)
    found = kernels.run(op.lower(*map(Spec, xs), **params), xs, value.size).reshape(value.shape)
    np.testing.assert_array_equal(found.astype(value.dtype).astype(float), found)
    eps = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0.0
    scale = float(np.max(np.abs(value), initial=0, where=np.isfinite(value)))
    np.testing.assert_allclose(found, value, rtol=16 * eps, atol=16 * eps * scale)


@every_sample
def test_a_batch_is_a_loop_over_its_points(sample):
    op, xs, params, value = unpack(sample)
    for batched in itertools.product((False, True), repeat=len(xs)):
        for n in (0, 1, 3):
            if not any(batched):
                continue
            points = [
                variants(op, k, x, n) if b else x for k, (x, b) in enumerate(zip(xs, batched))
            ]
            given = [
                fg.as_tensor(np.array(p, x.dtype).reshape(n, *x.shape)) if b else fg.as_tensor(p)
                for x, p, b in zip(xs, points, batched)
            ]
            found = values(op.batch(n, batched, *given, **params))
            assert found.shape == (n, *value.shape)
            assert found.dtype == value.dtype
            for i in range(n):
                one = [p[i] if b else p for p, b in zip(points, batched)]
                wanted = op.value(*one, **params)
                eps = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0
                np.testing.assert_allclose(found[i], wanted, rtol=20 * eps, atol=20 * eps)


@differentiable
def test_tangents_and_cotangents_are_adjoint(sample):
    op, xs, params, value = unpack(sample)
    weight = np.random.default_rng(7).uniform(0.5, 1.5, value.shape).astype(value.dtype)
    eps = max(np.finfo(x.dtype).eps for x in (value, *xs) if x.dtype.kind == "f")
    for dots in directions(op, xs):
        given = [x if d is None else tracked(x.copy()) for x, d in zip(xs, dots)]
        moving = [t for t, d in zip(given, dots) if d is not None]
        pulled = fg.autograd.grad(op(*given, **params), moving, fg.as_tensor(weight))
        wanted = sum(
            float((values(g) * d).sum())
            for g, d in zip(pulled, (d for d in dots if d is not None), strict=True)
        )
        dot = tangent(op, xs, params, [None if d is None else fg.as_tensor(d) for d in dots])
        assert dot.shape == value.shape
        assert dot.dtype == value.dtype
        found = float((weight * dot).sum())
        assert abs(found - wanted) <= 100 * eps * (1 + abs(wanted))


@differentiable
def test_a_tangent_is_the_derivative_along_its_direction(sample):
    op, xs, params, value = unpack(sample)
    if value.dtype == F32 or any(x.dtype == F32 for x in xs) or not np.all(np.isfinite(value)):
        pytest.skip("no difference quotient is good enough here")
    for dots in directions(op, xs):

        def moved(t, dots=dots):
            at = [x if d is None else np.asarray(x + t * d) for x, d in zip(xs, dots)]
            return op.value(*followed(op, at), **params)

        wanted = (moved(STEP) - moved(-STEP)) / (2 * STEP)
        found = tangent(op, xs, params, dots)
        np.testing.assert_allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("name", ["max", "min"])
def test_elements_that_tie_share_tangents_as_they_share_cotangents(name):
    op, params = getattr(structural, name), {"axis": (0,), "keepdims": False}
    x, dot = np.array([2.0, 2.0, 2.0]), np.array([1.0, 5.0, 3.0])
    assert tangent(op, [x], params, [fg.as_tensor(dot)]) == pytest.approx(3.0)
    y = tracked(x.copy())
    op(y, **params).backward()
    np.testing.assert_allclose(values(y.grad), 1 / 3)


def test_a_tangent_of_zero_gives_zero_beside_infinity():
    params = {"axis": (0,), "keepdims": False}
    for name, x in (("norm", [np.inf, 1.0]), ("logsumexp", [np.inf, 0.0]), ("max", [np.inf, 1.0])):
        op = getattr(structural, name)
        assert tangent(op, [np.array(x)], params, [fg.as_tensor(np.zeros(2))]) == 0.0


# ----- what comes from a file -----

HOSTILE = [
    None, True, "x", b"", 1.0, np.nan, -1, 64, 2**31, 2**62, 2**70, -(2**70), object(), Spec, {},
    [0], (None,), ("0",), (1.0,), (True,), (-1,), (7,), (2**62,), (2**70,), (2**40, 2**40),
    (0, 2**62), (0, 0), (0,) * 70, (1,) * 70, ((0,),), (np.int64(0),), ("f8",), np.int64, "f8",
    "V8,f8", slice(0, 2**70), slice(None, None, 0), slice("a"), slice(1.0), slice(True), (..., ...),
    [...], (None,) * 70, (slice(None),) * 70, np.array([0]), np.dtype("O"), np.dtype("V8"),
    np.dtype("c16"), np.dtype("f2"), np.dtype([("a", "f8")]), np.dtype((np.float64, (2**20,))),
]  # fmt: skip
ROUNDED = np.array([1.0, 2.0])
ONE_OF_EACH = list({name: (name, xs, params) for name, xs, params in SAMPLES}.values())
one_of_each = pytest.mark.parametrize("sample", ONE_OF_EACH, ids=[s[0] for s in ONE_OF_EACH])


def check_value(op, xs, params, shape, dtype):
    """Check that what infer accepted has such a value."""
    try:
        value = np.asarray(op.value(*xs, **params))
    except IndexError:  # whether positions are in range is a fact of their values
        assert op.name in ("gather", "scatter_add", "scatter_set")
    except np.linalg.LinAlgError:  # and so is this
        assert op.name in OF_MATRICES
    else:
        assert (value.shape, value.dtype) == (shape, dtype), params


@one_of_each
def test_infer_refuses_parameters_that_do_not_fit(sample):
    op, xs, params, _ = unpack(sample)
    specs = list(map(Spec, xs))
    for name, hostile in itertools.product(params, HOSTILE):
        changed = {**params, name: hostile}
        try:
            shape, dtype = op.infer(*specs, **changed)
        except REFUSALS:
            continue
        assert np.prod(shape, dtype=float) <= 2.0**53
        if np.prod(shape, dtype=float) < 1e4:  # then it is right to accept them
            op.lower(*specs, **changed)
            check_value(op, xs, changed, shape, dtype)


@one_of_each
def test_infer_refuses_names_and_numbers_of_operands_that_do_not_fit(sample):
    op, xs, params, _ = unpack(sample)
    specs = list(map(Spec, xs))
    with pytest.raises(REFUSALS):
        op.infer(*specs, **params, surplus=1)
    for name in params:
        with pytest.raises(REFUSALS):
            op.infer(*specs, **{k: p for k, p in params.items() if k != name})
    with pytest.raises(REFUSALS):
        op.infer(**params)
    if op.name not in ("concatenate", "stack"):
        with pytest.raises(REFUSALS):
            op.infer(*specs, specs[0], **params)


@one_of_each
def test_infer_refuses_operands_of_other_shapes_or_gives_the_shape_that_numpy_gives(sample):
    op, xs, params, _ = unpack(sample)
    others = [np.zeros(s, d) for s in SHAPES for d in (np.float64, I64)]
    for k, other in itertools.product(range(len(xs)), others):
        given = [*xs[:k], other, *xs[k + 1 :]]
        try:
            shape, dtype = op.infer(*map(Spec, given), **params)
        except REFUSALS:
            continue
        check_value(op, given, params, shape, dtype)


def test_a_graph_cannot_hold_an_op_whose_shape_depends_on_values():
    assert structural.argwhere.lower is None
    with pytest.raises(ValueError, match="depends on values"):
        structural.argwhere.infer(Spec(np.ones(3)))


# ----- while a function is recorded -----


@pytest.fixture
def recording():
    tape = begin_recording()
    yield
    end_recording(tape.outer)


def test_a_cast_to_integers_has_no_derivative_and_one_back_has_none_either():
    whole = np.array([1, 2])
    for x, out, dtype in ((ROUNDED, whole, np.int64), (whole, ROUNDED, np.float64)):
        params = {"dtype": np.dtype(dtype)}
        (rule,) = structural.astype.vjp
        assert rule(fg.as_tensor(out), Spec(out), Spec(x), **params) is None
        assert structural.astype.tangent([fg.as_tensor(x)], Spec(out), [Spec(x)], params) is None


def test_results_of_every_dtype_are_recorded(recording):
    x = fg.as_tensor(array(2, 3))
    make_input(x)
    for name in ("argmax", "argmin", "any", "all"):
        assert getattr(structural, name)(x, axis=(0, 1), keepdims=False).requires_grad
    assert structural.argsort(x, axis=1).requires_grad
    assert structural.stop_gradient(x).requires_grad
    assert structural.astype(x, dtype=np.dtype(bool)).requires_grad


def test_indices_and_constants_are_not_recorded_otherwise():
    x = tracked(array(2, 3))
    assert not structural.argsort(x, axis=1).requires_grad
    assert not structural.stop_gradient(x).requires_grad
    assert structural.stop_gradient(x).numpy() is not None


@pytest.mark.parametrize("key", [
    lambda i: i, lambda i: (slice(None, None, -1), i), lambda i: (i, slice(None), i),
    lambda i: (i, None, 1), lambda i: (..., i, np.array([True, False])), lambda i: (0, ..., i),
    lambda i: ([[0], [1]], i), lambda i: (None, i, ..., None),
])  # fmt: skip
def test_an_index_that_is_recorded_names_what_numpy_names(recording, key):
    x, index = array(2, 2, 2), np.array([0, -1, 1, -2])
    recorded = fg.as_tensor(index)
    make_input(recorded)
    found = positions(x.shape, key(recorded))
    assert found.requires_grad
    np.testing.assert_array_equal(x.reshape(-1)[values(found)], x[key(index)])
    taken = fg.as_tensor(x)[key(recorded)]
    assert taken.requires_grad
    np.testing.assert_array_equal(values(taken), x[key(index)])
    changed = fg.as_tensor(x.copy())
    changed[key(recorded)] = 9.0
    assert changed.requires_grad
    x[key(index)] = 9.0
    np.testing.assert_array_equal(values(changed), x)


def test_an_index_that_is_recorded_is_checked(recording):
    index = fg.as_tensor(np.array([0, 2]))
    make_input(index)
    with pytest.raises(IndexError, match="out of bounds for axis 1 with size 2"):
        fg.as_tensor(array(3, 2))[:, index]
