"""The command line: ``fastgrad``, or ``python -m fastgrad``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from ._core import instruction_set
from ._version import __version__

_INTERRUPTED, _PIPE_CLOSED = 128 + 2, 128 + 13  # as a shell reports SIGINT and SIGPIPE
_COMMANDS = """\
commands:
  tour    the tutorial's example with every number shown, gradient descent, a
          fit of real data with a certified answer, and the comparison
          (the default; under ten seconds)
  bench   the comparison alone: gradients per second, eager, recorded and of
          many points, beside pure Python, NumPy by hand, and torch if installed
"""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Say what is wrong, with the whole help, which is short."""
        self.exit(2, f"{self.prog}: {message}\n\n{self.format_help()}")


def _parser():
    parser = _Parser(
        prog="fastgrad",
        description="Gradients of ordinary Python code at the speed of compiled C: a tour.",
        epilog=_COMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "command",
        nargs="?",
        default="tour",
        choices=["tour", "bench"],
        metavar="command",
        help="what to run, see below",
    )
    parser.add_argument(
        "--version",
        action="version",
        version=f"fastgrad {__version__} ({instruction_set()})",
        help="print the version and the instruction set, and exit",
    )
    return parser


def _run(argv):
    try:
        options = _parser().parse_args(argv)
    except SystemExit as done:  # after --help, --version and mistakes
        return done.code
    from . import _tour

    return _tour.bench(peers=True) if options.command == "bench" else _tour.tour()


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        The words after the name of the program. Default: those of this process.

    Returns
    -------
    int
        0; 1 if a result is not as it should be; 2 for an unknown option; 130 after Ctrl-C; 141 if
        nobody reads the output any more.
    """
    try:
        status = _run(argv)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:  # as in `fastgrad | head`; the interpreter flushes again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _PIPE_CLOSED
    return status


if __name__ == "__main__":
    sys.exit(main())
