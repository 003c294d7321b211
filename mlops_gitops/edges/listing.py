"""What GitHub lists of a pull request, with the project of its base: no clone, nothing of it fetched."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlops_gitops.edges import github_api
from mlops_gitops.edges.github_api import Api, GitHubFailed
from mlops_gitops.errors import Undecided
from mlops_gitops.records import project

MOST = 3_000  # GitHub lists no more files of a pull request,
MOST_OF_COMMIT = 300  # and no more of a commit on one page
MOST_COMMITS = 30  # one question each


@dataclass(frozen=True, slots=True)
class Listing:
    """A pull request by its list. `complete` tells whether every file of every commit is there.

    `named` is the default branch's mlops.yaml, which alone says which branch promotes, and `project` that of the base.
    """

    api: Api
    number: int
    url: str
    head: str
    base: str
    base_branch: str
    default_branch: str
    fork: bool
    paths: tuple[str, ...]
    complete: bool
    project: bytes | None
    named: bytes | None


def listing(repository: str, number: int) -> Listing:
    """Asks for it. Raises GitHubFailed; Undecided when the pull request changed meanwhile."""
    api = github_api.connect(repository)
    pull = api.get(f"pulls/{number}")
    files = list(api.pages(f"pulls/{number}/files"))
    passed, whole = _passing(api, pull)
    project, named = (_project(api, its) for its in (pull["base"]["ref"], pull["base"]["repo"]["default_branch"]))
    if _state(api.get(f"pulls/{number}")) != _state(pull):
        raise Undecided(f"pull request #{number} changed just now", help="run the same command again")
    home = (pull["head"].get("repo") or {}).get("full_name") or ""
    return Listing(
        api, number, pull["html_url"], pull["head"]["sha"], pull["base"]["sha"], pull["base"]["ref"],
        pull["base"]["repo"]["default_branch"], home.casefold() != repository.casefold(),
        tuple(sorted(_paths(files) | passed)),
        whole and len(files) == pull["changed_files"] and len(files) < MOST, project, named,
    )  # fmt: skip


def _state(pull: Mapping[str, Any]) -> tuple[object, ...]:
    """What its answer rests on."""
    return pull["head"]["sha"], pull["base"]["ref"], pull["base"]["repo"]["default_branch"], pull["changed_files"]


def _paths(files: Iterable[Mapping[str, Any]]) -> set[str]:
    return {its[name] for its in files for name in ("filename", "previous_filename") if its.get(name)}


def _passing(api: Api, pull: Mapping[str, Any]) -> tuple[set[str], bool]:
    """The files of each commit, and whether all are there: a rebase also puts what a later commit takes back."""
    if pull["commits"] == 1:
        return set(), True
    if pull["commits"] > MOST_COMMITS:
        return set(), False
    found: set[str] = set()
    for commit in list(api.pages(f"pulls/{pull['number']}/commits")):
        files = api.get(f"commits/{commit['sha']}").get("files") or []
        found |= _paths(files)
        if len(files) >= MOST_OF_COMMIT:
            return found, False
    return found, True


def _project(api: Api, branch: str) -> bytes | None:
    try:
        found = api.read(f"contents/{project.PATH}", ref=branch)
    except GitHubFailed as error:
        if error.status == 404:
            return None
        raise
    if not isinstance(found, dict) or found.get("encoding") != "base64":
        raise Undecided(f"{project.PATH} on {branch} is no file that GitHub gives")
    return base64.b64decode(found["content"])
