"""Activations and losses of neural networks: torch's names, parameters, derivatives at kinks."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

from . import _functions as fn
from . import _ops as ops
from ._arguments import to_float
from ._tensor import Tensor

_FAR = 1000.0  # beyond it the smooth ones are relu to the last bit, and exp of it is infinite


def _smooth_relu(x: Any, near: Callable[[Tensor], Tensor]) -> Tensor:
    """Return a function that is relu far from 0, so that no 0 * inf is met there."""
    x = to_float(x)
    is_near = ops.absolute(x) <= _FAR
    return ops.select(is_near, near(ops.select(is_near, x, 0.0)), ops.relu(x))


def leaky_relu(x: Any, negative_slope: float = 0.01) -> Tensor:
    """Return the operand where it is positive, a multiple of it elsewhere.

    Parameters
    ----------
    x : array_like
        Operand.
    negative_slope : float or array_like
        Factor of what is not positive, and the derivative at 0.

    Returns
    -------
    Tensor, shape of x

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.leaky_relu([-2.0, 3.0]).tolist()
    [-0.02, 3.0]
    """
    x = to_float(x)
    return ops.select(x > 0.0, x, negative_slope * x)


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """Return the exponential linear unit, x or alpha * (exp(x) - 1).

    Parameters
    ----------
    x : array_like
        Operand.
    alpha : float or array_like
        Minus the limit at -inf, and the derivative at 0.

    Returns
    -------
    Tensor, shape of x

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.elu([-1e5, 3.0], alpha=0.5).tolist()
    [-0.5, 3.0]
    """
    x = to_float(x)
    above = x > 0.0
    return ops.select(above, x, alpha * ops.expm1(ops.select(above, 0.0, x)))


def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """Return the exponential linear unit that is smooth at 0, x or alpha * (exp(x / alpha) - 1).

    Parameters
    ----------
    x : array_like
        Operand.
    alpha : float or array_like
        Minus the limit at -inf; not 0.

    Returns
    -------
    Tensor, shape of x

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.celu([-1e5, 3.0], alpha=0.5).tolist()
    [-0.5, 3.0]
    """
    x = to_float(x)
    above = x > 0.0
    return ops.select(above, x, alpha * ops.expm1(ops.select(above, 0.0, x) / alpha))


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def selu(x: Any) -> Tensor:
    """Return the scaled exponential linear unit, whose results keep mean 0 and variance 1.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x

    References
    ----------
    .. [1] Klambauer, Unterthiner, Mayr, Hochreiter, "Self-Normalizing Neural Networks" (2017).

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.selu([0.0, 1.0]).tolist()
    [0.0, 1.0507009873554805]
    """
    return _SELU_SCALE * elu(x, _SELU_ALPHA)


def silu(x: Any) -> Tensor:
    """Return x * sigmoid(x), also called swish.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.silu([0.0, 1000.0]).tolist()
    [0.0, 1000.0]
    """
    return _smooth_relu(x, lambda z: z * ops.sigmoid(z))


def mish(x: Any) -> Tensor:
    """Return x * tanh(softplus(x)).

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.mish([0.0, 1000.0]).tolist()
    [0.0, 1000.0]
    """
    return _smooth_relu(x, lambda z: z * ops.tanh(ops.softplus(z)))


def gelu(x: Any, approximate: Literal["none", "tanh"] = "none") -> Tensor:
    """Return x times the standard normal distribution of x.

    Parameters
    ----------
    x : array_like
        Operand.
    approximate : {"none", "tanh"}
        With "tanh" the distribution is (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x**3))) / 2.

    Returns
    -------
    Tensor, shape of x

    Raises
    ------
    ValueError
        If `approximate` is something else.

    References
    ----------
    .. [1] Hendrycks, Gimpel, "Gaussian Error Linear Units", arXiv:1606.08415 (2016).

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.gelu([-1000.0, 0.0, 1000.0]).tolist()
    [-0.0, 0.0, 1000.0]
    """
    if approximate == "none":
        return _smooth_relu(x, lambda z: z * ops.ndtr(z))
    if approximate == "tanh":
        # (1 + tanh(u)) / 2 is sigmoid(2 * u), which loses nothing where it is near 0
        scale = 2.0 * math.sqrt(2.0 / math.pi)
        return _smooth_relu(x, lambda z: z * ops.sigmoid(scale * (z + 0.044715 * z * z * z)))
    raise ValueError(f"approximate={approximate!r} is neither 'none' nor 'tanh'")


def logsigmoid(x: Any) -> Tensor:
    """Return the logarithm of sigmoid(x), with the digits that taking it would lose.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.logsigmoid([-1000.0]).tolist()
    [-1000.0]
    """
    return -ops.softplus(-to_float(x))


def hardtanh(x: Any, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Return the operand limited to an interval, with derivative 0 at its ends.

    Parameters
    ----------
    x : array_like
        Operand.
    min_val, max_val : float
        Ends of the interval.

    Returns
    -------
    Tensor, shape of x

    See Also
    --------
    clip : The same with derivative 1 at the ends.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.hardtanh([-2.0, 0.5, 2.0]).tolist()
    [-1.0, 0.5, 1.0]
    """
    x = to_float(x)
    return ops.select(x <= min_val, min_val, ops.select(x >= max_val, max_val, x))


