"""What a branch's first-parent history has added, in order, and which of it has a receipt.

Content digests are the identity: commits and tags are indexes, and count only where they agree with the content.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property
from itertools import takewhile
from typing import TypeAlias, overload

from mlops_gitops.core.canonical import sha256
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records import decision, promotion, receipt, release
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.records.release import Release
from mlops_gitops.repository.observations import Observations

Record: TypeAlias = Promotion | Release | Decision
ADDED = (promotion.KIND, release.KIND, decision.KIND)


@frozen
class FileChange:
    """One file a first-parent commit changed: A, M or D, and the blob ids before and after."""

    status: str
    path: str
    old: str | None
    new: str | None


@frozen
class Commit:
    """One first-parent commit and what it changed against its first parent."""

    sha: str
    parent: str | None
    time: int  # committer date, seconds since 1970
    changes: tuple[FileChange, ...]

    @property
    def day(self) -> date:
        """Its UTC date."""
        try:
            return datetime.fromtimestamp(self.time, UTC).date()
        except (OverflowError, ValueError, OSError):  # a committer may write any number
            return date.max


@frozen
class Entry:
    """A record, and the first-parent commit that added it."""

    record: Record
    digest: str
    commit: Commit
    position: int

    @property
    def tag(self) -> str:
        """The name of its receipt."""
        return receipt.receipt_tag(self.record, self.record.path.rsplit("/", 1)[-1].removesuffix(".yaml"))


def nothing_observed(environment: str, model: str) -> Observations:
    """The observations of a model where there are none."""
    return Observations()


def nobody(commit: Commit) -> frozenset[str]:
    """The writers of a commit where they are not known."""
    return frozenset()


class FirstEntries(Sequence[Entry]):
    """The first entries of a ledger, without a copy of them."""

    def __init__(self, whole: tuple[Entry, ...], count: int) -> None:
        self.whole, self._count = whole, min(count, len(whole))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> Entry: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[Entry, ...]: ...
    def __getitem__(self, number: int | slice) -> Entry | tuple[Entry, ...]:
        numbers = range(self._count)[number]
        return self.whole[numbers] if isinstance(numbers, int) else tuple(self.whole[n] for n in numbers)

    def __iter__(self) -> Iterator[Entry]:
        return (self.whole[n] for n in range(self._count))

    def __reversed__(self) -> Iterator[Entry]:
        return (self.whole[n] for n in reversed(range(self._count)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class LedgerIndex:
    """Entries by what they are about. Each query takes `count`: how many of the entries there were at the time."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        self._chains: dict[tuple[str, str], list[tuple[int, Entry]]] = {}
        self._by_path: dict[str, list[tuple[int, Entry]]] = {}
        self._manifests: dict[tuple[str, str], tuple[int, Entry]] = {}
        self._decisions: list[tuple[int, Entry]] = []
        self._promotions: dict[str, list[tuple[int, Entry]]] = {}
        for number, entry in enumerate(entries):
            self._add(number, entry)

    def _add(self, number: int, entry: Entry) -> None:
        record = entry.record
        self._by_path.setdefault(record.path, []).append((number, entry))
        if isinstance(record, Promotion):
            self._chains.setdefault((record.environment, record.model), []).append((number, entry))
            self._promotions.setdefault(record.model, []).append((number, entry))
        elif isinstance(record, Release):
            self._manifests.setdefault((record.model, record.version), (number, entry))
        elif isinstance(record, Decision):
            self._decisions.append((number, entry))

    def holds(self, entries: Sequence[Entry]) -> bool:
        """Whether these entries are those of the index, or the first of them."""
        return (entries.whole if isinstance(entries, FirstEntries) else entries) is self.entries

    def chain(self, environment: str, model: str, count: int) -> list[Entry]:
        """The promotion records of one model in one environment, oldest first."""
        return _before(self._chains.get((environment, model), []), count)

    def promotions(self, model: str, count: int) -> list[Entry]:
        """The promotion records of one model in any environment, oldest first."""
        return _before(self._promotions.get(model, []), count)

    def pairs(self, count: int) -> list[tuple[str, str]]:
        """Every (environment, model) with a record, sorted."""
        return sorted(pair for pair, chain in self._chains.items() if chain[0][0] < count)

    def at(self, path: str, count: int) -> Entry | None:
        """The newest entry of the record at `path`."""
        found = _before(self._by_path.get(path, []), count)
        return found[-1] if found else None

    def manifest(self, model: str, version: str, count: int) -> Entry | None:
        """The first entry of a release manifest."""
        number, entry = self._manifests.get((model, version), (count, None))
        return entry if number < count else None

    def decisions(self, count: int) -> list[Entry]:
        """The decisions, oldest first."""
        return _before(self._decisions, count)


