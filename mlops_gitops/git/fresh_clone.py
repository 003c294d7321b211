"""A clone of one commit in a folder of its own, without a remote: what runs there reaches no branch of ours."""

from __future__ import annotations

import os

from mlops_gitops.git import process
from mlops_gitops.git.refs import require_ids
from mlops_gitops.git.repository import Git


def fresh_clone(git: Git, commit: str, folder: str) -> Git:
    """A clone in the folder, which is not there yet, with the files of the commit. Raises GitFailed.

    It borrows the objects of `git`, and has none of its settings: no credential, no hook.
    """
    require_ids(commit)
    git.objects.write(("clone",))
    os.makedirs(os.path.dirname(folder), exist_ok=True)
    process.exchange(git.root, ("clone", "-q", "--shared", "--no-checkout", "--template=", git.root, folder))
    for words in (("remote", "remove", "origin"), ("checkout", "-q", "--detach", commit)):
        process.run(folder, words)
    return Git(folder)


def stored_token(git: Git) -> str:
    """The name of a setting of this clone that holds a token for a forge; "" where none is set."""
    try:
        names = git.text("config", "--name-only", "--get-regexp", r"^http\..*\.?extraheader$").splitlines()
    except process.GitFailed:  # none
        return ""
    return names[0] if names else ""


def changed_paths(git: Git) -> list[str]:
    """The files of the work tree that are not as in its commit, and those that Git neither tracks nor ignores."""
    out = git.run("status", "--porcelain=v1", "-z", "--no-renames", "--untracked-files=all").decode(
        "utf-8", "surrogateescape"
    )
    return [row[3:].removesuffix("/") for row in out.split("\0") if row]
