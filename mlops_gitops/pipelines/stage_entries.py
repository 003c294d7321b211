"""The entries of DVC's files: a stage of dvc.lock with the digests of one run, and what a .dvc file tracks."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.document import Route
from mlops_gitops.pipelines.dvc_hashes import folder_md5
from mlops_gitops.records.release import Member, Pin


@frozen
class Output:
    """A file or folder DVC tracks; `cached` is false where its bytes lie in Git."""

    pin: Pin
    source: str  # the dvc.lock or .dvc file that says so
    cached: bool
    imported: str | None = None  # the address or repository it came from


@frozen
class LockedStage:
    """A stage as dvc.lock pins it: the digests of one run."""

    name: str
    lock: str
    deps: Mapping[str, str]
    outputs: Mapping[str, Output]
    params: Mapping[str, Any]
    command: str = ""
    by_dvc2: frozenset[str] = frozenset()  # dependencies by a digest of DVC 2, which took CRLF for LF in text


def mapping(data: Any, key: str | None = None) -> dict[str, Any]:
    """The data, or its value at the key, as a mapping; empty where it is not one."""
    value = data.get(key) if key is not None and isinstance(data, dict) else data
    return value if isinstance(value, dict) else {}


def mappings(data: Any, key: str) -> list[dict[str, Any]]:
    """The mappings in the list at a key; what is not a mapping is left out."""
    value = mapping(data).get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _uncached(declaration: Mapping[str, Any], folder: str) -> list[re.Pattern[str]]:
    """The forms of the paths declared with `cache: false`; a `${…}` in one matches anything."""
    listed = [item for key in ("outs", "metrics", "plots") for item in mappings(declaration, key)]
    options = {path: mapping(value) for item in listed for path, value in item.items()}
    paths = [path for path, option in options.items() if option.get("cache") is False]
    return [_form(posixpath.normpath(posixpath.join(folder, path))) for path in paths]


def _form(path: str) -> re.Pattern[str]:
    """A path with templates as a pattern; each template but the last takes the shortest text and keeps it.

    That finds the same paths as trying every length, and many templates in one path cost no more than one.
    """
    first, *rest = (re.escape(part) for part in re.split(r"\$\{.*?\}", path))
    middle = "".join(f"(?>.+?{part})" for part in rest[:-1])
    return re.compile(first + middle + "".join(f".+{part}" for part in rest[-1:]))


def folder_of(lock: str, declaration: Mapping[str, Any]) -> str:
    """The folder a stage's paths are relative to."""
    wdir = declaration.get("wdir", ".")
    return posixpath.normpath(posixpath.join(posixpath.dirname(lock), wdir if isinstance(wdir, str) else "."))


def locked_stage(name: str, lock: str, data: dict[str, Any], declaration: dict[str, Any]) -> LockedStage:
    """The stage of an entry of dvc.lock, with its declaration in dvc.yaml."""
    folder = folder_of(lock, declaration)
    in_git = _uncached(declaration, folder)
    read = [pin for item in mappings(data, "deps") if (pin := pin_of(folder, item))]
    deps, by_dvc2 = {pin.path: str(pin.md5) for pin in read}, frozenset(pin.path for pin in read if pin.hash is None)
    pins = [pin for item in mappings(data, "outs") if (pin := pin_of(folder, item, name))]
    outputs = {pin.path: Output(pin, lock, not any(form.fullmatch(pin.path) for form in in_git)) for pin in pins}
    return LockedStage(name, lock, deps, outputs, mapping(data, "params"), command_of(data), by_dvc2)


def malformed(path: str, data: Any) -> tuple[Route, str] | None:
    """Where a dvc.lock or a .dvc file has not the form that DVC gives it, and how; None where it has."""
    if path.endswith(".dvc"):
        return _malformed_entry(data, ())
    if posixpath.basename(path) != "dvc.lock" or data is None:
        return None
    if not isinstance(data, dict):
        return (), "a dvc.lock is a mapping"
    top: Route = ("stages",) if "schema" in data else ()
    stages = data.get("stages") if top else data
    if stages is not None and not isinstance(stages, dict):
        return top, "stages is a mapping, name to stage"
    found = (_malformed_entry(entry, (*top, name)) for name, entry in (stages or {}).items())
    return next(filter(None, found), None)


def _malformed_entry(entry: Any, route: Route) -> tuple[Route, str] | None:
    if not isinstance(entry, dict):
        return route, "a stage is a mapping"
    for key in ("deps", "outs"):
        listed = entry.get(key) or []
        if not isinstance(listed, list):
            return (*route, key), f"{key} is a list"
        for n, item in enumerate(listed):
            if not isinstance(item, dict):
                return (*route, key, n), f"an entry of {key} is a mapping"
            if wrong := next((k for k in ("path", "md5") if not isinstance(item.get(k, ""), str)), None):
                return (*route, key, n, wrong), f"{wrong} is text"
    return None


def command_of(data: Mapping[str, Any]) -> str:
    """The command of a stage in one line; of a list of commands, each runs when the one before has passed."""
    written = data.get("cmd")
    return " && ".join(text for text in (written if isinstance(written, list) else [written]) if isinstance(text, str))


def import_source(data: Any) -> str | None:
    """Where a .dvc file imports from, as it says."""
    for dep in mappings(data, "deps"):
        url = mapping(dep, "repo").get("url") or dep.get("path")
        return url if isinstance(url, str) else None
    return None


def pin_of(folder: str, item: Mapping[str, Any], stage: str | None = None) -> Pin | None:
    """What one entry of `deps` or `outs` pins; None where it has no MD5, nor files with one."""
    path, md5 = item.get("path"), item.get("md5")
    remote = _remote(item)
    files = _members(item, remote)
    if files and md5 is None:  # pushed to a cloud-versioned remote, a folder has no digest of its own any more
        md5 = folder_md5({member.relpath: member.md5 for member in files})
    if not isinstance(path, str) or not isinstance(md5, str):
        return None
    whole = posixpath.normpath(posixpath.join(folder, path))
    size = item.get("size")
    return Pin(
        whole,
        md5,
        "md5" if item.get("hash") == "md5" else None,
        size if isinstance(size, int) else None,
        remote=remote,
        stage=stage,
        version_id=_version(item, remote),
        files=files,
    )


def _members(item: Mapping[str, Any], remote: str | None) -> tuple[Member, ...] | None:
    """The files of a folder; None where DVC does not say what each of them is."""
    found = []
    for entry in mappings(item, "files"):
        path, md5, size = entry.get("relpath"), entry.get("md5"), entry.get("size")
        if not isinstance(path, str) or not isinstance(md5, str):
            return None
        found.append(Member(path, md5, size if isinstance(size, int) else None, _version(entry, remote)))
    return tuple(found) or None


def _remote(item: Mapping[str, Any]) -> str | None:
    """The remote an entry is for, or was pushed to by version."""
    pushed = next((mapping(entry, "cloud") for entry in [item, *mappings(item, "files")] if "cloud" in entry), {})
    name = item.get("remote") or next(iter(pushed), None)
    return name if isinstance(name, str) else None


def _version(item: Mapping[str, Any], remote: str | None) -> str | None:
    """The version that was pushed to a remote."""
    version = mapping(mapping(item, "cloud"), remote).get("version_id") if remote else None
    return version if isinstance(version, str) else None
