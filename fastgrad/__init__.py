"""fastgrad: gradients of ordinary Python code at the speed of C, with no compiler at run time.

>>> import fastgrad as fg
>>> x, y = fg.tensor(1.0), fg.tensor(2.0)
>>> w = fg.tensor(1.0, requires_grad=True)
>>> loss = (w * x - y) ** 2
>>> loss
tensor(1., grad_fn=<PowBackward>)
>>> loss.backward()
>>> w.grad
tensor(-2.)
"""

try:
    from . import _core as _core
except ImportError as error:
    import os as _os

    if _os.path.exists(_os.path.join(_os.path.dirname(__file__), "_core.pyx")):
        raise ImportError(
            "this is the source folder of fastgrad, without its compiled part; it shadows the "
            "installed package. Leave the checkout (cd /) after `pip install .`, or compile in "
            "place with `python setup.py build_ext --inplace`"
        ) from error
    raise

from . import autograd as autograd
from . import optim as optim
from ._array import tensor as tensor
from ._convert import as_tensor as as_tensor
from ._convert import from_numpy as from_numpy
from ._functions import *  # noqa: F403
from ._functions import __all__ as _function_names
from ._gradmode import enable_grad as enable_grad
from ._gradmode import is_grad_enabled as is_grad_enabled
from ._gradmode import no_grad as no_grad
from ._gradmode import set_grad_enabled as set_grad_enabled
from ._methods import Tensor as Tensor
from ._ops import *  # type: ignore[assignment]  # noqa: F403
from ._ops import __all__ as _op_names
from ._version import __version__ as __version__
from .explain import explain as explain

# Of a name in both, the function of arrays is the public one: clip takes None for a limit.
from ._functions import clip as clip  # isort: skip

__all__ = [
    "Tensor",
    "__version__",
    "as_tensor",
    "autograd",
    "enable_grad",
    "explain",
    "from_numpy",
    "is_grad_enabled",
    "no_grad",
    "optim",
    "set_grad_enabled",
    "tensor",
    *_function_names,
    *(name for name in _op_names if name not in _function_names),
]

for _name in ("tensor", "as_tensor", "from_numpy", "no_grad", "enable_grad", "set_grad_enabled",
              "is_grad_enabled", "explain"):  # fmt: skip
    globals()[_name].__module__ = "fastgrad"
