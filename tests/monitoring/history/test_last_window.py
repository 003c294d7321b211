"""The last window on record, where records of older windows follow it."""

from __future__ import annotations

from datetime import UTC, datetime

import monitored
from cases import cases
from monitored import finding, observed, rows_finding

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.history.last_window import last_window
from mlops_gitops.monitoring.outcome import Outcome

NOW = datetime(2026, 2, 4, 5, tzinfo=UTC)


def test_records_of_older_windows_may_follow_it() -> None:
    late = observed(0, finding("auc", "kpi", monitored.comparison("auc", 0.5, at_least=0.8)))
    also = observed(3, finding("auc", "kpi"))
    last = last_window(monitored.chained(observed(0), observed(3), also, late))
    assert last is not None
    assert (last.window.index, last.outcome, last.record.sequence) == (3, Outcome.NOT_AVAILABLE, 3)
    assert last.cell(NOW) == "2026-01-26 not available, 2d old; auc ALARM"
    assert last_window([]) is None


def test_what_a_watch_finds_later_takes_the_place_of_what_it_found_before() -> None:
    drift = finding("drift", "data_drift")
    auc = finding("auc", "kpi", monitored.comparison("auc", 0.9, at_least=0.8))
    assert finding("auc", "kpi").outcome is drift.outcome is Outcome.NOT_AVAILABLE
    last = last_window(monitored.chained(observed(3, finding("auc", "kpi")), observed(3, auc)))
    assert last is not None and (last.outcome, last.record.sequence) == (Outcome.FINE, 2)
    muted = replace(drift, muted="decisions/mute.yaml")
    again = last_window(monitored.chained(observed(3, drift), observed(3, auc), observed(3, muted)))
    assert again is not None and again.outcome is Outcome.FINE
    other = last_window(monitored.chained(observed(3, drift), observed(3, auc)))
    assert other is not None and other.outcome is Outcome.NOT_AVAILABLE


def test_a_window_is_known_by_its_time_whatever_calendar_counted_it() -> None:
    shorter = replace(monitored.window(3), index=21, end="2026-01-27T00:00:00Z")  # of a day, as the file was before
    last = last_window(monitored.chained(observed(3, finding("auc", "kpi"), window=shorter), observed(3)))
    assert last is not None and (last.window.index, last.outcome) == (3, Outcome.FINE)
    counted = replace(monitored.window(3), index=9)
    last = last_window(monitored.chained(observed(3, finding("auc", "kpi"), window=counted), observed(3)))
    assert last is not None and last.outcome is Outcome.NOT_AVAILABLE


@cases("day, age", [(2, "0h"), (3, "24h"), (4, "2d"), (28, "26d")])
def test_its_age_is_the_time_since_its_end(day: int, age: str) -> None:
    last = last_window(monitored.chained(observed(3)))  # it ends on 2 February
    assert last is not None and last.age(datetime(2026, 2, day, tzinfo=UTC)) == age


def test_a_file_by_hand_is_as_old_as_its_record() -> None:
    by_hand = replace(monitored.window(0), index=None, start=None, end=None)
    last = last_window(monitored.chained(observed(0, rows_finding(), window=by_hand)))
    assert last is not None
    assert last.cell(datetime(2026, 3, 2, tzinfo=UTC)) == "live/2026-01-05.csv fine, 24h old"


def test_an_alarm_of_an_older_window_is_named_until_its_watch_is_fine() -> None:
    alarm, fine = (finding("auc", "kpi", monitored.comparison("auc", value, at_least=0.8)) for value in (0.5, 0.9))
    records = [observed(0, alarm), observed(3), observed(1, finding("auc", "kpi"))]
    last = last_window(monitored.chained(*records))
    assert last is not None and (last.outcome, last.alarms) == (Outcome.FINE, ("auc",))
    assert last.cell(NOW) == "2026-01-26 fine, 2d old; auc ALARM"
    assert last.to_json(NOW)["alarms"] == ["auc"]
    well = last_window(monitored.chained(*records, observed(2, fine)))
    muted = last_window(monitored.chained(*records, observed(2, replace(alarm, muted="decisions/mute.yaml"))))
    assert well is not None and muted is not None and well.alarms == muted.alarms == ()
