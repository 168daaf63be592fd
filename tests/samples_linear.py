"""Samples of linear algebra: solving, factorisations, functions of matrices."""

import numpy as np
from sampling import S

RNG = np.random.default_rng(11)


def normal(*shape):
    return RNG.standard_normal(shape)


def apart(*shape):
    """Matrices with singular values that are well apart."""
    x = normal(*shape)
    u, s, vt = np.linalg.svd(x, full_matrices=False)
    return (u * (np.arange(s.shape[-1], 0, -1) * 0.8 + 0.4)) @ vt


def definite(*shape):
    x = normal(*shape)
    return x @ np.swapaxes(x, -1, -2) / shape[-1] + np.eye(shape[-1])


def symmetric(n):
    q = np.linalg.qr(normal(n, n))[0]
    return (q * (np.arange(n) - 1.3)) @ q.T


A, B, C = apart(4, 4), apart(3, 3), apart(2, 2)
STACK, DEEP = apart(3, 4, 4), apart(2, 1, 3, 3)
TALL, WIDE, THIN = apart(5, 3), apart(3, 5), apart(2, 4, 2)
P, PS, SYM = definite(4, 4), definite(2, 3, 3), symmetric(4)
V, M, MS = normal(4), normal(4, 2), normal(3, 4, 2)
NOT_DENSE = np.asfortranarray(A)
REVERSED = apart(4, 4)[::-1, ::-1]
F32 = apart(3, 3).astype(np.float32)
SINGULAR = np.outer([1.0, 2, 3, 4], [4.0, 3, 2, 1]) + np.outer([0, 1.0, 0, 1], [1.0, 0, 1, 0])
RANK3 = SINGULAR + np.outer([1.0, 0, 0, -1], [0, 0, 1.0, 1])
GRADED = np.diag([1.0, 2, 4, 7]) + 0.4 + 0.05 * normal(4, 4)
LOW = np.tril(normal(4, 4)) + 3 * np.eye(4)
LOWS = np.tril(normal(2, 3, 3)) + 3 * np.eye(3)
TURNED = np.array([[0.5, -3, 0.2], [2, 1, 0.1], [0.3, 0.1, 1.5]])  # with complex eigenvalues
EMPTY, FLAT = np.zeros((0, 0)), np.zeros((0, 3))


def sign_free(result):
    """Vectors but for their signs."""
    values, vectors = result[0], result[1]
    return values, vectors * vectors


def outer_free(result):
    u, s, vt = result
    return u * u, s, vt * vt


