"""Looks that are on record: what a run says of them, and of a window whose bytes or outcome are others by now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.calendar import Period
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.record import MonitoringRecord
from mlops_gitops.monitoring.outcome import Finding, Observation, Outcome
from mlops_gitops.monitoring.table import finding_mark, observation_title
from mlops_gitops.records.monitoring import Watch

_STANDS = "which stands: a window is judged once"


@frozen
class Taken:
    """A look on record, and the record that holds it."""

    record: MonitoringRecord
    finding: Finding


def taken_looks(chain: Chain, window: Period, release: str | None, watches: Iterable[Watch]) -> tuple[Taken, ...]:
    """The looks of these watches at a window of a release that need not be taken again.

    What was not available may be looked at later.
    """
    ids = [watch.id for watch in watches]
    found: dict[str, Taken] = {}
    for record in chain.named(window.name):
        if record.observation.release == release:
            judged = (each for each in record.observation.findings if each.outcome is not Outcome.NOT_AVAILABLE)
            found |= {each.watch: Taken(record, each) for each in judged}
    return tuple(found[id] for id in ids if id in found)


def taken_lines(taken: Sequence[Taken]) -> list[str]:
    """A sentence about a window whose looks are on record."""
    title = observation_title(taken[0].record.observation)
    words = [f"{each.finding.watch} {finding_mark(each.finding)}" for each in taken]
    return [f"already on record: {title}: {', '.join(words)}"]


def differences(taken: Sequence[Taken], now: Observation) -> Iterator[str]:
    """What is on record of a window and what is found now, where they differ: its bytes, and the outcome of a watch."""
    others = [each for each in taken if _has_other_bytes(each, now)]
    if others:
        then = str(others[-1].record.observation.window.digest)
        yield f"the bytes of this window are {str(now.window.digest)[:17]}… now, and {then[:17]}… on record"
    found = {finding.watch: finding for finding in now.findings}
    for each in taken:
        fresh, kept = found.get(each.finding.watch), each.finding
        if fresh is None and each in others and kept.outcome is Outcome.ALARM:
            yield f"{kept.watch} is {finding_mark(kept)} on record in {each.record.path}, {_STANDS}"
        elif fresh is not None and fresh.outcome is not kept.outcome:
            recorded = f"{finding_mark(kept)} on record in {each.record.path}"
            yield f"{kept.watch} is {finding_mark(fresh)} now, and {recorded}, {_STANDS}"


def _has_other_bytes(taken: Taken, now: Observation) -> bool:
    then = taken.record.observation.window.digest
    return None not in (then, now.window.digest) and then != now.window.digest


def taken_data(taken: Sequence[Taken]) -> list[dict[str, Any]]:
    """The same as JSON: of each look its model, environment, window, watch, outcome and record."""
    return [
        {
            "model": each.record.observation.model, "environment": each.record.observation.environment,
            "window": {"start": each.record.observation.window.start, "end": each.record.observation.window.end},
            "watch": each.finding.watch, "outcome": each.finding.outcome.value, "record": each.record.path,
        }
        for each in taken
    ]  # fmt: skip
