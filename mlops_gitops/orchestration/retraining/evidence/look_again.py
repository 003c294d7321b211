"""What a watch finds in the newest windows of the release in force, from the data as they are now.

A record of monitoring is a text on a branch, and starts no retraining: it is held to what the data give. Where a watch
compares with the first live windows, these are observed again too, and not taken from the records.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count, islice

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.calendar import Period, newest_complete, newest_matured, period, period_at
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.history.record import MonitoringRecord, statement
from mlops_gitops.monitoring.in_force import is_answered_by
from mlops_gitops.monitoring.outcome import Finding, Observation, Outcome
from mlops_gitops.orchestration.monitoring.observe import observe
from mlops_gitops.orchestration.monitoring.read_windows import Monitor
from mlops_gitops.records.monitoring import KpiDecay, NumberLimit, Watch
from mlops_gitops.retraining.evidence.facts import Look, Looks

_SPARE = 31  # first windows beyond those wanted, where some of them could not be judged


def look_again(monitor: Monitor, watch: Watch, version: str, wanted: int) -> Looks:
    """The newest windows of a release that a watch can judge, at most `wanted` of them, each looked at again."""
    newest = (newest_matured if watch.kpi is not None else newest_complete)(monitor.plan, monitor.now)
    periods: list[Period] = []
    for index in range(newest.index, -1, -1) if newest else ():
        at = period(monitor.plan, index)
        if len(periods) == wanted or not _is_of(monitor, at, version):
            break
        periods.append(at)
    looks = tuple(_look(monitor, watch, version, at) for at in periods)
    return Looks(looks, wanted, _due(monitor, watch, version, newest.index + 1 if newest else 0))


def judged_from(monitor: Monitor, version: str, wanted: int) -> datetime:
    """When there are so many windows of the release in force, one after another, with all the labels they will have.

    They are counted from its last promotion on.
    """
    entry = monitor.ledger.current(monitor.environment, monitor.plan.model)
    since = datetime.fromtimestamp(entry.commit.time, UTC) if entry else monitor.now
    begun = period_at(monitor.plan, since)
    first = _first(monitor, version, begun.index if begun else 0)
    labels = monitor.plan.windows.labels
    return first.start + wanted * monitor.plan.every + (labels.delay if labels else timedelta(0))


def _is_of(monitor: Monitor, at: Period, version: str) -> bool:
    return is_answered_by(monitor.ledger, monitor.environment, monitor.plan, at, version)


def _due(monitor: Monitor, watch: Watch, version: str, first: int) -> datetime:
    """When the next window of the release can be judged; later ones are of it as far as is known."""
    at = _first(monitor, version, first)
    labels = monitor.plan.windows.labels
    return at.end + labels.delay if labels and watch.kpi is not None else at.end


def _first(monitor: Monitor, version: str, index: int) -> Period:
    """The first window of the release from an index on, past or to come."""
    later = (period(monitor.plan, each) for each in count(index))
    return next(at for at in later if _is_next(monitor, at, version))


def _is_next(monitor: Monitor, at: Period, version: str) -> bool:
    return at.start >= monitor.now or _is_of(monitor, at, version)


def _look(monitor: Monitor, watch: Watch, version: str, at: Period) -> Look:
    again = _from_data_alone(monitor, watch, version, at)
    with tempfile.TemporaryDirectory() as folder:
        seen = observe(again, at, [watch], folder)
    (finding,) = seen.findings
    record, known = _recorded(monitor.chain, seen, watch)
    fault = _fault(watch, seen, record, known)
    return Look(at.name, seen.window.digest, finding, record.digest if record else None, fault)


def _from_data_alone(monitor: Monitor, watch: Watch, version: str, before: Period) -> Monitor:
    """The monitor, whose first live windows of the release are those that the data give, where the watch reads them."""
    if not isinstance(watch.check, KpiDecay) or not watch.check.live:
        return monitor
    others = tuple(_without(record, watch) for record in monitor.chain.records)
    seen: list[MonitoringRecord] = []
    for at in islice(_first_periods(monitor, version, before), watch.check.live + _SPARE):
        if sum(_has_value(record) for record in seen) == watch.check.live:
            break
        chain = Chain(monitor.environment, monitor.plan.model, (*others, *seen))
        with tempfile.TemporaryDirectory() as folder:
            found = observe(replace(monitor, chain=chain), at, [watch], folder)
        seen.append(statement(found, seen[-1] if seen else None, "", at.times[1]))
    return replace(monitor, chain=Chain(monitor.environment, monitor.plan.model, (*others, *seen)))


def _first_periods(monitor: Monitor, version: str, before: Period) -> Iterator[Period]:
    periods = (period(monitor.plan, index) for index in range(before.index))
    return (at for at in periods if _is_of(monitor, at, version))


def _without(record: MonitoringRecord, watch: Watch) -> MonitoringRecord:
    """A record as if it said nothing of a watch: it still says which bytes were a window."""
    kept = tuple(finding for finding in record.observation.findings if finding.watch != watch.id)
    return replace(record, observation=replace(record.observation, findings=kept))


def _has_value(record: MonitoringRecord) -> bool:
    return any("value" in found.evidence for finding in record.observation.findings for found in finding.comparisons)


def _recorded(chain: Chain, seen: Observation, watch: Watch) -> tuple[MonitoringRecord | None, Finding | None]:
    """The newest record of this look, one that could be judged before one that could not."""
    looks = [
        (record, finding)
        for record in chain.of_window(seen.window)
        for finding in record.observation.findings
        if finding.watch == watch.id and record.observation.release == seen.release
    ]
    judged = [look for look in looks if look[1].outcome is not Outcome.NOT_AVAILABLE]
    return (judged or looks)[-1] if looks else (None, None)


def _fault(watch: Watch, seen: Observation, record: MonitoringRecord | None, known: Finding | None) -> str:
    """Why the look is no evidence: its data are gone, or are not, or do not give, what is on record."""
    if isinstance(watch.check, NumberLimit):
        return ""  # its file holds the current number, and not that of the window
    if seen.window.digest is None:
        return f"the data of the window are gone: {seen.findings[0].reason}"
    if record is None or known is None or known.outcome is Outcome.NOT_AVAILABLE:
        return ""
    if record.observation.window.digest != seen.window.digest:
        return f"the data are not the bytes that {record.path} is about"
    differs = known.outcome is not seen.findings[0].outcome
    if differs and record.observation.monitoring == seen.monitoring:
        return f"{record.path} says {known.outcome}, and the data give {seen.findings[0].outcome}"
    return ""


def require_watch(monitor: Monitor, name: str) -> Watch:
    """The watch of a name. Raises Undecided where there is none."""
    found = next((watch for watch in monitor.plan.watches if watch.id == name), None)
    if found is None:
        raise Undecided(f"{monitor.plan.path} has no watch {name!r}", help="mlops-gitops validate")
    return found
