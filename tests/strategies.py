"""What the tests draw at random: numbers and arrays in domains, shapes, indices, programs.

A program is a list of steps on numbers, each a row of the op table and its operands: the place of
an earlier value, or a constant. It is drawn op by op with the values at hand, so that every operand
lies in the domain of its row: one that would not is first brought there by a sine. The reference
engine computes these values, so drawing does not depend on what is tested.
"""

from dataclasses import dataclass, field

import numpy as np
import reference
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from reference import OPS

from fastgrad._ops import ROWS

# Time limits are pytest-timeout's business; else as usual, or as CI has it.
settings.register_profile("fastgrad", parent=settings(), deadline=None)
settings.load_profile("fastgrad")

ROW = {row["name"]: row for row in ROWS if row["name"] in OPS}  # those with a reference

# Rows whose derivative jumps somewhere: no difference quotient across the jump says anything.
JUMPING = set(
    "absolute sign fmod remainder floor_divide masked_multiply maximum minimum clip select floor "
    "ceil rint trunc relu".split()
) | {name for name, row in ROW.items() if row["is_test"]}
SMOOTH = sorted(set(ROW) - JUMPING)


# ----- numbers, shapes, arrays, indices -----


def numbers(low=-5.0, high=5.0):
    """Floats of an interval; not so small that their squares vanish."""
    return st.floats(low, high, allow_subnormal=False).filter(lambda x: x == 0 or abs(x) > 1e-9)


def operands(name):
    """One float for each operand of a row, inside its domain."""
    return st.tuples(*(numbers(low, high) for low, high in ROW[name]["domains"]))


def row_names(arity=None):
    """Names of the rows of the table, or of those with so many operands."""
    return st.sampled_from([n for n, row in ROW.items() if arity in (None, row["arity"])])


def shapes(max_dims=3, max_side=4):
    """Shapes, also 0-d and without elements."""
    return hnp.array_shapes(min_dims=0, max_dims=max_dims, min_side=0, max_side=max_side)


def broadcasting(n):
    """Pairs of n shapes that broadcast together and the shape that they give."""
    return hnp.mutually_broadcastable_shapes(num_shapes=n, max_dims=3, min_side=0, max_side=3).map(
        lambda found: (found.input_shapes, found.result_shape)
    )


def arrays(shape, low=-5.0, high=5.0, dtype=np.float64):
    """Arrays of a shape (or of drawn shapes) with elements of an interval."""
    width = 8 * np.dtype(dtype).itemsize
    elements = st.floats(low, high, allow_subnormal=False, width=width)
    return hnp.arrays(dtype, shape, elements=elements)


def keys(shape):
    """Indices of an array of this shape: basic, of integers, of truth values."""
    kinds = [hnp.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)]
    kinds += [hnp.arrays(np.bool_, shape)]
    if shape and min(shape) > 0:
        kinds += [hnp.integer_array_indices(shape)]
    return st.one_of(kinds)


# ----- programs -----


@dataclass(frozen=True)
class Step:
    """A row of the table and its operands: positions of earlier values, or constants."""

    op: str
    operands: tuple

    def run(self, function, values):
        """Compute it with `function(name)`, given all values so far."""
        found = [values[x] if isinstance(x, int) else x for x in self.operands]
        result = function(self.op)(*found)
        # A truth value is a number from here on: True + True is 2.
        return function("multiply")(result, 1.0) if ROW[self.op]["is_test"] else result


@dataclass
class Program:
    """Steps, and for each of the five columns one number for each input."""

    columns: list
    steps: list = field(default_factory=list)

    @property
    def n_inputs(self):
        return len(self.columns[0])

    @property
    def results(self):
        """Positions of the values that no step uses."""
        n = self.n_inputs + len(self.steps)
        used = {x for step in self.steps for x in step.operands if isinstance(x, int)}
        return [i for i in range(n) if i not in used]

    def run(self, function, inputs):
        """Return all values, the last of which is the sum of those that no step used."""
        values = list(inputs)
        for step in self.steps:
            values.append(step.run(function, values))
        total = values[self.results[0]]
        for i in self.results[1:]:
            total = function("add")(total, values[i])
            values.append(total)
        return values


def by_reference(name):
    """The function of a row in the reference engine."""
    return lambda *args: reference.apply(name, *args)


def _fits(values, low, high):
    return all(low <= value.data <= high for value in values)


@st.composite
def programs(draw, rows=None, max_steps=10, n_columns=5):
    """Programs of rows (all by default) in which every operand is in the domain of its row."""
    n_inputs = draw(st.integers(1, 3))
    program = Program([draw(st.tuples(*[numbers(-3, 3)] * n_inputs)) for _ in range(n_columns)])
    # known[i] holds value i in each column
    known = [[reference.Value(column[i]) for column in program.columns] for i in range(n_inputs)]

    def append(op, *operands):
        step = Step(op, operands)
        program.steps.append(step)
        known.append(
            [step.run(by_reference, [value[c] for value in known]) for c in range(n_columns)]
        )
        return len(known) - 1

    def operand(low, high):
        if draw(st.integers(0, 4)) == 0:
            return draw(numbers(low, high))
        i = draw(st.integers(0, len(known) - 1))
        if _fits(known[i], low, high):
            return i
        middle, half = (low + high) / 2, (high - low) / 2 * 0.99
        return append("add", append("multiply", append("sin", i), half), middle)

    for _ in range(draw(st.integers(1, max_steps))):
        op = draw(st.sampled_from(rows or list(ROW)))
        given = [operand(low, high) for low, high in ROW[op]["domains"]]
        if not any(isinstance(x, int) for x in given):  # constants alone are no step of a graph
            given[0] = 0 if _fits(known[0], *ROW[op]["domains"][0]) else given[0]
        if any(isinstance(x, int) for x in given):
            append(op, *given)
    return program
