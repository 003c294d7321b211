"""The trees of a first-parent line, each made from the one before by what its commit changed: no folder is read.

A folder is never changed once it is made: the next tree shares all folders but those that its commit touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any, TypeAlias

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import MAX_BYTES, SUBMODULE, SYMLINK, Unreadable, safe_path, too_large
from mlops_gitops.git.object_reader import TooLarge
from mlops_gitops.git.object_store import IrregularFolder, ObjectStore
from mlops_gitops.pipelines.dvc_places import GITLINK, LINK
from mlops_gitops.repository.ledger import Commit, FileChange
from mlops_gitops.repository.snapshot import Snapshot


@frozen
class Other:
    """A link or a submodule in the place of a file."""

    mode: str


class Folder(dict[str, "Node"]):
    """What a folder holds by name: the id of a file, a folder, or something else."""

    __slots__ = ()

    def at(self, path: str) -> Node | None:
        """What is at a path below it."""
        found: Node | None = self
        for name in path.split("/"):
            found = found.get(name) if isinstance(found, Folder) else None
        return found

    def paths(self, prefix: str) -> Iterator[str]:
        """Every path below it that is not of a folder."""
        for name, node in self.items():
            if isinstance(node, Folder):
                yield from node.paths(f"{prefix}{name}/")
            else:
                yield prefix + name


Node: TypeAlias = "str | Other | Folder"
_NOTHING = Folder()
_is_safe = lru_cache(maxsize=32768)(safe_path)
_GONE = "000000"
_AT_ONCE, _MOST_AHEAD = 64, 512  # commits, and their objects, that are read together
_TEXTS = (".yaml", ".yml", ".json", ".md", ".lock")


@frozen
class LineTree:
    """The files of one commit of the line."""

    objects: ObjectStore
    commit: str
    root: Folder

    def _at(self, path: str) -> Node | None:
        """What is at a path: nearly every rule asks for the same few."""
        if path not in self._found:
            self._found[path] = self.root.at(path)
        return self._found[path]

    @cached_property
    def _found(self) -> dict[str, Node | None]:
        return {}

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below `under`, sorted; of the whole tree, hidden folders are left out, as in a work tree."""
        if not under:
            yield from (path for path in self.every() if "/." not in f"/{path.rpartition('/')[0]}")
        elif _is_safe(under) and isinstance(folder := self.root.at(under), Folder):
            yield from sorted(folder.paths(f"{under}/"))

    def every(self) -> Iterator[str]:
        """Every file, those in hidden folders too, sorted."""
        yield from sorted(self.root.paths(""))

    def named(self, names: frozenset[str]) -> Iterable[str]:
        """Every file of one of these names that `paths` has, sorted."""
        return sorted(_differing(_NOTHING, self.root, "", names))

    def differing(self, before: LineTree, names: frozenset[str]) -> Iterator[str]:
        """Every file of one of these names, but in hidden folders, that is not what it was in a tree before."""
        return _differing(before.root, self.root, "", names)

    def exists(self, path: str) -> bool:
        """Whether the commit has a file, or a submodule, at `path`."""
        found = self._at(path)
        return found is not None and not isinstance(found, Folder) and _is_safe(path)

    def identity(self, path: str) -> str | None:
        """The id of the blob at `path`, None for a link or a submodule; without a path that of the commit."""
        if not path:
            return self.commit
        found = self._at(path)
        return found if isinstance(found, str) and _is_safe(path) else None

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`. Raises Unreadable for links, submodules, and files too large to be ours."""
        found = self._at(path) if _is_safe(path) else None
        if isinstance(found, Other):
            raise Unreadable(SUBMODULE if found.mode == GITLINK else SYMLINK)
        if not isinstance(found, str):
            return None
        try:
            return self.objects.read(found, MAX_BYTES).data
        except TooLarge as error:
            raise Unreadable(too_large(error.size)) from error

    def stored(self, path: str) -> bytes | None:
        """The bytes at `path`. Raises Unreadable."""
        return self.read(path)


class LineTrees:
    """The tree of each commit of a line: that of the newest one followed and of its parent at hand, others by `at`.

    `known` gives records that were read already, as `ledger.known_records` has them.
    """

    def __init__(
        self, objects: ObjectStore, at: Callable[[str], Snapshot],
        known: Callable[[Mapping[str, str], str, str], Any] | None = None,
    ) -> None:  # fmt: skip
        self._objects, self._at, self._known = objects, at, known
        self._near: dict[str, Snapshot] = {}

    def __call__(self, commit: str) -> Snapshot:
        """The files of a commit, by its whole id. Raises Error."""
        return self._near.get(commit) or self._at(commit)

    def follow(self, commits: Iterable[Commit]) -> Iterator[Commit]:
        """Each commit of a line, oldest first, with its tree at hand; not at hand where the line has a gap."""
        root: Folder | None = Folder()
        last: str | None = None
        rest = iter(commits)
        while some := list(islice(rest, _AT_ONCE)):
            self._objects.read_ahead(islice((id for commit in some for id in self._wanted(commit)), _MOST_AHEAD))
            for commit in some:
                root = _after(root, commit.changes) if root is not None and commit.parent == last else None
                self._near = {sha: tree for sha, tree in self._near.items() if sha == last}
                if root is not None:
                    tree = LineTree(self._objects, commit.sha, root)
                    self._near[commit.sha] = Snapshot(tree, known=self._known)
                last = commit.sha
                yield commit

    def _wanted(self, commit: Commit) -> Iterator[str]:
        """The objects that most questions about a commit are answered by: it, and the texts that it changes."""
        yield commit.sha
        for change in commit.changes:
            if change.new and change.path.endswith(_TEXTS):
                yield change.new


def _after(root: Folder, changes: Iterable[FileChange]) -> Folder | None:
    """The folder at the top after some changes; None where its trees are such that git alone says what they hold."""
    after = Folder(root)
    made = {id(after)}
    try:
        for change in sorted(changes, key=lambda change: change.mode != _GONE):  # a folder may take a file's place
            _change(after, change, made)
    except IrregularFolder:
        return None
    return after


def _change(folder: Folder, change: FileChange, made: set[int]) -> None:
    """Changes what is at a path, in folders that were `made` for it. Raises IrregularFolder."""
    way = list[tuple[Folder, str]]()
    *above, name = change.path.split("/")
    for part in above:
        below = folder.get(part, _NOTHING)
        if not isinstance(below, Folder):
            raise IrregularFolder
        if id(below) not in made:
            below = folder[part] = Folder(below)
            made.add(id(below))
        way.append((folder, part))
        folder = below
    before = folder.get(name)
    unknown = before is None and change.status != "A"
    if unknown or isinstance(before, Folder) or (isinstance(before, str) and change.status == "A"):
        raise IrregularFolder
    if change.mode != _GONE:
        folder[name] = Other(change.mode) if change.mode in (LINK, GITLINK) else str(change.new)
        return
    del folder[name]
    while not folder and way:
        folder, part = way.pop()
        del folder[part]


def _differing(
    before: Mapping[str, Node], after: Mapping[str, Node], above: str, names: frozenset[str]
) -> Iterator[str]:
    gone = before.keys() - after.keys()
    for name in (*(name for name, node in after.items() if before.get(name) is not node), *gone):
        one, other = before.get(name), after.get(name)
        first, second = (node if isinstance(node, Folder) else _NOTHING for node in (one, other))
        if (first or second) and not name.startswith("."):
            yield from _differing(first, second, f"{above}{name}/", names)
        if name in names and one != other and any(isinstance(node, str | Other) for node in (one, other)):
            yield above + name
