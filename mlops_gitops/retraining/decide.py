"""From what is known of a model to one decision: is a trigger met, does something hold a retraining up, since when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from mlops_gitops.core.canonical import digest
from mlops_gitops.core.frozen import frozen
from mlops_gitops.records.monitoring import Monitoring
from mlops_gitops.records.retraining import Retraining
from mlops_gitops.retraining.evidence.facts import Facts, NewRows
from mlops_gitops.retraining.evidence.unknown import rows_message
from mlops_gitops.retraining.outcome import Blocker, Cause, Decision, Hold, Outcome, TriggerFinding, Verdict
from mlops_gitops.retraining.record import Run, started
from mlops_gitops.retraining.trigger import find
from mlops_gitops.retraining.windows import moment_text, training_end


@frozen
class OpenRetraining:
    """A pull request of a retraining that is not merged or closed yet: its number, its branch and its address."""

    number: int
    branch: str
    url: str = ""


@frozen
class Grounds:
    """What a decision depends on beside the facts: the files that decide, as `commit` has them, and what went before.

    `runs` are those on record that count, oldest first.
    """

    policy: Retraining
    plan: Monitoring | None
    commit: str
    runs: Sequence[Run] = ()
    opened: Sequence[OpenRetraining] = ()


def decide(grounds: Grounds, facts: Facts) -> Decision:
    """The decision at the moment of the facts."""
    policy, plan = grounds.policy, grounds.plan
    findings = tuple(find(trigger, facts) for trigger in policy.triggers)
    blockers = tuple(_blockers(grounds, facts, by_hand=bool(facts.why)))
    outcome = _outcome(findings, blockers)
    end = training_end(policy, plan, facts.now) if plan else None
    return Decision(
        model=policy.model,
        environment=facts.environment,
        release=facts.released.version if facts.released else "",
        outcome=outcome,
        findings=findings,
        blockers=blockers,
        cause=_cause(facts, findings),
        policy=digest(policy.source),
        monitoring=digest(plan.source) if plan else None,
        commit=grounds.commit,
        now=moment_text(facts.now),
        earliest=_earliest(facts.now, blockers),
        window_end=moment_text(end) if end else None,
        why=facts.why,
        by=facts.by,
    )


def _outcome(findings: Sequence[TriggerFinding], blockers: Sequence[Blocker]) -> Outcome:
    """Undecided where a trigger may be met, or a blocker may hold, and nothing else settles it.

    What surely holds a retraining up settles it, whatever an undecided trigger would have said.
    """
    met = any(finding.verdict is Verdict.MET for finding in findings)
    unknown = any(finding.verdict.is_open for finding in findings)
    if not met and not unknown:
        return Outcome.NONE
    if any(not blocker.undecided for blocker in blockers):
        return Outcome.BLOCKED
    return Outcome.RETRAIN if met and not blockers else Outcome.UNDECIDED


def _cause(facts: Facts, findings: Sequence[TriggerFinding]) -> Cause | None:
    met = [finding for finding in findings if finding.verdict is Verdict.MET]
    if not met:
        return None
    release = facts.released.version if facts.released else ""
    about = {finding.id: finding.about for finding in met if finding.about}
    return Cause(facts.model, facts.environment, release, tuple(finding.id for finding in met), about)


def _earliest(now: datetime, blockers: Sequence[Blocker]) -> str | None:
    """When nothing holds a retraining up any more; None where something does whose end is not known."""
    if any(blocker.until is None for blocker in blockers):
        return None
    return max([moment_text(now), *(blocker.until for blocker in blockers if blocker.until)])


def _blockers(grounds: Grounds, facts: Facts, *, by_hand: bool) -> Iterator[Blocker]:
    """What holds a retraining up; people with a reason need not wait for the cooldown, nor for rows."""
    policy, now = grounds.policy, facts.now
    yield from policy_holds(policy, grounds.runs, now, by_hand=by_hand)
    if not by_hand:
        yield from _new_rows(policy, facts)
    yield from _windows(policy, facts)
    for opened in grounds.opened:
        yield Blocker(Hold.OPEN, f"pull request #{opened.number} ({opened.branch}) is open: merge it or close it")


def policy_holds(policy: Retraining, runs: Sequence[Run], now: datetime, *, by_hand: bool) -> Iterator[Blocker]:
    """What holds a retraining up by the runs before it alone, at a moment (UTC): the cooldown and the budget."""
    if not by_hand:
        yield from _cooldown(policy, runs, now)
    yield from _budget(policy, runs, now)


def _cooldown(policy: Retraining, runs: Sequence[Run], now: datetime) -> Iterator[Blocker]:
    last = max(map(started, runs), default=None)
    if last is not None and now < last + policy.cooldown:
        until = last + policy.cooldown
        message = f"the last one started on {moment_text(last)}, and the cooldown ends on {moment_text(until)}"
        yield Blocker(Hold.COOLDOWN, message, moment_text(until))


def _budget(policy: Retraining, runs: Sequence[Run], now: datetime) -> Iterator[Blocker]:
    """Runs count in the calendar month, in UTC, in which they started."""
    limit = policy.budget.runs_per_month
    month = [run for run in runs if (started(run).year, started(run).month) == (now.year, now.month)]
    if len(month) >= limit:
        message = f"{len(month)} of {limit} runs of {now:%Y-%m} are used"
        yield Blocker(Hold.BUDGET, message, moment_text(_next_month(now)))


def _next_month(now: datetime) -> datetime:
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return first.replace(year=now.year + now.month // 12, month=now.month % 12 + 1)


def _new_rows(policy: Retraining, facts: Facts) -> Iterator[Blocker]:
    wanted, rows = policy.new_rows, facts.rows
    if wanted is None or facts.released is None:
        return
    if isinstance(rows, str):
        yield Blocker(Hold.NEW_ROWS, f"it needs {wanted:,} new rows, and they cannot be counted: {rows}", None, True)
    elif isinstance(rows, NewRows) and rows.counted < wanted:
        message = f"it needs {wanted:,} new rows: there are {rows_message(rows, facts.released)}"
        yield Blocker(Hold.NEW_ROWS, message, None, bool(rows.uncounted))


def _windows(policy: Retraining, facts: Facts) -> Iterator[Blocker]:
    """Too few windows of the release in force to judge a candidate by: the calendar and its promotion say so."""
    if policy.evaluate is not None and facts.judged_from is not None and facts.now < facts.judged_from:
        until = moment_text(facts.judged_from)
        message = f"{policy.evaluate.windows} windows of the release in force judge a candidate, complete on {until}"
        yield Blocker(Hold.WINDOWS, message, until)
