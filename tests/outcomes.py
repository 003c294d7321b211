"""What a step leaves behind, kept for a test run: the same step on the same files is done once, and then copied."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# When git last did what, and what DVC notes of inodes: no step depends on them.
NOT_STATE = {"logs", "tmp"}
# They name this test or this process, not what a step depends on.
NOT_ENVIRONMENT = ("HOME", "PYTEST_")
CHUNK = 1 << 20  # bytes
INDEX_HEADER, INDEX_STAT, INDEX_ENTRY = 12, 24, 62  # bytes: of the file, of times and inodes, of an entry to its name

Reach = Callable[[str], bool]


def everything(_: str) -> bool:
    """The reach of a step that may read and write any file."""
    return True


def _copied(source: str, target: str, reach: Reach, below: str = "") -> None:
    """Copies what is in reach. Git never writes an object in place, so objects are linked."""
    try:
        os.mkdir(target)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(target)
    in_git_objects = "/objects/" in f"{below}/" and "/.dvc/" not in below
    for entry in os.scandir(source):
        path, copy = f"{below}/{entry.name}", f"{target}/{entry.name}"
        if not reach(path):
            continue
        if entry.is_symlink():
            os.symlink(os.readlink(entry.path), copy)
        elif entry.is_dir():
            _copied(entry.path, copy, reach, path)
        elif in_git_objects:
            os.link(entry.path, copy)
        else:
            _copied_file(entry, copy)


def _copied_file(entry: os.DirEntry[str], copy: str) -> None:
    """A file with its mode and times, as shutil.copy2 leaves it, in half of its system calls: there are many."""
    kept = entry.stat()
    with open(entry.path, "rb", buffering=0) as source, open(copy, "wb", buffering=0) as target:
        os.fchmod(target.fileno(), kept.st_mode)
        while data := source.read(CHUNK):
            target.write(data)
        os.utime(target.fileno(), ns=(kept.st_atime_ns, kept.st_mtime_ns))


def copy(source: Path, target: Path) -> None:
    """Copies a folder that is nobody's work now to where nothing is."""
    _copied(str(source), str(target), everything)


def made_once(place: Path, make: Callable[[Path], object]) -> Path:
    """The folder `place`, which the first process of a test run that needs it makes; the others wait for it."""
    with place.with_name(f"{place.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not place.exists():
            half = place.with_name(f"{place.name}.half")
            make(half)
            half.rename(place)
    return place


def _files(folder: str, reach: Reach, below: str = "") -> Iterator[tuple[str, os.DirEntry[str]]]:
    """Every file, link and folder in reach, by its path from the top."""
    for entry in os.scandir(folder):
        path = f"{below}/{entry.name}"
        if entry.name in NOT_STATE or not reach(path):
            continue
        yield path, entry
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, reach, path)


def _staged(index: bytes) -> bytes:
    """What git's index holds, without the times and inodes of the files."""
    (count,) = struct.unpack(">L", index[8:INDEX_HEADER])
    start, entries = INDEX_HEADER, b""
    for _ in range(count):
        name = index.index(b"\0", start + INDEX_ENTRY)
        entries += index[start + INDEX_STAT : name] + b"\0"
        start += (name - start) // 8 * 8 + 8  # an entry is padded with 1 to 8 zeros
    return entries


def _content(path: str, entry: os.DirEntry[str]) -> bytes:
    """All of a file that a step may depend on."""
    if entry.is_symlink():
        return os.fsencode(os.readlink(entry.path))
    if entry.is_dir():
        return b""
    if "/objects/" in path and "/.dvc/" not in path:
        return b"%d" % entry.stat().st_size
    data = Path(entry.path).read_bytes()
    return b"%o" % entry.stat().st_mode + (_staged(data) if data.startswith(b"DIRC") else data)


def state(top: Path, reach: Reach = everything) -> str:
    """A digest of the files of a folder: where it is equal, every step of that reach does the same."""
    digest = hashlib.sha256()
    for path, entry in sorted(_files(str(top), reach), key=lambda found: found[0]):
        content = _content(path, entry)
        digest.update(f"{path}\0{len(content)}\0".encode(errors="surrogateescape") + content)
    return digest.hexdigest()


@dataclass
class Outcomes:
    """The outcomes of steps, kept in a folder that the processes of a test run share; one object for each test.

    A step that a test repeats on the same files is done again: whether that may be repeated is what it tests.
    """

    folder: Path
    top: Path
    _seen: set[str] = field(default_factory=set)

    def once(self, step: tuple[object, ...], work: Callable[[], Any], reach: Reach = everything) -> Any:
        """What the step returns, a JSON value; the files below `top` in its reach are then as it leaves them."""
        key = self._key(step, reach)
        kept = self.folder / key
        if key not in self._seen and kept.exists():
            self._seen.add(key)
            return self._replay(kept, reach)
        value = work()
        if key not in self._seen:
            self._keep(kept, value, reach)
        self._seen.add(key)
        return value

    def _key(self, step: tuple[object, ...], reach: Reach) -> str:
        environment = sorted((k, v) for k, v in os.environ.items() if not k.startswith(NOT_ENVIRONMENT))
        text = repr((step, environment)).replace(str(self.top), "{top}")
        return hashlib.sha256(f"{state(self.top, reach)} {text}".encode(errors="surrogateescape")).hexdigest()[:24]

    def _keep(self, kept: Path, value: Any, reach: Reach) -> None:
        half = kept.with_name(f"{kept.name}-{os.getpid()}")
        _copied(str(self.top), str(half / "top"), reach)
        (half / "value.json").write_text(json.dumps(value).replace(str(self.top), "{top}"))
        try:
            half.rename(kept)
        except OSError:  # another worker was quicker
            shutil.rmtree(half)

    def _replay(self, kept: Path, reach: Reach) -> Any:
        if reach is everything:
            shutil.rmtree(self.top)
        else:
            for _, entry in [*_files(str(self.top), reach)]:
                if not entry.is_dir(follow_symlinks=False):
                    os.unlink(entry.path)
        _copied(str(kept / "top"), str(self.top), reach)
        return json.loads((kept / "value.json").read_text().replace("{top}", str(self.top)))
