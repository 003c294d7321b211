"""No environment takes a release that is quarantined, or that a rollback there left, until a newer lift.

A release that was found harmful, or that an environment was rolled back from, comes back easily: by the next routine
promotion, or as another version or model of the same bytes. For each new record it looks for a quarantine of that
release, or of one of any model whose bytes it holds, and for a rollback in that environment that left it. A later
decision of type lift ends either.

Promote another release; or, once it is safe, write a lift and carry it: `mlops-gitops promote … --decision PATH`.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.contracts import Context, Edit, Rule, Scope
from mlops_gitops.diagnostics import Diagnostic
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release

LIFT = "when it is safe again: a decision of type lift (mlops-gitops rules quarantine), and promote … --decision PATH"


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record that puts such a release back."""
    for record in context.promotions():
        its = context.head.release(record.model, record.release)
        reason = stopped(context, its, record.environment) if its else None
        if reason:
            yield context.head.document(record.path).problem(RULE.id, reason, ("predicate", "release"), help=LIFT)


def stopped(context: Context, its: Release, environment: str) -> str | None:
    """Why a release may not go into an environment."""
    return quarantined(context, its) or held(context, its, environment)


def quarantined(context: Context, its: Release) -> str | None:
    """Why a release may go nowhere: it, or one whose bytes it holds, is quarantined and not lifted since."""
    reasons: dict[tuple[str, str], str] = {}
    for _, decision in context.decisions():
        which = (decision.model, decision.release)
        if decision.type == "quarantine":
            reason = " ".join(decision.reason.split())
            reasons[which] = f"{' '.join(which)} is quarantined by {decision.path}: {reason}"
        elif decision.type == "lift" and decision.environment is None:
            reasons.pop(which, None)
    found = ((which, reason) for which, reason in reasons.items() if _holds(context, its, *which))
    return next((_same_bytes(its, *which) + reason for which, reason in found), None)


def held(context: Context, its: Release, environment: str) -> str | None:
    """Why a release may not come back into an environment that was rolled back from it or from its bytes."""
    lifts = [(at, d) for at, d in context.decisions() if d.type == "lift"]
    for entry in context.ledger.chain(environment, its.model) if context.ledger else []:
        left = (
            entry.record.replaces if isinstance(entry.record, Promotion) and entry.record.action == "rollback" else None
        )
        lifted = any(at > entry.position and left and d.covers(its.model, left, environment) for at, d in lifts)
        back = _put_there_since(context, its, environment, entry.position)
        if left and not lifted and not back and _holds(context, its, its.model, left):
            reason = f"{environment} was rolled back from {its.model} {left}, which is held since {entry.record.path}"
            return _same_bytes(its, its.model, left) + reason
    return None


def _same_bytes(its: Release, model: str, version: str) -> str:
    same = (its.model, its.version) == (model, version)
    return "" if same else f"{its.model} {its.version} has the same bytes as {model} {version}: "


def _put_there_since(context: Context, its: Release, environment: str, position: int) -> bool:
    chain = context.ledger.chain(environment, its.model) if context.ledger else []
    records = [e.record for e in chain if e.position >= position and isinstance(e.record, Promotion)]
    return any(record.release == its.version for record in records)


def _holds(context: Context, its: Release, model: str, version: str) -> bool:
    """Whether a release is that one, or another name for all of its bytes."""
    if (its.model, its.version) == (model, version):
        return True
    other = context.head.release(model, version)
    return other is not None and {pin.digest for pin in other.artifacts} <= {pin.digest for pin in its.artifacts}


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
            Edit(
                "promotions/production/churn/0001.json",
                "staging",
                "production",
                copy="promotions/staging/churn/0001.json",
            ),
        ),
    ),
)
