"""Limits of a window's rows, age and columns."""

from __future__ import annotations

from cases import cases
from messages import lacking
from monitoring.looks import LEVEL, evidence, hours, late, scan, watch

from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.monitoring.profiles.window_scan import LimitScan, WindowScan
from mlops_gitops.records.monitoring import ColumnLimits, Quality

FINE, ALARM, ABSENT = Outcome.FINE, Outcome.ALARM, Outcome.NOT_AVAILABLE


def _judge(check: Quality, found: WindowScan | str, **known: object) -> Finding:
    return judge_watch(watch("quality", check), evidence(scan=found, **known), LEVEL)


def _column(limits: ColumnLimits, found: LimitScan) -> Finding:
    return _judge(Quality(columns={"age": limits}), scan(limited={("w", "age"): found}))


@cases("rows, outcome", [(5000, FINE), (4999, ALARM), (0, ALARM)])
def test_too_few_rows_alarm(rows: int, outcome: Outcome) -> None:
    finding = _judge(Quality(rows_at_least=5000), scan(rows))
    assert (finding.outcome, finding.level) == (outcome, None)


@cases("after, outcome", [(48, FINE), (48.5, ALARM), (None, ABSENT)])
def test_a_late_window_alarms(after: float | None, outcome: Outcome) -> None:
    fresh = Quality(fresh=hours(48))
    assert _judge(fresh, scan(), late=None if after is None else late(after)).outcome is outcome


@cases("after, outcome", [(1, ABSENT), (48, ABSENT), (49, ALARM)])
def test_a_window_that_has_not_arrived_is_never_fine(after: float, outcome: Outcome) -> None:
    """Fine would be final: that it never arrives would not alarm any more."""
    assert _judge(Quality(fresh=hours(48)), "nothing is there", late=late(after, arrived=False)).outcome is outcome


@cases(
    "limits, found, outcome",
    [
        (ColumnLimits(nulls=0.01), LimitScan(1000, 10), FINE),
        (ColumnLimits(nulls=0.01), LimitScan(1000, 11), ALARM),
        (ColumnLimits(nulls=1.0), LimitScan(1000, 1000), FINE),
        (ColumnLimits(min=18), LimitScan(1000, 0, above=5), FINE),
        (ColumnLimits(min=18), LimitScan(1000, 0, below=1), ALARM),
        (ColumnLimits(max=120), LimitScan(1000, 0, above=1), ALARM),
        (ColumnLimits(values=("north",)), LimitScan(1000, 0, unlisted=2), ALARM),
        (ColumnLimits(unique=True), LimitScan(1000, 0, repeated=2), ALARM),
        (ColumnLimits(unique=True), LimitScan(1000, 0), FINE),
        (ColumnLimits(min=18), LimitScan(0, 0), ABSENT),
        (ColumnLimits(min=18), LimitScan(1000, 1000), ABSENT),
        (ColumnLimits(unique=True), LimitScan(1000, 1000), ABSENT),
        (ColumnLimits(min=18, nulls=0.5), LimitScan(1000, 1000), ALARM),
        (ColumnLimits(min=18), LimitScan(0, 0, fault="its type is VARCHAR"), ALARM),
    ],
)
def test_a_columns_limits(limits: ColumnLimits, found: LimitScan, outcome: Outcome) -> None:
    assert _column(limits, found).outcome is outcome


def test_a_value_that_is_not_listed_is_named() -> None:
    finding = _column(ColumnLimits(values=("north",)), LimitScan(1000, 0, unlisted=3, examples=("center",)))
    assert lacking(finding.reason, "3", "age", "center") == []


def test_a_column_that_is_missing_alarms() -> None:
    finding = _judge(Quality(columns={"age": ColumnLimits(min=18)}), scan())
    assert (finding.outcome, lacking(finding.reason, "age")) == (ALARM, [])


def test_a_window_that_cannot_be_read_is_not_available() -> None:
    finding = _judge(Quality(rows_at_least=1), "live.csv is empty")
    assert (finding.outcome, lacking(finding.reason, "live.csv is empty")) == (ABSENT, [])


def test_a_late_window_alarms_even_where_it_cannot_be_read() -> None:
    finding = _judge(Quality(rows_at_least=1, fresh=hours(1)), "it cannot be read", late=late(2))
    assert finding.outcome is ALARM
