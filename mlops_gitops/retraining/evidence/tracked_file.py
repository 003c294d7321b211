"""The file that a path of a trigger is about: of a .dvc file, what that tracks."""

from __future__ import annotations

from mlops_gitops.repository.snapshot import Snapshot

_ENDING = ".dvc"


def tracked_path(snapshot: Snapshot, path: str) -> str:
    """The path itself, or where it is a .dvc file that tracks a file, the path of that one."""
    if not path.endswith(_ENDING):
        return path
    inner = path.removesuffix(_ENDING)
    return inner if snapshot.tracking.added(inner) else path


def is_tracked(snapshot: Snapshot, path: str) -> bool:
    """Whether DVC or Git tracks the file, as far as a tree can tell."""
    return snapshot.tracking.output(path) is not None or snapshot.tree.exists(path)
