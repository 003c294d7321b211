"""GitHub's settings of a repository, read through PyGithub's client: what may not be read is Unknown, with the reason.

Only GET requests, and one GraphQL query where classic protection may hold a merge queue that REST does not tell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlsplit

from mlops_gitops.edges.variables import variable
from mlops_gitops.settings import (
    ActionsPermissions,
    Actor,
    BranchRules,
    Merging,
    Queue,
    Repository,
    Required,
    Reviews,
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
    repository = door.read("", "metadata: read", _repository)
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
        actions=door.read("/actions/permissions/workflow", _ADMIN, _actions),
        workflows=door.read("/actions/workflows", "actions: read", _states, pages="workflows"),
        owners_errors=door.read("/codeowners/errors", "contents: read", _owners_errors, {"ref": branch}),
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


# ── parsing, one function a question ──


def _repository(data: Any) -> Repository:
    merging: Merging | Unknown = Unknown("the token lacks contents: write, without which they are not told")
    if "allow_squash_merge" in data and "squash_merge_commit_message" in data:
        named = {"merge": "allow_merge_commit", "squash": "allow_squash_merge", "rebase": "allow_rebase_merge"}
        merging = Merging(
            frozenset(name for name, key in named.items() if data[key]),
            str(data.get("squash_merge_commit_title")),
            str(data["squash_merge_commit_message"]),
            bool(data.get("delete_branch_on_merge")),
        )
    return Repository(data["full_name"], data["default_branch"], bool(data["private"]), merging)


def _actions(data: Any) -> ActionsPermissions:
    return ActionsPermissions(data["default_workflow_permissions"], bool(data["can_approve_pull_request_reviews"]))


def _states(data: Any) -> dict[str, str]:
    return {its["path"]: its["state"] for its in data}


def _owners_errors(data: Any) -> tuple[str, ...]:
    return tuple(f"line {its['line']}: {its['kind']} {its.get('source', '')}".strip() for its in data["errors"])


def _actions_app(door: _Door) -> int | Unknown:
    if door.client.requester.hostname == "api.github.com":
        return ACTIONS
    root = door.client.requester.base_url
    return door.ask(f"{root}/apps/github-actions", "metadata: read", lambda data: int(data["id"]))


def _rulesets(door: _Door, branch: str) -> tuple[BranchRules | Unknown, Queue | Unknown | None]:
    """What the rulesets ask of a branch, and the merge queue they make."""
    path = f"/rules/branches/{quote(branch, safe='')}"
    read = door.read(path, "metadata: read", lambda data: (_branch_rules(data, branch), _queue(data), data), pages="")
    if isinstance(read, Unknown):
        return read, read
    rules, queue, data = read
    bypass = _all_bypass(door, sorted({its["ruleset_id"] for its in data if "ruleset_id" in its}))
    return BranchRules(rules.source, rules.reviews, rules.required, rules.no_deletion, rules.no_force_push,
                       rules.methods, bypass), queue  # fmt: skip


def _branch_rules(data: Any, branch: str) -> BranchRules:
    pulls = [its.get("parameters") or {} for its in data if its["type"] == "pull_request"]
    checks = [its["parameters"] for its in data if its["type"] == "required_status_checks"]
    named = [its for check in checks for its in check["required_status_checks"]]
    types = {its["type"] for its in data}
    limits = [frozenset(its["allowed_merge_methods"]) for its in pulls if its.get("allowed_merge_methods")]
    return BranchRules(
        f"the rulesets on {branch}",
        _reviews(pulls, ("dismiss_stale_reviews_on_push", "require_last_push_approval", "require_code_owner_review")),
        tuple(Required(its["context"], its.get("integration_id")) for its in named),
        no_deletion="deletion" in types,
        no_force_push="non_fast_forward" in types,
        methods=frozenset.intersection(*limits) if limits else None,
    )  # fmt: skip


def _reviews(asked: list[Any], names: tuple[str, str, str]) -> Reviews | None:
    """Of several rules all hold: the strictest of each."""
    if not asked:
        return None
    stale, last, owners = (any(bool(its.get(name)) for its in asked) for name in names)
    return Reviews(max(int(its.get("required_approving_review_count") or 0) for its in asked), stale, last, owners)


def _queue(data: Any) -> Queue | None:
    queues = [its["parameters"] for its in data if its["type"] == "merge_queue"]
    keys = ("max_entries_to_build", "min_entries_to_merge", "max_entries_to_merge")
    return Queue(*(max(int(its[key]) for its in queues) for key in keys)) if queues else None


def _all_bypass(door: _Door, ids: list[int]) -> tuple[str, ...] | Unknown:
    found: list[str] = []
    for id in ids:
        its = door.read(f"/rulesets/{id}", _ADMIN, _bypass, {"includes_parents": "true"})
        if isinstance(its, Unknown):
            return its
        found += [f"{actor}{' (in pull requests only)' if limited else ''}" for actor, limited in its]
    return tuple(dict.fromkeys(found))


def _bypass(data: Any) -> list[tuple[Actor, bool]] | Unknown:
    """Who may bypass a ruleset, and whether in pull requests only; GitHub tells it to those who may change it."""
    if "bypass_actors" not in data:
        return Unknown("the token lacks administration: write, without which its bypass list is not told")
    return [
        (Actor(its["actor_type"], its.get("actor_id")), its.get("bypass_mode") == "pull_request")
        for its in data["bypass_actors"]
    ]


def _tags(door: _Door) -> tuple[TagRules, ...] | Unknown:
    parameters = {"includes_parents": "true"}
    listed = door.read("/rulesets", "metadata: read", lambda data: [(its["id"], its["enforcement"], its.get("target"))
                       for its in data], parameters | {"targets": "tag"}, pages="")  # fmt: skip
    if isinstance(listed, Unknown):
        return listed
    found = []
    for id, enforcement, target in listed:
        if enforcement == "active" and target in ("tag", None):
            its = door.read(f"/rulesets/{id}", "metadata: read", _tag_rules, parameters)
            if isinstance(its, Unknown):
                return its
            found += its
    return tuple(found)


def _tag_rules(data: Any) -> list[TagRules]:
    """The ruleset, when it is about tags."""
    if data["target"] != "tag" or data["enforcement"] != "active":
        return []
    refs = (data.get("conditions") or {}).get("ref_name") or {}
    actors = _bypass(data)
    restricts = frozenset({"creation", "update", "deletion"} & {its["type"] for its in data["rules"]})
    bypass = actors if isinstance(actors, Unknown) else tuple(actor for actor, _ in actors)
    return [TagRules(data["name"], tuple(refs.get("include", ())), tuple(refs.get("exclude", ())), restricts, bypass)]


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
        return _classic(data, branch)

    found = _tried(asked, _ADMIN)
    if not isinstance(found, Unknown):
        return found
    if absent and ("Branch not protected" in absent[0] or "Upgrade to GitHub" in absent[0]):
        return None
    is_protected = door.read(path, "contents: read", lambda data: bool(data["protected"]))
    return None if is_protected is False else found


def _classic(data: Any, branch: str) -> BranchRules:
    reviews = data.get("required_pull_request_reviews")
    checks = data.get("required_status_checks") or {}
    named = checks.get("checks") or [{"context": its} for its in checks.get("contexts", ())]
    allowed = (reviews or {}).get("bypass_pull_request_allowances") or {}
    bypass = [
        str(its.get("login") or its.get("slug")) for who in ("users", "teams", "apps") for its in allowed.get(who, ())
    ]
    bypass += [] if _on(data, "enforce_admins", False) else ["administrators"]
    names = ("dismiss_stale_reviews", "require_last_push_approval", "require_code_owner_reviews")
    return BranchRules(
        f"the classic protection of {branch}",
        _reviews([reviews] if reviews is not None else [], names),
        tuple(Required(its["context"], _app(its.get("app_id"))) for its in named),
        no_deletion=not _on(data, "allow_deletions", True),
        no_force_push=not _on(data, "allow_force_pushes", True),
        methods=frozenset({"squash", "rebase"}) if _on(data, "required_linear_history", False) else None,
        bypass=tuple(bypass),
    )  # fmt: skip


def _on(data: Any, name: str, unsaid: bool) -> bool:
    """A switch; `unsaid` is how it is taken where GitHub does not say."""
    its = data.get(name)
    return unsaid if its is None else bool(its["enabled"])


def _app(id: Any) -> int | None:
    return id if isinstance(id, int) and id > 0 else None  # -1 is anybody


def _classic_queue(door: _Door, name: str, branch: str) -> Queue | Unknown | None:
    owner, _, short = name.partition("/")

    def parsed(data: Any) -> Queue | None:
        its = data["data"]["repository"]["mergeQueue"]
        keys = ("maximumEntriesToBuild", "minimumEntriesToMerge", "maximumEntriesToMerge")
        return Queue(*(int(its["configuration"][key]) for key in keys)) if its else None

    return door.query(_QUEUE, {"owner": owner, "name": short, "branch": branch}, parsed)
