"""A real repository that grows by `git fast-import`: commits, merges and tags without a process for each."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from outcomes import copy

TRAINED = ("dvc.lock", "params.yaml", "metrics.json")
Files = dict[str, bytes]
HOUR = 3600
PEOPLE = {"alice": "alice@example.org", "bob": "bob@example.org", "carol": "carol@example.org", "mallory": "m@else.org"}


def git(folder: Path, *words: str) -> str:
    """What git prints."""
    return subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True).stdout


@dataclass(frozen=True)
class Seen:
    """A commit of the first-parent line, with all of its files."""

    sha: str
    files: Files


@dataclass(frozen=True)
class Tag:
    """A tag; a lightweight one where it has no message."""

    target: str
    message: str | None


@dataclass(frozen=True)
class Training:
    """A model that was trained: the files that say so, the manifest of its release, and how often it is right."""

    files: Files
    manifest: str
    accuracy: float

    @property
    def artifact(self) -> str:
        """The digest of the model."""
        return self.manifest.partition('md5: "')[2][:32]


@dataclass
class Growing:
    """The repository: its line, oldest first, and its tags, which are written at the end."""

    folder: Path
    line: list[Seen]
    tags: dict[str, Tag]
    trainings: list[Training]
    time: int
    marks: dict[str, int] = field(default_factory=dict)  # of the commits that are new
    _program: subprocess.Popen[bytes] | None = field(default=None)

    @property
    def tip(self) -> Seen:
        """The newest commit."""
        return self.line[-1]

    def __enter__(self) -> Growing:
        words = ["git", "-C", str(self.folder), "fast-import", "--quiet", "--force", "--date-format=raw", "--done"]
        self._program = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._program
        self._say(f"reset refs/heads/main\nfrom {self._named(self.tip.sha)}\n\n")
        for name, tag in sorted(self.tags.items()):
            if tag.message is None:
                self._say(f"reset refs/tags/{name}\nfrom {self._named(tag.target)}\n\n")
            else:
                who = f"mlops-gitops <mlops-gitops@users.noreply.invalid> {self.time} +0000"
                self._say(f"tag {name}\nfrom {self._named(tag.target)}\ntagger {who}\n", tag.message.encode())
        self._say("done\n")
        self._program.communicate()
        assert self._program.returncode == 0

    def commit(self, files: Files, parents: tuple[Seen, ...], author: str = "alice", message: str = "Change\n") -> Seen:
        """A commit that holds these files; it is on no line yet."""
        assert self._program and self._program.stdout
        mark = len(self.marks) + 1
        self.time += HOUR
        who = f"{author} <{PEOPLE[author]}> {self.time} +0000"
        self._say(f"commit refs/heads/work\nmark :{mark}\nauthor {who}\ncommitter {who}\n", message.encode())
        before = parents[0].files if parents else {}
        for word, parent in zip(("from", *("merge" for _ in parents)), parents, strict=False):
            self._say(f"{word} {self._named(parent.sha)}\n")
        for path in before.keys() - files.keys():
            self._say(f"D {path}\n")
        for path, data in files.items():
            if before.get(path) != data:
                self._say(f"M 100644 inline {path}\n", data)
        self._say(f"\nget-mark :{mark}\n")
        assert self._program.stdin
        self._program.stdin.flush()
        sha = self._program.stdout.readline().decode().strip()
        self.marks[sha] = mark
        return Seen(sha, files)

    def _named(self, sha: str) -> str:
        """How fast-import names a commit: what it has not written yet by its mark."""
        return f":{self.marks[sha]}" if sha in self.marks else sha

    def _say(self, text: str, data: bytes | None = None) -> None:
        assert self._program and self._program.stdin
        block = b"" if data is None else b"data %d\n" % len(data) + data + b"\n"
        self._program.stdin.write(text.encode() + block)


def changed(files: Files, changes: Mapping[str, bytes | None]) -> Files:
    """Files with some replaced, and those of None removed."""
    found = {**files, **{path: data for path, data in changes.items() if data is not None}}
    return {path: data for path, data in found.items() if changes.get(path, b"") is not None}


@dataclass
class Beginning:
    """A repository that real commands made, to grow from any commit of its line."""

    folder: Path
    line: list[Seen]
    tags: dict[str, Tag]

    def facts(self, tag: Tag) -> str:
        """The commit that a receipt is about."""
        return str(json.loads((tag.message or "").partition("\n\n")[2])["commit"])

    def grow(self, folder: Path, length: int) -> Growing:
        """A copy as it was after so many commits."""
        kept = self.line[:length]
        known = {seen.sha for seen in kept}
        tags = {name: tag for name, tag in self.tags.items() if self.facts(tag) in known}
        time = int(git(self.folder, "show", "-s", "--format=%ct", kept[-1].sha))
        copy(self.folder, folder)
        return Growing(folder, kept, tags, self.trainings, time)

    @cached_property
    def trainings(self) -> list[Training]:
        """Every model that was trained and released."""
        found, released = {}, set[str]()
        for seen in self.line:
            new = {path for path in seen.files if path.startswith("releases/")} - released
            for path in new:
                files = {name: seen.files[name] for name in TRAINED}
                hits = int(files["params.yaml"].split()[1])
                found[hits] = Training(files, seen.files[path].decode(), hits / 50)
            released |= new
        return [found[hits] for hits in sorted(found)]


def begin(bundle: Path, folder: Path) -> Beginning:
    """Unpacks the bundle of a repository."""
    git(folder.parent, "clone", "-q", str(bundle), str(folder))
    git(folder, "remote", "set-url", "origin", "../origin.git")
    line = [
        Seen(sha, _files(folder, sha)) for sha in git(folder, "rev-list", "--first-parent", "--reverse", "HEAD").split()
    ]
    tags = {}
    for name in git(folder, "tag").split():
        target = git(folder, "rev-parse", f"refs/tags/{name}^{{commit}}").strip()
        tags[name] = Tag(target, git(folder, "cat-file", "tag", f"refs/tags/{name}").partition("\n\n")[2])
        git(folder, "tag", "-d", name)
    git(folder, "update-ref", "-d", "refs/remotes/origin/mlops-gitops/monitoring")
    return Beginning(folder, line, tags)


def _files(folder: Path, sha: str) -> Files:
    names = git(folder, "ls-tree", "-r", "--name-only", sha).splitlines()
    asked = "".join(f"{sha}:{name}\n" for name in names)
    words = ["git", "-C", str(folder), "cat-file", "--batch"]
    out = subprocess.run(words, input=asked.encode(), capture_output=True, check=True).stdout
    found, at = {}, 0
    for name in names:
        head, at = out[at : (end := out.index(b"\n", at))], end + 1
        size = int(head.split()[2])
        found[name], at = out[at : at + size], at + size + 1
    return found
