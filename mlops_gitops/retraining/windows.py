"""Which live windows judge a candidate, and until when it may be trained: no row is on both sides."""

from __future__ import annotations

from datetime import UTC, datetime

from mlops_gitops.monitoring.calendar import Period, newest_complete, newest_matured, period
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.retraining import Retraining


def moment_text(moment: datetime) -> str:
    """A moment as records have it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def newest_usable(plan: Monitoring, now: datetime) -> Period | None:
    """The newest window that has all it will have: its labels, where the windows have labels."""
    return newest_matured(plan, now) if plan.windows.labels else newest_complete(plan, now)


def judged_periods(policy: Retraining, plan: Monitoring, now: datetime) -> tuple[Period, ...]:
    """The windows that judge a candidate at a moment (UTC), the newest last; fewer where there are not so many yet."""
    newest = newest_usable(plan, now)
    if newest is None or policy.evaluate is None:
        return ()
    first = max(0, newest.index - policy.evaluate.windows + 1)
    return tuple(period(plan, index) for index in range(first, newest.index + 1))


def training_end(policy: Retraining, plan: Monitoring, now: datetime) -> datetime | None:
    """The end of the newest window that may be trained on: those that judge are held back. None before the first."""
    newest = newest_usable(plan, now)
    judged = judged_periods(policy, plan, now)
    if newest is None:
        return None
    return judged[0].start if judged else newest.end
