"""A rollout takes its waves in order, each with the approvals it names, and settles after the last.

A release that skips the canary, or settles early, is everywhere before anybody has seen it. It compares each record of
a rollout with the waves that its opening record digested: an opening begins with the first wave of the base's desired
state and digests that state, an advance enters the wave that follows and names its approvals, and only after the last
one does it settle. An override with `skip: wave` that the record lists leaves a wave between out: the step then names
the approvals of both. Where the base's desired state has `rollout:`, nothing is promoted past its waves. What a later
change makes of the waves counts from the next promotion on.

Run the command it prints again.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic
from mlops_gitops.policy.examples import PRODUCTION_RECORD, PROMOTED_TO_PRODUCTION
from mlops_gitops.policy.rule import Edit, Rule, Scope
from mlops_gitops.records.promotion import Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import RunningRollout, plan_digest, running_rollout
from mlops_gitops.rollout.next_step import NextStep, next_step


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each record that is not the next step."""
    for record in context.promotions():
        fault = next(_faults(context, record), None)
        if fault is not None:
            name, message = fault
            document, help = context.head.document(record.path), f"run again: {record.command()}"
            yield document.problem(RULE.id, message, ("predicate", name), help=help)


def _faults(context: Context, record: Promotion) -> Iterator[tuple[str, str]]:
    running = running_rollout(context.ledger, context.at, record.environment, record.model)
    if record.action in ("promote", "open"):
        yield from _opening(context, record)
    elif record.action in ("advance", "settle"):
        if running is None:
            yield "action", f"no rollout of {record.model} runs in {record.environment}"
        else:
            yield from _step(record, running, next_step(context, running, record))


def _opening(context: Context, record: Promotion) -> Iterator[tuple[str, str]]:
    place = (record.environment, record.model)
    state = context.base.state(*place) if context.base else None
    rollout = state.rollout if state else None
    if rollout is None:
        if record.action == "open":
            yield "action", f"the base's desired state of {record.model} in {record.environment} has no rollout"
        return
    first = rollout.waves[0]
    if record.action == "promote" or record.wave != first.name:
        yield "action", f"{record.environment} takes {record.model} in waves: it opens with {first.name}"
    for tree in (context.base, context.head):
        planned = tree.state(*place) if tree else None
        if tree is None or planned is None or record.rollout != plan_digest(planned, tree):
            yield "rollout", "it is not the digest of the targets, waves and rosters on the base and in this change"


def _step(record: Promotion, running: RunningRollout, step: NextStep) -> Iterator[tuple[str, str]]:
    if running.rollout is None:
        yield "action", f"{running.words}: no tree of the history holds the waves that its opening record digested"
        return
    wave, then = step.wave, running.record
    if record.release != then.release:
        yield "release", f"{running.words}: {record.release} is not what is on its way"
    elif wave is None or record.action == "settle":
        if record.action != "settle" or wave is not None:
            yield "action", f"{running.words}: it {f'goes on to the wave {wave.name}' if wave else 'settles now'}"
    elif record.wave != wave.name:
        yield "wave", f"{running.words}, and the next one is {wave.name}, not {record.wave}"
    elif dict(record.approvals) != dict(step.approvals):
        asks = ", ".join(f"{role} {count}" for role, count in step.approvals.items()) or "nobody's"
        yield "approvals", f"the wave {wave.name} needs these approvals: {asks}"


RULE = Rule(
    "wave-order",
    __doc__,
    check,
    Scope.BASE,
    bad=(
        (
            PROMOTED_TO_PRODUCTION,
            Edit(PRODUCTION_RECORD, '"action": "promote"', '"action": "settle"'),
        ),
    ),
)
