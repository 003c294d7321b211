"""Who must approve what, and whether the people that a receipt names could: for the second audit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from independent.ledger import Entry, Tree

Demand = tuple[dict[str, Any], dict[str, int]]  # the project that asks, and how many members of each role


def person(project: Mapping[str, Any], name: str) -> str:
    """The login of the person with this login or address; the name itself for a stranger."""
    for members in project["roles"].values():
        for member in members:
            if name.casefold() in {member["login"].casefold(), *(each.casefold() for each in member.get("emails", ()))}:
                return str(member["login"])
    return name.casefold()


def roles_of(project: Mapping[str, Any], name: str) -> set[str]:
    """The roles of a person."""
    who = person(project, name)
    return {role for role, members in project["roles"].items() if who in [member["login"] for member in members]}


def met(demands: Iterable[Demand], approvals: Iterable[Mapping[str, str]], excluded: Iterable[str]) -> bool:
    """Whether the approvals can fill every seat that each demand asks for, with one person on one seat."""
    by, out = [each["by"] for each in approvals], list(excluded)
    for project, wanted in demands:
        people = {person(project, name) for name in by} - {person(project, name) for name in out}
        seats = [role for role, count in wanted.items() for _ in range(count)]
        if not _seated(project, seats, people):
            return False
    return True


def _seated(project: Mapping[str, Any], seats: list[str], people: set[str]) -> bool:
    """Tries every person on the first seat."""
    if not seats:
        return True
    able = [who for who in people if seats[0] in roles_of(project, who)]
    return any(_seated(project, seats[1:], people - {who}) for who in able)


def policy_approvals(project: Mapping[str, Any]) -> dict[str, int]:
    """Who approves a change of the policy: as the project says, else one of each role that any environment asks for."""
    named = {role: 1 for target in project["environments"].values() for role in target.get("approvals", {})}
    found: dict[str, int] = project.get("policies", {}).get("approvals", named)
    return dict(found)


def highest(*counts: Mapping[str, int]) -> dict[str, int]:
    """The highest count of each role."""
    roles = {role for count in counts for role in count}
    return {role: max(count.get(role, 0) for count in counts) for role in roles}


def adopting(project: Mapping[str, Any]) -> tuple[date, dict[str, int]] | None:
    """Until when models may be adopted, and by whose approvals."""
    found = project.get("policies", {}).get("adopt")
    return (date.fromisoformat(str(found["until"])), found["approvals"]) if found else None


def record_needs(entry: Entry, project: dict[str, Any] | None) -> dict[str, int] | None:
    """The approvals of a record by the project before it; None where nothing says them."""
    if entry.kind == "release":
        return {}
    if entry.kind == "decision":
        return {entry.data["role"]: 1} if entry.relaxes else {}
    target = project["environments"].get(entry.data["environment"]) if project else None
    if project is None or target is None:
        return None
    if entry.data["action"] == "settle":
        return {}
    allowed = adopting(project) if entry.data["action"] == "adopt" else None
    return highest(target.get("approvals", {}), allowed[1] if allowed else {})


def kpi_needs(before: Tree, after: Tree, path: str, project: dict[str, Any]) -> dict[str, int]:
    """The approvals of changed KPIs: their owners', and the policy's own where one has no owner."""
    was, now = before.data(path), after.data(path)
    if not isinstance(was, dict) or "kpis" not in was:
        return policy_approvals(project)
    now = now if isinstance(now, dict) else {}
    kept = {kpi["id"]: kpi for kpi in now.get("kpis", ())}
    data = (was.get("data", {}), now.get("data", {}))
    concerned = {
        kpi["id"]
        for kpi in was["kpis"]
        if kept.get(kpi["id"]) != kpi or data[0].get(kpi.get("data")) != data[1].get(kpi.get("data"))
    }
    heads = [{key: value for key, value in each.items() if key not in ("kpis", "data")} for each in (was, now)]
    if not concerned or heads[0] != heads[1]:
        concerned = {kpi["id"] for kpi in was["kpis"]}
    owners = [kpi.get("owner") for kpi in was["kpis"] if kpi["id"] in concerned]
    known = {owner: 1 for owner in owners if owner in project["roles"]}
    return highest(known, policy_approvals(project) if len(known) < len(set(owners)) else {})
