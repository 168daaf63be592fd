"""Python in a process of its own, with the fastgrad that is tested.

In a checkout the source folder would come first, so it starts where the tested package is.
"""

import os
import subprocess
import sys
from pathlib import Path

import fastgrad as fg

HOME = str(Path(fg.__file__).parents[1])


def python(*arguments, timeout=120, **environment):
    """Run Python with some arguments and variables; return what `subprocess.run` gives.

    A variable that is None is left out.
    """
    variables = {**os.environ, "PYTHONPATH": HOME, **environment}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=HOME,
        env={name: x for name, x in variables.items() if x is not None},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
