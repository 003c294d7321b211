"""Data: bytes by pinned digest, from Git, DVC's cache, the work tree or a DVC remote.

Whatever is read is hashed while it is copied, so a corrupt store can delay an answer and never change one.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import WorkTree, safe_path, stored_if_possible
from mlops_gitops.git.stored_bytes import as_stored
from mlops_gitops.git.tracked_paths import Tracked
from mlops_gitops.pipelines.dvc_projects import project_folder
from mlops_gitops.records.release import Pin
from mlops_gitops.runtime.progress import Progress
from mlops_gitops.storage import folders
from mlops_gitops.storage.dvc_project import DvcProject
from mlops_gitops.storage.dvc_settings import DvcSettings
from mlops_gitops.storage.folders import Copy
from mlops_gitops.storage.remote_config import Stores
from mlops_gitops.storage.remotes import Remote, Unversioned, object_paths, own_streams
from mlops_gitops.storage.verify import LfsPointer, Mismatch, Unwritable, file_chunks, require_digest, write_verified

_GIT = threading.Lock()


@frozen
class DataStore:
    """The data of one repository.

    `project` finds the DVC project that a path belongs to; `tracked` is that of DvcSettings. `refused` says why no data
    is to be had by these settings at all, "" where they are fine; `unset` why there is no remote, where there is none
    for another reason than that none is configured.
    """

    root: str
    project: Callable[[str], DvcProject]
    blob: Callable[[str], bytes]
    tracked: Tracked = lambda _: ()
    refused: str = ""
    unset: str = ""

    @cached_property
    def _opened(self) -> dict[str | None, Stores]:
        """The stores that are open, by the folder of their project."""
        return {}

    @cached_property
    def _around(self) -> dict[str, Stores]:
        """The same by the folder of a file: a tracked folder has many."""
        return {}

    def stores(self, pin: Pin) -> Stores:
        """The cache and the remotes of the project that a file belongs to, the same ones each time. Raises Error."""
        if self.refused:
            raise Error(self.refused, help="git rm --cached the file, and merge that first")
        folder = posixpath.dirname(pin.path)
        with _GIT:
            if folder not in self._around:
                settings = self.settings(pin.path)
                self._around[folder] = self._opened.setdefault(settings.project.folder, Stores(settings))
            return self._around[folder]

    def settings(self, path: str) -> DvcSettings:
        """The settings of the project that a path belongs to."""
        return DvcSettings(os.path.realpath(self.root), self.project(path), self.tracked)

    def copy(self, pin: Pin, into: str, *, parts: tuple[str, ...] = ()) -> str:
        """A verified copy in the folder `into`: of a file, or of a tracked folder with its files at their own paths.

        `parts` are the endings of those files of a folder that alone are needed. Raises Undecided.
        """
        return self.copy_all([pin], into, parts=parts)[pin]

    def copy_all(self, pins: Iterable[Pin], into: str, *, parts: tuple[str, ...] = ()) -> dict[Pin, str]:
        """A verified copy of each, several at once. Raises Error, which names the first file that is not to be had."""
        copied = {}
        for pin, found in self.copies(pins, into, parts=parts).items():
            if isinstance(found, Error):
                raise found
            copied[pin] = found
        return copied

    def copies(self, pins: Iterable[Pin], into: str, *, parts: tuple[str, ...] = ()) -> dict[Pin, str | Error]:
        """As `copy_all`, with the reason in the place of each copy that is not to be had."""
        with own_streams():
            planned = {pin: self._planned(pin, into, parts) for pin in dict.fromkeys(pins)}
            wanted: dict[str, Pin] = {}
            for plan in planned.values():
                wanted |= plan.files if isinstance(plan, Copy) else {}
            faults = self._fetched(wanted)
        return {pin: plan.finished(faults) if isinstance(plan, Copy) else plan for pin, plan in planned.items()}

    def read(self, pin: Pin) -> bytes:
        """The verified bytes of a small file, or of a folder's listing. Raises Undecided."""
        with tempfile.TemporaryDirectory() as folder, own_streams():
            place = os.path.join(folder, "read")
            self._copy_file(pin, place, lambda _: None)
            return Path(place).read_bytes()

    def sha256s(self, pins: Iterable[Pin]) -> dict[str, str]:
        """The hex SHA-256 of the verified bytes of each file, by its path. Raises Undecided."""
        with tempfile.TemporaryDirectory() as folder:
            return {pin.path: _sha256(copy) for pin, copy in self.copy_all(pins, folder).items()}

    def members(self, pin: Pin) -> list[Pin]:
        """The files of a tracked folder. Raises Undecided."""
        return folders.member_pins(pin, folders.parse_listing(pin, self.read(pin)) if pin.files is None else pin.files)

    def files(self, pin: Pin) -> list[Pin]:
        """The pin itself, or the files of the folder it is. Raises Undecided."""
        return self.members(pin) if pin.is_folder else [pin]

    def require_remote(self, pin: Pin) -> str:
        """The name of a file's remote. Raises Error where there is none."""
        return self.stores(pin).require_remote(pin)

    def absence_reason(self, pin: Pin) -> str | None:
        """Why the bytes of a file or folder are not in its remote; None when all are. Raises Undecided."""
        require_digest(pin)
        if pin.git_blob is not None:
            return None
        remote = self.stores(pin).remote(pin)
        with own_streams():
            if pin.is_folder and not remote.versioned and (reason := _lacking(remote, pin)):
                return reason
            files = self.files(pin)
            with Progress("looking for", len(files)) as progress:
                return next(filter(None, progress.each(lambda file: _lacking(remote, file), files)), None)

    def _planned(self, pin: Pin, into: str, parts: tuple[str, ...]) -> Copy | Error:
        try:
            require_digest(pin)
            target = os.path.join(into, copy_name(pin) + ("".join(parts) if pin.is_folder else ""))
            if os.path.exists(target):
                return Copy(target, {})
            if pin.is_folder:
                return folders.plan_copy(pin, self.members(pin), target, parts)
            return Copy(target, {target: pin})
        except Error as error:
            return error

    def _fetched(self, wanted: Mapping[str, Pin]) -> dict[str, Error]:
        """Copies each file to its place; why some could not be."""
        sizes = [pin.size or 0 for pin in wanted.values()]
        with Progress("fetching", len(wanted), sum(sizes) if all(sizes) else 0) as progress:

            def fetch(item: tuple[str, Pin]) -> tuple[str, Error | None]:
                place, pin = item
                try:
                    os.makedirs(os.path.dirname(place), exist_ok=True)
                    self._copy_file(pin, place, progress.advance)
                except Error as error:
                    return place, error
                except OSError as error:  # such as a name that is too long for this system
                    return place, Undecided(f"{pin.path} cannot be copied: {error.strerror or error}")
                return place, None

            return {place: fault for place, fault in progress.each(fetch, wanted.items()) if fault}

    def _copy_file(self, pin: Pin, target: str, report: Callable[[int], None]) -> None:
        require_digest(pin)
        refusals: dict[str, str] = {}
        for place, chunks in self._places(pin):
            try:
                return write_verified(pin, chunks, target, report)
            except Unversioned:
                refusals.setdefault(place, "pinned without a version_id for")
            except FileNotFoundError:
                refusals.setdefault(place, "not in")
            except Mismatch:
                refusals[place] = "altered in"
            except OSError as error:
                refusals[place] = f"unreadable ({error.strerror or error}) in"
            except (LfsPointer, Unwritable):
                raise
            except Undecided as error:
                raise Undecided(f"{_refusal_text(pin, refusals)}, and {error.message}", help=error.help) from error
        if pin.git_blob is not None:
            raise Undecided(_refusal_text(pin, refusals), help="git fetch")
        stores = self.stores(pin)
        nowhere_else = f", and {self.unset or stores.unset}" if stores.remote_name(pin) is None else ""
        help = f"{stores.project.command('pull')}, or {stores.project.command('push')}"
        raise Undecided(_refusal_text(pin, refusals) + nowhere_else, help=help)

    def _places(self, pin: Pin) -> Iterator[tuple[str, Callable[[int], Iterator[bytes]]]]:
        """Where the bytes may lie, as people call it, and how they are read from a place in the file on."""
        in_tree = os.path.join(self.root, *pin.path.split("/"))
        if pin.git_blob is not None:
            yield "Git", lambda start: self._git_object(str(pin.git_blob), start)
            if safe_path(pin.path):
                yield "the work tree", lambda start: file_chunks(in_tree, start)
                yield "the work tree", lambda start: self._as_stored(pin.path, start)
            return
        stores = self.stores(pin)
        for path in self._cached(stores, pin):
            yield "the DVC cache", lambda start, path=path: file_chunks(path, start)  # type: ignore[misc]
        if safe_path(pin.path) and not pin.is_folder:
            yield "the work tree", lambda start: file_chunks(in_tree, start)
        if stores.remote_name(pin) is not None:
            remote = stores.remote(pin)
            yield f"the DVC remote {remote.name!r}", lambda start: remote.chunks(pin, start)

    def _cached(self, stores: Stores, pin: Pin) -> Iterator[str]:
        """Where a cache may hold the bytes: the project's, and that of a nearer one which only the work tree has."""
        nearest = project_folder(WorkTree(self.root), pin.path)
        here = DvcProject(nearest).inside(self.root)
        for cache in dict.fromkeys((stores.cache, os.path.join(here, "cache"))):
            yield from object_paths(cache, pin)

    def _as_stored(self, path: str, start: int) -> Iterator[bytes]:
        """A file of the work tree as Git stores it. Raises FileNotFoundError."""
        data = stored_if_possible(WorkTree(self.root, as_stored), path)
        if data is None:
            raise FileNotFoundError(path)
        return iter([data[start:]])

    def _git_object(self, id: str, start: int) -> Iterator[bytes]:
        try:
            with _GIT:  # one process of git answers all threads
                return iter([self.blob(id)[start:]])
        except Undecided as error:
            raise FileNotFoundError(id) from error


def copy_name(pin: Pin) -> str:
    """The name of a verified copy in its folder."""
    return pin.digest.replace(":", "-") + (f"-{pin.sha256[:16]}" if pin.sha256 else "")


def _lacking(remote: Remote, pin: Pin) -> str | None:
    try:
        if remote.present(pin):
            return None
    except Unversioned:
        return f"{pin.path} has no version_id for the cloud-versioned DVC remote {remote.name!r}"
    version = f", version {pin.version_id}" if remote.versioned else ""
    return f"{pin.path} ({pin.digest}{version}) is not in the DVC remote {remote.name!r}"


def _refusal_text(pin: Pin, refusals: Mapping[str, str]) -> str:
    refused = ", ".join(f"{what} {place}" for place, what in refusals.items())
    return f"{pin.path} ({pin.digest}) is {refused or 'nowhere'}"


def _sha256(path: str) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
