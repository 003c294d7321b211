"""The monitoring records of a branch: one chain for each model in each environment, and what is wrong with it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import pairwise

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.monitoring.history import record
from mlops_gitops.monitoring.history.record import MonitoringRecord
from mlops_gitops.monitoring.outcome import Finding, Observation, Outcome, Window


@frozen
class Fault:
    """What is wrong at a path of the branch, as a sentence."""

    path: str
    message: str


@frozen
class Chain:
    """The records of one model in one environment, in the order of their sequence."""

    environment: str
    model: str
    records: tuple[MonitoringRecord, ...] = ()

    @property
    def newest(self) -> MonitoringRecord | None:
        """The last record."""
        return self.records[-1] if self.records else None

    def with_digest(self, digest: str) -> MonitoringRecord | None:
        """The record of this digest."""
        return next((one for one in self.records if one.digest == digest), None)

    def of_window(self, window: Window) -> Sequence[MonitoringRecord]:
        """The records of this window of the calendar, oldest first; of a file named by hand those of its bytes."""
        return self._by_window.get(_sought(window), ())

    def of_bytes(self, digest: str) -> Sequence[MonitoringRecord]:
        """The records of a window of these bytes, oldest first; of another index the window was delivered again."""
        return self._by_window.get(digest, ())

    @cached_property
    def _by_window(self) -> Mapping[int | str, Sequence[MonitoringRecord]]:
        found: dict[int | str, list[MonitoringRecord]] = defaultdict(list)
        for one in self.records:
            for name in _names(one.observation.window):
                found[name].append(one)
        return found

    def holder(self, observation: Observation, finding: Finding) -> MonitoringRecord | None:
        """The record that holds this look already.

        A look is one watch on one window of one release. It is taken once: to look again at other data, or with other
        limits, would raise the false alarms. What was not available may be looked at later, and the same reason for the
        same bytes is not recorded again.
        """
        known = self.of_window(observation.window)
        return next((one for one in known if _holds(one.observation, observation, finding)), None)

    def news(self, observation: Observation) -> Observation | None:
        """The observation with the findings that no record holds yet; None where every one is on record."""
        new = tuple(one for one in observation.findings if self.holder(observation, one) is None)
        return replace(observation, findings=new) if new else None


def _sought(window: Window) -> int | str:
    """What a window is known by: its place in the calendar, or else its bytes."""
    return window.index if window.index is not None else window.digest or window.path


def _names(window: Window) -> tuple[int | str, ...]:
    """All that a window may be looked up by."""
    return tuple(dict.fromkeys((_sought(window), window.digest or window.path)))


def _holds(known: Observation, observation: Observation, finding: Finding) -> bool:
    if known.release != observation.release:
        return False
    return any(_is_same_look(known, earlier, observation, finding) for earlier in known.findings)


def _is_same_look(known: Observation, earlier: Finding, observation: Observation, finding: Finding) -> bool:
    if earlier.watch != finding.watch:
        return False
    if earlier.outcome is not Outcome.NOT_AVAILABLE:
        return True
    same = (known.window.digest, earlier.reason) == (observation.window.digest, finding.reason)
    return same and finding.outcome is Outcome.NOT_AVAILABLE


@frozen
class Chains:
    """Every chain of a branch, and the faults of its files."""

    by_pair: Mapping[tuple[str, str], Chain]
    faults: tuple[Fault, ...]

    def chain(self, environment: str, model: str) -> Chain:
        """The chain of one model in one environment, which may be empty."""
        return self.by_pair.get((environment, model)) or Chain(environment, model)

    def faults_of(self, environment: str, model: str) -> list[Fault]:
        """The faults of one chain."""
        folder = f"{record.FOLDER}/{environment}/{model}/"
        return [fault for fault in self.faults if fault.path.startswith(folder)]

    @cached_property
    def number(self) -> int:
        """How many records there are."""
        return sum(len(chain.records) for chain in self.by_pair.values())


def read_chains(files: Mapping[str, bytes]) -> Chains:
    """The chains of the files of a branch, by path; what is no record at its path is a fault."""
    found: dict[tuple[str, str], list[MonitoringRecord]] = defaultdict(list)
    faults = []
    for path, raw in sorted(files.items()):
        if path == record.README:
            continue
        try:
            read = record.from_bytes(path, raw) if record.KIND.match({}, path) else None
        except ValueError as error:
            faults.append(Fault(path, str(error)))
            continue
        if read is None:
            faults.append(Fault(path, "is not the path of a monitoring record"))
        else:
            found[read.observation.environment, read.observation.model].append(read)
    chains = {pair: Chain(*pair, tuple(sorted(records, key=_sequence))) for pair, records in sorted(found.items())}
    unreadable = {fault.path for fault in faults}
    faults += [fault for chain in chains.values() for fault in chain_faults(chain, unreadable)]
    return Chains(chains, tuple(faults))


def _sequence(found: MonitoringRecord) -> int:
    return found.sequence


def chain_faults(chain: Chain, unreadable: Iterable[str] = ()) -> Iterator[Fault]:
    """Every record that is missing, out of its order, twice there, edited after the next was written, or a fork."""
    yield from _missing(chain, frozenset(unreadable))
    named: dict[str | None, MonitoringRecord] = {}
    for before, after in pairwise((None, *chain.records)):
        if after is None:
            continue
        follows = before is None or before.sequence + 1 == after.sequence
        if follows and after.previous != (before.digest if before else after.previous):
            yield Fault(after.path, _broken_link(chain.records, before, after, named.get(after.previous)))
        named.setdefault(after.previous, after)
    yield from _looks_twice(chain)


def _missing(chain: Chain, unreadable: frozenset[str]) -> Iterator[Fault]:
    """A gap in the numbers, but for files that are there and cannot be read."""
    known = {one.sequence for one in chain.records}
    for sequence in range(1, max(known) + 1):
        parts = {"environment": chain.environment, "model": chain.model, "sequence": f"{sequence:04d}"}
        path = record.KIND.path({}, **parts)
        if sequence not in known and path not in unreadable:
            yield Fault(path, "is missing, and a later record is there: it was removed")


def _broken_link(
    records: Sequence[MonitoringRecord],
    before: MonitoringRecord | None,
    after: MonitoringRecord,
    rival: MonitoringRecord | None,
) -> str:
    """Why a record does not name the one before it."""
    name = _short(before)
    if rival is not None:
        return f"names the same record before it as {_short(rival)}: the chain forks"
    target = next((one for one in records if one.digest == after.previous), None)
    if target is not None:
        return f"names {_short(target)} as the record before it, and that is {name}: they were reordered"
    other = "it was edited, moved or replaced"
    return f"names {str(after.previous)[:17]}… as the record before it, and {name} has another digest: {other}"


def _short(found: MonitoringRecord | None) -> str:
    return found.path.rpartition("/")[2] if found else "none"


def _looks_twice(chain: Chain) -> Iterator[Fault]:
    """Windows that were judged twice by one watch: the second look is a replay, or a chance to get another answer."""
    for later in chain.records:
        before = [one for one in chain.of_window(later.observation.window) if one.sequence < later.sequence]
        for finding in later.observation.findings:
            known = next((one for one in before if _holds(one.observation, later.observation, finding)), None)
            if known is not None:
                message = f"judges by {finding.watch} a window that {_short(known)} has judged already: a replay"
                yield Fault(later.path, message)
