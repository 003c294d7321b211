"""Git's objects, from one process that answers for all: what it says of one is never taken for another's."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import git as gitpython

from mlops_gitops.core.errors import Undecided


def data(command: gitpython.Git, id: str) -> tuple[str, bytes]:
    """The id and the bytes of an object. Raises Undecided where it is not here, or broken."""
    whole, _, size, found = _answer(command, command.get_object_data, id)
    if len(found) != size:  # the process ended with it
        command.clear_cache()
        raise Undecided(f"the Git object {id} is broken", help="git fsck")
    return os.fsdecode(whole), bytes(found)


def size(command: gitpython.Git, id: str) -> int:
    """The size of an object in bytes. Raises Undecided."""
    return int(_answer(command, command.get_object_header, id)[2])


def _answer(command: gitpython.Git, ask: Callable[[str], tuple[Any, ...]], id: str) -> tuple[Any, ...]:
    try:
        return ask(id)
    except BaseException as error:
        command.clear_cache()  # what was not read of an answer would begin the next one
        if isinstance(error, ValueError | OSError):
            raise Undecided(f"the Git object {id} is not here", help="git fetch") from error
        raise
