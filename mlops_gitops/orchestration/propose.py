"""From a change set to one pull request: run again with nothing new, it writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from mlops_gitops.core.errors import Refused
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.semver import Precedence, precedence
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.git.repository import Git
from mlops_gitops.orchestration.authorship import is_base_merge
from mlops_gitops.pull_requests import pull_text
from mlops_gitops.repository.snapshot import Snapshot

Files = Mapping[str, bytes | None]


@frozen
class Proposal:
    """What became of a change set: opened, updated or unchanged."""

    pull: PullRequest
    done: str
    superseded: tuple[int, ...] = ()


@frozen
class Authorship:
    """How to tell this tool's branches: `ours` if a change re-renders, `same` if it is the wanted one.

    `text` gives the title and body that fit a change of ours, so that reviewers never read those of another.
    """

    ours: Callable[[Snapshot, Files], bool]
    same: Callable[[Snapshot, Files], bool]
    text: Callable[[Snapshot, Files], tuple[str, str]]


def propose(git: Git, forge: Forge, change: ChangeSet, base: str, by: Authorship) -> Proposal:
    """Opens, updates or finds the pull request of a change, and closes those it supersedes.

    Raises Refused when a branch holds somebody's work, or a newer version is proposed already; nothing is touched then.
    """
    standing = [pull for pull in forge.find(change.family) if not pull.fork]
    contents = {pull.number: _content(git, base, pull.head, by) for pull in standing}
    _refuse_foreign(standing, contents, change)
    older = [pull for pull in standing if pull.branch != change.branch]
    _refuse_newer(older, change)
    proposal = _write(git, forge, change, base, by, standing, contents)
    for pull in older:
        forge.close(pull, f"superseded by #{proposal.pull.number}")
    return Proposal(proposal.pull, proposal.done, tuple(pull.number for pull in older))


def _write(
    git: Git, forge: Forge, change: ChangeSet, base: str, by: Authorship,
    standing: list[PullRequest], contents: Mapping[int, tuple[Snapshot, Files] | None],
) -> Proposal:  # fmt: skip
    mine = next((pull for pull in standing if pull.branch == change.branch), None)
    if mine is not None:
        return _renew(forge, change, base, by, mine, contents[mine.number])
    left = git.remote_tip(change.branch)
    if left is None or any(pull.head == left for pull in forge.pull_requests_of(change.branch) if pull.state != "open"):
        return Proposal(forge.open(change, forge.write(change, base, left or "")), "opened")
    content = _content(git, base, left, by)
    if content is None:
        raise Refused(
            f"the branch {change.branch} is there already and holds somebody's work",
            help="rename or delete that branch",
        )
    # Never taken over as it lies there: whoever left it could have asked for it in another's name.
    return Proposal(forge.open(change, forge.write(change, base, left)), "opened")


def _renew(
    forge: Forge, change: ChangeSet, base: str, by: Authorship,
    mine: PullRequest, content: tuple[Snapshot, Files] | None,
) -> Proposal:  # fmt: skip
    """The pull request that is open for this very branch: left alone when it says the same."""
    if content and by.same(*content):
        title, body = by.text(*content)
        if mine.complete and title == mine.title and pull_text.same_text(body, mine.body):
            return Proposal(mine, "unchanged")
        return Proposal(forge.describe(mine, replace(change, title=title, body=body)), "unchanged")
    head = forge.write(change, base, mine.head)
    return Proposal(forge.describe(replace(mine, head=head), change), "updated")


def _content(git: Git, base: str, head: str, by: Authorship) -> tuple[Snapshot, Files] | None:
    """The tree a branch's one commit is based on and the files it changes; None when it is not all this tool's work."""
    commits = [commit for commit in git.between(base, head) if not is_base_merge(git, base, commit)]
    if len(commits) != 1 or len(commits[0].parents) != 1:
        return None
    parent = commits[0].parents[0]
    before, after = Snapshot(git.tree(parent)), git.tree(commits[0].sha)
    changes = git.changes(parent, commits[0].sha)
    if any(status != "D" and after.blob_id(path) is None for path, status in changes.items()):
        return None  # a submodule, which we never make
    files = {path: None if status == "D" else git.blob(str(after.blob_id(path))) for path, status in changes.items()}
    return (before, files) if git.is_ancestor(parent, base) and by.ours(before, files) else None


def _refuse_foreign(
    standing: list[PullRequest], contents: Mapping[int, tuple[Snapshot, Files] | None], change: ChangeSet
) -> None:
    for pull in standing:
        if contents[pull.number] is None or _order(pull.branch) is None:
            raise Refused(
                f"the branch {pull.branch} of pull request #{pull.number} holds commits that are not this tool's",
                help=f"merge or close #{pull.number} first; {change.title!r} was not written",
            )


def _refuse_newer(others: list[PullRequest], change: ChangeSet) -> None:
    for pull in others:
        theirs, ours = _order(pull.branch), _order(change.branch)
        if theirs and ours and theirs > ours:
            raise Refused(
                f"pull request #{pull.number} already proposes something newer: {pull.title}",
                help=f"mlops-gitops pr close {pull.number}, then try again",
            )


def _order(branch: str) -> tuple[int, Precedence] | None:
    """What orders the branches of one family: `0007-1.4.0` of a promotion, `1.4.0` of a release."""
    found = re.fullmatch(r"(?:([0-9]{4,9})-)?([0-9]+\.[0-9]+\.[0-9]+(?:-.+)?)", branch.rsplit("/", 1)[-1])
    return (int(found[1] or 0), precedence(found[2])) if found else None
