"""Which function serves which of NumPy's and SciPy's."""

from __future__ import annotations

import functools
import sys
from typing import Any, NamedTuple

import numpy as np

from . import (
    _functions,
    _numpy_applying,
    _numpy_axes,
    _numpy_calculus,
    _numpy_creation,
    _numpy_einsum,
    _numpy_elementwise,
    _numpy_factor,
    _numpy_floats,
    _numpy_linear,
    _numpy_matrices,
    _numpy_nan,
    _numpy_order,
    _numpy_pad,
    _numpy_parts,
    _numpy_polynomials,
    _numpy_powers,
    _numpy_putting,
    _numpy_quantiles,
    _numpy_reductions,
    _numpy_rounding,
    _numpy_sets,
    _numpy_shape,
    _numpy_solve,
    _numpy_statistics,
    _numpy_taking,
    _ops,
    _special,
)


class Served(NamedTuple):
    """A function that stands in for NumPy's.

    It does so always, or only where a gradient is needed; a view of the user's memory stays one.
    """

    function: Any
    always: bool
    view: bool = False


# names of SciPy for rows of the table
_OF_ROWS = {"expit": "sigmoid", "psi": "digamma", "round": "rint"}
# NumPy's functions that fastgrad's of the same name serve as they are.
_ALIKE = (
    "all any argmax argmin argsort clip nonzero where broadcast_to expand_dims flip moveaxis ravel "
    "reshape squeeze swapaxes transpose dot inner matmul outer vdot astype "
    "sum prod mean var std max min amax amin cumsum cumprod"
).split()
# In these nothing of NumPy's arguments is left out.
_ALWAYS = "concatenate concat nan_to_num".split()
_FROM_CREATION = (
    "zeros_like ones_like empty_like full_like copy linspace logspace geomspace"
).split()


_ALIASES = {
    "abs": "absolute",
    "acos": "arccos",
    "acosh": "arccosh",
    "asin": "arcsin",
    "asinh": "arcsinh",
    "atan": "arctan",
    "atan2": "arctan2",
    "atanh": "arctanh",
    "conj": "conjugate",
    "mod": "remainder",
    "pow": "power",
    "true_divide": "divide",
}
_OF_OLD_NUMPY = {"round_", "row_stack", "trapz"}


def resolved(module, dotted):
    """Return what a dotted name means in a module, or None if this version has no such name.

    While a function is recorded, that is not what stands there, but what it stands for.
    """
    for name in dotted.split("."):
        module = getattr(module, name, None)
    return getattr(module, "_fastgrad_original", module)


def names() -> dict[str, Served]:
    """Return what serves each of NumPy's names, as "tile" or "linalg.norm"."""
    found = {name: Served(getattr(_functions, name), True) for name in _ALIKE}
    found |= {name: Served(_numpy_creation.FUNCTIONS[name], True) for name in _FROM_CREATION}
    found |= {name: Served(f, True) for name, f in _numpy_applying.FUNCTIONS.items()}
    for module in (
        _numpy_shape,
        _numpy_axes,
        _numpy_pad,
        _numpy_parts,
        _numpy_einsum,
        _numpy_linear,
        _numpy_matrices,
        _numpy_taking,
        _numpy_factor,
        _numpy_solve,
        _numpy_powers,
        _numpy_order,
        _numpy_sets,
        _numpy_reductions,
        _numpy_nan,
        _numpy_quantiles,
        _numpy_calculus,
        _numpy_polynomials,
        _numpy_statistics,
        _numpy_elementwise,
        _numpy_floats,
        _numpy_rounding,
    ):
        found |= {n: Served(f, n in _ALWAYS) for n, f in getattr(module, "FUNCTIONS", {}).items()}
        found |= {n: Served(f, False, True) for n, f in getattr(module, "VIEWS", {}).items()}
        found |= {n: Served(f, False) for n, f in getattr(module, "UFUNCS", {}).items()}
    rows = [row["name"] for row in _ops.ROWS]
    ufuncs = [n for n in rows if isinstance(getattr(np, n, None), np.ufunc)]  # select is none
    return found | {n: Served(getattr(_ops, n), True) for n in [*ufuncs, "i0"]}


def public() -> dict[str, Any]:
    """Return the functions that fastgrad has under NumPy's names, as `fastgrad.tile`."""
    found = {name: served.function for name, served in names().items()} | _numpy_putting.CHANGES
    found |= {name: found[other] for name, other in _ALIASES.items()}
    return {n: f for n, f in found.items() if "." not in n and n not in _OF_OLD_NUMPY}


@functools.cache
def functions() -> dict[Any, Served]:
    """Return what serves each function of NumPy, by the function."""
    found = {resolved(np, name): served for name, served in names().items()}
    found.pop(None, None)
    return found


def special_names() -> dict[str, Served]:
    """Return what serves each name of scipy.special."""
    found = {row["name"]: Served(getattr(_ops, row["name"]), True) for row in _ops.ROWS}
    found |= {name: found[row] for name, row in _OF_ROWS.items()}
    found |= {name: Served(f, False) for name, f in _special.UFUNCS.items()}
    return found | {name: Served(f, False) for name, f in _special.FUNCTIONS.items()}


@functools.cache
def of_scipy() -> dict[Any, Served]:
    """Return what serves each ufunc of scipy.special; the caller has met one, so it is loaded."""
    special = sys.modules.get("scipy.special")
    found = {resolved(special, name): served for name, served in special_names().items()}
    return {f: served for f, served in found.items() if isinstance(f, np.ufunc)}


@functools.cache
def changes() -> dict[Any, Any]:
    """Return what serves each function of NumPy that changes its first argument."""
    return {resolved(np, name): function for name, function in _numpy_putting.CHANGES.items()}


def changes_names() -> list[str]:
    """Return the names of NumPy's functions that change their first argument."""
    return list(_numpy_putting.CHANGES)


def of_ufunc(ufunc: np.ufunc) -> Served | None:
    """Return what serves a ufunc of NumPy or SciPy, or None."""
    served = functions().get(ufunc)
    if served is None and "scipy.special" in sys.modules:
        served = of_scipy().get(ufunc)
    return served
