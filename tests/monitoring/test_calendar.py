"""Which windows there are, where they lie, and when a monitor is late."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from cases import cases
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitoring.plans import at, plan

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring import calendar
from mlops_gitops.monitoring.calendar import Period
from mlops_gitops.records.monitoring import Monitoring

WEEKLY = plan()
LENGTHS = st.builds(lambda count, unit: count * unit, st.integers(1, 9999), st.sampled_from(
    [timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)]))  # fmt: skip
DAYS = st.datetimes(datetime(1970, 1, 1), datetime(2200, 12, 31)).map(lambda day: at(day.date().isoformat()))
PLANS = st.builds(lambda start, every: replace(WEEKLY, start=start, every=every), DAYS, LENGTHS)
FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def index(window: Period | None) -> int | None:
    return None if window is None else window.index


@FEW
@given(PLANS, st.integers(0, 250))
def test_windows_are_side_by_side_and_hold_their_own_moments(plan: Monitoring, k: int) -> None:
    window, following = calendar.period(plan, k), calendar.period(plan, k + 1)
    assert window.end == following.start and window.end - window.start == plan.every
    assert calendar.period_at(plan, window.start) == window
    assert calendar.period_at(plan, window.end - timedelta(microseconds=1)) == window
    assert calendar.period_at(plan, window.end) == following
    assert calendar.newest_complete(plan, window.end) == window
    assert index(calendar.newest_complete(plan, window.end - timedelta(microseconds=1))) == (k - 1 if k else None)


@cases(
    "now, complete, matured",
    [
        ("2026-01-01", None, None),
        ("2026-01-05", None, None),
        ("2026-01-11T23:59:59", None, None),
        ("2026-01-12", 0, None),
        ("2026-01-19", 1, None),
        ("2026-02-10T23:59:59", 4, None),
        ("2026-02-11", 4, 0),  # 30 days after 2026-01-12
        ("2026-03-31T02:30:00", 11, 6),  # where a clock in Europe went forward two days before
    ],
)
def test_the_newest_window_and_the_newest_with_labels(now: str, complete: int | None, matured: int | None) -> None:
    assert index(calendar.newest_complete(WEEKLY, at(now))) == complete
    assert index(calendar.newest_matured(WEEKLY, at(now))) == matured
    for k in range(12):
        known = matured is not None and k <= matured
        assert calendar.is_matured(WEEKLY, calendar.period(WEEKLY, k), at(now)) is known


def test_without_labels_nothing_matures() -> None:
    unlabelled = replace(WEEKLY, windows=replace(WEEKLY.windows, labels=None))
    assert calendar.newest_matured(unlabelled, at("2099-01-01")) is None
    assert not calendar.is_matured(unlabelled, calendar.period(WEEKLY, 0), at("2099-01-01"))


@cases(
    "recorded, now, late",
    [
        (None, "2026-01-14", False),  # the first window ends on the 12th, and grace on the 14th
        (None, "2026-01-14T00:00:01", True),
        (0, "2026-01-21", False),
        (0, "2026-01-21T00:00:01", True),
        (3, "2026-01-21T00:00:01", False),
    ],
)
def test_a_monitor_is_late_after_every_and_grace(recorded: int | None, now: str, late: bool) -> None:
    newest = None if recorded is None else calendar.period(WEEKLY, recorded)
    assert calendar.is_late(WEEKLY, newest, at(now)) is late


@FEW
@given(PLANS, st.integers(0, 250))
def test_a_monitor_that_records_each_window_within_grace_is_never_late(plan: Monitoring, k: int) -> None:
    window, before = calendar.period(plan, k), calendar.period(plan, k - 1) if k else None
    assert not calendar.is_late(plan, before, window.end + plan.grace)
    assert calendar.is_late(plan, before, window.end + plan.grace + timedelta(seconds=1))


@cases("over, window, pooled", [(1, 5, [5]), (4, 5, [2, 3, 4, 5]), (4, 1, [0, 1])])
def test_a_look_pools_windows(over: int, window: int, pooled: list[int]) -> None:
    assert [each.index for each in calendar.pooled(WEEKLY, calendar.period(WEEKLY, window), over)] == pooled


@cases(
    "count, until, expected",
    [
        (8, "2026-03-09", [1, 2, 3, 4, 5, 6, 7, 8]),
        (8, "2026-03-08", [*range(8)]),
        (8, "2026-01-12", [0]),
        (8, "2026-01-11", []),
    ],
)
def test_reference_windows_are_the_last_that_ended(count: int, until: str, expected: list[int]) -> None:
    pinned = plan(("reference: release", f"reference: {{windows: {count}, until: {until}}}"))
    assert [each.index for each in calendar.reference_periods(pinned)] == expected
    assert calendar.reference_periods(WEEKLY) == ()


def test_a_path_says_environment_date_and_hour() -> None:
    hourly = replace(WEEKLY, every=timedelta(hours=7))
    path = "remote://live/{environment}/{date}/{hour}-{date}.csv"
    expected = "remote://live/staging/2026-01-05/21-2026-01-05.csv"
    assert calendar.path_of(path, "staging", calendar.period(hourly, 3)) == expected
    assert calendar.path_of("live/latency.json", "staging", calendar.period(hourly, 3)) == "live/latency.json"


@FEW
@given(PLANS, st.sampled_from(["{date}", "{date}T{hour}"]), st.integers(0, 200))
def test_windows_as_long_as_the_finest_step_have_paths_of_their_own(plan: Monitoring, path: str, k: int) -> None:
    step = calendar.finest_step(path)
    assert step is not None
    paths = [calendar.path_of(path, "production", calendar.period(plan, i)) for i in range(k, k + 50)]
    if plan.every >= step:
        assert len(set(paths)) == len(paths)
    else:
        assert len(set(paths)) < len(paths)


@cases("path", ["live/all.csv", "live/{hour}.csv"])
def test_without_a_date_windows_share_a_path(path: str) -> None:
    assert calendar.finest_step(path) is None


@cases("every, looks", [("7d", 52.18), ("1d", 365.25), ("1h", 8766), ("30d", 12.175)])
def test_each_window_is_one_look(every: str, looks: float) -> None:
    pooling = plan(("every: 7d", f"every: {every}"), ("{id: scores,", "{id: scores, over: 4,"))
    assert calendar.looks_a_year(pooling) == pytest.approx(looks, rel=1e-3)
