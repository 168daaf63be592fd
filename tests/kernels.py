"""The kernels of structural ops in plain NumPy, as slow as may be: what a step of a program does.

Memory is a 1-D array of doubles for each operand and for the result. Every access is checked, and
memory that no step has written holds NaN.
"""

import itertools
import math

import numpy as np

DTYPES = {0: "float64", 1: "float32", 3: "bool", 4: "int8", 5: "int16", 6: "int32", 7: "int64",
          8: "uint8", 9: "uint16", 10: "uint32", 11: "uint64"}  # fmt: skip


def places(shape, start, strides, size):
    """Where the elements of a strided array are, in C order."""
    found = [
        start + sum(i * s for i, s in zip(index, strides, strict=True))
        for index in itertools.product(*map(range, shape))
    ]
    assert all(0 <= i < size for i in found), (found, size)
    return found


def split(numbers, *counts):
    """The first numbers one by one, and lists of the lengths that follow."""
    numbers = list(numbers)
    for n in counts:
        yield numbers[:n]
        numbers = numbers[n:]
    assert numbers == []


def fill(dst, start, n, bits):
    assert 0 <= start
    assert start + n <= dst.size
    dst[start : start + n] = np.array([bits], np.int64).view(np.float64)


def copy(dst, src, dst_start, src_start, ndim, *rest):
    shape, to, by = split(rest, ndim, ndim, ndim)
    dst[places(shape, dst_start, to, dst.size)] = src[places(shape, src_start, by, src.size)]


def cast(dst, src, n, code):
    dtype = np.dtype(DTYPES[code])
    assert dst.size >= n <= src.size
    if dtype.kind in "iu":
        info = np.iinfo(dtype)
        whole = np.trunc(src[:n])
        if not np.all(np.isfinite(whole) & (info.min <= whole) & (whole <= info.max)):
            raise OverflowError(f"a number does not fit into {dtype}")
    dst[:n] = src[:n].astype(dtype)


def positions(idx, n, size):
    assert idx.size >= n
    if not all(i == math.floor(i) and 0 <= i < size for i in idx[:n]):
        raise IndexError("an index is out of range")
    return idx[:n].astype(int)


def gather(dst, src, idx, n, src_size):
    assert src_size == src.size
    dst[:n] = src[positions(idx, n, src_size)]


def scatter_add(dst, src, idx, n, dst_size):
    assert dst_size == dst.size
    for k, i in enumerate(positions(idx, n, dst_size)):
        dst[i] += src[k]


def scatter_set(dst, src, idx, n, dst_size, src_step):
    assert dst_size == dst.size
    assert src_step in (0, 1)
    for k, i in enumerate(positions(idx, n, dst_size)):
        dst[i] = src[k * src_step]


REDUCTIONS = [
    np.sum,
    np.max,
    np.min,
    np.any,
    np.all,
    lambda x: np.hypot.reduce(x, initial=0.0),
    lambda x: np.logaddexp.reduce(x, initial=-np.inf),
    np.argmax,
    np.argmin,
]


def reduce(dst, src, how, n_kept, *rest):
    shape, strides, [n_red], rest = split(rest, n_kept, n_kept, 1, len(rest) - 2 * n_kept - 1)
    red_shape, red_strides = split(rest, n_red, n_red)
    kept = places(shape, 0, strides, max(src.size, 1))
    for k, start in enumerate(kept):
        dst[k] = REDUCTIONS[how](src[places(red_shape, start, red_strides, src.size)])


SCANS = [np.add, np.multiply, np.maximum, np.minimum, np.logaddexp]


def scan(dst, src, how, outer, n, inner):
    dst[:] = SCANS[how].accumulate(src.reshape(outer, n, inner), axis=1).reshape(-1)


def recurrence(dst, src, weight, outer, n, inner):
    src, weight = (x.reshape(outer, n, inner) for x in (src, weight))
    out = src.copy()
    for k in range(1, n):
        out[:, k] += out[:, k - 1] * weight[:, k]
    dst[:] = out.reshape(-1)


def argsort(dst, src, outer, n, inner):
    dst[:] = np.argsort(src.reshape(outer, n, inner), axis=1, kind="stable").reshape(-1)


def matmul(dst, a, b, m, depth, n, a_row, a_column, b_row, b_column, n_batch, *rest):
    batch, a_strides, b_strides = split(rest, n_batch, n_batch, n_batch)
    a_starts = places(batch, 0, a_strides, max(a.size, 1))
    for i, (at, bt) in enumerate(zip(a_starts, places(batch, 0, b_strides, max(b.size, 1)))):
        left = a[places((m, depth), at, (a_row, a_column), a.size)].reshape(m, depth)
        right = b[places((depth, n), bt, (b_row, b_column), b.size)].reshape(depth, n)
        dst[i * m * n : (i + 1) * m * n] = (left @ right).reshape(-1)


