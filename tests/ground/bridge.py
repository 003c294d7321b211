"""Keeps a bare repository and a repository at emulate the same: the same objects under the same ids, the same refs."""

from __future__ import annotations

import base64
import hashlib
import os
import subprocess
import zlib
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ground.stateful import Stateful

ENVIRONMENT = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull, "PATH": os.environ["PATH"]}
# A branch of somebody's fork is kept below this name in the repository itself, and hidden.
FORKS = "refs/heads/a-fork-of/"


def iso(seconds: int, offset: str) -> str:
    """Git's time of a commit as GitHub's API writes it, with the zone it was made in."""
    zone = timezone((1 if offset[0] == "+" else -1) * timedelta(hours=int(offset[1:3]), minutes=int(offset[3:])))
    return datetime.fromtimestamp(seconds, zone).isoformat()


def stamp(text: str) -> str:
    """A time of GitHub's API as Git writes it in an object."""
    at = datetime.fromisoformat(text)
    offset = at.strftime("%z")[:5]
    return f"{int(at.timestamp())} {offset}"


def identity(who: dict[str, str]) -> str:
    """Author, committer or tagger as Git writes it in an object."""
    return f"{who['name']} <{who['email']}> {stamp(who['date'])}"


def tag_text(tag: dict[str, Any]) -> bytes:
    """The Git object of an annotated tag; GitHub keeps the message as it was given."""
    lines = [f"object {tag['object']}", f"type {tag['type']}", f"tag {tag['tag']}", f"tagger {identity(tag['tagger'])}"]
    return ("\n".join(lines) + "\n\n" + tag["message"]).encode()


def object_id(kind: str, content: bytes) -> str:
    """The id Git gives an object."""
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).hexdigest()


