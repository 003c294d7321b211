"""Whole files into a work tree: all of them, or none."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress

from mlops_gitops.core.errors import Error


def check_place(root: str, path: str) -> None:
    """Raises Error where a file cannot go: through a link, which may lead anywhere, or under a file."""
    parts = path.split("/")
    for depth in range(1, len(parts)):
        folder = os.path.join(root, *parts[:depth])
        if os.path.islink(folder) or (os.path.lexists(folder) and not os.path.isdir(folder)):
            name = "/".join(parts[:depth])
            elsewhere = "make it a folder, or let `paths:` of the project lead elsewhere"
            help = f"rename {name}" if name.startswith(".") else elsewhere  # its name is not the project's to choose
            raise Error(f"{name} is not a folder, and {path} belongs in it", help=help)


def write(root: str, files: Mapping[str, bytes]) -> None:
    """Writes every file beside its place first, so that a full disk leaves none of them half there."""
    staged: list[tuple[str, str]] = []
    target = root
    try:
        for path, data in files.items():
            target = os.path.join(root, *path.split("/"))
            if os.path.isdir(target):  # else the files before it would be replaced by then
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            handle, draft = tempfile.mkstemp(prefix=".mlops-gitops-", dir=os.path.dirname(target))
            staged.append((draft, target))
            with open(handle, "wb") as file:
                file.write(data)
            os.chmod(draft, os.stat(target).st_mode & 0o777 if os.path.exists(target) else 0o644)
        for draft, target in staged:
            os.replace(draft, target)
    except OSError as error:  # its own file name is that of a draft, which says nothing to the user
        below_a_file = isinstance(error, FileExistsError | NotADirectoryError)
        reason = "a file is in the place of its folder" if below_a_file else error.strerror
        help = "name another place, or make this one writable"
        raise Error(f"the files cannot be written: {target}: {reason}", help=help) from error
    finally:
        for draft, _ in staged:
            with suppress(FileNotFoundError):
                os.unlink(draft)
