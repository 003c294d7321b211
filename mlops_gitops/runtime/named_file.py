"""A file that a person names on the command line, or what a program writes to a pipe, as in `--anchor <(command)`."""

from __future__ import annotations

import errno
import os
import stat

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # opening a pipe waits for its writer


def read_named(path: str, most: int | None = None) -> bytes:
    """The bytes of a file or a pipe, at most so many: none of a pipe that no program writes to.

    Raises OSError, whose `strerror` says why it is not read: a device may never end.
    """
    with open(os.open(path, _FLAGS), "rb") as file:
        mode = os.fstat(file.fileno()).st_mode
        if stat.S_ISFIFO(mode):
            os.set_blocking(file.fileno(), True)
        elif not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "is not a file or a pipe", path)
        return file.read() if most is None else file.read(most)
