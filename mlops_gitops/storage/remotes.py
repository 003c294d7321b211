"""Where DVC keeps bytes away from the work tree: a folder, read here, and any other remote, read through DVC.

DVC is imported only when a remote of that kind is asked. Nothing here judges the bytes: the code that reads them does.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, Protocol, TypeAlias

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.documents.tree import safe_path
from mlops_gitops.records.release import Pin
from mlops_gitops.storage import verify
from mlops_gitops.storage.dvc_project import DvcProject
from mlops_gitops.storage.isolation import has_terminal, isolated

Place: TypeAlias = tuple[Any, str]  # DVC's file system, and a path in it
Found: TypeAlias = tuple[Any, str, int | None]  # … and the size of the file there, where it is known
# A wrong address must fail in seconds. Once a server has answered, DVC's own patience holds.
QUICK = {"http": {"connect_timeout": 10.0, "read_timeout": 30.0}, "s3": {"connect_timeout": 10, "read_timeout": 20}}
ATTEMPTS = 2
BLOCK = 16 << 20  # what one request to S3 reads: DVC's own 50 MB, for each of several files, are much of a small runner


class Unversioned(FileNotFoundError):
    """A pin without a version, in a remote that keeps its files by version."""


class Remote(Protocol):
    """A DVC remote: whether it holds what is pinned, and its bytes."""

    name: str

    @property
    def versioned(self) -> bool:
        """Whether files lie in it under their own path, by version, and listings of folders not at all."""

    def present(self, pin: Pin) -> bool:
        """Whether the bytes are there. Raises Undecided, Unversioned."""

    def chunks(self, pin: Pin, start: int = 0) -> Iterator[bytes]:
        """The bytes from `start` on. Raises FileNotFoundError, Undecided."""


def object_paths(store: str, pin: Pin) -> list[str]:
    """Where a cache or a remote in a folder may hold the bytes: the places of DVC 3 and of DVC 2."""
    digest = pin.digest
    layouts = (("files", "md5"), ()) if pin.hash == "md5" else ((), ("files", "md5"))
    return [os.path.join(store, *layout, digest[:2], digest[2:]) for layout in layouts]


class FolderRemote:
    """A remote that is a folder of this machine."""

    versioned = False

    def __init__(self, name: str, path: str, project: DvcProject) -> None:
        self.name, self.path, self._project = name, path, project

    def require_folder(self) -> None:
        """Raises Undecided where the folder itself is not there."""
        if not os.path.isdir(self.path):
            reason = f"the folder of the DVC remote {self.name!r} is not there: {self.path}"
            raise Undecided(reason, help=f"{self._project.command('push')} makes it, where the url is right")

    def present(self, pin: Pin) -> bool:
        """Whether the bytes are there. Raises Undecided where the folder itself is not."""
        self.require_folder()
        return any(os.path.isfile(path) for path in object_paths(self.path, pin))

    def chunks(self, pin: Pin, start: int = 0) -> Iterator[bytes]:
        """The bytes from `start` on. Raises FileNotFoundError."""
        paths = object_paths(self.path, pin)
        return verify.file_chunks(next(filter(os.path.isfile, paths), paths[0]), start)


class DvcRemote:
    """Any other remote. One that has never answered is asked once, by one thread, and then taken to be silent.

    `known` are the settings that DVC gets, all of them; `require_untracked` is that of DvcSettings.
    """

    def __init__(
        self, name: str, known: Mapping[str, Any], require_untracked: Callable[[str, str], None], project: DvcProject
    ) -> None:
        self.name, self._known, self._require_untracked, self._project = name, known, require_untracked, project
        self._opening, self._first = threading.Lock(), threading.Lock()
        self._answered = False
        self._silent: Undecided | None = None

    @cached_property
    def _opened(self) -> _Opened:
        with self._dvc_speaks():
            return _Opened(self.name, self._known, self._project)

    @property
    def versioned(self) -> bool:
        """Whether it is cloud-versioned: `version_aware`, or a `worktree` remote."""
        with self._opening:
            return self._opened.versioned

    def present(self, pin: Pin) -> bool:
        """Whether the bytes are there. Raises Undecided, Unversioned."""
        return self._found(pin) is not None

    def chunks(self, pin: Pin, start: int = 0) -> Iterator[bytes]:
        """The bytes from `start` on. Raises FileNotFoundError, Undecided."""
        if self._answered and not start and (first := self._first_block(pin)):
            place, data = first
            yield data
            if len(data) == BLOCK:
                with self._dvc_speaks():
                    yield from stream(*place, None, BLOCK)
            return
        found = self._found(pin)
        if found is None:
            raise FileNotFoundError(pin.path)
        with self._dvc_speaks():
            yield from stream(*found, start)

    def _first_block(self, pin: Pin) -> tuple[Place, bytes] | None:
        """The first block of a file in S3, and where it lies, without a request for its size; None where there is none.

        Most parts of a folder are no longer, and a folder has thousands.
        """
        with self._opening:
            places = self._opened.places(pin) if self._opened.place[0].protocol == "s3" else []
        with self._dvc_speaks():
            for fs, path in places:
                with suppress(OSError):  # not there, or empty; what it is worth is said where it is looked for
                    return (fs, path), fs.fs.cat_file(path, start=0, end=BLOCK)
        return None

    @contextmanager
    def file_system(self) -> Iterator[Place]:
        """DVC's file system and where the remote is in it, to read files there by their path. Raises Undecided."""
        with self._opening:
            opened = self._opened
        with self._dvc_speaks():
            yield opened.place
            opened.be_patient()

    def _found(self, pin: Pin) -> Found | None:
        if self._answered:
            return self._look(pin)
        with self._first:
            if self._silent:
                raise Undecided(self._silent.message, help=self._silent.help)
            try:
                found = self._look(pin)
            except Undecided as error:
                self._silent = error
                raise
            self._answered = True
            self._opened.be_patient()
            return found

    def _look(self, pin: Pin) -> Found | None:
        with self._opening:
            places = self._opened.places(pin)
        with self._dvc_speaks():
            return next(filter(None, (_file(*place) for place in places)), None)

    @contextmanager
    def _dvc_speaks(self) -> Iterator[None]:
        """DVC raises nearly anything, and none of it may pass."""
        try:
            with isolated(self._require_untracked):
                yield
        except (FileNotFoundError, GeneratorExit, Error):
            raise
        except ImportError as error:
            help = "pip install 'mlops-gitops[gates]', and the DVC plug-in of the remote, such as dvc[s3]"
            reason = f"the DVC remote {self.name!r} needs a package that is not installed: {error}"
            raise Undecided(reason, help=help) from error
        except Exception as error:
            reason = (str(error).splitlines() or [""])[0] or type(error).__name__
            raise Undecided(f"the DVC remote {self.name!r} does not answer: {reason}") from error


