"""The description finds what is wrong with a request, and only that."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ground.description import Description, Operation

HEADERS = {"user-agent": "test", "Content-Type": "application/json; charset=utf-8"}
TREE = {"path": "a", "mode": "100644", "type": "blob", "sha": None}
PULL = {"title": "x", "head": "a", "base": "main"}


def fault(description: Description, method: str, path: str, body: Any = None, **headers: str) -> str | None:
    text = b"" if body is None else json.dumps(body).encode()
    return description.fault(method, f"/repos/example/models/{path}", HEADERS | headers, text)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "git/ref/heads/promote/staging/churn/1", None),
        ("GET", "git/ref/tags/churn%23staging%231", None),
        ("GET", "commits/promote/x/status?per_page=100&page=2", None),
        ("GET", "compare/main...promote/x", None),
        ("GET", "pulls?state=open&head=example:x&base=main&sort=created&direction=desc", None),
        ("POST", "pulls", PULL | {"body": "Text", "draft": False, "maintainer_can_modify": False}),
        ("POST", "git/trees", {"base_tree": "1" * 40, "tree": [TREE, TREE | {"sha": "1" * 40}]}),
        ("POST", "deployments", {"ref": "x", "payload": {"a": {"b": 1}}, "required_contexts": [], "auto_merge": False}),
        ("POST", "issues/1/labels", ["one"]),
        ("POST", "issues/1/labels", {"labels": ["one"]}),
        ("PUT", "pulls/1/merge", None),
        ("DELETE", "git/refs/heads/a/b", None),
    ],
)
def test_what_github_describes_is_no_fault(description: Description, method: str, path: str, body: Any) -> None:
    assert fault(description, method, path, body) is None


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("GET", "statuses/abc", None, "GitHub describes no GET of"),
        ("GET", "nothing", None, "no such path"),
        ("GET", "pulls?stat=open", None, "the query parameter stat is not described"),
        ("GET", "pulls?state=opn", None, "the query parameter state: $: 'opn' is not one of"),
        ("GET", "pulls?per_page=many", None, "the query parameter per_page: $: 'many' is not of type 'integer'"),
        ("GET", "pulls?per_page=1000", None, "GitHub silently gives 100"),
        ("GET", "pulls/one", None, "the path parameter pull_number: $: 'one' is not of type 'integer'"),
        ("GET", "pulls", {"state": "open"}, "a body where GitHub describes none"),
        ("POST", "pulls", None, "a body is required"),
        ("POST", "pulls", {"title": "x", "head": "a"}, "the body: $: 'base' is a required property"),
        ("POST", "pulls", PULL | {"bdoy": ""}, "body.bdoy is not described"),
        ("POST", "git/trees", {"tree": [TREE | {"shaa": ""}]}, "body.tree[0].shaa is not described"),
        ("POST", "git/trees", {"tree": [TREE | {"mode": "644"}]}, "$.tree[0].mode: '644' is not one of"),
        ("POST", "statuses/abc", {"state": "ok"}, "$.state: 'ok' is not one of"),
        ("PATCH", "pulls/1", {"base": None}, "$.base: None is not of type 'string'"),
    ],
)
def test_what_github_does_not_describe_is(
    description: Description, method: str, path: str, body: Any, said: str
) -> None:
    found = fault(description, method, path, body)
    assert found is not None
    assert said in found
    assert found.startswith(f"{method} /repos/example/models/{path}: ")
    assert "\n" not in found


def test_headers_and_text_that_is_no_json(description: Description) -> None:
    assert "no User-Agent" in str(fault(description, "GET", "pulls", **{"user-agent": ""}))
    assert "Content-Type is not JSON" in str(
        fault(description, "POST", "pulls", PULL, **{"Content-Type": "text/plain"})
    )
    assert "is not JSON" in str(description.fault("POST", "/repos/a/b/pulls", HEADERS, b"{"))


def test_the_longer_path_is_the_one_meant(description: Description) -> None:
    named = {
        "commits/a/b": "GET commits/{ref}",
        "commits/a/b/status": "GET commits/{ref}/status",
        "commits/abc/pulls": "GET commits/{commit_sha}/pulls",
        "branches/a/b/protection": "GET branches/{branch}/protection",
    }
    for path, name in named.items():
        operation = description.operation("GET", f"/repos/example/models/{path}")
        assert isinstance(operation, Operation)
        assert operation.name == name


def test_answers_are_held_to_it_too(description: Description) -> None:
    operation = description.operation("POST", "/repos/example/models/statuses/abc")
    assert isinstance(operation, Operation)
    example = description.example("POST statuses/{sha}", 201)
    assert description.response_fault(operation, 201, example) is None
    assert "'many' is not of type 'integer'" in str(
        description.response_fault(operation, 201, example | {"id": "many"})
    )
    assert "no answer 418" in str(description.response_fault(operation, 418, {}))
    example["creator"]["login"] = "changed"
    assert description.example("POST statuses/{sha}", 201)["creator"]["login"] != "changed"
