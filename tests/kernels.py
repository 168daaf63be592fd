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


KERNELS = {f.__name__: f for f in (fill, copy, cast, gather, scatter_add, scatter_set, reduce,
                                   scan, recurrence, argsort, matmul, fft)}  # fmt: skip


def run(lowered, operands, size):
    """The result of the steps as a 1-D array of doubles."""
    memory = [np.array(x, np.float64).reshape(-1) for x in operands]
    if lowered.base is None:
        result = np.full(size, np.nan)
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
    return result
