"""Jobs of GitHub Actions as far as a check sees them: the environment, and the file that holds the event.

The payloads are shaped by hand after those of `@octokit/webhooks-examples`: the keys a check must find among others.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ground.house import House


def job(monkeypatch: pytest.MonkeyPatch, folder: Path, name: str, payload: Any) -> None:
    """Makes this process a job that the event started; a payload that is text is written as it is."""
    path = folder / "event.json"
    path.write_text(payload if isinstance(payload, str) else json.dumps(payload))
    for variable, value in {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": name, "GITHUB_EVENT_PATH": str(path), "GITHUB_ACTOR": "alice",
    }.items():  # fmt: skip
        monkeypatch.setenv(variable, value)


def pull_request(house: House, number: int, action: str = "synchronize") -> dict[str, Any]:
    """The payload of `pull_request` and `pull_request_target`."""
    pull = house.api("GET", f"pulls/{number}")
    return {
        "action": action, "number": number, "pull_request": pull, "repository": pull["base"]["repo"],
        "sender": pull["user"], "installation": {"id": 2311213, "node_id": "MDIzOkludGVncmF0aW9uSW5zdGFsbGF0aW9u"},
    }  # fmt: skip


def review(house: House, number: int, who: str) -> dict[str, Any]:
    """The payload of `pull_request_review`, which has no number of its own."""
    whole = pull_request(house, number, "submitted")
    pull = {key: value for key, value in whole["pull_request"].items() if key not in ("mergeable", "commits")}
    given = {"id": 237895671, "user": {"login": who}, "body": None, "commit_id": pull["head"]["sha"],
             "submitted_at": "2026-11-24T15:20:38Z", "state": "approved", "author_association": "MEMBER"}  # fmt: skip
    return {"action": "submitted", "review": given, "pull_request": pull, "sender": {"login": who}}


def merge_group(house: House, number: int, head: str, base: str) -> dict[str, Any]:
    """The payload of `merge_group`."""
    group = {
        "head_sha": head, "head_ref": f"refs/heads/gh-readonly-queue/main/pr-{number}-{base}", "base_sha": base,
        "base_ref": "refs/heads/main", "head_commit": {"id": head, "message": f"Merge pull request #{number}"},
    }  # fmt: skip
    return {"action": "checks_requested", "merge_group": group, "repository": {"full_name": house.name}}


def push(house: House, branch: str = "main") -> dict[str, Any]:
    """The payload of `push`, as far as a workflow asks."""
    repository = {"full_name": house.name, "default_branch": "main"}
    return {"ref": f"refs/heads/{branch}", "after": house.head(branch), "repository": repository}


def workflow_run(house: House, number: int) -> dict[str, Any]:
    """The payload of `workflow_run`, after a check of a pull request: it names the head, which nobody may trust."""
    head = house.api("GET", f"pulls/{number}")["head"]
    run = {"name": "mlops-gitops", "event": "pull_request", "conclusion": "success", "head_branch": head["ref"],
           "head_sha": head["sha"], "pull_requests": [{"number": number}]}  # fmt: skip
    return {"action": "completed", "workflow_run": run, "repository": {"full_name": house.name}}


def dispatch(house: House, **inputs: str) -> dict[str, Any]:
    """The payload of `workflow_dispatch`, with what alice filled in."""
    sender = {"login": "alice", "type": "User"}
    return {"inputs": inputs, "ref": "refs/heads/main", "repository": {"full_name": house.name}, "sender": sender}