class Bridge:
    """One bare repository and its like at emulate, `name` there being such as example/models-1."""

    def __init__(self, stateful: Stateful, name: str, bare: Path) -> None:
        self.stateful, self.name, self.bare = stateful, name, bare
        self._top = f"/repos/{name}"
        self._known: set[str] = set()  # objects both have
        self._refs: dict[str, str] = {}  # branches and tags as both had them last
        self.pushed: Callable[[str, str | None, str | None], object] = lambda ref, before, after: None

    def git(self, *words: str, stdin: bytes | None = None, code: int | None = 0, **environment: str) -> bytes:
        """Runs git in the bare repository; another exit code than `code` (None: any) is a fault."""
        done = subprocess.run(
            ["git", *words], cwd=self.bare, input=stdin, capture_output=True, check=False, env=ENVIRONMENT | environment
        )
        assert code is None or done.returncode == code, f"git {words}: {done.stdout!r}{done.stderr!r}"
        return done.stdout

    def one(self, *words: str) -> str:
        """What git answers, as one line."""
        return self.git(*words).decode().strip()

    def sync(self, *, written: bool) -> bool:
        """Takes what was pushed into the bare repository to emulate, then brings all that emulate has back.

        Unless its refs were `written` since the last time, emulate is known to be as it was then; False: so is the bare
        repository, and nothing was done.
        """
        here = self._here()
        if here == self._refs and not written:
            return False
        there = self._there()
        for ref in sorted(here.keys() | self._refs.keys()):
            if here.get(ref) != self._refs.get(ref):
                assert there.get(ref) in (self._refs.get(ref), here.get(ref)), f"{ref} was pushed and written by API"
                self._push(ref, here.get(ref), there.get(ref))
                self.pushed(ref, there.get(ref), here.get(ref))
        if here != self._refs:
            there = self._there()
        self._bring(here, there)
        self._refs = there
        return True

    def _here(self) -> dict[str, str]:
        """Branches and tags, read from the files that Git keeps them in, since every request asks for them."""
        packed = self.bare / "packed-refs"
        lines = packed.read_text().splitlines() if packed.exists() else []
        found = {ref: sha for sha, ref in (line.split(" ", 1) for line in lines if line[:1] not in ("#", "^"))}
        for path in (self.bare / "refs").rglob("*"):
            if path.is_file() and path.suffix != ".lock":
                found[path.relative_to(self.bare).as_posix()] = path.read_text().strip()
        return {ref: sha for ref, sha in found.items() if ref.startswith(("refs/heads/", "refs/tags/"))}

    def _there(self) -> dict[str, str]:
        found = [self.stateful.ok("GET", f"{self._top}/git/matching-refs/{kind}/") for kind in ("heads", "tags")]
        every = {ref["ref"]: ref["object"]["sha"] for refs in found for ref in refs}
        return {ref: sha for ref, sha in every.items() if not ref.startswith(FORKS)}

    def _push(self, ref: str, new: str | None, old: str | None) -> None:
        path = f"{self._top}/git/refs/{quote(ref.removeprefix('refs/'), safe='')}"
        if new is None:
            self.stateful.ok("DELETE", path)
            return
        self.send([new])
        if old is None:
            self.stateful.ok("POST", f"{self._top}/git/refs", {"ref": ref, "sha": new})
        elif old != new:
            self.stateful.ok("PATCH", path, {"sha": new, "force": True})

    def send(self, tips: list[str]) -> None:
        """Writes all objects that emulate lacks, through its API, and holds that each gets its own id."""
        listed = self.git("rev-list", "--objects", "--topo-order", "--reverse", *tips, "--not", *self._commits())
        ids = [line.split(b" ")[0].decode() for line in listed.splitlines()]
        fresh = [sha for sha in ids if sha not in self._known]
        objects = self._read(fresh)
        for kind in ("blob", "tree", "commit", "tag"):
            order = [sha for sha in fresh if objects[sha][0] == kind]
            for sha in self._leaves_first(order, objects) if kind == "tree" else order:
                written = getattr(self, f"_write_{kind}")(objects[sha][1])
                assert written == sha, f"emulate gives the {kind} {sha} the id {written}"
                self._known.add(sha)

    def _commits(self) -> list[str]:
        return sorted({sha for sha in self._refs.values() if sha in self._known})

    def _read(self, ids: list[str]) -> dict[str, tuple[str, bytes]]:
        whole, place, objects = self.git("cat-file", "--batch", stdin="".join(f"{i}\n" for i in ids).encode()), 0, {}
        for _ in ids:
            end = whole.index(b"\n", place)
            sha, kind, size = whole[place:end].decode().split(" ")
            objects[sha] = (kind, whole[end + 1 : end + 1 + int(size)])
            place = end + int(size) + 2
        return objects

    def _leaves_first(self, trees: list[str], objects: dict[str, tuple[str, bytes]]) -> list[str]:
        done: dict[str, None] = {}

        def visit(sha: str) -> None:
            for entry in self._entries(objects[sha][1]):
                if entry["sha"] in objects and entry["type"] == "tree" and entry["sha"] not in done:
                    visit(entry["sha"])
            done[sha] = None

        for tree in trees:
            visit(tree)
        return list(done)

    @staticmethod
    def _entries(tree: bytes) -> list[dict[str, str]]:
        found = []
        while tree:
            head, _, rest = tree.partition(b"\0")
            mode, _, path = head.decode().partition(" ")
            kind = {"40000": "tree", "160000": "commit"}.get(mode, "blob")
            found.append({"path": path, "mode": mode.zfill(6), "type": kind, "sha": rest[:20].hex()})
            tree = rest[20:]
        return found

    def _write_blob(self, content: bytes) -> str:
        body = {"content": base64.b64encode(content).decode(), "encoding": "base64"}
        return str(self.stateful.ok("POST", f"{self._top}/git/blobs", body)["sha"])

    def _write_tree(self, content: bytes) -> str:
        return str(self.stateful.ok("POST", f"{self._top}/git/trees", {"tree": self._entries(content)})["sha"])

    def _write_commit(self, content: bytes) -> str:
        body = self._parsed(content)
        commit = {"message": body["message"], "tree": body["tree"][0], "parents": body["parent"]}
        people = {who: self._person(body[who][0]) for who in ("author", "committer")}
        return str(self.stateful.ok("POST", f"{self._top}/git/commits", commit | people)["sha"])

    def _write_tag(self, content: bytes) -> str:
        body = self._parsed(content)
        tag = {name: body[name][0] for name in ("tag", "object", "type")}
        tagger = self._person(body["tagger"][0])
        return self.write_tag(tag | {"message": body["message"], "tagger": tagger})

    def write_tag(self, tag: dict[str, Any], login: str = "alice") -> str:
        """Makes an annotated tag object at emulate, which gives it an id by chance; the real id is its alias."""
        sha = object_id("tag", tag_text(tag))
        if (self.name, sha) not in self.stateful.tags:
            made = self.stateful.ok("POST", f"{self._top}/git/tags", tag, login=login)["sha"]
            self.stateful.aliases[self.name][made], self.stateful.tags[self.name, sha] = sha, made
        return sha

    @staticmethod
    def _parsed(content: bytes) -> dict[str, Any]:
        head, _, message = content.decode().partition("\n\n")
        found: dict[str, Any] = {"parent": [], "message": message}
        for line in head.split("\n"):
            name, _, value = line.partition(" ")
            found.setdefault(name, []).append(value)
        return found

    @staticmethod
    def _person(text: str) -> dict[str, str]:
        name, _, rest = text.partition(" <")
        email, _, when = rest.partition("> ")
        seconds, _, offset = when.partition(" ")
        return {"name": name, "email": email, "date": iso(int(seconds), offset)}

    def _bring(self, here: dict[str, str], there: dict[str, str]) -> None:
        lines = []
        for ref, sha in there.items():
            self.fetch(sha)
            if here.get(ref) != sha:
                lines.append(f"update {ref} {sha}\n")
        lines += [f"delete {ref}\n" for ref in here if ref not in there]
        self.update(lines)

    def update(self, lines: list[str]) -> None:
        """Writes refs of the bare repository, in the language of `git update-ref --stdin`."""
        if lines:
            self.git("update-ref", "--stdin", stdin="".join(lines).encode())

    def fetch(self, sha: str) -> None:
        """Writes a commit or tag of emulate, and all it depends on, into the bare repository."""
        if sha in self._known:
            return
        if (self.name, sha) in self.stateful.tags:
            self._fetch_tag(sha)
            return
        commit = self.stateful.ok("GET", f"{self._top}/git/commits/{sha}")
        for parent in commit["parents"]:
            self.fetch(parent["sha"])
        self._fetch_tree(commit["tree"]["sha"])
        lines = [f"tree {commit['tree']['sha']}", *(f"parent {parent['sha']}" for parent in commit["parents"])]
        lines += [f"{who} {identity(commit[who])}" for who in ("author", "committer")]
        message = commit["message"]
        self._store(
            "commit", sha, ("\n".join(lines) + "\n\n" + message + ("" if message.endswith("\n") else "\n")).encode()
        )

    def _fetch_tag(self, sha: str) -> None:
        tag = self.stateful.ok("GET", f"{self._top}/git/tags/{sha}")
        self.fetch(tag["object"]["sha"])
        flat = {"object": tag["object"]["sha"], "type": tag["object"]["type"], "tag": tag["tag"]}
        self._store("tag", sha, tag_text(flat | {"tagger": tag["tagger"], "message": tag["message"]}))

    def _fetch_tree(self, sha: str) -> None:
        if sha in self._known:
            return
        content = b""
        entries = self.stateful.ok("GET", f"{self._top}/git/trees/{sha}")["tree"]
        for entry in sorted(entries, key=lambda e: e["path"].encode() + (b"/" if e["type"] == "tree" else b"")):
            if entry["type"] == "tree":
                self._fetch_tree(entry["sha"])
            elif entry["type"] == "blob" and entry["sha"] not in self._known:
                blob = self.stateful.ok("GET", f"{self._top}/git/blobs/{entry['sha']}")
                self._store("blob", entry["sha"], base64.b64decode(blob["content"]))
            content += f"{entry['mode'].lstrip('0')} {entry['path']}\0".encode() + bytes.fromhex(entry["sha"])
        self._store("tree", sha, content)

    def _store(self, kind: str, sha: str, content: bytes) -> None:
        assert object_id(kind, content) == sha, f"emulate's {kind} {sha} is not what its id says: {content[:200]!r}"
        path = self.bare / "objects" / sha[:2] / sha[2:]
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(zlib.compress(f"{kind} {len(content)}\0".encode() + content, 1))
        self._known.add(sha)
