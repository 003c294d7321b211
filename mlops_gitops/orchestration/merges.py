"""How what is on the branch came there: by which pull request, approved by whom, judged by which policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.orchestration.authorship import (
    bot_actions,
    excluded_people,
    is_app,
    job_starters,
    requesters,
    unknown_people_reason,
)
from mlops_gitops.orchestration.pull_context import merged_head
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.promotion.merge import Merge, pull_facts
from mlops_gitops.promotion.policy_history import PolicyChange, PolicyHistory
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.project import Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.approvals import Demand, lacking
from mlops_gitops.repository.ledger import Commit, Entry
from mlops_gitops.repository.policy_files import is_stated
from mlops_gitops.runtime.isolated import isolated


def pull_request_lookup(workspace: Workspace, commits: Sequence[str]) -> Callable[[str], PullRequest | None]:
    """What tells the pull request of a commit; where they cannot be asked for at once, each is by itself."""
    pulls = isolated(partial(workspace.forge.merged_pull_requests, list(dict.fromkeys(commits))))
    if isinstance(pulls, Error):
        return lambda sha: workspace.forge.merged_pull_requests([sha]).get(sha)
    return pulls.get


def merge_of_entry(workspace: Workspace, line: PolicyHistory, pull: PullRequest | None, entry: Entry) -> Merge:
    """How a record was merged. Raises Error where that cannot be told."""
    states_policy = isinstance(entry.record, Decision) and entry.record.type == "policy"
    before = _before(pull if not states_policy else None, entry.commit)
    demands = _known(workspace, line.record_demands(entry.record, before) if before else None)
    path = entry.record.path
    return _merge(workspace, line, pull, demands, lambda head: _same(workspace, head, entry.commit.sha, [path]))


def merge_of_change(workspace: Workspace, line: PolicyHistory, pull: PullRequest | None, change: PolicyChange) -> Merge:
    """How a change of the policy was merged. Raises Error where that cannot be told."""
    demands = _known(workspace, line.change_demands(_before(pull, change.commit), change))
    return _merge(workspace, line, pull, demands, lambda head: _reviewed(workspace, pull, head, change))


def _before(pull: PullRequest | None, commit: Commit) -> str | None:
    """The commit whose policy judges: the one before the merge, or before a push."""
    return pull.merged_before if pull and pull.merged_before else commit.parent


def _merge(
    workspace: Workspace, line: PolicyHistory, pull: PullRequest | None, demands: tuple[Demand, ...] | None,
    unchanged: Callable[[str], bool],
) -> Merge:  # fmt: skip
    if pull is None or pull.merged_before is None:
        return Merge(None, frozenset(), demands, False)
    if not any(its.wanted for its in demands or ()):
        return Merge(pull, frozenset(), demands, unchanged(pull.head))
    if pull.untold:
        raise Undecided(pull.untold, help="run the same command again")
    judge = workspace.at(pull.merged_before).project
    excluded, untold = _people(workspace, pull.merged_before, pull, _records(workspace, line, pull), judge)
    return _told(workspace, Merge(pull, excluded, demands, unchanged(pull.head), untold))


def _records(workspace: Workspace, line: PolicyHistory, pull: PullRequest) -> list[Promotion]:
    """Every promotion record that a pull request brought, as its check had them."""
    brought = {its.sha for its in workspace.git.between(str(pull.merged_before), str(pull.merged_commit))}
    return [e.record for e in line.ledger.entries if isinstance(e.record, Promotion) and e.commit.sha in brought]


def _people(
    workspace: Workspace, before: str, pull: PullRequest, records: Sequence[Promotion], project: Project | None
) -> tuple[frozenset[str], str]:
    """Who cannot have approved a pull request, and why that is not known, as its check had it.

    Raises Undecided where only another token could tell: what a receipt says stands for ever.
    """
    forge, merged = workspace.forge, str(pull.merged_commit)
    started = job_starters(forge, records)
    untold = unknown_people_reason(workspace, before, pull, started, records, project, merged)
    by_bots = bot_actions(workspace.git, before, pull) if untold else []
    if by_bots and not (forge.self_declared or is_app(forge.own_login())):
        raise Undecided(untold, help="run it with the token of the App that opens promotions")
    known = excluded_people(workspace, before, pull, merged) | requesters(records)
    return frozenset(known | {its.login for its in started}), untold


def _known(workspace: Workspace, demands: Iterable[Demand] | None) -> tuple[Demand, ...] | None:
    """The demands with the members of teams, as the forge tells them."""
    if demands is None:
        return None
    return tuple(
        Demand(its.project.with_teams(workspace.teams(its.project)), its.wanted) if its.project.teams else its
        for its in demands
    )


def _told(workspace: Workspace, merge: Merge) -> Merge:
    """The same. Raises Undecided where an approver may be of a team that is not known: a receipt stands for ever."""
    pull = pull_facts(merge)
    if workspace.forge.self_declared or pull is None or not pull.reviews:
        return merge  # no team is ever known there
    for message, undecided in lacking(merge.demands or (), replace(pull, untold="", uncounted=())):
        if undecided:
            raise Undecided(message)
    return merge


def _reviewed(workspace: Workspace, pull: PullRequest | None, head: str, change: PolicyChange) -> bool:
    """Whether what a pull request had changed of the policy by a commit is what its reviewed head makes of the base.

    A rebase puts each of its commits on the branch, and only what the last of them makes was looked at.
    """
    git, before = workspace.git, pull.merged_before if pull else None
    if pull is None or before is None:
        return False
    with suppress(Error):  # where git cannot say it, only a head that holds the very same files is good enough
        head = merged_head(git, before, head)
    here = change.commit.sha
    folders = [workspace.at(commit).folders for commit in (before, here)]
    paths = {**git.changes(before, here), **(git.changes(before, head) if here == pull.merged_commit else {})}
    return _same(workspace, head, here, [path for path in paths if any(is_stated(its, path) for its in folders)])


def _same(workspace: Workspace, one: str, other: str, paths: Iterable[str]) -> bool:
    trees = [workspace.git.tree(commit) for commit in (one, other)]
    return all(trees[0].blob_id(path) == trees[1].blob_id(path) for path in paths)
