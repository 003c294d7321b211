"""retraining.yaml: what is a fault of it, in one line at its place, and what is read from it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cases import cases

from mlops_gitops.documents import schema_validation
from mlops_gitops.documents.document import Document
from mlops_gitops.documents.read_document import parse
from mlops_gitops.records import retraining
from mlops_gitops.records.retraining import Age, Alarm, Budget, ByHand, Changed, ImportantDrift, NewLabels

WHOLE = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {data-science: 1, operations: 1}
triggers:
  - {id: decayed, alarm: auc}
  - {id: drifted, drift: {watch: drift, importance: 20 %}}
  - {id: stale,   age: 180d}
  - {id: labels,  new_labels: {rows: 10000}}
  - {id: data,    changed: data/train.parquet.dvc}
  - {id: by-hand}
require: {new_rows: 5000}
cooldown: 14d
budget: {runs: 4 per month, minutes: 120}
pipeline: {stages: [train, evaluate], params: {train.until: "{window_end}"}}
evaluate: {windows: 4}
then: pull_request
"""


def document(*edits: tuple[str, str]) -> Document:
    text = WHOLE
    for old, new in edits:
        assert old in text, old
        text = text.replace(old, new, 1)
    return parse("models/churn/retraining.yaml", text.encode())


def faults(*edits: tuple[str, str]) -> list[str]:
    return [found.message for found in schema_validation.check(document(*edits), "retraining")]


def test_every_kind_of_trigger_is_read() -> None:
    assert faults() == []
    policy = retraining.read(document())
    assert [(trigger.kind, trigger.check) for trigger in policy.triggers] == [
        ("alarm", Alarm("auc")), ("drift", ImportantDrift("drift", 0.2)), ("age", Age(timedelta(days=180))),
        ("new_labels", NewLabels(10000)), ("changed", Changed("data/train.parquet.dvc")), ("by_hand", ByHand()),
    ]  # fmt: skip
    assert policy.by_hand and policy.new_rows == 5000 and policy.cooldown == timedelta(days=14)
    assert policy.budget == Budget(runs_per_month=4, minutes=120)
    assert policy.evaluate and policy.evaluate.windows == 4 and (policy.then, policy.workflow) == ("pull_request", None)


def test_what_follows_and_what_judges_may_be_something_else() -> None:
    edits = (
        ("then: pull_request", "then: {dispatch: retrain.yml}"),
        ("{windows: 4}", "holdout"),
        ("- {id: by-hand}", ""),
    )
    assert faults(*edits[:2]) == []
    policy = retraining.read(document(*edits))
    assert (policy.then, policy.workflow, policy.evaluate) == ("dispatch", "retrain.yml", None)
    assert not policy.by_hand


@cases(
    "old, new, fault",
    [
        ("alarm: auc", "alarm: auc, age: 3d", "triggers.0 needs exactly one of 'alarm', 'drift', 'age'"),
        ("{id: decayed, alarm: auc}", "{id: decayed}", "triggers.0 needs exactly one of"),
        ("{id: by-hand}", "{id: by-hand, age: 3d}", "triggers.5.age has no place here"),
        ("alarm: auc", "alarms: auc", "unknown key 'alarms' in triggers.0"),
        ("importance: 20 %", "importance: 120 %", 'importance: "120 %" is not a share'),
        ("importance: 20 %", "importance: 0", "triggers.1.drift.importance: 0"),
        ("age: 180d", "age: half a year", "is not a length of time"),
        ("rows: 10000", "rows: 0", "triggers.3.new_labels.rows: 0"),
        ("changed: data", "changed: ../data", "triggers.4.changed"),
        ("decides: {data-science: 1, operations: 1}", "decides: {}", "decides is empty"),
        ("operations: 1}", "operations: 0}", "decides.operations: 0"),
        ("4 per month", "4 per week", 'budget.runs: "4 per week" is not a number of runs, such as 4 per month'),
        ("4 per month", "0 per month", "budget.runs"),
        (", minutes: 120", "", "the key 'minutes' is missing in budget"),
        ("[train, evaluate]", "[train, train]", "pipeline.stages"),
        ("[train, evaluate]", "[--force]", 'pipeline.stages.0: "--force" is not a stage'),
        ("[train, evaluate]", "[../dvc.yaml:train]", "is not a stage"),
        ("train.until:", "../x.yaml:until:", "is not a param, such as train.until"),
        ("{windows: 4}", "{windows: 0}", "evaluate.windows: 0"),
        ("{windows: 4}", "live", 'evaluate is "live"; it must be one of holdout'),
        ("evaluate: {windows: 4}\n", "", "the key 'evaluate' is missing"),
        ("then: pull_request", "then: merge", 'then is "merge"; it must be one of pull_request, issue'),
        ("then: pull_request", "then: {dispatch: ../x.yml}", "is not the name of a workflow file"),
    ],
)
def test_a_fault_is_named_at_its_place(old: str, new: str, fault: str) -> None:
    assert any(fault in message for message in faults((old, new))), faults((old, new))


def test_a_share_that_everything_reaches_is_no_limit() -> None:
    with pytest.raises(ValueError, match="0 %"):
        retraining.read(document(("importance: 20 %", "importance: 0 %")))
