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
        raise Undecided(f"{pin.path} is pinned by {pin.digest!r}, which is not a digest")


def file_chunks(path: str, start: int = 0) -> Iterator[bytes]:
    """The bytes of a file on this machine, from `start` on. Raises FileNotFoundError at once where there is none."""
    if not os.path.isfile(path):
        raise FileNotFoundError(path)
    return _read(path, start)


def _read(path: str, start: int = 0) -> Iterator[bytes]:
    with open(path, "rb") as file:
        file.seek(start)
        while chunk := file.read(CHUNK):
            yield chunk


def write_verified(
    pin: Pin, chunks: Callable[[int], Iterator[bytes]], target: str, report: Callable[[int], None]
) -> None:
    """Writes bytes that hash to the pin's digest, whole or not at all; `report` gets how many.

    `chunks` gives those from a place on: what a run that was cut off has left beside the target is hashed and kept.
    Raises Mismatch, LfsPointer and Unwritable.
    """
    part = f"{target}.part"
    kept = os.path.getsize(part) if os.path.isfile(part) and not os.path.islink(part) else 0
    try:
        if not any(_attempt(pin, chunks, part, start, report) for start in dict.fromkeys((kept, 0))):
            raise Mismatch(pin.path)
        _refuse_pointer(pin, part)
        os.replace(part, target)
    except (Mismatch, LfsPointer, Unwritable):
        _remove(part)
        raise
    finally:
        if os.path.isfile(part) and not os.path.getsize(part):
            _remove(part)


def _remove(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _attempt(
    pin: Pin, chunks: Callable[[int], Iterator[bytes]], part: str, start: int, report: Callable[[int], None]
) -> bool:
    """The same as `_matches`; what an attempt that failed has moved is taken back, since the next one moves it too."""
    moved, matches = 0, False

    def count(size: int) -> None:
        nonlocal moved
        report(size)
        moved += size

    try:
        matches = _matches(pin, chunks, part, start, count)
    finally:
        if not matches:
            report(-moved)
    return matches


def _matches(
    pin: Pin, chunks: Callable[[int], Iterator[bytes]], part: str, start: int, report: Callable[[int], None]
) -> bool:
    """Whether the bytes are those of the pin's digest, written after the first `start` bytes that are there already."""
    found = _Digest(pin)
    for chunk in _read(part) if start else ():
        found.update(chunk)
    report(start)
    with _opened(pin, part, "ab" if start else "wb") as file:
        for chunk in chunks(start):
            with _writing(pin):
                file.write(chunk)
                file.flush()
            report(len(chunk))
            found.update(chunk)
    return found.is_pinned


def _opened(pin: Pin, path: str, mode: str) -> IO[bytes]:
    with _writing(pin):
        if os.path.islink(path):
            os.unlink(path)
        return open(path, mode)


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
    found = _Digest(pin)
    for chunk in _read(path):
        found.update(chunk)
    return found.is_pinned


def _refuse_pointer(pin: Pin, path: str) -> None:
    if os.path.getsize(path) > git_lfs.LARGEST:
        return
    with open(path, "rb") as file:
        if git_lfs.is_pointer(file.read()):
            message = f"{pin.path} ({pin.digest}) is a Git LFS pointer, and not the file. {git_lfs.UNSUPPORTED}"
            raise LfsPointer(message, help=git_lfs.how_to_move(pin.path))


class _Digest:
    """The digests that a pin may name, of bytes as they come."""

    def __init__(self, pin: Pin) -> None:
        self._pin, self._whole, self._last = pin, bytearray(), b""
        self._plain, self._folded, self._sha = hashlib.md5(), hashlib.md5(), hashlib.sha256()

    def update(self, chunk: bytes) -> None:
        """Some more bytes."""
        if self._pin.git_blob is not None:  # whose digest begins with the length
            self._whole += chunk
            return
        self._plain.update(chunk)
        if self._pin.hash is None:  # DVC 2 folded CRLF to LF in text before it hashed
            whole = self._last + chunk
            self._last = whole[-1:] if whole.endswith(b"\r") else b""
            self._folded.update((whole[:-1] if self._last else whole).replace(b"\r\n", b"\n"))
        if self._pin.sha256:
            self._sha.update(chunk)

    @property
    def is_pinned(self) -> bool:
        """Whether the bytes so far are those of the pin, all of them."""
        pin = self._pin
        if pin.git_blob is not None:
            return git_blob(bytes(self._whole), length=len(pin.git_blob)) == pin.git_blob
        folded, wanted = self._folded.copy(), pin.digest.removesuffix(".dir")
        folded.update(self._last)
        right = self._plain.hexdigest() == wanted or (pin.hash is None and folded.hexdigest() == wanted)
        return right and (not pin.sha256 or self._sha.hexdigest() == pin.sha256)
