"""Nothing else is promoted to an environment while a rollout of the model runs there.

Two releases on their way at once would leave nobody able to say what a target runs, or what to go back to. For each new
record that brings a release in, by promotion, opening or adoption, it asks that no rollout of that model runs in that
environment on the base.

Finish the rollout with `mlops-gitops advance`, or take it back with `mlops-gitops rollback`; then promote.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import finish_or_abort, running_rollout


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record that brings a second release."""
    for record in context.promotions():
        if not record.is_gated and record.action != "adopt":
            continue
        running = running_rollout(context.ledger, context.at, record.environment, record.model)
        if running is not None:
            document, help = context.head.document(record.path), finish_or_abort(running)
            yield document.problem(RULE.id, running.words, ("predicate", "action"), help=help)


RULE = Rule("rollout-overlap", __doc__, check, Scope.BASE, about="Promotion")
