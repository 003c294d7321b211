"""The pull requests that are open about a rollout, and what each waits for by its last check."""

from __future__ import annotations

from functools import partial

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.git.local_forge import forge as local_forge
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.runtime.isolated import isolated, one_line

FAMILIES = ("advance", "settle", "rollback", "stop")  # the first part of a branch's name


@frozen
class OpenPulls:
    """The open pull requests about a rollout, oldest first; `unknown` says why nobody knows them, "" else."""

    pulls: tuple[PullRequest, ...] = ()
    unknown: str = ""

    def named(self, branch_kinds: tuple[str, ...]) -> PullRequest | None:
        """The newest one of some kinds."""
        found = [pull for pull in self.pulls if pull.branch.partition("/")[0] in branch_kinds]
        return found[-1] if found else None


def open_pulls(workspace: Workspace, environment: str, model: str) -> OpenPulls:
    """Those of a model in an environment: of a plain remote as this clone knows it, elsewhere as the forge says."""
    if not workspace.git.has_remote():
        return OpenPulls()
    found = isolated(partial(_found, workspace, tuple(f"{kind}/{environment}/{model}/" for kind in FAMILIES)))
    return OpenPulls(unknown=one_line(found)) if isinstance(found, Error) else OpenPulls(found)


def _found(workspace: Workspace, prefixes: tuple[str, ...]) -> tuple[PullRequest, ...]:
    if workspace.forge_name == local_forge.NAME:
        listed = local_forge.open_forge(workspace.git).known()
        return tuple(pull for pull in listed if pull.state == "open" and pull.branch.startswith(prefixes))
    found = [pull for pull in workspace.forge.find() if pull.branch.startswith(prefixes) and not pull.fork]
    return tuple(workspace.forge.with_statuses(pull) for pull in found)


def waits_for(pull: PullRequest) -> str:
    """What a pull request waits for, as the last check of its head says."""
    statuses = [status for status in pull.statuses if status.commit == pull.head]
    if not statuses:
        return f"it is not checked yet: mlops-gitops check {pull.number}"
    if statuses[-1].state == "success":
        return "it has all that it needs, and can be merged"
    return f"it waits: {statuses[-1].description}"
