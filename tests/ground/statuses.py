"""Commit statuses and deployments, which emulate does not have: shaped by the examples of GitHub's own description."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ground.front import Answer, Call, Front, Refused
from ground.nodes import kind
from ground.stateful import Reply

MOST = 1000  # of one context of a commit
FAILED = ("error", "failure")


def now() -> str:
    """This moment as GitHub writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def person(front: Front, login: str) -> Any:
    """A user as GitHub shows it inside another answer."""
    user = front.description.example("POST statuses/{sha}", 201)["creator"]
    known = front.stateful.user(login)
    return user | {
        "login": login,
        "id": known["id"],
        "node_id": known["node_id"],
        "type": kind(login),
        "url": known["url"],
    }


def resolved(front: Front, call: Call, ref: str) -> str:
    """The commit a branch, tag or id names; GitHub's refusal when there is none."""
    reply = front.stateful.send("GET", f"/repos/{call.repository}/commits/{ref.replace('/', '%2F')}")
    if reply.status != 200:
        raise Refused(422, f"No commit found for SHA: {ref}")
    return str(reply.body["sha"])


def create(front: Front, call: Call) -> Reply:
    """POST statuses/{sha}."""
    sha = resolved(front, call, call["sha"])
    body = {"target_url": None, "description": None, "context": "default"} | call.body
    if len(body["description"] or "") > 140:
        error = {"resource": "Status", "code": "custom", "field": "description",
                 "message": "description is too long (maximum is 140 characters)"}  # fmt: skip
        raise Refused(422, "Validation Failed", error)
    same = [kept for kept in call.state.statuses if (kept["sha"], kept["status"]["context"]) == (sha, body["context"])]
    if len(same) >= MOST:
        error = {"resource": "Status", "code": "custom",
                 "message": "This SHA and context has reached the maximum number of statuses."}  # fmt: skip
        raise Refused(422, "Validation Failed", error)
    made = front.description.example("POST statuses/{sha}", 201) | body
    made |= {
        "id": front.number(), "url": f"{front.url}/repos/{call.repository}/statuses/{sha}",
        "created_at": now(), "updated_at": now(), "creator": person(front, call.token.login),
    }  # fmt: skip
    reply = front.described(call, 201, made)
    call.state.statuses.append({"sha": sha, "status": made})
    return reply


def _of(front: Front, call: Call) -> tuple[str, list[dict[str, Any]]]:
    sha = resolved(front, call, call["ref"])
    return sha, [kept["status"] for kept in reversed(call.state.statuses) if kept["sha"] == sha]


def listed(front: Front, call: Call) -> Reply:
    """GET commits/{ref}/statuses: all of them, newest first."""
    return front.paged(call, _of(front, call)[1], list)


def combined(front: Front, call: Call) -> Reply:
    """GET commits/{ref}/status: the newest of each context, and what they come to."""
    sha, statuses = _of(front, call)
    newest = {status["context"].lower(): status for status in reversed(statuses)}
    whole = front.description.example("GET commits/{ref}/status")
    brief = [{key: value for key, value in status.items() if key != "creator"} for status in newest.values()]
    whole |= {
        "sha": sha, "state": _state([status["state"] for status in brief]), "total_count": len(brief),
        "url": f"{front.url}/repos/{call.repository}/commits/{sha}/status",
        "commit_url": f"{front.url}/repos/{call.repository}/commits/{sha}",
    }  # fmt: skip
    return front.paged(call, brief, lambda page: whole | {"statuses": page})


def _state(states: list[str]) -> str:
    if any(state in FAILED for state in states):
        return "failure"
    return "success" if states and all(state == "success" for state in states) else "pending"


