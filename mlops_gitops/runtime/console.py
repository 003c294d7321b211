"""Settings of the environment, what the streams can print, and the outputs for the rest of a job."""

from __future__ import annotations

import io
import os
import sys
from itertools import pairwise

from mlops_gitops.core.errors import UNDECIDED, Undecided

TYPE_CHECKING = False  # `typing` is not imported for its names alone
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

INTERRUPTED = 130  # what shells give a process that Ctrl-C ended
STOPPED = "stopped; run the same command again to carry on"


def colour() -> bool:
    """Whether results may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def columns() -> int:
    """How many columns a line may have: as COLUMNS says, or the terminal; 0 where the output is no terminal."""
    columns_set = os.environ.get("COLUMNS", "")
    try:
        return int(columns_set) if columns_set.isdecimal() else os.get_terminal_size().columns
    except (ValueError, OSError):  # no terminal
        return 0


def width() -> int:
    """How many columns help may take, less a margin."""
    return (columns() or 80) - 2


def print_anything() -> None:
    """A file name that is not UTF-8 is printed escaped, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def put(parts: Iterable[str], code: int) -> int:
    """Prints an answer, each part as it comes, and returns its exit code; another one where nobody reads to its end."""
    try:
        for number, text in enumerate(filter(None, parts)):
            print(f"\n{text}" if number else text, flush=True)
    except BrokenPipeError:
        sys.stderr.close()
        return UNDECIDED
    return code


def publishes(argv: Sequence[str]) -> bool:
    """Whether a job of GitHub Actions gets more than the log: for its own format, and where action.yml wants it."""
    if not (os.environ.get("GITHUB_OUTPUT") or os.environ.get("GITHUB_STEP_SUMMARY")):
        return False
    its_own = "--format=github" in argv or ("--format", "github") in pairwise(argv)
    return its_own or bool(os.environ.get("MLOPS_GITOPS_PUBLISH"))


def publish(summary: str, outputs: Mapping[str, str], files: Mapping[str, tuple[str, str]]) -> None:
    """Adds to the job's summary and sets the step's outputs; each of `files` is an output that names a new file.

    The outputs come last: where they are set, all the rest is there. Raises Undecided.
    """
    try:
        if os.environ.get("GITHUB_STEP_SUMMARY"):
            _add(os.environ["GITHUB_STEP_SUMMARY"], f"{summary}\n\n")
        if os.environ.get("GITHUB_OUTPUT"):
            values = {**outputs, **_written(files)}
            _add(os.environ["GITHUB_OUTPUT"], "".join(_output(name, value) for name, value in values.items()))
    except OSError as error:
        raise Undecided(f"the job's summary and outputs cannot be written: {error.strerror}") from error


def log(text: str) -> str:
    """Keeps a text to be reported, and returns the path of its file; empty where there is no room for it."""
    try:
        path = os.path.join(_temporary(), "mlops-gitops.log")
        _add(path, text)
    except OSError:
        return ""
    return path


def _temporary() -> str:
    """A new folder that lasts as long as the job does."""
    import tempfile

    return tempfile.mkdtemp(prefix="mlops-gitops-", dir=os.environ.get("RUNNER_TEMP") or None)


def _written(files: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    folder = _temporary()
    paths = {output: os.path.join(folder, name) for output, (name, _) in files.items()}
    for output, (_, text) in files.items():
        _add(paths[output], text)
    return paths


def _add(path: str, text: str) -> None:
    with open(path, "a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
        file.write(text)


def _output(name: str, value: str) -> str:
    """An output between two lines that nobody can guess, so that no value ends before its end."""
    end = os.urandom(16).hex()
    return f"{name}<<{end}\n{value}\n{end}\n"
