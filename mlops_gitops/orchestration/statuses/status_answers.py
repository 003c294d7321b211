"""Checks pull requests and sets one status for each head; a failure of one check stops no other."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import NoReturn

from mlops_gitops.core.errors import FAILED, Error, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.core.text import join_names
from mlops_gitops.forges.combined_status import (
    Answer,
    counted_answers,
    fork_status_reason,
    shared_status_reason,
    worst_answer,
)
from mlops_gitops.forges.pull_request import PullRequest, Status
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.orchestration.statuses.commit_status import CheckedHead, check_head, comment_text, undecided_status
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.runtime import clock
from mlops_gitops.runtime.ci_job import Event
from mlops_gitops.runtime.isolated import isolated


@frozen
class PullCheck:
    """The check of a pull request at a head, its own or a merge queue's; or the error that stopped it."""

    pull: PullRequest
    head: str
    result: CheckedHead | Error

    def answer(self, base: str) -> Answer:
        """The answer of this pull request alone."""
        if isinstance(self.result, CheckedHead):
            return Answer(self.pull, self.result.status)
        return Answer(self.pull, undecided_status(self.head, base, self.result), self.result.exit_code != FAILED)


def check_pull(
    workspace: Workspace, base: str, pull: PullRequest, event: Event | None = None, *, may_lack: bool = False
) -> CheckedHead:
    """Checks a pull request, or what a merge queue made of it, and sets its head's status.

    With `may_lack` a token that cannot set a status is no failure: a fork's own job has no other. Raises Error, after
    it has set the status that nothing could be decided.
    """
    head = (event.head if event else None) or pull.head
    check = check_at(workspace, base, pull, head)
    alone = may_lack or head != pull.head or not workspace.forge.shares_status
    others = [] if alone else isolated(partial(_checks_of_same_head, workspace, base, pull))
    if isinstance(others, Error):
        check, others = PullCheck(pull, head, others), []
    result = _with_status_set(workspace, base, [check, *others], may_lack=may_lack)[0].result
    if isinstance(result, Error):
        raise result
    return result


def recheck_head(workspace: Workspace, base: str, listed: Sequence[PullRequest], head: str) -> list[PullCheck]:
    """Checks all pull requests of one head and sets its status; those no longer open are left out."""
    queued = head != listed[0].head
    checks = [check for pull in listed if (check := _read_and_check(workspace, base, pull, head if queued else ""))]
    here = [check for check in checks if check.head == head]
    moved = [check.pull for check in checks if check.head != head]
    again = [PullCheck(pull, pull.head, isolated(partial(check_pull, workspace, base, pull))) for pull in moved]
    return [*_with_status_set(workspace, base, here), *again]


def _checks_of_same_head(workspace: Workspace, base: str, pull: PullRequest) -> list[PullCheck]:
    """The checks of the other open pull requests of the same head."""
    listed = [other for other in workspace.forge.find() if other.head == pull.head and other.number != pull.number]
    checks = [_read_and_check(workspace, base, other) for other in listed]
    return [check for check in checks if check and check.head == pull.head]


def _read_and_check(workspace: Workspace, base: str, listed: PullRequest, head: str = "") -> PullCheck | None:
    pull = isolated(partial(workspace.forge.read, listed.number))
    if isinstance(pull, Error):
        return PullCheck(listed, head or listed.head, pull)
    if pull is None or pull.state != "open":
        return None
    return check_at(workspace, base, pull, head or pull.head, for_status=True)


def check_at(workspace: Workspace, base: str, pull: PullRequest, head: str, *, for_status: bool = False) -> PullCheck:
    """Checks one pull request at a head, and sets no status; `for_status` as in `check_head`."""
    check = partial(check_head, workspace, base, head, pull, clock.today(), for_status=for_status)
    return PullCheck(pull, head, isolated(check))


