"""A waiver from a pull request to the base: who approves it, and what it then lets pass."""

from __future__ import annotations

from house import Repository
from messages import lines_with

CARD = "models/churn/README.md"
WAIVER = """apiVersion: mlops-gitops/v1
kind: Decision
type: waiver
subject: {rule: card-evidence, path: models/churn/README.md}
role: operations
by: bob
reason: The assessment is under way.
expires: 2099-12-31
"""


def _propose(repository: Repository) -> None:
    """Alice raises the risk class without the evidence it needs, and brings a waiver."""
    repository.sh("git", "switch", "-q", "-c", "riskier")
    repository.edit(CARD, "class: limited", "class: high")
    repository.write("decisions/2026-11-24-evidence.yaml", WAIVER)
    repository.commit("Risk class high, evidence to follow", push=False)
    repository.sh("git", "push", "-q", "origin", "riskier")
    repository.ok("pr", "open")


def test_a_waiver_counts_once_its_role_approved_it_and_is_told_at_every_run(repository: Repository) -> None:
    _propose(repository)
    refused = repository.run("check", 1)
    assert refused.code == 1
    assert "warning[card-evidence]" in refused.out and "(waived by bob for operations until 2099-12-31:" in refused.out
    assert lines_with(refused.out, "error[approvals]", "operations", "0 of 1")
    repository.ok("pr", "approve", 1, "--as", "bob@example.org")
    repository.ok("check", 1)
    repository.ok("pr", "merge", "--only", 1)
    repository.sh("git", "switch", "-q", "main")
    repository.pull()
    repository.ok("record")
    told = repository.ok("validate", "--base", "origin/main")
    assert told.out.count("(waived by bob") == 2
    assert "unproven" not in told.out
    repository.ok("audit")


def test_a_waiver_nobody_approved_counts_for_nothing_on_the_base(repository: Repository) -> None:
    _propose(repository)
    repository.sh("git", "push", "-q", "origin", "riskier:main")
    repository.sh("git", "switch", "-q", "main")
    repository.pull()
    repository.run("record")
    answer = repository.run("validate", "--base", "origin/main")
    assert answer.code == 1
    assert "error[card-evidence]" in answer.out and "warning[unproven-decision]" in answer.out