class _Opened:
    """A remote as DVC opens it: by the settings it is given, and by no file."""

    def __init__(self, name: str, known: Mapping[str, Any], project: DvcProject) -> None:
        from dvc.data_cloud import Remote
        from dvc.fs import get_cloud_fs

        cls, settings, self._path = get_cloud_fs(known, name=name)
        self._folder = project.folder
        _require_no_question(name, settings, project)
        self.versioned = bool(settings.get("version_aware") or settings.get("worktree"))
        if self.versioned:
            _require_versions(name, cls, settings, project)
            settings["version_aware"] = True
        self._fs = cls(**(QUICK.get(cls.protocol.removesuffix("s"), {}) | settings))
        self.be_patient = _hurried(self._fs)
        remote = Remote(name, self._path, self._fs, **settings)
        self._stores = [] if self.versioned else [remote.odb, remote.legacy_odb]

    @property
    def place(self) -> Place:
        """Where the remote itself lies."""
        return self._fs, self._path

    def places(self, pin: Pin) -> list[Place]:
        """Where the bytes may lie. Raises Unversioned."""
        if not self.versioned:
            return [(store.fs, store.oid_to_path(pin.digest)) for store in self._stores]
        if pin.version_id is None:
            raise Unversioned(pin.path)
        if not safe_path(pin.path):
            raise FileNotFoundError(pin.path)
        below = pin.path.removeprefix(f"{self._folder}/") if self._folder else pin.path  # as DVC counts paths
        path = self._fs.join(self._path, *below.split("/"))
        return [(self._fs, self._fs.version_path(path, pin.version_id))]


