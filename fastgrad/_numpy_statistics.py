"""NumPy's covariances and correlations, of Tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _functions as fn
from . import _ops as ops
from ._arguments import concrete, to_float, to_tensor
from ._numpy_matrices import diagonal
from ._numpy_reductions import average
from ._tensor import Tensor


def _rows(x, rowvar):
    if x.ndim > 2:
        raise ValueError(f"m has more than 2 dimensions: shape {x.shape}; reshape it")
    return fn.reshape(x, (1, x.size)) if x.ndim < 2 else x if rowvar else x.T


def _checked(weights, name, n):
    w = to_tensor(weights)
    if name == "fweights" and concrete(fn.any(ops.not_equal(w, ops.rint(w)))):
        raise TypeError("fweights must be integer")
    if w.ndim > 1:
        raise RuntimeError(f"cannot handle multidimensional {name}")
    if w.shape != (n,):
        raise RuntimeError(f"incompatible numbers of samples and {name}: {n}, {w.shape}")
    if concrete(fn.any(w < 0)):
        raise ValueError(f"{name} cannot be negative")
    return to_float(w)


def cov(
    m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: int | None = None,
    fweights: Any = None, aweights: Any = None, *, dtype: Any = None,
) -> Tensor:  # fmt: skip
    """Return the covariances of variables.

    Parameters
    ----------
    m : array_like, up to two axes
        A row of samples for each variable.
    y : array_like, optional
        More variables.
    rowvar : bool
        Whether a row is a variable, and not a column.
    bias : bool
        Divide by the number of samples, not by one less.
    ddof : int, optional
        Divide by the number of samples minus this.
    fweights : array_like of int, optional
        How often each sample is there.
    aweights : array_like, optional
        Weights of the samples. There are derivatives by them too.
    dtype : dtype, optional
        Type to compute in; by default float64.

    Returns
    -------
    Tensor
        The matrix of covariances; of one variable its variance.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.cov([1.0, 2.0, 3.0], [1.0, 2.0, 6.0]).tolist()
    [[1.0, 2.5], [2.5, 7.0]]
    """
    if ddof is not None and ddof != int(ddof):
        raise ValueError("ddof must be integer")
    dtype = np.float64 if dtype is None else dtype
    x = _rows(fn.astype(m, dtype), rowvar)
    if y is not None:
        x = fn.concatenate([x, _rows(fn.astype(y, dtype), rowvar)], 0)
    ddof = (0 if bias else 1) if ddof is None else ddof
    n = x.shape[1]
    w = None if fweights is None else _checked(fweights, "fweights", n)
    a = None if aweights is None else _checked(aweights, "aweights", n)
    if a is not None:
        w = a if w is None else w * a
    if w is None:
        by: Any = max(n - ddof, 0)
        centred = x - fn.mean(x, 1, keepdims=True)
        return fn.squeeze(centred @ centred.T / by if by else centred @ centred.T / fn.zeros(()))
    total = fn.sum(w)
    by = total - ddof * (1.0 if a is None else fn.sum(w * a) / total)
    centred = x - average(x, 1, w, keepdims=True)
    return fn.squeeze(centred @ (centred * w).T / ops.maximum(by, 0.0))


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Tensor:
    """Return the correlations of variables.

    Parameters
    ----------
    x, y, rowvar, dtype
        As for `cov`.

    Returns
    -------
    Tensor
        The matrix of correlations, from -1 to 1.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.corrcoef([1.0, 2.0, 3.0], [3.0, 2.0, 1.0]).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    c = cov(x, y, rowvar, dtype=dtype)
    if not c.ndim:
        return c / c
    scale = diagonal(c) ** 0.5
    return fn.clip(c / scale[:, None] / scale, -1.0, 1.0)


FUNCTIONS = {"cov": cov, "corrcoef": corrcoef}
