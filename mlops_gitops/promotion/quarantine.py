"""Releases that may not be promoted: in quarantine, or held since a rollback."""

from __future__ import annotations

from mlops_gitops.records.promotion import STOP, Promotion
from mlops_gitops.records.release import Release
from mlops_gitops.repository.context import Context

LIFT_HELP = (
    "when it is safe again: a decision of type lift (mlops-gitops rules quarantine), and promote … --decision PATH"
)


def block_reason(context: Context, release: Release, environment: str) -> str | None:
    """Why a release may not go into an environment."""
    return quarantine_reason(context, release) or hold_reason(context, release, environment)


def quarantine_reason(context: Context, release: Release) -> str | None:
    """Why a release may go nowhere: it, or one whose bytes it holds, is quarantined and not lifted since."""
    reasons: dict[tuple[str, str], str] = {}
    for _, decision in context.decisions():
        version = (decision.model, decision.release)
        if decision.type == "quarantine":
            reason = " ".join(decision.reason.split())
            reasons[version] = f"{' '.join(version)} is quarantined by {decision.path}: {reason}"
        elif decision.type == "lift" and decision.environment is None:
            reasons.pop(version, None)
    found = ((version, reason) for version, reason in reasons.items() if _holds(context, release, *version))
    return next((_same_bytes(release, *version) + reason for version, reason in found), None)


def hold_reason(context: Context, release: Release, environment: str) -> str | None:
    """Why a release may not come back into an environment that was rolled back from it or from its bytes."""
    returns = context.ledger.returns(environment, release.model) if context.ledger else []
    lifts = [(place, decision) for place, decision in context.decisions() if decision.type == "lift"] if returns else []
    for entry in returns:
        record = entry.record
        left = record.replaces if isinstance(record, Promotion) else None
        after = (decision for place, decision in lifts if place > entry.position)
        lifted = any(left and decision.covers(release.model, left, environment) for decision in after)
        held = left and not lifted and _holds(context, release, release.model, left)
        if left and held and not _put_there_since(context, release, environment, entry.position):
            reason = f"{_taken_back(record, environment)}, which is held since {record.path}"
            return _same_bytes(release, release.model, left) + reason
    return None


def _taken_back(record: object, environment: str) -> str:
    if isinstance(record, Promotion) and record.action == STOP:
        return f"{environment} stopped the rollout of {record.model} {record.release}"
    left = f"{record.model} {record.replaces}" if isinstance(record, Promotion) else ""
    return f"{environment} was rolled back from {left}"


def _same_bytes(release: Release, model: str, version: str) -> str:
    same = (release.model, release.version) == (model, version)
    return "" if same else f"{release.model} {release.version} has the same bytes as {model} {version}: "


def _put_there_since(context: Context, release: Release, environment: str, position: int) -> bool:
    chain = context.ledger.chain(environment, release.model) if context.ledger else []
    records = [e.record for e in chain if e.position >= position and isinstance(e.record, Promotion)]
    return any(record.release == release.version and record.action != STOP for record in records)


def _holds(context: Context, release: Release, model: str, version: str) -> bool:
    """Whether a release is that one, or another name for all of its bytes."""
    if (release.model, release.version) == (model, version):
        return True
    other = context.head.release(model, version)
    return other is not None and {pin.digest for pin in other.artifacts} <= {pin.digest for pin in release.artifacts}
