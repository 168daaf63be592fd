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
# Fortran's gemm with integers of 32 bits, as the name of its capsule says it; of numbers x.
_GEMM = "void (char *, char *, int *, int *, int *, x *, x *, int *, x *, int *, x *, x *, int *)"
_NUMBERS = {
    "dgemm": r"\b(__pyx_t_\w*cython_blas_d|double)\b",
    "sgemm": r"\b(__pyx_t_\w*cython_blas_s|float)\b",
}


@functools.cache
def gemm(what: str) -> Any:
    """Return the capsule of SciPy's "dgemm" or "sgemm", or None if there is none.

    Examples
    --------
    >>> from fastgrad._blas import gemm
    >>> type(gemm("dgemm")).__name__
    'PyCapsule'
    """
    try:
        return _module().__pyx_capi__[what]
    except (ImportError, AttributeError, KeyError, OSError):
        return None


def is_gemm(what: str, signature: str) -> bool:
    """Whether a capsule's name says that it takes such numbers, and integers of 32 bits.

    Examples
    --------
    >>> from fastgrad._blas import is_gemm
    >>> is_gemm("dgemm", "void (char *, char *, long *)")
    False
    """
    return re.sub(_NUMBERS[what], "x", signature) == _GEMM


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
