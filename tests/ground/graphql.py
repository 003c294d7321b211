"""Queries as GitHub's GraphQL answers them: its own public schema, executed on what the rest of this GitHub holds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLSchema, build_schema, execute_sync, parse, validate
from ground.access import LEVELS, Token
from ground.nodes import PEOPLE, installed, kind
from ground.stateful import Reply

if TYPE_CHECKING:
    from ground.front import Front, State

_EVENTS = {"base_ref_changed": "BaseRefChangedEvent", "automatic_base_change_succeeded":
           "AutomaticBaseChangeSucceededEvent"}  # fmt: skip
_ITEMS = {"BaseRefChangedEvent": "BASE_REF_CHANGED_EVENT", "AutomaticBaseChangeSucceededEvent":
          "AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT"}  # fmt: skip


@cache
def _schema() -> GraphQLSchema:
    return build_schema((installed() / "schema.graphql").read_text(), assume_valid=True)


def answer(front: Front, token: Token, asked: Any) -> Reply:
    """What GitHub answers a query. One that breaks GitHub's schema is a fault of the test."""
    document = parse(asked["query"])
    if wrong := validate(_schema(), document):
        front.faults.append(f"a query breaks GitHub's schema: {wrong[0]}")
        return Reply(200, {"errors": [{"message": fault.message} for fault in wrong]})
    root = {"viewer": {"login": token.login}, "repository": partial(_repository, front, token)}
    result = execute_sync(_schema(), document, root_value=root, variable_values=asked["variables"])
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [
            {"type": (fault.extensions or {}).get("type", "FAULT"), "path": fault.path, "message": fault.message}
            for fault in result.errors
        ]
        front.faults += [f"the test ground itself failed at a query: {e}" for e in result.errors if e.original_error
                         and not isinstance(e.original_error, GraphQLError)]  # fmt: skip
    return Reply(200, body)


def _error(kind_: str, message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"type": kind_})


def _require(token: Token, *permissions: str) -> None:
    if all(LEVELS.index(token.level(name)) < LEVELS.index("read") for name in permissions):
        raise _error("FORBIDDEN", "Resource not accessible by integration")


def _repository(front: Front, token: Token, info: Any, owner: str, name: str, **_: Any) -> Any:
    full = f"{owner}/{name}"
    if full not in front.states or not token.sees(full) or token.level("contents") == "none":
        raise _error("NOT_FOUND", f"Could not resolve to a Repository with the name '{full}'.")
    state = front.states[full]
    front.mirror(state)
    return {
        "nameWithOwner": full,
        "isPrivate": lambda info: _rest(front, state, "")["private"],
        "pullRequest": lambda info, number: _pull(front, token, state, number),
        "object": lambda info, oid=None, expression=None: _object(front, token, state, oid or expression),
    }


def _rest(front: Front, state: State, path: str) -> Any:
    """What the REST API answers somebody who may read everything."""
    return front.act(Token("alice"), "GET", f"/repos/{state.bridge.name}/{path}".rstrip("/"))


def _all(front: Front, state: State, path: str) -> list[Any]:
    found: list[Any] = []
    while page := _rest(front, state, f"{path}?per_page={front.page_size}&page={len(found) // front.page_size + 1}"):
        found += page
        if len(page) < front.page_size:
            break
    return found


# ── lists and accounts ──


def _connection(read: Callable[[], Iterable[Any]]) -> Callable[..., Any]:
    """The first nodes of a list; GitHub refuses a query for more than a hundred, or without a number."""

    def resolve(info: Any, first: int | None = None, **_: Any) -> Any:
        if first is None or not 1 <= first <= 100:
            raise _error("MISSING_PAGINATION_BOUNDARIES", "You must provide a `first` value of 1 to 100.")
        nodes = [*read()]
        return {"nodes": nodes[:first], "pageInfo": {"hasNextPage": len(nodes) > first}}

    return resolve


def _actor(user: Any) -> Any:
    """An account as an actor, whose login has no `[bot]` at its end where it is a bot's."""
    if not user:
        return None
    return {"__typename": kind(user["login"]), "login": user["login"].removesuffix("[bot]"), "databaseId": user["id"]}


# ── pull requests ──


