"""A watch of monitoring.yaml alarms in the newest windows of the release in force, as many as its `consecutive` says.

What counts is what the data give now; a record of monitoring is evidence, and never the answer.
"""

from __future__ import annotations

from itertools import takewhile

from mlops_gitops.monitoring.outcome import Outcome
from mlops_gitops.records.retraining import Alarm
from mlops_gitops.retraining.evidence.facts import Facts, Look, Looks
from mlops_gitops.retraining.evidence.unknown import not_released, not_yet
from mlops_gitops.retraining.outcome import Verdict
from mlops_gitops.retraining.trigger import Answer, TriggerKind


def answer(check: Alarm, facts: Facts) -> Answer:
    """Met where the newest windows all alarm; not met as soon as one of them is fine, or people muted it."""
    if facts.released is None:
        return not_released(facts)
    looks = facts.looks.get(check.watch, f"monitoring.yaml has no watch {check.watch}")
    if isinstance(looks, str):
        return Answer(Verdict.NOT_AVAILABLE, looks)
    if not looks.found:
        return not_yet(facts.released, looks, float(looks.wanted), {"watch": check.watch})
    evidence = {"watch": check.watch, "windows": [look.evidence() for look in looks.found]}
    alarms = len(list(takewhile(_alarms, looks.found)))
    verdict, message = _verdict(check.watch, looks, alarms)
    return Answer(verdict, message, float(alarms), float(looks.wanted), evidence)


def _alarms(look: Look) -> bool:
    return not look.fault and look.finding.outcome is Outcome.ALARM and look.finding.muted is None


def _is_calm(look: Look) -> bool:
    return not look.fault and (look.finding.outcome is Outcome.FINE or look.finding.muted is not None)


def _verdict(watch: str, looks: Looks, alarms: int) -> tuple[Verdict, str]:
    count = f"{alarms} of the newest {looks.wanted}" if looks.wanted > 1 else "the newest"
    windows = f"{count} window{'s' if looks.wanted > 1 else ''}"
    if alarms >= looks.wanted:
        return Verdict.MET, f"{watch} alarms in {windows}: {looks.found[0].finding.reason}"
    for look in looks.found:
        if _is_calm(look):
            muted = f", muted by {look.finding.muted}" if look.finding.muted else ""
            return Verdict.NOT_MET, f"{watch} is {look.finding.outcome} in the window {look.window}{muted}"
    unknown = [look for look in looks.found if not _alarms(look)]
    if not unknown:
        return Verdict.NOT_MET, f"{watch} alarms in {alarms} window{'s' if alarms > 1 else ''} of {looks.wanted} so far"
    missing = [look for look in unknown if look.fault or look.finding.outcome is Outcome.NOT_AVAILABLE]
    shown = (missing or unknown)[0]
    reason = shown.fault or shown.finding.reason
    verdict = Verdict.NOT_AVAILABLE if missing else Verdict.INCONCLUSIVE
    return verdict, f"{watch} is {verdict.replace('_', ' ')} in the window {shown.window}: {reason}"


TRIGGER = TriggerKind("alarm", __doc__, "windows", answer)
