"""Every way in which GitHub can fail, in one plain sentence with the help that fits."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mlops_gitops.core.errors import UNDECIDED, USAGE, Error
from mlops_gitops.core.text import clipped

AGAIN = "run the same command again: it carries on where it was"
ADDRESS = "GITHUB_API_URL must be the address of GitHub's API, such as https://api.github.com"
PROXY = "a proxy, a firewall or a page to sign in at may stand in between"
LEFT, RESET = "x-ratelimit-remaining", "x-ratelimit-reset"
WAIT = "x-mlops-gitops-wait"  # the seconds of a `Retry-After` that is too long to wait for


class GitHubFailed(Error):
    """What GitHub did not do, with its HTTP status, 0 when there was no answer, and its own words."""

    reason = ""

    def __init__(self, message: str, *, help: str = "", status: int = 0, exit_code: int = UNDECIDED) -> None:
        super().__init__(message, help=help, exit_code=exit_code)
        self.status = status


def redirected(request: str) -> GitHubFailed:
    """The error of a redirect, which GitHub itself sends for a repository that was renamed."""
    help = f"check the repository's name, it may have another now; {ADDRESS}; and {PROXY}"
    return GitHubFailed(f"{request} is answered with another address to ask, which is not followed", help=help)


def failed_answer(status: int, raw_headers: Mapping[str, Any], data: Any, request: str) -> GitHubFailed:
    """The error of an answer with an HTTP status that is not a success."""
    headers = {name.lower(): str(value) for name, value in raw_headers.items()}
    failed = _failure(status, headers, data, reason_in(data), request)
    failed.reason = reason_in(data)
    return failed


def _failure(status: int, headers: Mapping[str, str], data: Any, reason: str, request: str) -> GitHubFailed:
    if status >= 500:
        wait = f"; it is not to be asked{until}" if (until := _until(headers)) else ""
        return GitHubFailed(f"GitHub answered {status} to {request}: {reason}{wait}", help=AGAIN, status=status)
    if status == 202:
        return GitHubFailed(f"GitHub has no answer to {request} yet", help=AGAIN, status=status)
    if status == 429 or (status == 403 and ("rate limit" in reason.casefold() or "retry-after" in headers)):
        return GitHubFailed(f"GitHub's rate limit is used up{_until(headers)}", help=AGAIN, status=429)
    if not isinstance(data, Mapping):  # then the status is not GitHub's either
        return GitHubFailed(f"what answered {status} to {request} is not GitHub's API: {PROXY}", help=AGAIN)
    if status == 401:
        help = "GITHUB_TOKEN must hold a token that is valid for this repository"
        return GitHubFailed(f"GitHub refuses this token: {reason}", help=help, status=status, exit_code=USAGE)
    if status == 403:
        level = "read" if request.startswith("GET ") else "write"
        needed = clipped(headers.get("x-accepted-github-permissions") or level, 120)
        help = f"give the token this permission: {needed}"
        message = f"GitHub does not let this token ask {request}, which needs {needed}: {reason}"
        return GitHubFailed(message, help=help, status=status)
    if status == 404:
        help = "check the repository's name, and that the token may see it: GitHub hides what a token may not read"
        return GitHubFailed(f"GitHub shows this token nothing at {request}", help=help, status=status)
    if status == 410 and request.endswith("/issues"):
        help = "turn issues on in the settings of the repository, under Features"
        return GitHubFailed(f"this repository has its issues turned off: {reason}", help=help, status=status)
    return GitHubFailed(f"GitHub refused {request}: {reason}", help=AGAIN, status=status)


def reason_in(data: Any) -> str:
    """GitHub's own words, on one line."""
    if not isinstance(data, Mapping):
        return "without a reason that can be read"
    listed = data.get("errors")
    errors = listed if isinstance(listed, list) else []
    words = [str(data["message"])] if data.get("message") else []
    for error in errors:
        words.append(str(error.get("message") or error.get("code")) if isinstance(error, Mapping) else str(error))
    return clipped("; ".join(words) or "without a reason", 200)


def is_rate_limited(data: Any) -> bool:
    """Whether a query is refused for its rate limit, which GraphQL says in an answer of status 200."""
    errors = data.get("errors") if isinstance(data, Mapping) else None
    listed = errors if isinstance(errors, list) else []
    return any(isinstance(error, Mapping) and error.get("type") == "RATE_LIMITED" for error in listed)


def _until(headers: Mapping[str, str]) -> str:
    """When a limit ends, as far as GitHub says: `Retry-After` goes before the primary limit's own time."""
    now, reset = time.time(), headers.get(RESET, "")
    wait, after = headers.get(WAIT, ""), headers.get("retry-after", "")
    if wait or after.isdecimal():
        end = now + float(wait or after[:12])
    elif headers.get(LEFT, "0") == "0" and reset.isdecimal():
        end = float(reset[:12])
    else:
        return ""
    if not 0 < end < 1e10:
        return ""
    return f" until {datetime.fromtimestamp(end, UTC):{'%H:%M' if end < now + 80_000 else '%Y-%m-%d %H:%M'}} UTC"
