"""The release of a retraining: who decides approves its merge, its receipt says so, and the audit proves it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from house import Repository
from messages import lacking, lines_with
from retrained import handed_over, with_policy

from mlops_gitops.runtime import clock

WHY = ("--why", "New customers in the north.")
PATH, TAG = "releases/churn/1.1.0.yaml", "churn@v1.1.0"


@pytest.fixture
def proposed(repository: Repository) -> Repository:
    """A retraining of release 1.0.0 is proposed as 1.1.0, in pull request 4."""
    repository.once("proposed", lambda: _propose(repository))
    return repository


def _propose(repository: Repository) -> None:
    with_policy(repository)
    repository.to_production()
    now, folder = clock.now(), repository.root / "../handed"
    handed_over(repository, folder / "churn", decided=now, started=now)
    repository.ok("retrain", "propose", "churn", "--from", folder, *WHY)


def _audit(repository: Repository) -> tuple[int, list[str]]:
    answer = repository.run("audit", "--format", "json")
    return answer.code, [f"{found['rule']}: {found['message']}" for found in answer.json["diagnostics"]]


def _receipt(repository: Repository) -> str:
    return repository.sh("git", "tag", "-l", "--format=%(contents)", TAG)


def test_its_receipt_names_who_decided_and_the_audit_proves_it(proposed: Repository) -> None:
    answer = proposed.run("check", 4)
    assert answer.code == 1 and len(lines_with(answer.out, "retraining-approvals", "approvals from")) == 2, answer
    proposed.merge("bob", "carol")
    manifest: dict[str, Any] = yaml.safe_load((proposed.root / PATH).read_text())
    history = proposed.ok("history", "--retraining", "--format", "json").json["retrainings"]
    assert manifest["retraining"] == {"cause": history[0]["cause"]["digest"]}
    receipt = _receipt(proposed)
    assert lacking(receipt, '"met"', '"data-science": 1', '"operations": 1', "bob", "carol") == []
    assert _audit(proposed) == (0, [])
    proposed.promote("staging", version="1.1.0")
    assert _audit(proposed) == (0, [])
    forged = receipt.replace("carol", "mallory")
    proposed.sh("git", "tag", "-f", "-a", "-m", forged, TAG, f"{TAG}^{{commit}}")
    code, faults = _audit(proposed)
    assert code == 1 and len(faults) == 1 and not lacking(faults[0], TAG, "data-science", "0 of 1")


def test_merged_past_those_who_decide(proposed: Repository) -> None:
    proposed.approve_newest("bob")
    proposed.ok("pr", "merge", "--only", 4, "--force")
    proposed.pull()
    recorded = proposed.run("record")
    assert lines_with(recorded.out, PATH, "approvals unmet", "retraining"), recorded
    code, faults = _audit(proposed)
    assert code == 1 and len(faults) == 1 and not lacking(faults[0], PATH, "without the approvals")
    proposed.sh(
        "git", "tag", "-f", "-a", "-m", _receipt(proposed).replace('"unmet"', '"met"'), TAG, f"{TAG}^{{commit}}"
    )
    code, faults = _audit(proposed)
    assert code == 1 and not lacking(faults[0], TAG, "data-science", "0 of 1")


def test_a_cause_that_nobody_had_is_unproven(proposed: Repository) -> None:
    """A manifest by hand, on a branch of people: the check and the audit miss the record of its retraining."""
    proposed.ok("pr", "close", 4)
    proposed.sh("git", "checkout", "-q", "origin/retrain/churn/1.1.0", "--", ".")
    cause = yaml.safe_load((proposed.root / PATH).read_text())["retraining"]["cause"]
    proposed.edit(PATH, cause, f"sha256:{'7' * 64}")
    number = proposed.propose("by-hand")
    proposed.approve_pull(number, "bob", "carol")
    answer = proposed.run("check", number)
    assert answer.code == 3 and lines_with(answer.out, "release-records", "1.1.0", "sha256:7777777777"), answer
    proposed.ok("pr", "merge", "--only", number, "--force")
    proposed.pull()
    proposed.ok("record")
    code, faults = _audit(proposed)
    assert code == 3 and len(faults) == 1 and not lacking(faults[0], "retraining-record", "1.1.0", "no record")
