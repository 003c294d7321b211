"""The entries of the records that lie at the tip of a branch: what is in force there, without the history before it.

A receipt says which commit added its record. That is believed where the commit is of the line, holds the very bytes of
the tip, and its first parent has no such file. For all else the line is asked, as it is where a receipt is newer than
every record at the tip. The newest record is the one with the highest number, though an older one came back later.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TypeAlias

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Tree
from mlops_gitops.records import promotion, release
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.lazy.index import STEP, LazyIndex, Line
from mlops_gitops.repository.lazy.receipts import Receipts
from mlops_gitops.repository.ledger import Commit, Entry, added_entry

Pair: TypeAlias = tuple[str, str]  # an environment and a model
_UNKNOWN = Commit("", None, 0, ())


class TipIndex(LazyIndex):
    """The same index, which reads the newest records of each model from the files of the tip, `tree`."""

    def __init__(
        self,
        line: Line,
        folders: Mapping[str, str],
        few: int,
        receipts: Receipts,
        tree: Tree,
    ) -> None:
        super().__init__(line, folders, few)
        self._receipts, self._tree = receipts, tree

    @cached_property
    def _has_removed(self) -> bool:
        """Whether a record was removed: where it came back, it is not where the tip would have it."""
        return self._line.has_removed(self._folders["promotions"])

    def pairs(self, count: int) -> list[Pair]:
        """Every (environment, model) with a record, sorted."""
        if self._has_removed:
            return super().pairs(count)
        newest = {paths[-1]: pair for pair, paths in self._at_tip.items()}
        tags = filter(None, (self._receipts.id_of(*pair) for pair in newest.values()))
        self._line.read_ahead([*filter(None, map(self._tree.identity, newest)), *tags])
        pairs = {*newest.values(), *self._receipts.newest}
        found = sorted(pair for pair in pairs if next(self.newest_first(*pair, count), None))
        self._read_manifests_ahead(entry for path in newest if (entry := self._found(path)))
        return found

    def _read_manifests_ahead(self, entries: Iterable[Entry]) -> None:
        """Reads the manifests of promotions and their receipts together: what proves a promotion needs them."""
        named = {(e.record.model, e.record.release) for e in entries if isinstance(e.record, Promotion)}
        paths = [release.KIND.path(self._folders, model=model, version=version) for model, version in named]
        deque(self._tree.paths(self._folders["releases"]), 0)  # so that its folders are read together as well
        tags = filter(None, (self._receipts.id_of_release(*each) for each in named))
        self._line.read_ahead([*filter(None, map(self._tree.identity, paths)), *tags])

    def newest_first(self, environment: str, model: str, count: int) -> Iterator[Entry]:
        """The promotion records of one model in one environment, newest first, as far as they are wanted."""
        if count < sys.maxsize:  # of an older ledger, where the tip says nothing
            yield from super().newest_first(environment, model, count)
            return
        paths = [] if self._has_removed else self._at_tip.get((environment, model), [])
        newest = self._receipts.newest.get((environment, model), 0)
        if paths and _sequence(paths[-1]) >= newest:
            last: Entry | None = None
            for path in reversed(paths):
                if (entry := self._found(path)) is None:
                    older = super().newest_first(environment, model, count)
                    yield from (entry for entry in older if last is None or _order(entry) < _order(last))
                    return
                last = entry
                yield entry
        elif paths or newest or self._has_removed:
            yield from super().newest_first(environment, model, count)

    def manifest(self, model: str, version: str, count: int) -> Entry | None:
        """The first entry of a release manifest."""
        path = release.KIND.path(self._folders, model=model, version=version)
        found = self._found(path) if count == sys.maxsize else None
        return found or super().manifest(model, version, count)

    def _read_proofs_ahead(self, entries: Sequence[Entry]) -> None:
        self._line.read_ahead(self._receipts.ids(entry.tag for entry in entries))
        self._read_manifests_ahead(entries)

    @cached_property
    def _at_tip(self) -> dict[Pair, list[str]]:
        """The paths of the promotion records at the tip, oldest first."""
        found: dict[Pair, list[str]] = {}
        for path in self._tree.paths(self._folders["promotions"]):
            if parts := promotion.KIND.match(self._folders, path):
                found.setdefault((parts["environment"], parts["model"]), []).append(path)
        return {pair: sorted(paths, key=_sequence) for pair, paths in found.items()}

    def _found(self, path: str) -> Entry | None:
        """The entry of a file of the tip, where its receipt says which commit added it; None where none does."""
        if path not in self._entries:
            self._entries[path] = self._find(path)
        return self._entries[path]

    @cached_property
    def _entries(self) -> dict[str, Entry | None]:
        return {}

    def _find(self, path: str) -> Entry | None:
        id = self._tree.identity(path) or ""
        entry = added_entry(_UNKNOWN, path, id, 0, self._line.blob, self._folders) if id else None
        receipt = self._receipts.get(entry.tag) if entry else None
        if entry is None or receipt is None or receipt.path != path or receipt.commit not in self.commits.places:
            return None
        commit = self._line.adding(receipt.commit, path)
        if commit is None or commit.changes[0].new != id:
            return None
        # The records of a commit come after its decisions, as their paths do.
        return replace(entry, commit=commit, position=self.commits.places[commit.sha] * STEP + STEP - 1)


def _order(entry: Entry) -> tuple[int, str]:
    """The place of an entry's commit in the line, and its path: by both a line is in order."""
    return entry.position // STEP, entry.record.path


def _sequence(path: str) -> int:
    return int(path.rpartition("/")[2].partition(".")[0])
