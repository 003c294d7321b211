"""Which windows a run has to look at, and by which watches: the newest, and those before it that no run looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from mlops_gitops.core.errors import Error
from mlops_gitops.monitoring.calendar import Period, newest_complete, newest_matured, period, period_at
from mlops_gitops.monitoring.history.chain import Chain
from mlops_gitops.monitoring.outcome import Outcome
from mlops_gitops.records.monitoring import Monitoring, Watch

CAUGHT_UP = 31  # windows that one run looks at

Looks: TypeAlias = list[tuple[Period, Sequence[Watch]]]


def by_labels(plan: Monitoring) -> tuple[list[Watch], list[Watch]]:
    """The watches that need labels, and the others."""
    labelled = [watch for watch in plan.watches if watch.kpi is not None]
    return labelled, [watch for watch in plan.watches if watch.kpi is None]


def looks_at(plan: Monitoring, day: datetime, now: datetime) -> Looks:
    """All watches at the window of a day (UTC). Raises Error where there is no such window yet."""
    found = period_at(plan, day)
    if found is None or found.end > now:
        whole = newest_complete(plan, now)
        newest = f"the newest began on {whole.start:%Y-%m-%d}" if whole else "none has ended yet"
        raise Error(f"{day:%Y-%m-%d} is in no window of {plan.model} that has ended", help=newest)
    return [(found, plan.watches)]


def looks_due(plan: Monitoring, chain: Chain, now: datetime) -> Looks:
    """The newest window by what needs no labels, and the newest with complete labels by what does.

    Those before them are due too that ended after the last one on record, or a grace ago and were not available.
    """
    labelled, plain = by_labels(plan)
    due: dict[int, list[Watch]] = {}
    for last, watches in ((newest_complete(plan, now), plain), (newest_matured(plan, now), labelled)):
        for index in _indices_due(plan, chain, last, watches) if last and watches else ():
            due.setdefault(index, []).extend(watches)
    return [(period(plan, index), due[index]) for index in sorted(due)]


def _indices_due(plan: Monitoring, chain: Chain, last: Period, watches: Sequence[Watch]) -> list[int]:
    """The windows up to `last` that these watches have to look at, at most CAUGHT_UP of them."""
    ids = {watch.id for watch in watches}
    looks = [
        (record.observation.window.name, finding.outcome)
        for record in chain.records
        for finding in record.observation.findings
        if finding.watch in ids
    ]
    taken = {name for name, outcome in looks if outcome is not Outcome.NOT_AVAILABLE}
    seen, due = {name for name, _ in looks}, [last.index]
    first = min(seen, default=last.name)
    for index in range(last.index - 1, max(-1, last.index - CAUGHT_UP), -1):
        window = period(plan, index)
        is_old = window.name in seen and window.end < last.end - plan.grace
        if window.name < first or window.name in taken or is_old:
            break
        due.append(index)
    return due
