"""GitHub's REST API by PyGithub: JSON in, JSON out.

PyGithub brings authentication, retries with back-off, `Retry-After` and both rate limits. Its objects are not used:
they make requests of their own, and the requests of a promotion must be ours.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl, quote, urlsplit

from mlops_gitops.core.frozen import frozen
from mlops_gitops.core.text import clipped
from mlops_gitops.github.failures import (
    AGAIN,
    PROXY,
    GitHubFailed,
    failed_answer,
    is_rate_limited,
    reason_in,
    redirected,
)

if TYPE_CHECKING:
    from github.Requester import Requester

PAGE = 100

# As a tuple, of names that may hold a slash themselves.
Path: TypeAlias = str | tuple[str, ...]


@frozen
class Api:
    """One repository at GitHub. Paths are below it, unless they start with a slash; it itself is at ""."""

    requester: Requester
    repository: str
    login: str = ""  # the token's account, where it is known already

    @cached_property
    def viewer(self) -> str:
        """The login of the token's account. Raises GitHubFailed."""
        return self.login or str(self.query("query { viewer { login } }")["viewer"]["login"])

    def get(self, path: Path, **parameters: Any) -> dict[str, Any]:
        """The object at a path. Raises GitHubFailed."""
        found = self.read(path, **parameters)
        if not isinstance(found, dict):
            url = self._url(path)
            raise GitHubFailed(f"what answered GET {url} is not an object, as GitHub's is: {PROXY}", help=AGAIN)
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
                raise GitHubFailed(f"what answered GET {url} is not a list, as GitHub's is: {PROXY}", help=AGAIN)
            yield from found
            more = _next_page(headers.get("link", ""), more, url)

    def send(self, verb: str, path: str, data: Mapping[str, Any]) -> Any:
        """Sends data, and returns the answer. Raises GitHubFailed."""
        answer = self._request(verb, self._url(path), {}, data)[1]
        return answer if isinstance(answer, dict) else _Answer()

    def delete(self, path: str) -> None:
        """Deletes what is at a path. Raises GitHubFailed."""
        self._request("DELETE", self._url(path), {}, None)

    def query(self, text: str, **variables: str) -> dict[str, Any]:
        """What a GraphQL query finds. Raises GitHubFailed."""
        answer = self._request("POST", self.requester.graphql_url, {}, {"query": text, "variables": variables})[1]
        if not isinstance(answer, dict) or answer.get("errors"):
            if is_rate_limited(answer):
                raise GitHubFailed("GitHub's rate limit for queries is used up", help=AGAIN, status=429)
            raise GitHubFailed(f"GitHub does not answer the query: {reason_in(answer)}", help=AGAIN)
        found = answer["data"]
        if not isinstance(found, dict):
            raise GitHubFailed(f"what answered the query is not GitHub's API: {PROXY}", help=AGAIN)
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
            raise failed_answer(error.status, error.headers or {}, error.data, request) from error
        except (RequestException, OSError) as error:
            raise GitHubFailed(f"GitHub cannot be reached: {clipped(str(error), 200)}", help=AGAIN) from error
        except RuntimeError as error:  # so PyGithub says that it does not follow a redirect
            raise redirected(request) from error
        if status >= 400:
            raise failed_answer(status, headers, _parsed(text), request)
        if status >= 300:
            raise redirected(request)
        return {name.lower(): value for name, value in headers.items()}, _answer(status, text, request)


def _next_page(links: str, parameters: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The parameters of the next page, by number or by cursor; its address is not followed, so no token goes there."""
    found = re.search(r'<([^<>]*)>\s*;\s*rel="next"', links)
    following = dict(parse_qsl(urlsplit(found[1]).query)) if found else {}
    if following and following == {name: str(value) for name, value in parameters.items()}:
        raise GitHubFailed(f"what answered GET {path} names the same page as the next: {PROXY}", help=AGAIN)
    return following


class _Answer(dict[str, Any]):
    """An object from GitHub; a key that it lacks is an error in one plain sentence."""

    def __missing__(self, name: str) -> Any:
        raise GitHubFailed(f"an answer in place of GitHub's has no {name}: {PROXY}", help=AGAIN)


# What GitHub's objects hold under a name, wherever it stands; as a list, each item of it. Other names are not read.
_TEXT, _NO_TEXT, _PERSON = (str,), (str, type(None)), (dict, type(None))
_SHAPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("sha", "ref", "login", "title", "state", "full_name", "default_branch", "context"), _TEXT),
    **dict.fromkeys(("activity_type", "after", "before", "content", "encoding", "filename"), _TEXT),
    **dict.fromkeys(("event", "author_association", "created_at", "timestamp"), _TEXT),
    **dict.fromkeys(("body", "commit_id", "description", "email", "html_url", "merge_commit_sha", "name"), _NO_TEXT),
    **dict.fromkeys(("previous_filename", "text", "merged_at", "submitted_at", "type"), _NO_TEXT),
    **dict.fromkeys(("user", "creator", "actor", "merged_by", "author", "committer", "repo", "object"), _PERSON),
    **dict.fromkeys(("dismissed_review", "repository"), _PERSON),
    **dict.fromkeys(("head", "base", "viewer"), (dict,)),
    "id": (int, str),
    **dict.fromkeys(("number", "changed_files", "review_id"), (int,)),
}
_ITEMS: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(("parents", "entries", "files"), (dict,)),
    "nodes": _PERSON,
    "labels": (dict, str),
}
_MAY_LACK = ("entries", "files", "nodes")  # null where there are none


def _sound(data: dict[str, Any]) -> _Answer:
    """An object whose parts are of the kinds that GitHub sends. Raises GitHubFailed."""
    for name, value in data.items():
        fits = isinstance(value, _SHAPES.get(name, object))
        fits = fits and not (name == "base" and value.get("repo", {}) is None)  # which alone is never gone
        fits = fits and not (name == "id" and "login" in data and not isinstance(value, int))  # an account's number
        if items := _ITEMS.get(name):
            listed = [] if value is None and name in _MAY_LACK else value
            fits = isinstance(listed, list) and all(isinstance(item, items) for item in listed)
        if not fits:
            raise GitHubFailed(f"an answer in place of GitHub's has {_shown(value)} as {name}: {PROXY}", help=AGAIN)
    return _Answer(data)


def _shown(value: Any) -> str:
    return clipped(repr(value), 80)


def _parsed(text: str, sound: Callable[[dict[str, Any]], Any] = _Answer) -> Any:
    """JSON, or the text itself where it is none."""
    try:
        return json.loads(text, object_hook=sound)
    except (ValueError, RecursionError):
        return text


def _answer(status: int, text: str, request: str) -> Any:
    answer = _parsed(text, _sound)
    if isinstance(answer, dict | list) or status == 204:
        return answer
    raise GitHubFailed(f"what answered {request} is not GitHub's API: {PROXY}", help=AGAIN)
