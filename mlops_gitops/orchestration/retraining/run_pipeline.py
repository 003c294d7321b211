"""Job one: the pipeline of a model in a fresh clone, with a limit of time, into a folder that is handed over.

It runs the code of the default branch. What that code leaves behind is not trusted: see receive_run.py.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import tempfile
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import Tree, WorkTree
from mlops_gitops.git.fresh_clone import changed_paths, fresh_clone, stored_token
from mlops_gitops.git.repository import Git
from mlops_gitops.orchestration.retraining.lay_out_windows import LiveSource
from mlops_gitops.orchestration.retraining.live_judging import give_rows, live_source
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.pipelines.dvc_projects import project_folder, project_folders
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.retraining.handover import handed_run
from mlops_gitops.retraining.handover.handed_run import Ending, HandedRun, moment
from mlops_gitops.retraining.handover.lock_changes import changed_outputs, stage_names
from mlops_gitops.retraining.set_params import Value, with_params
from mlops_gitops.runtime import ci_job, clock, write_files
from mlops_gitops.runtime.scratch import scratch
from mlops_gitops.storage import dvc_clone, handed_folder
from mlops_gitops.storage.dvc_clone import Dvc

LOCAL_SETTINGS = "config.local"


@frozen
class PipelineRun:
    """A run that was decided: by which policy, for which environment, on which commit, when (UTC), with which params.

    `why` are the words of the person who started it.
    """

    policy: Retraining
    environment: str
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
    try:
        os.makedirs(out, exist_ok=True)
    except OSError as error:
        raise Error(f"{out} cannot be made: {error.strerror}", help="name another with --out") from error
    log, place = os.path.join(os.path.abspath(out), handed_run.LOG), scratch_folder(workspace, run.policy.model)
    started, begun = clock.now(), time.monotonic()
    with scratch(place, f"a pipeline of {run.policy.model} runs") as folder:
        # Under a new name: what a process that was killed had started may still write by the name of its own clone.
        clone = fresh_clone(workspace.git, run.commit, os.path.join(tempfile.mkdtemp(dir=folder), "files"))
        runner = _Runner(workspace, run, clone, log, begun)
        ending, reason = runner.reproduced()
        if ending is Ending.FINISHED:
            handed_folder.fill(clone.root, runner.handed_paths(), os.path.join(out, handed_run.FILES))
    ended = HandedRun(
        run.policy.model, run.decided, started, round(time.monotonic() - begun, 1), ending, reason, run.why
    )
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


@frozen
class _Runner:
    """A run at work in its clone since `begun`, a moment of the monotonic clock."""

    workspace: Workspace
    run: PipelineRun
    clone: Git
    log: str
    begun: float

    @cached_property
    def base(self) -> Tree:
        """The files that it starts from."""
        return self.workspace.at(self.run.commit).tree

    @cached_property
    def source(self) -> LiveSource | None:
        """Where the windows come from that judge the candidate. Raises Error, Undecided."""
        run = self.run
        if run.policy.evaluate is None:
            return None
        return live_source(self.workspace, run.commit, run.policy, run.environment, moment(run.decided))

    def reproduced(self) -> tuple[Ending, str]:
        """How the pipeline ended, and why it did not finish. Raises Error, Undecided."""
        write_clone_settings(self.workspace, self.clone, self.base, self.run.commit)
        project, stages = stages_of_project(self.base, self.run.policy)
        dvc, minutes = Dvc(os.path.join(self.clone.root, *project.split("/")), self.log), self.run.policy.budget.minutes
        over = Ending.OVER_BUDGET, f"it was stopped after {minutes} minutes, which is its budget"
        pulled = dvc.data("pull", "--with-deps", "--allow-missing", *stages, seconds=minutes * 60)
        if pulled.code != 0:
            return over if pulled.code is None else (Ending.FAILED, "its data could not be pulled from the DVC remote")
        write_files.write(self.clone.root, with_params(self.base, self.run.params))
        if self.source:  # after the pull, which would bring the rows of the last time back
            give_rows(self.source, self.clone.root)
        ran = dvc.commands("repro", *stages, seconds=max(1.0, minutes * 60 - (time.monotonic() - self.begun)))
        if ran.code is None:
            return over
        return (Ending.FAILED, f"dvc repro ended with exit code {ran.code}") if ran.code else (Ending.FINISHED, "")

    def handed_paths(self) -> frozenset[str]:
        """Every file that the run left changed, and the new outputs of its stages, which Git does not see.

        Job two lays out the windows itself, and the settings of DVC hold credentials: neither is handed over.
        """
        outs = changed_outputs(self.base, WorkTree(self.clone.root), stage_names(self.run.policy.pipeline.stages))
        own = {posixpath.join(folder, ".dvc", LOCAL_SETTINGS) for folder in project_folders(self.base)}
        laid_out = self.source.files.beside() if self.source else frozenset()
        return frozenset((*changed_paths(self.clone), *outs)) - own - laid_out


def kept_log(workspace: Workspace, claims: HandedRun, folder: str) -> str | None:
    """Keeps the log of a run, and returns where: the page of the job, or a path in this clone; None without a log."""
    if url := ci_job.run_url():
        return url
    source, name = Path(folder, handed_run.LOG), f"{claims.model}-{claims.started.replace(':', '')}.log"
    target = scratch_folder(workspace, name)
    if not source.is_file() or source.is_symlink():
        return None
    os.makedirs(os.path.dirname(target), exist_ok=True)
    shutil.copyfile(source, target)
    return os.path.relpath(target, workspace.git.root).replace(os.sep, "/")
