"""The first-parent line of a commit, of which no more is read than what is asked for."""

from __future__ import annotations

from functools import partial

from mlops_gitops.git.repository import Git
from mlops_gitops.repository.lazy.index import Line


def first_parent_line(git: Git, commit: str) -> Line:
    """The line up to a commit. Raises Undecided in a shallow clone."""
    git.require_whole_history()
    return Line(
        partial(git.line, commit), partial(git.history, commit), partial(git.history_of, commit),
        partial(git.newest_first, commit), partial(git.newest, commit),
        partial(git.has_removed, commit), git.blob, git.adding, git.objects.read_ahead,
    )  # fmt: skip
