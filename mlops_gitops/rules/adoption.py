"""A model is adopted only while the base's mlops.yaml allows it, and the record lists what that skips.

An adoption puts a release into an environment without gates, and without the environments that come before. Any model
could enter production that way, so by default nothing is adopted. It looks at `policies.adopt` of the base's
mlops.yaml, whose last day is a whole UTC day. It also compares `skipped` of a new adoption with the gates of the
base's KPIs and the `after:` of the environment. Other records skip nothing. `audit` asks it again of every merge.

Promote the model. If it runs there since before the tool came, merge `policies.adopt` in a pull request of its own
first; after its last day, give it a later one.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records.project import Project
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
        elif message := _untrue(context, record):
            help = f"run again: {record.command()}"
            yield document.problem(RULE.id, message, ("predicate", "skipped"), help=help)


def forbidden(context: Context, environment: str) -> tuple[str, str] | None:
    """Why nothing may be adopted into an environment on this day, and what would allow it; None where it may."""
    project = context.base.project if context.base else None
    its = project.adopt if project else None
    if its is None:
        return (
            "the base's mlops.yaml allows no adoption",
            f"promote it, or merge this first: {_policy(project, environment)}",
        )
    if context.today > its.until:
        help = "promote it, or merge a later day in policies.adopt of mlops.yaml first"
        return f"the base's mlops.yaml allows adoptions until {its.until} (UTC), and that day is over", help
    return None


def skipped(base: Snapshot, model: str, environment: str) -> dict[str, list[str]]:
    """What an adoption skips, by the base: each gate, and each environment that comes before."""
    kpis, project = base.kpis(model), base.project
    its = project.environments.get(environment) if project else None
    gates = [kpi.id for kpi in kpis.kpis if kpi.gate] if kpis else []
    return {"gates": gates, "order": list(its.after) if its else []}


def _policy(project: Project | None, environment: str) -> str:
    """What to add to mlops.yaml, with the roles that approve a promotion to the environment."""
    its = project.environments.get(environment) if project else None
    first = dict.fromkeys(list(project.roles if project else ("ROLE",))[:1], 1)
    approvals = ", ".join(f"{role}: {count}" for role, count in ((its and its.approvals) or first).items())
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
