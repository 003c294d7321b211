"""Records what an answer depends on: every question to the disk, with a digest of the answer.

A question is a kind and a subject. The same function asks it when an answer is found and when it is looked at again
later, so the two cannot disagree about how a file is read. A new kind of question is one more entry of `KINDS`.
"""

import os

from mlops_gitops.documents.worktree import Unreadable, WorkTree, attribute_files, find_root

try:
    from _blake2 import blake2b  # hashlib would load OpenSSL as well, which takes longer than all the rest here
except ImportError:
    from hashlib import blake2b

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LENGTH = 32  # bytes of a digest


def digest(data: bytes, key: bytes = b"") -> bytes:
    """The BLAKE2b digest of bytes, 32 bytes long; with a key, only its holder can make it."""
    return blake2b(data, digest_size=LENGTH, key=key).digest()


def _paths(tree: WorkTree, under: str) -> bytes:
    try:
        return b"+" + b"\0".join(os.fsencode(path) for path in tree.paths(under))
    except Unreadable as error:
        return b"!" + os.fsencode(error.message)


def _every(tree: WorkTree, _: str) -> bytes:
    return b"\0".join(os.fsencode(path) for path in tree.every())


def _exists(tree: WorkTree, path: str) -> bytes:
    return b"+" if tree.exists(path) else b"-"


def _read(tree: WorkTree, path: str) -> bytes:
    try:
        data = tree.read(path)
    except Unreadable as error:
        return b"!" + os.fsencode(error.message)
    return b"-" if data is None else b"+" + data


def _root(_: WorkTree, folder: str) -> bytes:
    return os.fsencode(find_root(folder))


def _present(_: WorkTree, path: str) -> bytes:
    return b"+" if os.path.lexists(path) else b"-"


def _stat(_: WorkTree, path: str) -> bytes:
    known = _inode(_, path)
    return known if known == b"-" else known + os.fsencode(os.path.realpath(path))


def _inode(_: WorkTree, path: str) -> bytes:
    try:
        status = os.stat(path)
    except OSError:
        return b"-"
    facts = (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino, status.st_dev, status.st_mode)
    return repr(facts).encode()


# `paths`, `every`, `exists` and `read` are the tree's own, by repository path. The rest take any path, from the working
# folder: `root` the repository that holds a folder, `present` whether anything is there, `stat` what a large file is
# known by, `inode` the same without where its links lead: of hundreds of modules that takes longer than all the rest.
KINDS: "Mapping[str, Callable[[WorkTree, str], bytes]]" = {
    "paths": _paths, "every": _every, "exists": _exists, "read": _read, "root": _root, "present": _present,
    "stat": _stat, "inode": _inode,
}  # fmt: skip


class Observed:
    """A work tree that records its answers: kind → subject → digest.

    `is_consistent` is false once one question has two answers, since files changed during the reading, or one rests on
    more than files.
    """

    def __init__(self, tree: WorkTree) -> None:
        self.tree = tree
        self.answers: dict[str, dict[str, bytes]] = {}
        self.is_consistent = True

    def observe(self, kind: str, subject: str) -> bytes:
        """The answer of the disk to one question, recorded."""
        answer = KINDS[kind](self.tree, subject)
        seen = digest(answer)
        if self.answers.setdefault(kind, {}).setdefault(subject, seen) != seen:
            self.is_consistent = False
        return answer

    def paths(self, under: str = "") -> "Iterator[str]":
        """Every file below `under`, sorted. Raises Unreadable."""
        answer = _possible(self.observe("paths", under))
        yield from map(os.fsdecode, answer.split(b"\0") if answer else ())

    def every(self) -> "Iterator[str]":
        """Every file, those in hidden folders too, sorted."""
        answer = self.observe("every", "")
        yield from map(os.fsdecode, answer.split(b"\0") if answer else ())

    def exists(self, path: str) -> bool:
        """Whether something lies at `path`."""
        return self.observe("exists", path) == b"+"

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`, None where nothing is. Raises Unreadable."""
        answer = self.observe("read", path)
        return None if answer == b"-" else _possible(answer)

    def named(self, names: frozenset[str]) -> list[str]:
        """Every file of one of these names that `paths` has, sorted."""
        return [path for path in self.paths() if path.rpartition("/")[2] in names]

    def identity(self, path: str) -> str | None:
        """None: the bytes are not known without reading them."""

    def stored(self, path: str) -> bytes | None:
        """The bytes that Git stores for the file at `path`, None where nothing is. Raises Unreadable."""
        data = self.read(path)
        for file in attribute_files(path) if data else ():
            self.observe("read", file)
        if not data or not self.tree.converts(path, data):
            return data
        self.is_consistent = False  # Git's settings and its index decide too
        return self.tree.stored(path)


def _possible(answer: bytes) -> bytes:
    if answer.startswith(b"!"):
        raise Unreadable(os.fsdecode(answer[1:]))
    return answer[1:]
