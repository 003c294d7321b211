"""What the pipelines of a tree say of paths; that of the next commit follows from the folders that it changed."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Generic, Protocol, TypeVar, runtime_checkable

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree

_T = TypeVar("_T")
PIPELINE = frozenset({"dvc.lock", "dvc.yaml"})


@runtime_checkable
class ComparableTree(Protocol):
    """A tree that tells quickly in which files it differs from another one of its kind."""

    def differing(self, before: ComparableTree, names: frozenset[str]) -> Iterator[str]:
        """Every file of one of these names, but in hidden folders, that is not what it was in a tree before."""


@frozen
class Said(Generic[_T]):
    """What dvc.lock and dvc.yaml of one folder say of paths; where it is not `settled`, other files say it too."""

    values: tuple[tuple[str, _T], ...]
    settled: bool


class PathIndex(Generic[_T]):
    """The values of each path, in order of their folders; it is never changed once it is made."""

    def __init__(self, folders: Mapping[str, Said[_T]] = {}, paths: Mapping[str, tuple[tuple[str, _T], ...]] = {}):
        self._folders, self._paths = dict(folders), dict(paths)

    def at(self, path: str) -> tuple[_T, ...]:
        """The values of a path."""
        return tuple(value for _, value in self._paths.get(path, ()))

    @property
    def unsettled(self) -> list[str]:
        """The folders of which other files than these two say something."""
        return [folder for folder, said in self._folders.items() if not said.settled]

    def with_folders(self, changed: Mapping[str, Said[_T]]) -> PathIndex[_T]:
        """The index in which these folders say something else."""
        found = PathIndex(self._folders, self._paths)
        for folder, said in changed.items():
            before = found._folders.pop(folder, None)
            for path in dict.fromkeys(path for path, _ in before.values) if before else ():
                found._paths[path] = tuple(pair for pair in found._paths[path] if pair[0] != folder)
            if said.values or not said.settled:
                found._folders[folder] = said
            for path, value in said.values:
                found._paths[path] = tuple(sorted((*found._paths.get(path, ()), (folder, value)), key=_place))
        return found


def _place(pair: tuple[str, object]) -> str:
    return posixpath.join(pair[0], "dvc.lock")


class Indexes(Generic[_T]):
    """Makes the index of a tree, from the one made last where both are of one line of commits."""

    def __init__(self) -> None:
        self._newest: tuple[ComparableTree, PathIndex[_T]] | None = None

    def index(self, tree: Tree, folders: Callable[[], Iterable[str]], read: Callable[[str], Said[_T]]) -> PathIndex[_T]:
        """The index of a tree, whose `folders` have pipelines, by what `read` gives of one."""
        if not isinstance(tree, ComparableTree):
            return PathIndex[_T]().with_folders({folder: read(folder) for folder in folders()})
        before, index = self._newest or (None, PathIndex[_T]())
        changed = set(map(posixpath.dirname, tree.differing(before, PIPELINE))) if before else set(folders())
        found = index.with_folders({folder: read(folder) for folder in sorted({*changed, *index.unsettled})})
        self._newest = tree, found
        return found