def _with_status_set(
    workspace: Workspace, base: str, checks: Sequence[PullCheck], *, may_lack: bool = False
) -> list[PullCheck]:
    """Sets the status of the one head of these checks; returns the checks with the outcome of that."""
    if not checks:
        return []
    counted = counted_answers([check.answer(base) for check in checks])
    answer = worst_answer(counted)
    if branches := _blocked_branches(workspace, checks[0].head, answer):
        return _with_note(checks, f"it is not set: {fork_status_reason(branches)}")
    lack = isolated(partial(_set_status, workspace, answer, checks, may_lack=may_lack))
    if isinstance(lack, Error):  # where the forge itself fails, this second attempt fails too
        undecided = undecided_status(checks[0].head, base, lack)
        refused = isolated(partial(workspace.forge.set_status, answer.pull, undecided, {}))
        if isinstance(lack, GitHubFailed) and isinstance(refused, Error):
            lack = _older_stands(checks, lack)
        return [replace(check, result=lack) if isinstance(check.result, CheckedHead) else check for check in checks]
    if lack:
        return _with_note(checks, f"it was not set here, and `screen` or `check --all` sets it: {lack}")
    return with_shared_note(checks, counted, answer)


def with_shared_note(checks: Sequence[PullCheck], counted: Sequence[Answer], answer: Answer) -> list[PullCheck]:
    """The checks, each that does not decide the status alone with a note of what its head shows."""
    numbers = [counting.pull.number for counting in counted]
    shared = _with_note(checks, shared_status_reason(numbers), answer.status)
    pairs = zip(checks, shared, strict=True)
    return [check if numbers == [check.pull.number] else other for check, other in pairs]


def _older_stands(checks: Sequence[PullCheck], lack: Error) -> Error:
    """The error with what follows where an older status stays: the next run judges the head again."""
    numbers = join_names([f"#{check.pull.number}" for check in checks])
    reason = f"{lack.message}; an older status stays on {checks[0].head[:10]}"
    return Undecided(reason, help=f"do not merge {numbers} before the next `check --all`, which judges it again")


def _blocked_branches(workspace: Workspace, head: str, answer: Answer) -> list[str]:
    """The branches here that a fork's answer, other than a success, would block; none where that is unknown."""
    if not answer.pull.fork or answer.status.state == "success" or head != answer.pull.head:
        return []
    branches = isolated(partial(workspace.forge.branches_at, head))
    return [] if isinstance(branches, Error) else branches


def _with_note(checks: Sequence[PullCheck], note: str, head_status: Status | None = None) -> list[PullCheck]:
    return [
        replace(check, result=replace(check.result, status_note=note, head_status=head_status))
        if isinstance(check.result, CheckedHead)
        else check
        for check in checks
    ]


def _set_status(workspace: Workspace, answer: Answer, checks: Sequence[PullCheck], *, may_lack: bool) -> str:
    """Sets the status and explains each answer; returns why it could not, where the token may lack the permission."""
    forge = workspace.forge
    try:
        forge.set_status(answer.pull, answer.status, kept_people(checks))
    except GitHubFailed as error:
        if may_lack and error.status == 403:
            return error.message
        if error.status == 422 and answer.status.state != "success":
            _hold(workspace, checks, error)
        raise
    for check in checks:
        if check.pull.held and check.head == check.pull.head:
            forge.release_hold(check.pull)
        if isinstance(check.result, CheckedHead) and check.result.promotes and check.head == check.pull.head:
            forge.write_comment(check.pull, comment_text(check.result))
    return ""


def kept_people(checks: Sequence[PullCheck]) -> dict[str, Sequence[str]]:
    """What is to be kept of the people of these pull requests, where the head is their own."""
    judged = [check.result.context.pull for check in checks if isinstance(check.result, CheckedHead)]
    own = checks[0].head == checks[0].pull.head
    return {beginning: logins for facts in judged if facts and own for beginning, logins in facts.kept.items()}


def _hold(workspace: Workspace, checks: Sequence[PullCheck], error: GitHubFailed) -> NoReturn:
    """Holds the pull requests of a head that takes no status: an older success may stand there. Raises Undecided."""
    for check in checks:
        workspace.forge.hold(check.pull, error.reason)
    numbers = join_names([f"#{check.pull.number}" for check in checks])
    reason = f"no status can be set on {checks[0].head[:10]} ({error.reason}), so {numbers} may not be merged"
    raise Undecided(reason, help="push a new head, or run the same promotion again") from error
