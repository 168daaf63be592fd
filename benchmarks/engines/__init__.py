"""The engines, one file each.

A module says `NAME`, `available()` (its version, or None if it is not installed) and implements the
problems it can. `w1(problem)` and `w2(problem)` return a dict from a variant to a call without
arguments that gives the gradient; the first variant is the one compared. `w9(problem)` returns how
many nodes it takes, `record(nodes)`, and `backward(recorded)`, which gives the gradient.
"""

import importlib
import importlib.metadata


def version(package, module=None):
    """Return the version of an installed package, or None."""
    try:
        imported = importlib.import_module(module or package)
    except ImportError:
        return None
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # a source tree on the path
        return getattr(imported, "__version__", "?")
