"""Whether a rollout is paused, and for how long it stood still: a decision or a freeze kept it in its wave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import TypeAlias

from mlops_gitops.records.decision import PAUSE, RESUME, Decision
from mlops_gitops.records.project import FREEZE
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.ledger import Entry, Ledger
from mlops_gitops.repository.running_rollout import RunningRollout
from mlops_gitops.rollout.evidence.times import later

Span: TypeAlias = tuple[datetime, datetime]  # from and until, in UTC


def pause_in_force(context: Context, running: RunningRollout) -> Decision | None:
    """The pause that keeps a rollout in its wave now: one decided since it opened, that no later resume ends."""
    found = None
    for place, decision in context.decisions():
        if place > running.entries[0].position and _is_about(decision, running):
            found = decision if decision.type == PAUSE else None if decision.type == RESUME else found
    return found


def pause_words(running: RunningRollout, pause: Decision) -> str:
    """Why a paused rollout does not go on, in a sentence."""
    last = f" until the end of {pause.expires} (UTC)" if pause.expires else ""
    reason = " ".join(pause.reason.split()).removesuffix(".")
    return f"{running.words}, and is paused{last} by {pause.path}: {reason}"


def standstill(context: Context, running: RunningRollout, since: datetime, until: datetime) -> timedelta:
    """How long a rollout was paused or frozen between two moments in UTC. Deadlines move by as much."""
    spans = [*_paused(context, running, until), *_frozen(context, running.record.environment, until)]
    total, covered = timedelta(), since
    for start, end in sorted(spans):
        start, end = max(start, covered), min(end, until)
        if end > start:
            total, covered = total + (end - start), end
    return total


def _is_about(decision: Decision, running: RunningRollout) -> bool:
    record = running.record
    return decision.type in (PAUSE, RESUME) and decision.covers(record.model, record.release, record.environment)


def _paused(context: Context, running: RunningRollout, until: datetime) -> Iterator[Span]:
    """From each pause to the first resume after it, or to the end of its last day."""
    ledger = context.ledger or Ledger(())
    start: datetime | None = None
    last = until
    since = running.entries[0].position
    for entry in (entry for entry in ledger.every_decision() if entry.position >= since):
        if not isinstance(entry.record, Decision) or not _is_about(entry.record, running):
            continue
        if entry.record.type == RESUME and start is not None and ledger.proven(entry):
            yield start, min(_merged(ledger, entry), last)
            start = None
        elif entry.record.type == PAUSE:
            begin, end = _merged(ledger, entry), _end(entry.record, until)
            if start is not None and last < begin:
                yield start, last
                start = None
            start, last = (begin, end) if start is None else (start, max(last, end))
    if start is not None:
        yield start, last


def _end(pause: Decision, until: datetime) -> datetime:
    """When a pause is over at the latest."""
    if pause.expires is None:
        return until
    return later(datetime.combine(pause.expires, time.min, UTC), timedelta(days=1))


def _merged(ledger: Ledger, entry: Entry) -> datetime:
    receipt = ledger.receipt(entry)
    return (receipt.merged_at if receipt else None) or _moment(entry.commit.time)


def _frozen(context: Context, environment: str, until: datetime) -> Iterator[Span]:
    """The freezes of mlops.yaml, and each time in which the file FREEZE was on the branch."""
    for freeze in context.project.freezes if context.project else ():
        if freeze.covers(environment, freeze.since, until):
            yield freeze.since, freeze.until
    commits = (context.ledger or Ledger(())).commits
    changes = ((change, _moment(commit.time)) for commit in commits for change in commit.changes)
    yield from _between(((change.status, moment) for change, moment in changes if change.path == FREEZE), until)


def _between(changes: Iterable[tuple[str, datetime]], until: datetime) -> Iterator[Span]:
    start: datetime | None = None
    for status, moment in changes:
        if status == "D" and start is not None:
            yield start, moment
            start = None
        elif status == "A":
            start = moment
    if start is not None:
        yield start, until


def _moment(seconds: int) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):  # a committer may write any number
        return datetime.max.replace(tzinfo=UTC)