def fft(dst, src, work, kind, inverse, outer, between, n, inner, lanes, length, *rest):
    n_factor, *rest = rest
    assert math.prod(rest[:n_factor]) == length
    assert work.size >= 4 * length * lanes
    half, sign = n // 2 + 1, 1 if inverse else -1
    matrix = np.exp(sign * 2j * np.pi / n * (np.outer(range(n), range(n)) % n))
    parts = 1 if kind == 1 else 2
    x = src.reshape(outer, parts, between, half if kind == 2 else n, inner)
    x = x[:, 0] + 1j * x[:, 1] if parts == 2 else x[:, 0]
    if kind == 2:
        ends = [0] if n % 2 else [0, n // 2]
        x[:, :, ends] = x[:, :, ends].real
        x = np.concatenate([x, np.conj(x[:, :, (n - 1) // 2 : 0 : -1])], axis=2)
    y = np.einsum("jk,obki->obji", matrix[:half] if kind == 1 else matrix, x)
    dst[:] = (y.real if kind == 2 else np.stack([y.real, y.imag], axis=1)).reshape(-1)


# ----- linear algebra -----


def stacked(x, *shape):
    assert x.size == math.prod(shape)
    return x.reshape(shape)


def lu(dst, a, count, m, n):
    for k, x in enumerate(stacked(a, count, m, n)):
        factors, order, pivots = x.copy(), np.arange(m), []
        for j in range(min(m, n)):
            pivots.append(j + int(np.argmax(np.abs(factors[j:, j]))))
            for rows in (factors, order):
                rows[[j, pivots[-1]]] = rows[[pivots[-1], j]]
            factors[j + 1 :, j] /= factors[j, j]
            factors[j + 1 :, j + 1 :] -= np.outer(factors[j + 1 :, j], factors[j, j + 1 :])
        size = m * n + m + min(m, n)
        dst[k * size : (k + 1) * size] = [*factors.T.reshape(-1), *order, *pivots]


def of_lu(packed, count, n):
    """The matrices that were factorised."""
    for x in stacked(packed, count, n * n + 2 * n):
        factors, a = x[: n * n].reshape(n, n).T, np.empty((n, n))
        lower = np.tril(factors, -1) + np.eye(n)
        a[x[n * n : n * n + n].astype(int)] = lower @ np.triu(factors)
        yield a


def lu_solve(dst, b, packed, count, n, m, transposed):
    for k, a in enumerate(of_lu(packed, count, n)):
        x = np.linalg.solve(a.T if transposed else a, stacked(b, count, n, m)[k])
        dst[k * n * m : (k + 1) * n * m] = x.reshape(-1)


def solve_triangular(dst, a, b, count, n, m, lower, transposed, unit):
    for k, x in enumerate(stacked(a, count, n, n)):
        x = np.tril(x) if lower else np.triu(x)
        if unit:
            np.fill_diagonal(x, 1.0)
        found = np.linalg.solve(x.T if transposed else x, stacked(b, count, n, m)[k])
        dst[k * n * m : (k + 1) * n * m] = found.reshape(-1)


def cholesky(dst, a, count, n):
    dst[:] = np.linalg.cholesky(stacked(a, count, n, n)).reshape(-1)


def det(dst, packed, count, n, log):
    for k, a in enumerate(of_lu(packed, count, n)):
        if log:
            dst[2 * k : 2 * k + 2] = np.linalg.slogdet(a)
        else:
            dst[k] = np.linalg.det(a)


def adjugate(dst, packed, count, n):
    for k, a in enumerate(of_lu(packed, count, n)):
        found = np.linalg.det(a) * np.linalg.inv(a)
        dst[k * n * n : (k + 1) * n * n] = found.reshape(-1)


def parts(dst, count, *results):
    """Results of a stack, one after the other for each matrix."""
    rows = [np.concatenate([r[k].reshape(-1) for r in results]) for k in range(count)]
    dst[: sum(map(len, rows))] = np.concatenate([*rows, []])


def qr(dst, a, count, m, n, columns):
    mode = "reduced" if columns == n else "complete"
    q, r = np.linalg.qr(stacked(a, count, m, n), mode)
    parts(dst, count, q, r[:, :n])


def eigh(dst, a, count, n):
    parts(dst, count, *np.linalg.eigh(stacked(a, count, n, n)))


def svd(dst, a, count, m, n, full):
    parts(dst, count, *np.linalg.svd(stacked(a, count, m, n), full_matrices=bool(full)))


def expm(dst, a, count, n):
    for k, x in enumerate(stacked(a, count, n, n)):
        term, total = np.eye(n), np.eye(n)
        for power in range(1, 60):
            term = term @ x / power
            total = total + term
        dst[k * n * n : (k + 1) * n * n] = total.reshape(-1)


def sqrtm(dst, a, count, n):
    values, vectors = np.linalg.eig(stacked(a, count, n, n).astype(complex))
    found = (vectors * np.sqrt(values)[..., None, :]) @ np.linalg.inv(vectors)
    dst[: found.size] = found.real.reshape(-1)


KERNELS = {f.__name__: f for f in (fill, copy, cast, gather, scatter_add, scatter_set, reduce,
                                   scan, recurrence, argsort, matmul, fft, lu, lu_solve,
                                   solve_triangular, cholesky, det, adjugate, qr, eigh, svd,
                                   expm, sqrtm)}  # fmt: skip


def run(lowered, operands, size):
    """The result of the steps as a 1-D array of doubles."""
    memory = [np.array(x, np.float64).reshape(-1) for x in operands]
    if lowered.base is None:
        result = np.full(size + lowered.scratch, np.nan)
    elif lowered.base == "alias":
        assert 0 <= lowered.offset
        assert lowered.offset + size <= memory[0].size
        result = memory[0][lowered.offset : lowered.offset + size].copy()
        assert lowered.steps == []
    else:
        assert lowered.base == "into"
        result = memory[0].copy()
        assert result.size == size
    for name, which, numbers in lowered.steps:
        assert all(type(n) is int for n in numbers)
        given = {-1: result.copy(), -2: np.full(lowered.work, np.nan)}
        read = [given[k] if k < 0 else memory[k] for k in which]
        KERNELS[name](result, *read, *numbers)
    return result[:size]
