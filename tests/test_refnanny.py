"""What counts references in `make sanitize` ends the process where they do not come out even."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools/refnanny.py"
pytestmark = pytest.mark.skipif(not TOOL.is_file(), reason="the tool is not here")

# A function of Cython's, as the count sees it: it takes a reference, and gives it back or not.
FUNCTION = """
    import ctypes, sys
    import refnanny
    api = ctypes.cast(refnanny.RefNannyAPI, ctypes.POINTER(ctypes.c_void_p))
    context, line, name = ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_char_p
    INCREF, DECREF, GOTREF, GIVEREF, SETUP, FINISH = range(6)

    def call(k, result, *arguments):
        kinds, given = zip(*arguments)
        return ctypes.PYFUNCTYPE(result, *kinds)(api[k])(*given)

    one = object()
    own = call(SETUP, context, (name, b"function"), (line, 1), (name, b"file.pyx"))
    call(GOTREF, None, (context, own), (ctypes.py_object, one), (line, 2))
    for _ in range(int(sys.argv[1])):
        call(GIVEREF, None, (context, own), (ctypes.py_object, one), (line, 3))
    call(FINISH, None, (ctypes.POINTER(context), ctypes.pointer(context(own))))
    print("went on")
"""


@pytest.mark.parametrize(
    ("given", "said"),
    [(0, "References leaked:\n  (1) acquired on lines: 2"), (1, ""), (2, "Too many decrefs")],
)
def test_a_reference_too_many_or_too_few_ends_the_process(given, said, tmp_path):
    pytest.importorskip("Cython.Runtime.refnanny")
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FUNCTION), str(given)],
        env={"PYTHONPATH": str(TOOL.parent), "REFNANNY_REPORT": str(tmp_path / "report")},
        capture_output=True,
        text=True,
        check=False,
    )
    reports = [path.read_text() for path in tmp_path.iterdir()]
    if not said:
        assert (done.returncode, done.stdout, reports) == (0, "went on\n", [])
    else:
        assert done.returncode != 0 and "file.pyx: function()" in done.stderr
        assert said in done.stderr and said in reports[0]
