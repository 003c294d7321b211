"""One read-only view of a repository's files: a work tree, a revision, or an overlay of changes on either."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.worktree import (
    MAX_BYTES,
    SUBMODULE,
    SYMLINK,
    Unreadable,
    WorkTree,
    find_root,
    safe_path,
    too_large,
)

__all__ = (
    "MAX_BYTES", "SUBMODULE", "SYMLINK", "Kept", "Overlay", "Tree", "Unreadable", "WorkTree", "find_root",
    "read_if_possible", "safe_path", "stored_if_possible", "too_large",
)  # fmt: skip


_T = TypeVar("_T")


class Kept(Generic[_T]):
    """What was read from files of known identity, the newest of it: the commits of a history share most files.

    `most` is what is kept together, each value by its `weight`. A value is never changed by those who use it.
    """

    def __init__(self, most: int, weight: Callable[[_T], int] = lambda _: 1) -> None:
        self._most, self._weight, self._size = most, weight, 0
        self._values: dict[Hashable, _T] = {}
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> _T | None:
        """The value of a key; None where it is not kept."""
        with self._lock:
            found = self._values.pop(key, None)
            if found is not None:
                self._values[key] = found  # the newest is last
            return found

    def add(self, key: Hashable, value: _T) -> _T:
        """Keeps a value, and returns it."""
        with self._lock:
            before = self._values.pop(key, None)
            self._values[key] = value
            self._size += self._weight(value) - (0 if before is None else self._weight(before))
            while self._size > self._most:
                self._size -= self._weight(self._values.pop(next(iter(self._values))))
        return value


class Tree(Protocol):
    """Files by repository path, always with forward slashes."""

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below the folder `under`, sorted."""

    def every(self) -> Iterator[str]:
        """Every file, those in hidden folders too, sorted."""

    def named(self, names: frozenset[str]) -> Iterable[str]:
        """Every file of one of these names that `paths` has, sorted."""

    def exists(self, path: str) -> bool:
        """Whether there is a file at `path`."""

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None where there is none. Raises Unreadable."""

    def stored(self, path: str) -> bytes | None:
        """The bytes that Git stores for the file, None where there is none: what a digest is of. Raises Unreadable.

        In a work tree the file may have other line ends, or be converted by another attribute of Git.
        """

    def identity(self, path: str) -> str | None:
        """The id of the bytes at `path`, where it is known without reading them: equal ids are of equal bytes.

        With an empty path it is of the whole tree, or of the commit that holds it.
        """


def stored_if_possible(tree: Tree, path: str) -> bytes | None:
    """The bytes that Git stores, None where there are none or they must not be read."""
    try:
        return tree.stored(path)
    except Unreadable:
        return None


def read_if_possible(tree: Tree, path: str) -> bytes | None:
    """The file's bytes, None where there is none or it must not be read: for comparing, where both mean "not this"."""
    try:
        return tree.read(path)
    except Unreadable:
        return None


@frozen
class Overlay:
    """A tree with some files replaced (bytes) or removed (None): what a change set would make of it."""

    changes: Mapping[str, bytes | None]
    below: Tree | None = None

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below `under`, sorted."""
        prefix = f"{under}/" if under else ""
        yield from self._changed(self.below.paths(under) if self.below else (), prefix)

    def every(self) -> Iterator[str]:
        """Every file, those in hidden folders too, sorted."""
        yield from self._changed(self.below.every() if self.below else (), "")

    def named(self, names: frozenset[str]) -> list[str]:
        """Every file of one of these names that `paths` has, sorted."""
        found = self._changed(self.below.named(names) if self.below else (), "")
        return [path for path in found if path.rpartition("/")[2] in names]

    def _changed(self, below: Iterable[str], prefix: str) -> list[str]:
        found = set(below)
        for path, data in self.changes.items():
            if path.startswith(prefix):
                (found.discard if data is None else found.add)(path)
        return sorted(found)

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

    def stored(self, path: str) -> bytes | None:
        """The bytes that Git stores for the file, None where there is none. Raises Unreadable."""
        if path in self.changes:
            return self.changes[path]
        return self.below.stored(path) if self.below else None

    def identity(self, path: str) -> str | None:
        """The id of the bytes at `path`, where it is known without reading them."""
        return self.below.identity(path) if self.below and path and path not in self.changes else None
