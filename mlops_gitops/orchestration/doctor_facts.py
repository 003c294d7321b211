"""Collects the facts that `doctor` examines: the base's files, its DVC remotes, and the settings of the forge."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.doctor.facts import Facts
from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.forges.settings import Settings, Unknown, unknown_settings
from mlops_gitops.git.repository import Git
from mlops_gitops.github import open_forge
from mlops_gitops.github.settings import read_settings
from mlops_gitops.pipelines.dvc_projects import config_path, project_folders
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.runtime import ci_job
from mlops_gitops.storage import dvc_config


def collect_facts(base: Snapshot, branch: str, settings: Settings | None, *, shallow: bool = False) -> Facts:
    """The facts of a tree. `settings` is None where the remote is a folder."""
    return Facts(base, branch, settings, dvc_remotes(base.tree), shallow)


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