SAMPLES = [
    S("numpy.linalg.solve", A, V),
    S("numpy.linalg.solve", A, M),
    S("numpy.linalg.solve", STACK, MS),
    S("numpy.linalg.solve", STACK, V).since("numpy", 2),
    S("numpy.linalg.solve", A, MS),
    S("numpy.linalg.solve", DEEP, normal(3, 3, 1)).since("numpy", 2),
    S("numpy.linalg.solve", NOT_DENSE, V[::-1]),
    S("numpy.linalg.solve", F32, normal(3).astype(np.float32)).within(1e-4).to(order=0),
    S("numpy.linalg.solve", F32, normal(3)).within(1e-4).to(order=0),
    S("numpy.linalg.solve", EMPTY, np.zeros((0, 2))),
    S("numpy.linalg.solve", np.zeros((0, 3, 3)), np.zeros((0, 3, 1))),
    S("numpy.linalg.inv", A),
    S("numpy.linalg.inv", STACK),
    S("numpy.linalg.inv", REVERSED),
    S("numpy.linalg.inv", EMPTY),
    S("numpy.linalg.inv", F32).within(1e-4).to(order=0),
    S("numpy.linalg.inv", np.array([[2, 1], [1, 1]])),
    S("numpy.linalg.det", normal(1, 1)),
    S("numpy.linalg.det", C),
    S("numpy.linalg.det", B),
    S("numpy.linalg.det", A),
    S("numpy.linalg.det", apart(6, 6)),
    S("numpy.linalg.det", STACK),
    S("numpy.linalg.det", DEEP),
    S("numpy.linalg.det", EMPTY),
    S("numpy.linalg.det", np.array([[1.0, 2], [2, 4]])).within(1e-12),
    S("numpy.linalg.det", RANK3).within(1e-12),
    S("numpy.linalg.det", SINGULAR).within(1e-12),
    S("numpy.linalg.det", np.zeros((4, 4))),
    S("numpy.linalg.slogdet", A),
    S("numpy.linalg.slogdet", STACK),
    S("numpy.linalg.slogdet", EMPTY),
    S("numpy.linalg.slogdet", np.zeros((2, 2))).to(order=0),
    S("numpy.linalg.cholesky", P),
    S("numpy.linalg.cholesky", PS),
    S("numpy.linalg.cholesky", np.tril(P)),
    S("numpy.linalg.cholesky", P, upper=True).since("numpy", 2),
    S("numpy.linalg.cholesky", EMPTY),
    S("numpy.linalg.eigh", SYM).then(sign_free),
    S("numpy.linalg.eigh", SYM, "U").then(sign_free),
    S("numpy.linalg.eigh", A + 4 * np.diag(np.arange(4.0))).then(sign_free),
    S("numpy.linalg.eigh", STACK).then(sign_free).within(1e-12, 1e-6),
    S("numpy.linalg.eigvalsh", SYM),
    S("numpy.linalg.eigvalsh", PS),
    S("numpy.linalg.eigvalsh", EMPTY),
    S("numpy.linalg.svd", A).then(outer_free),
    S("numpy.linalg.svd", TALL, full_matrices=False).then(outer_free),
    S("numpy.linalg.svd", WIDE, full_matrices=False).then(outer_free),
    S("numpy.linalg.svd", THIN, full_matrices=False).then(outer_free),
    S("numpy.linalg.svd", TALL, compute_uv=False),
    S("numpy.linalg.svd", TALL).to(order=0),
    S("numpy.linalg.svd", WIDE).to(order=0),
    S("numpy.linalg.svd", FLAT).to(order=0),
    S("numpy.linalg.svd", SYM, hermitian=True, compute_uv=False),
    S("numpy.linalg.svdvals", WIDE),
    S("numpy.linalg.qr", TALL),
    S("numpy.linalg.qr", WIDE),
    S("numpy.linalg.qr", A),
    S("numpy.linalg.qr", THIN),
    S("numpy.linalg.qr", TALL, mode="r"),
    S("numpy.linalg.qr", WIDE, mode="complete"),
    S("numpy.linalg.qr", TALL, mode="complete").to(order=0),
    S("numpy.linalg.qr", FLAT).to(order=0),
    S("numpy.linalg.pinv", TALL),
    S("numpy.linalg.pinv", WIDE),
    S("numpy.linalg.pinv", THIN),
    S("numpy.linalg.pinv", SYM, hermitian=True),
    S("numpy.linalg.pinv", SINGULAR).to(order=0),
    S("numpy.linalg.pinv", FLAT),
    S("numpy.linalg.lstsq", TALL, normal(5), rcond=None).within(1e-12),
    S("numpy.linalg.lstsq", TALL, normal(5, 2), rcond=None).within(1e-12),
    S("numpy.linalg.lstsq", WIDE, normal(3), rcond=None).within(1e-12),
    S("numpy.linalg.lstsq", SINGULAR, V, rcond=None).within(1e-12).to(order=0),
    S("numpy.linalg.matrix_power", A, 3),
    S("numpy.linalg.matrix_power", A, 0),
    S("numpy.linalg.matrix_power", A, -2).within(1e-12),
    S("numpy.linalg.matrix_power", STACK, -1).within(1e-12),
    S("numpy.linalg.multi_dot", [V, A, M]),
    S("numpy.linalg.multi_dot", [normal(2, 4), A, M, normal(2)]),
    S("numpy.linalg.tensorsolve", apart(6, 6).reshape(2, 3, 6), normal(2, 3)).within(1e-12),
    S("numpy.linalg.tensorsolve", apart(6, 6).reshape(6, 2, 3), normal(2, 3), axes=(0,)).within(
        1e-12
    ),
    S("numpy.linalg.tensorinv", normal(2, 2, 4)).within(1e-12),
    S("numpy.linalg.tensorinv", normal(4, 2, 2), ind=1).within(1e-12),
    *[S("numpy.linalg.norm", TALL, p) for p in (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf)],
    S("numpy.linalg.norm", THIN, 2, (0, 2)),
    *[S("numpy.linalg.norm", FLAT, p).since("numpy", 2, 4) for p in (2, np.inf, "nuc", -1)],
    S("numpy.linalg.norm", FLAT, np.inf, 0).since("numpy", 2, 4),
    *[S("numpy.linalg.norm", np.zeros(0), p).to(0) for p in (-1, -2.5, 3, 0.5, np.nan)],
    S("numpy.linalg.matrix_rank", np.zeros((2, 0, 3))).since("numpy", 2, 4),
    S("numpy.linalg.norm", THIN, "nuc", (2, 1), keepdims=True),
    S("numpy.linalg.matrix_norm", THIN, ord="nuc"),
    *[S("numpy.linalg.cond", GRADED, p).within(1e-12) for p in (None, 1, -1, 2, -2, "fro", np.inf)],
    S("numpy.linalg.cond", TALL),
    S("numpy.linalg.matrix_rank", SINGULAR),
    S("numpy.linalg.matrix_rank", STACK),
    S("numpy.linalg.matrix_rank", V),
    S("scipy.linalg.solve", A, M),
    S("scipy.linalg.solve", A, V, transposed=True),
    S("scipy.linalg.solve", P, V, assume_a="pos"),
    S("scipy.linalg.solve", P, M, assume_a="pos", lower=True),
    S("scipy.linalg.solve", SYM, M, assume_a="sym"),
    *[
        S("scipy.linalg.solve", A, V, assume_a=kind, transposed=turned).since("scipy", 1, 15)
        for kind, turned in [
            ("diagonal", False),
            ("tridiagonal", True),
            ("banded", True),
            ("upper triangular", False),
            ("lower triangular", True),
        ]
    ],
    *[
        S("scipy.linalg.inv", A, assume_a=kind).since("scipy", 1, 17)
        for kind in ("upper triangular", "lower triangular", "sym")
    ],
    S("scipy.linalg.solve_triangular", LOW, V, lower=True),
    S("scipy.linalg.solve_triangular", A, M, trans=1),
    S("scipy.linalg.solve_triangular", LOW.T, M, unit_diagonal=True),
    S("scipy.linalg.inv", A),
    S("scipy.linalg.det", A),
    S("scipy.linalg.cholesky", P),
    S("scipy.linalg.cholesky", P, lower=True),
    S("scipy.linalg.cho_factor", P).then(lambda x: (np.triu(x[0]), x[1])),  # the rest is anything
    S("scipy.linalg.cho_solve", (LOW, True), M),
    S("scipy.linalg.cho_solve", (A, False), V).within(1e-12),
    S("scipy.linalg.lu", A),
    S("scipy.linalg.lu", TALL),
    S("scipy.linalg.lu", WIDE, permute_l=True),
    S("scipy.linalg.lu", DEEP).since("scipy", 1, 11),
    S("scipy.linalg.lu", TALL, p_indices=True).since("scipy", 1, 11),
    S("scipy.linalg.lu_factor", DEEP).to(1).since("scipy", 1, 17),
    S("scipy.linalg.lu_factor", A),
    S("scipy.linalg.lu_solve", (A, np.array([1, 3, 2, 3])), V).within(1e-12),
    S("scipy.linalg.lu_solve", (A, np.array([1, 3, 2, 3])), M, trans=1).within(1e-12),
    S("scipy.linalg.qr", TALL, mode="economic"),
    S("scipy.linalg.qr", A),
    S("scipy.linalg.qr", TALL, mode="r"),
    S("scipy.linalg.qr", WIDE, mode="r"),
    S("scipy.linalg.eigh", SYM).then(sign_free),
    S("scipy.linalg.eigh", SYM, P).then(sign_free).within(1e-11, 1e-6),
    S("scipy.linalg.eigh", SYM, lower=False, eigvals_only=True, subset_by_index=[1, 2]),
    S("scipy.linalg.eigvalsh", SYM),
    S("scipy.linalg.svd", TALL, full_matrices=False).then(outer_free),
    S("scipy.linalg.svdvals", WIDE),
    S("scipy.linalg.pinv", TALL),
    S("scipy.linalg.pinvh", SYM),
    S("scipy.linalg.lstsq", TALL, normal(5)).within(1e-12),
    S("scipy.linalg.lstsq", TALL, normal(5, 1), cond=1e-9).within(1e-12),
    S("scipy.linalg.lstsq", TALL, normal(5), lapack_driver="gelsy").within(1e-12),
    S("scipy.linalg.pinv", RANK3, rtol=1e-9, return_rank=True).within(1e-12).to(order=0),
    S("scipy.linalg.expm", A / 4),
    S("scipy.linalg.expm", A).within(1e-12),
    S("scipy.linalg.expm", STACK / 2).within(1e-12),
    S("scipy.linalg.expm", np.zeros((3, 3))),
    S("scipy.linalg.expm_frechet", B, normal(3, 3)).within(1e-12),
    S("scipy.linalg.sqrtm", P).within(1e-12),
    S("scipy.linalg.sqrtm", GRADED).within(1e-12),
    S("scipy.linalg.sqrtm", LOW).within(1e-12, 1e-7),
    S("scipy.linalg.sqrtm", TURNED).within(1e-12).since("scipy", 1, 16),
    S("scipy.linalg.sqrtm", PS).within(1e-12).since("scipy", 1, 16),
    S("scipy.linalg.sqrtm", np.eye(3)),
    S("scipy.linalg.sqrtm", np.array([[2.5]])),
    S("scipy.linalg.sqrtm", EMPTY).since("scipy", 1, 16),
    S("scipy.linalg.sqrtm", PS.astype(np.float32)).within(1e-5).since("scipy", 1, 16),
    S("scipy.linalg.norm", A, "nuc"),
    S("scipy.linalg.block_diag", A, V, C),
    S("scipy.linalg.block_diag", DEEP, STACK).since("scipy", 1, 17),
    S("scipy.linalg.toeplitz", V, normal(3)),
    S("scipy.linalg.toeplitz", TALL, normal(1, 2)).since("scipy", 1, 17),
    S("scipy.linalg.toeplitz", [3, 1, 2]),
    S("scipy.linalg.circulant", V),
    S("scipy.linalg.circulant", [3, 1, 2]),
    S("scipy.linalg.circulant", np.array(1.5)),
    S("scipy.linalg.hankel", V, normal(3)),
    S("scipy.linalg.khatri_rao", normal(2, 3), normal(4, 3)),
    S("scipy.linalg.khatri_rao", [[1, 2]], [[3, 4], [5, 6]]),
    S("scipy.linalg.companion", np.array([2.0, -1.0, 0.5, 3.0])),
]
