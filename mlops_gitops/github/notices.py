"""What is told beside a pull request: one comment, edited in place; deployments; one rolling issue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlops_gitops.core.text import clipped
from mlops_gitops.github.api import Api
from mlops_gitops.pull_requests import status_comment
from mlops_gitops.records.receipt import Receipt

ISSUE = "<!-- mlops-gitops: unapproved -->"
ISSUE_LABEL = "mlops-gitops-unapproved"
BODY = 60_000  # characters; GitHub takes 65,536
ISSUE_TITLE = "Merged without the approvals it needed"


def one_line(text: str, length: int) -> str:
    """One line of at most `length` characters."""
    return clipped(" ".join(text.split()), length)


def comment(api: Api, number: int, text: str) -> None:
    """Writes our comment of a pull request, or edits it where it says something else."""
    text = text if status_comment.is_status_comment(text) else f"{status_comment.MARKER}\n{text}"
    there = [
        its
        for its in api.pages(f"issues/{number}/comments")
        if status_comment.is_status_comment(its["body"] or "") and is_ours(api, its.get("user"))
    ]
    if not there:
        api.send("POST", f"issues/{number}/comments", {"body": text})
    elif _plain(there[0]["body"]) != _plain(text):
        api.send("PATCH", f"issues/comments/{there[0]['id']}", {"body": text})


def is_ours(api: Api, author: Mapping[str, Any] | None) -> bool:
    """Whether this token's account is the author: whoever else writes our mark could change it afterwards."""
    if not author:
        return False
    name = api.viewer
    bot = name if name.endswith("[bot]") else f"{name}[bot]"  # GraphQL names some without
    return author.get("login") == (bot if author.get("type") == "Bot" else name)


def _plain(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


def deploy(api: Api, its: Receipt) -> None:
    """A deployment on record for one promotion, unless it is there; others of its environment stay as they are."""
    model, environment, sequence = its.tag.split("#")
    task = f"promote:{model}:{sequence}"
    there = list(api.pages("deployments", environment=environment, task=task))
    made = there[0] if there else api.send(
        "POST", "deployments",
        {
            "ref": its.commit, "task": task, "environment": environment, "auto_merge": False, "required_contexts": [],
            "description": one_line(f"{its.path}, approvals {its.approved}", 140),
            "payload": {"record": its.path, "digest": its.digest},
        },
    )  # fmt: skip
    if not list(api.pages(f"deployments/{made['id']}/statuses")):
        told = {"state": "success", "auto_inactive": False, "description": one_line(its.tag, 140)}
        api.send("POST", f"deployments/{made['id']}/statuses", told)


def issue(api: Api, fault: str) -> None:
    """One issue that holds what stands unapproved now: opened, edited, and closed when nothing does."""
    there = [its for its in api.pages("issues", state="all", labels=ISSUE_LABEL) if "pull_request" not in its]
    mine = next((its for its in there if ISSUE in (its["body"] or "") and is_ours(api, its.get("user"))), None)
    if not fault:
        if mine and mine["state"] == "open":
            api.send("PATCH", f"issues/{mine['number']}", {"state": "closed"})
        return
    kept, cut = fault[:BODY].rpartition("\n")[::2] if len(fault) > BODY else (fault, "")
    more = "\n- … and more: `mlops-gitops audit` lists all\n" if cut else ""
    body = f"{kept}{more}\n{ISSUE}\n"
    if mine is None:
        api.send("POST", "issues", {"title": ISSUE_TITLE, "body": body, "labels": [ISSUE_LABEL]})
    elif _plain(mine["body"]) != _plain(body):  # closed by hand, it opens again only for something new
        api.send("PATCH", f"issues/{mine['number']}", {"body": body, "state": "open"})
