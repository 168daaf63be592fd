"""NumPy's products and matrices of Tensors: einsum, tensordot, kron, diagonals, triangles."""

from __future__ import annotations

import functools
import math
from itertools import chain

import numpy as np

from . import _functions as fn
from ._arguments import axis_index, to_float, to_tensor
from ._numpy_served import NotServed
from ._numpy_shape import number
from ._ops import masked_multiply
from ._tensor import values

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


# ----- einsum -----


def _subscripts(operands):
    """Return the labels of each operand and of the result, and the operands."""
    if isinstance(operands[0], str):
        text, xs = operands[0].replace(" ", ""), list(operands[1:])
        left, arrow, right = text.partition("->")
        return left.split(","), right if arrow else None, xs
    xs, lists = list(operands[: len(operands) // 2 * 2 : 2]), operands[1::2]
    used = sorted({k for labels in chain(lists, operands[len(xs) * 2 :]) for k in labels
                   if k is not Ellipsis})  # fmt: skip
    letter = dict(zip(used, _LETTERS))
    texts = ["".join("..." if k is Ellipsis else letter[k] for k in labels) for labels in lists]
    last = operands[-1] if len(operands) % 2 else None
    out = None if last is None else "".join("..." if k is Ellipsis else letter[k] for k in last)
    return texts, out, xs


def _without_dots(texts, out, xs):
    """Give the axes that an ellipsis stands for labels of their own, counted from the last."""
    if len(texts) != len(xs):
        raise ValueError(f"einsum got {len(texts)} lists of subscripts for {len(xs)} operands")
    free = [c for c in _LETTERS if not any(c in text for text in [*texts, out or ""])]
    hidden = [x.ndim - len(t.replace("...", "")) if "..." in t else 0 for t, x in zip(texts, xs)]
    most = max([0, *hidden])
    dots = "".join(free[:most])
    texts = [t.replace("...", dots[most - n :]) for t, n in zip(texts, hidden)]
    if out is None:
        joined = "".join(texts)
        named = sorted(c for c in set(joined) - set(dots) if joined.count(c) == 1)
        return texts, dots + "".join(named)
    return texts, out.replace("...", dots)


def _lengths(texts, xs):
    lengths = {}
    for text, x in zip(texts, xs):
        if len(text) != x.ndim:
            raise ValueError(
                f"einsum: {len(text)} subscripts {text!r} for an operand of shape {x.shape}; give "
                "one an axis, or an ellipsis"
            )
        for label, n in zip(text, x.shape):
            if lengths.setdefault(label, n) not in (n, 1) and n != 1:
                raise ValueError(
                    f"einsum: subscript {label!r} stands for lengths {lengths[label]} and {n}"
                )
            lengths[label] = n if lengths[label] == 1 else lengths[label]
    return lengths


def _once(text, x):
    """Take the diagonal of axes that have one label."""
    for label in sorted(set(text), key=text.index):
        while text.count(label) > 1:
            i, j = text.index(label), text.rindex(label)
            x = diagonal(x, 0, i, j)
            text = text[:i] + text[i + 1 : j] + text[j + 1 :] + label
    return text, x


def _reduced(text, x, needed):
    """Sum over the axes whose label nobody needs."""
    axes = tuple(a for a, label in enumerate(text) if label not in needed)
    if not axes:
        return text, x
    kept = "".join(c for c in text if c in needed)
    return kept, fn.any(x, axes) if x.dtype.kind == "b" else fn.sum(x, axes, x.dtype)


def _arranged(text, x, order):
    return x if text == order else fn.transpose(x, [text.index(c) for c in order])


def _contracted(a, b, needed, lengths):
    """Return the product of two operands, each (labels, array), summed over what is not needed."""
    (left, x), (right, y) = (_reduced(t, z, needed | set(other)) for (t, z), (other, _) in
                             [(a, b), (b, a)])  # fmt: skip
    both = [c for c in left if c in right]
    batch, inner = ([c for c in both if (c in needed) == keep] for keep in (True, False))
    rows = [c for c in left if c not in right]
    columns = [c for c in right if c not in left]
    labels = "".join(batch + rows + columns)
    if not inner or x.dtype.kind == "b":  # element by element
        order = "".join(batch + rows + columns + inner)
        x, y = (
            fn.reshape(
                _arranged(t, z, [c for c in order if c in t]),
                tuple(lengths[c] if c in t else 1 for c in order),
            )
            for t, z in ((left, x), (right, y))
        )
        return _reduced(order, x * y, set(labels))

    def size(labels):
        return math.prod(lengths[c] for c in labels)

    head = tuple(lengths[c] for c in batch)
    x = fn.reshape(_arranged(left, x, batch + rows + inner), (*head, size(rows), size(inner)))
    y = fn.reshape(
        _arranged(right, y, batch + inner + columns), (*head, size(inner), size(columns))
    )
    return labels, fn.reshape(fn.matmul(x, y), tuple(lengths[c] for c in labels))


def einsum(*operands, dtype=None, order="K", casting="safe", optimize=False):
    """Serve numpy.einsum: operands are contracted in pairs, in an order that NumPy finds cheap."""
    texts, out, xs = _subscripts(operands)
    xs = [to_tensor(x) if dtype is None else fn.astype(x, dtype) for x in xs]
    texts, out = _without_dots(texts, out, xs)
    lengths = _lengths(texts, xs)
    if len(set(out)) != len(out) or not set(out) <= set(lengths):
        raise ValueError(f"einsum: the result's subscripts {out!r} repeat, or no operand has them")
    wide = [fn.broadcast_to(x, tuple(lengths[c] for c in t)) for t, x in zip(texts, xs)]
    parts = [_once(t, x) for t, x in zip(texts, wide)]
    path = [tuple(range(len(parts)))]
    if len(parts) > 2:
        dummies = [np.broadcast_to(0.0, x.shape) for _, x in parts]
        text = ",".join(t for t, _ in parts) + "->" + out
        path = np.einsum_path(text, *dummies, optimize="greedy")[0][1:]
    for positions in path:
        chosen = [parts.pop(i) for i in sorted(positions, reverse=True)][::-1]
        needed = set(out).union(*(t for t, _ in parts))
        while len(chosen) > 1:
            a, b, *chosen = chosen
            later = needed.union(*(t for t, _ in chosen))
            chosen = [_contracted(a, b, later, lengths), *chosen]
        parts.append(_reduced(*chosen[0], needed))
    return _arranged(*parts[0], out)


# ----- products -----


def tensordot(a, b, axes=2):
    """Serve numpy.tensordot."""
    a, b = to_tensor(a), to_tensor(b)
    if np.iterable(axes):
        of_a, of_b = (list(x) if np.iterable(x) else [x] for x in axes)
    else:
        axes = number(axes)
        of_a, of_b = list(range(a.ndim - axes, a.ndim)), list(range(axes))
    of_a, of_b = ([axis_index(i, x.ndim) for i in axes] for x, axes in ((a, of_a), (b, of_b)))
    if [a.shape[i] for i in of_a] != [b.shape[i] for i in of_b]:
        raise ValueError(
            f"shape-mismatch for sum: shapes {a.shape} and {b.shape} along axes {of_a} and {of_b}"
        )
    rows = [i for i in range(a.ndim) if i not in of_a]
    columns = [i for i in range(b.ndim) if i not in of_b]
    n = math.prod(a.shape[i] for i in of_a)
    kept = (*(a.shape[i] for i in rows), *(b.shape[i] for i in columns))
    left = fn.reshape(fn.transpose(a, rows + of_a), (math.prod(a.shape[i] for i in rows), n))
    right = fn.reshape(fn.transpose(b, of_b + columns), (n, math.prod(b.shape[i] for i in columns)))
    return fn.reshape(fn.matmul(left, right), kept)


def kron(a, b):
    """Serve numpy.kron."""
    a, b = to_tensor(a), to_tensor(b)
    ndim = max(a.ndim, b.ndim)
    left, right = ((1,) * (ndim - x.ndim) + x.shape for x in (a, b))
    x = fn.reshape(a, tuple(chain.from_iterable((n, 1) for n in left)))
    y = fn.reshape(b, tuple(chain.from_iterable((1, n) for n in right)))
    return fn.reshape(x * y, tuple(n * m for n, m in zip(left, right)))


def cross(a, b, axisa=-1, axisb=-1, axisc=-1, axis=None):
    """Serve numpy.cross."""
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = fn.moveaxis(a, axisa, 0), fn.moveaxis(b, axisb, 0)
    if len(a) not in (2, 3) or len(b) not in (2, 3):
        raise ValueError("incompatible dimensions for cross product (dimension must be 2 or 3)")
    z = a[0] * b[1] - a[1] * b[0]
    if len(a) == len(b) == 2:
        return z
    third = 0.0
    (a0, a1, a2), (b0, b1, b2) = ((x[0], x[1], x[2] if len(x) == 3 else third) for x in (a, b))
    parts = [a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, z]
    return fn.stack([fn.broadcast_to(p, z.shape) for p in parts], axisc)


def linalg_cross(x1, x2, /, *, axis=-1):
    """Serve numpy.linalg.cross."""
    return cross(x1, x2, axis=axis)


def vecdot(x1, x2, /, *, axis=-1):
    """Serve numpy.vecdot."""
    x1, x2 = to_tensor(x1), to_tensor(x2)
    if axis != -1:
        x1, x2 = fn.moveaxis(x1, axis, -1), fn.moveaxis(x2, axis, -1)
    if x1.shape[-1] != x2.shape[-1]:
        raise ValueError(f"vecdot: lengths {x1.shape[-1]} and {x2.shape[-1]} do not match")
    return fn.sum(x1 * x2, -1)


def matvec(x1, x2, /):
    """Serve numpy.matvec."""
    return fn.squeeze(fn.matmul(x1, fn.expand_dims(x2, -1)), -1)


def vecmat(x1, x2, /):
    """Serve numpy.vecmat."""
    return fn.squeeze(fn.matmul(fn.expand_dims(x1, -2), x2), -2)


def multi_dot(arrays):
    """Serve numpy.linalg.multi_dot, from the left to the right."""
    return functools.reduce(fn.matmul, [to_tensor(x) for x in arrays])


def matrix_power(a, n):
    """Serve numpy.linalg.matrix_power for exponents that are not negative."""
    x, n = to_tensor(a), number(n)
    if n < 0:
        raise NotServed("of a negative exponent")
    if n == 0:
        return fn.eye(x.shape[-1], dtype=x.dtype) + masked_multiply(0.0, x)
    result = None
    while n:
        n, odd = divmod(n, 2)
        if odd:
            result = x if result is None else result @ x
        x = x @ x if n else x
    return result


# ----- diagonals and triangles -----


def _diagonal_key(rows, columns, offset):
    start, beside = max(-offset, 0), max(offset, 0)
    n = max(min(rows - start, columns - beside), 0)
    return np.arange(start, start + n), np.arange(beside, beside + n)


def diagonal(a, offset=0, axis1=0, axis2=1):
    """Serve numpy.diagonal; of a dense matrix the result is a view, as NumPy's is."""
    x = to_tensor(a)
    if x.ndim < 2:
        raise ValueError("diag requires an array of at least two dimensions")
    x = fn.moveaxis(x, (axis1, axis2), (-2, -1))
    rows, columns = _diagonal_key(*x.shape[-2:], number(offset))
    if x.ndim > 2 or not values(x).flags.c_contiguous or not len(rows):
        return x[(..., rows, columns)]
    width = x.shape[1]
    start = int(rows[0]) * width + int(columns[0])
    return fn.reshape(x, x.size)[start : start + (len(rows) - 1) * (width + 1) + 1 : width + 1]


def trace(a, offset=0, axis1=0, axis2=1, dtype=None):
    """Serve numpy.trace."""
    return fn.sum(diagonal(a, offset, axis1, axis2), -1, dtype)


def linalg_diagonal(x, /, *, offset=0):
    """Serve numpy.linalg.diagonal."""
    return diagonal(x, offset, -2, -1)


def linalg_trace(x, /, *, offset=0, dtype=None):
    """Serve numpy.linalg.trace."""
    return trace(x, offset, -2, -1, dtype)


def diag(v, k=0):
    """Serve numpy.diag."""
    x = to_tensor(v)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ValueError("Input must be 1- or 2-d.")
    n = x.size + abs(number(k))
    matrix = fn.zeros((n, n), x.dtype)
    matrix[_diagonal_key(n, n, number(k))] = x
    return matrix


def diagflat(v, k=0):
    """Serve numpy.diagflat."""
    return diag(fn.ravel(v), k)


def tril(m, k=0):
    """Serve numpy.tril."""
    x = to_tensor(m)
    mask = np.tri(*((1, *x.shape)[-2:] if x.ndim > 1 else x.shape * 2), k=k, dtype=bool)
    return fn.where(mask, x, 0)


def triu(m, k=0):
    """Serve numpy.triu."""
    x = to_tensor(m)
    mask = np.tri(*(x.shape[-2:] if x.ndim > 1 else x.shape * 2), k=k - 1, dtype=bool)
    return fn.where(mask, 0, x)


def vander(x, N=None, increasing=False):
    """Serve numpy.vander."""
    x = to_tensor(x)
    columns = [1 + masked_multiply(0.0, x)] if x.dtype.kind == "f" else [fn.ones_like(x)]
    for _ in range(1, x.size if N is None else N):
        columns.append(columns[-1] * x)
    columns = columns[: x.size if N is None else N]
    return fn.stack(columns if increasing else columns[::-1], 1)


# ----- norms and covariances -----


def vector_norm(x, /, *, axis=None, keepdims=False, ord=2):
    """Serve numpy.linalg.vector_norm."""
    x = to_float(x)
    if axis is None:
        flat = fn.norm(fn.ravel(x), ord)
        return fn.reshape(flat, (1,) * x.ndim) if keepdims else flat
    if isinstance(axis, tuple) and len(axis) > 1:
        raise NotServed("along several axes")
    return fn.norm(x, ord, axis, keepdims)


def matrix_norm(x, /, *, keepdims=False, ord="fro"):
    """Serve numpy.linalg.matrix_norm."""
    return fn.norm(x, ord, (-2, -1), keepdims)


def cov(m, y=None, rowvar=True, bias=False, ddof=None, fweights=None, aweights=None, *, dtype=None):
    """Serve numpy.cov without weights."""
    if fweights is not None or aweights is not None:
        raise NotServed("with weights")
    x = to_float(m) if dtype is None else fn.astype(m, dtype)
    x = fn.reshape(x, (1, x.size)) if x.ndim < 2 else x if rowvar else x.T
    if y is not None:
        y = to_float(y)
        y = fn.reshape(y, (1, y.size)) if y.ndim < 2 else y if rowvar else y.T
        x = fn.concatenate([x, y], 0)
    ddof = (0 if bias else 1) if ddof is None else ddof
    x = x - fn.mean(x, 1, keepdims=True)
    return fn.squeeze(x @ x.T / (x.shape[1] - ddof))


def corrcoef(x, y=None, rowvar=True, *, dtype=None):
    """Serve numpy.corrcoef."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    scale = diagonal(c) ** 0.5
    return fn.clip(c / scale[:, None] / scale, -1.0, 1.0)


FUNCTIONS = {
    "einsum": einsum,
    "tensordot": tensordot,
    "linalg.tensordot": tensordot,
    "kron": kron,
    "cross": cross,
    "linalg.cross": linalg_cross,
    "vecdot": vecdot,
    "linalg.vecdot": vecdot,
    "matvec": matvec,
    "vecmat": vecmat,
    "linalg.multi_dot": multi_dot,
    "linalg.matrix_power": matrix_power,
    "linalg.matmul": fn.matmul,
    "linalg.outer": fn.outer,
    "linalg.norm": fn.norm,
    "diagonal": diagonal,
    "linalg.diagonal": linalg_diagonal,
    "trace": trace,
    "linalg.trace": linalg_trace,
    "diag": diag,
    "diagflat": diagflat,
    "tril": tril,
    "triu": triu,
    "vander": vander,
    "linalg.vector_norm": vector_norm,
    "linalg.matrix_norm": matrix_norm,
    "cov": cov,
    "corrcoef": corrcoef,
}
