"""Whether a path leads to something that git tracks, by its spelling or through links."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection
from typing import TypeAlias

from mlops_gitops.core.errors import Error

# The modes and paths of the index's files at, below, or (for a submodule) above some paths of the repository.
Tracked: TypeAlias = Callable[[Collection[str]], Collection[tuple[str, str]]]


def require_untracked(root: str, path: str, tracked: Tracked, subject: str, *, shown: str = "", help: str) -> None:
    """Raises Error where a path leads to what git tracks; `subject` is what names it, and `shown` how it does."""
    if found := find_tracked(root, path, tracked):
        reason = f"{subject} {shown or found}, which git tracks: a pull request could change it"
        raise Error(reason, help=help)


def find_tracked(root: str, path: str, tracked: Tracked) -> str | None:
    """The path in the repository that a path leads to, where git tracks something there; None elsewhere.

    `root` is the real path of the work tree. A folder counts with all that is in it, and so does a link on the way.
    """
    beside = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    for place in dict.fromkeys((os.path.abspath(path), beside, os.path.realpath(path))):
        parts = os.path.relpath(place, root).split(os.sep)
        if parts[0] in (os.pardir, os.curdir, ".git") or os.path.isabs(parts[0]):
            continue
        above = ["/".join(parts[:n]) for n in range(1, len(parts))]
        links = [step for step in above if os.path.islink(os.path.join(root, step))]
        if tracked([*links, "/".join(parts)]):
            return "/".join(parts)
    return None
