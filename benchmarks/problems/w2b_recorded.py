"""W2b: the perceptron of W2, number by number, recorded once: loss and 337 gradients a call."""

import numpy as np

from . import w2_mlp
from .w2_mlp import GRADIENT as GRADIENT
from .w2_mlp import LABELS as LABELS
from .w2_mlp import NODES as NODES
from .w2_mlp import ROWS as ROWS
from .w2_mlp import TOLERANCE as TOLERANCE
from .w2_mlp import array_loss as array_loss
from .w2_mlp import loss as loss

KEY = "w2b"
TITLE = "W2b: the perceptron of W2, scalar by scalar, recorded once: loss and 337 gradients"
ROW = "the same, recorded (jax and autograd: in arrays)"
PREPARED = True

PARAMETERS = np.array(w2_mlp.PARAMETERS)
GOALS = [("W2b: at most 1/3 of casadi", "time", "casadi", 1 / 3)]
