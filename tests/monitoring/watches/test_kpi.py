"""A KPI in use: by its gate, beside the first live windows, or beside what its promotion recorded."""

from __future__ import annotations

import pytest
from cases import cases
from messages import lacking
from monitoring.looks import LEVEL, evidence, kpi, measured, watch

from mlops_gitops.core.frozen import replace
from mlops_gitops.measurement.results import Measured, Measurement, Slice
from mlops_gitops.monitoring.judge import judge_watch
from mlops_gitops.monitoring.outcome import Finding, Outcome
from mlops_gitops.monitoring.watch_kind import MeasuredKpi
from mlops_gitops.records.gate import Conditions
from mlops_gitops.records.monitoring import KpiDecay

FINE, ALARM, OPEN, ABSENT = Outcome.FINE, Outcome.ALARM, Outcome.INCONCLUSIVE, Outcome.NOT_AVAILABLE
LIVE = (measured(0.9, 0.89, 0.91), measured(0.92, 0.91, 0.93))


def _judge(found: MeasuredKpi | str, **check: object) -> Finding:
    return judge_watch(watch("kpi", KpiDecay("auc", **check)), evidence(kpis={"w": found}), LEVEL)


@cases(
    "bounds, outcome",
    [((0.81, 0.9), FINE), ((0.79, 0.9), OPEN), ((0.7, 0.79), ALARM), ((0.8, 0.9), FINE), ((0.7, 0.8), OPEN)],
)
def test_the_bounds_decide_by_the_gates_own_limit(bounds: tuple[float, float], outcome: Outcome) -> None:
    finding = _judge(kpi(measured(sum(bounds) / 2, *bounds)))
    assert finding.outcome is outcome
    assert finding.level == LEVEL
    (comparison,) = finding.comparisons
    assert (comparison.lower, comparison.upper, comparison.limits) == (*bounds, {"at_least": 0.8})


def test_an_alarm_names_the_value_its_bounds_and_the_limit() -> None:
    reason = _judge(kpi(measured(0.75, 0.7, 0.79))).reason
    assert lacking(reason, "roc_auc", "0.75", "0.7", "0.79", "0.8", "0.0003") == []


def test_a_method_with_too_few_rows_decides_nothing() -> None:
    finding = _judge(kpi(measured(0.6, 0.5, 0.7, few="12 positives, and delong needs 20")))
    assert finding.outcome is OPEN
    assert lacking(finding.reason, "12 positives", "20") == []


@cases(
    "found, fact",
    [
        ("the labels are not there yet", "the labels are not there yet"),
        (kpi(Measured(None, None, "no row has a label")), "no row has a label"),
        (kpi(Measured(0.9, 10)), "bounds"),
        (kpi(measured(0.9, 0.8, 1), conditions=Conditions()), "no_worse_than"),
    ],
)
def test_what_cannot_be_judged_is_not_available_and_says_why(found: MeasuredKpi | str, fact: str) -> None:
    finding = _judge(found)
    assert finding.outcome is ABSENT
    assert lacking(finding.reason, fact) == []


def test_a_watch_that_was_never_measured_is_not_fine() -> None:
    finding = judge_watch(watch("kpi", KpiDecay("auc")), evidence(), LEVEL)
    assert (finding.outcome, lacking(finding.reason, "auc")) == (ABSENT, [])


def test_beside_live_windows_both_sides_are_uncertain() -> None:
    """The mean of the live windows is 0.91 ± 0.01/√2, and 0.85 ± 0.01 differs from it by 0.06 ± 0.0122."""
    finding = _judge(kpi(measured(0.85, 0.84, 0.86), earlier={"": LIVE}), live=2, by=0.02)
    (comparison,) = finding.comparisons
    assert finding.outcome is ALARM
    assert comparison.value == pytest.approx(-0.06)
    assert (comparison.lower, comparison.upper) == pytest.approx((-0.06 - 0.0122474, -0.06 + 0.0122474), abs=1e-6)


@cases("by, outcome", [(0.02, ALARM), (0.06, OPEN), (0.08, FINE)])
def test_a_change_is_judged_by_what_is_allowed(by: float, outcome: Outcome) -> None:
    assert _judge(kpi(measured(0.85, 0.84, 0.86), earlier={"": LIVE}), live=2, by=by).outcome is outcome


def test_a_loss_that_grows_is_worse() -> None:
    grown = kpi(measured(0.5, 0.48, 0.52), better="lower", earlier={"": (measured(0.4, 0.39, 0.41),)})
    assert _judge(grown, live=1, by=0.02).outcome is ALARM