def relu6(x: Any) -> Tensor:
    """Return the operand limited to the interval from 0 to 6.

    Parameters
    ----------
    x : array_like
        Operand.

    Returns
    -------
    Tensor, shape of x

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.relu6([-2.0, 0.5, 8.0]).tolist()
    [0.0, 0.5, 6.0]
    """
    return hardtanh(x, 0.0, 6.0)


# ----- losses -----


def _reduced(loss, reduction):
    if reduction == "none":
        return loss
    if reduction in ("mean", "sum"):
        return getattr(fn, reduction)(loss)
    raise ValueError(f"reduction={reduction!r} is none of 'none', 'mean', 'sum'")


def _residual(input, target):
    x, y = to_float(input), to_float(target)
    if x.shape != y.shape:
        raise ValueError(
            f"the shapes of input and target differ: {x.shape} and {y.shape}; broadcast one of "
            "them by fastgrad.broadcast_to if that is meant"
        )
    return x - y


def huber_loss(
    input: Any, target: Any, reduction: Literal["none", "mean", "sum"] = "mean", delta: float = 1.0
) -> Tensor:
    """Return Huber's loss: half the squared residual, and beyond `delta` its tangent.

    Parameters
    ----------
    input, target : array_like, of one shape
        Their difference is the residual.
    reduction : {"mean", "sum", "none"}
        What is done with the losses of the elements.
    delta : float
        The size of a residual from which on the loss grows linearly.

    Returns
    -------
    Tensor
        A scalar, or of the shape of `input` for "none".

    Raises
    ------
    ValueError
        If `delta` is not positive, the shapes differ, or `reduction` is something else.

    See Also
    --------
    smooth_l1_loss : The same over `delta`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.huber_loss([1.0, 4.0], [0.0, 0.0], reduction="none").tolist()
    [0.5, 3.5]
    """
    if not delta > 0:
        raise ValueError(f"huber_loss does not support non-positive values for delta, got {delta}")
    r = _residual(input, target)
    size = ops.absolute(r)
    near = size <= delta
    square = 0.5 * ops.square(ops.select(near, r, 0.0))
    return _reduced(ops.select(near, square, delta * (size - 0.5 * delta)), reduction)


def smooth_l1_loss(
    input: Any, target: Any, reduction: Literal["none", "mean", "sum"] = "mean", beta: float = 1.0
) -> Tensor:
    """Return the absolute residual, less beta / 2, and below `beta` a parabola.

    Parameters
    ----------
    input, target : array_like, of one shape
        Their difference is the residual.
    reduction : {"mean", "sum", "none"}
        What is done with the losses of the elements.
    beta : float
        The size of a residual below which the loss is a parabola; with 0 it nowhere is.

    Returns
    -------
    Tensor
        A scalar, or of the shape of `input` for "none".

    Raises
    ------
    ValueError
        If `beta` is negative, the shapes differ, or `reduction` is something else.

    See Also
    --------
    huber_loss : The same times `beta`.

    Examples
    --------
    >>> import fastgrad as fg
    >>> fg.smooth_l1_loss([1.0, 4.0], [0.0, 0.0], reduction="sum", beta=2.0)
    tensor(3.2500)
    """
    if not beta >= 0:
        raise ValueError(f"smooth_l1_loss does not support negative values for beta, got {beta}")
    if beta == 0:
        return _reduced(ops.absolute(_residual(input, target)), reduction)
    r = _residual(input, target)
    size = ops.absolute(r)
    near = size < beta
    square = (0.5 / beta) * ops.square(ops.select(near, r, 0.0))
    return _reduced(ops.select(near, square, size - 0.5 * beta), reduction)
