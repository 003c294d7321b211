"""The local forge: pull requests as append-only commits under refs/mlops/pulls/<n> in the repository's remote.

Each commit holds the whole pull request as it then was, and the head it was about as a second parent, so that what was
reviewed stays reachable. Several clones see the same ones: they are fetched before they are read, and pushed only
over what was read.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from typing import Any

from mlops_gitops.changeset import ChangeSet
from mlops_gitops.edges import clock, merging
from mlops_gitops.edges.git import Git, GitFailed
from mlops_gitops.errors import Error, Undecided
from mlops_gitops.pulls import PullRequest, Review, Status

REFS = "refs/mlops/pulls"


@dataclass(frozen=True)
class LocalForge:
    """Pull requests in the remote of one repository."""

    git: Git
    branch: str
    name: str = "local"
    self_declared: bool = True

    def find(self, prefix: str = "") -> list[PullRequest]:
        """Every pull request whose branch starts with `prefix`, oldest first. Raises Undecided."""
        self.git.fetch(f"+{REFS}/*:{REFS}/*", f"+refs/heads/*:refs/remotes/{self.git.remote}/*")
        return self.known(prefix)

    def known(self, prefix: str = "") -> list[PullRequest]:
        """Those this clone has fetched before, without asking the remote."""
        refs = self.git.text("for-each-ref", "--format=%(refname)", REFS).splitlines()
        pulls = [self._read(ref) for ref in refs]
        return sorted((p for p in pulls if p.branch.startswith(prefix)), key=lambda pull: pull.number)

    def open(self, change: ChangeSet, base: str) -> PullRequest:
        """One commit on `base`, its branch and its pull request; an existing branch of that name is replaced."""
        return self.adopt(change, self._write_branch(change, base))

    def adopt(self, change: ChangeSet, head: str) -> PullRequest:
        """A pull request for a branch that is already there and right."""
        number = max((pull.number for pull in self.find()), default=0) + 1
        pull = PullRequest(number, change.branch, head, change.title, change.body, self.git.me())
        return self._append(pull, "open")

    def update(self, pull: PullRequest, change: ChangeSet, base: str) -> PullRequest:
        """The pull request with other content: its branch replaced by one commit on `base`."""
        head = self._write_branch(change, base)
        return self._append(replace(pull, head=head, title=change.title, body=change.body), "update")

    def describe(self, pull: PullRequest, title: str, body: str) -> PullRequest:
        """The pull request with another title and body."""
        return self._append(replace(pull, title=title, body=body), "describe")

    def approve(self, pull: PullRequest, by: str) -> None:
        """Records an approval of the head."""
        review = Review(by, pull.head, clock.now())
        self._append(replace(pull, reviews=(*pull.reviews, review)), f"approved by {by}")

    def status(self, pull: PullRequest, status: Status) -> None:
        """Records what a check said."""
        self._append(replace(pull, statuses=(*pull.statuses, status)), f"check: {status.state}")

    def close(self, pull: PullRequest, comment: str) -> None:
        """Closes without merging."""
        self._append(replace(pull, state="closed"), f"closed: {comment}")

    def merge(self, pull: PullRequest, how: str, by: str) -> PullRequest:
        """Merges into the base branch: merge, squash or rebase. Raises Refused on a conflict."""
        before = self.git.commit_of(f"{self.git.remote}/{self.branch}")
        title = f"{pull.title} (#{pull.number})"
        message = title if how == "squash" else f"Merge pull request #{pull.number} from {pull.branch}\n\n{pull.title}"
        after = merging.merge(self.git, before, pull.head, how, message)
        merged = replace(
            pull, state="merged", merged_before=before, merged_commit=after, merged_by=by, merged_at=clock.now()
        )
        return self._append(merged, "merge", **{f"refs/heads/{self.branch}": (before, after)})

    def _write_branch(self, change: ChangeSet, base: str) -> str:
        parts = change.branch.split("/")
        for above in ("/".join(parts[:n]) for n in range(1, len(parts))):
            if self.git.resolve(f"refs/remotes/{self.git.remote}/{above}"):
                reason = f"the remote's branch {above} leaves no room for {change.branch}"
                raise Error(reason, help=f"rename the branch {above} there")
        head = self.git.commit(base, change.files, change.message)
        ref = f"refs/heads/{change.branch}"
        old = self.git.resolve(f"{self.git.remote}/{change.branch}") or ""
        try:
            self.git.push(f"{head}:{ref}", leases={ref: old})
        except GitFailed as error:
            raise Undecided(f"the branch {change.branch} could not be pushed: {error}", help="try again") from error
        self.git.set_ref(f"refs/remotes/{self.git.remote}/{change.branch}", head)
        return head

    def _read(self, ref: str) -> PullRequest:
        try:
            pull = _parse(self.git.blob(f"{ref}:pull.json"), ref)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, Undecided) as error:
            help = f"git push {self.git.remote} :{ref} removes it"
            raise Undecided(f"{ref} in the remote is not a pull request of this tool", help=help) from error
        if pull.state != "open":
            return pull
        # An open pull request is about whatever its branch holds now, whoever pushed it.
        return replace(pull, head=self.git.resolve(f"{self.git.remote}/{pull.branch}") or pull.head)

    def _append(self, pull: PullRequest, event: str, **more: tuple[str, str]) -> PullRequest:
        ref = f"{REFS}/{pull.number}"
        old = "" if event == "open" else self.git.text("rev-parse", "--verify", ref)
        text = json.dumps(asdict(pull), indent=2, ensure_ascii=False) + "\n"
        parents = [old] if old else []
        new = self.git.commit_tree(self.git.make_tree({"pull.json": text.encode()}), [*parents, pull.head], event)
        leases = {ref: old} | {name: before for name, (before, _) in more.items()}
        refspecs = [f"{new}:{ref}", *(f"{after}:{name}" for name, (_, after) in more.items())]
        try:
            self.git.push(*refspecs, leases=leases)
        except GitFailed as error:
            raise Undecided(
                f"somebody changed pull request #{pull.number} just now: {error}", help="try again"
            ) from error
        self.git.set_ref(ref, new)
        return pull


_TEXTS = ("branch", "head", "title", "body", "author", "state")
_MERGE = ("merged_before", "merged_commit", "merged_by", "merged_at")


def _parse(data: bytes, ref: str) -> PullRequest:
    """The pull request in a reference anybody may have written. Raises ValueError and its like."""
    found = json.loads(data)
    texts = {name: _text(found[name]) for name in _TEXTS}
    merge: dict[str, Any] = {name: None if found[name] is None else _text(found[name]) for name in _MERGE}
    for commit in (texts["head"], merge["merged_before"], merge["merged_commit"]):
        if commit is not None and not re.fullmatch(r"[0-9a-f]{40,64}", commit):
            raise ValueError("a commit is not named by its id")
    reviews = tuple(Review(**_texts(review)) for review in found["reviews"])
    statuses = tuple(Status(**_texts(status)) for status in found["statuses"])
    return PullRequest(int(ref.rsplit("/", 1)[-1]), **texts, **merge, reviews=reviews, statuses=statuses)


def _texts(data: Any) -> dict[str, str]:
    return {name: _text(value) for name, value in data.items()}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    return value


def open_forge(git: Git, branch: str) -> LocalForge:
    """The forge of a repository. Raises Error when it has no remote."""
    if not git.has_remote():
        raise Error(
            "this repository has no remote named origin, and pull requests are kept there",
            help="git init --bare -b main ../o.git && git remote add origin ../o.git && git push -u origin HEAD",
        )
    return LocalForge(git, branch)
