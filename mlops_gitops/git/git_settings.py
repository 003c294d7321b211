"""What git is configured with: read at once, and refused where a pull request can change it."""

from __future__ import annotations

import os
import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from functools import cache, cached_property, partial

from mlops_gitops.core.errors import Error
from mlops_gitops.git import parse_output
from mlops_gitops.git.tracked_paths import require_untracked
from mlops_gitops.pipelines.dvc_places import GITLINK
from mlops_gitops.runtime import clock

# What runs a program when git fetches or pushes: settings, and variables.
_PROGRAM = re.compile(
    r"core\.(sshcommand|askpass|gitproxy|alternaterefscommand)|credential\.(.*\.)?helper|remote\..*\.(uploadpack|receivepack)"
)
_MOVE_SETTINGS = "git config --unset include.path, or move that file out of the repository"
_TIME = re.compile("@?[0-9]{8,15} [+-][0-9]{4}")
_CRUD = "".join(map(chr, range(33))) + ".,:;<>\"\\'"
_VARIABLES = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_PROXY_COMMAND")


def _words(value: str) -> list[str]:
    """The words of a command line that may name a file: a first one without a slash is looked up elsewhere."""
    try:
        first, *others = shlex.split(value.removeprefix("!")) or [""]
    except ValueError:
        first, *others = value.split()
    return [first, *others] if "/" in first or os.sep in first else others


def _concerns(mode: str, path: str, wanted: str) -> bool:
    """Whether an entry of the index is what is wanted, below it, or a submodule above it."""
    return path == wanted or path.startswith(f"{wanted}/") or (mode == GITLINK and wanted.startswith(f"{path}/"))


class GitSettings(ABC):
    """What `Git` knows of its settings, and of who commits."""

    root: str

    @abstractmethod
    def run(self, *args: str, env: Mapping[str, str] | None = None, cwd: str = "") -> bytes:
        """Runs git and returns what it printed. Raises GitFailed."""

    def setting(self, name: str) -> str | None:
        """A git configuration value."""
        section, _, key = name.rpartition(".")
        first, _, rest = section.partition(".")
        folded = ".".join((first.lower(), *([rest] if rest else []), key.lower()))
        return self.settings.get(folded) or None

    @cached_property
    def settings(self) -> Mapping[str, str]:
        """All that git is configured with, by names as git prints them. Raises Error for settings that git tracks."""
        values, files = parse_output.settings(self.run("config", "--list", "--show-origin", "-z"))
        for file in files:
            path = os.path.join(self.root, file)
            for root in self._work_trees:
                tracked = partial(self._tracked_in, root)
                require_untracked(os.path.realpath(root), path, tracked, "git takes settings from", help=_MOVE_SETTINGS)
        self._require_own_programs(values)
        return values

    @cached_property
    def remote(self) -> str:
        """The name of the remote that pull requests go to: origin, else the only one, else `checkout.defaultRemote`.

        It is origin too where nothing says which.
        """
        names = self.remotes
        if "origin" in names or not names:
            return "origin"
        preferred = self.setting("checkout.defaultRemote") or ""
        return names[0] if len(names) == 1 else preferred if preferred in names else "origin"

    @property
    def remotes(self) -> tuple[str, ...]:
        """The names of the remotes that have an address."""
        found = (re.fullmatch(r"remote\.(.+)\.url", name, re.DOTALL) for name in self.settings)
        return tuple(match[1] for match in found if match)

    @cached_property
    def _work_trees(self) -> list[str]:
        """The work trees of the repository: settings of one may lie among the files of another."""
        own = os.path.join(self.root, ".git")
        if os.path.isdir(own) and not os.path.isdir(os.path.join(own, "worktrees")):
            return [self.root]
        blocks = os.fsdecode(self.run("worktree", "list", "--porcelain")).rstrip("\n").split("\n\n")
        listed = {rows[0].removeprefix("worktree "): rows for rows in (block.split("\n") for block in blocks)}
        if self.root not in listed:  # a submodule: the first is listed by the folder where git keeps it
            del listed[next(iter(listed))]
        return [self.root, *(place for place, rows in listed.items() if "bare" not in rows)]

    def _require_own_programs(self, values: Mapping[str, str]) -> None:
        """Raises Error where git would run a program that it tracks when it fetches or pushes."""
        named = {name: value for name, value in values.items() if _PROGRAM.fullmatch(name)}
        named |= {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
        for name, value in named.items():
            for word in _words(value):
                place = os.path.join(self.root, os.path.expanduser(word))
                require_untracked(
                    os.path.realpath(self.root), place, self.tracked, f"{name} has git run", shown=repr(value),
                    help="keep that program outside the repository",
                )  # fmt: skip

    def committer_email(self) -> str:
        """The e-mail address that git commits with. Raises Error."""
        email = self.setting("user.email")
        if email is None:
            raise Error("git does not know who you are", help="git config user.email you@example.org")
        return email

    def tracked(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        """The mode and the path of each file of the index that is, in any case, one of these paths or below it.

        A submodule counts for all that is in it too: a pull request chooses its commit.
        """
        return self._tracked_in(self.root, paths)

    def _tracked_in(self, root: str, paths: Iterable[str]) -> list[tuple[str, str]]:
        wanted = [path.casefold() for path in paths]
        if not wanted or not os.path.isdir(root):
            return []
        return [
            (mode, path)
            for mode, path in self._index(root)
            if any(_concerns(mode, path.casefold(), place) for place in wanted)
        ]

    @cached_property
    def _index(self) -> Callable[[str], list[tuple[str, str]]]:
        """The modes and paths of the index of a work tree, read once: this program writes none."""
        return cache(self._read_index)

    def _read_index(self, root: str) -> list[tuple[str, str]]:
        out = self.run("ls-files", "--stage", "-z", cwd=root)  # compared later: variables change what a pathspec means
        rows = [row.partition("\t") for row in out.decode("utf-8", "surrogateescape").split("\0") if row]
        return [(about.split(" ")[0], path) for about, _, path in rows]

    def signature(self, role: str) -> str:
        """The git user and now, as a commit has its AUTHOR or COMMITTER: `Name <address> seconds zone`.

        A missing name is filled in, a missing address is not. Raises Error.
        """
        email = self.committer_email()
        return person_line(self.setting("user.name") or "", email, self._time(role, email))

    def _time(self, role: str, email: str) -> str:
        """Seconds and zone: those that git's own variable sets, else now."""
        written = os.environ.get(f"GIT_{role}_DATE", "")
        if not written:
            now = clock.utc_now().astimezone()
            return f"{int(now.timestamp())} {now.strftime('%z')[:5]}"
        if _TIME.fullmatch(written):
            return written.removeprefix("@")
        person = {f"GIT_{role}_NAME": "nobody", f"GIT_{role}_EMAIL": email}
        return self.run("var", f"GIT_{role}_IDENT", env=person).decode().rpartition("> ")[2].strip()


def person_line(name: str, email: str, time: str) -> str:
    """A person as git writes one in a commit: `Name <address> seconds zone`."""
    address = _plain(email)
    return f"{_plain(name) or address} <{address}> {time}"


def _plain(text: str) -> str:
    """A name or an address as git writes it: without what would end it."""
    return re.sub("[\n<>]", "", text.strip(_CRUD))