def _pull(front: Front, token: Token, state: State, number: int) -> Any:
    _require(token, "pull_requests")
    pull = _rest(front, state, f"pulls/{number}")
    home = (pull["head"].get("repo") or {}).get("full_name")
    branch = f"pulls/{number}"
    return {
        "number": number, "title": pull["title"], "body": pull["body"] or "", "createdAt": pull["created_at"],
        "state": "MERGED" if pull["merged_at"] else pull["state"].upper(), "mergedAt": pull["merged_at"],
        "url": pull["html_url"], "baseRefName": pull["base"]["ref"], "headRefName": pull["head"]["ref"],
        "headRefOid": pull["head"]["sha"], "headRepository": {"nameWithOwner": home} if home else None,
        "author": _actor(pull["user"]),
        "labels": _connection(lambda: pull["labels"]),
        "commits": _connection(lambda: [_pull_commit(front, token, state, each["sha"])
                                        for each in _all(front, state, f"{branch}/commits")]),
        "reviews": _connection(lambda: map(_review, _all(front, state, f"{branch}/reviews"))),
        "comments": _connection(lambda: map(_comment, _all(front, state, f"issues/{number}/comments"))),
        "timelineItems": lambda info, first=None, itemTypes=None, **_: _connection(
            lambda: _events(state.events.get(number, []), itemTypes))(info, first),
    }  # fmt: skip


def _pull_commit(front: Front, token: Token, state: State, sha: str) -> Any:
    return {"commit": _object(front, token, state, sha)}


def _review(review: Any) -> Any:
    return {
        "state": review["state"], "submittedAt": review.get("submitted_at"), "author": _actor(review["user"]),
        "authorAssociation": review["author_association"],
        "commit": {"__typename": "Commit", "oid": review["commit_id"]} if review["commit_id"] else None,
    }  # fmt: skip


def _comment(comment: Any) -> Any:
    return {"body": comment["body"], "author": _actor(comment["user"])}


def _events(events: list[Any], wanted: list[str] | None) -> list[Any]:
    found = [
        {"__typename": _EVENTS[event["event"]], "createdAt": event["created_at"]}
        for event in events
        if event["event"] in _EVENTS
    ]
    return [event for event in found if wanted is None or _ITEMS[event["__typename"]] in wanted]


# ── objects of git ──


def _object(front: Front, token: Token, state: State, name: str) -> Any:
    _require(token, "contents")
    read = state.bridge.git("cat-file", "-t", name, code=None).decode().strip()
    if read == "tree":
        return _tree(state, name)
    return _commit(front, token, state, name) if read == "commit" else None


def _tree(state: State, name: str) -> Any:
    listed = state.bridge.git("ls-tree", "-z", name).decode()
    found = []
    for facts, path in (line.split("\t", 1) for line in listed.split("\0") if line):
        _, what, sha = facts.split(" ")
        found.append({"name": path, "object": partial(_entry, state, what, sha)})
    return {"__typename": "Tree", "entries": found}


def _entry(state: State, what: str, sha: str, info: Any) -> Any:
    if what == "tree":
        return _tree(state, sha)
    text = state.bridge.git("cat-file", "blob", sha).decode()
    return {"__typename": "Blob", "oid": sha, "text": text, "isTruncated": False}


def _commit(front: Front, token: Token, state: State, sha: str) -> Any:
    """A commit, its authors with those whom its trailers name; bots are none of GraphQL's users."""
    wanted = "--format=%ae%n%ce%n%(trailers:key=Co-authored-by,valueonly,unfold)"
    author, committer, *rest = state.bridge.git("log", "-1", wanted, sha).decode("utf-8", "replace").splitlines()
    addresses = [author, *(email for line in rest for email in re.findall(r"<([^<>]*)>", line)[:1])]

    def git_actor(email: str) -> Any:
        return {"email": email, "user": _user(front, state, email)}

    return {
        "__typename": "Commit", "oid": sha, "author": lambda info: git_actor(author),
        "committer": lambda info: git_actor(committer), "authors": _connection(lambda: map(git_actor, addresses)),
        "status": lambda info: _status(token, state, sha),
    }  # fmt: skip


def _status(token: Token, state: State, sha: str) -> Any:
    """The newest status of each context; nothing where there is none."""
    _require(token, "statuses")
    newest = {kept["status"]["context"].lower(): kept["status"] for kept in state.statuses if kept["sha"] == sha}
    contexts = [
        {
            "context": status["context"], "state": status["state"].upper(), "description": status["description"],
            "createdAt": status["created_at"], "creator": _actor(status["creator"]),
        }
        for status in newest.values()
    ]  # fmt: skip
    return {"contexts": contexts} if contexts else None


def _user(front: Front, state: State, email: str) -> Any:
    known = {f"{login}@example.org": login for login in PEOPLE} | state.addresses
    for login in PEOPLE:
        number = front.stateful.user(login)["id"]
        known |= {f"{number}+{login}@users.noreply.github.com": login, f"{login}@users.noreply.github.com": login}
    login = known.get(email.casefold())
    return {"login": login, "databaseId": front.stateful.user(login)["id"]} if login else None
