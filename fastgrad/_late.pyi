"""Functions that are imported when first used. Written by tools/generate.py: do not edit."""

from ._functions import concatenate as concat
from ._functions import transpose as permute_dims
from ._numpy_applying import apply_along_axis as apply_along_axis
from ._numpy_applying import apply_over_axes as apply_over_axes
from ._numpy_applying import piecewise as piecewise
from ._numpy_axes import atleast_1d as atleast_1d
from ._numpy_axes import atleast_2d as atleast_2d
from ._numpy_axes import atleast_3d as atleast_3d
from ._numpy_axes import broadcast_arrays as broadcast_arrays
from ._numpy_axes import ix_ as ix_
from ._numpy_axes import matrix_transpose as matrix_transpose
from ._numpy_axes import meshgrid as meshgrid
from ._numpy_axes import rollaxis as rollaxis
from ._numpy_calculus import convolve as convolve
from ._numpy_calculus import correlate as correlate
from ._numpy_calculus import diff as diff
from ._numpy_calculus import ediff1d as ediff1d
from ._numpy_calculus import gradient as gradient
from ._numpy_calculus import interp as interp
from ._numpy_calculus import trapezoid as trapezoid
from ._numpy_calculus import unwrap as unwrap
from ._numpy_creation import geomspace as geomspace
from ._numpy_creation import logspace as logspace
from ._numpy_einsum import einsum as einsum
from ._numpy_einsum import einsum_path as einsum_path
from ._numpy_elementwise import conjugate as conj
from ._numpy_elementwise import conjugate as conjugate
from ._numpy_elementwise import copysign as copysign
from ._numpy_elementwise import deg2rad as deg2rad
from ._numpy_elementwise import deg2rad as radians
from ._numpy_elementwise import divmod_ as divmod
from ._numpy_elementwise import fabs as fabs
from ._numpy_elementwise import float_power as float_power
from ._numpy_elementwise import fmax as fmax
from ._numpy_elementwise import fmin as fmin
from ._numpy_elementwise import heaviside as heaviside
from ._numpy_elementwise import ldexp as ldexp
from ._numpy_elementwise import logaddexp2 as logaddexp2
from ._numpy_elementwise import logical_xor as logical_xor
from ._numpy_elementwise import modf as modf
from ._numpy_elementwise import positive as positive
from ._numpy_elementwise import rad2deg as degrees
from ._numpy_elementwise import rad2deg as rad2deg
from ._numpy_elementwise import signbit as signbit
from ._numpy_floats import frexp as frexp
from ._numpy_floats import nextafter as nextafter
from ._numpy_floats import spacing as spacing
from ._numpy_linear import cross as cross
from ._numpy_linear import kron as kron
from ._numpy_linear import matvec as matvec
from ._numpy_linear import tensordot as tensordot
from ._numpy_linear import vecdot as vecdot
from ._numpy_linear import vecmat as vecmat
from ._numpy_matrices import diag as diag
from ._numpy_matrices import diagflat as diagflat
from ._numpy_matrices import diagonal as diagonal
from ._numpy_matrices import trace as trace
from ._numpy_matrices import tri as tri
from ._numpy_matrices import tril as tril
from ._numpy_matrices import triu as triu
from ._numpy_matrices import vander as vander
from ._numpy_nan import nanargmax as nanargmax
from ._numpy_nan import nanargmin as nanargmin
from ._numpy_nan import nancumprod as nancumprod
from ._numpy_nan import nancumsum as nancumsum
from ._numpy_nan import nanmax as nanmax
from ._numpy_nan import nanmean as nanmean
from ._numpy_nan import nanmin as nanmin
from ._numpy_nan import nanprod as nanprod
from ._numpy_nan import nanstd as nanstd
from ._numpy_nan import nansum as nansum
from ._numpy_nan import nanvar as nanvar
from ._numpy_order import argpartition as argpartition
from ._numpy_order import argwhere as argwhere
from ._numpy_order import bincount as bincount
from ._numpy_order import digitize as digitize
from ._numpy_order import flatnonzero as flatnonzero
from ._numpy_order import histogram as histogram
from ._numpy_order import histogram_bin_edges as histogram_bin_edges
from ._numpy_order import lexsort as lexsort
from ._numpy_order import partition as partition
from ._numpy_order import searchsorted as searchsorted
from ._numpy_order import sort as sort
from ._numpy_pad import pad as pad
from ._numpy_parts import append as append
from ._numpy_parts import array_split as array_split
from ._numpy_parts import block as block
from ._numpy_parts import column_stack as column_stack
from ._numpy_parts import dsplit as dsplit
from ._numpy_parts import dstack as dstack
from ._numpy_parts import hsplit as hsplit
from ._numpy_parts import split as split
from ._numpy_parts import unstack as unstack
from ._numpy_parts import vsplit as vsplit
from ._numpy_polynomials import poly as poly
from ._numpy_polynomials import polyadd as polyadd
from ._numpy_polynomials import polyder as polyder
from ._numpy_polynomials import polydiv as polydiv
from ._numpy_polynomials import polyint as polyint
from ._numpy_polynomials import polymul as polymul
from ._numpy_polynomials import polysub as polysub
from ._numpy_polynomials import polyval as polyval
from ._numpy_putting import copyto as copyto
from ._numpy_putting import fill_diagonal as fill_diagonal
from ._numpy_putting import place as place
from ._numpy_putting import put as put
from ._numpy_putting import put_along_axis as put_along_axis
from ._numpy_putting import putmask as putmask
from ._numpy_quantiles import median as median
from ._numpy_quantiles import nanmedian as nanmedian
from ._numpy_quantiles import nanpercentile as nanpercentile
from ._numpy_quantiles import nanquantile as nanquantile
from ._numpy_quantiles import percentile as percentile
from ._numpy_quantiles import quantile as quantile
from ._numpy_reductions import average as average
from ._numpy_reductions import count_nonzero as count_nonzero
from ._numpy_reductions import cumulative_prod as cumulative_prod
from ._numpy_reductions import cumulative_sum as cumulative_sum
from ._numpy_reductions import ptp as ptp
from ._numpy_rounding import allclose as allclose
from ._numpy_rounding import angle as angle
from ._numpy_rounding import array_equal as array_equal
from ._numpy_rounding import array_equiv as array_equiv
from ._numpy_rounding import fix as fix
from ._numpy_rounding import imag as imag
from ._numpy_rounding import isclose as isclose
from ._numpy_rounding import iscomplex as iscomplex
from ._numpy_rounding import isneginf as isneginf
from ._numpy_rounding import isposinf as isposinf
from ._numpy_rounding import isreal as isreal
from ._numpy_rounding import nan_to_num as nan_to_num
from ._numpy_rounding import real as real
from ._numpy_rounding import real_if_close as real_if_close
from ._numpy_rounding import round_ as around
from ._numpy_rounding import round_ as round
from ._numpy_rounding import sinc as sinc
from ._numpy_sets import intersect1d as intersect1d
from ._numpy_sets import isin as isin
from ._numpy_sets import setdiff1d as setdiff1d
from ._numpy_sets import setxor1d as setxor1d
from ._numpy_sets import union1d as union1d
from ._numpy_sets import unique as unique
from ._numpy_sets import unique_all as unique_all
from ._numpy_sets import unique_counts as unique_counts
from ._numpy_sets import unique_inverse as unique_inverse
from ._numpy_sets import unique_values as unique_values
from ._numpy_shape import delete as delete
from ._numpy_shape import fliplr as fliplr
from ._numpy_shape import flipud as flipud
from ._numpy_shape import insert as insert
from ._numpy_shape import repeat as repeat
from ._numpy_shape import resize as resize
from ._numpy_shape import roll as roll
from ._numpy_shape import rot90 as rot90
from ._numpy_shape import sliding_window_view as sliding_window_view
from ._numpy_shape import tile as tile
from ._numpy_statistics import corrcoef as corrcoef
from ._numpy_statistics import cov as cov
from ._numpy_taking import choose as choose
from ._numpy_taking import compress as compress
from ._numpy_taking import extract as extract
from ._numpy_taking import take as take
from ._numpy_taking import take_along_axis as take_along_axis
from ._numpy_taking import trim_zeros as trim_zeros
from ._ops import absolute as abs
from ._ops import arccos as acos
from ._ops import arccosh as acosh
from ._ops import arcsin as asin
from ._ops import arcsinh as asinh
from ._ops import arctan as atan
from ._ops import arctan2 as atan2
from ._ops import arctanh as atanh
from ._ops import divide as true_divide
from ._ops import power as pow
from ._ops import remainder as mod