@cases(
    "found, fact",
    [
        (kpi(measured(0.85, 0.84, 0.86), earlier={"": "2 of 4 live windows are there"}), "2 of 4"),
        (kpi(measured(0.85, 0.84, 0.86), better=None, earlier={"": LIVE}), "better"),
        (kpi(measured(0.85, 0.84, 0.86), earlier={"": (Measured(None, None, "lost"),)}), "lost"),
    ],
)
def test_live_windows_that_cannot_be_compared_with_are_named(found: MeasuredKpi, fact: str) -> None:
    finding = _judge(found, live=4, by=0.02)
    assert (finding.outcome, lacking(finding.reason, fact)) == (ABSENT, [])


def test_the_promotions_bound_is_the_limit_and_not_its_value() -> None:
    """The value at promotion, 0.9, was selected for passing; its lower bound, 0.87, was not."""
    found = kpi(measured(0.86, 0.855, 0.865), promoted={"": measured(0.9, 0.87, 0.93)})
    finding = _judge(found, promoted=True, by=0.0)
    (comparison,) = finding.comparisons
    assert (finding.outcome, comparison.limits) == (ALARM, {"at_least": 0.87})
    assert _judge(found, promoted=True, by=0.02).outcome is FINE


def test_a_promotion_without_bounds_is_no_limit() -> None:
    finding = _judge(kpi(measured(0.86, 0.85, 0.87), promoted={"": Measured(0.9, 100)}), promoted=True, by=0.0)
    assert (finding.outcome, lacking(finding.reason, "auc", "confidence")) == (ABSENT, [])


def test_each_group_is_judged_and_the_worst_counts() -> None:
    north = Slice({"region": "north"}, measured(0.9, 0.88, 0.92))
    south = Slice({"region": "south"}, measured(0.7, 0.68, 0.72))
    found = MeasuredKpi(
        "roc_auc", Measurement(measured(0.85, 0.84, 0.86), slices=(north, south)), LEVEL / 2, Conditions(0.8), "higher"
    )
    finding = _judge(found)
    assert finding.outcome is ALARM
    assert [(each.about, each.outcome) for each in finding.comparisons] == [
        ("region=north", FINE),
        ("region=south", ALARM),
    ]
    assert {each.level for each in finding.comparisons} == {LEVEL / 2}
    assert lacking(finding.reason, "region=south", "0.7") == []


def _by_region(**known: object) -> Finding:
    """A KPI of two regions at half of the level each."""
    parts = (
        Slice({"region": "north"}, measured(0.9, 0.88, 0.92)),
        Slice({"region": "south"}, measured(0.7, 0.68, 0.72)),
    )
    found = replace(kpi(measured(0.85, 0.84, 0.86), slices=parts, definition="d"), level=LEVEL / 2, **known)
    return judge_watch(watch("kpi", KpiDecay("auc", **CHECKS[next(iter(known))]), by=("region",)),
                       evidence(kpis={"w": found}), LEVEL)  # fmt: skip


CHECKS: dict[str, dict[str, object]] = {"earlier": {"live": 2, "by": 0.02}, "promoted": {"promoted": True, "by": 0.02}}


def test_each_group_is_compared_with_its_own_first_windows() -> None:
    """The south was never better: only a change is an alarm."""
    before = {"region=north": LIVE, "region=south": (measured(0.7, 0.69, 0.71), measured(0.71, 0.7, 0.72))}
    finding = _by_region(earlier=before)
    assert [(each.about, each.outcome) for each in finding.comparisons] == [
        ("region=north", OPEN), ("region=south", OPEN),
    ]  # fmt: skip
    assert {each.evidence["level"] for each in finding.comparisons} == {LEVEL / 2}
    fallen = _by_region(earlier={**before, "region=south": (measured(0.9, 0.89, 0.91),) * 2})
    assert (fallen.outcome, lacking(fallen.reason, "region=south")) == (ALARM, [])


def test_a_group_that_is_new_has_nothing_to_be_compared_with() -> None:
    finding = _by_region(earlier={"region=north": LIVE, "region=south": "fewer than 2 live windows where region=south"})
    assert (finding.outcome, lacking(finding.reason, "region=south", "fewer than 2")) == (ABSENT, [])


def test_each_group_is_held_to_the_bound_of_its_own_promotion() -> None:
    bounds = {"region=north": measured(0.9, 0.88, 0.92), "region=south": measured(0.8, 0.77, 0.83)}
    finding = _by_region(promoted=bounds)
    assert [(each.about, each.limits["at_least"], each.outcome) for each in finding.comparisons] == [
        ("region=north", 0.86, FINE), ("region=south", 0.75, ALARM),
    ]  # fmt: skip
    alone = _by_region(promoted={"region=north": bounds["region=north"]})
    assert (alone.outcome, lacking(alone.reason, "region=south", "recorded")) == (ABSENT, [])
