"""Whether a pull request promotes anything, by the paths it changes alone.

A path that some file system takes for one of the tool's counts as that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.records import card, desired_state
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.repository.path_spelling import taken_for
from mlops_gitops.repository.policy_files import is_policy
from mlops_gitops.repository.snapshot import Snapshot

GUARDED = ("promotions", "environments", "releases", "decisions")


def changes_guarded_or_policy(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths promotes, decides, or changes what judges: releases, records, states, policy."""
    return any(changes_guarded(folders, [path]) or is_policy(folders, _meant(folders, path)) for path in paths)


def changes_cards(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths is a card: it may take back what it says of risk, which the policy's roles approve."""
    return any(card.KIND.match(folders, _meant(folders, path)) is not None for path in paths)


def changes_guarded(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths is a release, a record, a state or a decision."""
    return _any_within(folders, GUARDED, paths)


def target_paths(snapshot: Snapshot) -> frozenset[str]:
    """The files that a tree's desired states guard: those of targets, and the rosters of a rollout."""
    return frozenset(path for state in snapshot.targeted_states for path in paths_of_targets(state))


def may_change_targets(snapshot: Snapshot, paths: Iterable[str]) -> bool:
    """Whether one of these paths is a target's by a tree's desired states, or one of those states cannot say which."""
    return not target_paths(snapshot).isdisjoint(paths) or any(_states_with_unknown_targets(snapshot))


def _states_with_unknown_targets(snapshot: Snapshot) -> Iterator[str]:
    """The desired states that name targets and are not valid."""
    for path in snapshot.tree.paths(snapshot.folders["environments"]):
        names_targets = b"targets" in (stored_if_possible(snapshot.tree, path) or b"")
        entry = snapshot.entry(path, desired_state.KIND) if names_targets and snapshot.kind_at(path) else None
        if entry and entry.problems:
            yield path


def paths_of_targets(state: DesiredState) -> frozenset[str]:
    """The same of one desired state."""
    files = frozenset(file.path for target in state.targets for file in target.files)
    return files | frozenset(state.rosters if state.rollout or state.rolling else ())


def changes_promotions(folders: Mapping[str, str], paths: Iterable[str]) -> bool:
    """Whether one of these paths can only come from a branch of the repository itself: a promotion."""
    return _any_within(folders, ("promotions", "environments"), paths)


def _any_within(folders: Mapping[str, str], names: Iterable[str], paths: Iterable[str]) -> bool:
    within = tuple(f"{folders[name]}/" for name in names)
    return any(f"{_meant(folders, path)}/".startswith(within) for path in paths)


def _meant(folders: Mapping[str, str], path: str) -> str:
    return taken_for(folders, path) or path
