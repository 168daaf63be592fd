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
except ImportError as _error:
    import os as _os

    if _os.path.exists(_os.path.join(_os.path.dirname(__file__), "_core.pyx")):
        raise ImportError(
            "this is the source folder of fastgrad, without its compiled part; it shadows the "
            "installed package. Leave the checkout (cd /) after `pip install .`, or compile in "
            "place with `python setup.py build_ext --inplace`"
        ) from _error
    raise

from typing import TYPE_CHECKING
from typing import Any as _Any

from . import autograd as autograd
from ._array import tensor as tensor
from ._convert import as_tensor as as_tensor
from ._convert import from_numpy as from_numpy
from ._errors import BranchChanged as BranchChanged
from ._functions import *  # noqa: F403
from ._functions import __all__ as _function_names
from ._gradmode import enable_grad as enable_grad
from ._gradmode import is_grad_enabled as is_grad_enabled
from ._gradmode import no_grad as no_grad
from ._gradmode import set_grad_enabled as set_grad_enabled
from ._late import PLACES as _LATE_FUNCTIONS
from ._methods import Tensor as Tensor
from ._ops import *  # type: ignore[assignment]  # noqa: F403
from ._ops import __all__ as _op_names
from ._version import __version__ as __version__
from .explain import explain as explain

if TYPE_CHECKING:
    from . import array_api as array_api
    from . import fft as fft
    from . import linalg as linalg
    from . import optim as optim
    from . import stats as stats
    from . import testing as testing
    from ._activations import celu as celu
    from ._activations import elu as elu
    from ._activations import gelu as gelu
    from ._activations import hardtanh as hardtanh
    from ._activations import huber_loss as huber_loss
    from ._activations import leaky_relu as leaky_relu
    from ._activations import logsigmoid as logsigmoid
    from ._activations import mish as mish
    from ._activations import relu6 as relu6
    from ._activations import selu as selu
    from ._activations import silu as silu
    from ._activations import smooth_l1_loss as smooth_l1_loss
    from ._checkpoint import checkpoint as checkpoint
    from ._complex import ComplexTensor as ComplexTensor
    from ._custom import custom_jvp as custom_jvp
    from ._custom import custom_vjp as custom_vjp
    from ._draw import draw as draw
    from ._late import *  # noqa: F403
    from ._programs import Program as Program
    from ._programs import load as load
    from ._programs import record as record
    from ._transforms import grad as grad
    from ._transforms import hessian as hessian
    from ._transforms import hvp as hvp
    from ._transforms import jacfwd as jacfwd
    from ._transforms import jacobian as jacobian
    from ._transforms import jacrev as jacrev
    from ._transforms import jvp as jvp
    from ._transforms import linearize as linearize
    from ._transforms import stop_gradient as stop_gradient
    from ._transforms import value_and_grad as value_and_grad
    from ._transforms import vjp as vjp
    from ._vmap import vmap as vmap

# Of a name in both, the function of arrays is the public one: clip takes None for a limit.
from ._functions import clip as clip  # isort: skip

__all__ = [
    "BranchChanged",
    "ComplexTensor",
    "Program",
    "Tensor",
    "__version__",
    "array_api",
    "as_tensor",
    "autograd",
    "celu",
    "checkpoint",
    "custom_jvp",
    "custom_vjp",
    "draw",
    "elu",
    "enable_grad",
    "explain",
    "fft",
    "from_numpy",
    "gelu",
    "grad",
    "hardtanh",
    "hessian",
    "huber_loss",
    "hvp",
    "is_grad_enabled",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "leaky_relu",
    "linalg",
    "linearize",
    "load",
    "logsigmoid",
    "mish",
    "no_grad",
    "optim",
    "record",
    "relu6",
    "selu",
    "set_grad_enabled",
    "silu",
    "smooth_l1_loss",
    "stats",
    "stop_gradient",
    "tensor",
    "testing",
    "value_and_grad",
    "vjp",
    "vmap",
    *_function_names,
    *(name for name in _op_names if name not in _function_names),
    *_LATE_FUNCTIONS,
]

# Where names are that are imported when they are first used: who computes with Tensors alone need
# not wait for programs and transforms.
_LATE = {
    "ComplexTensor": "_fft",
    "Program": "_programs",
    "checkpoint": "_checkpoint",
    "custom_jvp": "_custom",
    "custom_vjp": "_custom",
    "draw": "_draw",
    "grad": "_transforms",
    "hessian": "_transforms",
    "hvp": "_transforms",
    "jacfwd": "_transforms",
    "jacobian": "_transforms",
    "jacrev": "_transforms",
    "jvp": "_transforms",
    "linalg": "linalg",
    "linearize": "_transforms",
    "load": "_programs",
    "record": "_programs",
    "stop_gradient": "_transforms",
    "value_and_grad": "_transforms",
    "vjp": "_transforms",
    "vmap": "_vmap",
    "array_api": "array_api",
    "fft": "fft",
    "optim": "optim",
    "stats": "stats",
    "testing": "testing",
    **dict.fromkeys(
        (
            "celu elu gelu hardtanh huber_loss leaky_relu logsigmoid mish relu6 selu silu "
            "smooth_l1_loss"
        ).split(),
        "_activations",
    ),
    **_LATE_FUNCTIONS,  # "concat": "_joining.concatenate"
}


def _own(name, thing):
    """Let help, errors and pickles say `fastgrad.grad`."""
    if getattr(thing, "__module__", "").startswith("fastgrad._") and name != "Tensor":
        thing.__module__ = "fastgrad"
        if thing.__name__ not in __all__:  # round_, where round is Python's
            thing.__name__ = thing.__qualname__ = name
    return thing


def __getattr__(name: str) -> _Any:
    if name not in _LATE:
        raise AttributeError(f"module 'fastgrad' has no attribute {name!r}")
    import importlib

    place, _, inner = _LATE[name].partition(".")
    module = importlib.import_module(f".{place}", __name__)
    thing = module if place == name else _own(name, getattr(module, inner or name))
    globals()[name] = thing
    return thing


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


for _name in __all__:
    if _name not in _LATE:
        _own(_name, globals()[_name])
