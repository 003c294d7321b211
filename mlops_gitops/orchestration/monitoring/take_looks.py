"""The looks that a run takes at the windows of a model: those on record are left out, unless somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from mlops_gitops.core.frozen import frozen
from mlops_gitops.monitoring.calendar import Period
from mlops_gitops.monitoring.history.looks_due import by_labels, looks_at, looks_due
from mlops_gitops.monitoring.history.taken import Taken, taken_looks
from mlops_gitops.monitoring.in_force import in_force
from mlops_gitops.monitoring.outcome import Observation
from mlops_gitops.orchestration.monitoring.observe import observe
from mlops_gitops.orchestration.monitoring.read_windows import Monitor
from mlops_gitops.records.monitoring import Watch


@frozen
class Look:
    """One window: what was found in it now, None where nothing was looked at, and what was on record before."""

    now: Observation | None
    taken: tuple[Taken, ...] = ()


def take_looks(monitor: Monitor, window: datetime | str | None, folder: str, *, again: bool) -> Iterator[Look]:
    """The looks that are due; all at the window of a day; or those at a location that need that file alone.

    `again` takes those too that are on record. Copies of files are made below `folder`. Raises Error where there is no
    such window yet.
    """
    if isinstance(window, str):
        yield from _by_hand(monitor, window, folder)
        return
    plan = monitor.plan
    looks = looks_at(plan, window, monitor.now) if window else looks_due(plan, monitor.chain, monitor.now)
    for period, watches in looks:
        taken = _taken(monitor, period, watches)
        known = set() if again else {each.finding.watch for each in taken}
        left = [watch for watch in watches if watch.id not in known]
        if watches:
            yield Look(observe(monitor, period, left, folder) if left else None, taken)


def _by_hand(monitor: Monitor, location: str, folder: str) -> Iterator[Look]:
    _, plain = by_labels(monitor.plan)
    of_file = [watch for watch in plain if watch.check.number is None]
    if of_file:
        moment = Period(0, monitor.now, monitor.now + timedelta(seconds=1))
        yield Look(observe(monitor, moment, of_file, folder, location))


def _taken(monitor: Monitor, period: Period, watches: Sequence[Watch]) -> tuple[Taken, ...]:
    force = in_force(monitor.ledger, monitor.environment, monitor.plan.model, period.start, period.end)
    return taken_looks(monitor.chain, period, force.release, watches)
