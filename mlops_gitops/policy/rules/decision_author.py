"""A new decision is taken by a member of the role it names, for an environment there is.

A decision depends on somebody's authority, so that authority must exist on the day it is used. It compares the role,
the author and the environment of each decision that is new since the base with the mlops.yaml that judges. Older
decisions are left alone: people leave, environments go, and what was decided stays on record.

Let a member of the role sign it (`by:` holds their login), name an environment there is, or merge the change of
mlops.yaml first. Where the role has a team whose members are not known, it only warns: the role's approval is asked for
all the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each role, author or environment that the project which judges does not have.

    Only of new decisions: people leave and environments go, and what was decided stays on record.
    """
    project = context.project
    for record in context.added(decision.KIND, Decision) if project else ():
        document = context.head.document(record.path)
        if project and record.role not in project.roles:
            yield document.problem(RULE.id, f"there is no role {record.role!r} in {project.path}", ("role",))
        elif project and record.role not in project.roles_of(record.by):
            teams = project.unresolved.get(record.role, ())
            message = f"{record.by} is no member of {record.role}"
            if teams:
                message += f", unless of team {' or '.join(teams)}, whose members are not known here"
            severity = Severity.WARNING if teams else Severity.ERROR
            yield document.problem(RULE.id, message, ("by",), severity=severity)
        if project and record.environment and record.environment not in project.environments:
            message = f"there is no environment {record.environment!r} in {project.path}"
            yield document.problem(RULE.id, message, ("subject", "environment"))


_BY = Edit("decisions/2026-02-01-next.yaml", "by: bob", "by: mallory", copy="decisions/2026-01-05-outage.yaml")
_WHERE = Edit("decisions/2026-02-01-next.yaml", "production", "prod", copy="decisions/2026-01-05-outage.yaml")
RULE = Rule(
    "decision-author",
    __doc__,
    check,
    Scope.BASE,
    severities=(Severity.ERROR, Severity.WARNING),
    bad=((_BY,), (_WHERE,)),
)
