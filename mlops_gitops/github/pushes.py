"""The pushes to the branch of a pull request, by GitHub's list of a repository's activity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mlops_gitops.forges.pull_request import PullRequest, Push
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import AGAIN, GitHubFailed
from mlops_gitops.github.pulls import account


def pushes(api: Api, pull: PullRequest) -> tuple[tuple[Push, ...], str]:
    """The pushes since the branch was created, newest first, until the merge; and why some lack, "" when none does.

    A pusher can have written a commit that bears another name. Raises GitHubFailed.
    """
    if not pull.home:
        return (), "the repository it came from is gone, and with it who pushed the branch"
    try:
        activities, complete = _branch_life(api, pull)
    except GitHubFailed as error:
        if error.status not in (403, 404):
            raise
        return (), f"who pushed the branch is not shown to this token: {error.message}"
    found = tuple(_push(activity) for activity in activities if _is_push(activity, pull.merged_at))
    if not complete or all(push.after != pull.head for push in found):
        return found, "GitHub does not list everybody who pushed the branch"
    return found, ""


def _branch_life(api: Api, pull: PullRequest) -> tuple[list[Mapping[str, Any]], bool]:
    """The activities since the branch was created, newest first, and whether that one is among them."""
    found: list[Mapping[str, Any]] = []
    for activity in api.pages(f"/repos/{pull.home}/activity", ref=f"refs/heads/{pull.branch}"):
        found.append(activity)
        if activity["activity_type"] == "branch_creation" and not later(activity["timestamp"], pull.opened_at):
            return found, True
    return found, False


def _is_push(activity: Mapping[str, Any], merged_at: str | None) -> bool:
    after_merge = merged_at is not None and later(activity["timestamp"], merged_at)
    return activity["activity_type"] != "branch_deletion" and not after_merge


def _push(activity: Mapping[str, Any]) -> Push:
    before = "" if activity["activity_type"] == "branch_creation" else str(activity["before"])
    return Push(account(activity.get("actor")), before, str(activity["after"]))


def later(time: str | None, other: str) -> bool:
    """Whether a time of GitHub's is after another; a missing one may be. Raises GitHubFailed."""
    return time is None or moment(time) > moment(other)


def moment(text: str) -> datetime:
    """A time as GitHub writes it, with its zone. Raises GitHubFailed for any other text."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise GitHubFailed(f"an answer in place of GitHub's has no time to compare: {error}", help=AGAIN) from error
    if found.tzinfo is None:
        raise GitHubFailed(f"an answer in place of GitHub's has a time without a zone: {text}", help=AGAIN)
    return found
