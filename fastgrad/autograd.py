"""Gradients as functions, checks of gradients, a search for NaN: the names of torch.autograd."""

from __future__ import annotations

from ._anomaly import detect_anomaly as detect_anomaly
from ._backward import backward as backward
from ._backward import grad as grad
from ._gradcheck import gradcheck as gradcheck
from ._gradcheck import gradgradcheck as gradgradcheck

__all__ = ["backward", "detect_anomaly", "grad", "gradcheck", "gradgradcheck"]

for _name in __all__:
    globals()[_name].__module__ = "fastgrad.autograd"
