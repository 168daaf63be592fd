"""What tests of several files ask for."""

import signal

import pytest


@pytest.fixture
def interrupts():
    """Let Ctrl-C raise, also where whoever started the tests ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
