"""A program with a limit of time: it ends with all that it started, as does this process, and its output is kept."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.runtime.programs import guard

GRACE = 10.0  # seconds from the request to end to the end


@frozen
class Ended:
    """How a program ended: its exit code, None where its time was over."""

    code: int | None


def run(words: Sequence[str], cwd: str, environment: Mapping[str, str], log: str, seconds: float) -> Ended:
    """Runs a program in a process group of its own, which is ended as a whole after it, and with this process.

    What it prints is added to the file `log`. Raises Undecided where it cannot be started.
    """
    if shutil.which(words[0], path=environment.get("PATH")) is None:
        raise Undecided(f"{words[0]} cannot be started: there is no such program")
    with open(log, "ab") as output, _guarded(words) as (guarded, pipes):
        try:
            process = subprocess.Popen(
                guarded, cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True, pass_fds=pipes,
            )  # fmt: skip
        except OSError as error:
            raise Undecided(f"{words[0]} cannot be started: {error.strerror}") from error
        try:
            return Ended(process.wait(timeout=seconds))
        except subprocess.TimeoutExpired:
            return Ended(None)
        finally:  # after Ctrl-C too; and what a program leaves in its group would write on while others read
            _end(process)


@contextmanager
def _guarded(words: Sequence[str]) -> Iterator[tuple[list[str], tuple[int, ...]]]:
    """The words that start a program under its guard, and what the guard is to inherit; see guard.py."""
    if os.name == "nt":  # no process group there that could be ended
        yield list(words), ()
        return
    theirs, ours = os.pipe()
    try:
        yield [sys.executable, "-I", "-S", guard.__file__, str(theirs), *words], (theirs,)
    finally:
        os.close(theirs)
        os.close(ours)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        _signal(process, "SIGTERM")
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=GRACE)
    _signal(process, "SIGKILL")
    process.wait()


def _signal(process: subprocess.Popen[bytes], name: str) -> None:
    with suppress(ProcessLookupError, PermissionError):
        if os.name == "nt":
            process.kill()
        else:
            os.killpg(process.pid, getattr(signal, name))
