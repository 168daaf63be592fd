"""The public functions of arrays that are not in the op table, and which are methods of Tensors."""

from __future__ import annotations

from ._choosing import all as all
from ._choosing import any as any
from ._choosing import argmax as argmax
from ._choosing import argmin as argmin
from ._choosing import argsort as argsort
from ._choosing import clip as clip
from ._choosing import nonzero as nonzero
from ._choosing import where as where
from ._creation import arange as arange
from ._creation import astype as astype
from ._creation import clone as clone
from ._creation import copy as copy
from ._creation import empty as empty
from ._creation import empty_like as empty_like
from ._creation import eye as eye
from ._creation import full as full
from ._creation import full_like as full_like
from ._creation import identity as identity
from ._creation import linspace as linspace
from ._creation import ones as ones
from ._creation import ones_like as ones_like
from ._creation import zeros as zeros
from ._creation import zeros_like as zeros_like
from ._joining import concatenate as concatenate
from ._joining import hstack as hstack
from ._joining import stack as stack
from ._joining import vstack as vstack
from ._linear import dot as dot
from ._linear import inner as inner
from ._linear import matmul as matmul
from ._linear import norm as norm
from ._linear import outer as outer
from ._linear import vdot as vdot
from ._moments import mean as mean
from ._moments import std as std
from ._moments import var as var
from ._reductions import amax as amax
from ._reductions import amin as amin
from ._reductions import max as max
from ._reductions import min as min
from ._reductions import prod as prod
from ._reductions import sum as sum
from ._scans import cummax as cummax
from ._scans import cummin as cummin
from ._scans import cumprod as cumprod
from ._scans import cumsum as cumsum
from ._scans import logcumsumexp as logcumsumexp
from ._shape import broadcast_to as broadcast_to
from ._shape import expand as expand
from ._shape import expand_dims as expand_dims
from ._shape import flatten as flatten
from ._shape import flip as flip
from ._shape import moveaxis as moveaxis
from ._shape import ravel as ravel
from ._shape import reshape as reshape
from ._shape import squeeze as squeeze
from ._shape import swapaxes as swapaxes
from ._shape import transpose as transpose
from ._softmax import log_softmax as log_softmax
from ._softmax import logsumexp as logsumexp
from ._softmax import softmax as softmax

METHODS = (  # t.sum(...) is sum(t, ...)
    "all any argmax argmin argsort astype clip clone copy cumprod cumsum dot expand flatten "
    "logsumexp log_softmax matmul max mean min nonzero norm prod ravel reshape softmax squeeze std "
    "sum swapaxes transpose var"
).split()

__all__ = [
    "all",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "clip",
    "nonzero",
    "where",
    "arange",
    "astype",
    "clone",
    "copy",
    "empty",
    "empty_like",
    "eye",
    "full",
    "full_like",
    "identity",
    "linspace",
    "ones",
    "ones_like",
    "zeros",
    "zeros_like",
    "concatenate",
    "hstack",
    "stack",
    "vstack",
    "dot",
    "inner",
    "matmul",
    "norm",
    "outer",
    "vdot",
    "amax",
    "amin",
    "cummax",
    "cummin",
    "cumprod",
    "cumsum",
    "logcumsumexp",
    "max",
    "mean",
    "min",
    "prod",
    "std",
    "sum",
    "var",
    "broadcast_to",
    "expand",
    "expand_dims",
    "flatten",
    "flip",
    "moveaxis",
    "ravel",
    "reshape",
    "squeeze",
    "swapaxes",
    "transpose",
    "log_softmax",
    "logsumexp",
    "softmax",
]

for _name in __all__:
    globals()[_name].__module__ = "fastgrad"
