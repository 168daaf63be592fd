"""What a custom function takes and gives, as flat lists of Tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from . import _structural as structural
from ._convert import as_tensor
from ._joining import concatenate
from ._signature import is_recorded, signature
from ._sweep import tape
from ._tensor import Tensor
from ._trace import outputs_of
from ._tree import Structure, flatten


class Results:
    """What a function returned: floats, packed into one array, and the rest one by one."""

    def __init__(self, result: Any, leaves: list[Tensor], structure: Structure) -> None:
        self.structure = structure
        self.types = [(t.dtype, t.shape) for t in leaves]
        self.is_float = [dtype.kind == "f" for dtype, _ in self.types]
        # what is no float and does not depend on the arguments is handed through
        self.fixed = [
            None if f or t.requires_grad else x
            for f, t, x in zip(self.is_float, leaves, flatten(result)[0])
        ]
        floats = [dtype for (dtype, _), f in zip(self.types, self.is_float) if f]
        self.n_floats = len(floats)
        self.dtype = np.result_type(*floats) if floats else None

    def pack(self, leaves: Sequence[Tensor]) -> list[Tensor]:
        """Return the floats in one Tensor."""
        return self.pack_floats([t for t, f in zip(leaves, self.is_float) if f])

    def pack_floats(self, floats: list[Tensor]) -> list[Tensor]:
        """Return Tensors, one for each float, in one."""
        if len(floats) <= 1:
            return floats
        floats = [
            structural.astype(t, dtype=self.dtype) if t.dtype != self.dtype else t for t in floats
        ]
        if all(t.ndim == 0 for t in floats):
            return [structural.stack(*floats, axis=0)]
        return [concatenate([structural.reshape(t, shape=(t.size,)) for t in floats])]

    def float_leaves(self) -> list[tuple[np.dtype, tuple[int, ...]] | None]:
        """Return dtype and shape of each float, and None for each other leaf."""
        return [t if f else None for t, f in zip(self.types, self.is_float)]

    def others(self, leaves: Sequence[Tensor]) -> list[Tensor]:
        """Return what is neither a float nor fixed."""
        return [t for t, f, x in zip(leaves, self.is_float, self.fixed) if not f and x is None]

    def unpack(self, packed: list[Tensor], others: Sequence[Any]) -> Any:
        """Return the result, as it was nested."""
        parts, rest = iter(self._parts(packed)), iter(others)
        leaves = [
            next(parts) if f else next(rest) if x is None else x
            for f, x in zip(self.is_float, self.fixed)
        ]
        return self.structure.unflatten(leaves)

    def cotangents(self, packed: Tensor) -> Any:
        """Return cotangents nested as the result; those of integers are zeros."""
        parts = iter(self._parts([packed]))
        return self.structure.unflatten(
            [next(parts) if f else np.zeros(shape)
             for f, (_, shape) in zip(self.is_float, self.types)]
        )  # fmt: skip

    def _parts(self, packed):
        if self.n_floats <= 1:
            return packed
        found, at = [], 0
        for (dtype, shape), f in zip(self.types, self.is_float):
            if not f:
                continue
            size = int(np.prod(shape, dtype=int))
            if shape == ():
                part = packed[0][at]
            else:  # a copy: changing one part in place is no change of the others
                part = structural.getitem(packed[0], key=(slice(at, at + size),))
                part = structural.copy(structural.reshape(part, shape=shape))
            found.append(part if part.dtype == dtype else structural.astype(part, dtype=dtype))
            at += size
        return found


def results_of(result: Any, function: Callable[..., Any]) -> tuple[Results, list[Tensor]]:
    """Return what a function returned, and its Tensors: the floats in one, then the others."""
    outputs, structure = outputs_of(result, function)
    results = Results(result, outputs, structure)
    return results, results.pack(outputs) + results.others(outputs)


class Arguments(NamedTuple):
    """The arguments of a call that are differentiated by, and the others."""

    leaves: list[Any]
    structure: Structure  # of the tuple of them
    merge: Callable[[Sequence[Any]], tuple]  # puts the others between them
    others: tuple
    names: list[str]

    def operands(self) -> list[Tensor]:
        """Return the recorded leaves as Tensors."""
        return [as_tensor(x) for x in self.leaves if is_recorded(x)]

    def float_leaves(self) -> list[tuple[np.dtype, tuple[int, ...]] | None]:
        """Return dtype and shape of each leaf that has a derivative, and None for each other."""
        types = [
            (_dtype(x), getattr(x, "shape", ())) if is_recorded(x) else None for x in self.leaves
        ]
        return [t if t is not None and t[0].kind == "f" else None for t in types]

    def wrt(self) -> tuple[int, ...]:
        """Return which operands have a derivative."""
        of_operands = [t for x, t in zip(self.leaves, self.float_leaves()) if is_recorded(x)]
        return tuple(k for k, t in enumerate(of_operands) if t is not None)

    def key(self) -> tuple:
        """Return what has to be equal for one rule to serve two calls."""
        leaves, structure = flatten((self.leaves, self.others))
        try:
            return structure, signature(leaves)
        except TypeError:  # something that is not hashable
            return structure, tuple(
                (x.shape, x.dtype) if hasattr(x, "dtype") else id(x) for x in leaves
            )


def _dtype(x):
    """Return the dtype of a number or an array."""
    return x.dtype if hasattr(x, "dtype") else np.dtype(float)


def is_tracked(leaves: Sequence[Any]) -> bool:
    """Return whether a call has to be noted: a leaf is tracked, and so are ops."""
    return tape().grad_enabled and any(isinstance(x, Tensor) and x.requires_grad for x in leaves)
