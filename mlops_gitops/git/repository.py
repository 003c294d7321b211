"""Git: one repository, through the git program.

Commits reach git as whole ids, and what has a name is looked up in `refs.py`. What objects can answer is asked of
`object_store.py`, which starts one process for all of them.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TypeAlias, TypeVar

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen
from mlops_gitops.documents.tree import MAX_BYTES, safe_path, too_large
from mlops_gitops.git import object_format, parse_output, process, tree
from mlops_gitops.git.git_settings import GitSettings
from mlops_gitops.git.history import ancestry
from mlops_gitops.git.object_format import CommitObject
from mlops_gitops.git.object_reader import TooLarge
from mlops_gitops.git.object_store import IrregularFolder, ObjectStore
from mlops_gitops.git.parse_output import BranchCommit, Tag
from mlops_gitops.git.process import GitFailed
from mlops_gitops.git.refs import Refs, require_ids
from mlops_gitops.git.tracked_paths import require_untracked
from mlops_gitops.git.tree import GitTree
from mlops_gitops.repository.ledger import Commit, FileChange

_T = TypeVar("_T")
_Read: TypeAlias = Callable[[str], CommitObject]
_AT_ONCE = 256  # tags that are read together
_MAGIC = re.compile(r"[*?\[]")
TAGGER = "mlops-gitops <mlops-gitops@users.noreply.invalid>"


def _pathspec(path: str) -> str:
    """A path, and what is below it, as git takes it; a part that is `*` stands for any name."""
    parts = path.split("/")
    if "*" not in parts:
        return f":(literal){path}"
    escaped = (part if part == "*" else _MAGIC.sub(r"[\g<0>]", part) for part in parts)
    return f":(glob){'/'.join(escaped)}/**"


@frozen
class Layout:
    """Where git keeps a repository: the top of the work tree, its folder, the one that all work trees share."""

    top: str
    folder: str
    common_folder: str
    shallow: bool  # whether the clone lacks a part of its history


_LOG = (
    "log", "--first-parent", "--diff-merges=first-parent", "--ignore-submodules=none", "--raw", "--no-renames",
    "--no-abbrev", "-z", "--format=%H:%P:%ct",
)  # fmt: skip


class Git(GitSettings, Refs):
    """One repository."""

    def __init__(self, root: str, remote: str = "") -> None:
        process.drop_foreign_variables()
        self.root = root
        if remote:
            self.remote = remote

    def run(self, *args: str, data: bytes | None = None, env: Mapping[str, str] | None = None, cwd: str = "") -> bytes:
        """Runs git and returns what it printed. Raises GitFailed."""
        self.objects.write(args)
        return process.run(cwd or self.root, args, data, env)

    def exchange(self, *args: str) -> bytes:
        """The same for fetch, ls-remote and push."""
        self.objects.write(args)
        return process.exchange(self.root, args)

    def text(self, *args: str) -> str:
        """What git printed, without the last newline. Raises GitFailed."""
        return self.run(*args).decode("utf-8", "replace").rstrip("\n")

    def push_branch(self, branch: str, head: str) -> None:
        """Pushes a branch of this clone, whose commit is `head`, as `git push` does, with the user's hooks.

        A hook may upload what the commits point to, such as objects of Git LFS. Raises Error.
        """
        push = f"git push {self.remote} {shlex.quote(branch)}"
        if hooks := self._hooks_path():
            place, root = os.path.join(self.root, os.path.expanduser(hooks)), os.path.realpath(self.root)
            require_untracked(root, place, self.tracked, "core.hooksPath leads to", help=f"push it yourself: {push}")
        words = ("push", "--quiet", "--set-upstream", self.remote, f"refs/heads/{branch}:refs/heads/{branch}")
        try:
            process.exchange(self.root, words, hooks=True)
        except GitFailed as error:
            raise Error(f"{branch} could not be pushed: {error}", help=push) from error
        self.set_ref(self.remote_ref(branch), head)

    def _hooks_path(self) -> str:
        """The user's own `core.hooksPath`, which every other process of git here is run without; "" without one."""
        try:
            return process.run(self.root, ("config", "--get", "core.hooksPath"), hooks=True).decode().strip()
        except GitFailed:
            return ""

    # ── what is here ──

    @cached_property
    def objects(self) -> ObjectStore:
        """The repository's objects."""
        return ObjectStore(self.root)

    @cached_property
    def layout(self) -> Layout:
        """Where git keeps the repository, seen from `root`. Raises GitFailed outside of a work tree."""
        words = ("--show-toplevel", "--git-dir", "--git-common-dir", "--is-shallow-repository")
        rows = self.text("rev-parse", "--path-format=absolute", *words).split("\n")
        if len(rows) != len(words):  # a path with a line break
            rows = [self.text("rev-parse", "--path-format=absolute", word) for word in words]
        return Layout(rows[0], rows[1], rows[2], rows[3] == "true")

    @property
    def common_folder(self) -> str:
        """The folder of git that all work trees share. Raises GitFailed outside of a work tree."""
        return self.layout.common_folder

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

    def require_whole_history(self) -> None:
        """Raises Undecided in a shallow clone: what it lacks would look as if it had never been."""
        if self.layout.shallow:
            raise Undecided(
                "this clone is shallow, so its history cannot be judged",
                help="git fetch --unshallow --tags (in GitHub Actions: actions/checkout with fetch-depth: 0)",
            )

    def tree(self, rev: str) -> GitTree:
        """The files of a commit, named as for `resolve`. Raises Error."""
        return GitTree(self.objects, self.commit_of(rev))

    def blob(self, id: str) -> bytes:
        """The bytes of a blob. Raises Undecided."""
        return self.objects.read_as(id, "blob").data

    def file_at(self, commit: str, path: str) -> bytes:
        """The bytes of one file of a commit, without reading the others. Raises Undecided, ValueError if too large."""
        try:
            return self.objects.file_at(require_ids(commit)[0], path, MAX_BYTES)
        except TooLarge as error:
            raise ValueError(too_large(error.size)) from error

    def adding(self, commit: str, path: str) -> Commit | None:
        """A commit with the one file at a path that it has and its first parent lacks; None where that is not so.

        Git looks it up, and no folder is read here.
        """
        found = self.objects.found([require_ids(commit)[0], f"{commit}:{path}", f"{commit}^1:{path}"])
        kinds = [each.kind for each in found]
        if kinds[:2] != ["commit", "blob"] or kinds[2:] == ["blob"]:
            return None
        parsed = object_format.parse_commit(commit, found[0].data)
        parent = parsed.parents[0] if parsed.parents else None
        return Commit(commit, parent, parsed.time, (FileChange("A", path, None, found[1].id),))

    def history(self, commit: str) -> list[Commit]:
        """The first-parent commits up to one, oldest first, each with what it changed against its first parent."""
        return self._log(commit, "--reverse")

    def history_since(self, base: str, commit: str) -> list[Commit]:
        """Those of `history` that come after a commit of it."""
        return self._log(commit, "--reverse", f"^{require_ids(base)[0]}")

    def history_of(self, commit: str, paths: Iterable[str]) -> list[Commit]:
        """Those of `history` that change a file at one of these paths, or below it, with all that each changed.

        Below a path in which a part is `*`, which stands for any name.
        """
        return self._log(commit, "--reverse", "--full-diff", paths=map(_pathspec, paths))

    def has_removed(self, commit: str, folder: str) -> bool:
        """Whether a first-parent commit up to one removed a file below a folder. Raises Undecided."""
        self.require_whole_history()
        words = ("log", "--first-parent", "--diff-merges=first-parent", "--no-renames", "--diff-filter=D")
        return bool(self.text(*words, "--max-count=1", "--format=%H", *require_ids(commit), "--", _pathspec(folder)))

    def newest(self, commit: str) -> Commit:
        """The last of `history`."""
        return self._log(commit, "--max-count=1")[0]

    def newest_first(self, commit: str, paths: Iterable[str]) -> Iterator[Commit]:
        """Those of `history_of`, newest first, each as soon as git finds it. Raises Undecided."""
        self.require_whole_history()
        words = (*_LOG, "--full-diff", *require_ids(commit), "--", *map(_pathspec, paths))
        self.objects.write(words)
        return parse_output.commits(process.fields(self.root, words))

    def _log(self, commit: str, *words: str, paths: Iterable[str] = ()) -> list[Commit]:
        self.require_whole_history()
        out = self.run(*_LOG, *words, *require_ids(commit), "--", *paths)
        return list(parse_output.commits(out.decode("utf-8", "surrogateescape").split("\0")))

    def line(self, commit: str) -> list[str]:
        """The ids of the first-parent commits up to one, oldest first."""
        self.require_whole_history()
        return self.text("rev-list", "--first-parent", "--reverse", *require_ids(commit), "--").split("\n")

    def changes(self, base: str, head: str) -> dict[str, str]:
        """What differs between two commits: path → A, M or D. Raises Undecided."""
        trees = [self.tree_id(commit) for commit in (base, head)]
        try:
            return tree.changed_paths(self.objects, *trees)
        except IrregularFolder:
            out = self.run("diff-tree", "-r", "--ignore-submodules=none", "--raw", "--no-renames", "--no-abbrev", "-z",
                           *trees)  # fmt: skip
            found = parse_output.changes(out.decode("utf-8", "surrogateescape"))
            return {change.path: change.status for change in found}

    def between(self, base: str, head: str) -> list[BranchCommit]:
        """The commits of `head` that `base` lacks, oldest first. Raises Undecided."""
        commits = self._walked(ancestry.commits_between, base, head)
        if commits is None or not all(commit.people for commit in commits):
            words = ("log", "-z", "--reverse", "--format=%H%n%P%n%ae%n%ce", f"{base}..{head}", "--")
            return parse_output.branch_commits(self.run(*words).decode("utf-8", "replace"))
        return [
            BranchCommit(commit.id, commit.parents, *(person.email for person in commit.people))
            for commit in commits
            if commit.people
        ]

    def first_parents(self, base: str, head: str) -> list[str]:
        """The first-parent line of `head` down to where it meets `base`, newest first. Raises Undecided."""
        line = self._walked(ancestry.first_parents, base, head)
        words = ("rev-list", "--first-parent", f"{base}..{head}", "--")
        return self.text(*words).splitlines() if line is None else line

    def _walked(self, walk: Callable[[_Read, str, str], _T], base: str, head: str) -> _T | None:
        """What a walk over the commits finds; None where it is long, or the clone lacks some of them."""
        require_ids(base, head)
        try:
            return None if self.layout.shallow else walk(self.objects.commit, base, head)
        except ancestry.LongWalk:
            return None

    def message(self, commit: str) -> str | None:
        """The whole message of a commit, which `git log` ends at a NUL; None where it is too large to read."""
        try:
            written = self.objects.read_as(commit, "commit", MAX_BYTES).data
        except TooLarge:
            return None
        return written.partition(b"\n\n")[2].decode("utf-8", "replace")

    def merge_base(self, one: str, other: str) -> str | None:
        """The commit two histories share."""
        require_ids(one, other)
        try:
            return self.text("merge-base", one, other)
        except GitFailed:
            return None

    def is_ancestor(self, one: str, other: str) -> bool:
        """Whether `one` is in the history of `other`; False where either is not here."""
        try:
            walked = self._walked(ancestry.is_ancestor, one, other)
            if walked is None:
                self.run("merge-base", "--is-ancestor", one, other)
        except Undecided:
            return False
        return walked is not False

    def tags_of(self, ids: Mapping[str, str]) -> list[Tag]:
        """The annotated tags among some references, each given with the id that it holds. Raises Undecided."""
        objects = self._tag_objects(ids)
        return [parse_output.tag(name, data.decode("utf-8", "replace")) for name, data in objects if data is not None]

    def tag(self, name: str, id: str) -> Tag | None:
        """The annotated tag of a name, by its object; None for an object of another kind. Raises Undecided."""
        found = self.objects.commit_or_tag(id)
        is_tag = found is not None and found.kind == "tag"
        return parse_output.tag(name, found.data.decode("utf-8", "replace")) if found and is_tag else None

    def require_tag(self, name: str, id: str) -> Tag:
        """The same. Raises Undecided where the object is no annotated tag, too."""
        found = self.tag(name, id)
        if found is None:
            raise Undecided(f"{id} is not the id of a tag here")
        return found

    def lightweight_tags(self, under: str = "refs/tags") -> set[str]:
        """The names of tags that are no annotated tag. Raises Undecided."""
        return {name for name, id in self.refs_below(under).items() if not self.is_tag(id)}

    def is_tag(self, id: str) -> bool:
        """Whether an object is an annotated tag. Raises Undecided."""
        kind = self.known_kinds.get(id)
        return kind == "tag" if kind else self.tag("", id) is not None

    def _tag_objects(self, refs: Mapping[str, str]) -> Iterator[tuple[str, bytes | None]]:
        """The bytes of each annotated tag by its name; None for an object of another kind."""
        rest = iter(refs.items())
        while some := dict(islice(rest, _AT_ONCE)):
            self.objects.read_ahead(some.values())
            for name, id in some.items():
                found = self.objects.commit_or_tag(id)
                yield name, found.data if found and found.kind == "tag" else None

    def tree_id(self, commit: str) -> str:
        """The tree of a commit. Raises Undecided."""
        return self.objects.commit(require_ids(commit)[0]).tree

    def parents(self, commit: str) -> list[str]:
        """The parents of a commit; none for one that is not here."""
        require_ids(commit)
        try:
            return list(self.objects.commit(commit).parents)
        except Undecided:
            return []

    # ── what is made ──

    def commit(self, base: str, files: Mapping[str, bytes | None], message: str, parents: Sequence[str] = ()) -> str:
        """One commit on `base` that changes `files`; neither the work tree nor its index is touched."""
        return self.commit_tree(self.write_tree(base, files), parents or (base,), message)

    def write_tree(self, base: str, files: Mapping[str, bytes | None]) -> str:
        """The tree of `base` with other `files`. Raises GitFailed, Undecided."""
        return self.objects.make_tree(self.tree_id(base), files, len(base))

    def make_tree(self, files: Mapping[str, bytes], length: int) -> str:
        """A tree object of files alone, whose ids have `length` digits."""
        return self.objects.make_tree(None, files, length)

    def commit_tree(
        self, tree: str, parents: Sequence[str], message: str, *, author: str = "", committer: str = ""
    ) -> str:
        """A commit object of a tree, by people as `Name <address> seconds zone`; by the git user where none is named.

        Raises GitFailed for a message that no commit can have, Error where git does not know who commits.
        """
        require_ids(*parents)
        if "\0" in message:
            raise GitFailed("a NUL byte in commit log message not allowed.")
        people = author or self.signature("AUTHOR"), committer or self.signature("COMMITTER")
        return self.objects.make("commit", object_format.render_commit(tree, parents, *people, message), len(tree))

    def make_tag(self, name: str, target: str, message: str, time: int) -> str:
        """An annotated tag object that depends on nothing but its arguments: same facts, same object."""
        data = object_format.render_tag(name, target, f"{TAGGER} {time} +0000", message)
        return self.objects.make("tag", data, len(target))


def open_repository(folder: str) -> Git:
    """The repository that holds `folder`. Raises Error."""
    if not Path(folder).is_dir():
        raise Error(f"there is no folder {folder}")
    try:
        layout = Git(folder).layout
        git = Git(layout.top)
        if os.path.realpath(folder) == layout.top:
            git.layout = layout  # as git itself would give it there
    except FileNotFoundError as error:
        raise Error("git is not installed", help="install git 2.38 or newer") from error
    except GitFailed as error:
        if "dubious ownership" in str(error):
            raise Error("git refuses this repository: somebody else owns it", help=str(error)) from error
        help = "run this inside a repository, or name one with --repo"
        raise Error(f"{folder}: not a Git repository", help=help) from error
    git.settings  # noqa: B018 - before git does anything else: settings that a pull request brought are refused
    return git
