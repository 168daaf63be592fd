"""`fastgrad.explain`: the three steps of backpropagation, printed with every number."""

from __future__ import annotations

import sys

from ._tensor import Tensor


def explain(loss: Tensor, max_nodes: int = 50) -> None:
    """Print how the gradients of a loss come about: values, local gradients, chain rule.

    Parameters
    ----------
    loss : Tensor, shape () or of one element
        Result of ops on Tensors of which one at least requires a gradient.
    max_nodes : int
        Of a longer graph show this many nodes: those nearest to the loss.

    Raises
    ------
    TypeError
        If `loss` is no Tensor.
    ValueError
        If `loss` has more than one element, or `max_nodes` is less than 1.
    RuntimeError
        If `loss` does not require a gradient; if backward has been through its graph already; if
        a value that is needed was changed in place; if it belongs to another thread.

    See Also
    --------
    Tensor.backward : Does what is explained.

    Notes
    -----
    Three steps: the forward pass, each node from its operands; the local gradients, formula and
    number, where a gradient flows; the backward pass, each adjoint times each local gradient,
    contribution by contribution as they add up. The last lines are what `backward` adds to the
    ``.grad`` of the leaves.

    A node is called as the variable of the caller that holds it, or ``v`` and its number. A number
    written in the code is no node. The gradient of an op on whole arrays, such as a sum or a
    product of matrices, is not a number beside a formula; it says whose rule gave it.

    Nothing changes: no ``.grad``, and the graph is kept. Hooks do not run.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x, y = fg.tensor(1.0), fg.tensor(2.0)
    >>> w = fg.tensor(1.0, requires_grad=True)
    >>> loss = (w * x - y) ** 2
    >>> fg.explain(loss)
    1. Forward pass: the value of each node
      1  w                = 1   leaf
      2  x                = 1   constant
      3  v3    = w * x    = 1
      4  y                = 2   constant
      5  v5    = v3 - y   = -1
      6  loss  = v5 ** 2  = 1
    2. Local gradients: of each node with respect to its operands
      3  dv3/dw     = x       = 1
      5  dv5/dv3              = 1
      6  dloss/dv5  = 2 * v5  = -2
    3. Backward pass: from the loss down, gradient times local gradient
      6  dloss/dloss                                       = 1
      6  dloss/dv5    = dloss/dloss * dloss/dv5  = 1 * -2  = -2
      5  dloss/dv3    = dloss/dv5 * dv5/dv3      = -2 * 1  = -2
      3  dloss/dw     = dloss/dv3 * dv3/dw       = -2 * 1  = -2
    loss.backward() adds to the gradients of the leaves:
      w.grad += -2
    """
    from ._explained import explanation, names_seen_from  # not needed before it is asked for

    print(explanation(loss, names_seen_from(sys._getframe(1)), max_nodes))
