"""Mistakes in calls of NumPy's functions raise the exception that NumPy raises for them."""

import numpy as np
import pytest
import scipy.fft
import scipy.linalg
import scipy.special
from differences import tracked

import fastgrad as fg
import fastgrad.scipy.fft
import fastgrad.scipy.linalg
import fastgrad.scipy.special
from fastgrad._numpy_served import NotServed

S = np.array(2.0)
V = np.array([0.5, 1.5, 2.5])
A = np.arange(6.0).reshape(2, 3) + 0.5
C = np.arange(24.0).reshape(2, 3, 4)
NONE = np.zeros((0, 3))
SQUARE = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]])

MISTAKES = {  # calls with the arrays S, V, A, C, NONE, SQUARE
    "shapes": """
        np.tile(A, -1); np.repeat(A, -1); np.repeat(A, [1, 2], axis=1); np.repeat(A, 2, axis=2)
        np.resize(A, -1); np.roll(A, 1, axis=2); np.rot90(A, axes=(0, 0)); np.rot90(A, axes=(0,))
        np.rot90(V); np.fliplr(V); np.flipud(S); np.flip(A, 2); np.flip(S, 0); np.flip(A, (0, 0))
        np.rollaxis(C, 3); np.rollaxis(C, 0, -4); np.rollaxis(C, 1, 5); np.squeeze(A, 0)
        np.roll(A, [[1]], 0)
        np.expand_dims(A, (0, 0)); np.expand_dims(A, 4); np.reshape(A, (4, 2))
        np.reshape(A, (-1, -1)); np.reshape(A, (0, -1)); np.reshape(A, (3, 2), order="x")
        np.reshape(A, 2.5); np.ravel(A, order="x"); np.transpose(A, (0, 0)); np.transpose(A, (0,))
        np.moveaxis(C, 0, 5); np.moveaxis(C, [0, 1], [1]); np.moveaxis(C, [0, 0], [1, 2])
        np.swapaxes(A, 0, 2); np.broadcast_to(V, (3, 2)); np.broadcast_to(A, (3,))
        np.broadcast_arrays(A, V[:2]); np.meshgrid(V, V, indexing="ab"); np.ix_(A)
        np.lib.stride_tricks.sliding_window_view(V, 5)
        np.lib.stride_tricks.sliding_window_view(V, -1)
        np.lib.stride_tricks.sliding_window_view(A, 2)
    """,
    "parts": """
        np.split(A, 3); np.split(A, 0); np.split(V, -1); np.split(A, 2, axis=9)
        np.array_split(A, 0); np.array_split(S, 1); np.hsplit(S, 1); np.vsplit(V, 1)
        np.dsplit(A, 1); np.delete(A, 6); np.delete(A, 1, axis=2)
        np.delete(A, [True], axis=0); np.insert(V, 4, 1.0); np.insert(A, 1, V[:2], axis=0)
        np.insert(A, 0, 1.0, axis=2); np.append(A, V, axis=0); np.column_stack([])
        np.dstack([]); np.vstack([V, A[:, :2]]); np.hstack([V, A]); np.stack([V, A])
        np.stack([V, V], axis=2); np.stack([]); np.concatenate([A, V]); np.concatenate([S])
        np.concatenate([A, A], axis=2); np.concatenate([V, V], dtype="f4", casting="safe")
        np.stack([V, V], dtype=int); np.hstack([V, V.astype("f4")], casting="no")
        np.block([[A], V]); np.block([]); np.block([[A, (1,)]]); np.block([[S, V], [A]])
        np.block([[A], []])
    """,
    "padding": """
        np.pad(A, -1); np.pad(A, 1.5); np.pad(A, 1, "blur"); np.pad(A, 1, "edge", end_values=1)
        np.pad(A, ((1, 2, 3), (0, 1, 3))); np.pad(NONE, 1, "edge"); np.pad(A, ())
        np.pad(A, 2, "maximum", stat_length=0); np.pad(A, 2, "mean", stat_length=-1)
        np.pad(A, 1, constant_values=(1.0, 2.0, 3.0))
    """,
    "products": """
        np.einsum("...i->i", A); np.einsum("ij->k", A); np.einsum("ij->ii", A)
        np.einsum("i", A); np.einsum("ijk", A); np.einsum("ij,jk->ik", A); np.einsum("i$->i", A)
        np.einsum("i,i", V, V[:2]); np.einsum("iij", np.ones((2, 1, 3))); np.einsum("......i", A)
        np.einsum("i.j->i", A); np.einsum("ij->i", A, dtype="f4"); np.tensordot(A, A)
        np.tensordot(A, A, 3); np.tensordot(A, A, ((0, 5), (1, 0))); np.tensordot(V, A, 2)
        np.tensordot(A, A, ((0,), (1,)))
        np.cross(A, np.ones(4)); np.cross(A, A, axis=5); np.inner(A, V[:2]); np.vdot(A, V)
        np.dot(A, A); np.matmul(A, S); np.matmul(A, A); np.linalg.multi_dot([A])
        np.linalg.multi_dot([A, V, A]); np.linalg.multi_dot([A, A]); np.linalg.matrix_power(V, 2)
        np.linalg.matrix_power(A, 2); np.linalg.matrix_power(A[:, :2], 1.5)
    """,
    "matrices": """
        np.diag(S); np.diag(C); np.diagonal(V); np.diagonal(C, 0, 0, 0); np.trace(V)
        np.tril(S); np.vander(A); np.diagonal(C, 0, 0, 3)
    """,
    "products of NumPy 2": """
        np.vecdot(S, V); np.vecdot(A, V[:2]); np.matvec(V, V); np.matvec(A, S); np.vecmat(V, A)
        np.linalg.cross(A[:, :2], A[:, :2]); np.linalg.outer(A, V); np.matrix_transpose(V)
        np.unstack(S); np.unstack(A, axis=4); np.reshape(A.T, (6,), copy=False)
    """,
    "indices": """
        V[3]; V[[0, 5]]; A[0, 0, 0]; A[[True, False, True]]; V[1.5]; V[..., ...]
        A[[0, 1], [0, 1, 2]]; V[np.array(["a"])]; V["a"]; V[{}]; V[[V[0], 1]]
    """,
    "taking and putting": """
        np.take(V, V); np.take(V, V * 0); np.take(V[:0], [0]); np.take(NONE, 0, axis=0)
        np.take_along_axis(A, np.array([[0]]), None); np.take_along_axis(A, np.array([0]), 1)
        np.take_along_axis(A, A, 1); np.take_along_axis(V, V > 1, 0); np.choose(V, [V, V])
        np.trim_zeros(V, "x"); np.trim_zeros(V, ""); np.select([V > 1], [V, V]); np.select([], [])
        np.select([V], [V]); np.put(V * 1, V, 1.0); np.put(V * 1, [5], 1.0)
        np.put_along_axis(V * 1, np.array([[0]]), 1.0, None)
        np.put_along_axis(A * 1, A * 0, 1.0, 1); np.put_along_axis(A * 1, np.array([0]), 1.0, 1)
        np.putmask(V * 1, V[:2] > 0, V); np.place(V * 1, V > 1, []); np.place(V * 1, V[:2] > 0, V)
        np.copyto(V * 1, 1.0, where=np.array([1, 0, 1])); np.copyto(V * 1, A)
        np.fill_diagonal(C * 1, 1.0); np.add.at(V * 1, [0], A); np.add.at(V * 1, [0, 7], 1.0)
    """,
    "order": """
        np.lexsort([]); np.searchsorted(V, V, "up"); np.searchsorted(A, V); np.digitize(V, A)
        np.searchsorted(V, V, sorter=[0, 1]); np.searchsorted(V, V, sorter=[0, 1, 5])
        np.searchsorted(V, V, sorter=[-1, 0, 1]); np.searchsorted(V, V, sorter=V)
        np.bincount([0, 1, 2], V[:2]); np.bincount(V); np.bincount([-1], V[:1])
        np.histogram_bin_edges(V, 0); np.histogram_bin_edges(V, A); np.histogram(V, 2.5)
        np.histogram_bin_edges(V, 3, (1.0, 0.0)); np.histogram(V / 0.0, 3)
        np.quantile(V, [[[0.5]]]); np.quantile(V[:0], 0.5); np.quantile(V, 0.5, weights=[1, 0, 2])
        np.quantile(V, 0.5, weights=[1, -1, 2], method="inverted_cdf")
        np.quantile(V, 0.5, weights=[0, 0, 0], method="inverted_cdf"); np.percentile(V, 101)
    """,
    "calls of functions": """
        np.apply_along_axis(np.sum, 0, NONE.T); np.apply_along_axis(np.sum, 2, A)
        np.apply_over_axes(lambda a, axis: a.sum(), C, [0, 1]); np.apply_over_axes(np.sum, C, 3)
        np.piecewise(V, [V < 1, V > 2], [1.0]); np.piecewise(V, [V < 1], [1.0, 2.0, 3.0])
        np.piecewise(A, [A[0] > 1], [1.0])
    """,
    "calculus": """
        np.diff(V, -1); np.diff(S); np.diff(A, prepend=V); np.ediff1d(np.array([1, 4]), to_end=V)
        np.gradient(V, [1.0, 2.0]); np.gradient(A, axis=(0, 0)); np.gradient(V, edge_order=3)
        np.gradient(V[:1]); np.gradient(V[:2], edge_order=2); np.gradient(V, 1.0, 2.0)
        np.interp(V, V[:0], V[:0]); np.interp(V, V, V, period=0); np.interp(V, A, V)
        np.convolve(V, A); np.convolve(V[:0], V); np.convolve(V, V[:0]); np.correlate(A, V)
        np.correlate(S, V); np.polyint(V, -1); np.polyint(V, 3, [1.0, 2.0]); np.poly(A)
        np.polyder(A); np.vander(V, -1); np.cov(A, fweights=A); np.cov(A, fweights=[1, 2])
        np.cov(A, aweights=V[:2]); np.cov(A, ddof=1.5); np.cov(A, aweights=C); np.cov(C)
    """,
    "ranges, reductions and ufuncs": """
        np.geomspace(S, 1.0, -2); np.linspace(S, 1.0, -1); np.linspace(S, 1.0, 2.5); np.mean(A, 2)
        np.add.reduceat(V, [0, 5]); np.add.reduceat(V, [-1]); np.add.accumulate(A, 2)
        np.linalg.matrix_rank(A, tol=1.0, rtol=1.0); np.linalg.qr(A, "x"); np.linalg.norm(A, "x")
        np.linalg.norm(V[:0], -np.inf); np.einsum("iij->j", C)
        np.fft.fft(V, -1); np.fft.fft(V, 0); np.fft.hfft(V, norm="x")
        np.fft.fft(A, axis=2)
    """,
    "SciPy": """
        linalg.solve(SQUARE, V, assume_a="x"); linalg.solve(SQUARE * 0, V, assume_a="diagonal")
        linalg.solve(A, V); linalg.solve_triangular(SQUARE, A); linalg.cholesky(-SQUARE)
        linalg.lu_solve(linalg.lu_factor(SQUARE), V[:2])
        linalg.lu_solve(linalg.lu_factor(SQUARE), np.ones((4, 2)))
        linalg.eigvalsh(SQUARE, subset_by_index=[1, 5])
        linalg.eigvalsh(SQUARE, subset_by_index=[2, 1])
        linalg.eigvalsh(SQUARE, subset_by_index=[-2, -1])
        linalg.expm_frechet(SQUARE, SQUARE[:2, :2])
        linalg.companion(V[:1]); linalg.companion(S); linalg.toeplitz(C[0], np.ones((4, 2)))
        linalg.block_diag(C, np.ones((3, 2, 2)))
        special.multigammaln(V, 2.5); special.multigammaln(S, np.inf); special.multigammaln(S, 5)
        special.multigammaln(V, [2]); fft.dct(V, 5); fft.dct(V, n=0); fft.dst(V, norm="x")
    """,
}


