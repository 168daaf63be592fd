"""SciPy's BLAS, for the programs that multiply large matrices."""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import importlib.util
import re
import sys
from typing import Any

_NAME = "scipy.linalg.cython_blas"
# Fortran's dgemm with integers of 32 bits, as the name of its capsule says it.
_DGEMM = "void (char *, char *, int *, int *, int *, d *, d *, int *, d *, int *, d *, d *, int *)"


@functools.cache
def dgemm() -> Any:
    """Return the capsule of SciPy's dgemm, or None if there is none.

    Examples
    --------
    >>> from fastgrad._blas import dgemm
    >>> type(dgemm()).__name__
    'PyCapsule'
    """
    try:
        return _module().__pyx_capi__["dgemm"]
    except (ImportError, AttributeError, KeyError, OSError):
        return None


def is_dgemm(signature: str) -> bool:
    """Whether a capsule's name says that it takes doubles, and integers of 32 bits.

    Examples
    --------
    >>> from fastgrad._blas import is_dgemm
    >>> is_dgemm("void (char *, char *, long *)")
    False
    """
    return re.sub(r"\b(__pyx_t_\w*cython_blas_d|double)\b", "d", signature) == _DGEMM


def _module():
    """Return the one extension module that is needed, without the package around it.

    Importing scipy.linalg as a whole takes ten times as long as SciPy and this module do.
    """
    if _NAME in sys.modules or "scipy.linalg" in sys.modules:
        return importlib.import_module(_NAME)
    import scipy

    places = [f"{place}/linalg" for place in scipy.__path__]
    spec = importlib.machinery.PathFinder.find_spec(_NAME, places)
    if spec is None or spec.loader is None:
        return importlib.import_module(_NAME)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop(_NAME, None)  # a later import of it shall go the usual way
    return module
