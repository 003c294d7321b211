"""The people who hand in the reports that a step of a rollout depends on do not approve that step.

Else one person could say that a wave went well and let the next one through. It looks for approvals of the people who
handed in the observations that a new record names, as the records of them have it: the account that started a job, or
the committer by git. Their approval does not count, which `approvals` says as well where it is needed; this names the
report. `audit` counts the approvals of every receipt without them.

Let somebody else approve, or let a job of somebody else hand in the reports.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.approvals import observers, required, shortfalls
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each approval that is needed and does not count for this."""
    project, pull, ledger = context.project, context.pull, context.ledger
    if project is None or pull is None or ledger is None:
        return
    for record in context.promotions():
        people = {project.person(name): path for name, path in observers([record], ledger).items()}
        approved = {project.person(review.by) for review in pull.reviews if review.commit == pull.head}
        wanted = required(record, project) or {}
        if not people.keys() & approved or not list(shortfalls(project, pull, wanted)):
            continue
        for person in sorted(people.keys() & approved):
            span = context.head.document(record.path).span(("predicate", "evidence"))
            message = f"{person} handed in {people[person]}, which this step depends on, and cannot approve it"
            yield Diagnostic(RULE.id, Severity.ERROR, message, span, "somebody else approves it")


RULE = Rule("observation-author", __doc__, check, Scope.PULL, about="Promotion", standing=True)