def deploy(front: Front, call: Call) -> Reply:
    """POST deployments: refuses when a status it was not asked to ignore has not succeeded, as GitHub does."""
    defaults = {"task": "deploy", "auto_merge": True, "payload": {}, "environment": "production", "description": None,
                "transient_environment": False, "production_environment": None}  # fmt: skip
    body = defaults | call.body
    sha = resolved(front, call, body["ref"])
    if "required_contexts" not in call.body and any(
        kept["sha"] == sha and kept["status"]["state"] != "success" for kept in call.state.statuses
    ):
        error = {"resource": "Deployment", "field": "required_contexts", "code": "invalid"}
        raise Refused(409, f"Conflict: Commit status checks failed for {body['ref']}", error)
    number = front.number()
    url = f"{front.url}/repos/{call.repository}/deployments/{number}"
    made = front.description.example("POST deployments", 201)
    made |= {
        name: body[name] for name in ("task", "payload", "environment", "description", "ref", "transient_environment")
    }
    production = body["production_environment"]
    made |= {
        "id": number, "sha": sha, "url": url, "statuses_url": f"{url}/statuses",
        "original_environment": body["environment"],
        "production_environment": body["environment"] == "production" if production is None else production,
        "created_at": now(), "updated_at": now(), "creator": person(front, call.token.login),
        "repository_url": f"{front.url}/repos/{call.repository}",
    }  # fmt: skip
    reply = front.described(call, 201, made)
    call.state.deployments.append(made)
    call.state.deployment_statuses[number] = []
    return reply


def deployments(front: Front, call: Call) -> Reply:
    """GET deployments: newest first, by sha, ref, task and environment."""
    wanted = {
        name: call.query[name]
        for name in ("sha", "ref", "task", "environment")
        if call.query.get(name, "none") != "none"
    }
    found = [made for made in reversed(call.state.deployments) if wanted.items() <= made.items()]
    return front.paged(call, found, list)


def _deployment(call: Call) -> dict[str, Any]:
    number = int(call["deployment_id"])
    found = next((made for made in call.state.deployments if made["id"] == number), None)
    if found is None:
        raise Refused(404, "Not Found")
    return found


def deployment(front: Front, call: Call) -> Reply:
    """GET deployments/{deployment_id}."""
    return front.described(call, 200, _deployment(call))


def deployment_statuses(front: Front, call: Call) -> Reply:
    """GET deployments/{deployment_id}/statuses: newest first."""
    return front.paged(call, list(reversed(call.state.deployment_statuses[_deployment(call)["id"]])), list)


def set_deployment_status(front: Front, call: Call) -> Reply:
    """POST deployments/{deployment_id}/statuses: a success makes earlier deployments of its environment inactive."""
    about = _deployment(call)
    body = {
        "target_url": "",
        "log_url": "",
        "description": "",
        "environment_url": "",
        "auto_inactive": True,
    } | call.body
    body.setdefault("environment", about["environment"])
    made = _status(front, call, about, body)
    reply = front.described(call, 201, made)
    call.state.deployment_statuses[about["id"]].append(made)
    if body["state"] == "success" and body["auto_inactive"]:
        for other in call.state.deployments:
            statuses = call.state.deployment_statuses[other["id"]]
            alike = other["environment"] == about["environment"] and other["id"] < about["id"]
            kept = other["transient_environment"] or other["production_environment"]
            if alike and not kept and statuses and statuses[-1]["state"] != "inactive":
                statuses.append(_status(front, call, other, body | {"state": "inactive"}))
    return reply


def _status(front: Front, call: Call, about: dict[str, Any], body: dict[str, Any]) -> Any:
    number = front.number()
    made = front.description.example("POST deployments/{deployment_id}/statuses", 201)
    names = ("state", "description", "environment", "target_url", "log_url", "environment_url")
    return made | {name: body[name] for name in names} | {
        "id": number, "url": f"{about['statuses_url']}/{number}", "deployment_url": about["url"], "created_at": now(),
        "updated_at": now(), "repository_url": about["repository_url"], "creator": person(front, call.token.login),
    }  # fmt: skip


ANSWERS: dict[str, Answer] = {
    "POST statuses/{sha}": create,
    "GET commits/{ref}/status": combined,
    "GET commits/{ref}/statuses": listed,
    "POST deployments": deploy,
    "GET deployments": deployments,
    "GET deployments/{deployment_id}": deployment,
    "GET deployments/{deployment_id}/statuses": deployment_statuses,
    "POST deployments/{deployment_id}/statuses": set_deployment_status,
}
