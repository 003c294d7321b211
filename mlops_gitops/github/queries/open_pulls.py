"""Many open pull requests in one query: where nothing changed, nothing else need be read of them but pushes and runs.

An answer has the shapes of the REST API, so that what reads those reads it too. A pull request of which the query does
not give everything is left out, and is then read by REST.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mlops_gitops.core.frozen import frozen
from mlops_gitops.forges.pull_request import PullRequest
from mlops_gitops.github.api import Api
from mlops_gitops.github.failures import AGAIN, PROXY, GitHubFailed

AT_ONCE = 25  # pull requests of one query: 125 lists, which is 1 of the 5,000 points of an hour
_FEW = 30  # commits, as many as `check` looks at one by one
_FIRST = 20  # comments: ours is among the first, and others can be long
_ACCOUNT = "{ __typename login ... on User { databaseId } ... on Bot { databaseId } }"
_MORE = "pageInfo { hasNextPage }"
_PULL = f"""fragment Pull on PullRequest {{
  number title body state createdAt mergedAt url baseRefName headRefName headRefOid
  headRepository {{ nameWithOwner }} author {_ACCOUNT}
  labelled: labels(first: 100) {{ nodes {{ name }} {_MORE} }}
  commits(first: {_FEW}) {{
    nodes {{ commit {{ oid author {{ user {{ login }} }} committer {{ user {{ login }} }} }} }} {_MORE} }}
  reviews(first: 100) {{
    nodes {{ state submittedAt authorAssociation commit {{ oid }} author {_ACCOUNT} }} {_MORE} }}
  timelineItems(first: 100, itemTypes: [BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT]) {{
    nodes {{ __typename ... on BaseRefChangedEvent {{ createdAt }}
      ... on AutomaticBaseChangeSucceededEvent {{ createdAt }} }} {_MORE} }}
  comments(first: {_FIRST}) {{ nodes {{ body author {_ACCOUNT} }} }}
}}"""
_STATUSES = f"... on Commit {{ status {{ contexts {{ context state description createdAt creator {_ACCOUNT} }} }} }}"
_EVENTS = {
    "BaseRefChangedEvent": "base_ref_changed",
    "AutomaticBaseChangeSucceededEvent": "automatic_base_change_succeeded",
}


@frozen
class ReadAhead:
    """What one query says of an open pull request, each part as the REST API gives it.

    `events` are the changes of its base branch, `statuses` the newest of each context of its head, and `comments` the
    first ones.
    """

    pull: Mapping[str, Any]
    reviews: Sequence[Mapping[str, Any]]
    events: Sequence[Mapping[str, Any]]
    commits: Sequence[Mapping[str, Any]]
    statuses: Sequence[Mapping[str, Any]]
    comments: Sequence[Mapping[str, Any]]


def open_pulls(api: Api, pulls: Sequence[PullRequest]) -> tuple[str, dict[int, ReadAhead]]:
    """The login of the token's account, and by number those of some pull requests that are open at the same head.

    Raises GitHubFailed.
    """
    parts = [
        f"p{pull.number}: pullRequest(number: {pull.number}) {{ ...Pull }} "
        f'h{pull.number}: object(oid: "{pull.head}") {{ {_STATUSES} }}'
        for pull in pulls
    ]
    within = f"repository(owner: $owner, name: $name) {{ isPrivate {' '.join(parts)} }}"
    text = f"query($owner: String!, $name: String!) {{ viewer {{ login }} {within} }} {_PULL}"
    owner, _, name = api.repository.partition("/")
    answer = api.query(text, owner=owner, name=name)
    try:
        return str(answer["viewer"]["login"]), dict(_found(answer["repository"], pulls))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise GitHubFailed(f"what answered the query is not as GitHub's schema says: {PROXY}", help=AGAIN) from error


def _found(repository: Mapping[str, Any], pulls: Sequence[PullRequest]) -> Iterator[tuple[int, ReadAhead]]:
    for pull in pulls:
        data, commit = repository[f"p{pull.number}"], repository[f"h{pull.number}"]
        if data and commit is not None and (data["state"], data["headRefOid"]) == ("OPEN", pull.head) and _whole(data):
            yield pull.number, _read_ahead(data, commit, private=repository["isPrivate"] is not False)


def _text(data: Mapping[str, Any], name: str) -> str:
    if not isinstance(data[name], str):
        raise TypeError(f"{name} is not a text")
    return str(data[name])


def _text_or_none(data: Mapping[str, Any], name: str) -> str | None:
    return None if data[name] is None else _text(data, name)


def _whole(data: Mapping[str, Any]) -> bool:
    lists = [data[name] for name in ("labelled", "commits", "reviews", "timelineItems")]
    whole = all(listed["pageInfo"]["hasNextPage"] is False for listed in lists)
    return whole and all(None not in listed["nodes"] for listed in (*lists, data["comments"]))


def _read_ahead(data: Mapping[str, Any], commit: Mapping[str, Any], *, private: bool) -> ReadAhead:
    contexts = (commit.get("status") or {}).get("contexts") or ()

    def each(name: str, shape: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any]]:
        return [shape(node) for node in data[name]["nodes"]]

    return ReadAhead(
        _pull(data, private=private), each("reviews", _review), each("timelineItems", _event),
        each("commits", _commit), [_status(status) for status in contexts], each("comments", _comment),
    )  # fmt: skip


def _pull(data: Mapping[str, Any], *, private: bool) -> dict[str, Any]:
    home = data["headRepository"]
    repository = {"full_name": _text(home, "nameWithOwner")} if home else None
    return {
        "number": data["number"], "title": _text(data, "title"), "body": data["body"], "state": "open",
        "head": {"ref": _text(data, "headRefName"), "sha": data["headRefOid"], "repo": repository},
        "base": {"ref": _text(data, "baseRefName"), "repo": {"private": private}}, "user": _account(data["author"]),
        "labels": data["labelled"]["nodes"], "html_url": _text(data, "url"), "created_at": _text(data, "createdAt"),
        "merged_at": _text_or_none(data, "mergedAt"),
    }  # fmt: skip


def _account(actor: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """An account as REST has it, where the login of a bot ends with `[bot]`."""
    if actor is None:
        return None
    kind, login = _text(actor, "__typename"), _text(actor, "login")
    ending = "[bot]" if kind == "Bot" and not login.endswith("[bot]") else ""
    return {"login": f"{login}{ending}", "type": kind, "id": int(actor.get("databaseId") or 0)}


def _review(node: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": 0, "user": _account(node["author"]), "state": _text(node, "state"),
        "submitted_at": _text_or_none(node, "submittedAt"), "author_association": _text(node, "authorAssociation"),
        "commit_id": _text(node["commit"], "oid") if node["commit"] else None,
    }  # fmt: skip


def _event(node: Mapping[str, Any]) -> dict[str, Any]:
    return {"event": _EVENTS[node["__typename"]], "created_at": _text(node, "createdAt")}


def _commit(node: Mapping[str, Any]) -> dict[str, Any]:
    """A commit with the people of its addresses; bots are none of GraphQL's users, and known by their addresses."""
    commit = node["commit"]
    people = {role: (commit[role] or {}).get("user") for role in ("author", "committer")}
    users = {role: {"login": _text(user, "login"), "type": "User"} if user else None for role, user in people.items()}
    return {"sha": _text(commit, "oid"), **users}


def _status(context: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "context": _text(context, "context"), "state": _text(context, "state").lower(),
        "description": _text_or_none(context, "description"), "created_at": _text(context, "createdAt"),
        "creator": _account(context["creator"]),
    }  # fmt: skip


def _comment(node: Mapping[str, Any]) -> dict[str, Any]:
    return {"body": _text(node, "body"), "user": _account(node["author"])}