def _before(found: list[tuple[int, Entry]], count: int) -> list[Entry]:
    return [entry for _, entry in found[: bisect_left(found, count, key=lambda numbered: numbered[0])]]


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
    commits: tuple[Commit, ...] = ()
    writers: Callable[[Commit], frozenset[str]] = nobody
    observations: Callable[[str, str], Observations] = nothing_observed
    index: LedgerIndex | None = None  # of these entries and of later ones, where it was read already

    @cached_property
    def _index(self) -> LedgerIndex:
        return self.index if self.index and self.index.holds(self.entries) else LedgerIndex(self.entries)

    def until(self, position: int) -> Ledger:
        """The ledger as it was before the entry at `position`."""
        whole = self._index.entries
        first = FirstEntries(whole, position) if isinstance(whole, tuple) else self.entries[:position]
        return replace(self, entries=first, index=self._index)

    def with_receipts(self, receipts: Iterable[Receipt]) -> Ledger:
        """The ledger as it is once these receipts are written."""
        return replace(self, receipts={**self.receipts, **{receipt.tag: receipt for receipt in receipts}})

    def chain(self, environment: str, model: str) -> list[Entry]:
        """The promotion records of one model in one environment, oldest first."""
        return self._index.chain(environment, model, len(self.entries))

    def promotions(self, model: str) -> list[Promotion]:
        """The promotion records of one model in any environment, oldest first."""
        found = (entry.record for entry in self._index.promotions(model, len(self.entries)))
        return [record for record in found if isinstance(record, Promotion)]

    def pairs(self) -> list[tuple[str, str]]:
        """Every (environment, model) with a record."""
        return self._index.pairs(len(self.entries))

    def newest(self, environment: str, model: str) -> Entry | None:
        """The newest record of one model in one environment, a wave too."""
        chain = self.chain(environment, model)
        return chain[-1] if chain else None

    def settled(self, environment: str, model: str) -> list[Entry]:
        """The records that each put a release in force, oldest first: all but those of waves and stops."""
        return [entry for entry in self.chain(environment, model) if _is_in_force(entry)]

    def current(self, environment: str, model: str) -> Entry | None:
        """The record that put the release in force there."""
        return next((entry for entry in reversed(self.chain(environment, model)) if _is_in_force(entry)), None)

    def rolling(self, environment: str, model: str, before: int | None = None) -> list[Entry]:
        """The records of the rollout that runs, the one that opened it first; none where none runs.

        With `before`, the rollout that ran before the record of that sequence.
        """
        chain = self.chain(environment, model)
        earlier = chain if before is None else [entry for entry in chain if _sequence(entry) < before]
        return list(takewhile(_is_wave, reversed(earlier)))[::-1]

    def at(self, path: str) -> Entry | None:
        """The entry of the record at `path`."""
        return self._index.at(path, len(self.entries))

    def manifest(self, model: str, version: str) -> Entry | None:
        """The entry of a release manifest."""
        return self._index.manifest(model, version, len(self.entries))

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
        chain = self.settled(environment, model)
        considered = chain[-1:] if order == "current" else reversed(chain)
        return next((e for e in considered if _release(e) == version and self.proven(e)), None)

    def decisions(self, today: date) -> list[Entry]:
        """The decisions that count: a relaxing one only until it expires, with a receipt that proves its approval."""
        found = self._index.decisions(len(self.entries))
        return [e for e in found if _counts(e.record, today) and (not _relaxes(e.record) or self.proven(e))]

    def unproven(self) -> list[Entry]:
        """The relaxing decisions without a receipt that proves their approval: they are ignored."""
        found = self._index.decisions(len(self.entries))
        return [e for e in found if _relaxes(e.record) and not self.proven(e)]


def _counts(record: Record, today: date) -> bool:
    return isinstance(record, Decision) and not record.expired(today)


def _relaxes(record: Record) -> bool:
    return isinstance(record, Decision) and record.relaxes


def _sequence(entry: Entry) -> int:
    return entry.record.sequence if isinstance(entry.record, Promotion) else 0


def _is_wave(entry: Entry) -> bool:
    return isinstance(entry.record, Promotion) and entry.record.wave is not None


def _is_in_force(entry: Entry) -> bool:
    return not _is_wave(entry) and isinstance(entry.record, Promotion) and entry.record.in_force is not None


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
) -> Ledger:
    """The ledger of first-parent commits, oldest first. Files that are no valid record are left to `audit`."""
    entries: list[Entry] = []
    line = tuple(commits)
    for commit in line:
        for change in sorted(commit.changes, key=lambda change: change.path):
            if change.status == "A" and change.new and (record := _record(change, blob, folders)):
                entries.append(Entry(record, _digest(record, blob(change.new)), commit, len(entries)))
    return Ledger(tuple(entries), receipts, forge, line, writers, observations)


def _record(change: FileChange, blob: Callable[[str], bytes], folders: Mapping[str, str]) -> Record | None:
    kind = next((kind for kind in ADDED if kind.match(folders, change.path) is not None), None)
    if kind is None or change.new is None:
        return None
    document = parse(change.path, blob(change.new))
    if schema_validation.check(document, kind.schema) or kind.disagreements(folders, document):
        return None
    try:
        record: Record = kind.read(document)
    except ValueError:
        return None
    return record


def _digest(record: Record, data: bytes) -> str:
    return record.digest if isinstance(record, Promotion) else "sha256:" + sha256(data)
