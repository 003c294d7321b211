"""A candidate on live windows: what its pipeline is given to predict, and how it is judged beside what was answered."""

from __future__ import annotations

import os
import shutil
import tempfile
from datetime import datetime

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.gates.result import GateResult
from mlops_gitops.orchestration.evaluate_gates import baselines, evaluate_gates
from mlops_gitops.orchestration.retraining.lay_out_windows import LaidOutWindows, LiveSource, lay_out_windows
from mlops_gitops.orchestration.retraining.training_keys import CandidateData, require_unseen
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion.manifest import require_kpis
from mlops_gitops.records import monitoring
from mlops_gitops.records.live_evaluation import kpis_of
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.retraining import Retraining


def live_source(workspace: Workspace, base: str, policy: Retraining, environment: str, moment: datetime) -> LiveSource:
    """Where the windows that judge come from, by the files of a base commit; `moment` (UTC) is that of the decision.

    They are those of the environment that the decision was about. Raises Error where the files do not say it, Undecided
    where no release of the model is in force there.
    """
    before = workspace.trusted(base)
    plan, kpis = before.monitoring(policy.model), require_kpis(before, policy.model)
    if plan is None:
        path = before.path_of(monitoring.KIND, model=policy.model)
        raise Error(
            f"{path} is missing or not valid, and live windows judge {policy.model}", help="mlops-gitops validate"
        )
    if environment not in plan.environments:
        raise Error(f"{plan.path} does not watch {environment}, whose windows judge {policy.model}")
    ledger = workspace.ledger(base)
    current = ledger.current(environment, policy.model)
    if current is None or not isinstance(current.record, Promotion):
        raise Undecided(f"{environment} runs no release of {policy.model}, so no window has predictions yet")
    store = workspace.store_here(base)
    return LiveSource(policy, plan, kpis, environment, current.record.release, ledger, store, moment)


def give_rows(source: LiveSource, root: str) -> str:
    """Lays out the rows to predict in the work tree at `root`, and never the labels; returns their path.

    Raises as `lay_out_windows`.
    """
    with tempfile.TemporaryDirectory() as folder:
        found = lay_out_windows(source, folder)
        path = found.files.rows
        target = os.path.join(root, *path.split("/"))
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.move(found.copies[path], target)
    return path


def judge_on_windows(source: LiveSource, windows: LaidOutWindows, candidate: CandidateData) -> tuple[GateResult, ...]:
    """The gates of a candidate on the windows, beside what the release in force answered there.

    A gate that compares with an environment where another release runs is not available: that one has no answers here.
    Raises Refused where the windows are in its training data, Undecided where that is unknown.
    """
    require_unseen(source, windows, candidate)
    release, kpis = candidate.release, source.kpis
    running = baselines(candidate.before, source.ledger, kpis, release, also=source.environment)
    return evaluate_gates(candidate.store, kpis_of(kpis, release), release.evaluation, running)
