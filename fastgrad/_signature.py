"""Which leaves of the arguments are recorded and which are static, and the key of a signature.

Floats and arrays are recorded: a Program takes any others of the same shape and dtype. Everything
else is static: another value is another signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._convert import checked_dtype
from ._paths import paths
from ._tensor import Tensor
from ._tree import Structure

_FLOAT64 = np.dtype(np.float64)
_KNOWN = dict.fromkeys((float, np.float64, np.float32, np.ndarray, Tensor), True)
_KNOWN |= dict.fromkeys((int, bool, str, bytes, complex, type(None)), False)
_DTYPES = {np.dtype(kind): np.dtype(kind) for kind in "f4 f8 ? i1 i2 i4 i8 u1 u2 u4 u8".split()}


def is_recorded(leaf: Any) -> bool:
    """Return whether a leaf is a recorded input: a float, a NumPy float, an array or a Tensor."""
    known = _KNOWN.get(type(leaf))
    return isinstance(leaf, (float, np.floating, np.ndarray)) if known is None else known


def _name(k, structure, root):
    """Return what leaf k is called in an error message."""
    path = paths(structure, root)[k] if structure is not None else ""
    return path or f"argument {k}"


def _dtype(leaf, k, structure, root):
    """Return the dtype that a recorded leaf has as a Tensor."""
    found = _DTYPES.get(leaf.dtype) if hasattr(leaf, "dtype") else _FLOAT64
    if found is not None and not hasattr(leaf, "filled"):
        return found
    name = _name(k, structure, root)
    if hasattr(leaf, "filled"):
        raise TypeError(
            f"{name} is a masked array, whose mask would be lost; pass x.filled(value), or x.data "
            "and x.mask as two arguments"
        )
    try:
        return checked_dtype(leaf.dtype)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from error


def signature(
    leaves: Sequence[Any], structure: Structure | None = None, root: str | Sequence[Any] = ""
) -> tuple:
    """Return a hashable key: shape and dtype of each recorded leaf, type and value of a static one.

    Parameters
    ----------
    leaves : sequence
        Leaves of the arguments.
    structure, root
        Where the leaves stand and what the whole is called, as in `paths`: for the messages.

    Returns
    -------
    tuple
        Equal for arguments that one recording serves, given one structure. 1, True and 1.0 differ.

    Raises
    ------
    TypeError
        If a static leaf is not hashable, or an array has a dtype that Tensors do not have.
    """
    key: list = []
    for k, leaf in enumerate(leaves):
        kind = type(leaf)
        if kind is float:
            key += ((), _FLOAT64)
        elif is_recorded(leaf):
            dtype = _DTYPES.get(leaf.dtype) if kind is np.ndarray or kind is Tensor else None
            if dtype is None:
                dtype = _dtype(leaf, k, structure, root)
            key += (() if isinstance(leaf, float) else leaf.shape, dtype)
        else:
            try:
                hash(leaf)
            except TypeError as error:
                raise TypeError(
                    f"{_name(k, structure, root)} is a {kind.__name__}: neither a float nor an "
                    "array, so it is static and its value part of the signature; but it is not "
                    f"hashable ({error}). Pass arrays (numpy.asarray(x)), hand the object to the "
                    "function by a closure or a default argument, or give its class __eq__ and "
                    "__hash__"
                ) from error
            key += (kind, leaf)
    return tuple(key)


def differentiable(
    leaves: Sequence[Any], structure: Structure | None = None, root: str | Sequence[Any] = ""
) -> list:
    """Return the leaves of an argument that a gradient is taken by, Python ints as floats.

    Parameters
    ----------
    leaves, structure, root
        As for `signature`.

    Returns
    -------
    list
        The leaves: floats, and arrays and Tensors of floats.

    Raises
    ------
    RuntimeError
        If a leaf is an array of integers or truth values.
    TypeError
        If a leaf is static, or has a dtype that Tensors do not have.
    """
    return [
        leaf if type(leaf) is float else _differentiable(leaf, k, structure, root)
        for k, leaf in enumerate(leaves)
    ]


def _differentiable(leaf, k, structure, root):
    if type(leaf) is np.ndarray and leaf.dtype == _FLOAT64:
        return leaf
    if is_recorded(leaf) or isinstance(leaf, (np.integer, np.bool_)):
        dtype = _dtype(leaf, k, structure, root)
        if dtype.kind != "f":
            raise RuntimeError(
                "Only Tensors of floating point and complex dtype can require gradients; "
                f"{_name(k, structure, root)} is {dtype}: use .astype(float), or leave it out of "
                "argnums"
            )
        return leaf
    if isinstance(leaf, int) and not isinstance(leaf, bool):
        try:
            return float(leaf)
        except OverflowError as error:
            name = _name(k, structure, root)
            raise OverflowError(f"{name} does not fit into a float: {error}") from error
    if isinstance(leaf, (complex, np.complexfloating)):
        way = "take real and imaginary part as two real numbers"
    else:
        way = "leave it out of argnums, or pass it as an argument of its own that is not in argnums"
    raise TypeError(
        f"{_name(k, structure, root)} is {leaf!r:.40} ({type(leaf).__name__}), which has no "
        f"gradient; arguments in argnums hold floats and arrays of floats: {way}"
    )
