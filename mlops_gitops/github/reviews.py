"""The people of a pull request by GitHub's API: who approved it, for which base, and who wrote its commits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mlops_gitops.forges.pull_request import PullRequest, Review, Void, VoidReview, Writer
from mlops_gitops.github.api import Api
from mlops_gitops.github.pulls import account
from mlops_gitops.github.pushes import later

# Anybody may review a pull request of a public repository; these belong to it.
_INSIDERS = ("OWNER", "MEMBER", "COLLABORATOR")
_RETARGETING = ("base_ref_changed", "automatic_base_change_succeeded")


def approvals(api: Api, pull: PullRequest) -> tuple[tuple[Review, ...], tuple[VoidReview, ...]]:
    """The approvals in force that count, and those that do not: the last review of each account before the merge.

    Raises GitHubFailed.
    """
    last: dict[str, Mapping[str, Any]] = {}
    for review in api.pages(f"pulls/{pull.number}/reviews"):
        counts = review.get("user") and review["state"] in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
        if counts and not (pull.merged_at and later(review.get("submitted_at"), pull.merged_at)):
            last[review["user"]["login"]] = review
    approved = [review for review in last.values() if review["state"] == "APPROVED"]
    retargeted = _retargeted(api, pull.number) if approved else ""
    judged = [(_review(review), _void(review, retargeted, public=pull.public)) for review in approved]
    return (
        tuple(review for review, void in judged if void is None),
        tuple(VoidReview(review, void) for review, void in judged if void is not None),
    )


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


def _retargeted(api: Api, number: int) -> str:
    """When the base branch of a pull request was changed last, by somebody or by GitHub itself; "" if it never was."""
    times = [event["created_at"] for event in api.pages(f"issues/{number}/events") if event["event"] in _RETARGETING]
    return max(times, key=datetime.fromisoformat, default="")


def writers(api: Api, number: int) -> tuple[Writer, ...]:
    """The accounts that are the author or the committer of each commit. Raises GitHubFailed."""
    found: list[Writer] = []
    for commit in api.pages(f"pulls/{number}/commits"):
        accounts = dict.fromkeys(account(commit[role]) for role in ("author", "committer") if commit.get(role))
        found += [Writer(author, commit["sha"]) for author in accounts]
    return tuple(found)
