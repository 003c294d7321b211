"""What `init` reports: what it found, what keeps the files from a release, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.discovery.discover import Discovery
from mlops_gitops.discovery.evaluations import Evaluation, in_folder
from mlops_gitops.discovery.models import Model
from mlops_gitops.documents.tree import Unreadable
from mlops_gitops.onboarding import file_drafts, workflow_drafts
from mlops_gitops.onboarding.file_drafts import Person
from mlops_gitops.pipelines.dvc_projects import dvc_command, file_command, project_folder, repro_command
from mlops_gitops.pipelines.tracked_outputs import Tracking, evaluation_pins
from mlops_gitops.records import card, kpis
from mlops_gitops.records.project import NOBODY, Project
from mlops_gitops.repository.snapshot import Snapshot


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
    tracking = Tracking(after.tree)
    if not discovery.pipelines.sources:
        yield (
            "DVC is not used here yet. Gates can be tried on these files as they are; a release needs `dvc init`, the "
            "model tracked by DVC, and the metrics file as an output of the stage that measures it"
        )
    yield from _group_notes(models)
    yield from _model_notes(tracking, discovery, models)
    yield from _metrics_notes(tracking, discovery)
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


def _group_notes(models: Sequence[Model]) -> Iterator[str]:
    """Which models are made of several outputs, and how to make them several."""
    for model in models:
        if model.grouped:
            files = model.artifacts
            named = join_names(files) if len(files) < 3 else f"{files[0]} to {files[-1]} ({len(files)} files)"
            yield (
                f"{named} are taken for one model, {model.name}, since {model.grouped}. Where they are several models: "
                f"init --model NAME={files[0]} and so on, before its card is filled in"
            )


def _model_notes(tracking: Tracking, discovery: Discovery, models: Sequence[Model]) -> Iterator[str]:
    if not discovery.models:
        then = "put its path into the card" if models else "run init again"
        yield f"no model was found: make it an output of a stage, or an entry of `artifacts:` in dvc.yaml; then {then}"
    declared = {*discovery.pipelines.outs()}
    outputs = {path: tracking.output(path) for model in discovery.models for path in model.artifacts}
    untracked = [path for path, output in outputs.items() if output is None and path not in declared]
    unmade = [path for path, output in outputs.items() if output is None and path in declared]
    in_git = [path for path, output in outputs.items() if output and not output.cached]
    if untracked:
        add = join_names([f"`{file_command(tracking.tree, 'add', path)}`" for path in untracked])
        yield f"DVC does not track {join_names(untracked)} yet, as a release needs: {add}, or an output of a stage"
    if unmade:
        yield f"dvc.lock has no digest of {join_names(unmade)} yet: {_repro(discovery, unmade)}"
    if in_git:
        yield f"Git keeps {join_names(in_git)}, and a release pins what DVC keeps: remove `cache: false` there"


def _metrics_notes(tracking: Tracking, discovery: Discovery) -> Iterator[str]:
    obstacles = (in_folder(discovery, path) for path in (*discovery.numbers, *discovery.missing))
    yield from (obstacle.removesuffix(".") for obstacle in obstacles if obstacle)
    absent = [path for path in discovery.missing if not in_folder(discovery, path)]
    if absent:
        pulls = dict.fromkeys(dvc_command("pull", project_folder(tracking.tree, path)) for path in absent)
        pull = join_names([f"`{command}`" for command in pulls])
        remedy = f"{pull} or {_repro(discovery, absent)}, remove kpis.yaml and run init again"
        yield f"{join_names(absent)} is declared and not here: {remedy}"
    present = {path: path for path in discovery.numbers if not in_folder(discovery, path)}
    reasons = [pin for pin in evaluation_pins(tracking, present).values() if isinstance(pin, str)]
    yield from (f"gate will not take this number: {reason}" for reason in reasons)
    if not discovery.numbers and not discovery.missing:
        yield "no metrics file was found: let a stage write its numbers to JSON or YAML, under `metrics:` in dvc.yaml"


def _repro(discovery: Discovery, paths: Sequence[str]) -> str:
    """The commands that make these files."""
    sources = [maker.source for path in paths if (maker := discovery.pipelines.maker(path))]
    return join_names([f"`{command}`" for command in dict.fromkeys(map(repro_command, sources or ["dvc.yaml"]))])


def _place_notes(after: Snapshot) -> Iterator[str]:
    moved = [f"{name} in {folder}" for name, folder in after.folders.items() if folder != name]
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


def warnings(after: Snapshot, person: Person | None, ignored: frozenset[str]) -> Iterator[str]:
    """What would keep every promotion from passing."""
    project = after.project
    if project is None:
        return
    if any(member.login == NOBODY for members in project.roles.values() for member in members):
        yield f"Git does not say who you are, so nobody can approve yet: put logins under `roles:` in {project.path}"
    roles = list(_roles_of_one(project, person)) if person else []
    if person and roles:
        me = project.person(person.email or person.login)
        yield (
            f"whoever asks for a promotion cannot approve it, and besides {me} too few people are in "
            f"{join_names(roles)}: add some under `roles:` in {project.path}, or nothing that {me} asks for is ever "
            "promoted"
        )
    hidden = sorted({*after.folders.values()} & ignored)
    if hidden:
        yield f"Git ignores {join_names(hidden)}: change .gitignore, or set `paths:` in {project.path}"


def _roles_of_one(project: Project, person: Person) -> Iterator[str]:
    """The roles that could not approve what this person requests, for want of another member."""
    me = project.person(person.email or person.login)
    for role, members in project.roles.items():
        required = max((environment.approvals.get(role, 0) for environment in project.environments.values()), default=0)
        if me in {member.login for member in members} and len({m.login for m in members} - {me}) < required:
            yield role


def steps(after: Snapshot, models: Sequence[str], automated: bool = False) -> Iterator[str]:
    """What a person does next."""
    if models:
        name = models[0] if len(models) == 1 else "MODEL"
        pattern = name if len(models) == 1 else "*"
        yield f"replace each `{file_drafts.BLANK}` in {after.path_of(card.KIND, model=pattern)}"
        yield f"agree on thresholds, and make them gates in {after.path_of(kpis.KIND, model=pattern)}"
        yield f"mlops-gitops validate, then mlops-gitops gate {name}"
    else:
        yield "mlops-gitops validate"
    yield "commit on a branch and open a pull request: releases are judged by what is merged"
    if automated:
        yield "give GitHub the App that the workflows act as, then: mlops-gitops doctor (docs/github.md says how)"
    if models:
        yield (
            f"where a model runs already, allow its adoption by policies.adopt in {after.project_path}, for some days "
            "(docs/how-to/adopt-a-running-model.md says how)"
        )


def join_names(names: Sequence[str], most: int = 8) -> str:
    """`a, b and c`; of many, the first."""
    parts = [*names[:most], *([f"{len(names) - most} more"] if len(names) > most else [])]
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
