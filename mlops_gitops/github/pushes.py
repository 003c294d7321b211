"""Who pushed the branch of a pull request, as GitHub's list of a repository's activity tells it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mlops_gitops.forges.pull_request import Push
from mlops_gitops.github.api import Api, GitHubFailed
from mlops_gitops.github.pulls import account


def pushes(api: Api, pull: Mapping[str, Any]) -> tuple[tuple[Push, ...], str]:
    """How a branch moved in this life of it, newest first, until the merge; and why that is not all, "" when it is.

    Whoever pushed may have written what another's name stands on. Raises GitHubFailed.
    """
    home = pull["head"].get("repo")
    if home is None:
        return (), "the repository it came from is gone, and with it who pushed the branch"
    found: list[Push] = []
    begun = False
    try:
        for its in api.pages(f"/repos/{home['full_name']}/activity", ref=f"refs/heads/{pull['head']['ref']}"):
            kind = its["activity_type"]
            if kind != "branch_deletion" and not (pull.get("merged_at") and later(its["timestamp"], pull["merged_at"])):
                before = "" if kind == "branch_creation" else str(its["before"])
                found.append(Push(account(its.get("actor")), before, str(its["after"])))
            begun = kind == "branch_creation" and not later(its["timestamp"], pull["created_at"])
            if begun:
                break
    except GitHubFailed as error:
        if error.status not in (403, 404):
            raise
        return (), f"who pushed the branch is not shown to this token: {error.message}"
    if not begun or all(its.after != pull["head"]["sha"] for its in found):
        return tuple(found), "GitHub does not list everybody who pushed the branch"
    return tuple(found), ""


def later(one: str | None, other: str) -> bool:
    """Whether a time of GitHub's is after another; one that is not said may be."""
    return one is None or datetime.fromisoformat(one) > datetime.fromisoformat(other)
