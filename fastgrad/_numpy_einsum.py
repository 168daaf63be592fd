"""NumPy's einsum and multi_dot, of Tensors: products of two, in the order that costs least."""

from __future__ import annotations

import functools
import math
from itertools import chain
from typing import Any

import numpy as np

from . import _functions as fn
from ._arguments import to_tensor
from ._numpy_matrices import diagonal
from ._tensor import Tensor

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _subscripts(operands):
    """Return the labels of each operand and of the result, and the operands."""
    if len(operands) < 2:
        raise ValueError("einsum got no operands; give subscripts and arrays, or arrays and lists")
    if isinstance(operands[0], str):
        text, xs = operands[0].replace(" ", ""), list(operands[1:])
        left, arrow, right = text.partition("->")
        for c in text.replace("...", "").replace("->", "").replace(",", ""):
            if c not in _LETTERS:
                raise ValueError(f"invalid subscript {c!r} in einsum's {text!r}; use letters")
        return left.split(","), right if arrow else None, xs
    xs, lists = list(operands[: len(operands) // 2 * 2 : 2]), operands[1::2]
    used = sorted({k for labels in chain(lists, operands[len(xs) * 2 :]) for k in labels
                   if k is not Ellipsis})  # fmt: skip
    letter = dict(zip(used, _LETTERS))
    texts = ["".join("..." if k is Ellipsis else letter[k] for k in labels) for labels in lists]
    last = operands[-1] if len(operands) % 2 else None
    out = None if last is None else "".join("..." if k is Ellipsis else letter[k] for k in last)
    return texts, out, xs


def _without_dots(texts, out, xs, may_sum):
    """Give the axes that an ellipsis stands for labels of their own, counted from the last."""
    if len(texts) != len(xs):
        raise ValueError(f"einsum got {len(texts)} lists of subscripts for {len(xs)} operands")
    used = set("".join([*texts, out or ""]))
    hidden = [x.ndim - len(t.replace("...", "")) if "..." in t else 0 for t, x in zip(texts, xs)]
    most = max([0, *hidden])
    dots = "".join([c for c in _LETTERS if c not in used][:most]) if most else ""
    if out is not None and most and "..." not in out and not may_sum:
        raise ValueError(
            f"einsum: the result's subscripts {out!r} have no ellipsis, but axes that one stands "
            f"for are broadcast; put it in the place where these {most} go"
        )
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
            if x.shape[text.index(label)] != n:
                raise ValueError(
                    f"einsum: subscript {label!r} stands twice in {text!r}, for lengths "
                    f"{x.shape[text.index(label)]} and {n} of shape {x.shape}"
                )
            if lengths.setdefault(label, n) not in (n, 1) and n != 1:
                raise ValueError(
                    f"einsum: subscript {label!r} stands for lengths {lengths[label]} and {n}"
                )
            lengths[label] = n if lengths[label] == 1 else lengths[label]
    return lengths


def _wide(text, x, lengths):
    """Broadcast axes of length 1."""
    shape = tuple(lengths[c] for c in text)
    return x if x.shape == shape else fn.broadcast_to(x, shape)


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
    order = "".join(order)
    return x if text == order else fn.transpose(x, [text.index(c) for c in order])


def _shaped(x, shape):
    return x if x.shape == shape else fn.reshape(x, shape)


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
    x = _shaped(_arranged(left, x, batch + rows + inner), (*head, size(rows), size(inner)))
    y = _shaped(_arranged(right, y, batch + inner + columns), (*head, size(inner), size(columns)))
    return labels, _shaped(fn.matmul(x, y), tuple(lengths[c] for c in labels))


def einsum(
    *operands: Any,
    dtype: Any = None,
    order: str = "K",
    casting: Any = "safe",
    optimize: Any = False,
) -> Tensor:
    """Sum products of the elements of arrays, as subscripts say.

    Parameters
    ----------
    *operands : str and array_like
        Subscripts, as in ``"ij,jk->ik"``: a letter for each axis of each operand, and after the
        arrow those of the result, over all others of which is summed. Without an arrow the result
        has the letters that stand once, in the order of the alphabet. Three dots stand for any
        axes. Or each operand followed by the list of its subscripts, integers, and at the end
        that of the result.
    dtype : dtype, optional
        The operands are converted to it.
    order : str
        Without effect.
    casting : {'safe', 'same_kind', 'no', 'equiv', 'unsafe'}
        Which conversions to `dtype` are allowed.
    optimize : {False, True, 'greedy', 'optimal'} or list
        The order in which operands are contracted, or how it is found: as of `einsum_path`. Three
        or more operands are always contracted in pairs.

    Returns
    -------
    Tensor
        The sums.

    Raises
    ------
    ValueError
        If subscripts do not fit each other or the operands.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.einsum("ij,j->i", [[1.0, 2.0], [3.0, 4.0]], [1.0, 1.0])
    tensor([3., 7.])
    """
    texts, out, xs = _subscripts(operands)
    xs = [to_tensor(x) if dtype is None else _cast(x, np.dtype(dtype), casting) for x in xs]
    texts, out = _without_dots(texts, out, xs, optimize)
    lengths = _lengths(texts, xs)
    if len(set(out)) != len(out) or not set(out) <= set(lengths):
        raise ValueError(f"einsum: the result's subscripts {out!r} repeat, or no operand has them")
    parts: list[Any] = [_once(t, _wide(t, x, lengths)) for t, x in zip(texts, xs)]
    for positions in _path(parts, out, optimize):
        chosen = [parts.pop(i) for i in sorted(positions, reverse=True)][::-1]
        needed = set(out).union(*(t for t, _ in parts))
        while len(chosen) > 1:
            a, b, *chosen = chosen
            later = needed.union(*(t for t, _ in chosen))
            chosen = [_contracted(a, b, later, lengths), *chosen]
        labels, product = chosen[0]
        parts.append(_reduced(labels, product, needed))
    labels, result = parts[0]
    result = _arranged(labels, result, out)
    return result[...] if any(result is x for x in xs) else result  # a view, as NumPy's


def _cast(x, dtype, casting):
    x = to_tensor(x)
    if not np.can_cast(x.dtype, dtype, casting):
        raise TypeError(
            f"einsum: {x.dtype} could not be cast to {dtype} by the rule {casting!r}; "
            "give casting='unsafe'"
        )
    return fn.astype(x, dtype)


def _path(parts, out, optimize):
    """Return the positions that are contracted, step by step, of the operands that are left."""
    if len(parts) < 3 and isinstance(optimize, bool):
        return [tuple(range(len(parts)))]
    dummies = [np.broadcast_to(0.0, x.shape) for _, x in parts]
    text = ",".join(t for t, _ in parts) + "->" + out
    return np.einsum_path(
        text, *dummies, optimize="greedy" if isinstance(optimize, bool) else optimize
    )[0][1:]


def einsum_path(*operands: Any, optimize: Any = "greedy") -> tuple[list[Any], str]:
    """Return an order in which `einsum` contracts its operands cheaply.

    Parameters
    ----------
    *operands : str and array_like
        As of `einsum`; only the shapes of the arrays matter.
    optimize : {'greedy', 'optimal', True, False} or list
        How it is found, with a limit of memory if it is a pair.

    Returns
    -------
    list
        What `einsum` takes as `optimize`.
    str
        What the steps are, and what they cost.

    Examples
    --------
    >>> import fastgrad as fg
    >>> a, b = fg.ones((2, 3)), fg.ones((3, 2))
    >>> fg.einsum_path("ij,jk,kl->il", a, b, a)[0]
    ['einsum_path', (0, 1), (0, 1)]
    """
    shapes = [np.broadcast_to(0.0, x.shape) if isinstance(x, Tensor) else x for x in operands]
    return np.einsum_path(*shapes, optimize=optimize)


def multi_dot(arrays: Any) -> Tensor:
    """Multiply several matrices, in the order that costs least.

    Parameters
    ----------
    arrays : sequence of array_like
        Two or more matrices; the first may be a row and the last a column, 1-D.

    Returns
    -------
    Tensor
        The product.

    Raises
    ------
    ValueError
        If there are fewer than two, or lengths do not match.
    LinAlgError
        If one of them is no matrix.

    Examples
    --------
    >>> import fastgrad as fg
    >>> import numpy as np
    >>> np.linalg.multi_dot([fg.ones(2), np.array([[1.0, 2.0], [3.0, 4.0]]), fg.ones(2)])
    tensor(10.)
    """
    xs = [to_tensor(x) for x in arrays]
    n = len(xs)
    if n < 2:
        raise ValueError(f"Expecting at least two arrays, got {n}")
    for k, x in enumerate(xs):
        if x.ndim != 2 and not (x.ndim == 1 and k in (0, n - 1)):
            raise np.linalg.LinAlgError(
                f"{x.ndim}-dimensional array given. Array must be two-dimensional: array {k} of "
                f"{n} has shape {x.shape}"
            )
    rows = [1 if x.ndim == 1 and k == 0 else x.shape[0] for k, x in enumerate(xs)]
    sizes = [*rows, 1 if xs[-1].ndim == 1 else xs[-1].shape[1]]

    @functools.cache
    def least(i, j):
        """Return the cost of the product of the matrices i to j - 1, and where it is cut."""
        return min(
            ((least(i, k)[0] + least(k, j)[0] + sizes[i] * sizes[k] * sizes[j], k)
             for k in range(i + 1, j)), default=(0, i),
        )  # fmt: skip

    def product(i, j):
        if j - i == 1:
            return xs[i]
        k = least(i, j)[1]
        return fn.matmul(product(i, k), product(k, j))

    return product(0, n)


FUNCTIONS = {
    "einsum": einsum,
    "einsum_path": einsum_path,
    "linalg.multi_dot": multi_dot,
}
