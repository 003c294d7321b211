"""What lies at a location of live data, whatever kind of place that is, and the limits of what is read there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped, visible

LONGEST = 200  # characters of a location, in messages


class NotThere(Undecided):
    """Nothing lies where the window should be."""


class Growing(Undecided):
    """The window changed while it was read, or its writer has not finished."""

    def __init__(self, location: str, reason: str) -> None:
        help = "write it under another name, rename it when it is complete, then run this again"
        super().__init__(f"the window {shown(location)} is still growing: {reason}", help=help)


@frozen
class Limits:
    """What one window may be, all parts together."""

    size: int = 20 * 10**9  # bytes
    parts: int = 10_000


@frozen
class Part:
    """One file: its path below the place, "" where it is the place itself, and its size in bytes where that is known.

    `version` is another one once the file was written again; `modified` is None where nothing says when it was written.
    """

    name: str
    size: int | None
    version: str
    modified: datetime | None


class Place(Protocol):
    """A file, or a folder of files."""

    def listing(self) -> tuple[Part, ...]:
        """The file, or those at any depth of the folder, by name. Raises FileNotFoundError, Undecided."""

    def chunks(self, part: Part) -> Iterator[bytes]:
        """The bytes of one. Raises FileNotFoundError, OSError, Undecided."""


def shown(location: str) -> str:
    """A location as one short line that prints."""
    return visible(clipped(location, LONGEST))


def joined(path: str, name: str) -> str:
    """The path of a part whose place is at `path`."""
    return f"{path.rstrip('/')}/{name}" if name else path.rstrip("/")
