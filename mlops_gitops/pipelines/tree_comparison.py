"""Files and folders of a tree compared with their pins in DVC's files."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping

from mlops_gitops.core.git_lfs import is_pointer
from mlops_gitops.documents.tree import Tree, Unreadable, read_if_possible
from mlops_gitops.pipelines.dvc_hashes import Match, compare, file_md5, folder_md5
from mlops_gitops.pipelines.dvc_projects import parents, project_folder
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.release import Pin

ABSENT = "not in this tree"
FILES = 1000  # of a folder that is hashed
BYTES = 64 * 1024 * 1024  # of a folder that is hashed


class Incomparable(Exception):
    """Why something could not be compared."""


class TreeComparison:
    """The files of a tree, each compared once; `made` are the pins of what its stages made, by path."""

    def __init__(self, tree: Tree, tracking: Tracking, made: Mapping[str, Pin]) -> None:
        self.tree, self.tracking, self.made = tree, tracking, made
        self._matches: dict[Pin, Match | str] = {}

    def match(self, pin: Pin) -> Match:
        """How the file or folder at a pin's path compares with it. Raises Incomparable."""
        key = Pin(pin.path, pin.md5, pin.hash)
        if key not in self._matches:
            try:
                self._matches[key] = self._compared(key)
            except Incomparable as reason:
                self._matches[key] = str(reason)
        found = self._matches[key]
        if isinstance(found, str):
            raise Incomparable(found)
        return found

    def is_tracked(self, path: str) -> bool:
        """Whether DVC tracks exactly this path."""
        return path in self.made or self.tracking.added(path) is not None

    def _compared(self, pin: Pin) -> Match:
        if pin.is_folder:
            return Match.SAME if self._folder_md5(pin) == pin.md5 else Match.OTHER
        try:
            data = self.tree.read(pin.path)
        except Unreadable as error:
            raise Incomparable(error.message) from error
        if data is None:
            raise Incomparable(ABSENT)
        if is_pointer(data):
            raise Incomparable("it is a Git LFS pointer here")
        return compare(data, str(pin.md5), pin.hash)

    def _folder_md5(self, pin: Pin) -> str:
        """The digest of a folder of the tree, with the tracked files in it. Raises Incomparable."""
        paths, tracked = self._paths_in(pin.path)
        if not paths | tracked:
            raise Incomparable(ABSENT)
        if any("/.dvc/" in path for path in paths):
            raise Incomparable("another DVC project lies in it, which DVC passes over")
        if len(paths) > FILES:
            raise Incomparable(f"it holds more than {FILES:,} files")
        around = [pin.path, *parents(pin.path), ""]
        project = project_folder(self.tree, pin.path) or ""  # above it DVC reads no .dvcignore
        if any(map(self._leaves_out, around[: around.index(project) + 1])):
            raise Incomparable("a .dvcignore leaves out some of its files")
        digests, left = {}, BYTES
        for path in sorted(paths | tracked):
            digests[path.removeprefix(f"{pin.path}/")], size = self._file_md5(path, pin.hash, path in tracked)
            left -= size
            if left < 0:
                raise Incomparable("it is too large to hash here")
        return folder_md5(digests)

    def _paths_in(self, folder: str) -> tuple[set[str], set[str]]:
        """The files of a folder that lie in the tree, and those that DVC tracks."""
        paths = set(self.tree.paths(folder))
        added = {path.removesuffix(".dvc") for path in paths if path.endswith(".dvc")}
        inside = (path for path in {*added, *self.made} if path.startswith(f"{folder}/"))
        return paths, {path for path in inside if self.is_tracked(path)}

    def _leaves_out(self, folder: str) -> bool:
        """Whether a folder's .dvcignore holds more than the comments that `dvc init` writes into it."""
        lines = (read_if_possible(self.tree, posixpath.join(folder, ".dvcignore")) or b"").splitlines()
        return any(line.strip() and not line.startswith(b"#") for line in lines)

    def _file_md5(self, path: str, hash: str | None, tracked: bool) -> tuple[str, int]:
        """The digest of one file of a folder, and the bytes that were read for it. Raises Incomparable."""
        if tracked:
            added = self.tracking.added(path)
            pin = self.made.get(path) or (added.pin if added else None)
            if pin is None or pin.is_folder or pin.hash != hash:
                raise Incomparable(f"DVC tracks {path}")
            return str(pin.md5), 0
        try:
            data = self.tree.read(path)
        except Unreadable as error:
            raise Incomparable(f"{path} {error.message}") from error
        return file_md5(data or b"", hash), len(data or b"")
