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
    found: list[Push] = []
    begun = False
    try:
        for activity in api.pages(f"/repos/{home['full_name']}/activity", ref=f"refs/heads/{pull['head']['ref']}"):
            kind = activity["activity_type"]
            merged_at = pull.get("merged_at")
            if kind != "branch_deletion" and not (merged_at and later(activity["timestamp"], merged_at)):
                before = "" if kind == "branch_creation" else str(activity["before"])
                found.append(Push(account(activity.get("actor")), before, str(activity["after"])))
            begun = kind == "branch_creation" and not later(activity["timestamp"], pull["created_at"])
            if begun:
                break
    except GitHubFailed as error:
        if error.status not in (403, 404):
            raise
        return (), f"who pushed the branch is not shown to this token: {error.message}"
    if not begun or all(push.after != pull["head"]["sha"] for push in found):
        return tuple(found), "GitHub does not list everybody who pushed the branch"
    return tuple(found), ""


def later(time: str | None, other: str) -> bool:
    """Whether a time of GitHub's is after another; a missing one may be."""
    return time is None or datetime.fromisoformat(time) > datetime.fromisoformat(other)
