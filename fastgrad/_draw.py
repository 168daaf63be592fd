"""`fastgrad.draw`: the computational graph as a picture."""

from __future__ import annotations

import sys
from typing import Any

from ._described import MOST_NODES, Described
from ._drawing import Drawing
from ._drawing_loss import picture_of_loss
from ._explained import names_seen_from
from ._tensor import Tensor


def draw(loss: Any, *args: Any, max_nodes: int = MOST_NODES) -> Drawing:
    """Draw the computational graph of a loss or of a program.

    Parameters
    ----------
    loss : Tensor, Program or RecordedFunction
        A scalar Tensor that requires a gradient, before `backward`; or a recorded function.
    *args
        Arguments of a program: with them values and gradients are drawn, without them formulas.
    max_nodes : int
        Of a larger graph draw this many nodes: those nearest to the result.

    Returns
    -------
    Drawing
        A notebook shows it; ``save("graph.svg")`` writes it, also as .dot, .png or .pdf.

    Raises
    ------
    TypeError
        If `loss` is something else.
    ValueError, RuntimeError
        As for `explain`.

    See Also
    --------
    explain : The same numbers as text.

    Notes
    -----
    A box is a node, with formula and value. On an arrow stands the local gradient of the node with
    respect to the operand, in red above a box the gradient of the result by the node. Inputs are
    blue, constants dashed. Arrays are shown by their first numbers. A picture has 300 boxes at
    most, a .dot file as many as there are nodes.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x, y = fg.tensor(1.0), fg.tensor(2.0)
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> loss = (w * x - y) ** 2
    >>> picture = fg.draw(loss)
    >>> picture
    <Drawing of loss: 6 nodes, 5 arrows>
    >>> picture.save("graph.svg")  # doctest: +SKIP
    >>> fg.draw(fg.record(lambda w: (w * 3 - 2) ** 2, 1.0), 1.0)
    <Drawing of <lambda>: 4 nodes, 3 arrows>
    """
    if isinstance(loss, Described):
        return loss.draw(*args, max_nodes=max_nodes)
    if callable(loss):
        raise TypeError(
            f"draw takes a Tensor or a program, got {type(loss).__name__}; record it first: "
            "fastgrad.draw(fastgrad.record(f, x), x)"
        )
    if args:
        raise TypeError(
            f"draw takes arguments after a program only, got {len(args)} after a "
            f"{type(loss).__name__}"
        )
    names = names_seen_from(sys._getframe(1)) if isinstance(loss, Tensor) else {}
    return Drawing(picture_of_loss(loss, names, max_nodes))
