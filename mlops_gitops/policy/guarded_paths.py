"""Whether a pull request promotes anything, by the paths it changes alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from mlops_gitops.repository.policy_files import is_policy

GUARDED = ("promotions", "environments", "releases", "decisions")


def changes_guarded_or_policy(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths promotes, decides, or changes what judges: releases, records, states, policy."""
    return any(changes_guarded(folders, [path]) or is_policy(folders, path) for path in paths)


def changes_guarded(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths is a release, a record, a state or a decision."""
    within = tuple(f"{folders[name]}/" for name in GUARDED)
    return any(path.startswith(within) for path in paths)


def changes_promotions(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths can only come from a branch of the repository itself: a promotion."""
    within = tuple(f"{folders[name]}/" for name in ("promotions", "environments"))
    return any(path.startswith(within) for path in paths)
