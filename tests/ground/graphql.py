"""What is asked by GraphQL: whose the token is, who the authors of commits are, and what the files of a folder say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ground.access import Token
from ground.nodes import PEOPLE
from ground.stateful import Reply

if TYPE_CHECKING:
    from ground.front import Front, State

_PAGE = 100
_ASKED = re.compile(r'(\w+): object\(oid: "([0-9a-f]{40})"\) \{ \.\.\. on Commit \{ authors\(first: ([0-9]+)\) \{'
                    r" nodes \{ email user \{ login \} \} pageInfo \{ hasNextPage \} \} \} \}")  # fmt: skip


def answer(front: Front, token: Token, asked: Any) -> Reply:
    """What GitHub answers a query."""
    if "viewer { login }" in asked["query"]:
        return Reply(200, {"data": {"viewer": {"login": token.login}}})
    assert "repository(owner: $owner, name: $name) {" in asked["query"], asked
    name = f"{asked['variables']['owner']}/{asked['variables']['name']}"
    if name not in front.states or not token.sees(name) or token.level("contents") == "none":
        message = f"Could not resolve to a Repository with the name '{name}'."
        return Reply(200, {"data": {"repository": None}, "errors": [{"type": "NOT_FOUND", "message": message}]})
    if "object(expression: $folder)" in asked["query"]:
        tree = _tree(front.states[name], asked["variables"]["folder"], 2)
        return Reply(200, {"data": {"repository": {"object": tree}}})
    commits = _ASKED.findall(asked["query"])
    assert commits and asked["query"].count("object(") == len(commits), asked
    state = front.states[name]
    return Reply(200, {"data": {"repository": {key: _commit(front, state, sha, size) for key, sha, size in commits}}})


def _tree(state: State, expression: str, depth: int) -> Any:
    """The entries of a folder, and those of the folders in it; None where there is none."""
    listed = state.bridge.git("ls-tree", "-z", expression, code=None).decode()
    entries = [line.split("\t", 1) for line in listed.split("\0") if line]
    if not entries:
        return None
    found = []
    for facts, name in entries:
        _, kind, sha = facts.split(" ")
        inner: Any = {}
        if kind == "tree" and depth > 1:
            inner = _tree(state, sha, depth - 1)
        elif kind == "blob" and depth == 1:
            inner = {"text": state.bridge.git("cat-file", "blob", sha).decode(), "isTruncated": False}
        found.append({"name": name, "object": inner})
    return {"entries": found}


def _commit(front: Front, state: State, sha: str, size: str) -> Any:
    """A commit's authors: the git author first, then whom its trailers name; bots are none of GraphQL's users."""
    assert 0 < int(size) <= _PAGE
    if state.bridge.git("cat-file", "-t", sha, code=None) != b"commit\n":
        return None
    wanted = "--format=%ae%n%(trailers:key=Co-authored-by,valueonly,unfold)"
    author, *rest = state.bridge.git("log", "-1", wanted, sha).decode("utf-8", "replace").splitlines()
    found = [author, *(email for line in rest for email in re.findall(r"<([^<>]*)>", line)[:1])]
    nodes = [{"email": email, "user": _user(front, state, email)} for email in found]
    return {"authors": {"nodes": nodes[: int(size)], "pageInfo": {"hasNextPage": len(nodes) > int(size)}}}


def _user(front: Front, state: State, email: str) -> Any:
    known = {f"{login}@example.org": login for login in PEOPLE} | state.addresses
    for login in PEOPLE:
        number = front.stateful.user(login)["id"]
        known |= {f"{number}+{login}@users.noreply.github.com": login, f"{login}@users.noreply.github.com": login}
    login = known.get(email.casefold())
    return {"login": login} if login else None