def calls_in(text):
    return list(filter(None, (call.strip() for call in text.replace("\n", ";").split(";"))))


IS_OLD = int(np.__version__.split(".")[0]) < 2  # without these arguments
NEWER = ("weights=", "rtol=") if IS_OLD else ()
CALLS = [
    call
    for text in MISTAKES.values()
    for call in calls_in(text)
    if not any(name in call for name in NEWER)
]


def raised(call, convert):
    """The exception that a call raises."""
    arrays = {"S": S, "V": V, "A": A, "C": C, "NONE": NONE, "SQUARE": SQUARE}
    names = {"np": np, **{name: convert(x) for name, x in arrays.items()}}
    ours = isinstance(names["S"], fg.Tensor)
    module = fastgrad.scipy if ours else scipy
    names.update(linalg=module.linalg, special=module.special, fft=module.fft)
    try:
        with np.errstate(all="ignore"):
            eval(call, names)
    except Exception as error:  # whichever it is
        return error
    return None


@pytest.mark.parametrize("call", CALLS)
def test_a_mistake_raises_what_numpy_raises(call):
    wanted = raised(call, lambda x: x)
    if isinstance(wanted, (AttributeError, Warning)) or wanted is None:
        pytest.skip("this NumPy has no such function, or takes it")
    for convert in (fg.tensor, tracked):
        error = raised(call, convert)
        assert error is not None, call
        assert isinstance(error, type(wanted)) or isinstance(wanted, type(error)), repr(error)
        assert len(str(error)) > 8


