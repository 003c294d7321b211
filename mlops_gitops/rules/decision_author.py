"""A new decision is taken by a member of the role it names, for an environment there is.

A decision rests on somebody's authority, so that authority must exist on the day it is used. It compares the role,
the author and the environment of each decision that is new since the base with the mlops.yaml that judges. Older
decisions are left alone: people leave, environments go, and what was decided stays on record.

Let a member of the role sign it (`by:` holds their login), name an environment there is, or merge the change of
mlops.yaml first.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records import decision
from mlops_gitops.records.decision import Decision


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each role, author or environment that the project which judges does not have.

    Only of new decisions: people leave and environments go, and what was decided stays on record.
    """
    project = context.policy.project
    for its in context.added(decision.KIND, Decision) if project else ():
        document = context.head.document(its.path)
        if project and its.role not in project.roles:
            yield document.problem(RULE.id, f"there is no role {its.role!r} in mlops.yaml", ("role",))
        elif project and its.role not in project.roles_of(its.by):
            yield document.problem(RULE.id, f"{its.by} is no member of {its.role}", ("by",))
        if project and its.environment and its.environment not in project.environments:
            message = f"there is no environment {its.environment!r} in mlops.yaml"
            yield document.problem(RULE.id, message, ("subject", "environment"))


_BY = Edit("decisions/2026-02-01-next.yaml", "by: bob", "by: mallory", copy="decisions/2026-01-05-outage.yaml")
_WHERE = Edit("decisions/2026-02-01-next.yaml", "production", "prod", copy="decisions/2026-01-05-outage.yaml")
RULE = Rule("decision-author", __doc__, check, Scope.BASE, bad=((_BY,), (_WHERE,)))
