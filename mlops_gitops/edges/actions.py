"""What the process is told by its environment, and what its streams can print."""

from __future__ import annotations

import io
import os
import sys
from dataclasses import dataclass


def colour() -> bool:
    """Whether results may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


@dataclass(frozen=True, slots=True)
class Push:
    """What a hook manager says of the push it runs a hook for; empty where it says nothing."""

    commit: str  # zeros where a branch is deleted
    remote: str
    remote_branch: str  # its name there, without refs/heads/; empty for a tag


def push() -> Push:
    """The push that pre-commit, or prek, runs this process for."""
    said = {name: os.environ.get(f"PRE_COMMIT_{name}", "") for name in ("TO_REF", "LOCAL_BRANCH", "REMOTE_NAME")}
    branch = os.environ.get("PRE_COMMIT_REMOTE_BRANCH", "")
    there = branch.removeprefix("refs/heads/") if branch.startswith("refs/heads/") else ""
    # A push of everything, root commit included, comes with the branch's name only.
    return Push(said["TO_REF"] or said["LOCAL_BRANCH"], said["REMOTE_NAME"], there)


def print_anything() -> None:
    """A file name that is not UTF-8 is printed escaped, not refused."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
