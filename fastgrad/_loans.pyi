from collections.abc import Sequence
from typing import Any

import numpy as np

from ._lowering import Lowered

KERNELS: dict[str, int]

def blas_from(worth: float) -> float: ...
def run(
    lowered: Lowered,
    arrays: Sequence[np.ndarray],
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
) -> np.ndarray: ...
