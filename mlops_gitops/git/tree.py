"""The files of one commit, and how those of two differ."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from functools import cached_property

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import MAX_BYTES, SUBMODULE, SYMLINK, Unreadable, safe_path, too_large
from mlops_gitops.git.object_format import FOLDER, TreeEntry
from mlops_gitops.git.object_reader import TooLarge
from mlops_gitops.git.object_store import IrregularFolder, ObjectStore
from mlops_gitops.pipelines.dvc_places import GITLINK, LINK


@frozen
class GitTree:
    """The files of one commit."""

    objects: ObjectStore
    commit: str

    @cached_property
    def _files(self) -> dict[str, TreeEntry]:
        """Everything that is not a folder, submodules among it."""
        return self.objects.flatten(self._root)

    def _at(self, path: str) -> TreeEntry | None:
        """What is at a path: looked up folder by folder, since most trees are asked for a few of their files."""
        if "_files" not in self.__dict__:
            with suppress(IrregularFolder):
                return self.objects.entry_at(self._root, path)
        return self._files.get(path)

    @cached_property
    def _root(self) -> str:
        return self.objects.commit(self.commit).tree

    def _below(self, folder: str) -> Iterable[str]:
        """Every file below a folder, sorted."""
        with suppress(IrregularFolder):
            tree = self.objects.folder_at(self._root, folder)
            return [f"{folder}/{path}" for path in self.objects.listing(tree)] if tree else ()
        first, after = (bisect_left(self._sorted, f"{folder}{mark}") for mark in "/0")  # 0 comes next after /
        return self._sorted[first:after]

    def entries(self) -> Iterator[tuple[str, str]]:
        """The mode and the path of everything that is not a folder, hidden or not."""
        return ((entry.mode, path) for path, entry in self._files.items())

    @cached_property
    def _sorted(self) -> list[str]:
        return sorted(self._files)

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below `under`, sorted; of the whole tree, hidden folders are left out, as in a work tree."""
        if not under:
            yield from (path for path in self._sorted if "/." not in f"/{path.rpartition('/')[0]}")
        elif safe_path(under):
            yield from self._below(under)

    def every(self) -> Iterator[str]:
        """Every file, those in hidden folders too, sorted."""
        yield from self._sorted

    def named(self, names: frozenset[str]) -> Iterable[str]:
        """Every file of one of these names that `paths` has, sorted."""
        with suppress(IrregularFolder):
            return sorted(self.objects.files_named(self._root, names))
        return [path for path in self.paths() if path.rpartition("/")[2] in names]

    def exists(self, path: str) -> bool:
        """Whether the commit has a file, or a submodule, at `path`."""
        return safe_path(path) and self._at(path) is not None

    def blob_id(self, path: str) -> str | None:
        """The id of the blob at `path`; None for a submodule."""
        entry = self._at(path)
        return entry.id if entry and entry.mode != GITLINK else None

    def identity(self, path: str) -> str | None:
        """The id of the blob at `path`, None for a link or a submodule; without a path that of the commit."""
        if not path:
            return self.commit
        entry = self._at(path) if safe_path(path) else None
        return entry.id if entry and entry.mode not in (LINK, GITLINK) else None

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`. Raises Unreadable for links, submodules, and files too large to be ours."""
        entry = self._at(path) if safe_path(path) else None
        if entry is None:
            return None
        if entry.mode == LINK:
            raise Unreadable(SYMLINK)
        if entry.mode == GITLINK:
            raise Unreadable(SUBMODULE)
        try:
            return self.objects.read(entry.id, MAX_BYTES).data
        except TooLarge as error:
            raise Unreadable(too_large(error.size)) from error

    def stored(self, path: str) -> bytes | None:
        """The bytes at `path`. Raises Unreadable."""
        return self.read(path)


def changed_paths(objects: ObjectStore, base: str, head: str) -> dict[str, str]:
    """What differs between the trees of two ids: path → A, M or D, sorted by bytes. Raises IrregularFolder, Undecided.

    A change of mode alone is none, and a submodule is not a file: one in the place of the other is new.
    """
    found = dict(_changes(objects, base, head))
    return {path: found[path] for path in sorted(found, key=lambda path: path.encode("utf-8", "surrogateescape"))}


def _changes(objects: ObjectStore, base: str, head: str) -> Iterator[tuple[str, str]]:
    pending: list[tuple[str, str | None, str | None]] = [("", base, head)]
    while pending:
        prefix, old, new = pending.pop()
        before, after = (_by_name(objects.folder(id)) if id else {} for id in (old, new))
        for name in {**before, **after}:
            one, other = before.get(name), after.get(name)
            if one == other:
                continue
            folders = [entry.id if entry and entry.mode == FOLDER else None for entry in (one, other)]
            if any(folders):
                pending.append((f"{prefix}{name}/", folders[0], folders[1]))
            letter = _letter(one if not folders[0] else None, other if not folders[1] else None)
            if letter:
                yield prefix + name, letter


def _by_name(folder: Collection[TreeEntry]) -> dict[str, TreeEntry]:
    found = {entry.name: entry for entry in folder}
    if len(found) != len(folder):
        raise IrregularFolder
    return found


def _letter(before: TreeEntry | None, after: TreeEntry | None) -> str:
    """A, M or D; "" where there is no file on either side, or only its mode changed."""
    if before is None or after is None:
        return "" if before is after else "A" if before is None else "D"
    kinds = [entry.mode[:2] for entry in (before, after)]
    if before.id == after.id and kinds[0] == kinds[1]:
        return ""
    files = [entry.mode != GITLINK for entry in (before, after)]
    return "M" if files[0] == files[1] else "A" if files[1] else "D"
