"""What the process is told by its environment, and what its streams can print."""

import io
import os
import sys

from mlops_gitops.errors import UNDECIDED

INTERRUPTED = 130  # what shells give a process that Ctrl-C ended
STOPPED = "stopped; run the same command again to carry on"


def colour() -> bool:
    """Whether results may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def width() -> int:
    """How many columns help may take: as many as the terminal has, or COLUMNS says, less a margin."""
    told = os.environ.get("COLUMNS", "")
    try:
        columns = int(told) if told.isdecimal() else os.get_terminal_size().columns
    except (ValueError, OSError):  # no terminal
        columns = 0
    return (columns or 80) - 2


def print_anything() -> None:
    """A file name that is not UTF-8 is printed escaped, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def put(text: str, code: int) -> int:
    """Prints an answer and returns its exit code; another one when nobody reads it to its end."""
    try:
        if text:
            print(text, flush=True)
    except BrokenPipeError:
        sys.stderr.close()
        return UNDECIDED
    return code
