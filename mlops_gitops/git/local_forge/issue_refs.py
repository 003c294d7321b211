"""Issues of the local forge: append-only commits under refs/mlops/issues/<n>, each with the whole issue as JSON."""

from __future__ import annotations

import json
from typing import Any

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import asdict, frozen, replace
from mlops_gitops.documents import foreign_json
from mlops_gitops.forges import issue as issues
from mlops_gitops.forges.issue import CLOSED, OPEN, Issue, IssueChange, Step
from mlops_gitops.git.local_forge.numbered_refs import exact_number, next_number, refs_in
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.repository import Git

REFS = "refs/mlops/issues"
REFSPEC = f"+{REFS}/*:{REFS}/*"
ATTEMPTS = 5
_FILE = "issue.json"
_TEXTS = ("key", "title", "body", "state")


@frozen
class IssueRefs:
    """The issues in the remote of one repository, which has this branch."""

    git: Git
    branch: str

    def issues(self) -> list[Issue]:
        """Every issue that this clone has fetched, oldest first, but for those that cannot be read."""
        found = (self._read(ref, commit) for ref, commit in refs_in(self.git, REFS).items())
        return sorted((issue for issue in found if isinstance(issue, Issue)), key=lambda issue: issue.number)

    def unreadable(self) -> dict[str, Error]:
        """The references that hold no issue, as last fetched, and why."""
        read = {ref: self._read(ref, commit) for ref, commit in refs_in(self.git, REFS).items()}
        return {ref: found for ref, found in read.items() if isinstance(found, Error)}

    def find(self, key: str) -> Issue | None:
        """The oldest issue of a key; None where there is none."""
        return next((issue for issue in self.issues() if issue.key == key), None)

    def write(self, wanted: Issue) -> IssueChange:
        """Makes the issue of a key say what is wanted, even if others write to it at the same time.

        Raises Undecided where the remote takes nothing, ValueError for a malformed key.
        """
        for _ in range(ATTEMPTS):
            change = self._numbered(issues.next_step(self.find(wanted.key), wanted))
            if change.step is Step.NOTHING or change.issue is None:
                return change
            if self._append(change.issue, change.step):
                return change
        raise Undecided(f"others keep writing to the issue {wanted.key!r}", help="try again")

    def close(self, issue: Issue) -> Issue:
        """Closes an issue as it is, even if others write to it at the same time. Raises Undecided."""
        for _ in range(ATTEMPTS):
            now = next((known for known in self.issues() if known.number == issue.number), issue)
            closed = replace(now, state=CLOSED)
            if now.state == CLOSED or self._append(closed, Step.CLOSE):
                return closed
        raise Undecided(f"others keep writing to issue #{issue.number}", help="try again")

    def _numbered(self, change: IssueChange) -> IssueChange:
        if change.step is not Step.OPEN or change.issue is None:
            return change
        return replace(change, issue=replace(change.issue, number=next_number(refs_in(self.git, REFS), REFS)))

    def _append(self, issue: Issue, step: Step) -> bool:
        """Puts an issue on top of what this clone knows of it; False where somebody else did so before.

        Raises Undecided where the remote refuses it for another reason.
        """
        ref = f"{REFS}/{issue.number}"
        old = self.git.object_of(ref) or ""
        data = _written(issue)
        tree = self.git.make_tree({_FILE: data}, len(self.git.require_remote_tip(self.branch)))
        new = self.git.commit_tree(tree, [old] if old else [], f"{step} {issue.key}")
        try:
            self.git.push({ref: new}, {ref: old}, {ref: new})
        except GitFailed as error:
            self.git.fetch(REFSPEC)
            if (self.git.object_of(ref) or "") == old:
                raise Undecided(f"issue #{issue.number} could not be pushed: {error}", help="try again") from error
            return False
        return True

    def _read(self, ref: str, commit: str) -> Issue | Undecided:
        """An issue, or why a reference holds none: it is nobody else's problem."""
        try:
            return _parse(self.git.file_at(commit, _FILE), exact_number(ref, REFS))
        except (ValueError, TypeError, KeyError, AttributeError, Undecided) as error:
            reason = f": {error}" if isinstance(error, ValueError) else ""
            help = f"git push {self.git.remote} :{ref} removes it"
            return Undecided(f"{ref} in the remote is not an issue of this tool{reason}", help=help)


def _parse(data: bytes, number: int) -> Issue:
    """The issue in a file anybody may have written. Raises ValueError and its like."""
    found = foreign_json.parse(data)
    texts: dict[str, Any] = {name: foreign_json.require_text(found[name]) for name in _TEXTS}
    if not isinstance(found["labels"], list):
        raise ValueError(f"{foreign_json.quoted(found['labels'])} is not a list of labels")
    labels = tuple(map(foreign_json.require_text, found["labels"]))
    for text in (texts["title"], *labels):
        foreign_json.require_plain(text, "a title or a label")
    issues.require_key(texts["key"])
    if texts["state"] not in (OPEN, CLOSED):
        raise ValueError(f"state is neither {OPEN} nor {CLOSED}")
    return Issue(**texts, labels=labels, number=number)


def _written(issue: Issue) -> bytes:
    """The file that holds an issue. Raises Error where it could not be read again."""
    found = {name: value for name, value in asdict(issue).items() if name != "url"}
    try:
        data = (json.dumps(found, indent=2, ensure_ascii=False) + "\n").encode()
        _parse(data, issue.number)
    except ValueError as error:
        raise Error(f"issue #{issue.number} cannot be written: {error}") from error
    return data
