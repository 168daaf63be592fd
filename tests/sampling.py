"""Samples of functions: what is called with what, and what holds of every sample.

A sample names a function as NumPy or SciPy does and gives its arguments. The float arrays among
them, also inside lists, tuples and dicts, are what it is differentiated by. NumPy and SciPy are the
oracle: of values directly, of derivatives by differences.
"""

from __future__ import annotations

import functools
import importlib
import itertools
import operator

import numpy as np

import fastgrad as fg

# Differences at STEP, STEP / 2 and STEP / 4, extrapolated twice, err by about STEP**6 times the
# seventh derivative and by 1e-16 / STEP times the value: 2e-13 and 5e-14 where both are near 1.
STEP = 2.0**-7
TOLERANCE = 1e-8  # leaves room for seventh derivatives of 1e4


class S:
    """A function, its arguments, and how far it is checked.

    Parameters
    ----------
    name : str
        Such as "numpy.pad", "scipy.special.gammaln", or "fastgrad.silu" of what both lack.
    *args, **kwargs
        Its arguments.
    """

    def __init__(self, name, *args, **kwargs):
        self.name, self.args, self.kwargs = name, args, kwargs
        self.order, self.rtol, self.tolerance = 2, 1e-13, TOLERANCE
        self.reference = None  # the function on plain arrays
        self.last = None  # what makes numbers of the result
        self.fixed = ()  # float arrays that are not differentiated by
        self.recorded = True
        self.served = True  # by this NumPy and SciPy

    def to(self, order):
        """Check derivatives up to an order; 0: values alone."""
        self.order = order
        return self

    def like(self, reference):
        """Compare with this function of plain arrays."""
        self.reference = reference
        return self

    def within(self, rtol, tolerance=TOLERANCE):
        """Allow a relative error of values, and of derivatives."""
        self.rtol, self.tolerance = rtol, tolerance
        return self

    def then(self, function):
        """Apply a function to the result, such as one that makes real numbers of complex ones."""
        self.last = function
        return self

    def keep(self, *positions):
        """Do not differentiate by the float arrays at these positions, counted from 0."""
        self.fixed = positions
        return self

    def eagerly(self):
        """Leave out programs and batches: the shape of the result depends on values."""
        self.recorded = False
        return self

    def since(self, package, *version):
        """Leave it out where NumPy or SciPy is older, as it refuses these arguments."""
        installed = importlib.import_module(package).__version__.split(".")
        self.served = tuple(map(int, installed[: len(version)])) >= version
        return self

    def __repr__(self):
        parts = [*map(_short, self.args), *(f"{k}={_short(v)}" for k, v in self.kwargs.items())]
        return f"{self.name}({', '.join(parts)})"

    @functools.cached_property
    def depth(self):
        """The order up to which derivatives are checked: of integers and bools there are none."""
        floats = [y for y in self.results(self.plain(), self.leaves) if y.dtype.kind == "f"]
        return self.order if floats and self.leaves else 0

    @property
    def leaves(self):
        """The float arrays that the function is differentiated by."""
        found = _leaves([self.args, self.kwargs])
        return [x for k, x in enumerate(found) if k not in self.fixed]

    def plain(self):
        """NumPy's or SciPy's function."""
        return self.reference or resolved(self.name)

    def ours(self):
        """Names of the function as fastgrad has it, and the functions."""
        module, _, rest = self.name.partition(".")
        found = {}
        if module == "fastgrad":
            return {self.name: resolved(self.name)}
        if module == "numpy" or isinstance(resolved(self.name), np.ufunc):
            found[self.name] = resolved(self.name)
        found[f"fastgrad.{self.name}"] = resolved(f"fastgrad.{self.name}")
        short = f"fastgrad.{rest.removeprefix('special.')}"
        other = self.name.startswith("scipy.linalg") or short == "fastgrad.select"  # means another
        if not other and resolved(short, None) is not None:
            found[short] = resolved(short)
        return found

    def results(self, function, leaves):
        """What a function gives with other leaves, as a flat list of arrays."""
        rest, k = [], 0
        for place, x in enumerate(_leaves([self.args, self.kwargs])):
            rest.append(x if place in self.fixed else leaves[k])
            k += place not in self.fixed
        args, kwargs = _filled([self.args, self.kwargs], iter(rest))
        with np.errstate(all="ignore"):
            result = function(*args, **kwargs)
            return _flat(result if self.last is None else self.last(result))


def resolved(name, *default):
    """Return what a dotted name means."""
    names = name.split(".")
    for n in range(len(names), 0, -1):
        try:
            thing = importlib.import_module(".".join(names[:n]))
            return operator.attrgetter(".".join(names[n:]))(thing) if names[n:] else thing
        except ImportError:
            continue
        except AttributeError:
            if default:
                return default[0]
            raise
    raise ImportError(name)


def _short(x):
    if isinstance(x, np.ndarray):
        return f"{x.dtype}{list(x.shape)}"
    if isinstance(x, (list, tuple)):
        return f"[{', '.join(map(_short, x))}]"
    return getattr(x, "__name__", None) or repr(x)


