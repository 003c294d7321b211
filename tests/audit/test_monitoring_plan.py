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
from mlops_gitops.documents.read_document import parse
from mlops_gitops.monitoring import budget
from mlops_gitops.monitoring.watch_kind import Stated
from mlops_gitops.records import kpis
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
from mlops_gitops.records.promotion import Promotion

KPIS = """apiVersion: mlops-gitops/v1
kind: KPIs
model: churn
data: {holdout: {path: data/holdout.csv, key: customer, label: churned, score: probability}}
kpis: [{id: auc, metric: roc_auc, data: holdout, gate: {at_least: LEAST}}]
"""
GATE = {"id": "auc", "value": 0.87, "n": 1000, "interval": [0.85, 0.89], "method": "delong"}
STATED = Stated(
    tuple(
        kpi
        for least in ("0.7", "0.8")
        for kpi in kpis.read(parse("models/churn/kpis.yaml", KPIS.replace("LEAST", least).encode())).kpis
    ),
    Promotion("promotions/production/churn/0001.json", {"predicate": {"gates": [GATE]}}, "sha256:1"),
)
QUALITY = Quality(5000, 9000, timedelta(hours=48), {"age": ColumnLimits(nulls=1 / 3)})


@cases(
    "kind, check, about, limits, other",
    [
        ("data_drift", DataDrift(("age",), "psi", 1 / 3), "age", {"at_most": 0.333333333333}, {"at_most": 0.4}),
        ("prediction_drift", PredictionDrift("ks", 0.1), "score", {"at_most": 0.1}, {"at_least": 0.1}),
        ("fairness", Fairness("auc", ("region",), 0.2), "a and b", {"at_most": 0.2}, {"at_most": 0.3}),
        ("number", NumberLimit("p95.json", "p95", 1, 4), "p95", {"at_least": 1, "at_most": 4}, {"at_most": 4}),
        ("kpi", KpiDecay("auc"), "", {"at_least": 0.8}, {"at_least": 0.9}),  # a kpis.yaml had each of these gates
        ("kpi", KpiDecay("auc"), "north", {"at_least": 0.7}, {}),
        ("kpi", KpiDecay("auc", live=4, by=0.02), "", {"at_least": -0.02}, {"at_least": -0.2}),
        ("kpi", KpiDecay("auc", promoted=True, by=0.02), "", {"at_least": 0.83}, {"at_least": 0.8}),
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
    for held, faults in ((limits, 0), ({}, 0), (other, bool(other))):
        found = finding("w", kind, comparison("number", 0.0, about=about, **held), level=level)
        assert len(list(plan_faults(found, watched, STATED, 1))) == faults, held
    assert list(plan_faults(replace(found, comparisons=()), watched, STATED, 1)) == []


def test_without_the_promotion_nothing_states_its_limit() -> None:
    watched = replace(plan(), watches=(Watch("w", "kpi", KpiDecay("auc", promoted=True, by=0.02)),))
    found = finding("w", "kpi", comparison("auc", 0.9, at_least=0.83), level=budget.level(watched))
    (fault,) = plan_faults(found, watched, replace(STATED, promotion=None), 1)
    assert lacking(fault, "w", "0.83", "promotion") == []


def test_a_level_is_held_to_the_formula_of_its_record() -> None:
    watched = replace(plan(), watches=(Watch("w", "fairness", Fairness("auc", ("region",), 0.2)),))
    found = finding("w", "fairness", level=budget.level(watched, 1))
    assert list(plan_faults(found, watched, STATED, 1)) == []
    (fault,) = plan_faults(found, watched, STATED, 99)
    assert lacking(fault, "w", "formula 99", "not know") == []


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
    assert list(plan_faults(found, watched, STATED, 1)) == []
    (fault,) = plan_faults(replace(found, **changes), watched, STATED, 1)
    assert lacking(fault, *facts) == []


def test_limits_are_no_tests_and_have_no_level() -> None:
    watched = replace(plan(), watches=(Watch("w", "quality", QUALITY),))
    assert len(list(plan_faults(finding("w", "quality", level=0.01), watched, STATED, 1))) == 1
