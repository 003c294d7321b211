"""What observations prove of the wave that a rollout is in, at a moment: derived from records alone, never stored.

pending → updating → holding → proven. A wave `failed` where too many units do, in any report that counts, or where a
watch fails it; it is `stalled` where the time for it has passed and reports are missing, and `undecided` where evidence
is stale, unproven or inconclusive. The hold counts from the later of the merge and the first report by which every
target of the wave runs the release; without watches it begins again where a later report shows that one does not.
A hold that is extended ends later, where the look at its end shows neither.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.evidence.counts import Counts
from mlops_gitops.records.evidence.observation import ObservationRecord
from mlops_gitops.records.rollout import Rollout, Wave
from mlops_gitops.records.target import Target
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Ledger
from mlops_gitops.repository.running_rollout import RunningRollout
from mlops_gitops.rollout.evidence import watch_looks
from mlops_gitops.rollout.evidence.soundness import observation_fault, trust_fault
from mlops_gitops.rollout.evidence.times import later, time_in_words
from mlops_gitops.rollout.observing.expectation import Subject
from mlops_gitops.rollout.pauses import standstill

PENDING, UPDATING, HOLDING, PROVEN = "pending", "updating", "holding", "proven"
FAILED, STALLED, UNDECIDED = "failed", "stalled", "undecided"
_FRESH = timedelta(days=1)  # the newest report may be this old, or as old as the hold is long


@frozen
class TargetEvidence:
    """The reports about one target of the wave: those that count, and why each other one does not."""

    target: Target
    counted: tuple[ObservationRecord, ...]
    ignored: tuple[tuple[ObservationRecord, str], ...] = ()

    @property
    def newest(self) -> ObservationRecord | None:
        """The last report that counts."""
        return self.counted[-1] if self.counted else None


@frozen
class Evidence:
    """What is known of a wave: its state, why, and what helps; the hold from `start` until `until`, in UTC.

    `rests_on` are the digests of the observations that decide.
    """

    state: str
    reason: str = ""
    help: str = ""
    start: datetime | None = None
    until: datetime | None = None
    targets: tuple[TargetEvidence, ...] = ()
    rests_on: tuple[str, ...] = ()


def observed_targets(running: RunningRollout) -> list[Target]:
    """The targets of the wave that a rollout is in which somebody observes."""
    names = running.wave.targets if running.wave else ()
    return [target for target in (running.plan.targets if running.plan else ()) if target.name in names
            and target.observe is not None]  # fmt: skip


def wave_evidence(context: Context, running: RunningRollout, since: datetime) -> Evidence | None:
    """What observations prove of the wave, which was merged at `since`; None where nobody observes its targets."""
    targets, wave, rollout = observed_targets(running), running.wave, running.rollout
    if not targets or wave is None or rollout is None:
        return None
    ledger = context.ledger or Ledger(())
    for fault in ledger.observations(running.record.environment, running.record.model).faults:
        return Evidence(UNDECIDED, f"{fault.path} {fault.message}", "mlops-gitops audit")
    found = tuple(_of_target(context, running, target, since) for target in targets)
    judge = _Judge(context, running, wave, rollout, since, found)
    return judge.judged()


def _of_target(context: Context, running: RunningRollout, target: Target, since: datetime) -> TargetEvidence:
    record, rollout, plan, tree = running.record, running.rollout, running.plan, running.tree
    ledger = context.ledger or Ledger(())
    if plan is None or tree is None or rollout is None:
        return TargetEvidence(target, ())
    subject = Subject(target, running.newest, plan, tree, running)
    chain = ledger.observations(record.environment, record.model)
    records = chain.of_record(target.name, record.digest, context.moment)
    faults = {
        found.digest: observation_fault(found.observation, subject, since)
        or trust_fault(found.observation, rollout.evidence)
        for found in records
    }
    return TargetEvidence(
        target,
        tuple(found for found in records if not faults[found.digest]),
        tuple((found, faults[found.digest]) for found in records if faults[found.digest]),
    )


@frozen
class _FinalLook:
    """A look that may pass a wave: the reports that decide, and why they do not pass it, "" where they do.

    It `is_whole` where no later report could make it pass.
    """

    finals: tuple[ObservationRecord, ...]
    lack: str = ""
    is_whole: bool = True


@frozen
class _Judge:
    """The wave, when it was merged, and the reports about each of its observed targets."""

    context: Context
    running: RunningRollout
    wave: Wave
    rollout: Rollout
    since: datetime
    targets: tuple[TargetEvidence, ...]

    def judged(self) -> Evidence:
        """The state, and why."""
        for found in self.targets:
            if broken := self._broken(found):
                return self._failed(*broken)
        start = self._start()
        if start is None:
            return self._on_its_way()
        if not any(found.newest and found.newest.observation.counts.total for found in self.targets):
            reason = f"{self.running.words}, which no device of a roster is in: it shows nothing of the release"
            return self._evidence(UNDECIDED, reason, self._decide_help)
        return self._held(start)

    # ── too many failures, at any time ──

    def _broken(self, found: TargetEvidence) -> tuple[ObservationRecord, str] | None:
        for record in found.counted:
            counts = record.observation.counts
            allowed = self.wave.require.most_failed(counts.total) if found.target.roster else 0
            if counts.broken > allowed:
                why = f": {record.observation.why}" if record.observation.why else ""
                return record, f"{counts.words()}, and {allowed} may fail{why}"
        return None

    def _failed(self, record: ObservationRecord, why: str, start: datetime | None = None) -> Evidence:
        """The wave failed: by the first report that shows it, so that what follows depends on the same each time."""
        until = later(start, self.wave.hold) if start else None
        reason = f"{self.running.words}, and that failed: {record.path}: {why}"
        return self._evidence(FAILED, reason, self._back, (start, until), [record.digest])

    # ── until every target runs it ──

    def _runs(self, target: Target, counts: Counts) -> bool:
        if target.roster is None:
            return counts.serving == counts.total
        return self.wave.require.is_served(counts.serving, counts.total)

    def _start(self) -> datetime | None:
        """The later of the merge and the first report by which all targets run it; None while one does not.

        Without watches it is the first of the reports since which each target has run it all the time.
        """
        begins = [self._running_since(found) for found in self.targets]
        known = [begin for begin in begins if begin is not None]
        return max(self.since, *known) if len(known) == len(begins) else None

    def _running_since(self, found: TargetEvidence) -> datetime | None:
        since = None
        for record in found.counted:
            if self._runs(found.target, record.observation.counts):
                since = since or record.observation.moment
            elif not self.wave.watches:
                since = None
        return since

    def _on_its_way(self) -> Evidence:
        late = self._lateness()
        if late:
            return self._evidence(STALLED, late, self._report_help)
        ignored = [pair for found in self.targets if not found.counted for pair in found.ignored]
        if ignored:
            record, why = ignored[-1]
            return self._evidence(UNDECIDED, f"{record.path} does not count: it {why}", self._report_help)
        newest = [found.newest.observation for found in self.targets if found.newest]
        moving = any(each.counts.serving or each.counts.updating for each in newest)
        state = UPDATING if moving else PENDING
        return self._evidence(state, f"{self.running.words}: {self._progress()}", self._report_help)

    def _lateness(self) -> str:
        """Why the time for it has passed; a pause or a freeze does not count."""
        if self.wave.require.within is None:
            return ""
        deadline = later(self.since, self.wave.require.within)
        deadline = later(deadline, standstill(self.context, self.running, self.since, self.context.moment))
        if self.context.moment < deadline:
            return ""
        return f"{self.running.words}: the time for it passed at {time_in_words(deadline)}, and {self._progress()}"

    def _progress(self) -> str:
        """What is known of each target that does not run it yet."""
        parts = []
        for found in self.targets:
            newest = found.newest
            if newest is None:
                parts.append(f"there is no report about {found.target.name}")
            elif not self._runs(found.target, newest.observation.counts):
                why = f" ({newest.observation.why})" if newest.observation.why else ""
                parts.append(f"of {found.target.name} {newest.observation.counts.words()}{why}")
        return "; ".join(parts) or "its targets did not run it all the time"

    # ── while every target runs it, and at the end ──

    def _held(self, start: datetime) -> Evidence:
        plan = watch_looks.Plan(self.wave, self.rollout.level, len(self.targets))
        until = later(start, self.wave.hold)
        extended = later(until, self.wave.extend) if self.wave.extend else None
        for found in self.targets:
            after = [record for record in found.counted if record.observation.moment >= start]
            if failed := watch_looks.failure(plan, watch_looks.looks(after, start, self.wave), after):
                return self._failed(*failed, start)
        if self.context.moment < until:
            times = f"since {time_in_words(start)}: until {time_in_words(until)}"
            times += f", or {time_in_words(extended)} where its watches show neither then" if extended else ""
            return self._evidence(HOLDING, f"{self.running.words}, and holds there {times}", "wait", (start, until))
        return self._ended(plan, start, until, extended)

    def _ended(
        self, plan: watch_looks.Plan, start: datetime, until: datetime, extended: datetime | None
    ) -> Evidence:  # fmt: skip
        """By the look at the end of the hold; where that does not pass it, by the one at the end of an extension."""
        look = self._final_look(plan, until, extended)
        if look.lack and extended and self.context.moment >= extended:
            until, look = extended, self._final_look(plan, extended, None)
        elif look.lack and extended and look.is_whole:
            reason = f"{self.running.words}, and holds there until {time_in_words(extended)}, to be looked at once more"
            return self._evidence(HOLDING, f"{reason}: {look.lack}", "wait", (start, extended))
        if look.lack:
            help, rests_on = (self._decide_help, self._newest()) if look.is_whole else (self._report_help, [])
            return self._evidence(UNDECIDED, look.lack, help, (start, until), rests_on)
        if stale := self._staleness():
            return self._evidence(UNDECIDED, stale, self._report_help, (start, until))
        return self._evidence(PROVEN, times=(start, until), rests_on=[final.digest for final in look.finals])

    def _final_look(self, plan: watch_looks.Plan, begin: datetime, end: datetime | None) -> _FinalLook:
        """The look whose window begins as a hold, or its extension, ends."""
        taken = [(found.target, self._final(found, begin, end)) for found in self.targets]
        finals = tuple(final for _, final in taken if final)
        lacks = (self._lack(plan, target, final) for target, final in taken if final)
        if lack := next(filter(None, lacks), ""):
            return _FinalLook(finals, lack)
        for target, final in taken:
            if final is None:
                reason = f"there is no report about {target.name} since the hold ended at {time_in_words(begin)}"
                return _FinalLook(finals, f"{self.running.words}: {reason}", is_whole=False)
        return _FinalLook(finals)

    def _lack(self, plan: watch_looks.Plan, target: Target, final: ObservationRecord) -> str:
        """Why the report that decides of a target does not pass the wave; "" where it does."""
        if self.wave.watches and not self._runs(target, final.observation.counts):
            return f"{final.path}: {final.observation.counts.words()}"
        return watch_looks.shortage(plan, final)

    def _final(self, found: TargetEvidence, begin: datetime, end: datetime | None) -> ObservationRecord | None:
        """The report that decides of a target: the first at the end of the hold; without a hold, that it runs it."""
        begin = begin if self.wave.hold else self._running_since(found) or begin
        return watch_looks.first_within(found.counted, begin, end)

    def _staleness(self) -> str:
        for found in self.targets:
            newest = found.newest
            if newest and self.context.moment - newest.observation.moment > max(_FRESH, self.wave.hold):
                seen = time_in_words(newest.observation.moment)
                return f"{self.running.words}: the newest report about {found.target.name} is of {seen}"
        return ""

    # ── parts of all ──

    def _evidence(
        self,
        state: str,
        reason: str = "",
        help: str = "",
        times: tuple[datetime | None, datetime | None] = (None, None),
        rests_on: Sequence[str] = (),
    ) -> Evidence:
        return Evidence(state, reason, help, *times, self.targets, tuple(rests_on))

    def _newest(self) -> list[str]:
        return [found.newest.digest for found in self.targets if found.newest]

    @property
    def _place(self) -> str:
        return f"{self.running.record.model} --in {self.running.record.environment}"

    @property
    def _back(self) -> str:
        return f"mlops-gitops rollback {self._place} --why …"

    @property
    def _report_help(self) -> str:
        return f"mlops-gitops observe {self._place} --target … --from …"

    @property
    def _decide_help(self) -> str:
        return f"people decide: an override with skip: hold, or {self._back}"
