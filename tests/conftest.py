"""What tests of several files ask for."""

import signal

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Skip what needs a function that this SciPy has not got. That it is refused is tested."""
    try:
        return (yield)
    except NotImplementedError as error:
        if "which SciPy" in str(error):
            pytest.skip(str(error))
        raise


@pytest.fixture
def interrupts():
    """Let Ctrl-C raise, also where whoever started the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
