"""From a change set to one pull request: a second run with nothing new writes nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from difflib import unified_diff
from itertools import islice
from typing import TypeAlias

from mlops_gitops.core.errors import Refused
from mlops_gitops.core.frozen import asdict, frozen, replace
from mlops_gitops.core.semver import Precedence, precedence
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.forges.forge import Forge
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.git.history.branch_people import own_commits
from mlops_gitops.git.repository import Git
from mlops_gitops.pull_requests import pull_text
from mlops_gitops.reporting.report import Link, Report
from mlops_gitops.repository.snapshot import Snapshot

Files = Mapping[str, bytes | None]
Content: TypeAlias = tuple[Snapshot, Files]  # the tree that a branch's one commit is based on, and the files it changes


@frozen
class Proposal:
    """The pull request of a change set, and what was done: opened, updated or unchanged."""

    pull: PullRequest
    done: str
    superseded: tuple[int, ...] = ()


@frozen
class OwnBranches:
    """How to recognise branches of this tool: `is_ours` if a change re-renders, `is_same` if it is the wanted one.

    `text` gives the title and body that fit a change of ours, so that reviewers never read those of another.
    """

    is_ours: Callable[[Snapshot, Files], bool]
    is_same: Callable[[Snapshot, Files], bool]
    text: Callable[[Snapshot, Files], tuple[str, str]]


def propose(git: Git, forge: Forge, change: ChangeSet, base: str, own_branches: OwnBranches) -> Proposal:
    """Opens, updates or finds the pull request of a change, and closes those that it supersedes.

    Raises Refused when a branch holds somebody's work, or a newer version is proposed already; nothing is touched then.
    """
    return _Proposer(git, forge, change, base, own_branches).propose()


@frozen
class _Proposer:
    git: Git
    forge: Forge
    change: ChangeSet
    base: str
    own_branches: OwnBranches

    def propose(self) -> Proposal:
        family = [pull for pull in self.forge.find(self.change.family) if not pull.fork]
        contents = {pull.number: self._content(pull.head) for pull in family}
        self._refuse_foreign(family, contents)
        older = [pull for pull in family if pull.branch != self.change.branch]
        self._refuse_newer(older)
        current = next((pull for pull in family if pull.branch == self.change.branch), None)
        proposal = self._renew(current, contents[current.number]) if current else self._open()
        for pull in older:
            self.forge.close(pull, f"superseded by #{proposal.pull.number}")
        return replace(proposal, superseded=tuple(pull.number for pull in older))

    def _open(self) -> Proposal:
        """A new pull request; a branch that lies there is overwritten where it is this tool's own or has ended."""
        tip = self.git.remote_tip(self.change.branch)
        if tip is not None and not self._has_ended(tip) and self._content(tip) is None:
            raise Refused(
                f"the branch {self.change.branch} is there already and holds somebody's work",
                help="rename or delete that branch",
            )
        # The branch is rewritten: the person who left it could have asked for it in another's name.
        return Proposal(self.forge.submit(self.change, self.base, tip or ""), "opened")

    def _has_ended(self, tip: str) -> bool:
        pulls = self.forge.pull_requests_of(self.change.branch)
        return any(pull.head == tip for pull in pulls if pull.state != "open")

    def _renew(self, pull: PullRequest, content: Content | None) -> Proposal:
        """The open pull request of this very branch: unchanged when its content is the same."""
        if content and self.own_branches.is_same(*content):
            title, body = self.own_branches.text(*content)
            if pull.complete and title == pull.title and pull_text.same_text(body, pull.body):
                return Proposal(pull, "unchanged")
            return Proposal(self.forge.describe(pull, replace(self.change, title=title, body=body)), "unchanged")
        return Proposal(self.forge.submit(self.change, self.base, pull.head, pull), "updated")

    def _content(self, head: str) -> Content | None:
        """What the one commit of a branch changes; None when the branch is not all this tool's work."""
        git = self.git
        commits = own_commits(git, self.base, head)
        if len(commits) != 1 or len(commits[0].parents) != 1:
            return None
        parent = commits[0].parents[0]
        before, after = Snapshot(git.tree(parent)), git.tree(commits[0].sha)
        changes = git.changes(parent, commits[0].sha)
        ids = {path: None if status == "D" else after.blob_id(path) for path, status in changes.items()}
        if any(status != "D" and ids[path] is None for path, status in changes.items()):
            return None  # a submodule, which we never make
        files = {path: None if id is None else git.blob(id) for path, id in ids.items()}
        return (
            (before, files) if git.is_ancestor(parent, self.base) and self.own_branches.is_ours(before, files) else None
        )

    def _refuse_foreign(self, family: list[PullRequest], contents: Mapping[int, Content | None]) -> None:
        for pull in family:
            if contents[pull.number] is None or _order(pull.branch) is None:
                raise Refused(
                    f"the branch {pull.branch} of pull request #{pull.number} holds commits that are not this tool's",
                    help=f"merge or close #{pull.number} first; {self.change.title!r} was not written",
                )

    def _refuse_newer(self, others: list[PullRequest]) -> None:
        ours = _order(self.change.branch)
        for pull in others:
            theirs = _order(pull.branch)
            if theirs and ours and theirs > ours:
                raise Refused(
                    f"pull request #{pull.number} already proposes something newer: {pull.title}",
                    help=f"mlops-gitops pr close {pull.number}, then try again",
                )


