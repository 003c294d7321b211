"""A rollback goes back to a release that has run in that environment.

A rollback asks for no gates and no order, because its target has run in that environment before; to anything else it
would be a promotion by the back door. It looks for the target among the records of that model and environment on the
base, the current release left out.

Go back to a release that `mlops-gitops history` shows there, or promote.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.examples import PRODUCTION_RECORD, PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.promotion.order import earlier_releases
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each rollback to anything else."""
    for record in context.promotions():
        if record.action != "rollback" or context.ledger is None:
            continue
        if record.release not in earlier_releases(context.ledger, record.environment, record.model):
            message = f"{record.model} {record.release} has never run in {record.environment}"
            yield context.head.document(record.path).problem(RULE.id, message, ("predicate", "release"))


RULE = Rule(
    "rollback-target",
    __doc__,
    check,
    Scope.BASE,
    bad=(
        (
            PROMOTED_TO_PRODUCTION,
            Edit(PRODUCTION_RECORD, '"promote"', '"rollback"'),
        ),
    ),
)
