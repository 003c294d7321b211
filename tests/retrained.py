"""A repository whose model is retrained: its policy, a decision to retrain, and a run taken through both jobs."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml
from handed import md5
from house import Repository

from mlops_gitops.core.frozen import replace
from mlops_gitops.orchestration.retraining.conclude import Conclusion, HandOver, conclude
from mlops_gitops.orchestration.retraining.decide import decide_models, policy_at
from mlops_gitops.orchestration.retraining.receive_run import read_run
from mlops_gitops.orchestration.retraining.records import write_retraining
from mlops_gitops.orchestration.retraining.run_pipeline import PipelineRun, run_pipeline
from mlops_gitops.orchestration.workspace import Workspace, open_workspace
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.retraining.handover.handed_run import Ending, HandedRun
from mlops_gitops.retraining.record import RunOutcome

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


def with_policy(repository: Repository, hits: int = 47, *, begin: bool = True) -> None:
    """Puts a retraining.yaml on main, whose run makes a model that gets `hits` of fifty right.

    It has been there from the beginning, unless `begin` is false: else nobody would have approved it.
    """
    repository.write("models/churn/retraining.yaml", POLICY.replace("hits: 47", f"hits: {hits}"))
    if begin:
        repository.begin_so()
    else:
        repository.commit("When churn is retrained")


def job_one(repository: Repository, out: Path, **changes: Any) -> HandedRun:
    """Runs the pipeline into a folder."""
    workspace = open_workspace(str(repository.root))
    return run_pipeline(workspace, _pipeline(workspace, **changes), str(out))


def handed_over(repository: Repository, folder: Path, hits: int = 47, **claims: Any) -> Path:
    """What an honest run would hand over, without DVC: the outputs of the pipeline's own script, and their dvc.lock."""
    files, work = folder / "files", folder.parent / f"{folder.name}-work"
    (work / "models/churn").mkdir(parents=True)
    (work / "params.yaml").write_text(f"hits: {hits}\n")
    for step in ("train", "evaluate"):
        words = [sys.executable, "-S", str(repository.root / "pipeline.py"), step]
        subprocess.run(words, cwd=work, check=True)
    lock = yaml.safe_load(repository.sh("git", "show", "origin/main:dvc.lock"))
    lock["stages"]["train"]["params"]["params.yaml"]["hits"] = hits
    for stage in lock["stages"].values():
        for item in (*stage["deps"], *stage["outs"]):
            made = work / item["path"]
            if made.exists():
                item |= {"md5": md5(made.read_bytes()), "size": made.stat().st_size}
                item.pop("cloud", None)
    (work / "dvc.lock").write_text(yaml.safe_dump(lock, sort_keys=False))
    shutil.move(work, files)
    if (files / "metrics.json").read_bytes() == (repository.root / "metrics.json").read_bytes():
        (files / "metrics.json").unlink()
    ended = HandedRun("churn", DECIDED, "2026-03-01T00:00:10Z", 61.0, Ending.FINISHED)
    (folder / "run.json").write_bytes(replace(ended, **claims).render())
    (folder / "log.txt").write_text("")
    return folder


def job_two(repository: Repository, folder: Path, why: str = "A try.", *, record: bool = True) -> Conclusion:
    """Concludes what a folder holds of a run that people started, and records it where it is proposed."""
    workspace = open_workspace(str(repository.root))
    workspace.sync()
    claims = read_run(str(folder), "churn")
    decided = decide_models(workspace, "churn", claims.decided_at, why, run=claims.started)[0].decision
    found = conclude(workspace, HandOver(str(folder), claims, decided, _pipeline(workspace)))
    if record and found.run.outcome is RunOutcome.PROPOSED:
        write_retraining(workspace, decided, found.run)
    return found


def policy_of(repository: Repository) -> Retraining:
    """The policy that is merged."""
    workspace = open_workspace(str(repository.root))
    return policy_at(workspace, workspace.sync(), "churn")


def _pipeline(workspace: Workspace, **changes: Any) -> PipelineRun:
    base = workspace.sync()
    policy = policy_at(workspace, base, "churn")
    return replace(PipelineRun(policy, "production", base, DECIDED, policy.pipeline.params), **changes)