NOT_SERVED = """
    np.poly(SQUARE); np.polyval(np.poly1d([1.0, 2.0]), V); np.polyadd(V, np.poly1d([1.0]))
    np.linalg.qr(A, "raw"); np.add(V, 1.0, dtype=int); np.add(V, 1.0, where=V > 1)
    np.quantile(V, 0.5, weights=V, method="inverted_cdf"); np.quantile(V, V / 3, method="lower")
    np.subtract.reduceat(V, [0, 1]); np.add.outer(V, V, where=V > 1)
    linalg.qr(A, pivoting=True); linalg.qr(A, mode="raw"); linalg.eigh(SQUARE, type=2)
    linalg.eigvalsh(SQUARE, subset_by_value=[0.0, 3.0]); linalg.pinv(A, atol=1e-3)
    linalg.lu_solve(linalg.lu_factor(np.stack([SQUARE, SQUARE])), V)
    special.zeta(V + 1, out=np.zeros(3)); special.comb(V, 2, exact=True)
    fft.fft(V, plan=3); special.perm(V, 2, exact=True); special.factorial(V, exact=True)
    special.factorial(V, extend="complex")
"""


@pytest.mark.parametrize("call", calls_in(NOT_SERVED))
def test_what_has_no_gradient_here_is_refused_and_not_detached(call):
    if any(name in call for name in NEWER):
        pytest.skip("NumPy 2 has this argument")
    error = raised(call, tracked)
    assert isinstance(error, TypeError), repr(error)
    assert "cannot be recorded" in str(error)


