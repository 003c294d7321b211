"""What a branch's first-parent history has added, in order, and which of it has a receipt.

Content digests are the identity: commits and tags are indexes, and count only where they agree with the content.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import islice, takewhile
from typing import Any

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.kind import Kind
from mlops_gitops.documents.read_document import parse
from mlops_gitops.documents.tree import MAX_BYTES
from mlops_gitops.records import decision, promotion, receipt, release
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.repository.entry import read_entry
from mlops_gitops.repository.ledger_index import (
    Commit,
    Entry,
    FileChange,
    FirstEntries,
    LedgerIndex,
    Record,
    is_in_force,
    is_wave,
)
from mlops_gitops.repository.observations import Observations

__all__ = (
    "ADDED", "Commit", "Entry", "FileChange", "FirstEntries", "Ledger", "LedgerIndex", "Record", "build_ledger",
    "known_records",
)  # fmt: skip

ADDED = (promotion.KIND, release.KIND, decision.KIND)
_AT_ONCE = 256  # blobs that are read together


def nothing_observed(environment: str, model: str) -> Observations:
    """The observations of a model where there are none."""
    return Observations()


def nobody(commit: Commit) -> frozenset[str]:
    """The writers of a commit where they are not known."""
    return frozenset()


@frozen
class Ledger:
    """The entries of a branch, oldest first, with the receipts found for them by tag.

    `commits` are the whole line, oldest first, that of an older ledger too. `writers` are the people who wrote what
    a commit merged, as far as git holds it: their approvals of it do not count. `observations` are those of a model in
    an environment, of any time.
    """

    entries: Sequence[Entry]
    receipts: Mapping[str, Receipt] = {}
    forge: str = "local"
    commits: Sequence[Commit] = ()
    writers: Callable[[Commit], frozenset[str]] = nobody
    observations: Callable[[str, str], Observations] = nothing_observed
    index: LedgerIndex | None = None  # of these entries and of later ones, where it was read already

    @cached_property
    def _index(self) -> LedgerIndex:
        return self.index if self.index and self.index.holds(self.entries) else LedgerIndex(self.entries)

    @property
    def _count(self) -> int:
        return self._index.count(self.entries)

    def until(self, position: int) -> Ledger:
        """The ledger as it was before the entry at `position`."""
        return replace(self, entries=self._index.before(self.entries, position), index=self._index)

    def with_receipts(self, receipts: Iterable[Receipt]) -> Ledger:
        """The ledger as it is once these receipts are written."""
        return replace(self, receipts={**self.receipts, **{receipt.tag: receipt for receipt in receipts}})

    def chain(self, environment: str, model: str) -> list[Entry]:
        """The promotion records of one model in one environment, oldest first."""
        return self._index.chain(environment, model, self._count)

    def promoted(self, model: str) -> list[Entry]:
        """The entries of the promotion records of one model in any environment, oldest first."""
        return self._index.promotions(model, self._count)

    def promotions(self, model: str) -> list[Promotion]:
        """The records of these entries."""
        return [record for record in (entry.record for entry in self.promoted(model)) if isinstance(record, Promotion)]

    def every_promotion(self) -> Iterator[Entry]:
        """The entries of the promotion records of all models, newest first."""
        return self._index.every_promotion(self._count)

    def judged(self, model: str) -> list[str]:
        """The versions of one model that gates have judged, in any environment."""
        return self._index.judged(model, self._count)

    def pairs(self) -> list[tuple[str, str]]:
        """Every (environment, model) with a record."""
        return self._index.pairs(self._count)

    def newest(self, environment: str, model: str) -> Entry | None:
        """The newest record of one model in one environment, a wave too."""
        return next(self._newest_first(environment, model), None)

    def _newest_first(self, environment: str, model: str) -> Iterator[Entry]:
        return self._index.newest_first(environment, model, self._count)

    def returns(self, environment: str, model: str) -> list[Entry]:
        """The records of one model in one environment that take a release away, oldest first."""
        return self._index.returns(environment, model, self._count)

    def rolling_pairs(self) -> list[tuple[str, str]]:
        """Every (environment, model) in which a rollout runs."""
        return self._index.rolling_pairs(self._count)

    def settled(self, environment: str, model: str) -> list[Entry]:
        """The records that each put a release in force, oldest first: all but those of waves and stops."""
        return [entry for entry in self.chain(environment, model) if is_in_force(entry)]

    def current(self, environment: str, model: str) -> Entry | None:
        """The record that put the release in force there."""
        return next(filter(is_in_force, self._newest_first(environment, model)), None)

    def rolling(self, environment: str, model: str, before: int | None = None) -> list[Entry]:
        """The records of the rollout that runs, the one that opened it first; none where none runs.

        With `before`, the rollout that ran before the record of that sequence.
        """
        newest = self._newest_first(environment, model)
        earlier = (entry for entry in newest if before is None or _sequence(entry) < before)
        return list(takewhile(is_wave, earlier))[::-1]

    def at(self, path: str) -> Entry | None:
        """The entry of the record at `path`."""
        return self._index.at(path, self._count)

    def manifest(self, model: str, version: str) -> Entry | None:
        """The entry of a release manifest."""
        return self._index.manifest(model, version, self._count)

    def target(self, entry: Entry) -> str:
        """The commit an entry's receipt tags: for a promotion the one that added its manifest, as GTO wants it."""
        if isinstance(entry.record, Promotion):
            manifest = self.manifest(entry.record.model, entry.record.release)
            return manifest.commit.sha if manifest else entry.commit.sha
        return entry.commit.sha

    def receipt(self, entry: Entry) -> Receipt | None:
        """The receipt of an entry; one that names another digest, file or commit is none."""
        found = self.receipts.get(entry.tag)
        if found is None or (found.path, found.digest) != (entry.record.path, entry.digest):
            return None
        return found if found.target == self.target(entry) else None

    def proven(self, entry: Entry) -> bool:
        """Whether a receipt of this forge shows that the entry's approvals were met."""
        found = self.receipt(entry)
        return found is not None and found.approved == receipt.MET and found.forge == self.forge

    def standing(self, environment: str, model: str, version: str, order: str) -> Entry | None:
        """The newest proven record that put a release into an environment: ever, or as what runs there now."""
        settled = filter(is_in_force, self._newest_first(environment, model))
        considered = islice(settled, 1) if order == "current" else settled
        return next((e for e in considered if _release(e) == version and self.proven(e)), None)

    def decisions(self, today: date) -> list[Entry]:
        """The decisions that count: a relaxing one only until it expires, with a receipt that proves its approval."""
        found = self.every_decision()
        return [e for e in found if _counts(e.record, today) and (not _relaxes(e.record) or self.proven(e))]

    def every_decision(self) -> list[Entry]:
        """Every decision, oldest first."""
        return self._index.decisions(self._count)

    def unproven(self) -> list[Entry]:
        """The relaxing decisions without a receipt that proves their approval: they are ignored."""
        return [e for e in self.every_decision() if _relaxes(e.record) and not self.proven(e)]


