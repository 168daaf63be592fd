"""Structural ops that solve linear equations: LU, triangles, Cholesky, determinants.

Of stacks of matrices: all axes before the last two are alike in all operands. The packed result of
`lu` is what the others compute with, so that a value and its gradients share one factorisation.
"""

from __future__ import annotations

import math

import numpy as np

from . import _loans
from ._checks import flag_of, shape_of
from ._lowering import alias, fresh, rounded
from ._ops import select
from ._recording import Structural
from ._struct_index import getitem
from ._struct_join import concatenate
from ._struct_matmul import matmul
from ._struct_shape import broadcast_to, for_points, reshape, swap

# ----- for all ops of matrices -----


def matrix_of(x, is_square=False):
    """Return the axes before the last two, and those: checked, as all of a graph from a file."""
    if x.ndim < 2 or (is_square and x.shape[-1] != x.shape[-2]):
        raise ValueError(f"wanted {'square ' * is_square}matrices, got shape {x.shape}")
    if x.dtype.kind != "f":
        raise TypeError(f"wanted float64 or float32, got {x.dtype}")
    return x.shape[:-2], *x.shape[-2:]


def solver(name, *, infer, steps, **rules):
    """Make an op whose value is what its steps compute, in a program or at once.

    Parameters
    ----------
    name : str
    infer : callable
        As for `Structural`.
    steps : callable
        ``steps(*specs, **params)`` gives the kernel's operands, its numbers, and its scratch.
    **rules
        As for `Structural`.
    """

    def lower(*xs, **params):
        shape, dtype = infer(*xs, **params)
        if 0 in shape:
            return fresh()
        operands, numbers, scratch = steps(*xs, **params)
        step = (name, operands, tuple(int(n) for n in numbers))
        return fresh(step, *rounded(shape, dtype), scratch=scratch)

    def value(*xs, **params):
        shape, dtype = infer(*xs, **params)
        return _loans.run(lower(*xs, **params), xs, dtype, shape)

    return Structural(name, value=value, infer=infer, lower=lower, **rules)


def counted(x):
    """Return how many matrices there are, and their size."""
    return math.prod(x.shape[:-2]), *x.shape[-2:]


def batched_alike(op):
    """Return a rule for points: every operand gets their axis."""

    def batch(n, batched, *xs, **params):
        return op()(*(for_points(x, n, b) for x, b in zip(xs, batched)), **params)

    return batch


def stretch(x, ndim=2):
    """Give a number for each matrix axes of length 1."""
    return reshape(x, shape=(*x.shape, *(1,) * ndim))


def lower_part(x, k=0):
    """Return a matrix with zeros above a diagonal."""
    return select(np.tri(*x.shape[-2:], k, dtype=bool), x, 0.0)


def upper_part(x, k=0):
    """Return a matrix with zeros below a diagonal."""
    return select(np.tri(*x.shape[-2:], k - 1, dtype=bool), 0.0, x)


def of_lower(x):
    """Return the symmetric matrix that has this lower triangle."""
    return lower_part(x) + swap(lower_part(x, -1))


def to_lower(x):
    """Return the adjoint of `of_lower`, of a cotangent that is x + x' but for a factor of 2."""
    return half_diagonal(lower_part(x + swap(x)))


def half_diagonal(x):
    """Return a matrix with half of its diagonal."""
    n = x.shape[-1]
    return x * np.where(np.eye(n, dtype=bool), 0.5, 1.0).astype(x.dtype)


def identity_like(x):
    """Return identity matrices as many as there are matrices."""
    return broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), shape=x.shape)


# ----- LU -----


def lu_size(m, n):
    """Return the number of elements of a packed factorisation."""
    return m * n + m + min(m, n)


def _infer_lu(a):
    outer, m, n = matrix_of(a)
    return shape_of((*outer, lu_size(m, n))), a.dtype


lu: Structural = solver(  # [L and U by columns | order of the rows | pivots]; without a derivative
    "lu",
    infer=_infer_lu,
    steps=lambda a: ((0,), counted(a), 0),
    vjp=None,
    batch=lambda n, batched, a: lu(a),
)


def check_lu(a, packed):
    outer, n, _ = matrix_of(a, is_square=True)
    if packed.shape != (*outer, lu_size(n, n)) or packed.dtype != a.dtype:
        raise ValueError(f"no factorisation of shape {a.shape}: {packed.shape} of {packed.dtype}")
    return outer, n


