"""References, here and in the remote, by their full names.

A short name is looked up among tags before branches, and anybody who may push names tags as they like: `origin/main`,
or `refs/heads/main`. `typed_revisions.py` reads what people type.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping

from mlops_gitops.core.errors import Error, Undecided

WHOLE = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_PUSHED = "refs/mlops/pushed"  # what is on its way to the remote


class GitFailed(Undecided):
    """A git command that exited with an error; the text is git's last line."""


class Refs(ABC):
    """What `Git` finds, fetches and pushes by name."""

    remote: str

    @abstractmethod
    def run(self, *args: str, data: bytes | None = None) -> bytes:
        """Runs git and returns what it printed. Raises GitFailed."""

    @abstractmethod
    def text(self, *args: str) -> str:
        """What git printed, without the last newline. Raises GitFailed."""

    @abstractmethod
    def is_commit(self, id: str) -> bool:
        """Whether a whole id is that of a commit that is here."""

    @abstractmethod
    def setting(self, name: str) -> str | None:
        """A git configuration value."""

    # ── here ──

    def resolve(self, rev: str) -> str | None:
        """The commit of a whole id, of HEAD or of a full name `refs/…`, and of nothing that git would guess.

        None when there is none. Raises ValueError for any other name: `typed_revisions.py` reads what people type.
        """
        if WHOLE.fullmatch(rev):
            return rev if self.is_commit(rev) else None
        if rev != "HEAD" and not rev.startswith("refs/"):
            raise ValueError(f"{rev!r} is neither a whole id nor the full name of a reference")
        try:
            printed = self.text("show-ref", "--verify", "--dereference", "--", rev)
            id = printed.split("\n")[-1].partition(" ")[0]
            return id if self.is_commit(id) else None
        except GitFailed:
            return None

    def commit_of(self, rev: str) -> str:
        """The commit that `resolve` finds. Raises Error where there is none."""
        found = self.resolve(rev)
        if found is None:
            raise no_commit(rev)
        return found

    def object_of(self, ref: str) -> str | None:
        """The id a reference holds, by its full name; None where it is not there."""
        try:
            return self.text("show-ref", "--verify", "--hash", "--", ref)
        except GitFailed:
            return None

    def remote_ref(self, branch: str) -> str:
        """The full name under which this clone keeps a branch of the remote, as last fetched."""
        return f"refs/remotes/{self.remote}/{branch}"

    def remote_tip(self, branch: str) -> str | None:
        """The commit of a branch of the remote, as last fetched; None where it is not there, as one named HEAD."""
        return None if branch == "HEAD" else self.resolve(self.remote_ref(branch))

    def require_remote_tip(self, branch: str) -> str:
        """The same. Raises Error where it is not there."""
        found = self.remote_tip(branch)
        if found is None:
            raise no_commit(self.remote_ref(branch))
        return found

    def local_tip(self, branch: str) -> str | None:
        """The commit of a branch of this clone; None where it is not there."""
        return self.resolve(f"refs/heads/{branch}")

    def known_default(self) -> str | None:
        """The remote's default branch as this clone knows it, without asking; None where it does not."""
        try:
            ref = self.text("symbolic-ref", "--quiet", self.remote_ref("HEAD"))
        except GitFailed:
            return None
        prefix = self.remote_ref("")
        return ref.removeprefix(prefix) if ref.startswith(prefix) else None

    def set_ref(self, ref: str, id: str) -> None:
        """Points a local ref."""
        self.run("update-ref", ref, *require_ids(id))

    # ── the remote ──

    @property
    def branches(self) -> tuple[str, ...]:
        """The refspecs that bring every branch of the remote under its `remote_ref`.

        None named HEAD or below it: there this clone keeps which branch is the remote's default.
        """
        return f"+refs/heads/*:{self.remote_ref('*')}", "^refs/heads/HEAD", "^refs/heads/HEAD/*"

    def has_remote(self) -> bool:
        """Whether the remote is configured."""
        return self.setting(f"remote.{self.remote}.url") is not None

    def fetch(self, *refspecs: str) -> None:
        """Fetches from the remote into exactly the references named, and drops those that are gone there.

        Raises Undecided.
        """
        try:
            self.run("fetch", "--quiet", "--no-tags", "--prune", "--no-recurse-submodules", self.remote, *refspecs)
        except GitFailed as error:
            raise Undecided(f"the remote {self.remote!r} cannot be read: {error}") from error

    def default_branch(self) -> str | None:
        """The branch the remote's HEAD names; None where it names none that exists. Raises Undecided."""
        try:
            out = self.text("ls-remote", "--symref", self.remote, "HEAD")
        except GitFailed as error:
            raise Undecided(f"the remote {self.remote!r} cannot be read: {error}") from error
        # A reference such as refs/heads/HEAD is listed too.
        head = next((row.removesuffix("\tHEAD") for row in out.split("\n") if row.endswith("\tHEAD")), "")
        return head.removeprefix("ref: refs/heads/") if head.startswith("ref: refs/heads/") else None

    def push(self, values: Mapping[str, str], leases: Mapping[str, str] | None = None) -> None:
        """Gives references of the remote these ids, all of them or none; a lease is what one must hold ("": nothing).

        Raises GitFailed.
        """
        held = [f"--force-with-lease={ref}:{old}" for ref, old in (leases or {}).items()]
        # By a pattern git takes names as they are. It would not know refs/heads/main from refs/tags/refs/heads/main.
        mine = f"{_PUSHED}/{os.urandom(8).hex()}"
        kept = {f"{mine}/{ref.removeprefix('refs/')}": id for ref, id in values.items()}
        self._update_refs(f"create {ref}\0{require_ids(id)[0]}\0" for ref, id in kept.items())
        try:
            self.run("push", "--quiet", "--atomic", "--recurse-submodules=no", *held, self.remote, f"{mine}/*:refs/*")
        finally:
            self._update_refs(f"delete {ref}\0\0" for ref in kept)

    def _update_refs(self, orders: Iterable[str]) -> None:
        self.run("update-ref", "-z", "--stdin", data="".join(orders).encode())


def no_commit(rev: str) -> Error:
    """What is said of a revision that names no commit."""
    return Error(f"there is no commit {rev!r} here", help="git fetch, or name another revision")


def require_ids(*ids: str) -> tuple[str, ...]:
    """The ids, each a whole one: any other word might be the name of a tag that somebody pushed. Raises ValueError."""
    for id in ids:
        if not WHOLE.fullmatch(id):
            raise ValueError(f"{id!r} is not a whole id")
    return ids
