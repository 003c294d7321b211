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
    issues = [issue for issue in house.api("GET", "issues?state=all") if "pull_request" not in issue]
    return {
        "branches": {ref: changed(house, ref) for ref in refs if ref.startswith("refs/heads/")},
        "tags": [ref for ref in refs if ref.startswith("refs/tags/")],
        "pulls": [_pull(house, pull) for pull in house.pull_requests("all")],
        "issues": [(issue["title"], issue["state"], re.findall("^- `(.*?)`", issue["body"], re.M)) for issue in issues],
        "deployments": [
            (deployment["environment"], deployment["task"], [one["state"] for one in said.get(deployment["id"], [])])
            for deployment in house.state.deployments
        ],
    }  # fmt: skip


def unlike(house: House, wanted: dict[str, Any]) -> dict[str, Any]:
    """What is not there as it was `seen` elsewhere; {} when all is."""
    return {name: value for name, value in seen(house).items() if value != wanted[name]}


def changed(house: House, ref: str) -> tuple[str, str]:
    """How many commits a branch has that main has not, and its changes as a patch without times and object ids."""
    patch = house.bridge.one("diff", "--no-color", f"main...{ref}")
    patch = re.sub(r'"created": "[^"]*"', '"created"', re.sub(r"^index .*\n", "", patch, flags=re.M))
    return house.bridge.one("rev-list", "--count", f"main..{ref}"), patch


def _pull(house: House, value: Any) -> dict[str, Any]:
    number = value["number"]
    comments = [said["body"] for said in house.api("GET", f"issues/{number}/comments")]
    body = re.sub(r"sha256:[0-9a-f]{64}|[0-9a-f]{40}", "#", value["body"].replace(house.name, "owner/name"))
    return {
        "number": number, "branch": value["head"]["ref"], "state": "merged" if value["merged_at"] else value["state"],
        "title": value["title"], "body": body, "comments": comments,
        "labels": sorted(label["name"] for label in value["labels"]),
        "reviewers": sorted(who["login"] for who in value["requested_reviewers"]),
    }  # fmt: skip
