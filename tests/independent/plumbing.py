"""A repository read by git's plumbing alone, for the second audit: objects as git prints them.

It shares no code with the package, and neither do the other files of the second audit.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

_COAUTHOR = re.compile("^co-authored-by: .*<([^>]*)>", re.MULTILINE | re.IGNORECASE)
_WHO = re.compile(r"^(author|committer) .*?<([^>]*)> ([0-9-]+)", re.MULTILINE)


@dataclass(frozen=True)
class CommitObject:
    """A commit: its parents, the addresses of its author, committer and co-authors, and when it was committed."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    people: frozenset[str]
    time: int


@dataclass
class Objects:
    """The objects of a repository, each read once by `git cat-file`."""

    folder: Path
    _kept: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    _trees: dict[str, dict[str, str]] = field(default_factory=dict)

    @cached_property
    def _program(self) -> subprocess.Popen[bytes]:
        words = ["git", "-C", str(self.folder), "cat-file", "--batch"]
        return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def close(self) -> None:
        """Ends the program that reads."""
        self._program.communicate()

    def read(self, sha: str) -> tuple[str, bytes]:
        """The kind of an object and its bytes."""
        if sha not in self._kept:
            entrance, answer = self._program.stdin, self._program.stdout
            assert entrance and answer
            entrance.write(f"{sha}\n".encode())
            entrance.flush()
            _, kind, size = answer.readline().decode().split()
            self._kept[sha] = kind, answer.read(int(size))
            answer.read(1)
        return self._kept[sha]

    def blob(self, sha: str) -> bytes:
        """The bytes of a file."""
        return self.read(sha)[1]

    def commit(self, sha: str) -> CommitObject:
        """A commit."""
        head, _, message = self.read(sha)[1].decode("utf-8", "replace").partition("\n\n")
        lines = head.split("\n")
        who = _WHO.findall(head)
        parents = tuple(line[7:] for line in lines if line.startswith("parent "))
        people = {address for _, address, _ in who} | set(_COAUTHOR.findall(message))
        time = next(int(stamp) for name, _, stamp in who if name == "committer")
        return CommitObject(sha, lines[0][5:], parents, frozenset(people), time)

    def files(self, tree: str) -> dict[str, str]:
        """Every file of a tree: path → id."""
        if tree not in self._trees:
            found: dict[str, str] = {}
            data, at = self.read(tree)[1], 0
            while at < len(data):
                mode, _, name = data[at : (end := data.index(b"\0", at))].decode().partition(" ")
                sha, at = data[end + 1 : end + 21].hex(), end + 21
                below = self.files(sha) if mode == "40000" else {}
                found |= {f"{name}/{path}": id for path, id in below.items()} or {name: sha}
            self._trees[tree] = found
        return self._trees[tree]

    def first_parents(self, rev: str) -> list[CommitObject]:
        """The first-parent line up to a revision, oldest first."""
        line: list[CommitObject] = []
        sha = self._git("rev-parse", "--verify", f"{rev}^{{commit}}").strip()
        while sha:
            line.append(self.commit(sha))
            sha = line[-1].parents[0] if line[-1].parents else ""
        return line[::-1]

    def ancestors(self, sha: str) -> set[str]:
        """A commit and everything it comes from."""
        found, left = set(), [sha]
        while left:
            if (one := left.pop()) not in found:
                found.add(one)
                left += self.commit(one).parents
        return found

    def tags(self) -> dict[str, str]:
        """Every tag: name → the id of what it names, a tag object where it is annotated."""
        lines = self._git("for-each-ref", "--format=%(objectname) %(refname)", "refs/tags").splitlines()
        pairs = (line.split(" ", 1) for line in lines)
        return {name.removeprefix("refs/tags/"): sha for sha, name in pairs}

    def _git(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", str(self.folder), *words], capture_output=True, text=True, check=True)
        return done.stdout
