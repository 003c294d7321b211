"""What Git knows of a repository and of who works in it, where it is one."""

from __future__ import annotations

import re
from contextlib import suppress

from mlops_gitops.core.errors import Error
from mlops_gitops.git.repository import Git, open_repository
from mlops_gitops.onboarding.file_drafts import Person
from mlops_gitops.runtime import ci_job

_NOREPLY = re.compile(r"(?:[0-9]+\+)?(?P<login>[A-Za-z0-9-]+)@users\.noreply\.github\.com")
# What a folder beside a clone is called, whatever is in it.
_OF_ANY = frozenset(["", ".", "..", "origin", "upstream", "remote", "bare", "repo", "repository", "git", "server"])
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")


def find_repository(root: str) -> Git | None:
    """The Git repository at `root`; None where there is none yet."""
    with suppress(Error):
        return open_repository(root)
    return None


def remote_name(git: Git | None) -> str:
    """The repository's name at its remote: a clone's folder may be called anything."""
    return repository_name(git.setting(f"remote.{git.remote}.url") or "") if git else ""


def repository_name(address: str) -> str:
    """The name of the repository at a remote's address; empty where it says nothing, as that of `../origin.git`."""
    found = ci_job.remote(address)
    path = found.path if found else address.removeprefix("file://")
    name = re.split(r"[/:\\]", path.rstrip("/\\"))[-1].removesuffix(".git")
    return "" if found is None and name.casefold() in _OF_ANY else name


def at_github(git: Git | None) -> bool:
    """Whether the remote is a repository at GitHub."""
    url = (git.setting(f"remote.{git.remote}.url") or "") if git else ""
    return ci_job.github_repository(url) is not None


def person(git: Git | None) -> Person | None:
    """The Git user. The login is a guess: by the e-mail address, where nothing names it."""
    email = (git.setting("user.email") or "") if git else ""
    if git is None or not _EMAIL.fullmatch(email) or not email.isprintable():
        return None
    noreply = _NOREPLY.fullmatch(email)
    login = git.setting("github.user") or (noreply["login"] if noreply else email.partition("@")[0])
    return Person(git.setting("user.name") or login, login, email)
