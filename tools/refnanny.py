"""Stands before Cython's module of that name: a reference too many or too few ends the process.

A build of FASTGRAD_REFNANNY=1 imports it if it is on the path (`make sanitize`). Cython's counts
what each function takes and gives back, prints what does not come out even, and would go on.
"""

import builtins
import faulthandler
import os


def end(text):
    """Take what Cython's module prints: first the name of a function, then what is wrong there."""
    os.write(2, f"{text}\n".encode())
    if "REFNANNY" in text:
        if path := os.environ.get("REFNANNY_REPORT"):
            with open(f"{path}.{os.getpid()}", "a") as file:
                file.write(f"{text}\n")
                faulthandler.dump_traceback(file)
        os.abort()


# It looks print up once, when it is imported.
real, builtins.print = builtins.print, end
try:
    from Cython.Runtime.refnanny import RefNannyAPI  # noqa: F401
finally:
    builtins.print = real
