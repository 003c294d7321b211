"""The files of a window of live data: copied while they are hashed, by their path, from wherever that leads.

Live data is untrusted. It is copied as it is, never executed or unpickled, and never committed; what could make a
window look fine that is not whole is refused.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from mlops_gitops.core import canonical
from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.documents.tree import WorkTree, safe_path
from mlops_gitops.pipelines.dvc_projects import file_command, parents, project_folders
from mlops_gitops.pipelines.tracked_outputs import Tracking
from mlops_gitops.records.monitoring import REMOTE
from mlops_gitops.records.release import Pin
from mlops_gitops.storage.data_store import DataStore
from mlops_gitops.storage.live.copying import copy_parts
from mlops_gitops.storage.live.local_place import LocalPlace, folder_place, repository_place
from mlops_gitops.storage.live.parts import common_format, data_parts, require_room, require_size
from mlops_gitops.storage.live.place import Growing, Limits, NotThere, Part, Place, shown
from mlops_gitops.storage.live.remote_place import RemotePlace
from mlops_gitops.storage.remotes import FolderRemote, own_streams


@frozen
class LiveFile:
    """One window on this machine.

    `path` is a file, or a folder of parts under their own names; `format` is csv or parquet, `size` in bytes. `digest`
    is `sha256:` and the hex SHA-256 of the file's bytes, or of the canonical JSON of part → hex SHA-256. `modified` is
    when the newest part was written, UTC; None where that is not known, as in Git, whose files are as old as the clone.
    """

    path: str
    format: str
    digest: str
    size: int
    parts: int
    modified: datetime | None


def read_live_file(
    store: DataStore, location: str, into: str, *, near: str, declared: str = "", limits: Limits | None = None
) -> LiveFile:
    """A copy, in a new folder below `into`, of the file or the folder of parts at a location.

    A location is a path in the repository, or `remote://NAME/path` in the DVC remote NAME of the project that `near`,
    the path of the file with the location in it, belongs to. `declared` is the format where the endings do not say it.
    Raises NotThere, Growing, and Undecided for all else that is not a whole window.
    """
    limits = limits or Limits()
    folder = tempfile.mkdtemp(prefix="window-", dir=os.path.abspath(into))
    try:
        with own_streams(), _plainly(location), tempfile.TemporaryDirectory(prefix="fetched-", dir=into) as fetched:
            place, dated = _place(store, location, fetched, near, limits)
            found = read_place(place, location, declared, folder, limits)
            return found if dated else replace(found, modified=None)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def _plainly(location: str) -> Iterator[None]:
    """Every fault as Undecided, in one line that names the location."""
    try:
        yield
    except FileNotFoundError as error:
        help = "it is not written yet, or `windows:` of monitoring.yaml names another place"
        raise NotThere(f"there is nothing at {shown(location)}: no file, and no folder", help=help) from error
    except Undecided:
        raise
    except Error as error:  # of DVC's settings
        raise Undecided(f"{shown(location)} cannot be read: {error.message}", help=error.help) from error
    except OSError as error:
        raise Undecided(f"{shown(location)} cannot be read: {error.strerror or error}") from error


def _place(store: DataStore, location: str, fetched: str, near: str, limits: Limits) -> tuple[Place, bool]:
    """Where a location leads, and whether the times of its files say when they were written."""
    remote, path = _taken_apart(location)
    if remote:
        return _remote_place(store, near, remote, path, limits), True
    place, plain = repository_place(store.root, path, limits.parts), path.rstrip("/")
    if os.path.lexists(os.path.join(store.root, *plain.split("/"))):
        return place, not store.tracked([plain]) and _tracked_by_dvc(store, plain) is None
    pin = _tracked_by_dvc(store, plain)
    if pin is None:
        return place, False
    if pin.path != plain:
        pull = file_command(WorkTree(store.root), "pull", pin.path)
        raise NotThere(f"{shown(location)} is not there, and DVC tracks {pin.path}", help=pull)
    require_size(location, pin.size or 0, limits)
    copy = os.path.realpath(store.copy(pin, fetched))
    return LocalPlace(os.path.dirname(copy), os.path.basename(copy), lambda _: True, limits.parts), False


def _remote_place(store: DataStore, near: str, name: str, path: str, limits: Limits) -> Place:
    """A path in a remote: that of the project around `near`, or of the one project that has a remote of this name."""
    stores = store.stores(Pin(near))
    if not stores.has_remote(name):
        inner = [store.stores(Pin(f"{folder}/x")) for folder in project_folders(WorkTree(store.root)) if folder]
        having = [found for found in inner if found.has_remote(name)]
        if len(having) > 1:
            projects = " and ".join(found.project.config for found in having)
            raise Undecided(f"there is a DVC remote {name!r} in {projects}", help="give them different names")
        stores = next(iter(having), stores)
    remote = stores.named(name)
    if isinstance(remote, FolderRemote):
        return folder_place(remote, store.root, path, limits.parts)
    return RemotePlace(remote, path)


def _tracked_by_dvc(store: DataStore, path: str) -> Pin | None:
    """What DVC tracks at a path, or the folder around it that it tracks."""
    tracking = Tracking(WorkTree(store.root))
    output = next(filter(None, map(tracking.output, (path, *parents(path)))), None)
    return output.pin if output else None


def _taken_apart(location: str) -> tuple[str, str]:
    """The name of the remote, "" for the repository, and the path there; a slash at its end names a folder."""
    is_remote = location.startswith(REMOTE)
    remote, slash, path = location.removeprefix(REMOTE).partition("/") if is_remote else ("", "/", location)
    if (is_remote and not remote) or not slash or not safe_path(path.removesuffix("/")):
        where = "a DVC remote" if is_remote else "the repository"
        help = "a path in the repository, or remote://NAME/path, with forward slashes and without `..`"
        raise Undecided(f"{shown(location)} is not a path inside of {where}", help=help)
    return remote, path


def read_place(place: Place, location: str, declared: str, folder: str, limits: Limits) -> LiveFile:
    """A copy in `folder` of all that is data at a place. Raises FileNotFoundError, OSError, Growing, Undecided."""
    listed = place.listing()
    parts = data_parts(location, listed, limits)
    file_format = common_format(location, parts, declared)
    size = sum(part.size or 0 for part in parts)
    require_size(location, size, limits)
    require_room(location, size, folder)
    target = os.path.join(folder, "window" if parts[0].name else f"window.{file_format}")
    copies = copy_parts(place, location, parts, target, limits)
    if _listed_again(place) != listed:
        raise Growing(location, "it changed while it was read")
    digests = {part.name: digest for part, (digest, _) in zip(parts, copies, strict=True)}
    digest = canonical.digest(digests) if parts[0].name else f"sha256:{digests['']}"
    times = [part.modified for part in parts if part.modified is not None]
    modified = max(times) if len(times) == len(parts) else None
    return LiveFile(target, file_format, digest, sum(size for _, size in copies), len(parts), modified)


def _listed_again(place: Place) -> Sequence[Part]:
    try:
        return place.listing()
    except FileNotFoundError:
        return ()
