"""The limits of each kind of watch, as monitoring.yaml states them, beside those on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cases import cases
from messages import lacking
from monitored import comparison, finding
from monitoring.plans import plan

from mlops_gitops.audit.monitoring_plan import plan_faults
from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring import budget
from mlops_gitops.records.monitoring import (
    Check,
    ColumnLimits,
    DataDrift,
    Fairness,
    KpiDecay,
    NumberLimit,
    PredictionDrift,
    Quality,
    Watch,
)

QUALITY = Quality(5000, 9000, timedelta(hours=48), {"age": ColumnLimits(nulls=1 / 3)})


@cases(
    "kind, check, about, limits, other",
    [
        ("data_drift", DataDrift(("age",), "psi", 1 / 3), "age", {"at_most": 0.333333333333}, {"at_most": 0.4}),
        ("prediction_drift", PredictionDrift("ks", 0.1), "score", {"at_most": 0.1}, {"at_least": 0.1}),
        ("fairness", Fairness("auc", ("region",), 0.2), "a and b", {"at_most": 0.2}, {"at_most": 0.3}),
        ("number", NumberLimit("p95.json", "p95", 1, 4), "p95", {"at_least": 1, "at_most": 4}, {"at_most": 4}),
        ("kpi", KpiDecay("auc", live=4, by=0.02), "", {"at_least": -0.02}, {"at_least": -0.2}),
        ("quality", QUALITY, "", {"at_least": 5000.0, "at_most": 9000.0}, {"at_least": 5000.0}),
        ("quality", QUALITY, "", {"at_most": 48.0}, {"at_most": 72.0}),
        ("quality", QUALITY, "age", {"at_most": 0.333333333333}, {"at_most": 0.9}),
        ("quality", QUALITY, "age", {"at_most": 0.0}, {"at_most": 1.0}),
    ],
)
def test_a_number_is_held_to_the_limits_of_its_watch(
    kind: str, check: Check, about: str, limits: dict[str, float], other: dict[str, float]
) -> None:
    watched = replace(plan(), watches=(Watch("w", kind, check),))
    level = budget.level(watched)
    for held, faults in ((limits, 0), ({}, 0), (other, 1)):
        found = finding("w", kind, comparison("number", 0.0, about=about, **held), level=level)
        assert len(list(plan_faults(found, watched))) == faults, held


def test_the_limits_of_a_gate_are_not_in_the_plan() -> None:
    watched = replace(plan(), watches=(Watch("w", "kpi", KpiDecay("auc")),))
    found = finding("w", "kpi", comparison("auc", 0.9, at_least=0.1), level=budget.level(watched))
    assert list(plan_faults(found, watched)) == []


@cases(
    "changes, facts",
    [
        ({"watch": "rows"}, ("rows", "has none")),
        ({"kind": "kpi"}, ("kind of w is kpi", "says fairness")),
        ({"action": "note"}, ("action of w is note", "says issue")),
        ({"runbook": "Call."}, ("runbook of w is Call.", "says none")),
        ({"level": 0.01}, ("w the level 0.01",)),
        ({"level": None}, ("w the level none",)),
    ],
)
def test_a_watch_is_as_its_plan_has_it(changes: dict[str, Any], facts: tuple[str, ...]) -> None:
    watched = replace(plan(), watches=(Watch("w", "fairness", Fairness("auc", ("region",), 0.2)),))
    found = finding("w", "fairness", level=budget.level(watched))
    assert list(plan_faults(found, watched)) == []
    (fault,) = plan_faults(replace(found, **changes), watched)
    assert lacking(fault, *facts) == []


def test_limits_are_no_tests_and_have_no_level() -> None:
    watched = replace(plan(), watches=(Watch("w", "quality", QUALITY),))
    assert len(list(plan_faults(finding("w", "quality", level=0.01), watched))) == 1
