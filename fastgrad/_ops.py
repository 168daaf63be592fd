"""A function for each row of the op table; names, docstrings and signatures come from the row."""

from __future__ import annotations

from . import _array

ROWS = [_array.row(op) for op in range(_array.N_ROWS)]
CODES = {row["name"]: op for op, row in enumerate(ROWS)}

_OPERANDS = "xyz"
_NUMBERS = (0.5, 1.5, 2.0, -0.5)  # for examples


def _docstring(row):
    """Assemble the numpydoc docstring of a row."""
    operands = _OPERANDS[: row["arity"]]
    lines = [row["doc"], "", "Parameters", "----------"]
    for operand in operands:
        lines += [f"{operand} : Tensor or array_like", "    Broadcast against the other operands."]
    if row["arity"] == 1:
        lines[-1] = "    Any shape."
    lines += ["", "Returns", "-------", "Tensor, of the broadcast shape"]
    if row["is_test"]:
        lines += ["    bool; it has no gradient."]
    else:
        lines += ["    float64, or float32 if all arrays among the operands are."]
    lines += ["", "Raises", "------", "TypeError", "    If an operand is no real number."]
    lines += ["ValueError", "    If the shapes do not broadcast.", "", "Notes", "-----"]
    lines += [f"Value ``v``: ``{row['value']}``."]
    if not row["is_test"]:
        lines += ["Local gradients:", ""]
        lines += [
            f"- d/d{x}: " + ("none; asking for it raises TypeError" if d == "NAN" else f"``{d}``")
            for x, d in zip(operands, row["partials"])
        ]
    lines += ["", "Examples", "--------", ">>> import fastgrad", *_example(row)]
    return "\n".join(lines) + "\n"


def _example(row):
    """Return a call with numbers of the domain; its value would be computed at each import."""
    numbers = []
    for low, high in row["domains"]:
        inside = [x for x in _NUMBERS if low < x < high and x not in numbers]
        numbers.append(inside[0] if inside else (low + high) / 2)
    return f">>> fastgrad.{row['name']}({', '.join(map(str, numbers))}).shape", "()"


def _function(op):
    call, row = _array.function(op), ROWS[op]
    call.__name__ = call.__qualname__ = row["name"]
    call.__module__ = "fastgrad"
    call.__doc__ = _docstring(row)
    return call


__all__ = list(CODES)
globals().update({name: _function(op) for name, op in CODES.items()})