def _require_versions(name: str, cls: Any, settings: dict[str, Any], project: DvcProject) -> None:
    if settings.get("version_aware") is False:
        help = project.command(f"remote modify {name} version_aware true")
        raise Undecided(
            f"the DVC remote {name!r} is a worktree without versions, where bytes are written over", help=help
        )
    if not hasattr(cls, "version_path"):
        reason = f"the DVC remote {name!r} is version_aware, and {cls.protocol} keeps no versions"
        unset = project.command(f"remote modify --unset {name} version_aware")
        raise Undecided(reason, help=f"{unset}, then {project.command('push')}")


def _require_no_question(name: str, settings: Mapping[str, Any], project: DvcProject) -> None:
    for secret in ("password", "passphrase"):
        if settings.get(f"ask_{secret}") and not settings.get(secret) and not has_terminal():
            help = project.command(f"remote modify --local {name} {secret} VALUE")
            raise Undecided(f"the DVC remote {name!r} asks for a {secret}, and there is no terminal", help=help)


def _hurried(fs: Any) -> Callable[[], None]:
    """Fewer attempts for a file system that retries for minutes, and what takes that back."""
    if fs.protocol in ("http", "https"):
        fs.SESSION_RETRIES = ATTEMPTS
    if fs.protocol != "s3":
        return lambda: None
    fs.fs_args.setdefault("config_kwargs", {})["retries"] = {"total_max_attempts": ATTEMPTS}
    fs.fs.retries = 1
    return lambda: fs.fs.__dict__.pop("retries", None)


def _file(fs: Any, path: str) -> Found | None:
    try:
        if fs.protocol in ("http", "https"):
            return (fs, path, None) if fs.fs.exists(path, strict=True) else None
        info = fs.info(path)
        return (fs, path, info.get("size")) if info["type"] == "file" else None
    except (FileNotFoundError, NotADirectoryError) as error:
        if "bucket does not exist" in str(error):
            raise OSError("its bucket does not exist") from error
        return None


def stream(fs: Any, path: str, size: int | None, start: int = 0) -> Iterator[bytes]:
    """The bytes of a file in one of DVC's file systems from `start` on, in few requests. Raises what that raises."""
    options: dict[str, Any] = {}
    if fs.protocol in ("http", "https"):
        options = {"block_size": 0, "size": 1}  # streams: some servers ignore the ranges that a plain open asks for
    elif fs.protocol == "s3":
        if size is not None and size <= BLOCK:
            yield fs.fs.cat_file(path)[start:]  # one request, where a plain open takes two
            return
        options = {"block_size": BLOCK}
    with fs.open(path, "rb", **options) as file:
        if options.get("block_size") == 0:
            while start and (chunk := file.read(min(start, verify.CHUNK))):
                start -= len(chunk)
        elif start:
            file.seek(start)
        while chunk := file.read(verify.CHUNK):
            yield chunk


@contextmanager
def own_streams() -> Iterator[None]:
    """DVC takes standard output for itself, which must be ours again afterwards."""
    out, err = sys.stdout, sys.stderr
    try:
        yield
    finally:
        sys.stdout, sys.stderr = out, err
