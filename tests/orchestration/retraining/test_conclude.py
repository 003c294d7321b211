"""Both jobs on a real repository: a pipeline run in a clone, and what it hands over judged and proposed."""

from __future__ import annotations

from pathlib import Path

from house import Repository
from retrained import job_one, job_two, with_policy

from mlops_gitops.retraining.handover.claims import Ending
from mlops_gitops.retraining.record import RunOutcome


def test_a_better_candidate_is_proposed(repository: Repository, tmp_path: Path) -> None:
    with_policy(repository)
    repository.to_production()
    before = repository.sh("git", "status", "--porcelain")
    claims = job_one(repository, tmp_path / "handed")
    assert (claims.ending, claims.reason) == (Ending.FINISHED, "")
    found = job_two(repository, tmp_path / "handed")
    assert (found.run.outcome, found.reasons, found.exit_code) == (RunOutcome.PROPOSED, (), 0)
    assert (found.run.version, found.run.branch) == ("1.1.0", "retrain/churn/1.1.0")
    assert repository.sh("git", "status", "--porcelain") == before
    changed = repository.sh("git", "diff", "--name-only", "origin/main", "origin/retrain/churn/1.1.0").split()
    assert changed == ["dvc.lock", "params.yaml", "releases/churn/1.1.0.yaml"]
    repository.merge("bob", "carol")
    repository.promote("staging", version="1.1.0")
    repository.ok("audit", "--data")
