"""Sparse Jacobians and Hessians: transforms whose results are `scipy.sparse.csr_array`.

The pattern of a recording is found and coloured once; what replays is a graph of the entries.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import _derive as derive
from ._compressed import entries
from ._machine import Call, Machine
from ._recordings import Arguments, Recording
from ._sources import Use
from ._sparsity import Pattern
from ._tensor import Tensor
from ._transform import Transform, check_floats, check_scalar, split_aux
from ._tree import LEAF, Structure, flatten


class Sparse:
    """Makes csr_arrays of one pattern."""

    def __init__(self, pattern: Pattern) -> None:
        from scipy.sparse import csr_array

        self.pattern = pattern
        made = csr_array(
            (np.zeros(len(pattern.indices)), pattern.indices, pattern.indptr), shape=pattern.shape
        )
        made.has_sorted_indices = made.has_canonical_format = True
        self._template = made
        self._type = csr_array

    def filled(self, data: Any) -> Any:
        """Return a csr_array with these entries, in memory of its own."""
        made = self._type.__new__(self._type)
        # what its own copy() does, but for the checks
        made.__dict__.update(self._template.__dict__)
        made.data = data
        made.indices, made.indptr = self._template.indices.copy(), self._template.indptr.copy()
        return made


class SparseRecording(Recording):
    """A recording whose output 0 are the entries of a sparse matrix."""

    sparse: Sparse
    aux: Structure | None

    def __call__(self, inputs: Any) -> Any:
        data, *rest = self.outputs(inputs)
        if isinstance(data, Tensor):
            raise TypeError(
                "a sparse result holds numbers, so it cannot be differentiated or recorded again: "
                "leave sparse=True out inside of other transforms"
            )
        made = self.sparse.filled(data)
        return made if self.aux is None else (made, self.aux.unflatten(rest))


class Short(Call):
    """The short way to the entries of one recording; None where it cannot be taken."""

    def __init__(self, machine: Machine, sparse: Sparse) -> None:
        self.way, self.sparse = (machine, None), sparse

    def slow(self, *args: Any, **kwargs: Any) -> None:
        """Serve all other arguments."""


class SparseTransform(Transform):
    """A transform whose result is a csr_array; no transform can be applied to it."""

    short: Short | None = None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        short = self.short
        if short is not None:
            data = short(*args, **kwargs)
            if data is not None:
                return short.sparse.filled(data)
        return super().slow(*args, **kwargs)

    def replay(self, arguments: Arguments, use: Use[Any]) -> Any:
        if use != self._result:
            raise TypeError(
                f"the result of {self.caller} is a csr_array, and other transforms take functions "
                "of arrays: leave sparse=True out"
            )
        return super().replay(arguments, use)

    def _remember(self, recording: Recording) -> None:
        if isinstance(recording, SparseRecording) and recording.aux is None and (
            recording.is_planned and not recording.captured and not self.is_fresh
        ):  # fmt: skip
            self.short = Short(recording.machine, recording.sparse)

    def one_input(self, recording: Recording, numbers: tuple[int, ...]) -> int:
        """Return the number of the one input that is differentiated by."""
        like, n = self.like_arguments(recording, numbers)
        if like != LEAF:
            raise TypeError(
                f"{self.caller} differentiates by one array, got {n} in argument {self.argnums}; "
                "join them into one array, or leave sparse=True out"
            )
        return self.inputs(recording, numbers)[0]

    def made(
        self, recording: Recording, graph: Any, wrt: int, aux: Structure | None
    ) -> SparseRecording:
        """Return the recording of the Jacobian of output 0 of a graph."""
        data, found = entries(graph, wrt, not self.is_fresh)
        result = flatten(tuple([0.0] * len(data.outputs)))[1]
        made = SparseRecording(
            data, result, recording.argument_inputs, recording.argument_structures,
            recording.n_arguments, recording.captured, f"{self.caller}({recording.name})",
        )  # fmt: skip
        made.sparse, made.aux = Sparse(found), aux
        return made


class SparseJacobian(SparseTransform):
    """Jacobian of one array by one array, a row for each element of the result."""

    caller = "jacobian(sparse=True)"

    def make(self, recording: Recording, numbers: tuple[int, ...]) -> Recording:
        value, n_value, aux, _ = split_aux(self.caller, recording, self.has_aux)
        if value != LEAF:
            raise TypeError(
                f"{self.caller} takes a function that returns one array, got {n_value} from "
                f"{recording.name}; join them into one array, or leave sparse=True out"
            )
        check_floats(self.caller, recording.name, derive.keep(recording.graph, [0]))
        return self.made(recording, recording.graph, self.one_input(recording, numbers), aux)


class SparseHessian(SparseTransform):
    """Hessian by one array, a row and a column for each of its elements."""

    caller = "hessian(sparse=True)"

    def make(self, recording: Recording, numbers: tuple[int, ...]) -> Recording:
        _, n_value, aux, _ = split_aux(self.caller, recording, self.has_aux)
        check_scalar(self.caller, recording, n_value)
        wrt = self.one_input(recording, numbers)
        graph = derive.gradient(recording.graph, [wrt])
        n = len(graph.outputs)
        graph = derive.keep(graph, [n - 1, *range(1, n - 1)])
        return self.made(recording, graph, wrt, aux)
