"""monitoring.yaml: what is a fault of it, in one line at its place, and what is read from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cases import cases

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records import monitoring
from mlops_gitops.records.monitoring import ReferenceWindows

WHOLE = """apiVersion: mlops-gitops/v1
kind: Monitoring
model: churn
owner: operations
start: 2026-01-05
every: 7d
grace: 2d
environments: [production]
reference: release
windows:
  scored:
    path: remote://live/scored/{environment}/{date}/
    key: customer_id
    prediction: predicted
    score: probability
    release: model_version
    cluster: account_id
  labels: {path: "remote://live/labels/{date}.csv", key: customer_id, label: churned, delay: 30d, missing: 10 %}
watch:
  - {id: rows,   quality: {rows: {at_least: 5000}, fresh: 48h}}
  - {id: inputs, quality: {columns: {age: {min: 18, max: 120, nulls: 1 %}, region: {values: [north, south]}}}}
  - {id: drift,  data_drift: {columns: [age, region, tenure], effect: {psi: 0.1}}}
  - {id: scores, prediction_drift: {effect: {psi: 0.1}}}
  - {id: auc,    kpi: {id: roc-auc}}
  - {id: gap,    fairness: {kpi: recall, by: [region], max_gap: 0.1}}
  - {id: latency, number: {file: live/latency.json, key: p95_ms, at_most: 80}, action: rollback}
budget: {false_alarms: 0.1}
"""
LIMITS = """  - {id: rows,   quality: {rows: {at_least: 5000}, fresh: 48h}}
budget: {false_alarms: 0.1}
"""


def document(*edits: tuple[str, str]) -> Document:
    text = WHOLE
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return parse("models/churn/monitoring.yaml", text.encode())


def faults(*edits: tuple[str, str]) -> list[str]:
    return [found.message for found in schema_validation.check(document(*edits), "monitoring")]


def test_every_kind_of_watch_is_read() -> None:
    assert faults() == []
    plan = monitoring.read(document())
    assert (plan.start, plan.every, plan.grace) == (
        datetime(2026, 1, 5, tzinfo=UTC), timedelta(days=7), timedelta(days=2)
    )  # fmt: skip
    assert [(w.id, w.kind, w.tested) for w in plan.watches] == [
        ("rows", "quality", False), ("inputs", "quality", False), ("drift", "data_drift", True),
        ("scores", "prediction_drift", True), ("auc", "kpi", True), ("gap", "fairness", True),
        ("latency", "number", False),
    ]  # fmt: skip
    assert plan.reference is None and plan.windows.labels and plan.windows.labels.missing == 0.1
    assert (plan.windows.format, plan.windows.labels.format) == ("", "csv")


def test_reference_windows_are_pinned() -> None:
    plan = monitoring.read(document(("reference: release", "reference: {windows: 12, until: 2026-11-01}")))
    assert plan.reference == ReferenceWindows(12, datetime(2026, 11, 1, tzinfo=UTC))


@cases(
    "old, new, fault",
    [
        ("every: 7d", "every: 1w", 'every: "1w" is not a length of time'),
        ("every: 7d", "every: 0d", 'every: "0d" is not a length of time'),
        ("start: 2026-01-05", "start: 05.01.2026", 'start: "05.01.2026" is not a day'),
        ("missing: 10 %", "missing: 110 %", 'windows.labels.missing: "110 %" is not a share'),
        ("missing: 10 %", "missing: 1.5", "windows.labels.missing: 1.5"),
        ("{date}/", "{day}/", "{environment}, {date} and {hour} at most"),
        ("remote://live/scored", "s3://live", "windows.scored.path"),
        ("live/scored/", "live/../", "windows.scored.path"),
        ("file: live/latency.json", "file: /etc/passwd", "watch.6.number.file"),
        ("file: live/latency.json", "file: live/", "watch.6.number.file"),
        ("id: drift, ", "id: drift, quality: {fresh: 2h}, ", "watch.2 needs exactly one of"),
        ("data_drift:", "data_drft:", "unknown key 'data_drft' in watch.2"),
        ("{psi: 0.1}", "{psi: 0.1, ks: 0.2}", "watch.2.data_drift.effect needs exactly one of"),
        ("{psi: 0.1}", "{}", "watch.2.data_drift.effect needs exactly one of"),
        ("{psi: 0.1}", "{psi: 0}", "watch.2.data_drift.effect.psi: 0"),
        ("{psi: 0.1}", "{ks: 1}", "watch.2.data_drift.effect.ks: 1"),
        ("[age, region, tenure]", "[age, age]", "watch.2.data_drift.columns"),
        ("[age, region, tenure]", "[]", "watch.2.data_drift.columns is empty"),
        (", at_most: 80", "", "watch.6.number needs at least one of"),
        ("{id: roc-auc}", "{id: roc-auc, no_worse_than: {by: 1}}", "needs exactly one of 'live', 'promoted'"),
        ("{id: roc-auc}", "{id: a, no_worse_than: {live: 4, promoted: true, by: 1}}", "needs exactly one of"),
        ("{id: roc-auc}", "{id: a, no_worse_than: {promoted: false, by: 1}}", "promoted must be true"),
        ("{id: roc-auc}", "{id: a, no_worse_than: {live: 4}}", "the key 'by' is missing"),
        ("reference: release", "reference: last", 'reference is "last"'),
        ("reference: release", "reference: {windows: 12}", "the key 'until' is missing in reference"),
        ("action: rollback", "action: page", "watch.6.action"),
        ("environments: [production]", "environments: []", "environments is empty"),
        ("budget: {false_alarms: 0.1}\n", "", "the key 'budget' is missing"),
        ("false_alarms: 0.1", "false_alarms: 0", "budget.false_alarms: 0"),
        ("false_alarms: 0.1", "false_alarms: .inf", "not a finite number"),
        ("budget:", "notify: {webhook: https://example.org}\nbudget:", "notify.webhook"),
        ("nulls: 1 %", "nulls: 1 %, mean: 3", "unknown key 'mean'"),
    ],
)
def test_a_fault_is_named_at_its_place(old: str, new: str, fault: str) -> None:
    assert any(fault in message for message in faults((old, new))), faults((old, new))


@cases(
    "old, new, key",
    [
        ("action: rollback", "where: x > 1", "watch.6.where"),
        ("action: rollback", "over: 4", "watch.6.over"),
        ("fresh: 48h}", "fresh: 48h}, by: [region]", "watch.0.by"),
        ("max_gap: 0.1}", "max_gap: 0.1}, by: [region]", "watch.5.by"),
        ("action: rollback", "action: note, cooldown: 7d", "watch.6.cooldown"),
        ("action: rollback", "action: note, consecutive: 2", "watch.6.consecutive"),
        (WHOLE[WHOLE.index("  - {id: rows") :], LIMITS, "budget"),
    ],
)
def test_a_key_that_nothing_would_evaluate_is_a_fault(old: str, new: str, key: str) -> None:
    assert faults((old, new)) == [f"{key} has no place here: nothing would evaluate it"]


@cases("day", ["2026-02-30", "2026-13-01", "1850-01-01", "9999-12-31"])
def test_a_day_that_no_calendar_has(day: str) -> None:
    with pytest.raises(ValueError, match=day):
        monitoring.read(document(("start: 2026-01-05", f"start: {day}")))


@cases("text, value", [("10 %", 0.1), ("1%", 0.01), ("0.5 %", 0.005), ("100 %", 1.0), (0.25, 0.25), (1, 1.0)])
def test_a_share(text: str | float, value: float) -> None:
    assert monitoring.share(text) == pytest.approx(value)
