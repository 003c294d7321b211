"""GitHub's settings of a repository, read through PyGithub's client: what may not be read is Unknown, with the reason.

Only GET requests, and one GraphQL query where classic protection may hold a merge queue that REST does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

from mlops_gitops import github_answers
from mlops_gitops.edges.runner import variable
from mlops_gitops.settings import (
    BranchRules,
    Queue,
    Settings,
    TagRules,
    Unknown,
    nothing_read,
    token_kind,
)

if TYPE_CHECKING:
    from github.Repository import Repository as Client

_T = TypeVar("_T")

GITHUB = "https://github.com"
ACTIONS = 15368  # the App of GitHub Actions on github.com
_PAGE = 100
_ADMIN = "administration: read"
_QUEUE = """query($owner: String!, $name: String!, $branch: String!) { repository(owner: $owner, name: $name) {
  mergeQueue(branch: $branch) { configuration {
    maximumEntriesToBuild minimumEntriesToMerge maximumEntriesToMerge } } } }"""


# ── the seam: the connection of forges/github.py takes this function's place ──


def connect(remote: str | None) -> tuple[Client, str] | Unknown | None:
    """The client of the repository that a remote's address names, and the kind of its token.

    None where the remote is a folder, or there is none; Unknown where it is elsewhere or there is no way to ask.
    """
    place = _place(remote or "")
    if place is None:
        return None
    host, name = place
    server = variable("GITHUB_SERVER_URL") or GITHUB
    if host != urlsplit(server).hostname:
        return Unknown(f"the remote is at {host}, and doctor can read the settings of GitHub alone")
    token = variable("GITHUB_TOKEN", "GH_TOKEN")
    if not token:
        return Unknown("there is no token: set GITHUB_TOKEN")
    try:
        from github import Auth, Github
    except ImportError:
        return Unknown("PyGithub is not installed: pip install 'mlops-gitops[github]'")
    # A token of one server is never sent to another.
    own = "https://api.github.com" if server.rstrip("/") == GITHUB else f"{server.rstrip('/')}/api/v3"
    api = variable("GITHUB_API_URL") or own
    client = Github(
        auth=Auth.Token(token), base_url=api, retry=None, seconds_between_requests=None, timeout=30, lazy=True
    )
    return client.get_repo(name), token_kind(token)


def _place(remote: str) -> tuple[str, str] | None:
    """The host and `owner/name` of a remote's address; None for a folder."""
    if "://" not in remote:
        found = re.fullmatch(r"(?:[^@/]+@)?([^:/]+):(?!\\)/*(.+?)(?:\.git)?/?", remote)
        return (_host(found[1]), found[2]) if found and len(found[1]) > 1 else None
    try:
        parts = urlsplit(remote)
    except ValueError:
        return "an address that cannot be read", ""
    name = parts.path.strip("/").removesuffix(".git")
    return None if parts.scheme == "file" else (_host(parts.hostname or "no host"), name)


def _host(name: str) -> str:
    """The host, github.com too where SSH goes to it by the port of HTTPS."""
    return name.casefold().replace("ssh.github.com", "github.com")


# ── reading ──


def read_settings(client: Client, branch: str, token: str) -> Settings:
    """Everything `doctor` asks of a repository about one branch. `token` is the kind of the token, as settings name it.

    Raises nothing: whatever goes wrong is the reason of an Unknown.
    """
    door = _Door(client)
    repository = door.read("", "metadata: read", github_answers.repository)
    if isinstance(repository, Unknown):
        return nothing_read(repository.reason, token)
    protection = _protection(door, branch)
    rulesets, queue = _rulesets(door, branch)
    if queue is None and protection is not None:
        queue = _classic_queue(door, repository.name, branch)
    return Settings(
        repository=repository,
        rulesets=rulesets,
        protection=protection,
        queue=queue,
        tags=_tags(door),
        actions=door.read("/actions/permissions/workflow", _ADMIN, github_answers.actions),
        workflows=door.read("/actions/workflows", "actions: read", github_answers.states, pages="workflows"),
        owners_errors=door.read("/codeowners/errors", "contents: read", github_answers.owners_errors, {"ref": branch}),
        actions_app=_actions_app(door),
        token=token,
    )


@dataclass(frozen=True, slots=True)
class _Door:
    client: Client

    def read(
        self,
        path: str,
        permission: str,
        parse: Callable[[Any], _T],
        parameters: Mapping[str, Any] | None = None,
        pages: str | None = None,
    ) -> _T | Unknown:
        """What the repository's `path` says. `pages` names the list in a page, "" where the page is the list."""
        return self.ask(f"{self.client.url}{path}", permission, parse, parameters, pages)

    def ask(
        self,
        url: str,
        permission: str,
        parse: Callable[[Any], _T],
        parameters: Mapping[str, Any] | None = None,
        pages: str | None = None,
    ) -> _T | Unknown:
        """What an address says, parsed. Whatever goes wrong is the reason of an Unknown."""

        def asked() -> Any:
            return self._one(url, dict(parameters or {})) if pages is None else self._all(url, parameters or {}, pages)

        return _tried(lambda: parse(asked()), permission)

    def query(self, text: str, variables: dict[str, Any], parse: Callable[[Any], _T]) -> _T | Unknown:
        """What a GraphQL query says, parsed."""
        return _tried(lambda: parse(self.client.requester.graphql_query(text, variables)[1]), "contents: read")

    def _one(self, url: str, parameters: dict[str, Any]) -> Any:
        return self.client.requester.requestJsonAndCheck("GET", url, parameters=parameters)[1]

    def _all(self, url: str, parameters: Mapping[str, Any], key: str) -> list[Any]:
        found: list[Any] = []
        for page in range(1, 101):
            data = self._one(url, {**parameters, "per_page": _PAGE, "page": page})
            part = data[key] if key else data
            found += part
            if len(part) < _PAGE:
                return found
        raise ValueError("there are too many of them")


