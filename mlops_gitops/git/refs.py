"""References, here and in the remote, by their full names.

A short name is looked up among tags before branches, and anybody who may push names tags as they like: `origin/main`,
or `refs/heads/main`. `typed_revisions.py` reads what people type.
"""

from __future__ import annotations

import os
import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cached_property

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.git.object_store import ObjectStore
from mlops_gitops.git.parse_output import Advertised, advertised, matched_part
from mlops_gitops.git.process import GitFailed

WHOLE = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
REMOTE_TAGS = "refs/mlops/tags"  # the remote's tags as last fetched, beside the user's own
LOOSE = 256  # references of ours that may lie in files of their own
_OURS = "refs/mlops"
_PUSHED = "refs/mlops/pushed"  # what is on its way to the remote


class Refs(ABC):
    """What `Git` finds, fetches and pushes by name."""

    @abstractmethod
    def run(self, *args: str, data: bytes | None = None) -> bytes:
        """Runs git and returns what it printed. Raises GitFailed."""

    @abstractmethod
    def exchange(self, *args: str) -> bytes:
        """The same for fetch, ls-remote and push."""

    @abstractmethod
    def text(self, *args: str) -> str:
        """What git printed, without the last newline. Raises GitFailed."""

    @property
    @abstractmethod
    def remote(self) -> str:
        """The name of the remote."""

    @property
    @abstractmethod
    def common_folder(self) -> str:
        """The folder of git that all work trees share."""

    @property
    @abstractmethod
    def objects(self) -> ObjectStore:
        """The repository's objects."""

    @abstractmethod
    def setting(self, name: str) -> str | None:
        """A git configuration value."""

    # ── here ──

    @cached_property
    def refs(self) -> Mapping[str, str]:
        """The id that each reference holds, by its full name, sorted.

        They are read once, and again after this process has fetched. What it sets itself is seen at once, and what
        others set meanwhile is not: a lease on what was read holds against them.
        """
        return {ref: id for ref, id, _, _ in self._listed}

    @cached_property
    def _listed(self) -> list[tuple[str, str, str, str]]:
        """Each reference as read: the id and kind of its object, and the reference that it stands for, "" for most."""
        fields = "--format=%(refname) %(objectname) %(symref) "
        try:
            printed = self.run("for-each-ref", f"{fields}%(objecttype)")
        except GitFailed:  # the object of one is missing: then the kind of none is known
            printed = self.run("for-each-ref", fields)
        rows = (row.split(" ") for row in printed.decode("utf-8", "surrogateescape").split("\n") if row)
        return [(ref, id, target, kind) for ref, id, target, kind in rows]

    @cached_property
    def known_kinds(self) -> Mapping[str, str]:
        """The kind of each object that a reference held when they were read, by its id: no object is opened for it."""
        return {id: kind for _, id, _, kind in self._listed if kind}

    def refs_below(self, folder: str) -> dict[str, str]:
        """The references in a folder such as `refs/tags`: the rest of each name, and the id that it holds."""
        prefix = f"{folder.rstrip('/')}/"
        return {name.removeprefix(prefix): id for name, id in self.refs.items() if name.startswith(prefix)}

    def resolve(self, rev: str) -> str | None:
        """The commit of a whole id, of HEAD or of a full name `refs/…`, and of nothing that git would guess.

        None when there is none. Raises ValueError for any other name: `typed_revisions.py` reads what people type.
        """
        if WHOLE.fullmatch(rev):
            return rev if self.objects.commit_at(rev) == rev else None
        if rev != "HEAD" and not rev.startswith("refs/"):
            raise ValueError(f"{rev!r} is neither a whole id nor the full name of a reference")
        id = self._head() if rev == "HEAD" else self.object_of(rev)
        return self.objects.commit_at(id) if id else None

    def _head(self) -> str | None:
        """The id of HEAD: a name that git would look up elsewhere too, where HEAD's branch has no commit yet."""
        try:
            return self.text("show-ref", "--verify", "--hash", "--", "HEAD")
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
        return self.refs.get(ref)

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

    @cached_property
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
        self._update_refs({ref: id})

    def first_push(self, branch: str, before: str = "") -> str:
        """The command that gives the remote a branch: this clone's of that name, else what is checked out."""
        source = branch if self.local_tip(branch) else f"HEAD:{branch}"
        help = f"{before}git push -u {shlex.quote(self.remote)} {shlex.quote(source)}"
        return help if self.resolve("HEAD") else f"commit the files, then: {help}"

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
        for name in ("refs", "_listed", "known_kinds"):
            self.__dict__.pop(name, None)
        try:
            self.exchange("fetch", "--quiet", "--no-tags", "--prune", "--no-recurse-submodules", self.remote, *refspecs)
        except GitFailed as error:
            raise Undecided(
                f"the remote {self.remote!r} cannot be read: {error}", help=f"find out why: git ls-remote {self.remote}"
            ) from error
        self._pack()
        self._fetched.update(refspecs)

    def _pack(self) -> None:
        """Packs the references of ours where a fetch left many in files of their own, of 4 KB each.

        Git before 2.42 cannot pack a part, and then packs all, as `git gc` does. Where it fails, nothing is lost.
        """
        if sum(len(files) for _, _, files in os.walk(os.path.join(self.common_folder, _OURS))) > LOOSE:
            for which in (f"--include={_OURS}/*", "--all"):
                with suppress(GitFailed):
                    self.run("pack-refs", which)
                    return

    def fetch_once(self, *refspecs: str) -> None:
        """The same, but for references that this command has fetched already: it sees one state of the remote.

        Nothing is fetched where this clone has all that the remote lists.
        """
        if self._fetched.issuperset(refspecs):
            return
        if self._brings_nothing(refspecs):
            self._fetched.update(refspecs)
        else:
            self.fetch(*refspecs)

    def _brings_nothing(self, refspecs: Sequence[str]) -> bool:
        """Whether a fetch would change no reference. Raises Undecided."""
        brought = self._advertised.brought(refspecs)
        targets = [spec.partition(":")[2] for spec in refspecs if not spec.startswith("^")]
        symbolic = {ref for ref, _, target, _ in self._listed if target}
        kept = {
            ref: id
            for ref, id in self.refs.items()
            if ref not in symbolic and any(matched_part(target, ref) is not None for target in targets)
        }
        return kept == brought

    @cached_property
    def _fetched(self) -> set[str]:
        return set()

    @cached_property
    def _advertised(self) -> Advertised:
        """What the remote lists. Raises Undecided."""
        try:
            printed = self.exchange("ls-remote", "--symref", self.remote)
        except GitFailed as error:
            raise Undecided(
                f"the remote {self.remote!r} cannot be read: {error}", help=f"find out why: git ls-remote {self.remote}"
            ) from error
        return advertised(printed.decode("utf-8", "surrogateescape"))

    def default_branch(self) -> str | None:
        """The branch the remote's HEAD names; None where it names none that exists. Raises Undecided."""
        return self._advertised.default

    def push(
        self, values: Mapping[str, str], leases: Mapping[str, str] | None = None, here: Mapping[str, str] | None = None
    ) -> None:
        """Gives references of the remote these ids, all of them or none; a lease is what one must hold ("": nothing).

        Then references of this clone, `here`, get theirs. Raises GitFailed where the remote refuses, Undecided where
        this clone cannot be written.
        """
        held = [f"--force-with-lease={ref}:{old}" for ref, old in (leases or {}).items()]
        # By a pattern git takes names as they are. It would not know refs/heads/main from refs/tags/refs/heads/main.
        pushed = f"{_PUSHED}/{os.urandom(8).hex()}"
        kept = {f"{pushed}/{ref.removeprefix('refs/')}": id for ref, id in values.items()}
        after = dict(here or {})
        self._write_clone(kept, "nothing was pushed")
        try:
            words = ("push", "--quiet", "--atomic", "--recurse-submodules=no", *held, self.remote, f"{pushed}/*:refs/*")
            self.exchange(*words)
            self._write_clone({**dict.fromkeys(kept), **after}, "the remote has it, do not try again")
        except BaseException:
            with suppress(GitFailed):
                self._update_refs(dict.fromkeys(kept))
            raise

    def _write_clone(self, values: Mapping[str, str | None], help: str) -> None:
        """Does what `_update_refs` does. Raises Undecided: what failed is not the remote."""
        try:
            self._update_refs(values)
        except GitFailed as error:
            raise Undecided(f"this clone cannot be written: {error}", help=help) from error

    def _update_refs(self, values: Mapping[str, str | None]) -> None:
        """Sets references, or deletes those of None. Raises GitFailed; then none is changed."""
        data = "".join(
            f"update {ref}\0{require_ids(id)[0]}\0\0" if id else f"delete {ref}\0\0" for ref, id in values.items()
        )
        self.objects.write([data])
        self.run("update-ref", "-z", "--stdin", data=data.encode())
        if "refs" in self.__dict__:
            symbolic = {ref: values[target] for ref, _, target, _ in self._listed if target in values}
            changed = {**self.refs, **values, **symbolic}
            self.__dict__["refs"] = {ref: id for ref, id in sorted(changed.items()) if id}


def no_commit(rev: str) -> Error:
    """The error for a revision that names no commit."""
    return Error(f"there is no commit {rev!r} here", help="git fetch, or name another revision")


def require_ids(*ids: str) -> tuple[str, ...]:
    """The ids, each a whole one: any other word might be the name of a tag that somebody pushed. Raises ValueError."""
    for id in ids:
        if not WHOLE.fullmatch(id):
            raise ValueError(f"{id!r} is not a whole id")
    return ids
