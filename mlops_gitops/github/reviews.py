"""The people of a pull request by GitHub's API: who approved it, for which base, and who wrote its commits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mlops_gitops.forges.pull_request import PullRequest, Review, Void, VoidReview, Writer
from mlops_gitops.github.pulls import account
from mlops_gitops.github.pushes import later, moment

# Anybody may review a pull request of a public repository; these belong to it.
_INSIDERS = ("OWNER", "MEMBER", "COLLABORATOR")
_RETARGETING = ("base_ref_changed", "automatic_base_change_succeeded")


def approvals(
    pull: PullRequest, reviews: Iterable[Mapping[str, Any]], read_events: Callable[[], Iterable[Mapping[str, Any]]]
) -> tuple[tuple[Review, ...], tuple[VoidReview, ...]]:
    """The approvals in force that count, and those that do not: the last review of each account, as of the merge.

    Raises GitHubFailed.
    """
    listed = [review for review in reviews if _counts(review, pull.merged_at)]
    states = {review["state"] for review in listed}
    asked = "APPROVED" in states or (pull.merged_at is not None and "DISMISSED" in states)
    events = list(read_events()) if asked else []
    undone = _states_at_merge(events, pull.merged_at)
    last = {review["user"]["login"]: (review, undone.get(review["id"], review["state"])) for review in listed}
    approved = [review for review, state in last.values() if state == "APPROVED"]
    retargeted = _retargeted(events)
    judged = [(_review(review), _void(review, retargeted, public=pull.public)) for review in approved]
    return (
        tuple(review for review, void in judged if void is None),
        tuple(VoidReview(review, void) for review, void in judged if void is not None),
    )


def _counts(review: Mapping[str, Any], merged_at: str | None) -> bool:
    """Whether a review says something of the change, and is not of after the merge."""
    says = review.get("user") and review["state"] in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
    return bool(says) and not (merged_at and later(review.get("submitted_at"), merged_at))


def _states_at_merge(events: Sequence[Mapping[str, Any]], merged_at: str | None) -> dict[int, str]:
    """The state that reviews had at the merge, by id, of those that somebody dismissed after it."""
    dismissals = [event for event in events if event["event"] == "review_dismissed" and event.get("dismissed_review")]
    after = [event["dismissed_review"] for event in dismissals if merged_at and later(event["created_at"], merged_at)]
    return {int(review["review_id"]): str(review["state"]).upper() for review in after}


def _review(data: Mapping[str, Any]) -> Review:
    user = data["user"]
    return Review(user["login"], data["commit_id"] or "", data.get("submitted_at") or "", int(user["id"]))


def _void(data: Mapping[str, Any], retargeted: str, *, public: bool) -> Void | None:
    """Why an approval does not count. One of the second in which the base was changed may be older than that."""
    if not account(data["user"]).is_person:
        return Void.NO_PERSON
    if public and data.get("author_association") not in _INSIDERS:
        return Void.OUTSIDER
    at = data.get("submitted_at")
    return Void.OTHER_BASE if retargeted and not (at and later(at, retargeted)) else None


def _retargeted(events: Sequence[Mapping[str, Any]]) -> str:
    """When the base branch of a pull request was changed last, by somebody or by GitHub itself; "" if it never was."""
    times = [event["created_at"] for event in events if event["event"] in _RETARGETING]
    return max(times, key=moment, default="")


def writers(commits: Iterable[Mapping[str, Any]]) -> tuple[Writer, ...]:
    """The accounts that are the author or the committer of each commit."""
    found: list[Writer] = []
    for commit in commits:
        accounts = dict.fromkeys(account(commit[role]) for role in ("author", "committer") if commit.get(role))
        found += [Writer(author, commit["sha"]) for author in accounts]
    return tuple(found)
