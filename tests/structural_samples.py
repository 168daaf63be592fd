"""Samples of operands and parameters for every structural op, and what tests do with them."""

import itertools

import numpy as np

import fastgrad as fg
from fastgrad import _structural as structural
from fastgrad._recording import Spec
from fastgrad._tensor import values


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
        yield "no_derivative", [x], {"why": "f has no derivative by x"}
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
                for name in ("cumsum", "cumprod", "cummax", "cummin"):
                    yield name, [array(*shape, dtype=dtype)], {"axis": axis}
                yield "argsort", [array(*shape, dtype=dtype) % 3], {"axis": axis}
        for dtype in (np.float64, F32):
            for axis in range(x.ndim):
                pair = [array(*shape, dtype=dtype), array(*shape, dtype=dtype, seed=1)]
                yield "recurrence", pair, {"axis": axis}
                yield "logcumsumexp", pair[:1], {"axis": axis}
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
    yield from solver_samples()
    yield from transform_samples()


def solver_samples():
    """Yield samples of linear algebra: matrices far from singular, eigenvalues far apart."""
    sizes = ((), 3, 2), ((2,), 4, 1), ((), 1, 1), ((), 0, 2), ((0,), 2, 2), ((2,), 2, 0)
    for outer, n, m in sizes:
        for dtype in (np.float64, F32):
            a = spread(*outer, n, n).astype(dtype)
            b = array(*outer, n, m, dtype=dtype, seed=5)
            packed = np.asarray(structural.lu.value(a))
            yield "lu", [a], {}
            yield "lu_of", [swapped_rows(a, packed)[1], swapped_rows(a, packed)[0]], {}
            for flag in (False, True):
                yield "lu_solve", [a, b, packed], {"transposed": flag}
                yield "det", [a, packed], {"log": flag}
                for lower, unit in itertools.product((False, True), repeat=2):
                    flags = {"lower": lower, "transposed": flag, "unit": unit}
                    yield "solve_triangular", [a, b], flags
            yield "adjugate", [a, packed], {}
            yield "cholesky", [a @ np.swapaxes(a, -1, -2)], {}
            yield "eigh", [a], {}
            yield "expm", [a / 4], {}
            yield "sqrtm", [a], {}
    for shape in ((4, 2), (2, 3, 3), (3, 0), (2, 3, 1)):
        a = spread(*shape)
        yield "qr", [a], {"columns": shape[-1]}
        yield "svd", [a], {"full": False}
        yield "svd", [np.swapaxes(a, -1, -2)], {"full": False}
        p = np.linalg.pinv(a) if a.size else np.swapaxes(a, -1, -2)
        yield "pinv", [p, a], {}
    yield "qr", [spread(4, 2).astype(F32)], {"columns": 2}
    yield "svd", [spread(2, 3, 4).astype(F32)], {"full": False}


def spread(*shape):
    """Matrices with singular values, and eigenvalues of the lower triangle, that are apart."""
    m, n = shape[-2:]
    diagonal = np.zeros((m, n))
    np.fill_diagonal(diagonal, np.arange(1.0, min(m, n) + 1) ** 1.5)
    return diagonal + 0.1 * array(*shape)


def swapped_rows(a, packed):
    """A matrix with its rows in the order of its factorisation, and L and U as one matrix."""
    m, n = a.shape[-2:]
    order = packed[..., m * n : m * n + m].astype(int)
    factors = packed[..., : m * n].reshape(*a.shape[:-2], n, m)
    return np.take_along_axis(a, order[..., None], -2), np.swapaxes(factors, -1, -2)


