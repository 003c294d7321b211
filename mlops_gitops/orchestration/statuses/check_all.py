"""Every open pull request checked again, and what a merge queue builds of one."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mlops_gitops.core.errors import Error
from mlops_gitops.forges.combined_status import grouped_by_status
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.orchestration.statuses.status_answers import PullCheck, recheck_head
from mlops_gitops.orchestration.statuses.unchanged import unchanged_heads
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.runtime import ci_job
from mlops_gitops.runtime.isolated import isolated


def check_all(workspace: Workspace) -> list[PullCheck]:
    """The checks of all open pull requests, whose statuses it sets; one that cannot be checked stops no other.

    Where a head shows its answer already, nothing is written. Raises Error, Undecided.
    """
    base = workspace.sync()
    listed = workspace.forge.find()
    open_now = {pull.number: pull for pull in listed}
    groups = grouped_by_status(listed, shared=workspace.forge.shares_status)
    unchanged = unchanged_heads(workspace, base, groups)
    queued = [([open_now[group.number]], group) for group in _queue_groups(workspace) if group.number in open_now]
    checks = [check for pulls in groups for check in unchanged.get(pulls[0].head) or _recheck(workspace, base, pulls)]
    return checks + [check for pulls, group in queued for check in _recheck(workspace, base, pulls, str(group.head))]


def _recheck(workspace: Workspace, base: str, pulls: Sequence[PullRequest], head: str = "") -> list[PullCheck]:
    head = head or pulls[0].head
    checks = isolated(partial(recheck_head, workspace, base, pulls, head))
    return [PullCheck(pull, head, checks) for pull in pulls] if isinstance(checks, Error) else checks


def _queue_groups(workspace: Workspace) -> list[ci_job.Event]:
    """The groups of a merge queue that are being built: GitHub keeps each as a branch whose name says which."""
    remote = workspace.git.remote_ref("")
    prefix = f"{ci_job.QUEUE}/{workspace.forge.branch}/pr-"
    queued = workspace.git.refs_below(f"{remote}{ci_job.QUEUE}")
    branches = [(f"{ci_job.QUEUE}/{name}", head) for name, head in queued.items()]
    groups = (ci_job.merge_group(name, head) for name, head in branches if name.startswith(prefix))
    return [group for group in groups if group]
