"""What `init` reports: what it found, what keeps the files from a release, and what to do next."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops import GUIDES
from mlops_gitops.core.text import join_names
from mlops_gitops.discovery.discover import Discovery
from mlops_gitops.discovery.evaluations import Evaluation, in_folder
from mlops_gitops.discovery.models import Model
from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.onboarding import file_drafts, workflow_drafts
from mlops_gitops.pipelines.dvc_projects import dvc_command, project_folder, repro_command
from mlops_gitops.records import card, kpis, monitoring
from mlops_gitops.records.project import PATH
from mlops_gitops.repository.snapshot import Snapshot

APP_STEP = f"give GitHub the App that the workflows act as, then: mlops-gitops doctor ({GUIDES}/how-to/github.md)"
SIMPLE_STEP = (
    "set up GitHub for workflows without an App, then: mlops-gitops doctor "
    f"({GUIDES}/how-to/github-without-an-app.md); `mlops-gitops init --github app` upgrades"
)


def summary(discovery: Discovery, models: Sequence[Model], evaluations: Mapping[str, Evaluation]) -> Iterator[str]:
    """A line on the pipeline files, and one on each model."""
    added = [path for path in discovery.pipelines.sources if path.endswith(".dvc")]
    read = [path for path in discovery.pipelines.sources if path not in added]
    read += [f"{len(added)} .dvc file{'' if len(added) == 1 else 's'}"] if added else []
    yield f"read {join_names([*read, *discovery.numbers]) or 'nothing of DVC'}"
    for model in models:
        makers = dict.fromkeys(stage.loop or stage.name for stage in model.stages)
        made = f", made by {'stages' if len(makers) > 1 else 'stage'} {join_names(list(makers))}" if makers else ""
        ids = [benchmark.id for benchmark in evaluations[model.name].benchmarks]
        what = join_names(model.artifacts) or "no file found"
        yield f"model {model.name}: {what}{made}; KPIs {join_names(ids, 5)}"


def notes(after: Snapshot, discovery: Discovery, models: Sequence[Model]) -> Iterator[str]:
    """What is missing for a first release."""
    yield from discovery.notes
    yield from (f"passed over {problem.span}: {problem.message}" for problem in discovery.pipelines.broken)
    if not discovery.pipelines.sources:
        yield (
            "DVC is not used here yet. Gates can be tried on these files as they are; a release needs `dvc init`, the "
            "model tracked by DVC, and the metrics file as an output of the stage that measures it"
        )
    yield from _group_notes(after, models)
    yield from _model_notes(discovery, models)
    yield from _metrics_notes(after.tree, discovery)
    yield from _place_notes(after)


def label_notes(evaluations: Mapping[str, Evaluation]) -> Iterator[str]:
    """Why tables are not used whose label may not be the true value."""
    for path, doubt in {
        (table.path, doubt) for found in evaluations.values() for table, doubt in found.doubted.values()
    }:
        yield (
            f"no KPI is measured on {path}: {doubt}; a stage that writes the true value of each row there would help, "
            "or `label: {path, key, column}` of a file that holds it"
        )


def _group_notes(after: Snapshot, models: Sequence[Model]) -> Iterator[str]:
    """Which models are made of several outputs, and how to make them several."""
    for model in models:
        if model.grouped:
            files, folder = model.artifacts, posixpath.dirname(after.path_of(card.KIND, model=model.name))
            named = join_names(files) if len(files) < 3 else f"{files[0]} to {files[-1]} ({len(files)} files)"
            yield (
                f"{named} are taken for one model, {model.name}, since {model.grouped}. Where they are several: remove "
                f"{folder}, then mlops-gitops init --model NAME={files[0]}, with a --model for each"
            )


def _model_notes(discovery: Discovery, models: Sequence[Model]) -> Iterator[str]:
    if not discovery.models:
        then = "put its path into the card" if models else "run init again"
        yield f"no model was found: make it an output of a stage, or an entry of `artifacts:` in dvc.yaml; then {then}"


def _metrics_notes(tree: Tree, discovery: Discovery) -> Iterator[str]:
    obstacles = (in_folder(discovery, path) for path in (*discovery.numbers, *discovery.missing))
    yield from (obstacle.removesuffix(".") for obstacle in obstacles if obstacle)
    absent = [path for path in discovery.missing if not in_folder(discovery, path)]
    if absent:
        pulls = dict.fromkeys(dvc_command("pull", project_folder(tree, path)) for path in absent)
        pull = join_names([f"`{command}`" for command in pulls])
        remedy = f"{pull} or {_repro(discovery, absent)}, remove kpis.yaml and run init again"
        yield f"{join_names(absent)} is declared and not here: {remedy}"
    if not discovery.numbers and not discovery.missing:
        yield "no metrics file was found: let a stage write its numbers to JSON or YAML, under `metrics:` in dvc.yaml"


def _repro(discovery: Discovery, paths: Sequence[str]) -> str:
    """The commands that make these files."""
    sources = [maker.source for path in paths if (maker := discovery.pipelines.maker(path))]
    return join_names([f"`{command}`" for command in dict.fromkeys(map(repro_command, sources or ["dvc.yaml"]))])


def _place_notes(after: Snapshot) -> Iterator[str]:
    moved = [f"{name} in {folder}" for name, folder in after.folders.items() if folder != name]
    if after.project_path != PATH and after.tree.exists(PATH):
        yield f"{PATH} is another tool's: {after.project_path} holds the project of mlops-gitops"
    if moved:
        yield f"the default place is taken, so {after.project_path} puts {join_names(moved)}"
    try:
        config = after.tree.read(file_drafts.HOOKS) or b""
    except Unreadable:
        config = b""
    if file_drafts.HOOK.encode() not in config:
        yield f"to run our hooks too, add this under `repos:` in {file_drafts.HOOKS}: {file_drafts.hook_entry()}"


def workflow_notes(
    remotes: Sequence[str], others: Sequence[str], requested: bool | None, written: bool
) -> Iterator[str]:
    """What the workflows still need, or why none is written."""
    if requested is None and not written:
        yield f"{join_names(others)} runs mlops-gitops already, so no workflow is written; init --github writes them"
    if not written:
        return
    names = workflow_drafts.secrets(remotes)
    if names:
        yield (
            f"the workflows read the DVC remote{'s' if len(remotes) > 1 else ''} with the repository's secrets "
            f"{join_names(list(names.values()))}, which DVC takes as {join_names(list(names))}: let their key read only"
        )
    for remote in filter(workflow_drafts.needs_unknown_credentials, remotes):
        yield f"how a workflow may read {remote} is not known here: give its steps what DVC needs for that remote"
    for remote in filter(workflow_drafts.is_folder, remotes):
        yield (
            f"the DVC remote {remote} is a folder, which GitHub's runners do not have: take a remote that they reach, "
            "such as s3://…, or a runner of your own"
        )


def warnings(after: Snapshot, ignored: frozenset[str]) -> Iterator[str]:
    """What would keep the files from being committed."""
    hidden = sorted({*after.folders.values()} & ignored)
    if after.project and hidden:
        yield f"Git ignores {join_names(hidden)}: change .gitignore, or set `paths:` in {after.project.path}"


def steps(after: Snapshot, models: Sequence[str], forge_step: str = "") -> Iterator[str]:
    """What a person does next; `forge_step` is what the forge needs."""
    if models:
        name = models[0] if len(models) == 1 else "MODEL"
        pattern = name if len(models) == 1 else "*"
        yield f"replace each `{file_drafts.BLANK}` in {after.path_of(card.KIND, model=pattern)}"
        yield f"agree on thresholds, and make them gates in {after.path_of(kpis.KIND, model=pattern)}"
        yield f"mlops-gitops validate, then mlops-gitops gate {name}, and mlops-gitops doctor for what is left"
    else:
        yield "mlops-gitops validate"
    yield "commit on a branch and open a pull request: releases are judged by what is merged"
    if forge_step:
        yield forge_step
    if models:
        yield (
            f"where a model runs already, allow its adoption by policies.adopt in {after.project_path}, for some days "
            f"({GUIDES}/how-to/adopt-a-running-model.md)"
        )
    if drafts := [model for model in models if _has_monitoring_draft(after, model)]:
        path = after.path_of(monitoring.KIND, model=drafts[0] if len(drafts) == 1 else "*")
        yield f"once it runs, say in {path} where its live data arrives, then run init again"


def _has_monitoring_draft(after: Snapshot, model: str) -> bool:
    path = after.path_of(monitoring.KIND, model=model)
    return after.tree.exists(path) and after.entry(path, monitoring.KIND) is None
