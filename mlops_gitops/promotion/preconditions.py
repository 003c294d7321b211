"""What must hold before any release can be promoted: `promote` and rules refuse by it, and `doctor` asks it early."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mlops_gitops.core.errors import Error, Refused, Undecided
from mlops_gitops.core.text import join_names
from mlops_gitops.forges.pull_request import Review
from mlops_gitops.records.kpis import Kpis
from mlops_gitops.records.project import Project
from mlops_gitops.repository.approvals import assigned
from mlops_gitops.repository.pull_facts import Pull

_POLICY = "changes of the policy"


def ungated(kpis: Kpis) -> Error | None:
    """Why no release of a model can be promoted, by its KPIs alone; None where one has a gate."""
    if any(kpi.gate for kpi in kpis.kpis):
        return None
    help = f"add a gate to {kpis.path}, such as gate: {{at_least: 0.8}} below a KPI, and merge it"
    return Refused(f"no KPI of {kpis.model} has a gate, and nothing is promoted ungated", help=help)


def unapprovable(project: Project, requester: str = "", environment: str = "") -> Iterator[Error]:
    """For each role that too few people are in: why what `requester` asks for can never be approved.

    `requester` is a login or an e-mail address, "" for somebody of no role. It is about one environment, or about all
    and changes of the policy. Undecided where a team's members are not known.
    """
    lacking: dict[str, list[str]] = {}
    for place, wanted in _demands(project):
        if environment not in ("", place):
            continue
        counted = assigned(project, _approved_by_all(project, requester), wanted)
        for role, count in wanted.items():
            if len(counted[role]) < count:
                lacking.setdefault(role, []).append(place if count == 1 else f"{place} ({count} times)")
    me = project.person(requester) if requester else ""
    mine = [f"{me} cannot approve what they ask for"] if me in _logins(project) else []
    for role, places in lacking.items():
        teams = project.unresolved.get(role, ())
        if teams:
            yield Undecided(
                f"{role} is team {', '.join(teams)}, and whether enough of it can approve is not known here"
            )
            continue
        members = project.roles.get(role, ())
        able = sorted({member.login for member in members if not member.is_blank} - {me})
        blank = ["a blank login does not count"] if any(member.is_blank for member in members) else []
        why = "; ".join([*mine, *blank])
        message = f"{role} must approve {join_names(places)}, and {_who(able)}" + (f": {why}" if why else "")
        yield Refused(message, help=f"add people to {role} under roles: in {project.path}, by their logins")


def _demands(project: Project) -> Iterator[tuple[str, Mapping[str, int]]]:
    for environment in project.environments.values():
        yield environment.name, environment.approvals
    yield _POLICY, project.policy_approvals


def _logins(project: Project) -> set[str]:
    return {member.login for members in project.roles.values() for member in members if not member.is_blank}


def _approved_by_all(project: Project, requester: str) -> Pull:
    """The pull request of a requester that everybody else has approved."""
    reviews = tuple(Review(login, "", "") for login in sorted(_logins(project)))
    return Pull("", reviews, frozenset({requester} if requester else ()))


def _who(able: list[str]) -> str:
    return f"only {', '.join(able)} can" if able else "nobody can"
