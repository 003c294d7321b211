"""Merges and rebases, made of git's objects alone: no file is written, so no filter, driver or hook of theirs runs."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Sequence

from mlops_gitops.core.errors import Refused, Undecided
from mlops_gitops.git import process
from mlops_gitops.git.git_settings import person_line
from mlops_gitops.git.parse_output import BranchCommit
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.repository import Git

_NOBODY = "nobody <nobody@invalid> 0 +0000"


def merged_commit(git: Git, base: str, head: str, how: str, message: str) -> str:
    """The commit that merging `head` into `base` makes: merge, squash or rebase. Raises Refused on a conflict."""
    try:
        tree = merged_tree(git, base, head)
        if how == "rebase":
            return _rebased(git, base, head, tree)
        return git.commit_tree(tree, (base,) if how == "squash" else (base, head), message)
    except GitFailed as error:
        raise Refused(f"it does not merge cleanly: {error}", help="update the branch, then try again") from error


def _rebased(git: Git, base: str, head: str, wanted: str) -> str:
    """The commits of `head` that `base` lacks, each on top of the one before, by their own authors.

    Raises GitFailed where they do not end in the files `wanted`, which were checked.
    """
    tip = base
    for commit in git.between(base, head):
        if len(commit.parents) != 1:
            continue  # a rebase leaves merges out
        tree = _replayed(git, commit, tip)
        if tree != git.tree_id(tip):
            tip = git.commit_tree(tree, (tip,), git.message(commit.sha) or "", author=_author(git, commit.sha))
    if git.tree_id(tip) != wanted:
        raise GitFailed("rebased, its commits give other files than the merge that was checked")
    return tip


def _replayed(git: Git, commit: BranchCommit, tip: str) -> str:
    """The tree that a commit's change makes of `tip`: merged as if both had parted at the commit's parent."""
    before, after, here = (git.tree_id(id) for id in (commit.parents[0], commit.sha, tip))
    if before == here:
        return after
    parent = _in_nobodys_name(git, before, ())
    return merged_tree(git, *(_in_nobodys_name(git, files, (parent,)) for files in (here, after)))


def _in_nobodys_name(git: Git, tree: str, parents: Sequence[str]) -> str:
    return git.commit_tree(tree, parents, "", author=_NOBODY, committer=_NOBODY)


def _author(git: Git, commit: str) -> str:
    """Who wrote a commit and when, as a commit has it. Raises GitFailed where it does not say when."""
    if people := git.objects.commit(commit).people:
        return people[0].line
    date, name, email = (
        git.run("log", "-1", "--date=raw", "--format=%ad%n%an%n%ae", commit).decode("utf-8", "replace").split("\n")[:3]
    )
    if not date:
        raise GitFailed(f"the commit {commit} does not say when it was written")
    return person_line(name, email, date)


def merged_tree(git: Git, base: str, head: str) -> str:
    """The tree that merging two commits makes, by none of the drivers that attributes of either may name.

    Raises GitFailed on a conflict, Undecided where git is too old.
    """
    if git.is_ancestor(base, head):
        return git.tree_id(head)
    with tempfile.TemporaryDirectory() as empty:  # attributes are read from the work tree: here it has none
        apart = {"GIT_DIR": git.layout.folder, "GIT_WORK_TREE": empty, "GIT_INDEX_FILE": os.path.join(empty, "index")}
        words = ("merge-tree", "--write-tree", "--no-messages", base, head)
        try:
            return git.run(*words, env=apart, cwd=empty).decode().strip()
        except GitFailed:
            version = tuple(int(part) for part in re.findall(r"[0-9]+", git.text("version"))[:2])
            if version >= (2, 38):
                raise
            reason = "git is too old to tell what merging would make"
            raise Undecided(reason, help="install git 2.38 or newer") from None


def trial_commit(git: Git, base: str, head: str) -> str:
    """The commit that merging `head` into `base` would make, in nobody's name. Raises Refused on a conflict."""
    try:
        tree = merged_tree(git, base, head)
    except GitFailed as error:
        raise Refused("it does not merge cleanly", help="update the branch, then try again") from error
    return git.commit_tree(tree, (base, head), "what merging would make", author=_NOBODY, committer=_NOBODY)


def merges_cleanly_to(git: Git, commit: BranchCommit) -> bool:
    """Whether a merge commit holds exactly what git makes of its parents, with nothing added by hand."""
    try:
        return merged_tree(git, *commit.parents) == git.tree_id(commit.sha)
    except GitFailed:
        return False


def merged_text(text: str, base: str, other: str) -> str | None:
    """What `git merge-file` makes of two texts that began as a third; None where both changed the same lines."""
    with tempfile.TemporaryDirectory() as folder:
        names = ("text", "base", "other")
        for name, content in zip(names, (text, base, other), strict=True):
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content.encode())
        try:
            return process.run(folder, ("merge-file", "-p", "-q", *names)).decode()
        except GitFailed:
            return None
