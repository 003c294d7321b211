"""What of a tree judges rollouts, and where two trees differ in it: targets, waves and rosters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mlops_gitops.core.canonical import digest
from mlops_gitops.records import desired_state
from mlops_gitops.records.desired_state import DesiredState
from mlops_gitops.repository.snapshot import Snapshot


def plan_files(tree: Snapshot) -> Iterator[str]:
    """The desired states of a tree that have a rollout, and the rosters they name."""
    for state in tree.planned_states:
        yield from (state.path, *state.rosters)


def changed_plans(base: Snapshot, head: Snapshot, paths: Iterable[str]) -> dict[str, str]:
    """Each file that changes what a rollout is judged by, with the role that approves it: the owner on the base.

    A rollout that comes names its own owner. Release and `rolling:` are no part of it: records change them. `paths` are
    the files that differ; no other state is read, unless one of them may be a roster.
    """
    differing = frozenset(paths)
    states = sorted(path for path in differing if _is_state(base, path) or _is_state(head, path))
    found = {path: owner for path in states if (owner := _changed_owner(base, head, path))}
    for state in base.planned_states if any(_may_be_roster(base, path) for path in differing) else ():
        found |= {roster: _owner(state) for roster in state.rosters if roster in differing}
    return found


def _is_state(tree: Snapshot, path: str) -> bool:
    return tree.kind_at(path) is desired_state.KIND


def _may_be_roster(tree: Snapshot, path: str) -> bool:
    return tree.kind_at(path) is None and tree.tree.exists(path)


def _changed_owner(base: Snapshot, head: Snapshot, path: str) -> str:
    """Who approves what a desired state changes of its rollout; "" where it changes nothing of one."""
    before, after = (_state(tree, path) for tree in (base, head))
    ruling = before if before and before.rollout else after
    if ruling is None or not ruling.rollout or _plan(base, path) == _plan(head, path):
        return ""
    return _owner(ruling)


def _state(tree: Snapshot, path: str) -> DesiredState | None:
    entry = tree.entry(path, desired_state.KIND) if _is_state(tree, path) else None
    return entry.record if entry and isinstance(entry.record, DesiredState) else None


def _owner(state: DesiredState) -> str:
    return state.rollout.owner if state.rollout else ""


def _plan(tree: Snapshot, path: str) -> str:
    """The digest of targets and waves as a tree has them, valid or not; "" without a file."""
    entry = tree.entry(path, desired_state.KIND) if _is_state(tree, path) else None
    data = entry.document.data if entry else None
    return digest({key: data.get(key) for key in ("targets", "rollout")}) if isinstance(data, dict) else ""
