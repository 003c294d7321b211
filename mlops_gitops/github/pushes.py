"""The pushes to the branch of a pull request, by GitHub's list of a repository's activity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mlops_gitops.forges.pull_request import Push
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.github.pulls import account


def pushes(api: Api, pull: Mapping[str, Any]) -> tuple[tuple[Push, ...], str]:
    """The pushes since the branch was created, newest first, until the merge; and why some lack, "" when none does.

    A pusher can have written a commit that bears another name. Raises GitHubFailed.
    """
    home = pull["head"].get("repo")
    if home is None:
        return (), "the repository it came from is gone, and with it who pushed the branch"
    try:
        activities, complete = _branch_life(api, home["full_name"], pull)
    except GitHubFailed as error:
        if error.status not in (403, 404):
            raise
        return (), f"who pushed the branch is not shown to this token: {error.message}"
    found = tuple(_push(activity) for activity in activities if _is_push(activity, pull.get("merged_at")))
    if not complete or all(push.after != pull["head"]["sha"] for push in found):
        return found, "GitHub does not list everybody who pushed the branch"
    return found, ""


def _branch_life(api: Api, home: str, pull: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], bool]:
    """The activities since the branch was created, newest first, and whether that one is among them."""
    found: list[Mapping[str, Any]] = []
    for activity in api.pages(f"/repos/{home}/activity", ref=f"refs/heads/{pull['head']['ref']}"):
        found.append(activity)
        if activity["activity_type"] == "branch_creation" and not later(activity["timestamp"], pull["created_at"]):
            return found, True
    return found, False


def _is_push(activity: Mapping[str, Any], merged_at: str | None) -> bool:
    after_merge = merged_at is not None and later(activity["timestamp"], merged_at)
    return activity["activity_type"] != "branch_deletion" and not after_merge


def _push(activity: Mapping[str, Any]) -> Push:
    before = "" if activity["activity_type"] == "branch_creation" else str(activity["before"])
    return Push(account(activity.get("actor")), before, str(activity["after"]))


def later(time: str | None, other: str) -> bool:
    """Whether a time of GitHub's is after another; a missing one may be."""
    return time is None or datetime.fromisoformat(time) > datetime.fromisoformat(other)
