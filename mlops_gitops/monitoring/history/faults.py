"""What is wrong with a chain of monitoring records: one that was removed, moved, edited or copied, or a fork."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.history import record
from mlops_gitops.monitoring.history.chain import Chain, holds_look
from mlops_gitops.monitoring.history.record import MonitoringRecord


@frozen
class Fault:
    """What is wrong at a path of the branch, as a sentence."""

    path: str
    message: str


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
            known = next((one for one in before if holds_look(one.observation, later.observation, finding)), None)
            if known is not None:
                message = f"judges by {finding.watch} a window that {_short(known)} has judged already: a replay"
                yield Fault(later.path, message)
