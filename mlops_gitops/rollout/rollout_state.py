"""Where a rollout is: derived from records, receipts and the time, and never stored.

settled → open → pending → updating → holding → ready → the next wave, or settled again. It is `open` while no receipt
shows that the wave was merged with its approvals, `paused` by decision, and `frozen` while its environment is. Where
somebody observes the targets of the wave, evidence/ says what reports prove of it: it may have `failed`, be `stalled`,
or be `undecided`. Where nobody does, it holds from its merge on.
"""

from __future__ import annotations

from datetime import datetime

from mlops_gitops.core.frozen import frozen, replace
from mlops_gitops.promotion.decisions import unlisted_override
from mlops_gitops.promotion.freeze import freeze_reason
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.records.rollout import Wave
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout
from mlops_gitops.rollout.evidence.times import later, time_in_words
from mlops_gitops.rollout.evidence.wave_evidence import (
    FAILED,
    HOLDING,
    PENDING,
    PROVEN,
    STALLED,
    UNDECIDED,
    UPDATING,
    Evidence,
    wave_evidence,
)
from mlops_gitops.rollout.next_step import NextStep, next_step
from mlops_gitops.rollout.pauses import pause_in_force, pause_words

SETTLED, OPEN, READY, FROZEN, PAUSED = "settled", "open", "ready", "frozen", "paused"
BY_EVIDENCE = (PENDING, UPDATING, FAILED, STALLED, UNDECIDED)  # the states that reports lead to
RESUME_HELP = "a decision of type resume, carried by mlops-gitops advance … --decision PATH"


@frozen
class Hold:
    """What keeps a rollout in its wave: a sentence, "" for nothing, and whether it is unknown rather than too early.

    `since` is when the forge merged the wave, and `until` when its hold is over, in UTC. `state` is what the reason
    makes of the rollout, and `evidence` what reports prove; None where nobody observes the targets.
    """

    reason: str = ""
    help: str = ""
    undecided: bool = False
    since: datetime | None = None
    until: datetime | None = None
    state: str = HOLDING
    evidence: Evidence | None = None


@frozen
class RolloutState:
    """The state of a model in an environment: its name, the release in force, and of a rollout what keeps it.

    `step` is what a rollout does next, None where none runs.
    """

    name: str
    in_force: str | None
    running: RunningRollout | None = None
    hold: Hold = Hold()
    step: NextStep | None = None


def rollout_state(context: Context, environment: str, model: str) -> RolloutState:
    """The state by the ledger of a context, at its moment."""
    ledger = context.ledger
    current = ledger.current(environment, model) if ledger else None
    in_force = current.record.release if current and isinstance(current.record, Promotion) else None
    running = running_rollout(ledger, context.at, environment, model)
    if ledger is None or running is None:
        return RolloutState(SETTLED, in_force)
    name, hold = _stopped(context, running, wave_hold(context, running))
    return RolloutState(name, in_force, running, hold, next_step(context, running))


def _stopped(context: Context, running: RunningRollout, hold: Hold) -> tuple[str, Hold]:
    """The state of a rollout that runs: what people decided stops it before the time does."""
    if hold.reason and (hold.since is None or hold.state == FAILED):
        return hold.state, hold
    if (pause := pause_in_force(context, running)) is not None:
        return PAUSED, replace(hold, reason=pause_words(running, pause), help=RESUME_HELP)
    if hold.reason:
        return hold.state, hold
    if frozen_by := freeze_reason(context, running.record.environment):
        return FROZEN, replace(hold, reason=frozen_by, help="wait until the freeze is over")
    return READY, hold


def wave_hold(context: Context, running: RunningRollout, record: Promotion | None = None) -> Hold:
    """What keeps a rollout from leaving the wave that it is in, at the moment of a context.

    An override of the hold counts; with the record of a step, only where that lists it. A wave that failed has none.
    """
    hold = _hold(context, running)
    if not hold.reason or hold.since is None or hold.state == FAILED:
        return hold
    override = context.override("hold", record or running.record, running.record.wave or "")
    if override is None:
        return hold
    if record is not None and (message := unlisted_override(record, override, "hold")):
        return replace(hold, reason=message, help=f"run again: {record.command()}")
    return replace(hold, reason="", help="", undecided=False, until=hold.since)


def _hold(context: Context, running: RunningRollout) -> Hold:
    unproven = _unproven(context.ledger or Ledger(()), running)
    since, wave = unproven.since, running.wave
    if since is None or wave is None:
        return unproven
    evidence = wave_evidence(context, running, since)
    if evidence is None:
        return _until(running, wave, since, context.moment)
    if evidence.state == PROVEN:
        return Hold(since=since, until=evidence.until, evidence=evidence)
    unknown = evidence.state in (STALLED, UNDECIDED)
    return Hold(evidence.reason, evidence.help, unknown, since, evidence.until, evidence.state, evidence)


def _unproven(ledger: Ledger, running: RunningRollout) -> Hold:
    """Why nothing proves the wave, or since when it was merged."""
    entry, wave = running.newest, running.wave
    back = f"mlops-gitops rollback {running.record.model} --in {running.record.environment} --why …"
    if wave is None:
        reason = "no tree of the history holds the waves that its opening record digested"
        return Hold(f"{running.words}: {reason}", "mlops-gitops audit", undecided=True, state=UNDECIDED)
    receipt = ledger.receipt(entry)
    if receipt is None:
        moved = entry.tag in ledger.receipts
        reason = "is of other content" if moved else "is not here"
        reason = f"{running.words}: the receipt {entry.tag} {reason}"
        return Hold(reason, "mlops-gitops record", undecided=not moved, state=OPEN)
    if not ledger.proven(entry):
        return Hold(f"{running.words}, and no receipt proves that it was approved", back, state=OPEN)
    if receipt.merged_at is None:
        return Hold(f"the receipt {entry.tag} does not say when it was merged", back, undecided=True, state=OPEN)
    return Hold(since=receipt.merged_at)


def _until(running: RunningRollout, wave: Wave, since: datetime, moment: datetime) -> Hold:
    until = later(since, wave.hold)
    if moment >= until:
        return Hold(since=since, until=until)
    reason = f"{running.words}, and holds there since {time_in_words(since)}: until {time_in_words(until)}"
    return Hold(reason, "wait", since=since, until=until)
