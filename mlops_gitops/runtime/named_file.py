"""A file that a person names on the command line: a pipe or a device is refused, since nothing may ever come of one."""

from __future__ import annotations

import errno
import os
import stat

_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # opening a pipe waits for its writer


def read_named(path: str, most: int | None = None) -> bytes:
    """The bytes of a plain file, at most so many. Raises OSError, whose `strerror` says why it is not read."""
    with open(os.open(path, _FLAGS), "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is not a plain file", path)
        return file.read() if most is None else file.read(most)
