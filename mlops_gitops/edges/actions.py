"""What the process is told by its environment, and what its streams can print."""

from __future__ import annotations

import io
import os
import sys


def colour() -> bool:
    """Whether results may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def print_anything() -> None:
    """A file name that is not UTF-8 is printed escaped, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
