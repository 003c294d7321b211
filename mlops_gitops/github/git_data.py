"""Commits, branches and tags through GitHub's Git Data API: no push credential is needed, and GitHub signs a bot's."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.forges.checkpoint import Checkpoint
from mlops_gitops.git.repository import TAGGER, Git
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.records.receipt import Receipt
from mlops_gitops.repository.observation_times import APART
from mlops_gitops.runtime import clock

SHA1 = 40  # digits of an id: GitHub holds no repository of SHA-256 objects


def write_commit(api: Api, git: Git, change: ChangeSet, base: str) -> str:
    """Writes one commit of a change on `base`, and returns it.

    Raises GitHubFailed; Undecided where GitHub's tree is not the one that git makes of the change.
    """
    return str(_write_commit(api, change.message, _write_tree(api, git, change.files, base), base)["sha"])


def append_commit(api: Api, git: Git, files: Mapping[str, bytes], message: str, tip: str) -> str:
    """Writes a commit of new files on `tip`, or one without parents where it is "", and returns it.

    Raises the same; Undecided too where the clock here is not GitHub's: a record whose time is not that of its commit
    would end its chain.
    """
    made = _write_commit(api, message, _write_tree(api, git, files, tip), tip)
    here, there = clock.utc_now(), datetime.fromisoformat(made["committer"]["date"])
    if abs(here - there) > APART / 2:
        reason = f"the clock here says {here:%Y-%m-%d %H:%M} UTC, and GitHub's {there:%Y-%m-%d %H:%M} UTC"
        raise Undecided(f"{reason}: nothing is recorded", help="set the clock, and run the same command again")
    return str(made["sha"])


def _write_commit(api: Api, message: str, tree: str, parent: str) -> dict[str, Any]:
    commit = {"message": message, "tree": tree, "parents": [parent] if parent else []}
    answer: dict[str, Any] = api.send("POST", "git/commits", commit)
    return answer


def _write_tree(api: Api, git: Git, files: Mapping[str, bytes | None], base: str) -> str:
    """The tree of `base`, or an empty one where it is "", with other files."""
    new = {path: data for path, data in files.items() if data is not None}
    expected = git.write_tree(base, files) if base else git.make_tree(new, SHA1)
    based = {"base_tree": git.tree_id(base)} if base else {}
    tree = api.send("POST", "git/trees", based | {"tree": [_entry(api, *item) for item in sorted(files.items())]})
    if tree["sha"] != expected:
        reason = f"GitHub made the tree {tree['sha']} of this change, and git here makes {expected}"
        raise Undecided(reason, help="nothing was proposed; run the same command again")
    return expected


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


def advance_branch(api: Api, branch: str, head: str, old: str) -> bool:
    """Creates a branch ("" for `old`), or moves it on to a commit that is made on `old`.

    False where it is elsewhere by now: GitHub moves it to none that its commit does not lead to. Raises GitHubFailed.
    """
    try:
        if old:
            api.send("PATCH", f"git/refs/heads/{branch}", {"sha": head, "force": False})
        else:
            api.send("POST", "git/refs", {"ref": f"refs/heads/{branch}", "sha": head})
    except GitHubFailed as error:
        if error.status not in (409, 422) or _tip(api, branch) in (old, None):
            raise
        return _tip(api, branch) == head  # where only the answer was lost
    return True


def _tip(api: Api, branch: str) -> str | None:
    """The commit of a branch as GitHub has it; None where it has none."""
    name = f"heads/{branch}"
    return str(api.get(f"git/ref/{name}")["object"]["sha"]) if _exists(api, name) else None


def _exists(api: Api, ref: str) -> bool:
    try:
        api.get(f"git/ref/{ref}")
    except GitHubFailed as error:
        if error.status == 404:
            return False
        raise
    return True


def write_tag(api: Api, receipt: Receipt | Checkpoint) -> None:
    """Writes a receipt or a checkpoint as an annotated tag. Raises GitHubFailed."""
    name, _, email = TAGGER.rstrip(">").partition(" <")
    date = f"{datetime.fromtimestamp(receipt.time, UTC):%Y-%m-%dT%H:%M:%SZ}"
    tag = {
        "tag": receipt.tag, "message": receipt.message(), "object": receipt.target, "type": "commit",
        "tagger": {"name": name, "email": email, "date": date},
    }  # fmt: skip
    sha = api.send("POST", "git/tags", tag)["sha"]
    api.send("POST", "git/refs", {"ref": f"refs/tags/{receipt.tag}", "sha": sha})
