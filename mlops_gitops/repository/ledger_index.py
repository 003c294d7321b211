"""What the commits of a line have added, in order, and found again by what it is about, as of any of them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from operator import itemgetter
from typing import TypeAlias, overload

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records import promotion, receipt
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release

Record: TypeAlias = Promotion | Release | Decision


@frozen
class FileChange:
    """One file a first-parent commit changed: A, M or D, the blob ids before and after, and git's mode after."""

    status: str
    path: str
    old: str | None
    new: str | None
    mode: str = "100644"


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
    """A record, and the first-parent commit that added it.

    `blob` is the id of its bytes. Where it is `plain`, no comment in it ignores a finding, and every parser reads it
    alike.
    """

    record: Record
    digest: str
    commit: Commit
    position: int
    blob: str = ""
    plain: bool = False

    @property
    def tag(self) -> str:
        """The name of its receipt."""
        return receipt.receipt_tag(self.record, self.record.path.rsplit("/", 1)[-1].removesuffix(".yaml"))


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
        self._returns: dict[tuple[str, str], list[tuple[int, Entry]]] = {}
        self._judged: dict[str, dict[str, int]] = {}  # by model and version, the number of the first judgement
        self._in_waves: set[tuple[str, str]] = set()  # the pairs that ever had a rollout
        for number, entry in enumerate(entries):
            self._add(number, entry)

    def _add(self, number: int, entry: Entry) -> None:
        record = entry.record
        self._by_path.setdefault(record.path, []).append((number, entry))
        if isinstance(record, Promotion):
            self._chains.setdefault((record.environment, record.model), []).append((number, entry))
            self._promotions.setdefault(record.model, []).append((number, entry))
            if record.is_gated:
                self._judged.setdefault(record.model, {}).setdefault(record.release, number)
            if is_return(entry):
                self._returns.setdefault((record.environment, record.model), []).append((number, entry))
            if record.wave is not None:
                self._in_waves.add((record.environment, record.model))
        elif isinstance(record, Release):
            self._manifests.setdefault((record.model, record.version), (number, entry))
        elif isinstance(record, Decision):
            self._decisions.append((number, entry))

    def count(self, entries: Sequence[Entry]) -> int:
        """How many of the entries of the index a ledger of these entries has."""
        return len(entries)

    def before(self, entries: Sequence[Entry], position: int) -> Sequence[Entry]:
        """Those of the entries that come before a position."""
        whole = self.entries
        return FirstEntries(whole, position) if isinstance(whole, tuple) else entries[:position]

    def holds(self, entries: Sequence[Entry]) -> bool:
        """Whether these entries are those of the index, or the first of them."""
        return (entries.whole if isinstance(entries, FirstEntries) else entries) is self.entries

    def chain(self, environment: str, model: str, count: int) -> list[Entry]:
        """The promotion records of one model in one environment, oldest first."""
        return _before(self._chains.get((environment, model), []), count)

    def newest_first(self, environment: str, model: str, count: int) -> Iterator[Entry]:
        """The same, newest first, as far as they are wanted."""
        found = self._chains.get((environment, model), [])
        return (found[n][1] for n in reversed(range(_number_before(found, count))))

    def returns(self, environment: str, model: str, count: int) -> list[Entry]:
        """Those of them that take a release away, oldest first."""
        return _before(self._returns.get((environment, model), []), count)

    def rolling_pairs(self, count: int) -> list[tuple[str, str]]:
        """Every (environment, model) whose newest record is of a wave, sorted."""
        return sorted(pair for pair in self._in_waves if any(map(is_wave, islice(self.newest_first(*pair, count), 1))))

    def promotions(self, model: str, count: int) -> list[Entry]:
        """The promotion records of one model in any environment, oldest first."""
        return _before(self._promotions.get(model, []), count)

    def judged(self, model: str, count: int) -> list[str]:
        """The versions of one model that gates have judged, the first one first."""
        return [version for version, number in self._judged.get(model, {}).items() if number < count]

    def pairs(self, count: int) -> list[tuple[str, str]]:
        """Every (environment, model) with a record, sorted."""
        return sorted(pair for pair, chain in self._chains.items() if chain[0][0] < count)

    def at(self, path: str, count: int) -> Entry | None:
        """The newest entry of the record at `path`."""
        found = self._by_path.get(path, [])
        number = _number_before(found, count)
        return found[number - 1][1] if number else None

    def manifest(self, model: str, version: str, count: int) -> Entry | None:
        """The first entry of a release manifest."""
        number, entry = self._manifests.get((model, version), (count, None))
        return entry if number < count else None

    def decisions(self, count: int) -> list[Entry]:
        """The decisions, oldest first."""
        return _before(self._decisions, count)

    def every_promotion(self, count: int) -> Iterator[Entry]:
        """The promotion records of all models, newest first."""
        numbers = reversed(range(min(count, len(self.entries))))
        return (entry for entry in map(self.entries.__getitem__, numbers) if isinstance(entry.record, Promotion))


def _before(found: list[tuple[int, Entry]], count: int) -> list[Entry]:
    return [entry for _, entry in found[: _number_before(found, count)]]


def _number_before(found: list[tuple[int, Entry]], count: int) -> int:
    if not found or found[-1][0] < count:
        return len(found)
    return bisect_left(found, count, key=itemgetter(0))


def is_wave(entry: Entry) -> bool:
    """Whether an entry is a record of a wave."""
    return isinstance(entry.record, Promotion) and entry.record.wave is not None


def is_in_force(entry: Entry) -> bool:
    """Whether a record put a release in force: it is no wave and no stop."""
    return not is_wave(entry) and isinstance(entry.record, Promotion) and entry.record.in_force is not None


def is_return(entry: Entry) -> bool:
    """Whether a record takes a release away."""
    return isinstance(entry.record, Promotion) and entry.record.action in promotion.BACK
