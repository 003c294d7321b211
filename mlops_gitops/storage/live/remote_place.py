"""Live data in a DVC remote that is not a folder, read by DVC's own file system."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents import foreign_json
from mlops_gitops.storage.live.place import Part, joined
from mlops_gitops.storage.remotes import DvcRemote, stream

_TIMES = ("LastModified", "last_modified", "Last-Modified", "updated", "mtime", "modified", "modificationTime")
_VERSIONS = ("ETag", "etag", "VersionId", "versionId", "generation", "md5Hash", "Content-MD5", *_TIMES)


@frozen
class RemotePlace:
    """A path in a DVC remote, read by DVC's own file system."""

    remote: DvcRemote
    path: str

    def listing(self) -> tuple[Part, ...]:
        """The file, or those at any depth of the folder, by name. Raises FileNotFoundError, Undecided."""
        with self._opened() as (fs, top):
            found = _listed(fs, fs.join(top, *self.path.rstrip("/").split("/")), folder=self.path.endswith("/"))
        return tuple(sorted((_remote_part(name, info) for name, info in found.items()), key=lambda part: part.name))

    def chunks(self, part: Part) -> Iterator[bytes]:
        """The bytes of one. Raises FileNotFoundError, Undecided."""
        with self._opened() as (fs, top):
            yield from stream(fs, fs.join(top, *joined(self.path, part.name).split("/")), part.size)

    @contextmanager
    def _opened(self) -> Iterator[tuple[Any, str]]:
        try:
            with self.remote.file_system() as found:
                yield found
        except Undecided as error:
            help = error.help or "check its url, and what this machine has to open it with"
            raise Undecided(error.message, help=help) from error


def _listed(fs: Any, path: str, *, folder: bool) -> Mapping[str, Mapping[str, Any]]:
    """What DVC's file system knows of the file, or of each file of the folder, by its path below it."""
    if fs.protocol in ("http", "https"):
        return {"": _over_http(fs, path, folder=folder)}
    fs.fs.invalidate_cache()  # else it would say what it said the first time
    try:
        info = fs.fs.info(path)
        if info["type"] == "file" and not folder:
            return {"": info}
        below = f"{path}/"
        found = fs.fs.find(path, detail=True)
    except FileNotFoundError as error:
        if "bucket does not exist" in str(error):
            raise OSError("its bucket does not exist") from error
        raise
    files = {name: info for name, info in found.items() if info["type"] == "file" and name != path}
    if strange := next((name for name in files if not name.startswith(below)), None):
        raise OSError(f"it lists {foreign_json.quoted(strange)} below {path}")
    if not files and info["type"] == "file":
        raise FileNotFoundError(path)
    return {name.removeprefix(below): info for name, info in files.items() if not name.endswith("/")}


def _over_http(fs: Any, path: str, *, folder: bool) -> Mapping[str, Any]:
    if folder:
        raise Undecided(
            "a folder cannot be listed over HTTP", help="name one file, or keep the window where it can be listed"
        )
    if not fs.fs.exists(path, strict=True):
        raise FileNotFoundError(path)
    info: Mapping[str, Any] = fs.fs.info(path)
    return info


def _remote_part(name: str, info: Mapping[str, Any]) -> Part:
    size = info.get("size")
    version = " ".join(f"{key}={info[key]}" for key in _VERSIONS if info.get(key))
    modified = next(filter(None, (_moment(info.get(key)) for key in _TIMES)), None)
    return Part(name, size, version, modified)


def _moment(value: Any) -> datetime | None:
    """A time as one of the file systems gives it: a datetime, seconds or milliseconds since 1970, or a text."""
    try:
        if isinstance(value, int | float):
            return datetime.fromtimestamp(value / 1000 if value > 1e11 else value, UTC)
        if isinstance(value, str):
            value = parsedate_to_datetime(value) if "," in value else datetime.fromisoformat(value)
    except (ValueError, OverflowError):
        return None
    if not isinstance(value, datetime):
        return None
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
