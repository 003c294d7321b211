"""A decision is taken by a member of the role it names."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule
from mlops_gitops.diagnostics import Diagnostic


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each decision whose author does not belong to its role."""
    head = context.head
    for decision in head.decisions() if head.project else ():
        if (
            head.project
            and decision.role in head.project.roles
            and decision.role not in head.project.roles_of(decision.by)
        ):
            message = f"{decision.by} is no member of {decision.role}"
            yield head.document(decision.path).problem(RULE.id, message, ("by",))


RULE = Rule(
    "decision-author", __doc__, check, bad=((Edit("decisions/2026-01-05-outage.yaml", "by: bob", "by: mallory"),),)
)
