"""When windows are: which is the newest, where its files lie, when its labels are complete, when a monitor is late."""

from __future__ import annotations

from datetime import datetime, timedelta

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.monitoring import Monitoring

FEWEST_WINDOWS = 8  # reference windows that show how much windows differ without drift
YEAR = timedelta(days=365.25)
DATE, HOUR, ENVIRONMENT = "{date}", "{hour}", "{environment}"


@frozen
class Period:
    """The `index`th window, from 0: UTC, from `start` until just before `end`."""

    index: int
    start: datetime
    end: datetime

    @property
    def times(self) -> tuple[str, str]:
        """Its first moment and the one after its last, as records have them."""
        start, end = (moment.isoformat().replace("+00:00", "Z") for moment in (self.start, self.end))
        return start, end

    @property
    def name(self) -> str:
        """What records know it by."""
        return "/".join(self.times)


def period(plan: Monitoring, index: int) -> Period:
    """The window of an index: [start + index·every, start + (index + 1)·every)."""
    start = plan.start + index * plan.every
    return Period(index, start, start + plan.every)


def period_at(plan: Monitoring, moment: datetime) -> Period | None:
    """The window in which a moment (UTC) lies; None before the first."""
    return period(plan, (moment - plan.start) // plan.every) if moment >= plan.start else None


def newest_complete(plan: Monitoring, now: datetime) -> Period | None:
    """The last window that has ended by a moment (UTC); None before the first has."""
    return _last_ended(plan, now)


def newest_matured(plan: Monitoring, now: datetime) -> Period | None:
    """The last window whose labels are complete: it ended `delay` ago; None before the first, and without labels."""
    labels = plan.windows.labels
    return _last_ended(plan, now - labels.delay) if labels else None


def is_matured(plan: Monitoring, window: Period, now: datetime) -> bool:
    """Whether the labels of a window are complete at a moment (UTC); false without labels."""
    newest = newest_matured(plan, now)
    return newest is not None and window.index <= newest.index


def due(plan: Monitoring, window: Period, *, labelled: bool) -> datetime:
    """The moment from which a window can be judged: its end, or with `labelled` when its labels are complete."""
    labels = plan.windows.labels
    return window.end + labels.delay if labelled and labels else window.end


def _last_ended(plan: Monitoring, moment: datetime) -> Period | None:
    ended = (moment - plan.start) // plan.every
    return period(plan, ended - 1) if ended >= 1 else None


def late_from(plan: Monitoring, recorded: Period | None) -> datetime:
    """The moment after which a monitor is late whose newest record is of a window: every + grace after its end.

    Without a record, `every` begins where the first window does.
    """
    return (recorded.end if recorded else plan.start) + plan.every + plan.grace


def is_late(plan: Monitoring, recorded: Period | None, now: datetime) -> bool:
    """Whether a monitor has been silent for longer than every + grace."""
    return now > late_from(plan, recorded)


def pooled(plan: Monitoring, window: Period, over: int) -> tuple[Period, ...]:
    """The `over` windows that a look at a window pools, it being the last; fewer where there are not so many yet."""
    return tuple(period(plan, index) for index in range(max(0, window.index - over + 1), window.index + 1))


def reference_periods(plan: Monitoring) -> tuple[Period, ...]:
    """The windows that the file pins as its reference, the last that ended by `until`; none where a profile is it."""
    pinned = plan.reference
    last = _last_ended(plan, pinned.until) if pinned else None
    return pooled(plan, last, pinned.count) if pinned and last else ()


def looks_a_year(plan: Monitoring) -> float:
    """How often a watch looks in a year: once a window, also where a look pools several."""
    return YEAR / plan.every


def path_of(pattern: str, environment: str, window: Period) -> str:
    """A path of monitoring.yaml in an environment, with the date and the hour at which a window starts."""
    values = {ENVIRONMENT: environment, DATE: f"{window.start:%Y-%m-%d}", HOUR: f"{window.start:%H}"}
    for placeholder, value in values.items():
        pattern = pattern.replace(placeholder, value)
    return pattern


def finest_step(pattern: str) -> timedelta | None:
    """How far apart windows must start so that each has a path of its own; None where all have the same."""
    if DATE not in pattern:
        return None
    return timedelta(hours=1) if HOUR in pattern else timedelta(days=1)
