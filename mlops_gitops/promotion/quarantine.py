"""Releases that may not be promoted: in quarantine, or held since a rollback."""

from __future__ import annotations

from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context

LIFT_HELP = (
    "when it is safe again: a decision of type lift (mlops-gitops rules quarantine), and promote … --decision PATH"
)


def block_reason(context: Context, its: Release, environment: str) -> str | None:
    """Why a release may not go into an environment."""
    return quarantine_reason(context, its) or hold_reason(context, its, environment)


def quarantine_reason(context: Context, its: Release) -> str | None:
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


def hold_reason(context: Context, its: Release, environment: str) -> str | None:
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
