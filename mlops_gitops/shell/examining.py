"""What `doctor` goes by, gathered: the base's files, its DVC remotes, and the settings of the forge."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mlops_gitops.edges import dvc_config
from mlops_gitops.premises import Premises
from mlops_gitops.settings import Settings, Unknown
from mlops_gitops.snapshot import Snapshot
from mlops_gitops.tree import Tree, Unreadable

_CONFIG = ".dvc/config"


def premises(base: Snapshot, branch: str, settings: Settings | None, *, shallow: bool = False) -> Premises:
    """The premises of a tree. `settings` is None where the remote is a folder."""
    return Premises(base, branch, settings, remotes(base.tree), shallow)


def remotes(tree: Tree) -> Mapping[str, Mapping[str, str]] | Unknown:
    """The DVC remotes that a tree names, with their settings."""
    try:
        data = tree.read(_CONFIG)
        sections = dvc_config.parse((data or b"").decode("utf-8"))
    except (Unreadable, ValueError) as error:
        return Unknown(f"{_CONFIG} holds what only DVC can read: {error}")
    named = {re.fullmatch(r'remote\s+"(.*)"', section): values for section, values in sections.items()}
    return {found[1]: values for found, values in named.items() if found}
