"""Brings a clone to what was just merged, as `git pull --ff-only` would, where that loses nothing and runs nothing."""

from __future__ import annotations

import re

from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.repository import Git

_PROGRAM = re.compile(r"filter\.(.+)\.(?:smudge|clean|process)")
_LFS = "git-lfs"  # the only filter whose program no pull request can bring


def fast_forward(git: Git, branch: str, merged_branch: str, merged_head: str) -> str:
    """Checks out the newest commit of a branch of the remote; why not, or "" where it is done.

    It goes there from the branch itself, or from the one that was merged, where nothing is left to be committed or
    pushed. No hook is run: what a pull request brings is only checked out.
    """
    current, target = git.branch(), git.remote_tip(branch)
    if target is None:
        return f"{git.remote} has no branch {branch}"
    if current not in (branch, merged_branch):
        return f"the work tree is on {current or 'no branch'}"
    if current != branch and git.resolve("HEAD") != merged_head:
        return f"{current} has commits that were not merged"
    if name := _filter(git):
        return f"Git's filter {name!r} would run a program here"
    if git.run("status", "--porcelain", "-z", "--untracked-files=no"):
        return "the work tree has changes that are not committed"
    try:
        return _moved(git, branch, target)
    except GitFailed as error:
        return str(error)


def _moved(git: Git, branch: str, target: str) -> str:
    here = git.local_tip(branch)
    if here is None:
        git.run("switch", "--quiet", "--no-guess", "--create", branch, target)
        git.run("branch", "--quiet", f"--set-upstream-to={git.remote}/{branch}", branch)
        return ""
    if not git.is_ancestor(here, target):
        return f"{branch} has commits that {git.remote} lacks"
    git.run("switch", "--quiet", "--no-guess", branch)
    git.run("merge", "--quiet", "--ff-only", target)
    return ""


def _filter(git: Git) -> str:
    """The first filter whose program git would run on the files of a work tree; "" where there is none."""
    for name, value in git.settings.items():
        if (found := _PROGRAM.fullmatch(name)) and value.split()[:1] != [_LFS]:
            return found[1]
    return ""
