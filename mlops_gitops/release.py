"""release: a manifest to the change set that adds it."""

from __future__ import annotations

from mlops_gitops import markdown
from mlops_gitops.changeset import ChangeSet
from mlops_gitops.records.release import Release


def change_set(its: Release) -> ChangeSet:
    """The pull request that adds a manifest."""
    title = f"Release {its.model} {its.version}"
    rows = [(pin.path, pin.digest, pin.format or "") for pin in its.artifacts]
    rows += [(pin.path, pin.digest, f"evaluation: {name}") for name, pin in its.evaluation.items()]
    body = [f"Pins {markdown.text(its.model)} {its.version} by digest. Merging this promotes nothing yet.", ""]
    body += markdown.table(("file", "digest", "what"), rows)
    if its.lineage:
        body += ["", f"Made by stage {markdown.text(its.lineage.stage)} of {markdown.text(its.lineage.lock)}."]
    branch = f"release/{its.model}/{its.version}"
    return ChangeSet(branch, {its.path: its.render()}, f"{title}\n", title, "\n".join(body) + "\n")
