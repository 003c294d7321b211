"""What a check keeps of people beside a status, since it can be gone when a receipt is written.

Each is the beginning of a sentence, which logins end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.pull_request import Review

NOBODY = "nobody"


@frozen
class Kept:
    """Who was named when, in UTC."""

    logins: frozenset[str]
    at: str


def started(run: str) -> str:
    """Who started a job."""
    return f"run {run} was started by"


def of_team(team: str) -> str:
    """Who of a team had approved."""
    return f"approvers in {team}:"


def subject(beginning: str) -> str:
    """The run or the team that a sentence is about."""
    return beginning.removeprefix("approvers in ").removesuffix(":").removesuffix(" was started by")


def sentence(beginning: str, logins: Iterable[str]) -> str:
    """The whole of it."""
    return f"{beginning} {', '.join(sorted(logins)) or NOBODY}"


def logins_in(text: str, beginning: str) -> frozenset[str] | None:
    """Those whom a sentence names; None where it begins otherwise."""
    if not text.startswith(f"{beginning} "):
        return None
    return frozenset(text.removeprefix(f"{beginning} ").split(", ")) - {NOBODY}


def members_at_merge(now: frozenset[str], kept: Kept | None, reviews: Iterable[Review]) -> frozenset[str]:
    """The members of a team among reviewers: as kept where a review was there by then, else as they are `now`."""
    if kept is None:
        return now
    judged = {review.by.casefold() for review in reviews if _before(review.at, kept.at)}
    return frozenset(login for login in now if login.casefold() not in judged) | kept.logins


def approvers_by_team(teams: Mapping[str, frozenset[str]], reviews: Iterable[Review]) -> dict[str, list[str]]:
    """The sentences to keep of those who approved, and of which team they are; none without approvals."""
    approvers = {review.by for review in reviews}
    known = {team: {login.casefold() for login in members} for team, members in teams.items()} if approvers else {}
    return {of_team(team): sorted(by for by in approvers if by.casefold() in found) for team, found in known.items()}


def _before(time: str, other: str) -> bool:
    return bool(time) and datetime.fromisoformat(time) < datetime.fromisoformat(other)
