"""All that a repository at GitHub holds, without what differs from one run to the next, so that two can be compared."""

from __future__ import annotations

import re
from typing import Any

from ground.house import House


def seen(house: House) -> dict[str, Any]:
    """Branches by what they change on main, tags, pull requests, issues and deployments; neither times nor ids."""
    house.mirror()
    refs = house.bridge.one("for-each-ref", "--format=%(refname)", "refs/heads", "refs/tags").splitlines()
    said = house.state.deployment_statuses
    issues = [its for its in house.api("GET", "issues?state=all") if "pull_request" not in its]
    return {
        "branches": {ref: changed(house, ref) for ref in refs if ref.startswith("refs/heads/")},
        "tags": [ref for ref in refs if ref.startswith("refs/tags/")],
        "pulls": [_pull(house, its) for its in house.pull_requests("all")],
        "issues": [(its["title"], its["state"], re.findall("^- `(.*?)`", its["body"], re.M)) for its in issues],
        "deployments": [
            (its["environment"], its["task"], [one["state"] for one in said.get(its["id"], [])])
            for its in house.state.deployments
        ],
    }  # fmt: skip


def unlike(house: House, wanted: dict[str, Any]) -> dict[str, Any]:
    """What is not there as it was `seen` elsewhere; {} when all is."""
    return {name: its for name, its in seen(house).items() if its != wanted[name]}


def changed(house: House, ref: str) -> tuple[str, str]:
    """How many commits a branch has that main has not, and its changes as a patch without times and object ids."""
    patch = house.bridge.one("diff", "--no-color", f"main...{ref}")
    patch = re.sub(r'"created": "[^"]*"', '"created"', re.sub(r"^index .*\n", "", patch, flags=re.M))
    return house.bridge.one("rev-list", "--count", f"main..{ref}"), patch


def _pull(house: House, its: Any) -> dict[str, Any]:
    number = its["number"]
    comments = [said["body"] for said in house.api("GET", f"issues/{number}/comments")]
    body = re.sub(r"sha256:[0-9a-f]{64}|[0-9a-f]{40}", "#", its["body"].replace(house.name, "owner/name"))
    return {
        "number": number, "branch": its["head"]["ref"], "state": "merged" if its["merged_at"] else its["state"],
        "title": its["title"], "body": body, "comments": comments,
        "labels": sorted(label["name"] for label in its["labels"]),
        "reviewers": sorted(who["login"] for who in its["requested_reviewers"]),
    }  # fmt: skip
