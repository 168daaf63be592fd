"""Steps of the kernels for whole arrays: what a structural op becomes in a program.

A program keeps every array dense, in C order, in memory of doubles. A step names a kernel, the
operands it reads and the numbers that belong to it; all starts and strides count elements.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Step = tuple[str, tuple[int, ...], tuple[int, ...]]

# These stand among the operands of a step.
RESULT = -1  # the result of the op
WORK = -2  # memory that it has while it runs

# The codes of the kernels `reduce`, `scan` and `cast`.
REDUCTIONS = {
    name: how for how, name in enumerate("sum max min any all norm logsumexp argmax argmin".split())
}
SCANS = {name: how for how, name in enumerate("sum prod max min logsumexp".split())}
DTYPES = {"f8": 0, "f4": 1, "b1": 3, "i1": 4, "i2": 5, "i4": 6, "i8": 7, "u1": 8, "u2": 9,
          "u4": 10, "u8": 11}  # fmt: skip


class Lowered(NamedTuple):
    """The memory a result starts from, and the steps that fill it.

    `base` is None for fresh memory, "alias" if the result is the memory of operand 0 from the
    element `offset` on, "into" if it starts as a copy of operand 0. `work` is how many numbers the
    memory holds that the steps call `WORK`. Behind fresh memory the steps may use `scratch`
    elements more, which hold anything.
    """

    base: str | None
    offset: int
    steps: list[Step]
    work: int = 0
    scratch: int = 0


def alias(offset: int = 0) -> Lowered:
    """The result is memory of operand 0."""
    return Lowered("alias", offset, [])


def fresh(*steps: Step, work: int = 0, scratch: int = 0) -> Lowered:
    """The steps fill memory of the result's own."""
    return Lowered(None, 0, list(steps), work, scratch)


def into(*steps: Step) -> Lowered:
    """The steps write into a copy of operand 0."""
    return Lowered("into", 0, list(steps))


def dense(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the strides of an array in C order."""
    strides = [1] * len(shape)
    for a in range(len(shape) - 1, 0, -1):
        strides[a - 1] = strides[a] * shape[a]
    return tuple(strides)


class Strided:
    """An array in memory that may be in another order."""

    __slots__ = ("dtype", "shape", "strides")

    def __init__(
        self, shape: Sequence[int], dtype: np.dtype[Any], strides: Sequence[int] | None = None
    ) -> None:
        self.shape, self.dtype = tuple(shape), dtype
        self.strides = dense(shape) if strides is None else tuple(strides)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def transpose(self, axes: Sequence[int]) -> Strided:
        """Return the same memory with its axes in another order."""
        return Strided([self.shape[a] for a in axes], self.dtype, [self.strides[a] for a in axes])


def _merged(shape, *strides):
    """Return the same walk through memory over as few axes as can be."""
    axes: list[list[int]] = []
    for n, *steps in zip(shape, *strides, strict=True):
        if n == 1:
            continue
        if axes and all(a == b * n for a, b in zip(axes[-1][1:], steps, strict=True)):
            axes[-1] = [axes[-1][0] * n, *steps]
        else:
            axes.append([n, *steps])
    return tuple(zip(*axes, strict=True)) if axes else ((),) * (1 + len(strides))


def copied(
    operand: int,
    shape: Sequence[int],
    source: tuple[int, Sequence[int]],
    target: tuple[int, Sequence[int]] | None = None,
) -> list[Step]:
    """Return the steps that copy an array of a shape: start and strides of where from, where to."""
    if 0 in shape:
        return []
    start, steps = source
    to_start, to_steps = (0, dense(shape)) if target is None else target
    lengths, to_steps, steps = _merged(shape, to_steps, steps)
    numbers = (to_start, start, len(lengths), *lengths, *to_steps, *steps)
    return [("copy", (operand,), numbers)]


def moved(shape: Sequence[int], start: int, strides: Sequence[int]) -> Lowered:
    """Return how a result reads operand 0 in another order: in place if its elements lie dense."""
    if 0 in shape:
        return fresh()
    if _merged(shape, strides) == _merged(shape, dense(shape)):
        return alias(start)
    return fresh(*copied(0, shape, (start, strides)))


def zeros(n: int) -> list[Step]:
    """Return the steps that set the first n elements of the result to 0."""
    return [("fill", (), (0, n, 0))] if n else []


def cast(operand: int, n: int, dtype: np.dtype[Any]) -> list[Step]:
    """Return the steps that give the values of an operand as a dtype holds them."""
    return [("cast", (operand,), (n, DTYPES[dtype.str[1:]]))] if n else []


def rounded(shape: Sequence[int], dtype: np.dtype[Any]) -> list[Step]:
    """Return the steps that round a result, computed in doubles, to its dtype."""
    return [] if dtype == np.float64 else cast(RESULT, math.prod(shape), dtype)


def reduced(how: str, shape: Sequence[int], axis: tuple[int, ...]) -> list[Step]:
    """Return the steps that reduce axes of operand 0."""
    kept = [a for a in range(len(shape)) if a not in axis]
    if any(shape[a] == 0 for a in kept):
        return []
    strides = (0,) * len(shape) if 0 in shape else dense(shape)  # of nothing, nothing is read
    numbers = [REDUCTIONS[how]]
    for axes in (kept, axis):
        lengths, steps = _merged([shape[a] for a in axes], [strides[a] for a in axes])
        numbers += [len(lengths), *lengths, *steps]
    return [("reduce", (0,), tuple(numbers))]


def along(shape: Sequence[int], axis: int) -> tuple[int, int, int]:
    """Return a shape as three lengths: before an axis, of it, and after it."""
    return math.prod(shape[:axis]), shape[axis], math.prod(shape[axis + 1 :])
