"""Where a rollout is: derived from records, receipts and the time, and never stored.

settled → open → holding → ready → the next wave, or settled again. It is `open` while no receipt shows that the wave
was merged with its approvals, and `frozen` while its environment is. What targets and devices report is not read here
yet: a wave holds from its merge on.
"""

from __future__ import annotations

from datetime import UTC, datetime

from mlops_gitops.core.frozen import frozen
from mlops_gitops.promotion.freeze import freeze_reason
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.rollout import Wave
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout

SETTLED, OPEN, HOLDING, READY, FROZEN, UNDECIDED = "settled", "open", "holding", "ready", "frozen", "undecided"


@frozen
class Hold:
    """What keeps a rollout in its wave: a sentence, "" for nothing, and whether it is unknown rather than too early.

    `since` is when the forge merged the wave, and `until` when its hold is over, in UTC.
    """

    reason: str = ""
    help: str = ""
    undecided: bool = False
    since: datetime | None = None
    until: datetime | None = None


@frozen
class RolloutState:
    """The state of a model in an environment: its name, the release in force, and of a rollout what keeps it."""

    name: str
    in_force: str | None
    running: RunningRollout | None = None
    hold: Hold = Hold()


def rollout_state(context: Context, environment: str, model: str) -> RolloutState:
    """The state by the ledger of a context, at its moment."""
    ledger = context.ledger
    current = ledger.current(environment, model) if ledger else None
    in_force = current.record.release if current and isinstance(current.record, Promotion) else None
    running = running_rollout(ledger, context.at, environment, model)
    if ledger is None or running is None:
        return RolloutState(SETTLED, in_force)
    hold = wave_hold(ledger, running, context.moment)
    if hold.reason:
        name = UNDECIDED if running.plan is None else OPEN if hold.since is None else HOLDING
    else:
        frozen_by = freeze_reason(context, environment)
        name, hold = (FROZEN, _frozen(hold, frozen_by)) if frozen_by else (READY, hold)
    return RolloutState(name, in_force, running, hold)


def _frozen(hold: Hold, reason: str) -> Hold:
    return Hold(reason, "wait until the freeze is over", since=hold.since, until=hold.until)


def wave_hold(ledger: Ledger, running: RunningRollout, moment: datetime) -> Hold:
    """What keeps a rollout from leaving the wave that it is in, at a moment in UTC."""
    entry, wave = running.newest, running.wave
    back = f"mlops-gitops rollback {running.record.model} --in {running.record.environment} --why …"
    if wave is None:
        reason = "no tree of the history holds the waves that its opening record digested"
        return Hold(f"{running.words}: {reason}", "mlops-gitops audit", undecided=True)
    receipt = ledger.receipt(entry)
    if receipt is None:
        moved = entry.tag in ledger.receipts
        reason = "is of other content" if moved else "is not here"
        return Hold(f"{running.words}: the receipt {entry.tag} {reason}", "mlops-gitops record", undecided=not moved)
    if not ledger.proven(entry):
        return Hold(f"{running.words}, and no receipt proves that it was approved", back)
    since = receipt.merged_at
    if since is None:
        return Hold(f"the receipt {entry.tag} does not say when it was merged", back, undecided=True)
    return _until(running, wave, since, moment)


def _until(running: RunningRollout, wave: Wave, since: datetime, moment: datetime) -> Hold:
    try:
        until = since + wave.hold
    except OverflowError:
        until = datetime.max.replace(tzinfo=UTC)
    if moment >= until:
        return Hold(since=since, until=until)
    reason = f"{running.words}, and holds there since {time_in_words(since)}: until {time_in_words(until)}"
    return Hold(reason, "wait", since=since, until=until)


def time_in_words(moment: datetime) -> str:
    """A time to the minute, in UTC."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
