"""Samples of products of arrays, of diagonals and of triangles."""

import numpy as np
from sampling import S, resolved

X = np.array(1.3)
V = np.array([0.5, 1.5, -2.5])
W = np.array([2.0, -1.0, 0.25, 3.0])
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
M = np.array([[2.0, 0.3, 1.0], [0.1, 1.5, -0.4], [0.6, 0.2, 3.0]])
C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1
D = np.linspace(-1.0, 2.0, 36).reshape(2, 1, 6, 3)
NONE = np.zeros((0, 3))
TURNED = M[::-1, ::-1].T
SINGLE = A.astype(np.float32)
ROWS = np.ones((2, 1))

EINSUM = [
    S("numpy.einsum", "ij,jk->ik", A, M),
    S("numpy.einsum", "ij,jk", A, M),
    S("numpy.einsum", "ij,j->i", A, [1, 2, 3], dtype=np.float64),
    S("numpy.einsum", "ba", A),
    S("numpy.einsum", "ii", M),
    S("numpy.einsum", "ii->i", TURNED),
    S("numpy.einsum", "iij->ij", np.stack([M, TURNED, M])),
    S("numpy.einsum", "ij->j", A),
    S("numpy.einsum", "i,j->ji", V, W),
    S("numpy.einsum", "bij,bj->bi", C, W * ROWS),
    S("numpy.einsum", "...ij,...j->...i", C, W),
    S("numpy.einsum", "...ij", C),
    S("numpy.einsum", "i...,i...->...", C, A[:, 0]),
    S("numpy.einsum", "ij,jk,ik->", A, M, A),
    S("numpy.einsum", "i,ij,jk,k->", V, M, TURNED, V),
    S("numpy.einsum", "ij,ij->ij", A, A),
    S("numpy.einsum", "ij,ij->i", A[:, :1], A),
    S("numpy.einsum", "ij,jk,kl->il", A, M, M, optimize=["einsum_path", (1, 2), (0, 1)]),
    S("numpy.einsum", "ij,jk,kl->li", A, M, TURNED, optimize="optimal"),
    S("numpy.einsum", A, [0, 1], M, [1, 2], [2, 0]),
    S("numpy.einsum", A, [..., 1], V, [1]),
    S("numpy.einsum", ",ij->j", X, A),
    S("numpy.einsum", "ij,kj->ik", NONE, A),
    S("numpy.einsum", "ij,ij->", SINGLE, SINGLE),
]
PRODUCTS = [
    S("numpy.matmul", A, M),
    S("numpy.matmul", V, M),
    S("numpy.matmul", TURNED, V),
    S("numpy.matmul", V, V),
    S("numpy.matmul", D, M),
    S("numpy.matmul", A[:, None, None], M),
    S("numpy.matmul", NONE, M),
    S("numpy.linalg.matmul", A, TURNED),
    S("numpy.dot", A, M),
    S("numpy.dot", X, A),
    S("numpy.dot", C, W),
    S("numpy.dot", D, C[:, :, :2]),
    S("numpy.vdot", A, A),
    S("numpy.inner", A, M),
    S("numpy.inner", C, W),
    S("numpy.outer", A, V),
    S("numpy.linalg.outer", V, W),
    S("numpy.tensordot", A, M, 1),
    S("numpy.tensordot", C, A, ([0, 1], [0, 1])),
    S("numpy.tensordot", V, W, 0),
    S("numpy.tensordot", C, C, axes=((2, 0), (2, 0))),
    S("numpy.linalg.tensordot", A, V, axes=1),
    S("numpy.kron", A, TURNED),
    S("numpy.kron", V, A),
    S("numpy.kron", X, C),
    S("numpy.cross", A, V),
    S("numpy.cross", TURNED, M.T, axis=0),
    S("numpy.cross", A, M[:2], axisc=0),
    S("numpy.linalg.cross", M, V),
    S("numpy.vecdot", A, V),
    S("numpy.vecdot", C, C, axis=1),
    S("numpy.vecdot", A, A, keepdims=True),
    S("numpy.linalg.vecdot", C, C, axis=0),
    S("numpy.matvec", C, W),
    S("numpy.vecmat", A[:, :2], np.ones((2, 2, 3))),
    S("numpy.linalg.multi_dot", [A, M, TURNED]),
    S("numpy.linalg.multi_dot", [V, M, TURNED, V]),
    S("numpy.linalg.matrix_power", M, 3),
    S("numpy.linalg.matrix_power", np.stack([M, TURNED]), 2),
    S("numpy.linalg.matrix_power", M, 0).to(1),
]
NORMS = [
    S("numpy.linalg.vector_norm", C, axis=(0, 2)),
    S("numpy.linalg.vector_norm", C, axis=(2, 0), keepdims=True, ord=3),
    S("numpy.linalg.vector_norm", C, keepdims=True),
    S("numpy.linalg.vector_norm", V, ord=np.inf),
    S("numpy.linalg.vector_norm", A, axis=1, ord=1),
    S("numpy.linalg.matrix_norm", C),
    S("numpy.linalg.matrix_norm", A, keepdims=True, ord=-1),
]
MATRICES = [
    S("numpy.diagonal", TURNED),
    S("numpy.diagonal", C, 1, 0, 2),
    S("numpy.diagonal", A, -1),
    S("numpy.diagonal", A, 7),
    S("numpy.linalg.diagonal", C, offset=-1),
    S("numpy.trace", M),
    S("numpy.trace", C, 1, axis1=1, axis2=2),
    S("numpy.trace", A, dtype=np.float32).to(0),
    S("numpy.linalg.trace", C),
    S("numpy.diag", V),
    S("numpy.diag", V, -2),
    S("numpy.diag", TURNED, 1),
    S("numpy.diagflat", A, 1),
    S("numpy.tri", 3),
    S("numpy.tri", 2, 4, k=-1, dtype=np.float32),
    S("numpy.tril", C),
    S("numpy.tril", V, -1),
    S("numpy.triu", TURNED, 1),
    S("numpy.triu", NONE),
    S("numpy.vander", V),
    S("numpy.vander", V, 4, increasing=True),
    S("numpy.vander", V, 1),
    S("numpy.vander", V, 0).to(0),
]
SAMPLES = [s for s in [*EINSUM, *PRODUCTS, *NORMS, *MATRICES] if resolved(s.name, None)]
