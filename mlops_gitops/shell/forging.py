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
    return GITHUB if runner.github_repository(address(git)) else local.NAME


def open_forge(git: Git) -> AnyForge:
    """The forge, its branch still to be found. Raises Error: no remote, no token."""
    repository = runner.github_repository(address(git))
    return GitHubForge(github_api.connect(repository), git) if repository else local.open_forge(git)


def address(git: Git) -> str:
    """The address of the remote; empty where there is none."""
    return git.setting(f"remote.{git.remote}.url") or ""
