"""Files that are written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat


def write_whole(path: str | os.PathLike[str], data: bytes) -> None:
    """Write a file so that at every moment it has its old or its new contents.

    Raises
    ------
    OSError
        If it cannot be written; what was there is still there.
    """
    target = os.path.realpath(os.fsdecode(path))
    mode = None
    with contextlib.suppress(FileNotFoundError):
        mode = os.stat(target).st_mode
    if mode is not None and not stat.S_ISREG(mode):  # a device or a pipe; a folder is an error
        with open(target, "wb") as file:
            file.write(data)
        return
    temporary = f"{target}.{secrets.token_hex(4)}.part"
    try:
        with _opened(temporary, path) as file:
            if mode is not None:
                os.chmod(temporary, stat.S_IMODE(mode))
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    _sync_folder(os.path.dirname(target))


def _opened(temporary, path):
    try:
        return open(temporary, "xb")
    except OSError as error:  # it is about the folder: name the file that was asked for
        raise type(error)(error.errno, error.strerror, os.fspath(path)) from None


def _sync_folder(folder):
    """Let the new name survive a crash of the machine, where that can be asked for."""
    with contextlib.suppress(OSError, AttributeError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def read_whole(path: str | os.PathLike[str], most: int, begins: bytes) -> bytes:
    """Return the contents of a file; of one that begins otherwise only the first bytes.

    Parameters
    ----------
    path : path_like
        The file.
    most : int
        How many bytes are returned of a file that does not begin as it should.
    begins : bytes
        How it should begin.
    """
    with open(os.fspath(path), "rb") as file:
        first = file.read(most)
        return first + file.read() if first.startswith(begins) else first
