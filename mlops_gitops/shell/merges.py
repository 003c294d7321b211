"""How what is on the branch came there: by which pull request, approved by whom, judged by which policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from mlops_gitops.approving import Demand, lacking
from mlops_gitops.errors import Error, Undecided
from mlops_gitops.ledger import Commit, Entry
from mlops_gitops.policy_files import is_policy
from mlops_gitops.policy_line import Change, PolicyLine
from mlops_gitops.pulls import PullRequest
from mlops_gitops.record import Merge, pull_of
from mlops_gitops.records.decision import Decision
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.shell.judging import excluded_people, hidden, merged_head, runners
from mlops_gitops.shell.workspace import Workspace
from mlops_gitops.values import replace


def brought(workspace: Workspace, commits: Sequence[str]) -> Callable[[str], PullRequest | None]:
    """What tells the pull request of a commit; where they cannot be asked for at once, each is by itself."""
    try:
        pulls = workspace.forge.brought(list(dict.fromkeys(commits)))
    except Error:
        return lambda sha: workspace.forge.brought([sha]).get(sha)
    return pulls.get


def of_entry(workspace: Workspace, line: PolicyLine, pull: PullRequest | None, entry: Entry) -> Merge:
    """How a record was merged. Raises Error where that cannot be told."""
    states_policy = isinstance(entry.record, Decision) and entry.record.type == "policy"
    before = _before(pull if not states_policy else None, entry.commit)
    demands = _known(workspace, line.demands(entry.record, before) if before else None)
    records = [entry.record] if isinstance(entry.record, Promotion) else []
    path = entry.record.path
    merge = _merge(workspace, pull, demands, records, lambda head: _same(workspace, head, entry.commit.sha, [path]))
    return _told(workspace, merge)


def of_change(workspace: Workspace, line: PolicyLine, pull: PullRequest | None, change: Change) -> Merge:
    """How a change of the policy was merged. Raises Error where that cannot be told."""
    demands = _known(workspace, line.change_demands(_before(pull, change.commit), change))
    return _told(workspace, _merge(workspace, pull, demands, [], lambda head: _reviewed(workspace, pull, head, change)))


def _before(pull: PullRequest | None, commit: Commit) -> str | None:
    """The commit whose policy judges: the one before the merge, or before a push."""
    return pull.merged_before if pull and pull.merged_before else commit.parent


def _merge(
    workspace: Workspace, pull: PullRequest | None, demands: tuple[Demand, ...] | None, records: Sequence[Promotion],
    unchanged: Callable[[str], bool],
) -> Merge:  # fmt: skip
    if pull is None or pull.merged_before is None:
        return Merge(None, frozenset(), demands, False)
    if pull.untold and any(its.wanted for its in demands or ()):
        raise Undecided(pull.untold, help="run the same command again")
    started = runners(workspace.forge, records)
    excluded = excluded_people(workspace, pull.merged_before, pull) | _requesters(records) | started
    untold = hidden(workspace, pull.merged_before, pull, started)
    return Merge(pull, frozenset(excluded), demands, unchanged(pull.head), untold)


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
    pull = pull_of(merge)
    if workspace.forge.self_declared or pull is None or not pull.reviews:
        return merge  # no team is ever known there
    for message, undecided in lacking(merge.demands or (), replace(pull, untold="")):
        if undecided:
            raise Undecided(message)
    return merge


def _reviewed(workspace: Workspace, pull: PullRequest | None, head: str, change: Change) -> bool:
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
    return _same(workspace, head, here, [path for path in paths if any(is_policy(its, path) for its in folders)])


def _same(workspace: Workspace, one: str, other: str, paths: Iterable[str]) -> bool:
    trees = [workspace.git.tree(commit) for commit in (one, other)]
    return all(trees[0].blob_id(path) == trees[1].blob_id(path) for path in paths)


def _requesters(records: Iterable[Promotion]) -> set[str]:
    asked = [its.predicate["requested_by"] for its in records]
    return {str(who[name]) for who in asked for name in ("login", "email") if who.get(name)}
