"""Git: the only caller of it, through GitPython's command interface.

GitPython's object model costs milliseconds a commit; its commands cost git's own time.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import git as gitpython

from mlops_gitops.edges import raw
from mlops_gitops.edges.raw import BranchCommit, Tag
from mlops_gitops.errors import Error, Undecided
from mlops_gitops.ledger import Commit
from mlops_gitops.tree import MAX_BYTES, SYMLINK, Unreadable, too_large

# A hook's environment points git at the hook's own index and repository; ours are the ones of the folder we were given.
_FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY")
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
# A user's settings must change neither what is read nor what else is written.
_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.quotePath": "false",
    "log.showRoot": "true",
    "log.showSignature": "false",
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "fetch.prune": "false",
    "fetch.pruneTags": "false",
    "rebase.updateRefs": "false",
    "rebase.autoSquash": "false",
    "push.followTags": "false",
}
_OPTIONS = tuple(word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}"))
_WHOLE = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
TAGGER = "mlops-gitops <mlops-gitops@users.noreply.invalid>"


class GitFailed(Undecided):
    """A git command that exited with an error; the text is git's last line."""


@dataclass(frozen=True)
class Git:
    """One repository."""

    root: str
    remote: str = "origin"
    _command: gitpython.Git = field(init=False, repr=False)
    _said: dict[tuple[str, ...], bytes] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        for name in _FOREIGN:
            os.environ.pop(name, None)
        object.__setattr__(self, "_command", gitpython.Git(self.root))

    def run(self, *args: str, data: bytes | None = None, env: Mapping[str, str] | None = None, cwd: str = "") -> bytes:
        """Runs git and returns what it printed. Raises GitFailed."""
        with tempfile.TemporaryFile() as source:
            source.write(data or b"")
            source.seek(0)
            command = gitpython.Git(cwd) if cwd else self._command
            status, out, err = command.execute(
                ["git", *_OPTIONS, *args],
                istream=source,
                with_extended_output=True,
                with_exceptions=False,
                stdout_as_string=False,
                strip_newline_in_stdout=False,
                env=_ENVIRONMENT | dict(env or {}),
            )
        if status != 0:
            lines = (err if isinstance(err, str) else bytes(err).decode("utf-8", "replace")).strip().splitlines()
            raise GitFailed(lines[-1] if lines else f"git {args[0]} failed")
        return out if isinstance(out, bytes) else str(out).encode()

    def text(self, *args: str) -> str:
        """What git printed, without the last newline. Raises GitFailed."""
        return self.run(*args).decode("utf-8", "replace").rstrip("\n")

    def _once(self, *args: str, about: Iterable[str] = ()) -> bytes:
        """The same, asked once where all that the question is about are whole ids: what is said of them never changes.

        A question about nothing is one about the repository's settings, which no command of ours changes.
        """
        if not all(map(_WHOLE.fullmatch, about)):
            return self.run(*args)
        if args not in self._said:
            self._said[args] = self.run(*args)
        return self._said[args]

    # ── what is here ──

    def resolve(self, rev: str) -> str | None:
        """The commit a revision names; None when there is none."""
        if rev.startswith("-"):
            return None
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{rev}^{{commit}}")
        try:
            return self._once(*words, about=[rev]).decode().rstrip("\n")
        except GitFailed:
            return None

    def commit_of(self, rev: str) -> str:
        """The commit a revision names. Raises Error."""
        found = self.resolve(rev)
        if found is None:
            raise Error(f"there is no commit {rev!r} here", help="git fetch, or name another revision")
        return found

    def branch(self) -> str | None:
        """The branch that is checked out; None when HEAD is detached."""
        try:
            return self.text("symbolic-ref", "--quiet", "--short", "HEAD")
        except GitFailed:
            return None

    def subject(self, commit: str) -> str:
        """The first line of a commit's message."""
        return self.text("log", "-1", "--format=%s", commit)

    def setting(self, name: str) -> str | None:
        """A git configuration value."""
        try:
            return self._once("config", "--get", name).decode("utf-8", "replace").rstrip("\n") or None
        except GitFailed:
            return None

    def me(self) -> str:
        """The e-mail address git is told to commit with. Raises Error."""
        email = self.setting("user.email")
        if email is None:
            raise Error("git does not know who you are", help="git config user.email you@example.org")
        return email

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Which of the paths .gitignore files leave out."""
        try:
            out = self.run("check-ignore", "-z", "--stdin", data="\0".join(paths).encode())
        except GitFailed:  # none of them
            return frozenset()
        return frozenset(filter(None, out.decode("utf-8", "surrogateescape").split("\0")))

    def identity(self) -> dict[str, str]:
        """Who commits, for git's environment: a missing name is filled in, a missing address is not. Raises Error."""
        email = self.me()
        name = self.setting("user.name") or email
        return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                for what, value in (("NAME", name), ("EMAIL", email))}  # fmt: skip

    def is_shallow(self) -> bool:
        """Whether this clone lacks a part of its history."""
        return self._once("rev-parse", "--is-shallow-repository") == b"true\n"

    def common_folder(self) -> str:
        """Where Git keeps what all work trees of the repository share."""
        return self.text("rev-parse", "--path-format=absolute", "--git-common-dir")

    def require_whole_history(self) -> None:
        """Raises Undecided in a shallow clone: what it lacks would look as if it had never been."""
        if self.is_shallow():
            raise Undecided(
                "this clone is shallow, so its history cannot be judged",
                help="git fetch --unshallow --tags (in GitHub Actions: actions/checkout with fetch-depth: 0)",
            )

    def tree(self, rev: str) -> GitTree:
        """The files of a revision."""
        return GitTree(self, self.commit_of(rev))

    def blob(self, id: str) -> bytes:
        """The bytes of a blob. Raises Undecided."""
        try:
            data: bytes = self._command.get_object_data(id)[3]
        except (ValueError, OSError) as error:
            raise Undecided(f"the Git object {id} is not here", help="git fetch") from error
        return data

    def blob_size(self, id: str) -> int:
        """The size of a blob in bytes."""
        return int(self._command.get_object_header(id)[2])

    def history(self, rev: str) -> list[Commit]:
        """The first-parent commits up to `rev`, oldest first, each with what it changed against its first parent."""
        self.require_whole_history()
        out = self.run("log", "--first-parent", "-m", "--raw", "--no-renames", "--no-abbrev", "-z", "--reverse",
                       "--format=%H %P %ct", "--end-of-options", rev)  # fmt: skip
        return list(raw.commits(out.decode("utf-8", "surrogateescape").split("\0")))

    def changes(self, base: str, head: str) -> dict[str, str]:
        """What differs between two revisions: path → A, M or D."""
        out = self.run("diff-tree", "-r", "--raw", "--no-renames", "--no-abbrev", "-z", base, head).decode(
            "utf-8", "surrogateescape"
        )
        return {change.path: change.status for change in raw.changes(out)}

    def between(self, base: str, head: str) -> list[BranchCommit]:
        """The commits of `head` that `base` lacks, oldest first."""
        words = ("log", "-z", "--reverse", "--format=%H%n%P%n%ae%n%ce", f"{base}..{head}")
        out = self._once(*words, about=[base, head]).decode("utf-8", "replace")
        return raw.branch_commits(out)

    def merge_base(self, one: str, other: str) -> str | None:
        """The commit two histories share."""
        try:
            return self.text("merge-base", one, other)
        except GitFailed:
            return None

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether `one` is in the history of `other`."""
        try:
            self._once("merge-base", "--is-ancestor", one, other, about=[one, other])
        except GitFailed:
            return False
        return True

    def tags(self, under: str = "refs/tags") -> list[Tag]:
        """Every annotated tag of a namespace."""
        found = []
        for kind, name, id in self._tag_refs(under):
            if kind == "tag":
                found.append(raw.tag(name, self.blob(id).decode("utf-8", "replace")))
        return found

    def lightweight_tags(self, under: str = "refs/tags") -> set[str]:
        """The names of tags that are no annotated tag."""
        return {name for kind, name, _ in self._tag_refs(under) if kind != "tag"}

    def _tag_refs(self, under: str) -> list[tuple[str, str, str]]:
        out = self.text("for-each-ref", "--format=%(objecttype) %(objectname) %(refname)", f"{under}/")
        rows = [row.split(" ", 2) for row in out.split("\n") if row]
        return [(kind, name.removeprefix(f"{under}/"), id) for kind, id, name in rows]

    # ── what is made ──

    def write_blob(self, data: bytes) -> str:
        """Stores bytes."""
        return self.run("hash-object", "-w", "--stdin", data=data).decode().strip()

    def commit(self, base: str, files: Mapping[str, bytes | None], message: str, parents: Sequence[str] = ()) -> str:
        """One commit on `base` that changes `files`; neither the work tree nor its index is touched."""
        return self.commit_tree(self.write_tree(base, files), parents or (base,), message)

    def write_tree(self, base: str, files: Mapping[str, bytes | None]) -> str:
        """The tree of `base` with other `files`."""
        with tempfile.TemporaryDirectory() as folder:
            env = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            self.run("read-tree", base, env=env)
            lines = []
            for path, data in files.items():
                mode, id = ("100644", self.write_blob(data)) if data is not None else ("0", "0" * 40)
                lines.append(f"{mode} {id}\t{path}\0".encode())
            self.run("update-index", "-z", "--index-info", data=b"".join(lines), env=env)
            return self.run("write-tree", env=env).decode().strip()

    def tree_id(self, rev: str) -> str:
        """The tree of a commit. Raises GitFailed."""
        return self.text("rev-parse", "--verify", "--end-of-options", f"{rev}^{{tree}}")

    def parents(self, rev: str) -> list[str]:
        """The parents of a commit; none for one that is not here."""
        try:
            return self.text("rev-list", "-1", "--parents", "--end-of-options", rev).split()[1:]
        except GitFailed:
            return []

    def merged_tree(self, base: str, head: str) -> str:
        """The tree that merging two commits makes. Raises GitFailed on a conflict, Undecided where git is too old."""
        try:
            return self.text("merge-tree", "--write-tree", "--no-messages", base, head)
        except GitFailed:
            version = tuple(int(part) for part in re.findall(r"[0-9]+", self.text("version"))[:2])
            if version < (2, 38):
                raise Undecided(
                    "git is too old to tell what merging would make", help="install git 2.38 or newer"
                ) from None
            raise

    def commit_tree(
        self, tree: str, parents: Sequence[str], message: str, *, who: Mapping[str, str] | None = None
    ) -> str:
        """A commit object of a tree, by `who` (git's variables) or by whoever git is told commits."""
        named = [argument for parent in parents for argument in ("-p", parent)]
        made = self.run("commit-tree", tree, *named, "-F", "-", data=message.encode(), env=who or self.identity())
        return made.decode().strip()

    def make_tree(self, files: Mapping[str, bytes]) -> str:
        """A tree object of files without folders."""
        lines = [f"100644 blob {self.write_blob(data)}\t{name}\0".encode() for name, data in sorted(files.items())]
        return self.run("mktree", "-z", data=b"".join(lines)).decode().strip()

    def make_tag(self, name: str, target: str, message: str, time: int) -> str:
        """An annotated tag object that depends on nothing but its arguments: same facts, same object."""
        text = f"object {target}\ntype commit\ntag {name}\ntagger {TAGGER} {time} +0000\n\n{message}"
        return self.run("mktag", data=text.encode()).decode().strip()

    def set_ref(self, ref: str, id: str) -> None:
        """Points a local ref."""
        self.run("update-ref", ref, id)

    # ── the remote ──

    def has_remote(self) -> bool:
        """Whether the remote is configured."""
        return self.setting(f"remote.{self.remote}.url") is not None

    def fetch(self, *refspecs: str) -> None:
        """Fetches from the remote into exactly the references named, and drops those that are gone there.

        Raises Undecided.
        """
        try:
            self.run("fetch", "--quiet", "--no-tags", "--prune", self.remote, *refspecs)
        except GitFailed as error:
            raise Undecided(f"the remote {self.remote!r} cannot be read: {error}") from error

    def default_branch(self) -> str | None:
        """The branch the remote's HEAD names; None where it names none that exists. Raises Undecided."""
        try:
            out = self.text("ls-remote", "--symref", self.remote, "HEAD")
        except GitFailed as error:
            raise Undecided(f"the remote {self.remote!r} cannot be read: {error}") from error
        first = out.split("\n")[0].split("\t")[0]
        return first.removeprefix("ref: refs/heads/") if first.startswith("ref: refs/heads/") else None

    def push(self, *refspecs: str, leases: Mapping[str, str] | None = None) -> None:
        """Pushes all of the refs or none; a lease names what a ref must still be ("" for absent). Raises GitFailed."""
        held = [f"--force-with-lease={ref}:{old}" for ref, old in (leases or {}).items()]
        self.run("push", "--quiet", "--atomic", *held, self.remote, *refspecs)


@dataclass(frozen=True)
class GitTree:
    """The files of one commit."""

    git: Git
    commit: str

    @cached_property
    def _files(self) -> dict[str, tuple[str, str]]:
        rows = self.git.run("ls-tree", "-r", "-z", self.commit).decode("utf-8", "surrogateescape").split("\0")
        parts = [(row.partition("\t")[0].split(" "), row.partition("\t")[2]) for row in rows if row]
        return {path: (mode, id) for (mode, kind, id), path in parts if kind == "blob"}

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below `under`, sorted; of the whole tree, hidden folders are left out, as in a work tree."""
        prefix = f"{under}/" if under else ""
        for path in sorted(self._files):
            if path.startswith(prefix) and (under or "/." not in f"/{path.rpartition('/')[0]}"):
                yield path

    def every(self) -> Iterator[str]:
        """Every file, those in hidden folders too, sorted."""
        yield from sorted(self._files)

    def exists(self, path: str) -> bool:
        """Whether the commit has a file at `path`."""
        return path in self._files

    def blob_id(self, path: str) -> str | None:
        """The id of the blob at `path`."""
        return self._files[path][1] if path in self._files else None

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`. Raises Unreadable for links and files too large to be ours."""
        if path not in self._files:
            return None
        mode, id = self._files[path]
        if mode == "120000":
            raise Unreadable(SYMLINK)
        size = self.git.blob_size(id)
        if size > MAX_BYTES:
            raise Unreadable(too_large(size))
        return self.git.blob(id)


def open_repository(folder: str) -> Git:
    """The repository that holds `folder`. Raises Error."""
    if not Path(folder).is_dir():
        raise Error(f"there is no folder {folder}")
    try:
        root = Git(folder).text("rev-parse", "--show-toplevel")
    except (GitFailed, gitpython.GitCommandNotFound) as error:
        if "dubious ownership" in str(error):
            raise Error("git refuses this repository: somebody else owns it", help=str(error)) from error
        reason = "git is not installed" if isinstance(error, gitpython.GitCommandNotFound) else "not a Git repository"
        raise Error(f"{folder}: {reason}", help="run this inside a repository, or name one with --repo") from error
    return Git(root)
