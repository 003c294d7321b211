"""A repository whose model is retrained: its policy, a decision to retrain, and a run taken through both jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from house import Repository

from mlops_gitops.core.frozen import replace
from mlops_gitops.orchestration.retraining.conclude import Conclusion, HandOver, conclude
from mlops_gitops.orchestration.retraining.receive_run import read_run
from mlops_gitops.orchestration.retraining.run_pipeline import PipelineRun, run_pipeline
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.records.retraining import KIND, Retraining
from mlops_gitops.retraining.handover.claims import HandedRun
from mlops_gitops.retraining.outcome import Cause, Decision, Outcome, TriggerFinding, Verdict

DECIDED = "2026-03-01T00:00:00Z"
POLICY = """apiVersion: mlops-gitops/v1
kind: Retraining
model: churn
decides: {data-science: 1, operations: 1}
triggers: [{id: stale, age: 180d}, {id: by-hand}]
cooldown: 14d
budget: {runs: 4 per month, minutes: 5}
pipeline: {stages: [train, evaluate], params: {hits: 47}}
evaluate: holdout
then: pull_request
"""


def decided(commit: str, release: str = "1.0.0") -> Decision:
    """A decision to retrain, for the age of the release in force."""
    stale = TriggerFinding("stale", "age", Verdict.MET, 181.0, 180.0, "days", f"{release} is 181 days old")
    cause = Cause("churn", "production", release, ("stale",))
    policy = f"sha256:{'3' * 64}"
    return Decision(
        "churn", "production", release, Outcome.RETRAIN, (stale,), (), cause, policy, None, commit, DECIDED, DECIDED
    )  # fmt: skip


def with_policy(repository: Repository, hits: int = 47, minutes: int = 5) -> None:
    """Merges a retraining.yaml whose run makes a model that gets `hits` of fifty right."""
    text = POLICY.replace("hits: 47", f"hits: {hits}").replace("minutes: 5", f"minutes: {minutes}")
    repository.write("models/churn/retraining.yaml", text)
    repository.commit("When churn is retrained")


def job_one(repository: Repository, out: Path, **changes: Any) -> HandedRun:
    """Runs the pipeline into a folder."""
    workspace = open_workspace(str(repository.root))
    return run_pipeline(workspace, _pipeline(workspace, **changes), str(out))


def job_two(repository: Repository, folder: Path) -> Conclusion:
    """Concludes what a folder holds."""
    workspace = open_workspace(str(repository.root))
    base = workspace.sync()
    claims = read_run(str(folder), "churn")
    handed = HandOver(str(folder), claims, decided(base), _pipeline(workspace))
    return conclude(workspace, handed)


def _pipeline(workspace: Workspace, **changes: Any) -> PipelineRun:
    base = workspace.sync()
    snapshot = workspace.at(base)
    entry = snapshot.entry(snapshot.path_of(KIND, model="churn"), KIND)
    assert entry is not None and isinstance(entry.record, Retraining), entry
    policy = entry.record
    return replace(PipelineRun(policy, "production", base, DECIDED, policy.pipeline.params), **changes)
