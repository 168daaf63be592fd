"""Programs bound to buffers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._machine import BoundCall
from ._recordings import Arguments
from ._sources import Source
from ._transforms import value_and_grad

_FLOATS = [np.dtype(np.float64), np.dtype(np.float32)]


def _check(x, what, dtypes):
    if not isinstance(x, np.ndarray) or x.dtype not in dtypes or not x.flags.carray:
        got = type(x).__name__
        if isinstance(x, np.ndarray):
            got = f"{x.dtype}{'' if x.flags.carray else ', not dense or not writeable'}"
        wanted = " or ".join(map(str, dtypes))
        raise TypeError(
            f"{what} has to be a C-contiguous {wanted} array, got {got}; use "
            f"numpy.ascontiguousarray(x, numpy.{dtypes[0]})"
        )


def bind(source: Source, buffers: tuple[Any, ...], out: Any) -> BoundCall:
    """Return a call without arguments, see `Program.bind`."""
    for k, x in enumerate(buffers):
        _check(x, f"buffer {k}", _FLOATS)
    both = value_and_grad(source)

    def found(recording, _):
        return recording

    recording = both.replay(Arguments(buffers, {}), found)
    outputs, dtype = recording.machine.outputs, recording.machine.dtype
    for k, x in enumerate(buffers):
        _check(x, f"buffer {k}", [dtype])
    if out is not None:
        _check(out, "out", [outputs[1][0]])
        if not out.flags.writeable or out.shape != outputs[1][1]:
            raise ValueError(f"out has to be writeable, of shape {outputs[1][1]}; got {out.shape}")
        if any(np.may_share_memory(out, x) for x in buffers):
            raise ValueError("out shares memory with an argument; use memory of its own")

    def otherwise() -> float:
        value, gradient = both(*buffers)
        if out is not None:
            out[...] = gradient
        return value

    return BoundCall(recording.machine, list(buffers), out, otherwise)
