"""Open pull requests whose head shows all that a check says now: nothing is written for them, and little is read.

What one query says of many pull requests is a moment older than what is read of each alone. So it decides only that
nothing is to be written, or that a success no longer holds; every other answer is found again before it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from mlops_gitops.core.errors import Error
from mlops_gitops.forges.combined_status import counted_answers, worst_answer
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.github.queries.open_pulls import AT_ONCE
from mlops_gitops.github.read_ahead import ForgeReadAhead, read_ahead
from mlops_gitops.orchestration.statuses.commit_status import CheckedHead, comment_text
from mlops_gitops.orchestration.statuses.status_answers import PullCheck, check_at, kept_people, with_shared_note
from mlops_gitops.orchestration.workspace import Workspace
from mlops_gitops.runtime.isolated import isolated


def unchanged_heads(
    workspace: Workspace, base: str, groups: Sequence[Sequence[PullRequest]]
) -> dict[str, list[PullCheck]]:
    """The checks of the heads that show their answer already, by head; `groups` are pull requests of one head each.

    A success that no longer holds is overwritten here, before anything else is asked: later the forge may take no more.
    """
    found: dict[str, list[PullCheck]] = {}
    for batch in _batches(groups):
        ahead = isolated(partial(read_ahead, workspace.forge, [pull for pulls in batch for pull in pulls]))
        if not isinstance(ahead, ForgeReadAhead):
            break
        for pulls in batch:
            checks = isolated(partial(_unchanged, workspace, ahead, base, pulls))
            if checks and not isinstance(checks, Error):
                found[pulls[0].head] = checks
    return found


def _batches(groups: Sequence[Sequence[PullRequest]]) -> Iterator[list[Sequence[PullRequest]]]:
    """Groups that one query can read together; one that is larger than that is left out."""
    batch: list[Sequence[PullRequest]] = []
    for pulls in (group for group in groups if len(group) <= AT_ONCE):
        if batch and sum(map(len, batch)) + len(pulls) > AT_ONCE:
            yield batch
            batch = []
        batch.append(pulls)
    if batch:
        yield batch


def _unchanged(
    workspace: Workspace, ahead: ForgeReadAhead, base: str, listed: Sequence[PullRequest]
) -> list[PullCheck]:
    """The checks of all pull requests of one head; [] where anything is to be read again or written."""
    read = [ahead.read(pull.number) for pull in listed]
    pulls = [pull for pull in read if pull and not pull.held]
    if len(pulls) < len(listed):
        return []
    reader = workspace.at_forge(ahead)
    checks = [check_at(reader, base, pull, pull.head, for_status=True) for pull in pulls]
    counted = counted_answers([check.answer(base) for check in checks])
    answer = worst_answer(counted)
    if ahead.shows(answer.pull, answer.status, kept_people(checks)) and all(_is_explained(ahead, c) for c in checks):
        return with_shared_note(checks, counted, answer)
    if answer.status.state != "success" and not answer.pull.fork and ahead.shows_success(answer.pull):
        isolated(partial(workspace.forge.set_status, answer.pull, answer.status, {}))
    return []


def _is_explained(ahead: ForgeReadAhead, check: PullCheck) -> bool:
    if not isinstance(check.result, CheckedHead):
        return False
    return not check.result.promotes or ahead.shows_comment(check.pull, comment_text(check.result))
