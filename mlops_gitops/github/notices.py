"""What belongs beside a pull request: one comment, edited in place; deployments; the issue of what is unapproved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlops_gitops.core.text import clipped
from mlops_gitops.forges.issue import CLOSED, OPEN, Issue, fitting
from mlops_gitops.github.api import Api
from mlops_gitops.pull_requests import status_comment
from mlops_gitops.records.receipt import Receipt

UNAPPROVED = "unapproved"  # the key of its issue


def one_line(text: str, length: int) -> str:
    """One line of at most `length` characters."""
    return clipped(" ".join(text.split()), length)


def comment(api: Api, number: int, text: str) -> None:
    """Writes our comment of a pull request, or edits it where it says something else."""
    text = text if status_comment.is_status_comment(text) else f"{status_comment.MARKER}\n{text}"
    ours = _ours(api, api.pages(f"issues/{number}/comments"))
    if not ours:
        api.send("POST", f"issues/{number}/comments", {"body": text})
    elif not _says(ours[0], text):
        api.send("PATCH", f"issues/comments/{ours[0]['id']}", {"body": text})


def is_shown(api: Api, comments: Iterable[Mapping[str, Any]], text: str) -> bool:
    """Whether our comment among those of a pull request says the same already."""
    ours = _ours(api, comments)
    return bool(ours) and _says(ours[0], text)


def _ours(api: Api, comments: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    marked = [comment for comment in comments if status_comment.is_status_comment(comment["body"] or "")]
    return [comment for comment in marked if is_ours(api, comment.get("user"))]


def _says(comment: Mapping[str, Any], text: str) -> bool:
    return status_comment.answer(_plain(comment["body"])) == status_comment.answer(_plain(text))


def comment_once(api: Api, number: int, text: str) -> None:
    """Writes a comment, unless one says just that: the next run completes an interrupted one."""
    if not any(existing["body"] == text for existing in api.pages(f"issues/{number}/comments")):
        api.send("POST", f"issues/{number}/comments", {"body": text})


def is_ours(api: Api, author: Mapping[str, Any] | None) -> bool:
    """Whether this token's account is the author: anybody else who writes our mark could change it later."""
    if not author:
        return False
    name = api.viewer
    bot = name if name.endswith("[bot]") else f"{name}[bot]"  # GraphQL names some without
    return author.get("login") == (bot if author.get("type") == "Bot" else name)


def _plain(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").strip()


def deploy(api: Api, receipt: Receipt) -> None:
    """Records a deployment for a promotion, unless it exists; others of its environment stay as they are."""
    wanted = deployment(receipt)
    existing = list(api.pages("deployments", environment=wanted["environment"], task=wanted["task"]))
    made = existing[0] if existing else api.send("POST", "deployments", wanted)
    if not list(api.pages(f"deployments/{made['id']}/statuses")):
        status = {"state": "success", "auto_inactive": False, "description": one_line(receipt.tag, 140)}
        api.send("POST", f"deployments/{made['id']}/statuses", status)


def deployment(receipt: Receipt) -> dict[str, Any]:
    """The deployment of a promotion's receipt, as GitHub takes it."""
    model, environment, sequence = receipt.tag.split("#")
    return {
        "ref": receipt.commit,
        "task": f"promote:{model}:{sequence}",
        "environment": environment,
        "auto_merge": False,
        "required_contexts": [],
        "description": one_line(f"{receipt.path}, approvals {receipt.approved}", 140),
        "payload": {"record": receipt.path, "digest": receipt.digest},
    }


def unapproved(fault: str) -> Issue:
    """The one issue of what is unapproved now; it is closed when nothing is."""
    body = fitting(fault, "- … and more: `mlops-gitops audit` lists all")
    return Issue(UNAPPROVED, "Merged without the approvals it needed", body, state=OPEN if fault else CLOSED)
