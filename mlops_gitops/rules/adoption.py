"""A model is adopted only while the base's mlops.yaml allows it, and the record lists what that skips.

An adoption puts a release into an environment without gates, and without the environments that come before. Any model
could enter production that way, so by default nothing is adopted. It looks at `policies.adopt` of the base's
mlops.yaml, whose last day is a whole UTC day, and `audit` asks it again of every merge. It also compares `skipped` of a
new adoption, which no other record has, with the gates of the base's KPIs and the `after:` of the environment.

Promote the model; if it runs there since before the tool came, merge a `policies.adopt`, or a later day in it, in a
pull request of its own first.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records.project import Environment, Project
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.snapshot import Snapshot


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each adoption that is not allowed, and each record whose list of what it skips is wrong."""
    for record in context.promotions():
        document = context.head.document(record.path)
        refused = forbidden(context, record.environment) if record.action == "adopt" else None
        if refused:
            message, help = refused
            yield document.problem(RULE.id, message, ("predicate", "action"), help=help)
        elif wrong := _untrue(context, record):
            help = f"run again: {record.command()}"
            yield document.problem(RULE.id, wrong, ("predicate", "skipped"), help=help)


def forbidden(context: Context, environment: str) -> tuple[str, str] | None:
    """Why nothing may be adopted into an environment on this day, and what would allow it; None where it may."""
    project = context.base.project if context.base else None
    policy = project.adopt if project else None
    if policy is None:
        help = f"promote it, or first merge into mlops.yaml: {_example(project, environment)}"
        return "the base's mlops.yaml allows no adoption", help
    if context.today > policy.until:
        help = "promote it, or first merge a later day in policies.adopt of mlops.yaml"
        return f"the base's mlops.yaml allows adoptions until {policy.until} (UTC), and that day is over", help
    return None


def skipped(base: Snapshot, model: str, environment: str) -> dict[str, list[str]]:
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


def _untrue(context: Context, record: Promotion) -> str | None:
    """What is wrong with the list of a record, by the base that judges it."""
    if record.action != "adopt":
        return None if record.skipped is None else f"a record of action {record.action} skips nothing"
    wanted = skipped(context.base, record.model, record.environment) if context.base else None
    if wanted is None or record.skipped == wanted:
        return None
    gates, order = (", ".join(wanted[name]) or "none" for name in ("gates", "order"))
    return f"this adoption skips these gates: {gates}; and these environments: {order}; its record says otherwise"


RULE = Rule(
    "adoption",
    __doc__,
    check,
    Scope.BASE,
    standing=True,
    bad=(
        (
            Edit(
                "promotions/production/churn/0001.json",
                "staging",
                "production",
                copy="promotions/staging/churn/0001.json",
            ),
            Edit("promotions/production/churn/0001.json", '"promote"', '"adopt"'),
        ),
    ),
)
