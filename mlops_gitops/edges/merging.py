"""Merges and rebases as git does them, in a throw-away work tree: the user's own is not touched."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mlops_gitops.edges.git import Git
from mlops_gitops.edges.raw import BranchCommit
from mlops_gitops.edges.refs import GitFailed
from mlops_gitops.errors import Refused

_NOBODY = {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "nobody"), ("EMAIL", "nobody@invalid"), ("DATE", "@0 +0000"))
}


@contextmanager
def _scratch(git: Git, commit: str) -> Iterator[str]:
    """A throw-away work tree at a commit, for a real merge or rebase."""
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "tree")
        git.run("worktree", "add", "--quiet", "--detach", place, git.commit_of(commit))
        try:
            yield place
        finally:
            with suppress(GitFailed):
                git.run("worktree", "remove", "--force", place)


def merge(git: Git, base: str, head: str, how: str, message: str) -> str:
    """The commit that merging `head` into `base` makes: merge, squash or rebase. Raises Refused on a conflict."""
    try:
        return _merge(git, base, head, how, message)
    except GitFailed as error:
        raise Refused(f"it does not merge cleanly: {error}", help="update the branch, then try again") from error


def _merge(git: Git, base: str, head: str, how: str, message: str) -> str:
    who = git.identity()
    with _scratch(git, head if how == "rebase" else base) as place:
        if how == "rebase":
            committer = {name: value for name, value in who.items() if name.startswith("GIT_COMMITTER")}
            git.run("rebase", "--quiet", base, cwd=place, env=committer)
            made = git.run("rev-parse", "HEAD^{tree}", cwd=place).decode().strip()
            if made != git.tree_id(_merge(git, base, head, "merge", message)):
                raise GitFailed("rebased, its commits give other files than the merge that was checked")
        elif how == "squash":
            git.run("merge", "--quiet", "--squash", head, cwd=place, env=who)
            git.run("commit", "--quiet", "--no-verify", "-m", message, cwd=place, env=who)
        else:
            git.run("merge", "--quiet", "--no-ff", "--no-verify", "-m", message, head, cwd=place, env=who)
        return git.run("rev-parse", "HEAD", cwd=place).decode().strip()


def would_make(git: Git, base: str, head: str) -> str:
    """The commit that merging `head` into `base` would make, in nobody's name. Raises Refused on a conflict.

    No file of either is written anywhere, so no filter of theirs runs.
    """
    try:
        tree = git.merged_tree(base, head)
    except GitFailed as error:
        raise Refused("it does not merge cleanly", help="update the branch, then try again") from error
    return git.commit_tree(tree, (base, head), "what merging would make", who=_NOBODY)


def merges_cleanly_to(git: Git, commit: BranchCommit) -> bool:
    """Whether a merge commit holds exactly what git makes of its parents, with nothing added by hand."""
    try:
        return git.merged_tree(*commit.parents) == git.tree_id(commit.sha)
    except GitFailed:
        return False
