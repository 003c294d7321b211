"""The entries of a ledger by what they are about, read once for the ledger and for every older state of it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Generic, Protocol, TypeVar, overload

from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release


class _Recorded(Protocol):
    @property
    def record(self) -> Promotion | Release | Decision: ...


_Entry = TypeVar("_Entry", bound=_Recorded)


class FirstEntries(Sequence[_Entry]):
    """The first entries of a ledger, without a copy of them."""

    def __init__(self, whole: tuple[_Entry, ...], count: int) -> None:
        self.whole, self._count = whole, min(count, len(whole))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, number: int) -> _Entry: ...
    @overload
    def __getitem__(self, number: slice) -> tuple[_Entry, ...]: ...
    def __getitem__(self, number: int | slice) -> _Entry | tuple[_Entry, ...]:
        numbers = range(self._count)[number]
        return self.whole[numbers] if isinstance(numbers, int) else tuple(self.whole[n] for n in numbers)

    def __iter__(self) -> Iterator[_Entry]:
        return (self.whole[n] for n in range(self._count))

    def __reversed__(self) -> Iterator[_Entry]:
        return (self.whole[n] for n in reversed(range(self._count)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


class LedgerIndex(Generic[_Entry]):
    """Entries by what they are about. Each query takes `count`: how many of the entries there were at the time."""

    def __init__(self, entries: Sequence[_Entry]) -> None:
        self.entries = entries
        self._chains: dict[tuple[str, str], list[tuple[int, _Entry]]] = {}
        self._by_path: dict[str, list[tuple[int, _Entry]]] = {}
        self._manifests: dict[tuple[str, str], tuple[int, _Entry]] = {}
        self._decisions: list[tuple[int, _Entry]] = []
        self._promotions: dict[str, list[tuple[int, _Entry]]] = {}
        for number, entry in enumerate(entries):
            self._add(number, entry)

    def _add(self, number: int, entry: _Entry) -> None:
        record = entry.record
        self._by_path.setdefault(record.path, []).append((number, entry))
        if isinstance(record, Promotion):
            self._chains.setdefault((record.environment, record.model), []).append((number, entry))
            self._promotions.setdefault(record.model, []).append((number, entry))
        elif isinstance(record, Release):
            self._manifests.setdefault((record.model, record.version), (number, entry))
        elif isinstance(record, Decision):
            self._decisions.append((number, entry))

    def holds(self, entries: Sequence[_Entry]) -> bool:
        """Whether these entries are those of the index, or the first of them."""
        return (entries.whole if isinstance(entries, FirstEntries) else entries) is self.entries

    def chain(self, environment: str, model: str, count: int) -> list[_Entry]:
        """The promotion records of one model in one environment, oldest first."""
        return _before(self._chains.get((environment, model), []), count)

    def promotions(self, model: str, count: int) -> list[_Entry]:
        """The promotion records of one model in any environment, oldest first."""
        return _before(self._promotions.get(model, []), count)

    def pairs(self, count: int) -> list[tuple[str, str]]:
        """Every (environment, model) with a record, sorted."""
        return sorted(pair for pair, chain in self._chains.items() if chain[0][0] < count)

    def at(self, path: str, count: int) -> _Entry | None:
        """The newest entry of the record at `path`."""
        found = _before(self._by_path.get(path, []), count)
        return found[-1] if found else None

    def manifest(self, model: str, version: str, count: int) -> _Entry | None:
        """The first entry of a release manifest."""
        number, entry = self._manifests.get((model, version), (count, None))
        return entry if number < count else None

    def decisions(self, count: int) -> list[_Entry]:
        """The decisions, oldest first."""
        return _before(self._decisions, count)


def _before(found: list[tuple[int, _Entry]], count: int) -> list[_Entry]:
    return [entry for _, entry in found[: bisect_left(found, count, key=lambda numbered: numbered[0])]]
