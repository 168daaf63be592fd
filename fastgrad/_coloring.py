"""Colours of columns: products with few vectors give all of a sparse Jacobian.

Columns that share no row can be computed together: the product of the Jacobian with the sum of
their unit vectors has each of their entries in a place of its own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ._sets import color_columns
from ._sparsity import Pattern

MOST_PAIRS = 1 << 30  # pairs of entries in one row above which columns are not compared


class Coloring(NamedTuple):
    """Colours of columns, for forward mode, or of rows, for reverse mode."""

    forward: bool
    colors: np.ndarray
    n_colors: int


def color(pattern: Pattern) -> tuple[np.ndarray, int]:
    """Return a colour for each column of a matrix such that columns of one colour share no row.

    Parameters
    ----------
    pattern : Pattern

    Returns
    -------
    colors : ndarray of int32
    n_colors : int
        How many there are; at least the length of the longest row.

    Notes
    -----
    Greedy, columns with most entries first: a colouring at distance two of the graph of rows and
    columns [2]_, which finds the groups of columns that [1]_ asks for.

    References
    ----------
    .. [1] Curtis, Powell, Reid, "On the estimation of sparse Jacobian matrices", IMA Journal of
       Applied Mathematics 13 (1974).
    .. [2] Gebremedhin, Manne, Pothen, "What color is your Jacobian? Graph coloring for computing
       derivatives", SIAM Review 47 (2005).
    """
    n_rows, n_columns = pattern.shape
    lengths = np.diff(pattern.indptr).astype(np.int64)
    if (
        pattern.indptr.dtype != np.int32
        or lengths @ lengths > MOST_PAIRS
        or (n_rows and lengths.max() == n_columns)
    ):
        return np.arange(n_columns, dtype=np.int32), n_columns
    flipped = transposed(pattern)
    order = np.argsort(-np.diff(flipped.indptr), kind="stable").astype(np.int32)
    return color_columns(pattern[1:], flipped[1:], order)


def transposed(pattern: Pattern) -> Pattern:
    """Return the pattern of the transposed matrix."""
    n_rows, n_columns = pattern.shape
    order = np.argsort(pattern.indices, kind="stable")
    counts = np.bincount(pattern.indices, minlength=n_columns)
    indptr = np.concatenate([[0], np.cumsum(counts)]).astype(pattern.indptr.dtype)
    return Pattern((n_columns, n_rows), indptr, pattern.rows[order])


def coloring(pattern: Pattern) -> Coloring:
    """Return colours of columns or rows, whichever are fewer."""
    by_columns = color(pattern)
    longest = int(np.diff(pattern.indptr).max(initial=0))
    if by_columns[1] > max(longest, 1) or pattern.shape[0] < by_columns[1]:
        by_rows = color(transposed(pattern))
        if by_rows[1] < by_columns[1]:
            return Coloring(False, *by_rows)
    return Coloring(True, *by_columns)
