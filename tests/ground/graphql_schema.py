"""GitHub's public GraphQL schema, as far as this project's queries can reach into it, so that it is read fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from graphql import DefinitionNode, DocumentNode, FieldDefinitionNode, NamedTypeNode, Node, parse, print_ast

SCHEMA = "node_modules/@octokit/graphql-schema/schema.graphql"
# The fields that are kept of a type. Of lists, `nodes` and `pageInfo` are.
FIELDS: dict[str, tuple[str, ...]] = {
    "Query": ("viewer", "repository"),
    "Actor": ("login",),
    "Bot": ("login", "databaseId"),
    "EnterpriseUserAccount": ("login",),
    "Mannequin": ("login", "databaseId"),
    "Organization": ("login", "databaseId"),
    "User": ("login", "databaseId"),
    "Repository": ("isPrivate", "nameWithOwner", "pullRequest", "object", "mergeQueue"),
    "PullRequest": (
        "number", "title", "body", "state", "createdAt", "mergedAt", "url", "baseRefName", "headRefName", "headRefOid",
        "headRepository", "author", "labels", "commits", "reviews", "timelineItems", "comments",
    ),
    "PullRequestReview": ("state", "submittedAt", "authorAssociation", "commit", "author"),
    "BaseRefChangedEvent": ("createdAt",),
    "AutomaticBaseChangeSucceededEvent": ("createdAt",),
    "PullRequestCommit": ("commit",),
    "IssueComment": ("body", "author"),
    "Label": ("name",),
    "GitObject": ("oid",),
    "Commit": ("oid", "author", "committer", "authors", "status"),
    "Status": ("contexts",),
    "StatusContext": ("context", "state", "description", "createdAt", "creator"),
    "GitActor": ("email", "user"),
    "Tree": ("oid", "entries"),
    "TreeEntry": ("name", "object"),
    "Blob": ("oid", "text", "isTruncated"),
    "PageInfo": ("hasNextPage",),
    "MergeQueue": ("configuration",),
    "MergeQueueConfiguration": ("maximumEntriesToBuild", "minimumEntriesToMerge", "maximumEntriesToMerge"),
    "PullRequestTimelineItems": (),
}  # fmt: skip
_INPUTS = ("enum_type_definition", "input_object_type_definition", "scalar_type_definition")


def reduced_schema(text: str) -> str:
    """The kept fields of GitHub's schema, each as GitHub describes it, and what their arguments are made of."""
    full = {definition.name.value: definition for definition in parse(text, no_location=True).definitions}  # type: ignore[attr-defined]
    kept: dict[str, DefinitionNode] = {}
    needed = ["Query"]
    while needed:
        if (name := needed.pop()) in kept or name not in full:
            continue
        kept[name] = full[name] if full[name].kind in _INPUTS else _kept(full[name])
        needed += [*_named(kept[name]), *_implementations(full, name)]
    return print_ast(DocumentNode(definitions=tuple(kept[name] for name in full if name in kept)))


def _kept(definition: Any) -> DefinitionNode:
    """A definition with its kept fields alone; of what it implements or unites, the kept types.

    Raises KeyError where GitHub's schema has no such field.
    """
    wanted = FIELDS.get(definition.name.value, ("nodes", "pageInfo"))
    parts: dict[str, Any] = {key: getattr(definition, key) for key in definition.keys}
    if definition.kind == "union_type_definition":
        parts["types"] = _only_kept(definition.types)
        return type(definition)(**parts)  # type: ignore[no-any-return]
    fields: dict[str, FieldDefinitionNode] = {field.name.value: field for field in definition.fields}
    parts["fields"] = tuple(fields[name] for name in wanted)
    parts["interfaces"] = _only_kept(definition.interfaces)
    parts["directives"] = ()
    return type(definition)(**parts)  # type: ignore[no-any-return]


def _only_kept(types: Iterable[NamedTypeNode] | None) -> tuple[NamedTypeNode, ...]:
    return tuple(found for found in types or () if found.name.value in FIELDS)


def _implementations(full: dict[str, Any], name: str) -> Iterator[str]:
    for other in FIELDS:
        if any(found.name.value == name for found in getattr(full[other], "interfaces", None) or ()):
            yield other


def _named(node: Any) -> Iterator[str]:
    """Every type that a definition names."""
    for key in node.keys:
        value = getattr(node, key, None)
        for inner in value if isinstance(value, tuple | list) else [value]:
            if isinstance(inner, NamedTypeNode):
                yield inner.name.value
            elif isinstance(inner, Node):
                yield from _named(inner)
