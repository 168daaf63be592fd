"""Allocations of Python that fail, one at a time: objects, lists, NumPy's arrays.

    python tests/no_memory.py [EVERY] [SCRIPT ...]

goes through the steps of fault_scripts.py. In each step every EVERY-th allocation fails once. The
step may raise MemoryError or come to its end; done again, it gives the numbers of a run without
failures. A graph that backward frees at its end is gone if then the results find no memory.
Exceptions of other kinds are counted: some functions of CPython and NumPy have none to give then,
or give one and a result (`frame.f_back`), which the interpreter calls a SystemError.
Failing allocations of the core are for faults.py.
"""

import _testcapi
import collections
import gc
import sys
import warnings

from fault_scripts import SCRIPTS

ENOUGH = 12  # steps in a row without an exception: what fails now is behind them


class Freed(Exception):
    """The graph had been swept and freed when the results could not be made of it."""


class Run:
    """A run of a script in which one allocation of one step fails."""

    def __init__(self, step=0, k=0):
        self.step, self.k, self.n, self.error = step, k, 0, None

    def again(self, step):
        """Run a step, and if it failed once more."""
        self.n += 1
        if self.n != self.step:
            return step()
        _testcapi.set_nomemory(self.k, self.k + 1)
        try:
            return step()
        except Exception as error:
            _testcapi.remove_mem_hooks()
            self.error = error
            try:
                return step()
            except RuntimeError as freed:
                raise Freed() if "a second time" in str(freed) else freed from error
        finally:
            _testcapi.remove_mem_hooks()


def try_script(script, every):
    """Let allocations fail; return how many, and the exceptions that came of it, by type."""
    script(Run().again)  # so that all modules are imported
    one = Run()
    wanted = script(one.again)
    tried, seen = 0, collections.Counter()
    for step in range(1, one.n + 1):
        k, calm = step % every, 0
        while calm < ENOUGH:
            failed = Run(step, k)
            tried += 1
            try:
                found = script(failed.again)
            except Freed:
                found = wanted
                seen["freed graphs"] += 1
            error = failed.error
            seen[type(error).__name__] += 1
            assert not isinstance(error, AssertionError), (script.__name__, step, k, repr(error))
            assert found == wanted, (script.__name__, step, k, repr(error))
            calm = 0 if error else calm + 1
            k += every
    return tried, seen


if __name__ == "__main__":
    every, names = int((sys.argv[1:] or [1])[0]), sys.argv[2:]
    warnings.simplefilter("ignore")
    gc.disable()
    for script in SCRIPTS:
        if script.__name__ in (names or [script.__name__]):
            tried, seen = try_script(script, every)
            gc.collect()
            text = ", ".join(f"{n} {name}" for name, n in seen.most_common() if name != "NoneType")
            print(f"{script.__name__}: {tried} tried, {text}", flush=True)
