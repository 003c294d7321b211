"""Collects the facts that `doctor` examines: the base's files, its DVC remotes, and the settings of the forge."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.doctor.candidate import Candidate
from mlops_gitops.doctor.facts import Facts
from mlops_gitops.documents.tree import Overlay, Tree, Unreadable
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.forges.settings import Settings, Unknown, unknown_settings
from mlops_gitops.git import identity
from mlops_gitops.git.repository import Git
from mlops_gitops.github import open_forge
from mlops_gitops.github.settings import read_settings
from mlops_gitops.orchestration.first_merge import unmerged
from mlops_gitops.orchestration.remeasure import remote_refusals
from mlops_gitops.orchestration.statuses.commit_status import CheckedHead
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.pipelines.dvc_projects import config_path, project_folders
from mlops_gitops.promotion.manifest import ReleasePlan
from mlops_gitops.records.release import Pin
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import ci_job, clock
from mlops_gitops.storage import dvc_config
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.dvc_project import DvcProject, find_project


def collect_facts(
    base: Snapshot, branch: str, settings: Settings | None, candidate: Candidate, *, shallow: bool = False
) -> Facts:
    """The facts of a base and of what is to be merged into it. `settings` is None where the remote is a folder."""
    return Facts(base, branch, settings, dvc_remotes(base.tree), candidate, shallow)


def facts_here(workspace: Workspace, model: str | None = None) -> Facts:
    """The facts of the branch, of the forge, and of the work tree with all of its models, or one. Raises Error."""
    if has_no_branch(workspace):
        return facts_of_draft(workspace.work, _email(workspace))
    branch, files = workspace.branch(), workspace.work
    base = workspace.at(workspace.base()) if workspace.has_base() else Snapshot(Overlay({}))
    candidate = Candidate(
        files, (model,) if model else files.models(), clock.today(), _email(workspace), unmerged=unmerged(workspace)
    )
    settings = forge_settings(workspace.git, branch)
    candidate = with_stored(candidate, workspace.store_here())
    return collect_facts(base, branch, settings, candidate, shallow=workspace.git.layout.shallow)


def has_no_branch(workspace: Workspace) -> bool:
    """Whether nothing says which branch promotes: the project here is not valid, and the remote has none either."""
    if not workspace.work.project_fault:
        return False
    default = workspace.default_branch()
    return default is None or workspace.at(default[1]).project is None


def _email(workspace: Workspace) -> str:
    person = identity.person(workspace.git)
    return person.email if person else ""


def facts_of_draft(files: Snapshot, person: str) -> Facts:
    """The facts of files that are not merged, as far as they tell them: no forge and no DVC remote is asked."""
    candidate = Candidate(files, files.models(), clock.today(), person)
    return collect_facts(Snapshot(Overlay({})), files.project.branch if files.project else "", None, candidate)


def facts_of_change(workspace: Workspace, checked: CheckedHead, pull: PullRequest | None) -> Facts | None:
    """The facts of a change that brings the project file or a new model; None for any other. No forge is asked."""
    head, base = checked.context.head, workspace.at(checked.base)
    known = frozenset(base.models() if base.project else ())
    models = tuple(model for model in head.models() if model not in known)
    if not models:
        return None
    candidate = Candidate(head, models, checked.context.today, pull.author.login if pull else "")
    if pull and pull.fork:
        candidate = replace(candidate, stored=Unknown("no data is read for a fork"))
    else:
        candidate = with_stored(candidate, workspace.store(checked.base), merging=True)
    return collect_facts(base, workspace.branch(), None, candidate)


def with_stored(candidate: Candidate, store: DataStore, *, merging: bool = False) -> Candidate:
    """The candidate, with why bytes of its releases are not in their DVC remotes; each refusal once.

    `merging` says that the candidate is about to be merged, with the settings of the DVC projects that it brings.
    """
    stored = {}
    for model, pins in _pins(candidate):
        found = (refusal for pin in pins for refusal in _refusals(candidate, store, pin, merging))
        stored[model] = tuple({refusal.message: refusal for refusal in found}.values())
    return replace(candidate, stored=stored)


def _refusals(candidate: Candidate, store: DataStore, pin: Pin, merging: bool) -> Iterator[Error]:
    """Why a file cannot be read from its remote, and that its DVC project is not on the base."""
    try:
        brought, known = find_project(candidate.files.tree, pin.path, base=False), store.project(pin.path)
    except Error as error:
        yield error
        return
    if brought is None or brought.folder == known.folder:
        yield from remote_refusals(store, candidate.files.tracking, [pin])
    else:  # another project's remote would not have it
        yield from _unset(replace(store, project=lambda _: brought), pin)
    if brought is not None and (brought.folder != known.folder or not known.base):
        yield _unmerged(brought, merging)


def _unset(store: DataStore, pin: Pin) -> Iterator[Error]:
    try:
        store.require_remote(pin)
    except Error as error:
        yield error


def _unmerged(project: DvcProject, merging: bool) -> Error:
    if merging:
        reason = f"{project.config} is in this change, and bytes are read by merged settings alone"
        return Undecided(reason, help="mlops-gitops doctor, once it is merged")
    help = f"git add --force {shlex.quote(project.config)}, commit and merge it"
    return Error(f"{project.config} is not on the base, so no job knows where the bytes are", help=help)


def _pins(candidate: Candidate) -> Iterator[tuple[str, tuple[Pin, ...]]]:
    """What a release of each model would pin, as far as it is tracked."""
    plans = {model: plan for model, plan in candidate.plans.items() if isinstance(plan, ReleasePlan)}
    return ((model, plan.pins()) for model, plan in plans.items() if plan.pins())


def forge_settings(git: Git, branch: str) -> Settings | None:
    """The settings of the forge; None where the remote is a folder."""
    address = open_forge.remote_address(git)
    where, repository = ci_job.remote(address), ci_job.github_repository(address)
    if repository:
        return read_settings(repository, branch)
    if where is None:
        return None
    if where.host == ci_job.github_host():
        return unknown_settings(f"the remote's address names no repository at {where.host}")
    return unknown_settings(f"the remote is at {where.host}, and doctor can read the settings of GitHub alone")


def dvc_remotes(tree: Tree) -> Mapping[str, Mapping[str, Mapping[str, str]] | Unknown]:
    """The DVC remotes that a tree names, with their settings, by the folder of their project."""
    return {folder: _remotes(tree, config_path(folder)) for folder in project_folders(tree)}


def _remotes(tree: Tree, path: str) -> Mapping[str, Mapping[str, str]] | Unknown:
    try:
        sections = dvc_config.parse((tree.read(path) or b"").decode("utf-8"))
    except (Unreadable, ValueError) as error:
        return Unknown(f"{path} holds what only DVC can read: {error}")
    return dvc_config.remotes(sections)
