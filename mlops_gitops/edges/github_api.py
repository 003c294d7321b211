"""GitHub's REST API by PyGithub: JSON in, JSON out, and every way it can fail in one plain sentence.

PyGithub brings authentication, retries with back-off, `Retry-After` and both rate limits. Its objects are not used:
they fetch what they lack by themselves, and which requests a promotion makes must be ours to say.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mlops_gitops.display import clipped
from mlops_gitops.edges import runner
from mlops_gitops.errors import UNDECIDED, USAGE, Error

if TYPE_CHECKING:
    from github import GithubException
    from github.Requester import Requester

TIMEOUT = 30  # seconds for one answer
PATIENCE = 120  # seconds a rate limit may hold us up before we say so instead
RETRIES = 4
BACKOFF = 0.5  # seconds before the second retry, doubled for each one after
PAGE = 100
_AGAIN = "run the same command again: it carries on where it was"


class GitHubFailed(Error):
    """What GitHub did not do, with its HTTP status: 0 when there was no answer."""

    def __init__(self, message: str, *, help: str = "", status: int = 0, exit_code: int = UNDECIDED) -> None:
        super().__init__(message, help=help, exit_code=exit_code)
        self.status = status


@dataclass(frozen=True)
class Api:
    """One repository at GitHub. Paths are below it, unless they start with a slash."""

    requester: Requester
    repository: str

    def get(self, path: str, **parameters: Any) -> Any:
        """The answer to one question. Raises GitHubFailed."""
        return self._ask("GET", path, parameters, None)[1]

    def pages(self, path: str, key: str = "", **parameters: Any) -> Iterator[Any]:
        """Every item of a list, whatever its number of pages; `key` is where an answer holds its list."""
        page, more = 1, True
        while more:
            headers, data = self._ask("GET", path, {**parameters, "per_page": PAGE, "page": page}, None)
            yield from data[key] if key else data
            more = 'rel="next"' in headers.get("link", "")
            page += 1

    def send(self, verb: str, path: str, data: Mapping[str, Any]) -> Any:
        """The answer to one order. Raises GitHubFailed."""
        return self._ask(verb, path, {}, data)[1]

    def _ask(self, verb: str, path: str, parameters: Mapping[str, Any], data: Any) -> tuple[dict[str, Any], Any]:
        from github import GithubException
        from requests import RequestException

        url = quote(path if path.startswith("/") else f"/repos/{self.repository}/{path}", safe="/~")
        try:
            headers, answer = self.requester.requestJsonAndCheck(verb, url, parameters=dict(parameters), input=data)
        except GithubException as error:
            raise _failed(error, f"{verb} {url}", writes=verb != "GET") from error
        except (RequestException, OSError) as error:
            raise GitHubFailed(f"GitHub cannot be reached: {clipped(str(error), 200)}", help=_AGAIN) from error
        return {name.lower(): value for name, value in headers.items()}, answer


def connect(repository: str) -> Api:
    """The API of a repository, by the environment's token. Raises Error."""
    try:
        from github import Auth, Github
    except ImportError as error:
        raise Error("a repository at GitHub needs PyGithub", help="pip install 'mlops-gitops[github]'") from error
    logging.getLogger("github").setLevel(logging.ERROR)  # what it retries is its own matter
    client = Github(
        auth=Auth.Token(runner.token()), base_url=runner.api_url(), timeout=TIMEOUT, per_page=PAGE, lazy=True,
        retry=_retries(), seconds_between_requests=None, seconds_between_writes=None,
    )  # fmt: skip
    return Api(client.requester, repository)


def _retries() -> Any:
    from github import GithubException
    from github.GithubRetry import GithubRetry

    class Retries(GithubRetry):
        """A POST is sent again only when GitHub said that it did nothing: it might else be carried out twice."""

        def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
            if method.upper() == "POST":
                return bool(self.total) and status_code in (403, 429)
            return super().is_retry(method, status_code, has_retry_after)

        def increment(self, method: Any = None, url: Any = None, response: Any = None, *rest: Any, **more: Any) -> Any:
            """Raises what GitHub said instead of waiting longer than anybody would."""
            wait = response.headers.get("Retry-After", "") if response else ""
            if wait.isdecimal() and int(wait) > PATIENCE:
                raise GithubException(response.status, {"message": "rate limit"}, dict(response.headers))
            return super().increment(method, url, response, *rest, **more)

    once = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
    return Retries(
        total=RETRIES, backoff_factor=BACKOFF, allowed_methods=once, status_forcelist=[403, 429, *range(500, 600)],
        secondary_rate_wait=60, max_rate_limit_wait=PATIENCE, raise_on_status=False,
    )  # fmt: skip


def _failed(error: GithubException, asked: str, *, writes: bool) -> GitHubFailed:
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    said = _said(error.data)
    status = error.status if isinstance(error.status, int) else 0
    if status == 401:
        help = "GITHUB_TOKEN must hold a token that is valid for this repository"
        return GitHubFailed(f"GitHub refuses this token: {said}", help=help, status=status, exit_code=USAGE)
    if status == 429 or (status == 403 and ("rate limit" in said.casefold() or "retry-after" in headers)):
        return GitHubFailed(f"GitHub's rate limit is used up{_until(headers)}", help=_AGAIN, status=429)
    if status == 403:
        needed = headers.get("x-accepted-github-permissions") or ("write" if writes else "read")
        help = f"give the token this permission: {clipped(str(needed), 120)}"
        return GitHubFailed(f"GitHub does not let this token ask {asked}: {said}", help=help, status=status)
    if status == 404:
        help = "check the repository's name, and that the token may see it: GitHub hides what a token may not read"
        return GitHubFailed(f"GitHub shows this token nothing at {asked}", help=help, status=status)
    if status >= 500 or status == 0:
        return GitHubFailed(f"GitHub answered {status or 'nothing'} to {asked}: {said}", help=_AGAIN, status=status)
    return GitHubFailed(f"GitHub refused {asked}: {said}", help=_AGAIN, status=status)


def _said(data: Any) -> str:
    """GitHub's own words, on one line."""
    if not isinstance(data, Mapping):
        return clipped(str(data or "without a reason"), 200)
    told = data.get("errors")
    errors = told if isinstance(told, list) else []
    words = [str(data.get("message") or "without a reason")]
    words += [str(its.get("message") or its.get("code")) if isinstance(its, Mapping) else str(its) for its in errors]
    return clipped("; ".join(words), 200)


def _until(headers: Mapping[str, Any]) -> str:
    reset = str(headers.get("x-ratelimit-reset", ""))
    if not (reset.isdecimal() and len(reset) < 12):
        return ""
    return f" until {datetime.fromtimestamp(int(reset), UTC):%H:%M} UTC"
