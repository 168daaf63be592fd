"""Linear algebra of Tensors: NumPy's ``numpy.linalg``, with derivatives.

Functions take array-likes and Tensors, and stacks of matrices as NumPy does. SciPy's names are in
``fastgrad.scipy.linalg``.
"""

from numpy.linalg import LinAlgError as LinAlgError

from ._functions import matmul as matmul
from ._functions import norm as norm
from ._functions import outer as outer
from ._matrix_functions import expm as expm
from ._matrix_functions import sqrtm as sqrtm
from ._numpy_axes import matrix_transpose as matrix_transpose
from ._numpy_einsum import multi_dot as multi_dot
from ._numpy_factor import cond as cond
from ._numpy_factor import eigh as eigh
from ._numpy_factor import eigvalsh as eigvalsh
from ._numpy_factor import matrix_rank as matrix_rank
from ._numpy_factor import qr as qr
from ._numpy_factor import svd as svd
from ._numpy_factor import svdvals as svdvals
from ._numpy_linear import linalg_cross as cross
from ._numpy_linear import matrix_norm as matrix_norm
from ._numpy_linear import tensordot as tensordot
from ._numpy_linear import vecdot as vecdot
from ._numpy_linear import vector_norm as vector_norm
from ._numpy_matrices import linalg_diagonal as diagonal
from ._numpy_matrices import linalg_trace as trace
from ._numpy_powers import matrix_power as matrix_power
from ._numpy_powers import tensorinv as tensorinv
from ._numpy_powers import tensorsolve as tensorsolve
from ._numpy_solve import cholesky as cholesky
from ._numpy_solve import det as det
from ._numpy_solve import inv as inv
from ._numpy_solve import lstsq as lstsq
from ._numpy_solve import pinv as pinv
from ._numpy_solve import slogdet as slogdet
from ._numpy_solve import solve as solve
from ._scipy_linalg import solve_triangular as solve_triangular

__all__ = [
    "LinAlgError", "cholesky", "cond", "cross", "det", "diagonal", "eigh", "eigvalsh", "expm",
    "inv", "lstsq", "matmul", "matrix_norm", "matrix_power", "matrix_rank", "matrix_transpose",
    "multi_dot", "norm", "outer", "pinv", "qr", "slogdet", "solve", "solve_triangular", "sqrtm",
    "svd", "svdvals", "tensordot", "tensorinv", "tensorsolve", "trace", "vecdot", "vector_norm",
]  # fmt: skip