def _infer_lu_solve(a, b, packed, *, transposed):
    outer, n = check_lu(a, packed)
    flag_of(transposed)
    if matrix_of(b)[:2] != (outer, n) or b.dtype != a.dtype:
        raise ValueError(f"lu_solve of shapes {a.shape} and {b.shape}, of {a.dtype} and {b.dtype}")
    return b.shape, b.dtype


def _by_matrix(g, x, *, transposed):
    """The cotangent of a matrix, from that of the right-hand sides and the solutions."""
    return -(matmul(x, swap(g)) if transposed else matmul(g, swap(x)))


def _lu_solve_jvp(dots, x, a, b, packed, *, transposed):
    by_a, by_b, _ = dots
    if by_a is not None:
        moved = matmul(swap(by_a) if transposed else by_a, x)
        by_b = -moved if by_b is None else by_b - moved
    return None if by_b is None else lu_solve(a, by_b, packed, transposed=transposed)


lu_solve: Structural = solver(  # a^-1 b, or a^-T b, by the factorisation of a
    "lu_solve",
    infer=_infer_lu_solve,
    steps=lambda a, b, packed, *, transposed: (
        (1, 2),
        (*counted(b), transposed),
        0,
    ),
    vjp=(
        lambda g, x, a, b, packed, *, transposed: _by_matrix(
            lu_solve(a, g, packed, transposed=not transposed), x, transposed=transposed
        ),
        lambda g, x, a, b, packed, *, transposed: lu_solve(a, g, packed, transposed=not transposed),
        None,
    ),
    jvp=_lu_solve_jvp,
    reads=(0, 2, "out"),
    batch=batched_alike(lambda: lu_solve),
)


# ----- triangles -----


def _infer_triangular(a, b, *, lower, transposed, unit):
    outer, n, _ = matrix_of(a, is_square=True)
    for flag in (lower, transposed, unit):
        flag_of(flag)
    if matrix_of(b)[:2] != (outer, n) or b.dtype != a.dtype:
        raise ValueError(f"solve_triangular of shapes {a.shape} and {b.shape}")
    return b.shape, b.dtype


def _triangle(x, *, lower, unit):
    """Return the part of a matrix that is read."""
    return lower_part(x, -unit) if lower else upper_part(x, unit)


def _triangular_by_matrix(g, x, a, b, *, lower, transposed, unit):
    g = solve_triangular(a, g, lower=lower, transposed=not transposed, unit=unit)
    return _triangle(_by_matrix(g, x, transposed=transposed), lower=lower, unit=unit)


def _triangular_jvp(dots, x, a, b, *, lower, transposed, unit):
    by_a, by_b = dots
    if by_a is not None:
        by_a = _triangle(by_a, lower=lower, unit=unit)
        moved = matmul(swap(by_a) if transposed else by_a, x)
        by_b = -moved if by_b is None else by_b - moved
    return solve_triangular(a, by_b, lower=lower, transposed=transposed, unit=unit)


solve_triangular: Structural = solver(
    "solve_triangular",
    infer=_infer_triangular,
    steps=lambda a, b, *, lower, transposed, unit: (
        (0, 1),
        (*counted(b), lower, transposed, unit),
        0,
    ),
    vjp=(
        _triangular_by_matrix,
        lambda g, x, a, b, *, lower, transposed, unit: solve_triangular(
            a, g, lower=lower, transposed=not transposed, unit=unit
        ),
    ),
    jvp=_triangular_jvp,
    reads=(0, "out"),
    batch=batched_alike(lambda: solve_triangular),
)


# ----- LU as a result -----


def _corner(x, rows, columns):
    return getitem(x, key=(..., rows, columns))


def _lu_blocks(x, k):
    """Return the first k rows and columns, and what is below and beside, or None."""
    m, n = x.shape[-2:]
    below = _corner(x, slice(k, None), slice(k)) if m > k else None
    beside = _corner(x, slice(k), slice(k, None)) if n > k else None
    return _corner(x, slice(k), slice(k)) if m != n else x, below, beside


