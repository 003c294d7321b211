"""Rulesets, Actions settings and runs, which emulate does not have: shaped by GitHub's own examples."""

from __future__ import annotations

import fnmatch
from typing import Any

from ground.front import Answer, Call, Front, Refused
from ground.stateful import Reply
from ground.statuses import now, person


def add_ruleset(front: Front, call: Call) -> Reply:
    """POST rulesets."""
    made = ruleset(front, call.repository, call.body)
    reply = front.described(call, 201, made)
    call.state.rulesets.append(made)
    return reply


def ruleset(front: Front, repository: str, body: dict[str, Any]) -> Any:
    """A ruleset as GitHub shows it."""
    number = front.number()
    made = front.description.example("GET rulesets/{ruleset_id}")
    made |= {"target": "branch", "bypass_actors": [], "conditions": {}, "rules": []} | body
    return made | {"id": number, "source": repository, "created_at": now(), "updated_at": now()}


def rulesets(front: Front, call: Call) -> Reply:
    """GET rulesets: without their rules and conditions, as GitHub lists them."""
    hidden = ("rules", "conditions", "bypass_actors")
    brief = [{key: value for key, value in made.items() if key not in hidden} for made in call.state.rulesets]
    return front.paged(call, brief, list)


def one_ruleset(front: Front, call: Call) -> Reply:
    """GET rulesets/{ruleset_id}."""
    for made in call.state.rulesets:
        if made["id"] == int(call["ruleset_id"]):
            return front.described(call, 200, made)
    raise Refused(404, "Not Found")


def rules(front: Front, call: Call) -> Reply:
    """GET rules/branches/{branch}: the rules of all active rulesets that apply to it."""
    found = [
        rule | {"ruleset_source_type": "Repository", "ruleset_source": call.repository, "ruleset_id": made["id"]}
        for made in call.state.rulesets
        if made["enforcement"] == "active" and made["target"] == "branch" and _applies(made, call["branch"])
        for rule in made["rules"]
    ]
    return front.paged(call, found, list)


def _applies(made: dict[str, Any], branch: str) -> bool:
    names = made.get("conditions", {}).get("ref_name", {})

    def among(patterns: list[str]) -> bool:
        ours = {"~ALL", *(["~DEFAULT_BRANCH"] if branch == "main" else [])}
        return any(one in ours or fnmatch.fnmatchcase(f"refs/heads/{branch}", one) for one in patterns)

    return among(names.get("include", [])) and not among(names.get("exclude", []))


def workflow_permissions(front: Front, call: Call) -> Reply:
    """GET actions/permissions/workflow."""
    return front.described(call, 200, call.state.workflow_permissions)


def set_workflow_permissions(front: Front, call: Call) -> Reply:
    """PUT actions/permissions/workflow."""
    call.state.workflow_permissions |= call.body
    return front.described(call, 204, None)


def run(front: Front, call: Call) -> Reply:
    """GET actions/runs/{run_id}: such as `House.workflow_run` made."""
    found = call.state.runs.get(int(call["run_id"]))
    if found is None:
        raise Refused(404, "Not Found")
    return _run(front, call, found)


def attempt(front: Front, call: Call) -> Reply:
    """GET actions/runs/{run_id}/attempts/{attempt_number}: each earlier one, as the newest keeps them."""
    found = call.state.runs.get(int(call["run_id"]), {"again": ()})
    people = (found.get("actor"), *found["again"])
    number = int(call["attempt_number"])
    if not 0 < number <= len(people):
        raise Refused(404, "Not Found")
    return _run(front, call, found | {"run_attempt": number, "triggering_actor": people[number - 1]})


def _run(front: Front, call: Call, found: dict[str, Any]) -> Reply:
    found = {name: value for name, value in found.items() if name != "again"}
    made = front.description.example("GET actions/runs/{run_id}") | found
    made |= {word: person(front, found[word]) for word in ("actor", "triggering_actor")}
    made |= {"id": int(call["run_id"]), "repository": made["repository"] | {"full_name": call.repository}}
    return front.described(call, 200, made)


def dispatch(front: Front, call: Call) -> Reply:
    """POST actions/workflows/{workflow_id}/dispatches: taken, and nothing runs."""
    return front.described(call, 204, None)


def environments(front: Front, call: Call) -> Reply:
    """GET environments: such as `House.protect_environment` made."""
    made = [_environment(front, call, name) for name in call.state.environments]
    return front.paged(call, made, lambda page: {"total_count": len(made), "environments": page})


def environment(front: Front, call: Call) -> Reply:
    """GET environments/{environment_name}."""
    if call["environment_name"] not in call.state.environments:
        raise Refused(404, "Not Found")
    return front.described(call, 200, _environment(front, call, call["environment_name"]))


def _environment(front: Front, call: Call, name: str) -> Any:
    made = front.description.example("GET environments/{environment_name}")
    url = f"{front.url}/repos/{call.repository}/environments/{name}"
    return made | {"name": name, "url": url, "protection_rules": []} | call.state.environments[name]


def codeowners_errors(front: Front, call: Call) -> Reply:
    """GET codeowners/errors: `State.codeowners_errors`; 404 while that is None, as without a file."""
    if call.state.codeowners_errors is None:
        raise Refused(404, "Not Found")
    return front.described(call, 200, {"errors": call.state.codeowners_errors})


def repository(front: Front, call: Call) -> Reply:
    """GET and PATCH of the repository: with the settings emulate does not keep."""
    if call.operation.method == "PATCH":
        call.state.repository |= {name: value for name, value in call.body.items() if name in call.state.repository}
    reply = front.passed_on(call)
    if reply.status == 200:
        reply.body |= call.state.repository
    return reply


ANSWERS: dict[str, Answer] = {
    "POST rulesets": add_ruleset,
    "GET rulesets": rulesets,
    "GET rulesets/{ruleset_id}": one_ruleset,
    "GET rules/branches/{branch}": rules,
    "GET actions/permissions/workflow": workflow_permissions,
    "PUT actions/permissions/workflow": set_workflow_permissions,
    "GET actions/runs/{run_id}": run,
    "GET actions/runs/{run_id}/attempts/{attempt_number}": attempt,
    "POST actions/workflows/{workflow_id}/dispatches": dispatch,
    "GET environments": environments,
    "GET environments/{environment_name}": environment,
    "GET codeowners/errors": codeowners_errors,
    "GET /repos/{owner}/{repo}": repository,
    "PATCH /repos/{owner}/{repo}": repository,
}
