"""SciPy's special functions for the rows of the op table, loaded when one is first used."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def capsules(arities: Mapping[str, int]) -> dict[str, Any]:
    """Return the capsules of functions of `scipy.special.cython_special`, by name.

    Parameters
    ----------
    arities : mapping of str to int
        How many doubles each function takes.

    Returns
    -------
    dict
        Without the functions that this SciPy has not, or has with another signature.

    Examples
    --------
    >>> from fastgrad._lent import capsules
    >>> list(capsules({"psi": 1, "betaln": 2, "nothing": 1}))
    ['psi', 'betaln']
    """
    from scipy.special import cython_special

    theirs = cython_special.__pyx_capi__
    found = {}
    for name, arity in arities.items():
        for key in theirs:
            if is_named(name, key) and takes(arity, _signature(theirs[key])):
                found[name] = theirs[key]
    return found


def is_named(name: str, key: str) -> bool:
    """Whether a key of a Cython module is that of a function, or of one of its fused types.

    Examples
    --------
    >>> from fastgrad._lent import is_named
    >>> [is_named("psi", key) for key in ("psi", "__pyx_fuse_1psi", "__pyx_fuse_1_0psi", "epsi")]
    [True, True, True, False]
    """
    return key.endswith(name) and bool(re.fullmatch(r"(__pyx_fuse_\d+(_\d+)*)?", key[: -len(name)]))


def takes(arity: int, signature: str) -> bool:
    """Whether a signature, the name of a capsule, is one of so many doubles and Cython's switch.

    Examples
    --------
    >>> from fastgrad._lent import takes
    >>> takes(1, "double (double, int __pyx_skip_dispatch)")
    True
    >>> takes(2, "double (long, double, int __pyx_skip_dispatch)")
    False
    """
    return signature == f"double ({'double, ' * arity}int __pyx_skip_dispatch)"


def _signature(capsule):
    """Return the name of a capsule, which its representation quotes."""
    return repr(capsule).partition('"')[2].rpartition('"')[0]
