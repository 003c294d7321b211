"""No environment takes a release that is quarantined, or that a rollback there left, until a newer lift.

A release that was found harmful, or that an environment was rolled back from, comes back easily: by the next routine
promotion, or as another version or model of the same bytes. For each new record it looks for a quarantine of that
release, or of one of any model whose bytes it holds, and for a rollback in that environment that left it. A later
decision of type lift ends either.

Promote another release; or, once it is safe, write a lift and carry it: `mlops-gitops promote … --decision PATH`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.examples import PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.promotion.quarantine import LIFT_HELP, block_reason
from mlops_gitops.records.promotion import STOP
from mlops_gitops.repository.context import Context


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record that puts such a release back."""
    for record in context.promotions():
        manifest = context.head.release(record.model, record.release)
        enters = record.action != STOP  # which takes it away
        reason = block_reason(context, manifest, record.environment) if manifest and enters else None
        if reason:
            yield context.head.document(record.path).problem(RULE.id, reason, ("predicate", "release"), help=LIFT_HELP)


_LEAK = """apiVersion: mlops-gitops/v1
kind: Decision
type: quarantine
subject: {model: churn, release: "1.0.0"}
role: operations
by: bob
reason: It leaks.
"""


RULE = Rule(
    "quarantine",
    __doc__,
    check,
    Scope.BASE,
    about="Promotion",
    bad=(
        (
            Edit("decisions/2026-02-01-leak.yaml", None, _LEAK),
            PROMOTED_TO_PRODUCTION,
        ),
    ),
)