def _is_leaf(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def _leaves(x):
    if _is_leaf(x):
        return [x]
    parts = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    return [leaf for part in parts for leaf in _leaves(part)]


def _filled(x, leaves):
    if _is_leaf(x):
        return next(leaves)
    if isinstance(x, dict):
        return {k: _filled(v, leaves) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return type(x)(_filled(v, leaves) for v in x)
    return x


def _flat(result):
    """The arrays of a result; None is left out."""
    if isinstance(result, (list, tuple)):
        return [x for part in result for x in _flat(part)]
    if result is None or isinstance(result, (fg.Tensor, np.ndarray)):
        return [] if result is None else [result]
    return [np.asarray(result)] if isinstance(result, (np.generic, int, float)) else [result]


def numbers(x):
    return x.detach().numpy() if isinstance(x, fg.Tensor) else np.asarray(x)


# ----- points, directions, weights -----


def directions(sample, seed=0):
    """A direction for each leaf; with the layout in memory that the leaf has."""
    rng = np.random.default_rng(seed)
    found = []
    for x in sample.leaves:
        v = np.empty_like(x)
        v[...] = rng.uniform(0.5, 1.5, x.shape)
        found.append(v)
    return found


def moved(sample, t, by):
    """The leaves, moved along directions; in memory as they were."""
    found = []
    for x, v in zip(sample.leaves, by):
        y = x.base.copy() if x.base is not None and x.base.flags.owndata else None
        y = np.array(x, order="K") if y is None or y.dtype != x.dtype else _same_view(x, y)
        y[...] = x + np.asarray(t * v, x.dtype) if t else x
        found.append(y)
    return found


def _same_view(x, base):
    """The view of a copy of an array's memory that the array is of the memory itself."""
    offset = x.__array_interface__["data"][0] - x.base.__array_interface__["data"][0]
    return np.ndarray(x.shape, x.dtype, base.data, offset, x.strides)


class Total:
    """The weighted sum of a function's float results, of plain arrays or of Tensors."""

    def __init__(self, sample, function):
        self.sample, self.function = sample, function
        self.weights = []
        for k, y in enumerate(sample.results(sample.plain(), sample.leaves)):
            rng = np.random.default_rng(k)
            self.weights.append(rng.uniform(0.5, 1.5, y.shape) if y.dtype.kind == "f" else None)

    def __call__(self, *leaves):
        results = self.sample.results(self.function, list(leaves))
        assert len(results) == len(self.weights), "another number of results"
        terms = [(y * w).sum() for y, w in zip(results, self.weights) if w is not None]
        return sum(terms[1:], terms[0]) if terms else 0.0


def difference(f):
    """The derivative of a function of one number at 0, by differences that are extrapolated."""
    slopes = [(f(h) - f(-h)) / (2 * h) for h in (STEP, STEP / 2, STEP / 4)]
    once = [(4 * b - a) / 3 for a, b in itertools.pairwise(slopes)]
    return (16 * once[1] - once[0]) / 15


def inner(xs, ys):
    return sum(float(np.sum(numbers(x) * numbers(y), dtype=np.float64)) for x, y in zip(xs, ys))


# ----- what holds -----


def error(got, wanted):
    """Relative error of numbers, absolute where they are small."""
    return abs(got - wanted) / (1.0 + abs(wanted))


def compare(got, wanted, rtol, dtypes=True):
    """Assert that two lists of arrays agree: shapes, dtypes, values."""
    assert len(got) == len(wanted), f"{len(got)} results, not {len(wanted)}"
    for a, b in zip(map(numbers, got), map(numbers, wanted)):
        if dtypes:
            assert a.dtype == b.dtype, f"dtype {a.dtype}, not {b.dtype}"
        assert a.shape == b.shape, f"shape {a.shape}, not {b.shape}"
        if b.dtype.kind != "f":
            np.testing.assert_array_equal(a, b)
            continue
        rtol = max(rtol, 3e-6 if b.dtype == np.float32 else 0.0)
        scale = np.max(np.abs(b), initial=0.0, where=np.isfinite(b))
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * scale * 1e-2)


def check_values(sample):
    """Each name of the function gives what NumPy gives, of Tensors tracked or not."""
    leaves = sample.leaves
    wanted = sample.results(sample.plain(), leaves)
    for function in sample.ours().values():
        for track in (False, True):
            tensors = [fg.from_numpy(x) for x in moved(sample, 0.0, leaves)]
            for t in tensors:
                t.requires_grad_(track)
            got = sample.results(function, tensors)
            compare(got, wanted, sample.rtol)
            if track and sample.depth > 0:
                floats = [y for y in got if numbers(y).dtype.kind == "f"]
                assert any(y.requires_grad for y in floats), "the result is detached"


def main(sample):
    """The function as fastgrad has it under its first name."""
    return next(iter(sample.ours().values()))


def gradient(total, leaves):
    """The gradient by backward(), op by op."""
    xs = [fg.from_numpy(x).requires_grad_() for x in leaves]
    return fg.autograd.grad(total(*xs), xs, allow_unused=True, materialize_grads=True)


def check_first(sample):
    """Eager gradient, traced gradient and tangent are the difference; return the relative error."""
    total, plain = Total(sample, main(sample)), Total(sample, sample.plain())
    leaves, by = sample.leaves, directions(sample)
    wanted = difference(lambda t: plain(*moved(sample, t, by)))
    places = tuple(range(len(leaves)))
    with np.errstate(all="ignore"):
        eager = gradient(total, leaves)
        traced = fg.grad(total, argnums=places)(*leaves)
        _, tangent = fg.jvp(total, tuple(leaves), tuple(by))
    for x, g in zip(leaves, eager):
        assert g.shape == x.shape
        assert g.dtype == x.dtype
    slopes = [inner(eager, by), inner(traced, by), float(tangent)]
    single = any(x.dtype == np.float32 for x in leaves)
    tolerance = 2e-2 if single else sample.tolerance
    assert error(slopes[0], wanted) <= tolerance, f"gradient {slopes[0]}, difference {wanted}"
    assert error(slopes[1], slopes[0]) <= (1e-4 if single else 1e-10), f"traced, eager: {slopes}"
    assert error(slopes[2], slopes[0]) <= (1e-4 if single else 1e-10), f"forward, reverse: {slopes}"
    return 0.0 if single else error(slopes[0], wanted)


def check_second(sample):
    """The gradient of the gradient, by tape and by graph, is the difference; return the error."""
    if any(x.dtype == np.float32 for x in sample.leaves):
        return 0.0
    total = Total(sample, main(sample))
    leaves, by, along = sample.leaves, directions(sample), directions(sample, 1)
    places = tuple(range(len(leaves)))

    def slope(*xs):
        return sum((g * v).sum() for g, v in zip(fg.grad(total, argnums=places)(*xs), by))

    def taped(*xs):
        found = fg.autograd.grad(
            total(*xs), xs, create_graph=True, allow_unused=True, materialize_grads=True
        )
        return sum((g * v).sum() for g, v in zip(found, by))

    with np.errstate(all="ignore"):
        wanted = difference(lambda t: inner(gradient(total, moved(sample, t, along)), by))
        xs = [fg.from_numpy(x).requires_grad_() for x in leaves]
        y = taped(*xs)
        second = (
            fg.autograd.grad(y, xs, allow_unused=True, materialize_grads=True)
            if y.requires_grad
            else [np.zeros(x.shape) for x in xs]
        )
        reverse = fg.grad(slope, argnums=places)(*leaves)
        _, forward = fg.jvp(fg.grad(total, argnums=places), tuple(leaves), tuple(along))
    found = [inner(second, along), inner(reverse, along), inner(forward, by)]
    assert error(found[0], wanted) <= 10 * sample.tolerance, f"second {found[0]}, {wanted}"
    assert error(found[1], found[0]) <= 1e-9, f"traced, eager: {found}"
    assert error(found[2], found[0]) <= 1e-9, f"forward over reverse, reverse: {found}"
    return error(found[0], wanted)


def check_recorded(sample):
    """A recorded function gives what NumPy gives, at the point and beside it, and its gradient."""
    function = main(sample)
    prog = fg.record(lambda *xs: tuple(sample.results(function, list(xs))))
    total = Total(sample, function)
    gradients = fg.grad(fg.record(total), argnums=tuple(range(len(sample.leaves))))
    for t in (0.0, STEP / 8) if sample.depth > 0 else (0.0,):
        leaves = moved(sample, t, directions(sample)) if t else sample.leaves
        with np.errstate(all="ignore"):
            wanted = sample.results(sample.plain(), leaves)
            compare(list(prog(*leaves)), wanted, sample.rtol, dtypes=False)
            if sample.depth > 0:
                compare(gradients(*leaves), gradient(total, leaves), 1e-10, dtypes=False)


def check_batch(sample):
    """vmap of the function and of its gradient give what a loop gives."""
    by = directions(sample)
    steps = (0.0, STEP / 8, -STEP / 8) if sample.depth > 0 else (0.0, 0.0)
    points = [moved(sample, t, by) if t else sample.leaves for t in steps]
    stacked = [np.stack(xs) for xs in zip(*points)]
    function = main(sample)
    total = Total(sample, function)
    with np.errstate(all="ignore"):
        got = fg.vmap(lambda *xs: tuple(sample.results(function, list(xs))))(*stacked)
        for k, leaves in enumerate(points):
            wanted = sample.results(sample.plain(), leaves)
            compare([np.asarray(y)[k] for y in got], wanted, sample.rtol, dtypes=False)
        if sample.depth > 0:
            places = tuple(range(len(stacked)))
            found = fg.vmap(fg.grad(total, argnums=places))(*stacked)
            for k, leaves in enumerate(points):
                wanted = gradient(total, leaves)
                compare([np.asarray(g)[k] for g in found], wanted, 1e-10, dtypes=False)
