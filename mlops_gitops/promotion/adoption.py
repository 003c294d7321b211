"""Adoptions: where the base's mlops.yaml allows one, and what it skips."""

from __future__ import annotations

from mlops_gitops.records.project import PATH, Environment, Project
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.snapshot import Snapshot


def adoption_refusal(context: Context, environment: str) -> tuple[str, str] | None:
    """Why nothing may be adopted into an environment on this day, and what would allow it; None where it may."""
    project = context.base.project if context.base else None
    policy, name = project.adopt if project else None, project.path if project else PATH
    if policy is None:
        help = f"promote it, or first merge into {name}: {_example(project, environment)}"
        return f"the base's {name} allows no adoption", help
    if context.today > policy.until:
        help = f"promote it, or first merge a later day in policies.adopt of {name}"
        return f"the base's {name} allows adoptions until {policy.until} (UTC), and that day is over", help
    return None


def skipped_by_adoption(base: Snapshot, model: str, environment: str) -> dict[str, list[str]]:
    """What an adoption skips, by the base: each gate, and each environment that comes before."""
    kpis, target = base.kpis(model), _environment(base.project, environment)
    gates = [kpi.id for kpi in kpis.kpis if kpi.gate] if kpis else []
    return {"gates": gates, "order": list(target.after) if target else []}


def _environment(project: Project | None, name: str) -> Environment | None:
    return project.environments.get(name) if project else None


def _example(project: Project | None, environment: str) -> str:
    """A policy that allows it, with the roles that approve a promotion to the environment, else the first role."""
    target = _environment(project, environment)
    wanted = dict(target.approvals) if target else {}
    wanted = wanted or {role: 1 for role in list(project.roles if project else ("ROLE",))[:1]}
    approvals = ", ".join(f"{role}: {count}" for role, count in wanted.items())
    return f'policies: {{adopt: {{until: "YYYY-MM-DD", approvals: {{{approvals}}}}}}}'


def nothing_to_adopt(environment: str) -> str:
    """Why an environment that has records of a model adopts none of its releases."""
    return f"{environment} has records already: nothing is left to adopt"
