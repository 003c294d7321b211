"""The people of a pull request by GitHub's API: who approved it, and who wrote its commits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.forges.pull_request import Review, Writer
from mlops_gitops.github.api import Api
from mlops_gitops.github.pulls import account
from mlops_gitops.github.pushes import later


def approvals(api: Api, number: int, merged_at: str | None) -> tuple[tuple[Review, ...], tuple[Review, ...]]:
    """The approvals in force, of people and of other accounts: the last review of each account before the merge.

    Raises GitHubFailed.
    """
    last: dict[str, Mapping[str, Any]] = {}
    for review in api.pages(f"pulls/{number}/reviews"):
        counts = review.get("user") and review["state"] in ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")
        if counts and not (merged_at and later(review.get("submitted_at"), merged_at)):
            last[review["user"]["login"]] = review
    approved = [review for review in last.values() if review["state"] == "APPROVED"]
    people = tuple(_review(review) for review in approved if account(review["user"]).is_person)
    return people, tuple(_review(review) for review in approved if not account(review["user"]).is_person)


def _review(data: Mapping[str, Any]) -> Review:
    return Review(data["user"]["login"], data["commit_id"] or "", data.get("submitted_at") or "")


def writers(api: Api, number: int) -> tuple[Writer, ...]:
    """The accounts that are the author or the committer of each commit. Raises GitHubFailed."""
    found: list[Writer] = []
    for commit in api.pages(f"pulls/{number}/commits"):
        accounts = dict.fromkeys(account(commit[role]) for role in ("author", "committer") if commit.get(role))
        found += [Writer(author, commit["sha"]) for author in accounts]
    return tuple(found)
