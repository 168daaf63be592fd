"""Linear algebra where it is degenerate, and in programs, batches, files and threads."""

import importlib

import numpy as np
import pytest
import scipy.linalg
from differences import tracked
from in_threads import in_threads
from new_process import python

import fastgrad as fg

RNG = np.random.default_rng(3)
A, V = RNG.standard_normal((4, 4)), RNG.standard_normal(4)
P = A @ A.T + np.eye(4)
LinAlgError = np.linalg.LinAlgError


def gradient(f, x):
    return fg.grad(f)(x)


# ----- determinants -----


def cofactors(a):
    """By minors, from the definition."""
    n, found = len(a), np.empty_like(a)
    for i in range(n):
        for j in range(n):
            minor = np.delete(np.delete(a, i, 0), j, 1)
            found[i, j] = (-1) ** (i + j) * np.linalg.det(minor)
    return found


def of_rank(n, rank, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(-2, 3, (n, rank)) @ rng.integers(-2, 3, (rank, n)).astype(float)


@pytest.mark.parametrize(("n", "rank"), [(2, 1), (3, 2), (4, 3), (4, 2), (4, 0), (6, 5), (6, 4)])
def test_the_gradient_of_a_determinant_is_the_cofactors_also_of_singular_matrices(n, rank):
    a = of_rank(n, rank)
    np.testing.assert_allclose(gradient(fg.linalg.det, a), cofactors(a), rtol=1e-10, atol=1e-10)
    program = fg.record(fg.linalg.det, a)
    np.testing.assert_allclose(program.grad(a), cofactors(a), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize(("n", "rank"), [(2, 0), (3, 1), (4, 4), (4, 3), (4, 2), (5, 3)])
def test_the_hessian_of_a_determinant_is_that_of_a_polynomial_at_every_rank(n, rank):
    a = of_rank(n, rank, seed=1)
    found = fg.hessian(fg.linalg.det)(a)
    step = 1.0  # a determinant is linear in each element, so this difference is exact
    for i, j in ((0, 0), (n - 1, 0), (1, n - 1)):
        moved = a.copy()
        moved[i, j] += step
        wanted = (cofactors(moved) - cofactors(a)) / step
        np.testing.assert_allclose(found[i, j], wanted, rtol=1e-8, atol=1e-8)


def test_what_needs_an_inverse_of_a_singular_matrix_raises_as_numpy_does():
    a = of_rank(4, 3)
    a[0] = 0.0
    power = lambda a: fg.linalg.matrix_power(a, -1)
    for f in (fg.linalg.inv, lambda a: fg.linalg.solve(a, V), power):
        with pytest.raises(LinAlgError, match=r"Singular matrix: .*use pinv or lstsq"):
            f(a)
    assert fg.linalg.slogdet(a).logabsdet.item() == -np.inf
    with pytest.raises(LinAlgError, match="Singular matrix"):
        gradient(lambda a: fg.linalg.slogdet(a).logabsdet, a)
    with pytest.raises(LinAlgError, match="Singular matrix"):
        fg.linalg.solve_triangular(np.zeros((2, 2)), np.ones(2))


def test_a_program_raises_for_a_singular_matrix_and_goes_on():
    program = fg.record(fg.linalg.inv, A)
    for _ in range(3):
        with pytest.raises(LinAlgError, match="Singular matrix"):
            program(np.zeros((4, 4)))
        np.testing.assert_allclose(program(A), np.linalg.inv(A), rtol=1e-12)


def test_points_of_a_batch_that_fail_have_a_status_and_nan():
    points = np.stack([P, -P, P + 1.0])
    program = fg.record(lambda a: fg.sum(fg.linalg.cholesky(a)), P)
    found, _, status = program.batch(points, return_status=True)
    assert np.isnan(found).tolist() == [False, True, False]
    assert (status != 0).tolist() == [False, True, False]
    np.testing.assert_allclose(found[2], np.linalg.cholesky(points[2]).sum(), rtol=1e-12)
    with pytest.raises(LinAlgError, match="point 1: Matrix is not positive definite"):
        program.batch(points)


# ----- equal eigenvalues and singular values -----


def test_functions_of_eigenvalues_alone_have_gradients_where_they_are_equal():
    a = np.diag([2.0, 2.0, 5.0])
    found = gradient(lambda a: fg.sum(fg.log(fg.linalg.eigvalsh(a))), a)
    np.testing.assert_allclose(found, np.linalg.inv(a), rtol=0, atol=1e-14)
    found = gradient(lambda a: fg.sum(fg.linalg.svdvals(a) ** 2), a)
    np.testing.assert_allclose(found, 2 * a, rtol=0, atol=1e-14)


def test_vectors_of_equal_values_have_no_derivative_and_it_is_not_silent():
    root = lambda w, v: (v * w**0.5) @ fg.swapaxes(v, -1, -2)
    found = gradient(lambda a: fg.sum(root(*fg.linalg.eigh(a))), np.eye(3))
    assert not np.all(np.isfinite(found))
    squares = lambda a: fg.sum(fg.linalg.eigvalsh(a) ** 2)
    assert not np.all(np.isfinite(fg.hessian(squares)(np.eye(2))))

    def f(a):
        u, s, vt = fg.linalg.svd(a)
        return fg.sum((u * s**0.5) @ vt)

    assert not np.all(np.isfinite(gradient(f, np.eye(3))))


def test_a_zero_singular_value_has_the_derivative_of_an_absolute_value():
    a = np.diag([3.0, 0.0])
    np.testing.assert_array_equal(gradient(lambda a: fg.norm(a, "nuc"), a), np.diag([1.0, 0.0]))
    np.testing.assert_array_equal(gradient(lambda a: fg.norm(a, "nuc"), np.zeros((2, 3))), 0.0)


def test_equal_largest_singular_values_share_the_gradient_of_the_norm():
    np.testing.assert_allclose(gradient(lambda a: fg.norm(a, 2), np.eye(2)), np.eye(2) / 2)


def test_a_triangle_that_is_not_read_has_no_gradient():
    for f in (lambda a: fg.sum(fg.linalg.cholesky(a)), lambda a: fg.sum(fg.linalg.eigh(a)[1] ** 3)):
        assert np.all(np.triu(gradient(f, P), 1) == 0.0)
        symmetric = gradient(lambda a, f=f: f((a + fg.swapaxes(a, 0, 1)) / 2), P)
        np.testing.assert_allclose(symmetric, symmetric.T, rtol=1e-12)


# ----- square roots -----


def with_eigenvalues(*values):
    vectors = np.random.default_rng(5).standard_normal((len(values), len(values)))
    return vectors @ np.diag(values) @ np.linalg.inv(vectors)


@pytest.mark.parametrize("n", [1, 2, 7, 40])
def test_a_square_root_is_scipys(n):
    g = np.random.default_rng(n).standard_normal((n, n)) / np.sqrt(n)
    for a in (g @ g.T + np.eye(n), scipy.linalg.expm(2 * g), 2.5 * np.eye(n) + g):
        wanted = scipy.linalg.sqrtm(a)
        np.testing.assert_allclose(fg.linalg.sqrtm(a), wanted, rtol=0, atol=1e-12 * abs(a).max())


def test_a_square_root_scales_with_its_matrix():
    for scale in (1e-280, 1.0, 1e280):
        np.testing.assert_allclose(fg.linalg.sqrtm(scale * P), scale**0.5 * fg.linalg.sqrtm(P))


@pytest.mark.parametrize(
    "a",
    [
        -np.eye(2),
        np.zeros((3, 3)),
        [[-4.0]],
        [[0.0, 1.0], [0.0, 0.0]],
        np.ones((3, 3)),
        with_eigenvalues(-1.0, 2.0, 3.0),
        with_eigenvalues(-1.0, -1.0, 2.0, 3.0),
        with_eigenvalues(-1.0, -2.0, 3.0, 4.0),
    ],
)
def test_a_matrix_without_a_real_principal_square_root_is_refused(a):
    a = np.asarray(a)
    with pytest.raises(LinAlgError, match=r"No real principal .*add a multiple of the identity"):
        fg.linalg.sqrtm(a)
    program = fg.record(lambda a: fg.sum(fg.linalg.sqrtm(a)), np.eye(len(a)))
    with pytest.raises(LinAlgError, match="No real principal"):
        program(a)
    found, _, status = program.batch(np.stack([4 * np.eye(len(a)), a]), return_status=True)
    assert (status != 0).tolist() == [False, True]
    np.testing.assert_allclose(found, [2 * len(a), np.nan], rtol=1e-14)


@pytest.mark.parametrize("least", [1.0, 1e-4, 1e-8])
def test_the_derivative_of_a_square_root_solves_its_equation(least):
    q = np.linalg.qr(A)[0]
    a, g = q @ np.diag([least, 1.0, 2.0, 3.0]) @ q.T, A[::-1]
    root = q @ np.diag(np.sqrt([least, 1.0, 2.0, 3.0])) @ q.T
    wanted = scipy.linalg.solve_sylvester(root.T, root.T, g)
    found = gradient(lambda a: fg.sum(fg.linalg.sqrtm(a) * g), a)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-15 / least * abs(wanted).max())


@pytest.mark.parametrize("f", [fg.linalg.expm, fg.linalg.sqrtm])
def test_no_direction_has_no_derivative_of_a_matrix_function(f):
    none = np.zeros(P.shape)
    np.testing.assert_array_equal(fg.jvp(f, (P,), (none,))[1], none)
    t = fg.tensor(P, requires_grad=True)
    f(t).backward(fg.tensor(none))
    np.testing.assert_array_equal(t.grad, none)


@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_derivatives_of_high_orders_of_a_root_at_the_identity_are_those_of_its_series(scale):
    b = np.array([[0.3, 0.2], [0.1, -0.4]])
    f = lambda t: fg.linalg.sqrtm(scale * (np.eye(2) + t * b))[0, 1]
    factor = np.sqrt(scale)
    for order in range(1, 6):
        f = fg.grad(f)
        factor *= 1.5 - order  # of the binomial series
        wanted = factor * np.linalg.matrix_power(b, order)[0, 1]
        np.testing.assert_allclose(f(0.0), wanted, rtol=1e-11)


# ----- refusals -----


@pytest.mark.parametrize(
    ("call", "error", "said"),
    [
        (lambda: fg.linalg.inv(np.ones((2, 3))), LinAlgError, "must be square.*use pinv"),
        (lambda: fg.linalg.det(V), LinAlgError, "at least two-dimensional"),
        (lambda: fg.linalg.solve(A, np.ones(3)), ValueError, "4 rows"),
        (lambda: fg.linalg.solve(A, 1.0), ValueError, "4 rows"),
        (lambda: fg.linalg.cholesky(-P), LinAlgError, "not positive definite"),
        (lambda: fg.linalg.eigh(P, "X"), ValueError, "UPLO"),
        (lambda: fg.linalg.qr(A, "other"), ValueError, "Unrecognized mode"),
        (lambda: fg.linalg.svd(np.full((2, 2), np.nan)), LinAlgError, "did not converge"),
        (lambda: fg.linalg.cond(np.zeros((0, 0))), LinAlgError, "empty"),
        (lambda: fg.linalg.multi_dot([A]), ValueError, "at least two"),
        (lambda: fg.linalg.tensorsolve(np.ones((2, 3)), np.ones(2)), LinAlgError, "requirement"),
        (lambda: fg.linalg.tensorinv(A, ind=0), ValueError, "ind"),
        (lambda: fg.linalg.lstsq(A, np.ones(3)), LinAlgError, "Incompatible"),
        (lambda: np.linalg.eig(tracked(A)), TypeError, "cannot be recorded"),
        (lambda: scipy.linalg.schur(tracked(A)), Exception, "requires grad|numpy"),
    ],
)
def test_what_cannot_be_computed_is_refused(call, error, said):
    with pytest.raises(error, match=said):
        call()


def test_vectors_that_complete_others_have_values_and_no_gradient():
    a = tracked(RNG.standard_normal((4, 2)))
    u, s, _ = np.linalg.svd(a)
    assert u.shape == (4, 4)
    s.sum().backward()  # of the singular values alone all is well
    with pytest.raises(TypeError, match="full_matrices=False"):
        np.linalg.svd(a)[0].sum().backward()
    q, _ = np.linalg.qr(a, "complete")
    with pytest.raises(TypeError, match="mode='reduced'"):
        q.sum().backward()


@pytest.mark.parametrize("solve", ["pinv", "lstsq"])
def test_a_pseudoinverse_that_cuts_off_more_than_zeros_has_no_gradient(solve):
    a = np.array([[2.0, 0.3], [0.1, 0.5], [0.4, 0.2]])  # of singular values near 2 and 0.5

    def f(a, cut):
        found = np.linalg.pinv(a, cut) if solve == "pinv" else np.linalg.lstsq(a, a[:, 0], cut)[0]
        return np.sum(found)

    def gradient(a, cut):
        return fg.grad(lambda a: f(a, cut))(a)

    for call in (gradient, lambda a, cut: f(tracked(a), cut)):
        call(a, 0.01)
        with pytest.raises(ValueError, match="cuts off singular values that are not zero"):
            call(a, 0.5)
    assert f(fg.tensor(a), 0.5).item() == pytest.approx(f(a, 0.5))
    low = np.outer([1.0, 2.0, 0.5], [1.0, -1.0])
    np.testing.assert_allclose(gradient(low, 0.1), gradient(low, 1e-9), rtol=1e-9, atol=1e-12)
    program = fg.record(lambda a: f(a, 0.1), a)
    with pytest.raises(fg.BranchChanged):
        program.grad(a * [1.0, 0.01])


def test_nan_gives_nan_or_an_error_as_in_numpy():
    a = A.copy()
    a[1, 2] = np.nan
    assert np.isnan(fg.linalg.det(a).item())
    assert np.isnan(fg.linalg.inv(a).numpy()).any()
    for function in (fg.linalg.expm, fg.linalg.sqrtm):
        for x in (np.nan, np.inf):
            a[1, 2] = x
            assert np.isnan(function(a).numpy()).all()


# ----- programs -----


def density(x, mean, covariance):
    factor = fg.linalg.cholesky(covariance)
    z = fg.linalg.solve_triangular(factor, x - mean, lower=True)
    return -0.5 * z @ z - fg.sum(fg.log(fg.diagonal(factor)))


def test_value_and_gradient_share_one_factorisation():
    def both(a, b):
        f = lambda a, b: fg.sum(fg.linalg.solve(a, b) ** 2) + fg.linalg.slogdet(a).logabsdet
        return fg.value_and_grad(f, argnums=(0, 1))(a, b)

    program = fg.record(both, A, V)
    kernels = program.known()[0][1].machine.kernels()
    assert kernels.count("lu") == 1
    assert kernels.count("lu_solve") == 3  # the solution, its cotangent, and the inverse


def test_a_saved_program_runs_in_a_new_process(tmp_path):
    program = fg.record(density, V, 0.5 * V, P)
    path = tmp_path / "density.fgp"
    program.save(path)
    np.savez(tmp_path / "given.npz", V=V, P=P, g=program.grad(V, 0.5 * V, P))
    done = python("-c", f"""
import numpy as np, fastgrad as fg
given = np.load({str(tmp_path / "given.npz")!r})
program = fg.load({str(path)!r})
found = program.grad(given["V"], 0.5 * given["V"], given["P"])
np.testing.assert_array_equal(found, given["g"])
""")  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_programs_in_threads_give_the_bits_of_one_thread():
    a = RNG.standard_normal((60, 60))
    program = fg.record(lambda a: fg.sum(fg.linalg.eigh(a @ a.T)[1][0] ** 2 + fg.linalg.det(a)), a)
    right = program.grad(a).tobytes()
    found = in_threads(lambda k: {program.grad(a).tobytes() for _ in range(5)})
    assert set().union(*found) == {right}


def test_float32_stays_float32_and_programs_of_floats_solve_in_floats():
    a, b = P.astype(np.float32), V.astype(np.float32)
    assert fg.linalg.solve(a, b).dtype == np.float32
    assert fg.linalg.solve(a, V).dtype == np.float64
    assert fg.linalg.inv(np.eye(2, dtype=int)).dtype == np.float64
    program = fg.record(density, b, 0.5 * b, a)
    found = program.grad(b, 0.5 * b, a)
    np.testing.assert_allclose(found, fg.grad(density)(V, 0.5 * V, P), rtol=1e-4)


def test_without_lapack_an_error_says_what_is_missing():
    done = python(
        "-c",
        """
import numpy as np, fastgrad as fg
from fastgrad import _loans
_loans.capsule = lambda library, name: None
try:
    fg.linalg.inv(np.eye(2))
except ImportError as error:
    assert "cython_lapack" in str(error)
else:
    raise SystemExit("no error")
""",
    )
    assert done.returncode == 0, done.stderr


def test_a_tridiagonal_solve_reads_three_diagonals():
    a = np.array([[4.0, 1.0, 2.0], [1.0, 5.0, 1.0], [2.0, 1.0, 6.0]])
    banded = np.tril(np.triu(a, -1), 1)
    t = fg.tensor(a, requires_grad=True)
    solve = importlib.import_module("fastgrad.scipy.linalg").solve
    x = solve(t, np.ones(3), assume_a="tridiagonal")
    np.testing.assert_allclose(x.detach().numpy(), np.linalg.solve(banded, np.ones(3)), rtol=1e-14)
    x.sum().backward()
    assert t.grad.numpy()[0, 2] == 0.0
