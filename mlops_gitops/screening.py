"""Whether a pull request promotes anything, by the paths it changes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlops_gitops.records import kpis, project

GUARDED = ("promotions", "environments", "releases", "decisions")


def promotes(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths promotes, decides, or changes what judges: releases, records, states, policy."""
    return any(guarded(folders, [path]) or is_policy(folders, path) for path in paths)


def guarded(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths is a release, a record, a state or a decision."""
    within = tuple(f"{folders[name]}/" for name in GUARDED)
    return any(path.startswith(within) for path in paths)


def promoting(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths can only come from a branch of the repository itself: a promotion."""
    within = tuple(f"{folders[name]}/" for name in ("promotions", "environments"))
    return any(path.startswith(within) for path in paths)


def is_policy(folders: Mapping[str, str], path: str) -> bool:
    """Whether the file at a path judges promotions: mlops.yaml, FREEZE, KPIs, the settings of DVC."""
    return path in (project.PATH, project.FREEZE) or is_dvc_settings(path) or kpis.KIND.match(folders, path) is not None


def is_dvc_settings(path: str) -> bool:
    """Whether a path is DVC's `config` or `config.local` in any `.dvc` folder, in whatever case it is written."""
    parts = path.casefold().split("/")
    return len(parts) > 1 and parts[-2] == ".dvc" and parts[-1] in ("config", "config.local")
