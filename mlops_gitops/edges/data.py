"""Data: bytes by pinned digest, from DVC's cache, the work tree or a DVC remote; the only user of DVC.

Whatever is read is hashed while it is copied, so a corrupt store can delay an answer and never change one. A folder of
plain files (the cache, a local remote) is read here; every other remote through DVC, imported only then.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from mlops_gitops.canonical import git_blob
from mlops_gitops.edges import dvc_config
from mlops_gitops.errors import Error, Undecided
from mlops_gitops.records.release import Pin
from mlops_gitops.tree import safe_path

CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{32}(\.dir)?\Z")
_BLOB = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?\Z")


class Mismatch(Exception):
    """Bytes that are not those of the digest they lie under."""


@dataclass(frozen=True)
class DataStore:
    """The data of one repository. `config` is the text of the trusted `.dvc/config`, None where there is none."""

    root: str
    config: str | None
    blob: Callable[[str], bytes]
    folder: str = field(default=".dvc")

    # ── reading ──

    def copy(self, pin: Pin, into: str) -> str:
        """A verified copy of a file's bytes in the folder `into`. Raises Undecided."""
        _require_digest(pin)
        target = os.path.join(into, pin.digest.replace(":", "-"))
        if os.path.exists(target):
            return target
        refusals: dict[str, str] = {}
        for place, chunks in self._places(pin):
            try:
                _write_verified(pin, chunks(), target)
                return target
            except FileNotFoundError:
                refusals.setdefault(place, "not in")
            except Mismatch:
                refusals[place] = "altered in"
            except OSError as error:
                refusals[place] = f"unreadable ({error.strerror}) in"
        said = ", ".join(f"{what} {place}" for place, what in refusals.items())
        raise Undecided(f"{pin.path} ({pin.digest}) is {said or 'nowhere'}", help="dvc pull, or dvc push")

    def read(self, pin: Pin) -> bytes:
        """The verified bytes of a small file. Raises Undecided."""
        with tempfile.TemporaryDirectory() as folder:
            return Path(self.copy(pin, folder)).read_bytes()

    def sha256(self, pin: Pin) -> str:
        """The hex SHA-256 of a file's verified bytes. Raises Undecided."""
        with tempfile.TemporaryDirectory() as folder, open(self.copy(pin, folder), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def members(self, pin: Pin) -> list[Pin]:
        """The files of a tracked folder. Raises Undecided."""
        try:
            listed = [(item["relpath"], item["md5"]) for item in json.loads(self.read(pin))]
        except (ValueError, KeyError, TypeError) as error:
            raise Undecided(f"the listing of {pin.path} ({pin.digest}) is not DVC's") from error
        unsafe = [path for path, _ in listed if not isinstance(path, str) or not safe_path(path)]
        if unsafe:
            raise Undecided(f"the listing of {pin.path} names a path outside it: {unsafe[0]!r}")
        return [Pin(f"{pin.path}/{path}", md5=md5, hash=pin.hash, remote=pin.remote) for path, md5 in listed]

    def files(self, pin: Pin) -> list[Pin]:
        """The pin itself, or the files of the folder it is."""
        return self.members(pin) if pin.is_folder else [pin]

    def _places(self, pin: Pin) -> Iterator[tuple[str, Callable[[], Iterator[bytes]]]]:
        in_tree = os.path.join(self.root, *pin.path.split("/"))
        if pin.git_blob is not None:
            yield "Git", lambda: self._git_object(str(pin.git_blob))
            if safe_path(pin.path):
                yield "the work tree", lambda: _file(in_tree)
            return
        for path in _object_paths(self.cache, pin):
            yield "the DVC cache", lambda path=path: _file(path)  # type: ignore[misc]
        if safe_path(pin.path) and not pin.is_folder:
            yield "the work tree", lambda: _file(in_tree)
        if self.remote_name(pin) is not None:
            remote = self._remote(str(self.remote_name(pin)))
            yield f"the DVC remote {remote.name!r}", lambda: remote.chunks(pin)

    def _git_object(self, id: str) -> Iterator[bytes]:
        try:
            return iter([self.blob(id)])
        except Undecided as error:
            raise FileNotFoundError(id) from error

    # ── the remote ──

    def remote_name(self, pin: Pin) -> str | None:
        """The DVC remote that should hold a file: its own, or the default one."""
        return pin.remote or self._settings.get("core", {}).get("remote")

    def require_remote(self, pin: Pin) -> str:
        """The name of a file's remote. Raises Error where there is none."""
        name = self.remote_name(pin)
        if name is None:
            raise Error(
                "no DVC remote is configured, so a release would live on one machine only",
                help="dvc remote add -d storage URL, commit .dvc/config, then dvc push",
            )
        return name

    def absent(self, pin: Pin) -> str | None:
        """Why the bytes of a file or folder are not in its remote; None when all are. Raises Undecided."""
        _require_digest(pin)
        if pin.git_blob is not None:
            return None
        remote = self._remote(self.require_remote(pin))
        if not remote.present(pin):
            return f"{pin.path} ({pin.digest}) is not in the DVC remote {remote.name!r}"
        lost = [member.path for member in self.members(pin) if not remote.present(member)] if pin.is_folder else []
        return f"{lost[0]} is not in the DVC remote {remote.name!r}" if lost else None

    @cached_property
    def _settings(self) -> dvc_config.Config:
        inside = os.path.join(os.path.realpath(self.root), self.folder)
        local = Path(inside) / "config.local"
        texts = [self.config or "", local.read_text("utf-8", "replace") if local.is_file() else ""]
        try:
            whole = dvc_config.merged({inside: texts[0]})
            for section, values in dvc_config.merged({inside: texts[1]}).items():
                whole.setdefault(section, {}).update(values)
        except (ValueError, OSError) as error:
            raise Error(f"{self.folder}/config cannot be read: {error}") from error
        return whole

    @cached_property
    def cache(self) -> str:
        """The folder of the local cache."""
        return self._settings.get("cache", {}).get("dir") or os.path.join(self.root, self.folder, "cache")

    def _remote(self, name: str) -> _LocalRemote | _DvcRemote:
        settings = self._settings.get(f'remote "{name.lower()}"')
        if settings is None or "url" not in settings:
            raise Error(f"there is no DVC remote {name!r} in {self.folder}/config", help="dvc remote list")
        if "://" in settings["url"]:
            return _DvcRemote(name, self)
        return _LocalRemote(name, settings["url"])


@dataclass(frozen=True)
class _LocalRemote:
    name: str
    path: str

    def present(self, pin: Pin) -> bool:
        if not os.path.isdir(self.path):
            reason = f"the folder of the DVC remote {self.name!r} is not there: {self.path}"
            raise Undecided(reason, help="dvc push makes it, where the url is right")
        return any(os.path.isfile(path) for path in _object_paths(self.path, pin))

    def chunks(self, pin: Pin) -> Iterator[bytes]:
        paths = [path for path in _object_paths(self.path, pin) if os.path.isfile(path)]
        if not paths:
            raise FileNotFoundError(pin.path)
        return _file(paths[0])


@dataclass(frozen=True)
class _DvcRemote:
    name: str
    store: DataStore

    @cached_property
    def _stores(self) -> list[Any]:
        with _dvc_speaks(self.name):
            return _open(self.store, self.name)

    def present(self, pin: Pin) -> bool:
        with _dvc_speaks(self.name):
            return any(_present(objects, pin.digest) for objects in self._stores)

    def chunks(self, pin: Pin) -> Iterator[bytes]:
        with _dvc_speaks(self.name):
            for objects in self._stores:
                if _present(objects, pin.digest):
                    yield from _stream(objects, pin.digest)
                    return
        raise FileNotFoundError(pin.path)


@contextmanager
def _dvc_speaks(name: str) -> Iterator[None]:
    """DVC raises nearly anything, and takes standard output for itself: neither may pass."""
    out, err = sys.stdout, sys.stderr
    try:
        yield
    except (FileNotFoundError, GeneratorExit, Undecided):
        raise
    except ImportError as error:
        help = (
            "install the extra: pip install 'mlops-gitops[gates]', and the DVC plug-in of the remote, such as dvc[s3]"
        )
        raise Undecided(f"the DVC remote {name!r} needs a package that is not installed: {error}", help=help) from error
    except Exception as error:
        reason = (str(error).splitlines() or [""])[0] or type(error).__name__
        raise Undecided(f"the DVC remote {name!r} does not answer: {reason}") from error
    finally:
        sys.stdout, sys.stderr = out, err


def _open(store: DataStore, name: str) -> list[Any]:
    """The object stores of a remote, DVC 3's and DVC 2's, by the trusted config and the machine's own settings.

    `Repo(rev=…)` would resolve relative paths against `/` and refuse credentials of unknown remotes.
    """
    from dvc.config import Config
    from dvc.data_cloud import Remote
    from dvc.fs import LocalFileSystem, get_cloud_fs

    class Trusted(LocalFileSystem):  # type: ignore[misc]
        def open(self, path: str, mode: str = "r", **_: Any) -> Any:
            return io.BytesIO((store.config or "").encode())

    inside = os.path.join(os.path.realpath(store.root), store.folder)
    config = Config(inside, local_dvc_dir=inside, fs=Trusted(), validate=False)
    cls, settings, path = get_cloud_fs(config, name=name)
    if settings.get("version_aware") or settings.get("worktree"):
        raise Undecided(f"the DVC remote {name!r} is cloud-versioned, which is not supported yet")
    if cls.protocol in ("http", "https"):
        settings = {"connect_timeout": 10.0, "read_timeout": 30.0} | settings
    remote = Remote(name, path, cls(**settings), **settings)
    return [remote.odb, remote.legacy_odb]


def _present(objects: Any, digest: str) -> bool:
    path = objects.oid_to_path(digest)
    try:
        if objects.fs.protocol in ("http", "https"):
            return bool(objects.fs.fs.exists(path, strict=True))
        return bool(objects.fs.info(path)["type"] == "file")
    except (FileNotFoundError, NotADirectoryError):
        return False


def _stream(objects: Any, digest: str) -> Iterator[bytes]:
    # A plain open asks http servers for ranges, which some ignore; a block size of nought streams.
    options = {"block_size": 0, "size": 1} if objects.fs.protocol in ("http", "https") else {}
    with objects.fs.open(objects.oid_to_path(digest), "rb", **options) as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _require_digest(pin: Pin) -> None:
    """A digest becomes a path: what has not its form must not."""
    if not _DIGEST.match(pin.md5 or "") and not _BLOB.match(pin.git_blob or ""):
        raise Undecided(f"{pin.path} is pinned by {pin.digest!r}, which is no digest")


def _object_paths(store: str, pin: Pin) -> list[str]:
    digest = pin.digest
    layouts = (("files", "md5"), ()) if pin.hash == "md5" else ((), ("files", "md5"))
    return [os.path.join(store, *layout, digest[:2], digest[2:]) for layout in layouts]


def _file(path: str) -> Iterator[bytes]:
    if not os.path.isfile(path):
        raise FileNotFoundError(path)
    return _read_file(path)


def _read_file(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _write_verified(pin: Pin, chunks: Iterator[bytes], target: str) -> None:
    """Writes bytes that hash to the pin's digest, whole or not at all. Raises Mismatch."""
    part = f"{target}.part"
    try:
        with open(part, "wb") as file:
            matches = _hashing(pin, chunks, file.write)
        if not matches:
            raise Mismatch(pin.path)
        os.replace(part, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


def _hashing(pin: Pin, chunks: Iterator[bytes], write: Callable[[bytes], object]) -> bool:
    if pin.git_blob is not None:
        data = b"".join(chunks)
        write(data)
        return git_blob(data, length=len(pin.git_blob)) == pin.git_blob
    plain, folded, sha, last = hashlib.md5(), hashlib.md5(), hashlib.sha256(), b""
    for chunk in chunks:
        write(chunk)
        plain.update(chunk)
        if pin.hash is None:  # DVC 2 folded CRLF to LF in text before it hashed
            whole = last + chunk
            last = whole[-1:] if whole.endswith(b"\r") else b""
            folded.update((whole[:-1] if last else whole).replace(b"\r\n", b"\n"))
        if pin.sha256:
            sha.update(chunk)
    folded.update(last)
    wanted = pin.digest.removesuffix(".dir")
    right = plain.hexdigest() == wanted or (pin.hash is None and folded.hexdigest() == wanted)
    return right and (not pin.sha256 or sha.hexdigest() == pin.sha256)
