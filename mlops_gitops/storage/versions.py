"""Versions of a folder side by side: a symbolic link names the one in use, and is switched at once.

For `--out /opt/churn` there are `/opt/churn`, a link, and `/opt/.churn.versions` with one folder a version, `previous`,
a link to the one before, and a lock. A version is complete and on disk before the link names it. Stopped anywhere, by a
signal or a power cut, the link names the old version or the new one, and the next run carries on.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.data_store import DataStore, copy_name
from mlops_gitops.storage.verify import is_copy

MARK = ".mlops-gitops.json"  # what a version holds: which release it is
_AT_WORKING_FOLDER, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


@frozen
class Versions:
    """The versions of one folder: `link` is where its readers find it, `shown` how the user wrote that."""

    link: str
    shown: str

    @property
    def folder(self) -> str:
        """Where the versions lie."""
        parent, name = os.path.split(self.link)
        return os.path.join(parent, f".{name}.versions")

    @property
    def _next(self) -> str:
        """The link that takes the place of the one in use; for a moment, the folder that an older version wrote."""
        return os.path.join(self.folder, "next")

    def current(self) -> str | None:
        """The name of the version in use; None before the first."""
        return self._named_by(self.link)

    def install(self, store: DataStore, pins: Sequence[Pin], mark: Mapping[str, Any]) -> bool:
        """Puts the version that `mark` describes in use; whether it was another one before.

        What is there already, from a run that was stopped or an earlier use, is verified and kept. Raises Undecided
        where bytes are not to be had or written; what is in use then stays.
        """
        name = f"{mark['release']}-{digest(mark).removeprefix('sha256:')[:12]}"
        version = os.path.join(self.folder, name)
        self._finish_takeover()
        switched = self.current() != name
        if switched:
            self._prepare_link(name)
        self._complete(version, store, pins, mark)
        if switched:
            _sync_folders(version)
            _sync(self.folder)
            self._switch()
        self._tidy()
        return switched

    def _complete(self, version: str, store: DataStore, pins: Sequence[Pin], mark: Mapping[str, Any]) -> None:
        """Gives a version what it lacks, each file in one step, since its readers may be at work."""
        incoming = os.path.join(self.folder, "incoming")
        wanted = [pin for pin in pins if not is_copy(pin, os.path.join(version, pin.path))]
        for pin in wanted:
            kept = os.path.join(incoming, copy_name(pin))
            if os.path.lexists(kept) and not is_copy(pin, kept):
                _remove(kept)
        if wanted:
            os.makedirs(incoming, exist_ok=True)
            _place(store.copy_all(wanted, incoming), version)
        text = (json.dumps(mark, indent=2) + "\n").encode()
        if wanted or not _holds(os.path.join(version, MARK), text):
            os.makedirs(version, exist_ok=True)
            _write(os.path.join(self.folder, "mark"), text)
            os.replace(os.path.join(self.folder, "mark"), os.path.join(version, MARK))

    def _prepare_link(self, name: str) -> None:
        """Makes the link before anything is fetched: where there are no links, that is said at once."""
        _remove(self._next)
        try:
            os.symlink(os.path.join(os.path.basename(self.folder), name), self._next)
        except OSError as error:
            message = f"a symbolic link to the version in use cannot be made beside {self.shown}: {error.strerror}"
            help = "name a folder on a file system that has symbolic links; FAT, exFAT and many shares have none"
            raise Undecided(message, help=help) from error

    def _switch(self) -> None:
        if os.path.isdir(self.link) and not os.path.islink(self.link):
            if os.listdir(self.link):
                self._take_over()
                return
            os.rmdir(self.link)
        if (before := self.current()) is not None:
            self._keep_as_previous(before)
        os.replace(self._next, self.link)
        _sync(os.path.dirname(self.link))

    def _keep_as_previous(self, name: str) -> None:
        staged = os.path.join(self.folder, "previous.next")
        _remove(staged)
        os.symlink(name, staged)
        os.replace(staged, os.path.join(self.folder, "previous"))
        _sync(self.folder)

    def _take_over(self) -> None:
        """The folder that an older mlops-gitops wrote and the link change places in one step."""
        if not _exchange(self._next, self.link):
            raise Undecided(
                f"{self.shown} is a folder that an older mlops-gitops wrote, and here it cannot be made a link at once",
                help=f"stop what reads it, remove {self.shown}, and fetch again: the new version is there already",
            )
        _sync(os.path.dirname(self.link))
        self._finish_takeover()

    def _finish_takeover(self) -> None:
        """The folder that a link has taken the place of becomes the previous version."""
        if os.path.islink(self._next) or not os.path.isdir(self._next):
            return
        name = f"before-{_release(self._next)}"
        _remove(os.path.join(self.folder, name))  # where it is, the one of a takeover before this one
        self._keep_as_previous(name)
        os.rename(self._next, os.path.join(self.folder, name))
        _sync(self.folder)

    def _tidy(self) -> None:
        """Removes all but the version in use and the previous one."""
        kept = {"lock", "previous", self.current(), self._named_by(os.path.join(self.folder, "previous"))}
        for name in sorted(set(os.listdir(self.folder)) - kept):
            _remove(os.path.join(self.folder, name))

    def _named_by(self, link: str) -> str | None:
        return os.path.basename(os.readlink(link)) if os.path.islink(link) else None


@contextmanager
def open_versions(out: str, *, wait: float = 0.0) -> Iterator[Versions]:
    """The versions of the folder `out`, for this process alone. Raises Error where it is somebody's, Undecided.

    It waits at most `wait` seconds for another process that holds them.
    """
    path = os.path.abspath(out)
    link = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    versions = Versions(link, out)
    try:
        _require_ours(versions)
        os.makedirs(versions.folder, exist_ok=True)
        with _locked(versions, wait):
            yield versions
    except OSError as error:
        reason = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        raise Undecided(f"{out} cannot be written: {reason}", help="what was there before is still there") from error


def _require_ours(versions: Versions) -> None:
    link, shown = versions.link, versions.shown
    if os.path.islink(link):
        if os.path.dirname(os.readlink(link)) != os.path.basename(versions.folder):
            raise Error(f"{shown} is a link that fetch did not make", help="name a new folder")
    elif os.path.lexists(link) and not _is_replaceable(link):
        raise Error(f"{shown} is not empty, and was not written by fetch", help="name a new folder")
    if os.path.isdir(versions.folder) and os.listdir(versions.folder) and not _has_lock(versions.folder):
        reason = f"{versions.folder} is where fetch keeps the versions of {shown}, and holds what fetch did not write"
        raise Error(reason, help="name a new folder, or move that one away")


def _has_lock(folder: str) -> bool:
    """Whether fetch was here before: the lock is the first file that it makes, and it is never removed."""
    lock = os.path.join(folder, "lock")
    return os.path.isfile(lock) and not os.path.islink(lock)


def _is_replaceable(folder: str) -> bool:
    return os.path.isdir(folder) and (os.path.isfile(os.path.join(folder, MARK)) or not os.listdir(folder))


@contextmanager
def _locked(versions: Versions, wait: float) -> Iterator[None]:
    """Holds the lock of a folder's versions; the system frees it when the process ends, however it ends."""
    try:
        import fcntl
    except ImportError as error:
        raise Error(
            "fetch needs file locks and symbolic links that are replaced in one step, which Windows does not have",
            help="run it in WSL, or on Linux or macOS",
        ) from error
    file = os.open(os.path.join(versions.folder, "lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        end = time.monotonic() + wait
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= end:
                    reason = f"another fetch writes into {versions.shown} at this moment"
                    raise Undecided(reason, help="try again when it has ended") from error
                time.sleep(0.05)
        yield
    finally:
        os.close(file)


def _place(copies: Mapping[Pin, str], version: str) -> None:
    """Moves verified copies to their paths; where several files are equal, each gets its own."""
    places: dict[str, list[str]] = {}
    for pin, copy in copies.items():
        places.setdefault(copy, []).append(os.path.join(version, *pin.path.split("/")))
    for copy, paths in places.items():
        for path in paths:
            os.makedirs(os.path.dirname(path), exist_ok=True)
        for path in paths[1:]:
            shutil.copyfile(copy, f"{copy}.again")
            _sync(f"{copy}.again")
            os.replace(f"{copy}.again", path)
        _sync(copy)
        os.replace(copy, paths[0])


def _write(path: str, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _holds(path: str, data: bytes) -> bool:
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read(len(data) + 1) == data


def _sync_folders(top: str) -> None:
    """Has the system write every folder of a tree to disk: files are named by their folders."""
    for folder, _, _ in os.walk(top, topdown=False):
        _sync(folder)


def _sync(path: str) -> None:
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # what some shares say of every folder
            raise
    finally:
        os.close(file)


def _exchange(first: str, second: str) -> bool:
    """Lets two paths change places in one step; False where the system or the file system cannot."""
    renameat2 = getattr(ctypes.CDLL(None), "renameat2", None)
    paths = os.fsencode(first), os.fsencode(second)
    if renameat2 is None:
        return False
    done: int = renameat2(_AT_WORKING_FOLDER, paths[0], _AT_WORKING_FOLDER, paths[1], _EXCHANGE)
    return done == 0


def _release(folder: str) -> str:
    """The release that the mark of a folder names, as far as it can be read."""
    with suppress(OSError, ValueError, TypeError, KeyError):
        with open(os.path.join(folder, MARK), "rb") as file:
            name = json.loads(file.read(1 << 20))["release"]
        if isinstance(name, str) and name.replace(".", "").replace("-", "").isalnum():
            return name
    return "unknown"


def _remove(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    else:
        with suppress(FileNotFoundError):
            os.unlink(path)
