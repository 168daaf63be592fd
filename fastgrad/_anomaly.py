"""detect_anomaly: where a NaN in a backward pass comes from."""

from __future__ import annotations

from ._tape import AnomalyMode


class detect_anomaly(AnomalyMode):
    """Remember the line of every op, and stop backward at the first NaN with that line.

    A context manager. It slows recording down by microseconds an op: for debugging only.

    Parameters
    ----------
    check_nan : bool
        Whether to stop at a NaN; if not, only the lines are remembered.

    Raises
    ------
    RuntimeError
        From backward, if a local gradient gives NaN though the adjoint it multiplies is none.

    Examples
    --------
    >>> import fastgrad as fg
    >>> x = fg.tensor(-1.0, requires_grad=True)
    >>> with fg.autograd.detect_anomaly():
    ...     y = fg.sqrt(x)
    ...     y.backward()
    Traceback (most recent call last):
        ...
    RuntimeError: Function 'SqrtBackward' returned nan values in its 0th output. It was ...
    """

    def __init__(self, check_nan: bool = True) -> None:
        self.check_nan: bool = bool(check_nan)
