"""Live data in a folder of this machine: in the repository, or in a DVC remote that is a folder."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import islice

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import visible
from mlops_gitops.documents.worktree import SYMLINK
from mlops_gitops.storage import verify
from mlops_gitops.storage.columns import is_inside
from mlops_gitops.storage.live.place import Part, joined
from mlops_gitops.storage.remotes import FolderRemote

_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)  # never waiting for a pipe's writer


@frozen
class LocalPlace:
    """A path below the folder `top`; `contains` says whether what lies at such a path may be read."""

    top: str
    path: str
    contains: Callable[[str], bool]
    most: int

    def listing(self) -> tuple[Part, ...]:
        """The file, or those at any depth of the folder, by name. Raises FileNotFoundError, Undecided."""
        path = self.path.rstrip("/")
        full = self._full(path)
        if not os.path.lexists(full) or (self.path.endswith("/") and os.path.isfile(full)):
            raise FileNotFoundError(self.path)
        self._require_inside(path)
        if not os.path.isdir(full):
            return (self._part(path, ""),)
        return tuple(sorted(islice(self._below(path, ""), self.most + 1), key=lambda part: part.name))

    def chunks(self, part: Part) -> Iterator[bytes]:
        """The bytes of one. Raises FileNotFoundError, OSError."""
        with open(os.open(self._full(joined(self.path, part.name)), _READ), "rb") as file:
            while chunk := file.read(verify.CHUNK):
                yield chunk

    def _below(self, folder: str, prefix: str) -> Iterator[Part]:
        with os.scandir(self._full(folder)) as entries:
            for entry in entries:
                path, name = f"{folder}/{entry.name}", prefix + entry.name
                self._require_inside(path)
                if entry.is_symlink() and entry.is_dir():
                    raise Undecided(f"{visible(path)} {SYMLINK}")  # a folder in itself would have no end
                if entry.is_dir():
                    yield from self._below(path, f"{name}/")
                else:
                    yield self._part(path, name)

    def _part(self, path: str, name: str) -> Part:
        status = os.stat(self._full(path))
        if not stat.S_ISREG(status.st_mode):
            raise Undecided(f"{visible(path)} is not a plain file", help="put one there")
        version = f"{status.st_ino}-{status.st_mtime_ns}-{status.st_ctime_ns}"
        return Part(name, status.st_size, version, datetime.fromtimestamp(status.st_mtime, UTC))

    def _require_inside(self, path: str) -> None:
        if not self.contains(path):
            if os.path.realpath(self._full(path)) != self._full(path):
                raise Undecided(f"{visible(path)} {SYMLINK}")
            help = "name another place in `windows:` of monitoring.yaml"
            raise Undecided(f"{visible(path)} belongs to Git or DVC, and is not data", help=help)

    def _full(self, path: str) -> str:
        return os.path.join(self.top, *path.split("/"))


def repository_place(root: str, path: str, most: int) -> LocalPlace:
    """A path of a repository: no link leads out of it, but for DVC's own into a cache."""
    return LocalPlace(os.path.realpath(root), path, partial(is_inside, root), most)


def folder_place(remote: FolderRemote, root: str, path: str, most: int) -> LocalPlace:
    """A path in a remote that is a folder: no link leads out of it.

    Raises Undecided where it is not there, and where a link of the repository stands for it.
    """
    remote.require_folder()
    top, here = os.path.realpath(remote.path), os.path.realpath(root)
    if _is_below(here, os.path.abspath(remote.path)) and not _is_below(here, top):
        raise Undecided(f"the folder of the DVC remote {remote.name!r} {SYMLINK}")
    return LocalPlace(top, path, lambda below: _is_below(top, os.path.realpath(os.path.join(top, below))), most)


def _is_below(folder: str, path: str) -> bool:
    return os.path.commonpath((folder, path)) == folder
