"""A rollout leaves a wave only where reports show that its targets run the release, and a return depends on a failure.

A merged file says what should run, and nothing of what does. For each record that advances or settles a rollout whose
wave has observed targets it derives the state again from the observations on record: each must be about that wave and
release, within its time, with counts that add up to the roster of the opening record and at least the trust that
`evidence:` asks for. Reports that do not count help nobody. The record names the observations that decide; the return
with `abort: automatic` must name the one by which the wave failed. `audit` asks it again of every merge.

Hand in a report with `mlops-gitops observe`, or take the rollout back where it says that the wave failed.
"""

from __future__ import annotations

from collections.abc import Iterator

from mlops_gitops.core.diagnostics import Diagnostic, Severity
from mlops_gitops.policy.rule import Rule, Scope
from mlops_gitops.records.promotion import BACK, Promotion
from mlops_gitops.repository.context import Context
from mlops_gitops.repository.running_rollout import RunningRollout, running_rollout
from mlops_gitops.rollout.evidence.wave_evidence import FAILED, PROVEN
from mlops_gitops.rollout.rollout_state import BY_EVIDENCE, Hold, wave_hold


def check(context: Context) -> Iterator[Diagnostic]:
    """One error for each step or return that what was seen does not lead to."""
    for record in context.promotions():
        running = running_rollout(context.ledger, context.at, record.environment, record.model)
        if record.action in ("advance", "settle") and running is not None:
            yield from _step(context, record, running)
        elif record.action in BACK and (record.evidence or record.is_approved_in_advance):
            yield from _return(context, record, running)


def _step(context: Context, record: Promotion, running: RunningRollout) -> Iterator[Diagnostic]:
    hold = wave_hold(context, running, record)
    if hold.reason and hold.state in BY_EVIDENCE:
        yield _fault(context, record, "action", hold)
    evidence = hold.evidence
    wanted = evidence.rests_on if evidence and evidence.state == PROVEN else ()
    known = {found.digest for target in (evidence.targets if evidence else ()) for found in target.counted}
    if not hold.reason and not (set(wanted) <= set(record.evidence) <= known):
        reason = f"{running.words}: it names other observations than those that decide"
        yield _fault(context, record, "action", Hold(reason, f"run again: {record.command()}"))


def _return(context: Context, record: Promotion, running: RunningRollout | None) -> Iterator[Diagnostic]:
    hold = wave_hold(context, running) if running else Hold("no rollout runs there")
    rests_on = hold.evidence.rests_on if hold.evidence else ()
    if running is None or hold.state != FAILED or set(record.evidence) != set(rests_on):
        reason = f"it says that observations lead to it, and they do not: {hold.reason or 'its wave is proven'}"
        yield _fault(context, record, "evidence" if record.evidence else "abort", Hold(reason))
    elif record.is_approved_in_advance and not (running.rollout and running.rollout.aborts):
        reason = f"{running.words}, whose opening has not approved a return: it says no abort: automatic"
        yield _fault(context, record, "abort", Hold(reason, "mlops-gitops rollback … --why …"))


def _fault(context: Context, record: Promotion, key: str, hold: Hold) -> Diagnostic:
    span = context.head.document(record.path).span(("predicate", key))
    return Diagnostic(RULE.id, Severity.ERROR, hold.reason, span, hold.help, undecided=hold.undecided)


RULE = Rule("wave-evidence", __doc__, check, Scope.PULL, about="Promotion", standing=True)
