"""The bytes that Git would store for a file of a work tree, as its attributes and `core.autocrlf` have it.

Git itself says so, by an index and objects of its own in a temporary folder: nothing of the repository is written.
Programs that a filter names are not run, since a pull request can bring what they run; of such a file the index has
what Git stores.
"""

from __future__ import annotations

import os
import shutil
import tempfile

from mlops_gitops.documents.tree import Unreadable
from mlops_gitops.git import process
from mlops_gitops.git.process import GitFailed

_NO_FILTER = {"unspecified", "unset", "set"}


def as_stored(root: str, path: str, data: bytes) -> bytes:
    """What Git would store for the bytes of a file; the same without a repository. Raises Unreadable.

    `data` are the bytes that lie at `path` below `root`.
    """
    if not os.path.lexists(os.path.join(root, ".git")):
        return data
    process.drop_foreign_variables()
    try:
        if name := _filter(root, path):
            return _in_index(root, path, name)
        return _added(root, path)
    except (GitFailed, OSError) as error:
        raise Unreadable(f"cannot be read as Git stores it: {error}") from error


def _filter(root: str, path: str) -> str:
    """The filter that Git runs on a path before it stores it; empty where there is none."""
    name = process.run(root, ("check-attr", "-z", "filter", "--", path)).decode("utf-8", "replace").split("\0")[2]
    if name in _NO_FILTER:
        return ""
    return name if any(_setting(root, f"filter.{name}.{key}") for key in ("clean", "process")) else ""


def _setting(root: str, name: str) -> str:
    try:
        return process.run(root, ("config", "--get", name)).decode("utf-8", "replace").strip()
    except GitFailed:
        return ""


def _in_index(root: str, path: str, filter: str) -> bytes:
    blob = _blob(root, path, {})
    if not blob:
        raise Unreadable(f"goes through Git's filter {filter!r}, which is not run here: git add {path}")
    return process.run(root, ("cat-file", "blob", blob))


def _added(root: str, path: str) -> bytes:
    """What `git add` would store."""
    index, objects = (
        process.run(root, ("rev-parse", "--path-format=absolute", "--git-path", name)).decode().rstrip("\n")
        for name in ("index", "objects")
    )
    with tempfile.TemporaryDirectory() as folder:
        own = {"GIT_INDEX_FILE": os.path.join(folder, "index"), "GIT_OBJECT_DIRECTORY": os.path.join(folder, "objects")}
        os.mkdir(own["GIT_OBJECT_DIRECTORY"])
        if os.path.exists(index):
            shutil.copy2(index, own["GIT_INDEX_FILE"])  # with its time, by which Git tells what may have changed since
        own["GIT_ALTERNATE_OBJECT_DIRECTORIES"] = objects
        process.run(root, ("-c", "core.safecrlf=false", "update-index", "--add", "--", path), env=own)
        return process.run(root, ("cat-file", "blob", _blob(root, path, own)), env=own)


def _blob(root: str, path: str, env: dict[str, str]) -> str:
    """The id of a file in the index; empty where it has none, or several in a conflict."""
    entries = process.run(root, ("ls-files", "--stage", "-z", "--", f":(top,literal){path}"), env=env).split(b"\0")
    found = [entry.split()[1].decode() for entry in entries if entry and entry.split()[2] == b"0"]
    return found[0] if len(found) == 1 else ""
