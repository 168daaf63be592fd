"""Samples of functions that rearrange, repeat, split, join and pad arrays."""

import numpy as np
from sampling import S, resolved

X = np.array(1.3)
V = np.array([0.5, 1.5, -2.5, 0.25])
A = np.array([[1.0, 2.0, -0.5], [3.0, 5.0, 0.7]])
B = np.array([[0.3], [-1.1]])
C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1
D = np.linspace(-1.0, 2.0, 24).reshape(2, 3, 2, 2)
NONE = np.zeros((0, 3))
TURNED = C[:, ::-1, ::2]  # neither dense nor forward
FORTRAN = np.asfortranarray(A)
SINGLE = A.astype(np.float32)
CUBE = C.reshape(3, 2, 4)
WIDTHS = ((1, 2), (0, 3))


def mixed(vector, width, axis, options):
    """Fill the ends of a vector, as a function for numpy.pad does."""
    vector[: width[0]] = 2.0 * vector[width[0]]
    if width[1]:
        vector[-width[1] :] = vector[width[0] : -width[1]].sum() + options["shift"]


REPEATED = [
    S("numpy.tile", X, 3),
    S("numpy.tile", A, 2),
    S("numpy.tile", V, (2, 1, 3)),
    S("numpy.tile", TURNED, (2, 1)),
    S("numpy.tile", NONE, (2, 2)),
    S("numpy.tile", A, (2, 0)),
    S("numpy.repeat", X, 2),
    S("numpy.repeat", A, 3),
    S("numpy.repeat", A, [1, 0, 2], axis=1),
    S("numpy.repeat", TURNED, 2, axis=-1),
    S("numpy.repeat", SINGLE, 2, axis=0),
    S("numpy.resize", A, (3, 4)),
    S("numpy.resize", TURNED, 5),
    S("numpy.resize", A, (0, 2)),
    S("numpy.broadcast_to", V, (3, 4)),
    S("numpy.broadcast_to", B, (4, 2, 3)),
    S("numpy.broadcast_arrays", A, B, X),
    S("numpy.meshgrid", V, A[0]),
    S("numpy.meshgrid", V, A[0], X, indexing="ij"),
    S("numpy.meshgrid", V, A[0], sparse=True, copy=False),
    S("numpy.ix_", [1, 0], np.array([True, False, True])),
    S("numpy.lib.stride_tricks.sliding_window_view", V, 2),
    S("numpy.lib.stride_tricks.sliding_window_view", C, (2, 3), axis=(1, 2)),
    S("numpy.lib.stride_tricks.sliding_window_view", TURNED, (1, 2, 2)),
]
ORDER = [
    S("numpy.roll", X, 1),
    S("numpy.roll", A, 2),
    S("numpy.roll", C, (1, -1), axis=(0, 2)),
    S("numpy.roll", A, (1, 2), axis=1),
    S("numpy.roll", NONE, 1, axis=1),
    S("numpy.rot90", A),
    S("numpy.rot90", C, 2, axes=(0, 2)),
    S("numpy.rot90", TURNED, -1, (2, 1)),
    S("numpy.rot90", A, 4),
    S("numpy.flip", TURNED),
    S("numpy.flip", C, (0, -1)),
    S("numpy.fliplr", A),
    S("numpy.flipud", V),
    S("numpy.transpose", C),
    S("numpy.transpose", C, (1, 2, 0)),
    S("numpy.permute_dims", D, (3, 0, 2, 1)),
    S("numpy.matrix_transpose", C),
    S("numpy.linalg.matrix_transpose", D),
    S("numpy.swapaxes", TURNED, 0, -1),
    S("numpy.moveaxis", D, [0, 1], [-1, 0]),
    S("numpy.rollaxis", C, 2),
    S("numpy.rollaxis", C, 0, 3),
    S("numpy.squeeze", C[:, :1]),
    S("numpy.squeeze", B, 1),
    S("numpy.expand_dims", A, (0, 2)),
    S("numpy.expand_dims", X, 0),
    S("numpy.atleast_1d", X, V),
    S("numpy.atleast_2d", X, V, A),
    S("numpy.atleast_3d", X, V, A, C),
    S("numpy.reshape", A, (3, -1)),
    S("numpy.reshape", TURNED, (2, 6), order="F"),
    S("numpy.reshape", NONE, (3, 0)),
    S("numpy.reshape", FORTRAN, (3, 2), order="A").to(0).eagerly(),
    S("numpy.ravel", TURNED),
    S("numpy.ravel", TURNED, order="F"),
    S("numpy.ravel", C.transpose(2, 0, 1), order="K").to(0).eagerly(),
    S("numpy.ravel", FORTRAN, order="A").to(0).eagerly(),
    S("numpy.copy", TURNED),
    S("numpy.astype", A, np.float32).to(0),
    S("numpy.astype", A, np.int64).to(0),
]
PARTS = [
    S("numpy.split", A, 3, axis=1),
    S("numpy.split", V, [1, 2, 9]),
    S("numpy.split", C, [-1], axis=1),
    S("numpy.array_split", V, 3),
    S("numpy.array_split", TURNED, 2, axis=2),
    S("numpy.hsplit", V, 2),
    S("numpy.hsplit", A, [1]),
    S("numpy.vsplit", A, 2),
    S("numpy.dsplit", C, 2),
    S("numpy.unstack", A, axis=1),
    S("numpy.unstack", NONE),
    S("numpy.delete", V, [0, -1]),
    S("numpy.delete", A, slice(None, None, 2), axis=1),
    S("numpy.delete", A, np.array([True, False]), axis=0),
    S("numpy.insert", V, 1, X),
    S("numpy.insert", V, [0, 0, 4], A[0]),
    S("numpy.insert", A, 1, B[:, 0], axis=1),
    S("numpy.insert", A, [1, 2], B, axis=1),
    S("numpy.insert", C, 1, X, axis=1),
    S("numpy.insert", A, slice(0, 2), V[:2]),
]
JOINED = [
    S("numpy.concatenate", [A, B], axis=1),
    S("numpy.concatenate", [A, C, X[None]], axis=None),
    S("numpy.concatenate", [V, A[0], SINGLE[0]]),
    S("numpy.concatenate", [NONE, A]),
    S("numpy.concatenate", [V, V], dtype=np.float32).to(0),
    S("numpy.concat", [TURNED, TURNED], axis=-1),
    S("numpy.stack", [A, FORTRAN], axis=-1),
    S("numpy.stack", [X, X, X]),
    S("numpy.vstack", [V, [1.0, 2.0, 3.0, 4.0]]),
    S("numpy.hstack", [A, B]),
    S("numpy.hstack", [X, V]),
    S("numpy.dstack", [V, V]),
    S("numpy.column_stack", [B, A, V[:2]]),
    S("numpy.append", A, X),
    S("numpy.append", A, A[:1], axis=0),
    S("numpy.block", [[A, B], [V]]),
    S("numpy.block", [X, V]),
    S("numpy.block", [[[C]], [[C]]]),
]
PADDED = [
    S("numpy.pad", X, 1),
    S("numpy.pad", A, 1),
    S("numpy.pad", TURNED, ((1, 0), (0, 2), (1, 1))),
    S("numpy.pad", NONE, 1),
    S("numpy.pad", SINGLE, 1, constant_values=0.5),
    S("numpy.pad", A, WIDTHS, constant_values=np.array([[0.1, 0.2], [0.3, 0.4]])),
    S("numpy.pad", A, 2, constant_values=X),
    S("numpy.pad", A, WIDTHS, mode="edge"),
    S("numpy.pad", V, 9, mode="reflect"),
    S("numpy.pad", A, 5, mode="reflect", reflect_type="odd"),
    S("numpy.pad", V, (13, 6), mode="reflect", reflect_type="odd"),
    S("numpy.pad", V, (5, 18), mode="symmetric", reflect_type="odd"),
    S("numpy.pad", B, 2, mode="reflect", reflect_type="odd"),
    S("numpy.pad", B, 3, mode="symmetric", reflect_type="odd"),
    S("numpy.pad", TURNED, 1, mode="symmetric"),
    S("numpy.pad", V, 7, mode="wrap"),
    S("numpy.pad", A, WIDTHS, mode="linear_ramp", end_values=((1.0, 2.0), (3.0, 4.0))),
    S("numpy.pad", V, 3, mode="linear_ramp", end_values=X),
    S("numpy.pad", A, WIDTHS, mode="mean"),
    S("numpy.pad", C, 2, mode="mean", stat_length=((1, 2), (2, 1), (3, 9))),
    S("numpy.pad", A, WIDTHS, mode="maximum"),
    S("numpy.pad", A, 2, mode="maximum", stat_length=2),
    S("numpy.pad", TURNED, 1, mode="minimum"),
    S("numpy.pad", C, 2, mode="median", stat_length=3),
    S("numpy.pad", A, WIDTHS, mixed, shift=0.5),
    S("numpy.pad", A, 0, mode="mean"),
]
RECENT = [  # of NumPy 2.2
    S("numpy.reshape", A, (3, 2), copy=True),
    S("numpy.pad", A, {-1: (2, 1)}, mode="edge"),
]
SAMPLES = [*REPEATED, *ORDER, *PARTS, *JOINED, *PADDED]
SAMPLES = [s for s in SAMPLES if resolved(s.name, None)] + RECENT * hasattr(np, "matvec")
