"""Bytes held to the digest they are pinned by while they are written: a whole file, or none."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import IO

from mlops_gitops.core import git_lfs
from mlops_gitops.core.canonical import git_blob
from mlops_gitops.core.errors import Undecided
from mlops_gitops.records.release import Pin

CHUNK = 1 << 20
_DIGEST = re.compile(r"[0-9a-f]{32}(\.dir)?\Z")
_BLOB = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?\Z")


class LfsPointer(Undecided):
    """Bytes that are right by their digest, and a pointer of Git LFS in the place of a file."""


class Unwritable(Undecided):
    """A copy that cannot be written here, wherever its bytes come from: a full disk, a name too long for it."""


class Mismatch(Exception):
    """Bytes that are not those of the digest they lie under."""


def require_digest(pin: Pin) -> None:
    """A digest becomes a path: what has not its form must not. Raises Undecided."""
    if not _DIGEST.match(pin.md5 or "") and not _BLOB.match(pin.git_blob or ""):
        raise Undecided(f"{pin.path} is pinned by {pin.digest!r}, which is no digest")


def file_chunks(path: str) -> Iterator[bytes]:
    """The bytes of a file on this machine. Raises FileNotFoundError at once where there is none."""
    if not os.path.isfile(path):
        raise FileNotFoundError(path)
    return _read(path)


def _read(path: str) -> Iterator[bytes]:
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def write_verified(pin: Pin, chunks: Iterator[bytes], target: str, report: Callable[[int], None]) -> None:
    """Writes bytes that hash to the pin's digest, whole or not at all; `report` gets how many.

    Raises Mismatch, LfsPointer and Unwritable.
    """
    part = f"{target}.part"
    try:
        with _opened(pin, part) as file:

            def write(chunk: bytes) -> None:
                with _writing(pin):
                    file.write(chunk)
                    file.flush()
                report(len(chunk))

            matches = _hashing(pin, chunks, write)
        if not matches:
            raise Mismatch(pin.path)
        _refuse_pointer(pin, part)
        os.replace(part, target)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(part)


def _opened(pin: Pin, path: str) -> IO[bytes]:
    with _writing(pin):
        return open(path, "wb")


@contextmanager
def _writing(pin: Pin) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unwritable(f"{pin.path} cannot be written: {error.strerror or error}") from error


def is_copy(pin: Pin, path: str) -> bool:
    """Whether a plain file at `path` has the bytes of the pin's digest. Raises OSError where it cannot be read."""
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    return _hashing(pin, _read(path), lambda _: None)


def _refuse_pointer(pin: Pin, path: str) -> None:
    if os.path.getsize(path) > git_lfs.LARGEST:
        return
    with open(path, "rb") as file:
        if git_lfs.is_pointer(file.read()):
            message = f"{pin.path} ({pin.digest}) is a Git LFS pointer, and not the file. {git_lfs.UNSUPPORTED}"
            raise LfsPointer(message, help=git_lfs.how_to_move(pin.path))


def _hashing(pin: Pin, chunks: Iterator[bytes], write: Callable[[bytes], None]) -> bool:
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
