"""What git is configured with: read at once, and refused where a pull request could have brought it."""

from __future__ import annotations

import os
import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from functools import cached_property

from mlops_gitops.core.errors import Error
from mlops_gitops.git import objects

# What runs a program when git fetches or pushes: settings, and variables.
_PROGRAM = re.compile(
    r"core\.(sshcommand|askpass|gitproxy|alternaterefscommand)|credential\.(.*\.)?helper|remote\..*\.(uploadpack|receivepack)"
)
_VARIABLES = ("GIT_SSH", "GIT_SSH_COMMAND", "GIT_ASKPASS", "SSH_ASKPASS", "GIT_PROXY_COMMAND")


def _words(value: str) -> list[str]:
    """The words of a command line, as a shell takes it; a credential helper's may begin with an exclamation mark."""
    try:
        return shlex.split(value.removeprefix("!"))
    except ValueError:
        return value.split()


class GitSettings(ABC):
    """What `Git` knows of its settings, and of who commits."""

    root: str

    @abstractmethod
    def run(self, *args: str) -> bytes:
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
        values, files = objects.settings(self.run("config", "--list", "--show-origin", "-z"))
        paths = (os.path.relpath(os.path.join(self.root, file), self.root) for file in files)
        inside = [
            path for path in paths if path.split(os.sep)[0] not in (os.pardir, ".git") and not os.path.isabs(path)
        ]
        if found := self.tracked(inside):
            reason = f"git takes settings from {found[0][1]}, which git tracks: a pull request could change them"
            raise Error(reason, help="git config --unset include.path, or move that file out of the repository")
        self._require_own_programs(values)
        return values

    def _require_own_programs(self, values: Mapping[str, str]) -> None:
        """Raises Error where git would run a program that it tracks when it fetches or pushes."""
        named = {name: value for name, value in values.items() if _PROGRAM.fullmatch(name)}
        named |= {name: os.environ[name] for name in _VARIABLES if os.environ.get(name)}
        for name, value in named.items():
            words = [os.path.relpath(os.path.join(self.root, word), self.root) for word in _words(value)]
            paths = {word.casefold() for word in words if word.split(os.sep)[0] not in (os.curdir, os.pardir)}
            if any(path.casefold() in paths for _, path in self.tracked(sorted(paths))):
                reason = f"{name} has git run {value!r}, which git tracks: a pull request could change it"
                raise Error(reason, help="keep that program outside the repository")

    def me(self) -> str:
        """The e-mail address git is told to commit with. Raises Error."""
        email = self.setting("user.email")
        if email is None:
            raise Error("git does not know who you are", help="git config user.email you@example.org")
        return email

    def tracked(self, paths: Iterable[str]) -> list[tuple[str, str]]:
        """The mode and the path of each file of the index that is, in any case, one of these paths or below it."""
        words = [f":(top,icase){path}" for path in paths]
        out = self.run("ls-files", "--stage", "-z", "--", *words) if words else b""
        rows = [row.partition("\t") for row in out.decode("utf-8", "surrogateescape").split("\0") if row]
        return [(about.split(" ")[0], path) for about, _, path in rows]

    def identity(self) -> dict[str, str]:
        """Who commits, for git's environment: a missing name is filled in, a missing address is not. Raises Error."""
        email = self.me()
        name = self.setting("user.name") or email
        return {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                for what, value in (("NAME", name), ("EMAIL", email))}  # fmt: skip
