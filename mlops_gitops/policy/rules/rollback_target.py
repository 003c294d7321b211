"""A rollback goes back to a release that has been in force in that environment.

A rollback asks for no gates and no order, because its target has run in that environment before; to anything else it
would be a promotion by the back door. It looks for the target among the records of that model and environment on the
base, the current release left out; a release that only waves have brought was never in force. While a rollout runs, the
target is the release in force, and no other. The first rollout of a model has none: a record of action stop about the
release that is on its way ends it.

Go back to a release that `mlops-gitops history` shows there, or promote.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.examples import PRODUCTION_RECORD, PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.promotion.order import earlier_releases
from mlops_gitops.records.promotion import BACK, STOP, Promotion
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each rollback to anything else."""
    for record in context.promotions():
        if record.action not in BACK or context.ledger is None:
            continue
        place = (record.environment, record.model)
        current = context.ledger.current(*place)
        if record.action == STOP:
            message = f"{record.environment} is not in the first rollout of {record.model}, which alone can be stopped"
            rolling = context.ledger.rolling(*place) if current is None else []
            allowed = any(isinstance(e.record, Promotion) and e.record.release == record.release for e in rolling)
        elif context.ledger.rolling(*place):
            in_force = current.record.release if current and isinstance(current.record, Promotion) else None
            back = f"{record.environment} goes back to {in_force or 'nothing'} alone"
            message = f"while {record.replaces} is on its way, {back}"
            allowed = record.release == in_force
        else:
            message = f"{record.model} {record.release} has never been in force in {record.environment}"
            allowed = record.release in earlier_releases(context.ledger, *place)
        if not allowed:
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
