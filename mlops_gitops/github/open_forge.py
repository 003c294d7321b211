"""Which forge a repository is at: the address of its remote says so, on a laptop as in CI."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from mlops_gitops.git.local_forge import forge as local_forge
from mlops_gitops.git.local_forge.forge import LocalForge
from mlops_gitops.git.repository import Git
from mlops_gitops.runtime import ci_job

if TYPE_CHECKING:
    from mlops_gitops.github.forge import GitHubForge

AnyForge: TypeAlias = "LocalForge | GitHubForge"


def forge_name(git: Git) -> str:
    """The name of the forge, without asking it anything."""
    if not ci_job.github_repository(remote_address(git)):
        return local_forge.NAME
    from mlops_gitops.github.forge import GITHUB

    return GITHUB


def open_forge(git: Git) -> AnyForge:
    """The forge, its branch still to be found. Raises Error: no remote, no token."""
    repository = ci_job.github_repository(remote_address(git))
    if not repository:
        return local_forge.open_forge(git)
    from mlops_gitops.github.connect import connect
    from mlops_gitops.github.forge import GitHubForge

    return GitHubForge(connect(repository), git)


def remote_address(git: Git) -> str:
    """The address of the remote, "" without one."""
    return git.setting(f"remote.{git.remote}.url") or ""
