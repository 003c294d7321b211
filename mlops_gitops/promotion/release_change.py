"""release: a manifest to the change set that adds it."""

from __future__ import annotations

from mlops_gitops.forges.change_set import ChangeSet
from mlops_gitops.pull_requests import pull_text
from mlops_gitops.records.release import Release
from mlops_gitops.repository.snapshot import Snapshot


def release_change_set(tree: Snapshot, manifest: Release) -> ChangeSet:
    """The pull request that adds a manifest to a tree."""
    title, text = pull_text.release_text(tree, manifest)
    branch = f"release/{manifest.model}/{manifest.version}"
    return ChangeSet(branch, {manifest.path: manifest.render()}, f"{title}\n", title, text)
