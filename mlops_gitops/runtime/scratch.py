"""An empty folder for one process: a second process is refused, and what a killed one left there is removed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from mlops_gitops.core.errors import Undecided


@contextmanager
def scratch(folder: str, doing: str) -> Iterator[str]:
    """The folder, made afresh and removed at the end. Raises Undecided where another process of this machine has it.

    `doing` is what such a process does, as the subject of a sentence.
    """
    try:
        os.makedirs(os.path.dirname(folder), mode=0o700, exist_ok=True)
        lock = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise Undecided(f"{folder} cannot be made: {error.strerror}") from error
    try:
        _claim(lock, doing)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder, mode=0o700)
        yield folder
    finally:
        with suppress(Undecided):
            _claim(lock, doing)  # else another process is at work in it
            shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _claim(lock: int, doing: str) -> None:
    if os.name == "nt":  # no such lock there; of two processes one fails at its first write
        return
    import fcntl

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Undecided(f"{doing} already on this machine", help="wait for its end") from error
