"""GitHub's REST API by PyGithub: JSON in, JSON out, and every way it can fail in one plain sentence.

PyGithub brings authentication, retries with back-off, `Retry-After` and both rate limits. Its objects are not used:
they fetch what they lack by themselves, and which requests a promotion makes must be ours to say.
"""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, quote, urlsplit

from mlops_gitops.core.errors import UNDECIDED, USAGE, Error
from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped
from mlops_gitops.runtime import ci_job

if TYPE_CHECKING:
    from github.Requester import Requester

TIMEOUT = 30  # seconds for one answer
PATIENCE = 120  # seconds to wait for a rate limit; beyond that it is an error
RETRIES = 4
BACKOFF = 0.5  # seconds before the second retry, doubled for each one after
PAGE = 100
_AGAIN = "run the same command again: it carries on where it was"
_ADDRESS = "GITHUB_API_URL must be the address of GitHub's API, such as https://api.github.com"
_PROXY = "a proxy, a firewall or a page to sign in at may stand in between"
_LEFT, _RESET = "x-ratelimit-remaining", "x-ratelimit-reset"
_WAIT = "x-mlops-gitops-wait"  # the seconds of a `Retry-After` that is too long to wait for


class GitHubFailed(Error):
    """What GitHub did not do, with its HTTP status, 0 when there was no answer, and its own words."""

    reason = ""

    def __init__(self, message: str, *, help: str = "", status: int = 0, exit_code: int = UNDECIDED) -> None:
        super().__init__(message, help=help, exit_code=exit_code)
        self.status = status


# As a tuple, of names that may hold a slash themselves.
Path: TypeAlias = str | tuple[str, ...]


@frozen
class Api:
    """One repository at GitHub. Paths are below it, unless they start with a slash; it itself is at ""."""

    requester: Requester
    repository: str

    @cached_property
    def viewer(self) -> str:
        """The login of the token's account. Raises GitHubFailed."""
        return str(self.query("query { viewer { login } }")["viewer"]["login"])

    def get(self, path: Path, **parameters: Any) -> dict[str, Any]:
        """The object at a path. Raises GitHubFailed."""
        found = self.read(path, **parameters)
        if not isinstance(found, dict):
            url = self._url(path)
            raise GitHubFailed(f"what answered GET {url} is no object, as GitHub's is: {_PROXY}", help=_AGAIN)
        return found

    def read(self, path: Path, **parameters: Any) -> Any:
        """The object or the list at a path. Raises GitHubFailed."""
        return self._request("GET", self._url(path), parameters, None)[1]

    def pages(self, path: Path, key: str = "", **parameters: Any) -> Iterator[Any]:
        """Every item of a list, page by page; `key` is where an answer holds its list."""
        url, more = self._url(path), {"per_page": PAGE, **parameters}
        while more:
            headers, data = self._request("GET", url, more, None)
            found = data[key] if key and isinstance(data, dict) else data
            if not (isinstance(found, list) and all(isinstance(item, dict) for item in found)):
                raise GitHubFailed(f"what answered GET {url} is no list, as GitHub's is: {_PROXY}", help=_AGAIN)
            yield from found
            more = _next_page(headers.get("link", ""), more, url)

    def send(self, verb: str, path: str, data: Mapping[str, Any]) -> Any:
        """Sends data, and returns the answer. Raises GitHubFailed."""
        answer = self._request(verb, self._url(path), {}, data)[1]
        return answer if isinstance(answer, dict) else _Answer()

    def query(self, text: str, **variables: str) -> dict[str, Any]:
        """What a GraphQL query finds. Raises GitHubFailed."""
        answer = self._request("POST", self.requester.graphql_url, {}, {"query": text, "variables": variables})[1]
        if not isinstance(answer, dict) or answer.get("errors"):
            raise GitHubFailed(f"GitHub does not answer the query: {_reason_in(answer)}", help=_AGAIN)
        found: dict[str, Any] = answer["data"]
        return found

    def _url(self, path: Path) -> str:
        parts = [quote(path, safe="/~")] if isinstance(path, str) else [quote(name, safe="~") for name in path]
        url = "/".join(parts)
        return url if url.startswith("/") else f"/repos/{self.repository}/{url}".rstrip("/")

    def _request(self, verb: str, url: str, parameters: Mapping[str, Any], data: Any) -> tuple[dict[str, Any], Any]:
        from github import GithubException
        from requests import RequestException

        request = f"{verb} {urlsplit(url).path}"
        try:
            status, headers, text = self.requester.requestJson(verb, url, parameters=dict(parameters), input=data)
        except GithubException as error:
            raise _failed(error.status, error.headers or {}, error.data, request) from error
        except (RequestException, OSError) as error:
            raise GitHubFailed(f"GitHub cannot be reached: {clipped(str(error), 200)}", help=_AGAIN) from error
        except RuntimeError as error:  # so PyGithub says that it does not follow a redirect
            raise _elsewhere(request) from error
        if status >= 400:
            raise _failed(status, headers, _parsed(text), request)
        if status >= 300:
            raise _elsewhere(request)
        return {name.lower(): value for name, value in headers.items()}, _answer(status, text, request)


