"""No environment takes a release that is quarantined, or that a rollback there left, until a newer lift."""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records.promotion import Promotion


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record that puts such a release back."""
    for record in context.promotions():
        reason = quarantined(context, record.model, record.release)
        if reason is None and record.action == "promote":
            reason = held(context, record.model, record.release, record.environment)
        if reason:
            help = "when it is safe again, add a decision of type lift"
            yield context.head.document(record.path).problem(RULE.id, reason, ("predicate", "release"), help=help)


def quarantined(context: Context, model: str, release: str) -> str | None:
    """Why a release may go nowhere."""
    reason = None
    for _, decision in context.decisions():
        if decision.type == "quarantine" and decision.covers(model, release, None):
            reason = f"{model} {release} is quarantined by {decision.path}: {' '.join(decision.reason.split())}"
        elif decision.type == "lift" and decision.environment is None and decision.covers(model, release, None):
            reason = None
    return reason


def held(context: Context, model: str, release: str, environment: str) -> str | None:
    """Why a release may not come back into an environment that was rolled back from it."""
    chain = context.ledger.chain(environment, model) if context.ledger else []
    left = [e for e in chain if isinstance(e.record, Promotion) and _left(e.record, release)]
    if not left:
        return None
    lifts = [at for at, d in context.decisions() if d.type == "lift" and d.covers(model, release, environment)]
    if lifts and max(lifts) > left[-1].position:
        return None
    return f"{environment} was rolled back from {model} {release}, which is held since {left[-1].record.path}"


def _left(record: Promotion, release: str) -> bool:
    return record.action == "rollback" and record.replaces == release


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
    bad=(
        (
            Edit("decisions/2026-02-01-leak.yaml", None, _LEAK),
            Edit(
                "promotions/production/churn/0001.json",
                "staging",
                "production",
                copy="promotions/staging/churn/0001.json",
            ),
        ),
    ),
)
