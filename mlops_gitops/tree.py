"""One read-only view of a repository's files: a work tree, a revision, or an overlay of changes on either."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from mlops_gitops.errors import Undecided

MAX_BYTES = 4 * 1024 * 1024
SYMLINK = "is a symbolic link: put the file itself there"


class Unreadable(Undecided):
    """A path that is there but must not or cannot be read; the text says why."""


class Tree(Protocol):
    """Files by repository path, always with forward slashes."""

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below the folder `under`, sorted."""

    def exists(self, path: str) -> bool:
        """Whether there is a file at `path`."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None where there is none. Raises Unreadable."""


def read_if_possible(tree: Tree, path: str) -> bytes | None:
    """The file's bytes, None where there is none or it must not be read: for comparing, where both mean "not this"."""
    try:
        return tree.read(path)
    except Unreadable:
        return None


def safe_path(path: str) -> bool:
    """Whether a path written in a file stays inside the repository by its spelling alone."""
    parts = path.split("/")
    return bool(path) and not path.startswith("/") and not {"", ".", ".."} & set(parts) and "\\" not in path


def too_large(size: int) -> str:
    """Why a file of `size` bytes is not read."""
    return f"is {size:,} bytes; files read by this tool may have {MAX_BYTES:,}"


def find_root(folder: str) -> str:
    """The repository that holds `folder`: the nearest folder upwards with .git, else `folder` itself."""
    here = os.path.abspath(folder)
    while not os.path.exists(os.path.join(here, ".git")):
        above = os.path.dirname(here)
        if above == here:
            return os.path.abspath(folder)
        here = above
    return here


@dataclass(frozen=True, slots=True)
class WorkTree:
    """The files as they lie on disk, committed or not."""

    root: str

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below `under`, sorted; of the whole tree, hidden folders are left out.

        A link to a folder is one file, as Git has it: nothing behind it is looked at.
        """
        top = os.path.join(self.root, under) if under else self.root
        found = []
        for folder, folders, files in os.walk(top):
            folders[:] = [name for name in folders if under or not name.startswith(".")]
            files += [name for name in folders if os.path.islink(os.path.join(folder, name))]
            found += [os.path.relpath(os.path.join(folder, name), self.root).replace(os.sep, "/") for name in files]
        yield from sorted(found)

    def exists(self, path: str) -> bool:
        """Whether something lies at `path` that is no folder; a link is something, wherever it leads."""
        try:
            return safe_path(path) and not stat.S_ISDIR(os.lstat(os.path.join(self.root, path)).st_mode)
        except (OSError, ValueError):
            return False

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`. Raises Unreadable for links, folders, and files too large to be ours."""
        if not self.exists(path):
            return None
        full = os.path.join(self.root, path)
        if os.path.realpath(full) != os.path.join(os.path.realpath(self.root), *path.split("/")):
            raise Unreadable(SYMLINK)
        try:
            there = os.stat(full)
            if not stat.S_ISREG(there.st_mode):
                # A pipe would keep us waiting for ever.
                raise Unreadable("is not a plain file: put one there")
            if there.st_size > MAX_BYTES:
                raise Unreadable(too_large(there.st_size))
            with open(full, "rb") as file:
                return file.read(MAX_BYTES)
        except OSError as error:
            raise Unreadable(f"cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Overlay:
    """A tree with some files replaced (bytes) or removed (None): what a change set would make of it."""

    changes: Mapping[str, bytes | None]
    below: Tree | None = field(default=None)

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below `under`, sorted."""
        prefix = f"{under}/" if under else ""
        found = set(self.below.paths(under)) if self.below else set()
        for path, data in self.changes.items():
            if path.startswith(prefix):
                (found.discard if data is None else found.add)(path)
        yield from sorted(found)

    def exists(self, path: str) -> bool:
        """Whether there is a file at `path`."""
        if path in self.changes:
            return self.changes[path] is not None
        return self.below is not None and self.below.exists(path)

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None where there is none. Raises Unreadable."""
        if path in self.changes:
            return self.changes[path]
        return self.below.read(path) if self.below else None
