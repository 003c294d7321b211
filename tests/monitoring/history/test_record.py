"""A monitoring record: what it keeps of an observation, and contradictions in one line."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import monitored
import pytest
from cases import cases
from monitored import comparison, drift_finding, finding, observed, rows_finding

from mlops_gitops.core.frozen import replace
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.monitoring.history import record
from mlops_gitops.monitoring.history.record import from_tree
from mlops_gitops.monitoring.outcome import Outcome

PATH = "monitoring/production/churn/0001.json"


def _first() -> Any:
    """The statement of a window that alarms, to be changed."""
    (made,) = monitored.chained(observed(0, rows_finding(4000), drift_finding(drifted=True), finding("auc", "kpi")))
    return json.loads(made.render())


def _read(data: Any, path: str = PATH) -> record.MonitoringRecord:
    return from_tree(Overlay({path: json.dumps(data).encode()}), path)


def _again(made: record.MonitoringRecord) -> record.MonitoringRecord:
    return from_tree(Overlay({made.path: made.render()}), made.path)


def test_an_observation_comes_back_as_it_was() -> None:
    muted = finding("old", "number", comparison("p95_ms", None, at_most=80), muted="decisions/a.yaml", runbook="Call.")
    observations = [
        observed(0, rows_finding(4000), drift_finding(drifted=True), muted),
        observed(1, finding("rows", "quality"), window=monitored.window(1, rows=None), release=None, record=None),
    ]
    records = monitored.chained(*observations)
    assert [found.observation for found in records] == observations
    assert [found.path[-9:] for found in records] == ["0001.json", "0002.json"]
    again = [_again(found) for found in records]
    assert again == records and again[1].previous == again[0].digest
    assert [found.observation.outcome for found in again] == [Outcome.ALARM, Outcome.NOT_AVAILABLE]


def test_its_subject_is_the_file_of_the_window_or_else_what_missed_it() -> None:
    there, absent = monitored.chained(
        observed(0), observed(1, rows_finding(None), window=monitored.window(1, rows=None))
    )
    assert there.data["subject"] == [
        {"name": "live/2026-01-05.csv", "digest": {"sha256": str(there.observation.window.digest)[7:]}}
    ]
    assert absent.data["subject"] == [
        {"name": "monitoring.yaml in its RFC 8785 form", "digest": {"sha256": monitored.MONITORING[7:]}}
    ]


def test_measured_numbers_are_rounded_and_what_is_not_finite_is_left_out() -> None:
    psi = comparison("psi", 1 / 3, lower=0.0, upper=float("inf"), level=1e-3, at_most=0.1, evidence={"effect": 1 / 3})
    (made,) = monitored.chained(observed(0, finding("drift", "data_drift", psi, level=1e-3)))
    kept = made.data["predicate"]["findings"][0]["comparisons"][0]
    assert (kept["value"], kept["evidence"]["effect"], "upper" in kept) == (0.333333333333, 0.333333333333, False)
    assert _again(made).observation.outcome is Outcome.INCONCLUSIVE


def _edit(*route: Any, to: Any) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        for step in route[:-1]:
            data = data[step]
        data[route[-1]] = to

    return change


_FINDING = ("predicate", "findings", 1)
_AGE = (*_FINDING, "comparisons", 0)


@cases(
    "change, facts",
    [
        (_edit("predicate", "outcome", to="fine"), ("outcome is fine", "alarm")),
        (_edit(*_FINDING, "outcome", to="fine"), ("drift is fine", "alarm")),
        (_edit(*_AGE, "outcome", to="fine"), ("drift age psi is fine", "lower", "at_most 0.1", "alarm")),
        (_edit(*_AGE, "lower", to=0.05), ("drift age psi is alarm", "lower 0.05", "inconclusive")),
        (_edit(*_AGE, "limits", "at_most", to=5), ("drift age psi is alarm", "at_most 5", "fine")),
        (_edit(*_AGE, "limits", to={}), ("drift age psi is alarm", "no limit", "not_available")),
        (_edit(*_AGE, "upper", to=0.1), ("drift age psi", "above", "0.1")),
        (_edit(*_AGE, "evidence", to={"few": "20 rows"}), ("drift age psi is alarm", "inconclusive")),
        (_edit(*_AGE, "level", to=0.0015), ("drift", "level 0.0015", "0.001")),
        (_edit("predicate", "findings", 2, "outcome", to="fine"), ("auc is fine", "not_available")),
        (_edit("predicate", "findings", 2, "watch", to="drift"), ("drift is there twice",)),
        (_edit("predicate", "window", "path", to="live/other.csv"), ("subject",)),
        (_edit("subject", 0, "digest", "sha256", to="0" * 64), ("subject",)),
        (_edit("predicate", "window", "end", to=None), ("one end",)),
        (_edit("predicate", "window", "end", to="2026-02-30T00:00:00Z"), ("no moment 2026-02-30",)),
        (_edit("predicate", "window", "end", to="2026-01-04T00:00:00Z"), ("ends at 2026-01-04",)),
        (_edit("predicate", "created", to="2026-13-01T00:00:00Z"), ("no moment 2026-13-01",)),
        (_edit("predicate", "previous", to=f"sha256:{'0' * 64}"), ("sequence is 1",)),
        (_edit("predicate", "environment", to="staging"), ("environment", "'production'", "'staging'")),
        (_edit("predicate", "sequence", to=2), ("sequence", "'0001'", "'0002'")),
        (_edit("predicate", "verdict", to="fine"), ("unknown key 'verdict'",)),
        (_edit(*_AGE, "value", to="0.1"), ("value",)),
    ],
)
def test_a_contradiction_is_one_clear_line(change: Callable[[Any], None], facts: tuple[str, ...]) -> None:
    data = _first()
    assert _read(data).observation.outcome is Outcome.ALARM
    change(data)
    with pytest.raises(ValueError) as raised:
        _read(data)
    message = str(raised.value)
    assert all(fact in message for fact in facts) and "\n" not in message, message


def test_a_bound_that_rounding_moves_onto_its_limit_is_no_contradiction() -> None:
    close = comparison("psi", 0.2, lower=0.1 + 1e-14, upper=0.3, level=1e-3, at_most=0.1)
    (made,) = monitored.chained(observed(0, finding("drift", "data_drift", close, level=1e-3)))
    assert made.data["predicate"]["findings"][0]["comparisons"][0]["lower"] == 0.1
    assert _read(json.loads(made.render())).observation.outcome is Outcome.ALARM


@cases(
    "levels, outcomes, sound",
    [
        ((0.001, 0.001), (0.2, 0.0), True),  # Bonferroni
        ((0.001, 0.002), (0.2, 0.2), True),  # the second after the first
        ((0.002, 0.002), (0.2, 0.2), False),  # none at the level divided by both
        ((0.002, 0.002), (0.2, 0.0), False),
        ((0.001, 0.002), (0.2, 0.0), True),  # what does not alarm is at the last level of the procedure
        ((0.001, 0.003), (0.2, 0.0), False),
    ],
)
def test_tests_of_one_watch_share_its_level(
    levels: tuple[float, ...], outcomes: tuple[float, ...], sound: bool
) -> None:
    tests = [
        comparison("psi", 0.2, lower=lower, upper=0.3, level=level, at_most=0.1, about=name)
        for name, level, lower in zip(("age", "region"), levels, outcomes, strict=True)
    ]
    drift = finding("drift", "data_drift", *tests, level=0.002)
    if sound:
        monitored.chained(observed(0, drift))
        return
    with pytest.raises(ValueError, match="level"):
        monitored.chained(observed(0, drift))


def test_bounds_of_too_few_rows_decide_nothing() -> None:
    few = comparison("recall", 0.2, lower=0.1, upper=0.4, level=1e-3, at_least=0.8, evidence={"few": "9 positives"})
    undecided = replace(few, outcome=Outcome.INCONCLUSIVE)
    (made,) = monitored.chained(observed(0, finding("recall", "kpi", undecided, level=1e-3)))
    assert _again(made).observation.outcome is Outcome.INCONCLUSIVE
