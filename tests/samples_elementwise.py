"""Samples of elementwise functions."""

import numpy as np
from sampling import S

C = np.arange(24.0).reshape(2, 3, 4) / 7 - 1.1
SAMPLES = [
    S("numpy.sin", C),
    S("numpy.sin", C[:, ::-1, ::2]),
    S("numpy.multiply", C, np.array(2.5)),
    S("numpy.arctan2", np.array(0.7), np.array(-0.3)),
    S("numpy.exp", np.zeros((0, 3))),
]
