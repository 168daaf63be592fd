"""SciPy's BLAS and LAPACK, for programs with large products of matrices, or with linear algebra."""

from __future__ import annotations

import functools
import importlib
import importlib.machinery
import importlib.util
import re
import sys
from typing import Any

_NUMBERS = {"d": "double", "s": "float"}


@functools.cache
def capsule(library: str, name: str) -> Any:
    """Return the capsule of SciPy's function, or None if there is none.

    Parameters
    ----------
    library : {"blas", "lapack"}
    name : str
        Such as "dgemm".

    Examples
    --------
    >>> from fastgrad._blas import capsule
    >>> type(capsule("blas", "dgemm")).__name__
    'PyCapsule'
    """
    try:
        return _module(f"scipy.linalg.cython_{library}").__pyx_capi__[name]
    except (ImportError, AttributeError, KeyError, OSError):
        return None


def fits(kind: str, arguments: str, signature: str) -> bool:
    """Whether a capsule's name says that its function takes such arguments.

    Parameters
    ----------
    kind : {"d", "s"}
        Of numbers, for which X stands in the arguments.
    arguments : str
        As in csrc/fg_blas.def: integers have 32 bits.
    signature : str
        The name.

    Examples
    --------
    >>> from fastgrad._blas import fits
    >>> fits("d", "(char *, int *, X *)", "void (char *, long *, double *)")
    False
    """
    numbers = rf"\b(__pyx_t_\w*cython_(blas|lapack)_{kind}|{_NUMBERS[kind]})\b"
    return re.sub(numbers, "X", signature) == f"void {arguments}"


def _module(name):
    """Return the one extension module that is needed, without the package around it.

    Importing scipy.linalg as a whole takes ten times as long as SciPy and this module do.
    """
    if name in sys.modules or "scipy.linalg" in sys.modules:
        return importlib.import_module(name)
    import scipy

    places = [f"{place}/linalg" for place in scipy.__path__]
    spec = importlib.machinery.PathFinder.find_spec(name, places)
    if spec is None or spec.loader is None:
        return importlib.import_module(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules.pop(name, None)  # a later import of it shall go the usual way
    return module
