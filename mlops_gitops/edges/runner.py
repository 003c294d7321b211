"""What GitHub, and a job of GitHub Actions, tell by the environment: addresses, the token, the event, who asked.

https://docs.github.com/en/actions/reference/workflows-and-actions/variables
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mlops_gitops.errors import Error, Undecided

_REMOTE = re.compile(
    r"(?:https?://(?:[^@/]*@)?|ssh://(?:[^@/]*@)?|git://|(?:[^@/:]+@))"
    r"(?P<host>[^/:]+)(?::[0-9]+/|[:/])(?P<name>[A-Za-z0-9-]+/[A-Za-z0-9._-]+?)(?:\.git)?/?"
)


def variable(*names: str) -> str:
    """The first of these variables that is set; empty where none is."""
    return next((os.environ[name] for name in names if os.environ.get(name)), "")


def github_host() -> str:
    """The host of GitHub, or of the GitHub Enterprise Server that the environment names."""
    server = os.environ.get("GITHUB_SERVER_URL") or f"https://{os.environ.get('GH_HOST') or 'github.com'}"
    return server.partition("://")[2].strip("/").casefold()


def github_repository(remote: str) -> str | None:
    """`owner/name` when a remote's address is GitHub's."""
    found = _REMOTE.fullmatch(remote)
    return found["name"] if found and found["host"].casefold() == github_host() else None


def repository() -> str:
    """`owner/name` of the repository a job runs for. Raises Error."""
    found = os.environ.get("GITHUB_REPOSITORY", "")
    if not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", found):
        raise Error("GITHUB_REPOSITORY does not name a repository", help="export GITHUB_REPOSITORY=owner/name")
    return found


def api_url() -> str:
    """Where GitHub's API is: GITHUB_API_URL, else what belongs to the host."""
    host = github_host()
    default = "https://api.github.com" if host == "github.com" else f"https://{host}/api/v3"
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


def requester() -> dict[str, str] | None:
    """Who asked, in a job of GitHub Actions: the login, the event and the run; None elsewhere."""
    if os.environ.get("GITHUB_ACTIONS") != "true" or not os.environ.get("GITHUB_ACTOR"):
        return None
    asked = {"login": os.environ["GITHUB_ACTOR"], "via": os.environ.get("GITHUB_EVENT_NAME") or "github-actions"}
    run = os.environ.get("GITHUB_RUN_ID", "")
    return asked | ({"run": run} if run.isdecimal() else {})


@dataclass(frozen=True, slots=True)
class Event:
    """What started the job, as far as a check asks: a pull request, or a group of the merge queue."""

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
        raise ValueError(f"{number!r} is no number of a pull request")
    return Event(number)


def _merge_group(payload: Mapping[str, Any]) -> Event:
    branch, head = payload["merge_group"]["head_ref"], payload["merge_group"]["head_sha"]
    found = merge_group(branch, head) if re.fullmatch("[0-9a-f]{40}", head) else None
    if found is None:
        raise ValueError(f"{branch!r} at {head!r} is no group of one pull request")
    return found


def merge_group(branch: str, head: str) -> Event | None:
    """A group of the merge queue, by its branch: `gh-readonly-queue/main/pr-12-<a commit>`."""
    found = re.search(r"/pr-([0-9]+)-[0-9a-f]{40}$", branch)
    return Event(int(found[1]), head) if found else None
