"""The structural op that stands where a function has no derivative by an operand."""

from __future__ import annotations

from typing import Any, NoReturn

from ._array import is_symbolic
from ._lowering import alias
from ._recording import Structural
from ._tensor import Tensor, later


def _refuse(why: str) -> NoReturn:
    raise TypeError(
        f"{why}; if it is a constant here, hand over a number, t.detach() or "
        "fastgrad.stop_gradient(t), and if not, differentiate by other arguments alone"
    )


def _infer(x, *, why):
    if not isinstance(why, str):
        raise TypeError(f"the reason of no_derivative is a string, got {type(why).__name__}")
    return x.shape, x.dtype


no_derivative: Structural = Structural(  # the operand itself; an error to who asks for a derivative
    "no_derivative",
    value=lambda x, *, why: x,
    vjp=(lambda g, out, x, *, why: _refuse(why),),
    jvp=lambda dots, out, x, *, why: _refuse(why),
    infer=_infer,
    batch=lambda n, batched, x, *, why: no_derivative(x, why=why),
    lower=lambda x, *, why: alias(),
    view=True,
)


def without_derivative(x: Any, why: str) -> Any:
    """Return an operand by which a function has no derivative, as one that says so.

    Parameters
    ----------
    x : Tensor or array_like
        An operand. What is not tracked comes back as it is.
    why : str
        The start of the sentence that a derivative raises, as a TypeError.

    Examples
    --------
    >>> import fastgrad as fg
    >>> from fastgrad._struct_refuse import without_derivative
    >>> n = fg.tensor(2.0, requires_grad=True)
    >>> without_derivative(n, "f has no derivative by n").backward()
    Traceback (most recent call last):
        ...
    TypeError: f has no derivative by n; if it is a constant here, hand over a number, ...
    """
    if isinstance(x, (list, tuple)):
        x = later.as_tensor(x)
    if (type(x) is Tensor and x.requires_grad) or is_symbolic((x,)):
        return no_derivative(x, why=why)
    return x


later.without_derivative = without_derivative
