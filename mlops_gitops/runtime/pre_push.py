"""The push that a hook manager runs a process for, by its variables."""

from __future__ import annotations

import os

from mlops_gitops.core.frozen import frozen


@frozen
class Push:
    """What a hook manager says of the push it runs a hook for; empty where it says nothing."""

    commit: str  # zeros where a branch is deleted
    remote: str
    remote_branch: str  # its name there, without refs/heads/; empty for a tag


def push() -> Push:
    """The push that pre-commit, or prek, runs this process for."""
    variables = {name: os.environ.get(f"PRE_COMMIT_{name}", "") for name in ("TO_REF", "LOCAL_BRANCH", "REMOTE_NAME")}
    branch = os.environ.get("PRE_COMMIT_REMOTE_BRANCH", "")
    remote_branch = branch.removeprefix("refs/heads/") if branch.startswith("refs/heads/") else ""
    # A push of everything, root commit included, comes with the branch's name only.
    return Push(variables["TO_REF"] or variables["LOCAL_BRANCH"], variables["REMOTE_NAME"], remote_branch)