def _next_page(links: str, parameters: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The parameters of the next page, by number or by cursor; its address is not followed, so no token goes there."""
    found = re.search(r'<([^<>]*)>\s*;\s*rel="next"', links)
    following = dict(parse_qsl(urlsplit(found[1]).query)) if found else {}
    if following and following == {name: str(value) for name, value in parameters.items()}:
        raise GitHubFailed(f"what answered GET {path} names the same page as the next: {_PROXY}", help=_AGAIN)
    return following


class _Answer(dict[str, Any]):
    """An object from GitHub; a key that it lacks is an error in one plain sentence."""

    def __missing__(self, name: str) -> Any:
        raise GitHubFailed(f"an answer in place of GitHub's has no {name}: {_PROXY}", help=_AGAIN)


def _parsed(text: str) -> Any:
    """JSON, or the text itself where it is none."""
    try:
        return json.loads(text, object_hook=_Answer)
    except (ValueError, RecursionError):
        return text


def _answer(status: int, text: str, request: str) -> Any:
    answer = _parsed(text)
    if isinstance(answer, dict | list) or status == 204:
        return answer
    raise GitHubFailed(f"what answered {request} is not GitHub's API: {_PROXY}", help=_AGAIN)


def _elsewhere(request: str) -> GitHubFailed:
    """GitHub itself does so for a repository that was renamed."""
    help = f"check the repository's name, it may have another now; {_ADDRESS}; and {_PROXY}"
    return GitHubFailed(f"{request} is answered with another address to ask, which is not followed", help=help)


def connect(repository: str, *, patient: bool = True) -> Api:
    """The API of a repository, by the environment's token; without patience nothing is retried. Raises Error."""
    try:
        from github import Auth, Github
    except ImportError as error:
        help = "pip install 'mlops-gitops[github]'"
        raise Error("a repository at GitHub needs PyGithub, which is not installed", help=help) from error
    logging.getLogger("github").setLevel(logging.ERROR)  # PyGithub logs each retry
    client = Github(
        auth=Auth.Token(ci_job.token()), base_url=_address(), timeout=TIMEOUT, per_page=PAGE, lazy=True,
        retry=_retries(RETRIES if patient else 0), seconds_between_requests=None, seconds_between_writes=None,
    )  # fmt: skip
    return Api(client.requester, repository)


def _address() -> str:
    """The API's address. Raises Error; the address is not repeated, since it may hold a password."""
    try:
        parts = urlsplit(ci_job.api_url())
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    if not sound:
        raise Error("GITHUB_API_URL is no address that can be asked", help=_ADDRESS)
    return ci_job.api_url()


def _retries(total: int) -> Any:
    from github import GithubException
    from github.GithubRetry import GithubRetry

    class Retries(GithubRetry):
        """A POST is sent again only when GitHub says that it did nothing: it could else be carried out twice."""

        wait = 0.0  # seconds, as GitHub says

        def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
            if status_code == 202 and method.upper() == "GET":  # PyGithub would repeat it without an end
                return True
            if not self.total or method.upper() == "POST":
                return bool(self.total) and status_code in (403, 429)
            return super().is_retry(method, status_code, has_retry_after)

        def increment(self, method: Any = None, url: Any = None, response: Any = None, *rest: Any, **more: Any) -> Any:
            """Raises GitHub's answer instead of waiting longer than anybody would."""
            wait = _wait_seconds(response) if response else 0.0
            if response and (response.status == 202 or wait > PATIENCE):
                headers = {**response.headers, **({_WAIT: str(wait)} if wait else {})}
                raise GithubException(response.status, {"message": response.reason}, headers)
            again: Any = super().increment(method, url, response, *rest, **more)
            again.wait = wait
            return again

        def get_backoff_time(self) -> float:
            return max(self.wait, super().get_backoff_time())

    once = frozenset({"GET", "HEAD", "PUT", "PATCH", "DELETE"})
    return Retries(
        total=total, backoff_factor=BACKOFF, allowed_methods=once, status_forcelist=[403, 429, *range(500, 600)],
        secondary_rate_wait=60, max_rate_limit_wait=PATIENCE, raise_on_status=False,
    )  # fmt: skip


def _wait_seconds(response: Any) -> float:
    """The seconds that GitHub asks us to wait; of a 403, PyGithub reads the time of the limit itself."""
    from urllib3 import Retry
    from urllib3.exceptions import InvalidHeader

    after, reset = (response.headers.get(name, "") for name in ("Retry-After", _RESET))
    try:
        if after:
            return float(Retry().parse_retry_after(after))
    except InvalidHeader:
        return float("inf")
    if response.status != 429 or not reset.isdecimal() or response.headers.get(_LEFT, "0") != "0":
        return 0.0
    return float(reset) - time.time() + 1  # GitHub does not say when within that second


def _failed(status: int, raw_headers: Mapping[str, Any], data: Any, request: str) -> GitHubFailed:
    headers = {name.lower(): str(value) for name, value in raw_headers.items()}
    failed = _failure(status, headers, data, _reason_in(data), request)
    failed.reason = _reason_in(data)
    return failed


def _failure(status: int, headers: Mapping[str, str], data: Any, reason: str, request: str) -> GitHubFailed:
    if status >= 500:
        wait = f"; it is not to be asked{until}" if (until := _until(headers)) else ""
        return GitHubFailed(f"GitHub answered {status} to {request}: {reason}{wait}", help=_AGAIN, status=status)
    if status == 202:
        return GitHubFailed(f"GitHub has no answer to {request} yet", help=_AGAIN, status=status)
    if status == 429 or (status == 403 and ("rate limit" in reason.casefold() or "retry-after" in headers)):
        return GitHubFailed(f"GitHub's rate limit is used up{_until(headers)}", help=_AGAIN, status=429)
    if not isinstance(data, Mapping):  # then the status is not GitHub's either
        return GitHubFailed(f"what answered {status} to {request} is not GitHub's API: {_PROXY}", help=_AGAIN)
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
    return GitHubFailed(f"GitHub refused {request}: {reason}", help=_AGAIN, status=status)


def _reason_in(data: Any) -> str:
    """GitHub's own words, on one line."""
    if not isinstance(data, Mapping):
        return "without a reason that can be read"
    listed = data.get("errors")
    errors = listed if isinstance(listed, list) else []
    words = [str(data["message"])] if data.get("message") else []
    for error in errors:
        words.append(str(error.get("message") or error.get("code")) if isinstance(error, Mapping) else str(error))
    return clipped("; ".join(words) or "without a reason", 200)


def _until(headers: Mapping[str, str]) -> str:
    """When a limit ends, as far as GitHub says: `Retry-After` goes before the primary limit's own time."""
    now, reset = time.time(), headers.get(_RESET, "")
    wait, after = headers.get(_WAIT, ""), headers.get("retry-after", "")
    if wait or after.isdecimal():
        end = now + float(wait or after[:12])
    elif headers.get(_LEFT, "0") == "0" and reset.isdecimal():
        end = float(reset[:12])
    else:
        return ""
    if not 0 < end < 1e10:
        return ""
    return f" until {datetime.fromtimestamp(end, UTC):{'%H:%M' if end < now + 80_000 else '%Y-%m-%d %H:%M'}} UTC"
