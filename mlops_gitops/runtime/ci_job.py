"""What the environment says of GitHub and of a job of GitHub Actions: addresses, the token, the event, the requester.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mlops_gitops.core.errors import Error, Undecided
from mlops_gitops.core.frozen import frozen

_REPOSITORY = re.compile("[A-Za-z0-9_-]+/[A-Za-z0-9._-]+")
_UNREADABLE = "an address that cannot be read"


def variable(*names: str) -> str:
    """The first of these variables that is set; empty where none is."""
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def _server() -> str:
    named = variable("GITHUB_SERVER_URL", "GH_HOST") or "github.com"
    return (named if "://" in named else f"https://{named}").rstrip("/")


def github_host() -> str:
    """The host of GitHub, or of the GitHub Enterprise Server that the environment names."""
    try:
        return urlsplit(_server()).hostname or ""
    except ValueError:
        return ""


@frozen
class Remote:
    """Where a remote's address leads: a host, and a path there, which at GitHub is `owner/name`."""

    host: str
    path: str


def remote(address: str) -> Remote | None:
    """Where a remote's address leads; None for a folder. Nothing is kept of a user, a password or a port."""
    if "://" not in address:
        found = re.fullmatch(r"(?:[^/]*@)?([^@:/]{2,}):(?!\\)(.+)", address)
        return _remote(found[1], found[2]) if found else None
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return _remote("", "")
    if "@" in f"{parts.path}{parts.query}{parts.fragment}":  # then what looks like the host is part of a password
        host = ""
    return None if parts.scheme == "file" else _remote(host, parts.path)


def _remote(host: str, path: str) -> Remote:
    """Through `ssh.github.com` SSH goes to github.com by the port of HTTPS."""
    name = host.casefold()
    known = "github.com" if name == "ssh.github.com" else name
    return Remote(known or _UNREADABLE, path.strip("/").removesuffix(".git"))


def github_repository(address: str) -> str | None:
    """`owner/name` when a remote's address is GitHub's."""
    found = remote(address)
    at_github = found is not None and found.host == github_host() and _REPOSITORY.fullmatch(found.path)
    return found.path if found and at_github else None


def repository() -> str:
    """`owner/name` of the repository a job runs for. Raises Error."""
    found = os.environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(found):
        raise Error("GITHUB_REPOSITORY does not name a repository", help="export GITHUB_REPOSITORY=owner/name")
    return found


def api_url() -> str:
    """Where GitHub's API is: GITHUB_API_URL, else what belongs to the host."""
    host = github_host()
    hosted = host == "github.com" or host.endswith(".ghe.com")  # Enterprise Cloud with a place for its data
    default = f"https://api.{host}" if hosted else f"{_server()}/api/v3"
    return (os.environ.get("GITHUB_API_URL") or default).rstrip("/")


def token() -> str:
    """The token of GitHub's API. Raises Error."""
    found = variable("GITHUB_TOKEN", "GH_TOKEN")
    if not found:
        help = "export GITHUB_TOKEN=$(gh auth token), or in a workflow: env: {GITHUB_TOKEN: ${{ github.token }}}"
        raise Error("GitHub asks for a token, and GITHUB_TOKEN is not set", help=help)
    if not re.fullmatch("[!-~]+", found):  # it could not be sent, and what cannot is shown in the complaint
        raise Error("GITHUB_TOKEN holds a character that no token has", help="set it without spaces and line breaks")
    return found


def is_job() -> bool:
    """Whether this is a job of a CI service, whose work tree is a pull request's as often as not."""
    return os.environ.get("GITHUB_ACTIONS") == "true" or os.environ.get("CI", "").lower() in ("1", "true")


def run_url() -> str:
    """The page of this run of GitHub Actions, with its log; "" elsewhere."""
    run, named = variable("GITHUB_RUN_ID"), variable("GITHUB_REPOSITORY")
    known = os.environ.get("GITHUB_ACTIONS") == "true" and run.isdecimal() and _REPOSITORY.fullmatch(named)
    return f"{_server()}/{named}/actions/runs/{run}" if known else ""


