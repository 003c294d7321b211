"""The git program: every process of it is started here, with settings and an environment of our own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Generator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from mlops_gitops.core.errors import Undecided

# A hook's environment points git at the hook's own index and repository; ours are those of the folder that is named.
_FOREIGN = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_LITERAL_PATHSPECS", "GIT_GLOB_PATHSPECS", "GIT_NOGLOB_PATHSPECS", "GIT_ICASE_PATHSPECS", "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_NAMESPACE",
)  # fmt: skip
_ENVIRONMENT = {
    "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "LANGUAGE": "C", "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_REPLACE_OBJECTS": "1", "GIT_GRAFT_FILE": os.devnull,
}  # fmt: skip
# A user's settings must change neither what is read nor what else is written.
_SETTINGS = {
    "core.fsmonitor": "false",
    "safe.bareRepository": "explicit",  # a bare one that is tracked in a folder brings settings of its own
    "submodule.recurse": "false",
    "core.quotePath": "false",
    "i18n.logOutputEncoding": "UTF-8",
    "i18n.commitEncoding": "UTF-8",
    "log.showRoot": "true",
    "log.showSignature": "false",
    "log.diffMerges": "off",
    "log.follow": "false",
    "log.mailmap": "false",
    "color.ui": "false",
    "diff.orderFile": os.devnull,
    "diff.renames": "false",
    "diff.relative": "false",
    "core.commitGraph": "false",  # a copy of what the commits say, which could say otherwise
    "protocol.ext.allow": "never",  # an address would be a command
    "commit.gpgSign": "false",
    "tag.gpgSign": "false",
    "fetch.prune": "false",
    "fetch.pruneTags": "false",
    "rebase.updateRefs": "false",
    "rebase.autoSquash": "false",
    "push.followTags": "false",
}
_OPTIONS = tuple(word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}"))
_BLOCK = 1 << 16  # bytes that are read of git at once
_NO_HOOKS = ("-c", f"core.hooksPath={os.devnull}")


class GitFailed(Undecided):
    """A git command that failed; the text is the line where git says why, or names a file, else its last."""


def drop_foreign_variables() -> None:
    """Removes the variables of this process that would lead git to another repository."""
    for name in _FOREIGN:
        os.environ.pop(name, None)


def run(
    cwd: str, words: Sequence[str], data: bytes | None = None, env: Mapping[str, str] | None = None, *,
    hooks: bool = False,
) -> bytes:  # fmt: skip
    """Runs git in a folder, with `data` as its input, and returns what it printed; with `hooks` it runs the user's.

    Raises GitFailed, and FileNotFoundError where git is not installed.
    """
    try:
        done = subprocess.run(
            ["git", *_OPTIONS, *(() if hooks else _NO_HOOKS), *words],
            cwd=cwd, env={**os.environ, **_ENVIRONMENT, **(env or {})}, input=data or b"", capture_output=True,
            check=False,
        )  # fmt: skip
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_started(cwd) from error
    _require_success(words, done.returncode, done.stderr)
    return done.stdout


def exchange(cwd: str, words: Sequence[str], *, hooks: bool = False) -> bytes:
    """The same for a command that exchanges objects with another repository: clone, fetch, ls-remote or push.

    GitPython runs it. Its import takes a tenth of a second, which a command that only reads this clone does not pay.
    """
    os.environ.setdefault("GIT_PYTHON_REFRESH", "quiet")  # else its import is an error where git is not installed
    import git as gitpython

    if not os.path.isdir(cwd):  # GitPython would run git in the folder of this process instead
        raise _not_started(cwd)
    try:
        status, out, err = gitpython.Git(cwd).execute(
            ["git", *_OPTIONS, *(() if hooks else _NO_HOOKS), *words], env=_ENVIRONMENT,
            with_extended_output=True, with_exceptions=False, stdout_as_string=False, strip_newline_in_stdout=False,
        )  # fmt: skip
    except gitpython.GitCommandNotFound as error:
        raise _not_started(cwd) from error
    _require_success(words, status, _bytes(err))
    return _bytes(out)


def _not_started(cwd: str) -> Exception:
    """Why git could not be started: the system gives a folder that is missing and a missing program one name."""
    if os.path.isdir(cwd):
        return FileNotFoundError("git is not installed")
    return GitFailed(f"there is no folder {cwd}")


def _require_success(words: Sequence[str], status: int, complaints: bytes) -> None:
    """Raises GitFailed."""
    if status != 0:
        lines = complaints.decode("utf-8", "replace").strip().splitlines() or [f"git {words[0]} failed"]
        fatal = next((line for line in lines if line.startswith("fatal: ")), "")
        raise GitFailed(fatal or _about_files(lines) or lines[-1])


def _about_files(lines: Sequence[str]) -> str:
    """The error that names files, each in a line after it that begins with a tab, with the first of them; else ""."""
    for number, line in enumerate(lines):
        names = [name.strip() for name in takewhile(lambda after: after.startswith("\t"), lines[number + 1 :])]
        if names and line.startswith("error: "):
            return f"{line} {names[0]}" + (f" and {len(names) - 1} more" if len(names) > 1 else "")
    return ""


def _bytes(printed: Any) -> bytes:
    return printed if isinstance(printed, bytes) else str(printed).encode()


def start(cwd: str, *words: str) -> subprocess.Popen[bytes]:
    """A git process that answers what is written to it. Raises as `run` does."""
    try:
        return subprocess.Popen(
            ["git", *_OPTIONS, *_NO_HOOKS, *words],
            cwd=cwd,
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip - its complaints go nowhere: they would fill up a pipe that is not read
    except (FileNotFoundError, NotADirectoryError) as error:
        raise _not_started(cwd) from error


def fields(cwd: str, words: Sequence[str]) -> Generator[str, None, None]:
    """What git prints before each NUL, as soon as it does; it is stopped where no more is asked for.

    Raises as `run` does.
    """
    process = start(cwd, *words)
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.close()
        rest = b""
        while block := os.read(process.stdout.fileno(), _BLOCK):
            *whole, rest = (rest + block).split(b"\0")
            yield from (field.decode("utf-8", "surrogateescape") for field in whole)
        if process.wait() != 0:
            raise GitFailed(f"git {words[0]} failed")
    finally:
        process.stdout.close()
        process.kill()
        process.wait()
