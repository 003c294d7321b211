"""Which files judge promotions: mlops.yaml, FREEZE, the KPIs of models, and the settings of DVC."""

from __future__ import annotations

from collections.abc import Mapping

from mlops_gitops.dvc_places import folded
from mlops_gitops.records import kpis, project


def is_policy(folders: Mapping[str, str], path: str) -> bool:
    """Whether the file at a path judges promotions."""
    return path in (project.PATH, project.FREEZE) or is_dvc_settings(path) or kpis.KIND.match(folders, path) is not None


def is_dvc_settings(path: str) -> bool:
    """Whether a path is DVC's `config` or `config.local` in any `.dvc` folder, as a file system may compare names.

    A `.dvc` that is no folder counts too: what it leads to would hold the settings.
    """
    *_, above, name = ("", *map(folded, path.split("/")))
    return name == ".dvc" or (above == ".dvc" and name in ("config", "config.local"))
