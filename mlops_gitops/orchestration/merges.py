"""How files came to the branch: by which pull request, with whose approvals, under which policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import replace
from mlops_gitops.forges.forge import JobGone
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.orchestration.authorship import (
    Origin,
    bot_actions,
    excluded_people,
    is_app,
    job_starters,
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
    """A function from a commit to its pull request; where all cannot be read at once, each is read alone."""
    pulls = isolated(partial(workspace.forge.merged_pull_requests, list(dict.fromkeys(commits))))
    if isinstance(pulls, Error):
        return lambda sha: workspace.forge.merged_pull_requests([sha]).get(sha)
    return pulls.get


def merge_of_entry(workspace: Workspace, policy: PolicyHistory, pull: PullRequest | None, entry: Entry) -> Merge:
    """How a record was merged. Raises Error where that is unknown."""
    states_policy = isinstance(entry.record, Decision) and entry.record.type == "policy"
    before = _before(pull if not states_policy else None, entry.commit)
    demands = _with_teams(workspace, pull, policy.record_demands(entry.record, before) if before else None)
    path = entry.record.path
    return _merge(workspace, policy, pull, demands, lambda head: _same_files(workspace, head, entry.commit.sha, [path]))


def promotions_with_run_gone(workspace: Workspace, policy: PolicyHistory, pull: PullRequest) -> list[Promotion]:
    """The promotions of a merged pull request of which nobody can say any more who asked for them. Raises Error."""

    def is_gone(record: Promotion) -> bool:
        try:
            job_starters(workspace.forge, [record], pull.head)
        except JobGone:
            return True
        return False

    return [record for record in _records(workspace, policy, pull) if is_gone(record)]


def merge_with_run_gone(pull: PullRequest | None) -> Merge:
    """A merge of which nobody can say any more who asked for it: its approvals are never proven."""
    return Merge(pull, frozenset(), None, False)


def merge_of_change(
    workspace: Workspace, policy: PolicyHistory, pull: PullRequest | None, change: PolicyChange
) -> Merge:
    """How a change of the policy was merged. Raises Error where that is unknown."""
    demands = _with_teams(workspace, pull, policy.change_demands(_before(pull, change.commit), change))
    return _merge(workspace, policy, pull, demands, lambda head: _reviewed(workspace, pull, head, change))


def _before(pull: PullRequest | None, commit: Commit) -> str | None:
    """The commit whose policy judges: the one before the merge, or before a push."""
    return pull.merged_before if pull and pull.merged_before else commit.parent


def _merge(
    workspace: Workspace, policy: PolicyHistory, pull: PullRequest | None, demands: tuple[Demand, ...] | None,
    unchanged: Callable[[str], bool],
) -> Merge:  # fmt: skip
    if pull is None or pull.merged_before is None:
        return Merge(None, frozenset(), demands, False)
    if not any(demand.wanted for demand in demands or ()):
        return Merge(pull, frozenset(), demands, unchanged(pull.head))
    if pull.unknown_reason:
        raise Undecided(pull.unknown_reason, help="run the same command again")
    excluded, unknown = _people(workspace, _origin(workspace, policy, pull, pull.merged_before))
    return _require_known_teams(workspace, Merge(pull, excluded, demands, unchanged(pull.head), unknown))


def _records(workspace: Workspace, policy: PolicyHistory, pull: PullRequest) -> list[Promotion]:
    """Every promotion record that a pull request brought, as its check had them."""
    brought = {commit.sha for commit in workspace.git.between(str(pull.merged_before), str(pull.merged_commit))}
    return [e.record for e in policy.ledger.entries if isinstance(e.record, Promotion) and e.commit.sha in brought]


def _origin(workspace: Workspace, policy: PolicyHistory, pull: PullRequest, before: str) -> Origin:
    records = _records(workspace, policy, pull)
    starters = job_starters(workspace.forge, records, pull.head)
    return Origin(pull, before, records, starters, workspace.at(before).project, str(pull.merged_commit))


def _people(workspace: Workspace, origin: Origin) -> tuple[frozenset[str], str]:
    """Who cannot approve a pull request, and why that is unknown, as its check had it.

    Raises Undecided where another token could know more: what a receipt says is final.
    """
    forge = workspace.forge
    unknown = unknown_people_reason(workspace, origin)
    by_bots = bot_actions(workspace.git, origin.base, origin.pull) if unknown else []
    if by_bots and not (forge.self_declared or is_app(forge.own_login())):
        raise Undecided(unknown, help="run it with the token of the App that opens promotions")
    return excluded_people(workspace, origin), unknown


def _with_teams(
    workspace: Workspace, pull: PullRequest | None, demands: Iterable[Demand] | None
) -> tuple[Demand, ...] | None:
    """The demands with the members of teams as of the merge, as far as the forge knows them."""
    if demands is None:
        return None
    return tuple(
        Demand(demand.project.with_teams(_members(workspace, pull, demand.project)), demand.wanted)
        if demand.project.teams
        else demand
        for demand in demands
    )


def _members(workspace: Workspace, pull: PullRequest | None, project: Project) -> Mapping[str, frozenset[str]]:
    teams = workspace.teams(project)
    return workspace.forge.teams_at_merge(pull, teams) if pull else teams


def _require_known_teams(workspace: Workspace, merge: Merge) -> Merge:
    """The merge. Raises Undecided where an approver can be of a team with unknown members: a receipt is final."""
    pull = pull_facts(merge)
    if workspace.forge.self_declared or pull is None or not pull.reviews:
        return merge  # such a forge knows no team
    for message, undecided in lacking(merge.demands or (), replace(pull, unknown_reason="", uncounted=())):
        if undecided:
            raise Undecided(message)
    return merge


def _reviewed(workspace: Workspace, pull: PullRequest | None, head: str, change: PolicyChange) -> bool:
    """Whether the policy after a commit of a pull request is the one that its reviewed head makes of the base.

    A rebase puts each of its commits on the branch, and reviewers saw only the result of the last one.
    """
    git, before = workspace.git, pull.merged_before if pull else None
    if pull is None or before is None:
        return False
    with suppress(Error):  # without a merge in git, only a head that holds the very same files counts
        head = merged_head(git, before, head)
    here = change.commit.sha
    folders = [workspace.at(commit).folders for commit in (before, here)]
    paths = {**git.changes(before, here), **(git.changes(before, head) if here == pull.merged_commit else {})}
    stated = [path for path in paths if path in change.files or any(is_stated(names, path) for names in folders)]
    return _same_files(workspace, head, here, stated)


def _same_files(workspace: Workspace, before: str, after: str, paths: Iterable[str]) -> bool:
    old, new = workspace.git.tree(before), workspace.git.tree(after)
    return all(old.blob_id(path) == new.blob_id(path) for path in paths)
