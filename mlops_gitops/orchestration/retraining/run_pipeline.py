"""Job one: the pipeline of a model in a fresh clone, with a limit of time, into a folder that is handed over.

It runs the code of the default branch. What that code leaves behind is believed by nobody: see receive_run.py.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree, WorkTree
from mlops_gitops.git.fresh_clone import changed_paths, fresh_clone, stored_token
from mlops_gitops.git.repository import Git
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.pipelines.dvc_projects import project_folder, project_folders
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.retraining.handover import claims as handed_run
from mlops_gitops.retraining.handover.claims import Ending, HandedRun
from mlops_gitops.retraining.handover.lock_changes import changed_outputs, stage_names
from mlops_gitops.retraining.set_params import Value, with_params
from mlops_gitops.runtime import ci_job, clock, write_files
from mlops_gitops.runtime.scratch import scratch
from mlops_gitops.storage import dvc_clone, handed_folder
from mlops_gitops.storage.dvc_clone import Dvc

LOCAL_SETTINGS = "config.local"


@frozen
class PipelineRun:
    """A run that was decided: of which policy, on which commit, at which moment (UTC), with which params."""

    policy: Retraining
    commit: str
    decided: str
    params: Mapping[str, Value]
    why: str = ""


def run_pipeline(workspace: Workspace, run: PipelineRun, out: str) -> HandedRun:
    """Runs the stages, and fills the folder `out`, which is new or empty.

    A pipeline that fails, or takes longer than its budget, hands over its log alone. Raises Error, Undecided.
    """
    _require_no_token(workspace.git)
    if os.path.lexists(out) and (not os.path.isdir(out) or os.listdir(out)):
        raise Error(f"{out} is there already, and a run is handed over in a new folder", help="name another with --out")
    os.makedirs(out, exist_ok=True)
    log, place = os.path.join(os.path.abspath(out), handed_run.LOG), scratch_folder(workspace, run.policy.model)
    started, begun = clock.now(), time.monotonic()
    with scratch(place, f"a pipeline of {run.policy.model} runs") as folder:
        clone = fresh_clone(workspace.git, run.commit, os.path.join(folder, "files"))
        _prepare(workspace, clone, run)
        project, stages = stages_of_project(workspace.at(run.commit).tree, run.policy)
        dvc = Dvc(os.path.join(clone.root, *project.split("/")), log)
        ending, reason = _reproduced(dvc, stages, run.policy.budget.minutes, begun)
        if ending is Ending.FINISHED:
            handed = _handed_paths(workspace.at(run.commit).tree, clone, run.policy)
            handed_folder.fill(clone.root, handed, os.path.join(out, handed_run.FILES))
    ended = HandedRun(run.policy.model, run.decided, started, round(time.monotonic() - begun, 1), ending, reason, run.why)
    write_files.write(out, {handed_run.FILE: ended.render()})
    return ended


def scratch_folder(workspace: Workspace, name: str) -> str:
    """Where the clone of a model's run lies: beside Git's own files, where no other file system is in between."""
    return os.path.join(workspace.git.layout.common_folder, "mlops-gitops", "retraining", name)


def _require_no_token(git: Git) -> None:
    """Raises Error in a job whose checkout kept its token, where the commands of the pipeline could read it."""
    setting = stored_token(git) if ci_job.is_job() else ""
    if setting:
        reason = f"this checkout keeps a token in the git setting {setting}, and a pipeline is about to run"
        raise Error(reason, help="actions/checkout with persist-credentials: false")


def _prepare(workspace: Workspace, clone: Git, run: PipelineRun) -> None:
    """Gives the clone the settings of DVC and the params of the run. Raises Error, Undecided."""
    tree = workspace.at(run.commit).tree
    write_clone_settings(workspace, clone, tree, run.commit)
    write_files.write(clone.root, with_params(tree, run.params))


def write_clone_settings(workspace: Workspace, clone: Git, tree: Tree, commit: str, cache: str | None = None) -> None:
    """Gives each DVC project of a clone the settings it has here; `cache` is one cache for all, else each its own."""
    for folder in project_folders(tree):
        settings = workspace.store(commit).settings(posixpath.join(folder, "dvc.yaml"))
        dvc_clone.write_settings(settings, clone.root, cache or settings.cache)


def stages_of_project(tree: Tree, policy: Retraining) -> tuple[str, tuple[str, ...]]:
    """The folder of the DVC project that the stages are in, and their names there. Raises Error for two projects."""
    stages = policy.pipeline.stages
    folders = {project_folder(tree, stage.rpartition(":")[0] or "dvc.yaml") or "" for stage in stages}
    if len(folders) > 1:
        reason = f"the stages of {policy.path} are in two DVC projects: {' and '.join(sorted(folders))}"
        raise Error(reason, help="name stages of one project")
    folder = folders.pop()
    return folder, tuple(stage.removeprefix(f"{folder}/") if folder else stage for stage in stages)


def _reproduced(dvc: Dvc, stages: Sequence[str], minutes: int, begun: float) -> tuple[Ending, str]:
    """How the pipeline ended, and why it did not finish."""
    over = Ending.OVER_BUDGET, f"it was stopped after {minutes} minutes, which is its budget"
    pulled = dvc.data("pull", "--with-deps", "--allow-missing", *stages, seconds=minutes * 60)
    if pulled.code != 0:
        return over if pulled.code is None else (Ending.FAILED, "its data could not be pulled from the DVC remote")
    ran = dvc.commands("repro", *stages, seconds=max(1.0, minutes * 60 - (time.monotonic() - begun)))
    if ran.code is None:
        return over
    return (Ending.FAILED, f"dvc repro ended with exit code {ran.code}") if ran.code else (Ending.FINISHED, "")


def _handed_paths(base: Tree, clone: Git, policy: Retraining) -> Iterable[str]:
    """Every file that the run left changed, and the new outputs of its stages, which Git does not see."""
    after = WorkTree(clone.root)
    outs = changed_outputs(base, after, stage_names(policy.pipeline.stages))
    own = {posixpath.join(folder, ".dvc", LOCAL_SETTINGS) for folder in project_folders(base)}
    return {*changed_paths(clone), *outs} - own


def kept_log(workspace: Workspace, model: str, out: str) -> str:
    """Keeps the log of a run, and returns where: the page of the job, or a file beside Git's own."""
    source = Path(out, handed_run.LOG)
    if url := ci_job.run_url():
        return url
    target = f"{scratch_folder(workspace, model)}.log"
    if source.is_file() and not source.is_symlink():
        shutil.copyfile(source, target)
    return target
