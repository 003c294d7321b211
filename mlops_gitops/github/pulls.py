"""A pull request from GitHub's API, and the list of its files with the base's project: no clone is needed."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mlops_gitops.core.errors import Undecided
from mlops_gitops.documents.tree import Overlay
from mlops_gitops.forges.pull_request import Account, Listing, PullRequest
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import AGAIN, PROXY, GitHubFailed
from mlops_gitops.github.queries.desired_states import desired_states
from mlops_gitops.records import project
from mlops_gitops.repository.snapshot import Snapshot

HELD = "mlops-gitops-held"  # the label of one that waits for a new head
LABEL = "mlops-gitops"  # set last: a pull request that has it lacks nothing
MOST = 3_000  # GitHub lists no more files of a pull request,
MOST_OF_COMMIT = 300  # and no more of a commit on one page
MOST_COMMITS = 30  # one question each


def pull_request(data: Mapping[str, Any], repository: str) -> PullRequest:
    """A pull request of `owner/name`, as a list or an answer of its own has it."""
    home = (data["head"].get("repo") or {}).get("full_name") or ""
    labels = label_names(data)
    body = str(data.get("body") or "").replace("\r\n", "\n")
    return PullRequest(
        data["number"], data["head"]["ref"], data["head"]["sha"], data["title"], body, account(data["user"]),
        "merged" if data.get("merged_at") else data["state"],
        fork=home.casefold() != repository.casefold(),
        complete=LABEL in labels, held=HELD in labels,
        url=data.get("html_url") or "", home=home, public=not data["base"]["repo"]["private"],
        opened_at=data["created_at"], merged_at=data.get("merged_at"),
    )  # fmt: skip


def label_names(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The labels of a pull request or an issue; GitHub writes one as an object or as its name alone."""
    labels = data.get("labels", ())
    return tuple(label if isinstance(label, str) else str(label.get("name") or "") for label in labels)


def commit_count(data: Mapping[str, Any]) -> int:
    """The number of commits, 0 where a list does not say it. Raises GitHubFailed for anything but a number."""
    found = data.get("commits") or 0
    if not isinstance(found, int):
        raise GitHubFailed(f"an answer in place of GitHub's has no number of commits: {PROXY}", help=AGAIN)
    return found


def account(user: Mapping[str, Any] | None) -> Account:
    """An account by its login and type: a person's is a "User", and no login of one ends as an App's does."""
    name = login(user)
    return Account(name, (user or {}).get("type") == "User" and not name.endswith("[bot]"))


def login(user: Mapping[str, Any] | None) -> str:
    """The login of an account."""
    return str((user or {}).get("login") or "ghost")  # GitHub's own name for who is gone


def listing(api: Api, number: int) -> Listing:
    """Asks for it. Raises GitHubFailed; Undecided when the pull request changed meanwhile."""
    pull = api.get(f"pulls/{number}")
    files = list(api.pages(f"pulls/{number}/files"))
    commits = _commits(api, pull)
    passed, whole = _passing(api, commits) if commits else (set[str](), False)
    base, default = pull["base"]["ref"], pull["base"]["repo"]["default_branch"]
    projects = {branch: _project_files(api, branch) for branch in dict.fromkeys((base, default))}
    states = desired_states(api, base, Snapshot(Overlay(projects[base])).folders["environments"])
    if _state(api.get(f"pulls/{number}")) != _state(pull):
        raise Undecided(f"pull request #{number} changed just now", help="run the same command again")
    return Listing(
        pull_request(pull, api.repository), pull["base"]["sha"], base,
        default, tuple(sorted(_paths(files) | passed)),
        whole and len(files) == pull["changed_files"] and len(files) < MOST, projects[base], projects[default],
        merges=any(len(commit["parents"]) > 1 for commit in commits), states=states,
    )  # fmt: skip


def branches_at(api: Api, commit: str) -> list[str]:
    """The branches of the repository itself whose head is a commit. Raises GitHubFailed."""
    found = api.read(f"commits/{commit}/branches-where-head")  # not in pages
    if not (isinstance(found, list) and all(isinstance(branch, dict) for branch in found)):
        raise GitHubFailed(f"what answered for the branches at {commit} is not a list, as GitHub's is")
    return [str(branch["name"]) for branch in found]


def _state(pull: Mapping[str, Any]) -> tuple[object, ...]:
    """What its answer depends on."""
    return pull["head"]["sha"], pull["base"]["ref"], pull["base"]["repo"]["default_branch"], pull["changed_files"]


def _paths(files: Iterable[Mapping[str, Any]]) -> set[str]:
    return {file[name] for file in files for name in ("filename", "previous_filename") if file.get(name)}


def _commits(api: Api, pull: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The commits of a pull request; none where they are too many to ask about."""
    return list(api.pages(f"pulls/{pull['number']}/commits")) if commit_count(pull) <= MOST_COMMITS else []


def _passing(api: Api, commits: Sequence[Mapping[str, Any]]) -> tuple[set[str], bool]:
    """The files of each commit, and whether all are there: a rebase also puts what a later commit takes back."""
    if len(commits) == 1:
        return set(), True
    found: set[str] = set()
    for commit in commits:
        files = api.get(f"commits/{commit['sha']}").get("files") or []
        found |= _paths(files)
        if len(files) >= MOST_OF_COMMIT:
            return found, False
    return found, True


def _project_files(api: Api, branch: str) -> dict[str, bytes]:
    """The files of a branch that may be its project, by path."""
    found = {path: _file(api, branch, path) for path in project.PATHS}
    return {path: data for path, data in found.items() if data is not None}


def _file(api: Api, branch: str, path: str) -> bytes | None:
    try:
        found = api.read(f"contents/{path}", ref=f"refs/heads/{branch}")
    except GitHubFailed as error:
        if error.status == 404:
            return None
        raise
    if not isinstance(found, dict) or found.get("encoding") != "base64":
        raise Undecided(f"{path} on {branch} is not a file that GitHub gives")
    try:
        return base64.b64decode(found["content"])
    except ValueError as error:
        raise Undecided(f"{path} on {branch} is not a file that GitHub gives: {error}") from error
