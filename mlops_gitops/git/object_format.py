"""Git's objects as bytes: commits and trees parsed and written, ids computed, several put in one pack.

https://git-scm.com/docs/gitformat-pack, https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

from __future__ import annotations

import hashlib
import re
import struct
import zlib
from collections.abc import Collection, Iterable, Sequence

from mlops_gitops.core.errors import Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.pipelines.dvc_places import GITLINK, LINK

FOLDER = "040000"
FILE = "100644"
_PACKED = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
_ENTRY = re.compile(rb"(?P<mode>[0-7]+) (?P<name>[^\0]+)\0")
_COMMIT = re.compile(rb"tree (?P<tree>[0-9A-Fa-f]+)\n(?P<parents>(?:parent [0-9A-Fa-f]+\n)*)(?!parent )")
_PERSON = re.compile(rb"[^\n<>\0]*<(?P<email>[^\n<>\0]*)> (?P<time>[0-9]{1,15}) [+-][0-9]{4}")


@frozen
class GitObject:
    """An object: its id, its kind (`blob`, `tree`, `commit` or `tag`) and its bytes."""

    id: str
    kind: str
    data: bytes


@frozen
class TreeEntry:
    """One name in a folder: its mode as six octal digits, and the id that it holds."""

    name: str
    mode: str
    id: str


@frozen
class Person:
    """Who wrote or committed: the line `Name <address> seconds zone`, the address in it, the time in seconds."""

    line: str
    email: str
    time: int


@frozen
class CommitObject:
    """A commit, parsed as far as git's own walks read it: its message, of any size, is not kept.

    `people` are author and committer; None where they are not written as git writes them: then only git itself says
    what it takes them for.
    """

    id: str
    tree: str
    parents: tuple[str, ...]
    people: tuple[Person, Person] | None

    @property
    def time(self) -> int:
        """When it was committed, in seconds; 0 where that cannot be read."""
        return self.people[1].time if self.people else 0


def _people(header: bytes) -> tuple[Person, Person] | None:
    author, committer, *others = [*header.split(b"\n"), b""]
    found = _person(b"author ", author), _person(b"committer ", committer)
    strange = any(line.startswith((b"author ", b"committer ", b"encoding ")) for line in others)
    return (found[0], found[1]) if found[0] and found[1] and not strange and b"\0" not in header else None


def _person(role: bytes, line: bytes) -> Person | None:
    found = _PERSON.fullmatch(line.removeprefix(role)) if line.startswith(role) else None
    if found is None:
        return None
    return Person(found[0].decode("utf-8", "replace"), found["email"].decode("utf-8", "replace"), int(found["time"]))


def parse_commit(id: str, data: bytes) -> CommitObject:
    """A commit from its bytes, where git takes capital digits as well. Raises Undecided for what is none."""
    found = _COMMIT.match(data)
    tree, *parents = f"{found['tree'].decode()} {found['parents'].decode()}".lower().split() if found else [""]
    parents = [word for word in parents if word != "parent"]
    if found is None or any(len(named) != len(id) for named in (tree, *parents)):
        raise Undecided(f"the Git object {id} is broken", help="git fsck")
    return CommitObject(id, tree, tuple(parents), _people(data[found.end() :].partition(b"\n\n")[0]))


def render_commit(tree: str, parents: Sequence[str], author: str, committer: str, message: str) -> bytes:
    """The bytes of a commit; people as `Name <address> seconds zone`."""
    lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
    people = f"author {author}\ncommitter {committer}\n".encode("utf-8", "surrogateescape")  # in any encoding
    return "".join(f"{line}\n" for line in lines).encode() + people + f"\n{message}".encode()


def parse_tree(data: bytes, length: int) -> tuple[TreeEntry, ...]:
    """The entries of a folder, whose ids have `length` hexadecimal digits. Raises Undecided for what is none."""
    found, at, size = list[TreeEntry](), 0, length // 2
    while at < len(data):
        entry = _ENTRY.match(data, at)
        at = entry.end() + size if entry else 0
        if entry is None or at > len(data):
            raise Undecided("a folder of a commit is broken", help="git fsck")
        name = entry["name"].decode("utf-8", "surrogateescape")
        found.append(TreeEntry(name, _mode(int(entry["mode"], 8)), data[entry.end() : at].hex()))
    return tuple(found)


def _mode(written: int) -> str:
    """A mode as git reads it: of a kind it does not know, it is a submodule's."""
    kind = written & 0o170000
    if kind == 0o100000:
        return "100755" if written & 0o100 else FILE
    return {0o040000: FOLDER, 0o120000: LINK}.get(kind, GITLINK)


def render_tree(entries: Iterable[TreeEntry]) -> bytes:
    """The bytes of a folder: sorted as git sorts, where the name of a folder ends in a slash."""
    rows = [(entry.name.encode("utf-8", "surrogateescape"), entry) for entry in entries]
    rows.sort(key=lambda row: row[0] + (b"/" if row[1].mode == FOLDER else b""))
    return b"".join(
        entry.mode.lstrip("0").encode() + b" " + name + b"\0" + bytes.fromhex(entry.id) for name, entry in rows
    )


def render_tag(name: str, target: str, tagger: str, message: str) -> bytes:
    """The bytes of an annotated tag of a commit."""
    return f"object {target}\ntype commit\ntag {name}\ntagger {tagger}\n\n{message}".encode()


def tag_target(data: bytes) -> str:
    """The id of the object that a tag is of; "" where it names none."""
    found = re.match(rb"object ([0-9a-f]+)\n", data)
    return found[1].decode() if found else ""


def git_object(kind: str, data: bytes, length: int) -> GitObject:
    """An object with its id, of 40 hexadecimal digits (SHA-1) or 64 (SHA-256)."""
    return GitObject(_hash(length, f"{kind} {len(data)}\0".encode() + data).hexdigest(), kind, data)


def render_pack(objects: Collection[GitObject], length: int) -> bytes:
    """A pack of these objects, for `git unpack-objects`."""
    head = b"PACK" + struct.pack(">II", 2, len(objects))
    body = head + b"".join(_pack_header(item) + zlib.compress(item.data, 1) for item in objects)
    return body + _hash(length, body).digest()


def _pack_header(item: GitObject) -> bytes:
    """Kind and size: four bits of the size in the first byte, seven in each that follows."""
    size = len(item.data)
    found = [_PACKED[item.kind] << 4 | size & 15]
    size >>= 4
    while size:
        found[-1] |= 128
        found.append(size & 127)
        size >>= 7
    return bytes(found)


def _hash(length: int, data: bytes) -> hashlib._Hash:
    return hashlib.sha1(data, usedforsecurity=False) if length == 40 else hashlib.sha256(data)
