"""What a first-parent line has added, and the receipts of it, as the second audit reads them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property, lru_cache
from typing import Any

import yaml
from independent.plumbing import CommitObject, Objects

NAME = "[a-z0-9]([a-z0-9-]*[a-z0-9])?"
PLACES = {
    "release": re.compile(r"releases/(?P<model>[^/]+)/(?P<version>[0-9][^/]*)\.yaml"),
    "state": re.compile(rf"environments/(?P<environment>{NAME})/(?P<model>[^/]+)\.yaml"),
    "promotion": re.compile(rf"promotions/(?P<environment>{NAME})/(?P<model>[^/]+)/(?P<sequence>[0-9]{{4,9}})\.json"),
    "decision": re.compile(r"decisions/(?P<name>[0-9a-z]([0-9a-z-]*[0-9a-z])?)\.yaml"),
}
KINDS = {"release": "Release", "state": "DesiredState", "decision": "Decision"}
NEEDED = {
    "release": {"model", "version", "artifacts", "card", "kpis", "evaluation"},
    "state": {"model", "environment"},
    "decision": {"type", "subject", "role", "by", "reason"},
    "promotion": {"model", "environment", "sequence", "action", "release", "replaces", "previous", "upstream",
                  "policy", "gates", "rules", "decisions", "requested_by", "why", "tool", "created"},
}  # fmt: skip


def sha256(data: bytes) -> str:
    """The digest of bytes, as files name it."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> str:
    """The digest of a JSON value in the form of RFC 8785, for the values that tests write."""
    text = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode())


def _plain(value: Any) -> Any:
    """A value whose numbers are written as JavaScript does: 0.0 as 0."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@lru_cache(maxsize=2000)
def _parsed(text: bytes) -> Any:
    try:
        return yaml.load(text, yaml.CSafeLoader)
    except yaml.YAMLError:
        return None


@lru_cache(maxsize=10_000)
def place(path: str) -> tuple[str, dict[str, str]]:
    """The kind of record that belongs at a path, and what the path names; "" for none."""
    for kind, form in PLACES.items():
        if found := form.fullmatch(path):
            return kind, found.groupdict()
    return "", {}


@dataclass(frozen=True)
class Tree:
    """The files of one commit."""

    objects: Objects
    files: dict[str, str]

    def bytes_of(self, path: str) -> bytes | None:
        """The bytes of a file; None where there is none."""
        return self.objects.blob(self.files[path]) if path in self.files else None

    def data(self, path: str) -> Any:
        """What a file says; None where it cannot be read."""
        text = self.bytes_of(path)
        return None if text is None else _parsed(text)

    def record(self, path: str) -> Any:
        """What a valid release, state, promotion or decision says; None for anything else."""
        kind, _ = place(path)
        data = self.data(path) if kind else None
        if not isinstance(data, dict):
            return None
        if kind == "promotion":
            data = data.get("predicate") if "subject" in data else None
            return data if isinstance(data, dict) and data.keys() >= NEEDED[kind] else None
        says_something = kind != "state" or "release" in data or "targets" in data
        return data if data.get("kind") == KINDS[kind] and data.keys() >= NEEDED[kind] and says_something else None

    def agrees(self, path: str) -> bool:
        """Whether a valid record says the same as its path."""
        data, (_, parts) = self.record(path), place(path)
        named = {name: f"{data[name]:04d}" if name == "sequence" else data[name] for name in parts if name in data}
        return all(parts[name] == value for name, value in named.items())

    @cached_property
    def project(self) -> dict[str, Any] | None:
        """mlops.yaml where it is valid."""
        data = self.data("mlops.yaml")
        needed = {"apiVersion", "kind", "branch", "roles", "environments"}
        return data if isinstance(data, dict) and data.keys() >= needed else None

    def of_kind(self, kind: str) -> Iterator[tuple[str, Any]]:
        """Every valid record of a kind, by path."""
        for path in sorted(self.files):
            if place(path)[0] == kind and (data := self.record(path)) is not None:
                yield path, data


@dataclass(frozen=True)
class Commit:
    """A commit of the line: its files, and those it changed, each as A, M or D."""

    number: int
    object: CommitObject
    tree: Tree
    base: Tree
    changes: dict[str, str]

    @property
    def sha(self) -> str:
        """Its id."""
        return self.object.sha

    @property
    def day(self) -> date:
        """Its day in UTC."""
        return datetime.fromtimestamp(self.object.time, UTC).date()


@dataclass(frozen=True)
class Entry:
    """A record that the line adds."""

    kind: str
    path: str
    data: Any
    digest: str
    commit: Commit
    position: int

    @property
    def relaxes(self) -> bool:
        """Whether it is a decision that lets something pass."""
        return self.kind == "decision" and self.data["type"] not in ("quarantine", "pause")

    @property
    def tag(self) -> str:
        """The name of its receipt."""
        if self.kind == "release":
            return f"{self.data['model']}@v{self.data['version']}"
        if self.kind == "promotion":
            step = self.data.get("wave") or ("stop" if self.data["action"] == "stop" else "")
            stage = f"{self.data['environment']}_{step}" if step else self.data["environment"]
            return f"{self.data['model']}#{stage}#{self.data['sequence']}"
        return f"mlops-gitops/decision/{place(self.path)[1]['name']}"


@dataclass(frozen=True)
class Receipt:
    """An annotated tag with a receipt's name; `facts` are None where its message holds none."""

    target: str
    facts: dict[str, Any] | None

    def says(self, name: str) -> Any:
        """One fact, "" where it has none."""
        return (self.facts or {}).get(name, "")