def test_what_a_function_of_fastgrads_does_not_serve_says_so_under_its_name():
    def polyfoo():
        raise NotServed("of a poly1d")

    with pytest.raises(TypeError, match=r"polyfoo of a poly1d cannot be recorded; .*detach"):
        polyfoo()


def test_windows_and_orders_that_cannot_be_written_are_refused():
    with pytest.raises(ValueError, match="one element stands in several"):
        fg.sliding_window_view(V, 2, writeable=True)
    with pytest.raises(RuntimeError, match="contracted"):
        fg.einsum("i,i,i,i->", V, V, V, V, optimize=["einsum_path", (0, 1)])


@pytest.mark.parametrize("scan", [np.cumsum, np.cumprod])
def test_a_scan_into_what_has_no_axes_is_refused(scan):
    with pytest.raises(ValueError, match="no axes"):
        scan(fg.tensor([0, 2, 1]), out=fg.tensor(1))


def test_interp_between_equal_points_at_the_end_gives_the_last_value():
    xp, fp = np.array([0.0, 1.0, 1.0]), np.array([1.0, 2.0, 3.0])
    x = tracked(np.array([0.0, 0.5, 1.0]))
    y = np.interp(x, xp, fp)
    np.testing.assert_array_equal(y.detach().numpy(), np.interp(x.detach().numpy(), xp, fp))
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [1.0, 1.0, 0.0])