PLACES: dict[str, str]

__all__ = [
    "abs",
    "acos",
    "acosh",
    "allclose",
    "angle",
    "append",
    "apply_along_axis",
    "apply_over_axes",
    "argpartition",
    "argwhere",
    "around",
    "array_equal",
    "array_equiv",
    "array_split",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "atleast_1d",
    "atleast_2d",
    "atleast_3d",
    "average",
    "bincount",
    "block",
    "broadcast_arrays",
    "choose",
    "column_stack",
    "compress",
    "concat",
    "conj",
    "conjugate",
    "convolve",
    "copysign",
    "copyto",
    "corrcoef",
    "correlate",
    "count_nonzero",
    "cov",
    "cross",
    "cumulative_prod",
    "cumulative_sum",
    "deg2rad",
    "degrees",
    "delete",
    "diag",
    "diagflat",
    "diagonal",
    "diff",
    "digitize",
    "divmod",
    "dsplit",
    "dstack",
    "ediff1d",
    "einsum",
    "einsum_path",
    "extract",
    "fabs",
    "fill_diagonal",
    "fix",
    "flatnonzero",
    "fliplr",
    "flipud",
    "float_power",
    "fmax",
    "fmin",
    "frexp",
    "geomspace",
    "gradient",
    "heaviside",
    "histogram",
    "histogram_bin_edges",
    "hsplit",
    "imag",
    "insert",
    "interp",
    "intersect1d",
    "isclose",
    "iscomplex",
    "isin",
    "isneginf",
    "isposinf",
    "isreal",
    "ix_",
    "kron",
    "ldexp",
    "lexsort",
    "logaddexp2",
    "logical_xor",
    "logspace",
    "matrix_transpose",
    "matvec",
    "median",
    "meshgrid",
    "mod",
    "modf",
    "nan_to_num",
    "nanargmax",
    "nanargmin",
    "nancumprod",
    "nancumsum",
    "nanmax",
    "nanmean",
    "nanmedian",
    "nanmin",
    "nanpercentile",
    "nanprod",
    "nanquantile",
    "nanstd",
    "nansum",
    "nanvar",
    "nextafter",
    "pad",
    "partition",
    "percentile",
    "permute_dims",
    "piecewise",
    "place",
    "poly",
    "polyadd",
    "polyder",
    "polydiv",
    "polyint",
    "polymul",
    "polysub",
    "polyval",
    "positive",
    "pow",
    "ptp",
    "put",
    "put_along_axis",
    "putmask",
    "quantile",
    "rad2deg",
    "radians",
    "real",
    "real_if_close",
    "repeat",
    "resize",
    "roll",
    "rollaxis",
    "rot90",
    "round",
    "searchsorted",
    "setdiff1d",
    "setxor1d",
    "signbit",
    "sinc",
    "sliding_window_view",
    "sort",
    "spacing",
    "split",
    "take",
    "take_along_axis",
    "tensordot",
    "tile",
    "trace",
    "trapezoid",
    "tri",
    "tril",
    "trim_zeros",
    "triu",
    "true_divide",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
    "unstack",
    "unwrap",
    "vander",
    "vecdot",
    "vecmat",
    "vsplit",
]
