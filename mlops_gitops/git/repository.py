"""Git: the only caller of it, through GitPython's command interface.

GitPython's object model costs milliseconds a commit; its commands cost git's own time. Commits reach git as whole ids,
and what has a name is looked up in `refs.py`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

import git as gitpython

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import MAX_BYTES, SYMLINK, Unreadable, safe_path, too_large
from mlops_gitops.git import object_reader, parse_output
from mlops_gitops.git.git_settings import GitSettings
from mlops_gitops.git.parse_output import BranchCommit, Tag
from mlops_gitops.git.refs import WHOLE, GitFailed, Refs, require_ids
from mlops_gitops.pipelines.dvc_places import GITLINK, LINK
from mlops_gitops.repository.ledger import Commit

# A hook's environment points git at the hook's own index and repository; ours are the ones of the folder we were given.
_FOREIGN = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_NAMESPACE",
)  # fmt: skip
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_REPLACE_OBJECTS": "1"}
# A user's settings must change neither what is read nor what else is written.
_SETTINGS = {
    "core.hooksPath": "/dev/null",
    "core.fsmonitor": "false",
    "safe.bareRepository": "explicit",  # a bare one that is tracked in a folder brings settings of its own
    "submodule.recurse": "false",
    "core.quotePath": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "i18n.commitEncoding": "UTF-8",
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
SUBMODULE = "is a submodule: put the file itself there"
TAGGER = "mlops-gitops <mlops-gitops@users.noreply.invalid>"


class Git(GitSettings, Refs):
    """One repository."""

    def __init__(self, root: str, remote: str = "origin") -> None:
        for name in _FOREIGN:
            os.environ.pop(name, None)
        self.root, self.remote = root, remote
        self._command = gitpython.Git(root)
        self._said: dict[tuple[str, ...], bytes] = {}

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
        if not all(map(WHOLE.fullmatch, about)):
            return self.run(*args)
        if args not in self._said:
            self._said[args] = self.run(*args)
        return self._said[args]

    # ── what is here ──

    def is_commit(self, id: str) -> bool:
        """Whether a whole id is that of a commit that is here."""
        try:
            return self._once("rev-parse", "--verify", "--quiet", f"{id}^{{commit}}", about=[id]) == f"{id}\n".encode()
        except GitFailed:
            return False

    def branch(self) -> str | None:
        """The branch that is checked out; None when HEAD is detached."""
        try:
            return self.text("symbolic-ref", "--quiet", "HEAD").removeprefix("refs/heads/")  # --short is not always so
        except GitFailed:
            return None

    def subject(self, commit: str) -> str:
        """The first line of a commit's message."""
        return self.text("log", "-1", "--format=%s", *require_ids(commit), "--")

    def ignored(self, paths: Iterable[str]) -> frozenset[str]:
        """Which of the paths .gitignore files leave out."""
        try:
            out = self.run("check-ignore", "-z", "--stdin", data="\0".join(filter(safe_path, paths)).encode())
        except GitFailed:  # none of them
            return frozenset()
        return frozenset(filter(None, out.decode("utf-8", "surrogateescape").split("\0")))

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
        """The files of a commit, named as for `resolve`. Raises Error."""
        return GitTree(self, self.commit_of(rev))

    def blob(self, id: str) -> bytes:
        """The bytes of a blob. Raises Undecided."""
        found, data = object_reader.data(self._command, id)
        if found != id:  # of the other kind of hash, it was taken for the name of a reference
            raise Undecided(f"{id} is not the id of an object here")
        return data

    def file_at(self, commit: str, path: str) -> bytes:
        """The bytes of one file of a commit, without listing the others. Raises Undecided, ValueError if too large."""
        name = f"{require_ids(commit)[0]}:{path}"
        if (size := self.blob_size(name)) > MAX_BYTES:
            raise ValueError(too_large(size))
        return object_reader.data(self._command, name)[1]

    def blob_size(self, id: str) -> int:
        """The size of a blob in bytes. Raises Undecided."""
        return object_reader.size(self._command, id)

    def history(self, commit: str) -> list[Commit]:
        """The first-parent commits up to one, oldest first, each with what it changed against its first parent."""
        self.require_whole_history()
        out = self.run("log", "--first-parent", "--diff-merges=first-parent", "--ignore-submodules=none",
                       "--raw", "--no-renames", "--no-abbrev", "-z", "--reverse",
                       "--format=%H:%P:%ct", *require_ids(commit), "--")  # fmt: skip
        return list(parse_output.commits(out.decode("utf-8", "surrogateescape").split("\0")))

    def changes(self, base: str, head: str) -> dict[str, str]:
        """What differs between two commits: path → A, M or D."""
        out = self.run(
            "diff-tree",
            "-r",
            "--ignore-submodules=none",
            "--raw",
            "--no-renames",
            "--no-abbrev",
            "-z",
            *require_ids(base, head),
        ).decode("utf-8", "surrogateescape")
        return {change.path: change.status for change in parse_output.changes(out)}

    def between(self, base: str, head: str) -> list[BranchCommit]:
        """The commits of `head` that `base` lacks, oldest first."""
        require_ids(base, head)
        words = ("log", "-z", "--reverse", "--format=%H%n%P%n%ae%n%ce", f"{base}..{head}", "--")
        out = self._once(*words, about=[base, head]).decode("utf-8", "replace")
        return parse_output.branch_commits(out)

    def first_parents(self, base: str, head: str) -> list[str]:
        """The first-parent line of `head` down to where it meets `base`, newest first."""
        require_ids(base, head)
        return self.text("rev-list", "--first-parent", f"{base}..{head}", "--").splitlines()

    def message(self, commit: str) -> str | None:
        """The whole message of a commit, which `git log` ends at a NUL; None where it is too large to read."""
        if self.blob_size(commit) > MAX_BYTES:
            return None
        return self.blob(commit).partition(b"\n\n")[2].decode("utf-8", "replace")

    def merge_base(self, one: str, other: str) -> str | None:
        """The commit two histories share."""
        require_ids(one, other)
        try:
            return self.text("merge-base", one, other)
        except GitFailed:
            return None

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether `one` is in the history of `other`."""
        require_ids(one, other)
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
                found.append(parse_output.tag(name, self.blob(id).decode("utf-8", "replace")))
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
            self.run("read-tree", *require_ids(base), env=env)
            lines = []
            for path, data in files.items():
                mode, id = ("100644", self.write_blob(data)) if data is not None else ("0", "0" * 40)
                lines.append(f"{mode} {id}\t{path}\0".encode())
            self.run("update-index", "-z", "--index-info", data=b"".join(lines), env=env)
            return self.run("write-tree", env=env).decode().strip()

    def tree_id(self, commit: str) -> str:
        """The tree of a commit. Raises GitFailed."""
        return self.text("rev-parse", "--verify", f"{require_ids(commit)[0]}^{{tree}}")

    def parents(self, commit: str) -> list[str]:
        """The parents of a commit; none for one that is not here."""
        require_ids(commit)
        try:
            return self.text("rev-list", "-1", "--parents", commit, "--").split()[1:]
        except GitFailed:
            return []

    def commit_tree(
        self, tree: str, parents: Sequence[str], message: str, *, who: Mapping[str, str] | None = None
    ) -> str:
        """A commit object of a tree, by `who` (git's variables) or by whoever git is told commits."""
        named = [argument for parent in require_ids(*parents) for argument in ("-p", parent)]
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


@frozen
class GitTree:
    """The files of one commit."""

    git: Git
    commit: str

    @cached_property
    def _all(self) -> dict[str, tuple[str, str]]:
        """The mode and the id of everything that is no folder, submodules among it."""
        rows = self.git.run("ls-tree", "-r", "-z", self.commit).decode("utf-8", "surrogateescape").split("\0")
        parts = [(row.partition("\t")[0].split(" "), row.partition("\t")[2]) for row in rows if row]
        return {path: (mode, id) for (mode, _, id), path in parts}

    def entries(self) -> Iterator[tuple[str, str]]:
        """The mode and the path of everything that is no folder, hidden or not."""
        return ((mode, path) for path, (mode, _) in self._all.items())

    def paths(self, under: str = "") -> Iterator[str]:
        """Every file below `under`, sorted; of the whole tree, hidden folders are left out, as in a work tree."""
        prefix = f"{under}/" if under else ""
        for path in sorted(self._all) if safe_path(under or "all") else ():
            if path.startswith(prefix) and (under or "/." not in f"/{path.rpartition('/')[0]}"):
                yield path

    def every(self) -> Iterator[str]:
        """Every file, those in hidden folders too, sorted."""
        yield from sorted(self._all)

    def exists(self, path: str) -> bool:
        """Whether the commit has a file, or a submodule, at `path`."""
        return path in self._all and safe_path(path)

    def blob_id(self, path: str) -> str | None:
        """The id of the blob at `path`; None for a submodule."""
        mode, id = self._all.get(path, (GITLINK, ""))
        return id if mode != GITLINK else None

    def read(self, path: str) -> bytes | None:
        """The bytes at `path`. Raises Unreadable for links, submodules, and files too large to be ours."""
        if not self.exists(path):
            return None
        mode, id = self._all[path]
        if mode == LINK:
            raise Unreadable(SYMLINK)
        if mode == GITLINK:
            raise Unreadable(SUBMODULE)
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
    git = Git(root)
    git.settings  # noqa: B018 - before anything else is asked of git: settings that a pull request brought are refused
    return git
