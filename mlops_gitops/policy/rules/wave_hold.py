"""A rollout leaves a wave only after the wave has held for as long as it says, with a receipt.

Many faults show only after hours of real use, on the few targets that have the release already. For each record that
advances or settles a rollout it asks for the receipt of the wave before, which must prove that wave's approvals, and
counts its `hold:` from the time at which the forge merged it. A receipt that is not here leaves it undecided (exit code
3), and `audit` asks it again of every merge.

Wait until the time it prints. A rollback never waits; a decision of type override with `skip: hold` and the `wave:`
ends the wait.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import running_rollout
from mlops_gitops.rollout.rollout_state import BY_EVIDENCE, wave_hold


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each step that comes too early."""
    for record in context.promotions():
        running = running_rollout(context.ledger, context.at, record.environment, record.model)
        if context.ledger is None or running is None or record.action not in ("advance", "settle"):
            continue
        hold = wave_hold(context, running, record)
        if hold.reason and hold.state not in BY_EVIDENCE:
            span = context.head.document(record.path).span(("predicate", "action"))
            yield Diagnostic(RULE.id, Severity.ERROR, hold.reason, span, hold.help, undecided=hold.undecided)


RULE = Rule("wave-hold", __doc__, check, Scope.PULL, about="Promotion", standing=True)
