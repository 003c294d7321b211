"""Pull requests judged, and their heads given one status each; whatever goes wrong with one is its own answer."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from mlops_gitops.core.errors import FAILED, Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.forges.combined_status import (
    Answer,
    counted_answers,
    fork_status_reason,
    shared_status_reason,
    worst_answer,
)
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.github.api import GitHubFailed
from mlops_gitops.orchestration.commit_status import CheckedHead, check_head, comment_text, undecided_status
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.ci_job import Event
from mlops_gitops.runtime.isolated import isolated


@frozen
class PullCheck:
    """What was found of a pull request at a head, its own or a merge queue's; or the error that stopped that."""

    pull: PullRequest
    head: str
    found: CheckedHead | Error

    def answer(self, base: str) -> Answer:
        """What is said of it by itself."""
        if isinstance(self.found, CheckedHead):
            return Answer(self.pull, self.found.status)
        return Answer(self.pull, undecided_status(self.head, base, self.found), self.found.exit_code != FAILED)


def check_pull(
    workspace: Workspace, base: str, pull: PullRequest, event: Event | None = None, *, may_lack: bool = False
) -> CheckedHead:
    """Judges a pull request, or what a merge queue made of it, and sets its head's status.

    With `may_lack` a token that may set none is no failure: a fork's own job has no other. Raises Error after telling
    the forge that it could not tell.
    """
    head = (event.head if event else None) or pull.head
    mine = _judged(workspace, base, pull, head)
    alone = may_lack or head != pull.head or not workspace.forge.shares_status
    beside = [] if alone else isolated(partial(_beside, workspace, base, pull))
    if isinstance(beside, Error):
        mine, beside = PullCheck(pull, head, beside), []
    found = _tell(workspace, base, [mine, *beside], may_lack=may_lack)[0].found
    if isinstance(found, Error):
        raise found
    return found


def recheck_head(workspace: Workspace, base: str, listed: Sequence[PullRequest], head: str) -> list[PullCheck]:
    """The same of all pull requests of one head, as a list has them; those no longer open are left out."""
    queued = head != listed[0].head
    found = [its for its in (_read(workspace, base, pull, head if queued else "") for pull in listed) if its]
    moved = [its for its in found if its.head != head]
    again = [PullCheck(its.pull, its.head, isolated(partial(check_pull, workspace, base, its.pull))) for its in moved]
    return [*_tell(workspace, base, [its for its in found if its.head == head]), *again]


def _beside(workspace: Workspace, base: str, pull: PullRequest) -> list[PullCheck]:
    """The other open pull requests of the same head, judged."""
    listed = [its for its in workspace.forge.find() if its.head == pull.head and its.number != pull.number]
    found = [_read(workspace, base, its) for its in listed]
    return [its for its in found if its and its.head == pull.head]


def _read(workspace: Workspace, base: str, listed: PullRequest, head: str = "") -> PullCheck | None:
    pull = isolated(partial(workspace.forge.read, listed.number))
    if isinstance(pull, Error):
        return PullCheck(listed, head or listed.head, pull)
    return _judged(workspace, base, pull, head or pull.head) if pull and pull.state == "open" else None


def _judged(workspace: Workspace, base: str, pull: PullRequest, head: str) -> PullCheck:
    return PullCheck(pull, head, isolated(partial(check_head, workspace, base, head, pull, clock.today())))


def _tell(workspace: Workspace, base: str, outcomes: Sequence[PullCheck], *, may_lack: bool = False) -> list[PullCheck]:
    """Gives the head of these its status, and says in each what became of that."""
    if not outcomes:
        return []
    taken = counted_answers([its.answer(base) for its in outcomes])
    answer = worst_answer(taken)
    if branches := _branches(workspace, outcomes[0].head, answer):
        return [_with(its, status_note=f"it is not set: {fork_status_reason(branches)}") for its in outcomes]
    lacking = isolated(partial(_set, workspace, answer, outcomes, may_lack=may_lack))
    if isinstance(lacking, Error):  # where it is the forge that fails, there is nobody to tell
        failure = undecided_status(outcomes[0].head, base, lacking)
        isolated(partial(workspace.forge.set_status, answer.pull, failure))
        return [replace(its, found=lacking) if isinstance(its.found, CheckedHead) else its for its in outcomes]
    if lacking:
        why = f"it was not set here, and `screen` or `check --all` sets it: {lacking}"
        return [_with(its, status_note=why) for its in outcomes]
    numbers = [its.pull.number for its in taken]
    others = [_with(its, head_status=answer.status, status_note=shared_status_reason(numbers)) for its in outcomes]
    return [its if numbers == [its.pull.number] else other for its, other in zip(outcomes, others, strict=True)]


def _branches(workspace: Workspace, head: str, answer: Answer) -> list[str]:
    """The branches here that a fork's answer, other than a success, would block; none where that is not known."""
    if not answer.pull.fork or answer.status.state == "success" or head != answer.pull.head:
        return []
    found = isolated(partial(workspace.forge.branches_at, head))
    return [] if isinstance(found, Error) else found


def _with(its: PullCheck, **told: object) -> PullCheck:
    return replace(its, found=replace(its.found, **told)) if isinstance(its.found, CheckedHead) else its


def _set(workspace: Workspace, answer: Answer, outcomes: Sequence[PullCheck], *, may_lack: bool) -> str:
    """Sets the status and explains each answer; why the status could not be set, where a token may lack that."""
    try:
        workspace.forge.set_status(answer.pull, answer.status)
    except GitHubFailed as error:
        if not (may_lack and error.status == 403):
            raise
        return error.message
    for its in outcomes:
        if isinstance(its.found, CheckedHead) and its.found.promotes and its.head == its.pull.head:
            workspace.forge.write_comment(its.pull, comment_text(its.found))
    return ""
