"""Structural ops: all that is known of each, side by side in one object, gathered here.

A structural op moves, joins or reduces whole arrays, so no scalar formula of the op table fits it.
Its `value` takes NumPy arrays and gives one NumPy array; its `vjp` has one rule for each operand.
In a rule these are in scope:

    g       the cotangent of the result, with its shape
    out     the result
    x, ...  the operands; those (or "out") not named in `reads` have only .shape .ndim .dtype .size
    *, ...  the static parameters the op was called with

and the rule gives the cotangent of its operand, with its shape. In the rule `jvp`, `dots` are the
tangents of the operands, and it gives that of the result. A rule uses only ops of fastgrad, so that
recording it gives the rule of the next order: no op here has a second formula. It never looks at
values, for in a graph there are none. Where g or a tangent is 0 a rule gives 0, also beside
infinities and NaN: it multiplies by masked_multiply and masks by select. A `vjp` or a rule of None
says that there is no derivative: the result, or the operand, is an index or a truth value.

Axes arrive as tuples of increasing numbers from 0 to ndim - 1 and shapes as tuples without -1;
the public functions see to that, and `infer` checks it where a graph comes from a file.
"""

from __future__ import annotations

from ._struct_det import adjugate as adjugate
from ._struct_det import det as det
from ._struct_factor import eigh as eigh
from ._struct_factor import pinv as pinv
from ._struct_factor import qr as qr
from ._struct_factor import svd as svd
from ._struct_fft import fft as fft
from ._struct_fft import irfft as irfft
from ._struct_fft import rfft as rfft
from ._struct_functions import expm as expm
from ._struct_functions import sqrtm as sqrtm
from ._struct_index import assign as assign
from ._struct_index import gather as gather
from ._struct_index import getitem as getitem
from ._struct_index import put_add as put_add
from ._struct_index import reverse as reverse
from ._struct_index import scatter_add as scatter_add
from ._struct_index import scatter_set as scatter_set
from ._struct_join import concatenate as concatenate
from ._struct_join import stack as stack
from ._struct_matmul import matmul as matmul
from ._struct_reduce import all as all
from ._struct_reduce import any as any
from ._struct_reduce import argmax as argmax
from ._struct_reduce import argmin as argmin
from ._struct_reduce import argsort as argsort
from ._struct_reduce import argwhere as argwhere
from ._struct_reduce import logsumexp as logsumexp
from ._struct_reduce import max as max
from ._struct_reduce import min as min
from ._struct_reduce import norm as norm
from ._struct_refuse import no_derivative as no_derivative
from ._struct_scan import cummax as cummax
from ._struct_scan import cummin as cummin
from ._struct_scan import cumprod as cumprod
from ._struct_scan import cumsum as cumsum
from ._struct_scan import logcumsumexp as logcumsumexp
from ._struct_scan import recurrence as recurrence
from ._struct_shape import astype as astype
from ._struct_shape import broadcast_to as broadcast_to
from ._struct_shape import copy as copy
from ._struct_shape import reshape as reshape
from ._struct_shape import stop_gradient as stop_gradient
from ._struct_shape import sum as sum
from ._struct_shape import sum_to as sum_to
from ._struct_shape import transpose as transpose
from ._struct_shape import with_axes as with_axes
from ._struct_solve import cholesky as cholesky
from ._struct_solve import lu as lu
from ._struct_solve import lu_of as lu_of
from ._struct_solve import lu_solve as lu_solve
from ._struct_solve import solve_triangular as solve_triangular
