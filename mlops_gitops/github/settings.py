"""GitHub's settings of a repository: what may not be read is Unknown, with the reason.

Only GET requests, and one GraphQL query where classic protection may hold a merge queue that REST does not tell.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, cached_property
from typing import Any, TypeVar

from mlops_gitops.core.errors import Error
from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.forges.settings import (
    BranchRules,
    Limit,
    Queue,
    RefRules,
    Settings,
    Unknown,
    token_kind,
    unknown_settings,
)
from mlops_gitops.github import settings_answers
from mlops_gitops.github.api import Api, Path
from mlops_gitops.github.connect import connect
from mlops_gitops.github.failures import GitHubFailed
from mlops_gitops.runtime import ci_job

_T = TypeVar("_T")

ACTIONS = 15368  # the App of GitHub Actions on github.com
_ADMIN = "administration: read"
_ABSENT = ("Branch not protected", "Upgrade to GitHub")
_QUEUE = """query($owner: String!, $name: String!, $branch: String!) { repository(owner: $owner, name: $name) {
  mergeQueue(branch: $branch) { configuration {
    maximumEntriesToBuild minimumEntriesToMerge maximumEntriesToMerge } } } }"""


def read_settings(repository: str, branch: str) -> Settings:
    """Everything that `doctor` needs of `owner/name` about one branch.

    Raises nothing: whatever goes wrong is the reason of an Unknown. Nothing is asked again, since most of what is
    refused stays so.
    """
    try:
        reader = _Reader(connect(repository, patient=False))
        return _settings(reader, branch, token_kind(ci_job.token()))
    except Error as error:
        return unknown_settings(error.message)


def _settings(reader: _Reader, branch: str, token: str) -> Settings:
    at_tip = {"ref": f"refs/heads/{branch}"}  # a tag may have its bare name
    repository = reader.read("", "metadata: read", settings_answers.repository)
    if isinstance(repository, Unknown):
        return unknown_settings(repository.reason, token)
    protection = _protection(reader, branch)
    rulesets, queue = _rulesets(reader, branch)
    if queue is None and protection is not None:
        queue = _classic_queue(reader, repository.name, branch)
    return Settings(
        repository=repository,
        rulesets=rulesets,
        protection=protection,
        queue=queue,
        ref_rules=_ref_rules(reader),
        actions=reader.read("actions/permissions/workflow", _ADMIN, settings_answers.actions_permissions),
        workflows=reader.list("actions/workflows", "actions: read", settings_answers.workflow_states, "workflows"),
        owners_errors=reader.read("codeowners/errors", "contents: read", settings_answers.owners_errors, **at_tip),
        actions_app=_actions_app(reader),
        environments=_environments(reader),
        token=token,
    )


@frozen
class _Reader:
    api: Api

    def read(self, path: Path, permission: str, parse: Callable[[Any], _T], **parameters: str) -> _T | Unknown:
        """What is at a path, parsed."""
        return _value_or_unknown(lambda: parse(self.api.get(path, **parameters)), permission)

    def list(
        self, path: Path, permission: str, parse: Callable[[Any], _T], key: str = "", **parameters: str
    ) -> _T | Unknown:
        """The list at a path, or at a key of what is there, parsed."""
        return _value_or_unknown(lambda: parse([*self.api.pages(path, key, **parameters)]), permission)

    def ruleset(self, id: int, permission: str, parse: Callable[[Any], _T]) -> _T | Unknown:
        """One ruleset, parsed; asked for once."""
        return _value_or_unknown(lambda: parse(self._ruleset(id)), permission)

    @cached_property
    def _ruleset(self) -> Callable[[int], Any]:
        return cache(lambda id: self.api.get(f"rulesets/{id}", includes_parents="true"))


def _value_or_unknown(read: Callable[[], _T], permission: str) -> _T | Unknown:
    try:
        return read()
    except GitHubFailed as error:
        return Unknown(_refusal(error, permission))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        return Unknown(f"GitHub's answer is not as its description says: {type(error).__name__}")


def _refusal(error: GitHubFailed, permission: str) -> str:
    if "Upgrade to GitHub" in error.reason:
        return f"the plan of this repository lacks it ({error.reason})"
    if error.status in (403, 404):
        return f"the token lacks {permission} (GitHub answers {error.status}, {error.reason})"
    return error.message


def _actions_app(reader: _Reader) -> int | Unknown:
    if reader.api.requester.hostname == "api.github.com":
        return ACTIONS
    return reader.read("/apps/github-actions", "metadata: read", lambda data: int(data["id"]))


def _rulesets(reader: _Reader, branch: str) -> tuple[BranchRules | Unknown, Queue | Unknown | None]:
    """The rules of the rulesets on a branch, and the merge queue they make."""

    def parsed(data: Any) -> tuple[BranchRules, Queue | None, list[int]]:
        ids = sorted({int(rule["ruleset_id"]) for rule in data if "ruleset_id" in rule})
        return settings_answers.branch_rules(data, branch), settings_answers.merge_queue(data), ids

    read = reader.list(("rules", "branches", branch), "metadata: read", parsed)
    if isinstance(read, Unknown):
        return read, read
    rules, queue, ids = read
    return replace(rules, bypass=_bypass_names(reader, ids)), queue


def _bypass_names(reader: _Reader, ids: list[int]) -> tuple[str, ...] | Unknown:
    found: list[str] = []
    for id in ids:
        actors = reader.ruleset(id, _ADMIN, settings_answers.bypass_actors)
        if isinstance(actors, Unknown):
            return actors
        found += [f"{actor}{' (in pull requests only)' if limited else ''}" for actor, limited in actors]
    return tuple(dict.fromkeys(found))


def _listed_rulesets(data: Any) -> list[tuple[int, str, str | None]]:
    """The id, the enforcement and the target of each ruleset."""
    return [(ruleset["id"], ruleset["enforcement"], ruleset.get("target")) for ruleset in data]


def _ref_rules(reader: _Reader) -> tuple[RefRules, ...] | Unknown:
    listed = reader.list("rulesets", "metadata: read", _listed_rulesets, includes_parents="true", targets="branch,tag")
    if isinstance(listed, Unknown):
        return listed
    found = []
    for id, enforcement, target in listed:
        if enforcement == "active" and target in ("branch", "tag", None):
            rules = reader.ruleset(id, "metadata: read", settings_answers.ref_rules)
            if isinstance(rules, Unknown):
                return rules
            found += rules
    return tuple(found)


def _environments(reader: _Reader) -> dict[str, Limit | Unknown | None] | Unknown:
    permission = "actions: read"
    listed = reader.list("environments", permission, settings_answers.environment_limits, "environments")
    if isinstance(listed, Unknown):
        return listed
    found: dict[str, Limit | Unknown | None] = {}
    for name, limit in listed.items():
        path = ("environments", name, "deployment-branch-policies")
        found[name] = limit
        if limit is not None and not limit.protected:
            found[name] = reader.list(path, permission, settings_answers.environment_limit, "branch_policies")
    return found


# ── classic branch protection ──


def _protection(reader: _Reader, branch: str) -> BranchRules | Unknown | None:
    """Classic protection, None without: GitHub says so in words, or to everybody by `protected`."""
    path = ("branches", branch)
    found = reader.read((*path, "protection"), _ADMIN, lambda data: settings_answers.classic_protection(data, branch))
    if not isinstance(found, Unknown):
        return found
    if any(words in found.reason for words in _ABSENT):
        return None
    is_protected = reader.read(path, "contents: read", lambda data: bool(data["protected"]))
    return None if is_protected is False else found


def _classic_queue(reader: _Reader, name: str, branch: str) -> Queue | Unknown | None:
    owner, _, short = name.partition("/")

    def read() -> Queue | None:
        queue = reader.api.query(_QUEUE, owner=owner, name=short, branch=branch)["repository"]["mergeQueue"]
        keys = ("maximumEntriesToBuild", "minimumEntriesToMerge", "maximumEntriesToMerge")
        return Queue(*(int(queue["configuration"][key]) for key in keys)) if queue else None

    return _value_or_unknown(read, "contents: read")
