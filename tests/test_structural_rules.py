"""All that a structural op knows of itself agrees with its value, over one table of samples."""

import itertools

import kernels
import numpy as np
import pytest
from differences import STEP, TOLERANCE, tracked

import fastgrad as fg
from fastgrad import _structural as structural
from fastgrad._core import begin_recording, end_recording
from fastgrad._grad_fn import STRUCTURAL
from fastgrad._nodes import set_requires
from fastgrad._positions import positions
from fastgrad._recording import Spec
from fastgrad._tensor import values

REFUSALS = (TypeError, ValueError, IndexError)


def array(*shape, dtype=np.float64, seed=0):
    """Numbers between -2 and 2 that all differ; integers up to 9."""
    n = int(np.prod(shape, dtype=int))
    x = np.random.default_rng(seed).permutation(n) - n // 2
    if np.dtype(dtype).kind == "f":
        x = (x + 0.25) * (4 / (n + 1))
    return (x % 10 if np.dtype(dtype).kind in "iu" else x).reshape(shape).astype(dtype)


F32, I64, I8, U8, BOOL = np.float32, np.int64, np.int8, np.uint8, np.bool_
SHAPES = [(), (0,), (5,), (2, 3), (2, 0, 3), (3, 1, 2), (2, 3, 2, 2)]
KEYS = [
    ((), ()), ((), (None, ...)), ((5,), 2), ((5,), -1), ((5,), slice(None, None, -2)),
    ((5,), slice(4, 0, -1)), ((5,), slice(2, 2)), ((2, 3), 1), ((2, 3), (1, -3)),
    ((2, 3), (slice(None), 1)), ((2, 3), (..., slice(None, None, -1))), ((2, 3), slice(1, None)),
    ((2, 3), (None, slice(None), None, 2)), ((2, 3, 2, 2), (1, ..., slice(0, 1), 0)),
    ((2, 3, 2, 2), (slice(None), slice(None, None, 2), None, 1)), ((2, 0, 3), (1, ..., 2)),
    ((3, 1, 2), (slice(None, None, -1), 0)),
]  # fmt: skip
PLACES = [  # shape of an array, positions in it
    ((), np.zeros(3, I64)), ((5,), np.array(3)), ((5,), np.array([4, 0, 4, 4])),
    ((2, 3), np.array([[5, 1], [0, 5]])), ((3, 1, 2), np.zeros((2, 0), I64)),
    ((0,), np.zeros(0, I64)), ((2, 3), np.array([1, 1, 2], U8)),
    ((2, 3), np.array([0, 3], np.uint64)),
    ((2, 3, 2, 2), np.arange(24).reshape(2, 3, 4)[:, ::-1] // 2),
]  # fmt: skip
AXES = [(), (0,), (-1,), (0, 1), (0, -1)]


def samples():
    """Yield (name of op, operands, parameters)."""
    for shape in SHAPES:
        x = array(*shape)
        for target in ((x.size,), (1, *shape, 1), (*shape[::-1],)):
            yield "reshape", [x], {"shape": target}
        for axes in itertools.islice(itertools.permutations(range(x.ndim)), 0, None, 5):
            yield "transpose", [x], {"axes": axes}
        yield "transpose", [x], {"axes": tuple(range(x.ndim))[::-1]}
        for target in (shape, (2, *shape), tuple(4 if n == 1 else n for n in (1, 1, *shape))):
            yield "broadcast_to", [x], {"shape": target}
        for op in ("copy", "stop_gradient"):
            yield op, [x], {}
            yield op, [array(*shape, dtype=I8)], {}
        for name in ("sum", "max", "min", "norm", "logsumexp", "any", "all", "argmax", "argmin"):
            for axis in AXES:
                axis = tuple(sorted(a % x.ndim for a in axis if -x.ndim <= a < x.ndim))
                if len(set(axis)) < len(axis):
                    continue
                if 0 in (shape[a] for a in axis) and name in ("max", "min", "argmax", "argmin"):
                    continue
                for keepdims in (False, True):
                    yield name, [x], {"axis": axis, "keepdims": keepdims}
        for axis in range(x.ndim):
            for dtype in (np.float64, F32, U8):
                yield "cumsum", [array(*shape, dtype=dtype)], {"axis": axis}
                yield "argsort", [array(*shape, dtype=dtype) % 3], {"axis": axis}
    for old, new in itertools.product((np.float64, F32, I64, I8, U8, BOOL), repeat=2):
        yield "astype", [np.abs(array(2, 3, dtype=old))], {"dtype": np.dtype(new)}
    for dtype in (F32, I8, U8, BOOL):
        x = array(3, 4, dtype=dtype)
        for name in ("sum", "max", "min", "any", "all", "argmax", "argmin"):
            yield name, [x], {"axis": (1,), "keepdims": False}
    for name in ("norm", "logsumexp"):
        yield name, [array(3, 4, dtype=F32)], {"axis": (0,), "keepdims": True}
    yield "logsumexp", [np.array([-np.inf, -np.inf])], {"axis": (0,), "keepdims": False}
    for shape, key in KEYS:
        x = array(*shape)
        place = np.asarray(x[key])
        yield "getitem", [x], {"key": key}
        yield "put_add", [array(*place.shape, seed=1)], {"key": key, "shape": shape}
        for value in {
            place.shape,
            (),
            place.shape[1:],
            (1, 1, *place.shape),
            place.shape[:0] + (1,),
        }:
            if value != (1,) or place.ndim:
                yield "assign", [x, array(*value, seed=2)], {"key": key}
    for shape, index in PLACES:
        x = array(*shape)
        for dtype in (np.float64, F32, I64):
            yield "gather", [x.astype(dtype), index], {}
            yield (
                "scatter_add",
                [array(*index.shape, seed=3).astype(dtype), index],
                {"shape": shape},
            )
            for value in {index.shape, ()}:
                value = array(*value, seed=4).astype(dtype)
                yield "scatter_set", [x.astype(dtype), index, value], {}
    for shapes, axis in (([(3,)], 0), ([(2,), (0,), (3,)], 0), ([(2, 3), (2, 1)], 1),
                         ([(1, 2, 2), (3, 2, 2)], 0), ([(0, 2), (0, 3)], 1)):  # fmt: skip
        starts = tuple(np.cumsum([0] + [s[axis] for s in shapes]).tolist())
        xs = [array(*s, seed=i) for i, s in enumerate(shapes)]
        yield "concatenate", xs, {"axis": axis, "starts": starts}
        xs = [x.astype((I8, F32)[i % 2]) for i, x in enumerate(xs)]
        yield "concatenate", xs, {"axis": axis, "starts": starts}
    for shape in ((), (3,), (2, 0), (2, 3)):
        for axis in range(len(shape) + 1):
            yield "stack", [array(*shape, seed=i) for i in range(3)], {"axis": axis}
    yield "stack", [array(2, dtype=I64), array(2, dtype=F32)], {"axis": 1}
    for a, b in (((2, 3), (3, 4)), ((1, 1), (1, 1)), ((2, 0), (0, 3)), ((0, 2), (2, 3)),
                 ((4, 2, 3), (3, 2)), ((2, 3), (4, 3, 1)), ((2, 1, 2, 3), (3, 3, 2)),
                 ((1, 2, 2), (3, 2, 2)), ((0, 2, 2), (2, 2))):  # fmt: skip
        for dtypes in ((np.float64, np.float64), (F32, F32), (I64, np.float64), (BOOL, BOOL)):
            yield "matmul", [array(*a, dtype=dtypes[0]), array(*b, seed=1, dtype=dtypes[1])], {}


SAMPLES = list(samples())


def called(sample):
    name, xs, params = sample
    given = ", ".join([f"{x.dtype}{list(x.shape)}" for x in xs])
    return f"{name}({given}, {params})"


every_sample = pytest.mark.parametrize("sample", SAMPLES, ids=map(called, SAMPLES))
differentiable = pytest.mark.parametrize(
    "sample",
    found := [
        s
        for s in SAMPLES
        if getattr(structural, s[0]).jvp is not None
        and values(getattr(structural, s[0])(*s[1], **s[2])).dtype.kind == "f"
        and any(x.dtype.kind == "f" for x in s[1])
    ],
    ids=map(called, found),
)


def unpack(sample):
    name, xs, params = sample
    op = getattr(structural, name)
    return op, xs, params, np.asarray(op.value(*xs, **params))


def test_the_table_has_samples_of_every_op_that_a_graph_can_hold():
    ops = {n for n in STRUCTURAL if getattr(getattr(structural, n, None), "lower", None)}
    assert ops == {name for name, _, _ in SAMPLES}


@every_sample
def test_infer_gives_the_shape_and_dtype_of_the_value(sample):
    op, xs, params, value = unpack(sample)
    assert op.infer(*map(Spec, xs), **params) == (value.shape, value.dtype)


@every_sample
def test_the_steps_of_an_op_compute_its_value(sample):
    op, xs, params, value = unpack(sample)
    found = kernels.run(op.lower(*map(Spec, xs), **params), xs, value.size).reshape(value.shape)
    np.testing.assert_array_equal(found.astype(value.dtype).astype(float), found)
    eps = np.finfo(value.dtype).eps if value.dtype.kind == "f" else 0.0
    scale = float(np.max(np.abs(value), initial=0, where=np.isfinite(value)))
    np.testing.assert_allclose(found, value, rtol=16 * eps, atol=16 * eps * scale)


def variants(x, n):
    """n arrays like x, with other numbers in them."""
    rng = np.random.default_rng(x.size)
    return [rng.permutation(x.reshape(-1)).reshape(x.shape) for _ in range(n)]


@every_sample
def test_a_batch_is_a_loop_over_its_points(sample):
    op, xs, params, value = unpack(sample)
    for batched in itertools.product((False, True), repeat=len(xs)):
        for n in (0, 1, 3):
            if not any(batched):
                continue
            points = [variants(x, n) if b else x for x, b in zip(xs, batched)]
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


def tangent(op, xs, params, dots):
    """The tangent by the rule of an op, which is shown no value that it does not name."""
    out = op(*xs, **params)
    seen = [fg.as_tensor(x) if k in op.reads else Spec(x) for k, x in enumerate(xs)]
    return values(op.tangent(dots, out if "out" in op.reads else Spec(out), seen, params))


def directions(xs):
    """For each set of the float operands directions in which those move, None for the others."""
    rng = np.random.default_rng(len(xs))
    floats = [k for k, x in enumerate(xs) if x.dtype.kind == "f"]
    for r in range(1, len(floats) + 1):
        for moving in itertools.combinations(floats, r):
            yield [
                rng.uniform(0.5, 1.5, x.shape).astype(x.dtype) if k in moving else None
                for k, x in enumerate(xs)
            ]


@differentiable
def test_tangents_and_cotangents_are_adjoint(sample):
    op, xs, params, value = unpack(sample)
    weight = np.random.default_rng(7).uniform(0.5, 1.5, value.shape).astype(value.dtype)
    eps = max(np.finfo(x.dtype).eps for x in (value, *xs) if x.dtype.kind == "f")
    for dots in directions(xs):
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
    for dots in directions(xs):

        def moved(t, dots=dots):
            at = [x if d is None else np.asarray(x + t * d) for x, d in zip(xs, dots)]
            return op.value(*at, **params)

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
    end_recording(tape)


def test_a_cast_to_integers_has_no_derivative_and_one_back_has_none_either():
    whole = np.array([1, 2])
    for x, out, dtype in ((ROUNDED, whole, np.int64), (whole, ROUNDED, np.float64)):
        params = {"dtype": np.dtype(dtype)}
        (rule,) = structural.astype.vjp
        assert rule(fg.as_tensor(out), Spec(out), Spec(x), **params) is None
        assert structural.astype.tangent([fg.as_tensor(x)], Spec(out), [Spec(x)], params) is None


def test_results_of_every_dtype_are_recorded(recording):
    x = tracked(array(2, 3))
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
    set_requires(recorded, True)
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
    set_requires(index, True)
    with pytest.raises(IndexError, match="out of bounds for axis 1 with size 2"):
        fg.as_tensor(array(3, 2))[:, index]
