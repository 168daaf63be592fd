"""NumPy's functions on Tensors: values are NumPy's, derivatives those of differences."""

import numpy as np
import pytest
import scipy.special as special
from differences import check_derivatives, gradient, tracked

import fastgrad as fg

V = np.array([0.5, 1.5, 2.5])
W = np.array([2.0, -1.0, 0.25, 3.0])
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
S = np.array([[2.0, 0.3, 1.0], [0.1, 1.5, -0.4], [0.6, 0.2, 3.0]])
C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1
GAPS = np.array([1.0, np.nan, 3.0, -2.0])
IS_OLD = int(np.__version__.split(".")[0]) < 2
new = pytest.mark.skipif(IS_OLD, reason="names of NumPy 2")

# name: (function, arrays by which it is differentiated)
SHAPES = {
    "tile": (lambda x: np.tile(x, 2) ** 2, A),
    "tile, more axes": (lambda x: np.tile(x, (2, 1, 3)), V),
    "repeat": (lambda x: np.repeat(x, 3), A),
    "repeat along": (lambda x: np.repeat(x, [1, 0, 2], axis=1), A),
    "roll": (lambda x: np.roll(x, 2) * x, A),
    "roll along": (lambda x: np.roll(x, (1, -1), axis=(0, 1)) * x, A),
    "roll by nothing": (lambda x: np.roll(x, 3, axis=1) * x, A),
    "rot90": (lambda x: np.rot90(x) @ x, A),
    "rot90, often": (lambda x: np.rot90(np.rot90(x, 2), 3, axes=(1, 0)) * x.T, A),
    "fliplr, flipud": (lambda x: np.fliplr(x) * np.flipud(x), A),
    "rollaxis": (lambda x: np.rollaxis(x, 2) * np.rollaxis(x, 2, 0), C),
    "rollaxis to the end": (lambda x: np.rollaxis(x, 0, 3), C),
    "resize": (lambda x: np.resize(x, (3, 4)), A),
    "delete": (lambda x: np.delete(x, [0, 2], axis=1), A),
    "delete, flat": (lambda x: np.delete(x, slice(1, 3)), A),
    "insert": (lambda x: np.insert(x, 1, x[0] ** 2), V),
    "insert several": (lambda x: np.insert(x, [0, 2], [x[0], 7.0]), V),
    "pad": (lambda x: np.pad(x, 1), A),
    "pad, unevenly": (lambda x: np.pad(x, ((1, 2), (0, 1)), constant_values=3.0), A),
    "pad by edges": (lambda x: np.pad(x, 2, mode="edge"), A),
    "pad by reflection": (lambda x: np.pad(x, ((1, 1), (2, 0)), mode="reflect"), A),
    "pad, wrapped": (lambda x: np.pad(x, 2, "wrap"), V),
    "split": (lambda x: np.stack(np.split(x, 3, axis=1)) ** 2, A),
    "split at": (lambda x: np.split(x, [1, 2])[1] * np.split(x, [1, 2])[2], V),
    "array_split": (lambda x: np.concatenate([p * p.sum() for p in np.array_split(x, 3)]), W),
    "hsplit": (lambda x: np.hsplit(x, 3)[1] * x[:, :1], A),
    "vsplit, dsplit": (lambda x: np.vsplit(x, 2)[1] * np.dsplit(x, 2)[0][..., :1], C),
    "append": (lambda x: np.append(x, x[0]), A),
    "append along": (lambda x: np.append(x, x * 2, axis=0), A),
    "column_stack": (lambda x: np.column_stack([x, x**2, np.ones(3)]), V),
    "dstack": (lambda x: np.dstack([x, x**2]), A),
    "vstack of dtype": (lambda x: np.vstack([x, x], dtype=np.float64), A),
    "block": (lambda x: np.block([[x, np.ones((2, 1))], [np.zeros((1, 3)), x[:1, :1]]]), A),
    "atleast": (lambda x: np.atleast_1d(x[0]) * np.atleast_2d(x) + np.atleast_3d(x), V),
    "atleast, several": (lambda x: sum(np.atleast_2d(x, x[0], 1.0)), V),
    "broadcast_arrays": (lambda x: np.multiply(*np.broadcast_arrays(x, x[0])), A),
    "meshgrid": (lambda x: np.stack(np.meshgrid(x, x[:2] ** 2)), V),
    "meshgrid, ij": (lambda x: np.multiply(*np.meshgrid(x, W, indexing="ij", sparse=True)), V),
    "ix_": (lambda x: x[np.ix_([0, 1], [0, 2])], A),
    "apply_along_axis": (lambda x: np.apply_along_axis(lambda t: t * t.sum(), 1, x), A),
}
PRODUCTS = {
    "einsum": (lambda a, b: np.einsum("ij,jk->ik", a, b), A, S),
    "einsum, implicit": (lambda a, b: np.einsum("ij,jk", a, b), A, S),
    "einsum, ordered": (lambda a: np.einsum("ba", a), A),
    "einsum, trace": (lambda a: np.einsum("ii", a) * np.einsum("ii->i", a), S),
    "einsum, sum": (lambda a: np.einsum("ij->j", a**2), A),
    "einsum, outer": (lambda a, b: np.einsum("i,j->ji", a, b), V, W),
    "einsum, batch": (lambda a, b: np.einsum("bij,bj->bi", a, b), C, W * np.ones((2, 1))),
    "einsum, dots": (lambda a, b: np.einsum("...ij,...j->...i", a, b), C, W),
    "einsum, dots, implicit": (lambda a: np.einsum("...ij", a), C),
    "einsum, three": (lambda a, b, c: np.einsum("ij,jk,ik->", a, b, c), A, S, A * 2),
    "einsum, four": (lambda a, b: np.einsum("i,ij,jk,k->", a, b, b, a), V, S),
    "einsum, elements": (lambda a, b: np.einsum("ij,ij->ij", a, b), A, A + 1),
    "einsum of lists": (lambda a, b: np.einsum(a, [0, 1], b, [1, 2], [2, 0]), A, S),
    "einsum, wide": (lambda a, b: np.einsum("ij,ij->i", a, b), A[:, :1], A),
    "einsum, optimized": (lambda a, b: np.einsum("ij,jk->", a, b, optimize=True), A, S),
    "tensordot": (lambda a, b: np.tensordot(a, b, 1), A, S),
    "tensordot, axes": (lambda a, b: np.tensordot(a, b, ([0, 1], [0, 1])), C, A),
    "tensordot, none": (lambda a, b: np.tensordot(a, b, 0), V, W),
    "kron": (lambda a, b: np.kron(a, b), A, S[:, :2]),
    "kron of vectors": (lambda a, b: np.kron(a, b), V, A),
    "cross": (lambda a, b: np.cross(a, b), S, V),
    "cross along": (lambda a, b: np.cross(a, b, axis=0), S, S.T),
    "inner, outer": (lambda a, b: np.inner(a, b) * np.outer(a, b), V, V + 1),
    "diag": (lambda x: np.diag(x) @ x, V),
    "diag, beside": (lambda x: np.diag(x, -1) + np.diag(np.diag(x[:2, None] * x, 1), 2), V),
    "diagflat": (lambda x: np.diagflat(x, 1), A),
    "diagonal": (lambda x: np.diagonal(x, 1, 0, 2) ** 2, C),
    "trace": (lambda x: np.trace(x, 1) * np.trace(x), S),
    "trace of many": (lambda x: np.trace(x, axis1=1, axis2=2), C),
    "tril, triu": (lambda x: np.tril(x, 1) @ np.triu(x, -1), S),
    "tril of many": (lambda x: np.tril(x) * np.triu(x), C),
    "tril of a vector": (lambda x: np.tril(x) + np.triu(x, 1), V),
    "vander": (lambda x: np.vander(x) + np.vander(x, 3, increasing=True), V),
    "matrix_power": (lambda x: np.linalg.matrix_power(x, 5), S / 3),
    "multi_dot": (lambda a, b: np.linalg.multi_dot([a, b, b]), A, S),
    "cov": (lambda x: np.cov(x), A),
    "cov of columns": (lambda x: np.cov(x[:, 0], x[:, 1], bias=True), S),
    "corrcoef": (lambda x: np.corrcoef(x), A),
}
ORDER = {
    "sort": (lambda x: np.sort(x) * [1.0, 2.0, 3.0], A),
    "sort, flat": (lambda x: np.sort(x, axis=None) * np.arange(6), A),
    "sort, first axis": (lambda x: np.sort(x, axis=0) ** 2, A),
    "median": (lambda x: np.median(x), W),
    "median along": (lambda x: np.median(x, axis=1, keepdims=True) * x, A),
    "median over axes": (lambda x: np.median(x, axis=(0, 2)) ** 2, C),
    "quantile": (lambda x: np.quantile(x, 0.3) ** 2, W),
    "quantiles": (lambda x: np.quantile(x, [[0.1, 0.6], [0.0, 1.0]], axis=1) ** 2, A),
    "quantile, hazen": (lambda x: np.quantile(x, 0.3, method="hazen"), W),
    "quantile, lower": (lambda x: np.quantile(x, 0.4, method="lower") ** 2, W),
    "quantile, midpoint": (lambda x: np.quantile(x, 0.4, method="midpoint") ** 2, W),
    "percentile": (lambda x: np.percentile(x, [10, 75], axis=0, keepdims=True) * x, A),
    "ptp": (lambda x: np.ptp(x) * np.ptp(x, axis=0), A),
    "take": (lambda x: np.take(x, [[0, 5], [5, 2]]) ** 2, A),
    "take along": (lambda x: np.take(x, [2, 0, 2], axis=1) * np.take(x, 1, axis=1)[:, None], A),
    "take, clipped": (lambda x: np.take(x, [-3, 9], mode="clip") + np.take(x, 7, mode="wrap"), V),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.argsort(x, axis=1), axis=1) * x, A),
    "compress": (lambda x: np.compress([True, False, True], x, axis=1), A),
    "extract": (lambda x: np.extract(x > 0.9, x) ** 2, A),
    "choose": (lambda x: np.choose([0, 1, 1], [x, x**2]), V),
    "choose, wrapped": (lambda x: np.choose([0, 3, -1], [x, x**2], mode="wrap"), V),
    "bincount": (lambda w: np.bincount([1, 3, 1, 0], weights=w**2, minlength=6), W),
    "select": (lambda x: np.select([x < 1, x < 2], [x**2, -x], 5 * x), V),
    "interp": (lambda x, xp, fp: np.interp(x, xp, fp), np.array([0.7, -1, 2, 9]), V, W[:3]),
    "interp, ends": (lambda x, fp: np.interp(x, V, fp, left=-1.0, right=fp[0]),
                     np.array([0.7, -1.0, 9.0]), W[:3]),
    "interp, period": (lambda x, fp: np.interp(x, [0.1, 1.5, 2.9], fp, period=3.0),
                       np.array([-0.4, 2.95, 4.2]), W[:3]),
}  # fmt: skip
REDUCTIONS = {
    "sum where": (lambda x: np.sum(x**2, axis=1, where=x > 0), A),
    "sum, initial": (lambda x: np.sum(x, initial=3.0) * x, A),
    "prod where": (lambda x: np.prod(x, where=x > 0.9, initial=2.0), A),
    "mean where": (lambda x: np.mean(x**2, axis=0, where=A > 0), A),
    "var where": (lambda x: np.var(x, where=x > 0.6) + np.std(x, ddof=1, where=x > 0), A),
    "max where": (lambda x: np.max(x, axis=1, initial=2.5, where=A > 1) ** 2, A),
    "min, initial": (lambda x: np.min(x, initial=0.1) * x, A),
    "average": (lambda x: np.average(x, axis=0), A),
    "average, weights": (lambda x, w: np.average(x, axis=1, weights=w), A, V),
    "average, returned": (lambda x: np.multiply(*np.average(x, weights=x**2, returned=True)), A),
    "cumprod": (lambda x: np.cumprod(x) + np.cumprod(x, axis=1).sum(), A),
    "nansum": (lambda x: np.nansum(x * GAPS) ** 2 + np.nanprod(x * GAPS), W),
    "nanmean": (lambda x: np.nanmean(x * GAPS) + np.nanstd(x * GAPS, ddof=1), W),
    "nanmax": (lambda x: np.nanmax(x * GAPS) * np.nanmin(x * GAPS), W),
    "nancumsum": (lambda x: np.nancumsum(x * GAPS) * np.nancumprod(x * GAPS), W),
}
CALCULUS = {
    "diff": (lambda x: np.diff(x**2), A),
    "diff, twice": (lambda x: np.diff(x**2, 2, axis=1), A),
    "diff, ends": (lambda x: np.diff(x, prepend=x[:, :1] ** 2, append=0.0), A),
    "ediff1d": (lambda x: np.ediff1d(x**2, to_end=[1.0, 2.0], to_begin=x[0]), V),
    "gradient": (lambda x: np.gradient(x**2), W),
    "gradient, spaced": (lambda x: np.gradient(x**2, 0.3, edge_order=2), W),
    "gradient, points": (lambda x, p: np.gradient(x**2, p), V, np.array([0.0, 0.4, 1.3])),
    "gradient, edges": (lambda x: np.gradient(x**2, [0.0, 0.4, 1.3, 2.0], edge_order=2), W),
    "gradient of many": (lambda x: np.add(*np.gradient(x**2, 2.0, [1.0, 2.0, 4.0])), A),
    "gradient along": (lambda x: np.gradient(x**2, axis=1), A),
    "convolve": (lambda a, v: np.convolve(a, v), W, V),
    "convolve, same": (lambda a, v: np.convolve(a, v, "same"), V, W),
    "convolve, valid": (lambda a, v: np.convolve(a, v, "valid"), W, V),
    "correlate": (lambda a, v: np.correlate(a, v, "full"), W, V),
    "correlate, same": (lambda a, v: np.correlate(a, v, "same"), V, W),
    "polyval": (lambda p, x: np.polyval(p, x), W, A),
    "polyder": (lambda p: np.polyder(p) ** 2, W),
    "polyint": (lambda p: np.polyint(p, 2, k=[p[0], 3.0]), W),
    "polyadd": (lambda p: np.polyadd(p, p[1:] ** 2) * np.polysub(p[2:], p), W),
    "polymul": (lambda p: np.polymul(p, p[1:]), W),
    "unwrap": (lambda x: np.unwrap(x * 4) ** 2, W),
}
ELEMENTS = {
    "square, reciprocal": (lambda x: np.square(x) + np.reciprocal(x), V),
    "fmax, fmin": (lambda x: np.fmax(x, 1.0) * np.fmin(x, 2.0) + np.fmax(x, np.nan), V),
    "fabs": (lambda x: np.fabs(x) ** 2, W),
    "positive": (lambda x: np.positive(x) * x, V),
    "conj, real": (lambda x: np.conj(x) * np.real(x) + np.imag(x), V),
    "deg2rad": (lambda x: np.deg2rad(x) * np.radians(x), V),
    "rad2deg": (lambda x: np.rad2deg(x) * np.degrees(x), V),
    "float_power": (lambda x: np.float_power(x, 2) + np.float_power(2, x), V),
    "logaddexp2": (lambda x: np.logaddexp2(x, 1.0), V),
    "heaviside": (lambda x: np.heaviside(x - 1.5, x) * x, V[[0, 2]]),
    "copysign": (lambda x: np.copysign(x**2, W[:3]) * np.copysign(1.0, x), V),
    "modf": (lambda x: np.multiply(*np.modf(x * 1.3)), V),
    "divmod": (lambda x: np.add(*np.divmod(x * 1.3, 0.7)), V),
    "ldexp": (lambda x: np.ldexp(x, [1, 2, -3]), V),
    "round": (lambda x: x * np.round(x * 1.37, 1) + np.around(x * 1.1), V),
    "fix": (lambda x: x * np.fix(x * 1.3), V),
    "sinc": (lambda x: np.sinc(x) ** 2, np.array([0.0, 1e-3, 0.3, -2.2])),
    "nan_to_num": (lambda x: np.nan_to_num(x * GAPS, nan=5.0) ** 2, W),
    "angle": (lambda x: np.angle(x) + x, W),
    "where of isclose": (lambda x: np.where(np.isclose(x, 1.5), x**2, x), V),
}
SPECIAL = {
    "ndtr": (lambda x: special.ndtr(x), W),
    "entr": (lambda x: special.entr(x), V),
    "rel_entr": (lambda x, y: special.rel_entr(x, y) * special.kl_div(x, y), V, V[::-1] + 0.3),
    "xlog1py": (lambda x, y: special.xlog1py(x, y), V, V + 1),
    "logit": (lambda x: special.logit(x / 3), V),
    "log_expit": (lambda x: special.log_expit(x), W),
    "exp2, exp10": (lambda x: special.exp2(x) + special.exp10(x), V),
    "exprel": (lambda x: special.exprel(x), np.array([1e-9, 0.0, -0.5, 2.0, -3.0])),
    "boxcox": (lambda x, p: special.boxcox(x, p) * special.boxcox1p(x, p), V,
               np.array([0.0, 1e-5, 1.5])),
    "huber": (lambda d, r: special.huber(d, r) + special.pseudo_huber(d, r), V, W[:3]),
    "sindg": (lambda x: special.sindg(x * 30) * special.cosdg(x * 20), V),
    "cbrt, log1p": (lambda x: special.cbrt(x) * special.log1p(x) * special.expm1(x), V),
}  # fmt: skip
UFUNCS = {
    "reduce": (lambda x: np.add.reduce(x) * np.multiply.reduce(x, axis=1, keepdims=True), A),
    "reduce of all": (lambda x: np.maximum.reduce(x, axis=None) * np.minimum.reduce(x), A),
    "reduce where": (lambda x: np.add.reduce(x**2, where=A > 1, axis=1, initial=2.0), A),
    "logaddexp.reduce": (lambda x: np.logaddexp.reduce(x, axis=1), A),
    "accumulate": (lambda x: np.add.accumulate(x) * np.multiply.accumulate(x, axis=1), A),
    "maximum.accumulate": (lambda x: np.maximum.accumulate(x) * np.minimum.accumulate(x), W),
    "divide.accumulate": (lambda x: np.divide.accumulate(x) * np.subtract.accumulate(x), W),
    "accumulate of truth": (lambda x: x * np.logical_xor.accumulate(x > 1), V),
    "reduceat": (lambda x: np.add.reduceat(x**2, [0, 2, 1]), W),
    "outer": (lambda x: np.add.outer(x, W) * np.multiply.outer(x, x[:1]), V),
    "divide.outer": (lambda x: np.divide.outer(A, x) ** 2, V),
    "dtype": (lambda x: np.add(x, 1.0, dtype=np.float64) * x, V),
}
FUNCTIONS = {
    **SHAPES, **PRODUCTS, **ORDER, **REDUCTIONS, **CALCULUS, **ELEMENTS, **SPECIAL, **UFUNCS
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_has_numpys_value_and_the_derivatives_of_differences(name):
    if name == "roll by a fraction" and IS_OLD:
        pytest.skip("NumPy 2 drops the fraction")
    f, *arrays = FUNCTIONS[name]
    wanted = f(*arrays)
    out = f(*map(tracked, arrays))
    assert isinstance(out, fg.Tensor)
    assert out.requires_grad
    assert out.shape == np.shape(wanted)
    np.testing.assert_allclose(out.detach().numpy(), wanted, rtol=1e-13, atol=1e-15)
    plain = f(*map(fg.tensor, arrays))
    np.testing.assert_allclose(plain, wanted, rtol=1e-13, atol=1e-15)
    check_derivatives(f, *arrays, order=2)


NAMES_OF_NUMPY_2 = {
    "roll by a fraction": (lambda x: np.roll(x, 1.5) * np.roll(x, -1.0), V),
    "concat, unstack": (lambda x: np.concat(np.unstack(x, axis=1)) ** 2, A),
    "matrix_transpose": (lambda x: np.matrix_transpose(x) * np.permute_dims(x, (0, 2, 1)), C),
    "trapezoid": (lambda y, x: np.trapezoid(y**2, x), V, np.array([0.0, 0.4, 1.3])),
    "trapezoid, dx": (lambda y: np.trapezoid(y**2, dx=0.5, axis=0), A),
    "vecdot": (lambda a: np.vecdot(a, a[0]) * np.linalg.vecdot(a, a), A),
    "matvec, vecmat": (lambda a: np.matvec(a, a[0])[:, None] * np.vecmat(a[:, 0], a), A),
    "cumulative_sum": (lambda x: np.cumulative_sum(x, include_initial=True) ** 2, V),
    "cumulative_prod": (lambda x: np.cumulative_prod(x, axis=1), A),
    "linalg.cross": (lambda a, b: np.linalg.cross(a, b), S, V),
    "linalg.trace": (lambda x: np.linalg.trace(x) * np.linalg.diagonal(x, offset=1).sum(), C),
    "linalg.vector_norm": (lambda x: np.linalg.vector_norm(x, axis=1, ord=3), A),
    "linalg.matrix_norm": (lambda x: np.linalg.matrix_norm(x) * np.linalg.vector_norm(x), A),
    "linalg.outer": (lambda x: np.linalg.outer(x, x) @ np.linalg.matrix_transpose(x * A), V),
}


@new
@pytest.mark.parametrize("name", NAMES_OF_NUMPY_2)
def test_a_name_that_came_with_numpy_2_is_served(name):
    if "matvec" in name and not hasattr(np, "matvec"):
        pytest.skip("NumPy 2.2")
    f, *arrays = NAMES_OF_NUMPY_2[name]
    out = f(*map(tracked, arrays))
    assert out.requires_grad
    np.testing.assert_allclose(out.detach().numpy(), f(*arrays), rtol=1e-13)
    check_derivatives(f, *arrays, order=2)


# ----- out, and functions that change their first argument -----


def into(make, write):
    """The function that makes something to write into, writes and returns it."""

    def f(x):
        y = make(x)
        z = write(y, x)
        assert z is None or z is y
        return y

    return f


def filled(x):
    return np.zeros_like(x) + 0.5


def changed(x):
    return x * 1.0


WRITING = {
    "add": into(filled, lambda y, x: np.add(x, x**2, out=y)),
    "multiply by itself": into(changed, lambda y, x: np.multiply(y, y, out=y)),
    "exp, in place": into(changed, lambda y, x: np.exp(y, y)),
    "into a part": lambda x: into(filled, lambda y, x: np.add(x[1:], x[0], out=y[1:]) is None)(x),
    "into a wider one": into(lambda x: np.zeros_like(A) * x, lambda y, x: np.sin(x, out=y)),
    "divide where": into(filled, lambda y, x: np.divide(2.0, x - 1, out=y, where=x > 1)),
    "sqrt where": into(changed, lambda y, x: np.sqrt(y, out=y, where=y > 1)),
    "sum": into(filled, lambda y, x: np.sum(A * x, axis=0, out=y)),
    "mean": into(filled, lambda y, x: np.mean(A * x, 0, None, y)),
    "cumsum": into(changed, lambda y, x: np.cumsum(x**2, out=y)),
    "cumsum of itself": into(changed, lambda y, x: np.cumsum(y, out=y)),
    "clip": into(changed, lambda y, x: np.clip(y, 1.0, 2.0, out=y)),
    "dot": into(filled, lambda y, x: np.dot(x, S, y)),
    "matmul": into(changed, lambda y, x: np.matmul(S, y, out=y)),
    "concatenate": into(filled, lambda y, x: np.concatenate([x[1:] ** 2, x[:1]], out=y)),
    "take": into(filled, lambda y, x: np.take(x, [2, 2, 0], out=y)),
    "einsum": into(filled, lambda y, x: np.einsum("ij,j->i", S, x, out=y)),
    "reduce": into(filled, lambda y, x: np.multiply.reduce(A * x, out=y)),
    "accumulate": into(changed, lambda y, x: np.multiply.accumulate(y, out=y)),
    "add.at": into(filled, lambda y, x: np.add.at(y, [0, 2, 0], x)),
    "copyto": into(filled, lambda y, x: np.copyto(y, x**2)),
    "copyto where": into(filled, lambda y, x: np.copyto(y, x**2, where=V > 1)),
    "put": into(filled, lambda y, x: np.put(y, [2, 0], x[:2] ** 2)),
    "put, repeated": into(changed, lambda y, x: np.put(y, [2, -3], x[0] * x[1], mode="raise")),
    "putmask": into(filled, lambda y, x: np.putmask(y, V > 1, x**2)),
    "place": into(changed, lambda y, x: np.place(y, V > 1, x[:1] ** 2)),
    "put_along_axis": into(filled, lambda y, x: np.put_along_axis(y, np.array([1]), x[:1], 0)),
    "fill_diagonal": into(lambda x: np.zeros_like(S) + x, lambda y, x: np.fill_diagonal(y, x**2)),
    "two results": lambda x: np.add(*np.modf(x * 1.3, out=(filled(x), filled(x)))),
}


@pytest.mark.parametrize("name", WRITING)
def test_what_is_written_into_a_tensor_is_recorded(name):
    f = WRITING[name]
    if name == "into a part":

        def f(x):
            y = filled(x)
            np.add(x[1:], x[0], out=y[1:])
            return y

    out = f(tracked(V))
    assert out.requires_grad
    np.testing.assert_allclose(out.detach().numpy(), f(V.copy()), rtol=1e-14)
    check_derivatives(f, V, order=2)


@pytest.mark.parametrize(
    ("write", "error"),
    [
        (lambda t: np.add(t, 1.0, out=fg.zeros(2)), ValueError),
        (lambda t: np.add(t, 1.0, out=fg.zeros(3, int)), TypeError),
        (lambda t: np.sum(t, out=fg.zeros(1)), ValueError),
        (lambda t: np.copyto(fg.zeros(2), t), ValueError),
    ],
)
def test_an_out_that_does_not_fit_is_refused(write, error):
    with pytest.raises(error, match=r"out|assign|broadcast"):
        write(tracked(V))


# ----- at kinks, at the ends, in other forms -----


@pytest.mark.parametrize(("n", "m"), [(n, m) for n in range(1, 6) for m in range(1, 6)])
def test_convolutions_of_all_lengths_are_numpys(n, m):
    a, v = np.arange(1.0, n + 1), np.arange(1.0, m + 1) ** 2
    for mode in ("full", "same", "valid"):
        for f in (np.convolve, np.correlate):
            got = f(tracked(a), v, mode)
            np.testing.assert_allclose(got.detach().numpy(), f(a, v, mode), rtol=1e-14)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("bins", [[0.0, 1.0, 1.0, 2.5], [2.5, 1.0, 0.0], [1.0]])
def test_places_among_sorted_numbers_are_numpys(side, bins, monkeypatch):
    from fastgrad import _numpy_order

    x = np.array([-1.0, 0.0, 0.5, 1.0, 2.5, 9.0, np.nan])
    for recording in (False, True):
        tape = type("Tape", (), {"recording": recording})
        monkeypatch.setattr(_numpy_order, "tape", lambda tape=tape: tape)
        if bins == sorted(bins):
            wanted = np.searchsorted(bins, x, side)
            np.testing.assert_array_equal(_numpy_order.searchsorted(bins, x, side), wanted)
        wanted = np.digitize(x, bins, side == "left")
        np.testing.assert_array_equal(_numpy_order.digitize(x, bins, side == "left"), wanted)


def test_the_gradient_of_a_sort_goes_back_to_where_each_element_was():
    x = np.array([3.0, 1.0, 1.0, 2.0])
    np.testing.assert_array_equal(
        gradient(lambda t: np.sort(t) * [1.0, 10.0, 100.0, 1000.0], x), [1000.0, 1.0, 10.0, 100.0]
    )
    np.testing.assert_array_equal(gradient(lambda t: np.median(t), x), [0.0, 0.0, 0.5, 0.5])


def test_special_values_are_numpys():
    x = np.array([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan])
    for f in (
        np.signbit,
        np.sinc,
        np.nan_to_num,
        np.isposinf,
        np.isneginf,
        np.isreal,
        np.iscomplex,
        lambda t: np.copysign(2.0, t)[:-1],
        lambda t: np.heaviside(t, 0.3),
        lambda t: np.modf(t)[0],
        lambda t: np.modf(t)[1],
        lambda t: np.fmax(t, 0.5),
        lambda t: np.logical_xor(t, 1.0),
        lambda t: np.angle(t),
        lambda t: np.isclose(t, [0.0, 1e-9, 1.0, -1.1, np.inf, np.inf, np.nan], equal_nan=True),
        lambda t: np.interp(t, [0.0, 1.0], [5.0, 6.0]),
    ):
        with np.errstate(invalid="ignore"):
            wanted = f(x)
        np.testing.assert_allclose(np.asarray(f(tracked(x)).detach()), wanted, rtol=1e-15)
    with np.errstate(all="ignore"):
        p = np.array([0.0, 1e-300, 0.3, 0.5, 0.7, 1.0, 1.5, np.nan])
        for f in (special.logit, special.entr, special.ndtr, special.log_expit, special.exprel):
            np.testing.assert_allclose(f(tracked(p)).detach(), f(p), rtol=1e-14, atol=1e-16)
        for q in (0.0, 0.5, -1.0, np.nan):
            for f in (special.rel_entr, special.kl_div, special.xlog1py, special.huber,
                      special.boxcox):  # fmt: skip
                np.testing.assert_allclose(f(tracked(p), q).detach(), f(p, q), rtol=1e-14)
            np.testing.assert_allclose(
                special.pseudo_huber(tracked(p[:-1]), q).detach(), special.pseudo_huber(p[:-1], q)
            )


def test_an_object_beside_the_graph_is_used_as_numpy_would():
    t = tracked(V)
    assert np.allclose(t, V) is True
    assert np.array_equal(t, V[:2]) is False
    assert np.array_equiv(t, V[:2]) is False
    assert np.array_equal(t * np.nan, V * np.nan, equal_nan=True) is True
    assert np.count_nonzero(t > 1) == 2
    np.testing.assert_array_equal(np.flatnonzero(t > 1), [1, 2])
    np.testing.assert_array_equal(np.argwhere(t > 1), [[1], [2]])
    np.testing.assert_array_equal(np.argpartition(t, 1), [0, 1, 2])
    np.testing.assert_array_equal((t > 1) & (t < 2) | ~(t > 0) ^ (t > 2), [False, True, True])
    np.testing.assert_array_equal(np.tile(fg.tensor([1, 2]), 2), [1, 2, 1, 2])


def test_views_of_a_tensor_stay_views():
    base = fg.tensor(V)
    first, second = np.split(base, [1])
    second[0] = tracked(V)[2] ** 2
    assert base.requires_grad
    assert first.tolist() == [0.5]
    assert base.tolist() == [0.5, 6.25, 2.5]
    assert np.atleast_1d(base) is base


METHODS = {
    "take": (lambda t: t.take([2, 0]) * t.compress([True, False, True]), V),
    "repeat": (lambda t: t.repeat(2) ** 2, V),
    "cumprod": (lambda t: t.cumprod() * t.conj() + t.conjugate(), V),
    "diagonal": (lambda t: t.diagonal(1) * t.trace(), S),
    "choose": (lambda t: np.array([0, 1, 0]) @ t + t.round(1) * t, V),
    "fill": (lambda t: into(filled, lambda y, x: y.fill(x[0]))(t), V),
    "sort": (lambda t: into(changed, lambda y, x: y.sort())(t) * [1.0, 2.0, 3.0], V[::-1].copy()),
    "put": (lambda t: into(filled, lambda y, x: y.put([2, 0], x[:2]))(t), V),
    "flat": (lambda t: sum(k * e for k, e in enumerate(t.flat)) * t.flat[1], A),
    "real": (lambda t: t.real**2 + t.imag, V),
    "round": (lambda t: t * round(t[0] * 1.37, 1), V),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_method_of_arrays_is_one_of_tensors(name):
    f, *arrays = METHODS[name]
    out = f(*map(tracked, arrays))
    assert out.requires_grad
    np.testing.assert_allclose(out.detach().numpy(), f(*(a.copy() for a in arrays)), rtol=1e-14)
    check_derivatives(f, *arrays, order=1)


def test_methods_that_only_tell_something_are_those_of_arrays():
    t = fg.tensor(A)
    assert (t.nbytes, t.itemsize) == (A.nbytes, A.itemsize)
    np.testing.assert_array_equal(fg.tensor(V).searchsorted([1.0, 9.0]), [1, 3])
    np.testing.assert_array_equal(fg.tensor(V).argpartition(1), [0, 1, 2])
    assert round(fg.tensor(2.4)) == 2
    t.partition(1)
    np.testing.assert_array_equal(t, np.sort(A))
    with pytest.raises(AttributeError, match="ravel"):
        t.T.flat
    with pytest.raises(RuntimeError, match="requires grad"):
        round(tracked(V)[0])
