"""The objects of a repository as values: commits, folders and blobs read, and new ones made in memory.

What is made is readable at once, and written by one `git unpack-objects` before a git command runs that names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.tree import MAX_BYTES, Kept, safe_path
from mlops_gitops.git import object_format, process
from mlops_gitops.git.object_format import FILE, FOLDER, CommitObject, GitObject, TreeEntry
from mlops_gitops.git.object_reader import ObjectReader, TooLarge
from mlops_gitops.git.process import GitFailed

_File: TypeAlias = tuple[list[str], bytes | None]  # the parts of a path, and its new bytes
_MOST_BYTES, _SMALL, _EACH = 4_000_000, 100_000, 400  # of objects kept: all, one, and what each takes besides
_MOST_COMMITS = 4_000  # that are kept parsed
_MOST_ENTRIES = 200_000  # of folders that are kept parsed
_LINKED = ("commit", "tag")


class IrregularFolder(Exception):
    """A folder has two entries of one name, or a name with a slash: git itself says what that means."""


class ObjectStore:
    """The objects of the repository at `root`."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._reader = ObjectReader(lambda: process.start(root, "cat-file", "--batch"))
        self._made: dict[str, GitObject] = {}
        self._unwritten: dict[str, GitObject] = {}
        self._near: Kept[GitObject] = Kept(_MOST_BYTES, lambda found: len(found.data) + _EACH)
        self._commits: dict[str, CommitObject] = {}
        self._folders: dict[str, tuple[TreeEntry, ...]] = {}
        self._names: dict[str, dict[str, TreeEntry]] = {}
        self._listings: dict[str, tuple[str, ...]] = {}
        self._found: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
        self._entries = 0

    # ── read ──

    def read(self, name: str, most: int | None = None) -> GitObject:
        """The object of an id. Raises TooLarge over `most` bytes, Undecided where it is not here."""
        found = self._made.get(name) or self._near.get(name)
        if found is None:
            return self._keep(self._reader.read(name, most), name)
        if most is not None and len(found.data) > most:
            raise TooLarge(found.kind, len(found.data))
        return found

    def _keep(self, found: GitObject, name: str) -> GitObject:
        """The object, kept for a while where it is small: commits share most files."""
        small = len(found.data) <= _SMALL and found.id == name
        return self._near.add(name, found) if small else found

    def read_ahead(self, ids: Iterable[str]) -> None:
        """Reads objects together that are soon read one by one.

        After one that is too large, or not here, the others are left to `read`.
        """
        wanted = [id for id in ids if self._near.get(id) is None]
        with suppress(TooLarge, Undecided):
            for found in self._reader.read_all(wanted, _SMALL):
                self._keep(found, found.id)

    def found(self, names: Sequence[str]) -> list[GitObject]:
        """The objects that names such as `commit:path` mean to git, up to the first that means none."""
        objects = list[GitObject]()
        with suppress(Undecided):
            for each in self._reader.read_all(names):
                objects.append(each)
        return objects

    def read_as(self, id: str, kind: str, most: int | None = None) -> GitObject:
        """The object of a whole id. Raises TooLarge over `most` bytes, Undecided where none of this kind has it."""
        found = self.read(id, most)
        if found.id != id or found.kind != kind:  # an id of the other kind of hash is taken for the name of a reference
            raise Undecided(f"{id} is not the id of a {kind} here")
        return found

    def commit(self, id: str) -> CommitObject:
        """The commit of a whole id. Raises Undecided."""
        if id not in self._commits:
            if len(self._commits) >= _MOST_COMMITS:
                self._commits.clear()
            self._commits[id] = object_format.parse_commit(id, self.read_as(id, "commit").data)
        return self._commits[id]

    def folder(self, id: str) -> tuple[TreeEntry, ...]:
        """The entries of one folder, by its tree's id. Raises Undecided."""
        self._read_folders([id])
        return self._folders[id]

    def entry_at(self, tree: str, path: str) -> TreeEntry | None:
        """What is at a path below a tree and is not a folder. Raises IrregularFolder, Undecided."""
        *folders, name = path.split("/")
        for folder in folders:
            found = self._named(tree).get(folder)
            if found is None or found.mode != FOLDER:
                return None
            tree = found.id
        found = self._named(tree).get(name)
        return found if found and found.mode != FOLDER else None

    def folder_at(self, tree: str, path: str) -> str | None:
        """The tree of a folder at a path below a tree; None where there is none. Raises IrregularFolder, Undecided."""
        for folder in path.split("/"):
            found = self._named(tree).get(folder)
            if found is None or found.mode != FOLDER:
                return None
            tree = found.id
        return tree

    def listing(self, tree: str) -> tuple[str, ...]:
        """Every path below a tree that is not of a folder, sorted. Raises IrregularFolder, Undecided."""
        if tree not in self._listings:
            self._read_folders(entry.id for entry in self._named(tree).values() if entry.mode == FOLDER)
            found = list[str]()
            for name, entry in self._named(tree).items():
                found += [f"{name}/{path}" for path in self.listing(entry.id)] if entry.mode == FOLDER else [name]
            self._listings[tree] = tuple(sorted(found))
            self._entries += len(found)
        return self._listings[tree]

    def files_named(self, tree: str, names: frozenset[str]) -> tuple[str, ...]:
        """Every path below a tree of a file of one of these names, but in hidden folders. Raises IrregularFolder."""
        key = (tree, names)
        if key not in self._found:
            found = list[str]()
            for name, entry in self._named(tree).items():
                if entry.mode != FOLDER:
                    found += [name] if name in names else []
                elif not name.startswith("."):
                    found += [f"{name}/{path}" for path in self.files_named(entry.id, names)]
            self._found[key] = tuple(found)
            self._entries += 1
        return self._found[key]

    def _named(self, tree: str) -> Mapping[str, TreeEntry]:
        """The entries of a folder by name. Raises IrregularFolder."""
        if tree not in self._names:
            entries = self.folder(tree)
            named = {entry.name: entry for entry in entries}
            if len(named) != len(entries) or any("/" in name for name in named):
                raise IrregularFolder
            self._names[tree] = named
        return self._names[tree]

    def flatten(self, tree: str) -> dict[str, TreeEntry]:
        """Path → entry of everything below a tree that is not a folder, submodules among it. Raises Undecided."""
        found, number = dict[str, TreeEntry](), 0
        level = [("", tree)]
        while level:
            self._read_folders(id for _, id in level)
            entries = [(prefix + entry.name, entry) for prefix, id in level for entry in self._folders[id]]
            found |= {path: entry for path, entry in entries if entry.mode != FOLDER}
            level = [(f"{path}/", entry.id) for path, entry in entries if entry.mode == FOLDER]
            number += len(entries) - len(level)
        return found if len(found) == number else dict(self._in_order(tree))

    def _in_order(self, tree: str) -> Iterator[tuple[str, TreeEntry]]:
        """The same in git's order: of two entries with one path, a checkout keeps the last."""
        rest = [("", entry) for entry in reversed(self.folder(tree))]
        while rest:
            prefix, entry = rest.pop()
            if entry.mode == FOLDER:
                rest += [(f"{prefix}{entry.name}/", below) for below in reversed(self.folder(entry.id))]
            else:
                yield prefix + entry.name, entry

    def _read_folders(self, ids: Iterable[str]) -> None:
        """Parses the folders that are not parsed yet, all read together."""
        if self._entries > _MOST_ENTRIES:
            for kept in (self._folders, self._names, self._listings, self._found):
                kept.clear()
            self._entries = 0
        wanted = list(dict.fromkeys(id for id in ids if id not in self._folders))
        made = [self._made[id] for id in wanted if id in self._made]
        for item in (*made, *self._reader.read_all([id for id in wanted if id not in self._made])):
            if item.kind != "tree":
                raise Undecided(f"{item.id} is not the id of a tree here")
            self._folders[item.id] = object_format.parse_tree(item.data, len(item.id))
            self._entries += len(self._folders[item.id])

    def file_at(self, commit: str, path: str, most: int) -> bytes:
        """The bytes at a path of a commit, read without its other folders. Raises TooLarge, Undecided."""
        id = self.commit(commit).tree
        for name in path.split("/"):
            entry = next((entry for entry in self.folder(id) if entry.name == name), None)
            if entry is None:
                raise Undecided(f"{path} is not in the commit {commit}")
            id = entry.id
        return self.read(id, most).data

    def commit_at(self, id: str) -> str | None:
        """The commit that an object is, or that a tag leads to; None where there is none, or it is not here."""
        if id in self._commits:
            return id
        try:
            while (found := self.commit_or_tag(id)) and found.kind == "tag":
                id = object_format.tag_target(found.data)
        except Undecided:
            return None
        return id if found else None

    def commit_or_tag(self, id: str) -> GitObject | None:
        """The commit or tag of a whole id, of any size; None where it is of another. Raises Undecided where none is."""
        try:
            found = self.read(id, MAX_BYTES)
        except TooLarge as error:
            if error.kind not in _LINKED:
                return None
            found = self.read(id)
        return found if found.kind in _LINKED and found.id == id else None

    def close(self) -> None:
        """Ends the process that answers; the next question starts another."""
        self._reader.close()

    # ── made ──

    def make(self, kind: str, data: bytes, length: int) -> str:
        """The id of a new object, whose ids have `length` digits."""
        made = object_format.git_object(kind, data, length)
        self._made[made.id] = self._unwritten[made.id] = made
        return made.id

    def make_tree(self, base: str | None, files: Mapping[str, bytes | None], length: int) -> str:
        """The tree `base` with files replaced (bytes) or removed (None). Raises GitFailed for a path in the way."""
        wrong = next((path for path in files if not safe_path(path) or ".git" in path.casefold().split("/")), None)
        if wrong is not None:
            raise GitFailed(f"{wrong!r} is not the path of a file")
        parted = [(path.split("/"), data) for path, data in files.items()]
        return self._changed(base, parted, length) or self.make("tree", b"", length)

    def _changed(self, base: str | None, files: Sequence[_File], length: int) -> str | None:
        """A folder with other files below it; None where nothing is left in it."""
        entries = {entry.name: entry for entry in self.folder(base)} if base else {}
        for name in dict.fromkeys(parts[0] for parts, _ in files):
            here = [(parts[1:], data) for parts, data in files if parts[0] == name]
            entry = self._entry(name, entries.get(name), here, length)
            entries.pop(name, None)
            if entry:
                entries[name] = entry
        return self.make("tree", object_format.render_tree(entries.values()), length) if entries else None

    def _entry(self, name: str, old: TreeEntry | None, files: Sequence[_File], length: int) -> TreeEntry | None:
        """What a folder holds by one name; `files` are those at it (an empty path) and below it."""
        own = [data for parts, data in files if not parts]
        below = [(parts, data) for parts, data in files if parts]
        is_folder = old is not None and old.mode == FOLDER
        if own and not (is_folder and own[0] is None):
            if is_folder:
                raise GitFailed(f"{name} is a folder, and no file can be there")
            old = TreeEntry(name, FILE, self.make("blob", own[0], length)) if own[0] is not None else None
        if old and not is_folder and any(data is not None for _, data in below):
            raise GitFailed(f"{name} is a file, and nothing can be below it")
        if not below or (old and not is_folder):
            return old
        folder = self._changed(old.id if old else None, below, length)
        return TreeEntry(name, FOLDER, folder) if folder else None

    def write(self, words: Iterable[str] | None = None) -> None:
        """Writes what was made; with `words`, only where one of them names something of it. Raises GitFailed."""
        if words is not None and not any(id in word for id in self._unwritten for word in words):
            return
        if self._unwritten:
            length = len(next(iter(self._unwritten)))
            pack = object_format.render_pack(self._unwritten.values(), length)
            process.run(self._root, ["unpack-objects", "-q"], pack)
            self._unwritten.clear()