def _counts(record: Record, today: date) -> bool:
    return isinstance(record, Decision) and not record.expired(today)


def _relaxes(record: Record) -> bool:
    return isinstance(record, Decision) and record.relaxes


def _sequence(entry: Entry) -> int:
    return entry.record.sequence if isinstance(entry.record, Promotion) else 0


def _release(entry: Entry) -> str:
    return entry.record.release if isinstance(entry.record, Promotion) else ""


def build_ledger(
    commits: Iterable[Commit],
    blob: Callable[[str], bytes],
    folders: Mapping[str, str],
    receipts: Mapping[str, Receipt],
    forge: str,
    writers: Callable[[Commit], frozenset[str]] = nobody,
    observations: Callable[[str, str], Observations] = nothing_observed,
    read_ahead: Callable[[Iterable[str]], object] = list,
) -> Ledger:
    """The ledger of first-parent commits, oldest first. Files that are no valid record are left to `audit`.

    `read_ahead` takes the ids of blobs that are asked for next.
    """
    entries: list[Entry] = []
    line = tuple(commits)
    rest = _added(line, folders)
    while some := list(islice(rest, _AT_ONCE)):
        read_ahead(id for _, _, id, _ in some)
        for commit, path, id, _ in some:
            if entry := added_entry(commit, path, id, len(entries), blob, folders):
                entries.append(entry)
    return Ledger(tuple(entries), receipts, forge, line, writers, observations)


def added_entry(
    commit: Commit, path: str, id: str, position: int, blob: Callable[[str], bytes], folders: Mapping[str, str]
) -> Entry | None:
    """The entry of a file that a commit added; None where it holds no valid record."""
    kind = _kind_of(path, folders)
    data = blob(id) if kind else b""
    found = _read(path, data, kind, folders) if kind else None
    if found is None:
        return None
    record, plain = found
    return Entry(record, _digest(record, data), commit, position, id, plain)


def _kind_of(path: str, folders: Mapping[str, str]) -> Kind | None:
    return next((kind for kind in ADDED if kind.match(folders, path) is not None), None)


def _added(commits: Iterable[Commit], folders: Mapping[str, str]) -> Iterator[tuple[Commit, str, str, Kind]]:
    """Each file that a commit adds in the place of a record: its path, the id of its bytes, its kind."""
    for commit in commits:
        added = sorted((change.path, change.new) for change in commit.changes if change.status == "A" and change.new)
        for path, id in added:
            kind = _kind_of(path, folders)
            if kind is not None and id:
                yield commit, path, id, kind


def _read(path: str, data: bytes, kind: Kind, folders: Mapping[str, str]) -> tuple[Record, bool] | None:
    """The record in a file, and whether it is plain; None where it holds none, or one that belongs elsewhere."""
    found = read_entry(kind, parse(path, data), folders, _unread)
    if found.record is None or found.disagreements:
        return None
    return found.record, not found.ignores and not found.may_differ and len(data) <= MAX_BYTES


def _unread(path: str) -> Document:
    return Document(path, "")


def known_records(ledger: Ledger, folders: Mapping[str, str]) -> Callable[[Mapping[str, str], str, str], Any]:
    """Gives the record that a ledger has read at a path, by the folders of a tree and the id of the bytes there.

    None where it has read none: by other folders than its own a path may mean something else.
    """

    def known(of_tree: Mapping[str, str], path: str, identity: str) -> Record | None:
        entry = ledger.at(path) if of_tree == folders else None
        return entry.record if entry and entry.plain and entry.blob == identity else None

    return known


def _digest(record: Record, data: bytes) -> str:
    return record.digest if isinstance(record, Promotion) else "sha256:" + sha256(data)