def transform_samples():
    """Yield samples of Fourier transforms."""
    for shape, pair in (((2, 1), 0), ((2, 5), 0), ((3, 2, 6), 1), ((2, 4, 3), 0), ((2, 2, 4, 2), 1),
                        ((0, 2, 3), 1), ((2, 53), 0)):  # fmt: skip
        axis = pair + 1
        for dtype in (np.float64, F32):
            z, n = array(*shape, dtype=dtype), shape[axis]
            for inverse in (False, True):
                yield "fft", [z], {"pair": pair, "axis": axis, "inverse": inverse}
            real = array(*shape[:pair], *shape[pair + 1 :], dtype=dtype, seed=1)
            yield "rfft", [real], {"pair": pair, "axis": axis}
            for m in {2 * n - 2, 2 * n - 1} - {0}:
                yield "irfft", [z], {"pair": pair, "axis": axis, "n": m}


SAMPLES = list(samples())


def called(sample):
    name, xs, params = sample
    given = ", ".join([f"{x.dtype}{list(x.shape)}" for x in xs])
    return f"{name}({given}, {params})"


def is_differentiable(sample):
    op, xs, _, value = unpack(sample)
    kinds = {x.dtype.kind for x in xs}
    return (
        op.jvp is not None
        and op.name != "no_derivative"
        and value.dtype.kind == "f"
        and "f" in kinds
    )


def unpack(sample):
    name, xs, params = sample
    op = getattr(structural, name)
    return op, xs, params, np.asarray(op.value(*xs, **params))


# Operands that are made of another, and how: a factorisation that is handed in.
FOLLOWS = {
    "lu_solve": (2, lambda xs: structural.lu.value(xs[0])),
    "det": (1, lambda xs: structural.lu.value(xs[0])),
    "adjugate": (1, lambda xs: structural.lu.value(xs[0])),
    "lu_of": (0, lambda xs: unpivoted(xs[1])),
    "pinv": (0, lambda xs: np.linalg.pinv(xs[1])),
}
OF_MATRICES = {"lu", "cholesky", "solve_triangular", "qr", "eigh", "svd", "expm", "sqrtm",
               *FOLLOWS}  # fmt: skip


def unpivoted(a):
    """L and U as one matrix, of matrices whose rows stay where they are."""
    a, k = a.copy(), min(a.shape[-2:])
    for j in range(k if a.size else 0):
        a[..., j + 1 :, j] /= a[..., j, j, None]
        a[..., j + 1 :, j + 1 :] -= a[..., j + 1 :, j, None] * a[..., None, j, j + 1 :]
    return a


def followed(op, xs):
    """Operands with those that follow from others made anew."""
    k, function = FOLLOWS.get(op.name, (None, None))
    return [function(xs) if i == k else x for i, x in enumerate(xs)]


def variants(op, k, x, n):
    """n arrays for operand k like x, with other numbers in them."""
    rng = np.random.default_rng(x.size)
    if op.name in OF_MATRICES:  # which do not take any numbers
        moves = k != FOLLOWS.get(op.name, (None, None))[0]
        return [x + (0.02 * moves * rng.uniform(size=x.shape)).astype(x.dtype) for _ in range(n)]
    return [rng.permutation(x.reshape(-1)).reshape(x.shape) for _ in range(n)]


def tangent(op, xs, params, dots):
    """The tangent by the rule of an op, which is shown no value that it does not name."""
    out = op(*xs, **params)
    seen = [fg.as_tensor(x) if k in op.reads else Spec(x) for k, x in enumerate(xs)]
    return values(op.tangent(dots, out if "out" in op.reads else Spec(out), seen, params))


def directions(op, xs):
    """For each set of operands with derivatives directions in which they move; None for others."""
    rng = np.random.default_rng(len(xs))
    rules = [op.vjp] * len(xs) if callable(op.vjp) else op.vjp
    floats = [k for k, x in enumerate(xs) if x.dtype.kind == "f" and rules[k] is not None]
    for r in range(1, len(floats) + 1):
        for moving in itertools.combinations(floats, r):
            yield [
                rng.uniform(0.5, 1.5, x.shape).astype(x.dtype) if k in moving else None
                for k, x in enumerate(xs)
            ]
