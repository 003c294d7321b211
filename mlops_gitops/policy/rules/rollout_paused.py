"""A paused rollout neither enters its next wave nor settles.

Somebody who sees trouble stops the rollout first and looks for the cause then. It looks for decisions of type pause and
resume about the release and the environment, since the rollout opened, and refuses each step while the newest is a
pause that has not expired. A pause needs nobody's approval, and a resume that of its role. A rollback passes.

Wait, or carry a decision of type resume along: `mlops-gitops advance … --decision PATH`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import running_rollout
from mlops_gitops.rollout.pauses import pause_in_force, pause_words
from mlops_gitops.rollout.rollout_state import RESUME_HELP


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each step of a paused rollout."""
    for record in context.promotions():
        running = running_rollout(context.ledger, context.at, record.environment, record.model)
        pause = pause_in_force(context, running) if running and record.action in ("advance", "settle") else None
        if running and pause:
            document = context.head.document(record.path)
            yield document.problem(RULE.id, pause_words(running, pause), ("predicate", "action"), help=RESUME_HELP)


RULE = Rule("rollout-paused", __doc__, check, Scope.BASE, about="Promotion")
