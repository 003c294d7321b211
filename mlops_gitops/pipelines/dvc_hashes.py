"""DVC's digests of files and folders, as dvc.lock writes them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from enum import Enum

from mlops_gitops.documents.tree import Tree, Unreadable

TEXT = bytes(range(32, 127)) + b"\n\r\t\f\b"
BLOCK = 512  # first bytes, which decide between text and binary
CHUNK = 1 << 20  # bytes DVC reads at a time
MOST = 1000  # files of a folder whose digest is computed again
BINARY = 0.30  # share of other bytes


class Match(Enum):
    """How bytes compare with a digest."""

    SAME = "same"
    LINE_ENDS = "line ends"  # they would be the same with the other line ends, CRLF for LF or LF for CRLF
    OTHER = "other"


def compare(data: bytes, md5: str, hash: str | None) -> Match:
    """Whether a file of these bytes has the digest; `hash` is what dvc.lock says beside it: md5, or None for DVC 2."""
    if md5 in (file_md5(data, hash), _md5(_folded(data)) if hash is None and is_text(data) else None):
        return Match.SAME
    unix = data.replace(b"\r\n", b"\n")
    if is_text(data) and md5 in (_md5(unix), _md5(unix.replace(b"\n", b"\r\n"))):
        return Match.LINE_ENDS
    return Match.OTHER


def file_md5(data: bytes, hash: str | None) -> str:
    """The digest DVC 3 (`hash` is md5) or DVC 2 (None: CRLF is LF in what looks like text) gives a file."""
    if hash is not None:
        return _md5(data)
    # DVC 2 judges each chunk by itself, and does not see a CRLF that two of them share.
    chunks = (data[start : start + CHUNK] for start in range(0, len(data), CHUNK))
    return _md5(b"".join(_folded(chunk) if is_text(chunk) else chunk for chunk in chunks))


def is_text(data: bytes) -> bool:
    """DVC's guess whether bytes are text: no NUL in the first 512, and at most three in ten outside ASCII."""
    block = data[:BLOCK]
    return not block or (b"\x00" not in block and len(block.translate(None, TEXT)) / len(block) <= BINARY)


def folder_md5(files: Mapping[str, str]) -> str:
    """The digest of a folder, from the digests of its files by their path in it."""
    return _md5(folder_listing(files)) + ".dir"


def folder_listing(files: Mapping[str, str]) -> bytes:
    """The object that holds a folder in DVC's cache, from the same."""
    listed = [{"md5": files[path], "relpath": path} for path in sorted(files)]
    return json.dumps(listed, sort_keys=True).encode()


def _folded(data: bytes) -> bytes:
    return data.replace(b"\r\n", b"\n")


def _md5(data: bytes) -> str:
    import hashlib  # OpenSSL comes with it, and many runs digest nothing

    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def files_of_folders(tree: Tree, tracked: Mapping[str, str], deps: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Path and MD5 of each file of the folders among `deps`, where they are the ones that the stage read.

    DVC's digest of a folder follows from its files: `tracked` has those of DVC (path → MD5), and Git has the others.
    One that neither has, or that has changed since, makes another digest, which proves nothing.
    """
    for folder in (path for path, md5 in deps.items() if md5.endswith(".dir")):
        files = _files(tree, {path: md5 for path, md5 in tracked.items() if path.startswith(f"{folder}/")}, folder)
        if files and folder_md5({path.removeprefix(f"{folder}/"): md5 for path, md5 in files.items()}) == deps[folder]:
            yield from files.items()


def _files(tree: Tree, tracked: Mapping[str, str], folder: str) -> Mapping[str, str]:
    if not tracked:
        return {}
    try:
        paths = {*tree.paths(folder), *tracked}
        return {path: tracked.get(path) or _md5(tree.read(path) or b"") for path in paths} if len(paths) <= MOST else {}
    except Unreadable:
        return {}