def _tried(asks: Callable[[], _T], permission: str) -> _T | Unknown:
    from github import GithubException, RateLimitExceededException
    from requests.exceptions import RequestException

    try:
        return asks()
    except RateLimitExceededException:
        return Unknown("GitHub's limit of requests is used up for now")
    except GithubException as error:
        return Unknown(_refusal(error, permission))
    except RequestException as error:
        return Unknown(f"GitHub cannot be reached: {type(error).__name__}")
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return Unknown(f"GitHub's answer is not as its description says: {type(error).__name__}")


def _refusal(error: Any, permission: str) -> str:
    said = _message(error)
    if error.status == 401:
        return f"GitHub does not accept the token: {said}"
    if "Upgrade to GitHub" in said:
        return f"the plan of this repository lacks it ({said})"
    if error.status in (403, 404):
        return f"the token lacks {permission} (GitHub answers {error.status}, {said})"
    return f"GitHub answers {error.status}, {said}"


def _message(error: Any) -> str:
    said = error.data.get("message") if isinstance(error.data, dict) else None
    return str(said or "without a word")[:200]


def _actions_app(door: _Door) -> int | Unknown:
    if door.client.requester.hostname == "api.github.com":
        return ACTIONS
    root = door.client.requester.base_url
    return door.ask(f"{root}/apps/github-actions", "metadata: read", lambda data: int(data["id"]))


def _rulesets(door: _Door, branch: str) -> tuple[BranchRules | Unknown, Queue | Unknown | None]:
    """What the rulesets ask of a branch, and the merge queue they make."""
    path = f"/rules/branches/{quote(branch, safe='')}"
    read = door.read(
        path,
        "metadata: read",
        lambda data: (github_answers.branch_rules(data, branch), github_answers.queue(data), data),
        pages="",
    )
    if isinstance(read, Unknown):
        return read, read
    rules, queue, data = read
    bypass = _all_bypass(door, sorted({its["ruleset_id"] for its in data if "ruleset_id" in its}))
    return BranchRules(rules.source, rules.reviews, rules.required, rules.no_deletion, rules.no_force_push,
                       rules.methods, bypass), queue  # fmt: skip


def _all_bypass(door: _Door, ids: list[int]) -> tuple[str, ...] | Unknown:
    found: list[str] = []
    for id in ids:
        its = door.read(f"/rulesets/{id}", _ADMIN, github_answers.bypass, {"includes_parents": "true"})
        if isinstance(its, Unknown):
            return its
        found += [f"{actor}{' (in pull requests only)' if limited else ''}" for actor, limited in its]
    return tuple(dict.fromkeys(found))


def _tags(door: _Door) -> tuple[TagRules, ...] | Unknown:
    parameters = {"includes_parents": "true"}
    listed = door.read("/rulesets", "metadata: read", lambda data: [(its["id"], its["enforcement"], its.get("target"))
                       for its in data], parameters | {"targets": "tag"}, pages="")  # fmt: skip
    if isinstance(listed, Unknown):
        return listed
    found = []
    for id, enforcement, target in listed:
        if enforcement == "active" and target in ("tag", None):
            its = door.read(f"/rulesets/{id}", "metadata: read", github_answers.tag_rules, parameters)
            if isinstance(its, Unknown):
                return its
            found += its
    return tuple(found)


# ── classic branch protection ──


def _protection(door: _Door, branch: str) -> BranchRules | Unknown | None:
    """None where the branch has none: GitHub says so in words, or tells it to everybody as `protected`."""
    from github import GithubException

    path = f"/branches/{quote(branch, safe='')}"
    absent: list[str] = []

    def asked() -> BranchRules | None:
        try:
            data = door.client.requester.requestJsonAndCheck("GET", f"{door.client.url}{path}/protection")[1]
        except GithubException as error:
            absent.append(_message(error))
            raise
        return github_answers.classic(data, branch)

    found = _tried(asked, _ADMIN)
    if not isinstance(found, Unknown):
        return found
    if absent and ("Branch not protected" in absent[0] or "Upgrade to GitHub" in absent[0]):
        return None
    is_protected = door.read(path, "contents: read", lambda data: bool(data["protected"]))
    return None if is_protected is False else found


def _classic_queue(door: _Door, name: str, branch: str) -> Queue | Unknown | None:
    owner, _, short = name.partition("/")

    def parsed(data: Any) -> Queue | None:
        its = data["data"]["repository"]["mergeQueue"]
        keys = ("maximumEntriesToBuild", "minimumEntriesToMerge", "maximumEntriesToMerge")
        return Queue(*(int(its["configuration"][key]) for key in keys)) if its else None

    return door.query(_QUEUE, {"owner": owner, "name": short, "branch": branch}, parsed)
