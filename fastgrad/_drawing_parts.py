"""What a drawing of a graph consists of: boxes and arrows."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple

_WIDEST = 36  # characters in a box
ABOVE = 48  # characters above a box


def short(text: str, widest: int = _WIDEST) -> str:
    """Return a text that fits into a box."""
    return text if len(text) <= widest else text[: widest - 2] + " …"


def labelled(formula: str, value: str) -> str:
    """Return what stands on an arrow: a local gradient, as a formula and a number."""
    if not formula or not value or formula == value:
        return short(formula or value)
    return short(f"{formula} = {value}")


class Box(NamedTuple):
    """A node.

    Attributes
    ----------
    key : hashable
        By which arrows name it.
    text : str
        Its name and formula.
    value : str
        Its value, or dtype and shape.
    gradient : str
        In red; "" for none.
    kind : {'input', 'constant', 'op', 'result'}
    """

    key: Hashable
    text: str
    value: str
    gradient: str
    kind: str

    @property
    def lines(self) -> list[str]:
        """What stands inside of the box."""
        return [line for line in (self.text, self.value) if line]


class Arrow(NamedTuple):
    """From an operand to what is made of it, with the local gradient."""

    tail: Hashable
    head: Hashable
    label: str


class Picture(NamedTuple):
    """Boxes, operands before what is made of them, and arrows between them."""

    title: str
    boxes: list[Box]
    arrows: list[Arrow]
    remark: str  # about what is left out
