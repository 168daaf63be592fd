"""Allocations of Python fail, one at a time: a MemoryError, then all is as if nothing had been."""

import sys

import pytest
from fault_scripts import SCRIPTS
from watched import IS_WATCHED

import fastgrad as fg

_testcapi = pytest.importorskip("_testcapi")
no_memory = pytest.importorskip("no_memory")

pytestmark = pytest.mark.skipif(IS_WATCHED, reason="what counts references gets no memory either")
CYTHON = type(fg._tape.tape).__module__  # the type of its functions names its version
EVERY = {"eager_changes": 9, "eager_training": 9, "eager_hooks": 9}


def test_a_block_that_cannot_begin_leaves_the_mode_as_it_was():
    failed = 0
    for k in range(20):
        mode = fg.no_grad()
        _testcapi.set_nomemory(k, k + 1)
        try:
            with mode:
                pass
        except MemoryError:
            failed += 1
        finally:
            _testcapi.remove_mem_hooks()
        assert fg.is_grad_enabled()
    assert failed > 0 or sys.version_info >= (3, 12)  # where a block takes none


def double(g):
    return g * 2.0


def test_a_hook_that_could_not_be_registered_does_not_run():
    failed = 0
    for k in range(30):
        x = fg.tensor(3.0, requires_grad=True)
        y = x * 1.0
        _testcapi.set_nomemory(k, k + 1)
        try:
            y.register_hook(double)
            wanted = 2.0
        except MemoryError:
            failed += 1
            wanted = 1.0
        finally:
            _testcapi.remove_mem_hooks()
        y.backward()
        assert x.grad.item() == wanted
    assert failed > 0


@pytest.mark.skipif(
    "cython_3_3_" in CYTHON,
    reason="Cython 3.3 gives back twice what a list of a comprehension has no room for",
)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(  # programs by `python tests/no_memory.py`: NumPy 2.4 crashes in some
    "script", [f for f in SCRIPTS if f.__name__ in EVERY], ids=lambda f: f.__name__
)
def test_a_step_without_memory_can_be_done_again(script):
    _, seen = no_memory.try_script(script, EVERY[script.__name__])
    assert seen["MemoryError"] > 0