def default_branch() -> str | None:
    """The repository's default branch, as GitHub writes it into the event of a job; None elsewhere."""
    if os.environ.get("GITHUB_ACTIONS") != "true":
        return None
    try:
        with open(os.environ.get("GITHUB_EVENT_PATH", ""), encoding="utf-8") as file:
            found = json.load(file)["repository"]["default_branch"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if isinstance(found, str) and found else None


def requester() -> dict[str, str] | None:
    """The requester, in a job of GitHub Actions: the login, the event and the run; None elsewhere.

    The environment does not say whether that is a person; an App has a name of its own. Raises Error for one.
    """
    if os.environ.get("GITHUB_ACTIONS") != "true" or not os.environ.get("GITHUB_ACTOR"):
        return None
    if os.environ["GITHUB_ACTOR"].endswith("[bot]") or sender(os.environ["GITHUB_ACTOR"]) not in ("", "User"):
        raise no_person(os.environ["GITHUB_ACTOR"])
    fields = {"login": os.environ["GITHUB_ACTOR"], "via": os.environ.get("GITHUB_EVENT_NAME") or "github-actions"}
    run = os.environ.get("GITHUB_RUN_ID", "")
    return fields | ({"run": run} if run.isdecimal() else {})


def starter() -> dict[str, str] | None:
    """The account that started a job of GitHub Actions, a person's or not: login, event and run; None elsewhere."""
    run, login = os.environ.get("GITHUB_RUN_ID", ""), os.environ.get("GITHUB_ACTOR", "")
    if os.environ.get("GITHUB_ACTIONS") != "true" or not login or not run.isdecimal():
        return None
    return {"login": login, "via": os.environ.get("GITHUB_EVENT_NAME") or "github-actions", "run": run}


def sender(login: str) -> str:
    """What the event of this job calls the account of a login, such as "User" or "Bot"; "" where it does not say."""
    try:
        with open(os.environ.get("GITHUB_EVENT_PATH", ""), encoding="utf-8") as file:
            account = json.load(file)["sender"]
        return str(account["type"] or "") if str(account["login"]).casefold() == login.casefold() else ""
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return ""


def no_person(login: str) -> Error:
    """Why a job that an account started asks for nothing: who made a bot start it could approve what they asked for."""
    reason = f"{login} started this job, and it is a person who asks for a promotion"
    return Error(reason, help="start it from the Actions page, or on your own machine")


@frozen
class Event:
    """What started the job, as far as a check uses it: a pull request, or a group of the merge queue."""

    number: int
    head: str | None = None  # of a merge group


def event() -> Event | None:
    """The event of this job; None outside of GitHub Actions, or where it is about no pull request.

    Raises Undecided when it is about one and cannot be read.
    """
    name = os.environ.get("GITHUB_EVENT_NAME", "")
    read = _merge_group if name == "merge_group" else _pull_request if name.startswith("pull_request") else None
    if os.environ.get("GITHUB_ACTIONS") != "true" or read is None:
        return None
    try:
        with open(os.environ.get("GITHUB_EVENT_PATH", ""), encoding="utf-8") as file:
            return read(json.load(file))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        help = "GITHUB_EVENT_PATH names the event's file; or name the pull request: mlops-gitops check N"
        raise Undecided(f"the event of this job, {name}, cannot be read", help=help) from error


QUEUE = "gh-readonly-queue"


def _pull_request(payload: Mapping[str, Any]) -> Event:
    number = payload["pull_request"]["number"]
    if type(number) is not int or number < 1:
        raise ValueError(f"{number!r} is not the number of a pull request")
    return Event(number)


def _merge_group(payload: Mapping[str, Any]) -> Event:
    branch, head = payload["merge_group"]["head_ref"], payload["merge_group"]["head_sha"]
    found = merge_group(branch, head) if re.fullmatch("[0-9a-f]{40}", head) else None
    if found is None:
        raise ValueError(f"{branch!r} at {head!r} is not a group of one pull request")
    return found


def merge_group(branch: str, head: str) -> Event | None:
    """A group of the merge queue, by its branch: `gh-readonly-queue/main/pr-12-<a commit>`."""
    found = re.search(r"/pr-([0-9]+)-[0-9a-f]{40}$", branch)
    return Event(int(found[1]), head) if found else None