def is_receipt(tag: str) -> bool:
    """Whether a tag has the name of a receipt."""
    release = re.fullmatch(r"[^@]+@v.+", tag)
    return bool(tag.startswith("mlops-gitops/") or release or re.fullmatch(r"[^#]*#[^#]*#[0-9]+", tag))


@dataclass
class History:
    """A first-parent line with what it adds, and the tags beside it."""

    objects: Objects
    rev: str
    receipts: dict[str, Receipt] = field(default_factory=dict)
    lightweight: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        for name, sha in self.objects.tags().items():
            kind, data = self.objects.read(sha)
            if kind == "tag" and is_receipt(name):
                self.receipts[name] = _receipt(data.decode())
            elif kind != "tag":
                self.lightweight.add(name)

    @cached_property
    def line(self) -> list[Commit]:
        """The commits, oldest first."""
        found: list[Commit] = []
        base = Tree(self.objects, {})
        for number, each in enumerate(self.objects.first_parents(self.rev)):
            tree = Tree(self.objects, self.objects.files(each.tree))
            found.append(Commit(number, each, tree, base, _changes(base.files, tree.files)))
            base = tree
        return found

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The place of each commit."""
        return {commit.sha: commit.number for commit in self.line}

    @cached_property
    def entries(self) -> list[Entry]:
        """The records that the line adds: valid ones, whose path says what they say."""
        found: list[Entry] = []
        for commit in self.line:
            for path, status in sorted(commit.changes.items()):
                kind = place(path)[0]
                if status != "A" or kind in ("", "state"):
                    continue
                data = commit.tree.record(path)
                if data is not None and commit.tree.agrees(path):
                    found.append(Entry(kind, path, data, _digest(commit.tree, kind, path), commit, len(found)))
        return found

    def before(self, commit: Commit) -> list[Entry]:
        """The entries of earlier commits."""
        return [entry for entry in self.entries if entry.commit.number < commit.number]

    def manifest(self, model: str, version: str, entries: list[Entry] | None = None) -> Entry | None:
        """The entry that added a release."""
        for entry in self.entries if entries is None else entries:
            if entry.kind == "release" and (entry.data["model"], entry.data["version"]) == (model, version):
                return entry
        return None

    def target(self, entry: Entry) -> str:
        """The commit that the receipt of an entry is to be on: of a promotion the one that added its release."""
        added = self.manifest(entry.data["model"], entry.data["release"]) if entry.kind == "promotion" else None
        return (added or entry).commit.sha

    def receipt(self, entry: Entry) -> Receipt | None:
        """The receipt of an entry, where it is of this very content and on the right commit."""
        found = self.receipts.get(entry.tag)
        if found is None or (found.says("path"), found.says("digest")) != (entry.path, entry.digest):
            return None
        return found if found.target == self.target(entry) else None

    def proven(self, entry: Entry) -> bool:
        """Whether a receipt of this forge says that the approvals were met."""
        found = self.receipt(entry)
        return found is not None and (found.says("approved"), found.says("forge")) == ("met", "local")

    def writers(self, commit: Commit) -> set[str]:
        """The addresses of those who wrote what a merge brought."""
        first, *others = commit.object.parents or ("",)
        known = self.objects.ancestors(first) if others else set()
        brought = set[str]().union(*(self.objects.ancestors(other) for other in others)) - known
        return {address for sha in brought for address in self.objects.commit(sha).people}


def _digest(tree: Tree, kind: str, path: str) -> str:
    return canonical(tree.data(path)) if kind == "promotion" else sha256(tree.bytes_of(path) or b"")


def _changes(before: dict[str, str], after: dict[str, str]) -> dict[str, str]:
    found = {path: "D" for path in before if path not in after}
    found |= {path: "A" for path in after if path not in before}
    return found | {path: "M" for path in after if path in before and before[path] != after[path]}


def _receipt(text: str) -> Receipt:
    head, _, message = text.partition("\n\n")
    target = head.split("\n")[0].removeprefix("object ")
    try:
        facts = json.loads(message.partition("\n\n")[2])
    except ValueError:
        return Receipt(target, None)
    texts = ("path", "digest", "commit", "approved", "forge")
    whole = isinstance(facts, dict) and all(isinstance(facts.get(name), str) for name in texts)
    return Receipt(target, facts if whole else None)
