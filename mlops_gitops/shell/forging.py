"""Which forge a repository is at: the address of its remote says so, on a laptop as in CI."""

from __future__ import annotations

from typing import TypeAlias

from mlops_gitops.edges import github_api, runner
from mlops_gitops.edges.git import Git
from mlops_gitops.forges import local
from mlops_gitops.forges.github import NAME as GITHUB
from mlops_gitops.forges.github import GitHubForge
from mlops_gitops.forges.local import LocalForge

AnyForge: TypeAlias = LocalForge | GitHubForge


def name_of(git: Git) -> str:
    """The name of the forge, without asking it anything."""
    return GITHUB if _repository(git) else local.NAME


def open_forge(git: Git) -> AnyForge:
    """The forge, its branch still to be found. Raises Error: no remote, no token."""
    repository = _repository(git)
    return GitHubForge(github_api.connect(repository), git) if repository else local.open_forge(git)


def _repository(git: Git) -> str | None:
    """`owner/name` at GitHub; None when the remote is elsewhere."""
    return runner.github_repository(git.setting(f"remote.{git.remote}.url") or "")