def _of_blocks(corner, below, beside):
    """Return the matrix that consists of such blocks."""
    parts, axis = [corner, below if beside is None else beside], corner.ndim - 1
    if parts[1] is None:
        return corner
    axis -= beside is None
    starts = (0, corner.shape[axis], corner.shape[axis] + parts[1].shape[axis])
    return concatenate(*parts, axis=axis, starts=starts)


def _by_l(factors, x, transposed):
    return solve_triangular(factors, x, lower=True, transposed=transposed, unit=True)


def _by_u(factors, x, transposed):
    """Return x U^-1 or x U^-T."""
    x = solve_triangular(factors, swap(x), lower=False, transposed=not transposed, unit=False)
    return swap(x)


def _lu_of_vjp(g, out, _, moved):
    factors, lower, upper = _lu_blocks(out, min(out.shape[-2:]))
    g, below, beside = _lu_blocks(g, factors.shape[-1])
    by_l, by_u = lower_part(g, -1), upper_part(g)
    if below is not None:
        below = _by_u(factors, below, transposed=True)
        by_u = by_u - upper_part(matmul(swap(lower), below))
    if beside is not None:
        beside = _by_l(factors, beside, transposed=True)
        by_l = by_l - lower_part(matmul(beside, swap(upper)), -1)
    left = lower_part(factors, -1) + identity_like(factors)
    inner = lower_part(matmul(swap(left), by_l), -1)
    inner = inner + upper_part(matmul(by_u, swap(upper_part(factors))))
    corner = _by_u(factors, _by_l(factors, inner, transposed=True), transposed=True)
    return _of_blocks(corner, below, beside)


def _lu_of_jvp(dots, out, _, moved):
    if dots[1] is None:
        return None
    factors, lower, upper = _lu_blocks(out, min(out.shape[-2:]))
    dot, below, beside = _lu_blocks(dots[1], factors.shape[-1])
    inner = _by_u(factors, _by_l(factors, dot, transposed=False), transposed=False)
    left = lower_part(factors, -1) + identity_like(factors)
    by_l = matmul(left, lower_part(inner, -1))
    by_u = matmul(upper_part(inner), upper_part(factors))
    if below is not None:
        below = _by_u(factors, below - matmul(lower, by_u), transposed=False)
    if beside is not None:
        beside = _by_l(factors, beside - matmul(by_l, upper), transposed=False)
    return _of_blocks(by_l + by_u, below, beside)


def _infer_lu_of(factors, moved):
    matrix_of(moved)
    if factors.shape != moved.shape or factors.dtype != moved.dtype:
        raise ValueError(f"no factorisation of shape {moved.shape}: {factors.shape}")
    return moved.shape, moved.dtype


lu_of: Structural = Structural(  # L and U as one matrix, of a matrix whose rows are in their order
    "lu_of",
    value=lambda factors, moved: factors,
    infer=_infer_lu_of,
    lower=lambda factors, moved: alias(),
    vjp=(None, _lu_of_vjp),
    jvp=_lu_of_jvp,
    reads=("out",),
    batch=batched_alike(lambda: lu_of),
)


# ----- Cholesky -----


def _by_inverse(x, factor):
    """Return x L^-1 of a lower triangle L."""
    return swap(solve_triangular(factor, swap(x), lower=True, transposed=True, unit=False))


def _cholesky_vjp(g, factor, a):
    inner = half_diagonal(lower_part(matmul(swap(factor), g)))
    inner = solve_triangular(factor, inner, lower=True, transposed=True, unit=False)
    return to_lower(_by_inverse(inner, factor))


def _cholesky_jvp(dots, factor, a):
    inner = solve_triangular(factor, of_lower(dots[0]), lower=True, transposed=False, unit=False)
    inner = swap(solve_triangular(factor, swap(inner), lower=True, transposed=False, unit=False))
    return matmul(factor, half_diagonal(lower_part(inner)))


def _infer_square(a):
    matrix_of(a, is_square=True)
    return a.shape, a.dtype


cholesky: Structural = solver(  # of the symmetric matrix that the lower triangle stands for
    "cholesky",
    infer=_infer_square,
    steps=lambda a: ((0,), counted(a)[:2], 0),
    vjp=(_cholesky_vjp,),
    jvp=_cholesky_jvp,
    reads=("out",),
    batch=lambda n, batched, a: cholesky(a),
)
