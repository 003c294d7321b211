"""The entries of a line up to a commit that an audit has settled: in each place one file was added, and none changed.

So the tree of that commit has every record, and the line need not be walked for them. Which commit added a file is what
its receipt says, where Git agrees; where one says nothing, Git walks the line for that model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import Tree
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.repository.lazy.index import Added, LazyIndex, Line
from mlops_gitops.repository.ledger import ADDED, Commit, Entry, added_entry

_UNKNOWN = Commit("", None, 0, ())


@frozen
class Start:
    """The `tree` of the commit up to which the line is settled, and the commits that came `later`.

    `environments` are those with a record. `changes` gives the status of each path that a commit changed.
    """

    tree: Tree
    later: Sequence[Commit]
    environments: Sequence[str]
    changes: Callable[[str, str], Mapping[str, str]]


class SettledIndex(LazyIndex):
    """The same index of a line without rollouts, which reads a model from a tree and from later commits."""

    def __init__(
        self, line: Line, folders: Mapping[str, str], few: int, receipts: Mapping[str, Receipt], start: Start
    ) -> None:
        super().__init__(line, folders, few)
        self._receipts, self._start = receipts, start

    def rolling_pairs(self, count: int) -> list[tuple[str, str]]:
        """None."""
        return []

    def _added(self, model: str) -> dict[str, list[Added]]:
        if model not in self._models:
            tops = [f"{self._folders['promotions']}/{name}/{model}" for name in self._start.environments]
            found = self._settled([f"{self._folders['releases']}/{model}", *tops])
            if found is None:
                return super()._added(model)
            later = {path: added for path, added in self._later.items() if self._model_of(path) == model}
            self._models[model] = _joined(found, later)
        return self._models[model]

    @cached_property
    def _decided(self) -> dict[str, list[Added]]:
        found = self._settled([self._folders["decisions"]])
        return self._walked_decisions() if found is None else _joined(found, self._decisions_in(self._later))

    @cached_property
    def _later(self) -> dict[str, list[Added]]:
        return self._grouped(self._start.later)

    def _settled(self, tops: Iterable[str]) -> dict[str, list[Added]] | None:
        """The records below some folders of the tree; None where it is not known which commit added one."""
        tree = self._start.tree
        paths = [path for top in tops for path in tree.paths(top)]
        ids = {path: tree.identity(path) or "" for path in paths}
        self._line.read_ahead(filter(None, ids.values()))
        found: dict[str, list[Added]] = {}
        for path, id in ids.items():
            if not any(kind.match(self._folders, path) is not None for kind in ADDED):
                continue
            read = added_entry(_UNKNOWN, path, id, 0, self._line.blob, self._folders) if id else None
            entry = self._placed(read, path, id) if read else None
            if read is not None and entry is None:
                return None
            if entry is not None:
                self._read[entry.position] = entry
                found[path] = [(entry.commit, path, id, entry.position)]
        return found

    def _placed(self, entry: Entry, path: str, id: str) -> Entry | None:
        """An entry with the commit that added it; None where it is not known."""
        receipt = self._receipts.get(entry.tag)
        if receipt is None or receipt.path != path or receipt.commit not in self.commits.places:
            return None
        commit = self._line.adding(receipt.commit, path)
        if commit is None or commit.changes[0].new != id:
            return None
        position = self._position_in(commit, path)
        return replace(entry, commit=commit, position=position) if position is not None else None

    def _position_in(self, commit: Commit, path: str) -> int | None:
        """The position of the entry of a file that a commit added; None for the first commit, which adds many."""
        if commit.parent is None:
            return None
        changed = self._start.changes(commit.parent, commit.sha)
        tops = tuple(f"{self._folders[name]}/" for name in ("releases", "promotions", "decisions"))
        added = sorted(each for each, status in changed.items() if status == "A" and each.startswith(tops))
        return self.position(commit.sha) + added.index(path)


def _joined(first: Mapping[str, list[Added]], later: Mapping[str, list[Added]]) -> dict[str, list[Added]]:
    return {path: [*first.get(path, ()), *later.get(path, ())] for path in {**first, **later}}
