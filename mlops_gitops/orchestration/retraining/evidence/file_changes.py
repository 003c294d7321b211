"""Whether a file is the one that the release in force was made with, by the digest that DVC or Git knows it by."""

from __future__ import annotations

from mlops_gitops.core.canonical import git_blob
from mlops_gitops.documents.tree import stored_if_possible
from mlops_gitops.records.release import Release
from mlops_gitops.repository.snapshot import Snapshot
from mlops_gitops.retraining.evidence.facts import FileChange
from mlops_gitops.retraining.evidence.tracked_file import tracked_path

_MD5 = "md5:"


def file_change(now: Snapshot, then: Snapshot, release: Release, path: str) -> FileChange | str:
    """The digests of a path, as the release was made with and as it is now; or why the latter is not known.

    `then` is the tree in which the manifest was merged. Of a file that DVC tracks, what the manifest says that its
    artifact was made from comes before that.
    """
    current = _digest(now, path)
    if current is None:
        return f"there is no {path}, and DVC tracks none"
    read = release.lineage.deps.get(tracked_path(now, path)) if release.lineage else None
    by_dvc = read is not None and current.startswith(_MD5)
    return FileChange(f"{_MD5}{read}" if by_dvc else _digest(then, path), current)


def _digest(snapshot: Snapshot, path: str) -> str | None:
    output = snapshot.tracking.output(tracked_path(snapshot, path))
    if output is not None:
        return f"{_MD5}{output.pin.md5}"
    data = stored_if_possible(snapshot.tree, path)
    return f"git:{git_blob(data)}" if data is not None else None
