"""Discrete Fourier transforms, with the names and signatures of NumPy and SciPy.

What is complex is a `ComplexTensor`: two real Tensors, which gradients pass through.

>>> import fastgrad as fg
>>> x = fg.tensor([1.0, 2.0, 0.0, -1.0], requires_grad=True)
>>> power = abs(fg.fft.rfft(x)) ** 2
>>> power[0]
tensor(4., grad_fn=<IndexBackward>)
>>> power[1].backward()
>>> x.grad
tensor([ 2.,  6., -2., -6.])
"""

from . import _fft, _fft_frequencies
from ._fft import *  # noqa: F403
from ._fft_cosine import dct as dct
from ._fft_cosine import dst as dst
from ._fft_cosine import idct as idct
from ._fft_cosine import idst as idst
from ._fft_frequencies import *  # noqa: F403

__all__ = sorted([*_fft.__all__, *_fft_frequencies.__all__, "dct", "dst", "idct", "idst"])

for _name in __all__:  # let help and errors say `fastgrad.fft.rfft`
    globals()[_name].__module__ = "fastgrad.fft"
