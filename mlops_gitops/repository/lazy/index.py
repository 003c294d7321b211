"""What a ledger reads of a branch when it is asked for: a command about one model reads the records of no other.

The answers are those of a ledger that was read as a whole. What a folder held at any commit is asked of Git, never of
the tip alone: a record that was changed or removed since is found as it was added.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain as chained
from itertools import islice
from typing import TypeAlias, overload

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records import decision, promotion, release
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.ledger import Commit, Entry, LedgerIndex, added_entry
from mlops_gitops.repository.ledger_index import is_return, is_wave

FEW = 2  # models that are asked of Git one by one; beyond, the whole line is read at once
SHORT = 1_000  # receipts of a line that is read at once: that takes no longer than one process of Git
PAGE = 64  # commits that are read together, where no more may be wanted
STEP = 1 << 20  # more than the files that one commit adds

Added: TypeAlias = tuple[Commit, str, str, int]  # the commit, path and id of an added file, and its place in the line


@frozen
class Line:
    """The first-parent line up to a commit, oldest first: its ids, its commits, and those that change some paths."""

    ids: Callable[[], Sequence[str]]
    commits: Callable[[], Sequence[Commit]]
    touching: Callable[[Sequence[str]], Sequence[Commit]]  # a part of a path that is `*` is any name
    newest_first: Callable[[Sequence[str]], Iterator[Commit]]  # the same, as they are found
    newest: Callable[[], Commit]
    has_removed: Callable[[str], bool]  # whether a commit removed a file below a folder
    blob: Callable[[str], bytes]
    adding: Callable[[str, str], Commit | None]  # a commit with the file that it adds at a path; None for none
    read_ahead: Callable[[Iterable[str]], object]  # takes the ids of objects that are asked for next


class LazyCommits(Sequence[Commit]):
    """The commits of a line, read when another than the newest is asked for."""

    def __init__(self, line: Line) -> None:
        self._line = line

    @cached_property
    def whole(self) -> tuple[Commit, ...]:
        """Every commit."""
        return tuple(self._line.commits())

    @cached_property
    def places(self) -> Mapping[str, int]:
        """The place of each commit, by its id."""
        ids = [commit.sha for commit in self.whole] if "whole" in self.__dict__ else self._line.ids()
        return {sha: n for n, sha in enumerate(ids)}

    @cached_property
    def _newest(self) -> Commit:
        return self._line.newest()

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, number: int) -> Commit: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Commit]: ...
    def __getitem__(self, number: int | slice) -> Commit | Sequence[Commit]:
        return self._newest if number == -1 and "whole" not in self.__dict__ else self.whole[number]

    def __iter__(self) -> Iterator[Commit]:
        return iter(self.whole)


class LazyIndex(LedgerIndex):
    """The entries of a line by what they are about. `folders` are those of the tip.

    `few` is how many models are asked of Git one by one.
    """

    def __init__(self, line: Line, folders: Mapping[str, str], few: int = FEW) -> None:
        self._line, self._folders, self._few = line, folders, few
        self.commits, self.entries = LazyCommits(line), LazyEntries(self)
        self._models: dict[str, dict[str, list[Added]]] = {}
        self._read: dict[int, Entry | None] = {}

    # ── what the queries read ──

    def count(self, entries: Sequence[Entry]) -> int:
        """The position before which the entries are: what the queries take for a count."""
        return entries.end if isinstance(entries, LazyEntries) else sys.maxsize

    def before(self, entries: Sequence[Entry], position: int) -> Sequence[Entry]:
        """Those of the entries that come before a position."""
        return LazyEntries(self, min(position, self.count(entries)))

    def holds(self, entries: Sequence[Entry]) -> bool:
        """Whether these entries are those of the index, or the first of them."""
        return isinstance(entries, LazyEntries) and entries.source is self

    def chain(self, environment: str, model: str, count: int) -> list[Entry]:
        """The promotion records of one model in one environment, oldest first."""
        folder = f"{self._folders['promotions']}/{environment}/{model}/"
        return _before(self._entries_in(self._added(model), folder), count)

    def newest_first(self, environment: str, model: str, count: int) -> Iterator[Entry]:
        """The same, newest first."""
        return reversed(self.chain(environment, model, count))

    def returns(self, environment: str, model: str, count: int) -> list[Entry]:
        """Those of them that take a release away, oldest first."""
        return [entry for entry in self.chain(environment, model, count) if is_return(entry)]

    def rolling_pairs(self, count: int) -> list[tuple[str, str]]:
        """Every (environment, model) whose newest record is of a wave, sorted."""
        newest = ((pair, next(self.newest_first(*pair, count), None)) for pair in self.pairs(count))
        return [pair for pair, entry in newest if entry and is_wave(entry)]

    def promotions(self, model: str, count: int) -> list[Entry]:
        """The promotion records of one model in any environment, oldest first."""
        found = _before(self._entries_in(self._added(model)), count)
        return [entry for entry in found if isinstance(entry.record, Promotion)]

    def judged(self, model: str, count: int) -> list[str]:
        """The versions of one model that gates have judged, the first one first."""
        records = (entry.record for entry in self.promotions(model, count))
        gated = (record.release for record in records if isinstance(record, Promotion) and record.is_gated)
        return list(dict.fromkeys(gated))

    def pairs(self, count: int) -> list[tuple[str, str]]:
        """Every (environment, model) with a record, sorted."""
        parts = (promotion.KIND.match(self._folders, path) for added in self._every.values() for path in added)
        pairs = sorted({(part["environment"], part["model"]) for part in parts if part})
        return [pair for pair in pairs if self.chain(*pair, count)]

    def at(self, path: str, count: int) -> Entry | None:
        """The newest entry of the record at `path`."""
        if decision.KIND.match(self._folders, path) is not None:
            found = self._entries_at(self._decided, path)
        else:
            kinds = (kind.match(self._folders, path) for kind in (promotion.KIND, release.KIND))
            parts = next(filter(None, kinds), None)
            found = self._entries_at(self._added(parts["model"]), path) if parts else []
        found = _before(found, count)
        return found[-1] if found else None

    def manifest(self, model: str, version: str, count: int) -> Entry | None:
        """The first entry of a release manifest."""
        path = release.KIND.path(self._folders, model=model, version=version)
        return next(iter(_before(self._entries_at(self._added(model), path), count)), None)

    def decisions(self, count: int) -> list[Entry]:
        """The decisions, oldest first."""
        return _before(self._entries_in(self._decided), count)

    def added_by(self, commits: Iterable[Commit]) -> list[Entry]:
        """The entries that some commits of the line added, oldest first."""
        return self._entries_in(self._grouped(commits))

    def position(self, commit: str) -> int:
        """The position that the first entry of a commit has, or would have."""
        return self.commits.places[commit] * STEP

    def every_promotion(self, count: int) -> Iterator[Entry]:
        """The promotion records of all models, newest first, as far as they are wanted."""
        folder = self._folders["promotions"]
        commits = self._line.newest_first([folder])
        while some := list(islice(commits, PAGE)):
            found = [e for e in self._entries_in(self._grouped(some), f"{folder}/") if isinstance(e.record, Promotion)]
            self._read_proofs_ahead(found)
            yield from reversed(found)

    def _read_proofs_ahead(self, entries: Sequence[Entry]) -> None:
        """Reads together what shows whether entries were approved, where that would be read one by one."""

    def every(self) -> list[Entry]:
        """Every entry, oldest first."""
        added = (self._entries_in(each) for each in (*self._every.values(), self._decided))
        return sorted(chained.from_iterable(added), key=lambda entry: entry.position)

    # ── what is read of the history ──

    @cached_property
    def _every(self) -> dict[str, dict[str, list[Added]]]:
        """What the line added of each model."""
        found: dict[str, dict[str, list[Added]]] = {}
        for path, added in self._grouped(self.commits.whole).items():
            if model := self._model_of(path):
                found.setdefault(model, {})[path] = added
        return found

    @cached_property
    def _decided(self) -> dict[str, list[Added]]:
        return self._walked_decisions()

    def _walked_decisions(self) -> dict[str, list[Added]]:
        """The decisions that the line added, which Git walks for them."""
        whole = "_every" in self.__dict__ or not self._few
        commits = self.commits.whole if whole else self._line.touching([self._folders["decisions"]])
        return self._decisions_in(self._grouped(commits))

    def _decisions_in(self, grouped: Mapping[str, list[Added]]) -> dict[str, list[Added]]:
        return {path: each for path, each in grouped.items() if decision.KIND.match(self._folders, path) is not None}

    def _added(self, model: str) -> dict[str, list[Added]]:
        """What the line added of one model."""
        if model not in self._models and ("_every" in self.__dict__ or len(self._models) >= self._few):
            return self._every.get(model, {})
        if model not in self._models:
            # A command about a model asks for the decisions too: Git walks the line once for both.
            places = [f"{self._folders['releases']}/{model}", f"{self._folders['promotions']}/*/{model}"]
            grouped = self._grouped(self._line.touching([*places, self._folders["decisions"]]))
            self.__dict__.setdefault("_decided", self._decisions_in(grouped))
            self._models[model] = {path: added for path, added in grouped.items() if self._model_of(path) == model}
        return self._models[model]

    def _grouped(self, commits: Iterable[Commit]) -> dict[str, list[Added]]:
        """The files that commits added where a record lies, by path."""
        tops = tuple(f"{self._folders[name]}/" for name in ("releases", "promotions", "decisions"))
        found: dict[str, list[Added]] = {}
        for commit in commits:
            changes = (change for change in commit.changes if change.status == "A" and change.path.startswith(tops))
            for n, (path, id) in enumerate(sorted((change.path, change.new or "") for change in changes)):
                found.setdefault(path, []).append((commit, path, id, self.commits.places[commit.sha] * STEP + n))
        return found

    def _model_of(self, path: str) -> str:
        parts = (kind.match(self._folders, path) for kind in (promotion.KIND, release.KIND))
        return next((part["model"] for part in parts if part), "")

    def _entries_at(self, added: Mapping[str, list[Added]], path: str) -> list[Entry]:
        """The entries of one file, oldest first."""
        return self._entries_in({path: added.get(path, [])})

    def _entries_in(self, added: Mapping[str, list[Added]], folder: str = "") -> list[Entry]:
        """The entries of the files whose paths begin with `folder`, oldest first."""
        every = [each for path, found in added.items() if path.startswith(folder) for each in found]
        unread = [id for _, _, id, place in every if id and place not in self._read]
        if len(unread) > 1:
            self._line.read_ahead(unread)
        found = (self._entry(*each) for each in every)
        return sorted(filter(None, found), key=lambda entry: entry.position)

    def _entry(self, commit: Commit, path: str, id: str, place: int) -> Entry | None:
        if place not in self._read:
            self._read[place] = added_entry(commit, path, id, place, self._line.blob, self._folders) if id else None
        return self._read[place]


class LazyEntries(Sequence[Entry]):
    """Every entry of a line before a position, read when one of them is asked for."""

    def __init__(self, index: LazyIndex, end: int = sys.maxsize) -> None:
        self.source, self.end = index, end

    @cached_property
    def _whole(self) -> tuple[Entry, ...]:
        return tuple(_before(self.source.every(), self.end))

    def __len__(self) -> int:
        return len(self._whole)

    @overload
    def __getitem__(self, number: int) -> Entry: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Entry]: ...
    def __getitem__(self, number: int | slice) -> Entry | Sequence[Entry]:
        return self._whole[number]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._whole)


def _before(entries: list[Entry], end: int) -> list[Entry]:
    return [entry for entry in entries if entry.position < end]
