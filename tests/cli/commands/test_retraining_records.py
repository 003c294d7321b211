"""The records of retrainings: written once, listed by history, proven by audit."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from house import Repository
from messages import lines_with

from mlops_gitops.core.frozen import replace
from mlops_gitops.monitoring.history.record import BRANCH
from mlops_gitops.orchestration.retraining.decide import decide_models
from mlops_gitops.orchestration.retraining.records import retraining_chain, write_retraining
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.retraining.outcome import Decision, Outcome
from mlops_gitops.retraining.record import Run, RunOutcome

POLICY = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {operations: 1}
triggers: [{id: stale, age: 30d}, {id: by-hand}]
cooldown: 14d
budget: {runs: 2 per month, minutes: 60}
pipeline: {stages: [train]}
evaluate: holdout
then: pull_request
"""


@pytest.fixture
def deciding(repository: Repository) -> Repository:
    """Release 1.0.0 is in production, and by the policy it is too old."""
    repository.to_production()
    repository.write("models/churn/retraining.yaml", POLICY)
    repository.agree("retraining", "bob")
    return repository


def opened(repository: Repository) -> Workspace:
    workspace = open_workspace(str(repository.root))
    workspace.sync()
    return workspace


def decided(workspace: Workspace, day: str, why: str = "") -> Decision:
    return decide_models(workspace, "churn", datetime.fromisoformat(day).replace(tzinfo=UTC), why)[0].decision


def ran(day: str, outcome: RunOutcome = RunOutcome.WORSE) -> Run:
    return Run(outcome, f"{day}T06:00:00Z", 3.5, "roc-auc is lower", version="1.1.0")


def _push(repository: Repository, path: str, old: str, new: str) -> None:
    """Edits a record on the branch past the tool, as whoever may push could."""
    repository.sh("git", "fetch", "-q")
    repository.sh("git", "checkout", "-q", "-B", "forged", f"origin/{BRANCH}")
    text = (repository.root / path).read_text()
    assert old in text
    (repository.root / path).write_text(text.replace(old, new))
    repository.sh("git", "commit", "-q", "-a", "-m", "forged")
    repository.sh("git", "push", "-q", "origin", f"HEAD:refs/heads/{BRANCH}")
    repository.sh("git", "checkout", "-q", "main")
    repository.sh("git", "fetch", "-q")


def test_a_decision_is_recorded_once_and_a_later_run_again(deciding: Repository) -> None:
    workspace = opened(deciding)
    first = decided(workspace, "2099-01-10")
    assert first.outcome is Outcome.RETRAIN and first.release == "1.0.0"
    written = write_retraining(workspace, first, ran("2099-01-10"))
    assert written and written.path == "retraining/churn/0001.json"
    assert write_retraining(workspace, first, ran("2099-01-10")) == written
    blocked = decided(workspace, "2099-01-12")
    assert (blocked.outcome, blocked.earliest) == (Outcome.BLOCKED, "2099-01-24T06:00:00Z")
    assert write_retraining(workspace, blocked) == written  # the cause is on record
    by_hand = decided(workspace, "2099-01-12", "new price list")
    again = write_retraining(workspace, by_hand, ran("2099-01-12"))
    assert again and (again.sequence, again.previous, again.decision.by) == (2, written.digest, "alice@example.org")
    over = decided(workspace, "2099-01-30")
    assert [blocker.hold for blocker in over.blockers] == ["budget"] and over.earliest == "2099-02-01T00:00:00Z"
    assert len(retraining_chain(opened(deciding), "churn").records) == 2


def test_history_lists_who_decided_what_and_when_the_policy_said_no(deciding: Repository) -> None:
    assert lines_with(deciding.ok("history", "--retraining").out, "no retraining is on record")
    empty = deciding.ok("history", "churn", "--retraining", "--format", "json").json
    assert empty["retrainings"] == []
    workspace = opened(deciding)
    write_retraining(workspace, decided(workspace, "2099-01-10", "new price list"), ran("2099-01-10"))
    write_retraining(workspace, decided(workspace, "2099-01-12"))
    text = deciding.ok("history", "churn", "--retraining").out
    assert lines_with(text, "2099-01-10", "churn", "stale, by-hand", "worse", "alice@example.org")
    assert lines_with(text, "2099-01-12", "stale", "no: cooldown", "the policy")
    assert max(map(len, text.splitlines())) <= 80
    found = deciding.ok("history", "--retraining", "--format", "json").json["retrainings"]
    assert [each["outcome"] for each in found] == ["retrain", "blocked"]
    assert found[0]["why"] == "new price list" and found[0]["run"]["reason"] == "roc-auc is lower"
    unknown = deciding.run("history", "fraud", "--retraining")
    assert unknown.code == 2 and lines_with(unknown.err, "fraud") and lines_with(unknown.err, "churn"), unknown
    assert deciding.run("history", "--retraining", "--in", "staging").code == 2


def test_an_audit_proves_the_records_and_finds_what_was_edited(deciding: Repository) -> None:
    workspace = opened(deciding)
    write_retraining(workspace, decided(workspace, "2099-01-10"), ran("2099-01-10"))
    audit = deciding.run("audit", "--format", "json").json
    assert [note for note in audit["notes"] if note.startswith("retraining: 1 record ")]
    assert [found for found in audit["diagnostics"] if found["rule"] == "retraining-record"] == []
    _push(deciding, "retraining/churn/0001.json", "roc-auc is lower", "roc-auc is higher")
    faults = _faults(deciding)
    assert [fault for fault in faults if "changes it, and records are only added" in fault]
    export = deciding.run("audit", "export", "--out", deciding.root / "../x.zip", "--format", "json")
    assert export.code == 1 and [found["message"] for found in export.json["findings"]] == faults


def _faults(repository: Repository) -> list[str]:
    answer = repository.run("audit", "--format", "json")
    return [found["message"] for found in answer.json["diagnostics"] if "-record" in found["rule"]]


def test_an_audit_finds_a_run_that_the_policy_held_up_or_never_asked_for(deciding: Repository) -> None:
    workspace = opened(deciding)
    write_retraining(workspace, decided(workspace, "2099-01-10"), ran("2099-01-10"))
    free = decided(workspace, "2099-03-10")
    write_retraining(workspace, free, ran("2099-01-20"))
    assert any("2099-01-24T06:00:00Z" in fault and "held up" in fault for fault in _faults(deciding))
    write_retraining(workspace, replace(free, commit="7" * 40), ran("2099-04-10"))
    assert any("commit 7777777777" in fault for fault in _faults(deciding))
    other = replace(free, policy=f"sha256:{'8' * 64}")
    write_retraining(workspace, other, ran("2099-05-10"))
    assert any("is not the retraining.yaml of its commit" in fault for fault in _faults(deciding))
    stale = replace(free.findings[0], limit=29.0)
    write_retraining(workspace, replace(free, findings=(stale, *free.findings[1:])), ran("2099-06-10"))
    assert any("holds stale to 29" in fault for fault in _faults(deciding))


def test_two_that_record_at_once_both_do(deciding: Repository) -> None:
    one, other = opened(deciding), opened(deciding)
    decision = decided(one, "2099-01-10")
    first = write_retraining(one, decision, ran("2099-01-10"))
    second = write_retraining(other, decided(other, "2099-01-10", "new price list"), ran("2099-01-11"))
    assert first and second and second.previous == first.digest
    text = deciding.sh("git", "show", f"origin/{BRANCH}:{second.path}")
    assert json.loads(text)["predicate"]["sequence"] == 2
