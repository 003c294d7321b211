"""init: what a repository has already to the first text of each file it lacks, and what to do next."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.table import Columns
from mlops_gitops.discovery.deployment_fields import DeploymentField, deployment_fields
from mlops_gitops.discovery.discover import Discovery
from mlops_gitops.discovery.evaluations import Evaluation, evaluation
from mlops_gitops.discovery.models import Model, default_model_name
from mlops_gitops.doctor import stamp
from mlops_gitops.documents.schema_validation import schema
from mlops_gitops.documents.tree import Overlay, Tree
from mlops_gitops.onboarding import (
    advice,
    card_draft,
    editor_files,
    file_drafts,
    lfs_notes,
    monitoring_draft,
    retraining_draft,
    storage_notes,
    workflow_drafts,
)
from mlops_gitops.onboarding.card_facts import card_facts
from mlops_gitops.onboarding.file_drafts import Person
from mlops_gitops.onboarding.storage_notes import ProjectStorage
from mlops_gitops.pipelines.declared_stages import contains
from mlops_gitops.pipelines.dvc_projects import project_folders
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records import card, desired_state, kpis, monitoring, project, retraining
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.repository.intended_places import model_file_place
from mlops_gitops.repository.snapshot import KINDS, Snapshot

# Before the name of a folder whose default place is taken: `models/` in .gitignore matches in every folder.
ELSEWHERE = "mlops-"


@frozen
class RepositoryFacts:
    """What the tree does not say: about its Git repository, and what its tables hold."""

    repository: str
    branch: str
    person: Person | None
    ignored: frozenset[str]  # folders whose files Git ignores
    samples: Mapping[str, Columns]  # table → its first rows
    measured: Mapping[str, Mapping[str, float]] = {}  # table → metric → today's value
    github: bool | None = False  # whether to write workflows; None where only no other workflow of ours is there
    projects: tuple[ProjectStorage, ...] = ()  # of the files that DVC reads
    simple: bool = False  # whether the workflows act without an App
    solo: bool = False  # whether one person decides alone


@frozen
class InitPlan:
    """The files to write, those that are there already, and what a person should know and do.

    `schemas` are files for an editor, only where the project is new: people may remove them.
    """

    files: Mapping[str, str]
    kept: tuple[str, ...]
    models: tuple[str, ...]
    summary: tuple[str, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    steps: tuple[str, ...]
    schemas: Mapping[str, str]


def plan_init(tree: Tree, discovery: Discovery, facts: RepositoryFacts) -> InitPlan:
    """The first files of a repository. Raises Error where there is nothing to start from, or it cannot be read."""
    snapshot = Snapshot(tree)
    in_lfs = lfs_notes.lfs_files(tree, discovery)
    _check(snapshot, discovery, in_lfs)
    models = _models(discovery, facts.repository)
    folders = snapshot.folders if snapshot.project else _folders(snapshot, discovery, models, facts.ignored)
    evaluations = {model.name: evaluation(discovery, model, facts.samples, facts.measured) for model in models}
    others = workflow_drafts.other_workflows(tree)
    remotes = storage_notes.addresses(facts.projects)
    automated = facts.github or (facts.github is None and not others)
    texts = _texts(snapshot, discovery, facts, models, folders, evaluations)
    live = storage_notes.live_addresses(facts.projects, snapshot.records(monitoring.KIND, Monitoring))
    texts |= _workflows(snapshot, facts, remotes, live) if automated else {}
    kinds = {path: kind for path in texts for kind in KINDS if kind.match(folders, path) is not None}
    texts = editor_files.with_editor_lines(texts, kinds)
    schemas = {} if snapshot.project else editor_files.draft_schemas(KINDS)
    files = {path: text for path, text in texts.items() if not tree.exists(path)}
    notes = advice.workflow_notes(tuple(dict.fromkeys((*remotes, *live))), others, facts.github, automated)
    after = Snapshot(Overlay({path: text.encode() for path, text in files.items()}, tree))
    return InitPlan(
        files,
        tuple(path for path in texts if path not in files),
        tuple(evaluations),
        tuple(advice.summary(discovery, models, evaluations)),
        (
            *advice.notes(after, discovery, models),
            *storage_notes.storage_notes(facts.projects),
            *lfs_notes.lfs_notes(tree, in_lfs),
            *advice.label_notes(evaluations),
            *notes,
        ),
        tuple(advice.warnings(after, facts.ignored)),
        tuple(advice.steps(after, tuple(evaluations), _forge_step(facts) if automated else "")),
        {path: text for path, text in schemas.items() if not tree.exists(path)},
    )


def _forge_step(facts: RepositoryFacts) -> str:
    return advice.SIMPLE_STEP if facts.simple else advice.APP_STEP


def _workflows(
    snapshot: Snapshot, facts: RepositoryFacts, remotes: Sequence[str], live: Sequence[str]
) -> dict[str, str]:
    """The workflows; those that monitor and retrain where a file asks for it."""
    asked = {workflow_drafts.MONITOR: monitoring.KIND, workflow_drafts.RETRAIN: retraining.KIND}
    texts = workflow_drafts.draft_workflows(_branch(facts.branch), remotes, live=live, simple=facts.simple)
    return {path: stamp.stamped(text) for path, text in texts.items() if path not in asked or snapshot.has(asked[path])}


def _texts(
    snapshot: Snapshot,
    discovery: Discovery,
    facts: RepositoryFacts,
    models: Sequence[Model],
    folders: Mapping[str, str],
    evaluations: Mapping[str, Evaluation],
) -> dict[str, str]:
    """Path → text of the project, of a card, KPIs and monitoring for each model, and of the hooks."""
    texts = {
        snapshot.project_path: file_drafts.draft_project(
            _branch(facts.branch), facts.person, _moved(folders), solo=facts.solo
        )
    }
    for model in models:
        path = card.KIND.path(folders, model=model.name)
        model_facts = card_facts(snapshot, discovery.pipelines, model, facts.person, path)
        texts[path] = card_draft.draft_card(model, facts.person, model_facts)
        found = evaluations[model.name]
        texts[kpis.KIND.path(folders, model=model.name)] = file_drafts.draft_kpis(model.name, found)
        if watched := monitoring_draft.draft_monitoring(model.name, found, facts.samples):
            texts[monitoring.KIND.path(folders, model=model.name)] = watched
            texts[retraining.KIND.path(folders, model=model.name)] = retraining_draft.draft_retraining(
                model, found, discovery.pipelines
            )
        texts |= dict(_targets(snapshot, discovery, model, folders))
    return texts | {file_drafts.HOOKS: file_drafts.draft_hooks()}


def _targets(
    snapshot: Snapshot, discovery: Discovery, model: Model, folders: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """A draft of targets for each environment whose deployment files name a model."""
    tracking = Tracking(snapshot.tree)
    tracked = filter(None, map(tracking.output, model.artifacts))
    digests = [str(output.pin.md5) for output in tracked if output.pin.md5]
    ours = {*snapshot.index, *discovery.pipelines.sources, *discovery.pipelines.outs()}
    named = list(snapshot.project.environments) if snapshot.project else ["staging", "production"]
    found: dict[str, list[DeploymentField]] = {}
    for field in deployment_fields(snapshot.tree, model.name, model.artifacts, digests, ours):
        words = set(re.split("[^a-z0-9]+", field.path.lower()))
        found.setdefault(next((name for name in named if name in words), named[-1]), []).append(field)
    for environment, fields in found.items():
        path = desired_state.KIND.path(folders, environment=environment, model=model.name)
        yield path, file_drafts.draft_targets(model.name, environment, fields)


def _check(snapshot: Snapshot, discovery: Discovery, in_lfs: list[str]) -> None:
    for problem in discovery.pipelines.broken:
        if "/" not in problem.span.path:
            help = "fix it, then run init again: what it says decides what is written"
            raise Error(f"{problem.span}: {problem.message}", help=help)
    if snapshot.project_fault:
        raise Error(snapshot.project_fault, help="mlops-gitops validate")
    if not discovery.pipelines.sources and not discovery.numbers and not project_folders(snapshot.tree):
        help = "dvc init, then make the model and its metrics outputs of stages in dvc.yaml"
        if in_lfs:
            (note,) = lfs_notes.lfs_notes(snapshot.tree, in_lfs)
            raise Error(f"there is nothing of DVC here. {note}", help="dvc init, then the commands above")
        raise Error("there is nothing of DVC here, and no metrics file either", help=help)


def _branch(name: str) -> str:
    """The branch where merging promotes, if mlops.yaml can name it."""
    form = schema("project")["properties"]["branch"]["pattern"]
    return name if re.fullmatch(form.strip("^$"), name) else "main"


def _models(discovery: Discovery, repository: str) -> Sequence[Model]:
    """The models found; where only numbers were found, the one model they must be about."""
    measured = bool(discovery.numbers or discovery.missing)
    return discovery.models or ([Model(default_model_name(repository), ())] if measured else [])


def _moved(folders: Mapping[str, str]) -> dict[str, str]:
    return {name: folder for name, folder in folders.items() if folder != name}


def _folders(
    snapshot: Snapshot, discovery: Discovery, models: Sequence[Model], ignored: frozenset[str]
) -> dict[str, str]:
    """Where the folders go: elsewhere where DVC would delete our files, Git ignore them, or others be in their way."""
    folders = {}
    for name, default in project.default_folders().items():
        places = [posixpath.join(default, *inner, "file") for inner in ((), *((model.name,) for model in models))]
        tracked = any(contains(out, place) for out in discovery.pipelines.outs() for place in places)
        elsewhere = f"{ELSEWHERE}{name}"
        taken = tracked or default in ignored or _has_others(snapshot, name, default)
        folders[name] = elsewhere if taken and elsewhere not in ignored else default
    return folders


def _has_others(snapshot: Snapshot, name: str, folder: str) -> bool:
    """Whether files lie in a folder of ours that validate would find fault with."""
    ours = {entry.path for entry in snapshot.entries() if entry.record is not None}
    return any(_is_odd(snapshot, name, path) for path in snapshot.tree.paths(folder) if path not in ours)


def _is_odd(snapshot: Snapshot, name: str, path: str) -> bool:
    harmless = posixpath.basename(path).startswith((".", "README"))
    if name == "models":
        return path in snapshot.index or bool(model_file_place(name, path))
    return path in snapshot.index or not harmless
