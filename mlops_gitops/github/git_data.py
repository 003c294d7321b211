"""Commits, branches and tags through GitHub's Git Data API: no push credential is needed, and GitHub signs a bot's."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.git.repository import TAGGER, Git
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.records.receipt import Receipt


def write_commit(api: Api, git: Git, change: ChangeSet, base: str) -> str:
    """Writes one commit of a change on `base`, and returns it.

    Raises GitHubFailed; Undecided where GitHub's tree is not the one that git makes of the change.
    """
    expected = git.write_tree(base, change.files)
    entries = [_entry(api, path, data) for path, data in sorted(change.files.items())]
    tree = api.send("POST", "git/trees", {"base_tree": git.tree_id(base), "tree": entries})
    if tree["sha"] != expected:
        reason = f"GitHub made the tree {tree['sha']} of this change, and git here makes {expected}"
        raise Undecided(reason, help="nothing was proposed; run the same command again")
    commit = {"message": change.message, "tree": tree["sha"], "parents": [base]}
    return str(api.send("POST", "git/commits", commit)["sha"])


def _entry(api: Api, path: str, data: bytes | None) -> Mapping[str, Any]:
    """The entry of a file in a tree; without data it removes the file."""
    return {"path": path, "mode": "100644", "type": "blob", "sha": None if data is None else _write_blob(api, data)}


def _write_blob(api: Api, data: bytes) -> str:
    blob = {"content": base64.b64encode(data).decode(), "encoding": "base64"}
    return str(api.send("POST", "git/blobs", blob)["sha"])


def point_branch(api: Api, branch: str, head: str, old: str) -> None:
    """Creates a branch, or moves it from `old`. Raises GitHubFailed; Undecided where somebody else changed it."""
    changed = Undecided(f"the branch {branch} changed just now", help="run the same command again")
    if old:
        if api.get(f"git/ref/heads/{branch}")["object"]["sha"] != old:
            raise changed
        api.send("PATCH", f"git/refs/heads/{branch}", {"sha": head, "force": True})
        return
    try:
        api.send("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": head})
    except GitHubFailed as error:
        if error.status == 422 and _exists(api, f"heads/{branch}"):
            raise changed from error
        raise


def _exists(api: Api, ref: str) -> bool:
    try:
        api.get(f"git/ref/{ref}")
    except GitHubFailed as error:
        if error.status == 404:
            return False
        raise
    return True


def write_tag(api: Api, receipt: Receipt) -> None:
    """Writes a receipt as an annotated tag. Raises GitHubFailed."""
    name, _, email = TAGGER.rstrip(">").partition(" <")
    date = f"{datetime.fromtimestamp(receipt.time, UTC):%Y-%m-%dT%H:%M:%SZ}"
    tag = {
        "tag": receipt.tag, "message": receipt.message(), "object": receipt.target, "type": "commit",
        "tagger": {"name": name, "email": email, "date": date},
    }  # fmt: skip
    sha = api.send("POST", "git/tags", tag)["sha"]
    api.send("POST", "git/refs", {"ref": f"refs/tags/{receipt.tag}", "sha": sha})
