"""The DVC projects that the files of a work tree belong to, and where their bytes go, as a clone would read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mlops_gitops.documents.tree import Tree, Unreadable
from mlops_gitops.git.repository import Git
from mlops_gitops.onboarding.storage_notes import ProjectStorage
from mlops_gitops.pipelines.dvc_projects import config_path, project_folder
from mlops_gitops.storage import dvc_config
from mlops_gitops.storage.dvc_config import Config


def find_projects(tree: Tree, paths: Iterable[str], git: Git | None) -> tuple[ProjectStorage, ...]:
    """The projects of these files, in their order."""
    projects: dict[str | None, list[str]] = {}
    for path in paths:
        projects.setdefault(project_folder(tree, path), []).append(path)
    return tuple(_storage(tree, folder, files, git) for folder, files in projects.items())


def _storage(tree: Tree, folder: str | None, files: Sequence[str], git: Git | None) -> ProjectStorage:
    if folder is None:
        return ProjectStorage(None)
    path = config_path(folder)
    lost = git is not None and not git.tracked([path]) and bool(git.ignored([path]) or git.tracked(files))
    config = _config(tree, path)
    if config is None:
        return ProjectStorage(folder, None, lost)
    default = config.get(dvc_config.remote_section(config.get("core", {}).get("remote", "")), {}).get("url", "")
    named = {name: values["url"] for name, values in dvc_config.remotes(config).items() if "url" in values}
    return ProjectStorage(folder, default, lost, named)


def _config(tree: Tree, path: str) -> Config | None:
    """A project's settings; None where only DVC can read them."""
    try:
        return dvc_config.parse((tree.read(path) or b"").decode())
    except (ValueError, Unreadable):
        return None
