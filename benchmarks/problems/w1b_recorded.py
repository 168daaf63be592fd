"""W1b: the tutorial's example recorded once; a call gives value and gradient at w, x, y.

What an engine does once (record, differentiate, compile) is in the first gradient only. An engine
that cannot record does everything at each call.
"""

from .w1_tutorial import GRADIENT as GRADIENT
from .w1_tutorial import NODES as NODES
from .w1_tutorial import TOLERANCE as TOLERANCE
from .w1_tutorial import W as W
from .w1_tutorial import X as X
from .w1_tutorial import Y as Y
from .w1_tutorial import loss as loss

KEY = "w1b"
TITLE = "W1b: (w * x - y) ** 2, recorded once: value and gradient by an ordinary Python call"
ROW = "the tutorial's example, recorded"
PREPARED = True

GOALS = [("W1b: at most 0.4 us", "time", None, 0.4e-6)]
