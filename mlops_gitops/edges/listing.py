"""What GitHub lists of a pull request, with the project of its base: no clone, nothing of it fetched."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from mlops_gitops.edges import github_api
from mlops_gitops.edges.github_api import Api, GitHubFailed
from mlops_gitops.errors import Undecided
from mlops_gitops.records import project

MOST = 3_000  # GitHub lists no more files of a pull request


@dataclass(frozen=True, slots=True)
class Listing:
    """A pull request by its list. `project` is the base's mlops.yaml; `complete` tells whether every file is there."""

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


def listing(repository: str, number: int) -> Listing:
    """Asks for it. Raises GitHubFailed; Undecided when the pull request changed meanwhile."""
    api = github_api.connect(repository)
    pull = api.get(f"pulls/{number}")
    files = list(api.pages(f"pulls/{number}/files"))
    paths = {its[name] for its in files for name in ("filename", "previous_filename") if its.get(name)}
    if api.get(f"pulls/{number}")["head"]["sha"] != pull["head"]["sha"]:
        raise Undecided(f"pull request #{number} changed just now", help="run the same command again")
    home = (pull["head"].get("repo") or {}).get("full_name") or ""
    return Listing(
        api, number, pull["html_url"], pull["head"]["sha"], pull["base"]["sha"], pull["base"]["ref"],
        pull["base"]["repo"]["default_branch"], home.casefold() != repository.casefold(), tuple(sorted(paths)),
        len(files) == pull["changed_files"] and len(files) < MOST, _project(api, pull["base"]["ref"]),
    )  # fmt: skip


def _project(api: Api, branch: str) -> bytes | None:
    try:
        found = api.get(f"contents/{project.PATH}", ref=branch)
    except GitHubFailed as error:
        if error.status == 404:
            return None
        raise
    if not isinstance(found, dict) or found.get("encoding") != "base64":
        raise Undecided(f"{project.PATH} on {branch} is no file that GitHub gives")
    return base64.b64decode(found["content"])
