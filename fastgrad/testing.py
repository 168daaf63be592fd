"""check_grads: the derivatives of a function against central differences, in both modes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ._convert import as_tensor
from ._paths import paths
from ._signature import is_recorded
from ._tensor import Tensor, values
from ._transforms import jvp, vjp
from ._tree import flatten

__all__ = ["check_grads"]

# Step and tolerance by the coarsest dtype. The step is the cube root of its rounding unit, where
# the two errors of a central difference, step**2 and unit / step, are alike: 4e-11 and 2e-5. The
# tolerances leave a factor of 10**4 or 10**2 for third derivatives that are large.
_STEP = {8: 6e-6, 4: 5e-3}
_TOLERANCE = {8: 1e-6, 4: 5e-3}


def _float(x):
    """Return whether a leaf is a float or an array with some."""
    if isinstance(x, float):
        return True
    return is_recorded(x) and x.dtype.kind == "f" and x.size > 0


def _array(x):
    return np.array(values(x.detach()) if isinstance(x, Tensor) else x)


def _inner(a, b):
    """Return the sum of the products, and of their absolute values, in double precision."""
    products = [np.asarray(x, float) * np.asarray(y, float) for x, y in zip(a, b)]
    return sum(float(p.sum()) for p in products), sum(float(abs(p).sum()) for p in products)


class _Checker:
    """What stays the same from order to order: settings and the source of random numbers."""

    def __init__(self, modes, atol, rtol, eps):
        self.modes, self.atol, self.rtol, self.eps = modes, atol, rtol, eps
        self.rng = np.random.default_rng(0)

    def like(self, x, scale=1.0):
        """Return random numbers of the shape and dtype of x, none of them close to zero."""
        drawn = self.rng.uniform(0.5, 1.5, x.shape) * self.rng.choice([-1.0, 1.0], x.shape)
        return np.asarray(drawn * scale, x.dtype)

    def check(self, g, xs, names, order, depth=1, chain=()):
        """Check the derivatives of g, which takes arrays and returns a tuple of them."""
        value = [_array(y) for y in g(*map(as_tensor, xs))]
        coarsest = min(x.dtype.itemsize for x in [*xs, *value])
        w = [self.like(y) for y in value]
        v = [self.like(x, np.maximum(1.0, np.abs(x))) for x in xs]
        wanted = [self.difference(g, xs, k, v[k], w, coarsest) for k in range(len(xs))]
        for mode in self.modes:
            where = f"order {depth}, mode {' over '.join((mode, *chain))}"
            out, got = (self.forward if mode == "fwd" else self.reverse)(g, xs, v, w)
            self.same_value(out, value, coarsest, where)
            for name, found, (number, allowed) in zip(names, got, wanted):
                if not abs(found - number) <= allowed:
                    raise AssertionError(
                        f"check_grads: {where}, argument {name}: <w, J v> is {found!r} by "
                        f"{'jvp' if mode == 'fwd' else 'vjp'} and {number!r} by central "
                        f"differences; they differ by {abs(found - number):.3g}, allowed are "
                        f"{allowed:.3g}"
                    )
        if depth == order:
            return
        n = len(xs)
        for mode in self.modes:  # the derivative as a function of the point and of v or w
            if mode == "fwd":
                derivative = lambda *ab: jvp(g, ab[:n], ab[n:])[1]  # noqa: E731
                more, called = v, [f"tangent of {name}" for name in names]
            else:
                derivative = lambda *ab: vjp(g, *ab[:n])[1](tuple(ab[n:]))  # noqa: E731
                more, called = w, [f"cotangent of result {k}" for k in range(len(w))]
            self.check(derivative, xs + more, names + called, order, depth + 1, (mode, *chain))

    def difference(self, g, xs, k, v, w, coarsest):
        """Return <w, J v> for a direction v in argument k alone, and the tolerance."""
        eps = self.eps or _STEP[coarsest]
        ends = []
        for step in (eps, -eps):
            moved = [as_tensor(np.asarray(x + step * v if j == k else x, x.dtype))
                     for j, x in enumerate(xs)]  # fmt: skip
            ends.append([np.asarray(_array(y), float) for y in g(*moved)])
        slope = [(a - b) / (2 * eps) for a, b in zip(*ends)]
        number, scale = _inner(w, slope)
        atol = _TOLERANCE[coarsest] if self.atol is None else self.atol
        rtol = _TOLERANCE[coarsest] if self.rtol is None else self.rtol
        rounding = 8 * np.finfo(f"f{coarsest}").eps / eps * _inner(w, ends[0])[1]
        return number, atol + rtol * scale + rounding

    def forward(self, g, xs, v, w):
        """Return the value, and <w, J v> for each argument alone, by jvp."""
        out, got = [], []
        for k in range(len(xs)):
            direction = tuple(v[j] if j == k else np.zeros_like(x) for j, x in enumerate(xs))
            out, moved = jvp(g, tuple(xs), direction)
            got.append(_inner(w, map(_array, moved))[0])
        return out, got

    def reverse(self, g, xs, v, w):
        """Return the value, and <v, J^T w> for each argument, by vjp."""
        out, pull = vjp(g, *xs)
        return out, [_inner([d], [_array(c)])[0] for d, c in zip(v, pull(tuple(w)))]

    def same_value(self, out, value, coarsest, where):
        tolerance = _TOLERANCE[coarsest]
        for k, (a, b) in enumerate(zip(out, value)):
            if not np.allclose(_array(a), b, rtol=tolerance, atol=tolerance, equal_nan=True):
                raise AssertionError(
                    f"check_grads: {where}: result {k} is {a!r} under the transform, {b!r} without"
                )


def check_grads(
    f: Callable[..., Any],
    args: Sequence[Any],
    order: int = 2,
    modes: Sequence[str] = ("fwd", "rev"),
    atol: float | None = None,
    rtol: float | None = None,
    eps: float | None = None,
) -> None:
    """Check derivatives of a function against central differences, in both modes.

    Parameters
    ----------
    f : callable
        Takes numbers, arrays and containers of them, and returns the same.
    args : tuple or list
        Where. Every float and array of floats in it is checked; the rest is passed as it is.
    order : int
        The highest derivative to check.
    modes : sequence of {"fwd", "rev"}
        Forward (`jvp`), reverse (`vjp`), or both; of higher derivatives every sequence of them.
    atol, rtol : float, optional
        Allowed difference, absolute and relative to the sum of the absolute products in
        ``<w, J v>``. By default 1e-6 in double precision, 5e-3 if a float32 takes part. The
        rounding error of the difference itself is allowed in addition.
    eps : float, optional
        Step of the difference, for an argument ``x`` times ``max(1, abs(x))``. By default 6e-6 in
        double precision, 5e-3 if a float32 takes part.

    Raises
    ------
    AssertionError
        If a derivative, or the value under a transform, is wrong. The message names mode, order
        and argument.
    ValueError
        If nothing can be checked: no float in `args` or in the result.

    See Also
    --------
    fastgrad.autograd.gradcheck : The same for eager Tensors, element by element.

    Notes
    -----
    For each argument, ``<w, J v>`` with random fixed v and w is compared with the difference
    ``<w, f(x + eps v) - f(x - eps v)> / (2 eps)``. The derivative, as a function of the argument
    and of v or w, is then checked in the same way, one order lower. The idea is that of
    ``check_grads`` in HIPS/autograd [1]_ and in JAX [2]_. At a kink a difference says nothing.

    References
    ----------
    .. [1] Maclaurin, Duvenaud, Johnson et al., autograd, ``autograd/test_util.py``.
    .. [2] Bradbury et al., JAX, ``jax/_src/public_test_util.py``.

    Examples
    --------
    >>> import numpy as np
    >>> from fastgrad.testing import check_grads
    >>> check_grads(lambda x, y: np.sin(x) * y, (0.5, np.array([1.0, 2.0])), order=3)
    """
    modes = (modes,) if isinstance(modes, str) else tuple(modes)
    if not modes or not {"fwd", "rev"}.issuperset(modes):
        raise ValueError(f'modes are "fwd" and "rev", got {modes!r}')
    if order < 1:
        raise ValueError(f"order counts derivatives from 1, got {order}")
    if not isinstance(args, (tuple, list)):
        raise TypeError(
            f"args is a tuple of all arguments, got {type(args).__name__}; for one argument write "
            "(x,)"
        )
    leaves, structure = flatten(tuple(args))
    places = [k for k, leaf in enumerate(leaves) if _float(leaf)]
    if not places:
        raise ValueError("args holds no float and no array of floats: nothing to check")

    def of_floats(*xs):
        """Take the floats alone and return a tuple of floats."""
        filled = list(leaves)
        for k, x in zip(places, xs):
            filled[k] = x
        results = tuple(y for y in flatten(f(*structure.unflatten(filled)))[0] if _float(y))
        if not results:
            raise ValueError("the function returns no float and no array of floats")
        return results

    called = paths(structure, [str(k) for k in range(len(args))])
    xs = [_array(leaves[k]) for k in places]
    _Checker(modes, atol, rtol, eps).check(of_floats, xs, [called[k] for k in places], order)
