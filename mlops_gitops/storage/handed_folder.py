"""The folder that a run of a pipeline hands over: filled by the run, and read as what a stranger wrote.

No link is followed, and a file is hashed while it is copied: what counts is the copy, whatever becomes of the file.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.pipelines.dvc_hashes import folder_listing, folder_md5
from mlops_gitops.records.release import Pin
from mlops_gitops.retraining.handover.files import MOST_FILES, HandedFile
from mlops_gitops.storage.remotes import object_paths

_CHUNK = 1 << 20
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_KINDS = {stat.S_IFLNK: "is a symbolic link", stat.S_IFIFO: "is a pipe", stat.S_IFSOCK: "is a socket",
          stat.S_IFBLK: "is a device", stat.S_IFCHR: "is a device"}  # fmt: skip


class Altered(Exception):
    """A file that is not what dvc.lock says of it; the text says how."""


def fill(root: str, paths: Iterable[str], folder: str) -> None:
    """Moves files and folders of a work tree, as they are, below a new folder. Raises Undecided."""
    os.makedirs(folder)
    for path in sorted(set(paths)):
        source, target = (os.path.join(top, *path.split("/")) for top in (root, folder))
        if not os.path.lexists(source) or os.path.lexists(target):  # gone, or moved along with its folder
            continue
        try:
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.move(source, target)
        except (OSError, shutil.Error) as error:
            raise Undecided(f"{path} cannot be handed over: {error}") from error


def scan(folder: str) -> list[HandedFile]:
    """Everything below a folder but for plain folders, at most one more than MOST_FILES. Raises Undecided."""
    found: list[HandedFile] = []
    for path, entry in _entries(folder):
        found.append(_handed(path, entry))
        if len(found) > MOST_FILES:
            break
    return sorted(found, key=lambda file: file.path)


def _entries(folder: str) -> Iterator[tuple[str, os.DirEntry[str]]]:
    pending = [""]
    while pending:
        below = pending.pop()
        try:
            with os.scandir(os.path.join(folder, below)) as entries:
                listed = list(entries)
        except OSError as error:
            raise Undecided(f"the folder {os.path.join(folder, below)} cannot be read: {error.strerror}") from error
        for entry in listed:
            path = f"{below}/{entry.name}" if below else entry.name
            if entry.is_dir(follow_symlinks=False):
                pending.append(path)
            else:
                yield path, entry


def _handed(path: str, entry: os.DirEntry[str]) -> HandedFile:
    status = entry.stat(follow_symlinks=False)
    fault = "" if stat.S_ISREG(status.st_mode) else _KINDS.get(stat.S_IFMT(status.st_mode), "is not a plain file")
    if not fault and status.st_nlink > 1:
        fault = "is a hard link: it is another file too"
    return HandedFile(path, status.st_size, fault)


@frozen
class Received:
    """A cache of DVC that holds verified copies; `members` are the MD5 digests of the files of folders, by path."""

    cache: str
    members: Mapping[str, str]


def receive(folder: str, found: Sequence[HandedFile], outs: Mapping[str, Pin], cache: str) -> Received:
    """Copies outputs into an empty cache, each under the digest that dvc.lock gives it. Raises Altered, Undecided."""
    os.makedirs(cache, exist_ok=True)
    members: dict[str, str] = {}
    for path, pin in outs.items():
        if not pin.is_folder:
            _require(path, _taken(folder, path, cache), str(pin.md5))
            continue
        own = [file.path for file in found if file.path.startswith(f"{path}/")]
        digests = {file: _taken(folder, file, cache) for file in own}
        members |= digests
        by_name = {file.removeprefix(f"{path}/"): md5 for file, md5 in digests.items()}
        _require(path, folder_md5(by_name), str(pin.md5))
        _place_bytes(folder_listing(by_name), pin, cache)
    return Received(cache, members)


def keep(copies: Mapping[str, str], cache: str) -> None:
    """Copies files of our own making into the cache too; `copies` are their places by path. Raises Undecided."""
    os.makedirs(cache, exist_ok=True)
    for place in copies.values():
        _taken(os.path.dirname(place), os.path.basename(place), cache)


def _require(path: str, md5: str, declared: str) -> None:
    if md5 != declared:
        raise Altered(f"{path} has the digest {md5}, and dvc.lock says {declared}")


def _taken(folder: str, path: str, cache: str) -> str:
    """Copies a file into the cache, and returns its MD5. Raises Altered, Undecided."""
    try:
        source = os.open(os.path.join(folder, *path.split("/")), _FLAGS)
    except OSError as error:
        raise Undecided(f"{path} cannot be read: {error.strerror}") from error
    handle, draft = tempfile.mkstemp(dir=cache)
    try:
        with open(source, "rb") as file, open(handle, "wb") as copy:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
                raise Altered(f"{path} is not a plain file of its own any more")
            digest = hashlib.md5(usedforsecurity=False)
            while chunk := file.read(_CHUNK):
                if copy.tell() + len(chunk) > status.st_size:
                    raise Altered(f"{path} grows while it is read")
                digest.update(chunk)
                copy.write(chunk)
        md5 = digest.hexdigest()
        _place(draft, md5, cache)
        return md5
    finally:
        with suppress(FileNotFoundError):
            os.unlink(draft)


def _place_bytes(data: bytes, pin: Pin, cache: str) -> None:
    handle, draft = tempfile.mkstemp(dir=cache)
    with open(handle, "wb") as file:
        file.write(data)
    _place(draft, str(pin.md5), cache)


def _place(draft: str, md5: str, cache: str) -> None:
    target = object_paths(cache, Pin("", md5=md5, hash="md5"))[0]
    os.makedirs(os.path.dirname(target), exist_ok=True)
    os.replace(draft, target)
