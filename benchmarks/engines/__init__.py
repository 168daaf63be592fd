"""The engines, one file each.

A module says `NAME`, `available()` (its version, or None if it is not installed) and implements the
problems it can, each as a function of the problem's `KEY`.

`w1(problem)` and `w2(problem)` return a dict from a variant to a call without arguments that gives
the gradient. `w9(problem)` returns how many nodes it takes, `record(nodes)`, and
`backward(recorded)`, which gives the gradient. The other problems are `PREPARED`: the dict leads
from a variant to a function that does what is done once (record, differentiate, compile) and
returns the call. An empty dict leaves a case out. The first variant is the one compared.
"""

import importlib
import importlib.metadata
from types import SimpleNamespace


def version(package, module=None):
    """Return the version of an installed package, or None."""
    try:
        imported = importlib.import_module(module or package)
    except ImportError:
        return None
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # a source tree on the path
        return getattr(imported, "__version__", "?")


def at_each_call(calls):
    """Return the variants of an engine that does everything at each call, and prepares nothing."""
    return {variant: lambda call=call: call for variant, call in calls.items()}


def functions(module, erfc):
    """Return what W5 calls: functions of an engine's module, and erfc, which is often elsewhere."""
    return SimpleNamespace(exp=module.exp, log=module.log, sqrt=module.sqrt, erfc=erfc)
