"""Public functions with odd arguments: a sentence or a result, never a crash, a hang, nonsense."""

from pathlib import Path

import pytest
from new_process import python

SCRIPT = str(Path(__file__).with_name("fuzz_api.py"))


@pytest.mark.parametrize("seconds", [4, pytest.param(30, marks=pytest.mark.slow)])
def test_odd_arguments_are_refused_in_words_or_served(seconds):
    """In a process of its own; what it did last is printed if that was its end."""
    pytest.importorskip("resource")
    done = python("-X", "faulthandler", SCRIPT, str(seconds), "0", timeout=300, FUZZ_LOG="1")
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-2000:]
