"""The part of GitHub's API description that this project's requests can touch, so that it is read fast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

REPOSITORY = "/repos/{owner}/{repo}"
FAMILIES = (
    "actions/permissions", "actions/runs", "actions/workflows", "activity", "branches", "check-runs", "codeowners",
    "collaborators", "commits", "compare", "contents", "deployments", "environments", "git", "installation", "issues",
    "labels", "merge", "pulls", "rules", "rulesets", "statuses", "tags", "teams",
)  # fmt: skip
ALONE = (
    "/app", "/app/installations", "/app/installations/{installation_id}/access_tokens", "/installation/repositories",
    "/orgs/{org}", "/orgs/{org}/members", "/orgs/{org}/members/{username}", "/orgs/{org}/rulesets", "/orgs/{org}/teams",
    "/rate_limit", REPOSITORY, "/teams/{team_id}", "/teams/{team_id}/members", "/user", "/users/{username}",
)  # fmt: skip
TEAM = "/orgs/{org}/teams/{team_slug}"
LABELS = f"{REPOSITORY}/issues/{{issue_number}}/labels"
BARE_LABELS = {"type": "array", "items": {"type": "string"}}


def wanted(path: str) -> bool:
    """Whether a path of the full description is kept."""
    below = (f"{REPOSITORY}/{family}" for family in FAMILIES)
    return path in ALONE or any(path == top or path.startswith(f"{top}/") for top in (*below, TEAM))


def reduced(full: dict[str, Any]) -> dict[str, Any]:
    """The kept paths and all they refer to, with `nullable` in JSON Schema's own words.

    Raises KeyError when the full description refers to something it lacks.
    """
    paths = {path: item for path, item in full["paths"].items() if wanted(path)}
    components: dict[str, dict[str, Any]] = {}
    seen: set[str] = set()
    todo: list[Any] = [paths]
    while todo:
        for reference in set(_references(todo.pop())) - seen:
            seen.add(reference)
            _, _, kind, name = reference.split("/")
            components.setdefault(kind, {})[name] = full["components"][kind][name]
            todo.append(full["components"][kind][name])
    for method in ("post", "put"):
        _allow_bare_labels(paths[LABELS][method])
    result = {"openapi": full["openapi"], "info": full["info"], "paths": paths, "components": components}
    return _plain(result)  # type: ignore[no-any-return]


def requests_only(described: dict[str, Any]) -> dict[str, Any]:
    """The description as the proxy needs it: requests are checked, so what answers look like is left out."""
    paths = {
        path: {
            method: operation | {"responses": {"default": {"description": "any"}}} for method, operation in item.items()
        }
        for path, item in described["paths"].items()
    }
    whole = {"openapi": "3.1.0", "info": {"title": "GitHub", "version": "1"}, "servers": [{"url": "/"}]}
    return whole | reduced(described | {"paths": paths}) | whole


def _allow_bare_labels(operation: dict[str, Any]) -> None:
    """GitHub's description says in words, but not in its schema, that labels may be passed as a bare list."""
    choices = operation["requestBody"]["content"]["application/json"]["schema"]["oneOf"]
    if BARE_LABELS not in choices:
        choices.append(BARE_LABELS)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    dropped = {"x-github", "x-octokit", "externalDocs", "nullable"}
    result = {
        key: _plain(inner)
        for key, inner in value.items()
        if key not in dropped or (isinstance(inner, dict) and key == "nullable")
    }
    if value.get("nullable") is not True:
        return result
    if "enum" in result and None not in result["enum"]:
        result["enum"] = [*result["enum"], None]
    if isinstance(result.get("type"), str):
        result["type"] = [result["type"], "null"]
        return result
    return {"anyOf": [result, {"type": "null"}]}
