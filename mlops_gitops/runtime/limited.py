"""A program with a limit of time: it is ended with all that it started, and its output is kept in a file."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen

GRACE = 10.0  # seconds from the request to end to the end


@frozen
class Ended:
    """How a program ended: its exit code, None where its time was over."""

    code: int | None


def run(words: Sequence[str], cwd: str, environment: Mapping[str, str], log: str, seconds: float) -> Ended:
    """Runs a program as the leader of a process group of its own, which is ended as a whole after it.

    What it prints is added to the file `log`. Raises Undecided where it cannot be started.
    """
    with open(log, "ab") as output:
        try:
            process = subprocess.Popen(
                list(words), cwd=cwd, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise Undecided(f"{words[0]} cannot be started: {error.strerror}") from error
        try:
            return Ended(process.wait(timeout=seconds))
        except subprocess.TimeoutExpired:
            return Ended(None)
        finally:  # after Ctrl-C too; and what a program leaves in its group would write on while others read
            _end(process)


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