def _order(branch: str) -> tuple[int, Precedence] | None:
    """The order of a branch in its family: `0007-1.4.0` of a promotion, `1.4.0` of a release, `0008-cloud`."""
    name = branch.rsplit("/", 1)[-1]
    found = re.fullmatch(r"(?:([0-9]{4,9})-)?([0-9]+\.[0-9]+\.[0-9]+(?:-.+)?)", name)
    if found is None and branch.startswith("advance/") and (wave := re.fullmatch(r"([0-9]{4,9})-.+", name)):
        return int(wave[1]), precedence("0.0.0")
    return (int(found[1] or 0), precedence(found[2])) if found else None


def dry_run(change: ChangeSet, before: Mapping[str, bytes] | None = None) -> Report:
    """Exactly the value that would be written; of files with what they hold `before`, the lines that change."""
    lines = [
        f"branch   {change.branch}",
        f"title    {change.title}",
        "",
        change.message.rstrip(),
        "",
        change.body.rstrip(),
    ]
    for path, data in change.files.items():
        lines += ["", f"── {path}" if data is not None else f"── {path} (removed)"]
        if data is not None:
            lines += _diff((before or {})[path], data) if path in (before or {}) else [_text(data).rstrip()]
    return Report({"version": 1, "change": change.to_json()}, lines=tuple(lines))


def _diff(before: bytes, after: bytes) -> list[str]:
    """The lines that change, with three around them; without the names that a unified diff begins with."""
    lines = unified_diff(_text(before).splitlines(), _text(after).splitlines(), lineterm="")
    return [line.rstrip() for line in islice(lines, 2, None)]


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def proposal_report(proposal: Proposal, *, waits: Sequence[str] = ()) -> Report:
    """The pull request, what it waits for beside approvals, and what to do with it."""
    pull = proposal.pull
    words = {"unchanged": "is open already and says the same: nothing was written"}
    lines = [f"pull request #{pull.number} {words.get(proposal.done, proposal.done)}: {pull.title}"]
    lines += [f"closed #{number}, which it supersedes" for number in proposal.superseded]
    lines += [f"note: {note}" for note in pull.notes]
    lines += [f"it waits: {reason}" for reason in waits]
    lines += [pull.url] if pull.url else []
    if proposal.done != "unchanged":
        lines.append(f"next: mlops-gitops pr show {pull.number}")
    data = {
        "version": 1,
        "done": proposal.done,
        "pull_request": {k: v for k, v in asdict(pull).items() if k in ("number", "branch", "head", "title", "state")},
        "superseded": list(proposal.superseded),
        "waits": list(waits),
    }
    return Report(data, lines=tuple(lines), pull=Link(pull.number, pull.url))
